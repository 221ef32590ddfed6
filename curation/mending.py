"""A draft is mended in its place: its cells, and its comparison with what stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from curation.comparing import keep, keep_rows, newest_change
from curation.importing import WITHDRAW, Progress, plan_import, silent
from curation.models import BatchStatus, BatchStep, ImportBatch, StagedRow, Step, Verdict
from curation.review import own
from curation.staging import plan_of
from curation.tables import BY_NAME, ObservationTable
from sources.bilingual import both

UNDER_WAY = (BatchStatus.PREVIEW, BatchStatus.DRAFT)

# Up to here a mended row is compared together with its whole batch; figures of longer ones by themselves.
COMPARED_WHOLE = 2000
SAID = 1000


@transaction.atomic
def compare_again(batch: ImportBatch, user: Any, progress: Progress = silent) -> int:
    """Compare a draft's rows with what stands now; how many say something else than before.

    Raises Refused for anyone but its maker.
    """
    held = own(batch, user, *UNDER_WAY)
    newest = newest_change()
    differing = keep(held, plan_of(held, progress), newest)
    _remember(held, Step.COMPARED, user)
    return differing


@transaction.atomic
def mend(batch: ImportBatch, user: Any, typed: Mapping[int, Mapping[str, str]]) -> int:
    """Set cells of a draft's rows (primary key → column → text), and check them again; how many of these are still in error.

    Figures of a long batch are checked by themselves; what they mean for its other rows shows when the batch is compared
    again, which sending it to review asks for. Raises Refused for anyone but its maker.
    """
    held = own(batch, user, *UNDER_WAY)
    rows = list(held.rows.filter(pk__in=typed))
    said = [_set(row, typed[row.pk]) for row in rows]
    StagedRow.objects.bulk_update(rows, ["raw"])
    figures = all(isinstance(BY_NAME[row.table], ObservationTable) for row in rows)
    if figures and held.rows.count() > COMPARED_WHOLE:
        _check_alone(held, rows)
    else:
        newest = newest_change()
        keep(held, plan_of(held), newest)
    _remember(held, Step.EDITED, user, "; ".join(filter(None, said))[:SAID])
    return held.rows.filter(pk__in=typed, verdict=Verdict.ERROR).count()


def _set(row: StagedRow, typed: Mapping[str, str]) -> str:
    """Set the cells, drop those of columns that the table does not have, and say what was done."""
    known = (*BY_NAME[row.table].column_names, WITHDRAW)
    before = row.raw
    cells = {name: text if name == "exact" else text.strip() for name, text in typed.items()}
    row.raw = {name: cell for name, cell in {**before, **cells}.items() if name in known}
    changed = [name for name in row.raw if row.raw[name] != before.get(name, "")]
    told = ", ".join(f"{name}: {before.get(name, '')} → {row.raw[name]}" for name in changed)
    place = "!".join(part for part in (row.sheet, row.cell) if part) or f"{row.table} {row.number}"
    return f"{place}: {told}" if told else ""


def _check_alone(batch: ImportBatch, rows: list[StagedRow]) -> None:
    """Check these figures beside the rows of other tables that they may refer to, and no key twice in the batch."""
    files: dict[str, list[dict[str, str]]] = {}
    for table, raw in batch.rows.exclude(table="observations").order_by("number").values_list("table", "raw"):
        files.setdefault(table, []).append(raw)
    plan = plan_import({**files, "observations": [row.raw for row in rows]})
    checked = next(found for table, found in plan.tables if table.name == "observations")
    for row, found in zip(rows, checked, strict=True):
        twin = batch.rows.filter(table=row.table, key=found.key).exclude(pk=row.pk).first() if found.key else None
        if twin and not found.errors:
            message = both(f"与第 {twin.number} 行相同：{found.key}", f"the same as row {twin.number}: {found.key}")
            found.refuse(BY_NAME[row.table].key[0], message)
    keep_rows(zip(rows, checked, strict=True))
    batch.compared_to = 0
    batch.save(update_fields=["compared_to"])


def _remember(batch: ImportBatch, step: Step, user: Any, reason: str = "") -> None:
    BatchStep.objects.create(batch=batch, step=step, at=timezone.now(), user=user, reason=reason)
