"""/series and /availability: the lines that figures make over time, and what there is."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Max, Min
from django.db.models.functions import ExtractYear
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.narrowing import ObservationParameters, SeriesParameters
from api.pagination import Order
from api.parameters import ChoiceField
from api.views import KeysetViewSet, ListViewSet, Row, warn_if_empty
from indicators.labels import labels
from indicators.models import Observation, Series
from sources.bilingual import both, language, said


class SeriesRow(Row):
    """A series with its codes and extent."""

    indicator = serializers.SlugRelatedField("code", read_only=True)
    indicator_name = serializers.SerializerMethodField()
    region = serializers.SlugRelatedField("code", read_only=True)
    region_name = serializers.SerializerMethodField()
    industry = serializers.SlugRelatedField("code", read_only=True, allow_null=True)
    product = serializers.SlugRelatedField("code", read_only=True, allow_null=True)
    partner = serializers.SlugRelatedField("code", read_only=True, allow_null=True)
    trade_mode = serializers.SlugRelatedField("code", read_only=True, allow_null=True)
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
        warn_if_empty(request, keys)
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


class MatrixRow(serializers.Serializer[Any]):
    region = serializers.CharField()
    region_name = serializers.CharField()
    counts = serializers.ListField(child=serializers.IntegerField())


class Matrix(serializers.Serializer[Any]):
    """`view=matrix`: the number of figures by region and year, the counts in the order of `years`."""

    years = serializers.ListField(child=serializers.IntegerField())
    regions = MatrixRow(many=True)


class AvailabilityParameters(ObservationParameters):
    latest = None


class AvailabilityViewSet(ListViewSet):
    """What there is under a filter: codes per dimension, counts, first and last period."""

    queryset = Observation.objects.live()
    filterset_class = AvailabilityParameters
    serializer_class = Availability

    def documented_options(self) -> dict[str, tuple[Any, Any]]:
        says = both(
            "`summary`（默认）各维度有哪些代码；`matrix` 地区 × 年份的观测数。",
            "`summary` (default): the codes of each dimension; `matrix`: counts by region and year.",
        )
        return {"view": (ChoiceField(("summary", "matrix")), says)}

    @extend_schema(responses=PolymorphicProxySerializer("AvailabilityView", [Availability, Matrix], None))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        queryset = self.filter_queryset(self.get_queryset())
        if self.chosen["view"] == "matrix":
            return Response(matrix(queryset))
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


def matrix(queryset: Any) -> dict[str, Any]:
    """How many figures there are by region and year: `years`, and for each region its counts in the same order."""
    names, spoken = labels(), language()
    cells = queryset.order_by().values("series__region", year=ExtractYear("period_start")).annotate(count=Count("pk"))
    counts: dict[int, dict[int, int]] = {}
    for cell in cells:
        counts.setdefault(cell["series__region"], {})[cell["year"]] = cell["count"]
    years = sorted({year for by_year in counts.values() for year in by_year})
    rows = [
        {"region": label.code, "region_name": label.name(spoken), "counts": [by_year.get(year, 0) for year in years]}
        for region, by_year in counts.items()
        for label in [names.regions[region]]
    ]
    return {"years": years, "regions": sorted(rows, key=lambda row: row["region"])}
