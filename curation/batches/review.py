"""From a draft to the public: each step is a function that says who may take it, from which state, and what it asks.

    preview → draft → in review → approved → published
                 ↑         ↓          ↓
                 └──── rejected ──────┘

Every step leaves a BatchStep: who, when, why. Every step is of the batch as its caller saw it (`batch.revision`): where its
rows were written anew since, the step is refused, with what changed. A step that is refused changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from curation import roles
from curation.batches.comparison import is_current, stale_rows
from curation.batches.mail import tell_reviewers
from curation.batches.roll_back import name_of_inverse, notes_of_inverse, plan_inverse, refuse_inverse
from curation.models import LONGEST_REASON, BatchStatus, BatchStep, ImportBatch, Origin, Step, Verdict, shortened
from curation.plans.plan import Plan
from curation.plans.store import plan_of, stage
from curation.progress import Progress, silent
from curation.refusals import (
    ChangesNothing,
    PlanHasErrors,
    PlanIsStale,
    StepRefused,
    TextTooLong,
    bound_reason,
    demand_reason,
)
from curation.releases import publication
from curation.releases.publication import ReleaseNotes
from sources.bilingual import Said, Text, both, in_both
from sources.models import Release

LONGEST_NAME = 150  # of a person, as a release keeps it


@transaction.atomic
def confirm(batch: ImportBatch, user: Any) -> None:
    """A preview becomes a draft. Raises StepRefused for anyone but its maker."""
    held = own(batch, user, BatchStatus.PREVIEW)
    _move(batch, held, BatchStatus.DRAFT, Step.CONFIRMED, user)


@transaction.atomic
def discard(batch: ImportBatch, user: Any) -> None:
    """A preview, a draft or a rejected batch is deleted with its rows; nothing of it was ever public."""
    held = own(batch, user, BatchStatus.PREVIEW, BatchStatus.DRAFT, BatchStatus.REJECTED)
    held.delete()


@transaction.atomic
def send_to_review(batch: ImportBatch, user: Any) -> None:
    """A draft without errors goes to the reviewers.

    Raises StepRefused where a row is in error, nothing would change, or what stands is no longer what it was compared with.
    """
    held = own(batch, user, BatchStatus.DRAFT)
    _be_without_errors(held)
    if not held.rows.that_change().exists():
        raise ChangesNothing
    _be_current(held)
    _move(batch, held, BatchStatus.IN_REVIEW, Step.SENT, user)
    tell_reviewers(held)


@transaction.atomic
def submit(plan: Plan, *, name: Said, user: Any = None, note: str = "", progress: Progress = silent) -> ImportBatch:
    """A plan made just now goes to the reviewers as it is: what a command brings in, or a roll-back.

    Raises PlanHasErrors where a row is in error, ChangesNothing where there is nothing to publish.
    """
    if errors := plan.count(Verdict.ERROR):
        raise PlanHasErrors(errors)
    if plan.changes_nothing:
        raise ChangesNothing
    batch = stage(plan, name=name, user=user, status=BatchStatus.IN_REVIEW, note=note, progress=progress)
    batch.remember(Step.SENT, user, note)
    tell_reviewers(batch)
    return batch


@transaction.atomic
def take_back(batch: ImportBatch, user: Any) -> None:
    """Its maker takes a batch out of review, to change it."""
    held = own(batch, user, BatchStatus.IN_REVIEW, BatchStatus.APPROVED)
    held.reviewed_by = batch.reviewed_by = None
    _move(batch, held, BatchStatus.DRAFT, Step.TAKEN_BACK, user)


@transaction.atomic
def reopen(batch: ImportBatch, user: Any) -> None:
    """A rejected batch becomes its maker's draft again."""
    held = own(batch, user, BatchStatus.REJECTED)
    held.reviewed_by = batch.reviewed_by = None
    _move(batch, held, BatchStatus.DRAFT, Step.REOPENED, user)


@transaction.atomic
def accept_warnings(batch: ImportBatch, user: Any, rows: Iterable[int], reason: str) -> int:
    """The reviewer takes these rows (primary keys) as they are, warnings and all, and says why. How many were accepted."""
    held = _others(batch, user, BatchStatus.IN_REVIEW)
    demand_reason(reason)
    accepted = held.rows.not_accepted_by(user).filter(pk__in=rows).update(accepted_by=user)
    if accepted:
        held.remember(Step.ACCEPTED, user, f"{accepted}: {reason}")
    return accepted


