"""Forms that refuse what the import refuses: a form's values are read and judged as a row of the record's table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict

from curation.admin.history import is_published
from curation.batches.edits import ShownRecord, held_by, is_mine_to_mend
from curation.models import Change, StagedRow
from curation.tables.code_index import CellError, CodeIndex
from curation.tables.columns import CuratedColumn
from curation.tables.curated import table_of
from curation.tables.references import Either, Ref, RoledRefs
from curation.tables.table import CuratedTable, Row
from sources.bilingual import both
from sources.fields import TextFormField
from sources.text import LINE

PUBLISHED = both("已发布的记录不能在此修改或删除", "a published record cannot be changed or deleted here")

GONE = both("其中有记录已不存在，请刷新页面。", "One of these records is not there any more; reload the page.")


class Filled:
    """A record as its form would leave it, before anything is set on the record itself."""

    def __init__(self, record: models.Model, values: dict[str, Any]) -> None:
        self._record, self._values = record, values

    def __getattr__(self, name: str) -> Any:
        return self._values[name] if name in self._values else getattr(self._record, name)


@dataclass(frozen=True)
class Overtaken:
    """What stands now beside what was typed, where someone else was faster."""

    message: Any
    table: CuratedTable
    theirs: dict[str, str]
    yours: dict[str, str]

    @classmethod
    def of(cls, record: models.Model, held: StagedRow | None, row: Row) -> Overtaken:
        """The record as another has changed or is changing it, beside a row of values."""
        table = table_of(type(record))
        theirs = table.cells(table.records().get(pk=record.pk))
        if held is not None:
            return cls(held_by(held), table, held.resolved or held.raw, shown(table, row))
        last = Change.objects.filter(table=table.name, key=table.key_of(theirs)).select_related("user").first()
        who = last.user if last and last.user else both("他人", "someone else")
        message = both(
            f"您打开此页之后，{who} 已修改此记录。请对照下表，确认后再次保存。",
            f"{who} has changed this record since you opened the page. Compare below; saving again keeps yours.",
        )
        return cls(message, table, theirs, shown(table, row))


def shown(table: CuratedTable, row: Row) -> dict[str, str]:
    """A row of values as cells, also one that lacks what it needs."""
    return {column.name: "" if row[column.name] is None else column.show(row[column.name]) for column in table.columns}


class CuratedForm(forms.ModelForm):
    """A record of a curated table, under the rules of its table."""

    @property
    def table(self) -> CuratedTable:
        return table_of(self._meta.model)

    def clean(self) -> dict[str, Any]:
        """Refuse what the import would refuse, in the import's words."""
        super().clean()
        self._complete()
        for column in self.table.columns:
            self._refuse_cell(column)
        if not self.errors:
            self._refuse_row(self.row())
        return self.cleaned_data

    def _complete(self) -> None:
        """Fill in what follows from other values; for forms that have such a thing."""

    def _post_clean(self) -> None:
        if not self.errors:  # the database's own words would only repeat what the rules said better
            super()._post_clean()

    def row(self) -> Row:
        """The values as the import would have read them."""
        return {column.name: self._value(column) for column in self.table.columns}

    def _value(self, column: CuratedColumn) -> Any:
        if isinstance(column, RoledRefs) and self.instance.pk is None:
            return []
        if isinstance(column, Either):
            return next(iter(self._ends(column)), None)
        return column.of(Filled(self.instance, self.cleaned_data))  # type: ignore[arg-type]

    def _ends(self, column: Either) -> list[tuple[str, Any]]:
        filled = Filled(self.instance, self.cleaned_data)
        return [(name, end) for name, attribute, _ in column.ends if (end := getattr(filled, attribute))]

    def _refuse_cell(self, column: CuratedColumn) -> None:
        if isinstance(column, Either):
            if len(self._ends(column)) != 1:
                names = [self._meta.model._meta.get_field(attribute).verbose_name for _, attribute, _ in column.ends]
                self.add_error(
                    None,
                    both(
                        f"须填且只填一项：{'、'.join(map(str, names))}",
                        f"fill in exactly one of: {', '.join(map(str, names))}",
                    ),
                )
        elif not isinstance(column, Ref) and column.path in self.fields and column.path not in self.errors:
            try:
                column.read(column.show(self._value(column)), CodeIndex(), self._meta.model)
            except CellError as error:
                self.add_error(column.path, error.message)

    def _refuse_row(self, row: Row) -> None:
        for rule in self.table.rules:
            if message := rule(row):
                self.add_error(None, message)
        if self._is_own_ancestor(row):
            self.add_error(None, both("不能是自己的上级", "must not be its own ancestor"))
        if self._has_twin(row):
            self.add_error(None, both("同样的记录已存在", "the same record exists already"))

    def _is_own_ancestor(self, row: Row) -> bool:
        reference = self.table.self_reference
        above = row[reference.name] if reference else None
        if reference is None or above is None or self.instance.pk is None:
            return False
        own, upper = reference.show(self.instance), reference.show(above)
        return own in (upper, *self.table.tree().ancestors(upper))

    def _has_twin(self, row: Row) -> bool:
        if len(self.table.key) == 1:
            return False  # a code is unique in the database, which says so by itself
        lookup = {}
        for column in self.table.columns:
            if column.name not in self.table.key:
                continue
            if isinstance(column, Either):
                filled = Filled(self.instance, self.cleaned_data)
                lookup |= {attribute: getattr(filled, attribute) for _, attribute, _ in column.ends}
            else:
                lookup[column.path] = row[column.name]
        if any(isinstance(value, models.Model) and value.pk is None for value in lookup.values()):
            return False
        others = self._meta.model._default_manager.filter(**lookup).exclude(pk=self.instance.pk)
        return self.table.standing(others).exists()


