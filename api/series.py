"""/series and /availability: the lines that figures make over time, and what there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.files import series_batches
from api.narrowing import ObservationParameters, SeriesParameters
from api.pagination import Keyset
from api.parameters import ChoiceField
from api.views import KeysetViewSet, ListViewSet, Row, warn_if_empty
from indicators.labels import labels
from indicators.models import Observation, Series
from indicators.reading import by_region_and_year, count_lines, extent, members, series_page
from indicators.selection import Selection, everything
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

    queryset: Any = Series.objects.public().select_related(*SERIES_RELATIONS)
    serializer_class = SeriesRow
    filterset_class = SeriesParameters
    lookup_field = "key"
    lookup_value_regex = r"[A-Za-z0-9_.-]+(?<![.]json)(?<![.]csv)(?<![.]xlsx)(?<![.]parquet)(?<![.]jsonstat)"

    orders = {"key": False, "-key": True}  # whether it descends

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        selection: Selection = self.filter_queryset(everything(labels()))
        if self.is_file:
            return self.as_records(lambda: series_batches(selection, descending=self.order), self.shown)
        keyset = Keyset(request, self.chosen, kept=[1])
        rows = keyset.page(
            lambda after, backwards, limit: series_page(selection, after, backwards != self.order, limit),
            lambda: count_lines(selection),
        )
        warn_if_empty(request, rows)
        return keyset.respond(list(self.shown([row[0] for row in rows])))

    def shown(self, keys: Sequence[int]) -> Sequence[Any]:
        """The series with these ids, in their order."""
        found = self.queryset.in_bulk(keys)
        return self.get_serializer([found[key] for key in keys], many=True).data


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


# Where the names of a dimension's members are.
LABELLED: dict[str, str] = {
    "indicator": "indicators", "region": "regions", "industry": "industries", "product": "products",
    "partner": "regions", "trade_mode": "trade_modes",
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
    latest = history = updated_after = None

    def apply(self, values: Any) -> Any:
        return SeriesParameters.apply(self, values)


class AvailabilityViewSet(ListViewSet):
    """What there is under a filter: codes per dimension, counts, first and last period."""

    queryset = Observation.objects.live()  # for the description
    filterset_class = AvailabilityParameters
    serializer_class = Availability
    file_renderers = ()

    def documented_options(self) -> dict[str, tuple[Any, Any]]:
        says = both(
            "`summary`（默认）各维度有哪些代码；`matrix` 地区 × 年份的观测数。",
            "`summary` (default): the codes of each dimension; `matrix`: counts by region and year.",
        )
        return {"view": (ChoiceField(("summary", "matrix")), says)}

    @extend_schema(responses=PolymorphicProxySerializer("AvailabilityView", [Availability, Matrix], None))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        selection: Selection = self.filter_queryset(everything(labels()))
        return Response(matrix(selection) if self.chosen["view"] == "matrix" else summary(selection))


def summary(selection: Selection) -> dict[str, Any]:
    """How many series and figures there are, from when to when, and which codes each dimension has."""
    names, spoken = labels(), language()
    series_count, figures, first, last = extent(selection)
    whole = {"series_count": series_count, "observation_count": figures, "first_period": first, "last_period": last}
    dimensions: dict[str, list[dict[str, Any]]] = {}
    for dimension, table in (*LABELLED.items(), ("frequency", None), ("accumulation", None)):
        found = []
        for key, lines, count in members(selection, dimension):
            label = getattr(names, table)[key] if table and key is not None else None
            code, name = (label.code, label.name(spoken)) if label else (None if table else key, None)
            found.append({"code": code, "name": name, "series_count": lines, "observation_count": count})
        dimensions[dimension] = sorted(found, key=lambda row: row["code"] or "")
    return {**whole, "dimensions": dimensions}


def matrix(selection: Selection) -> dict[str, Any]:
    """How many figures there are by region and year: `years`, and for each region its counts in the same order."""
    names, spoken = labels(), language()
    counts: dict[int, dict[int, int]] = {}
    for region, year, count in by_region_and_year(selection):
        counts.setdefault(region, {})[year] = count
    years = sorted({year for by_year in counts.values() for year in by_year})
    rows = [
        {"region": label.code, "region_name": label.name(spoken), "counts": [by_year.get(year, 0) for year in years]}
        for region, by_year in counts.items()
        for label in [names.regions[region]]
    ]
    return {"years": years, "regions": sorted(rows, key=lambda row: row["region"])}
