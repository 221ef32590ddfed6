"""The steps of a batch as buttons: what each is called, what it asks, and for whom it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from curation import roles
from curation.admin.asking import number_in
from curation.batches import review
from curation.batches.drafts import compare_again
from curation.batches.parts import divide, drafts_of, join
from curation.models import BatchStatus, ImportBatch, Origin
from curation.progress import Progress
from curation.refusals import StepRefused
from sources.bilingual import both

Posted = Mapping[str, str]


@dataclass(frozen=True)
class Button:
    """A step of the workflow on a batch's page; `take` does it and says what was done."""

    label: Any
    states: tuple[BatchStatus, ...]
    permission: str
    take: Callable[[ImportBatch, Any, Any, Progress], Any]
    by_maker: bool = True
    reason: str = ""  # "", "asked" or "needed"
    kind: str = ""
    compares: bool = False
    notes: bool = False
    joins: bool = False  # chooses another draft
    asks: Any = ""  # what a page of its own asks before it is done, of what cannot be undone


def _plain(step: Callable[[ImportBatch, Any], None], message: Any) -> Callable[[ImportBatch, Any, Any, Progress], Any]:
    """A step that takes nothing but the batch and the person, and what is said when it is done."""

    def take(batch: ImportBatch, user: Any, posted: Posted, progress: Progress) -> Any:
        step(batch, user)
        return message

    return take


def _compare(batch: ImportBatch, user: Any, posted: Posted, progress: Progress) -> Any:
    count = compare_again(batch, user, progress)
    return both(f"已重新对照，{count} 行有变。", f"Compared again: {count} rows differ from before.")


def _join(batch: ImportBatch, user: Any, posted: Posted, progress: Progress) -> Any:
    into = next((draft for draft in drafts_of(user) if str(draft.pk) == posted.get("into")), None)
    if into is None:
        raise StepRefused(
            "no_draft", both("所选的草稿批次已不在。", "The draft that was chosen is not there any more.")
        )
    join(batch, user, into, progress)
    return both(f"已并入“{into}”。", f"Added to “{into}”.")


def _divide(batch: ImportBatch, user: Any, posted: Any, progress: Progress) -> Any:
    """A part, or the rows that are ticked."""
    rows = (
        batch.rows.of_part(part) if (part := number_in(posted.get("part", ""))) is not None else _ticked(batch, posted)
    )
    chosen = list(rows.values_list("pk", flat=True))
    apart = divide(batch, user, chosen, posted.get("reason", ""))
    if apart.status == BatchStatus.REJECTED:
        return both(
            f"已退回 {len(chosen)} 行，其余仍待审核。", f"{len(chosen)} rows went back to their maker; the rest waits."
        )
    return both(f"已将 {len(chosen)} 行分为另一草稿批次。", f"{len(chosen)} rows are a draft of their own now.")


def _ticked(batch: ImportBatch, posted: Any) -> Any:
    """The rows whose boxes are ticked."""
    ticked = [key for text in posted.getlist("row") if (key := number_in(text)) is not None]
    return batch.rows.filter(pk__in=ticked)


def open_kinds(batch: ImportBatch, user: Any) -> list[tuple[int, set[str]]]:
    """(Primary key, kinds of its warnings) of each row that this reviewer has still to accept."""
    rows = batch.rows.not_accepted_by(user).values_list("pk", "warnings")
    return [(pk, {warning["code"] for warning in warnings}) for pk, warnings in rows]


def _accept(batch: ImportBatch, user: Any, posted: Any, progress: Progress) -> Any:
    if kind := posted.get("kind"):  # a row that has others as well is looked at by itself
        chosen = [pk for pk, kinds in open_kinds(batch, user) if kinds == {kind}]
    elif posted.get("all"):
        chosen = list(batch.rows.with_warnings().values_list("pk", flat=True))
    else:
        chosen = list(_ticked(batch, posted).values_list("pk", flat=True))
    count = review.accept_warnings(batch, user, chosen, posted.get("reason", ""))
    return both(f"已接受 {count} 行的警告。", f"The warnings of {count} rows are accepted.")


def _note(batch: ImportBatch, user: Any, posted: Posted, progress: Progress) -> Any:
    review.leave_note(batch, user, posted.get("note", ""))
    return both("留言已保存。", "The note is kept.")


def _approve(batch: ImportBatch, user: Any, posted: Posted, progress: Progress) -> Any:
    review.approve(batch, user, posted.get("reason", ""))
    return both("已通过，待发布。", "Approved: it waits for publication.")


def _reject(batch: ImportBatch, user: Any, posted: Posted, progress: Progress) -> Any:
    review.reject(batch, user, posted.get("reason", ""))
    return both("已退回。", "Rejected: its maker has it back.")


