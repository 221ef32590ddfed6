"""From rows of text to a plan of what would change: read, resolve, validate, compare. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from curation.columns import CellError, Codes
from curation.cycles import refuse_cycles
from curation.models import Verdict
from curation.tables import TABLES, Row, Table
from sources.bilingual import both

Progress = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass
class Staged:
    """One row of a plan: as read, as resolved, what stands now, and the verdict."""

    number: int
    raw: dict[str, str]
    key: str = ""
    values: Row = field(default_factory=dict)
    cells: dict[str, str] | None = None
    before: dict[str, str] | None = None
    record: Any = None
    verdict: Verdict = Verdict.ERROR
    errors: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, column: str, message: Any, did_you_mean: str | None = None) -> None:
        """Note what is wrong with the row, and where."""
        error = {"column": column, "message": str(message)}
        if did_you_mean:
            error["did_you_mean"] = did_you_mean
        self.errors.append(error)


@dataclass
class Plan:
    """All the rows of an import, by table, in the order in which they would be written."""

    tables: list[tuple[Table, list[Staged]]] = field(default_factory=list)

    def rows(self, verdict: Verdict) -> list[tuple[Table, Staged]]:
        """The rows with a verdict, with their tables."""
        return [(table, row) for table, rows in self.tables for row in rows if row.verdict == verdict]

    def count(self, verdict: Verdict) -> int:
        """How many rows have a verdict."""
        return len(self.rows(verdict))

    @property
    def changes_nothing(self) -> bool:
        return not (self.count(Verdict.NEW) or self.count(Verdict.CHANGED))


def silent(items: Iterable[Any], _label: str) -> Iterable[Any]:
    """No progress shown."""
    return items


def plan_import(files: Mapping[str, list[dict[str, str]]], progress: Progress = silent) -> Plan:
    """What bringing in these rows (table name → rows of cells) would do.

    A row may refer to any other of the same import. No row of the store is changed, and errors are in the plan.
    """
    plan, codes = Plan(), Codes()
    for table in TABLES:
        if table.name in files:
            plan.tables.append((table, _stage_table(table, files[table.name], codes, progress)))
    refuse_cycles(plan)
    return plan


def _stage_table(table: Table, rows: list[dict[str, str]], codes: Codes, progress: Progress) -> list[Staged]:
    standing = {table.key_of(cells): (record, cells) for record in table.records() for cells in [table.cells(record)]}
    _announce(table, rows, codes)
    staged, seen = [], {}
    for number, raw in enumerate(progress(rows, table.name), start=2):  # as a spreadsheet counts: the header is row 1
        row = Staged(number, raw)
        _resolve(table, row, codes)
        if not row.errors:
            _compare(table, row, standing, codes, seen)
        staged.append(row)
    return staged


def _announce(table: Table, rows: list[dict[str, str]], codes: Codes) -> None:
    """Make the codes of new rows known before any row is read, so that rows may refer to later ones."""
    if len(table.key) == 1:
        known = codes.of(table.model, table.key[0])
        for raw in rows:
            code = raw.get(table.key[0], "")
            if code and code not in known:
                known[code] = table.model(**{table.key[0]: code})


def _resolve(table: Table, row: Staged, codes: Codes) -> None:
    for name in row.raw.keys() - set(table.column_names):
        row.refuse(name, f"unknown column; {table.name} has: {', '.join(table.column_names)}")
    for column in table.columns:
        try:
            row.values[column.name] = column.read(row.raw.get(column.name, ""), codes, table.model)
        except CellError as error:
            row.refuse(column.name, error.message, error.did_you_mean)
    if not row.errors:
        for rule in table.rules:
            if message := rule(row.values):
                row.refuse(rule.__name__, message)


def _compare(
    table: Table,
    row: Staged,
    standing: Mapping[str, tuple[models.Model, dict[str, str]]],
    codes: Codes,
    seen: dict[str, int],
) -> None:
    row.cells = table.show(row.values)
    row.key = table.key_of(row.cells)
    if row.key in seen:
        row.refuse(table.key[0], f"the same as row {seen[row.key]}: {row.key}")
        return
    seen[row.key] = row.number
    if row.key in standing:
        row.record, row.before = standing[row.key]
        is_draft = getattr(row.record, "released_id", None) is None
        row.verdict = Verdict.CHANGED if is_draft or row.before != row.cells else Verdict.UNCHANGED
    else:
        announced = codes.of(table.model, table.key[0]).get(row.key) if len(table.key) == 1 else None
        if announced is not None and announced.pk is not None:
            row.refuse(
                table.key[0],
                both(f"{row.key} 已撤回，代码不再使用", f"{row.key} was withdrawn; its code is not used again"),
            )
            return
        row.record = announced or table.model()
        row.verdict = Verdict.NEW
        table.fill(row.record, row.values)
