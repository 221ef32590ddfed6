"""/observations, /series, /availability and /checks: the figures, the lines they make, what there is, and what must agree."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Count, DecimalField, F, Max, Min, Prefetch, Value
from django.db.models.functions import Coalesce
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import Order
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
from api.sources import CitationRow
from api.strict import ParameterSet
from api.views import KeysetViewSet, ReadOnlyViewSet, Row, warn
from indicators.checks import FAIL, NOT_TESTABLE, PASS, SHOWN_IN, Interval, Outcome, evaluate
from indicators.choices import Accumulation, CheckKind, Frequency, ObservationStatus
from indicators.labels import labels
from indicators.models import Category, Check, CheckTerm, Indicator, Observation, Series, Topic, Unit
from indicators.rows import DETAILS, FULL, Figure, columns_of, make_rows, stored_columns, with_needed
from regions.models import Region, RegionKind, Succession
from sources.bilingual import both, language, said
from sources.models import Citation, Release, Source

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


# Missing values come last in either direction; no value reaches the sentinel, which has more digits than one may have.
BEYOND_ANY_VALUE = 10**15


def _by_value(*, descending: bool) -> Order:
    sentinel = Value(-BEYOND_ANY_VALUE if descending else BEYOND_ANY_VALUE, output_field=FIGURES)
    return Order((Coalesce(F("value"), sentinel, output_field=FIGURES), F("pk")), descending)


FIGURES: DecimalField[Any, Any] = DecimalField(max_digits=24, decimal_places=9)

ORDERS: dict[str, Order] = {
    "series": Order((F("series__key"), F("period_start"), F("pk"))),
    "-series": Order((F("series__key"), F("period_start"), F("pk")), descending=True),
    "period": Order((F("period_start"), F("period_end"), F("series__key"), F("pk"))),
    "-period": Order((F("period_start"), F("period_end"), F("series__key"), F("pk")), descending=True),
    "region": Order((F("series__region__code"), F("series__key"), F("period_start"), F("pk"))),
    "indicator": Order((F("series__indicator__code"), F("series__key"), F("period_start"), F("pk"))),
    "value": _by_value(descending=False),
    "-value": _by_value(descending=True),
}


class ObservationViewSet(KeysetViewSet):
    """The figures. One flat row each, with the same columns whatever the rows; `detail` and `labels` choose how many."""

    queryset = Observation.objects.live()
    filterset_class = ObservationParameters
    serializer_class = serializers.Serializer  # rows are made by indicators.rows; their schema is in api.schema
    lookup_value_regex = "[0-9]{1,15}"

    orders = ORDERS

    def field_names(self) -> list[str]:
        return [column.name for column in FULL]

    def documented_options(self) -> dict[str, tuple[Any, Any]]:
        if self.action != "list":
            return {}
        return super().documented_options() | {
            "labels": (
                ChoiceField(("both", "code", "name")),
                both("给代码、名称或两者（默认）。", "Codes, names, or both (default)."),
            ),
            "detail": (
                ChoiceField(list(DETAILS)),
                both("`data`、`standard`（默认）或 `full`。", "`data`, `standard` (default) or `full`."),
            ),
        }

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        queryset = self.filter_queryset(self.get_queryset())
        chosen = self.chosen
        fields = chosen["fields"]
        detail = chosen["detail"] or ("full" if fields else "standard")
        columns = columns_of(detail, chosen["labels"] or "both", fields)
        keyset = self.keyset()
        records = keyset.page(with_needed(queryset, columns), stored_columns(columns))
        self.warn_if_empty(records)
        return keyset.respond(make_rows(records, columns, labels(), language()))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row in full, with its citations: source, section, phrase, position, and how it was read."""
        queryset = self.filter_queryset(self.get_queryset().filter(pk=kwargs["pk"]))
        record = with_needed(queryset, FULL).values(*stored_columns(FULL)).first()
        if record is None:
            raise Http404
        (row,) = make_rows([record], FULL, labels(), language())
        cited = Citation.objects.public().filter(observation_set=kwargs["pk"]).select_related("source").order_by("code")
        without_support = [name for name in CitationRow.Meta.fields if name != "supports"]
        context = {"fields": without_support}
        return Response({**row, "citations": CitationRow(cited, many=True, context=context).data})


