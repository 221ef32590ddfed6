"""A draft is mended in its place: its cells, and its comparison with what stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from curation.batches.comparison import different_cells, keep, keep_rows
from curation.batches.review import own
from curation.models import UNDER_WAY, ImportBatch, StagedRow, Step, Verdict
from curation.plans.imports import plan_import
from curation.plans.store import plan_of
from curation.progress import Progress, silent
from curation.refusals import StepRefused
from curation.tables.columns import WITHDRAW
from curation.tables.curated import BY_NAME
from curation.tables.observations import OBSERVATIONS
from sources.bilingual import both
from sources.text import CODE, storable, trimmed

# Up to here a mended row is compared together with its whole batch; figures of longer ones by themselves.
COMPARED_WHOLE = 2000


@transaction.atomic
def compare_again(batch: ImportBatch, user: Any, progress: Progress = silent) -> int:
    """Compare a draft's rows with what stands now; how many say something else than before.

    Raises StepRefused for anyone but its maker.
    """
    held = own(batch, user, *UNDER_WAY)
    differing = keep(held, plan_of(held, progress))
    held.remember(Step.COMPARED, user, "; ".join(differing), rewritten=bool(differing))
    batch.revision = held.revision
    return len(differing)


@transaction.atomic
def mend(batch: ImportBatch, user: Any, typed: Mapping[int, Mapping[str, str]]) -> int:
    """Set cells of a draft's rows (primary key → column → text), and check them again; how many of these are still in error.

    Figures of a long batch are checked by themselves; what they mean for its other rows shows when the batch is compared
    again, which sending it to review asks for. Raises StepRefused for anyone but its maker, and for a roll-back, which is the
    inverse of its release or nothing, and for what cannot be kept at all.
    """
    held = own(batch, user, *UNDER_WAY)
    if not held.is_mendable:
        message = both("撤销发布的批次不可修改内容。", "The rows of a roll-back are not changed.")
        raise StepRefused("not_mendable", message)
    rows = list(held.rows.filter(pk__in=typed))
    changes = [_set(row, typed[row.pk]) for row in rows]
    StagedRow.objects.bulk_update(rows, ["raw"])
    if all(BY_NAME[row.table].stands_alone for row in rows) and held.rows.count() > COMPARED_WHOLE:
        _check_alone(held, rows)
    else:
        keep(held, plan_of(held))
    held.remember(Step.EDITED, user, "; ".join(filter(None, changes)), rewritten=True)
    batch.revision = held.revision
    return held.rows.filter(pk__in=typed, verdict=Verdict.ERROR).count()


def _set(row: StagedRow, typed: Mapping[str, str]) -> str:
    """Set the cells, drop those of columns that the table does not have, and say what was done."""
    known = (*BY_NAME[row.table].column_names, WITHDRAW)
    cells = as_typed(typed)
    before, row.raw = row.raw, {name: cell for name, cell in {**row.raw, **cells}.items() if name in known}
    told = ", ".join(different_cells({name: cell for name, cell in before.items() if name in known}, row.raw))
    place = "!".join(part for part in (row.sheet, row.cell) if part) or f"{row.table} {row.number}"
    return f"{place}: {told}" if told else ""


def as_typed(typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed into a form as cells. Raises StepRefused for what cannot be kept at all."""
    for text in typed.values():
        if not storable(text):
            message = CODE.unfit(text)
            assert message is not None  # what cannot be kept is no text
            raise StepRefused("unfit", message)
    # Browsers send every line end as two characters.
    sent = {name: text.replace("\r\n", "\n") for name, text in typed.items()}
    return {name: text if name == "exact" else trimmed(text) for name, text in sent.items()}


def _check_alone(batch: ImportBatch, rows: list[StagedRow]) -> None:
    """Check these figures beside the rows of other tables that they may refer to, and no key twice in the batch."""
    files: dict[str, list[dict[str, str]]] = {}
    for table, raw in batch.rows.exclude(table=OBSERVATIONS.name).order_by("number").values_list("table", "raw"):
        files.setdefault(table, []).append(raw)
    plan = plan_import({**files, OBSERVATIONS.name: [row.raw for row in rows]})
    checked = next(planned for table, planned in plan.tables if table is OBSERVATIONS)
    for row, planned in zip(rows, checked, strict=True):
        twin = batch.rows.filter(table=row.table, key=planned.key).exclude(pk=row.pk).first() if planned.key else None
        if twin and not planned.errors:
            message = both(f"与第 {twin.number} 行相同：{planned.key}", f"the same as row {twin.number}: {planned.key}")
            planned.refuse(BY_NAME[row.table].key[0], message)
    keep_rows(zip(rows, checked, strict=True))
    batch.compared_to = 0
    batch.save(update_fields=["compared_to"])
