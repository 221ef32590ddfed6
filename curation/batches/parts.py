"""What came into a batch together belongs together: batches are joined, and what does not belong is divided from the rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max
from django.utils import timezone

from curation import roles
from curation.batches.comparison import keep
from curation.batches.review import hold, own
from curation.models import UNDER_WAY, BatchStatus, BatchStep, ImportBatch, Origin, StagedRow, Step, Verdict
from curation.plans.store import plan_of
from curation.progress import Progress, silent
from curation.refusals import StepRefused, demand_reason
from sources.bilingual import Text, both

NAMED = 5  # of the rows that would be left without what they refer to


@dataclass(frozen=True)
class BatchPart:
    """What came into a batch with one step (None for what it was begun with), and how many rows that is by verdict."""

    step: BatchStep | None
    counts: dict[str, int]

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    @property
    def verdicts(self) -> list[tuple[str, Text, int]]:
        """For each verdict that rows of the part have: its code, its name and how many rows have it."""
        return [(name, Verdict(name).label, count) for name, count in self.counts.items()]


def parts_of(batch: ImportBatch) -> list[BatchPart]:
    """The parts of a batch in the order in which they came; two queries."""
    counted: dict[int | None, dict[str, int]] = {}
    grouped = batch.rows.order_by().values_list("came_with", "verdict").annotate(Count("pk"))
    for step, verdict, count in sorted(grouped, key=lambda row: (row[0] or 0, Verdict.values.index(row[1]))):
        counted.setdefault(step, {})[verdict] = count
    steps = batch.steps.select_related("user").in_bulk([step for step in counted if step])
    return [BatchPart(steps.get(step or 0), counts) for step, counts in counted.items()]


def move(batch: ImportBatch, into: ImportBatch, step: BatchStep | None, rows: Collection[int] | None = None) -> None:
    """Staged rows (those with these primary keys, or all) go into another batch, in the place of rows there with the same key."""
    moved = batch.rows.all() if rows is None else batch.rows.filter(pk__in=rows)
    for table in sorted(set(moved.order_by().values_list("table", flat=True).distinct())):
        of_table = moved.filter(table=table)
        there = into.rows.filter(table=table)
        there.filter(key__in=of_table.exclude(key="").values("key")).delete()
        last = there.aggregate(last=Max("number"))["last"] or 0
        of_table.update(batch=into, number=F("number") + last, came_with=step)


@transaction.atomic
def join(batch: ImportBatch, user: Any, into: ImportBatch, progress: Progress = silent) -> ImportBatch:
    """All rows of a preview or draft go into another draft of the same person, where they are told apart as a part.

    What either refers to in the other is found from then on. Raises StepRefused for anyone but the maker of both, and for a
    roll-back, which is the inverse of its release or nothing.
    """
    if batch.pk == into.pk:
        raise StepRefused("itself", both("批次不能并入自身。", "A batch cannot be added to itself."))
    held, target = own(batch, user, *UNDER_WAY), own(into, user, BatchStatus.DRAFT)
    _be_divisible(held)
    _be_divisible(target)
    step = target.remember(Step.ADDED, user, str(held), rewritten=True)
    move(held, target, step)
    held.delete()
    keep(target, plan_of(target, progress))
    return target


@transaction.atomic
def divide(batch: ImportBatch, user: Any, rows: Collection[int], reason: str = "") -> ImportBatch:
    """These rows (primary keys) become a batch of their own, and the rest is compared anew.

    The maker of a draft gets them as another draft; a reviewer sends them back to the maker, with a reason, and the rest waits
    for review. Raises StepRefused where the rest refers to them, where they are none or all, and for whoever may do neither.
    """
    reviewing = batch.created_by_id != user.pk
    held = hold(batch, user, roles.REVIEW, BatchStatus.IN_REVIEW) if reviewing else own(batch, user, BatchStatus.DRAFT)
    _be_divisible(held)
    if reviewing:
        demand_reason(reason)
    count = held.rows.filter(pk__in=rows).count()
    if count in (0, held.rows.count()):
        message = both("请选择其中一部分行。", "Choose some of the rows, neither none nor all.")
        raise StepRefused("some_rows", message)
    apart = ImportBatch.objects.create(
        name=held.name, name_en=held.name_en, origin=held.origin, edits=held.edits,
        created_at=timezone.now(), created_by=held.created_by, reviewed_by=user if reviewing else None,
        status=BatchStatus.REJECTED if reviewing else BatchStatus.DRAFT,
    )  # fmt: skip
    move(held, apart, None, rows)
    in_error = held.rows.filter(verdict=Verdict.ERROR).count()
    keep(held, plan_of(held))
    wanting = held.rows.filter(verdict=Verdict.ERROR)
    if wanting.count() > in_error:
        raise _needed(list(wanting[:NAMED]))
    keep(apart, plan_of(apart))
    apart.remember(Step.REJECTED if reviewing else Step.DIVIDED, user, reason)
    held.remember(Step.DIVIDED, user, f"{count}: {reason}" if reason else str(count), rewritten=True)
    batch.revision = held.revision
    return apart


def _needed(rows: list[StagedRow]) -> StepRefused:
    zh, en = (
        "; ".join(f"{row.sheet} {row.cell} {row.errors[0][name]}".strip() for row in rows) for name in ("zh", "en")
    )
    return StepRefused(
        "needed", both(f"其余的行要用到所选的行：{zh}", f"The rest refers to the rows that were chosen: {en}")
    )


def _be_divisible(batch: ImportBatch) -> None:
    """Raises StepRefused for what is nobody's to change: a roll-back, and the batch of the curated tables or of a command."""
    if batch.created_by_id is None or batch.origin == Origin.ROLL_BACK:
        raise StepRefused(
            "not_mendable", both("此批次的行不可增减。", "Nothing is added to this batch, nor taken out of it.")
        )


def drafts_of(user: Any) -> list[ImportBatch]:
    """The drafts that this person may add to, the newest first."""
    drafts = ImportBatch.objects.filter(created_by=user, status=BatchStatus.DRAFT)
    return [batch for batch in drafts.order_by("-pk") if batch.is_mendable]
