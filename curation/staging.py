"""Between a plan and a release: the rows of an import, kept for review."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from curation.importing import Plan, Progress, plan_import, silent
from curation.models import ImportBatch, StagedRow

CHUNK = 2000


@transaction.atomic
def stage(plan: Plan, *, name: str, user: Any) -> ImportBatch:
    """Keep the rows of a plan as a draft."""
    batch = ImportBatch.objects.create(name=name, created_at=timezone.now(), created_by=user)
    StagedRow.objects.bulk_create(
        [
            StagedRow(
                batch=batch, table=table.name, number=row.number, key=row.key, raw=row.raw, resolved=row.cells,
                before=row.before, verdict=row.verdict, errors=row.errors, warnings=getattr(row, "warnings", []),
            )
            for table, rows in plan.tables
            for row in rows
        ],
        batch_size=CHUNK,
    )  # fmt: skip
    return batch


def plan_of(batch: ImportBatch, progress: Progress = silent) -> Plan:
    """What publishing a batch would do now."""
    files: dict[str, list[dict[str, str]]] = {}
    numbers: dict[str, list[int]] = {}
    for table, number, raw in batch.rows.order_by("number").values_list("table", "number", "raw"):
        files.setdefault(table, []).append(raw)
        numbers.setdefault(table, []).append(number)
    plan = plan_import(files, progress)
    for table, rows in plan.tables:
        for row, number in zip(rows, numbers[table.name], strict=True):
            row.number = number
    return plan
