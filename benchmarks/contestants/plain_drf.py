"""Plain Django REST framework, as its tutorial has it: ModelViewSet, ModelSerializer, django-filter, page numbers."""

import django_filters
from django.db.models import F
from django.urls import include, path
from rest_framework import pagination, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from indicators.models import Observation

RELATED = (
    "series__indicator", "series__region", "series__industry", "series__product", "series__partner", "series__trade_mode",
    "unit", "source", "released",
)  # fmt: skip


class Pages(pagination.PageNumberPagination):
    page_size = 1000
    page_size_query_param = "page_size"


class ListFilter(django_filters.BaseInFilter, django_filters.CharFilter):
    """Comma-separated values."""


class ObservationFilter(django_filters.FilterSet):
    indicator = ListFilter(field_name="series__indicator__code")
    region = ListFilter(field_name="series__region__code")
    first_year = django_filters.NumberFilter(field_name="period_start__year", lookup_expr="gte")
    last_year = django_filters.NumberFilter(field_name="period_start__year", lookup_expr="lte")

    class Meta:
        model = Observation
        fields = ["status"]


def text(source: str) -> serializers.CharField:
    return serializers.CharField(source=source, default=None)


class ObservationSerializer(serializers.ModelSerializer):
    series = serializers.CharField(source="series.key")
    indicator, indicator_name = text("series.indicator.code"), text("series.indicator.name_zh")
    region, region_name = text("series.region.code"), text("series.region.name_zh")
    industry, industry_name = text("series.industry.code"), text("series.industry.name_zh")
    product, product_name = text("series.product.code"), text("series.product.name_zh")
    partner, partner_name = text("series.partner.code"), text("series.partner.name_zh")
    trade_mode, trade_mode_name = text("series.trade_mode.code"), text("series.trade_mode.name_zh")
    variant = serializers.CharField(source="series.variant")
    value = serializers.FloatField()
    unit, unit_name = text("unit.code"), text("unit.name_zh")
    source = serializers.CharField(source="source.slug")
    release = serializers.CharField(source="released.version")

    class Meta:
        model = Observation
        fields = [
            "id", "series", "indicator", "indicator_name", "region", "region_name", "industry", "industry_name", "product",
            "product_name", "partner", "partner_name", "trade_mode", "trade_mode_name", "variant", "period", "value",
            "unit", "unit_name", "status", "qualifier", "source", "release",
        ]  # fmt: skip


class ObservationViewSet(viewsets.ModelViewSet):
    queryset = Observation.objects.filter(retired=None, series__variant="").select_related(*RELATED)
    queryset = queryset.order_by("series__key", "period_start", "id")
    serializer_class = ObservationSerializer
    filterset_class = ObservationFilter
    pagination_class = Pages
    http_method_names = ["get", "head"]

    @action(detail=False)
    def ranking(self, request):
        """Counties by one indicator in one year, each with the change on the year before."""
        year = int(request.query_params["year"])
        rows = self.filter_queryset(self.get_queryset()).filter(series__industry=None, series__region__kind="county")
        before = {row.series_id: row for row in rows.filter(period=str(year - 1))}
        ranked = []
        for rank, row in enumerate(rows.filter(period=str(year)).order_by(F("value").desc()), start=1):
            old = before.get(row.series_id)
            change = row.value - old.value if old else None
            rate = change / old.value * 100 if old and old.value else None
            ranked.append(
                ObservationSerializer(row).data
                | {"rank": rank, "change": change, "change_rate": rate and round(rate, 2)}
            )
        return Response({"count": len(ranked), "results": ranked})


router = DefaultRouter()
router.register("observations", ObservationViewSet)
urlpatterns = [path("", include(router.urls))]
