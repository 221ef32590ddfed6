"""What concerns a region: /regions/{code}/profile and /regions/{code}/policies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache, partial
from typing import Any, cast

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.data.figure_rows import FigureRow, dimension_fields, dimension_row, figure_row, shown
from api.http.fields import OptionalText, SpokenField, TitledReference
from api.http.parameters import ChoicesField, Option
from api.http.rows import PartialRow, Row, RowPart, completed
from api.http.tags import REGIONS
from api.http.viewsets import ReadOnlyViewSet, warn
from api.policies.measure_rows import indicator_links
from indicators.choices import OBSERVED, ObservationStatus, PeriodBasis
from indicators.labels import Labels, labels
from indicators.ranking import READ as STANDING_READ
from indicators.ranking import standings
from indicators.reading import count as read_count
from indicators.reading import members, records
from indicators.selection import everything
from policies.choices import Direction, Level, MeasureKind, RegionRole, Status
from policies.impact import READ, ConcernedRegion, bears_on, concerns, places_of_measures
from policies.models import Measure
from policies.places import RegionFit, known_places
from regions.models import Region, RegionKind
from sources.bilingual import both, language, said
from sources.models import public
from sources.statements import statement

Record = dict[str, Any]

INHERITED = (RegionFit.NAMED, RegionFit.GROUP, RegionFit.ABOVE, RegionFit.AROUND)


class ConcernReason(RowPart):
    """The region that a measure names, in which role, and how it lies to the place asked for."""

    region = serializers.CharField()
    region_name = serializers.CharField()
    role = serializers.ChoiceField(RegionRole.choices)
    fit = serializers.ChoiceField([str(fit) for fit in INHERITED])
    says = serializers.CharField()


class ConcernedIndicator(RowPart):
    """An indicator that the measure names, with the newest figure of each of its series in the place."""

    indicator = serializers.CharField()
    indicator_name = serializers.CharField()
    direction = serializers.ChoiceField(Direction.choices)
    figures = FigureRow(many=True)


class RegionPolicyRow(Row):
    """A measure that concerns the place."""

    code = serializers.CharField()
    title = SpokenField()
    kind = serializers.ChoiceField(MeasureKind.choices)
    status = serializers.ChoiceField(Status.choices, allow_null=True)
    status_since = OptionalText()
    level = serializers.ChoiceField(Level.choices)
    document = TitledReference()
    reasons = ConcernReason(many=True)
    indicators = ConcernedIndicator(many=True)

    beside = ("reasons", "indicators")

    class Meta:
        model = Measure
        fields = (
            "code", "title", "kind", "status", "status_since", "level", "document", "reasons", "indicators",
        )  # fmt: skip

    @classmethod
    def records(cls) -> QuerySet[Measure]:
        return Measure.objects.with_status()


def reason_row(reason: ConcernedRegion, names: Labels, spoken: str) -> dict[str, Any]:
    """Why a measure concerns the place, as the answer has it."""
    row = {
        "region": names.regions[reason.region].code, "region_name": names.regions[reason.region].name(spoken),
        "role": reason.role, "fit": reason.fit, "says": str(RegionFit(reason.fit).label),
    }  # fmt: skip
    (whole,) = completed(ConcernReason, [row])
    return cast("dict[str, Any]", whole)


def indicator_rows(measures: Sequence[int], place: int, names: Labels, spoken: str) -> dict[int, list[dict[str, Any]]]:
    """The indicators that each of these measures names, with their figures in the place; three queries, however many there are."""
    named, industries = defaultdict(list), defaultdict(list)
    for measure, *link in statement(indicator_links, "measure", ("indicator", "direction")).rows(measures):
        named[measure].append(link)
    for measure, industry in statement(industry_links, "measure", ("category",)).rows(measures):
        industries[measure].append(industry)
    held = _newest(place, {indicator for each in named.values() for indicator, _ in each}, names)
    rows = {
        indicator: [(row["industry"], figure_row(row, names, spoken)) for row in figures]
        for indicator, figures in held.items()
    }

    def shown_row(measure: int, indicator: int, direction: str) -> dict[str, Any]:
        label, about = names.indicators[indicator], industries[measure]
        figures = [row for industry, row in rows[indicator] if bears_on(industry, about, names)]
        return {
            "indicator": label.code, "indicator_name": label.name(spoken), "direction": direction, "figures": figures,
        }  # fmt: skip

    return {
        measure: completed(ConcernedIndicator, [shown_row(measure, *link) for link in each])
        for measure, each in named.items()
    }


def industry_links() -> QuerySet[Any]:
    """The public industries that measures name."""
    through: Any = Measure.industries.through
    return through.objects.filter(public("category")).order_by("pk")


def _newest(place: int, indicators: set[int], names: Labels) -> dict[int, list[Record]]:
    """Indicator → the newest observed row of each of its series in the place; one query."""
    figures = everything(names).preferred().having("status", OBSERVED).where("region", [place])
    rows = records(figures.where("indicator", sorted(indicators)), READ)
    newest = {row["series"]: row for row in sorted(rows, key=lambda row: (row["period_end"], row["id"]))}
    by_indicator: dict[int, list[Record]] = {indicator: [] for indicator in indicators}
    for row in sorted(newest.values(), key=lambda row: row["key"]):
        by_indicator[row["indicator"]].append(row)
    return by_indicator


class OwnFigureRow(FigureRow):
    """A figure of the place, and what it is about."""

    vars().update(dimension_fields())
    period_basis = serializers.ChoiceField(PeriodBasis.choices)


class StandingRow(OwnFigureRow):
    """The latest observed value of a line of figures, with the rank among the regions of the same kind and parent."""

    rank = serializers.IntegerField(
        allow_null=True,
        help_text=both("不足三个同级地区有数值则为空。", "null where fewer than three siblings have a value."),
    )
    of = serializers.IntegerField(help_text=both("有位次的同级地区数。", "How many siblings have a rank."))


class PlaceRow(RowPart):
    """A place within the region that has figures of its own."""

    region = serializers.CharField()
    region_name = serializers.CharField()
    kind = serializers.ChoiceField(RegionKind.choices)
    series_count = serializers.IntegerField(help_text=both("序列数。", "How many series it has."))


class ConcernRow(RowPart):
    """A measure that names the region, and as what."""

    code = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(MeasureKind.choices)
    status = serializers.ChoiceField(Status.choices, allow_null=True)
    role = serializers.ChoiceField(RegionRole.choices)


class Profile(PartialRow):
    """A region at a glance."""

    region = serializers.CharField()
    region_name = serializers.CharField()
    indicators = StandingRow(
        many=True,
        help_text=both(
            "重点指标各线的最近观测值；没有重点指标则为其全部指标。",
            "The latest observed value of each line of the headline indicators; of all that it has where it has none of these.",
        ),
    )
    goals = OwnFigureRow(many=True, help_text=both("目标与预测。", "Goals and forecasts."))
    places = PlaceRow(many=True, help_text=both("其下有数据的地区。", "Places within it that have figures."))
    measures = ConcernRow(many=True, help_text=both("指名该地的措施。", "Those that name the region itself."))


def profile_of(region: Region) -> dict[str, Any]:
    """The profile of a region: its latest figures, its goals, the places in it that have figures, the measures that concern it."""
    names, spoken = labels(), language()
    held = everything(names).preferred()
    own = held.where("region", [region.pk])
    headline = [key for key, about in names.measured.items() if about.headline]
    if read_count(own.where("indicator", headline).having("status", OBSERVED)):
        held = held.where("indicator", headline)
    siblings = held.where("region", names.siblings(region.pk)).having("status", OBSERVED)
    goals = records(own.having("status", [ObservationStatus.FORECAST.value]), STANDING_READ)
    return {
        "region": region.code, "region_name": said(region, "name"),
        "indicators": [
            {**own_figure_row(standing.record, names, spoken), "rank": shown(standing.rank), "of": standing.of}
            for standing in standings(region.pk, siblings, names)
        ],
        "goals": [own_figure_row(record, names, spoken) for record in goals],
        "places": places_within(region, names, spoken), "measures": concerning(region),
    }  # fmt: skip


def own_figure_row(record: Record, names: Labels, spoken: str) -> dict[str, Any]:
    """A stored row as a profile shows it."""
    return {
        **figure_row(record, names, spoken), **dimension_row(record, names, spoken), "period_basis": record["period_basis"],
    }  # fmt: skip


def places_within(region: Region, names: Labels, spoken: str) -> list[dict[str, Any]]:
    """The places within a region that have figures, with how many series, those with the most first."""
    inside = [key for key in names.within(region.pk) if key != region.pk]
    counted = members(everything(names).preferred().where("region", inside), "region")
    return [
        {
            "region": names.regions[key].code, "region_name": names.regions[key].name(spoken),
            "kind": names.places[key].kind, "series_count": number,
        }
        for key, number, _ in sorted(counted, key=lambda row: (-row[1], str(names.regions[row[0]].code)))
    ]  # fmt: skip


def standing_measures() -> QuerySet[Measure]:
    """The public measures, with where they stand now."""
    return Measure.objects.public().with_status()


def concerning(region: Region) -> list[dict[str, Any]]:
    """The measures that name a region, and as what; two queries."""
    links = statement(places_of_measures, "region", ("measure", "role")).rows([region.pk])
    names = ("code", f"title_{language()}", "kind", "status")
    held = {key: cells for key, *cells in statement(standing_measures, "pk", names).rows([one for _, one, _ in links])}
    rows = sorted((*held[measure], role) for _, measure, role in links if measure in held)
    return [dict(zip(("code", "title", "kind", "status", "role"), row, strict=True)) for row in rows]


class RegionPoliciesViewSet(ReadOnlyViewSet):
    """What policy and figures say of a region, below the address of the region."""

    chinese = {
        "policies": (
            "与一个地区有关的措施：指名该地、其所属组合、其上级及上级所属组合的，各附理由。"
            "\n\n最切近的在前；各附其所指指标及该地的最新数值。"
        ),
        "profile": (
            "一个地区的概况：各主要指标的最新数值、在同级中的位次，以及指名该地的措施。\n\n因其所属组合或上级而相关的措施，"
            "见 `/regions/{code}/policies`。"
        ),
    }
    tag = REGIONS
    summaries = {
        "policies": both("与某地相关的政策", "Policy that concerns a region"),
        "profile": both("地区概览", "A region at a glance"),
    }
    queryset = Region.objects.public()
    serializer_class = Profile
    lookup_field = "code"
    paged_actions = ("policies",)
    row_serializers = {"policies": RegionPolicyRow, "profile": Profile}

    def options_taken(self) -> dict[str, Option]:
        options = super().options_taken()
        if self.action != "policies":
            return options
        return options | {
            "fit": Option(
                ChoicesField([str(fit) for fit in INHERITED], example="named"),
                both(
                    "何以相关：点名该地 `named`、所属组合 `group`、上级地区 `above`、上级所属组合 `around`；默认全部。",
                    "Why it concerns the place: `named`, by its `group`, by a place `above`, by a group `around` that; all by default.",
                ),
            ),
            "kind": Option(ChoicesField(MeasureKind.values), both("类型。", "Kinds.")),
            "status": Option(ChoicesField(Status.values), both("现状。", "Where it stands.")),
        }  # fmt: skip

    @extend_schema(responses=Profile)
    def profile(self, request: Request, **kwargs: object) -> Response:
        """A region at a glance: its latest headline figures, ranked among its siblings, and the measures that name it.

        `/regions/{code}/policies` has those that name its groups or what it lies in as well.
        """
        return Response(profile_of(self.get_object()))

    @extend_schema(responses=RegionPolicyRow(many=True))
    def policies(self, request: Request, **kwargs: object) -> HttpResponseBase:
        """Measures that concern a region: those that name it, its groups, what it lies in and the groups of that, with the reasons.

        The nearest first. Each with the indicators that it names and their newest figures in this region.
        """
        region = self.get_object()
        chosen = self.chosen
        narrowed = {f"{name}__in": chosen[name] for name in ("kind", "status") if chosen[name]}
        wanted = set(RegionPolicyRow.records().filter(**narrowed).values_list("pk", flat=True)) if narrowed else None
        ways = chosen["fit"] or INHERITED
        fits = {place: str(fit.kind) for place, fit in known_places().around(region.pk).items() if fit.kind in ways}
        page = self.paginate_queryset(concerns(fits, wanted))
        keys, names, spoken = [one.measure for one in page], labels(), language()
        if not page:
            warn(request, "no_rows", both("没有符合条件的记录。", "Nothing matches this query."))
        indicators = indicator_rows(keys, region.pk, names, spoken)
        reason = cache(partial(reason_row, names=names, spoken=spoken))  # many measures have the same
        rows = self.reading.of_keys(
            keys, request, reasons=[list(map(reason, one.reasons)) for one in page],
            indicators=[indicators.get(key, []) for key in keys],
        )  # fmt: skip
        return self.get_paginated_response(rows)
