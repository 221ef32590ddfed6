"""Columns of cells as Arrow has them, and the Parquet that is made of them. It takes 30 MiB, so who needs it imports it then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from api.formats.tables import Cells, Column, Kind

ROWS = 50_000  # of a row group

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


def write_groups(
    path: Path,
    columns: Sequence[Column],
    chunks: Iterable[Cells],
    size: int,
    metadata: dict[str, str],
    **options: object,
) -> None:
    """A Parquet file of chunks of so many rows each, about ROWS of them a row group; `metadata` goes into its footer."""
    fields = [pa.field(column.name, type_of(column), metadata={"description": column.says}) for column in columns]
    schema = pa.schema(fields, metadata)
    with pq.ParquetWriter(path, schema, compression="zstd", **options) as writer:
        parts = (pa.Table.from_arrays(list(map(array, columns, cells)), schema=schema) for cells in chunks)
        while group := list(islice(parts, ROWS // size)):
            writer.write_table(pa.concat_tables(group).unify_dictionaries().combine_chunks(), row_group_size=ROWS)
