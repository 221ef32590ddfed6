"""/rankings, /compare and a region's profile: figures set in order and side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.data.figure_rows import shown
from api.data.filters import TOTAL, ObservationParameters, warn_if_empty
from api.formats.records import Path
from api.formats.tables import Column
from api.http.parameters import ChoiceField, KeyField, KeysField, Option, Parameter
from api.http.periods import PeriodField, YearField
from api.http.rows import PartialRow, RowPart
from api.http.tags import OBSERVATIONS
from api.http.viewsets import ListViewSet
from api.problems import InvalidParameters, ParameterError
from indicators.choices import Accumulation, ObservationStatus, PeriodBasis, Qualifier
from indicators.components import BREAKDOWNS, BY_NAME, Component
from indicators.labels import Labels, labels
from indicators.models import Observation
from indicators.ranking import READ, Comparison, NotComparable, RankedRegion, ranking, side_by_side
from indicators.reading import ORDERS, records
from indicators.selection import Selection, everything
from sources.bilingual import both, language


def one_of(part: Component) -> Parameter:
    """One member of a breakdown."""
    assert part.nothing
    says = both(f"{part.zh}；默认{part.nothing.zh}。", f"{part.en.capitalize()}; by default the undivided total.")
    return Parameter(KeyField(part.members, example=part.example), method="by_one", says=says, default=TOTAL)


class OneLineParameters(ObservationParameters):
    """What picks one line a region: an indicator, and one member of each breakdown or, by default, its undivided total."""

    series = region = frequency = aggregates = topic = variants = status = source = release = latest = year = period = (
        None
    )
    history = updated_after = None
    indicator = Parameter(
        KeyField("indicators", example="TRADE_TOTAL"),
        needed=True,
        method="by_part",
        says=both("指标；必填。", "Indicator; required."),
    )
    vars().update({name: one_of(BY_NAME[name]) for name in BREAKDOWNS})
    accumulation = Parameter(
        ChoiceField(Accumulation.values), method="by_part", default=Accumulation.NONE.value,
        says=both("`none`（默认）或 `ytd`。", "`none` (default), or `ytd` for year-to-date."),
    )  # fmt: skip

    def filter_queryset(self, queryset: Selection) -> Selection:
        narrowed: Selection = super().filter_queryset(queryset)
        return narrowed.preferred()

    def by_part(self, selection: Selection, name: str, member: int | str) -> Selection:
        return selection.where(name, [member])

    def by_one(self, selection: Selection, name: str, member: int | str) -> Selection:
        return self.by_breakdown(selection, name, [member])


@contextmanager
def comparable() -> Iterator[None]:
    """Refuses figures that cannot be set beside each other as a wrong value of the parameter that chooses among them.

    Raises InvalidParameters.
    """
    try:
        yield
    except NotComparable as failure:
        error = ParameterError(failure.parameter, "not_comparable", failure.message, failure.allowed)
        raise InvalidParameters([error]) from failure


UNIT_OPTION = Option(
    KeyField("units", example="CNY_10K"),
    both("所用单位；默认为该指标的单位。", "Unit of the values; by default the indicator's."),
)


class RankingParameters(OneLineParameters):
    """Which regions are ranked: all, or some; a former code leads to what the region became."""

    region = ObservationParameters.declared_filters["region"]


class RankingRow(PartialRow):
    """A region's place."""

    rank = serializers.IntegerField(
        allow_null=True, help_text=both("位次，1 为最大。", "1 for the largest; null where not exact.")
    )
    region = serializers.CharField()
    region_name = serializers.CharField()
    period = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    unit_name = serializers.CharField()
    status = serializers.ChoiceField(ObservationStatus.choices)
    qualifier = serializers.ChoiceField(Qualifier.choices)
    period_basis = serializers.ChoiceField(PeriodBasis.choices)
    share = serializers.FloatField(
        allow_null=True,
        help_text=both("占 `share_of` 该期数值的比重（%）。", "% of the figure of `share_of` in the same period."),
    )
    share_of = serializers.CharField(
        allow_null=True, help_text=both("占比所占的地区。", "Region whose figure the share is of.")
    )
    share_of_name = serializers.CharField(allow_null=True)
    change = serializers.FloatField(
        allow_null=True, help_text=both("较上年增减。", "Difference to the year before, in the unit.")
    )
    change_rate = serializers.FloatField(
        allow_null=True, help_text=both("较上年变动（%）。", "Change on the year before, %.")
    )
    rank_change = serializers.IntegerField(
        allow_null=True,
        help_text=both(
            "在两年都有确数的地区中较上年上升的位数。",
            "Places risen on the year before, among the regions with an exact value in both years.",
        ),
    )
    note = serializers.CharField(allow_null=True, help_text=both("何以为空。", "Why something is null."))
    series = serializers.CharField()
    observation = serializers.IntegerField(help_text=both("所据观测的 id。", "Id of the row."))


