"""Files between being chosen and becoming a batch: kept for their uploader, for a day, with what was chosen of how they are read."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from curation import roles
from curation.batches.review import demand
from curation.models import ImportBatch
from curation.progress import Progress, silent
from curation.refusals import StepRefused
from curation.sheets.files import check_name, read_sheets
from curation.sheets.grids import Grid, read_grids
from curation.sheets.kept import keep, shape_of, suggested
from curation.sheets.list_sheets import holds_tasks
from curation.sheets.readings import AUTOMATIC, FileReading
from curation.sheets.tables import SheetTables
from curation.sheets.uploads import bring_in_read
from curation.upload_models import KeptReading, StoredUpload, UploadKind
from sources.bilingual import both

KEPT_FOR = datetime.timedelta(days=1)
MOST_KEPT = 10  # files of one person


class UploadInHand:
    """A stored file with its sheets, as it is read by what was chosen so far."""

    def __init__(self, stored: StoredUpload) -> None:
        self.stored = stored
        self.reading = msgspec.convert(stored.reading, FileReading, strict=False)
        self.grids, self.remarks = read_grids(stored.name, bytes(stored.content))

    @cached_property
    def sheets(self) -> list[SheetTables]:
        """The sheets that are read."""
        return read_sheets(self.stored.name, self.grids, self.reading)

    def choose(self, reading: FileReading) -> None:
        """Keep what was chosen; from now on the file is read by it."""
        self.reading = reading
        self.stored.reading = msgspec.to_builtins(reading, str_keys=True)
        self.stored.save(update_fields=["reading", "suggested"])
        self.__dict__.pop("sheets", None)

    def read_afresh(self, sheet: str) -> None:
        """Read a sheet as it is found, without what was chosen before."""
        self.stored.suggested.pop(sheet, None)
        self.choose(self.reading.with_sheet(sheet, AUTOMATIC.of(sheet)))

    def forget(self, sheet: str) -> None:
        """Forget what was kept for sheets of this shape, and read it as it is found."""
        if found := self.stored.suggested.get(sheet):
            KeptReading.objects.filter(shape=found["shape"]).delete()
        self.read_afresh(sheet)


def take_in(
    name: str, content: bytes, user: Any, *, kind: str = "", shows: bool = False, progress: Progress = silent
) -> StoredUpload | ImportBatch:
    """A file that was chosen: its preview, or, where how it is read is to be looked at (`shows`), the file, kept for that.

    A task list is always looked at, for what it leaves out is asked about. What a file holds is found by its header where no
    `kind` of UploadKind is given. Raises StepRefused for who may not bring in, UnreadableFile for what is no table.
    """
    demand(user, roles.BRING_IN)
    check_name(name)
    grids, remarks = read_grids(name, content)
    kind = kind or (UploadKind.TASKS if holds_tasks(grids) else UploadKind.TABLES)
    if shows or kind == UploadKind.TASKS:
        return _stored(name, content, grids, user, kind)
    return bring_in_read(name, grids, remarks, user, AUTOMATIC, progress)


def store_upload(name: str, content: bytes, user: Any, kind: str = "") -> StoredUpload:
    """Keep a file for its uploader, as `take_in` does to have it looked at."""
    stored = take_in(name, content, user, kind=kind, shows=True)
    assert isinstance(stored, StoredUpload)
    return stored


def _stored(name: str, content: bytes, grids: Sequence[Grid], user: Any, kind: str) -> StoredUpload:
    """The file as it is kept, with what was last chosen of sheets of its shape as a suggestion.

    What is older than a day goes, and all but the newest of this person.
    """
    reading, origins = (
        (AUTOMATIC, dict[str, Any]()) if kind == UploadKind.TASKS else _suggested(read_sheets(name, grids))
    )
    throw_away_old()
    with transaction.atomic():
        stored = StoredUpload.objects.create(
            name=name, content=content, kind=kind, made_at=timezone.now(), made_by=user, suggested=origins,
            reading=msgspec.to_builtins(reading, str_keys=True),
        )  # fmt: skip
        mine = StoredUpload.objects.filter(made_by=user).values_list("pk", flat=True)
        StoredUpload.objects.filter(pk__in=list(mine[MOST_KEPT:])).delete()
    return stored


def _suggested(sheets: Iterable[SheetTables]) -> tuple[FileReading, dict[str, Any]]:
    """The reading that was kept for sheets of these shapes, and who chose it when."""
    reading, origins = AUTOMATIC, dict[str, Any]()
    for sheet in sheets:
        kept = KeptReading.objects.select_related("chosen_by").filter(shape=shape_of(sheet)).first()
        if kept is not None:
            reading = reading.with_sheet(sheet.grid.name, suggested(sheet, kept.choices))
            origins[sheet.grid.name] = {
                "shape": kept.shape, "by": str(kept.chosen_by), "at": kept.chosen_at.isoformat(),
            }  # fmt: skip
    return reading, origins


def throw_away_old() -> None:
    """Throw away what was stored longer than a day ago."""
    StoredUpload.objects.filter(made_at__lt=timezone.now() - KEPT_FOR).delete()


def stored_upload(pk: int, user: Any) -> StoredUpload:
    """A person's own stored file. Raises StepRefused where it is not, or not any more."""
    demand(user, roles.BRING_IN)
    stored = StoredUpload.objects.filter(pk=pk, made_by=user, made_at__gte=timezone.now() - KEPT_FOR).first()
    if stored is None:
        raise StepRefused(
            "no_upload",
            both(
                "文件已不在：上传后保留一天。请重新选择。",
                "The file is not there any more: it is kept for a day. Choose it again.",
            ),
        )
    return stored


def make_batch(upload: UploadInHand, user: Any, progress: Progress = silent) -> ImportBatch:
    """The preview of a stored file by what was chosen of it; what was chosen is kept for the next of its shape, the file goes.

    Raises UnreadableFile where something is still not understood, and keeps the file then.
    """
    stored = upload.stored
    batch = bring_in_read(stored.name, upload.grids, upload.remarks, user, upload.reading, progress)
    with transaction.atomic():
        found_alone = {sheet.grid.name: sheet for sheet in read_sheets(stored.name, upload.grids)}
        for sheet in upload.sheets:
            if sheet.grid.name in found_alone:
                keep(shape_of(found_alone[sheet.grid.name]), sheet, user)
        stored.delete()
    return batch
