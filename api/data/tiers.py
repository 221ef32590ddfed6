"""/structure/tiers: what its industries are to a place: leading, supporting, of potential."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.data.figure_rows import FigureRow, figure_row
from api.http.filters import ParameterSet
from api.http.package_tables import PackageTable
from api.http.parameters import CodesField, OneCodeField, Parameter
from api.http.rows import PartialRow, RowPart
from api.http.tags import OBSERVATIONS
from api.http.viewsets import ListViewSet, warn
from api.reference.indicators import industries
from api.reference.regions import kind_of_region, within_region
from indicators.choices import OBSERVED, Tier
from indicators.codes import OUTPUT
from indicators.labels import Labels, labels
from indicators.models import Category, IndustryTier
from indicators.reading import records
from indicators.selection import everything
from indicators.structure import READ, divided_only_by
from regions.models import Region
from sources.bilingual import both, language, said
from sources.models import Assertion, Citation

SHOWN = IndustryTier.objects.public().filter(region__in=Region.objects.public(), industry__in=Category.objects.public())


class TierParameters(ParameterSet):
    region = Parameter(CodesField(Region.objects.public, example="430281"), says=both("地区。", "Regions."))
    within = within_region(OneCodeField(Region.objects.public, example="430200"))
    kind = kind_of_region(field_name="region__kind")
    industry = Parameter(
        CodesField(industries, example="CERAMICS"), method="by_industry",
        says=both("有这些行业之一的地区。", "Regions that have one of these industries."),
    )  # fmt: skip

    def by_ancestor(self, queryset: QuerySet[IndustryTier], name: str, region: Region) -> QuerySet[IndustryTier]:
        return queryset.filter(region__in=Region.objects.within(region))

    def by_industry(
        self, queryset: QuerySet[IndustryTier], name: str, chosen: list[Category]
    ) -> QuerySet[IndustryTier]:
        having = SHOWN.filter(industry__in=chosen)
        return queryset.filter(region__in=having.values("region"))


class TieredIndustry(RowPart):
    """An industry with its latest output, where one is held, and what it is placed by."""

    industry = serializers.CharField()
    industry_name = serializers.CharField()
    output = FigureRow(allow_null=True, help_text=both("最近一期产值。", "Its latest output."))
    assertion = serializers.ChoiceField(
        Assertion.choices,
        help_text=both("原文明述，或由其措辞读出。", "Whether the source says so, or its words were read so."),
    )
    note = serializers.CharField(allow_null=True)
    citations = serializers.ListField(child=serializers.CharField())


class TierMap(PartialRow):
    """The three tiers of a place; null where no document speaks of one."""

    region = serializers.CharField()
    region_name = serializers.CharField()
    leading = TieredIndustry(many=True, allow_null=True)
    supporting = TieredIndustry(many=True, allow_null=True)
    potential = TieredIndustry(many=True, allow_null=True)
    missing = serializers.ListField(
        child=serializers.ChoiceField(Tier.choices), help_text=both("文献未涉及的层级。", "Tiers that no document speaks of.")
    )  # fmt: skip


@extend_schema(responses=TierMap(many=True))
class TierViewSet(ListViewSet):
    """The industries of a place in three tiers: leading, supporting, and with potential, each with its latest output.

    No document draws such a map; the tiers are read from what a document says of each industry (`assertion`, `note`).
    """

    chinese = {
        "list": (
            "一地的产业分三级：主导、支撑、潜力，各附最新产值。\n\n没有文献直接给出这样的图谱；层级读自文献对各产业的表述（`assertion`、"
            "`note`）。"
        ),
    }
    tag = OBSERVATIONS
    summaries = {"list": both("三级产业图谱", "Industries in three tiers")}
    package = PackageTable(
        both("三级产业图谱", "Industries in three tiers"), key="region", references={"region": "regions.code"}
    )
    queryset = SHOWN.select_related("region", "industry")
    serializer_class = TierMap
    filterset_class = TierParameters

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        cited = Prefetch("citations", Citation.objects.public().order_by("code"))
        rows = self.filter_queryset(self.get_queryset()).order_by("region__code", "industry__code", "pk")
        by_region: dict[Region, list[IndustryTier]] = defaultdict(list)
        for row in rows.prefetch_related(cited):
            by_region[row.region].append(row)
        page = self.paginate_queryset(list(by_region))
        if not page:
            warn(request, "no_rows", both("没有符合条件的记录。", "Nothing matches this query."))
        outputs = latest_outputs(page, labels())
        return self.get_paginated_response([tier_map(region, by_region[region], outputs) for region in page])


def latest_outputs(places: list[Region], names: Labels) -> dict[tuple[int, int], Any]:
    """(region, industry) → the row of its latest output; one query."""
    indicator = [key for code, key in names.indicators.key.items() if code == OUTPUT.code]
    outputs = everything(names).preferred().having("status", OBSERVED).where("indicator", indicator)
    outputs = outputs.where("region", [place.pk for place in places])
    rows = records(divided_only_by(outputs, "industry", names.industries), READ)
    return {
        (row["region"], row["industry"]): row for row in sorted(rows, key=lambda row: (row["period_end"], row["id"]))
    }


def tier_map(region: Region, tiered: list[IndustryTier], outputs: dict[tuple[int, int], Any]) -> dict[str, Any]:
    """The map of one region as the answer has it."""
    tiers: dict[str, list[Any]] = {tier: [] for tier in Tier.values}
    for row in tiered:
        output = outputs.get((region.pk, row.industry_id))
        cited = list(row.citations.all())
        tiers[row.tier].append({
            "industry": row.industry.code, "industry_name": said(row.industry, "name"),
            "output": figure_row(output, labels(), language()) if output else None,
            "assertion": Assertion.STATED if any(c.assertion == Assertion.STATED for c in cited) else Assertion.INFERRED,
            "note": said(row, "note") or None, "citations": [citation.code for citation in cited],
        })  # fmt: skip
    missing = [tier for tier, industries in tiers.items() if not industries]
    shown = {tier: industries or None for tier, industries in tiers.items()}
    return {"region": region.code, "region_name": said(region, "name"), **shown, "missing": missing}