class SeriesRow(Row):
    """A series with its codes and extent."""

    indicator = serializers.SlugRelatedField("code", read_only=True)
    indicator_name = serializers.SerializerMethodField()
    region = serializers.SlugRelatedField("code", read_only=True)
    region_name = serializers.SerializerMethodField()
    industry = serializers.SlugRelatedField("code", read_only=True)
    product = serializers.SlugRelatedField("code", read_only=True)
    partner = serializers.SlugRelatedField("code", read_only=True)
    trade_mode = serializers.SlugRelatedField("code", read_only=True)
    variant = serializers.SerializerMethodField()
    first_period = serializers.CharField()
    last_period = serializers.CharField()
    observation_count = serializers.IntegerField()

    class Meta:
        model = Series
        fields = (
            "key", "indicator", "indicator_name", "region", "region_name", "industry", "product", "partner", "trade_mode",
            "frequency", "accumulation", "variant", "first_period", "last_period", "observation_count",
        )  # fmt: skip

    def get_indicator_name(self, series: Series) -> str:
        return said(series.indicator, "name")

    def get_region_name(self, series: Series) -> str:
        return said(series.region, "name")

    def get_variant(self, series: Series) -> str | None:
        return series.variant or None


SERIES_RELATIONS = ("indicator", "region", "industry", "product", "partner", "trade_mode")


class SeriesViewSet(KeysetViewSet):
    """The lines that observations make over time; the key is `FREQ.REGION.INDICATOR` and the breakdown codes it has."""

    queryset = Series.objects.public().select_related(*SERIES_RELATIONS)
    serializer_class = SeriesRow
    filterset_class = SeriesParameters
    lookup_field = "key"
    lookup_value_regex = r"[A-Za-z0-9_.-]+(?<![.]json)"

    orders = {"key": Order((F("key"),)), "-key": Order((F("key"),), descending=True)}

    def get_queryset(self) -> Any:
        series: Any = super().get_queryset()
        return series.with_extent() if self.detail else series

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        queryset = self.filter_queryset(self.get_queryset())
        keyset = self.keyset()
        keys = [row["pk"] for row in keyset.page(queryset, ["pk"])]
        self.warn_if_empty(keys)
        found = {s.pk: s for s in Series.objects.filter(pk__in=keys).select_related(*SERIES_RELATIONS).with_extent()}
        return keyset.respond(list(self.get_serializer([found[key] for key in keys], many=True).data))


class AvailableCode(serializers.Serializer[Any]):
    code = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    series_count = serializers.IntegerField()
    observation_count = serializers.IntegerField()


class Availability(serializers.Serializer[Any]):
    """What there is: the codes that exist in each dimension, with counts, and the span of periods."""

    series_count = serializers.IntegerField()
    observation_count = serializers.IntegerField()
    first_period = serializers.CharField(allow_null=True)
    last_period = serializers.CharField(allow_null=True)
    dimensions = serializers.DictField(child=AvailableCode(many=True))


DIMENSIONS: dict[str, str] = {
    "indicator": "indicators", "region": "regions", "industry": "categories", "product": "categories",
    "partner": "regions", "trade_mode": "categories",
}  # fmt: skip


class AvailabilityParameters(ObservationParameters):
    latest = None


class AvailabilityViewSet(ReadOnlyViewSet):
    """What there is under a filter: codes per dimension, counts, first and last period."""

    queryset = Observation.objects.live()
    filterset_class = AvailabilityParameters
    serializer_class = Availability

    def documented_options(self) -> dict[str, tuple[Any, Any]]:
        return {}

    @extend_schema(responses=Availability)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        queryset = self.filter_queryset(self.get_queryset())
        counts = {"series_count": Count("series", distinct=True), "observation_count": Count("pk")}
        whole = queryset.aggregate(first_period=Min("period"), last_period=Max("period"), **counts)
        names, spoken = labels(), language()
        dimensions: dict[str, list[dict[str, Any]]] = {}
        for dimension, table in DIMENSIONS.items():
            by_key = queryset.order_by().values(key=F(f"series__{dimension}")).annotate(**counts)
            found = []
            for row in by_key:
                label = None if row["key"] is None else getattr(names, table)[row["key"]]
                code, name = (label.code, label.name(spoken)) if label else (None, None)
                found.append({"code": code, "name": name, **{count: row[count] for count in counts}})
            dimensions[dimension] = sorted(found, key=lambda row: row["code"] or "")
        for dimension in ("frequency", "accumulation"):
            by_code = queryset.order_by().values(code=F(f"series__{dimension}")).annotate(**counts)
            dimensions[dimension] = [{"name": None, **row} for row in by_code.order_by("code")]
        return Response({**whole, "dimensions": dimensions})


