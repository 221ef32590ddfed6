"""Workbooks as rows of what their cells show. It knows nothing of the house: the process that takes files apart uses it.

No library reads number formats of all three kinds. So of XLSX the values are calamine's, and what it leaves out (formats, errors,
formulas, what is hidden) is read beside them from the sheet's XML, row by row; XLS is read with xlrd, which has the formats;
an ODS holds what each cell shows.
"""

from __future__ import annotations

import datetime
import io
import posixpath
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from xml.parsers import expat

import python_calamine
import xlrd

from curation.sheets.shown import NUMBERED, UnknownFormat, general, shown

ARCHIVE, COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
LONGEST_CELL = 32_767  # characters, as in a spreadsheet
COLUMNS = 16_384  # of a sheet
PIECE = 2**16
NAMED = 20  # rows or columns that a remark names

Remark = tuple[str, str]


class NotReadable(Exception):
    """The file is no table that can be read: why, in Chinese and in English."""


@dataclass
class SheetShown:
    """A sheet: its name, its rows as they show (None for a sheet that is hidden), and what is to be said once they are read."""

    name: str
    rows: Iterator[Sequence[str]] | None
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    rounded: list[tuple[int, int]] = field(default_factory=list)

    @property
    def remarks(self) -> list[Remark]:
        """What was left out for it does not show, and what shows less than it holds."""
        if self.rows is None:
            return [(f"隐藏的工作表未读入：{self.name}", f"Hidden sheet not read: {self.name}")]
        found = []
        if self.hidden_rows:
            numbers = _listed([str(row + 1) for row in self.hidden_rows])
            found.append(
                (f"{self.name}：隐藏的行未读入：{numbers}", f"{self.name}: hidden rows were not read: {numbers}")
            )
        if self.hidden_columns:
            letters = _listed([column_letters(column) for column in sorted(self.hidden_columns)])
            found.append(
                (f"{self.name}：隐藏的列未读入：{letters}", f"{self.name}: hidden columns were not read: {letters}")
            )
        if self.rounded:
            cells = _listed([f"{column_letters(column)}{row + 1}" for row, column in self.rounded])
            found.append((
                f"{self.name}：{len(self.rounded)} 个单元格显示的位数少于所存，按显示读入：{cells}",
                f"{self.name}: {len(self.rounded)} cells show fewer digits than they hold, and are read as they show: {cells}",
            ))  # fmt: skip
        return found


def _listed(items: list[str]) -> str:
    return ", ".join(items[:NAMED]) + (" …" if len(items) > NAMED else "")


