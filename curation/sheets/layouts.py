"""Which table a sheet holds, and the long form: one row a record. Tables of figures in other forms are read by `tables.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import lru_cache
from typing import Any

from curation.sheets.answers import AnswerReader, header_of_answer
from curation.sheets.blocks import Block, unreadable
from curation.sheets.grids import Grid, cell_name
from curation.sheets.periods import said_period
from curation.sheets.table_rows import DEFAULTS, figure, frequency_of
from curation.sheets.tables import TablesReader
from curation.tables.code_index import CodeIndex
from curation.tables.columns import WITHDRAW
from curation.tables.curated import BY_NAME, TABLES
from curation.tables.observations import OBSERVATIONS, ObservationTable
from curation.tables.rows import CompactRow, Header
from curation.tables.table import CuratedTable
from indicators.choices import Accumulation
from sources.bilingual import both, in_both
from sources.folding import normalised
from sources.suggest import nearest
from sources.text import trimmed

WITHDRAW_NAMES = ("withdraw", "撤回")
HEADER_WITHIN = 30
YEAR_TO_DATE = (Accumulation.YTD.value, *in_both(Accumulation.YTD.label))


@lru_cache
def column_names(table: CuratedTable) -> Mapping[str, str]:
    """What a header may call each column of a table, normalised: its name, and its field's in Chinese and in English."""
    names = {normalised(word): "withdraw" for word in WITHDRAW_NAMES}
    for column in table.columns:
        relations = column.path.split(".")
        label = column.field_of(table.model).verbose_name if len(relations) <= 2 else column.name
        names |= {normalised(word): column.name for word in (*in_both(label), column.name)}
    return names


@lru_cache(maxsize=1)
def table_names() -> Mapping[str, str]:
    """What a sheet or file may be called to hold a table, normalised."""
    called = ((table, in_both(table.model._meta.verbose_name_plural)) for table in TABLES)
    return {normalised(word): table.name for table, words in called for word in (table.name, *words)}


def read_sheet(grid: Grid, called: str, codes: CodeIndex) -> list[Block]:
    """The tables of a sheet (`called` is its name, or the file's for a text file).

    Raises UnreadableFile where there is one that cannot be understood.
    """
    table = BY_NAME[table_names().get(normalised(called), OBSERVATIONS.name)]
    names = column_names(table)
    long = LONG.get(type(table), _Long)
    if table is OBSERVATIONS and (answered := header_of_answer(grid)) is not None:
        return [AnswerReader(grid, codes, answered).block()]
    for number, row in enumerate(grid.rows[:HEADER_WITHIN]):
        if long.is_header(table, {names.get(normalised(cell)) for cell in row if cell}):
            return [long(grid, table, number).block()]
    return list(long.otherwise(grid, table, codes))


class _Long:
    """A header, and below it one row a record."""

    @staticmethod
    def is_header(table: CuratedTable, found: Set[str | None]) -> bool:
        """Whether a row that names these columns is the header of a table."""
        return not found.isdisjoint(table.key)

    @staticmethod
    def otherwise(grid: Grid, table: CuratedTable, codes: CodeIndex) -> Iterator[Block]:
        """The tables of a sheet without a header; none."""
        return iter(())

    def __init__(self, grid: Grid, table: CuratedTable, header: int) -> None:
        self.grid, self.table, self.header = grid, table, header
        self.columns = self._columns()
        defaults = self._defaults()
        self.constants = tuple(defaults.values())
        self.heads = Header([*self.columns, *defaults])
        self.remarks: list[Any] = []
        if defaults:
            stated = ", ".join(
                f"{name}={value or both('由时期得出', 'by the period')}" for name, value in defaults.items()
            )
            self.remarks.append(
                both(f"表中没有的列取：{stated}", f"Columns that the sheet has not are taken as: {stated}")
            )

    def _columns(self) -> dict[str, int]:
        names, columns = column_names(self.table), {}
        for place, cell in enumerate(self.grid.rows[self.header]):
            name = names.get(normalised(cell))
            where = cell_name(self.header, place)
            if not cell.strip():
                continue
            if name is None:
                meant = nearest(cell, names)
                hint_zh, hint_en = (f"，是否为 {meant}？", f"; is {meant} meant?") if meant else ("", "")
                raise unreadable(self.grid, where, f"未知的列 {cell}{hint_zh}", f"unknown column {cell}{hint_en}")
            if name in columns:
                raise unreadable(self.grid, where, f"列 {cell} 重复", f"column {cell} is there twice")
            columns[name] = place
        return columns

    def _defaults(self) -> dict[str, str]:
        """What columns that the sheet has not are taken as."""
        return {}

    def block(self) -> Block:
        block = Block(self.grid.name, self.table.name, self.heads, self.columns, remarks=self.remarks)
        places, width = list(self.columns.values()), max(self.columns.values()) + 1
        stripped: dict[str, str] = {}
        kept = self.heads.names.index("exact") if "exact" in self.columns else None
        for number, row in enumerate(self.grid.rows[self.header + 1 :], start=self.header + 1):
            if not any(row):
                continue
            if (len(row) < width and not self.grid.name) or any(row[width:]):  # a sheet's row ends with its last cell
                place = cell_name(number, 0)
                raise unreadable(self.grid, place, "单元格数与表头不符", "not as many cells as the header has columns")
            padded = row if len(row) >= width else [*row, *[""] * (width - len(row))]
            cells = [
                stripped.get(cell) or stripped.setdefault(cell, trimmed(cell))
                for cell in map(padded.__getitem__, places)
            ]
            if kept is not None:
                cells[kept] = padded[places[kept]]
            block.add(CompactRow(self.heads, self._completed(cells)), number)
        return block

    def _completed(self, cells: list[str]) -> tuple[str, ...]:
        """The cells of a row, and those of the columns that the sheet has not."""
        return tuple(cells)


class _LongFigures(_Long):
    """A header, and below it one row a figure; what a figure is by default need not be stated."""

    @staticmethod
    def is_header(table: CuratedTable, found: Set[str | None]) -> bool:
        return "period" in found and not found.isdisjoint(("value", WITHDRAW))

    @staticmethod
    def otherwise(grid: Grid, table: CuratedTable, codes: CodeIndex) -> Iterator[Block]:
        """The figures of tables in other forms."""
        return TablesReader(grid, table, column_names(table), codes).blocks()

    def _defaults(self) -> dict[str, str]:
        given = {"frequency": "", **DEFAULTS}
        return {name: value for name, value in given.items() if name not in self.columns}

    def _completed(self, cells: list[str]) -> tuple[str, ...]:
        places = self.heads.places
        cells += self.constants
        own = cells[places["accumulation"]] if "accumulation" in self.columns else ""
        for name, default in DEFAULTS.items():
            cells[places[name]] = cells[places[name]] or default
        period = said_period(cells[places["period"]])
        if period and period.accumulation == Accumulation.NONE:
            cells[places["period"]] = period.label
        elif period and own in (
            "",
            *YEAR_TO_DATE,
        ):  # else the two contradict one another, and the period stays as it is
            cells[places["period"]], cells[places["accumulation"]] = period
        if "value" in places:
            cells[places["value"]] = figure(cells[places["value"]], cells[places["unit"]] if "unit" in places else "")
        cells[places["frequency"]] = cells[places["frequency"]] or frequency_of(cells[places["period"]])
        return tuple(cells)


LONG: Mapping[type[CuratedTable], type[_Long]] = {ObservationTable: _LongFigures}