class ReasonedForm(CuratedForm):
    """A record of a curated table with the reason for the change, and the version that was on the page.

    A page that someone else's change has overtaken is refused, with `overtaken_by` to set beside what was typed.
    """

    # The curated models on the same page, each with its foreign key to the record; of the request (CuratedAdmin.get_form).
    below: ClassVar[tuple[tuple[type[models.Model], str], ...]] = ()
    user: ClassVar[Any] = None

    overtaken_by: Overtaken | None = None
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    reason = TextFormField(
        kind=LINE,
        label=both("修改原因", "Reason for the change"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=both("写入变更记录；修改时必填。", "Goes into the history; required on a change."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "reason" in self.fields:
            self.fields["reason"].required = self.instance.pk is not None
        if self.instance.pk is not None:
            self.initial["version"] = ShownRecord.of(self.instance, self.below).version

    def clean(self) -> dict[str, Any]:
        """As every curated form, and refuse what was typed over a version that no longer stands."""
        cleaned = super().clean()
        if self.instance.pk is not None:
            self._refuse_overtaken(cleaned.get("version", ""))
        return cleaned

    def _refuse_overtaken(self, version: str) -> None:
        """Compare the version of the page with that of the store, with the record held until the transaction ends."""
        list(self._meta.model._default_manager.select_for_update().filter(pk=self.instance.pk).values_list("pk"))
        now = ShownRecord.of(self.instance, self.below)
        held = next((row for row in now.holders if not is_mine_to_mend(row, self.user)), None)
        if version == now.version and held is None:
            return
        self.overtaken_by = Overtaken.of(self.instance, held, self.row())
        self.add_error(None, self.overtaken_by.message)
        seen = cast("QueryDict", self.data).copy()  # who has seen the difference may save over it
        seen["version"] = now.version
        self.data = seen


class CuratedFormSet(forms.BaseInlineFormSet):
    """Records of a curated table below their parent: each once. Below a draft, published ones stay as they are."""

    forms: list[CuratedForm]

    def clean(self) -> None:
        """Refuse two records with the same key, any touch of a published one, and what stands for none."""
        super().clean()
        if any(form.instance.pk is None for form in self.initial_forms):
            raise ValidationError(GONE)
        seen = set()
        for form in self.forms:
            doomed = form in self.deleted_forms
            if is_published(form.instance) and not is_published(self.instance) and (doomed or form.has_changed()):
                raise ValidationError(PUBLISHED)
            if doomed or form.errors or not form.cleaned_data:
                continue
            key = form.table.key_of(form.table.show(form.row()))
            if key in seen:
                raise ValidationError(both(f"重复：{key}", f"twice the same: {key}"))
            seen.add(key)
