"""From rows of text to a plan of what would change: read, resolve, validate, compare. Nothing is written here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Model

from curation.models import Change, Verdict
from curation.plans.cycles import refuse_circles
from curation.plans.evidence import doubt_evidence
from curation.plans.plan import NOTHING, Plan, PlannedRow
from curation.plans.references import refuse_withdrawals_in_use
from curation.plans.warnings import DOUBTS
from curation.progress import Progress, silent
from curation.refusals import UnreadableFile
from curation.tables.code_index import CellError, CodeIndex
from curation.tables.columns import NO, WITHDRAW, YES, CuratedColumn, Number
from curation.tables.curated import TABLES
from curation.tables.observations import ObservationTable
from curation.tables.references import Either, Ref
from curation.tables.rows import CompactRow, Header, compact_rows
from curation.tables.table import CuratedTable, StandingCells
from sources.bilingual import both, in_both
from sources.models import Release

Places = Callable[[str, int, str], tuple[str, str]]  # (sheet, cell) of a column of a row, by table and number
Meant = tuple[Any, str, CellError | None]  # a cell's value, its canonical text, or why it cannot be taken

MOST_ERRORS = 10_000  # rows of a table; each keeps what is wrong with it in both languages


def plan_import(
    files: Mapping[str, Sequence[Mapping[str, str]]], progress: Progress = silent, places: Places | None = None
) -> Plan:
    """What bringing in these rows (table name → rows of cells) would do; `places` says where each stands, if it stands in a file.

    A row may refer to any other of the same import. No row of the store is changed, and errors are in the plan. Raises
    UnreadableFile where there are more than anyone mends row by row.
    """
    newest = Release.objects.published().first()
    plan, codes = Plan(base=newest.pk if newest else None, compared_to=Change.objects.newest()), CodeIndex()
    for table in TABLES:
        if table.name in files:
            rows = _placed(table, compact_rows(files[table.name]), places)
            plan.tables.append((table, _stage_table(table, rows, codes, progress)))
    refuse_circles(plan)
    refuse_withdrawals_in_use(plan)
    return plan


def _placed(table: CuratedTable, rows: list[CompactRow], places: Places | None) -> list[PlannedRow]:
    """Rows with their numbers, as a spreadsheet counts (the header is row 1), and with their places."""
    staged = [PlannedRow(number, raw) for number, raw in enumerate(rows, start=2)]
    for row in staged if places else ():
        row.sheet, row.cell = places(table.name, row.number, "")  # type: ignore[misc]
    return staged


def _stage_table(
    table: CuratedTable, staged: list[PlannedRow], codes: CodeIndex, progress: Progress
) -> list[PlannedRow]:
    rows = [row.raw for row in staged]
    _read_named(table, rows, codes)
    _announce(table, rows, codes)
    reader, wrong = _Reader(table, codes), 0
    for row in progress(staged, table.name):
        reader.read(row)
        wrong += bool(row.errors)
        if wrong > MOST_ERRORS:
            raise _too_many_errors(row)
    good = [row for row in staged if not row.errors]
    unique = _each_once(table, good)
    standing: dict[str, StandingCells] = {}
    # Compared as they are read: what is unchanged is then held once, before the next is read.
    for key, found in table.standing_beside([row.shown for row in unique.values()]):
        brought = unique.get(key)
        standing[brought.key if brought else key] = found
        if brought:
            _compare(table, brought, found)
    added = {key: row for key, row in unique.items() if key not in standing}
    withdrawn = table.withdrawn_among({key: row.shown for key, row in added.items()}, codes)
    for row in added.values():
        _is_new(table, row, withdrawn, codes)
    codes.settled(table.model)
    if len(table.key) == 1:
        known = codes.read((), table.model, table.key[0])
        codes.in_error |= {id(known.get(row.raw.get(table.key[0], ""))) for row in staged if row.errors}
    if doubt := DOUBTS.get(type(table)):
        doubt(good, standing)
    if isinstance(table, ObservationTable):
        doubt_evidence(good)
    if table.apart_from:
        _refuse_codes_of(table.apart_from, table, good, codes)
    return staged


def _too_many_errors(last: PlannedRow) -> UnreadableFile:
    error = last.errors[0]
    return UnreadableFile(both(
        f"多于 {MOST_ERRORS:,} 行有错误，原因想必相同：请在文件中更正。例如{last.where[0]} {error['column']}：{error['zh']}",
        f"more than {MOST_ERRORS:,} rows are in error, for which there will be one cause: mend the file. For example "
        f"{last.where[1]}, {error['column']}: {error['en']}",
    ))  # fmt: skip


def _each_once(table: CuratedTable, rows: list[PlannedRow]) -> dict[str, PlannedRow]:
    """The rows by their keys. A second row of a key is refused."""
    unique: dict[str, PlannedRow] = {}
    for row in rows:
        first = unique.setdefault(row.key, row)
        if first is not row:
            row.refuse(
                table.key[0],
                both(f"与{first.where[0]}相同：{row.key}", f"the same as {first.where[1]}: {row.key}"),
            )
    return unique


def _read_named(table: CuratedTable, rows: Sequence[Mapping[str, str]], codes: CodeIndex) -> None:
    """Read the records that the rows name by their codes, so many at once, before any row is read."""
    named: dict[tuple[type[Model], str], set[str]] = defaultdict(set)
    for column in table.columns:
        if isinstance(column, Ref | Either):
            for cell in {raw.get(column.name, "") for raw in rows}:
                for model, attribute, code in column.codes_in(cell):
                    named[model, attribute].add(code)
    if len(table.key) == 1:
        named[table.model, table.key[0]] |= {raw.get(table.key[0], "") for raw in rows}
    for (model, attribute), wanted in named.items():
        codes.read(sorted(wanted), model, attribute)


def _announce(table: CuratedTable, rows: Sequence[Mapping[str, str]], codes: CodeIndex) -> None:
    """Make the codes of new rows known before any row is read, so that rows may refer to later ones."""
    if len(table.key) != 1:
        return
    known = codes.read((), table.model, table.key[0])
    for raw in rows:
        code = raw.get(table.key[0], "")
        if not code or raw.get(WITHDRAW, "") in YES:
            continue
        if known[code] is None:
            known[code] = table.model(**{table.key[0]: code})
        elif known[code].withdrawn_id is not None and raw.get(WITHDRAW) in NO:
            known[code].withdrawn = None
        codes.brought.add(id(known[code]))


class _Reader:
    """Reads rows of one table. What a cell means is worked out once for all the rows that have it."""

    def __init__(self, table: CuratedTable, codes: CodeIndex) -> None:
        self.table, self.codes = table, codes
        self.whole = _Part(table.columns)
        self.key = _Part([column for column in table.columns if column.name in table.key])
        self.followed = {column.name: column.follows for column in table.columns if column.follows}
        self.unknown: dict[Header, list[str]] = {}

    def read(self, row: PlannedRow) -> None:
        """Set the row's values and canonical cells, or what is wrong with them."""
        for name in self._unknown_columns(row.raw.heads):
            row.refuse(name, f"unknown column; {self.table.name} has: {', '.join(self.table.column_names)}")
        withdraw = row.raw.get(WITHDRAW, "")
        if withdraw and withdraw not in (*YES, *NO):
            row.refuse(WITHDRAW, both("应为 true 或 false", "must be true or false"), "true")
        part = self.key if withdraw in YES else self.whole
        self._read_cells(row, part)
        if row.errors:
            wrong = {error["column"] for error in row.errors}
            row.errors = tuple([error for error in row.errors if self.followed.get(error["column"]) not in wrong])
            return
        if withdraw in YES:
            row.verdict = Verdict.WITHDRAWN
        else:
            values = dict(zip(part.heads.names, row.values.values(), strict=True))
            for rule in self.table.rules:
                if message := rule(values):
                    row.refuse(rule.__name__, message)
        row.key = self.table.key_of(row.shown)

    def _read_cells(self, row: PlannedRow, part: _Part) -> None:
        values, shown, raw = [], [], row.raw
        for (column, memo), place in zip(part.columns, part.places(raw.heads), strict=True):
            cell = "" if place is None else raw.row[place]
            meant = memo.get(cell)
            if meant is None:
                meant = self._meant(column, cell)
                if not isinstance(column, Number):  # of these there are as many as rows
                    memo[cell] = meant
            value, text, error = meant
            if error is not None:
                row.refuse(column.name, error.message, error.did_you_mean)
            values.append(value)
            shown.append(cell if cell == text else text)  # one string for both
        row.values = CompactRow(part.heads, tuple(values))
        same = raw.heads.names == part.heads.names and raw.row == tuple(shown)
        row.cells = raw if same else CompactRow(part.heads, tuple(shown))

    def _meant(self, column: CuratedColumn, cell: str) -> Meant:
        try:
            value = column.read(cell, self.codes, self.table.model)
        except CellError as error:
            return None, "", error.with_traceback(None)  # which would keep all that was at hand then
        return value, column.show(value), None

    def _unknown_columns(self, heads: Header) -> list[str]:
        if heads not in self.unknown:
            self.unknown[heads] = sorted(set(heads.names) - {*self.table.column_names, WITHDRAW})
        return self.unknown[heads]


