"""Where the header of a table is, and what each of its columns is: a row of numbers is never a header."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Set

from curation.sheets.column_names import CALLED, PARTS
from curation.sheets.grids import Grid
from curation.sheets.headers import (
    FREQUENCY,
    INDICATOR,
    MONTH,
    NOT_STATED,
    PERIOD,
    QUARTER,
    REGION,
    SOURCE,
    UNIT,
    UNREAD,
    VALUE,
    FigureColumn,
    TableHeader,
    cell_at,
    is_numeric,
)
from curation.sheets.left_out import OF_WHICH
from curation.sheets.lines import LONGEST_LINE_NAME, NOTE, OF_THE_FILE, in_one, statement
from curation.sheets.periods import (
    PartOfYear,
    SaidPeriod,
    frequency_named,
    is_date,
    months_of,
    part_of_year,
    said_period,
)
from curation.sheets.titles import ALONE, TO_DATE, TitleReader
from indicators.components import BREAKDOWNS
from indicators.models import Unit
from sources.folding import normalised
from sources.text import trimmed

BARE = re.compile(r"(?:1[6-9]|2[01])\d{2}(?:0[1-9]|1[0-2])?", re.ASCII)  # a year or month that may as well be a figure
CORNER = re.compile(r"(?<!\s)\s*[\\/＼／|\n]\s*")  # no beginning within blanks, each of which would be looked along
NO_NAMES: Mapping[int, str | None] = {}
MOST_HEADER_ROWS = 4
MOST_NAMED_ROWS = 30  # of a header whose rows have names
LOOKED_AT = 50  # rows by which a column without a known name is told
MOST_COLUMNS_LOOKED_AT = 400


def _is_bare(cell: str) -> bool:
    """Whether a cell is a year or month that may as well be a figure."""
    return BARE.fullmatch(unicodedata.normalize("NFKC", cell)) is not None


def _is_period(cell: str) -> bool:
    return said_period(cell) is not None or is_date(cell)


def _take_unit(column: FigureColumn, row: int, unit: Unit | None) -> bool:
    """Take the unit that a row of the header says; not where none is called so, or a row above says another one."""
    if unit is None or (column.unit is not None and column.unit.code != unit.code):
        return False
    column.unit, column.said_at["unit"] = unit, (row, column.place)
    return True


def _take_part(column: FigureColumn, row: int, part: PartOfYear) -> bool:
    """Take the part of a year that a row of the header says; not where it leaves the one that a row above says: 上半年 over 7月."""
    column.said_at["period"] = (row, column.place)
    within = column.part is None or set(part.months) <= set(column.part.months)
    column.part = part
    return within


class HeaderReader:
    """Finds headers in a sheet, by the names of the store and the columns of a table."""

    def __init__(
        self, grid: Grid, columns: Mapping[str, str], titles: TitleReader, left_out: Set[int] = frozenset()
    ) -> None:
        self.grid, self.columns, self.titles, self.left_out = grid, columns, titles, left_out
        self.words_before: dict[str, str | None] = {}
        firsts = (
            next((place for place, cell in enumerate(row) if cell.strip()), None) for row in grid.rows[:LOOKED_AT]
        )
        self.margin = min((place for place in firsts if place is not None), default=0)

    def word(self, cell: str) -> str | None:
        """Which column beside the figures is called so."""
        if cell not in self.words_before:
            known = self._called(cell) or self._called_of_rows(cell)
            self.words_before[cell] = None if cell in TO_DATE else known  # it heads figures to date here
        return self.words_before[cell]

    def _called(self, words: str) -> str | None:
        folded = in_one(words)
        return self.columns.get(normalised(words)) or self.columns.get(folded) or CALLED.get(folded)

    def _called_of_rows(self, cell: str) -> str | None:
        """What a cell in the corner calls the rows, where it names the periods across as well: 地区/年份, GEO/TIME."""
        parts = CORNER.split(cell)
        kinds = {self._called(part) for part in parts} if len(parts) == 2 else set()
        return next(iter(kinds - {PERIOD})) if PERIOD in kinds and len(kinds) == 2 else None

    def at(self, first: int) -> TableHeader | None:
        """The header that begins in a row of the sheet; None where none does."""
        if named := self._named(first):
            return self._columns(named)
        if not self._begins(first):
            return None
        last = first + 1
        while last < len(self.grid.rows) and last - first < MOST_HEADER_ROWS and self._goes_on(first, last):
            last += 1
        return self._columns(range(first, last))

    def chosen(self, rows: range, columns: Mapping[int, str | Mapping[str, str]]) -> TableHeader:
        """The header of these rows, with what was chosen of its columns, by their places, beside what they say themselves."""
        header = self._columns(rows)
        for place, choice in columns.items():
            column = header.figures.pop(place, None)
            header.leading.pop(place, None)
            header.parts.pop(place, None)
            labels = column.labels if column else [(rows.stop - 1, cell_at(self.grid, rows.stop - 1, place))]
            if not isinstance(choice, str):
                header.figures[place] = FigureColumn.meaning_of(place, labels, choice, self.titles.unit)
            elif choice in (MONTH, QUARTER):
                header.leading[place], header.parts[place] = PERIOD, choice
            elif choice == VALUE:
                header.figures[place] = FigureColumn(place, labels)
            else:
                header.leading[place] = choice
        return header

    # Which rows ---------------------------------------------------------------------------------------------------------

    def _cells(self, row: int) -> list[tuple[int, str]]:
        cells = self.grid.rows[row][:MOST_COLUMNS_LOOKED_AT]
        return [(place, trimmed(cell)) for place, cell in enumerate(cells) if cell.strip()]

    def _is_no_header(self, cell: str) -> bool:
        """Whether a cell can stand in no header: a figure, a mark for none, or a statement such as 单位：亿元."""
        stated = statement(cell)
        is_figure = is_numeric(cell) and not _is_bare(cell)
        return is_figure or cell in NOT_STATED or bool(stated and not stated[0].startswith(OF_WHICH))

    def _says(self, cell: str) -> bool:
        """Whether a cell says something of the figures below it, in words."""
        column = self._understood(FigureColumn(0, [(0, cell)]))
        return column.lost is None and not _is_bare(cell)

    def _begins(self, row: int) -> bool:
        """Whether a header begins in a row: one of words that say something of figures, of years in a row, or of names of columns that
        stand above figures.
        """
        cells = self._cells(row)
        if len(cells) < 2 or any(self._is_no_header(cell) for _, cell in cells):
            return False
        if self._states(cells) or self._is_of_a_row(cells):
            return False
        words = {kind for _, cell in cells if (kind := self.word(cell))}
        others = [cell for _, cell in cells if not self.word(cell)]
        bare = [cell for cell in others if _is_bare(cell)]
        if any(self._says(cell) for cell in others) or months_of(others):
            return True
        if bare:
            in_order = sorted(set(bare))
            return bool(words) or (len(bare) == len(others) and bare in (in_order, in_order[::-1]))
        is_of_rows = not words.isdisjoint((REGION, PERIOD, INDICATOR))
        return is_of_rows and (bool(others) or VALUE in words) and self._above_figures(row)

    def _states(self, cells: list[tuple[int, str]]) -> bool:
        """Whether a row is a line of names with what they state, each in a cell: 单位 | 亿元."""
        names = [self.word(cell) if self._called(cell) else None for _, cell in cells[::2]]  # a corner states nothing
        values = [cell for _, cell in cells[1::2]]
        if len(names) != len(values) or not all(names) or any(map(self.word, values)):
            return False
        if len(values) == 1 and names[0] == REGION:
            return self.titles.names.region(values[0]) is not None
        if len(values) == 1 and names[0] == PERIOD:
            return said_period(values[0]) is not None
        return not {REGION, PERIOD, UNREAD} & set(names) and not any(said_period(value) for value in values)

    def _is_of_a_row(self, cells: list[tuple[int, str]]) -> bool:
        """Whether the first cell of a row says that it is one of a table, or a title: a place, a period, an indicator."""
        (place, lead), *others = cells
        if self.word(lead):
            return False
        is_region = self.titles.names.region(lead) is not None
        if place != self.margin:
            return is_region and all(_is_bare(cell) for _, cell in others)
        if is_region or said_period(lead) or "indicator" in self.titles.read(lead).columns:
            return True
        return not any(self.word(cell) or self._says(cell) for _, cell in others)

    def _above_figures(self, row: int) -> bool:
        """Whether the next row that is not empty has figures."""
        for number in range(row + 1, min(len(self.grid.rows), row + 1 + MOST_HEADER_ROWS)):
            if cells := self._cells(number):
                return any(is_numeric(cell) for _, cell in cells)
        return False

    def _goes_on(self, first: int, row: int) -> bool:
        """Whether a row is one more of the header: words, or years below words, under or beside those before."""
        cells = self._cells(row)
        if not cells or any(self._is_no_header(cell) for _, cell in cells):
            return False
        leading = max((place for place, cell in self._cells(first) if self.word(cell)), default=self.margin)
        above = [cell for number in range(first, row) for _, cell in self._cells(number)]
        if any(place <= max(leading, self.margin) and not self.word(cell) for place, cell in cells):
            return False
        others = [cell for place, cell in cells if not self.word(cell)]
        bare = [cell for cell in others if _is_bare(cell)]
        return bool(others) and (not bare or not any(said_period(cell) for cell in above))

    def _named(self, first: int) -> range | None:
        """The rows from one on whose first cells say what the others state of the columns below (频率, 单位, 来源), down to periods."""
        if cell_at(self.grid, first, self.margin) and self._name_of(first) is None:
            return None
        rows = range(first, min(len(self.grid.rows), first + MOST_NAMED_ROWS))
        end = next((row for row in rows if _is_period(cell_at(self.grid, row, self.margin))), first)
        below = {place for place, _ in self._cells(end) if place > self.margin} if end > first else set()
        for row in range(first, end):
            over = below & {place for place, _ in self._cells(row)}
            if over != below and len(over) < 2:
                return None
        return range(first, end) if below and self._names(range(first, end)) else None

    def _name_of(self, row: int) -> str | None:
        """What the first cell of a row says that the others state."""
        cell = cell_at(self.grid, row, self.margin).rstrip(":： ")
        return self.word(cell) or (UNREAD if in_one(cell) in OF_THE_FILE else None)

    def _names(self, rows: range) -> dict[int, str | None]:
        """What each row of a header states by its first cell, where several do; None for a name that is not known.

        The name of what the cells below that first one are is no name of its row.
        """
        names = {row: self._name_of(row) for row in rows if cell_at(self.grid, row, self.margin)}
        corner = self._kind_below(rows, self.margin)
        if len({*names.values()} - {None, VALUE}) < 2:
            return {}
        names = {row: name for row, name in names.items() if name not in (corner, PERIOD, VALUE)}
        for row, name in names.items():
            cells = [cell for place, cell in self._cells(row) if place > self.margin]
            if name == SOURCE and not any(map(self.titles.names.source, cells)):
                names[row] = UNREAD
        return names

    # Which columns ------------------------------------------------------------------------------------------------------

    def _columns(self, rows: range) -> TableHeader:
        width = min(max(len(self.grid.rows[row]) for row in rows), MOST_COLUMNS_LOOKED_AT)
        header, names = TableHeader(rows, {}, {}), self._names(rows)
        header.unread = [row for row, name in names.items() if name == UNREAD]
        paths = {place: list(self._path(rows, place, names)) for place in range(width)}
        dated = months_of(
            [words for path in paths.values() for _, words in path if "-" in words and not self.word(words)]
        )
        for place, path in paths.items():
            unnamed = [words for row, words in path if place == self.margin or row not in names]
            kinds = {kind for words in unnamed if (kind := self.word(words))} - {VALUE}
            if kinds:
                corner = len(kinds) > 1 or not any(map(self._called, unnamed))
                header.leading[place] = (corner and self._kind_below(rows, place)) or min(kinds)
                if part := next(filter(None, (PARTS.get(in_one(words)) for words in unnamed)), None):
                    header.parts[place] = part
            elif path:
                header.figures[place] = self._understood(FigureColumn(place, path), names, dated=dated)
        self._settle_parts(header)
        self._tell_leading(header, paths)
        if any(column.says_what for column in header.figures.values()):
            for column in header.figures.values():  # of a unit alone: 位次, %
                if column.unit and column.lost is None and not column.says_what:
                    column.lost = column.labels[-1]
        return header

    def _settle_parts(self, header: TableHeader) -> None:
        """Understand what is headed 其中：出口额: exports, where all that stands before it is not a part of something itself.

        Else no column from there on is understood, for it may be of that part.
        """
        whole: FigureColumn | None = None
        unclear = False
        for place, column in sorted(header.figures.items()):
            row, words = column.labels[-1]
            part = (
                re.sub(r"\s*[:：、]?\s*", "", words[len(OF_WHICH[0]) :], count=1)
                if words.startswith(OF_WHICH[0])
                else ""
            )
            if not part:
                whole = column
            elif whole is None or whole.lost or not whole.means.keys().isdisjoint(BREAKDOWNS):
                unclear = True
            else:
                header.figures[place] = self._understood(FigureColumn(place, [*column.labels[:-1], (row, part)]))
            if unclear:
                column.lost = (row, words)

    def _path(self, rows: range, place: int, names: Mapping[int, str | None]) -> Iterator[tuple[int, str]]:
        """The labels over a column, from the top: what groups several columns stands over the first of them."""
        for row in rows:
            words = cell_at(self.grid, row, place)
            if row in self.left_out or (place != self.margin and names.get(row) == UNREAD):
                continue
            if words and place != self.margin and names.get(row, "") is None:
                yield row, f"{cell_at(self.grid, row, self.margin)}：{words}"
            elif words:
                yield row, words
            elif row in names:
                continue
            elif row + 1 in rows and any(cell_at(self.grid, below, place) for below in range(row + 1, rows.stop)):
                left = next((cell for at in range(place, -1, -1) if (cell := cell_at(self.grid, row, at))), "")
                if left and not self.word(left):
                    yield row, left

    def _understood(
        self, column: FigureColumn, names: Mapping[int, str | None] = NO_NAMES, *, dated: bool = False
    ) -> FigureColumn:
        """A column with what its labels say, or with the first that says nothing known."""
        for row, words in column.labels:
            name = names.get(row)
            if not (self._take_named(column, row, words, name) if name else self._take(column, row, words, dated)):
                column.lost = (row, words)
                break
        return column

    def _take(self, column: FigureColumn, row: int, words: str, dated: bool) -> bool:
        if self.word(words) == VALUE:
            return True
        if words in ALONE:
            column.alone = True
            return True
        if period := said_period(words[:7] if dated else words):
            column.said_at["period"] = (row, column.place)
            fits = column.period is None
            column.period = period
            return fits
        if part := part_of_year(words):
            return _take_part(column, row, part)
        if unit := self.titles.unit(words):
            return _take_unit(column, row, unit)
        return self._take_words(column, row, words)

    def _take_named(self, column: FigureColumn, row: int, words: str, name: str) -> bool:
        """Take what a row of this name states of a column."""
        if name == INDICATOR:
            return self._take_words(column, row, words) and INDICATOR in column.means
        if name == UNIT:
            return _take_unit(column, row, self.titles.unit(words))
        column.said_at[name] = (row, column.place)
        known = self.titles.words.get(normalised(words))
        stated = known.code if known and known.column == name else words
        if name == FREQUENCY:
            stated = frequency_named(words) or ""
        fits = column.means.get(name, stated) == stated
        column.means[name] = stated
        return fits and stated != ""

    def _take_words(self, column: FigureColumn, row: int, words: str) -> bool:
        said = self.titles.read(words)
        if not said.is_whole or not said.says_what or len(said.years) > 1:
            return False
        if said.units and not _take_unit(column, row, said.units[0]):
            return False
        if said.years:
            year = SaidPeriod(said.years[0], "none")
            if column.period not in (None, year):
                return False
            column.period = year
        if said.years:
            column.said_at["period"] = (row, column.place)
        if said.part and not _take_part(column, row, said.part):
            return False
        column.to_date |= said.to_date
        column.alone |= said.alone
        contradicted = any(column.means.get(name, code) != code for name, code in said.columns.items())
        column.means |= said.columns
        column.said_at |= dict.fromkeys(said.columns, (row, column.place))
        return not contradicted

    def _tell_leading(self, header: TableHeader, paths: Mapping[int, list[tuple[int, str]]]) -> None:
        """Tell by its cells what a column is that stands before the figures and whose name says nothing."""
        figures = [place for place, column in header.figures.items() if column.lost is None]
        for place in range(min(figures, default=0)):
            if place in header.leading or (place in header.figures and header.figures[place].lost is None):
                continue
            if kind := self._kind_below(header.rows, place):
                if kind in header.leading.values():
                    continue
                header.leading[place] = kind
                header.figures.pop(place, None)
        first, known = self.margin, (*header.leading, *figures)
        is_across = any(REGION in header.figures[place].means for place in figures)
        if figures and first not in known and not (is_across or REGION in header.leading.values()):
            header.leading[first] = REGION
            header.figures.pop(first, None)

    def _kind_below(self, header: range, place: int) -> str | None:
        """What the cells below a header are, notes aside."""
        rows = range(header.stop, min(len(self.grid.rows), header.stop + LOOKED_AT))
        cells = [
            cell
            for row in rows
            if (cell := cell_at(self.grid, row, place)) and not NOTE.match(cell[:LONGEST_LINE_NAME])
        ]
        if not cells:
            return None
        if sum(self.titles.names.region(cell) is not None for cell in cells) * 2 > len(cells):
            return REGION
        if all(map(_is_period, cells)):
            return PERIOD
        if sum("indicator" in self.titles.read(cell).columns for cell in cells) * 2 > len(cells):
            return INDICATOR
        return None
