"""JSON out: orjson, with figures as numbers that keep their stated decimals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec
import orjson
from django.utils.functional import Promise

from indicators.labels import Labels
from indicators.rows import Figure, RowColumn, Stored, as_columns, cells_of, make_cells, stored_columns


def _plain(value: object) -> object:
    if isinstance(value, Figure):
        return orjson.Fragment(str(value))
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value.normalize():f}")
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, msgspec.Struct):
        return orjson.Fragment(_encode(value))
    raise TypeError(type(value))


def to_json(content: object) -> bytes:
    """Content as UTF-8 JSON."""
    return orjson.dumps(content, default=_plain, option=orjson.OPT_PASSTHROUGH_DATACLASS)


@lru_cache(maxsize=500)
def structure(names: tuple[str, ...]) -> type[msgspec.Struct]:
    """The class of rows with these fields, which are written as JSON in a fifth of the time that dictionaries take."""
    return msgspec.defstruct("Row", [(name, Any) for name in names], gc=False)


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(to_json(value))


_encode = msgspec.json.Encoder(enc_hook=_raw, decimal_format="number").encode


def rows_as_json(cells: Sequence[Sequence[Any]], columns: Sequence[RowColumn]) -> orjson.Fragment:
    """Columns of cells as a JSON list of rows by name, where numbers are `number_as_json`.

    A thousand rows so take a fifth of the time that dictionaries take (docs/performance.md).
    """
    return orjson.Fragment(_encode(list(map(structure(tuple(column.name for column in columns)), *cells))))


def figures_as_json(
    rows: Sequence[Sequence[Any]], stored: Sequence[str], columns: Sequence[RowColumn], labels: Labels, language: str
) -> orjson.Fragment:
    """Rows as the store has them, as UTF-8 JSON. Cells that many rows share are written once, and kept with the labels."""
    read, names, cells = as_columns(rows, stored), [], []
    for shared, run in groupby(columns, key=attrgetter("shared")):
        beside = tuple(run)
        if shared:
            names.append(beside[0].name)
            cells.append(_shared_cells(beside, read, labels, language))
        else:
            names += [column.name for column in beside]
            cells += [cells_of(column, read, labels, language, number_as_json) for column in beside]
    return orjson.Fragment(_encode(list(map(structure(tuple(names)), *cells))))


MOST_SHARED, MOST_RUNS = 2000, 20  # that are kept


def _shared_cells(columns: tuple[RowColumn, ...], read: Stored, labels: Labels, language: str) -> list[msgspec.Raw]:
    """Columns beside each other as cells of the first one, in whose JSON the others follow it."""
    needs = stored_columns(columns)
    keys = read[needs[0]] if len(needs) == 1 else list(zip(*(read[need] for need in needs), strict=True))
    run = (language, *(column.name for column in columns))
    if run not in labels.written and len(labels.written) >= MOST_RUNS:
        labels.written.clear()
    written = labels.written.setdefault(run, {})
    try:
        return list(map(written.__getitem__, keys))
    except KeyError:
        pass
    fresh = list(set(keys).difference(written))
    if len(written) + len(fresh) > MOST_SHARED:
        labels.written[run] = written = {}
        fresh = list(set(keys))
    row, named = structure(tuple(column.name for column in columns)), len(f'{{"{columns[0].name}":')
    cells = make_cells([(key,) for key in fresh] if len(needs) == 1 else fresh, needs, columns, labels, language)
    written.update(zip(fresh, (msgspec.Raw(_encode(one)[named:-1]) for one in map(row, *cells)), strict=True))
    return list(map(written.__getitem__, keys))


def records_as_json(rows: Any) -> Any:  # noqa: ANN401  # structures, which are written as JSON, or what is left as it is
    """Rows of records (api/http/records.py) as a JSON list; of other rows themselves."""
    return orjson.Fragment(_encode(rows)) if rows and isinstance(rows[0], msgspec.Struct) else rows


number_as_json = msgspec.Raw
