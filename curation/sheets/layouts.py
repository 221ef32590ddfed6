"""Where the table is in a sheet: the long form (one row a record) and the wide form of statistics offices.

The wide form has regions down and periods across. Above its header stand a title, which may name the indicator, and
lines such as 单位：亿元 or source: slug, which hold for every figure. An empty cell states nothing and becomes no row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from django.conf import settings

from curation.refusals import UnreadableFile
from curation.sheets.grids import Grid, cell_name
from curation.tables.columns import WITHDRAW, CodeIndex
from curation.tables.curated import BY_NAME, TABLES
from curation.tables.observations import OBSERVATIONS, ObservationTable
from curation.tables.rows import CompactRow, Header
from curation.tables.table import CuratedTable
from indicators.choices import Accumulation
from indicators.components import COMPONENTS
from indicators.models import Indicator, Unit
from indicators.periods import parse_period
from sources.bilingual import both, in_both
from sources.folding import normalised
from sources.suggest import nearest
from sources.text import trimmed

# What a figure is unless its sheet says otherwise.
DEFAULTS = {part.name: str(part.default) for part in COMPONENTS if part.default is not None}
NOT_STATED = {"", "-", "--", "—", "——", "–", "－", "…", "……", "...", "/"}
NOTE = re.compile(r"(注|备注|说明|资料来源|数据来源|notes?|sources?)\s*\d*\s*[:：]", re.IGNORECASE)
COLON = re.compile("[:：]")
IN_BRACKETS = re.compile(r"[（(]([^（）()]+)[)）]")
UNIT_IS = re.compile(r"\s*(?:单位|unit)?\s*[:：]?\s*", re.IGNORECASE)
GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
SAID_PERIOD = re.compile(
    r"(?P<year>[12]\d{3})\s*年?\s*-?\s*(?:"
    r"(?:Q|第)?(?P<quarter>[1-4一二三四])(?:季度)?|(?P<ytd>1\s*[-–—~至]\s*)?(?P<month>0?[1-9]|1[0-2])月"
    r"|(?P<part>上半年|前三季度|全年))?",
    re.IGNORECASE,
)  # fmt: skip
QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}
PARTS = {"上半年": "Q2", "前三季度": "Q3"}
WITHDRAW_NAMES = ("withdraw", "撤回")
HEADER_WITHIN = 30
LONGEST_NAME = 40  # characters of what a statement states, of a period and of how a note begins


class SaidPeriod(NamedTuple):
    """A period's label and whether the words mean the year up to its end."""

    label: str
    accumulation: str


def said_period(text: str) -> SaidPeriod | None:
    """The period that a header or cell names: 2024, 2024年, 2024-Q1, 2024年一季度, 2024年7月, 2024年1-7月, 2024年上半年."""
    return _said_period(text.strip()) if len(text) <= LONGEST_NAME else None


@lru_cache(maxsize=10_000)
def _said_period(text: str) -> SaidPeriod | None:
    try:
        return SaidPeriod(parse_period(text).label, Accumulation.NONE)
    except ValueError:
        pass
    match = SAID_PERIOD.fullmatch(text)
    if match is None:
        return None
    year, quarter = match["year"], match["quarter"]
    if quarter:
        is_quarter = "季" in text or "q" in text.lower()
        return SaidPeriod(f"{year}-Q{QUARTERS.get(quarter, quarter)}", Accumulation.NONE) if is_quarter else None
    if match["month"]:
        through = Accumulation.YTD if match["ytd"] else Accumulation.NONE
        return SaidPeriod(f"{year}-{int(match['month']):02}", through)
    if match["part"] in PARTS:
        return SaidPeriod(f"{year}-{PARTS[match['part']]}", Accumulation.YTD)
    return SaidPeriod(year, Accumulation.NONE)


def statement(cell: str) -> tuple[str, str] | None:
    """What a cell such as 单位：亿元 states: (单位, 亿元)."""
    name, *value = (part.strip() for part in COLON.split(cell, maxsplit=1))
    return (name, value[0]) if value and value[0] and 0 < len(name) <= LONGEST_NAME else None


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


@dataclass
class Block:
    """The rows of one table that one sheet holds, and where each of their cells stands."""

    sheet: str
    table: str
    heads: Header
    columns: Mapping[str, int]  # column → column of the sheet
    rows: list[CompactRow] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)  # row of the sheet, for each row
    values: list[int] | None = None  # column of the figure, for each row of a wide table
    header: int = 0
    fixed: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # what a line above the table states
    remarks: list[Any] = field(default_factory=list)

    def add(self, row: CompactRow, line: int) -> None:
        """Take a row that stands in this line of the sheet. Raises UnreadableFile where there are more than READING_ROWS."""
        if len(self.rows) == settings.READING_ROWS:
            raise too_many_rows(self.sheet)
        self.rows.append(row)
        self.lines.append(line)

    def cell(self, number: int, column: str) -> str:
        """Where a column of the row of this number (from 0) stands; for one that has no cell, the row's figure or start."""
        line = self.lines[number]
        if column in self.fixed:
            return cell_name(*self.fixed[column])
        if self.values is not None and column == "period":
            return cell_name(self.header, self.values[number])
        if column in self.columns:
            return cell_name(line, self.columns[column])
        first = self.columns.get("value", min(self.columns.values())) if self.values is None else self.values[number]
        return cell_name(line, first)


