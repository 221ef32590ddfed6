"""Whether a batch still says what it said: its rows against what stands now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Max

from curation.models import Change, ImportBatch, StagedRow
from curation.staged import Plan, Staged

CHUNK = 1000


def newest_change() -> int:
    """The number of the newest change: every write to a curated table, releases included, leaves a higher one."""
    return Change.objects.aggregate(newest=Max("pk"))["newest"] or 0


def is_current(batch: ImportBatch) -> bool:
    """Whether nothing at all was written since the batch was compared with what stands."""
    return not Change.objects.filter(pk__gt=batch.compared_to).exists()


def as_staged(row: Staged) -> dict[str, Any]:
    """What a staged row keeps of a row of a plan, beside what was read."""
    return {
        "key": row.key, "resolved": row.cells and dict(row.cells), "before": row.before and dict(row.before),
        "verdict": row.verdict, "errors": list(row.errors), "warnings": list(row.warnings),
    }  # fmt: skip


def stale_rows(batch: ImportBatch, plan: Plan) -> list[StagedRow]:
    """The rows of a batch that would do another thing now than when they were compared."""
    now = {(table.name, row.number): row for table, rows in plan.tables for row in rows}
    return [
        row
        for row in batch.rows.iterator(chunk_size=CHUNK)
        if _essence(row.__dict__) != _essence(as_staged(now[row.table, row.number]))
    ]


def _essence(row: dict[str, Any]) -> tuple[Any, ...]:
    """What a reviewer judged: not the words of a message, which have a language."""
    codes = sorted(warning["code"] for warning in row["warnings"])
    columns = sorted(error["column"] for error in row["errors"])
    return row["verdict"], row["resolved"], row["before"], codes, columns


def keep(batch: ImportBatch, plan: Plan, newest: int) -> int:
    """Write what a plan made just now says onto the batch's rows; how many differ from before.

    `newest` is the newest change when the plan was made. A row whose warnings are others is no longer accepted.
    """
    now = {(table.name, row.number): row for table, rows in plan.tables for row in rows}
    differing = stale_rows(batch, plan)
    keep_rows((row, now[row.table, row.number]) for row in differing)
    batch.compared_to = newest
    batch.save(update_fields=["compared_to"])
    return len(differing)


def keep_rows(pairs: Iterable[tuple[StagedRow, Staged]]) -> None:
    """Write rows of a plan onto the staged rows that they were made of; their warnings are to be accepted anew."""
    written = []
    for row, now in pairs:
        for name, value in as_staged(now).items():
            setattr(row, name, value)
        row.accepted_by = None
        written.append(row)
    fields = ("key", "resolved", "before", "verdict", "errors", "warnings", "accepted_by")
    StagedRow.objects.bulk_update(written, fields, batch_size=CHUNK)
