"""/series and /availability: the lines that figures make over time, and what there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.model_meta import RelationInfo

from api.addresses import host_of
from api.data.figure_rows import DIMENSION_TABLES
from api.data.filters import ObservationParameters, SeriesParameters, warn_if_empty
from api.data.revisions import FigureHistory, WithFigures
from api.data.tables import series_batches
from api.formats.json import records_as_json
from api.http.fields import SpokenField
from api.http.package_tables import PackageTable
from api.http.parameters import ChoiceField, Option
from api.http.rows import PartialRow, Row
from api.http.tags import OBSERVATIONS
from api.http.viewsets import ListViewSet, UnknownCode
from indicators.components import BREAKDOWNS, RELATIONS
from indicators.labels import TABLES, labels
from indicators.models import Observation, Series
from indicators.reading import by_region_and_year, count_lines, extent, extents, members, series_page
from indicators.rows import called
from indicators.selection import Selection, everything
from sources.bilingual import both, language


class SeriesRow(Row):
    """A series with its codes and extent."""

    indicator_name = SpokenField("indicator__name")
    region_name = SpokenField("region__name")
    variant = serializers.CharField(allow_null=True)
    first_period = serializers.CharField()
    last_period = serializers.CharField()
    observation_count = serializers.IntegerField()

    class Meta:
        model = Series
        fields = (
            "key", "indicator", "indicator_name", "region", "region_name",
            *(name for name in RELATIONS if name not in ("indicator", "region")),
            "frequency", "accumulation", "variant", "first_period", "last_period", "observation_count",
        )  # fmt: skip

    def build_relational_field(
        self, field_name: str, relation_info: RelationInfo
    ) -> tuple[type[serializers.SlugRelatedField[Any]], dict[str, Any]]:
        """What a series is about is said by its code."""
        is_optional = relation_info.model_field.null  # type: ignore[union-attr]  # forward ones have one
        return serializers.SlugRelatedField, {"slug_field": "code", "read_only": True, "allow_null": is_optional}


EXTENT = ("observation_count", "first_period", "last_period")


class SeriesViewSet(WithFigures):
    """The lines that observations make over time; the key is `FREQ.REGION.INDICATOR` and the breakdown codes it has."""

    chinese = {
        "list": "数值随时间构成的序列；键为 `频率.地区.指标` 再加其分组的代码。",
        "figure": "一个数值的长期地址：现行数值及其短语，以及此前的每一个数值，连同发布和停用它们的版本，最新的在前。",
    }
    tag = OBSERVATIONS
    summaries = {"figure": both("一个数值的长期地址", "A figure's lasting address")}
    package = PackageTable(both("序列", "Series"), key="key", query="variants=all", references=DIMENSION_TABLES)
    queryset: Any = Series.objects.public()
    serializer_class = SeriesRow
    filterset_class = SeriesParameters
    row_serializers = {"figure": FigureHistory}
    lookup_field = "key"
    lookup_value_regex = r"[^/]+(?<![.]json)(?<![.]csv)(?<![.]xlsx)(?<![.]parquet)(?<![.]ndjson)(?<![.]jsonstat)"

    orders = {"key": False, "-key": True}  # whether it descends

    def get_queryset(self) -> QuerySet[Series]:
        """The series that have a figure; for a figure's lasting address also those all of whose figures were withdrawn."""
        return Series.objects.all() if self.action == "figure" else super().get_queryset()

    def handle_exception(self, exc: Exception) -> Response:
        """A key that a series had before it named its whole leads to the key that it has now, where one series had it."""
        key = self.kwargs.get("key", "")
        called = Series.objects.once_called(key) if key and isinstance(exc, UnknownCode) else []
        if len(called) != 1:
            return super().handle_exception(exc)
        view = f"v1:series-{'figure' if 'period' in self.kwargs else 'detail'}"
        now = host_of(self.request) + reverse(view, kwargs={**self.kwargs, "key": called[0]})
        query = self.request.META["QUERY_STRING"]
        return Response(status=308, headers={"Location": f"{now}?{query}" if query else now})

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        selection = self.selected()
        if self.is_file:
            batches = series_batches(selection, descending=self.order)
            return self.as_records(lambda: map(self.rows_then, batches))
        lines = self.keyset.page(
            [1],
            lambda after, backwards, limit: series_page(selection, after, backwards != self.order, limit),
            lambda: count_lines(selection),
        )
        warn_if_empty(request, lines)
        return self.keyset.respond(records_as_json(self.rows_then([line[0] for line in lines])))

    def rows_then(self, keys: Sequence[int]) -> Sequence[Any]:
        """The rows of the series with these ids, in their order, with their extent at the release of the walk."""
        selection, beside = self.keyset.selection, dict[str, Any]()
        if selection.at != selection.now:
            then = extents(selection.bare().having("series", keys))
            beside = {name: [then[key][place] for key in keys] for place, name in enumerate(EXTENT)}
        return self.reading.of_keys(keys, self.request, **beside)


