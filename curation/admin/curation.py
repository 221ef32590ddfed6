"""What was brought in, and who changed what: read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string

from curation.admin.base import LongTableAdmin, ReadOnlyAdmin, list_url, section
from curation.models import Change, ImportBatch, StagedRow
from curation.tables import BY_NAME, Table
from sources.bilingual import both

HISTORY_NOTE = both(
    "变更记录与写入同时产生，不可修改。", "The history is written with every write and cannot be changed."
)
BATCH_NOTE = both("导入批次由导入写入，不可修改。", "Import batches are written by the import and cannot be changed.")


def cells_table(table: str, **columns: Any) -> str:
    """Rows of cells side by side, one line a column of the table, the lines that differ marked."""
    known = BY_NAME[table].column_names if table in BY_NAME else []
    sides = [side or {} for side in columns.values()]
    names = [*known, *sorted({name for side in sides for name in side} - set(known))]
    lines = []
    for name in names:
        cells = [side.get(name, "") for side in sides]
        if any(cells):
            lines.append(
                {"name": name, "cells": cells, "differs": all(columns.values()) and len(set(map(str, cells))) > 1}
            )
    return render_to_string("curation/admin/cells.html", {"heads": list(columns), "lines": lines})


def record_link(table: Table | None, key: str) -> list[tuple[Any, str]]:
    """Where to find the record that a key names, where a single code names it."""
    if table is None or len(table.key) > 1:
        return []
    return [(both("该记录", "The record"), list_url(table.model, **{f"{table.key[0]}__exact": key}))]


@admin.register(Change)
class ChangeAdmin(LongTableAdmin):
    list_display = ("at", "table", "key", "action", "user", "release", "reason")
    list_display_links = ("key",)
    list_select_related = ("user", "release")
    list_filter = ("action", "release")
    search_fields = ("table", "key", "reason")
    search_help_text = both("表、键、原因", "table, key, reason")
    sortable_by = ()
    read_only_note = HISTORY_NOTE
    fieldsets = (
        section(None, ("table", "key"), ("action", "at"), ("user", "release"), "reason"),
        section(both("内容", "Content"), "cells"),
    )
    readonly_fields = ("cells",)

    def links(self, record: Any) -> list[tuple[Any, str]]:
        return record_link(BY_NAME.get(record.table), record.key)

    @admin.display(description=both("前后对照", "before and after"))
    def cells(self, record: Change) -> str:
        return cells_table(
            record.table, **{str(both("之前", "before")): record.before, str(both("之后", "after")): record.after}
        )


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = ("name", "status", "created_at", "created_by", "reviewed_by", "release")
    list_select_related = ("created_by", "reviewed_by", "release")
    list_filter = ("status",)
    search_fields = ("name", "note")
    search_help_text = both("名称、说明", "name, note")
    date_hierarchy = "created_at"
    read_only_note = BATCH_NOTE
    related = ((both("其各行", "Its rows"), StagedRow, "batch__id__exact"),)
    fieldsets = (section(None, "name", "status", ("created_at", "created_by"), "reviewed_by", "note", "release"),)


@admin.register(StagedRow)
class StagedRowAdmin(LongTableAdmin):
    list_display = ("batch", "table", "number", "key", "verdict")
    list_display_links = ("key",)
    list_select_related = ("batch",)
    list_filter = ("verdict", "batch")
    search_fields = ("table", "key")
    search_help_text = both("表、键", "table, key")
    sortable_by = ()
    read_only_note = BATCH_NOTE
    fieldsets = (
        section(None, "batch", ("table", "number"), "key", "verdict"),
        section(both("内容", "Content"), "problems", "cells"),
    )
    readonly_fields = ("problems", "cells")

    def links(self, record: Any) -> list[tuple[Any, str]]:
        return record_link(BY_NAME.get(record.table), record.key)

    @admin.display(description=both("错误", "errors"))
    def problems(self, record: StagedRow) -> str:
        return "; ".join(f"{error['column']}: {error['message']}" for error in record.errors)

    @admin.display(description=both("读入、解析与现值", "as read, as resolved, as it stands"))
    def cells(self, record: StagedRow) -> str:
        heads = (both("读入", "as read"), both("现值", "as it stands"), both("解析", "as resolved"))
        return cells_table(
            record.table, **dict(zip(map(str, heads), (record.raw, record.before, record.resolved), strict=True))
        )
