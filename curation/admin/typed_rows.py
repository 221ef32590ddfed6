"""A row of any table typed on a page, and staged: a new one, a published figure corrected, or one like it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from curation import roles
from curation.admin.rows import LONG_CELL
from curation.admin.words import Words, heading
from curation.batches.drafts import as_typed
from curation.batches.edits import Edit, stage_edits
from curation.batches.review import demand
from curation.models import ImportBatch, Verdict
from curation.refusals import StepRefused
from curation.tables.columns import Boolean, Choice, CuratedColumn
from curation.tables.table import CuratedTable
from sources.bilingual import both
from sources.text import PROSE


@dataclass(frozen=True)
class TypedCell:
    """A cell to type: its column, what stands in it, what may be chosen, and whether it stays as it is."""

    name: str
    label: Any
    text: str
    fixed: bool
    choices: list[tuple[str, Any]]
    required: bool
    long: bool
    word: str  # what the text is called


def type_row(
    modeladmin: Any,
    request: HttpRequest,
    table: CuratedTable,
    cells: Mapping[str, str],
    fixed: Collection[str],
    title: Any,
) -> HttpResponse:
    """The page of a row that begins with these cells, of which some are `fixed`; what was typed is staged once a reason is given.

    What is refused leaves all that was typed in its place.
    """
    typed = {name: request.POST.get(f"cell-{name}", "") for name in table.column_names if name not in fixed}
    if request.method == "POST":
        try:
            row = {**{name: cells.get(name, "") for name in table.column_names}, **as_typed(typed)}
            return HttpResponseRedirect(_staged(request, table, row, cells))
        except StepRefused as refusal:
            messages.error(request, refusal.message)
    shown = {**cells, **(typed if request.method == "POST" else {})}
    words = Words(table, [shown])
    context = {
        **modeladmin.admin_site.each_context(request), "opts": modeladmin.opts, "title": title, "table": table,
        "cells": [_cell(column, table, shown.get(column.name, ""), column.name in fixed, words) for column in table.columns],
        "reason": request.POST.get("reason", ""),
    }  # fmt: skip
    return TemplateResponse(request, "curation/admin/typed_row.html", context)


def _staged(request: HttpRequest, table: CuratedTable, row: dict[str, str], before: Mapping[str, str]) -> str:
    """Stage the row; the address of its batch, or of the row itself where that is in error."""
    demand(request.user, roles.BRING_IN)
    if row == dict(before):
        raise StepRefused("same", both("没有改动。", "Nothing was changed."))
    posted = request.POST
    batch = stage_edits(table, [Edit(table, row)], request.user, posted.get("reason", ""), posted.get("into", ""))
    staged = batch.rows.filter(table=table.name, came_with__isnull=False).order_by("-came_with", "-pk")[0]
    if staged.verdict == Verdict.ERROR:
        messages.warning(
            request, both("已存入草稿批次，但此行有错误：请更正。", "It is in your draft, but in error: mend it here.")
        )
        return reverse("admin:curation_stagedrow_change", args=(staged.pk,))
    messages.success(request, both("已存入草稿批次；送审并发布后才公开。",
                                   "It is in your draft; it becomes public when that was reviewed and published."))  # fmt: skip
    return f"{batch_address(batch)}?table={table.name}"


def typed_cells(table: CuratedTable, cells: Mapping[str, str]) -> list[TypedCell]:
    """The fields of a new row of a table, which begin with these cells."""
    words = Words(table, [cells])
    return [_cell(column, table, cells.get(column.name, ""), False, words) for column in table.columns]


def batch_address(batch: ImportBatch) -> str:
    """The page of a batch."""
    return reverse("admin:curation_importbatch_change", args=(batch.pk,))


def _cell(column: CuratedColumn, table: CuratedTable, text: str, fixed: bool, words: Words) -> TypedCell:
    choices: list[tuple[str, Any]] = []
    if isinstance(column, Choice):
        choices = list(column.field_of(table.model).flatchoices)
    elif isinstance(column, Boolean):
        choices = [("true", both("是", "yes")), ("false", both("否", "no"))]
    is_prose = type(column) is CuratedColumn and column.field_of(table.model).kind is PROSE
    return TypedCell(
        column.name,
        heading(column, table),
        text,
        fixed,
        choices,
        column.required,
        is_prose or len(text) > LONG_CELL,
        words.of(column.name, text),
    )
