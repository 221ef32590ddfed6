"""What is measured: topics, units, classifications, indicators and the checks on them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from curation.admin.base import part, section
from curation.admin.curated import CuratedAdmin, CuratedInline
from curation.admin.filters import StateFilter
from indicators.models import Category, Check, CheckTerm, Indicator, IndustryTier, Scheme, Series, Topic, Unit
from policies.models import MeasureIndicator
from sources.bilingual import both

CODE_OR_NAME = both("代码、名称", "code, name")


@admin.register(Topic)
class TopicAdmin(CuratedAdmin):
    list_display = ("code", "name", "order", "state")
    search_fields = ("code", "name_zh", "name_en")
    search_help_text = CODE_OR_NAME
    related = ((both("其指标", "Its indicators"), Indicator, "topic__id__exact"),)
    sections = (section(None, ("code", "order"), ("name_zh", "name_en")),)

    def api_path(self, record: Any) -> str:
        return f"/topics/{part(record.code)}"


@admin.register(Unit)
class UnitAdmin(CuratedAdmin):
    list_display = ("code", "name", "symbol_zh", "symbol_en", "dimension", "plain_factor", "state")
    search_fields = ("code", "name_zh", "name_en", "symbol_zh", "symbol_en")
    search_help_text = CODE_OR_NAME
    related = ((both("其指标", "Its indicators"), Indicator, "unit__id__exact"),)
    sections = (
        section(None, "code", ("name_zh", "name_en"), ("symbol_zh", "symbol_en")),
        section(
            both("换算", "Conversion"), ("dimension", "factor"),
            note=both("换算到同一量纲基本单位的精确倍数。", "The factor is exact, to the base unit of the dimension."),
        ),
    )  # fmt: skip
    shown_as: ClassVar = {"factor": "plain_factor"}

    def api_path(self, record: Any) -> str:
        return f"/units/{part(record.code)}"

    @admin.display(description=both("换算系数", "factor"), ordering="factor")
    def plain_factor(self, record: Unit) -> str:
        return f"{record.factor.normalize():f}"


@admin.register(Scheme)
class SchemeAdmin(CuratedAdmin):
    list_display = ("code", "name", "state")
    search_fields = ("code", "name_zh", "name_en")
    search_help_text = CODE_OR_NAME
    related = ((both("其类目", "Its categories"), Category, "scheme__id__exact"),)
    sections = (section(None, "code", ("name_zh", "name_en")),)

    def api_path(self, record: Any) -> str:
        return f"/classifications/{part(record.code.lower())}"


@admin.register(Category)
class CategoryAdmin(CuratedAdmin):
    list_display = ("code", "name", "scheme", "parent", "state")
    list_select_related = ("scheme", "parent")
    list_filter = (StateFilter, "scheme")
    search_fields = ("code", "search")
    search_help_text = CODE_OR_NAME
    autocomplete_fields = ("scheme", "parent")
    sections = (
        section(None, "scheme", "code", "parent", ("name_zh", "name_en"), "other_names"),
        section(both("标准编码", "Standard codes"), ("gbt4754", "gbt4754_relation"), ("hs", "hs_relation")),
    )


@admin.register(Indicator)
class IndicatorAdmin(CuratedAdmin):
    list_display = ("code", "name", "topic", "unit", "kind", "headline", "state")
    list_select_related = ("topic", "unit")
    list_filter = (StateFilter, "topic", "kind", "aggregation", "headline")
    search_fields = ("code", "search")
    search_help_text = both("代码、各种名称", "code and all names")
    autocomplete_fields = ("topic", "unit", "citations")
    related = (
        (both("序列", "Series"), Series, "indicator__id__exact"),
        (both("政策措施", "Measures"), MeasureIndicator, "indicator__id__exact"),
    )
    sections = (
        section(None, "code", "topic", ("name_zh", "name_en"), "other_names"),
        section(both("定义", "Definition"), "definition_zh", "definition_en", "citations"),
        section(both("单位", "Unit"), "unit", ("counter_zh", "counter_en"), "decimals"),
        section(both("读法", "How to read it"), ("kind", "aggregation"), ("price_basis", "higher_is"), "headline"),
        section(both("备注", "Note"), "note_zh", "note_en"),
    )

    def api_path(self, record: Any) -> str:
        return f"/indicators/{part(record.code)}"


@admin.register(IndustryTier)
class IndustryTierAdmin(CuratedAdmin):
    list_display = ("region", "industry", "tier", "state")
    list_select_related = ("region", "industry")
    list_filter = (StateFilter, "tier")
    search_fields = ("region__search", "industry__search")
    search_help_text = both("地区或行业的代码、名称", "code or names of the region or industry")
    autocomplete_fields = ("region", "industry", "citations")
    sections = (
        section(None, "region", "industry", "tier"),
        section(both("出处", "Source"), "citations"),
        section(both("备注", "Note"), "note_zh", "note_en"),
    )


class CheckTermInline(CuratedInline, admin.TabularInline):
    model = CheckTerm
    fields = ("role", "ordinal", "series", "period")
    show_change_link = False


@admin.register(Check)
class CheckAdmin(CuratedAdmin):
    list_display = ("code", "name", "kind", "state")
    list_filter = (StateFilter, "kind")
    search_fields = ("code", "name_zh", "name_en")
    search_help_text = CODE_OR_NAME
    inlines = (CheckTermInline,)
    sections = (section(None, ("code", "kind"), ("name_zh", "name_en"), "note_zh", "note_en"),)

    def api_path(self, record: Any) -> str:
        return f"/checks/{part(record.code)}"


@admin.register(CheckTerm)
class CheckTermAdmin(CuratedAdmin):
    list_display = ("check_of", "role", "ordinal", "series", "period", "state")
    list_select_related = ("check_of",)
    list_filter = (StateFilter, "role")
    search_fields = ("check_of__code", "series", "period")
    search_help_text = both("核对代码、序列键、时期", "code of the check, series key, period")
    autocomplete_fields = ("check_of",)
    sections = (section(None, "check_of", ("role", "ordinal"), "series", "period"),)