class _Part:
    """Some columns of a table, each with what its cells were found to mean, and where rows of cells have them."""

    def __init__(self, columns: Sequence[CuratedColumn]) -> None:
        self.columns: list[tuple[CuratedColumn, dict[str, Meant]]] = [(column, {}) for column in columns]
        self.heads = Header([column.name for column in columns])
        self._places: dict[Header, list[int | None]] = {}

    def places(self, heads: Header) -> list[int | None]:
        """For each column its place in a row with these heads; None where it has no such column."""
        if heads not in self._places:
            self._places[heads] = [heads.places.get(name) for name in self.heads.names]
        return self._places[heads]


def _compare(table: CuratedTable, row: PlannedRow, found: StandingCells) -> None:
    """Set beside the row what stands under its key, and give the verdict."""
    row.stands, row.before, row.record, row.draft = found
    if row.verdict == Verdict.WITHDRAWN:
        row.cells = None
        if row.draft:
            row.refuse(
                table.key[0], both("草稿未发布，无从撤回", "is a draft that nobody sees: there is nothing to withdraw")
            )
        return
    assert isinstance(row.cells, CompactRow)
    assert isinstance(row.values, CompactRow)
    row.cells, row.values = table.settled(row.cells, row.values, found.cells)
    if row.draft or row.before != row.cells:
        row.verdict = Verdict.CHANGED
        _refuse_moves(table, row, found.record)
    else:
        row.verdict, row.cells, row.values = Verdict.UNCHANGED, row.before, NOTHING


