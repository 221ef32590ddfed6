"""Changes made on the pages of records: kept as staged rows of a draft of whoever makes them, public only by a release.

A record that stands in an open batch (draft, in review, approved) is held by that batch: nobody else changes it meanwhile.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Max
from django.utils import timezone

from curation import roles
from curation.batches.comparison import different_cells, keep
from curation.batches.review import demand
from curation.models import BatchStatus, ImportBatch, Origin, StagedRow, Step, Verdict
from curation.plans.store import plan_of
from curation.refusals import StepRefused, demand_reason
from curation.tables.columns import WITHDRAW
from curation.tables.curated import table_of
from curation.tables.table import CuratedTable
from sources.bilingual import Text, both

Cells = dict[str, str]
Below = Sequence[tuple[type[models.Model], str]]


@dataclass(frozen=True)
class Edit:
    """One row of a change: the record's cells as they shall be; `key` is that of the row, which names the record."""

    table: CuratedTable
    cells: Cells

    @property
    def key(self) -> str:
        return self.table.key_of(self.cells)


def holder(record: models.Model) -> StagedRow | None:
    """The staged row of an open batch that changes the record, if one does."""
    table = table_of(type(record))
    return rows_that_change(table, [table.key_of(table.cells(record))]).first()


def rows_that_change(table: CuratedTable, keys: Iterable[str]) -> models.QuerySet[StagedRow]:
    """The staged rows of open batches that change records with these keys, those in error included."""
    rows = StagedRow.objects.changing(table.name, keys).select_related("batch__created_by")
    return rows.order_by("-pk")


def is_mine_to_mend(row: StagedRow, user: Any) -> bool:
    """Whether this person may still change the row: it is in a draft of theirs."""
    batch = row.batch
    return batch.created_by_id == user.pk and batch.status == BatchStatus.DRAFT and batch.is_mendable


@transaction.atomic
def stage_edits(of: CuratedTable, edits: Sequence[Edit], user: Any, reason: str) -> ImportBatch:
    """Put changed records into this person's draft of changes to the table `of`, in the place of earlier changes to them.

    Raises StepRefused for who may not bring in, without a reason, and where someone else's open batch holds one of them.
    """
    demand(user, roles.BRING_IN)
    demand_reason(reason)
    touched: dict[int, tuple[ImportBatch, list[str]]] = {}
    for edit in edits:
        row = _row_of(edit, of, user)
        told = ", ".join(different_cells(row.raw, edit.cells)) if row.pk else ""
        row.raw = edit.cells
        row.save()
        touched.setdefault(row.batch_id, (row.batch, []))[1].append(f"{edit.key}: {told}" if told else edit.key)
    for batch, changed in touched.values():
        keep(batch, plan_of(batch))
        batch.remember(Step.EDITED, user, f"{reason}: {'; '.join(changed)}", rewritten=True)
    return next(batch for batch, _ in touched.values())


def _row_of(edit: Edit, of: CuratedTable, user: Any) -> StagedRow:
    """The row that an edit belongs into: one of this person's drafts that has the record already, else a new one."""
    for row in rows_that_change(edit.table, [edit.key]):
        row.batch = ImportBatch.objects.select_for_update().get(pk=row.batch_id)  # as it is now, and not sent meanwhile
        if not is_mine_to_mend(row, user):
            raise StepRefused("held", held_by(row))
        return row
    batch = _batch_of(of, user)
    last = batch.rows.filter(table=edit.table.name).aggregate(last=Max("number"))["last"] or 0
    return StagedRow(
        batch=batch, table=edit.table.name, number=last + 1, key=edit.key, verdict=Verdict.CHANGED
    )  # fmt: skip


def withdrawal(table: CuratedTable, cells: Cells) -> Edit:
    """The edit that takes a record out of the public's sight."""
    return Edit(table, {name: cells[name] for name in table.key} | {WITHDRAW: "true"})


def edits_of(records: Iterable[models.Model]) -> list[Edit]:
    """Records as the store has them now, each as an edit that changes nothing: how drafts are put up for publication."""
    edits = []
    for record in records:
        table = table_of(type(record))
        edits.append(Edit(table, table.cells(table.records().get(pk=record.pk))))
    return edits


def holders(record: models.Model, below: Below = ()) -> list[StagedRow]:
    """The staged rows of open batches that change the record, or one of those below it."""
    rows: list[StagedRow] = []
    for model, lookup in ((type(record), {"pk": record.pk}), *((model, {key: record.pk}) for model, key in below)):
        table = table_of(model)
        keys = [table.key_of(table.cells(found)) for found in table.records().filter(**lookup)]
        rows += rows_that_change(table, keys)
    return rows


def version_of(record: models.Model, below: Below = ()) -> str:
    """A mark of all that a page shows of a record, and of what is being changed about it: another mark, another content.

    `below` are the curated models whose records stand on the same page, each with its foreign key to the record.
    """
    table = table_of(type(record))
    cells = table.cells(table.records().get(pk=record.pk))
    parts: list[Any] = [cells, record.released_id]  # type: ignore[attr-defined]
    for model, key in below:
        children = table_of(model).records().filter(**{key: record.pk})
        parts.append(sorted(json.dumps(table_of(model).cells(child), sort_keys=True) for child in children))
    parts.append([[row.pk, row.resolved] for row in holders(record, below)])
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def held_by(row: StagedRow) -> Text:
    """Who is changing a record, and in which batch."""
    who, batch = row.batch.created_by, row.batch
    return both(
        f"{row.key} 正由 {who} 在批次“{batch}”（{batch.get_status_display()}）中修改。",
        f"{who} is changing {row.key} in the batch “{batch}” ({batch.get_status_display()}).",
    )


def _batch_of(table: CuratedTable, user: Any) -> ImportBatch:
    mine = ImportBatch.objects.select_for_update().filter(
        created_by=user, status=BatchStatus.DRAFT, edits=table.name
    )  # fmt: skip
    batch = mine.order_by("-pk").first()
    if batch is None:
        name = both(f"{table.model._meta.verbose_name}的修改", f"Changes of {table.model._meta.verbose_name_plural}")
        batch = ImportBatch.objects.create(
            name=str(name), origin=Origin.PAGES, edits=table.name, created_at=timezone.now(), created_by=user
        )  # fmt: skip
    return batch