def column_letters(column: int) -> str:
    """A column as spreadsheets call it, counted from 0: 3 is D."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def sheets_of(content: bytes, most_cells: int, tell_extent: Callable[[str], None]) -> Iterator[SheetShown]:
    """The sheets of a workbook, in their order; the rows of each are to be taken before the next. Raises NotReadable."""
    try:
        if content.startswith(COMPOUND):
            yield from _xls(content)
        else:
            yield from _archive(content, most_cells, tell_extent)
    except (
        python_calamine.CalamineError, xlrd.XLRDError, xlrd.compdoc.CompDocError, ET.ParseError, expat.ExpatError, zipfile.BadZipFile,
        zlib.error, struct.error, OSError, ValueError, LookupError, AssertionError, NotImplementedError, TypeError, AttributeError,
    ) as error:  # fmt: skip
        why = f"{error}" or type(error).__name__
        raise NotReadable(
            f"不是可读的工作簿，或已损坏：{why}", f"is not a readable workbook, or is damaged: {why}"
        ) from None


def _archive(content: bytes, most_cells: int, tell_extent: Callable[[str], None]) -> Iterator[SheetShown]:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = set(parts.namelist())
        if "xl/workbook.bin" in names:
            raise NotReadable("是二进制工作簿（XLSB）：请另存为 XLSX", "is a binary workbook (XLSB): save it as XLSX")
        if any(name.startswith(("word/", "ppt/")) for name in names):
            raise NotReadable("是文字或演示文稿，不是工作簿", "is a text document or a presentation, not a workbook")
        if "content.xml" in names:
            if "META-INF/manifest.xml" in names and b"encryption-data" in parts.read("META-INF/manifest.xml"):
                raise _encrypted()
            yield from _ods(parts, most_cells)
        elif "xl/workbook.xml" in names:
            _tell_extents(parts, most_cells, tell_extent)
            yield from _xlsx(content, parts)
        else:
            raise NotReadable(
                "不是可读的工作簿：其中没有工作表", "is not a readable workbook: there are no sheets in this archive"
            )


def _encrypted() -> NotReadable:
    return NotReadable("有密码保护：请去掉密码后另存", "is protected by a password: save it without one")


# What a number shows ---------------------------------------------------------------------------------------------------


class _Cells:
    """Makes text of values; what is the same is made once."""

    def __init__(self) -> None:
        self.held: dict[tuple[Any, str], tuple[str, bool]] = {}

    def number(self, value: Any, code: str | None) -> tuple[str, bool]:
        """What a number or day shows in a format (None is one that is not known), and whether it shows less than it holds.

        One that cannot be said is its value with its format in brackets, which is no number and no period.
        """
        key = (value, code or "")
        if key not in self.held:
            self.held[key] = self._number(value, code)
        return self.held[key]

    def _number(self, value: Any, code: str | None) -> tuple[str, bool]:
        if isinstance(value, datetime.datetime | float | int):
            try:
                text = shown(value, code or "?") if code else _unknown()
            except (UnknownFormat, OverflowError, InvalidOperation):
                return f"{plain(value)} [{code}]", False
            return text, not isinstance(value, datetime.datetime) and _shows_less(text, value)
        return f"{value} [{code}]", False


def _unknown() -> str:
    raise UnknownFormat("")


def plain(value: Any) -> str:
    """A value without a format: a number with its digits, a day by ISO 8601."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    return general(value) if isinstance(value, float | int) else str(value)


def _shows_less(text: str, value: float) -> bool:
    """Whether a number that shows as this text has more digits than show."""
    try:
        seen = Decimal(text.rstrip("%").replace(",", ""))
    except InvalidOperation:
        return False
    held = Decimal(f"{value:.15g}")
    # Scaled or not: the digits that show are those that are held, or fewer.
    return bool(seen) and seen.normalize().as_tuple().digits != held.normalize().as_tuple().digits


# XLSX ------------------------------------------------------------------------------------------------------------------


@dataclass
class _Look:
    """What stands beside the values of a row: by column the format, or what shows instead of a value."""

    number: int
    hidden: bool
    formats: dict[int, str | None] = field(default_factory=dict)
    instead: dict[int, str] = field(default_factory=dict)


def _xlsx(content: bytes, parts: zipfile.ZipFile) -> Iterator[SheetShown]:
    workbook = python_calamine.load_workbook(io.BytesIO(content))
    places, formats, cells = _sheet_parts(parts), _formats(parts), _Cells()
    for meta in workbook.sheets_metadata:
        if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        if meta.visible != python_calamine.SheetVisibleEnum.Visible:
            yield SheetShown(meta.name, None)
            continue
        sheet = SheetShown(meta.name, iter(()))
        with parts.open(places[meta.name]) as part:
            looks = _Looks(part, formats, sheet)
            sheet.rows = _xlsx_rows(workbook.get_sheet_by_name(meta.name), looks, sheet, cells)
            yield sheet