def ranking_row(place: RankedRegion, names: Labels, spoken: str) -> dict[str, Any]:
    """A place as the answer has it."""
    record = place.record
    region, unit = names.regions[record["region"]], names.unit(place.unit, record["indicator"])
    whole = None if place.share.of is None else names.regions[place.share.of]
    reasons = [str(part.note) for part in (place.rank, place.share) if part.note is not None]
    return {
        "rank": shown(place.rank), "region": region.code, "region_name": region.name(spoken), "period": record["period"],
        "value": shown(place.value), "unit": unit.code, "unit_name": unit.name(spoken), "status": record["status"],
        "qualifier": record["qualifier"], "period_basis": record["period_basis"], "share": shown(place.share),
        "share_of": whole and whole.code, "share_of_name": whole and whole.name(spoken), "change": shown(place.change),
        "change_rate": shown(place.change_rate), "rank_change": place.rank_change,
        "note": joined(spoken, dict.fromkeys(reasons)), "series": record["key"], "observation": record["id"],
    }  # fmt: skip


def joined(spoken: str, reasons: Iterable[str]) -> str | None:
    """Several reasons as one text, or None of none."""
    return ("；" if spoken == "zh" else "; ").join(reasons) or None


@extend_schema(responses=RankingRow(many=True))
class RankingViewSet(ListViewSet):
    """Regions in order of one indicator in one period: value, rank, share, and both changes on the year before.

    Only what can be compared: regions of one kind that do not contain each other, figures of one whole. What is no exact
    observed value stands below without a rank or a share.
    """

    chinese = {
        "list": (
            "某一时期各地区按某指标排位：数值、位次、占比，以及较上年的两种变化。\n\n只排可比的：同一类型、互不包含的地区，"
            "同一整体的数值。不是确切观测值的列在后面，没有位次和占比。"
        ),
    }
    tag = OBSERVATIONS
    summaries = {"list": both("地区排位", "Rank regions")}
    queryset = Observation.objects.live()  # for the description
    serializer_class = RankingRow
    filterset_class = RankingParameters
    extra_options = {
        "period": Option(PeriodField(), both("时期；与 `year` 二者必有其一。", "Period; this or `year` is required.")),
        "year": Option(
            YearField(example="2024"),
            both("年份；与 `period` 二者必有其一。", "Year; this or `period` is required."),
        ),
        "unit": UNIT_OPTION,
        "ordering": Option(
            ChoiceField(("rank", "-rank")),
            both("`rank`（默认）大者在前，`-rank` 小者在前；没有位次的总在最后。",
                 "`rank` (default): the largest first; `-rank`: the smallest. What has no rank is last in both."),
        ),
    }  # fmt: skip

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        selection, chosen = self.filter_queryset(everything(labels())), self.chosen
        with comparable():
            places = ranking(selection, one_time(chosen), chosen["unit"], chosen["within"], labels())
        if chosen["ordering"] == "-rank":
            placed = [place for place in places if place.rank.value is not None]
            places = placed[::-1] + places[len(placed) :]
        page = self.paginate_queryset(places)
        warn_if_empty(request, page)
        return self.get_paginated_response([ranking_row(place, labels(), language()) for place in page])


def one_time(chosen: dict[str, Any]) -> str:
    """The period that is asked for, by `period` or by `year`. Raises InvalidParameters where it is neither or both."""
    if chosen["period"] and chosen["year"]:
        message = both("period 与 year 只用其一", "give either period or year")
        raise InvalidParameters([ParameterError("year", "conflict", message)])
    if not (chosen["period"] or chosen["year"]):
        raise InvalidParameters([ParameterError("period", "required", both("必填", "is required"))])
    return str(chosen["period"] or chosen["year"])


