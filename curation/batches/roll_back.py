"""The inverse of a release: the plan of another release that publishes the earlier values anew. No row that exists is changed."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from curation.models import OPEN, Action, Change, ImportBatch, Origin, Verdict
from curation.plans.imports import plan_import
from curation.plans.plan import Plan
from curation.progress import Progress, silent
from curation.refusals import ChangedSince, StepRefused
from curation.tables.curated import BY_NAME
from curation.tables.observations import CHUNK
from sources.bilingual import Text, both
from sources.models import Release

Row = dict[str, str]
NAMED = 100  # of the rows that were changed since
LISTED = 5  # of the rows that are in use


def plan_inverse(release: Release, progress: Progress = silent) -> Plan:
    """The plan that withdraws what a release added, and states what it changed or withdrew as it was before.

    Raises ChangedSince where something of it no longer stands as the release left it.
    """
    files: dict[str, list[Row]] = defaultdict(list)
    as_left: dict[tuple[str, str], Row | None] = {}
    changes: Any = release.changes.order_by("id").values_list("table", "key", "action", "before", "after")
    for table, key, action, before, after in changes.iterator(chunk_size=CHUNK):
        as_left[table, key] = after
        if action == Action.ADDED:
            files[table].append({**{name: after[name] for name in BY_NAME[table].key}, "withdraw": "true"})
        else:
            files[table].append({**before, "withdraw": "false"})
    plan = plan_import(files, progress)
    plan.origin, plan.takes_back = Origin.ROLL_BACK, release
    changed_since = [
        (table.name, row.key)
        for table, rows in plan.tables
        for row in rows
        if row.publishes and row.before != as_left[table.name, row.key]
    ]
    if changed_since:
        raise ChangedSince([(table, key, _newest_change(table, key)) for table, key in changed_since[:NAMED]])
    return plan


def refuse_inverse(plan: Plan) -> None:
    """Raises StepRefused where the inverse of a release cannot be published, has been, or waits for people already."""
    release = plan.takes_back
    if waiting := ImportBatch.objects.filter(takes_back=release, status__in=OPEN).first():
        raise StepRefused(
            "waits",
            both(
                f"撤销 {release} 的批次“{waiting}”已在{waiting.get_status_display()}。",
                f"The batch “{waiting}”, which takes {release} back, is {waiting.get_status_display()} already.",
            ),
        )
    if errors := plan.rows(Verdict.ERROR):
        zh, en = ("; ".join(f"{table.name} {row.key}: {row.errors[0][name]}" for table, row in errors[:LISTED])
                  for name in ("zh", "en"))  # fmt: skip
        raise StepRefused("in_use", both(f"无法整体撤销：{zh}", f"It cannot be taken back as a whole: {en}"))
    if plan.changes_nothing:
        message = both("此发布的内容已全部撤销。", "All of this release has been taken back already.")
        raise StepRefused("nothing_left", message)


def name_of_inverse(release: Release) -> Text:
    """What a batch that takes a release back is called."""
    return both(f"撤销发布 {release}", f"Roll back release {release}")


def notes_of_inverse(release: Release) -> tuple[str, str]:
    """The notes of a release that takes back another, in Chinese and in English."""
    return f"撤销版本 {release.version}。", f"Rolls back {release.version}."


def _newest_change(table: str, key: str) -> str:
    changes = Change.objects.filter(table=table, key=key, release__isnull=False).order_by("-id")
    return changes.values_list("release__version", flat=True)[0]
