"""The parameters that narrow series and observations: one set of filters for every endpoint that reads figures."""

from __future__ import annotations

from typing import Any

from api.parameters import (
    ChoiceField,
    ChoicesField,
    FlagField,
    KeyField,
    KeysField,
    MomentField,
    NumberField,
    Parameter,
    PeriodsField,
    YearsField,
)
from api.problems import InvalidParameters, ParameterError
from api.strict import ParameterSet
from api.views import warn
from indicators.choices import Accumulation, Frequency, ObservationStatus
from indicators.labels import labels
from indicators.selection import Selection
from regions.models import RegionKind
from sources.bilingual import both

TOTAL = "total"


def breakdown(table: str, example: str, says: Any) -> Parameter:
    return Parameter(KeysField(table, also=(TOTAL,), example=example), method="by_breakdown", says=says)


class SeriesParameters(ParameterSet):
    """What narrows series; observations take the same and more."""

    indicator = Parameter(
        KeysField("indicators", example="TRADE_TOTAL"),
        method="by_member",
        says=both("指标。", "Indicators."),
    )
    region = Parameter(
        KeysField("regions", example="430281"),
        method="by_region",
        says=both("地区；已撤销的代码指向其后继。", "Regions; a former code leads to what the region became."),
    )
    industry = breakdown(
        "industries",
        "CERAMICS",
        both("行业；`total` 为不分行业。", "Industries; `total` is the undivided one."),
    )
    product = breakdown(
        "products", "LAPTOPS", both("商品；`total` 为不分商品。", "Products; `total` is the undivided one.")
    )
    partner = breakdown(
        "regions", "W1", both("贸易伙伴；`total` 为不分伙伴。", "Partner regions; `total` is the undivided one.")
    )
    trade_mode = breakdown(
        "trade_modes",
        "PROCESSING",
        both("贸易方式；`total` 为不分方式。", "Modes of trade; `total` is the undivided one."),
    )
    frequency = Parameter(ChoicesField(Frequency.values), method="by_member", says=both("频率。", "Frequencies."))
    accumulation = Parameter(
        ChoicesField(Accumulation.values),
        method="by_member",
        says=both("`none` 为当期，`ytd` 为年初累计。", "`none`, or `ytd` for year-to-date."),
    )
    within = Parameter(
        KeyField("regions", example="430200"),
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
    topic = Parameter(KeysField("topics", example="TRADE"), method="by_topic", says=both("主题。", "Topics."))
    variants = Parameter(
        ChoiceField(("preferred", "all")), method="by_variants",
        says=both("`all` 另给其他来源或方法的表述。", "`all` also gives what other sources or methods state; `preferred` by default."),
    )  # fmt: skip

    def apply(self, values: Any) -> Any:
        return super().apply({**values, "variants": values["variants"] or "preferred"})

    def by_member(self, selection: Selection, name: str, chosen: list[Any]) -> Selection:
        return selection.where(name, chosen)

    def by_region(self, selection: Selection, name: str, chosen: list[int]) -> Selection:
        return selection.where("region", [*chosen, *self._successors(chosen)])

    def _successors(self, chosen: list[int]) -> list[int]:
        known = labels()
        found = [(old, new, day) for old in chosen for new, day in known.places[old].became]
        for old, new, day in found:
            was, became = known.regions[old], known.regions[new]
            message = both(
                f"{was.code} {was.zh} 已于 {day} 成为 {became.code} {became.zh}，一并给出。",
                f"{was.code} {was.en} became {became.code} {became.en} on {day}; both are given.",
            )
            warn(self.request, "former_code", message, f"/api/v1/regions/{became.code}")
        return [new for _, new, _ in found]

    def by_breakdown(self, selection: Selection, name: str, chosen: list[Any]) -> Selection:
        members = [member for member in chosen if member != TOTAL]
        return selection.where(name, members, or_none=TOTAL in chosen)

    def by_ancestor(self, selection: Selection, name: str, region: int) -> Selection:
        return selection.where("region", labels().within(region))

    def by_kind(self, selection: Selection, name: str, chosen: list[str]) -> Selection:
        return selection.where("region", [key for key, place in labels().places.items() if place.kind in chosen])

    def by_aggregates(self, selection: Selection, name: str, chosen: str) -> Selection:
        if chosen == "include":
            return selection
        return selection.where("region", [key for key, place in labels().places.items() if not place.is_aggregate])

    def by_topic(self, selection: Selection, name: str, chosen: list[int]) -> Selection:
        measured = labels().measured
        return selection.where("indicator", [key for key, about in measured.items() if about.topic in chosen])

    def by_variants(self, selection: Selection, name: str, chosen: str) -> Selection:
        return selection.preferred() if chosen == "preferred" else selection


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
        method="by_attribute",
        says=both("观测状态（SDMX CL_OBS_STATUS）。", "Observation status (SDMX CL_OBS_STATUS)."),
    )
    source = Parameter(
        KeysField("sources", example="hunan-ftz"),
        method="by_attribute",
        says=both("来源。", "Sources."),
    )
    release = Parameter(
        KeysField("releases", example="2026.1"),
        method="by_attribute",
        says=both("由这些版本发布的。", "Rows that these releases published."),
    )
    latest = Parameter(
        NumberField(1, 1000, example=1), method="by_recency",
        says=both("每条序列最近 N 期。", "The N latest periods of each series."),
    )  # fmt: skip

    as_of = Parameter(
        MomentField(example="2026.1"), method="by_moment",
        says=both(
            "当时已发布的数据：日期（至当日终）、时间或发布版本。",
            "What was published then: a date (to its end), a time or a release.",
        ),
    )  # fmt: skip
    history = Parameter(
        FlagField(example=True), method="by_history",
        says=both("`true`：每个数的各次修订，附 `retired`。", "`true` gives every revision of each row, with `retired`."),
    )  # fmt: skip
    updated_after = Parameter(
        MomentField(example="2026.1"), method="by_change",
        says=both(
            "此后新增、修改或撤回的行，附 `action`：日期、时间或发布版本。",
            "Rows new, changed or withdrawn since a date, a time or a release, with `action`.",
        ),
    )  # fmt: skip

    def apply(self, values: Any) -> Any:
        if values["history"] and values["updated_after"] is not None:
            message = both("不能与 updated_after 同用", "does not go with updated_after")
            raise InvalidParameters([ParameterError("history", "conflict", message)])
        return super().apply(values)

    def by_span(self, selection: Selection, name: str, spans: list[Any]) -> Selection:
        return selection.during(spans)

    def by_attribute(self, selection: Selection, name: str, chosen: list[Any]) -> Selection:
        return selection.having(name, chosen)

    def by_recency(self, selection: Selection, name: str, count: int) -> Selection:
        return selection.latest(count)

    def by_moment(self, selection: Selection, name: str, release: int) -> Selection:
        return selection.as_of(release)

    def by_history(self, selection: Selection, name: str, chosen: bool) -> Selection:
        return selection.history() if chosen else selection

    def by_change(self, selection: Selection, name: str, release: int) -> Selection:
        return selection.changed_since(release)