def too_many_rows(name: str) -> UnreadableFile:
    """The refusal of a sheet or file with more rows than are brought in at once."""
    most = settings.READING_ROWS
    zh, en = f"{name} 多于 {most:,} 行：请分成几个文件", f"{name} has more than {most:,} rows: split the file"
    return UnreadableFile(both(zh.strip(), en.strip()))


def read_sheet(grid: Grid, called: str, codes: CodeIndex) -> Block | None:
    """The table of a sheet (`called` is its name, or the file's for a text file); None where there is none.

    Raises UnreadableFile where there is one that cannot be understood.
    """
    table = BY_NAME[table_names().get(normalised(called), OBSERVATIONS.name)]
    names = column_names(table)
    long = LONG.get(type(table), _Long)
    for number, row in enumerate(grid.rows[:HEADER_WITHIN]):
        if long.is_header(table, {names.get(normalised(cell)) for cell in row if cell}):
            return long(grid, table, number).block()
    return long.otherwise(grid, table, codes)


def _periods_across(grid: Grid) -> tuple[int, dict[int, SaidPeriod]] | None:
    """The header of a wide table, (row, column → period): the first row of periods; one of a single period is the last resort."""
    single = None
    for number, row in enumerate(grid.rows[:HEADER_WITHIN]):
        periods = {place: period for place, cell in enumerate(row) if place and (period := said_period(cell))}
        if not periods or statement(row[0]) or said_period(row[0]):
            continue
        if all(place in periods or not row[place].strip() for place in range(min(periods), len(row))):
            if len(periods) > 1:
                return number, periods
            single = single or (number, periods)
    return single


def _unreadable(grid: Grid, cell: str, zh: str, en: str) -> UnreadableFile:
    place = f"{grid.name} {cell}".strip()
    return UnreadableFile(both(f"{place}：{zh}", f"{place}: {en}"))


def figure(cell: str) -> str:
    """A number as text, without the commas that group its thousands."""
    return cell.replace(",", "") if GROUPED.fullmatch(cell) else cell


class _Long:
    """A header, and below it one row a record."""

    @staticmethod
    def is_header(table: CuratedTable, found: Set[str | None]) -> bool:
        """Whether a row that names these columns is the header of a table."""
        return not found.isdisjoint(table.key)

    @staticmethod
    def otherwise(grid: Grid, table: CuratedTable, codes: CodeIndex) -> Block | None:
        """The table of a sheet without a header; none."""
        return None

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
                raise _unreadable(self.grid, where, f"未知的列 {cell}{hint_zh}", f"unknown column {cell}{hint_en}")
            if name in columns:
                raise _unreadable(self.grid, where, f"列 {cell} 重复", f"column {cell} is there twice")
            columns[name] = place
        return columns

    def _defaults(self) -> dict[str, str]:
        """What columns that the sheet has not are taken as."""
        return {}

    def block(self) -> Block:
        block = Block(self.grid.name, self.table.name, self.heads, self.columns, remarks=self.remarks)
        places, width = list(self.columns.values()), len(self.grid.rows[self.header])
        stripped: dict[str, str] = {}
        kept = self.heads.names.index("exact") if "exact" in self.columns else None
        for number, row in enumerate(self.grid.rows[self.header + 1 :], start=self.header + 1):
            if not any(row):
                continue
            if len(row) != width and (len(row) < width or any(row[width:])):
                place = cell_name(number, 0)
                raise _unreadable(self.grid, place, "单元格数与表头不符", "not as many cells as the header has columns")
            cells = [
                stripped.get(cell) or stripped.setdefault(cell, trimmed(cell)) for cell in map(row.__getitem__, places)
            ]
            if kept is not None:
                cells[kept] = row[places[kept]]
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
    def otherwise(grid: Grid, table: CuratedTable, codes: CodeIndex) -> Block | None:
        """The figures of a wide table."""
        across = _periods_across(grid)
        return _Wide(grid, table, *across, codes).block() if across else None

    def _defaults(self) -> dict[str, str]:
        given = {"frequency": "", **DEFAULTS}
        return {name: value for name, value in given.items() if name not in self.columns}

    def _completed(self, cells: list[str]) -> tuple[str, ...]:
        places = self.heads.places
        period = said_period(cells[places["period"]])
        if period and period.accumulation == Accumulation.NONE:
            cells[places["period"]] = period.label
        if "value" in places:
            cells[places["value"]] = figure(cells[places["value"]])
        cells += self.constants
        if "frequency" not in self.columns and period:
            cells[places["frequency"]] = parse_period(period.label).frequency.value
        return tuple(cells)


LONG: Mapping[type[CuratedTable], type[_Long]] = {ObservationTable: _LongFigures}


