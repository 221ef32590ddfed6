"""Lines over time and their values, read-only: a series with its table and chart, an observation with its citations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from curation.admin.base import LongTableAdmin, badge, part, section
from curation.admin.chart import draw, stated, symbol
from curation.admin.filters import LiveFilter
from curation.admin.inlines import CitationsInline
from indicators.components import BREAKDOWNS, RELATIONS
from indicators.models import Observation, Series
from sources.bilingual import both, said

WRITTEN_BY_RELEASES = both(
    "序列与观测只由发布写入；更正会停用旧行并新增一行。导入文件并经审核，即可更正或新增。",
    "Series and observations are written by releases only; a correction retires a row and adds one. "
    "Bring in a file and have it reviewed to correct or add figures.",
)
SEARCH_HELP = both("序列键、指标、地区；多个词须同时符合", "series key, indicator, region; all words must match")


@admin.register(Series)
class SeriesAdmin(LongTableAdmin):
    list_display = ("key", "indicator_name", "region_name", "frequency", "accumulation", "breakdown", "variant")
    list_select_related = RELATIONS
    list_filter = ("frequency", "accumulation", "indicator__topic", "region__kind")
    search_fields = ("key", "indicator__search", "region__search")
    search_help_text = SEARCH_HELP
    sortable_by = ("key",)
    change_form_template = "curation/admin/series.html"
    read_only_note = WRITTEN_BY_RELEASES
    related = ((both("观测列表", "List of its observations"), Observation, "series__id__exact"),)
    fieldsets = (section(None, "key", "indicator", "region", ("frequency", "accumulation"), "breakdown", "variant"),)
    readonly_fields = ("breakdown",)

    def api_path(self, record: Any) -> str:
        return f"/series/{part(record.key)}"

    def is_public(self, record: Any) -> bool:
        return Series.objects.public().filter(pk=record.pk).exists()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False,
        form_url: str = "", obj: Any = None,
    ) -> HttpResponse:  # fmt: skip
        related = obj.observations.select_related("unit", "source", "released", "retired")
        rows = list(related.order_by("-period", F("retired").desc(nulls_first=True), "-pk"))
        for row in rows:
            row.stated, row.symbol = stated(row), symbol(row.unit)
        context |= {"rows": rows, "chart": draw(obj, [row for row in rows if row.retired is None])}
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description=both("指标", "indicator"), ordering="indicator__code")
    def indicator_name(self, record: Series) -> str:
        return said(record.indicator, "name")

    @admin.display(description=both("地区", "region"), ordering="region__code")
    def region_name(self, record: Series) -> str:
        return said(record.region, "name")

    @admin.display(description=both("分组", "breakdown"))
    def breakdown(self, record: Series) -> str:
        parts = (getattr(record, name) for name in BREAKDOWNS)
        return " · ".join(said(part, "name") for part in parts if part is not None) or self.get_empty_value_display()


@admin.register(Observation)
class ObservationAdmin(LongTableAdmin):
    list_display = (
        "series_key", "indicator_name", "region_name", "period", "value_stated", "unit_symbol", "status", "qualifier",
        "source_slug", "standing",
    )  # fmt: skip
    needed = ("series__indicator", "series__region", "unit", "source", "released", "retired")
    list_filter = (
        LiveFilter, "status", "qualifier", "period_basis", "series__frequency", "series__indicator__topic",
        "series__region__kind", "source", "released",
    )  # fmt: skip
    search_fields = ("series__key", "series__indicator__search", "series__region__search", "period")
    search_help_text = both(
        "序列键、指标、地区、时期；多个词须同时符合", "series key, indicator, region, period; all words must match"
    )
    sortable_by = ("period",)
    read_only_note = WRITTEN_BY_RELEASES
    fieldsets = (
        section(None, "series_link", ("indicator_name", "region_name"), ("period", "period_start", "period_end")),
        section(
            both("数值", "Value"), ("value_stated", "unit", "decimals"), ("status", "qualifier", "period_basis"),
            "note_zh", "note_en",
        ),
        section(both("出处与发布", "Source and release"), "source", ("released", "retired")),
    )  # fmt: skip
    readonly_fields = ("series_link", "indicator_name", "region_name", "value_stated")
    inlines = (CitationsInline.of(Observation),)

    def api_path(self, record: Any) -> str:
        return f"/observations/{record.pk}"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*self.needed)

    @admin.display(description=both("序列键", "series key"))
    def series_key(self, record: Observation) -> str:
        return record.series.key

    @admin.display(description=both("序列", "series"))
    def series_link(self, record: Observation) -> str:
        address = reverse("admin:indicators_series_change", args=(record.series_id,))
        return format_html('<a href="{}">{}</a>', address, record.series.key)

    @admin.display(description=both("指标", "indicator"))
    def indicator_name(self, record: Observation) -> str:
        return said(record.series.indicator, "name")

    @admin.display(description=both("地区", "region"))
    def region_name(self, record: Observation) -> str:
        return said(record.series.region, "name")

    @admin.display(description=both("数值", "value"))
    def value_stated(self, record: Observation) -> str:
        return format_html('<span class="number">{}</span>', stated(record))

    @admin.display(description=both("单位", "unit"))
    def unit_symbol(self, record: Observation) -> str:
        return symbol(record.unit)

    @admin.display(description=both("来源", "source"))
    def source_slug(self, record: Observation) -> str:
        return record.source.slug

    @admin.display(description=both("发布", "publication"))
    def standing(self, record: Observation) -> str:
        if record.retired is not None:
            return badge("withdrawn", both(f"{record.retired} 停用", f"retired in {record.retired}"))
        return badge("public", record.released)
