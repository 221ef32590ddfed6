"""How a sheet looks and how it was read, as a value that can be kept: for the step before the preview, and for the reviewer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curation.sheets.grids import Grid
from curation.sheets.headers import UNREAD
from curation.sheets.lines import statement
from curation.sheets.list_sheets import COLUMNS, ListSheet
from curation.sheets.shown_sheets import column_letters, column_number
from curation.sheets.table_rows import FIGURES, NOTE_ROW
from curation.sheets.tables import SheetTables, TableRead
from sources.bilingual import Text, both, in_both

MOST_ROWS, MOST_COLUMNS = 300, 60  # of a sheet that are kept to be shown
LONGEST_TEXT = 200  # characters of a cell that are shown
LINE, HEADER, LEFT = "line", "header", "left"

# What a row holds, in words.
ROW_WORDS: Mapping[str, Text] = {
    LINE: both("表上说明", "above the table"), HEADER: both("表头", "header"), FIGURES: both("读入", "read"),
    NOTE_ROW: both("附注", "note"), LEFT: both("不读入", "left out"), UNREAD: both("未读入", "not read"), "": both("", ""),
}  # fmt: skip


def look_of(sheet: SheetTables) -> dict[str, Any]:
    """A sheet as JSON: the first of its rows, what is merged, what each row and column was taken for, what is left out and why."""
    why = {row: why for table in sheet.tables for row, why in table.left_out.items()}
    return _look(sheet.grid, _kinds(sheet), [_table(table) for table in sheet.tables], why)


def look_of_list(listed: ListSheet) -> dict[str, Any]:
    """The sheet of a task list, in the same form."""
    rows, header = listed.grid.rows, listed.header - 1
    kinds = [
        "" if not any(row) else LINE if number < header else HEADER if number == header else FIGURES
        for number, row in enumerate(rows[:MOST_ROWS])
    ]
    columns = {column_letters(place): column for place, column in enumerate(listed.columns) if column}
    lost = sorted(letters for letters, column in columns.items() if column not in COLUMNS)
    table = {"first": header, "stop": header + 1, "end": len(rows), "columns": columns, "lost": lost}
    return _look(listed.grid, kinds, [table], {})


def _look(grid: Grid, kinds: list[str], tables: list[dict[str, Any]], why: Mapping[int, Text]) -> dict[str, Any]:
    return {
        "name": grid.name, "rows": [[cell[:LONGEST_TEXT] for cell in row[:MOST_COLUMNS]] for row in grid.rows[:MOST_ROWS]],
        "total": len(grid.rows), "merged": [each for each in grid.merged if each[0] < MOST_ROWS and each[1] < MOST_COLUMNS],
        "kinds": kinds, "tables": tables, "why": {str(row): list(in_both(said)) for row, said in why.items() if row < MOST_ROWS},
    }  # fmt: skip


def _table(table: TableRead) -> dict[str, Any]:
    return {
        "first": table.header.start,
        "stop": table.header.stop,
        "end": table.end,
        "columns": table.columns,
        "lost": sorted(table.lost),
    }


def _kinds(sheet: SheetTables) -> list[str]:
    """What each row of a sheet holds, by its number."""
    kinds = [UNREAD if any(row) else "" for row in sheet.grid.rows[:MOST_ROWS]]
    for row in (number - 1 for number in sheet.choices.left_out or () if number <= len(kinds)):
        kinds[row] = LEFT
    for table in sheet.tables:
        of_table = {**dict.fromkeys(table.lines, LINE), **dict.fromkeys(table.header, HEADER), **table.marks}
        for row, kind in {**of_table, **dict.fromkeys(table.left_out, LEFT)}.items():
            if row < len(kinds) and kinds[row] not in ("", LEFT):
                kinds[row] = kind
    return kinds


def classes_of(look: Mapping[str, Any], row: int) -> dict[int, str]:
    """What the cells of a row were taken for, by their columns: `figure`, `region`, `period` and so on."""
    kind = look["kinds"][row] if row < len(look["kinds"]) else ""
    table = next((each for each in look["tables"] if each["first"] <= row < each["end"]), None)
    if table is None or kind not in (FIGURES, HEADER):
        return {
            column: "unit" if (said := statement(text)) and said[0] in ("单位", "计量单位", "unit") else ""
            for column, text in enumerate(look["rows"][row])
        }
    classes = {}
    for letters, choice in table["columns"].items():
        what = choice if isinstance(choice, str) else "value"
        if kind == HEADER and not isinstance(choice, str):
            what = "period" if "period" in choice else "indicator" if "indicator" in choice else "header"
        classes[column_number(letters) - 1] = "lost" if kind == HEADER and letters in table["lost"] else what
    return classes


def columns_of(look: Mapping[str, Any]) -> list[str]:
    """The letters of the columns that a sheet uses, as far as they are shown."""
    return [column_letters(place) for place in range(max(map(len, look["rows"]), default=0))]
