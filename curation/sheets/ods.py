"""OpenDocument spreadsheets, which hold what each cell shows."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from curation.sheets.shown_sheets import COLUMNS, RAISED, SheetShown, local_name
from curation.sheets.unopened import NotReadable

GROUPED = re.compile(r"[-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?%?|[-−]?\d+(?:\.\d+)?%?")
IN_BRACKETS = re.compile(r"[(（](?P<number>[\d,.]+%?)[)）]")
DAY_SHOWN = re.compile(r"\d{4}(?:年(?:\d{1,2}月)?|-\d{1,2})?")
HIDDEN = ("collapse", "filter")
POSITION = re.compile(r"(?P<above>super|[1-9])|(?P<below>sub|-)")  # super 58%, or by how much of the line: 33% 58%


def ods_sheets(parts: zipfile.ZipFile, most_cells: int) -> Iterator[SheetShown]:
    """The tables of an OpenDocument spreadsheet; what hides a table is a style."""
    with parts.open("content.xml") as part:
        unseen: set[str] = set()
        raised: dict[str, str] = {}
        style = ""
        for event, element in ET.iterparse(part, ("start", "end")):
            name = local_name(element.tag)
            if event == "start":
                style = _of(element, "name") if name == "style" else style
            elif name == "table-properties" and _of(element, "display") == "false":
                unseen.add(style)
            elif name == "text-properties" and (how := _stands(_of(element, "text-position"))):
                raised[style] = how
            elif name == "table":
                _raise(element, raised)
                called = _of(element, "name")
                if _of(element, "style-name") in unseen:
                    yield SheetShown(called, None)
                else:
                    sheet = SheetShown(called, iter(()))
                    sheet.rows = _ods_rows(element, sheet, most_cells)
                    yield sheet
                element.clear()


def _stands(position: str) -> str:
    """`superscript` or `subscript`, by the position that a style gives its text; empty for one on the line."""
    shift = POSITION.match(position)
    return "" if shift is None else "superscript" if shift["above"] else "subscript"


def _raise(table: ET.Element, styles: Mapping[str, str]) -> None:
    """Write text that stands above or below the line with superscript or subscript characters, in place. `styles` names its styles."""
    for span in table.iter() if styles else ():
        if local_name(span.tag) == "span" and (how := styles.get(_of(span, "style-name"))):
            span.text = (span.text or "").translate(RAISED[how])


def _of(element: ET.Element, name: str) -> str:
    """An attribute by its name, in whatever namespace."""
    return next((value for key, value in element.attrib.items() if local_name(key) == name), "")


def _repeated(element: ET.Element, what: str) -> int:
    return int(_of(element, f"number-{what}-repeated") or 1)


def _ods_rows(table: ET.Element, sheet: SheetShown, most_cells: int) -> Iterator[Sequence[str]]:
    sheet.hidden_columns = set(_hidden_columns(table))
    number, waiting = 0, 0
    for each in (element for element in table.iter() if local_name(element.tag) == "table-row"):
        times, row = _repeated(each, "rows"), _ods_row(each, number, sheet)
        number += times
        if not any(row):
            waiting += times
            continue
        if waiting + times > most_cells:
            raise NotReadable("不是可读的工作簿：行数过多", "is not a readable workbook: it has too many rows")
        if _of(each, "visibility") in HIDDEN:
            sheet.hidden_rows += range(number - times, number)
            row = []
        yield from ([] for _ in range(waiting))
        yield from (row for _ in range(times))
        waiting = 0


def _hidden_columns(table: ET.Element) -> Iterator[int]:
    column = 0
    for each in (element for element in table.iter() if local_name(element.tag) == "table-column"):
        times = _repeated(each, "columns")
        if _of(each, "visibility") in HIDDEN:
            yield from range(column, min(column + times, COLUMNS))
        column += times


def _ods_row(element: ET.Element, number: int, sheet: SheetShown) -> list[str]:
    row: list[str] = []
    waiting = 0
    for cell in element:
        if local_name(cell.tag) not in ("table-cell", "covered-table-cell"):
            continue
        times = _repeated(cell, "columns")
        down, across = (int(_of(cell, f"number-{what}-spanned") or 1) for what in ("rows", "columns"))
        if max(down, across) > 1:
            place = len(row) + waiting
            sheet.merged.append((number, place, number + down - 1, place + across - 1))
        text = (
            "" if local_name(cell.tag) == "covered-table-cell" else _ods_cell(cell, number, len(row) + waiting, sheet)
        )
        if not text:
            waiting += times
            continue
        if len(row) + waiting + times > COLUMNS:
            raise NotReadable("不是可读的工作簿：列数过多", "is not a readable workbook: it has too many columns")
        row += [""] * waiting + [text] * times
        waiting = 0
    return ["" if column in sheet.hidden_columns else text for column, text in enumerate(row)]


def _ods_cell(cell: ET.Element, row: int, column: int, sheet: SheetShown) -> str:
    text = "\n".join(_ods_text(each) for each in cell if local_name(each.tag) == "p")
    kind, value = _of(cell, "value-type"), _of(cell, "value")
    if kind == "boolean":
        return _of(cell, "boolean-value")
    if kind in ("date", "time"):
        return text if DAY_SHOWN.fullmatch(text) else _of(cell, f"{kind}-value")
    if kind in ("float", "percentage", "currency"):
        if not text and any(local_name(each.tag) == "p" for each in cell):
            return f"{value} [;;;]"  # it shows nothing
        return _ods_number(text.strip(), value, kind, (row, column), sheet)
    if not kind and _of(cell, "formula") and not text:
        return f"={_of(cell, 'formula')}"
    return text


def _ods_number(text: str, value: str, kind: str, place: tuple[int, int], sheet: SheetShown) -> str:
    """A number as it shows, if that is the number that the cell holds; else the latter with what shows in brackets."""
    held = Decimal(value)
    if not text and kind == "float":
        return f"{held:f}"
    if held < 0 and (inside := IN_BRACKETS.fullmatch(text)):
        text = f"-{inside['number']}"
    if not GROUPED.fullmatch(text):
        return text if re.search(r"\d", text) and not re.search(r"\d[.,  ]\d{3}(?!\d)", text) else f"{value} [{text}]"
    seen = Decimal(text.replace(",", "").replace("−", "-").rstrip("%"))
    exact = held * 100 if text.endswith("%") else held
    last = Decimal(1).scaleb(int(seen.as_tuple().exponent))
    scaled = (exact / 1000**times for times in range(4))  # by commas
    exact = next((size for size in scaled if size.quantize(last, ROUND_HALF_UP) == seen), exact)
    if exact.quantize(last, ROUND_HALF_UP) != seen:
        return f"{value} [{text}]"
    if seen != Decimal(f"{float(exact):.15g}"):
        sheet.rounded.append(place)
    return text


def _ods_text(element: ET.Element) -> str:
    """The words of a paragraph, with its spaces and breaks, without annotations."""
    text = element.text or ""
    for part in element:
        name = local_name(part.tag)
        if name == "s":
            text += " " * int(_of(part, "c") or 1)
        elif name in ("tab", "line-break"):
            text += "\t" if name == "tab" else "\n"
        elif name != "annotation":
            text += _ods_text(part)
        text += part.tail or ""
    return text
