"""From rows of text to a plan of what would change: read, resolve, validate, compare. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from curation.columns import CellError, Codes, Column, Number
from curation.cycles import refuse_cycles
from curation.doubts import doubt
from curation.figures import standing as standing_figures
from curation.files import Upload
from curation.lines import Heads, Line, lines_of
from curation.models import Verdict
from curation.staged import NOTHING, Plan, Staged
from curation.tables import TABLES, ObservationTable, Table
from curation.withdrawing import refuse_withdrawals_in_use
from sources.bilingual import both
from sources.models import Release

Progress = Callable[[Iterable[Any], str], Iterable[Any]]
Meant = tuple[Any, str, CellError | None]  # a cell's value, its canonical text, or why it cannot be taken

# A column that every table takes beside its own: `true` withdraws the record of the row's key without a successor,
# `false` says that it stands, which brings a withdrawn one back.
WITHDRAW = "withdraw"
YES, NO = ("true", "是"), ("false", "否")
FEW = 1000  # rows whose keys are asked for by name; of more, the whole table is read


def silent(items: Iterable[Any], _label: str) -> Iterable[Any]:
    """No progress shown."""
    return items


def plan_import(files: Mapping[str, Sequence[Mapping[str, str]]], progress: Progress = silent) -> Plan:
    """What bringing in these rows (table name → rows of cells) would do.

    A row may refer to any other of the same import. No row of the store is changed, and errors are in the plan.
    """
    newest = Release.objects.published().first()
    plan, codes = Plan(base=newest.pk if newest else None), Codes()
    for table in TABLES:
        if table.name in files:
            plan.tables.append((table, _stage_table(table, lines_of(files[table.name]), codes, progress)))
    refuse_cycles(plan)
    refuse_withdrawals_in_use(plan)
    return plan


def plan_upload(upload: Upload, progress: Progress = silent) -> Plan:
    """What bringing in an uploaded file would do; every row, error and warning knows its sheet and cell."""
    plan = plan_import(upload.files, progress)
    for table, rows in plan.tables:
        for row in rows:
            row.sheet, row.cell = upload.cells.place(table.name, row.number)
            for finding in (*row.errors, *row.warnings):
                finding["sheet"], finding["cell"] = upload.cells.place(table.name, row.number, finding["column"])
    return plan


def _stage_table(table: Table, rows: list[Line], codes: Codes, progress: Progress) -> list[Staged]:
    withdrawn = _withdrawn_records(table, codes)
    _announce(table, rows, codes)
    reader, staged = _Reader(table, codes), []
    for number, raw in enumerate(progress(rows, table.name), start=2):  # as a spreadsheet counts: the header is row 1
        row = Staged(number, raw)
        reader.read(row)
        staged.append(row)
    good = [row for row in staged if not row.errors]
    unique = _each_once(table, good)
    standing: dict[str, tuple[Any, Any]] = {}
    # Compared as they are read: what is unchanged is then held once, before the next is read.
    for key, (found, cells) in _standing(table, unique):
        brought = unique.get(key)
        standing[brought.key if brought else key] = (found, cells)
        if brought:
            _compare(table, brought, found, cells)
    for key, row in unique.items():
        if key not in standing:
            _is_new(table, row, withdrawn, codes)
    if isinstance(table, ObservationTable):
        doubt(good, standing)
    return staged


def _each_once(table: Table, rows: list[Staged]) -> dict[str, Staged]:
    """The rows by their keys. A second row of a key is refused."""
    unique: dict[str, Staged] = {}
    for row in rows:
        first = unique.setdefault(row.key, row)
        if first is not row:
            row.refuse(
                table.key[0],
                both(f"与第 {first.number} 行相同：{row.key}", f"the same as row {first.number}: {row.key}"),
            )
    return unique


def _withdrawn_records(table: Table, codes: Codes) -> dict[str, Any]:
    """Key → record of those that were withdrawn: their keys are not used again, unless a row brings one back."""
    if isinstance(table, ObservationTable):
        return {}
    if len(table.key) == 1:
        known = codes.of(table.model, table.key[0])
        return {code: record for code, record in known.items() if record.withdrawn_id is not None}
    records = table.with_what_cells_need().filter(withdrawn__isnull=False)
    return {table.key_of(table.cells(record)): record for record in records}


def _standing(table: Table, rows: Mapping[str, Staged]) -> Iterable[tuple[str, tuple[Any, Any]]]:
    """Key → what stands, and its cells: of figures those of the same series, of records at least those of the rows."""
    if isinstance(table, ObservationTable):
        return standing_figures(sorted({table.series_key(row.cells) for row in rows.values() if row.cells}))
    records = table.records()
    if len(table.key) == 1 and len(rows) <= FEW:
        records = records.filter(**{f"{table.key[0]}__in": list(rows)})
    return ((table.key_of(cells), (record, cells)) for record in records for cells in [table.cells(record)])


def _announce(table: Table, rows: Sequence[Mapping[str, str]], codes: Codes) -> None:
    """Make the codes of new rows known before any row is read, so that rows may refer to later ones."""
    if len(table.key) != 1:
        return
    known = codes.of(table.model, table.key[0])
    for raw in rows:
        code = raw.get(table.key[0], "")
        if not code or raw.get(WITHDRAW, "") in YES:
            continue
        if code not in known:
            known[code] = table.model(**{table.key[0]: code})
        elif known[code].withdrawn_id is not None and raw.get(WITHDRAW) in NO:
            known[code].withdrawn = None
        codes.brought.add(id(known[code]))


class _Reader:
    """Reads rows of one table. What a cell means is worked out once for all the rows that have it."""

    def __init__(self, table: Table, codes: Codes) -> None:
        self.table, self.codes = table, codes
        self.whole = _Part(table.columns)
        self.key = _Part([column for column in table.columns if column.name in table.key])
        self.unknown: dict[Heads, list[str]] = {}

    def read(self, row: Staged) -> None:
        """Set the row's values and canonical cells, or what is wrong with them."""
        for name in self._unknown_columns(row.raw.heads):
            row.refuse(name, f"unknown column; {self.table.name} has: {', '.join(self.table.column_names)}")
        withdraw = row.raw.get(WITHDRAW, "")
        if withdraw and withdraw not in (*YES, *NO):
            row.refuse(WITHDRAW, both("应为 true 或 false", "must be true or false"), "true")
        part = self.key if withdraw in YES else self.whole
        self._read_cells(row, part)
        if row.errors:
            return
        if withdraw in YES:
            row.verdict = Verdict.WITHDRAWN
        else:
            values = dict(zip(part.heads.names, row.values.values(), strict=True))
            for rule in self.table.rules:
                if message := rule(values):
                    row.refuse(rule.__name__, message)
        row.key = self.table.key_of(row.shown)

    def _read_cells(self, row: Staged, part: _Part) -> None:
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
        row.values = Line(part.heads, tuple(values))
        same = raw.heads.names == part.heads.names and raw.row == tuple(shown)
        row.cells = raw if same else Line(part.heads, tuple(shown))

    def _meant(self, column: Column, cell: str) -> Meant:
        try:
            value = column.read(cell, self.codes, self.table.model)
        except CellError as error:
            return None, "", error
        return value, column.show(value), None

    def _unknown_columns(self, heads: Heads) -> list[str]:
        if heads not in self.unknown:
            self.unknown[heads] = sorted(set(heads.names) - {*self.table.column_names, WITHDRAW})
        return self.unknown[heads]


