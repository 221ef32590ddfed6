"""XLS as its sheets show, read with xlrd, which has the formats."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import xlrd

from curation.sheets.shown_sheets import RAISED, SheetShown, ShownCells, encrypted

ESCAPEMENTS = {1: RAISED["superscript"], 2: RAISED["subscript"]}


def xls_sheets(content: bytes) -> Iterator[SheetShown]:
    """The sheets of an XLS file. Raises NotReadable for one that a password protects, and ValueError for one that is damaged."""
    try:
        yield from _xls_sheets(content)
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError) as error:
        raise ValueError(f"{error}" or type(error).__name__) from None


def _xls_sheets(content: bytes) -> Iterator[SheetShown]:
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise encrypted()
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, on_demand=True, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise encrypted() from None
        raise
    cells = ShownCells()
    for number, name in enumerate(book.sheet_names()):
        values = book.sheet_by_index(number)
        if values.visibility:
            yield SheetShown(name, None)
        else:
            sheet = SheetShown(name, iter(()))
            sheet.hidden_columns = {column for column, look in values.colinfo_map.items() if look.hidden}
            sheet.merged = [(top, left, bottom - 1, right - 1) for top, bottom, left, right in values.merged_cells]
            sheet.rows = _xls_rows(book, values, sheet, cells)
            yield sheet
        book.unload_sheet(number)


def _xls_rows(book: Any, values: Any, sheet: SheetShown, cells: ShownCells) -> Iterator[Sequence[str]]:
    for number in range(values.nrows):
        look = values.rowinfo_map.get(number)
        if look is not None and look.hidden:
            sheet.hidden_rows += [number] if any(values.row_values(number)) else []
            yield []
            continue
        yield [
            "" if column in sheet.hidden_columns else _xls_cell(book, values, number, column, sheet, cells)
            for column in range(values.row_len(number))
        ]


def _xls_cell(book: Any, values: Any, row: int, column: int, sheet: SheetShown, cells: ShownCells) -> str:
    kind, value = values.cell_type(row, column), values.cell_value(row, column)
    if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return ""
    if kind == xlrd.XL_CELL_BOOLEAN:
        return str(bool(value)).lower()
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, "#VALUE!"))
    if kind == xlrd.XL_CELL_TEXT:
        runs = values.rich_text_runlist_map.get((row, column), [])
        return _raised(str(value), [(start, book.font_list[font].escapement) for start, font in runs])
    form = book.format_map.get(book.xf_list[values.cell_xf_index(row, column)].format_key)
    if kind == xlrd.XL_CELL_DATE and book.datemode:
        value += 1462  # days between 1900 and 1904
    text, less = cells.number(value, form.format_str if form else None)
    if less and kind == xlrd.XL_CELL_NUMBER:
        sheet.rounded.append((row, column))
    return text


def _raised(text: str, runs: Sequence[tuple[int, int]]) -> str:
    """A text of which some runs stand above or below the line: (where each begins, how)."""
    ends = [start for start, _ in runs[1:]] + [len(text)]
    parts = (text[start:end].translate(ESCAPEMENTS.get(how, {})) for (start, how), end in zip(runs, ends, strict=True))
    return text[: runs[0][0]] + "".join(parts) if runs else text