def _xlsx_rows(values: Any, looks: _Looks, sheet: SheetShown, cells: _Cells) -> Iterator[Sequence[str]]:
    margin = [""] * (values.start or (0, 0))[1]  # calamine leaves out empty columns on the left, but no rows above
    look, ahead = None, iter(looks)
    held: dict[str, str] = {}
    for number, row in enumerate(values.iter_rows()):
        while look is None or look.number < number:
            look = next(ahead, None) or _Look(2**31, hidden=False)
        beside = look if look.number == number else _Look(number, hidden=False)
        if beside.hidden:
            sheet.hidden_rows += [number] if any(cell != "" for cell in row) else []
            yield []
            continue
        texts = list(margin)
        for column, cell in enumerate(row, start=len(margin)):
            texts.append(_xlsx_cell(cell, number, column, beside, sheet, cells))
        for column, text in beside.instead.items():
            texts += [""] * (column + 1 - len(texts))
            texts[column] = text
        for column in sheet.hidden_columns:
            if column < len(texts):
                texts[column] = ""
        yield [held.setdefault(text, text) for text in texts]


def _xlsx_cell(cell: Any, row: int, column: int, beside: _Look, sheet: SheetShown, cells: _Cells) -> str:
    if cell.__class__ is str:
        return str(cell)
    if isinstance(cell, bool):
        return str(cell).lower()
    code = beside.formats.get(column, "General")
    if isinstance(cell, datetime.date) and not isinstance(cell, datetime.datetime):
        cell = datetime.datetime.combine(cell, datetime.time())
    text, less = cells.number(cell, code)
    if less:
        sheet.rounded.append((row, column))
    return text


def _sheet_parts(parts: zipfile.ZipFile) -> dict[str, str]:
    """The name of each sheet, and the part of the archive that holds it."""
    related = {
        relation.get("Id"): str(relation.get("Target"))
        for relation in ET.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
    }
    found = {}
    for element in ET.fromstring(parts.read("xl/workbook.xml")).iter():
        if _local(element.tag) == "sheet":
            key = next(value for name, value in element.attrib.items() if _local(name) == "id")
            target = related[key]
            found[str(element.get("name"))] = posixpath.normpath(
                target[1:] if target.startswith("/") else f"xl/{target}"
            )
    return found


def _formats(parts: zipfile.ZipFile) -> list[str | None]:
    """The code of the number format of each style; None where it is not told."""
    if "xl/styles.xml" not in parts.namelist():
        return []
    own: dict[int, str] = {}
    styles: list[str | None] = []
    for element in ET.fromstring(parts.read("xl/styles.xml")):
        if _local(element.tag) == "numFmts":
            own = {int(each.get("numFmtId", 0)): str(each.get("formatCode")) for each in element}
        elif _local(element.tag) == "cellXfs":
            numbers = [int(each.get("numFmtId", 0)) for each in element]
            styles = [own.get(number) or NUMBERED.get(number) for number in numbers]
    return styles


