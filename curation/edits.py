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
from curation.comparing import keep, newest_change
from curation.importing import WITHDRAW
from curation.models import BatchStatus, BatchStep, ImportBatch, StagedRow, Step, Verdict
from curation.review import Refused, demand
from curation.staging import plan_of
from curation.tables import Table, table_of
from sources.bilingual import both

Cells = dict[str, str]
Below = Sequence[tuple[type[models.Model], str]]


@dataclass(frozen=True)
class Edit:
    """One row of a change: the record's cells as they shall be; `key` is that of the row, which names the record."""

    table: Table
    cells: Cells

    @property
    def key(self) -> str:
        return self.table.key_of(self.cells)


def holder(record: models.Model) -> StagedRow | None:
    """The staged row of an open batch that changes the record, if one does."""
    table = table_of(type(record))
    return rows_that_change(table, [table.key_of(table.cells(record))]).first()


def rows_that_change(table: Table, keys: Iterable[str]) -> models.QuerySet[StagedRow]:
    """The staged rows of open batches that change records with these keys, those in error included."""
    rows = StagedRow.objects.changing(table.name, keys).select_related("batch__created_by")
    return rows.order_by("-pk")


def is_mine_to_mend(row: StagedRow, user: Any) -> bool:
    """Whether this person may still change the row: it is in a draft of theirs."""
    return row.batch.created_by_id == user.pk and row.batch.status == BatchStatus.DRAFT


@transaction.atomic
def stage_edits(of: Table, edits: Sequence[Edit], user: Any, reason: str) -> ImportBatch:
    """Put changed records into this person's draft of changes to the table `of`, in the place of earlier changes to them.

    Raises Refused for who may not bring in, without a reason, and where someone else's open batch holds one of them.
    """
    demand(user, roles.BRING_IN)
    if not reason.strip():
        raise Refused("reason_needed", both("请填写原因。", "Please give a reason."))
    touched: dict[int, ImportBatch] = {}
    for edit in edits:
        row = _row_of(edit, of, user)
        row.raw = edit.cells
        row.save()
        touched[row.batch_id] = row.batch
    for batch in touched.values():
        newest = newest_change()
        keep(batch, plan_of(batch), newest)
        BatchStep.objects.create(
            batch=batch, step=Step.EDITED, at=timezone.now(), user=user, reason=f"{edits[0].key}: {reason}"[:1000]
        )
    return next(iter(touched.values()))


def _row_of(edit: Edit, of: Table, user: Any) -> StagedRow:
    """The row that an edit belongs into: one of this person's drafts that has the record already, else a new one."""
    for row in rows_that_change(edit.table, [edit.key]):
        if not is_mine_to_mend(row, user):
            raise Refused("held", held_by(row))
        return row
    batch = _batch_of(of, user)
    last = batch.rows.filter(table=edit.table.name).aggregate(last=Max("number"))["last"] or 0
    return StagedRow(
        batch=batch, table=edit.table.name, number=last + 1, key=edit.key, verdict=Verdict.CHANGED
    )  # fmt: skip


def withdrawal(table: Table, cells: Cells) -> Edit:
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


def held_by(row: StagedRow) -> Any:
    """Who is changing a record, and in which batch."""
    who, batch = row.batch.created_by, row.batch
    return both(
        f"{row.key} 正由 {who} 在批次“{batch}”（{batch.get_status_display()}）中修改。",
        f"{who} is changing {row.key} in the batch “{batch}” ({batch.get_status_display()}).",
    )


def _batch_of(table: Table, user: Any) -> ImportBatch:
    mine = ImportBatch.objects.select_for_update().filter(
        created_by=user, status=BatchStatus.DRAFT, edits=table.name
    )  # fmt: skip
    batch = mine.order_by("-pk").first()
    if batch is None:
        name = both(f"{table.model._meta.verbose_name}的修改", f"Changes of {table.model._meta.verbose_name_plural}")
        batch = ImportBatch.objects.create(
            name=str(name), edits=table.name, created_at=timezone.now(), created_by=user
        )  # fmt: skip
    return batch