class TermRow(serializers.Serializer[Any]):
    role = serializers.CharField()
    series = serializers.CharField()
    period = serializers.CharField()
    observation = serializers.IntegerField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField(allow_null=True)
    qualifier = serializers.CharField(allow_null=True)


class CheckRow(serializers.Serializer[Any]):
    """An identity with its terms, both of its sides, their difference and the verdict."""

    code = serializers.CharField()
    kind = serializers.ChoiceField(CheckKind.values)
    name = serializers.CharField()
    terms = TermRow(many=True)
    left = serializers.FloatField(allow_null=True)
    right = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(allow_null=True, help_text=both("左减右。", "left less right"))
    unit = serializers.CharField(
        allow_null=True, help_text=both("两边与差的单位。", "Unit of both sides and of the difference.")
    )
    result = serializers.ChoiceField((PASS, FAIL, NOT_TESTABLE))
    note = serializers.CharField(allow_null=True)


class CheckParameters(ParameterSet):
    kind = Parameter(ChoicesField(CheckKind.values), says=both("恒等式的类型。", "Kinds of identity."))


class CheckViewSet(ReadOnlyViewSet):
    """The identities that the data must obey, tested on the live rows, within the rounding of the figures as stated."""

    queryset = Check.objects.public()
    serializer_class = CheckRow
    filterset_class = CheckParameters
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9-]+"
    orderings = {"code": ("code",)}
    extra_options = {
        "result": (ChoicesField((PASS, FAIL, NOT_TESTABLE)), both("结论。", "Verdicts.")),
    }

    def documented_options(self) -> Any:
        options = super().documented_options()
        if self.detail:
            options.pop("result")
        options.pop("fields")
        return options

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related(Prefetch("terms", CheckTerm.objects.public()))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = tested(self.filter_queryset(self.get_queryset()))
        if results := self.chosen["result"]:
            rows = [row for row in rows if row["result"] in results]
        return self.get_paginated_response(self.paginate_queryset(rows))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(tested([self.get_object()])[0])


def tested(checks: Any) -> list[dict[str, Any]]:
    """The checks with the values of their terms and what came out."""
    checks = list(checks)
    wanted = {(term.series, term.period) for check in checks for term in check.terms.all()}
    live = (
        Observation.objects.live().filter(series__key__in={key for key, _ in wanted}).select_related("series", "unit")
    )
    held = {(row.series.key, row.period): row for row in live}
    return [_tested(check, held) for check in checks]


def _tested(check: Check, held: dict[tuple[str, str], Observation]) -> dict[str, Any]:
    intervals: dict[str, list[Interval]] = defaultdict(list)
    units: dict[str, Unit] = {}
    terms = []
    for term in check.terms.all():
        row = held.get((term.series, term.period))
        figure = Figure(row.value, row.decimals) if row and row.value is not None else None
        terms.append({
            "role": term.role, "series": term.series, "period": term.period, "observation": row.pk if row else None,
            "value": figure, "unit": row.unit.code if row else None, "qualifier": row.qualifier if row else None,
        })  # fmt: skip
        if row and figure:
            stated = Interval.stated(figure.value, figure.decimals, row.qualifier)
            intervals[term.role].append(stated * row.unit.factor)
            units[term.role] = row.unit
    complete = all(term["value"] is not None for term in terms)
    outcome = evaluate(check.kind, intervals) if complete else Outcome(NOT_TESTABLE)
    unit = units.get(SHOWN_IN[check.kind])
    left, right = (_shown(side, unit) for side in (outcome.left, outcome.right))
    return {
        "code": check.code, "kind": check.kind, "name": said(check, "name"), "terms": terms, "left": left, "right": right,
        "difference": None if left is None or right is None else left - right, "unit": unit.code if unit else None,
        "result": outcome.result, "note": said(check, "note") or None,
    }  # fmt: skip


def _shown(side: Any, unit: Unit | None) -> Any:
    return None if side is None or unit is None else round(side / unit.factor, 4)