def _local(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition("}")[2].rpartition(":")[2]


PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class _Looks:
    """The rows of a sheet's XML, each with what calamine leaves out; read in pieces."""

    def __init__(self, part: Any, formats: list[str | None], sheet: SheetShown) -> None:
        self.part, self.sheet = part, sheet
        self.formats = {str(number): code for number, code in enumerate(formats) if code != "General"}
        self.ready: list[_Look] = []
        self.row = -1
        self.column = -1
        self.look: _Look | None = None
        self.text: list[str] | None = None
        self.formula, self.value, self.type = "", "", ""
        self.has_formula = self.has_value = False

    def __iter__(self) -> Iterator[_Look]:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        while piece := self.part.read(PIECE):
            parser.Parse(piece)
            yield from self.ready
            self.ready = []
        parser.Parse(b"", True)
        yield from self.ready

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "f"):
            if name == "f":
                self.has_formula = True
            if name == "f" or self.type == "e" or self.has_formula:
                self.text = []
            self.has_value |= name == "v"
        elif name == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
            hidden = attributes.get("hidden") in ("1", "true") or attributes.get("ht") == "0"
            self.look = _Look(self.row, hidden)
        elif name == "col" and (attributes.get("hidden") in ("1", "true") or attributes.get("width") == "0"):
            first, last = int(attributes["min"]), min(int(attributes["max"]), COLUMNS)
            self.sheet.hidden_columns |= set(range(first - 1, last))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = PLACE.fullmatch(attributes.get("r", ""))
        self.column = _column_number(place[1]) - 1 if place else self.column + 1
        self.type = attributes.get("t", "n")
        self.formula = self.value = ""
        self.has_formula = self.has_value = False
        style = attributes.get("s", "0")
        if style in self.formats and self.look:
            self.look.formats[self.column] = self.formats[style]

    def _characters(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "v" and self.text is not None:
            self.value, self.text = "".join(self.text), None
            self.has_value = bool(self.value) or self.type == "str"  # an empty text is the value of some formulas
        elif name == "f" and self.text is not None:
            self.formula, self.text = "".join(self.text), None
        elif name == "c" and self.look:
            if self.type == "e":
                self.look.instead[self.column] = self.value or "#VALUE!"
            elif self.has_formula and not self.has_value:
                self.look.instead[self.column] = f"={self.formula}"
        elif name == "row" and self.look:
            self.ready.append(self.look)
            self.look = None


def _tell_extents(parts: zipfile.ZipFile, most_cells: int, tell_extent: Callable[[str], None]) -> None:
    """Tell how far each sheet says that it is used, where that is too far: it may not be true, and helps if it is."""
    for part in parts.namelist():
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part):
            with parts.open(part) as sheet:
                used = re.search(rb'<dimension ref="(?:[A-Z]+[0-9]+:)?([A-Z]{1,3})([0-9]{1,7})"', sheet.read(4096))
            if used and _column_number(used[1].decode()) * int(used[2]) > most_cells:
                tell_extent((used[1] + used[2]).decode())


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


# XLS -------------------------------------------------------------------------------------------------------------------


def _xls(content: bytes) -> Iterator[SheetShown]:
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise _encrypted()
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, on_demand=True, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower():
            raise _encrypted() from None
        raise
    cells = _Cells()
    for number, name in enumerate(book.sheet_names()):
        values = book.sheet_by_index(number)
        if values.visibility:
            yield SheetShown(name, None)
        else:
            sheet = SheetShown(name, iter(()))
            sheet.hidden_columns = {column for column, look in values.colinfo_map.items() if look.hidden}
            sheet.rows = _xls_rows(book, values, sheet, cells)
            yield sheet
        book.unload_sheet(number)


def _xls_rows(book: Any, values: Any, sheet: SheetShown, cells: _Cells) -> Iterator[Sequence[str]]:
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


def _xls_cell(book: Any, values: Any, row: int, column: int, sheet: SheetShown, cells: _Cells) -> str:
    kind, value = values.cell_type(row, column), values.cell_value(row, column)
    if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return ""
    if kind == xlrd.XL_CELL_BOOLEAN:
        return str(bool(value)).lower()
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, "#VALUE!"))
    if kind == xlrd.XL_CELL_TEXT:
        return str(value)
    form = book.format_map.get(book.xf_list[values.cell_xf_index(row, column)].format_key)
    if kind == xlrd.XL_CELL_DATE and book.datemode:
        value += 1462  # days between 1900 and 1904
    text, less = cells.number(value, form.format_str if form else None)
    if less:
        sheet.rounded.append((row, column))
    return text


# ODS -------------------------------------------------------------------------------------------------------------------

GROUPED = re.compile(r"[-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?%?|[-−]?\d+(?:\.\d+)?%?")
DAY_SHOWN = re.compile(r"\d{4}(?:年(?:\d{1,2}月)?|-\d{1,2})?")
HIDDEN = ("collapse", "filter")


def _ods(parts: zipfile.ZipFile, most_cells: int) -> Iterator[SheetShown]:
    """The tables of an OpenDocument spreadsheet; what hides a table is a style."""
    with parts.open("content.xml") as part:
        unseen: set[str] = set()
        style = ""
        for event, element in ET.iterparse(part, ("start", "end")):
            name = _local(element.tag)
            if event == "start":
                style = _of(element, "name") if name == "style" else style
            elif name == "table-properties" and _of(element, "display") == "false":
                unseen.add(style)
            elif name == "table":
                called = _of(element, "name")
                if _of(element, "style-name") in unseen:
                    yield SheetShown(called, None)
                else:
                    sheet = SheetShown(called, iter(()))
                    sheet.rows = _ods_rows(element, sheet, most_cells)
                    yield sheet
                element.clear()


