"""The task list of a plan between being chosen and becoming a batch: read, answered for, and staged as a preview."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec
from django.db import transaction

from curation import roles
from curation.batches.review import demand
from curation.models import BatchStatus, ImportBatch, Step
from curation.plans.store import stage
from curation.progress import Progress, silent
from curation.sheets.files import typed_cells
from curation.sheets.grids import read_grids
from curation.sheets.list_sheets import ListSheet, list_in
from curation.sheets.looks import look_of_list
from curation.sheets.readings import FileReading
from curation.sheets.task_lists import TaskList, plan_tasks
from curation.sheets.unlisted import TaskAnswers
from curation.sheets.uploads import note_of
from curation.upload_models import BatchSheet, StoredUpload


class TaskListInHand:
    """A stored file that is the task list of a plan, with what was answered of it so far."""

    def __init__(self, stored: StoredUpload) -> None:
        self.stored = stored
        self.answers = msgspec.convert(stored.answers, TaskAnswers)
        self.reading = msgspec.convert(stored.reading, FileReading, strict=False)
        self.grids, self.remarks = read_grids(stored.name, bytes(stored.content))

    @cached_property
    def listed(self) -> ListSheet:
        """The list, with what was typed in the place of what stands in its cells."""
        cells = {grid.name: self.reading.of(grid.name).cells for grid in self.grids}
        typed = [remark for grid in self.grids for remark in typed_cells(grid, cells[grid.name])]
        grids = [grid.with_cells(cells[grid.name]) for grid in self.grids]
        return list_in(self.stored.name, grids, [*self.remarks, *typed])

    @cached_property
    def tasks(self) -> TaskList:
        """What bringing it in would do."""
        return plan_tasks(self.listed, answers=self.answers)

    def answer(self, answers: TaskAnswers, cells: Mapping[str, str]) -> None:
        """Keep what was answered, and what was typed in the place of what stands in cells, by their names."""
        held = self.reading.of(self.listed.name)
        self.answers = answers
        self.reading = self.reading.with_sheet(
            self.listed.name, msgspec.structs.replace(held, cells={**held.cells, **cells})
        )
        self.stored.answers = msgspec.to_builtins(answers)
        self.stored.reading = msgspec.to_builtins(self.reading, str_keys=True)
        self.stored.save(update_fields=["answers", "reading"])
        for name in ("listed", "tasks"):
            self.__dict__.pop(name, None)


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
        look = look_of_list(upload.listed)
        BatchSheet.objects.create(batch=batch, name=look["name"], look=look)
        upload.stored.delete()
    return batch
