"""Files as grids of text: workbooks through calamine, text files in the encodings and with the delimiters that offices use."""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import python_calamine

from sources.bilingual import both
from sources.text import NUL

# A workbook is read with every cell of its used area; one stray cell at the far end of a sheet makes that billions.
MOST_CELLS = 20_000_000
MOST_BYTES = 1024**3
SIGNIFICANT = 15  # what a spreadsheet keeps of a number
DELIMITERS = ",\t;|"


class UnreadableFile(Exception):
    """The file is no table that could be brought in; the message, in both languages, says why."""

    def __init__(self, message: Any) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True)
class Grid:
    """A sheet as rows of text, the first of which is the first of the sheet."""

    name: str
    rows: Sequence[Sequence[str]]


def read_grids(name: str, content: bytes) -> tuple[list[Grid], list[Any]]:
    """The sheets of a file (one, for a text file), and remarks on how it was read.

    Raises UnreadableFile.
    """
    if not content.strip():
        raise UnreadableFile(both(f"{name} 是空文件", f"{name} is empty"))
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _read_workbook(name, content), []
    return _read_text(name, content)


# Workbooks ----------------------------------------------------------------------------------------------------------


def _read_workbook(name: str, content: bytes) -> list[Grid]:
    if content.startswith(b"PK"):
        _refuse_oversized(name, content)
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(content))
        sheets = [workbook.get_sheet_by_name(sheet) for sheet in _visible(workbook)]
        return [_grid(sheet) for sheet in sheets]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise UnreadableFile(
            both(f"{name} 不是可读的工作簿：{error}", f"{name} is not a readable workbook: {error}")
        ) from None


def _visible(workbook: Any) -> list[str]:
    worksheets = python_calamine.SheetTypeEnum.WorkSheet
    shown = python_calamine.SheetVisibleEnum.Visible
    return [meta.name for meta in workbook.sheets_metadata if meta.typ == worksheets and meta.visible == shown]


def _refuse_oversized(name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
                raise UnreadableFile(both(f"{name} 解压后过大", f"{name} is too large when unpacked"))
            for part in parts.namelist():
                if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part):
                    with parts.open(part) as sheet:
                        _refuse_far_cells(name, sheet.read(4096))
    except zipfile.BadZipFile as error:
        raise UnreadableFile(
            both(f"{name} 不是可读的工作簿：{error}", f"{name} is not a readable workbook: {error}")
        ) from None


def _refuse_far_cells(name: str, head: bytes) -> None:
    used = re.search(rb'<dimension ref="(?:[A-Z]+[0-9]+:)?([A-Z]+)([0-9]+)"', head)
    if used and _column_number(used[1].decode()) * int(used[2]) > MOST_CELLS:
        last = (used[1] + used[2]).decode()
        raise UnreadableFile(both(
            f"{name} 的已用区域直到 {last}：请删除数据之外的行与列",
            f"{name} is used as far as {last}: delete the rows and columns beyond the data",
        ))  # fmt: skip


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def cell_name(row: int, column: int) -> str:
    """A place as spreadsheets call it; both count from 0: (6, 3) is D7."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def _grid(sheet: Any) -> Grid:
    held: dict[Any, str] = {}  # without truth values, which equal the numbers 0 and 1
    margin = ("",) * (sheet.start or (0, 0))[1]  # calamine leaves out empty columns on the left, but no rows above
    rows = []
    for row in sheet.iter_rows():
        cells = [
            _text(cell) if cell.__class__ is bool else held.get(cell) or held.setdefault(cell, _text(cell))
            for cell in row
        ]
        rows.append((*margin, *cells))
    return Grid(sheet.name, rows)


def _text(cell: Any) -> str:
    """A cell as a person would type it; numbers with as many digits as the spreadsheet keeps, dates by ISO 8601."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        digits = f"{cell:.{SIGNIFICANT}g}"
        return _plain(digits) if "e" in digits else digits
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat()
    return str(cell)


def _plain(digits: str) -> str:
    mantissa, exponent = digits.split("e")
    decimals = max(0, len(mantissa.partition(".")[2]) - int(exponent))
    return f"{float(digits):.{decimals}f}"


# Text files ---------------------------------------------------------------------------------------------------------


def _read_text(name: str, content: bytes) -> tuple[list[Grid], list[Any]]:
    text, remarks = _decoded(name, content)
    if NUL in text:
        raise UnreadableFile(
            both(f"{name} 含有空字符，不是文本文件", f"{name} contains NUL characters: it is not a text file")
        )
    head = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(DELIMITERS, key=head.count)
    if delimiter != ",":
        shown = {"\t": both("制表符", "tab")}.get(delimiter, delimiter)
        remarks.append(both(f"分隔符：{shown}", f"Delimiter: {shown}"))
    return [Grid("", list(_rows(name, text, delimiter)))], remarks


def _decoded(name: str, content: bytes) -> tuple[str, list[Any]]:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        shown = encoding.removesuffix("-sig").upper()
        return text, [] if encoding == "utf-8-sig" else [both(f"编码：{shown}", f"Encoding: {shown}")]
    raise UnreadableFile(
        both(f"{name} 的编码不是 UTF-8 或 GB18030", f"{name} is encoded neither as UTF-8 nor as GB18030")
    )


def _rows(name: str, text: str, delimiter: str) -> Iterator[Sequence[str]]:
    held: dict[str, str] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield tuple([held.setdefault(cell, cell) for cell in row])
    except csv.Error as error:
        line = reader.line_num
        raise UnreadableFile(both(f"{name} 第 {line} 行：{error}", f"{name}, line {line}: {error}")) from None
