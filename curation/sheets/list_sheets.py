"""An office's list as its sheet has it: where its header stands, what each column is, and the rows with their cells."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from curation.refusals import UnreadableFile
from curation.sheets.grids import Grid, cell_name
from curation.sheets.layouts import HEADER_WITHIN, column_names
from curation.tables.columns import WITHDRAW
from curation.tables.curated import BY_NAME
from curation.tables.files import csv_lines, stripped
from policies.choices import EventType
from sources.bilingual import Said, both, in_both
from sources.folding import normalised

Cells = dict[str, str]

EVENTS = tuple(EventType.values)
OF_MEASURE = (
    "code", "kind", "document", "domain", "parent", "title_zh", "title_en", "summary_zh", "summary_en", "level", "actors",
    "instruments", "regions", "industries", "indicators", "needs", "ordinal",
)  # fmt: skip
CITED = ("citations", "source", "section", "exact", "start")
OF_TABLES = ("measures", "events", "citations")  # the first that has a column says what it is called
REPLICATED = ("replicated_in", "batch")
COLUMNS = (*OF_MEASURE, *EVENTS, *REPLICATED, *CITED)
LABELS: Mapping[str, Said] = {
    **{type_.value: type_.label for type_ in EventType}, "replicated_in": both("复制推广至", "replicated in"),
}  # fmt: skip


@lru_cache(maxsize=1)
def list_columns() -> Mapping[str, str]:
    """What a header may call each column of a list, normalised: its name, and what it is called in Chinese and in English."""
    of_tables = [column_names(BY_NAME[table]) for table in reversed(OF_TABLES)]
    called = {word: name for names in of_tables for word, name in names.items() if name in COLUMNS and name != WITHDRAW}
    called |= {normalised(word): name for name, label in LABELS.items() for word in in_both(label)}
    return {**called, **{name: name for name in COLUMNS}}


def column_label(name: str) -> Said:
    """What a column of a list is called; the name itself of what is none."""
    if name in LABELS:
        return LABELS[name]
    for table in map(BY_NAME.__getitem__, OF_TABLES):
        for column in table.columns:
            if column.name == name:
                return column.field_of(table.model).verbose_name
    return name


@dataclass(frozen=True)
class ListSheet:
    """A list: its sheet, its header as it stands there and as columns, and its rows, empty ones included.

    A column that is none of a list's keeps its own words as its name. `header` is the number of the header's row.
    """

    grid: Grid
    header: int
    heads: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[Cells]
    remarks: Sequence[Said] = field(default=())

    @property
    def name(self) -> str:
        """The name of its sheet."""
        return self.grid.name

    def numbered(self) -> list[tuple[int, Cells]]:
        """The rows that hold something, with their numbers in the sheet."""
        return [(number, row) for number, row in zip(count(self.header + 1), self.rows) if any(row.values())]

    def cell(self, number: int, column: str = "") -> tuple[str, str]:
        """(sheet, cell) of a column of a row; of the row's first cell where it has no such column; ("", "") of no row of the sheet."""
        if number < 1:
            return "", ""
        return self.name, cell_name(number - 1, self.columns.index(column) if column in self.columns else 0)


def list_of(rows: Sequence[Cells]) -> ListSheet:
    """Rows that are held already as a list whose header is its first row."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return ListSheet(Grid("", ()), 1, names, names, rows)


def empty_list() -> bytes:
    """An empty list with all of its columns, as CSV that spreadsheets open as what it is."""
    return codecs.BOM_UTF8 + csv_lines([COLUMNS])


def holds_tasks(grids: Sequence[Grid]) -> bool:
    """Whether a file is the task list of a plan: a header of its names the document or domain, and what happened to a task.

    A sheet of measures, as the admin exports it, has no column for that.
    """
    header = _header(grids)
    return header is not None and bool({"document", "domain"} & header[2]) and bool({*EVENTS} & header[2])


def list_in(name: str, grids: Sequence[Grid], remarks: Sequence[Said] = ()) -> ListSheet:
    """The list that a file holds: of the first sheet with a header that is one, else under the first row that says anything.

    What is not read is remarked. Raises UnreadableFile for a header that names a column twice, and for rows that do not fit it.
    """
    header = _header(grids)
    grid, at = header[:2] if header else (grids[0], next((n for n, row in enumerate(grids[0].rows) if any(row)), 0))
    told = [*remarks]
    told += [
        both(f"未读入的工作表：{other.name}", f"Sheet not read: {other.name}") for other in grids if other is not grid
    ]
    if above := " ".join(cell for row in grid.rows[:at] for cell in row if cell):
        told.append(both(f"表头之上的文字未读入：{above}", f"Not read, above the header: {above}"))
    heads = list(grid.rows[at]) if at < len(grid.rows) else []
    while heads and not heads[-1]:
        heads.pop()
    columns = [list_columns().get(normalised(head), head) for head in heads]
    if doubled := {column for column in columns if column and columns.count(column) > 1}:
        listed = ", ".join(sorted(doubled))
        raise UnreadableFile(both(f"{name} 有重复的列：{listed}", f"{name} names a column twice: {listed}"))
    rows = [_row(name, grid, number, columns) for number in range(at + 1, len(grid.rows))]
    return ListSheet(grid, at + 1, heads, columns, rows, told)


def _header(grids: Sequence[Grid]) -> tuple[Grid, int, set[str]] | None:
    """The first row of a file that names two columns of a list or more: its sheet, its place, its columns."""
    known = list_columns()
    for grid in grids:
        for number, row in enumerate(grid.rows[:HEADER_WITHIN]):
            named = {known[word] for word in map(normalised, row) if word in known}
            if len(named) > 1:
                return grid, number, named
    return None


def _row(name: str, grid: Grid, number: int, columns: Sequence[str]) -> Cells:
    """The cells of a row by column; a cell that is merged down says it for each of its rows."""
    cells = grid.rows[number]
    if not any(cells):
        return {}
    # A text file parts cells by signs, so one that is missing shifts the others; a workbook leaves out what is empty at the end.
    if any(cells[len(columns) :]) or (not grid.name and len(cells) < len(columns)):
        raise UnreadableFile(both(
            f"{name} 第 {number + 1} 行：单元格数与表头不符",
            f"{name}, row {number + 1}: not as many cells as the header has columns",
        ), cell_name(number, len(columns)))  # fmt: skip
    return stripped({
        column: _text(grid, grid.tops.get((number, place), number), place) for place, column in enumerate(columns) if column
    })  # fmt: skip


def _text(grid: Grid, row: int, column: int) -> str:
    return grid.rows[row][column] if column < len(grid.rows[row]) else ""
