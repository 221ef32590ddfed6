"""Who changed what: read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from curation.admin.base import LongTableAdmin, list_url, section
from curation.admin.cells import cells_table
from curation.admin.words import key_in_words, table_in_words
from curation.models import Change
from curation.tables.curated import BY_NAME
from curation.tables.table import CuratedTable
from sources.bilingual import both

HISTORY_NOTE = both(
    "变更记录与写入同时产生，不可修改。", "The history is written with every write and cannot be changed."
)


def record_link(table: CuratedTable | None, key: str) -> list[tuple[Any, str]]:
    """Where to find the record that a key names, where a single code names it."""
    if table is None or len(table.key) > 1:
        return []
    return [(both("该记录", "The record"), list_url(table.model, **{f"{table.key[0]}__exact": key}))]


@admin.register(Change)
class ChangeAdmin(LongTableAdmin):
    list_display = ("at", "table_called", "key_called", "action", "user", "release", "reason")
    list_display_links = ("key_called",)
    list_select_related = ("user", "release")
    list_filter = ("action", "release")
    search_fields = ("table", "key", "reason")
    search_help_text = both("表、键、原因", "table, key, reason")
    sortable_by = ()
    read_only_note = HISTORY_NOTE
    fieldsets = (
        section(None, ("table_called", "key_called"), "key", ("action", "at"), ("user", "release"), "reason"),
        section(both("内容", "Content"), "cells"),
    )
    readonly_fields = ("cells", "table_called", "key_called")

    def links(self, record: Any) -> list[tuple[Any, str]]:
        return record_link(BY_NAME.get(record.table), record.key)

    @admin.display(description=both("表", "table"))
    def table_called(self, record: Change) -> str:
        return table_in_words(record.table)

    @admin.display(description=both("所指", "what it is of"))
    def key_called(self, record: Change) -> str:
        return key_in_words(record.table, record.key)

    @admin.display(description=both("前后对照", "before and after"))
    def cells(self, record: Change) -> str:
        return cells_table(
            record.table, **{str(both("之前", "before")): record.before, str(both("之后", "after")): record.after}
        )
