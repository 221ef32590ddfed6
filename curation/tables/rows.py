"""A row of cells that costs a tenth of a dict: what hundreds of thousands of rows are held in while they are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class Header:
    """The column names of a table and their places, shared by all of its rows."""

    __slots__ = ("names", "places")

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.places = {name: place for place, name in enumerate(self.names)}


class CompactRow(Mapping[str, Any]):
    """A read-only mapping from column name to cell, equal to a dict of the same content."""

    __slots__ = ("heads", "row")

    def __init__(self, heads: Header, row: Sequence[Any]) -> None:
        self.heads, self.row = heads, row

    def __getitem__(self, name: str) -> Any:
        return self.row[self.heads.places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.heads.names)

    def __len__(self) -> int:
        return len(self.row)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CompactRow) and self.heads.names == other.heads.names:
            return self.row == other.row
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]

    def replaced(self, name: str, cell: Any) -> CompactRow:
        """The same row with another cell in one column."""
        place = self.heads.places[name]
        return CompactRow(self.heads, (*self.row[:place], cell, *self.row[place + 1 :]))

    def __repr__(self) -> str:
        return repr(dict(self))


class RowMaker:
    """Makes lines of dictionaries; those with the same columns share them, and equal cells are held once."""

    def __init__(self) -> None:
        self._heads: dict[tuple[str, ...], Header] = {}
        self._cells: dict[Any, Any] = {}

    def line(self, row: Mapping[str, str]) -> CompactRow:
        """The row as a line; one that is a line stays as it is."""
        if isinstance(row, CompactRow):
            return row
        names, held = tuple(row), self._cells
        heads = self._heads.get(names) or self._heads.setdefault(names, Header(names))
        return CompactRow(heads, tuple([held.setdefault(cell, cell) for cell in row.values()]))


def compact_rows(rows: Sequence[Mapping[str, str]]) -> list[CompactRow]:
    """Dictionaries as lines."""
    maker = RowMaker()
    return [maker.line(row) for row in rows]
