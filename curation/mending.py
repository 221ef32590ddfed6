"""A draft is mended in its place: its cells, and its comparison with what stands."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from curation.comparing import keep, newest_change
from curation.importing import Progress, silent
from curation.models import BatchStatus, BatchStep, ImportBatch, Step
from curation.review import own
from curation.staging import plan_of

UNDER_WAY = (BatchStatus.PREVIEW, BatchStatus.DRAFT)

# Up to here a mended row is compared together with its whole batch; the rows of longer ones one by one.
COMPARED_WHOLE = 2000


@transaction.atomic
def compare_again(batch: ImportBatch, user: Any, progress: Progress = silent) -> int:
    """Compare a draft's rows with what stands now; how many say something else than before.

    Raises Refused for anyone but its maker.
    """
    held = own(batch, user, *UNDER_WAY)
    newest = newest_change()
    differing = keep(held, plan_of(held, progress), newest)
    batch.compared_to = held.compared_to
    BatchStep.objects.create(batch=held, step=Step.COMPARED, at=timezone.now(), user=user)
    return differing
