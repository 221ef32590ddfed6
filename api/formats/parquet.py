"""Parquet: typed columns, texts as dictionaries, values as doubles, and what the file is in its footer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.http.response import HttpResponseBase
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.formats.kept_files import send
from api.formats.responses import file_name
from api.formats.tables import Cells, Column, Kind, Table

ROWS = 50_000  # of a row group
PART = 2_000  # rows that are made at a time: Python's objects take ten times the memory of the arrays made of them

# A double keeps 15 digits, the most that a stated value has, and every tool calculates with it (docs/decisions/0028).
NUMBER = pa.float64()
TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(), "integer": pa.int64(), "number": NUMBER, "flag": pa.bool_(), "day": pa.date32(),
    "moment": pa.timestamp("us", "UTC"), "texts": pa.list_(pa.string()), "integers": pa.list_(pa.int64()),
}  # fmt: skip
AS_TEXT = ("number", "day", "moment")  # whose cells come as text


def type_of(column: Column) -> pa.DataType:
    """The type of a column's cells."""
    return pa.dictionary(pa.int32(), pa.string()) if column.repeats else TYPES[column.kind]


def array(column: Column, cells: Sequence[Any]) -> pa.Array:
    """A column of cells."""
    if column.repeats:
        return pa.array(cells, pa.string()).dictionary_encode()
    if column.kind not in AS_TEXT:
        return pa.array(cells, TYPES[column.kind])
    return pa.array(cells, pa.string()).cast(TYPES[column.kind])


class ParquetRenderer(BaseRenderer):
    media_type = "application/vnd.apache.parquet"
    format = "parquet"
    charset = None

    def answer(self, request: Request, table: Table) -> HttpResponseBase:
        """The whole table, or the bytes of it that were asked for."""
        filename = file_name(table.name, "parquet")
        return send(request, lambda path: write(table, path), self.media_type, filename)


def write(table: Table, path: Path) -> None:
    """The file. Its schema says of each column what it means, its footer what the file is and where it is from."""
    about = table.about()
    said = {"title": about.title, **about.facts, "units": about.units, "sources": about.sources}
    metadata = {
        name: text if isinstance(text, str) else json.dumps(text, ensure_ascii=False) for name, text in said.items()
    }
    write_rows(path, table.columns, table.chunks(PART), metadata, write_page_index=True)


def write_rows(
    path: Path, columns: Sequence[Column], chunks: Iterable[Cells], metadata: dict[str, str], **options: object
) -> None:
    """A file of chunks of PART rows each, ROWS of them a row group; `metadata` goes into its footer."""
    fields = [pa.field(column.name, type_of(column), metadata={"description": column.says}) for column in columns]
    schema = pa.schema(fields, metadata)
    with pq.ParquetWriter(path, schema, compression="zstd", **options) as writer:
        parts = (pa.Table.from_arrays(list(map(array, columns, cells)), schema=schema) for cells in chunks)
        while group := list(islice(parts, ROWS // PART)):
            writer.write_table(pa.concat_tables(group).unify_dictionaries().combine_chunks(), row_group_size=ROWS)