class AvailableCode(serializers.Serializer[Any]):
    code = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    series_count = serializers.IntegerField()
    observation_count = serializers.IntegerField()


# The dimensions of which it is said what there is by each member.
COUNTED = ("indicator", "region", *BREAKDOWNS, "frequency", "accumulation")

IN_MATRIX = both("仅 `view=matrix` 有。", "With `view=matrix` only.")


class MatrixRow(serializers.Serializer[Any]):
    region = serializers.CharField()
    region_name = serializers.CharField()
    counts = serializers.ListField(child=serializers.IntegerField())


class Availability(PartialRow):
    """What there is: the codes that exist in each dimension, with counts, and the span of periods; or, with `view=matrix`, the number
    of figures by region and year, the counts in the order of `years`.
    """

    series_count = serializers.IntegerField()
    observation_count = serializers.IntegerField()
    first_period = serializers.CharField(allow_null=True)
    last_period = serializers.CharField(allow_null=True)
    dimensions = serializers.DictField(child=AvailableCode(many=True))
    years = serializers.ListField(child=serializers.IntegerField(), help_text=IN_MATRIX)
    regions = MatrixRow(many=True, help_text=IN_MATRIX)


class AvailabilityParameters(ObservationParameters):
    latest = history = updated_after = None


class AvailabilityViewSet(ListViewSet):
    """What there is under a filter: codes per dimension, counts, first and last period."""

    chinese = {
        "list": "某一筛选条件下有哪些数据：各维度的代码、个数、最早与最近的时期。",
    }
    tag = OBSERVATIONS
    summaries = {"list": both("有哪些数据", "What there is")}
    queryset = Observation.objects.live()  # for the description
    filterset_class = AvailabilityParameters
    serializer_class = Availability
    file_renderers = ()
    paged_actions = ()

    def options_taken(self) -> dict[str, Option]:
        says = both(
            "`summary`（默认）各维度有哪些代码；`matrix` 地区 × 年份的观测数。",
            "`summary` (default): the codes of each dimension; `matrix`: counts by region and year.",
        )
        return {**super().options_taken(), "view": Option(ChoiceField(("summary", "matrix")), says)}

    @extend_schema(responses=Availability)
    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        selection: Selection = self.filter_queryset(everything(labels()))
        return Response(matrix(selection) if self.chosen["view"] == "matrix" else summary(selection))


def summary(selection: Selection) -> dict[str, Any]:
    """How many series and figures there are, from when to when, and which codes each dimension has."""
    names, spoken = labels(), language()
    series_count, figures, first, last = extent(selection)
    counts = {"series_count": series_count, "observation_count": figures, "first_period": first, "last_period": last}
    dimensions: dict[str, list[dict[str, Any]]] = {}
    for dimension in COUNTED:
        table, rows = TABLES.get(dimension), []
        for key, lines, count in members(selection, dimension):
            label = getattr(names, table)[key] if table and key is not None else None
            word = None if table else (key, called(dimension, spoken)[key])
            code, name = (label.code, label.name(spoken)) if label else word or (None, None)
            rows.append({"code": code, "name": name, "series_count": lines, "observation_count": count})
        dimensions[dimension] = sorted(rows, key=lambda row: row["code"] or "")
    return {**counts, "dimensions": dimensions}


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
