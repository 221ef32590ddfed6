"""The page of a file's sheet before the preview: the sheet as it shows, what each row and column was taken for, and what is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from curation.admin.sheet import in_language
from curation.admin.words import Words, heading
from curation.plans.plan import Plan
from curation.refusals import UnreadableFile
from curation.sheets.files import upload_of
from curation.sheets.grids import cell_name, place_of
from curation.sheets.headers import MONTH, QUARTER, UNREAD, cell_at
from curation.sheets.looks import HEADER, LEFT, LINE, MOST_ROWS, ROW_WORDS, classes_of, columns_of, look_of
from curation.sheets.shown_sheets import column_number
from curation.sheets.stored_uploads import UploadInHand
from curation.sheets.table_rows import FIGURES
from curation.sheets.tables import SheetTables, TableRead
from curation.sheets.template import offered
from curation.sheets.uploads import plan_upload
from curation.tables.curated import BY_NAME
from curation.tables.observations import OBSERVATIONS
from curation.tables.references import Ref
from indicators.choices import Accumulation
from sources.bilingual import both, language

OF_FIGURES = "figures"  # a column whose header says what its figures are
SAYS = ("indicator", "region", "period", "accumulation", "unit")  # of the figures of a column, of the rows of a table
STATED = (*SAYS, "source", "citations")
NOT_UNDERSTOOD = both("未理解", "not understood")
MOST_CHECKED = 5000  # rows that are resolved already here; of more, the preview says what is wrong
MOST_ASKED = 40  # words that are asked about at a time
KINDS: Mapping[str, Any] = {
    OF_FIGURES: both("数值（含义见列名）", "figures, by their header"), MONTH: both("月份", "month"), QUARTER: both("季度", "quarter"),
    UNREAD: both("不读入", "left out"),
}  # fmt: skip


@dataclass
class Problem:
    """What is wrong with a cell, in words, and the text that stands there, to be typed anew; `near` is what was probably meant."""

    cell: str
    text: str
    messages: list[str] = field(default_factory=list)
    near: str = ""


@dataclass(frozen=True)
class PageCell:
    """A cell of the sheet as it shows."""

    name: str
    text: str
    kind: str
    down: int
    across: int
    problem: Problem | None
    verdict: str = ""


@dataclass(frozen=True)
class PageRow:
    """A row of the sheet: what it holds in words, why it is left out, and whether that can be chosen."""

    number: int
    kind: str
    word: Any
    why: str
    cells: list[PageCell]
    begins: bool = False  # a table: the first row of its header

    @property
    def is_left(self) -> bool:
        return self.kind == LEFT

    @property
    def can_leave(self) -> bool:
        return self.kind in (LEFT, LINE, FIGURES, UNREAD) or (self.kind == HEADER and not self.begins)


@dataclass(frozen=True)
class StatedField:
    """What holds for all rows of a table, or for the figures of a column: a text, or one of a few choices."""

    name: str
    label: Any
    text: str
    choices: list[tuple[str, Any]]
    missing: int = 0


@dataclass(frozen=True)
class PageColumn:
    """A column of a table: what stands over it, what it was taken for, and what its figures are."""

    letters: str
    words: str
    kind: str
    label: Any
    says: list[StatedField]
    summary: str  # what its figures are, shortly
    is_lost: bool = False


@dataclass(frozen=True)
class PageTable:
    """A table of the sheet: the rows of its header, its columns, what holds for all of its rows, what is said of how it was read."""

    first: int
    last: int
    columns: list[PageColumn]
    stated: list[StatedField]
    refusals: list[str]
    rows: int
    remarks: list[str]


@dataclass(frozen=True)
class UnknownWord:
    """A word in the rows that names nothing known: of which column, how often, the first cell, and what was probably meant."""

    column: str
    label: Any
    word: str
    near: str
    cell: str
    count: int


@dataclass
class ReadingPage:
    """All that the page of a sheet shows."""

    sheet: SheetTables
    rows: list[PageRow] = field(default_factory=list)
    tables: list[PageTable] = field(default_factory=list)
    questions: list[UnknownWord] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    kinds: list[tuple[str, Any]] = field(default_factory=list)
    offers: dict[str, list[str]] = field(default_factory=dict)
    heads: list[tuple[str, Any]] = field(default_factory=list)  # letters, and what the column is
    hidden: int = 0
    figures: int = 0
    wrong: int = 0
    is_checked: bool = True


def kinds_of(table: str) -> list[tuple[str, Any]]:
    """What a column of a sheet may be chosen to be, with words for it."""
    of = BY_NAME[table]
    own = [(column.name, heading(column, of)) for column in of.columns]
    if of is not OBSERVATIONS:
        return [*own, (UNREAD, KINDS[UNREAD])]
    first = ("region", "indicator", "period", "value", "unit")
    own = sorted(own, key=lambda each: first.index(each[0]) if each[0] in first else len(first))
    return [
        (OF_FIGURES, KINDS[OF_FIGURES]),
        *own[:3],
        (MONTH, KINDS[MONTH]),
        (QUARTER, KINDS[QUARTER]),
        *own[3:],
        (UNREAD, KINDS[UNREAD]),
    ]


def page_of(upload: UploadInHand, sheet: SheetTables, *, cites: bool = False) -> ReadingPage:
    """The page of one sheet of a file; where it `cites` itself, no source is asked for."""
    page = ReadingPage(sheet, kinds=kinds_of(sheet.table))
    look = look_of(sheet)
    problems, missing = _problems(upload, sheet, page, cites=cites)
    for refusal in (refusal for table in sheet.tables for refusal in table.refusals if refusal.cell):
        _problem(problems, sheet, refusal.cell).messages.append(str(refusal))
    page.rows = list(rows_of_look(look, problems, {}))
    page.hidden = max(0, look["total"] - MOST_ROWS)
    page.tables = [_table(sheet, table, missing) for table in sheet.tables]
    largest = max(page.tables, key=lambda table: table.rows, default=None)
    roles = {column.letters: column.label for column in largest.columns} if largest else {}
    page.heads = [(letters, roles.get(letters, "")) for letters in columns_of(look)]
    words = {question.word for question in page.questions}
    page.problems = [problem for problem in problems.values() if problem.text not in words]
    page.figures = sum(len(block.rows) for table in sheet.tables for block in table.blocks)
    by_name = {column.name: column for column in OBSERVATIONS.columns}
    wanted = {*STATED, *(question.column for question in page.questions)} if sheet.table == OBSERVATIONS.name else set()
    page.offers = {name: found for name in wanted if name in by_name and (found := offered(by_name[name]))}
    return page


def _problem(problems: dict[str, Problem], sheet: SheetTables, cell: str) -> Problem:
    if cell not in problems:
        place = place_of(cell)
        text = cell_at(sheet.grid, *place) if place and place[0] < len(sheet.grid.rows) else ""
        problems[cell] = Problem(cell, text)
    return problems[cell]


def _planned(upload: UploadInHand, sheet: SheetTables) -> Plan | None:
    """What bringing in this sheet alone would do; None where it is refused, or too long to be looked at here."""
    if (
        any(table.refusals for table in sheet.tables)
        or sum(len(b.rows) for t in sheet.tables for b in t.blocks) > MOST_CHECKED
    ):
        return None
    try:
        grids = [grid for grid in upload.grids if grid.name == sheet.grid.name]
        return plan_upload(upload_of(upload.stored.name, grids, [], upload.reading))
    except UnreadableFile:
        return None


def _problems(
    upload: UploadInHand, sheet: SheetTables, page: ReadingPage, *, cites: bool
) -> tuple[dict[str, Problem], dict[str, int]]:
    """What is wrong by cell, and how many rows lack what; words that name nothing become questions of the page."""
    problems: dict[str, Problem] = {}
    missing: dict[str, int] = {}
    asked: dict[tuple[str, str], list[dict[str, Any]]] = {}
    plan = _planned(upload, sheet)
    page.is_checked = plan is not None
    of = BY_NAME[sheet.table]
    refs = {column.name for column in of.columns if isinstance(column, Ref)}
    for table, rows in plan.tables if plan else ():
        for row in rows:
            errors = [
                error
                for error in (in_language(row.errors) if table is of else ())
                if not (cites and error["column"] in ("source", "citations") and not row.raw.get(error["column"]))
            ]
            page.wrong += bool(errors)
            for error in errors:
                raw = row.raw.get(error["column"], "")
                if not raw:
                    missing[error["column"]] = missing.get(error["column"], 0) + 1
                elif error["column"] in refs and error["column"] not in ("source", "citations"):
                    asked.setdefault((error["column"], raw), []).append(error)
                elif error.get("cell"):
                    problem = _problem(problems, sheet, error["cell"])
                    if error["message"] not in problem.messages:
                        problem.messages.append(error["message"])
                    problem.near = problem.near or error.get("did_you_mean") or ""
    labels = {column.name: heading(column, of) for column in of.columns}
    for (column, word), errors in list(asked.items())[:MOST_ASKED]:
        first = errors[0]
        near = first.get("did_you_mean") or ""
        near = Words(of, [{column: near}]).of(column, near) if near else ""
        page.questions.append(UnknownWord(column, labels[column], word, near, first["cell"], len(errors)))
        for cell in {error["cell"] for error in errors}:
            problems.setdefault(cell, Problem(cell, word)).messages = [first["message"]]
    return problems, missing


def rows_of_look(
    look: Mapping[str, Any], problems: Mapping[str, Problem], verdicts: Mapping[str, str]
) -> Iterable[PageRow]:
    """The rows of a sheet that are shown, with what is wrong with their cells, or what became of the figures there."""
    width, firsts = len(columns_of(look)), {table["first"] for table in look["tables"]}
    spans = {(top, left): (last - top + 1, right - left + 1) for top, left, last, right in look["merged"]}
    covered = {
        (row, column)
        for top, left, last, right in look["merged"]
        for row in range(top, min(last, len(look["rows"])) + 1)
        for column in range(left, min(right, width - 1) + 1)
        if (row, column) != (top, left)
    }
    for number, texts in enumerate(look["rows"]):
        kind = look["kinds"][number] if number < len(look["kinds"]) else ""
        classes = classes_of(look, number)
        cells = [
            PageCell(
                name := cell_name(number, column), texts[column] if column < len(texts) else "",
                classes.get(column, ""), *spans.get((number, column), (1, 1)), problems.get(name), verdicts.get(name, ""),
            )
            for column in range(width) if (number, column) not in covered
        ]  # fmt: skip
        why = look["why"].get(str(number))
        yield PageRow(
            number + 1, kind, ROW_WORDS[kind], (why[1] if language() == "en" else why[0]) if why else "", cells,
            number in firsts,
        )  # fmt: skip


def _table(sheet: SheetTables, table: TableRead, missing: Mapping[str, int]) -> PageTable:
    kinds = dict(kinds_of(sheet.table))
    columns = []
    words = Words(OBSERVATIONS, [choice for choice in table.columns.values() if not isinstance(choice, str)])
    for letters, choice in table.columns.items():
        kind = choice if isinstance(choice, str) else OF_FIGURES
        label = NOT_UNDERSTOOD if letters in table.lost else kinds.get(kind, kind)
        of_figures = not table.is_long and kind in (OF_FIGURES, "value", UNREAD)
        says = stated_of(choice if isinstance(choice, dict) else {}, SAYS) if of_figures else []
        summary = " · ".join(words.of(each.name, each.text) for each in says if each.text)
        columns.append(
            PageColumn(letters, _heads(sheet, table, letters), kind, label, says, summary, letters in table.lost)
        )
    taken = {choice for choice in table.columns.values() if isinstance(choice, str)}
    stated = stated_of(table.stated, STATED, missing) if sheet.table == OBSERVATIONS.name else []
    stated = [each for each in stated if each.name not in taken or each.text or each.missing]
    rows = sum(len(block.rows) for block in table.blocks)
    return PageTable(
        table.header.start + 1, table.header.stop, columns, stated, [str(each) for each in table.refusals], rows,
        [str(remark) for block in table.blocks for remark in block.remarks],
    )  # fmt: skip


def _heads(sheet: SheetTables, table: TableRead, letters: str) -> str:
    place = column_number(letters) - 1
    rows = (sheet.grid.rows[row] for row in table.header)
    return " / ".join(row[place].strip() for row in rows if place < len(row) and row[place].strip())[:60]


def stated_of(
    cells: Mapping[str, str], names: Iterable[str], missing: Mapping[str, int] | None = None
) -> list[StatedField]:
    """The fields for what is said of figures; those of other columns that are said already come last."""
    by_name = {column.name: column for column in OBSERVATIONS.columns}
    listed = [*names, *(name for name in cells if name not in names and name in by_name)]
    return [
        StatedField(
            name, heading(by_name[name], OBSERVATIONS), cells.get(name, ""),
            [("", "—"), *((str(value), label) for value, label in Accumulation.choices)] if name == "accumulation" else [],
            (missing or {}).get(name, 0),
        )
        for name in listed
    ]  # fmt: skip
