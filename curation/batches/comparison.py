"""Whether a batch still says what it said: its rows against what stands now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from curation.models import Change, ImportBatch, StagedRow
from curation.plans.plan import Plan, PlannedRow

CHUNK = 1000


def is_current(batch: ImportBatch) -> bool:
    """Whether nothing at all was written since the batch was compared with what stands."""
    return not Change.objects.filter(pk__gt=batch.compared_to).exists()


def as_staged(row: PlannedRow) -> dict[str, Any]:
    """What a staged row keeps of a row of a plan, beside what was read."""
    return {
        "key": row.key, "resolved": row.cells and dict(row.cells), "before": row.before and dict(row.before),
        "verdict": row.verdict, "errors": [dict(one) for one in row.errors], "warnings": [dict(one) for one in row.warnings],
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
    """What a reviewer judged: not the words of a message, which have a language, nor columns that came later and are empty."""
    codes = sorted(warning["code"] for warning in row["warnings"])
    columns = sorted(error["column"] for error in row["errors"])
    stated, stood = (
        {name: cell for name, cell in (cells or {}).items() if cell} for cells in (row["resolved"], row["before"])
    )
    return row["verdict"], stated, stood, codes, columns


def keep(batch: ImportBatch, plan: Plan) -> list[str]:
    """Write what a plan made just now says onto the batch's rows; what differs from before, a text a row.

    A row whose warnings are others is no longer accepted.
    """
    now = {(table.name, row.number): row for table, rows in plan.tables for row in rows}
    pairs = [(row, now[row.table, row.number]) for row in stale_rows(batch, plan)]
    differing = [_differing(row, planned) for row, planned in pairs]
    keep_rows(pairs)
    batch.compared_to = plan.compared_to
    batch.save(update_fields=["compared_to"])
    return differing


def _differing(row: StagedRow, now: PlannedRow) -> str:
    """What a row says now beside what it said: its verdict, what stands, and what it would become, in cells that differ."""
    told = [f"{row.verdict} → {now.verdict}"] if row.verdict != now.verdict else []
    for was, becomes in ((row.before, now.before), (row.resolved, now.cells)):
        told += different_cells(was or {}, becomes or {})
    return f"{now.key or row.key}: {', '.join(dict.fromkeys(told))}"


def different_cells(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """`column: before → after` of each cell that differs between two rows, ∅ for an empty one or one that is not there."""
    pairs = ((name, was.get(name, ""), now.get(name, "")) for name in dict.fromkeys([*was, *now]))
    return [f"{name}: {before or '∅'} → {after or '∅'}" for name, before, after in pairs if before != after]


def keep_rows(pairs: Iterable[tuple[StagedRow, PlannedRow]]) -> None:
    """Write rows of a plan onto the staged rows that they were made of; their warnings are to be accepted anew."""
    written = []
    for row, now in pairs:
        for name, value in as_staged(now).items():
            setattr(row, name, value)
        row.accepted_by = None
        written.append(row)
    fields = ("key", "resolved", "before", "verdict", "errors", "warnings", "accepted_by")
    StagedRow.objects.bulk_update(written, fields, batch_size=CHUNK)
