"""A curator's file: read, planned and staged as a preview that only they confirm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.db import transaction

from curation import roles
from curation.batches.review import demand
from curation.models import BatchStatus, ImportBatch, Step, shortened
from curation.plans.imports import Places, plan_import
from curation.plans.plan import Plan
from curation.plans.store import stage
from curation.progress import Progress, silent
from curation.sheets.files import Upload, check_name, upload_of
from curation.sheets.grids import Grid, read_grids
from curation.sheets.readings import AUTOMATIC, FileReading
from curation.tables.rules import STANDS_IN
from curation.upload_models import BatchSheet
from sources.bilingual import Said, both, in_both
from sources.text import PROSE

LONGEST_NOTE = 1000


def plan_upload(upload: Upload, progress: Progress = silent) -> Plan:
    """What bringing in an uploaded file would do; every row, error and warning knows its sheet and cell."""
    place = upload.cells.place
    plan = plan_import(upload.files, progress, place)
    for table, rows in plan.tables:
        for row in rows:
            if row.errors or row.warnings:
                row.locate(partial(_place, place, table.name, row.number))
    return plan


def _place(place: Places, table: str, row: int, column: str) -> tuple[str, str]:
    """The sheet and cell of a column of a row, or of the column that it stands in."""
    return place(table, row, STANDS_IN.get(column, column))


def bring_in(name: str, content: bytes, user: Any, progress: Progress = silent) -> ImportBatch:
    """The preview of a file, all of its rows with their verdicts; what was remarked about the file is its note.

    Nothing is written, and no writer held up, until the whole file is read. Raises UnreadableFile for what is no such
    file, StepRefused for who may not bring in.
    """
    demand(user, roles.BRING_IN)
    check_name(name)
    return bring_in_read(name, *read_grids(name, content), user, AUTOMATIC, progress)


def bring_in_read(
    name: str, grids: Sequence[Grid], remarks: list[Any], user: Any, reading: FileReading, progress: Progress = silent
) -> ImportBatch:
    """The preview of a file whose sheets were taken apart already, by what was chosen of them.

    Nothing is written, and no writer held up, until the whole file is read. Raises UnreadableFile for what is no table,
    StepRefused for who may not bring in.
    """
    demand(user, roles.BRING_IN)
    upload = upload_of(name, grids, remarks, reading)
    plan = plan_upload(upload, progress)
    with transaction.atomic():
        batch = stage(
            plan, name=name, user=user, status=BatchStatus.PREVIEW,
            note=note_of(upload.said), progress=progress,
        )  # fmt: skip
        batch.remember(Step.BROUGHT_IN, user)
        BatchSheet.objects.bulk_create(BatchSheet(batch=batch, name=look["name"], look=look) for look in upload.looks)
    return batch


def note_of(remarks: Iterable[Said]) -> Said:
    """What was remarked about a file, in both languages, as the note of its batch."""
    in_each = [in_both(remark) for remark in remarks]
    zh, en = "".join(_sentence(zh, "。") for zh, _ in in_each), " ".join(_sentence(en, ".") for _, en in in_each)
    return both(*(shortened(PROSE.mended(words), LONGEST_NOTE) for words in (zh, en)))


def _sentence(words: str, stop: str) -> str:
    """A remark with its full stop."""
    return words if words.endswith(("。", ".", "！", "!", "？", "?")) else words + stop
