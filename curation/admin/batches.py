"""What was brought in, on its way to the public: upload, preview, mending, review, publication."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from curation import roles
from curation.admin.asking import number_in
from curation.admin.base import ReadOnlyAdmin, badge
from curation.admin.exports import XLSX
from curation.admin.long_work import Done, do
from curation.admin.look_view import looks_of
from curation.admin.reading_step import LONG_FILE, reading_view, step_address
from curation.admin.review_view import checks_of, public_view
from curation.admin.sheet import sheet_of
from curation.admin.steps import STEPS, available, divides, open_kinds
from curation.admin.typed_rows import type_row
from curation.batches.drafts import COMPARED_WHOLE, mend
from curation.batches.parts import parts_of
from curation.batches.review import makers_role
from curation.batches.workbook_source import Titles, WorkbookText, cite_workbook
from curation.models import BatchStatus, ImportBatch
from curation.plans.warnings import CODES
from curation.progress import Progress
from curation.refusals import StepRefused
from curation.sheets.grids import read_grids
from curation.sheets.list_sheets import empty_list
from curation.sheets.stored_uploads import take_in
from curation.sheets.template import template
from curation.tables.curated import BY_NAME, TABLES
from curation.upload_models import UploadKind
from indicators.components import COMPONENTS
from sources.bilingual import both, in_both

SHOWN = ("part", "table", "verdict", "page", "show")
# What a row is unless someone says otherwise.
DEFAULTS = {part.name: part.default for part in COMPONENTS if part.default is not None}
UNSEEN = -1  # the revision of a form that names none


def address_of(batch: ImportBatch, **query: str) -> str:
    """The page of a batch."""
    page = reverse("admin:curation_importbatch_change", args=(batch.pk,))
    return f"{page}?{urlencode(query)}" if query else page


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ("called", "state", "created_at", "created_by", "reviewed_by", "release")
    list_select_related = ("created_by", "reviewed_by", "release")
    list_filter = ("status",)
    search_fields = ("name", "name_en", "note", "note_en")
    search_help_text = both("名称、说明", "name, note")
    date_hierarchy = "created_at"
    change_list_template = "curation/admin/batches.html"

    @admin.display(description=both("名称", "name"), ordering="name")
    def called(self, record: ImportBatch) -> str:
        return str(record)

    @admin.display(description=both("状态", "status"), ordering="status")
    def state(self, record: ImportBatch) -> str:
        return badge(record.status, record.get_status_display())

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportBatch]:
        """A preview is nobody's business but its maker's."""
        return super().get_queryset(request).visible_to(request.user)  # type: ignore[attr-defined]

    def get_urls(self) -> Any:
        def own(route: str, view: Any, name: str) -> Any:
            return path(route, self.admin_site.admin_view(view), name=f"curation_importbatch_{name}")

        return [
            own("upload/", self.upload_view, "upload"),
            own("upload/<int:pk>/", self.reading_view, "reading"),
            own("row/", self.row_view, "row"),
            own("template.xlsx", self.template_view, "template"),
            own("tasks.csv", self.task_list_view, "task_list"),
            own("<int:pk>/step/<slug:step>/", require_POST(self.step_view), "step"),
            own("<int:pk>/mend/", require_POST(self.mend_view), "mend"),
            *super().get_urls(),
        ]

    # Bringing in -----------------------------------------------------------------------------------------------------

    def upload_view(self, request: HttpRequest) -> Any:
        """Choose a file; it is read and compared, and becomes a preview."""
        if not request.user.has_perm(roles.BRING_IN):
            raise PermissionDenied
        title, here = both("导入文件", "Bring in a file"), reverse("admin:curation_importbatch_upload")
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        file = request.FILES.get("file")
        if request.method != "POST":
            return TemplateResponse(request, "curation/admin/upload.html", {**context, "kinds": UploadKind.choices})
        size = (file.size or 0) if file else 0
        if file is None or size > settings.READING_BYTES:
            most = f"{settings.READING_BYTES / 1e6:g} MB"
            messages.error(request, both(f"请选择不超过 {most} 的文件。", f"Choose a file of at most {most}."))
            return HttpResponseRedirect(here)
        name, content, user = file.name or "", file.read(), request.user
        answers = {field: request.POST.get(field, "").strip() for field in ("cites", "title_zh", "title_en")}
        shows, kind = bool(request.POST.get("step")), request.POST.get("kind", "")

        def work(progress: Progress) -> Done:
            taken = take_in(
                name, content, user, kind=kind if kind in UploadKind else "", shows=shows, progress=progress
            )
            if isinstance(taken, ImportBatch):
                return self.read_in(taken, user, name, content, answers)
            return Done(both("文件已读取：请查看读法。", "The file was read: look at how."), step_address(taken.pk))

        return do(request, work, here, long=size > LONG_FILE, context=context)

    @staticmethod
    def read_in(batch: ImportBatch, user: Any, name: str, content: bytes, answers: Mapping[str, str]) -> Done:
        """The preview of a file, which cites the file for its figures where that was asked for."""
        titles = Titles(answers.get("title_zh", ""), answers.get("title_en", ""))
        message = both("文件已读入，请检查后确认。", "The file was read; check it, then confirm.")
        return Done(_cited(batch, user, name, content, titles) if answers.get("cites") else message, address_of(batch))

    def reading_view(self, request: HttpRequest, pk: int) -> Any:
        """How a file that was chosen is read, before its preview."""
        if not request.user.has_perm(roles.BRING_IN):
            raise PermissionDenied
        return reading_view(self, request, pk)

    def row_view(self, request: HttpRequest) -> HttpResponse:
        """A new row of the table that the address names is typed, and goes into a draft."""
        if not request.user.has_perm(roles.BRING_IN):
            raise PermissionDenied
        of = BY_NAME.get(request.GET.get("table", ""))
        if of is None:
            raise Http404
        zh, en = in_both(of.model._meta.verbose_name)
        cells = {name: str(default) for name, default in DEFAULTS.items() if name in of.column_names}
        return type_row(self, request, of, cells, (), both(f"新增：{zh}", f"Add: {en}"))

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """The workbook to fill in, with its validation lists."""
        headers = {"Content-Disposition": 'attachment; filename="observations.xlsx"'}
        return HttpResponse(template(), content_type=XLSX, headers=headers)

    def task_list_view(self, request: HttpRequest) -> HttpResponse:
        """The empty task list of a plan, to fill in."""
        headers = {"Content-Disposition": 'attachment; filename="tasks.csv"'}
        return HttpResponse(empty_list(), content_type="text/csv; charset=utf-8", headers=headers)

    # A batch's page --------------------------------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        batch = self.get_object(request, object_id)
        if batch is None:
            raise Http404
        if not self.has_view_permission(request, batch):
            raise PermissionDenied
        shown = request.GET.get("show", "rows")
        is_mine = batch.created_by_id == request.user.pk and request.user.has_perm(makers_role(batch))
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": str(batch), "batch": batch,
            "status": badge(batch.status, batch.get_status_display()), "steps": batch.steps.select_related("user"),
            "actions": available(batch, request.user), "shown": shown,
            "has_view_permission": True, **self._accepts(request, batch), "parts": parts_of(batch),
            "divides": divides(batch, request.user), "has_looks": batch.sheets.exists(),
            "tables": [(table.name, table.model._meta.verbose_name) for table in TABLES],
        }  # fmt: skip
        if shown == "checks":
            context |= {"checks": checks_of(batch)}
        elif shown == "public":
            context |= public_view(batch)
        elif shown == "file":
            context |= {"looks": looks_of(batch)}
        else:
            context |= {"sheet": sheet_of(batch, request.GET.dict(), mendable=is_mine and batch.is_mendable)}
        return TemplateResponse(request, "curation/admin/batch.html", context)

    @staticmethod
    def _accepts(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
        """How many rows this reviewer has still to accept, and how many of them of one kind of warning alone; none for anyone else."""
        may = batch.status == BatchStatus.IN_REVIEW and batch.created_by_id != request.user.pk
        if not (may and request.user.has_perm(roles.REVIEW)):
            return {"accepts": 0}
        open_rows = open_kinds(batch, request.user)
        alone = Counter(next(iter(kinds)) for _, kinds in open_rows if len(kinds) == 1)
        kinds = [(code, name, alone[code]) for code, name in CODES.items() if alone[code]]
        return {"accepts": len(open_rows), "kinds": kinds}

    def step_view(self, request: HttpRequest, pk: int, step: str) -> Any:
        """Take a step; who may is for the step itself to say."""
        batch = self._seen(request, pk)
        chosen = STEPS.get(step)
        if chosen is None:
            raise PermissionDenied
        back, posted, user = address_of(batch, **_kept(request)), request.POST, request.user
        if chosen.asks and not posted.get("sure"):
            context = {
                **self.admin_site.each_context(request), "opts": self.opts, "title": f"{chosen.label}: {batch}",
                "batch": batch, "step": step, "button": chosen, "rows": batch.rows.count(),
            }  # fmt: skip
            return TemplateResponse(request, "curation/admin/sure.html", context)
        gone = reverse("admin:curation_importbatch_changelist")

        def work(progress: Progress) -> Done:
            message = chosen.take(batch, user, posted, progress)
            if step == "join":
                return Done(message, address_of(ImportBatch(pk=number_in(posted["into"]))))
            return Done(message, gone if step == "discard" else back)

        is_long = chosen.compares and batch.rows.count() > COMPARED_WHOLE
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": chosen.label}
        return do(request, work, back, long=is_long, context=context)

    def _seen(self, request: HttpRequest, pk: int) -> ImportBatch:
        """The batch as the page showed it whose form was sent: of the revision that the form names."""
        batch = get_object_or_404(self.get_queryset(request), pk=pk)
        named = number_in(request.POST.get("revision", ""))
        batch.revision = UNSEEN if named is None else named
        return batch

    def mend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Set the cells that were typed into the sheet: `cell-{row}-{column}`."""
        batch = self._seen(request, pk)
        typed: dict[int, dict[str, str]] = {}
        for name, text in request.POST.items():
            kind, _, rest = name.partition("-")
            row, _, column = rest.partition("-")
            if kind == "cell" and (key := number_in(row)) is not None:
                typed.setdefault(key, {})[column] = text
        try:
            left = mend(batch, request.user, typed)
        except StepRefused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(address_of(batch, **_kept(request)))
        if left:
            messages.warning(request, both(f"还有 {left} 行有错误。", f"{left} of these rows are still in error."))
        else:
            messages.success(request, both("已修改，没有错误。", "Mended: these rows are without errors."))
        return HttpResponseRedirect(address_of(batch, **_kept(request)))


def _cited(batch: ImportBatch, user: Any, name: str, content: bytes, titles: Titles) -> Any:
    """The figures that cite nothing cite the file that they were read from; what came of it, in words."""
    grids, _ = read_grids(name, content)
    try:
        count = cite_workbook(batch, user, WorkbookText(content, ((grid.name, grid.rows) for grid in grids)), titles)
    except StepRefused as refusal:
        zh, en = in_both(refusal.message)
        return both(f"文件已读入，但未引证：{zh}", f"The file was read, but is not cited: {en}")
    return both(
        f"文件已读入，{count} 个数值以其单元格为引证；请检查后确认。",
        f"The file was read; {count} figures cite their cells. Check it, then confirm.",
    )


def _kept(request: HttpRequest) -> dict[str, str]:
    """The parameters that lead back to the rows of the sheet that the form was sent from: its hidden fields `at-…`."""
    return {name: request.POST[f"at-{name}"] for name in SHOWN if request.POST.get(f"at-{name}")}
