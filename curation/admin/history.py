"""What the admin writes into the history: one Change for each write to a curated table, in the write's transaction."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.utils import NestedObjects
from django.core.exceptions import PermissionDenied
from django.db import models, router
from django.http import HttpRequest
from django.utils import timezone

from curation.models import Action, Change
from curation.tables.curated import BY_MODEL, TABLES, table_of
from curation.tables.table import CuratedTable
from sources.text import LINE

Cells = dict[str, str]


def is_curated(model: type[models.Model]) -> bool:
    """Whether the model has a table of its own, and with it a history."""
    return model in BY_MODEL


def is_published(record: Any) -> bool:
    """Whether a release has made the record public, now or earlier."""
    return getattr(record, "released_id", None) is not None


def cells_in_store(record: models.Model) -> Cells:
    """The record's row of cells as the store has it now, whatever the instance holds."""
    table = table_of(type(record))
    return table.cells(table.records().get(pk=record.pk))


def lock_drafts(records: Iterable[models.Model]) -> None:
    """Hold the records until the end of the transaction.

    Raises PermissionDenied where a release has published one of them since they were read.
    """
    by_model: dict[type[models.Model], list[Any]] = {}
    for record in records:
        by_model.setdefault(type(record), []).append(record.pk)
    for model, keys in by_model.items():
        held = model._default_manager.select_for_update().filter(pk__in=keys).values_list("released", flat=True)
        if any(release is not None for release in held.order_by("pk")):
            raise PermissionDenied


def remember(request: HttpRequest, table: CuratedTable, before: Cells | None, after: Cells | None, reason: str) -> None:
    """Write the history row of one write; none where nothing changed."""
    if before == after:
        return
    action = Action.ADDED if before is None else Action.DELETED if after is None else Action.CHANGED
    Change.objects.create(
        at=timezone.now(), user=request.user, table=table.name, key=table.key_of(after or before or {}),
        action=action, before=before, after=after, reason=LINE.mended(reason),
    )  # fmt: skip


def deleted_with(records: Iterable[models.Model]) -> list[models.Model]:
    """The curated records that go when these are deleted, themselves included, those that refer to others first."""
    wanted = list(records)
    if not wanted:
        return []
    collector = NestedObjects(using=router.db_for_write(type(wanted[0])), origin=wanted)
    collector.collect(wanted)
    doomed = []
    for table in reversed(TABLES):
        doomed += sorted(collector.data.get(table.model, ()), key=lambda record: record.pk)
    return doomed
