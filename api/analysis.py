"""/rankings, /compare and a region's profile: figures set in order and side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.formats.records import Path
from api.formats.tables import Column
from api.narrowing import ObservationParameters
from api.parameters import ChoiceField, KeyField, KeysField, Parameter, PeriodField, YearsField
from api.problems import InvalidParameters, ParameterError
from api.strict import ParameterSet
from api.views import ListViewSet, warn_if_empty
from indicators.choices import Accumulation
from indicators.deriving import NEEDED
from indicators.labels import Labels, labels
from indicators.models import Observation
from indicators.ranking import Place, ranking, side_by_side, standings
from indicators.reading import ORDERS, records
from indicators.rows import Figure
from indicators.selection import BREAKDOWNS, Selection, everything
from indicators.transforms import Derived
from policies.models import Measure
from regions.models import Region
from sources.bilingual import both, language, said


def shown(derived: Derived | None) -> Any:
    """A computed number for an answer, or None."""
    return None if derived is None or derived.value is None else Figure(derived.value, derived.decimals)


def stated_figure(record: dict[str, Any]) -> Any:
    """A stated number for an answer, or None."""
    return None if record["value"] is None else orjson.Fragment(record["value"])


def part(table: str, example: str, says: Any) -> Parameter:
    return Parameter(KeyField(table, example=example), method="by_part", says=says)


class OneLineParameters(ObservationParameters):
    """What picks one line a region: an indicator, and one member of each breakdown or, by default, its undivided total."""

    region = frequency = aggregates = topic = variants = status = source = release = latest = year = period = None
    history = updated_after = None
    indicator = Parameter(
        KeyField("indicators", example="TRADE_TOTAL"),
        method="by_part",
        says=both("指标；必填。", "Indicator; required."),
    )
    industry = part("industries", "CERAMICS", both("行业；默认不分行业。", "Industry; by default the undivided total."))
    product = part("products", "LAPTOPS", both("商品；默认不分商品。", "Product; by default the undivided total."))
    partner = part("regions", "W1", both("贸易伙伴；默认不分伙伴。", "Partner region; by default the undivided total."))
    trade_mode = part(
        "trade_modes",
        "PROCESSING",
        both("贸易方式；默认不分方式。", "Mode of trade; by default the undivided total."),
    )
    accumulation = Parameter(
        ChoiceField(Accumulation.values), method="by_part",
        says=both("`none`（默认）或 `ytd`。", "`none` (default), or `ytd` for year-to-date."),
    )  # fmt: skip

    def apply(self, values: Any) -> Any:
        required(values, "indicator")
        given = {**values, "accumulation": values["accumulation"] or Accumulation.NONE.value}
        selection = ParameterSet.apply(self, given).preferred()
        for name in BREAKDOWNS:
            if values[name] is None:
                selection = selection.where(name, [], or_none=True)
        return selection

    def by_part(self, selection: Selection, name: str, member: Any) -> Selection:
        return selection.where(name, [member])


def required(values: dict[str, Any], *names: str) -> None:
    """Raises InvalidParameters where one of these was not given."""
    if missing := [name for name in names if values[name] is None]:
        raise InvalidParameters([ParameterError(name, "required", both("必填", "is required")) for name in missing])


class RankingRow(serializers.Serializer[Any]):
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
    qualifier = serializers.CharField()
    share = serializers.FloatField(
        allow_null=True, help_text=both("占所列确数之和的比重（%）。", "% of the sum of the exact figures listed.")
    )
    change = serializers.FloatField(
        allow_null=True, help_text=both("较上年增减。", "Difference to the year before, in the unit.")
    )
    change_rate = serializers.FloatField(
        allow_null=True, help_text=both("较上年变动（%）。", "Change on the year before, %.")
    )
    rank_change = serializers.IntegerField(
        allow_null=True, help_text=both("较上年上升位数。", "Places risen on the year before.")
    )
    note = serializers.CharField(allow_null=True)
    observation = serializers.IntegerField(help_text=both("所据观测的 id。", "Id of the row."))


def ranking_row(place: Place, names: Labels, spoken: str) -> dict[str, Any]:
    """A place as the answer has it."""
    record = place.record
    region = names.regions[record["region"]]
    unit = names.unit(record["unit"], record["indicator"])
    return {
        "rank": shown(place.rank), "region": region.code, "region_name": region.name(spoken), "period": record["period"],
        "value": stated_figure(record), "unit": unit.code, "unit_name": unit.name(spoken),
        "qualifier": record["qualifier"], "share": shown(place.share), "change": shown(place.change),
        "change_rate": shown(place.change_rate), "rank_change": place.rank_change,
        "note": None if place.rank.note is None else str(place.rank.note), "observation": record["id"],
    }  # fmt: skip


@extend_schema(responses=RankingRow(many=True))
class RankingViewSet(ListViewSet):
    """Regions in order of one indicator in one period: value, rank, share, and both changes on the year before."""

    queryset = Observation.objects.live()  # for the description
    serializer_class = RankingRow
    filterset_class = OneLineParameters
    extra_options = {"period": (PeriodField(), both("时期；必填。", "Period; required."))}

    def field_names(self) -> list[str]:
        return list(RankingRow().fields)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        selection = self.filter_queryset(everything(labels()))
        required(self.chosen, "period")
        places = ranking(selection, self.chosen["period"], labels())
        page = self.paginate_queryset(places) or []
        warn_if_empty(request, page)
        rows = [ranking_row(place, labels(), language()) for place in page]
        if fields := self.chosen["fields"]:
            rows = [{name: value for name, value in row.items() if name in fields} for row in rows]
        return self.get_paginated_response(rows)


class ComparedRow(serializers.Serializer[Any]):
    """One period: the regions' values by code, and each one's ratio to the first."""

    period = serializers.CharField()
    unit = serializers.CharField(allow_null=True)
    unit_name = serializers.CharField(allow_null=True)
    values = serializers.DictField(child=serializers.FloatField(allow_null=True))
    ratios = serializers.DictField(child=serializers.FloatField(allow_null=True))


class CompareParameters(OneLineParameters):
    within = kind = None
    year = Parameter(
        YearsField(example="2020..2024"), method="by_span", says=both("年份；默认全部。", "Years; all by default.")
    )


@extend_schema(responses=ComparedRow(many=True))
class CompareViewSet(ListViewSet):
    """Regions side by side: a row a period, with the ratio to the first region named."""

    queryset = Observation.objects.live()  # for the description
    serializer_class = ComparedRow
    filterset_class = CompareParameters
    extra_options = {
        "regions": (
            KeysField("regions", example="430281,430225"),
            both("地区，第一个为基准；必填。", "Regions, the first is the base; required."),
        ),
    }

    def documented_options(self) -> Any:
        options = super().documented_options()
        options.pop("fields", None)
        return options

    def file_columns(self) -> Sequence[tuple[Path, Column]]:
        """A column of values and one of ratios for each region that was named."""
        plain = [(path, column) for path, column in super().file_columns() if path[0] not in ("values", "ratios")]
        codes = [labels().regions.code[key] for key in self.chosen["regions"]]
        parts = [(part, str(code)) for part in ("values", "ratios") for code in codes]
        return [*plain, *((path, Column(".".join(path), "number")) for path in parts)]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        selection = self.filter_queryset(everything(labels()))
        required(self.chosen, "regions")
        chosen, names, spoken = self.chosen["regions"], labels(), language()
        code = names.regions.code.__getitem__
        figures = records(selection.where("region", chosen), NEEDED, ORDERS["series"])
        rows = []
        for entry in side_by_side(figures, chosen, names):
            held = entry["records"]
            any_record = next(iter(held.values()))
            unit = names.unit(any_record["unit"], any_record["indicator"])
            same = {pk: record for pk, record in held.items() if record["unit"] == any_record["unit"]}
            rows.append(
                {
                    "period": entry["period"], "unit": unit.code, "unit_name": unit.name(spoken),
                    "values": {code(r): stated_figure(same[r]) if r in same else None for r in chosen},
                    "ratios": {code(r): entry["ratios"][r] for r in chosen},
                }
            )  # fmt: skip
        page = self.paginate_queryset(rows)
        warn_if_empty(request, page)
        return self.get_paginated_response(page)


class StandingRow(serializers.Serializer[Any]):
    """The latest value of a headline indicator, with the rank among the regions of the same kind and parent."""

    indicator = serializers.CharField()
    indicator_name = serializers.CharField()
    period = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    unit_name = serializers.CharField()
    qualifier = serializers.CharField()
    rank = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField(help_text=both("有位次的同级地区数。", "How many siblings have a rank."))
    observation = serializers.IntegerField()


class ConcernRow(serializers.Serializer[Any]):
    """A measure that names the region, and as what."""

    code = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField(allow_null=True)
    role = serializers.CharField()


class Profile(serializers.Serializer[Any]):
    """A region at a glance."""

    region = serializers.CharField()
    region_name = serializers.CharField()
    indicators = StandingRow(many=True)
    measures = ConcernRow(many=True)


def profile_of(region: Region) -> dict[str, Any]:
    """The profile of a region: its headline indicators and the measures that concern it."""
    names, spoken = labels(), language()
    rivals = everything(names).preferred().undivided().where("region", names.siblings(region.pk))
    rivals = rivals.where("indicator", [key for key, about in names.measured.items() if about.headline])
    indicators = []
    for standing in standings(region.pk, rivals, names):
        record = standing.record
        unit = names.unit(record["unit"], record["indicator"])
        label = names.indicators[record["indicator"]]
        indicators.append({
            "indicator": label.code, "indicator_name": label.name(spoken), "period": record["period"],
            "value": stated_figure(record), "unit": unit.code, "unit_name": unit.name(spoken),
            "qualifier": record["qualifier"], "rank": shown(standing.rank), "of": standing.of, "observation": record["id"],
        })  # fmt: skip
    concerned: Any = Measure.objects.public().with_status().concerning([region])
    measures = [
        {"code": m.code, "title": said(m, "title"), "kind": m.kind, "status": m.status, "role": link.role}
        for m in concerned.prefetch_related("region_links").order_by("code")
        for link in m.region_links.all()
        if link.region_id == region.pk
    ]
    return {"region": region.code, "region_name": said(region, "name"), "indicators": indicators, "measures": measures}
