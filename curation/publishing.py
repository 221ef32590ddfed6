"""From a plan to a release, in one transaction: records, observations, history, digest and the new data version."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from curation.columns import Ref
from curation.importing import Plan, Staged
from curation.models import Action, BatchStatus, Change, ImportBatch, StagedRow, Verdict
from curation.tables import BY_NAME, ObservationTable, Table
from indicators.models import Observation, Series
from sources.models import Release, ReleaseStatus
from sources.versions import forget_data_version

CHUNK = 2000


class PlanHasErrors(Exception):
    """A plan with rows in error is not published, in whole or in part."""


@dataclass(frozen=True)
class ReleaseNotes:
    """What a release says of itself; `version` None takes the next number of the year."""

    version: str | None = None
    published_at: datetime.datetime | None = None
    published_by: str = ""
    reviewed_by: str = ""
    reason: str = ""
    notes_zh: str = ""
    notes_en: str = ""


def publish(
    plan: Plan, notes: ReleaseNotes, user: Any = None, batch: ImportBatch | None = None
) -> Release | None:  # fmt: skip
    """Make the plan's new and changed rows public as one release; None where there are none.

    The rows are kept as a batch of the release, unless they are those of a `batch` that was staged before.

    All or nothing: at any instant the public sees the release before or this one.
    Raises PlanHasErrors where a row of the plan is in error.
    """
    if plan.count(Verdict.ERROR):
        raise PlanHasErrors
    if plan.changes_nothing:
        return None
    with transaction.atomic():
        return _Publication(notes, user).run(plan, batch)


def next_version(year: int) -> str:
    """The next free version of a year: 2026.1, 2026.2 …"""
    taken = Release.objects.filter(version__startswith=f"{year}.").values_list("version", flat=True)
    return f"{year}.{max((int(version.split('.')[1]) for version in taken), default=0) + 1}"


def digest() -> str:
    """SHA-256 of the canonical CSV of all live observations: the columns of the table, by series key and period."""
    table = BY_NAME["observations"]
    sha = hashlib.sha256(_csv_line(table.column_names))
    for record in table.records().order_by("series__key", "period").iterator(chunk_size=CHUNK):
        sha.update(_csv_line(list(table.cells(record).values())))
    return sha.hexdigest()


def _csv_line(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


class _Publication:
    """One run of publish, inside of its transaction."""

    def __init__(self, notes: ReleaseNotes, user: Any) -> None:
        self.at = notes.published_at or _after_the_newest(timezone.now())
        self.user = user
        self.reason = notes.reason
        self.release = Release.objects.create(
            version=notes.version or next_version(self.at.year),
            published_by=notes.published_by, reviewed_by=notes.reviewed_by, reason=notes.reason,
            notes_zh=notes.notes_zh, notes_en=notes.notes_en,
        )  # fmt: skip

    def run(self, plan: Plan, batch: ImportBatch | None = None) -> Release:
        release = self.release
        for table, rows in plan.tables:
            new = [row for row in rows if row.verdict == Verdict.NEW]
            changed = [row for row in rows if row.verdict == Verdict.CHANGED]
            if isinstance(table, ObservationTable):
                self._publish_observations(table, new, changed)
                release.observations_added = len(new) + len(changed)
                release.observations_retired = len(changed)
            else:
                self._add(table, new)
                self._change(table, changed)
                release.records_added += len(new)
                release.records_changed += len(changed)
                if changed and table.self_reference:
                    _refuse_cycles(table, table.self_reference)
            self._remember(table, [*new, *changed])
        if batch is None:
            self._record_batch(plan)
        release.observations_live = Observation.objects.live().count()
        release.digest = digest()
        release.status, release.published_at = ReleaseStatus.PUBLISHED, self.at
        release.save()
        transaction.on_commit(forget_data_version)
        return release

    def _add(self, table: Table, rows: list[Staged]) -> None:
        records = [row.record for row in rows]
        for record in records:
            record.released = self.release
        for level in _levels(table, rows):
            table.model._default_manager.bulk_create([row.record for row in level], batch_size=CHUNK)
        self._link(table, rows)

    def _change(self, table: Table, rows: list[Staged]) -> None:
        for row in rows:
            table.fill(row.record, row.values)
            if row.record.released_id is None:
                row.record.released = self.release
            row.record.save()
            for column in table.links:
                manager = getattr(row.record, getattr(column, "links", column.path))
                manager.all().delete() if hasattr(column, "links") else manager.clear()
        self._link(table, rows)

    def _link(self, table: Table, rows: list[Staged]) -> None:
        for column in table.links:
            links = [link for row in rows for link in column.links_of(row.record, row.values[column.name])]
            if links:
                type(links[0])._default_manager.bulk_create(links, batch_size=CHUNK)

    def _publish_observations(self, table: ObservationTable, new: list[Staged], changed: list[Staged]) -> None:
        Observation.objects.filter(pk__in=[row.record.pk for row in changed]).update(retired=self.release)
        rows = [*new, *changed]
        series = self._series(table, rows)
        for row in rows:
            row.record = table.observation(row.values, series[table.series_key(row.values)], self.release)
        Observation.objects.bulk_create([row.record for row in rows], batch_size=CHUNK)
        self._link(table, rows)

    def _series(self, table: ObservationTable, rows: list[Staged]) -> dict[str, Series]:
        wanted = {table.series_key(row.values): row.values for row in rows}
        known = {series.key: series for series in Series.objects.filter(key__in=wanted)}
        added = [table.series(key, values) for key, values in wanted.items() if key not in known]
        Series.objects.bulk_create(added, batch_size=CHUNK)
        return known | {series.key: series for series in added}

    def _remember(self, table: Table, rows: list[Staged]) -> None:
        Change.objects.bulk_create(
            [
                Change(
                    at=self.at, user=self.user, release=self.release, table=table.name, key=row.key,
                    action=Action.ADDED if row.verdict == Verdict.NEW else Action.CHANGED,
                    before=row.before, after=row.cells, reason=self.reason,
                )
                for row in rows
            ],
            batch_size=CHUNK,
        )  # fmt: skip

    def _record_batch(self, plan: Plan) -> None:
        batch = ImportBatch.objects.create(
            name=self.release.version, status=BatchStatus.PUBLISHED, created_at=self.at, created_by=self.user,
            note=self.reason, release=self.release,
        )  # fmt: skip
        StagedRow.objects.bulk_create(
            [
                StagedRow(
                    batch=batch, table=table.name, number=row.number, key=row.key, raw=row.raw, resolved=row.cells,
                    before=row.before, verdict=row.verdict,
                )
                for table, rows in plan.tables
                for row in rows
                if row.verdict != Verdict.UNCHANGED
            ],
            batch_size=CHUNK,
        )  # fmt: skip


def _after_the_newest(now: datetime.datetime) -> datetime.datetime:
    """The present, but never before the newest release, whatever this machine's clock says: releases stay in order."""
    newest = Release.objects.published().values_list("published_at", flat=True).first()
    return max(now, newest + datetime.timedelta(microseconds=1)) if newest else now


def _refuse_cycles(table: Table, reference: Ref) -> None:
    """Raises PlanHasErrors where a standing record has become its own ancestor."""
    parents = dict(table.model._default_manager.values_list("pk", f"{reference.path}_id"))
    for start in parents:
        seen, node = set(), start
        while node is not None:
            if node in seen:
                raise PlanHasErrors(f"{table.name}: a record is its own ancestor")
            seen.add(node)
            node = parents.get(node)


def _levels(table: Table, rows: list[Staged]) -> list[list[Staged]]:
    """The rows of a tree, parents before children, as many lists as the tree is deep."""
    reference = table.self_reference
    if reference is None:
        return [rows] if rows else []
    levels: list[list[Staged]] = []
    waiting, placed = list(rows), {id(row.record) for row in rows}
    while waiting:
        ready = [row for row in waiting if id(row.values[reference.name]) not in placed]
        if not ready:
            raise PlanHasErrors(f"{table.name}: {waiting[0].key} is its own ancestor")
        levels.append(ready)
        placed -= {id(row.record) for row in ready}
        waiting = [row for row in waiting if id(row.record) in placed]
    return levels
