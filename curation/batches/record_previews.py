"""Records of a batch as the public API would answer them, from a publication that is rolled back before anyone can see it.

The answers come from the API's own views, called within the transaction; other connections never see it. No middleware
runs and the data version is not asked for, so nothing of the rehearsal is remembered either (a test holds that).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django.db import transaction
from django.http import HttpRequest
from django.urls import resolve

from curation.models import ImportBatch
from curation.plans.imports import plan_import
from curation.refusals import StepRefused
from curation.releases.publication import ReleaseNotes, publish
from curation.tables.observations import OBSERVATIONS

API = "/api/v1"
MOST = 200  # rows that are published for a look; of longer batches the comparison of rows has to do
SHOWN = 20

PathOf = Callable[[Any], str]


@dataclass(frozen=True)
class RecordPreview:
    """An address of the API and what it would answer there: a JSON document, or None where nothing would be found."""

    path: str
    body: str | None


def rehearsed(batch: ImportBatch, path_of: PathOf) -> list[RecordPreview]:
    """What the API would answer for the records of a batch, in the active language; `path_of` is a record's address.

    Empty where the batch could not be published, or has too many records for a look.
    """
    rows = batch.rows.that_change().exclude(table=OBSERVATIONS.name)
    files: dict[str, list[dict[str, str]]] = {}
    for table, raw in rows.order_by("table", "number").values_list("table", "raw")[: MOST + 1]:
        files.setdefault(table, []).append(raw)
    if not files or sum(map(len, files.values())) > MOST:
        return []
    with transaction.atomic():
        answers = _answers(files, path_of)
        transaction.set_rollback(True)
    return answers


def _answers(files: dict[str, list[dict[str, str]]], path_of: PathOf) -> list[RecordPreview]:
    plan = plan_import(files)
    try:
        publish(plan, ReleaseNotes(reason="rehearsal"))
    except StepRefused:
        return []
    records = [row.record for _, staged in plan.tables for row in staged if row.record is not None]
    paths = dict.fromkeys(path for record in records if (path := path_of(record)))
    return [RecordPreview(f"{API}{path}", _body(f"{API}{path}")) for path in list(paths)[:SHOWN]]


class _OwnRequest(HttpRequest):
    """A request that nobody sent, so that no host was asked for that would have to be allowed."""

    def get_host(self) -> str:
        return "localhost"


def _body(path: str) -> str | None:
    request = _OwnRequest()
    request.method, request.path = "GET", path
    request.META = {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1"}
    request.request_id = "rehearsal"  # type: ignore[attr-defined]
    view = resolve(unquote(path))
    response = view.func(request, *view.args, **view.kwargs)
    if hasattr(response, "render"):
        response.render()
    return (
        json.dumps(json.loads(response.content), ensure_ascii=False, indent=2) if response.status_code == 200 else None
    )
