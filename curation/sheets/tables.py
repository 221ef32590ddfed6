"""Tables as statistics offices make them: regions, periods or indicators down and across, several of them in one sheet.

Every figure takes what it is from its row, from what heads its column, and from the lines above its table. What is not understood
is not read, and said; where a figure could be taken for another one, the sheet is refused at the cell.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping

from curation.sheets.blocks import Block
from curation.sheets.grids import Grid
from curation.sheets.headers import (
    HeaderReader,
    TableHeader,
)
from curation.sheets.lines import Above, LinesReader
from curation.sheets.meanings import MeaningReader, TableMeaning
from curation.sheets.names import SheetNames
from curation.sheets.table_rows import RowsReader
from curation.sheets.titles import TitleReader
from curation.tables.code_index import CodeIndex
from curation.tables.table import CuratedTable

_Below = Generator[Block, None, tuple[int, Above | None]]


class TablesReader:
    """Reads all tables of a sheet."""

    def __init__(self, grid: Grid, table: CuratedTable, columns: Mapping[str, str], codes: CodeIndex) -> None:
        self.grid, self.table = grid, table
        titles = TitleReader(SheetNames(codes))
        self.headers = HeaderReader(grid, columns, titles)
        self.lines = LinesReader(grid, columns, titles)
        self.meanings = MeaningReader(grid, titles)

    def blocks(self) -> Iterator[Block]:
        """The rows of each table. Raises UnreadableFile where one cannot be understood."""
        header, first, earlier = None, 0, None
        for number in range(len(self.grid.rows)):
            if (header and number in header.rows) or not (found := self.headers.at(number)):
                continue
            if header:
                first, earlier = yield from self._read(header, first, number, earlier)
            header = found
        if header:
            yield from self._read(header, first, len(self.grid.rows), earlier)

    def _read(self, header: TableHeader, first: int, end: int, earlier: Above | None) -> _Below:
        """The tables below a header; then the first row of what stands above the next, and what is said above this one."""
        last = header.rows.stop
        said = None
        for leading, columns, left, right in header.bands():
            above = self.lines.read(range(first, header.rows.start), left, right)
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
            above = above.below(earlier)
            said = said or above
            table = TableMeaning(
                above,
                header,
                leading,
                [column for column in columns if column.lost is None],
                remarks=list(above.remarks),
            )
            block, stop = RowsReader(self.meanings, table, columns, end).block(self.table.name)
            last = max(last, stop)
            yield block
        return last, said
