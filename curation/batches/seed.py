"""The curated tables beside a store that has a life of its own: what only the files changed since they were last brought in.

Three things are compared, row by row: what the tables said when a release last published them, what stands, and what the
files say. A row that only the files changed is brought in; one that stands otherwise than the tables last said was changed
by others: it stays, and is a conflict where the files changed it as well. A row that the files no longer have is withdrawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from curation.batches.comparison import different_cells
from curation.batches.review import submit
from curation.models import OPEN, BatchStatus, ImportBatch, Origin, StagedRow, Step
from curation.plans.imports import plan_import
from curation.plans.plan import Plan, PlannedRow
from curation.progress import Progress, silent
from curation.tables.columns import WITHDRAW
from curation.tables.curated import BY_NAME
from curation.tables.table import CuratedTable
from sources.bilingual import Text, both

Row = Mapping[str, str]
Files = Mapping[str, Sequence[Row]]
Place = tuple[str, str]  # table, key
CHUNK = 2000


@dataclass(frozen=True)
class LastPublished:
    """A row of a curated table as it was last published: as read, and as resolved (None where it was withdrawn)."""

    raw: Row
    cells: Row | None


@dataclass(frozen=True)
class Conflict:
    """A row that the files changed and others changed, too: it stays as it stands. `why` is for people."""

    table: str
    key: str
    why: Text


@dataclass
class Seeding:
    """What bringing in the curated tables would do: the plan of what only the files changed, and what stays beside it."""

    plan: Plan
    conflicts: list[Conflict] = field(default_factory=list)


def plan_seeding(files: Files, progress: Progress = silent) -> Seeding:
    """What the files changed since they were last brought in: a plan of nothing but changes, and of rows in error.

    What refers to a row that stays otherwise than the files say is a conflict as well.
    """
    last = _last_said(files)
    rows = {name: _changed(BY_NAME[name], listed, last) for name, listed in files.items()}
    conflicts: list[Conflict] = []
    while True:
        plan = plan_import({name: [row for _, row in listed] for name, listed in rows.items() if listed}, progress)
        conflicting = list(_conflicts(plan, last, dependent=bool(conflicts)))
        if not conflicting:
            break
        conflicts += [conflict for _, conflict in conflicting]
        aside = {(table.name, row.number) for (table, row), _ in conflicting}
        rows = {
            name: [row for number, row in enumerate(listed, start=2) if (name, number) not in aside]
            for name, listed in rows.items()
        }
    for table, staged in plan.tables:
        for row in staged:
            row.sheet, row.cell = table.filename, rows[table.name][row.number - 2][0]
    plan.tables = [(table, [row for row in staged if row.publishes or row.errors]) for table, staged in plan.tables]
    plan.origin = Origin.TABLES
    return Seeding(plan, conflicts)


def _last_said(files: Files) -> dict[Place, LastPublished]:
    """Every row that a release published from these curated tables, as it was published last."""
    published = StagedRow.objects.filter(batch__origin=Origin.TABLES, batch__status=BatchStatus.PUBLISHED)
    rows = published.that_change().filter(table__in=files)
    in_order = rows.order_by("batch__release_id", "pk").values_list("table", "key", "raw", "resolved")
    return {(table, key): LastPublished(raw, cells) for table, key, raw, cells in in_order.iterator(chunk_size=CHUNK)}


def _changed(table: CuratedTable, listed: Sequence[Row], last: Mapping[Place, LastPublished]) -> list[tuple[str, Row]]:
    """The rows of a file that differ from what it last said, each with its place there, and the withdrawal of those gone."""
    keys = [_key(table, row) for row in listed]
    changed = [
        (str(place), row)
        for place, (key, row) in enumerate(zip(keys, listed, strict=True), start=2)
        if (was := last.get((table.name, key))) is None or different_cells(was.raw, row)
    ]
    there = {key for (name, key), was in last.items() if name == table.name and was.cells is not None}
    for key in sorted(there.difference(keys)):
        named = last[table.name, key].raw
        changed.append(("", {name: named.get(name, "") for name in table.key} | {WITHDRAW: "true"}))
    return changed


def _key(table: CuratedTable, row: Row) -> str:
    return table.key_of({name: row.get(name, "") for name in table.key})


def _conflicts(
    plan: Plan, last: Mapping[Place, LastPublished], *, dependent: bool
) -> Iterator[tuple[tuple[CuratedTable, PlannedRow], Conflict]]:
    """The rows of a plan that others changed as well; where some were set aside (`dependent`), what refers to those, too."""
    for table, staged in plan.tables:
        keys = Counter(row.key for row in staged)
        for row in staged:
            was = last.get((table.name, row.key))
            if row.errors:
                others = (
                    bool(row.key) and keys[row.key] == 1 and (row.cells is None or bool(was and row.before is None))
                )
                why = row.errors[0] if others or (dependent and not row.key) else None
                message = both(why["zh"], why["en"]) if why else None
            else:
                message = _touched_by_others(row, was) if row.publishes else None
            if message is not None:
                yield (table, row), Conflict(table.name, row.key or _key(table, row.raw), message)


def _touched_by_others(row: PlannedRow, was: LastPublished | None) -> Text | None:
    """Why a row of the files is not brought in: what stands is not what the files last said. None where it is."""
    before, stands = (was.cells if was else None) or {}, row.before or {}
    apart = different_cells(before, stands)
    if not apart:
        return None
    if not stands:
        return both("已被他人撤回", "others have withdrawn it")
    if not before:
        return both("他人已另行录入", "others have brought it in otherwise")
    listed = "; ".join(apart)
    return both(f"他人已修改：{listed}", f"others have changed it: {listed}")


# For review --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def submit_tables(plan: Plan) -> tuple[ImportBatch, bool]:
    """The batch in which a plan of the curated tables waits for people, and whether it was made now.

    One that says the same already is not made twice, also where people rejected it; one that waits and says something else
    is outdated, and replaced. Raises what `submit` raises.
    """
    batches = ImportBatch.objects.select_for_update().filter(origin=Origin.TABLES).exclude(status=BatchStatus.PUBLISHED)
    told = {(table.name, row.key): (dict(row.raw), row.before) for table, rows in plan.tables for row in rows}
    for batch in batches.order_by("-pk"):
        rows = batch.rows.values_list("table", "key", "raw", "before")
        if {(table, key): (raw, before) for table, key, raw, before in rows} == told:
            return batch, False
    for batch in batches.filter(status__in=OPEN):
        batch.status = BatchStatus.REJECTED
        batch.save(update_fields=["status"])
        batch.remember(
            Step.REJECTED,
            None,
            str(both("整理表或现值已变，由新批次取代。", "Replaced: the tables or what stands changed.")),
        )
    return submit(plan, name=both("整理表的更新", "Changes of the curated tables")), True
