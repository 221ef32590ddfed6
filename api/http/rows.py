"""Rows of answers, which hold only the fields that were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from rest_framework import serializers

from api.http.records import Field, FieldCells, each
from sources.bilingual import both

TextColumns = (models.CharField, models.TextField)
TextFields = (serializers.CharField, serializers.ChoiceField)
NAMES_OF_CODES = both("这些代码的名称，次序相同。", "What the codes are called, in the same order.")
NAME_OF_CODE = both("该代码的名称，按答复的语言。", "What the code is called, in the language of the answer.")


class NameOfCode(serializers.CharField):
    """What a code of a closed list is called, in the language of the answer; null where there is no code."""

    def __init__(self, code: serializers.ChoiceField, source: str) -> None:
        self.called = code.choices
        maybe = code.allow_null or code.allow_blank
        super().__init__(source=source, read_only=True, allow_null=maybe, help_text=NAME_OF_CODE)

    def to_representation(self, value: str) -> str | None:  # type: ignore[override]  # nothing stays nothing
        return str(self.called[value]) if value else None

    def cell(self, path: str) -> FieldCells:
        called = {code: str(name) for code, name in self.called.items()}
        return FieldCells((path + str(self.source),), each({None: None, "": None, **called}.__getitem__))


class NamesOfCodes(serializers.ListField):
    """The same of a list of codes, in its order."""

    def __init__(self, code: serializers.ChoiceField, source: str) -> None:
        self.called = code.choices
        super().__init__(source=source, read_only=True, child=serializers.CharField(), help_text=NAMES_OF_CODES)

    def to_representation(self, value: Sequence[str]) -> list[str]:
        return [str(self.called[code]) for code in value]

    def cell(self, path: str) -> FieldCells:
        called = {code: str(name) for code, name in self.called.items()}
        return FieldCells(
            (path + str(self.source),), each(lambda codes: [called[code] for code in codes.split(";") if code])
        )


def named(name: str, field: Field) -> dict[str, Any]:
    """A field, and beside a code of a closed list, or several, what that is called, if the list says it."""
    codes = field.child if isinstance(field, serializers.ListField) else field
    if not isinstance(codes, serializers.ChoiceField) or all(isinstance(word, str) for word in codes.choices.values()):
        return {name: field}
    source = field.source or name
    names = NamesOfCodes(codes, source) if isinstance(field, serializers.ListField) else NameOfCode(codes, source)
    return {name: field, f"{name}_name": names}


class WithNames:
    """Mixed into a serializer: beside each code of a closed list stands what it is called."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()  # type: ignore[misc]
        return {each: made for name, field in fields.items() for each, made in named(name, field).items()}


def with_names(serializer: object, content: Any) -> Any:  # noqa: ANN401  # a record, some of them, or a cell
    """Records that were made past a serializer, with the names of codes that it says they have, in its order."""
    if isinstance(serializer, serializers.ListSerializer | serializers.ListField | serializers.DictField):
        if isinstance(content, Mapping):
            return {key: with_names(serializer.child, item) for key, item in content.items()}
        return None if content is None else [with_names(serializer.child, item) for item in content]
    if not isinstance(serializer, serializers.Serializer) or not isinstance(content, Mapping):
        return content
    row: dict[str, Any] = {}
    for name, field in serializer.fields.items():
        if name in content:
            row[name] = with_names(field, content[name])
        elif isinstance(field, NameOfCode | NamesOfCodes) and field.source in content:
            row[name] = field.to_representation(content[field.source])
    return {**row, **{name: cell for name, cell in content.items() if name not in row}}


class RowPart(WithNames, serializers.Serializer[Any]):
    """Something that is no record, or a part of a row."""


class RecordPart(WithNames, serializers.ModelSerializer[Any]):
    """A record that stands whole in the row of another. A text without a letter is null."""

    @cached_property
    def blanks(self) -> frozenset[str]:
        """The names of the fields that show a text of the record which may be empty."""
        known = {field.name: field for field in self.Meta.model._meta.get_fields() if isinstance(field, models.Field)}  # type: ignore[attr-defined]
        shown = {name: field for name, field in self.fields.items() if isinstance(field, TextFields)}
        texts = {name: known.get(field.source or name) for name, field in shown.items()}
        return frozenset(name for name, field in texts.items() if isinstance(field, TextColumns) and field.blank)


class Row(RecordPart):
    """A model serializer that keeps only the fields asked for, and optional parts only where they were asked for."""

    optional: Sequence[str] = ()

    @classmethod
    def records(cls) -> models.QuerySet[Any]:
        """All records of which rows may be asked for, with what their rows count."""
        every: models.QuerySet[Any] = cls.Meta.model.objects.all()  # type: ignore[attr-defined]  # each has one
        return every

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # DRF's own
        super().__init__(*args, **kwargs)
        if "fields" not in self.context:
            return
        wanted, included = self.context["fields"], self.context.get("include", [])
        for name in list(self.fields):
            dropped = wanted is not None and name not in wanted
            if dropped or (name in self.optional and name not in included and not (wanted and name in wanted)):
                del self.fields[name]


def kept(rows: Sequence[Any], fields: Sequence[str] | None) -> Sequence[Any]:
    """The rows with only the fields that were asked for."""
    return rows if fields is None else [{name: row[name] for name in row if name in fields} for row in rows]


class PartialRow(RowPart):
    """A row of something that is no record, of which an answer may have only the fields that were asked for."""
