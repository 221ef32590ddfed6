"""The one place where the bytes of a file from outside are taken apart, in a process of its own with limits to all it takes.

    python -m curation.sheets.reader MEMORY SECONDS CELLS CHARACTERS < file

`curation.sheets.grids` starts it and reads its lines: JSON objects, each of them a `Said` there. It knows none of the house, so that
it starts in the time of an interpreter; a file that makes it take too much ends this process and nothing else.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import json
import os
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import python_calamine

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
SIGNIFICANT = 15  # what a spreadsheet keeps of a number
DELIMITERS = ",\t;|"
LONGEST_CELL = 32_767  # characters, as in a spreadsheet
LONGEST_NAME = 100  # of a sheet
ROWS = 500  # a line
NUL = "\x00"
OUT_OF_MEMORY = 70  # the status with which this process ends where Python has no more memory; a library aborts


class Unreadable(Exception):
    """The file is no table that can be read: why, in Chinese and in English."""


def limit(memory: int, seconds: int) -> None:
    """Bound this process: memory and processor time, no files written, no core, few files open, others go first."""
    for kind, most in (
        (resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 32),
    ):  # fmt: skip
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    os.nice(10)


class Teller:
    """Says what is found, and no more of it than is allowed."""

    def __init__(self, out: BinaryIO, most_cells: int, most_characters: int) -> None:
        self.out, self.most_cells, self.most_characters = out, most_cells, most_characters
        self.cells = self.characters = 0

    def say(self, **said: Any) -> None:
        """One line, as soon as it is known: the next thing may end this process."""
        self.out.write(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self.out.flush()

    def tell_rows(self, rows: Iterator[Sequence[str]]) -> None:
        """Rows of text. Raises Unreadable where they are more than is allowed."""
        chunk: list[Sequence[str]] = []
        for row in rows:
            self._count(row)
            chunk.append(row)
            if len(chunk) == ROWS:
                self.say(rows=chunk)
                chunk = []
        self.say(rows=chunk)

    def _count(self, row: Sequence[str]) -> None:
        self.cells += len(row)
        self.characters += sum(map(len, row))
        if self.cells > self.most_cells:
            raise Unreadable(
                f"单元格多于 {self.most_cells:,} 个：请删去数据之外的行与列，或分成几个文件",
                f"has more than {self.most_cells:,} cells: delete the rows and columns beyond the data, or split it",
            )
        if self.characters > self.most_characters:
            raise Unreadable(
                f"文字多于 {self.most_characters:,} 个字符：请分成几个文件",
                f"has more than {self.most_characters:,} characters of text: split it",
            )


def read(content: bytes, tell: Teller) -> None:
    """Tell the sheets of a file: a workbook's visible ones, or the one of a text file. Raises Unreadable."""
    if not content.strip():
        raise Unreadable("是空文件", "is empty")
    try:
        if content.startswith(WORKBOOKS):
            _read_workbook(content, tell)
        else:
            _read_text(content, tell)
    except (python_calamine.CalamineError, zipfile.BadZipFile, zlib.error, OSError, ValueError) as error:
        raise Unreadable(f"不是可读的工作簿：{error}", f"is not a readable workbook: {error}") from None


def _sound(cell: str) -> str:
    """A cell as it was read. Raises Unreadable for one that is too long."""
    if len(cell) > LONGEST_CELL:
        raise Unreadable(
            f"有单元格超过 {LONGEST_CELL:,} 个字符", f"has a cell of more than {LONGEST_CELL:,} characters"
        )
    return cell


# Workbooks -----------------------------------------------------------------------------------------------------------


