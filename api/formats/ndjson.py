"""NDJSON: a line of JSON for each row, with the columns and names of the other files, for programs that read as it comes."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import orjson
from django.http.response import HttpResponseBase
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.formats.responses import file_name, stream
from api.formats.tables import Column, Table

ROWS = 2000


class NDJSONRenderer(BaseRenderer):
    media_type = "application/x-ndjson"
    format = "ndjson"
    charset = None
    schema = {"type": "string"}

    def answer(self, request: Request, table: Table) -> HttpResponseBase:
        """The whole table, a chunk of lines at a time."""
        return stream(request, write(table), self.media_type, file_name(table.name, self.format))


def write(table: Table) -> Generator[bytes, None, None]:
    """The lines of the file. Where the rows break off, the last line is no JSON, so that a reader notices."""
    try:
        for cells in table.chunks(ROWS):
            yield lines(table.columns, cells)
    except Exception:
        yield b"THE FILE IS INCOMPLETE: ask for it again\n"
        raise


def lines(columns: Sequence[Column], cells: Sequence[Sequence[Any]]) -> bytes:
    """The lines of a chunk: numbers with the decimals that were stated."""
    names = [column.name for column in columns]
    written = [
        [None if cell is None else orjson.Fragment(cell) for cell in column_cells] if column.kind == "number" else column_cells
        for column, column_cells in zip(columns, cells, strict=True)
    ]  # fmt: skip
    return b"".join(
        orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE)
        for row in zip(*written, strict=True)
    )
