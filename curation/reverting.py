"""The inverse of a release, to be published as a new one: nothing of the past is taken back, the past is said again."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from curation.figures import CHUNK
from curation.importing import Progress, plan_import, silent
from curation.models import Action, Change
from curation.publishing import ReleaseNotes, publish
from curation.staged import Plan
from curation.tables import BY_NAME
from sources.models import Release

Row = dict[str, str]
NAMED = 100  # of the rows in the way


class ChangedSince(Exception):
    """Rows no longer stand as the release left them: (table, key, version that changed it last) of each."""

    def __init__(self, rows: list[tuple[str, str, str]]) -> None:
        super().__init__(rows)
        self.rows = rows


def plan_inverse(release: Release, progress: Progress = silent) -> Plan:
    """What brings back the values of before: what the release added is withdrawn, what it withdrew stands again.

    Raises ChangedSince where something of it no longer stands as the release left it.
    """
    files: dict[str, list[Row]] = defaultdict(list)
    left: dict[tuple[str, str], Row | None] = {}
    changes: Any = release.changes.order_by("id").values_list("table", "key", "action", "before", "after")
    for table, key, action, before, after in changes.iterator(chunk_size=CHUNK):
        left[table, key] = after
        if action == Action.ADDED:
            files[table].append({**{name: after[name] for name in BY_NAME[table].key}, "withdraw": "true"})
        else:
            files[table].append({**before, "withdraw": "false"})
    plan = plan_import(files, progress)
    other = [
        (table.name, row.key)
        for table, rows in plan.tables
        for row in rows
        if row.publishes and row.before != left[table.name, row.key]
    ]
    if other:
        raise ChangedSince([(table, key, _newest_change(table, key)) for table, key in other[:NAMED]])
    return plan


def roll_back(release: Release, notes: ReleaseNotes, user: Any = None, progress: Progress = silent) -> Release | None:
    """Publish the inverse of a release; None where all of it has been taken back already.

    Raises ChangedSince, and what `publish` raises: PlanHasErrors where something that the release added is in use.
    """
    return publish(plan_inverse(release, progress), notes, user, progress)


def _newest_change(table: str, key: str) -> str:
    changes = Change.objects.filter(table=table, key=key, release__isnull=False).order_by("-id")
    return changes.values_list("release__version", flat=True)[0]
