"""One row of a batch: as read, as resolved, what stands beside it; its maker mends any of its cells here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from curation import roles
from curation.admin.base import LongTableAdmin, badge
from curation.admin.sheet import in_language, percent
from curation.admin.words import Words, heading, key_in_words, table_in_words
from curation.models import BatchStep, StagedRow
from curation.tables.columns import CuratedColumn
from curation.tables.curated import BY_NAME
from curation.tables.table import CuratedTable
from sources.bilingual import both

LONG_CELL = 60


@dataclass(frozen=True)
class Field:
    """A column of the row: as read, what stands, what it would become, and what is wrong with it."""

    name: str
    label: Any
    raw: str
    before: str
    after: str
    errors: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    long: bool

    @property
    def differs(self) -> bool:
        return self.before != self.after


@admin.register(StagedRow)
class StagedRowAdmin(LongTableAdmin):
    list_display = ("batch", "table_called", "number", "key_called", "judged")
    list_display_links = ("key_called",)
    list_select_related = ("batch",)
    list_filter = ("verdict",)
    search_fields = ("table", "key")
    search_help_text = both("表、键", "table, key")
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[StagedRow]:
        return super().get_queryset(request).visible_to(request.user)  # type: ignore[attr-defined]

    @admin.display(description=both("表", "table"))
    def table_called(self, record: StagedRow) -> str:
        return table_in_words(record.table)

    @admin.display(description=both("键", "key"))
    def key_called(self, record: StagedRow) -> str:
        return key_in_words(record.table, record.key) or "—"

    @admin.display(description=both("判定", "verdict"), ordering="verdict")
    def judged(self, record: StagedRow) -> str:
        return badge(f"verdict-{record.verdict}", record.get_verdict_display())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        table, batch = BY_NAME[row.table], row.batch
        is_mine = batch.created_by_id == request.user.pk and request.user.has_perm(roles.BRING_IN)
        words = Words(table, (side for side in (row.before, row.resolved) if side), batch)
        fields = [field_of(row, column, table, words) for column in table.columns]
        known = set(table.column_names)
        context = {
            **self.admin_site.each_context(request), "opts": batch._meta, "title": key_in_words(row.table, row.key) or row, "row": row,
            "batch": batch, "mendable": is_mine and batch.is_mendable, "fields": fields,
            "verdict": badge(f"verdict-{row.verdict}", row.get_verdict_display()), "percent": percent(row),
            "beside": in_language(f for f in (*row.errors, *row.warnings) if f["column"] not in known),
            "table": table.model._meta.verbose_name, "place": [part for part in (row.sheet, row.cell) if part],
        }  # fmt: skip
        return TemplateResponse(request, "curation/admin/row.html", context)


def field_of(row: StagedRow, column: CuratedColumn, table: CuratedTable, words: Words) -> Field:
    """A column of a row, for its page."""
    name = column.name
    raw, before, after = ((side or {}).get(name, "") for side in (row.raw, row.before, row.resolved))
    return Field(
        name, heading(column, table), raw, words.of(name, before), words.of(name, after),
        in_language(error for error in row.errors if error["column"] == name),
        in_language(warning for warning in row.warnings if warning["column"] == name),
        any(len(side) > LONG_CELL or "\n" in side for side in (raw, before, after)),
    )  # fmt: skip


@admin.register(BatchStep)
class BatchStepAdmin(LongTableAdmin):
    list_display = ("at", "batch", "step", "user", "reason")
    list_display_links = ("batch",)
    list_select_related = ("batch", "user")
    list_filter = ("step",)
    search_fields = ("batch__name", "reason")
    search_help_text = both("批次名称、原因", "name of the batch, reason")
    sortable_by = ()
    read_only_note = both(
        "步骤与其操作同时记录，不可修改。", "Steps are recorded as they are taken and cannot be changed."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[BatchStep]:
        """The steps of a preview name its file and its cells: they are nobody's business but its maker's."""
        return super().get_queryset(request).visible_to(request.user)  # type: ignore[attr-defined]
