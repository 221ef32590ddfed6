"""XLSX: a sheet of rows and a sheet of notes. Texts are texts, also codes; numbers and dates are typed.

A number is shown with the decimals that were stated: 41.20 keeps its nought.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.http.response import HttpResponseBase
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.formats.csv import harmless
from api.formats.kept_files import send
from api.formats.responses import file_name
from api.formats.tables import About, Column, Kind, Table, joined
from api.problems import InvalidParameters, ParameterError
from sources.bilingual import both
from sources.versions import newest_release

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

ROWS = 2000
MOST_ROWS = 1_048_575  # of a sheet, below its line of names
LONGEST = 32_767  # characters of a cell
WIDTHS: dict[Kind, int] = {
    "text": 16,
    "integer": 10,
    "number": 14,
    "flag": 8,
    "day": 12,
    "moment": 20,
    "texts": 24,
    "integers": 16,
}
NAME_WIDTH = 28
WIDE = ("series", "key", "indicator", "title", "summary", "definition")

TOO_MANY = both(
    "表格一页最多 1,048,575 行；请缩小查询，或用 csv、parquet",
    "a sheet has at most 1,048,575 rows; narrow the query, or take csv or parquet",
)
DATA, NOTES = both("数据", "Data"), both("说明", "Notes")
COLUMNS, UNITS, SOURCES = both("列", "Columns"), both("单位", "Units"), both("来源", "Sources")


class XLSXRenderer(BaseRenderer):
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"
    charset = None
    schema = {"type": "string", "format": "binary"}

    def answer(self, request: Request, table: Table) -> HttpResponseBase:
        """The whole table. Raises InvalidParameters where it does not fit on a sheet."""
        return send(request, lambda path: write(table, path), self.media_type, file_name(table.name, "xlsx"))


class Sheet:
    """The sheet of rows of a workbook, one line after the other."""

    def __init__(self, book: Workbook, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self.plain = book.add_format({"quote_prefix": True})
        self.of_decimals = [book.add_format({"num_format": f"0.{'0' * n}" if n else "0"}) for n in range(16)]
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def begin(self, columns: Sequence[Column]) -> None:
        """Write the line of column names, which stays in view."""
        for number, column in enumerate(columns):
            self.sheet.set_column(
                number,
                number,
                NAME_WIDTH if column.name in WIDE or column.name.endswith("name") else WIDTHS[column.kind],
            )
        self.sheet.freeze_panes(1, 0)
        for number, column in enumerate(columns):
            self.sheet.write_string(0, number, column.name, self.bold)

    def writer(self, kind: Kind) -> Callable[[int, int, Any], Any]:
        """The method that writes a cell of this kind, called with its row, its column and its value."""
        if kind == "integer":
            return self.sheet.write_number
        if kind == "flag":
            return self.sheet.write_boolean
        return {"number": self.number, "day": self.date, "moment": self.time, "text": self.text}.get(kind, self.listed)

    def number(self, row: int, column: int, text: str) -> None:
        decimals = len(text) - text.find(".") - 1 if "." in text else 0
        self.sheet.write_number(row, column, float(text), self.of_decimals[min(decimals, 15)])

    def date(self, row: int, column: int, text: str) -> None:
        self.sheet.write_datetime(row, column, datetime.date.fromisoformat(text), self.day)

    def time(self, row: int, column: int, text: str) -> None:
        at = datetime.datetime.fromisoformat(text).replace(tzinfo=None)  # in UTC, as the notes say
        self.sheet.write_datetime(row, column, at, self.moment)

    def text(self, row: int, column: int, text: str) -> None:
        """A text is never run; one that would be where it is typed in carries the mark that keeps it a text."""
        if text:
            self.sheet.write_string(row, column, text[:LONGEST], None if harmless(text) == text else self.plain)

    def listed(self, row: int, column: int, items: Sequence[Any]) -> None:
        self.text(row, column, joined(items))


def write(table: Table, path: Path) -> None:
    """Write the table as a workbook at this path; the same rows give the same bytes. Raises InvalidParameters for too many rows."""
    with workbook(path) as book:
        about = table.about()
        created = newest_release().published_at
        book.set_properties({"title": about.title, **({"created": created.replace(tzinfo=None)} if created else {})})
        sheet, notes = Sheet(book, book.add_worksheet(str(DATA))), book.add_worksheet(str(NOTES))
        sheet.begin(table.columns)
        writers = [sheet.writer(column.kind) for column in table.columns]
        line = 0
        for cells in table.chunks(ROWS):
            for row in zip(*cells, strict=True):
                line += 1
                if line > MOST_ROWS:
                    raise InvalidParameters([ParameterError("format", "too_large", TOO_MANY)])
                for number, cell in enumerate(row):
                    if cell is not None:
                        writers[number](line, number, cell)
        sheet.sheet.autofilter(0, 0, max(line, 1), len(table.columns) - 1)
        write_notes(notes, sheet, about, table.columns)


@contextmanager
def workbook(path: Path) -> Iterator[Workbook]:
    """A workbook at this path, written when the context ends. Of one that breaks off nothing stays open, which would hold its room."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - for the first who wants such a file

    book = Workbook(path, {"constant_memory": True, "tmpdir": path.parent})
    try:
        yield book
        book.close()
    except BaseException:
        for sheet in book.worksheets():
            for file in (sheet.row_data_fh, sheet.fh):
                with suppress(OSError):  # what was not written yet has no room either
                    file.close()
        raise


def write_notes(notes: Worksheet, sheet: Sheet, about: About, columns: Sequence[Column]) -> None:
    """Write the sheet of notes: what the table is, where it is from, and what its columns and units mean."""
    notes.set_column(0, 0, 24)
    notes.set_column(1, 1, 110)
    parts: list[tuple[Any, dict[str, str]]] = [
        (about.title, about.shown), (UNITS, about.units), (SOURCES, about.sources),
        (COLUMNS, {column.name: column.says for column in columns}),
    ]  # fmt: skip
    line = 0
    for heading, entries in parts:
        if entries:
            notes.write_string(line, 0, str(heading), sheet.bold)
        for name, text in entries.items():
            line += 1
            notes.write_string(line, 0, name)
            notes.write_string(line, 1, text[:LONGEST])
        line += 2 if entries else 0