class ComparedFigureRow(RowPart):
    """What a region's value in a comparison is, and why it has no ratio."""

    series = serializers.CharField()
    observation = serializers.IntegerField(help_text=both("观测的 id。", "Id of the row."))
    status = serializers.ChoiceField(ObservationStatus.choices)
    qualifier = serializers.ChoiceField(Qualifier.choices)
    period_basis = serializers.ChoiceField(PeriodBasis.choices)
    note = serializers.CharField(allow_null=True, help_text=both("何以没有比值。", "Why there is no ratio."))


COMPARED = [f"{name}{end}" for name in ("status", "qualifier", "period_basis") for end in ("", "_name")]


class ComparedRow(PartialRow):
    """One period: the regions' values by code in one unit, each one's ratio to the first, and what each value is."""

    period = serializers.CharField()
    unit = serializers.CharField(allow_null=True)
    unit_name = serializers.CharField(allow_null=True)
    values = serializers.DictField(child=serializers.FloatField(allow_null=True))
    ratios = serializers.DictField(child=serializers.FloatField(allow_null=True))
    figures = serializers.DictField(child=ComparedFigureRow(allow_null=True))


class CompareParameters(OneLineParameters):
    within = kind = None
    year, period = (ObservationParameters.declared_filters[name] for name in ("year", "period"))


def compared_row(entry: Comparison, regions: Sequence[int], names: Labels, spoken: str) -> dict[str, Any]:
    """A period of a comparison as the answer has it."""
    unit = names.unit(entry.unit, next(iter(entry.figures.values())).record["indicator"])
    row: dict[str, Any] = {"period": entry.period, "unit": unit.code, "unit_name": unit.name(spoken)}
    row |= {"values": {}, "ratios": {}, "figures": {}}
    for region in regions:
        code, figure = names.regions[region].code, entry.figures.get(region)
        row["values"][code], row["ratios"][code] = (
            (shown(figure.value), shown(figure.ratio)) if figure else (None, None)
        )
        row["figures"][code] = figure and {
            "series": figure.record["key"], "observation": figure.record["id"], "status": figure.record["status"],
            "qualifier": figure.record["qualifier"], "period_basis": figure.record["period_basis"],
            "note": None if figure.ratio.note is None else str(figure.ratio.note),
        }  # fmt: skip
    return row


@extend_schema(responses=ComparedRow(many=True))
class CompareViewSet(ListViewSet):
    """Regions side by side: a row a period, in one unit, with the ratio to the first region named.

    A ratio is only of two exact observed values of one whole; where there is none, `figures` says why.
    """

    chinese = {
        "list": (
            "地区并列：每个时期一行，换算为同一单位，并给出与首个地区之比。\n\n只有同一整体的两个确切观测值才有比值；没有时，"
            "`figures` 说明原因。"
        ),
    }
    tag = OBSERVATIONS
    summaries = {"list": both("地区并列比较", "Compare regions")}
    queryset = Observation.objects.live()  # for the description
    serializer_class = ComparedRow
    filterset_class = CompareParameters
    extra_options = {
        "region": Option(
            KeysField("regions", example="430281,430225"),
            both("地区，第一个为基准；必填。", "Regions, the first is the base; required."),
            needed=True,
        ),
        "unit": UNIT_OPTION,
    }

    def file_columns(self) -> Sequence[tuple[Path, Column]]:
        """A column for each part of what is said of each region that was named."""
        asked = super().file_columns()
        wanted = {path[0] for path, _ in asked}
        plain = [(path, column) for path, column in asked if path[0] not in ("values", "ratios", "figures")]
        codes = [str(labels().regions.code[key]) for key in self.chosen["region"]]
        numbers = [(part, code) for part in ("values", "ratios") if part in wanted for code in codes]
        names = (*COMPARED, "note") if "figures" in wanted else ()
        texts = [("figures", code, name) for code in codes for name in names]
        return [
            *plain,
            *((path, Column(".".join(path), "number")) for path in numbers),
            *((path, Column(".".join(path), "text")) for path in texts),
        ]

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        selection = self.filter_queryset(everything(labels()))
        chosen, names, spoken = self.chosen["region"], labels(), language()
        figures = records(selection.where("region", chosen), READ, ORDERS["series"])
        with comparable():
            entries = side_by_side(figures, chosen, self.chosen["unit"], names)
        page = self.paginate_queryset([compared_row(entry, chosen, names, spoken) for entry in entries])
        warn_if_empty(request, page)
        return self.get_paginated_response(page)
