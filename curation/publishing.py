"""From a plan to a release, in one transaction: records, observations, history, digest and the new data version."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, transaction
from django.utils import timezone

from curation.bulk import analyse, insert, next_keys
from curation.columns import Ref
from curation.figures import lines
from curation.files import csv_lines
from curation.importing import Progress, silent
from curation.models import Action, BatchStatus, Change, ImportBatch, Verdict
from curation.staged import Plan, Staged
from curation.staging import write_rows
from curation.tables import BY_NAME, ObservationTable, Table
from indicators.models import Observation, Series
from sources.models import Release, ReleaseStatus
from sources.versions import forget_data_version

CHUNK = 2000
REMEMBERED = ("at", "user_id", "release_id", "table", "key", "action", "before", "after", "reason")

T = TypeVar("T")


class PlanHasErrors(Exception):
    """A plan with rows in error is not published, in whole or in part."""


class PlanIsStale(Exception):
    """A plan is not published after something else was: compare it anew, and look at it again."""


class ReasonMissing(Exception):
    """What is public is not corrected or withdrawn without a reason, which the release says."""


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


def publish(plan: Plan, notes: ReleaseNotes, user: Any = None, progress: Progress = silent) -> Release | None:
    """Make the plan's new, changed and withdrawn rows public as one release; None where there are none.

    All or nothing: at any instant the public sees the release before or this one. The batch that the plan was staged as
    becomes the release's, else one is made of the rows that it publishes.
    Raises PlanHasErrors where a row of the plan is in error, PlanIsStale where something else was published since the
    plan was made or its batch was staged, and ReasonMissing where it corrects what is public and no reason is given.
    """
    if plan.count(Verdict.ERROR):
        raise PlanHasErrors
    if plan.stale:
        raise PlanIsStale
    if plan.changes_nothing:
        return None
    if plan.corrects and not notes.reason:
        raise ReasonMissing
    with transaction.atomic():
        _take_the_time_it_takes()
        _refuse_stale(plan)
        return _Publication(notes, user, progress).run(plan)


def _refuse_stale(plan: Plan) -> None:
    """Let no other publication in until this one ends, and refuse a plan that was made before the newest one."""
    list(Release.objects.published()[:1].select_for_update())
    newest = Release.objects.published().first()
    if (newest.pk if newest else None) != plan.base:
        raise PlanIsStale


def _take_the_time_it_takes() -> None:
    """A publication is not a question: what bounds those (config/wsgi.py) does not bound its statements."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")


def next_version(year: int) -> str:
    """The next free version of a year: 2026.1, 2026.2 …"""
    taken = Release.objects.filter(version__startswith=f"{year}.").values_list("version", flat=True)
    return f"{year}.{max((int(version.split('.')[1]) for version in taken), default=0) + 1}"


def digest(release: Release | None = None) -> str:
    """SHA-256 of the canonical CSV of all observations that stand, or stood as of a release.

    The columns are those of the table, the rows in the order of series key and period.
    """
    rows = Observation.objects.as_of(release) if release else Observation.objects.live()
    sha = hashlib.sha256(csv_lines([BY_NAME["observations"].column_names]))
    stated = (cells.row for _, cells in lines(rows, "series__key", "period"))
    while chunk := list(islice(stated, CHUNK)):
        sha.update(csv_lines(chunk))
    return sha.hexdigest()


