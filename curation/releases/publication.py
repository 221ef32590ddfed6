"""From a plan to a release, in one transaction: records, observations, history, digest and the new data version."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from curation.bulk import insert
from curation.models import Action, BatchStatus, Change, Verdict
from curation.plans.plan import Plan, PlannedRow
from curation.plans.store import stage
from curation.progress import Progress, silent
from curation.refusals import PlanHasErrors, PlanIsStale, ReasonMissing, bound_notes, bound_reason
from curation.releases.digests import brought_forward
from curation.releases.packages import keep_description
from curation.releases.writing import WRITERS, RecordWriter, chunks
from curation.tables.table import CuratedTable
from indicators.models import Series
from sources.models import Release, ReleaseStatus
from sources.stores import store
from sources.text import LINE, PROSE
from sources.versions import forget_data_version

LOCK = 0x484E4F54  # the number of the lock, of this service alone in its database
REMEMBERED = ("at", "user_id", "release_id", "table", "key", "action", "before", "after", "reason")


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
    plan was made or its batch was staged, ReasonMissing where it corrects what is public and no reason is given, and
    TextTooLong where the reason or a note is longer than a release keeps.
    """
    if errors := plan.count(Verdict.ERROR):
        raise PlanHasErrors(errors)
    if plan.stale:
        raise PlanIsStale
    if plan.changes_nothing:
        return None
    if plan.corrects and not notes.reason:
        raise ReasonMissing
    bound_reason(notes.reason)
    bound_notes(notes.notes_zh, notes.notes_en)
    with transaction.atomic():
        one_at_a_time()
        newest = Release.objects.published().first()
        if (newest.pk if newest else None) != plan.base:
            raise PlanIsStale
        return _Publication(notes, user, progress).run(plan)


def one_at_a_time() -> None:
    """Take the one lock of publications, and hold it until the transaction ends: no other publishes meanwhile.

    What bounds the statements of questions (config/tuning.py) does not bound a publication's. On SQLite the transaction
    itself is the lock: it has one writer.
    """
    with connection.cursor() as cursor:
        store().unbound(cursor)
        store().lock(cursor, LOCK)


def next_version(year: int) -> str:
    """The next free version of a year: 2026-R1, 2026-R2 … Earlier releases were called 2026.1; the count goes on from them.

    A version is never a text that a data frame or a spreadsheet reads as a number or a date: 2026.10 would become 2026.1.
    """
    taken = Release.objects.filter(version__startswith=str(year)).values_list("version", flat=True)
    numbers = (re.fullmatch(rf"{year}(?:-R|\.)([0-9]+)", version, re.ASCII) for version in taken)
    return f"{year}-R{max((int(number[1]) for number in numbers if number), default=0) + 1}"


class _Publication:
    """One run of publish, inside of its transaction."""

    def __init__(self, notes: ReleaseNotes, user: Any, progress: Progress) -> None:
        self.at = _after_the_newest(notes.published_at or timezone.now())
        self.user = user
        self.reason = LINE.mended(notes.reason)
        self.progress = progress
        self.release = Release.objects.create(
            version=notes.version or next_version(self.at.year),
            published_by=LINE.mended(notes.published_by), reviewed_by=LINE.mended(notes.reviewed_by),
            reason=self.reason, notes_zh=PROSE.mended(notes.notes_zh), notes_en=PROSE.mended(notes.notes_en),
        )  # fmt: skip

    def run(self, plan: Plan) -> Release:
        release = self.release
        for table, rows in plan.tables:
            new, changed, withdrawn = (
                [row for row in rows if row.verdict == verdict]
                for verdict in (Verdict.NEW, Verdict.CHANGED, Verdict.WITHDRAWN)
            )
            writer = WRITERS.get(type(table), RecordWriter)
            writer(table, release, self.progress).write(new, changed, withdrawn)
            self._remember(table, [*new, *changed, *withdrawn])
        self._record_batch(plan)
        release.observations_live = Series.objects.observation_total()
        release.digest, release.package = brought_forward(self.progress), keep_description()
        release.status, release.published_at = ReleaseStatus.PUBLISHED, self.at
        release.save()
        transaction.on_commit(forget_data_version)
        return release

    def _remember(self, table: CuratedTable, rows: list[PlannedRow]) -> None:
        actions = {Verdict.NEW: Action.ADDED, Verdict.CHANGED: Action.CHANGED, Verdict.WITHDRAWN: Action.WITHDRAWN}
        for chunk in self.progress(chunks(rows), f"history of {table.name}"):
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
            tables = [(table, [row for row in rows if row.publishes]) for table, rows in plan.tables]
            batch = stage(
                replace(plan, tables=tables), name=self.release.version, user=self.user, note=self.reason,
                progress=self.progress,
            )  # fmt: skip
        batch.status, batch.release = BatchStatus.PUBLISHED, self.release
        batch.save(update_fields=["status", "release"])


def _after_the_newest(moment: datetime.datetime) -> datetime.datetime:
    """The moment, but always after the newest release, whatever the clock or the notes say: releases stay in order."""
    newest = Release.objects.published().values_list("published_at", flat=True).first()
    return max(moment, newest + datetime.timedelta(microseconds=1)) if newest else moment
