"""Why a file is not read, or a step towards the public not taken: what pages, commands and scripts show alike."""

from __future__ import annotations

from sources.bilingual import Said, both


class StepRefused(Exception):
    """A step that may not be taken: a code for programs, and why, in both languages, for people. It changed nothing."""

    def __init__(self, code: str, message: Said) -> None:
        super().__init__(code)
        self.code, self.message = code, message


class UnreadableFile(Exception):
    """The file is no table that could be brought in; the message, in both languages, says why, `cell` where, if it is one cell's."""

    def __init__(self, message: Said, cell: str = "") -> None:
        super().__init__(str(message))
        self.message, self.cell = message, cell


class PlanHasErrors(StepRefused):
    """A plan with rows in error is not published or sent to review, in whole or in part."""

    def __init__(self, errors: int) -> None:
        super().__init__("has_errors", both(f"还有 {errors} 行有错误。", f"{errors} rows are in error."))


class PlanIsStale(StepRefused):
    """A plan is not published after something else was: compare it anew, and look at it again."""

    def __init__(self) -> None:
        super().__init__(
            "stale",
            both(
                "对照之后现值已变：请重新对照，查看后再送审或发布。",
                "What stands has changed since this was compared: compare it again, look at it, and send or publish it anew.",
            ),
        )


class ReasonMissing(StepRefused):
    """What is public is not corrected or withdrawn without a reason, which the release says."""

    def __init__(self) -> None:
        super().__init__("reason_needed", both("请填写原因。", "Please give a reason."))


class TextTooLong(StepRefused):
    """What people say of their work is kept whole or not at all; `zh` and `en` name the text."""

    def __init__(self, zh: str, en: str, length: int, most: int) -> None:
        message = both(
            f"{zh}有 {length} 个字符，最多 {most} 个。", f"{en} has {length} characters; it may have {most} at most."
        )
        super().__init__("too_long", message)


LONGEST_REASON, LONGEST_NOTES = 500, 2000  # of a release and of the history


def demand_reason(reason: str) -> None:
    """Raises ReasonMissing where there is none, TextTooLong where there is more than is kept of one."""
    if not reason.strip():
        raise ReasonMissing
    bound_reason(reason)


def bound_reason(reason: str) -> None:
    """Raises TextTooLong for more than is kept of a reason."""
    if len(reason) > LONGEST_REASON:
        raise TextTooLong("原因", "The reason", len(reason), LONGEST_REASON)


def bound_notes(notes_zh: str, notes_en: str) -> None:
    """Raises TextTooLong for more than is kept of a release's notes."""
    for notes, zh, en in ((notes_zh, "中文说明", "The Chinese note"), (notes_en, "英文说明", "The English note")):
        if len(notes) > LONGEST_NOTES:
            raise TextTooLong(zh, en, len(notes), LONGEST_NOTES)


class ChangesNothing(StepRefused):
    """What would change nothing needs no review and no release."""

    def __init__(self) -> None:
        super().__init__("changes_nothing", both("没有需要发布的变化。", "Nothing in it would change."))


class ChangedSince(StepRefused):
    """A release is not taken back where its rows no longer stand as it left them.

    `rows` are (table, key, version that changed it last) of each.
    """

    NAMED = 10

    def __init__(self, rows: list[tuple[str, str, str]]) -> None:
        named = "; ".join(f"{table} {key} ({version})" for table, key, version in rows[: self.NAMED])
        super().__init__(
            "changed_since",
            both(
                f"后来的发布又作了修改，须先撤销那些发布：{named}",
                f"Later releases have changed this; roll those back first: {named}",
            ),
        )
        self.rows = rows
