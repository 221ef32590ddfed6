"""The sheets of a batch's file as they looked, beside the rows that were read from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from curation.admin.reading_page import PageRow, rows_of_look
from curation.admin.sheet import SheetRow, line_of
from curation.admin.words import NAMES, Words, heading
from curation.models import ImportBatch, StagedRow, Verdict
from curation.sheets.looks import MOST_ROWS, columns_of
from curation.tables.columns import CuratedColumn
from curation.tables.curated import BY_NAME, TABLES
from curation.tables.observations import OBSERVATIONS
from curation.tables.table import CuratedTable
from sources.bilingual import language

OF_FIGURES = ("region", "indicator", "period", "value", "unit")
MOST = 1000  # rows that are shown beside a sheet
ORDER = {table.name: number for number, table in enumerate(TABLES)}


@dataclass(frozen=True)
class ReadTable:
    """The rows of one table that a sheet holds, each with the anchor to which its cell leads; only the first of a cell has one."""

    title: Any
    heads: list[Any]
    lines: list[tuple[str, SheetRow]]


@dataclass(frozen=True)
class SheetBeside:
    """A sheet as it looked, and what was read from it."""

    name: str
    rows: list[PageRow]
    heads_of_grid: list[tuple[str, str]]
    tables: list[ReadTable]
    hidden: int
    prefix: str  # of the names of its cells on the page


def looks_of(batch: ImportBatch) -> list[SheetBeside]:
    """The sheets of a batch, each with the rows that stand in it."""
    looks = []
    for kept in batch.sheets.all():
        staged = batch.rows.filter(sheet=kept.name).exclude(cell="").order_by("table", "number")
        rows = sorted(staged.select_related("accepted_by")[:MOST], key=lambda row: ORDER[row.table])
        verdicts = {row.cell: row.verdict for row in reversed(rows)}
        looks.append(SheetBeside(
            kept.name, list(rows_of_look(kept.look, {}, verdicts)), [(letters, "") for letters in columns_of(kept.look)],
            list(_tables(batch, rows)), max(0, kept.look["total"] - MOST_ROWS), f"s{kept.pk}-",
        ))  # fmt: skip
    return looks


def _tables(batch: ImportBatch, staged: Sequence[StagedRow]) -> Iterator[ReadTable]:
    """The rows by table; `staged` are in the order of the tables."""
    led_to = set[str]()
    for name, group in groupby(staged, attrgetter("table")):
        table, rows = BY_NAME[name], list(group)
        columns = list(_columns(table, rows))
        words = Words(table, (side for row in rows for side in (row.resolved, row.before) if side), batch)
        lines = []
        for row in rows:
            lines.append(("" if row.cell in led_to else row.cell, line_of(row, columns, words, mendable=False)))
            led_to.add(row.cell)
        yield ReadTable(table.model._meta.verbose_name_plural, [heading(column, table) for column in columns], lines)


def _columns(table: CuratedTable, rows: Sequence[StagedRow]) -> Iterator[CuratedColumn]:
    """What is shown of rows: of figures what they are, of records their key, their name and what changes."""
    if table is OBSERVATIONS:
        yield from sorted(
            (column for column in table.columns if column.name in OF_FIGURES),
            key=lambda each: OF_FIGURES.index(each.name),
        )
        return
    named = {*table.key, *NAMES[language()]}
    changed = [(row.before or {}, row.resolved or {}) for row in rows if row.verdict == Verdict.CHANGED]
    for column in table.columns:
        if column.name in named or any(was.get(column.name) != now.get(column.name) for was, now in changed):
            yield column
