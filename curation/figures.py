"""Observations of the store as rows of cells, read column by column: no records are made, and equal cells are held once.

A row is the same as `Table.cells` would give of the record. This is what an import is compared with, what a digest is
taken of, and what a release's download holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from curation.columns import LIST_SEPARATOR, Refs
from curation.lines import Heads, Line
from curation.tables import BY_NAME
from indicators.models import Observation
from indicators.querysets import ObservationQuerySet

CHUNK = 2000

TABLE = BY_NAME["observations"]
HEADS = Heads(TABLE.column_names)
VALUE, CITATIONS = HEADS.places["value"], HEADS.places["citations"]


def _stored(column: Any) -> str:
    path = column.path.replace(".", "__")
    return f"{path}__{column.by}" if hasattr(column, "by") else path


COLUMNS = tuple("value" if isinstance(column, Refs) else _stored(column) for column in TABLE.columns)


def lines(observations: ObservationQuerySet, *order: str) -> Iterator[tuple[int, Line]]:
    """(Primary key, cells) of each observation, in an order that ends in a unique key; streamed."""
    held: dict[Any, str] = {None: ""}
    rows = observations.order_by(*order).values_list("pk", "decimals", *COLUMNS).iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        phrases = _citations([pk for pk, *_ in chunk])
        for pk, decimals, *row in chunk:
            value = row[VALUE]
            row[VALUE] = None
            cells = [held.get(cell) or held.setdefault(cell, cell) if cell else "" for cell in row]
            cells[VALUE] = "" if value is None else f"{value:.{decimals}f}"
            codes = LIST_SEPARATOR.join(phrases.get(pk, ()))
            cells[CITATIONS] = held.setdefault(codes, codes)
            yield pk, Line(HEADS, tuple(cells))


def _citations(keys: list[int]) -> dict[int, list[str]]:
    """Observation → its citations' codes, sorted."""
    links = Observation.citations.through._default_manager.filter(observation_id__in=keys)
    codes: dict[int, list[str]] = defaultdict(list)
    for key, code in links.order_by("citation__code").values_list("observation_id", "citation__code"):
        codes[key].append(code)
    return codes


def standing(series: Iterable[str]) -> Iterator[tuple[str, tuple[int, Line]]]:
    """Key of the row, and (primary key, cells), of every observation of these series that stands now; streamed."""
    keys = iter(series)
    while chunk := list(islice(keys, CHUNK)):
        for pk, cells in lines(Observation.objects.live().filter(series__key__in=chunk), "pk"):
            yield TABLE.key_of(cells), (pk, cells)
