"""The step between a file that was chosen and its preview: how it is read is shown, asked and chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode

from curation.admin.asking import number_in
from curation.admin.long_work import Done, do
from curation.admin.reading_form import chosen_in, with_indicator
from curation.admin.reading_page import page_of
from curation.admin.tasks_page import tasks_page
from curation.admin.typed_rows import typed_cells
from curation.progress import Progress
from curation.refusals import StepRefused, UnreadableFile
from curation.sheets.stored_uploads import UploadInHand, make_batch, stored_upload
from curation.tables.curated import BY_NAME
from curation.upload_models import UploadKind
from sources.bilingual import both

LONG_FILE = 200_000  # bytes from which on a file is read while the page shows how far it is
OF_A_NEW_INDICATOR: Mapping[str, str] = {
    "decimals": "1", "kind": "flow", "aggregation": "sum", "price_basis": "unstated", "higher_is": "neutral", "headline": "false",
}  # fmt: skip


def step_address(pk: int, **query: str) -> str:
    """The page of a stored file."""
    page = reverse("admin:curation_importbatch_reading", args=(pk,))
    return f"{page}?{urlencode(query)}" if query else page


def reading_view(modeladmin: Any, request: HttpRequest, pk: int) -> Any:
    """The page of a stored file's sheet; what is posted is chosen, and read again, or becomes a preview."""
    try:
        stored = stored_upload(pk, request.user)
        if stored.kind == UploadKind.TASKS:
            return tasks_page(modeladmin, request, stored)
        upload = UploadInHand(stored)
        return _posted(modeladmin, request, upload) if request.method == "POST" else _shown(modeladmin, request, upload)
    except (StepRefused, UnreadableFile) as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("admin:curation_importbatch_upload"))


def _sheet_asked(request: HttpRequest, upload: UploadInHand) -> int:
    """The number of the sheet that is asked for: the first that holds a table where none is."""
    number = number_in(request.GET.get("sheet", ""))
    if number is not None and number < len(upload.grids):
        return number
    held = {sheet.grid.name for sheet in upload.sheets if sheet.tables}
    return next((at for at, grid in enumerate(upload.grids) if grid.name in held), 0)


def _shown(modeladmin: Any, request: HttpRequest, upload: UploadInHand) -> TemplateResponse:
    at = _sheet_asked(request, upload)
    name, reading = upload.grids[at].name, upload.reading
    sheet = next((sheet for sheet in upload.sheets if sheet.grid.name == name), None)
    answers = request.session.get(f"upload-{upload.stored.pk}", {})
    suggested = upload.stored.suggested.get(name)
    indicators = BY_NAME["indicators"]
    context = {
        **modeladmin.admin_site.each_context(request), "opts": modeladmin.opts, "title": upload.stored.name, "upload": upload,
        "tabs": [
            (number, grid.name or upload.stored.name, reading.of(grid.name).read, number == at)
            for number, grid in enumerate(upload.grids)
        ],
        "sheet_number": at, "sheet_name": name, "is_read": sheet is not None, "remarks": upload.remarks,
        "page": page_of(upload, sheet, cites=bool(answers.get("cites"))) if sheet else None, "answers": answers,
        "suggested": suggested and {**suggested, "at": parse_datetime(suggested["at"])},
        "added": reading.added.get("indicators", []),
        "new_cells": typed_cells(indicators, OF_A_NEW_INDICATOR),
    }  # fmt: skip
    return TemplateResponse(request, "curation/admin/reading.html", context)


def _posted(modeladmin: Any, request: HttpRequest, upload: UploadInHand) -> Any:
    posted, at = request.POST, _sheet_asked(request, upload)
    here, name = step_address(upload.stored.pk, sheet=str(at)), upload.grids[at].name
    go = posted.get("go", "again")
    if go == "discard":
        upload.stored.delete()
        messages.success(request, both("文件已丢弃。", "The file was thrown away."))
        return HttpResponseRedirect(reverse("admin:curation_importbatch_upload"))
    if go in ("afresh", "forget"):
        (upload.forget if go == "forget" else upload.read_afresh)(name)
        return HttpResponseRedirect(here)
    _choose(posted, upload, name)
    answers = {field: posted.get(field, "").strip() for field in ("cites", "title_zh", "title_en")}
    request.session[f"upload-{upload.stored.pk}"] = answers
    if go != "preview":
        return HttpResponseRedirect(here)

    def work(progress: Progress) -> Done:
        name, content = upload.stored.name, bytes(upload.stored.content)
        batch = make_batch(upload, request.user, progress)
        return modeladmin.read_in(batch, request.user, name, content, answers)

    is_long = len(upload.stored.content) > LONG_FILE
    context = {**modeladmin.admin_site.each_context(request), "opts": modeladmin.opts, "title": upload.stored.name}
    return do(request, work, here, long=is_long, context=context)


def _choose(posted: Any, upload: UploadInHand, name: str) -> None:
    """Take over what was chosen of a sheet, and an indicator that was typed."""
    reading = with_indicator(posted, upload.reading)
    sheet = next((sheet for sheet in upload.sheets if sheet.grid.name == name), None)
    choices = chosen_in(posted, sheet) if sheet else upload.reading.of(name)
    choices = msgspec.structs.replace(choices, read=bool(posted.get("read")))
    upload.choose(reading.with_sheet(name, choices))
