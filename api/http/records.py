"""Records as rows of an answer: what their serializer declares, read from the store and made a column at a time.

A serializer is the one description of a row: the schema, the columns of files, and what is read follow from it. Of each of its
fields a FieldCells says which columns of a record it needs and how the cells of all rows are made of these, as `indicators/rows.py` does
for figures; api/http/fields.py has the fields that say it themselves. Rows are msgspec structures, which JSON is written of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from api.formats.json import structure
from sources.bilingual import language
from sources.statements import Records, Statement, statement

Field = serializers.Field[Any, Any, Any, Any]
Stored = Mapping[str, Sequence[Any]]
Cells = Iterable[Any]


class FieldCells(NamedTuple):
    """Which columns of a record a field needs, and how the cells of some rows are made of these columns.

    `make` takes the request that is answered (None: nobody's) and the columns, each with a value a row.
    """

    reads: tuple[str, ...]
    make: Callable[..., Cells]


def as_stored(request: Request | None, column: Sequence[Any]) -> Cells:
    """The cells of a column that is shown as it is stored."""
    return column


def null_if_empty(request: Request | None, column: Cells) -> Cells:
    """The cells of a text that is null where it has no letter."""
    return [text or None for text in column]


def each(make: Callable[..., Any]) -> Callable[..., Cells]:
    """What makes one cell of the values of a row, as what makes those of all rows."""
    return lambda request, *columns: map(make, *columns)


PLAIN = (serializers.CharField, serializers.ChoiceField, serializers.IntegerField, serializers.BooleanField)


def cell_of(field: Any, path: str) -> FieldCells:  # noqa: ANN401  # of DRF, or one that says itself what it reads
    """The FieldCells of a field of records to which `path` leads. Raises TypeError for a field that cannot be read by columns."""
    if hasattr(field, "cell"):
        cell: FieldCells = field.cell(path)
        return cell
    column = path + "__".join(field.source_attrs)
    if isinstance(field, serializers.SlugRelatedField):
        return FieldCells((f"{column}__{field.slug_field}",), as_stored)
    if isinstance(field, serializers.Serializer):
        inner = RecordReading(field, f"{column}__")
        return FieldCells(inner.columns, inner.made_of_columns)
    if isinstance(field, PLAIN):
        return FieldCells((column,), as_stored)
    if isinstance(field, serializers.SerializerMethodField):
        raise TypeError(f"{field.parent}.{field.field_name} does not say which columns it reads.")
    return FieldCells((column,), each(lambda value: None if value is None else field.to_representation(value)))


class RecordReading:
    """How rows of a serializer are read, in the language of the answer: `columns` of each record, and the FieldCells of each field.

    `path` leads from the records that are read to those of the serializer.
    """

    def __init__(self, serializer: Field, path: str = "") -> None:
        shown: Mapping[str, Field] = serializer.fields  # type: ignore[attr-defined]  # a serializer has them
        blanks: frozenset[str] = getattr(serializer, "blanks", frozenset())
        beside = getattr(serializer, "beside", ())
        self.records: Any = getattr(serializer, "records", None)
        self.row = structure(tuple(shown))
        self.cells = {
            name: FieldCells((), as_stored) if name in beside else cell_of(field, path) for name, field in shown.items()
        }
        self.blanks = blanks.intersection(shown)
        self.columns = tuple(dict.fromkeys(column for cell in self.cells.values() for column in cell.reads))

    def made(self, request: Request | None, stored: Stored, **beside: Cells) -> list[Any]:
        """The rows of records with these columns; `beside` has the cells of fields that no column is read for."""
        cells = (beside[name] if name in beside else self._made(name, request, stored) for name in self.cells)
        return list(map(self.row, *cells))

    def made_of_columns(self, request: Request | None, *columns: Sequence[Any]) -> list[Any]:
        """The rows of records with these columns, in the order of `self.columns`: `FieldCells.make` of a row within a row."""
        return self.made(request, dict(zip(self.columns, columns, strict=True)))

    def _made(self, name: str, request: Request | None, stored: Stored) -> Cells:
        cell = self.cells[name]
        cells = cell.make(request, *[stored[column] for column in cell.reads])
        return null_if_empty(request, cells) if name in self.blanks else cells

    def of_keys(
        self, keys: Sequence[int], request: Request | None = None, records: QuerySet[Any] | None = None, **beside: Cells
    ) -> list[Any]:
        """The rows of the records with these keys, in their order; of other `records` than the serializer's where some are given."""
        if not keys:
            return []
        columns = tuple(dict.fromkeys(("pk", *self.columns)))
        asked = statement(self.records, "pk", columns) if records is None else Statement(records, "pk", columns)
        return self.made(request, asked.read_in_order(keys), **beside)

    def of_owners(
        self, records: Records, owner: str, keys: Sequence[int], request: Request | None = None
    ) -> Iterable[tuple[int, Any]]:
        """The rows of the records that these keys own, each after the key of its owner."""
        stored = statement(records, owner, self.columns).read(keys)
        return zip(stored[owner], self.made(request, stored), strict=True)


@lru_cache(maxsize=500)
def _reading(row: Any, fields: tuple[str, ...] | None, include: tuple[str, ...], _language: str) -> RecordReading:  # noqa: ANN401  # the same
    return RecordReading(row(context={"fields": fields, "include": include}))


def reading(row: Any, fields: Sequence[str] | None = None, include: Sequence[str] = ()) -> RecordReading:  # noqa: ANN401  # the class of a serializer
    """The RecordReading of a serializer, with the fields and parts that are asked for; made once for each language."""
    return _reading(row, None if fields is None else tuple(fields), tuple(include), language())
