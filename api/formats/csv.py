"""CSV by RFC 4180: UTF-8, a line of names, CRLF, a missing value is an empty field.

Lines are put together from whole columns, in which each distinct text is quoted and escaped once: `csv.writer` looks at
every field of every row, which took half of the time of a million rows.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Sequence
from operator import eq
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.formats.csvw import metadata_address
from api.formats.responses import file_name, stream
from api.formats.tables import Column, Table, joined
from sources.bilingual import both

BOM = "\ufeff"
ROWS = 2000
END = "\r\n"

# What begins a formula, also where full-width signs are read as theirs: https://owasp.org/www-community/attacks/CSV_Injection
BEGINS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
ESCAPE = "'"

to_be_quoted = re.compile('[,"\r\n]').search


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: where it would, an apostrophe stands before it."""
    return ESCAPE + text if text.startswith(BEGINS_A_FORMULA) else text


def field(text: str | None) -> str:
    """A text as a field: harmless, and quoted where it has to be; empty where it is missing."""
    if not text:
        return ""
    text = harmless(text)
    return '"' + text.replace('"', '""') + '"' if to_be_quoted(text) else text


def fields(column: Column, cells: Sequence[Any]) -> Iterable[str]:
    """A column of cells as fields: lists joined by `;`, booleans in lower case, numbers as they are."""
    if column.kind == "text":
        written = {text: field(text) for text in set(cells)}
        if len(written) == 1:
            return list(written.values()) * len(cells)
        return cells if all(map(eq, written, written.values())) else map(written.__getitem__, cells)
    if column.kind in ("integer", "flag"):
        return ["" if cell is None else str(cell).lower() for cell in cells]
    if column.kind in ("texts", "integers"):
        return [field(joined(cell or ())) for cell in cells]
    return ["" if cell is None else cell for cell in cells]


class CSVRenderer(BaseRenderer):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"
    schema = {"type": "string"}

    def answer(self, request: Request, table: Table) -> HttpResponseBase:
        """The whole table."""
        content = write(table, bom=request.query_params.get("bom") == "true")
        answer = stream(request, content, "text/csv; charset=utf-8; header=present", file_name(table.name, "csv"))
        answer["Link"] = f'<{metadata_address(request)}>; rel="describedby"; type="application/csvm+json"'
        return answer


def write(table: Table, *, bom: bool = False) -> Generator[bytes, None, None]:
    """The parts of the file: the line of names with the first rows, then the others.

    Where the rows break off, a last line says so that has more fields than there are columns, so that a reader notices also
    where a proxy hides that the connection was cut.
    """
    names = ",".join(field(column.name) for column in table.columns) + END
    head = (BOM + names if bom else names).encode()
    chunks = table.chunks(ROWS)
    first = next(chunks, None)
    yield head if first is None else head + lines(table, first)
    try:
        for cells in chunks:
            yield lines(table, cells)
    except Exception:
        says = str(both("文件不完整，请重新请求", "THE FILE IS INCOMPLETE: ask for it again"))
        yield (",".join([says] * (len(table.columns) + 1)) + END).encode()
        raise


def lines(table: Table, cells: Sequence[Sequence[Any]]) -> bytes:
    """The lines of a chunk. A line of nothing would be no line to a reader, so an only field is then a quoted nothing."""
    if len(table.columns) == 1:
        rows: Iterable[Iterable[str]] = ((text or '""',) for text in fields(table.columns[0], cells[0]))
    else:
        rows = zip(*map(fields, table.columns, cells), strict=True)
    return (END.join(map(",".join, rows)) + END).encode()
