"""What stood as of a release: figures by when they were added and retired, records by the history of their changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from curation.figures import CHUNK, lines
from curation.models import Change
from curation.tables import BY_NAME, Table
from indicators.models import Observation
from sources.models import Release

FIGURES = BY_NAME["observations"]


def figures_as_of(release: Release) -> Iterator[Sequence[str]]:
    """The rows of observations that stood then, in the order of series key and period: what the release's digest is of."""
    for _, cells in lines(Observation.objects.as_of(release), "series__key", "period"):
        yield cells.row


def records_as_of(release: Release) -> dict[str, list[Sequence[str]]]:
    """Table → rows of cells of the curated records that were public then, by their key; every table but observations."""
    standing: dict[str, dict[str, Mapping[str, str]]] = defaultdict(dict)
    until = Release.objects.until(release).order_by().values("pk")
    changes = Change.objects.filter(release__in=until).exclude(table=FIGURES.name)
    in_order = changes.order_by("release__published_at", "release", "id").values_list("table", "key", "after")
    for table, key, after in in_order.iterator(chunk_size=CHUNK):
        if after is None:
            standing[table].pop(key, None)
        else:
            standing[table][key] = after
    return {name: _rows(table, standing[name]) for name, table in BY_NAME.items() if table is not FIGURES}


def _rows(table: Table, records: Mapping[str, Mapping[str, str]]) -> list[Sequence[str]]:
    """A record that was published before its table had a column has it empty."""
    return [[records[key].get(name, "") for name in table.column_names] for key in sorted(records)]
