"""The parameters that narrow series and observations: one set of filters for every endpoint that reads figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from rest_framework.request import Request

from api.addresses import address_of
from api.http.filters import ParameterSet
from api.http.parameters import (
    ChoiceField,
    ChoicesField,
    FlagField,
    KeyField,
    KeysField,
    NumberField,
    Parameter,
    refuse,
)
from api.http.periods import MomentField, PeriodsField, YearsField
from api.http.viewsets import warn
from api.problems import InvalidParameters, ParameterError
from api.reference.regions import kind_of_region, within_region
from indicators.choices import Accumulation, Frequency, ObservationStatus
from indicators.components import BREAKDOWNS, BY_NAME, Component
from indicators.labels import labels
from indicators.models import Series
from indicators.selection import Selection
from sources.bilingual import both

TOTAL, NO_WHOLE = "total", "none"
AS_OF_SAYS = both(
    "当时已发布的数据：日期（至当日终）、时间或发布版本。",
    "What was published then: a date (to its end), a time or a release.",
)
GOALS = (ObservationStatus.FORECAST,)  # what is to be, not what was


def breakdown(part: Component) -> Parameter:
    """The parameter of a breakdown: takes some of its members, or its undivided total."""
    assert part.nothing
    return Parameter(
        KeysField(part.members, also=(TOTAL,), example=part.example), method="by_breakdown",
        says=both(
            f"{part.zh}；`total` 为{part.nothing.zh}。", f"{part.many.capitalize()}; `total` is the undivided one."
        ),
    )  # fmt: skip


class PlaceParameters(ParameterSet):
    """The parameters that say of which places figures are."""

    region = Parameter(
        KeysField("regions", example="430281"),
        method="by_region",
        says=both("地区；已撤销的代码指向其后继。", "Regions; a former code leads to what the region became."),
    )
    within = within_region(KeyField("regions", example="430200"))
    kind = kind_of_region(method="by_kind")
    aggregates = Parameter(
        ChoiceField(("include", "exclude")),
        method="by_aggregates",
        says=both(
            "是否含区域组合等汇总；默认 `include`。",
            "Whether groups and other aggregates are in; `include` by default.",
        ),
    )

    def by_region(self, selection: Selection, name: str, chosen: list[int]) -> Selection:
        return selection.where("region", [*chosen, *self._successors(chosen)])

    def _successors(self, chosen: list[int]) -> list[int]:
        known = labels()
        successions = [(old, new, day) for old in chosen for new, day in known.places[old].became]
        for old, new, day in successions:
            was, became = known.regions[old], known.regions[new]
            message = both(
                f"{was.code} {was.zh} 已于 {day} 成为 {became.code} {became.zh}，一并给出。",
                f"{was.code} {was.en} became {became.code} {became.en} on {day}; both are given.",
            )
            warn(self.request, "former_code", message, address_of(self.request, "region-detail", became.code))
        return [new for _, new, _ in successions]

    def by_ancestor(self, selection: Selection, name: str, region: int) -> Selection:
        return selection.where("region", labels().within(region))

    def by_kind(self, selection: Selection, name: str, chosen: list[str]) -> Selection:
        return selection.where("region", [key for key, place in labels().places.items() if place.kind in chosen])

    def by_aggregates(self, selection: Selection, name: str, chosen: str) -> Selection:
        if chosen == "include":
            return selection
        return selection.where("region", [key for key, place in labels().places.items() if not place.is_aggregate])


class TimeParameters(ParameterSet):
    """The parameters that say of which periods figures are."""

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

    def by_span(self, selection: Selection, name: str, spans: list[Any]) -> Selection:
        return selection.during(spans)


class SeriesKeysField(KeysField):
    """Keys of series, comma-separated, read as their ids; a key that one series had earlier is read as that series."""

    def __init__(self) -> None:
        super().__init__("", example="A.430281.TRADE_TOTAL")

    def read(self, text: str) -> list[int]:
        keys, known = self.values(text), Series.objects.public()
        by_key: dict[str, int] = dict(known.filter(key__in=keys).values_list("key", "pk"))
        for key in keys:
            if key not in by_key:
                now = known.once_called(key)
                if len(now) != 1:
                    like = known.filter(key__startswith=".".join(key.split(".")[:2])).values_list("key", flat=True)
                    raise refuse("unknown_code", both(f"未知的序列 {key}", f"unknown series {key}"), like, key)
                by_key[key] = known.values_list("pk", flat=True).get(key=now[0])
        return [by_key[key] for key in keys]


class SeriesParameters(PlaceParameters):
    """What narrows series; observations take the same and more."""

    series = Parameter(
        SeriesKeysField(), method="by_series",
        says=both("序列的键；指名的其他说法也给出。", "Keys of series; a variant that is named is given as well."),
    )  # fmt: skip
    indicator = Parameter(
        KeysField("indicators", example="TRADE_TOTAL"),
        method="by_member",
        says=both("指标。", "Indicators."),
    )
    vars().update({name: breakdown(BY_NAME[name]) for name in BREAKDOWNS})
    whole = Parameter(
        KeysField("regions", also=(NO_WHOLE,), example="CN"), method="by_whole",
        says=both(
            "占比所占、位次所在的地区；`none` 为无此地区者。",
            "Regions that shares are of, or within which ranks hold; `none` is of figures without one.",
        ),
    )  # fmt: skip
    frequency = Parameter(ChoicesField(Frequency.values), method="by_member", says=both("频率。", "Frequencies."))
    accumulation = Parameter(
        ChoicesField(Accumulation.values),
        method="by_member",
        says=both("`none` 为当期，`ytd` 为年初累计。", "`none`, or `ytd` for year-to-date."),
    )
    topic = Parameter(KeysField("topics", example="TRADE"), method="by_topic", says=both("主题。", "Topics."))
    variants = Parameter(
        ChoiceField(("preferred", "all")), method="by_variants", default="preferred",
        says=both("`all` 另给其他来源或方法的表述。", "`all` also gives what other sources or methods state; `preferred` by default."),
    )  # fmt: skip

    def by_series(self, selection: Selection, name: str, chosen: list[int]) -> Selection:
        return selection.of_lines(chosen)

    def by_member(self, selection: Selection, name: str, chosen: list[Any]) -> Selection:
        return selection.where(name, chosen)

    def by_breakdown(self, selection: Selection, name: str, chosen: list[Any]) -> Selection:
        members = [member for member in chosen if member != TOTAL]
        return selection.where(name, members, or_none=TOTAL in chosen)

    def by_whole(self, selection: Selection, name: str, chosen: list[Any]) -> Selection:
        members = [member for member in chosen if member != NO_WHOLE]
        return selection.where(name, members, or_none=NO_WHOLE in chosen)

    def by_topic(self, selection: Selection, name: str, chosen: list[int]) -> Selection:
        measured = labels().measured
        return selection.where("indicator", [key for key, about in measured.items() if about.topic in chosen])

    def by_variants(self, selection: Selection, name: str, chosen: str) -> Selection:
        named = self.form.cleaned_data["series"] and not self.form.cleaned_data[name]
        return selection if named or chosen == "all" else selection.preferred()


class ObservationParameters(SeriesParameters, TimeParameters):
    """What narrows observations: what narrows their series, the time, what is said of a figure, and when it stood."""

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
        KeysField("releases", example="2026-R1"),
        method="by_attribute",
        says=both("由这些版本发布的。", "Rows that these releases published."),
    )
    latest = Parameter(
        NumberField(1, 1000, example=1), method="by_recency",
        says=both(
            "每条序列最近 N 期；目标与预测只在 `status=F` 时计入。",
            "The N latest periods of each series; goals and forecasts count only where `status=F` asks for them.",
        ),
    )  # fmt: skip

    as_of = Parameter(
        MomentField(example="2026-R1"), method="by_moment",
        says=AS_OF_SAYS,
    )  # fmt: skip
    history = Parameter(
        FlagField(example=True), method="by_history",
        says=both("`true`：每个数的各次修订，附 `retired`。", "`true` gives every revision of each row, with `retired`."),
    )  # fmt: skip
    updated_after = Parameter(
        MomentField(example="2026-R1"), method="by_change",
        says=both(
            "此后新增、修改或撤回的行，附 `action`：日期、时间或发布版本。",
            "Rows new, changed or withdrawn since a date, a time or a release, with `action`.",
        ),
    )  # fmt: skip

    def by_attribute(self, selection: Selection, name: str, chosen: list[Any]) -> Selection:
        return selection.having(name, chosen)

    def by_recency(self, selection: Selection, name: str, count: int) -> Selection:
        if not self.form.cleaned_data["status"]:
            selection = selection.having(
                "status", [status for status in ObservationStatus.values if status not in GOALS]
            )
        return selection.latest(count)

    def by_moment(self, selection: Selection, name: str, release: int) -> Selection:
        return selection.as_of(release)

    def by_history(self, selection: Selection, name: str, chosen: bool) -> Selection:
        if not chosen:
            return selection
        if self.form.cleaned_data["updated_after"] is not None:
            message = both("不能与 updated_after 同用", "does not go with updated_after")
            raise InvalidParameters([ParameterError("history", "conflict", message)])
        return selection.history()

    def by_change(self, selection: Selection, name: str, release: int) -> Selection:
        return selection.changed_since(release)


def availability_href(request: Request) -> str:
    """The address of /availability with the filters of this request, without the parameters that only shape its answer."""
    shaping = {"cursor", "page_size", "count", "ordering", "fields", "labels", "detail", "latest"}
    asked = {name: value for name, value in request.query_params.dict().items() if name not in shaping}
    address = address_of(request, "availability-list")
    return f"{address}?{urlencode(asked)}" if asked else address


def warn_if_empty(request: Request, rows: Sequence[Any] | None) -> None:
    """Add the warning `no_rows` to an answer that has no figures, with the address that says what there is."""
    if not rows:
        nothing = both("没有符合条件的数据；看看有哪些。", "No data match this query; see what there is.")
        warn(request, "no_rows", nothing, availability_href(request))
