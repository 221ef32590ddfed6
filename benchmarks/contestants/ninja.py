"""django-ninja over the same models: a schema, a query and an offset, as its documentation has it."""

from django.urls import path
from ninja import NinjaAPI, Schema

from indicators.models import Observation

RELATED = (
    "series__indicator", "series__region", "series__industry", "series__product", "series__partner", "series__trade_mode",
    "unit", "source", "released",
)  # fmt: skip

api = NinjaAPI()


class Row(Schema):
    id: int
    series: str
    indicator: str
    indicator_name: str
    region: str
    region_name: str
    industry: str | None
    industry_name: str | None
    product: str | None
    product_name: str | None
    partner: str | None
    partner_name: str | None
    trade_mode: str | None
    trade_mode_name: str | None
    variant: str
    period: str
    value: float | None
    unit: str
    unit_name: str
    status: str
    qualifier: str
    source: str
    release: str


class Page(Schema):
    count: int
    results: list[Row]


def _named(record):
    return (record.code, record.name_zh) if record else (None, None)


def row_of(o: Observation) -> dict:
    s = o.series
    row = {
        "id": o.pk, "series": s.key, "variant": s.variant, "period": o.period, "value": o.value, "status": o.status,
        "qualifier": o.qualifier, "source": o.source.slug, "release": o.released.version,
    }  # fmt: skip
    for name in ("indicator", "region", "industry", "product", "partner", "trade_mode"):
        row[name], row[f"{name}_name"] = _named(getattr(s, name))
    row["unit"], row["unit_name"] = _named(o.unit)
    return row


@api.get("/observations", response=Page)
def observations(
    request, indicator: str = "", region: str = "", first_year: int = 0, last_year: int = 9999, offset: int = 0
):
    rows = Observation.objects.filter(retired=None, series__variant="").select_related(*RELATED)
    if indicator:
        rows = rows.filter(series__indicator__code__in=indicator.split(","))
    if region:
        rows = rows.filter(series__region__code__in=region.split(","))
    if first_year:
        rows = rows.filter(period_start__year__gte=first_year, period_start__year__lte=last_year)
    rows = rows.order_by("series__key", "period_start", "id")
    return {"count": rows.count(), "results": [row_of(row) for row in rows[offset : offset + 1000]]}


urlpatterns = [path("", api.urls)]
