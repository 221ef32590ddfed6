"""A curated table: its columns, what identifies a row, the rules that a row must keep, and how its records stand in the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from django.db import models

from curation.tables.code_index import CodeIndex
from curation.tables.columns import CuratedColumn
from curation.tables.references import Either, Ref, Refs, RoledRefs
from curation.tables.rows import CompactRow
from sources.bilingual import Text
from sources.codes import NamedCode
from sources.hierarchy import Hierarchy
from sources.models import Citation, Publishable

Row = Mapping[str, Any]  # column → value
Cells = Mapping[str, str]  # column → cell

FEW = 1000  # keys that are asked for by name; of more, the whole table is read


class StandingCells(NamedTuple):
    """What stands under a key: its primary key and cells, the record where there is one to be changed, and if it is a draft."""

    pk: int
    cells: Cells
    record: Any = None
    is_draft: bool = False


@dataclass(frozen=True)
class CuratedTable:
    """A kind of record, as a table of cells. None has a code of `apart_from`, beside which its codes stand in keys of series.

    `labelled` are the columns whose codes are called by names: column → the dimension of `Labels`. `stands_alone` says that
    its rows can be checked without the rest of their batch. Tables of another kind answer these and the methods in their way.
    """

    labelled: ClassVar[Mapping[str, str]] = {}
    stands_alone: ClassVar[bool] = False

    name: str
    model: type[models.Model]
    columns: tuple[CuratedColumn, ...]
    key: tuple[str, ...] = ("code",)
    rules: tuple[Callable[[Row], Text | None], ...] = ()
    file: str = field(default="")
    apart_from: type[models.Model] | None = None
    later: tuple[str, ...] = ()

    @property
    def filename(self) -> str:
        return self.file or f"{self.name}.csv"

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def first_of_key(self) -> CuratedColumn:
        """The column that a key begins with: few records have the same cell there."""
        return next(column for column in self.columns if column.name == self.key[0])

    @property
    def links(self) -> list[Refs]:
        """The columns whose values stand in link tables."""
        return [column for column in self.columns if isinstance(column, Refs)]

    @property
    def self_reference(self) -> Ref | None:
        """The column that names another row of the same table, if one does."""
        own = (c for c in self.columns if isinstance(c, Ref) and not isinstance(c, Refs) and c.to is self.model)
        return next(own, None)

    def tree(self, *moved: tuple[str, str | None]) -> Hierarchy[str]:
        """What stands below what, by keys, of a table whose rows may name others of it: as it stands, or with some moved.

        One query.
        """
        assert self.self_reference is not None
        above = f"{self.self_reference.path}__{self.self_reference.by}"
        standing = self.standing(self._managed().order_by("pk"))
        return Hierarchy({**dict(standing.values_list(self.key[0], above)), **dict(moved)}.items())

    def records(self) -> models.QuerySet[Any]:
        """All records that are not withdrawn, with what their cells need, in a constant number of queries."""
        return self.standing(self.with_what_cells_need())

    def with_what_cells_need(self) -> models.QuerySet[Any]:
        """All records, withdrawn ones as well, with what their cells need."""
        relations = [c.path for c in self.columns if isinstance(c, Ref) and not isinstance(c, Refs)]
        relations += [attribute for c in self.columns if isinstance(c, Either) for _, attribute, _ in c.ends]
        prefetch = [f"{c.links}__{c.end}" if isinstance(c, RoledRefs) else c.path for c in self.links]
        return self._managed().order_by("pk").select_related(*relations).prefetch_related(*prefetch)

    def standing(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """The records of a queryset that no release has withdrawn."""
        return queryset.filter(withdrawn__isnull=True)

    def cells(self, record: models.Model) -> dict[str, str]:
        """A record as the row of cells that would be read back as the same record."""
        return {column.name: column.show(column.of(record)) for column in self.columns}

    def show(self, row: Row) -> dict[str, str]:
        """A row of values as canonical cells, to set beside those of a record."""
        return {column.name: column.show(row[column.name]) for column in self.columns}

    def key_of(self, cells: Mapping[str, str]) -> str:
        """What identifies a row among all of its table.

        Columns that came into the key later are named in it, and only where they say something: keys that stores hold stay.
        """
        later = (f"{name}={cells[name]}" for name in self.later if cells[name])
        return "|".join([*(cells[name] for name in self.key if name not in self.later), *later])

    def key_of_record(self, record: models.Model) -> str:
        """What identifies a record; its other cells, which may stand in link tables, are not read."""
        return self.key_of({c.name: c.show(c.of(record)) for c in self.columns if c.name in self.key})

    def key_in_words(self, key: str, language: str) -> str:
        """A key as people say it: itself, but where its codes have names."""
        return key

    def cells_of_key(self, key: str) -> dict[str, str]:
        """The cells that a key was made of."""
        first = [name for name in self.key if name not in self.later]
        cells = key.split("|")
        named = dict(cell.split("=", 1) for cell in cells[len(first) :])
        return {**dict.fromkeys(self.later, ""), **dict(zip(first, cells, strict=False)), **named}

    def fill(self, record: Publishable, row: Row) -> None:
        """Set a row's values on a record, and bring what is derived from them in line."""
        for column in self.columns:
            column.put(record, row[column.name])
        record.derive()

    # What stands in the store, beside the rows that are brought in ------------------------------------------------------

    def public(self) -> models.QuerySet[Any]:
        """The records that the newest release has."""
        return self._managed().public()

    def drafts(self) -> models.QuerySet[Any]:
        """The records that no release has: drafts."""
        return self._managed().drafts()

    def standing_beside(self, rows: Collection[Cells]) -> Iterator[tuple[str, StandingCells]]:
        """Key → what stands, at least of the keys of these rows."""
        for record in self._alike(self.records(), rows):
            cells = self.cells(record)
            yield self.key_of(cells), StandingCells(record.pk, cells, record, record.released_id is None)

    def withdrawn_among(self, rows: Mapping[str, Cells], codes: CodeIndex) -> dict[str, Any]:
        """Key → record that was withdrawn, of these rows by their keys: a key is not used again, but brought back."""
        if not rows:
            return {}
        if len(self.key) == 1:
            known = codes.read(rows, self.model, self.key[0])
            return {key: known[key] for key in rows if known[key] is not None and known[key].pk is not None}
        records = self.with_what_cells_need().filter(withdrawn__isnull=False)
        return {self.key_of_record(record): record for record in self._alike(records, rows.values())}

    def new_record(self, key: str, row: Row, withdrawn: Any, codes: CodeIndex) -> Any:
        """The record that a row of values becomes: the one announced, or the withdrawn one, or another; not yet saved."""
        announced = codes.get(key, self.model, self.key[0]) if len(self.key) == 1 else None
        record: Any = announced or withdrawn or self.model()
        self.fill(record, row)
        return record

    def settled(self, cells: CompactRow, row: CompactRow, standing: Cells) -> tuple[CompactRow, CompactRow]:
        """A row's cells and values, as they are kept beside what stands."""
        return cells, row

    def place_of(self, cells: Cells) -> tuple[str | None, str | None]:
        """The key of the series and the period that a row is of; none."""
        return None, None

    def typed(self, cells: Cells) -> dict[str, Any]:
        """A row with None for what is empty."""
        return {name: cell or None for name, cell in cells.items()}

    def _managed(self) -> Any:
        return self.model._default_manager

    def _alike(self, records: models.QuerySet[Any], rows: Collection[Cells]) -> models.QuerySet[Any]:
        """Of the records at least those with the key of a row: those alike in its first part, or all where the rows are many."""
        cells = {row[self.key[0]] for row in rows}
        return records.filter(self.first_of_key.among(cells)) if len(cells) <= FEW else records


def citations() -> Refs:
    """The column of the citations that a record rests on."""
    return Refs("citations", to=Citation)


def member_of(scheme: NamedCode) -> tuple[str, str]:
    """That a reference to a category is to one of this classification."""
    return "scheme.code", scheme.code


def text(*names: str) -> tuple[CuratedColumn, ...]:
    """Columns of texts that may be empty."""
    return tuple(CuratedColumn(name) for name in names)


def needed(*names: str) -> tuple[CuratedColumn, ...]:
    """Columns of texts that must not be empty."""
    return tuple(CuratedColumn(name, required=True) for name in names)
