"""The one place where the bytes of a file from outside are taken apart, in a process of its own with limits to all it takes.

    python -m curation.sheets.reader MEMORY SECONDS CELLS CHARACTERS < file

`curation.sheets.grids` starts it and reads its lines: JSON objects, each of them a `Said` there. It knows none of the house, and
loads what only some files need for those, so that it starts in the time of an interpreter; a file that makes it take too much
ends this process and nothing else.
"""

from __future__ import annotations

import codecs
import csv
import importlib
import io
import itertools
import json
import os
import re
import resource
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from curation.sheets.unopened import ARCHIVE, COMPOUND, LONGEST_CELL, NotReadable

if TYPE_CHECKING:
    from msgspec import Raw

DELIMITERS = ",\t;|"
LINES_TO_TELL = 100  # of a text file, by which its delimiter is found
LONGEST_NAME = 100  # of a sheet
MOST_MERGED = 20_000  # ranges of merged cells in a sheet
SAMPLE = 100_000  # bytes, by which an encoding is told
ROWS = 500  # a line
NUL = "\x00"
OUT_OF_MEMORY = 70  # the status with which this process ends where Python has no more memory; a library aborts


def limit(memory: int, seconds: int) -> None:
    """Bound this process: memory and processor time, no files written, no core, few files open, others go first."""
    for kind, most in (
        (resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 32),
    ):  # fmt: skip
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    os.nice(10)


# What only files that begin so need.
NEEDED = {ARCHIVE: "curation.sheets.workbooks", COMPOUND: "curation.sheets.xls", b"{": "msgspec"}


def load(content: bytes) -> None:
    """Load what a file needs. Once this process is bounded it writes no files, so that what Python compiled would not be kept."""
    for begins, name in NEEDED.items():
        if content[:LOOKED_AT].lstrip().startswith(begins):
            importlib.import_module(name)


class Teller:
    """Says what is found, and no more of it than is allowed."""

    def __init__(self, out: BinaryIO, most_cells: int, most_characters: int) -> None:
        self.out, self.most_cells, self.most_characters = out, most_cells, most_characters
        self.cells = self.characters = 0

    def say(self, **message: Any) -> None:
        """One line, as soon as it is known: the next thing may end this process."""
        self.out.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self.out.flush()

    def tell_rows(self, rows: Iterator[Sequence[str]]) -> None:
        """Rows of text. Raises NotReadable where they are more than is allowed."""
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
            raise NotReadable(
                f"单元格多于 {self.most_cells:,} 个：请删去数据之外的行与列，或分成几个文件",
                f"has more than {self.most_cells:,} cells: delete the rows and columns beyond the data, or split it",
            )
        if self.characters > self.most_characters:
            raise NotReadable(
                f"文字多于 {self.most_characters:,} 个字符：请分成几个文件",
                f"has more than {self.most_characters:,} characters of text: split it",
            )


