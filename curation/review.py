"""From a draft to the public: each step is a function that says who may take it, from which state, and what it asks.

    preview → draft → in review → approved → published
                 ↑         ↓          ↓
                 └──── rejected ──────┘

Every step leaves a BatchStep: who, when, why. A step that is refused changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from curation import publishing, reverting, roles
from curation.comparing import is_current, newest_change, stale_rows
from curation.importing import Progress, silent
from curation.models import BatchStatus, BatchStep, ImportBatch, Step, Verdict
from curation.publishing import PlanHasErrors, ReleaseNotes
from curation.reverting import ChangedSince
from curation.staging import plan_of
from sources.bilingual import both
from sources.models import Release


class Refused(Exception):
    """A step that may not be taken: a code for programs, and why, in both languages, for people."""

    def __init__(self, code: str, message: Any) -> None:
        super().__init__(code)
        self.code, self.message = code, message


@transaction.atomic
def confirm(batch: ImportBatch, user: Any) -> None:
    """A preview becomes a draft. Raises Refused for anyone but its maker."""
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

    Raises Refused where a row is in error, nothing would change, or what stands is no longer what it was compared with.
    """
    held = own(batch, user, BatchStatus.DRAFT)
    _be_without_errors(held)
    if not held.rows.that_change().exists():
        raise Refused("changes_nothing", both("没有需要发布的变化。", "Nothing in it would change."))
    _be_current(held)
    _move(batch, held, BatchStatus.IN_REVIEW, Step.SENT, user)


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
    _needed(reason)
    accepted = held.rows.not_accepted_by(user).filter(pk__in=rows).update(accepted_by=user)
    if accepted:
        _remember(held, Step.ACCEPTED, user, f"{accepted}: {reason}")
    return accepted