def _of(element: ET.Element, name: str) -> str:
    """An attribute by its name, in whatever namespace."""
    return next((value for key, value in element.attrib.items() if _local(key) == name), "")


def _repeated(element: ET.Element, what: str) -> int:
    return int(_of(element, f"number-{what}-repeated") or 1)


def _ods_rows(table: ET.Element, sheet: SheetShown, most_cells: int) -> Iterator[Sequence[str]]:
    sheet.hidden_columns = set(_hidden_columns(table))
    number, waiting = 0, 0
    for each in (element for element in table.iter() if _local(element.tag) == "table-row"):
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
    for each in (element for element in table.iter() if _local(element.tag) == "table-column"):
        times = _repeated(each, "columns")
        if _of(each, "visibility") in HIDDEN:
            yield from range(column, min(column + times, COLUMNS))
        column += times


def _ods_row(element: ET.Element, number: int, sheet: SheetShown) -> list[str]:
    row: list[str] = []
    waiting = 0
    for cell in element:
        if _local(cell.tag) not in ("table-cell", "covered-table-cell"):
            continue
        times = _repeated(cell, "columns")
        text = "" if _local(cell.tag) == "covered-table-cell" else _ods_cell(cell, number, len(row) + waiting, sheet)
        if not text:
            waiting += times
            continue
        if len(row) + waiting + times > COLUMNS:
            raise NotReadable("不是可读的工作簿：列数过多", "is not a readable workbook: it has too many columns")
        row += [""] * waiting + [text] * times
        waiting = 0
    return ["" if column in sheet.hidden_columns else text for column, text in enumerate(row)]


def _ods_cell(cell: ET.Element, row: int, column: int, sheet: SheetShown) -> str:
    text = "\n".join(_ods_text(each) for each in cell if _local(each.tag) == "p")
    kind, value = _of(cell, "value-type"), _of(cell, "value")
    if kind == "boolean":
        return _of(cell, "boolean-value")
    if kind in ("date", "time"):
        return text if DAY_SHOWN.fullmatch(text) else _of(cell, f"{kind}-value")
    if kind in ("float", "percentage", "currency"):
        return _ods_number(text.strip(), value, kind, (row, column), sheet)
    if not kind and _of(cell, "formula") and not text:
        return f"={_of(cell, 'formula')}"
    return text


def _ods_number(text: str, value: str, kind: str, place: tuple[int, int], sheet: SheetShown) -> str:
    """A number as it shows, if that is the number that the cell holds; else the latter with what shows in brackets."""
    held = Decimal(value)
    if not text and kind == "float":
        return f"{held:f}"
    if not GROUPED.fullmatch(text):
        return text if re.search(r"\d", text) and not re.search(r"\d[.,  ]\d{3}(?!\d)", text) else f"{value} [{text}]"
    seen = Decimal(text.replace(",", "").replace("−", "-").rstrip("%"))
    exact = held * 100 if text.endswith("%") else held
    if exact.quantize(Decimal(1).scaleb(int(seen.as_tuple().exponent)), ROUND_HALF_UP) != seen:
        return f"{value} [{text}]"
    if seen != Decimal(f"{float(exact):.15g}"):
        sheet.rounded.append(place)
    return text


def _ods_text(element: ET.Element) -> str:
    """The words of a paragraph, with its spaces and breaks, without annotations."""
    text = element.text or ""
    for part in element:
        name = _local(part.tag)
        if name == "s":
            text += " " * int(_of(part, "c") or 1)
        elif name in ("tab", "line-break"):
            text += "\t" if name == "tab" else "\n"
        elif name != "annotation":
            text += _ods_text(part)
        text += part.tail or ""
    return text
