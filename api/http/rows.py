"""Rows of answers, which hold only the fields that were asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from rest_framework import serializers

from api.http.records import Field, FieldCells, each
from sources.bilingual import both, language

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

    @cached_property
    def call(self) -> Callable[[str | None], str | None]:
        """What says the name of a code, in the language that it is first asked in."""
        return {None: None, "": None, **{code: str(name) for code, name in self.called.items()}}.__getitem__

    def cell(self, path: str) -> FieldCells:
        return FieldCells((path + str(self.source),), each(self.call))


class NamesOfCodes(serializers.ListField):
    """What the codes of a list are called, in the language of the answer and in the order of the list."""

    def __init__(self, code: serializers.ChoiceField, source: str) -> None:
        self.called = code.choices
        super().__init__(source=source, read_only=True, child=serializers.CharField(), help_text=NAMES_OF_CODES)

    @cached_property
    def call(self) -> Callable[[Sequence[str]], list[str]]:
        """What says the names of codes, in the language that it is first asked in."""
        called = {code: str(name) for code, name in self.called.items()}
        return lambda codes: [called[code] for code in codes]

    def cell(self, path: str) -> FieldCells:
        return FieldCells(
            (path + str(self.source),), each(lambda text: self.call([one for one in text.split(";") if one]))
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


Completion = Callable[[Any], Any]


def _completion(field: object) -> Completion | None:
    """What makes of content that a function made that of a field: with names, in the field's order. None where it stays as it is."""
    if isinstance(field, serializers.ListSerializer | serializers.ListField | serializers.DictField):
        each_one = _completion(field.child)
        return each_one and partial(_all_completed, each_one)
    return partial(_completed, _steps(field)) if isinstance(field, serializers.Serializer) else None


def _all_completed(each_one: Completion, content: Any) -> Any:  # noqa: ANN401  # a list, things by name, or nothing
    if isinstance(content, Mapping):
        return {key: each_one(item) for key, item in content.items()}
    return None if content is None else [each_one(item) for item in content]


def _steps(row: serializers.Serializer[Any]) -> list[tuple[str, Completion | None, str | None, Completion | None]]:
    """For each field: its name, and what completes its content; for the name of a code also the field of the code and what names it."""
    steps: list[tuple[str, Completion | None, str | None, Completion | None]] = []
    for name, field in row.fields.items():
        named_by: Any = field if isinstance(field, NameOfCode | NamesOfCodes) else None
        by_code = (str(named_by.source), named_by.call) if named_by else (None, None)
        steps.append((name, _completion(field), *by_code))
    return steps


def _completed(steps: Sequence[Any], content: Any) -> Any:  # noqa: ANN401  # a row, or a cell
    if not isinstance(content, Mapping):
        return content
    row: dict[str, Any] = {}
    for name, complete, code, call in steps:
        if name in content:
            row[name] = content[name] if complete is None else complete(content[name])
        elif code in content:
            row[name] = call(content[code])
    return row | {name: cell for name, cell in content.items() if name not in row}


@lru_cache(maxsize=500)
def _completion_of(row: Any, _language: str) -> Completion:  # noqa: ANN401  # the class of a serializer
    complete = _completion(row())
    assert complete is not None
    return complete


def completed(row: Any, content: Any) -> Any:  # noqa: ANN401  # the class of a serializer, and rows that a function made
    """Rows that a function made, with the names of codes that their serializer says they have, in its order; made once a language."""
    return list(map(_completion_of(row, language()), content))


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
