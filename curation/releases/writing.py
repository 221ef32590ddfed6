"""How the rows of a plan are written: records and their links one way, observations, which never change, another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from curation.bulk import analyse, insert, next_keys
from curation.plans.plan import PlannedRow
from curation.progress import Progress
from curation.tables.observations import OBSERVATIONS, ObservationTable
from curation.tables.table import CuratedTable
from indicators.models import Observation, Series
from sources.hierarchy import Hierarchy
from sources.models import Release

CHUNK = 2000
Item = TypeVar("Item")

Rows = Sequence[PlannedRow]


def chunks(items: Sequence[Item]) -> list[Sequence[Item]]:
    """The items, so many at a time."""
    return [items[first : first + CHUNK] for first in range(0, len(items), CHUNK)]


class RecordWriter:
    """Records are added, changed and marked as withdrawn; their links are written after them."""

    def __init__(self, table: CuratedTable, release: Release, progress: Progress) -> None:
        self.table, self.release, self.progress = table, release, progress

    def write(self, new: Rows, changed: Rows, withdrawn: Rows) -> None:
        """Write the rows of these verdicts, and count them in the release."""
        added = [row for row in new if row.record.pk is None]
        again = [row for row in new if row.record.pk is not None]
        self._add(added)
        self._change([*changed, *again])
        keys = [row.record.pk for row in withdrawn]
        self.table.model._default_manager.filter(pk__in=keys).update(withdrawn=self.release)
        self.release.records_added += len(new) + sum(row.draft for row in changed)
        self.release.records_changed += sum(not row.draft for row in changed)
        self.release.records_withdrawn += len(withdrawn)

    def _add(self, rows: Rows) -> None:
        for row in rows:
            row.record.released = self.release
        for level in self._levels(rows):
            self.table.model._default_manager.bulk_create([row.record for row in level], batch_size=CHUNK)
        self._link(rows)

    def _levels(self, rows: Rows) -> Sequence[Rows]:
        """The rows of a tree, parents before children, as many lists as the tree is deep."""
        reference = self.table.self_reference
        if reference is None:
            return [rows] if rows else []
        added = {row.key: row for row in rows}
        parents = {key: row.shown[reference.name] for key, row in added.items()}
        tree = Hierarchy((key, parent if parent in added else None) for key, parent in parents.items())
        return [[added[key] for key in level] for level in tree.levels()]

    def _change(self, rows: Rows) -> None:
        for row in rows:
            self.table.fill(row.record, row.values)
            row.record.withdrawn = None
            if row.record.released_id is None:
                row.record.released = self.release
            row.record.save()
            for column in self.table.links:
                manager = getattr(row.record, getattr(column, "links", column.path))
                manager.all().delete() if hasattr(column, "links") else manager.clear()
        self._link(rows)

    def _link(self, rows: Rows) -> None:
        for column in self.table.links:
            links = [link for row in rows for link in column.links_of(row.record, row.values[column.name])]
            if links:
                type(links[0])._default_manager.bulk_create(links, batch_size=CHUNK)


class FigureWriter(RecordWriter):
    """Observations are added and retired; their series are made on the way, and brought in line afterwards."""

    def write(self, new: Rows, changed: Rows, withdrawn: Rows) -> None:
        """Write the rows of these verdicts, and count them in the release."""
        added, retired = [*new, *changed], [*changed, *withdrawn]
        for chunk in chunks(retired):
            Observation.objects.filter(pk__in=[row.stands for row in chunk]).update(retired=self.release)
        self._add(added)
        for keys in chunks(sorted({OBSERVATIONS.series_key(row.shown) for row in (*added, *withdrawn)})):
            Series.objects.filter(key__in=keys).refresh_extent()
        self.release.observations_added, self.release.observations_retired = len(added), len(retired)

    def _add(self, rows: Rows) -> None:
        series = self._series(rows)
        for chunk in self.progress(chunks(rows), "publishing"):
            keys = next_keys(Observation, len(chunk))
            stated = (
                (key, *OBSERVATIONS.observation(row.values, series[OBSERVATIONS.series_key(row.shown)], self.release))
                for key, row in zip(keys, chunk, strict=True)
            )
            insert(Observation, ("id", *OBSERVATIONS.STORED), stated)
            phrases = (
                (key, citation.pk)
                for key, row in zip(keys, chunk, strict=True)
                for citation in dict.fromkeys(row.values["citations"])
            )
            insert(Observation.citations.through, ("observation_id", "citation_id"), phrases)
        if len(rows) > CHUNK:
            analyse(Observation, Observation.citations.through, Series)

    def _series(self, rows: Rows) -> dict[str, Series]:
        """The series of the rows by their keys; those that there were none of are made."""
        wanted = {OBSERVATIONS.series_key(row.shown): row.values for row in rows}
        known = {}
        for keys in chunks(list(wanted)):
            known |= {series.key: series for series in Series.objects.filter(key__in=keys)}
        added = [OBSERVATIONS.series(key, values) for key, values in wanted.items() if key not in known]
        Series.objects.bulk_create(added, batch_size=CHUNK)
        return known | {series.key: series for series in added}


# Who writes the rows of a kind of table that is not of records.
WRITERS: Mapping[type[CuratedTable], type[RecordWriter]] = {ObservationTable: FigureWriter}
