"""A batch as a spreadsheet: a page of its rows, each cell with what stands, what is wrong with it, and how far it is off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.http import urlencode

from curation.admin.asking import number_in
from curation.admin.words import Words, heading
from curation.models import ImportBatch, StagedRow, Verdict
from curation.tables.columns import CuratedColumn
from curation.tables.curated import BY_NAME, TABLES
from curation.tables.references import Ref
from curation.tables.table import CuratedTable
from sources.bilingual import both, language

A_PAGE = 50
LONG = 30
WARNINGS = "warnings"

WORDS = {
    "": both("全部", "all"), WARNINGS: both("有警告", "with warnings"),
    **{verdict.value: verdict.label for verdict in (
        Verdict.ERROR, Verdict.CHANGED, Verdict.NEW, Verdict.WITHDRAWN, Verdict.UNCHANGED,
    )},
}  # fmt: skip


@dataclass(frozen=True)
class Tab:
    """A choice above the sheet: its words, how many rows it has, its address, whether it is the chosen one."""

    label: Any
    count: int
    query: dict[str, str]
    chosen: bool

    @property
    def address(self) -> str:
        return f"?{urlencode(self.query)}"


@dataclass(frozen=True)
class SheetCell:
    """What stands in a cell; `before` only where it differs; `problems` are what is wrong or doubtful with it."""

    name: str
    text: str
    before: str | None = None
    errors: tuple[dict[str, Any], ...] = ()
    warnings: tuple[dict[str, Any], ...] = ()
    percent: str = ""
    typed: bool = False
    word: str = ""  # what the text is called, and what stood before
    word_before: str = ""
    refers: bool = False  # to another record

    @property
    def is_number(self) -> bool:
        return self.name == "value"

    @property
    def is_long(self) -> bool:
        return max(len(self.word), len(self.word_before)) > LONG

    @property
    def code(self) -> str:
        """The code of a record, where its name is shown; words of closed lists need none."""
        return self.text if self.refers and self.word != self.text and len(self.text) <= LONG else ""

    @property
    def nearest(self) -> list[str]:
        """What was probably meant, to choose from."""
        return [error["did_you_mean"] for error in self.errors if error.get("did_you_mean")]


@dataclass(frozen=True)
class SheetRow:
    """A row of the sheet; `beside` are the problems that belong to no cell of it."""

    row: StagedRow
    cells: tuple[SheetCell, ...]
    beside: tuple[dict[str, Any], ...] = ()
    mendable: bool = False

    @property
    def place(self) -> str:
        """Where the row stands in its file: the sheet and cell of a workbook, or the number of the row."""
        return "!".join(part for part in (self.row.sheet, self.row.cell) if part) or str(self.row.number)


@dataclass
class SheetPage:
    """A page of a batch's rows of one table."""

    table: CuratedTable
    heads: list[Any] = field(default_factory=list)
    lines: list[SheetRow] = field(default_factory=list)
    tables: list[Tab] = field(default_factory=list)
    verdicts: list[Tab] = field(default_factory=list)
    part: int | None = None
    verdict: str = ""
    page: int = 1
    pages: int = 1
    total: int = 0

    @property
    def before(self) -> int:
        return self.page - 1

    @property
    def after(self) -> int:
        return self.page + 1

    @property
    def width(self) -> int:
        """Columns of the page's table, the box to tick included."""
        return len(self.heads) + 3

    @property
    def has_inputs(self) -> bool:
        return any(line.mendable for line in self.lines)


def in_language(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Errors or warnings of a row, each with its message in the active language."""
    return [{**finding, "message": finding.get(language(), finding["message"])} for finding in findings]


def sheet_of(batch: ImportBatch, asked: dict[str, str], *, mendable: bool) -> SheetPage | None:
    """The page of a batch's rows that is asked for (`part`, `table`, `verdict`, `page`); None where there are no such rows."""
    part = number_in(asked.get("part", ""))
    rows = batch.rows.of_part(part)
    counted = rows.counts()
    if not counted:
        return None
    counts = {table.name: counted[table.name] for table in TABLES if table.name in counted}
    name = asked.get("table", "")
    table = BY_NAME[name if name in counts else next(iter(counts))]
    of_table = counts[table.name]
    verdict = asked.get("verdict", "")
    total = of_table.get(verdict, 0)
    if verdict not in WORDS or not total:
        verdict, total = "", of_table[""]
    pages = max(1, -(-total // A_PAGE))
    page = min(max(number_in(asked.get("page", "")) or 1, 1), pages)
    listed = list(rows.page(table.name, verdict, (page - 1) * A_PAGE, A_PAGE))
    columns = [column for column in table.columns if any(_has(row, column.name) for row in listed)]
    kept = {} if part is None else {"part": str(part)}
    sides = (side for row in listed for side in (row.resolved, row.before) if side)
    words = Words(table, sides, batch)
    return SheetPage(
        table=table,
        heads=[heading(column, table) for column in columns],
        lines=[line_of(row, columns, words, mendable=mendable) for row in listed],
        tables=[
            Tab(BY_NAME[other].model._meta.verbose_name_plural, verdicts_of[""], {**kept, "table": other}, other == table.name)
            for other, verdicts_of in counts.items()
        ],
        verdicts=[
            Tab(words, of_table[word], {**kept, "table": table.name, "verdict": word}, word == verdict)
            for word, words in WORDS.items()
            if of_table.get(word)
        ],
        part=part, verdict=verdict, page=page, pages=pages, total=total,
    )  # fmt: skip


def _has(row: StagedRow, name: str) -> bool:
    sides = (row.raw, row.resolved or {}, row.before or {})
    return any(side.get(name) for side in sides) or any(problem["column"] == name for problem in row.errors)


def line_of(row: StagedRow, columns: Sequence[CuratedColumn], words: Words, *, mendable: bool) -> SheetRow:
    """A staged row as a line of these columns."""
    shown = {column.name for column in columns}
    mends = mendable and row.verdict == Verdict.ERROR
    everywhere = mends and not any(error["column"] in shown for error in row.errors)
    cells = tuple(_cell(row, column, words, mends=mends, everywhere=everywhere) for column in columns)
    beside = tuple(problem for problem in in_language((*row.errors, *row.warnings)) if problem["column"] not in shown)
    return SheetRow(row, cells, beside, mends)


def _cell(row: StagedRow, column: CuratedColumn, words: Words, *, mends: bool, everywhere: bool) -> SheetCell:
    name = column.name
    after = (row.raw if row.resolved is None else row.resolved).get(name, "")
    before = None if row.before is None else row.before.get(name, "")
    if row.verdict == Verdict.WITHDRAWN:
        return SheetCell(name, before or "", word=words.of(name, before or ""))
    errors = tuple(in_language(error for error in row.errors if error["column"] == name))
    text = row.raw.get(name, "") if mends or errors else after
    return SheetCell(
        name, text, None if before == after else before, errors,
        tuple(in_language(warning for warning in row.warnings if warning["column"] == name)),
        percent(row) if name == "value" else "", mends and (everywhere or bool(errors)),
        words.of(name, text), words.of(name, before or ""), isinstance(column, Ref),
    )  # fmt: skip


def percent(row: StagedRow) -> str:
    """The change of a figure in percent of what stands, with its sign; empty where that says nothing."""
    before, after = row.before or {}, row.resolved or {}
    old, new = before.get("value"), after.get("value")
    if not old or not new or before.get("unit") != after.get("unit") or not Decimal(old) or old == new:
        return ""
    change = (Decimal(new) - Decimal(old)) / abs(Decimal(old)) * 100
    return f"{change:+,.2f} %"
