"""The rows that a table of a sheet holds, each knowing the cells that it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from curation.refusals import UnreadableFile
from curation.sheets.grids import Grid, cell_name
from curation.tables.rows import CompactRow, Header
from sources.bilingual import both

Place = tuple[int, int]  # row and column of a sheet, both from 0


@dataclass
class Block:
    """The rows of one table that one sheet holds, and where each of their cells stands.

    A column's cell stands in a column of the sheet, in the header above the row's figure, or once for all rows.
    """

    sheet: str
    table: str
    heads: Header
    columns: Mapping[str, int]  # column → column of the sheet
    rows: list[CompactRow] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)  # row of the sheet, for each row
    values: list[int] | None = None  # column of the figure, for each row of a table with figures across
    above: Mapping[int, Mapping[str, Place]] = field(
        default_factory=dict
    )  # column of a figure → column → what heads it
    fixed: Mapping[str, Place] = field(default_factory=dict)  # what a line above the table states
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
        if column in self.columns:
            return cell_name(line, self.columns[column])
        if self.values is not None:
            value = self.values[number]
            return cell_name(*(self.above.get(value, {}).get(column) or self.fixed.get(column) or (line, value)))
        return cell_name(line, self.columns.get("value", min(self.columns.values())))


def too_many_rows(name: str) -> UnreadableFile:
    """The refusal of a sheet or file with more rows than are brought in at once."""
    most = settings.READING_ROWS
    zh, en = f"{name} 多于 {most:,} 行：请分成几个文件", f"{name} has more than {most:,} rows: split the file"
    return UnreadableFile(both(zh.strip(), en.strip()))


def unreadable(grid: Grid, cell: str, zh: str, en: str) -> UnreadableFile:
    """The refusal of a sheet for what stands in a cell."""
    place = f"{grid.name} {cell}".strip()
    return UnreadableFile(both(f"{place}：{zh}", f"{place}: {en}"), cell)
