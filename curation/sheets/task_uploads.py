"""The task list of a plan between being chosen and becoming a batch: read, answered for, and staged as a preview."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec
from django.db import transaction

from curation import roles
from curation.batches.review import demand
from curation.models import BatchStatus, ImportBatch, Step
from curation.plans.store import stage
from curation.progress import Progress, silent
from curation.sheets.grids import read_grids
from curation.sheets.list_sheets import list_in
from curation.sheets.task_lists import TaskList, plan_tasks
from curation.sheets.unlisted import TaskAnswers
from curation.sheets.uploads import note_of
from curation.upload_models import StoredUpload


class TaskListInHand:
    """A stored file that is the task list of a plan, with what was answered of it so far."""

    def __init__(self, stored: StoredUpload) -> None:
        self.stored = stored
        self.answers = msgspec.convert(stored.answers, TaskAnswers)
        self.listed = list_in(stored.name, *read_grids(stored.name, bytes(stored.content)))

    @cached_property
    def tasks(self) -> TaskList:
        """What bringing it in would do."""
        return plan_tasks(self.listed, answers=self.answers)

    def answer(self, answers: TaskAnswers) -> None:
        """Keep what was answered."""
        self.answers = answers
        self.stored.answers = msgspec.to_builtins(answers)
        self.stored.save(update_fields=["answers"])
        self.__dict__.pop("tasks", None)


def make_task_batch(upload: TaskListInHand, user: Any, progress: Progress = silent) -> ImportBatch:
    """The preview of a task list, with the withdrawals that were answered in it; the file goes.

    Raises StepRefused for who may not bring in, and where a cell is in error, a held task is not answered for, or numbers are
    not as stated and that is not accepted; it keeps the file then.
    """
    demand(user, roles.BRING_IN)
    tasks = upload.tasks
    tasks.demand_sound()
    tasks.demand_settled()
    with transaction.atomic():
        batch = stage(
            tasks.plan, name=upload.stored.name, user=user, status=BatchStatus.PREVIEW,
            note=note_of([*tasks.said, *upload.listed.remarks]), progress=progress,
        )  # fmt: skip
        batch.remember(Step.BROUGHT_IN, user)
        for reason, codes in tasks.withdrawn.items():  # whole, whatever the note has room for
            batch.remember(Step.NOTED, user, f"{reason}: {', '.join(codes)}")
        upload.stored.delete()
    return batch
