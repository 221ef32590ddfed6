"""Tables as statistics offices make them: regions, periods or indicators down and across, several of them in one sheet.

Every figure takes what it is from its row, from what heads its column, and from the lines above its table. What is not understood
is not read, and said; where a figure could be taken for another one, the sheet is refused at the cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from curation.refusals import UnreadableFile
from curation.sheets.blocks import Block
from curation.sheets.grids import Grid, cell_name
from curation.sheets.header_reader import HeaderReader
from curation.sheets.headers import PERIOD, UNREAD, VALUE, TableHeader, is_numeric
from curation.sheets.lines import Above, LinesReader
from curation.sheets.meanings import MeaningReader, TableMeaning
from curation.sheets.names import SheetNames
from curation.sheets.readings import SheetChoices, TableChoices
from curation.sheets.shown_sheets import column_letters, column_number
from curation.sheets.table_rows import NAMED_ROWS, RowsReader
from curation.sheets.titles import TitleReader
from curation.tables.code_index import CodeIndex
from curation.tables.marks import without_mark
from curation.tables.table import CuratedTable
from sources.bilingual import Text, both


@dataclass
class TableRead:
    """A table of a sheet as it was read: what its columns were taken for, what holds for all rows, its rows, or why it is refused.

    `header` and `end` are its rows, from 0; `columns` and `stated` are as one would choose them (curation/sheets/readings.py).
    """

    header: range
    end: int
    columns: dict[str, str | dict[str, str]] = field(default_factory=dict)
    stated: dict[str, str] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    refusals: list[UnreadableFile] = field(default_factory=list)
    left_out: dict[int, Text] = field(default_factory=dict)
    marks: dict[int, str] = field(default_factory=dict)  # row → what it holds
    lines: range = range(0)  # that stand above it and hold for it
    is_long: bool = False
    lost: set[str] = field(default_factory=set)  # columns whose header is not understood


@dataclass
class SheetTables:
    """A sheet, as it was read by what was chosen of it: as the curated table of this name."""

    grid: Grid
    choices: SheetChoices
    table: str
    tables: list[TableRead]


class TablesReader:
    """Reads all tables of a sheet."""

    def __init__(
        self, grid: Grid, table: CuratedTable, columns: Mapping[str, str], codes: CodeIndex, choices: SheetChoices
    ) -> None:
        self.marked = {
            (row, place): cell
            for row, cells in enumerate(grid.rows)
            for place, cell in enumerate(cells)
            if _is_marked(cell)
        }
        self.grid = grid = grid.with_cells(
            {cell_name(*place): without_mark(cell) for place, cell in self.marked.items()}
        )
        self.table, self.choices = table, choices
        self.left_out = {row - 1 for row in choices.left_out or ()}
        titles = TitleReader(SheetNames(codes))
        self.headers = HeaderReader(grid, columns, titles, self.left_out)
        self.lines = LinesReader(grid, columns, titles)
        self.meanings = MeaningReader(grid, titles)

    def tables(self) -> Iterator[TableRead]:
        """Each table of the sheet; what cannot be understood is a refusal of its table."""
        header, first, earlier = None, 0, None
        for number in range(len(self.grid.rows)):
            if (header and number in header.rows) or not (next_header := self._header_at(number)):
                continue
            if header:
                table, first, earlier = self._read(header, first, number, earlier)
                yield table
            header = next_header
        if header:
            yield self._read(header, first, len(self.grid.rows), earlier)[0]

    def _header_at(self, number: int) -> TableHeader | None:
        """The header that begins in a row: one that was chosen, or, where none was, one that is found."""
        if number in self.left_out:
            return None
        if self.choices.tables is None:
            return self.headers.at(number)
        chosen = self.choices.tables.get(number + 1)
        if chosen is None:
            return None
        own = self.headers.at(number)
        stop = chosen.header or (own.rows.stop if own else number + 1)
        columns = {column_number(letters) - 1: choice for letters, choice in chosen.columns.items()}
        return self.headers.chosen(range(number, min(max(stop, number + 1), len(self.grid.rows))), columns)

    def _read(
        self, header: TableHeader, first: int, end: int, earlier: Above | None
    ) -> tuple[TableRead, int, Above | None]:
        """The table below a header; then the first row of what stands above the next, and what is said above this one."""
        read = TableRead(header.rows, end, _columns_of(header), lines=range(first, header.rows.start))
        read.lost = {column_letters(place) for place, column in header.figures.items() if column.lost}
        chosen = (self.choices.tables or {}).get(header.rows.start + 1, TableChoices()).stated
        last, said, stated = header.rows.stop, None, list[dict[str, str]]()
        for leading, columns, left, right in header.bands():
            try:
                above = self._above(read.lines, chosen, left, right, said).below(earlier)
                said = said or above
                known = [column for column in columns if column.lost is None]
                remarks = [*above.remarks, *self._marks(range(first, end), left, right)]
                table = TableMeaning(above, header, leading, known, remarks=remarks)
                rows = RowsReader(self.meanings, table, columns, end, self.choices, (left, right))
                block, stop = rows.block(self.table.name)
            except UnreadableFile as refusal:
                read.refusals.append(refusal)
                continue
            read.left_out |= rows.left_out
            read.marks |= rows.marks
            read.blocks.append(block)
            stated.append({**table.stated, **above.said_of_periods})
            last = max(last, stop)
        read.stated = {
            name: cell for name, cell in (stated[0] if stated else chosen).items()
            if all(other.get(name) == cell for other in stated)
        }  # fmt: skip
        return read, last, said

    def _marks(self, rows: range, left: int, right: int) -> Iterator[Text]:
        """What is said of words behind which the mark of a note stands."""
        places = [place for place in self.marked if place[0] in rows and left <= place[1] < right]
        if places:
            more = " …" if len(places) > NAMED_ROWS else ""
            cells = ", ".join(f"{cell_name(*place)} {self.marked[place]}" for place in places[:NAMED_ROWS]) + more
            yield both(f"附注标记未读入，请核对附注：{cells}", f"Marks of notes not read, look at the notes: {cells}")

    def _above(
        self, lines: Iterable[int], chosen: Mapping[str, str], left: int, right: int, said: Above | None
    ) -> Above:
        """What the lines above a table say, and those of the first table beside it where they say nothing of their own."""
        above = self.lines.read([line for line in lines if line not in self.left_out], chosen, left, right)
        if left and not above.titles and said:
            above.titles = said.titles
            above.years, above.part, above.to_date = (
                above.years or said.years,
                above.part or said.part,
                above.to_date or said.to_date,
            )
            above.stated.setdefault("unit", said.stated.get("unit", ""))
            if not above.stated["unit"]:
                del above.stated["unit"]
        return above


def _is_marked(cell: str) -> bool:
    """Whether words, not a number, have the mark of a note behind them."""
    words = without_mark(cell)
    return words != cell and bool(words) and not is_numeric(words)


def _columns_of(header: TableHeader) -> dict[str, str | dict[str, str]]:
    """What the columns of a header are, as one would choose them."""
    has_whole = any(kind == PERIOD and place not in header.parts for place, kind in header.leading.items())
    choices: dict[int, str | dict[str, str]] = {
        place: header.parts[place] if has_whole and kind == PERIOD and place in header.parts else kind
        for place, kind in header.leading.items()
    }
    for place, column in header.figures.items():
        choices[place] = UNREAD if column.lost else column.chosen or VALUE
    return {column_letters(place): choice for place, choice in sorted(choices.items())}
