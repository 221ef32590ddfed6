"""XLSX as its sheets show. The values are calamine's; what it leaves out (formats, errors, formulas, what is hidden) is read beside
them from the sheet's XML, row by row.
"""

from __future__ import annotations

import datetime
import io
import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

import python_calamine

from curation.sheets.shown import NUMBERED
from curation.sheets.shown_sheets import COLUMNS, RAISED, SheetShown, ShownCells, column_number, local_name

PIECE = 2**16
SHARED = "xl/sharedStrings.xml"
MERGED = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")


@dataclass
class _Look:
    """What stands beside the values of a row: by column the format, or what shows instead of a value."""

    number: int
    hidden: bool
    formats: dict[int, str | None] = field(default_factory=dict)
    instead: dict[int, str] = field(default_factory=dict)


def xlsx_sheets(content: bytes, parts: zipfile.ZipFile) -> Iterator[SheetShown]:
    """The sheets of an XLSX file, which is given as its bytes and as the archive that they are."""
    workbook = python_calamine.load_workbook(io.BytesIO(content))
    places, formats, cells, raised = _sheet_parts(parts), _formats(parts), ShownCells(), _raised_strings(parts)
    for meta in workbook.sheets_metadata:
        if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        if meta.visible != python_calamine.SheetVisibleEnum.Visible:
            yield SheetShown(meta.name, None)
            continue
        sheet = SheetShown(meta.name, iter(()))
        with parts.open(places[meta.name]) as part:
            looks = _Looks(part, formats, raised, sheet)
            sheet.rows = _xlsx_rows(workbook.get_sheet_by_name(meta.name), looks, sheet, cells)
            yield sheet


def _xlsx_rows(values: Any, looks: _Looks, sheet: SheetShown, cells: ShownCells) -> Iterator[Sequence[str]]:
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
    for _ in ahead:  # what is merged stands behind the rows
        pass


def _xlsx_cell(cell: Any, row: int, column: int, beside: _Look, sheet: SheetShown, cells: ShownCells) -> str:
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
    by_name = {}
    for element in ET.fromstring(parts.read("xl/workbook.xml")).iter():
        if local_name(element.tag) == "sheet":
            key = next(value for name, value in element.attrib.items() if local_name(name) == "id")
            target = related[key]
            by_name[str(element.get("name"))] = posixpath.normpath(
                target[1:] if target.startswith("/") else f"xl/{target}"
            )
    return by_name


def _formats(parts: zipfile.ZipFile) -> list[str | None]:
    """The code of the number format of each style; None where it is not told."""
    if "xl/styles.xml" not in parts.namelist():
        return []
    own: dict[int, str] = {}
    styles: list[str | None] = []
    for element in ET.fromstring(parts.read("xl/styles.xml")):
        if local_name(element.tag) == "numFmts":
            own = {int(each.get("numFmtId", 0)): str(each.get("formatCode")) for each in element}
        elif local_name(element.tag) == "cellXfs":
            numbers = [int(each.get("numFmtId", 0)) for each in element]
            styles = [own.get(number) or NUMBERED.get(number) for number in numbers]
    return styles


class _RichText:
    """A text of several runs, heard element by element; `is_raised` where one stands above or below the line."""

    def __init__(self) -> None:
        self.text, self.how, self.is_raised, self.is_text, self.is_reading = "", "", False, False, False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "r":
            self.how = ""
        elif name == "vertAlign":
            self.how = attributes.get("val", "")
        elif name == "rPh":  # how it is pronounced
            self.is_reading = True
        self.is_text = name == "t" and not self.is_reading

    def characters(self, text: str) -> None:
        if self.is_text:
            self.is_raised |= self.how in RAISED
            self.text += text.translate(RAISED.get(self.how, {}))

    def end(self, name: str) -> None:
        self.is_text = False
        self.is_reading &= name != "rPh"


def _raised_strings(parts: zipfile.ZipFile) -> dict[str, str]:
    """The numbers of the shared texts of which something stands above or below the line, and these texts."""
    if SHARED not in parts.namelist() or not _holds(parts, SHARED, b"vertAlign"):
        return {}
    texts: dict[str, str] = {}
    with parts.open(SHARED) as part:
        for number, element in enumerate(_texts(part)):
            heard = _RichText()
            _hear(heard, element)
            if heard.is_raised:
                texts[str(number)] = heard.text
            element.clear()
    return texts