def _publish(batch: ImportBatch, user: Any, posted: Posted, progress: Progress) -> Any:
    notes = {name: posted.get(name, "") for name in ("notes_zh", "notes_en")}
    release = review.publish(batch, user, posted.get("reason", ""), **notes, progress=progress)
    return both(f"已发布：{release.version}。", f"Published as release {release.version}.")


STEPS = {
    "confirm": Button(
        both("确认为草稿", "Confirm as a draft"), (BatchStatus.PREVIEW,), roles.BRING_IN,
        _plain(review.confirm, both("已确认为草稿。", "Confirmed: it is a draft of yours.")), kind="default",
    ),
    "send": Button(
        both("送审", "Send to review"), (BatchStatus.DRAFT,), roles.BRING_IN,
        _plain(review.send_to_review, both("已送审。", "Sent to review.")), kind="default", compares=True,
    ),
    "join": Button(
        both("并入所选批次", "Add to this batch"), (BatchStatus.PREVIEW, BatchStatus.DRAFT), roles.BRING_IN, _join, compares=True,
        joins=True,
    ),
    "compare": Button(
        both("重新对照", "Compare again"), (BatchStatus.PREVIEW, BatchStatus.DRAFT), roles.BRING_IN, _compare,
        compares=True,
    ),
    "take-back": Button(
        both("撤回送审", "Take back"), (BatchStatus.IN_REVIEW, BatchStatus.APPROVED), roles.BRING_IN,
        _plain(review.take_back, both("已撤回为草稿。", "Taken back: it is a draft again.")),
    ),
    "reopen": Button(
        both("重新编辑", "Edit again"), (BatchStatus.REJECTED,), roles.BRING_IN,
        _plain(review.reopen, both("已重新成为草稿。", "It is a draft again.")), kind="default",
    ),
    "discard": Button(
        both("删除", "Discard"), (BatchStatus.PREVIEW, BatchStatus.DRAFT, BatchStatus.REJECTED), roles.BRING_IN,
        _plain(review.discard, both("已删除。", "Discarded.")), kind="danger",
        asks=both("此批次及其所有行将被删除，无法恢复。", "The batch and all of its rows go, and cannot be brought back."),
    ),
    "accept": Button(
        both("接受警告", "Accept warnings"), (), roles.REVIEW, _accept, by_maker=False, reason="needed"
    ),
    "divide": Button(both("分出", "Take out"), (), roles.BRING_IN, _divide, compares=True),
    "send-back-rows": Button(
        both("退回所选", "Send these back"), (), roles.REVIEW, _divide, by_maker=False, reason="needed", compares=True
    ),
    "note": Button(both("留言", "Leave a note"), (), roles.BRING_IN, _note),
    "approve": Button(
        both("通过", "Approve"), (BatchStatus.IN_REVIEW,), roles.REVIEW, _approve, by_maker=False, reason="asked",
        kind="default", compares=True,
    ),
    "publish": Button(
        both("发布", "Publish"), (BatchStatus.APPROVED,), roles.PUBLISH, _publish, by_maker=False, reason="needed",
        kind="default", compares=True, notes=True,
    ),
    "reject": Button(
        both("退回", "Send back"), (BatchStatus.IN_REVIEW, BatchStatus.APPROVED), roles.REVIEW, _reject, by_maker=False,
        reason="needed", kind="danger",
    ),
}  # fmt: skip


def available(batch: ImportBatch, user: Any) -> list[tuple[str, Button]]:
    """The steps that this person may take now, as names and buttons."""
    is_maker = batch.created_by_id == user.pk
    return [
        (name, button)
        for name, button in STEPS.items()
        if batch.status in button.states
        and user.has_perm(review.makers_role(batch) if button.by_maker else button.permission)
        and (is_maker if button.by_maker else not is_maker or button.permission == roles.PUBLISH)
        and (button.permission != roles.PUBLISH or review.may_publish(batch, user))
        and (
            not button.joins or (batch.origin != Origin.ROLL_BACK and any(draft != batch for draft in drafts_of(user)))
        )
    ]


def divides(batch: ImportBatch, user: Any) -> str:
    """The step by which this person may divide rows from the batch now, as its name; "" where they may not."""
    if batch.created_by_id is None or batch.origin == Origin.ROLL_BACK:
        return ""
    is_maker = batch.created_by_id == user.pk
    if is_maker and batch.status == BatchStatus.DRAFT and user.has_perm(roles.BRING_IN):
        return "divide"
    return (
        "send-back-rows"
        if not is_maker and batch.status == BatchStatus.IN_REVIEW and user.has_perm(roles.REVIEW)
        else ""
    )
