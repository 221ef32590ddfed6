"""A list of the admin as a workbook with the columns of the import, which can be brought in again."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from curation.tables.curated import table_of
from curation.tables.observations import OBSERVATIONS, ObservationTable
from curation.tables.table import CuratedTable
from indicators.models import Observation
from sources.bilingual import both

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook_of(table: CuratedTable, rows: Iterable[Mapping[str, str]]) -> bytes:
    """A sheet that is called as the table is and has its columns; every cell is a text, so that nothing is read otherwise."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - for the first who wants one

    content = io.BytesIO()
    with Workbook(content, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False}) as book:
        book.set_properties({"created": timezone.now().replace(tzinfo=None), "author": ""})
        sheet, text = book.add_worksheet(table.name), book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(table.column_names):
            sheet.set_column(place, place, 16, text)
            sheet.write_string(0, place, name, book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            for place, name in enumerate(table.column_names):
                sheet.write_string(number, place, row[name], text)
    return content.getvalue()


def _rows(table: CuratedTable, chosen: models.QuerySet[Any]) -> Iterator[Mapping[str, str]]:
    keys = list(islice(chosen.order_by("pk").values_list("pk", flat=True), settings.READING_ROWS))
    if isinstance(table, ObservationTable):
        live = Observation.objects.live().filter(pk__in=keys)
        return (cells for _, _, cells in OBSERVATIONS.lines(live, "pk"))
    return map(table.cells, table.records().filter(pk__in=keys))


@admin.action(
    description=both("导出所选为工作簿（XLSX，可再导入）", "Export the selected as a workbook that can be brought in")
)
def export(modeladmin: Any, request: HttpRequest, queryset: models.QuerySet[Any]) -> HttpResponse:
    """The selected records that stand, with all of their cells."""
    table = table_of(modeladmin.model)
    headers = {"Content-Disposition": f'attachment; filename="{table.name}.xlsx"'}
    return HttpResponse(workbook_of(table, _rows(table, queryset)), content_type=XLSX, headers=headers)
