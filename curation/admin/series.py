"""Lines over time and their values, read-only: a series with its table and chart, an observation with its citations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html

from curation import roles
from curation.admin.base import LongTableAdmin, badge, part, section
from curation.admin.chart import draw, stated, symbol
from curation.admin.exports import export
from curation.admin.filters import LiveFilter
from curation.admin.history import cells_in_store
from curation.admin.inlines import CitationsInline
from curation.admin.proposals import withdraw
from curation.admin.typed_rows import type_row
from curation.tables.observations import OBSERVATIONS
from indicators.components import ATTRIBUTES, BREAKDOWNS, KEY, RELATIONS
from indicators.models import Observation, Series
from sources.bilingual import both, said

WRITTEN_BY_RELEASES = both(
    "序列与观测只由发布写入；更正会停用旧行并新增一行。在观测页更正、撤回或新增，或导入文件，经审核发布后生效。",
    "Series and observations are written by releases only; a correction retires a row and adds one. Correct, withdraw or add a figure "
    "on the page of an observation, or bring in a file, and have it reviewed.",
)
# What a curator may do about a figure that stands.
DONE = (
    ("correct", both("更正", "Correct")), ("withdraw", both("撤回", "Withdraw")),
    ("another", both("新增同序列数值", "Add a figure of this series")),
)  # fmt: skip
# The dimensions and attributes that the pages show by themselves, beside those that have a place among others.
DIMENSIONS = [name for name in KEY if name not in ("indicator", "region", "frequency", "accumulation", *BREAKDOWNS)]
OF_WORDS = [component.name for component in ATTRIBUTES if component.words]
PLACED = ("unit", "decimals", "source", *OF_WORDS)
ATTRIBUTE_FIELDS = [field for component in ATTRIBUTES if component.name not in PLACED for field in component.columns]
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
    fieldsets = (section(None, "key", "indicator", "region", ("frequency", "accumulation"), "breakdown", *DIMENSIONS),)
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
        LiveFilter, *OF_WORDS, "series__frequency", "series__indicator__topic",
        "series__region__kind", "source", "released",
    )  # fmt: skip
    search_fields = ("series__key", "series__indicator__search", "series__region__search", "period")
    search_help_text = both(
        "序列键、指标、地区、时期；多个词须同时符合", "series key, indicator, region, period; all words must match"
    )
    sortable_by = ("period",)
    actions = (export,)
    read_only_note = WRITTEN_BY_RELEASES
    fieldsets = (
        section(None, "series_link", ("indicator_name", "region_name"), ("period", "period_start", "period_end")),
        section(
            both("数值", "Value"), ("value_stated", "unit", "decimals"), tuple(OF_WORDS), *ATTRIBUTE_FIELDS,
        ),
        section(both("出处与发布", "Source and release"), "source", ("released", "retired")),
    )  # fmt: skip
    readonly_fields = ("series_link", "indicator_name", "region_name", "value_stated")
    inlines = (CitationsInline.of(Observation),)

    def get_urls(self) -> Any:
        def own(route: str, view: Any, name: str) -> Any:
            return path(f"<int:pk>/{route}/", self.admin_site.admin_view(view), name=f"indicators_observation_{name}")

        return [
            own("correct", self.correct_view, "correct"), own("withdraw", self.withdraw_view, "withdraw"),
            own("another", self.another_view, "another"), *super().get_urls(),
        ]  # fmt: skip

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False,
        form_url: str = "", obj: Any = None,
    ) -> HttpResponse:  # fmt: skip
        if obj is not None and obj.retired_id is None and request.user.has_perm(roles.BRING_IN):
            done = [(label, reverse(f"admin:indicators_observation_{name}", args=(obj.pk,))) for name, label in DONE]
            context["record_steps"] = done
        return super().render_change_form(request, context, add, change, form_url, obj)

    def correct_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All that a figure states may be corrected, which is staged with a reason; of what it is stays."""
        record = self._standing(request, pk)
        return type_row(self, request, OBSERVATIONS, cells_in_store(record), OBSERVATIONS.key, both("更正", "Correct"))

    def another_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another figure of the same series, with the unit, source and such of this one to begin with."""
        cells = cells_in_store(self._standing(request, pk)) | dict.fromkeys(("period", "value", "citations"), "")
        fixed = OBSERVATIONS.SERIES_COLUMNS
        return type_row(
            self, request, OBSERVATIONS, cells, fixed, both("新增同序列数值", "Add a figure of this series")
        )

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A figure is to be withdrawn without another in its place: a staged row, with a reason."""
        return withdraw(self, request, self._standing(request, pk))

    def _standing(self, request: HttpRequest, pk: int) -> Observation:
        """The figure of an address, if it still stands and this person may bring in. Raises Http404 or PermissionDenied."""
        if not request.user.has_perm(roles.BRING_IN):
            raise PermissionDenied
        return get_object_or_404(Observation.objects.live(), pk=pk)

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