@transaction.atomic
def approve(batch: ImportBatch, user: Any, reason: str = "") -> None:
    """A reviewer vouches for someone else's batch.

    Raises Refused for its own maker, where a row is in error, where this reviewer has not accepted every warning, and
    where what stands is no longer what the batch was compared with.
    """
    held = _others(batch, user, BatchStatus.IN_REVIEW)
    _be_without_errors(held)
    if open_warnings := held.rows.not_accepted_by(user).count():
        raise Refused(
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
    _needed(reason)
    held.reviewed_by = batch.reviewed_by = user
    _move(batch, held, BatchStatus.REJECTED, Step.REJECTED, user, reason)


@transaction.atomic
def publish(
    batch: ImportBatch, user: Any, reason: str, notes_zh: str = "", notes_en: str = "", progress: Progress = silent
) -> Release:
    """An approved batch becomes a release, in one transaction.

    Raises Refused where what stands is no longer what was reviewed: it is compared once more, with no other
    publication going on.
    """
    _wait_for_other_publications()
    held = hold(batch, user, roles.PUBLISH, BatchStatus.APPROVED)
    _needed(reason)
    plan = plan_of(held, progress)
    if stale_rows(held, plan):
        raise _stale()
    notes = ReleaseNotes(
        published_by=name_of(user), reviewed_by=name_of(held.reviewed_by), reason=reason,
        notes_zh=notes_zh, notes_en=notes_en,
    )  # fmt: skip
    release = publishing.publish(plan, notes, user, progress)
    if release is None:
        raise _stale()
    held.release = batch.release = release
    _move(batch, held, BatchStatus.PUBLISHED, Step.PUBLISHED, user, reason)
    return release


@transaction.atomic
def roll_back(release: Release, user: Any, reason: str, progress: Progress = silent) -> Release:
    """A publisher publishes the inverse of a release as a new one; the past itself is not touched.

    Raises Refused where what it published no longer stands as it left it, is in use, or was taken back already.
    """
    demand(user, roles.PUBLISH)
    _needed(reason)
    _wait_for_other_publications()
    try:
        inverse = reverting.roll_back(release, ReleaseNotes(published_by=name_of(user), reason=reason), user, progress)
    except ChangedSince as changed:
        named = "; ".join(f"{table} {key} ({version})" for table, key, version in changed.rows[:10])
        raise Refused(
            "changed_since", both(f"后来的发布又作了修改：{named}", f"Later releases have changed this: {named}")
        ) from changed
    except PlanHasErrors as errors:
        raise Refused(
            "in_use",
            both("其中有记录已被引用，无法撤回。", "Something that it added is in use and cannot be withdrawn."),
        ) from errors
    if inverse is None:
        raise Refused(
            "nothing_left", both("此发布的内容已全部撤销。", "All of this release has been taken back already.")
        )
    return inverse


def name_of(user: Any) -> str:
    """How a release names a person: the full name, else the name to sign in with."""
    return user.get_full_name() or user.get_username()


# What the steps ask for ------------------------------------------------------------------------------------------------


def hold(batch: ImportBatch, user: Any, permission: str, *states: BatchStatus) -> ImportBatch:
    """The batch as the store has it, held until the end of the step.

    Raises Refused where the person lacks the permission or the batch is in another state.
    """
    demand(user, permission)
    held = ImportBatch.objects.select_for_update().filter(pk=batch.pk).first()
    if held is None or held.status not in states:
        raise Refused(
            "wrong_state",
            both("批次的状态已变，请刷新页面。", "The batch is in another state by now; reload the page."),
        )
    return held


def demand(user: Any, permission: str) -> None:
    """Raises Refused where the person lacks the permission."""
    if not user.has_perm(permission):
        raise Refused("not_your_role", both("您的角色不能执行此操作。", "Your role does not include this step."))


def own(batch: ImportBatch, user: Any, *states: BatchStatus) -> ImportBatch:
    """As `hold`, for a curator whose batch it is. Raises Refused for anyone but its maker."""
    held = hold(batch, user, roles.BRING_IN, *states)
    if held.created_by_id != user.pk:
        raise Refused(
            "not_yours", both("只有创建人可以执行此操作。", "Only the person who made the batch can do this.")
        )
    return held


def _others(batch: ImportBatch, user: Any, *states: BatchStatus) -> ImportBatch:
    """As `hold`, for a reviewer of someone else's batch."""
    held = hold(batch, user, roles.REVIEW, *states)
    if held.created_by_id == user.pk:
        raise Refused("own_batch", both("不能审核自己的批次。", "You cannot review a batch of your own."))
    return held


def _needed(reason: str) -> None:
    if not reason.strip():
        raise Refused("reason_needed", both("请填写原因。", "Please give a reason."))


def _be_without_errors(batch: ImportBatch) -> None:
    if errors := batch.rows.filter(verdict=Verdict.ERROR).count():
        raise Refused("has_errors", both(f"还有 {errors} 行有错误。", f"{errors} rows are in error."))


def _be_current(batch: ImportBatch) -> None:
    if is_current(batch):
        return
    newest = newest_change()
    if stale_rows(batch, plan_of(batch)):
        raise _stale()
    batch.compared_to = newest
    batch.save(update_fields=["compared_to"])


def _stale() -> Refused:
    return Refused(
        "stale",
        both(
            "对照之后现值已变：请将批次退回草稿，重新对照后再送审。",
            "What stands has changed since this was compared: take it back to a draft, compare again, and send it anew.",
        ),
    )


def _wait_for_other_publications() -> None:
    """One publication at a time: each holds the oldest release's row until it ends. SQLite has one writer anyway."""
    Release.objects.select_for_update().order_by("pk").first()


def _move(
    batch: ImportBatch, held: ImportBatch, status: BatchStatus, step: Step, user: Any, reason: str = ""
) -> None:  # fmt: skip
    held.status = batch.status = status
    held.save()
    _remember(held, step, user, reason)


def _remember(batch: ImportBatch, step: Step, user: Any, reason: str = "") -> None:
    BatchStep.objects.create(batch=batch, step=step, at=timezone.now(), user=user, reason=reason)