class _Publication:
    """One run of publish, inside of its transaction."""

    def __init__(self, notes: ReleaseNotes, user: Any, progress: Progress) -> None:
        self.at = _after_the_newest(notes.published_at or timezone.now())
        self.user = user
        self.reason = notes.reason
        self.progress = progress
        self.release = Release.objects.create(
            version=notes.version or next_version(self.at.year),
            published_by=notes.published_by, reviewed_by=notes.reviewed_by, reason=notes.reason,
            notes_zh=notes.notes_zh, notes_en=notes.notes_en,
        )  # fmt: skip

    def run(self, plan: Plan) -> Release:
        release = self.release
        for table, rows in plan.tables:
            new, changed, withdrawn = (
                [row for row in rows if row.verdict == verdict]
                for verdict in (Verdict.NEW, Verdict.CHANGED, Verdict.WITHDRAWN)
            )
            if isinstance(table, ObservationTable):
                self._retire([*changed, *withdrawn])
                self._add_observations(table, [*new, *changed])
                self._refresh_extents(table, [*new, *changed, *withdrawn])
                release.observations_added = len(new) + len(changed)
                release.observations_retired = len(changed) + len(withdrawn)
            else:
                self._add(table, [row for row in new if row.record.pk is None])
                self._change(table, [*changed, *(row for row in new if row.record.pk is not None)])
                self._withdraw(table, withdrawn)
                release.records_added += len(new) + sum(row.draft for row in changed)
                release.records_changed += sum(not row.draft for row in changed)
                release.records_withdrawn += len(withdrawn)
                if changed and table.self_reference:
                    _refuse_cycles(table, table.self_reference)
            self._remember(table, [*new, *changed, *withdrawn])
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
            row.record.withdrawn = None
            if row.record.released_id is None:
                row.record.released = self.release
            row.record.save()
            for column in table.links:
                manager = getattr(row.record, getattr(column, "links", column.path))
                manager.all().delete() if hasattr(column, "links") else manager.clear()
        self._link(table, rows)

    def _withdraw(self, table: Table, rows: list[Staged]) -> None:
        keys = [row.record.pk for row in rows]
        table.model._default_manager.filter(pk__in=keys).update(withdrawn=self.release)

    def _link(self, table: Table, rows: list[Staged]) -> None:
        for column in table.links:
            links = [link for row in rows for link in column.links_of(row.record, row.values[column.name])]
            if links:
                type(links[0])._default_manager.bulk_create(links, batch_size=CHUNK)

    def _retire(self, rows: list[Staged]) -> None:
        for chunk in _chunks(rows):
            Observation.objects.filter(pk__in=[row.stands for row in chunk]).update(retired=self.release)

    def _add_observations(self, table: ObservationTable, rows: list[Staged]) -> None:
        series = self._series(table, rows)
        for chunk in self.progress(_chunks(rows), "publishing"):
            keys = next_keys(Observation, len(chunk))
            stated = (
                (key, *table.observation(row.values, series[table.series_key(row.shown)], self.release))
                for key, row in zip(keys, chunk, strict=True)
            )
            insert(Observation, ("id", *table.STORED), stated)
            phrases = (
                (key, citation.pk)
                for key, row in zip(keys, chunk, strict=True)
                for citation in dict.fromkeys(row.values["citations"])
            )
            insert(Observation.citations.through, ("observation_id", "citation_id"), phrases)
        if len(rows) > CHUNK:
            analyse(Observation, Observation.citations.through, Series)

    def _refresh_extents(self, table: ObservationTable, rows: list[Staged]) -> None:
        """Bring what is kept of each series in line with the values that it has now."""
        for keys in _chunks(sorted({table.series_key(row.shown) for row in rows})):
            Series.objects.filter(key__in=keys).refresh_extent()

    def _series(self, table: ObservationTable, rows: list[Staged]) -> dict[str, Series]:
        wanted = {table.series_key(row.shown): row.values for row in rows}
        known = {}
        for keys in _chunks(list(wanted)):
            known |= {series.key: series for series in Series.objects.filter(key__in=keys)}
        added = [table.series(key, values) for key, values in wanted.items() if key not in known]
        Series.objects.bulk_create(added, batch_size=CHUNK)
        return known | {series.key: series for series in added}

    def _remember(self, table: Table, rows: list[Staged]) -> None:
        actions = {Verdict.NEW: Action.ADDED, Verdict.CHANGED: Action.CHANGED, Verdict.WITHDRAWN: Action.WITHDRAWN}
        for chunk in self.progress(_chunks(rows), f"history of {table.name}"):
            user = self.user.pk if self.user else None
            changes = (
                (
                    self.at, user, self.release.pk, table.name, row.key,
                    (Action.ADDED if row.draft else actions[row.verdict]).value,
                    None if row.draft else row.before, row.cells, self.reason,
                )
                for row in chunk
            )  # fmt: skip
            insert(Change, REMEMBERED, changes)

    def _record_batch(self, plan: Plan) -> None:
        batch = plan.batch
        if batch is None:
            batch = ImportBatch.objects.create(
                name=self.release.version, created_at=self.at, created_by=self.user, note=self.reason
            )
            for table, rows in plan.tables:
                write_rows(batch, table.name, [row for row in rows if row.publishes], self.progress)
        batch.status, batch.release = BatchStatus.PUBLISHED, self.release
        batch.save(update_fields=["status", "release"])


def _chunks(items: list[T]) -> list[list[T]]:
    return [items[first : first + CHUNK] for first in range(0, len(items), CHUNK)]


def _after_the_newest(moment: datetime.datetime) -> datetime.datetime:
    """The moment, but always after the newest release, whatever the clock or the notes say: releases stay in order."""
    newest = Release.objects.published().values_list("published_at", flat=True).first()
    return max(moment, newest + datetime.timedelta(microseconds=1)) if newest else moment


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