@transaction.atomic
def approve(batch: ImportBatch, user: Any, reason: str = "") -> None:
    """A reviewer vouches for someone else's batch.

    Raises StepRefused for its own maker, where a row is in error, where this reviewer has not accepted every warning, and
    where what stands is no longer what the batch was compared with.
    """
    held = _others(batch, user, BatchStatus.IN_REVIEW)
    bound_reason(reason)
    _be_without_errors(held)
    if open_warnings := held.rows.not_accepted_by(user).count():
        raise StepRefused(
            "warnings_open",
            both(
                f"还有 {open_warnings} 行的警告未接受。", f"The warnings of {open_warnings} rows are not accepted yet."
            ),
        )
    _be_current(held)
    held.reviewed_by = batch.reviewed_by = user
    _move(batch, held, BatchStatus.APPROVED, Step.APPROVED, user, reason)


@transaction.atomic
def reject(batch: ImportBatch, user: Any, reason: str) -> None:
    """A reviewer sends someone else's batch back, with a reason; also one that was approved but not yet published."""
    held = _others(batch, user, BatchStatus.IN_REVIEW, BatchStatus.APPROVED)
    demand_reason(reason)
    held.reviewed_by = batch.reviewed_by = user
    _move(batch, held, BatchStatus.REJECTED, Step.REJECTED, user, reason)


@transaction.atomic
def publish(
    batch: ImportBatch, user: Any, reason: str, notes_zh: str = "", notes_en: str = "", progress: Progress = silent
) -> Release:
    """An approved batch becomes a release, in one transaction.

    Raises StepRefused where what stands is no longer what was reviewed: it is compared once more, with no other
    publication going on. A batch without a maker is published by another person than the one who approved it.
    """
    publication.one_at_a_time()
    held = hold(batch, user, roles.PUBLISH, BatchStatus.APPROVED)
    demand_reason(reason)
    if not may_publish(held, user):
        raise StepRefused(
            "second_person",
            both(
                "此批次没有录入人，须由审核人以外的人发布。",
                "Nobody made this batch: someone else than its reviewer has to publish it.",
            ),
        )
    plan = plan_of(held, progress)
    if stale_rows(held, plan):
        raise PlanIsStale
    release = publication.publish(plan, _notes(held, user, reason, notes_zh, notes_en), user, progress)
    if release is None:
        raise ChangesNothing
    held.release = batch.release = release
    _move(batch, held, BatchStatus.PUBLISHED, Step.PUBLISHED, user, reason)
    return release


def may_publish(batch: ImportBatch, user: Any) -> bool:
    """Whether two people will have seen the batch, whoever made it, if this one publishes it."""
    return batch.created_by_id is not None or batch.reviewed_by_id != user.pk


def _notes(batch: ImportBatch, user: Any, reason: str, notes_zh: str, notes_en: str) -> ReleaseNotes:
    """What the release of a batch says of itself; that of a roll-back says what it takes back, where nobody says more."""
    if batch.takes_back and not (notes_zh or notes_en):
        notes_zh, notes_en = notes_of_inverse(batch.takes_back)
    return ReleaseNotes(
        published_by=name_of(user), reviewed_by=name_of(batch.reviewed_by), reason=reason, notes_zh=notes_zh,
        notes_en=notes_en,
    )  # fmt: skip


@transaction.atomic
def roll_back(release: Release, user: Any, reason: str, progress: Progress = silent) -> ImportBatch:
    """A publisher asks for a release to be taken back: its inverse goes to the reviewers, as a batch of the publisher's.

    Raises StepRefused where what the release published no longer stands as it left it, is in use, was taken back already, or
    waits to be.
    """
    demand(user, roles.PUBLISH)
    demand_reason(reason)
    plan = plan_inverse(release, progress)
    refuse_inverse(plan)
    return submit(plan, name=name_of_inverse(release), user=user, note=reason, progress=progress)


def name_of(user: Any) -> str:
    """How a release names a person: the full name, else the name to sign in with."""
    return shortened(user.get_full_name() or user.get_username(), LONGEST_NAME)


