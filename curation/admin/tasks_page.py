"""The page of a stored task list: as it was read, what it would change, and what is held and not in it, to be answered for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from curation.admin.base import badge
from curation.admin.long_work import Done, do
from curation.admin.reading_form import typed_cells_in
from curation.batches.comparison import different_cells
from curation.models import Verdict
from curation.progress import Progress
from curation.sheets.list_sheets import COLUMNS, column_label
from curation.sheets.shown_sheets import column_letters
from curation.sheets.task_lists import NO_ROW, DomainCount, TaskList
from curation.sheets.task_uploads import TaskListInHand, make_task_batch
from curation.sheets.unlisted import TaskAnswers, UnlistedAnswer, UnlistedTask
from curation.tables.rules import STANDS_IN
from curation.upload_models import StoredUpload
from policies.models import Domain
from sources.bilingual import both, in_both, language

MOST_SHOWN = 500  # tasks, and problems
ANSWERS = {"kept": both("保留不变", "kept as it is"), "withdrawn": both("撤回", "withdrawn")}


@dataclass(frozen=True)
class ListProblem:
    """What is wrong with a cell of the list, in words, and what stands there; `cell` where it can be typed anew."""

    place: str
    column: Any
    text: str
    messages: list[str]
    cell: str = ""


@dataclass(frozen=True)
class ListedTask:
    """A task of the list: where it stands, and what bringing it in would do."""

    place: str
    code: str
    title: str
    verdict: str
    changes: list[str]


@dataclass(frozen=True)
class CountedDomain:
    """The count of a domain with the name of the domain, and how many more or fewer the list has than the plan states."""

    name: str
    count: DomainCount

    @property
    def difference(self) -> str:
        return f"{self.count.loaded - (self.count.stated or 0):+d}" if self.count.differs else ""


@dataclass(frozen=True)
class AskedTask:
    """A held task that the list does not have, with its answer so far; `problem` where it cannot be withdrawn."""

    task: UnlistedTask
    answer: str
    reason: str
    problem: str


def tasks_page(modeladmin: Any, request: HttpRequest, stored: StoredUpload) -> Any:
    """The page of a task list; what is posted is kept, and shown again, or becomes a preview.

    Raises UnreadableFile for what is no list.
    """
    upload = TaskListInHand(stored)
    return _posted(modeladmin, request, upload) if request.method == "POST" else _shown(modeladmin, request, upload)


def _shown(modeladmin: Any, request: HttpRequest, upload: TaskListInHand) -> TemplateResponse:
    tasks, listed = upload.tasks, upload.listed
    counted = _verdicts(tasks)
    columns = [
        (column_letters(place), head, column_label(column) if column in COLUMNS else "")
        for place, (head, column) in enumerate(zip(listed.heads, listed.columns, strict=True)) if head
    ]  # fmt: skip
    problems = list(_problems(upload))
    listed_tasks = list(_tasks(tasks))
    context = {
        **modeladmin.admin_site.each_context(request), "opts": modeladmin.opts, "title": upload.stored.name,
        "sheet_name": listed.name, "remarks": listed.remarks, "columns": columns, "problems": problems[:MOST_SHOWN],
        "more_problems": max(0, len(problems) - MOST_SHOWN), "domains": _domains(tasks), "has_differences": bool(tasks.differences),
        "accepted": upload.answers.differences, "counted": counted, "tasks": listed_tasks[:MOST_SHOWN],
        "more_tasks": max(0, len(listed_tasks) - MOST_SHOWN), "asked": list(_asked(upload)), "answers": ANSWERS.items(),
        "changes_nothing": tasks.plan.changes_nothing and not problems,
    }  # fmt: skip
    return TemplateResponse(request, "curation/admin/tasks.html", context)


def _verdicts(tasks: TaskList) -> list[tuple[str, int]]:
    """How many rows of all tables have each verdict, with the verdict as a badge."""
    shown = (Verdict.NEW, Verdict.CHANGED, Verdict.UNCHANGED, Verdict.WITHDRAWN, Verdict.ERROR)
    return [(badge(verdict, verdict.label), tasks.plan.count(verdict)) for verdict in shown]


def _problems(upload: TaskListInHand) -> Iterator[ListProblem]:
    rows = dict(upload.listed.numbered())
    by_cell: dict[tuple[int, str], list[str]] = {}
    for number, column, message in upload.tasks.problems:
        by_cell.setdefault((number, STANDS_IN.get(column, column)), []).append(message)
    for (number, column), messages_ in by_cell.items():
        if number in rows:
            sheet, cell = upload.listed.cell(number, column)
            yield ListProblem(
                "!".join(filter(None, (sheet, cell))), column_label(column), rows[number].get(column, ""), messages_,
                cell if column in upload.listed.columns and column in COLUMNS else "",
            )  # fmt: skip
        else:
            yield ListProblem("", both(f"撤回 {column}", f"withdrawing {column}"), "", messages_)


def _tasks(tasks: TaskList) -> Iterator[ListedTask]:
    title = f"title_{language()}"
    for table, rows in tasks.plan.tables:
        for row in rows if table.name == "measures" else ():
            if row.verdict != Verdict.WITHDRAWN and row.cell:
                cells = row.cells or row.raw
                changes = _in_words(row.before, cells) if row.before and row.verdict == Verdict.CHANGED else []
                place = "!".join(filter(None, (row.sheet, row.cell)))
                yield ListedTask(
                    place, row.raw.get("code", ""), cells.get(title, ""), badge(row.verdict, row.verdict.label), changes
                )


def _in_words(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs between two rows, with the columns as they are called."""
    pairs = (change.partition(": ") for change in different_cells(was, now))
    return [
        str(both(f"{in_both(label)[0]}：{change}", f"{in_both(label)[1]}: {change}"))
        for name, _, change in pairs
        for label in [column_label(name)]
    ]


