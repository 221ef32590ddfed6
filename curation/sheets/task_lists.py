"""An office's list of the tasks of a plan, one a line, as rows of the curated tables: measures, events and citations.

The list is a convenience over the one import: it is expanded here and planned by `plan_import`, and nothing else writes.
An empty cell leaves what stands of a measure that is held already. Codes may be left out: the third task of the domain
`ftz-trade` is `ftz-trade-03`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from curation.models import Verdict
from curation.plans.imports import plan_import
from curation.plans.plan import Plan
from curation.refusals import StepRefused
from curation.sheets.list_sheets import COLUMNS, EVENTS, OF_MEASURE, ListSheet
from curation.sheets.unlisted import NO_ANSWERS, TaskAnswers, UnlistedTask, demand_answers, unlisted_tasks, withdrawals
from curation.tables.code_index import LIST_SEPARATOR, CodeIndex
from curation.tables.curated import BY_NAME
from policies.choices import EventType
from policies.models import Document, Domain, Measure
from sources.bilingual import Said, both
from sources.models import Citation, Source

Cells = dict[str, str]

# What a date that no source gives is written as; an empty cell means that nothing happened.
UNKNOWN = "unknown"
NO_ROW = 0  # the number of what comes from an answer, and from no row of the list


@dataclass(frozen=True)
class DomainCount:
    """A domain's tasks: as the plan states, as the list has them, and as they would be held (steps are no tasks).

    `beside` are the codes of measures that are held in the domain and that the list does not name.
    """

    domain: str
    stated: int | None
    loaded: int
    beside: list[str]

    @property
    def differs(self) -> bool:
        """Whether the list has another number of tasks than the plan states."""
        return self.stated is not None and self.stated != self.loaded


@dataclass
class TaskList:
    """A list that was expanded: the plan of its import, what is wrong by row of the list, the counts by domain, what it leaves out.

    Problems of `NO_ROW` are of a withdrawal, under the code of its measure.
    """

    plan: Plan
    problems: list[tuple[int, str, str]]
    counts: list[DomainCount]
    unlisted: list[UnlistedTask]
    answers: TaskAnswers

    @property
    def differences(self) -> list[DomainCount]:
        """The domains of which the list has another number of tasks than the plan states."""
        return [count for count in self.counts if count.differs]

    @property
    def withdrawn(self) -> dict[str, list[str]]:
        """Reason → the codes of the tasks that are withdrawn for it."""
        return self.answers.withdrawn(task.code for task in self.unlisted)

    def demand_sound(self) -> None:
        """Raises StepRefused where a cell is in error."""
        if wrong := len(self.problems):
            raise StepRefused(
                "has_errors", both(f"{wrong} 格有错误，未写入。", f"{wrong} cells in error; nothing was written.")
            )

    def demand_settled(self) -> None:
        """Raises StepRefused where a held task is not answered for, or where numbers are not as stated and that is not accepted."""
        demand_answers(self.unlisted, self.answers)
        if self.differences and not self.answers.differences:
            named = ", ".join(count.domain for count in self.differences)
            raise StepRefused("differences", both(
                f"任务数与文件所述不符（{named}），未写入；须确认方可继续。",
                f"The numbers of tasks are not as stated ({named}); nothing was written. To go on this must be accepted.",
            ))  # fmt: skip

    @property
    def said(self) -> list[Said]:
        """What was answered, for the reviewers: withdrawals with their reasons, differences that were accepted, what is kept."""
        gone = [(reason, ", ".join(codes)) for reason, codes in self.withdrawn.items()]
        answers: list[Said] = [
            both(f"撤回 {codes}：{reason}。", f"Withdrawn {codes}: {reason}.") for reason, codes in gone
        ]
        answers += [
            both(
                f"{count.domain}：文件所述 {count.stated} 项，清单 {count.loaded} 项，已确认。",
                f"{count.domain}: {count.stated} stated, {count.loaded} listed; accepted.",
            )
            for count in self.differences
        ]
        left = {code for codes in self.withdrawn.values() for code in codes}
        if kept := ", ".join(task.code for task in self.unlisted if task.code not in left):
            answers.append(both(f"清单未列而保留：{kept}。", f"Kept though not in the list: {kept}."))
        return answers


def plan_tasks(
    listed: ListSheet, texts: Mapping[str, str] | None = None, answers: TaskAnswers = NO_ANSWERS
) -> TaskList:
    """What bringing in a list of tasks would do, by what was answered of it.

    `texts` are what phrases without a position are looked for in.
    """
    expansion = _Expansion(texts or {})
    coded = [
        (number, expansion.coded(number, {name: cell for name, cell in row.items() if cell}))
        for number, row in listed.numbered()
    ]
    expansion.read_standing({row["code"] for _, row in coded})
    for number, row in coded:
        expansion.take(number, row)
    rows = expansion.files["measures"]
    counts = _counts(rows)
    unlisted = unlisted_tasks({row.get("document", "") for row in rows}, {row["code"] for row in rows})
    gone = answers.withdrawn(task.code for task in unlisted)
    for name, withdrawn in withdrawals([code for codes in gone.values() for code in codes]).items():
        for row in withdrawn:
            expansion.add(name, NO_ROW, row)
    plan = plan_import(
        expansion.files, places=lambda table, number, column: listed.cell(expansion.origins[table][number - 2], column)
    )
    problems = [*expansion.problems]
    for table, staged in plan.rows(Verdict.ERROR):
        number = expansion.origins[table.name][staged.number - 2]
        for error in staged.errors:
            column = _column_of(table.name, staged.raw, error["column"]) if number else staged.key
            problems.append((number, column, error["message"]))
    return TaskList(plan, sorted(problems), counts, unlisted, answers)


# What the list is counted by may be called by its name; the codes of tasks and their numbers are by that of their domain.
NAMED = {"document": Document, "domain": Domain}
# The columns of the list that columns of other tables than measures are made from.
MADE_FROM = {"region": "replicated_in", "measure": "code", "end": "start", "code": "exact"}


def _column_of(table: str, row: Mapping[str, str], column: str) -> str:
    """The column of the list that a column of a table was made from."""
    if table == "measures":
        return column
    if table == "events" and column in ("date", "type"):
        return row["type"]
    return MADE_FROM.get(column, column)


class _Expansion:
    """Rows of the list as rows of the tables, each with the number of the row it came from."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.files: dict[str, list[Cells]] = {"citations": [], "measures": [], "events": [], "relations": []}
        self.origins: dict[str, list[int]] = {name: [] for name in self.files}
        self.problems: list[tuple[int, str, str]] = []
        self.known = set(COLUMNS)
        self.codes = CodeIndex()
        self.sources = {source.slug: source for source in Source.objects.filter(withdrawn__isnull=True)}
        self.levels = dict(Document.objects.values_list("code", "level"))
        self.cited = set(Citation.objects.values_list("code", flat=True))
        self.held: dict[str, Cells] = {}
        self.happened: set[str] = set()

    def read_standing(self, codes: Set[str]) -> None:
        """Read what stands of these measures: their cells, and what is on record as having happened to them."""
        measures, events = BY_NAME["measures"], BY_NAME["events"]
        for record in measures.records().filter(code__in=codes):
            cells = measures.cells(record)
            self.held[cells["code"]] = cells
        happened = events.records().filter(measure__code__in=codes)
        self.happened = {events.key_of(events.cells(record)) for record in happened}

    def coded(self, number: int, row: Cells) -> Cells:
        """A row with codes for names, and the code of its task; columns that there are not are noted."""
        for name in sorted(row.keys() - self.known):
            self.known.add(name)  # said once, not for every row
            columns = ", ".join(COLUMNS)
            self.refuse(number, name, both(f"没有这一列；列为：{columns}", f"no such column; there are: {columns}"))
        for name, model in NAMED.items():
            if name in row and len(meant := self.codes.meant(row[name], model)) == 1:
                row[name] = meant[0]
        return {**row, "code": row.get("code") or self.code_of(number, row)}

    def take(self, number: int, row: Cells) -> None:
        """Expand one row with its code; what is wrong with it is noted, and the rest is taken all the same."""
        code = row["code"]
        citations = self.citations_of(number, row)
        standing = self.held.get(code, {})
        given = {name: row[name] for name in OF_MEASURE if name in row}
        measure = {**standing, **given, "code": code}
        measure["citations"] = _joined(standing.get("citations", ""), citations)
        for language in ("zh", "en"):
            measure[f"summary_{language}"] = measure.get(f"summary_{language}") or measure.get(f"title_{language}", "")
        measure["level"] = measure.get("level") or self.levels.get(measure.get("document", ""), "")
        self.add("measures", number, measure)
        for type_ in EVENTS:
            if date := row.get(type_):
                self.event(
                    number, {"measure": code, "type": type_, "date": "" if date == UNKNOWN else date}, row, citations
                )

    def code_of(self, number: int, row: Cells) -> str:
        """The code that a task without one gets from its domain and its number there."""
        if row.get("domain") and row.get("ordinal", "").isdecimal():
            return f"{row['domain']}-{int(row['ordinal']):02d}"
        self.refuse(number, "code", both("须有 code，或 domain 与 ordinal", "needs a code, or a domain and an ordinal"))
        return ""

    def citations_of(self, number: int, row: Cells) -> str:
        """The codes of the row's citations, with a new one for a phrase that the row gives itself."""
        if "exact" not in row:
            return row.get("citations", "")
        source = self.sources.get(row.get("source", ""))
        if source is None:
            slug = row.get("source", "")
            self.refuse(number, "source", both(f"未知的来源 {slug}；请先建立", f"unknown source {slug}; add it first"))
            return row.get("citations", "")
        start = self.start_of(number, row, source)
        if start is None:
            return row.get("citations", "")
        end = start + len(row["exact"])
        code = Citation.code_of(source.slug, start, end, "supports", "stated")
        if code not in self.cited:
            self.cited.add(code)
            self.add("citations", number, {
                "code": code, "source": source.slug, "section": row.get("section", ""), "exact": row["exact"],
                "start": str(start), "end": str(end), "role": "supports", "assertion": "stated",
            })  # fmt: skip
        return _joined(row.get("citations", ""), code)

    def start_of(self, number: int, row: Cells, source: Source) -> int | None:
        """Where the phrase begins: as the row says, else the one place at which the source's text has it."""
        if row.get("start", "").isdecimal():
            return int(row["start"])
        text = self.texts.get(source.sha256)
        if text is None:
            message = both("须有 start，或提供来源文本", "needs a start, or the text of the source")
        elif (times := text.count(row["exact"])) == 1:
            return text.index(row["exact"])
        else:
            message = both(
                f"短语在来源文本中出现 {times} 次，应为 1 次",
                f"the source's text has the phrase {times} times, not once",
            )
        self.refuse(number, "exact", message)
        return None

    def event(self, number: int, cells: Cells, row: Cells, citations: str) -> None:
        """Something that happened to the task, unless it is on record already."""
        if cells["type"] == EventType.REPLICATED:
            cells |= {"region": row.get("replicated_in", ""), "batch": row.get("batch", "")}
        if "|".join((cells["measure"], cells["type"], cells["date"], cells.get("region", ""))) not in self.happened:
            self.add("events", number, {**cells, "citations": citations})

    def add(self, table: str, number: int, cells: Cells) -> None:
        self.files[table].append(cells)
        self.origins[table].append(number)

    def refuse(self, number: int, column: str, message: Said) -> None:
        self.problems.append((number, column, str(message)))


def _joined(*lists: str) -> str:
    """The items of several list cells, each once."""
    items = [item for cell in lists for item in cell.split(LIST_SEPARATOR) if item]
    return LIST_SEPARATOR.join(dict.fromkeys(items))


def _counts(listed: Sequence[Cells]) -> list[DomainCount]:
    """The domains of every document that the list names, in order."""
    loaded = Counter(row.get("domain", "") for row in listed if not row.get("parent"))
    documents = {row.get("document", "") for row in listed}
    codes = {row["code"] for row in listed}
    domains = Domain.objects.filter(document__code__in=documents, withdrawn__isnull=True)
    held = Measure.objects.filter(domain__in=domains, withdrawn__isnull=True).exclude(code__in=codes)
    beside: dict[str, list[str]] = {}
    for domain, code in held.order_by("code").values_list("domain__code", "code"):
        beside.setdefault(domain, []).append(code)
    return [
        DomainCount(domain.code, domain.task_count, loaded[domain.code], beside.get(domain.code, []))
        for domain in domains.order_by("document__code", "ordinal")
    ]