def _refuse_moves(table: CuratedTable, row: PlannedRow, record: Any) -> None:
    """Refuse another value of what a record keeps once it was published: others, of earlier releases as well, rest on it."""
    for column in table.columns:
        if column.lasting is not None and record.released_id is not None:
            was = column.of(record)
            if (kept := column.kept(was)) != column.kept(row.values[column.name]):
                message = both(f"已发布，不可改：仍为 {kept}", f"was published and cannot change: it stays {kept}")
                row.refuse(column.name, message, column.show(was))


def _refuse_codes_of(other: type[Model], table: CuratedTable, rows: Sequence[PlannedRow], codes: CodeIndex) -> None:
    """Refuse what would be called as a record of another table is, beside whose codes its own stand in the keys of series."""
    taken, (zh, en) = codes.read((row.key for row in rows), other), in_both(other._meta.verbose_name)
    for row in rows:
        if row.verdict in (Verdict.NEW, Verdict.CHANGED) and taken[row.key] is not None:
            row.refuse(table.key[0], both(f"已是{zh}的代码：{row.key}", f"{row.key} is the code of a {en} already"))


def _is_new(table: CuratedTable, row: PlannedRow, withdrawn: Mapping[str, Any], codes: CodeIndex) -> None:
    """Settle a row whose record does not stand: it is new or comes back, or it is refused with the reason."""
    was = withdrawn.get(row.key)
    if row.verdict == Verdict.WITHDRAWN:
        row.refuse(table.key[0], both(f"{row.key} 现无记录，无从撤回", f"{row.key}: nothing stands to be withdrawn"))
    elif was is not None and row.raw.get(WITHDRAW) not in NO:
        message = both(f"{row.key} 已撤回，代码不再使用", f"{row.key} was withdrawn; its code is not used again")
        row.refuse(table.key[0], message)
    else:
        row.verdict = Verdict.NEW
        if was is not None:
            _refuse_moves(table, row, was)
        row.record = table.new_record(row.key, row.values, was, codes)
