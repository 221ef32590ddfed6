"""The parameters that narrow series and observations: one set of filters for every endpoint that reads figures."""

from __future__ import annotations

from typing import Any

from api.parameters import (
    ChoiceField,
    ChoicesField,
    CodeField,
    CodesField,
    NumberField,
    Parameter,
    PeriodsField,
    YearsField,
)
from api.strict import ParameterSet
from api.views import warn
from indicators.choices import Accumulation, Frequency, ObservationStatus
from indicators.models import Category, Indicator, Topic
from regions.models import Region, RegionKind, Succession
from sources.bilingual import both
from sources.models import Release, Source

TOTAL = "total"


def categories(scheme: str) -> Any:
    return lambda: Category.objects.public().filter(scheme__code=scheme)


def regions() -> Any:
    return Region.objects.public()


def breakdown(known: Any, example: str, says: Any) -> Parameter:
    return Parameter(CodesField(known, also=(TOTAL,), example=example), method="by_breakdown", says=says)


class SeriesParameters(ParameterSet):
    """What narrows series; observations take the same and more."""

    indicator = Parameter(
        CodesField(Indicator.objects.public, example="TRADE_TOTAL"),
        method="by_indicator",
        says=both("指标。", "Indicators."),
    )
    region = Parameter(
        CodesField(regions, example="430281"),
        method="by_region",
        says=both("地区；已撤销的代码指向其后继。", "Regions; a former code leads to what the region became."),
    )
    industry = breakdown(
        categories("INDUSTRY"),
        "CERAMICS",
        both("行业；`total` 为不分行业。", "Industries; `total` is the undivided one."),
    )
    product = breakdown(
        categories("PRODUCT"), "LAPTOPS", both("商品；`total` 为不分商品。", "Products; `total` is the undivided one.")
    )
    partner = breakdown(
        regions, "W1", both("贸易伙伴；`total` 为不分伙伴。", "Partner regions; `total` is the undivided one.")
    )
    trade_mode = breakdown(
        categories("TRADE_MODE"),
        "PROCESSING",
        both("贸易方式；`total` 为不分方式。", "Modes of trade; `total` is the undivided one."),
    )
    frequency = Parameter(ChoicesField(Frequency.values), method="by_frequency", says=both("频率。", "Frequencies."))
    accumulation = Parameter(
        ChoicesField(Accumulation.values),
        method="by_accumulation",
        says=both("`none` 为当期，`ytd` 为年初累计。", "`none`, or `ytd` for year-to-date."),
    )
    within = Parameter(
        CodeField(regions, example="430200"),
        method="by_ancestor",
        says=both("该地区及其下所有地区。", "This region and everything below it."),
    )
    kind = Parameter(
        ChoicesField(RegionKind.values, example="county"), method="by_kind", says=both("地区类型。", "Kinds of region.")
    )
    aggregates = Parameter(
        ChoiceField(("include", "exclude")),
        method="by_aggregates",
        says=both(
            "是否含区域组合等汇总；默认 `include`。",
            "Whether groups and other aggregates are in; `include` by default.",
        ),
    )
    topic = Parameter(
        CodesField(Topic.objects.public, example="TRADE"), method="by_topic", says=both("主题。", "Topics.")
    )
    variants = Parameter(
        ChoiceField(("preferred", "all")), method="by_variants",
        says=both("`all` 另给其他来源或方法的表述。", "`all` also gives what other sources or methods state; `preferred` by default."),
    )  # fmt: skip

    def apply(self, values: Any) -> Any:
        return super().apply({**values, "variants": values["variants"] or "preferred"})

    path = ""  # from the filtered rows to their series

    def _filter(self, queryset: Any, **conditions: Any) -> Any:
        return queryset.filter(**{f"{self.path}{name}": value for name, value in conditions.items()})

    def by_indicator(self, queryset: Any, name: str, chosen: list[Indicator]) -> Any:
        return self._filter(queryset, indicator__in=chosen)

    def by_region(self, queryset: Any, name: str, chosen: list[Region]) -> Any:
        return self._filter(queryset, region__in=[*chosen, *self._successors(chosen)])

    def _successors(self, chosen: list[Region]) -> list[Region]:
        former = [region for region in chosen if region.valid_to]
        if not former:
            return []
        followed = Succession.objects.public().filter(predecessor__in=former).select_related("predecessor", "successor")
        for succession in followed:
            old, new = succession.predecessor, succession.successor
            message = both(
                f"{old.code} {old.name_zh} 已于 {succession.date} 成为 {new.code} {new.name_zh}，一并给出。",
                f"{old.code} {old.name_en} became {new.code} {new.name_en} on {succession.date}; both are given.",
            )
            warn(self.request, "former_code", message, f"/api/v1/regions/{new.code}")
        return [succession.successor for succession in followed]

    def by_breakdown(self, queryset: Any, name: str, chosen: list[Any]) -> Any:
        return queryset.broken_down_by(name, [member for member in chosen if member != TOTAL], total=TOTAL in chosen)

    def by_frequency(self, queryset: Any, name: str, chosen: list[str]) -> Any:
        return self._filter(queryset, frequency__in=chosen)

    def by_accumulation(self, queryset: Any, name: str, chosen: list[str]) -> Any:
        return self._filter(queryset, accumulation__in=chosen)

    def by_ancestor(self, queryset: Any, name: str, region: Region) -> Any:
        return self._filter(queryset, region__in=Region.objects.within(region))

    def by_kind(self, queryset: Any, name: str, chosen: list[str]) -> Any:
        return self._filter(queryset, region__kind__in=chosen)

    def by_aggregates(self, queryset: Any, name: str, chosen: str) -> Any:
        return queryset if chosen == "include" else self._filter(queryset, region__is_aggregate=False)

    def by_topic(self, queryset: Any, name: str, chosen: list[Topic]) -> Any:
        return self._filter(queryset, indicator__topic__in=chosen)

    def by_variants(self, queryset: Any, name: str, chosen: str) -> Any:
        return queryset.preferred() if chosen == "preferred" else queryset


