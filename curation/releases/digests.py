"""The digest of a release: a seal on every figure that stands, brought forward at the cost of what has changed.

A figure is a line of JSON: its cells that are not empty, by column, keys in order, compact, in UTF-8. The digest of a
series is SHA-256 over the lines of its figures in the order of their periods; that of a release is SHA-256 over the
digests of all series, sorted. docs/data.md has the lines that take it again from a release's package.

A column that is added later and left empty changes no digest. A migration that gives standing figures a cell which they
did not have sets `Series.digest` of their series to null, so that the next publication takes these anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter

import orjson

from curation.bulk import update
from curation.progress import Progress, silent
from curation.tables.observations import OBSERVATIONS
from curation.tables.rows import CompactRow
from indicators.models import Observation, Series

CHUNK = 1000  # series whose figures are read at a time
JOINED = 20_000  # digests of series that are put together at a time


def brought_forward(progress: Progress = silent) -> str:
    """The digest of all figures that stand now.

    Of the figures only those are read whose series has no digest: `refresh_extent` takes it away where one changes.
    """
    untaken = Series.objects.without_digest()
    for first in progress(range(0, len(untaken), CHUNK), "digest"):
        keys = untaken[first : first + CHUNK]
        update(Series, "digest", dict.fromkeys(keys, "") | dict(_taken(keys)))
    sha, digests = hashlib.sha256(), Series.objects.digests(JOINED)
    while some := list(islice(digests, JOINED)):
        sha.update("".join(some).encode())
    return sha.hexdigest()


def _taken(series: list[int]) -> Iterator[tuple[int, str]]:
    """(Primary key, digest) of each of these series that has figures."""
    figures = Observation.objects.live().filter(series__in=series)
    for key, of_series in groupby(OBSERVATIONS.lines(figures, "series_id", "period"), key=itemgetter(1)):
        sha = hashlib.sha256()
        for *_, cells in of_series:
            sha.update(_line(cells))
        yield key, sha.hexdigest()


def _line(cells: CompactRow) -> bytes:
    stated = {name: cell for name, cell in zip(cells.heads.names, cells.row, strict=True) if cell}
    return orjson.dumps(stated, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
