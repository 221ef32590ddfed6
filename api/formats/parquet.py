"""Parquet: typed columns, texts as dictionaries, values as doubles, and what the file is in its footer.

Arrow is loaded by the first file (api/formats/arrow.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.http.response import HttpResponseBase
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.formats.kept_files import send
from api.formats.responses import file_name
from api.formats.tables import Cells, Column, Table

PART = 2_000  # rows that are made at a time: Python's objects take ten times the memory of the arrays made of them


class ParquetRenderer(BaseRenderer):
    media_type = "application/vnd.apache.parquet"
    format = "parquet"
    charset = None
    schema = {"type": "string", "format": "binary"}

    def answer(self, request: Request, table: Table) -> HttpResponseBase:
        """The whole table, or the bytes of it that were asked for."""
        filename = file_name(table.name, "parquet")
        return send(request, lambda path: write(table, path), self.media_type, filename)


def write(table: Table, path: Path) -> None:
    """The file. Its schema says of each column what it means, its footer what the file is and where it is from."""
    about = table.about()
    facts = {"title": about.title, **about.facts, "units": about.units, "sources": about.sources}
    metadata = {
        name: text if isinstance(text, str) else json.dumps(text, ensure_ascii=False) for name, text in facts.items()
    }
    write_rows(path, table.columns, table.chunks(PART), metadata, write_page_index=True)


def write_rows(
    path: Path, columns: Sequence[Column], chunks: Iterable[Cells], metadata: dict[str, str], **options: object
) -> None:
    """A file of chunks of PART rows each; `metadata` goes into its footer."""
    from api.formats import arrow  # noqa: PLC0415 - 30 MiB, for the first who wants such a file

    arrow.write_groups(path, columns, chunks, PART, metadata, **options)


def type_name(column: Column) -> str:
    """What Arrow calls the type of a column's cells."""
    from api.formats import arrow  # noqa: PLC0415 - as above

    return str(arrow.type_of(column))