def _domains(tasks: TaskList) -> list[CountedDomain]:
    names = {
        domain.code: str(domain) for domain in Domain.objects.filter(code__in=[count.domain for count in tasks.counts])
    }
    return [CountedDomain(names[count.domain], count) for count in tasks.counts]


def _asked(upload: TaskListInHand) -> Iterator[AskedTask]:
    problems = {column: message for number, column, message in upload.tasks.problems if number == NO_ROW}
    for task in upload.tasks.unlisted:
        given = upload.answers.unlisted.get(task.code)
        yield AskedTask(task, given.answer if given else "", given.reason if given else "", problems.get(task.code, ""))


def _posted(modeladmin: Any, request: HttpRequest, upload: TaskListInHand) -> Any:
    posted, here = request.POST, request.path
    go = posted.get("go", "again")
    if go == "discard":
        upload.stored.delete()
        messages.success(request, both("文件已丢弃。", "The file was thrown away."))
        return HttpResponseRedirect(reverse("admin:curation_importbatch_upload"))
    upload.answer(_answers(posted, upload.tasks.unlisted), typed_cells_in(posted))
    if go != "preview":
        return HttpResponseRedirect(here)

    def work(progress: Progress) -> Done:
        batch = make_task_batch(upload, request.user, progress)
        message = both("清单已读入，请检查后确认。", "The list was read; check it, then confirm.")
        return Done(message, reverse("admin:curation_importbatch_change", args=(batch.pk,)))

    context = {**modeladmin.admin_site.each_context(request), "opts": modeladmin.opts, "title": upload.stored.name}
    return do(request, work, here, long=False, context=context)


def _answers(posted: Any, asked: list[UnlistedTask]) -> TaskAnswers:
    """What was answered on the page: of each task that it asked about, and of the differences."""
    given = {
        task.code: UnlistedAnswer(answer, posted.get(f"reason-{task.code}", "").strip())
        for task in asked if (answer := posted.get(f"other-{task.code}", "")) in ANSWERS
    }  # fmt: skip
    return TaskAnswers(given, differences=bool(posted.get("differences")))