class _Wide:
    """Regions (or indicators) down, periods across, and above them a title and lines that hold for every figure."""

    def __init__(
        self, grid: Grid, table: CuratedTable, header: int, periods: Mapping[int, SaidPeriod], codes: CodeIndex
    ) -> None:
        self.grid, self.table, self.header, self.periods, self.codes = grid, table, header, periods, codes
        self.remarks: list[Any] = []
        self.stated: dict[str, str] = {}
        self.places: dict[str, tuple[int, int]] = {}
        self._read_lines_above()
        self.columns = self._leading_columns()
        below = grid.rows[header + 1 :]
        self.is_empty = not any(row[place].strip() for row in below for place in periods if place < len(row))
        if "indicator" not in self.columns and "indicator" not in self.stated and not self.is_empty:
            raise _unreadable(
                grid, cell_name(header, 0),
                "未说明指标：请在表上方写一行“指标：…”，或设一列", "no indicator: add a line “indicator: …” above, or a column",
            )  # fmt: skip

    def _read_lines_above(self) -> None:
        names = column_names(self.table)
        for number, row in enumerate(self.grid.rows[: self.header]):
            filled = [(place, cell.strip()) for place, cell in enumerate(row) if cell.strip()]
            pairs = [(place, *stated) for place, cell in filled if (stated := statement(cell))]
            for (_, cell), (place, value) in pairwise(filled):
                pairs.append((place, cell.rstrip(":： "), value))
            for place, name, value in pairs:
                if known := names.get(normalised(name)):
                    self._state(known, value, number, place)
            for place, cell in filled:
                self._read_title(cell, number, place)

    def _state(self, name: str, value: str, row: int, place: int) -> None:
        if name not in self.stated:
            self.stated[name] = value
            self.places[name] = (row, place)

    def _read_title(self, title: str, row: int, place: int) -> None:
        """A title may name the indicator, by the longest of its names, and its unit in brackets."""
        for inside in IN_BRACKETS.findall(title):
            words = UNIT_IS.sub("", inside, count=1).strip()
            if normalised(words) in self.codes.named(Unit) or self.codes.get(words, Unit) is not None:
                self._state("unit", words, row, place)
        if statement(title) or "indicator" in self.stated:
            return
        text = normalised(title)
        found = [name for name in self.codes.named(Indicator) if name in text]
        if found:
            name = max(found, key=len)
            self._state("indicator", name, row, place)
            self.remarks.append(both(f"指标取自标题：{name}", f"The indicator is taken from the title: {name}"))

    def _leading_columns(self) -> dict[str, int]:
        names, columns = column_names(self.table), {}
        header = self.grid.rows[self.header]
        others = []
        for place, cell in enumerate(header[: max(self.periods)]):
            name = names.get(normalised(cell))
            if place in self.periods:
                continue
            if name and name not in columns:
                columns[name] = place
            elif name is None:
                others.append(place)
        if "region" not in columns and "region" not in self.stated and others:
            columns["region"] = others.pop(0)
        for place in others:
            if header[place].strip():
                cell = cell_name(self.header, place)
                self.remarks.append(
                    both(f"未读入的列：{header[place]}（{cell}）", f"Column not read: {header[place]} ({cell})")
                )
        return columns

    def block(self) -> Block:
        constants = {**DEFAULTS, **{name: value for name, value in self.stated.items() if name not in self.columns}}
        constants = {name: value for name, value in constants.items() if name not in self.columns}
        names = dict.fromkeys([*self.columns, *constants, "period", "value", "frequency", "accumulation"])
        heads = Header(list(names))
        fixed = {name: place for name, place in self.places.items() if name not in self.columns}
        block = Block(
            self.grid.name, self.table.name, heads, self.columns, values=[], header=self.header, fixed=fixed,
            remarks=self.remarks,
        )  # fmt: skip
        blanks = 0
        for number, row in enumerate(self.grid.rows[self.header + 1 :], start=self.header + 1):
            leading = {name: trimmed(row[place]) for name, place in self.columns.items()}
            first = next((cell.strip() for cell in row if cell.strip()), "")
            figures = {place: figure(trimmed(row[place])) for place in self.periods if place < len(row)}
            stated = {place: cell for place, cell in figures.items() if cell not in NOT_STATED}
            if NOTE.match(first[:LONGEST_NAME]) or not stated:
                if first:
                    self.remarks.append(
                        both(f"未读入的行 {number + 1}：{first[:40]}", f"Row {number + 1} not read: {first[:40]}")
                    )
                continue
            blanks += len(figures) - len(stated)
            for place, cell in stated.items():
                block.add(CompactRow(heads, self._row(heads, {**constants, **leading}, place, cell)), number)
                block.values.append(place)  # type: ignore[union-attr]
        if blanks:
            self.remarks.append(
                both(f"空白单元格 {blanks} 个：未述，不读入", f"{blanks} cells state nothing and are not read")
            )
        return block

    def _row(self, heads: Header, cells: dict[str, str], place: int, value: str) -> Sequence[str]:
        period = self.periods[place]
        cells |= {"period": period.label, "value": value}
        cells.setdefault("frequency", parse_period(period.label).frequency.value)
        if period.accumulation != Accumulation.NONE:
            cells["accumulation"] = period.accumulation
        return tuple(cells[name] for name in heads.names)
