"""A curator's file: read, planned and staged as a preview that only they confirm."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from curation import roles
from curation.comparing import newest_change
from curation.files import read_upload
from curation.importing import Progress, plan_upload, silent
from curation.models import BatchStatus, BatchStep, ImportBatch, Step
from curation.review import demand
from curation.staging import stage

LONGEST_NOTE = 1000


def bring_in(name: str, content: bytes, user: Any, progress: Progress = silent) -> ImportBatch:
    """The preview of a file, all of its rows with their verdicts; what was remarked about the file is its note.

    Nothing is written, and no writer held up, until the whole file is read. Raises UnreadableFile for what is no such
    file, Refused for who may not bring in.
    """
    demand(user, roles.BRING_IN)
    upload = read_upload(name, content)
    newest = newest_change()
    plan = plan_upload(upload, progress)
    with transaction.atomic():
        batch = stage(plan, name=name, user=user, progress=progress)
        batch.status, batch.compared_to = BatchStatus.PREVIEW, newest
        batch.note = " ".join(map(str, upload.said))[:LONGEST_NOTE]
        batch.save()
        BatchStep.objects.create(batch=batch, step=Step.BROUGHT_IN, at=timezone.now(), user=user)
    return batch