def _read_workbook(content: bytes, tell: Teller) -> None:
    if content.startswith(b"PK"):
        _tell_extents(content, tell)
    workbook = python_calamine.load_workbook(io.BytesIO(content))
    for meta in workbook.sheets_metadata:
        if (
            meta.typ == python_calamine.SheetTypeEnum.WorkSheet
            and meta.visible == python_calamine.SheetVisibleEnum.Visible
        ):
            sheet = workbook.get_sheet_by_name(meta.name)
            tell.say(sheet=_sound(sheet.name)[:LONGEST_NAME])
            tell.tell_rows(_rows_of(sheet))


def _tell_extents(content: bytes, tell: Teller) -> None:
    """Tell how far each sheet says that it is used, where that is too far: it may not be true, and helps if it is."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for part in parts.namelist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part):
                with parts.open(part) as sheet:
                    used = re.search(rb'<dimension ref="(?:[A-Z]+[0-9]+:)?([A-Z]{1,3})([0-9]{1,7})"', sheet.read(4096))
                if used and _column_number(used[1].decode()) * int(used[2]) > tell.most_cells:
                    tell.say(extent=(used[1] + used[2]).decode())


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _rows_of(sheet: Any) -> Iterator[Sequence[str]]:
    held: dict[Any, str] = {}  # without truth values, which equal the numbers 0 and 1
    margin = [""] * (sheet.start or (0, 0))[1]  # calamine leaves out empty columns on the left, but no rows above
    for row in sheet.iter_rows():
        yield margin + [
            _text(cell) if cell.__class__ is bool else held.get(cell) or held.setdefault(cell, _text(cell))
            for cell in row
        ]


def _text(cell: Any) -> str:
    """A cell as a person would type it; numbers with as many digits as the spreadsheet keeps, dates by ISO 8601."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        digits = f"{cell:.{SIGNIFICANT}g}"
        return _plain(digits) if "e" in digits else digits
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat()
    return _sound(str(cell))


def _plain(digits: str) -> str:
    mantissa, exponent = digits.split("e")
    decimals = max(0, len(mantissa.partition(".")[2]) - int(exponent))
    return f"{float(digits):.{decimals}f}"


# Text files ----------------------------------------------------------------------------------------------------------


def _read_text(content: bytes, tell: Teller) -> None:
    encoding = _encoding(content)
    shown = encoding.removesuffix("-sig").upper()
    if encoding != "utf-8-sig":
        tell.say(remark=(f"编码：{shown}", f"Encoding: {shown}"))
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as lines:
        delimiter = max(DELIMITERS, key=lines.readline().count)
    if delimiter != ",":
        zh, en = ("制表符", "tab") if delimiter == "\t" else (delimiter, delimiter)
        tell.say(remark=(f"分隔符：{zh}", f"Delimiter: {en}"))
    tell.say(sheet="")
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as lines:
        tell.tell_rows(_rows_in(lines, delimiter))


def _encoding(content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        decoder, pieces = codecs.getincrementaldecoder(encoding)(), memoryview(content)
        try:
            for start in range(0, len(content), io.DEFAULT_BUFFER_SIZE):
                decoder.decode(pieces[start : start + io.DEFAULT_BUFFER_SIZE])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Unreadable("的编码不是 UTF-8 或 GB18030", "is encoded neither as UTF-8 nor as GB18030")


def _rows_in(lines: Iterator[str], delimiter: str) -> Iterator[Sequence[str]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if any(NUL in cell for cell in row):
                raise Unreadable("含有空字符，不是文本文件", "contains NUL characters: it is not a text file")
            yield [_sound(cell) for cell in row]
    except csv.Error as error:
        raise Unreadable(f"第 {reader.line_num} 行：{error}", f"line {reader.line_num}: {error}") from None


def main() -> None:
    """Read the file on standard input within the bounds that the arguments set, and tell its cells on standard output."""
    memory, seconds, cells, characters = map(int, sys.argv[1:])
    limit(memory, seconds)
    tell = Teller(sys.stdout.buffer, cells, characters)
    try:
        read(sys.stdin.buffer.read(), tell)
        tell.say(end=True)
    except Unreadable as refused:
        tell.say(refused=refused.args)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
