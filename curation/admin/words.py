"""What the codes in rows of cells are called in the active language: of closed lists, and of records that cells refer to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from curation.models import ImportBatch, Verdict
from curation.tables.code_index import split
from curation.tables.columns import Boolean, Choice, CuratedColumn
from curation.tables.curated import BY_MODEL, BY_NAME
from curation.tables.references import Either, Ref, RoledRefs
from curation.tables.table import CuratedTable
from sources.bilingual import both, language

Cells = Mapping[str, Any]
Place = tuple[type[models.Model], str]  # a model, and its field that is the code

# What a record is called by, the first that its model has; a phrase stands for itself.
NAMES = {"zh": ("name_zh", "title_zh", "exact"), "en": ("name_en", "title_en", "exact")}
YES_NO = {"true": both("是", "yes"), "false": both("否", "no")}


def heading(column: CuratedColumn, table: CuratedTable) -> Any:
    """The name of a column for people."""
    try:
        return column.field_of(table.model).verbose_name
    except (FieldDoesNotExist, AttributeError):
        return column.name


class Words:
    """The words of some rows of a table; a query for each model that they refer to, and one for what a batch brings."""

    def __init__(self, table: CuratedTable, rows: Iterable[Cells], batch: ImportBatch | None = None) -> None:
        self._table = table
        self._columns = {column.name: column for column in table.columns}
        named: defaultdict[Place, set[str]] = defaultdict(set)
        for row in rows:
            for column in table.columns:
                if isinstance(column, Ref | Either):
                    for model, attribute, code in column.codes_in(str(row.get(column.name, ""))):
                        named[model, attribute].add(code)
        self._names = {place: self._of_records(*place, codes, batch) for place, codes in named.items()}

    @staticmethod
    def _of_records(
        model: type[models.Model], attribute: str, codes: set[str], batch: ImportBatch | None
    ) -> dict[str, str]:
        held = {field.name for field in model._meta.get_fields()}
        name = next((name for name in NAMES[language()] if name in held), None)
        if name is None:
            return {}
        records: Any = model._default_manager.filter(**{f"{attribute}__in": codes})
        names = dict(records.values_list(attribute, name))
        if batch is not None and codes - names.keys():
            brought = batch.rows.that_change().filter(table=BY_MODEL[model].name).exclude(verdict=Verdict.WITHDRAWN)
            rows = brought.filter(key__in=codes - names.keys()).values_list("key", "resolved")
            names |= {key: (cells or {}).get(name, "") for key, cells in rows}
        return names

    def of(self, name: str, cell: Any) -> str:
        """What a cell of a column says in words; the cell itself where it is words already."""
        column, text = self._columns.get(name), str(cell)
        if not text or column is None:
            return text
        if isinstance(column, Choice | Boolean):
            return str(self._labels(column).get(text, text))
        return self._referred(column, text)

    def _labels(self, column: CuratedColumn) -> dict[str, Any]:
        return YES_NO if isinstance(column, Boolean) else dict(column.field_of(self._table.model).flatchoices)

    def _referred(self, column: CuratedColumn, text: str) -> str:
        """The names of the records that a cell refers to; the cell itself where it refers to none."""
        if isinstance(column, Either):
            kind, _, code = text.partition(":")
            return next((self._name(to, "code", code) for end, _, to in column.ends if end == kind), text)
        if isinstance(column, RoledRefs):
            return "；".join(self._roled(column, item) for item in split(text))
        if isinstance(column, Ref):
            return "；".join(self._name(column.to, column.by, code) for code in split(text))
        return text

    def _roled(self, column: RoledRefs, item: str) -> str:
        code, _, role = item.partition(":")
        label = str(dict(column.roles.choices).get(role, role))
        return f"{self._name(column.to, column.by, code)} ({label})" if role else self._name(column.to, column.by, code)

    def _name(self, model: type[models.Model], attribute: str, code: str) -> str:
        return self._names.get((model, attribute), {}).get(code) or code


def key_in_words(table: str, key: str) -> str:
    """The key of a row with names for its codes, in the active language."""
    return BY_NAME[table].key_in_words(key, language()) if table in BY_NAME else key


def table_in_words(table: str) -> str:
    """What a table is called."""
    return str(BY_NAME[table].model._meta.verbose_name) if table in BY_NAME else table
