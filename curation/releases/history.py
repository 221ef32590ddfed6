"""What stood as of a release: figures by when they were added and retired, records by the history of their changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from curation.models import Change
from curation.tables.observations import CHUNK, OBSERVATIONS
from indicators.models import Observation
from sources.models import Release

Columns = Mapping[str, Sequence[str]]  # table → its columns


def figures_as_of(release: Release, columns: Sequence[str]) -> Iterator[Sequence[str]]:
    """These columns of the observations that stood then, in the order of series key and period."""
    chosen = itemgetter(*(OBSERVATIONS.column_names.index(name) for name in columns))
    for *_, cells in OBSERVATIONS.lines(Observation.objects.as_of(release), "series__key", "period"):
        yield chosen(cells.row)


def records_as_of(release: Release, columns: Columns) -> dict[str, list[Sequence[str]]]:
    """Table → these columns of the curated records that were public then, by their key; of all tables named.

    A record that was published before its table had a column has it empty.
    """
    standing: dict[str, dict[str, Mapping[str, str]]] = defaultdict(dict)
    until = Release.objects.until(release).order_by().values("pk")
    changes = Change.objects.filter(release__in=until, table__in=columns.keys() - {OBSERVATIONS.name})
    in_order = changes.order_by("release__published_at", "release", "id").values_list("table", "key", "after")
    for table, key, after in in_order.iterator(chunk_size=CHUNK):
        if after is None:
            standing[table].pop(key, None)
        else:
            standing[table][key] = after
    return {
        table: [[standing[table][key].get(name, "") for name in names] for key in sorted(standing[table])]
        for table, names in columns.items()
        if table != OBSERVATIONS.name
    }
