"""Which table a sheet holds, and the long form: one row a record. Tables of figures in other forms are read by `tables.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import lru_cache
from typing import Any

from curation.refusals import UnreadableFile
from curation.sheets.answers import AnswerReader, header_of_answer
from curation.sheets.blocks import Block, unreadable
from curation.sheets.grids import Grid, cell_name
from curation.sheets.headers import MONTH, QUARTER, UNREAD, cell_at
from curation.sheets.left_out import A_TOTAL, CHOSEN, why_left_out
from curation.sheets.periods import said_period
from curation.sheets.readings import AS_FOUND, SheetChoices, TableChoices
from curation.sheets.shown_sheets import column_letters, column_number
from curation.sheets.table_rows import DEFAULTS, FIGURES, figure, folded_words, frequency_of, left_out_remark
from curation.sheets.tables import SheetTables, TableRead, TablesReader
from curation.tables.code_index import CodeIndex
from curation.tables.columns import WITHDRAW
from curation.tables.curated import BY_NAME, TABLES
from curation.tables.observations import OBSERVATIONS, ObservationTable
from curation.tables.rows import CompactRow, Header
from curation.tables.table import CuratedTable
from indicators.choices import Accumulation
from sources.bilingual import Text, both, in_both
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


def read_sheet(grid: Grid, called: str, codes: CodeIndex, choices: SheetChoices = AS_FOUND) -> SheetTables:
    """The tables of a sheet (`called` is its name, or the file's for a text file), by what was chosen of it.

    What cannot be understood is a refusal of its table.
    """
    grid, table = grid.with_cells(choices.cells), BY_NAME[table_names().get(normalised(called), OBSERVATIONS.name)]
    long = LONG.get(type(table), _Long)
    answered = header_of_answer(grid) if table is OBSERVATIONS else None
    if answered is not None and (choices.tables is None or answered + 1 in choices.tables):
        return SheetTables(grid, choices, table.name, [_answer(grid, codes, answered, choices)])
    starts = range(HEADER_WITHIN) if choices.tables is None else [number - 1 for number in sorted(choices.tables)[:1]]
    for number in starts:
        if number < len(grid.rows) and number + 1 not in (choices.left_out or ()):
            names = long.names_at(grid, table, number, choices)
            if long.is_header(table, set(names.values())):
                return SheetTables(grid, choices, table.name, [long(grid, table, number, choices).read()])
    return SheetTables(grid, choices, table.name, list(long.otherwise(grid, table, codes, choices)))


def _answer(grid: Grid, codes: CodeIndex, header: int, choices: SheetChoices) -> TableRead:
    """The rows of an answer of the service, but those that are left out, or why they are refused."""
    left_out = {row - 1: CHOSEN for row in choices.left_out or ()}
    stated = dict((choices.tables or {}).get(header + 1, TableChoices()).stated)
    read = TableRead(
        range(header, header + 1), len(grid.rows), {}, stated, left_out=left_out, marks={}, is_long=True
    )  # fmt: skip
    try:
        reader = AnswerReader(grid, codes, header, stated, left_out.keys())
        read.blocks.append(block := reader.block())
    except UnreadableFile as refusal:
        read.refusals.append(refusal)
        return read
    names = {place: name for name, place in reader.columns.items()}
    read.columns = {column_letters(place): names.get(place, UNREAD) for place in sorted(reader.places.values())}
    read.marks |= dict.fromkeys(block.lines, FIGURES)
    return read


class _Long:
    """A header, and below it one row a record."""

    @staticmethod
    def names_at(grid: Grid, table: CuratedTable, number: int, choices: SheetChoices) -> dict[int, str | None]:
        """Which column each cell of a row names or was chosen to be, by its place; None where that is no column."""
        known = column_names(table)
        chosen = (choices.tables or {}).get(number + 1, TableChoices()).columns
        names = {place: known.get(normalised(cell)) for place, cell in enumerate(grid.rows[number]) if cell.strip()}
        return names | {column_number(at) - 1: name for at, name in chosen.items() if isinstance(name, str)}

    @staticmethod
    def is_header(table: CuratedTable, columns: Set[str | None]) -> bool:
        """Whether a row that names these columns is the header of a table."""
        return not columns.isdisjoint(table.key)

    @staticmethod
    def otherwise(grid: Grid, table: CuratedTable, codes: CodeIndex, choices: SheetChoices) -> Iterator[TableRead]:
        """The tables of a sheet without a header; none."""
        return iter(())

    def __init__(self, grid: Grid, table: CuratedTable, header: int, choices: SheetChoices) -> None:
        self.grid, self.table, self.header, self.choices = grid, table, header, choices
        self.stated = (choices.tables or {}).get(header + 1, TableChoices()).stated
        self.remarks: list[Any] = []
        self.marks: dict[int, str] = {}
        self.left_out: dict[int, Text] = {}

    def read(self) -> TableRead:
        """The table, with its rows, or why it is refused."""
        names = self.names_at(self.grid, self.table, self.header, self.choices)
        columns: dict[str, str | dict[str, str]] = {
            column_letters(place): name or UNREAD for place, name in sorted(names.items())
        }
        read = TableRead(
            range(self.header, self.header + 1), len(self.grid.rows), columns, dict(self.stated),
            left_out=self.left_out, marks=self.marks, is_long=True,
        )  # fmt: skip
        try:
            read.blocks.append(self._block(self._columns(names)))
        except UnreadableFile as refusal:
            read.refusals.append(refusal)
        return read

    def _columns(self, named: Mapping[int, str | None]) -> dict[str, int]:
        names, columns = column_names(self.table), dict[str, int]()
        for place, name in sorted(named.items()):
            cell, where = cell_at(self.grid, self.header, place), cell_name(self.header, place)
            if name == UNREAD:
                self.remarks.append(both(f"未读入的列：{cell}（{where}）", f"Column not read: {cell} ({where})"))
                continue
            if name not in {*self.table.column_names, WITHDRAW}:
                meant = nearest(cell, names)
                hint_zh, hint_en = (f"，是否为 {meant}？", f"; is {meant} meant?") if meant else ("", "")
                raise unreadable(self.grid, where, f"未知的列 {cell}{hint_zh}", f"unknown column {cell}{hint_en}")
            if name in columns:
                raise unreadable(self.grid, where, f"列 {cell} 重复", f"column {cell} is there twice")
            columns[name] = place
        self.width = (
            max((place for place, cell in enumerate(self.grid.rows[self.header]) if cell.strip()), default=0) + 1
        )
        return columns

    def _defaults(self, columns: Mapping[str, int]) -> dict[str, str]:
        """What columns that the sheet has not are taken as."""
        return {name: cell for name, cell in self.stated.items() if name not in columns}

    def _block(self, columns: dict[str, int]) -> Block:
        defaults = self._defaults(columns)
        self.columns, self.constants = columns, tuple(defaults.values())
        self.heads = heads = Header([*columns, *defaults])
        if defaults:
            stated = ", ".join(
                f"{name}={value or both('由时期得出', 'by the period')}" for name, value in defaults.items()
            )
            self.remarks.append(
                both(f"表中没有的列取：{stated}", f"Columns that the sheet has not are taken as: {stated}")
            )
        block = Block(self.grid.name, self.table.name, heads, columns, remarks=self.remarks)
        words = {
            heads.places[name]: meanings for name, meanings in folded_words(self.choices).items() if name in columns
        }
        for number, cells in self._rows(columns):
            for place, meanings in words.items():
                cells[place] = meanings.get(normalised(cells[place]), cells[place])
            if why := self._why_left_out(number, cells):
                self.left_out[number] = why
                continue
            self.marks[number] = FIGURES
            block.add(CompactRow(heads, self._completed(cells)), number)
        if self.left_out:
            self.remarks.append(left_out_remark(self.grid, self.left_out))
        return block

    def _rows(self, columns: Mapping[str, int]) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header that are not empty, and their cells, in the order of the columns."""
        places, stripped = list(columns.values()), dict[str, str]()
        watched = ("exact", "value") if self.grid.merged else ("exact", "")
        kept, value = (list(columns).index(name) if name in columns else None for name in watched)
        for number, row in enumerate(self.grid.rows[self.header + 1 :], start=self.header + 1):
            if not any(row):
                continue
            # A sheet's row ends with its last cell; of a text it is a broken line.
            if (len(row) < self.width and not self.grid.name) or any(row[self.width :]):
                if self.choices.left_out and number + 1 in self.choices.left_out:
                    yield number, [""] * len(places)
                    continue
                place = cell_name(number, 0)
                raise unreadable(self.grid, place, "单元格数与表头不符", "not as many cells as the header has columns")
            padded = row if len(row) >= self.width else [*row, *[""] * (self.width - len(row))]
            cells = [
                stripped.get(cell) or stripped.setdefault(cell, trimmed(cell))
                for cell in map(padded.__getitem__, places)
            ]
            if kept is not None:
                cells[kept] = padded[places[kept]]
            if value is not None and self.grid.spans.get((number, places[value]), (number,))[0] > number:
                cells[value] += f" [{self.grid.over(number, places[value])}]"
            yield number, cells

    def _why_left_out(self, number: int, cells: list[str]) -> Text | None:
        """Why a row is left out: as was chosen, or, of figures, for what it is called; None where it is not."""
        chosen = self.choices.left_out
        return CHOSEN if chosen is not None and number + 1 in chosen else None

    def _completed(self, cells: list[str]) -> tuple[str, ...]:
        """The cells of a row, and those of the columns that the sheet has not."""
        return (*cells, *self.constants)


class _LongFigures(_Long):
    """A header, and below it one row a figure; what a figure is by default need not be stated."""

    @staticmethod
    def is_header(table: CuratedTable, columns: Set[str | None]) -> bool:
        return (
            "period" in columns and not columns.isdisjoint(("value", WITHDRAW)) and columns.isdisjoint((MONTH, QUARTER))
        )

    @staticmethod
    def otherwise(grid: Grid, table: CuratedTable, codes: CodeIndex, choices: SheetChoices) -> Iterator[TableRead]:
        """The figures of tables in other forms."""
        return TablesReader(grid, table, column_names(table), codes, choices).tables()

    def _defaults(self, columns: Mapping[str, int]) -> dict[str, str]:
        given = {"frequency": "", **DEFAULTS, **self.stated}
        return {name: value for name, value in given.items() if name not in columns}

    def _why_left_out(self, number: int, cells: list[str]) -> Text | None:
        reasons = [
            why_left_out(cells[self.heads.places[name]]) for name in ("region", "indicator") if name in self.columns
        ]
        if self.choices.left_out is None:
            return next((why for why in reasons if why is A_TOTAL), None)
        why = super()._why_left_out(number, cells)
        return why and next(filter(None, reasons), why)

    def _completed(self, cells: list[str]) -> tuple[str, ...]:
        places = self.heads.places
        cells = [*cells, *self.constants]
        own = cells[places["accumulation"]] if "accumulation" in self.columns else ""
        for name, default in DEFAULTS.items():
            cells[places[name]] = cells[places[name]] or default
        for name, stated in self.stated.items():
            cells[places[name]] = cells[places[name]] or stated
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
