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
from curation.models import BatchStatus, BatchStep, ImportBatch, Origin, StagedRow, Step, Verdict
from curation.plans.store import plan_of
from curation.refusals import StepRefused, demand_reason
from curation.tables.columns import WITHDRAW
from curation.tables.curated import BY_NAME, table_of
from curation.tables.table import CuratedTable
from sources.bilingual import LANGUAGES, Text, both, in_both

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
    return rows_that_change(table, [table.key_of_record(record)]).first()


def rows_that_change(table: CuratedTable, keys: Iterable[str]) -> models.QuerySet[StagedRow]:
    """The staged rows of open batches that change records with these keys, those in error included."""
    rows = StagedRow.objects.changing(table.name, keys).select_related("batch__created_by")
    return rows.order_by("-pk")


def is_mine_to_mend(row: StagedRow, user: Any) -> bool:
    """Whether this person may still change the row: it is in a draft of theirs."""
    batch = row.batch
    return batch.created_by_id == user.pk and batch.status == BatchStatus.DRAFT and batch.is_mendable


NEW = "new"


@transaction.atomic
def stage_edits(of: CuratedTable, edits: Sequence[Edit], user: Any, reason: str, into: str = "") -> ImportBatch:
    """Put changed records into a draft of this person, in the place of earlier changes to them; what is put there together is a part.

    `into` is the primary key of the draft, `NEW` for another, or "" for the one on pages of records that they began last.
    Raises StepRefused for who may not bring in, without a reason, where someone else's open batch holds one of the records,
    and where the draft is none of theirs.
    """
    demand(user, roles.BRING_IN)
    demand_reason(reason)
    rows = [(edit, _row_of(edit, user)) for edit in edits]
    batches = {row.batch_id: row.batch for _, row in rows if row}
    if not all(row for _, row in rows):
        batch = _draft_for(of, user, into)
        batches.setdefault(batch.pk, batch)
    told = {pk: ([], []) for pk in batches}
    for edit, row in rows:
        lines, staged = told[row.batch_id if row else batch.pk]
        was = ", ".join(different_cells(row.raw, edit.cells)) if row else ""
        lines.append(f"{edit.key}: {was}" if was else edit.key)
        staged.append(row or StagedRow(batch=batch, table=edit.table.name, key=edit.key, verdict=Verdict.CHANGED))
        staged[-1].raw = edit.cells
    for pk, (lines, staged) in told.items():
        step = batches[pk].remember(Step.EDITED, user, f"{reason}: {'; '.join(lines)}", rewritten=True)
        _write(batches[pk], staged, step)
    return next(iter(batches.values()))


def _write(batch: ImportBatch, rows: Iterable[StagedRow], step: BatchStep) -> None:
    """Rows are kept in their batch, new ones behind all others of their table, and the batch is compared with what stands."""
    for row in rows:
        if not row.pk:
            last = batch.rows.filter(table=row.table).aggregate(last=Max("number"))["last"] or 0
            row.number = last + 1
        row.came_with = step
        row.save()
    keep(batch, plan_of(batch))


def _row_of(edit: Edit, user: Any) -> StagedRow | None:
    """The row of one of this person's drafts that has the record already, if one does."""
    for row in rows_that_change(edit.table, [edit.key]):
        row.batch = ImportBatch.objects.select_for_update().get(pk=row.batch_id)  # as it is now, and not sent meanwhile
        if not is_mine_to_mend(row, user):
            raise StepRefused("held", held_by(row))
        return row
    return None


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


@dataclass(frozen=True)
class ShownRecord:
    """What a page shows of a record: a mark of it (another mark, another content), and the staged rows of open batches that change it,
    or a record below it.
    """

    version: str
    holders: list[StagedRow]

    @classmethod
    def of(cls, record: models.Model, below: Below = ()) -> ShownRecord:
        """`below` are the curated models whose records stand on the same page, each with its foreign key to the record."""
        parts: list[Any] = [record.released_id]  # type: ignore[attr-defined]
        holders: list[StagedRow] = []
        for model, lookup in ((type(record), "pk"), *below):
            table = table_of(model)
            listed = [table.cells(held) for held in table.records().filter(**{lookup: record.pk})]
            parts.append(sorted(json.dumps(cells, sort_keys=True) for cells in listed))
            holders += rows_that_change(table, map(table.key_of, listed))
        parts.append([[row.pk, row.resolved] for row in holders])
        return cls(hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32], holders)


def held_by(row: StagedRow) -> Text:
    """Who is changing a record, and in which batch."""
    who, batch = row.batch.created_by, row.batch
    (name_zh, name_en), (zh, en) = (
        in_both(batch),
        (BY_NAME[row.table].key_in_words(row.key, spoken) for spoken in LANGUAGES),
    )
    state_zh, state_en = in_both(BatchStatus(batch.status).label)
    return both(
        f"{zh} 正由 {who} 在批次“{name_zh}”（{state_zh}）中修改。",
        f"{who} is changing {en} in the batch “{name_en}” ({state_en}).",
    )


def _draft_for(table: CuratedTable, user: Any, into: str) -> ImportBatch:
    """The draft that `into` names, or a new one, which is called after the table."""
    drafts = ImportBatch.objects.select_for_update().filter(created_by=user, status=BatchStatus.DRAFT)
    mine = drafts.exclude(origin=Origin.ROLL_BACK).order_by("-pk")
    begun = mine.filter(origin=Origin.PAGES).first() if not into else None
    chosen = next((draft for draft in mine if str(draft.pk) == into), begun)
    if chosen is None and into not in ("", NEW):
        raise StepRefused(
            "no_draft", both("所选的草稿批次已不在。", "The draft that was chosen is not there any more.")
        )
    zh, en = in_both(table.model._meta.verbose_name)[0], in_both(table.model._meta.verbose_name_plural)[1]
    return chosen or ImportBatch.objects.create(
        name=f"{zh}的修改", name_en=f"Changes of {en}", origin=Origin.PAGES, edits=table.name, created_at=timezone.now(),
        created_by=user,
    )  # fmt: skip