class ObservationParameters(SeriesParameters):
    year = Parameter(
        YearsField(example="2018..2024"),
        method="by_span",
        says=both("年份；含其各季各月。", "Years, with their quarters and months."),
    )
    period = Parameter(
        PeriodsField(example="2024"),
        method="by_span",
        says=both(
            "时期：`2024`、`2024-Q1`、`2024-07` 或区间。", "Periods: `2024`, `2024-Q1`, `2024-07`, or ranges of these."
        ),
    )
    status = Parameter(
        ChoicesField(ObservationStatus.values),
        method="by_status",
        says=both("观测状态（SDMX CL_OBS_STATUS）。", "Observation status (SDMX CL_OBS_STATUS)."),
    )
    source = Parameter(
        CodesField(Source.objects.public, by="slug", example="hunan-ftz"),
        method="by_source",
        says=both("来源。", "Sources."),
    )
    release = Parameter(
        CodesField(Release.objects.published, by="version", example="2026.1"),
        method="by_release",
        says=both("由这些版本发布的。", "Rows that these releases published."),
    )
    latest = Parameter(
        NumberField(1, 1000, example=1), method="by_recency",
        says=both("每条序列最近 N 期。", "The N latest periods of each series."),
    )  # fmt: skip

    path = "series__"

    def by_span(self, queryset: Any, name: str, spans: list[Any]) -> Any:
        return queryset.during(spans)

    def by_status(self, queryset: Any, name: str, chosen: list[str]) -> Any:
        return queryset.filter(status__in=chosen)

    def by_source(self, queryset: Any, name: str, chosen: list[Source]) -> Any:
        return queryset.filter(source__in=chosen)

    def by_release(self, queryset: Any, name: str, chosen: list[Release]) -> Any:
        return queryset.filter(released__in=chosen)

    def by_recency(self, queryset: Any, name: str, count: int) -> Any:
        return queryset.latest(count)