def read(content: bytes, tell: Teller) -> None:
    """Tell the sheets of a file: a workbook's visible ones, or the one of a text file. Raises NotReadable."""
    if not content.strip():
        raise NotReadable("是空文件", "is empty")
    for begins, zh, en in NO_TABLES:
        if content[:LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(begins):
            raise NotReadable(zh, en)
    if content.lstrip().startswith(b"{"):
        _read_objects(content, tell)
        return
    if not content.startswith((ARCHIVE, COMPOUND)):
        _read_text(content, tell)
        return
    from curation.sheets.workbooks import sheets_of  # noqa: PLC0415 - as NEEDED says

    for sheet in sheets_of(content, tell.most_cells, lambda extent: tell.say(extent=extent)):
        if sheet.rows is not None:
            tell.say(sheet=_sound(sheet.name)[:LONGEST_NAME])
            tell.tell_rows(map(_sound_row, sheet.rows))
            if sheet.merged:
                tell.say(merged=sheet.merged[:MOST_MERGED])
        for zh, en in sheet.remarks:
            tell.say(remark=(zh, en))


# What some files are that bear the name of a table, by how they begin.
LOOKED_AT = 1024
A_WEB_PAGE = (
    "是网页，只是文件名像工作簿：请用电子表格软件打开，另存为 XLSX",
    "is a web page that is called like a workbook: open it in a spreadsheet program and save it as XLSX",
)
WEB_PAGES = (
    b"<!doctype html",
    b"<html",
    b"<table",
    b"<head",
    b"<meta",
    b"<style",
    b"<div",
    b"<body",
    b"<!--",
    b"mime-version:",
)
XML_2003 = (
    "是 XML 文件：请用电子表格软件打开，另存为 XLSX",
    "is an XML file: open it in a spreadsheet program and save it as XLSX",
)
NO_TABLES: tuple[tuple[bytes, str, str], ...] = (
    *((begins, *A_WEB_PAGE) for begins in WEB_PAGES),
    (b"<?xml", *XML_2003),
    (b"%pdf", "是 PDF 文件，不是表格", "is a PDF, not a table"),
    (b"{\\rtf", "是 RTF 文档，不是表格", "is an RTF document, not a table"),
    (b"\x89png", "是图片，不是表格", "is a picture, not a table"),
    (b"\xff\xd8\xff", "是图片，不是表格", "is a picture, not a table"),
    (b"rar!", "是 RAR 压缩包：请先解压", "is a RAR archive: unpack it first"),
    (b"7z\xbc\xaf", "是 7z 压缩包：请先解压", "is a 7z archive: unpack it first"),
    (b"\x1f\x8b", "是 gzip 压缩包：请先解压", "is a gzip archive: unpack it first"),
    (b"par1", "是 Parquet 文件：请改用 CSV 或 XLSX", "is a Parquet file: take CSV or XLSX"),
)  # fmt: skip


def _sound(cell: str) -> str:
    """A cell as it was read. Raises NotReadable for one that is too long."""
    if len(cell) > LONGEST_CELL:
        raise NotReadable(
            f"有单元格超过 {LONGEST_CELL:,} 个字符", f"has a cell of more than {LONGEST_CELL:,} characters"
        )
    return cell


def _sound_row(row: Sequence[str]) -> Sequence[str]:
    for cell in row:
        if len(cell) > LONGEST_CELL:
            _sound(cell)
    return row


# Objects, one a line -------------------------------------------------------------------------------------------------


def _read_objects(content: bytes, tell: Teller) -> None:
    """Tell a file of JSON objects, one a line, as a table whose header has their names; numbers with the digits that stand there."""
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise NotReadable("的编码不是 UTF-8", "is not encoded as UTF-8") from None
    names = list(dict.fromkeys(name for record in _objects_in(lines) for name in record))
    tell.say(sheet="")
    tell.tell_rows(iter([names]))
    tell.tell_rows([_sound(_plain(record.get(name))) for name in names] for record in _objects_in(lines))


def _objects_in(lines: Sequence[str]) -> Iterator[dict[str, Raw]]:
    """The objects, one after the other: all at once would take many times what the file does. Raises NotReadable."""
    import msgspec  # noqa: PLC0415 - as NEEDED says

    decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield decoder.decode(line)
            except (msgspec.DecodeError, RecursionError):
                raise NotReadable(f"第 {number} 行不是 JSON 对象", f"line {number} is no JSON object") from None


def _plain(value: Raw | None) -> str:
    """A value of an object as a cell: a text as itself, nothing for null, all else as it is written."""
    written = b"null" if value is None else bytes(value)
    if written == b"null":
        return ""
    import msgspec  # noqa: PLC0415 - as above

    return msgspec.json.decode(written, type=str) if written.startswith(b'"') else written.decode()


# Text files ----------------------------------------------------------------------------------------------------------


def _read_text(content: bytes, tell: Teller) -> None:
    encoding = _encoding(content)
    shown = encoding.removesuffix("-sig").upper()
    if encoding != "utf-8-sig":
        tell.say(remark=(f"编码：{shown}", f"Encoding: {shown}"))
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as lines:
        first = "".join(itertools.islice(lines, LINES_TO_TELL))
    delimiter = max(DELIMITERS, key=lambda mark: _fit(first, mark))
    if delimiter != ",":
        zh, en = ("制表符", "tab") if delimiter == "\t" else (delimiter, delimiter)
        tell.say(remark=(f"分隔符：{zh}", f"Delimiter: {en}"))
    tell.say(sheet="")
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as lines:
        tell.tell_rows(_rows_in(lines, delimiter))


POINTS = re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{3})+")


def _pointed(cell: str) -> str:
    """A cell of a file with semicolons, which are used where a comma stands before decimals: there 1.234 may be 1234."""
    return f"{cell} [{cell.replace('.', '')}?]" if POINTS.fullmatch(cell) else cell


def _fit(text: str, delimiter: str) -> int:
    """How well the lines of a text are cut by a delimiter: by the commonest number of cells above one, and in how many lines."""
    csv.field_size_limit(LONGEST_CELL)
    widths: Counter[int] = Counter()
    try:
        widths.update(len(row) for row in csv.reader(text.splitlines(), delimiter=delimiter))
    except csv.Error:
        return 0
    return max(((width - 1) * times for width, times in widths.items()), default=0)


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
        if encoding == "gb18030" and _is_big5(content[:SAMPLE]):
            raise NotReadable("的编码像是 Big5：请另存为 UTF-8", "seems to be encoded as Big5: save it as UTF-8")
        return encoding
    raise NotReadable("的编码不是 UTF-8 或 GB18030", "is encoded neither as UTF-8 nor as GB18030")


def _is_big5(content: bytes) -> bool:
    """Whether bytes that could be GB18030 are rather Big5: words of simplified Chinese stand in GB 2312, traditional ones do not."""
    text = content.decode("gb18030", errors="ignore")
    try:
        content.decode("big5")
    except UnicodeDecodeError as error:
        if error.start < len(content) - 1:  # not just cut in the middle of a character
            return False
    return sum(_beyond_gb2312(character) for character in text) * 10 > sum(
        not character.isascii() for character in text
    )


def _beyond_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False


def _rows_in(lines: Iterator[str], delimiter: str) -> Iterator[Sequence[str]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if any(NUL in cell for cell in row):
                raise NotReadable("含有空字符，不是文本文件", "contains NUL characters: it is not a text file")
            yield [_pointed(_sound(cell)) for cell in row] if delimiter == ";" else [_sound(cell) for cell in row]
    except csv.Error as error:
        raise NotReadable(f"第 {reader.line_num} 行：{error}", f"line {reader.line_num}: {error}") from None


def tell_all(content: bytes, tell: Teller) -> None:
    """Tell the sheets of a file and that this is all, or why it is refused."""
    try:
        read(content, tell)
        tell.say(end=True)
    except NotReadable as refused:
        tell.say(refused=refused.args)


def main() -> None:
    """Read the file on standard input within the bounds that the arguments set, and tell its cells on standard output."""
    memory, seconds, cells, characters = map(int, sys.argv[1:])
    content = sys.stdin.buffer.read()
    load(content)
    limit(memory, seconds)
    try:
        tell_all(content, Teller(sys.stdout.buffer, cells, characters))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