class _Part:
    """Some columns of a table, each with what its cells were found to mean, and where rows of cells have them."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns: list[tuple[Column, dict[str, Meant]]] = [(column, {}) for column in columns]
        self.heads = Heads([column.name for column in columns])
        self._places: dict[Heads, list[int | None]] = {}

    def places(self, heads: Heads) -> list[int | None]:
        """For each column its place in a row with these heads; None where it has no such column."""
        if heads not in self._places:
            self._places[heads] = [heads.places.get(name) for name in self.heads.names]
        return self._places[heads]


def _compare(table: Table, row: Staged, found: Any, before: Mapping[str, str]) -> None:
    """Set beside the row what stands under its key, and give the verdict."""
    row.before = before
    if isinstance(table, ObservationTable):
        row.stands = found
        _settle(row)
    else:
        row.record, row.draft = found, found.released_id is None
    if row.verdict == Verdict.WITHDRAWN:
        row.cells = None
        if row.draft:
            row.refuse(
                table.key[0], both("草稿未发布，无从撤回", "is a draft that nobody sees: there is nothing to withdraw")
            )
    elif row.draft or row.before != row.cells:
        row.verdict = Verdict.CHANGED
    else:
        row.verdict, row.cells, row.values = Verdict.UNCHANGED, row.before, NOTHING


def _settle(row: Staged) -> None:
    """Keep the decimals that stand where the same number comes with fewer: spreadsheets drop trailing zeros."""
    if row.verdict == Verdict.WITHDRAWN or row.before is None:
        return
    assert isinstance(row.cells, Line)
    assert isinstance(row.values, Line)
    old, new = row.before["value"], row.cells["value"]
    if new and len(old) > len(new) and row.cells["unit"] == row.before["unit"] and Decimal(old) == Decimal(new):
        row.cells, row.values = row.cells.replaced("value", old), row.values.replaced("value", Decimal(old))


def _is_new(table: Table, row: Staged, withdrawn: Mapping[str, Any], codes: Codes) -> None:
    """What comes anew, or comes back."""
    was = withdrawn.get(row.key)
    if row.verdict == Verdict.WITHDRAWN:
        row.refuse(table.key[0], both(f"{row.key} 现无记录，无从撤回", f"{row.key}: nothing stands to be withdrawn"))
    elif was is not None and row.raw.get(WITHDRAW) not in NO:
        message = both(f"{row.key} 已撤回，代码不再使用", f"{row.key} was withdrawn; its code is not used again")
        row.refuse(table.key[0], message)
    else:
        row.verdict = Verdict.NEW
        if not isinstance(table, ObservationTable):
            announced = codes.of(table.model, table.key[0]).get(row.key) if len(table.key) == 1 else None
            row.record = announced or was or table.model()
            table.fill(row.record, row.values)
