"""What is held of a plan's tasks and not in its list, and how each is answered for: kept as it is, or withdrawn, with a reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from curation.refusals import StepRefused, UnreadableFile, bound_reason
from curation.tables.columns import WITHDRAW
from curation.tables.curated import BY_NAME
from curation.tables.table import CuratedTable
from policies.choices import MeasureKind
from policies.models import Event, Measure, Relation
from sources.bilingual import both

Cells = dict[str, str]


class UnlistedAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What becomes of a held task that the list does not have."""

    answer: Literal["kept", "withdrawn"]
    reason: str = ""


class TaskAnswers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was answered of a list: of each unlisted task by its code, and whether numbers that are not as stated are accepted.

    With `keep_rest` those that are not named are kept.
    """

    unlisted: dict[str, UnlistedAnswer] = msgspec.field(default_factory=dict)
    differences: bool = False
    keep_rest: bool = False

    def withdrawn(self, codes: Iterable[str]) -> dict[str, list[str]]:
        """Reason → those of the codes that are withdrawn for it, in their order."""
        by_reason: dict[str, list[str]] = {}
        for code in codes:
            given = self.unlisted.get(code)
            if given and given.answer == "withdrawn":
                by_reason.setdefault(given.reason.strip(), []).append(code)
        return by_reason


NO_ANSWERS = TaskAnswers()


def answers_from(document: bytes | str) -> TaskAnswers:
    """The answers that a JSON document states. Raises UnreadableFile where it states none."""
    try:
        return msgspec.json.decode(document, type=TaskAnswers)
    except msgspec.DecodeError as error:
        raise UnreadableFile(both(f"不是可用的答复（{error}）", f"this is no document of answers: {error}")) from None


@dataclass(frozen=True)
class UnlistedTask:
    """A public task of a plan that its list does not have."""

    code: str
    title: str
    document: str
    domain: str
    ordinal: int | None


def unlisted_tasks(documents: Collection[str], listed: Collection[str]) -> list[UnlistedTask]:
    """The public tasks of these documents whose codes the list does not have, in the order of their plan.

    Tasks are measures of kind `task`, which plans count one by one. Themes, platforms, firsts and the like are no lines of
    such a list, and are not asked about; nor is a draft, which nobody sees.
    """
    held = Measure.objects.public().filter(kind=MeasureKind.TASK, document__code__in=documents).exclude(code__in=listed)
    return [
        UnlistedTask(
            task.code, str(task), task.document.code, str(task.domain or ""), task.ordinal,
        )
        for task in held.select_related("document", "domain").order_by(
            "document__code", "domain__ordinal", "ordinal", "code"
        )
    ]  # fmt: skip


def demand_answers(tasks: Iterable[UnlistedTask], answers: TaskAnswers) -> None:
    """Raises StepRefused where a task is not answered for, or withdrawn without a reason, and for an answer to what is not asked."""
    asked = [task.code for task in tasks]
    if strange := sorted(answers.unlisted.keys() - {*asked}):
        named = ", ".join(strange)
        raise StepRefused("not_asked", both(
            f"未被问及，不可答复：{named}", f"There is an answer for what is not asked about: {named}."
        ))  # fmt: skip
    if open_ := [code for code in asked if code not in answers.unlisted and not answers.keep_rest]:
        named = ", ".join(open_)
        raise StepRefused("unanswered", both(
            f"清单未列的现有任务中，{len(open_)} 项尚未答复：{named}。",
            f"Not answered for, of the held tasks that the list does not have ({len(open_)}): {named}.",
        ))  # fmt: skip
    for reason, codes in answers.withdrawn(asked).items():
        if not reason:
            named = ", ".join(codes)
            raise StepRefused(
                "reason_needed", both(f"撤回须写原因：{named}。", f"A withdrawal needs a reason: {named}.")
            )
        bound_reason(reason)


def withdrawals(codes: Collection[str]) -> Mapping[str, list[Cells]]:
    """Table → rows that withdraw these measures, with what happened to them and what they are related to."""
    measures = BY_NAME["measures"]
    tables = {"measures": [{measures.key[0]: code, WITHDRAW: "true"} for code in codes]}
    ends = [Relation.objects.public().filter(**{f"{end}_measure__code__in": codes}) for end in ("from", "to")]
    events = Event.objects.public().filter(measure__code__in=codes)
    for name, querysets in (
        ("events", [events.values_list("pk")]),
        ("relations", [end.values_list("pk") for end in ends]),
    ):
        tables[name] = list({key: row for query in querysets for key, row in _rows(BY_NAME[name], query)}.values())
    return tables


def _rows(table: CuratedTable, keys: Iterable[tuple[int]]) -> Iterable[tuple[str, Cells]]:
    for record in table.records().filter(pk__in=[key for (key,) in keys]):
        cells = table.cells(record)
        yield table.key_of(cells), {name: cells[name] for name in table.key} | {WITHDRAW: "true"}