@transaction.atomic
def leave_note(batch: ImportBatch, user: Any, text: str) -> None:
    """Someone of the workflow leaves a note on a batch for the others; it changes nothing else.

    Raises StepRefused where there is none, or it is too long, and for who takes no part in the workflow.
    """
    if not any(map(user.has_perm, (roles.BRING_IN, roles.REVIEW, roles.PUBLISH))):
        demand(user, roles.BRING_IN)
    if not text.strip():
        raise StepRefused("no_note", both("请写下留言。", "Write a note first."))
    if len(text) > LONGEST_REASON:
        raise TextTooLong("留言", "The note", len(text), LONGEST_REASON)
    ImportBatch.objects.get(pk=batch.pk).remember(Step.NOTED, user, text)


# What the steps ask for ------------------------------------------------------------------------------------------------


def hold(batch: ImportBatch, user: Any, permission: str, *states: BatchStatus) -> ImportBatch:
    """The batch as the store has it, held until the end of the step.

    Raises StepRefused where the person lacks the permission, the batch is in another state, or its rows are no longer those
    that the caller's `batch` is of.
    """
    demand(user, permission)
    held = ImportBatch.objects.select_for_update().filter(pk=batch.pk).first()
    if held is None or held.status not in states:
        raise StepRefused(
            "wrong_state",
            both("批次的状态已变，请刷新页面。", "The batch is in another state by now; reload the page."),
        )
    if held.revision != batch.revision:
        raise _changed(held, batch.revision)
    return held


def _changed(batch: ImportBatch, revision: int) -> StepRefused:
    """The refusal of a step on a batch that was seen at another revision, with what was changed since."""
    told = [in_both(_told(step)) for step in batch.steps.since(revision).select_related("user")]
    zh, en = "；".join(zh for zh, _ in told), "; ".join(en for _, en in told)
    return StepRefused(
        "changed",
        both(
            f"您查看之后批次已改，此步未执行，请重新查看。{zh}",
            f"The batch was changed after you saw it, so nothing was done: look at it again. {en}",
        ),
    )


def _told(step: BatchStep) -> Text:
    zh, en = in_both(Step(step.step).label)
    who = step.user or ""
    return both(f"{who} {zh}：{step.reason}", f"{who} {en}: {step.reason}")


def demand(user: Any, permission: str) -> None:
    """Raises StepRefused where the person lacks the permission."""
    if not user.has_perm(permission):
        raise StepRefused("not_your_role", both("您的角色不能执行此操作。", "Your role does not include this step."))


def own(batch: ImportBatch, user: Any, *states: BatchStatus) -> ImportBatch:
    """The batch, locked as by `hold`, for a step that only its maker may take. Raises StepRefused for anyone else, and as `hold` does."""
    held = hold(batch, user, makers_role(batch), *states)
    if held.created_by_id != user.pk:
        raise StepRefused(
            "not_yours", both("只有创建人可以执行此操作。", "Only the person who made the batch can do this.")
        )
    return held


def makers_role(batch: ImportBatch) -> str:
    """The permission that its maker needs: a roll-back is a publisher's, all else a curator's."""
    return roles.PUBLISH if batch.origin == Origin.ROLL_BACK else roles.BRING_IN


def _others(batch: ImportBatch, user: Any, *states: BatchStatus) -> ImportBatch:
    """The batch, locked as by `hold`, for a step that a reviewer takes who did not make it. Raises StepRefused as `hold` does."""
    held = hold(batch, user, roles.REVIEW, *states)
    if held.created_by_id == user.pk:
        raise StepRefused("own_batch", both("不能审核自己的批次。", "You cannot review a batch of your own."))
    return held


def _be_without_errors(batch: ImportBatch) -> None:
    if errors := batch.rows.filter(verdict=Verdict.ERROR).count():
        raise PlanHasErrors(errors)


def _be_current(batch: ImportBatch) -> None:
    if is_current(batch):
        return
    plan = plan_of(batch)
    if stale_rows(batch, plan):
        raise PlanIsStale
    batch.compared_to = plan.compared_to
    batch.save(update_fields=["compared_to"])


def _move(
    batch: ImportBatch, held: ImportBatch, status: BatchStatus, step: Step, user: Any, reason: str = ""
) -> None:  # fmt: skip
    held.status = batch.status = status
    held.save()
    held.remember(step, user, reason)
