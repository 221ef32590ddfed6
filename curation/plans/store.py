"""A plan kept as a batch of staged rows, for a reviewer to look at, and read back to be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from sys import intern
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from curation.bulk import insert
from curation.models import ImportBatch, StagedRow
from curation.plans.imports import plan_import
from curation.plans.plan import Plan, PlannedRow
from curation.progress import Progress, silent
from curation.tables.rows import CompactRow, RowMaker
from sources.bilingual import Said, in_both
from sources.text import LINE

CHUNK = 2000
STORED = (
    "batch_id", "table", "number", "sheet", "cell", "key", "raw", "resolved", "before", "verdict", "errors", "warnings",
)  # fmt: skip


class AsStaged(NamedTuple):
    """What was found of a row when it was staged."""

    number: int
    verdict: str
    before: dict[str, str] | None
    errors: Sequence[Mapping[str, Any]]
    sheet: str
    cell: str


@transaction.atomic
def stage(
    plan: Plan, *, name: Said, user: Any, note: Said = "", progress: Progress = silent, **of_batch: Any
) -> ImportBatch:
    """Keep a plan, errors and warnings included, as a new batch, a draft unless `of_batch`, other fields of it, says more.

    What `name` and `note` say in both languages is kept in both.
    """
    (name_zh, name_en), (note_zh, note_en) = in_both(name), in_both(note)
    batch = ImportBatch.objects.create(
        name=LINE.mended(name_zh), name_en=LINE.mended(name_en) if name_en != name_zh else "",
        note=note_zh, note_en=note_en if note_en != note_zh else "", origin=plan.origin, takes_back=plan.takes_back,
        compared_to=plan.compared_to, created_by=user, created_at=timezone.now(), **of_batch,
    )  # fmt: skip
    for table, rows in plan.tables:
        write_rows(batch, table.name, rows, progress)
    plan.batch = batch
    return batch


def write_rows(batch: ImportBatch, table: str, rows: list[PlannedRow], progress: Progress = silent) -> None:
    """Store rows of a table as rows of a batch, in bulk."""
    for first in progress(range(0, len(rows), CHUNK), f"staging {table}"):
        stored = (
            (
                batch.pk, table, row.number, row.sheet, row.cell, row.key, row.raw, row.cells, row.before,
                row.verdict.value, row.errors, row.warnings,
            )
            for row in rows[first : first + CHUNK]
        )  # fmt: skip
        insert(StagedRow, STORED, stored)


def plan_of(batch: ImportBatch, progress: Progress = silent) -> Plan:
    """The plan of a batch, compared anew with what stands now.

    A row that would now do something else than when it was staged is `stale`: its verdict or what stood has changed.
    """
    raw: dict[str, list[CompactRow]] = {}
    found: dict[str, list[AsStaged]] = {}
    maker = RowMaker()
    stored = batch.rows.order_by("table", "number").values_list("table", "raw", *AsStaged._fields)
    for table_name, as_read, number, verdict, before, errors, sheet, cell in stored.iterator(chunk_size=CHUNK):
        raw.setdefault(table_name, []).append(maker.line(as_read))
        as_staged = AsStaged(number, intern(verdict), before, errors or (), intern(sheet), cell)
        found.setdefault(table_name, []).append(as_staged)
    plan = plan_import(raw, progress)
    plan.batch = batch
    for table, rows in plan.tables:
        for row, was in zip(rows, found[table.name], strict=True):
            row.number, row.sheet, row.cell = was.number, was.sheet, was.cell
            row.stale = row.verdict != was.verdict or row.before != was.before
            _locate(row, was)
    return plan


def _locate(row: PlannedRow, was: AsStaged) -> None:
    """Say of each finding where it stands: the cell that was named when the row was staged, else the row's own."""
    cells = {error["column"]: error["cell"] for error in was.errors if "cell" in error}
    row.locate(lambda column: (row.sheet, cells.get(column, row.cell)))