def _texts(part: Any) -> Iterator[ET.Element]:
    return (element for _, element in ET.iterparse(part) if local_name(element.tag) == "si")


def _hear(heard: _RichText, element: ET.Element) -> None:
    name = local_name(element.tag)
    heard.start(name, element.attrib)
    heard.characters(element.text or "")
    for child in element:
        _hear(heard, child)
    heard.end(name)


def _holds(parts: zipfile.ZipFile, name: str, word: bytes) -> bool:
    """Whether a part of the archive has this word; looked through in pieces."""
    with parts.open(name) as part:
        before = b""
        while piece := part.read(PIECE):
            if word in before + piece:
                return True
            before = piece[-len(word) :]
    return False


PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class _Looks:
    """The rows of a sheet's XML, each with what calamine leaves out; read in pieces."""

    def __init__(self, part: Any, formats: list[str | None], raised: dict[str, str], sheet: SheetShown) -> None:
        self.part, self.sheet, self.raised = part, sheet, raised
        self.rich: _RichText | None = None  # of a text that stands in the cell itself
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
        if self.rich:
            self.rich.start(name, attributes)
        elif name == "c":
            self._start_cell(attributes)
        elif name == "is":
            self.rich = _RichText()
        elif name in ("v", "f"):
            if name == "f":
                self.has_formula = True
            if name == "f" or self.type == "e" or self.has_formula or (self.raised and self.type == "s"):
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
        elif name == "mergeCell" and (merged := MERGED.fullmatch(attributes.get("ref", ""))):
            top, bottom = int(merged[2]) - 1, int(merged[4]) - 1
            self.sheet.merged.append((top, column_number(merged[1]) - 1, bottom, column_number(merged[3]) - 1))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = PLACE.fullmatch(attributes.get("r", ""))
        self.column = column_number(place[1]) - 1 if place else self.column + 1
        self.type = attributes.get("t", "n")
        self.formula = self.value = ""
        self.has_formula = self.has_value = False
        style = attributes.get("s", "0")
        if style in self.formats and self.look:
            self.look.formats[self.column] = self.formats[style]

    def _characters(self, text: str) -> None:
        if self.rich:
            self.rich.characters(text)
        elif self.text is not None:
            self.text.append(text)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if self.rich:
            self._end_rich(name)
        elif name == "v" and self.text is not None:
            self.value, self.text = "".join(self.text), None
            self.has_value = bool(self.value) or self.type == "str"  # an empty text is the value of some formulas
        elif name == "f" and self.text is not None:
            self.formula, self.text = "".join(self.text), None
        elif name == "c" and self.look:
            self._end_cell(self.look)
        elif name == "row" and self.look:
            self.ready.append(self.look)
            self.look = None

    def _end_rich(self, name: str) -> None:
        assert self.rich is not None
        self.rich.end(name)
        if name == "is":
            if self.rich.is_raised and self.look:
                self.look.instead[self.column] = self.rich.text
            self.rich = None

    def _end_cell(self, look: _Look) -> None:
        if self.type == "e":
            look.instead[self.column] = self.value or "#VALUE!"
        elif self.type == "s" and self.value in self.raised:
            look.instead[self.column] = self.raised[self.value]
        elif self.has_formula and not self.has_value:
            look.instead[self.column] = f"={self.formula}"


def tell_extents(parts: zipfile.ZipFile, most_cells: int, tell_extent: Callable[[str], None]) -> None:
    """Tell how far each sheet says that it is used, where that is too far: it may not be true, and helps if it is."""
    for part in parts.namelist():
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part):
            with parts.open(part) as sheet:
                used = re.search(rb'<dimension ref="(?:[A-Z]+[0-9]+:)?([A-Z]{1,3})([0-9]{1,7})"', sheet.read(4096))
            if used and column_number(used[1].decode()) * int(used[2]) > most_cells:
                tell_extent((used[1] + used[2]).decode())
