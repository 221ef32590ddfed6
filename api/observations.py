"""/observations: the figures."""

from __future__ import annotations

from typing import Any

from django.db.models import DecimalField, F, Value
from django.db.models.functions import Coalesce
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.figures import FULL_PLAIN, Figures, as_points, wide
from api.narrowing import ObservationParameters
from api.pagination import Keyset, Order
from api.parameters import ChoiceField, CodeField, TransformField
from api.problems import InvalidParameters, ParameterError
from api.sources import PhraseRow
from api.views import KeysetViewSet, warn_if_empty
from indicators.labels import labels
from indicators.models import Observation, Series, Unit
from indicators.rows import (
    DERIVED,
    DETAILS,
    FULL,
    RowColumn,
    columns_of,
    make_rows,
    stored_columns,
    with_derived_columns,
    with_needed,
)
from sources.bilingual import both, language
from sources.models import Citation

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


SHAPES = ("long", "wide", "series")
SHAPE_SAYS = both(
    "`long`（默认）一行一个数；`wide` 各期为列；`series` 每条序列一个对象，附 `points`。",
    "`long` (default): a row a figure; `wide`: periods as columns; `series`: an object a series, with `points`.",
)
TRANSFORM_SAYS = both(
    "变换：`yoy` 同比（%）、`pop` 环比（%）、`diff` 较上期增减、`index:2020` 指数、"
    "`share` 占上级地区或不分类合计的比重（%）、`rank` 同类地区位次。",
    "`yoy` change on a year earlier (%), `pop` on the period before (%), `diff` difference to it, `index:2020` (= 100), "
    "`share` of the parent region or of the total of its breakdown (%), `rank` within the kind of region in the answer.",
)
UNIT_SAYS = both(
    "换算为同一量纲的另一单位（精确）；货币之间不换算。",
    "Convert exactly to another unit of the dimension; never between currencies.",
)
BY_KEY = Order((F("key"),))


def refuse_with_shape(chosen: dict[str, Any]) -> None:
    """Raises InvalidParameters for options that only rows can follow."""
    message = both("不能与 shape=wide、series 同用", "does not go with shape=wide or series")
    clash = [name for name in ("ordering", "fields", "labels", "detail") if chosen[name] is not None]
    if clash:
        raise InvalidParameters([ParameterError(name, "conflict", message) for name in clash])


def refuse_absent(fields: list[str] | None, columns: list[RowColumn]) -> None:
    """Raises InvalidParameters for fields that the answer, by its detail, labels and transform, does not have."""
    present = [column.name for column in columns]
    absent = [name for name in fields or () if name not in present]
    if absent:
        listed = ", ".join(absent)
        message = both(
            f"按 detail、labels、transform，答复中没有：{listed}",
            f"by detail, labels and transform, the answer has no: {listed}",
        )
        raise InvalidParameters([ParameterError("fields", "conflict", message)])


class ObservationViewSet(KeysetViewSet):
    """The figures. One flat row each, with the same columns whatever the rows; `detail` and `labels` choose how many."""

    queryset = Observation.objects.live()
    filterset_class = ObservationParameters
    serializer_class = serializers.Serializer  # rows are made by indicators.rows; their schema is in api.schema
    lookup_value_regex = "[0-9]{1,15}"

    orders = ORDERS

    def field_names(self) -> list[str]:
        return [column.name for column in (*FULL, *DERIVED[:1])]

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
            "shape": (ChoiceField(SHAPES), SHAPE_SAYS),
            "transform": (TransformField(), TRANSFORM_SAYS),
            "unit": (CodeField(Unit.objects.public, example="CNY_10K"), UNIT_SAYS),
        }

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        queryset = self.filter_queryset(self.get_queryset())
        figures = Figures(queryset, self.chosen["transform"], self.chosen["unit"])
        if self.chosen["shape"] in ("wide", "series"):
            return self.by_series(queryset, figures)
        fields = self.chosen["fields"]
        detail = self.chosen["detail"] or ("full" if fields else "standard")
        columns = columns_of(detail, self.chosen["labels"] or "both", fields)
        if figures.transformation:
            columns = with_derived_columns(columns, fields)
        refuse_absent(fields, columns)
        keyset = self.keyset()
        records = keyset.page(with_needed(queryset, columns), stored_columns(columns, *figures.needed))
        warn_if_empty(self.request, records)
        return keyset.respond(figures.rows(records, columns))

    def by_series(self, queryset: Any, figures: Figures) -> Response:
        """The same rows, one object a series; a page counts series."""
        refuse_with_shape(self.chosen)
        keyset = Keyset(self.request, self.chosen, BY_KEY)
        lines = keyset.page(Series.objects.filter(pk__in=queryset.order_by().values("series")), ["pk", "key"])
        warn_if_empty(self.request, lines)
        records = queryset.filter(series__in=[line["pk"] for line in lines]).order_by("series__key", "period_start")
        shape = wide if self.chosen["shape"] == "wide" else as_points
        return keyset.respond(shape(list(records.values(*stored_columns(FULL_PLAIN, *figures.needed))), figures))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row in full, with its citations: source, section, phrase, position, and how it was read."""
        queryset = self.filter_queryset(self.get_queryset().filter(pk=kwargs["pk"]))
        record = with_needed(queryset, FULL).values(*stored_columns(FULL)).first()
        if record is None:
            raise Http404
        (row,) = make_rows([record], FULL, labels(), language())
        cited = Citation.objects.public().filter(observation_set=kwargs["pk"]).select_related("source").order_by("code")
        return Response({**row, "citations": PhraseRow(cited, many=True).data})
