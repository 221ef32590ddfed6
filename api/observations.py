"""/observations: the figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.citing import references
from api.figures import FULL_PLAIN, Figures, as_points, wide
from api.files import table_by_series, table_of
from api.formats.jsonstat import NEEDED, JSONStatRenderer
from api.formats.tables import refuse_with_format
from api.narrowing import ObservationParameters
from api.pagination import Keyset
from api.parameters import ChoiceField, KeyField, TransformField
from api.problems import InvalidParameters, ParameterError
from api.renderers import number_as_json, rows_as_json
from api.sources import PhraseRow
from api.views import KeysetViewSet, warn_if_empty
from indicators.labels import labels
from indicators.models import Observation
from indicators.reading import ORDERS, count, count_lines, read, series_page
from indicators.rows import ADDED, DETAILS, FULL, RowColumn, as_rows, columns_of, make_cells, stored_columns
from indicators.selection import Selection, everything
from sources.bilingual import both, language
from sources.models import Citation

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


def refuse_with_shape(chosen: dict[str, Any]) -> None:
    """Raises InvalidParameters for options that only rows can follow."""
    message = both("不能与 shape=wide、series 同用", "does not go with shape=wide or series")
    clash = [name for name in ("ordering", "fields", "labels", "detail") if chosen[name] is not None]
    if clash:
        raise InvalidParameters([ParameterError(name, "conflict", message) for name in clash])


IN_WIDE = ("json", "csv", "csv-metadata.json", "xlsx")


def refuse_shape(request: Request, shape: str) -> None:
    """Raises InvalidParameters for a shape that a file of this format cannot have."""
    offered = ["json"] if shape == "series" else list(IN_WIDE)
    if request.accepted_renderer.format not in offered:
        listed = ", ".join(offered)
        message = both(f"shape={shape} 只有这些格式：{listed}", f"shape={shape} comes in these formats only: {listed}")
        raise InvalidParameters([ParameterError("shape", "conflict", message, offered)])


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

    queryset = Observation.objects.live()  # for the description; figures are read by a Selection
    filterset_class = ObservationParameters
    serializer_class = serializers.Serializer  # rows are made by indicators.rows; their schema is in api.schema
    lookup_value_regex = "[0-9]{1,15}"

    file_renderers = (*KeysetViewSet.file_renderers, JSONStatRenderer)
    orders = ORDERS

    def field_names(self) -> list[str]:
        return [column.name for column in (*FULL, *ADDED)]

    def documented_options(self) -> dict[str, tuple[Any, Any]]:
        if self.detail:
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
            "unit": (KeyField("units", example="CNY_10K"), UNIT_SAYS),
        }

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        selection: Selection = self.filter_queryset(everything(labels()))
        figures = Figures(selection, self.chosen["transform"], self.chosen["unit"])
        if self.chosen["shape"] in ("wide", "series"):
            return self.by_series(figures)
        if request.accepted_renderer.format == JSONStatRenderer.format:
            return self.as_cube(figures)
        columns = self.columns(figures)
        order = self.order
        if self.is_file:
            return self.as_file(table_of(request, figures, columns, order))
        stored = figures.stored(columns)
        reading = list(dict.fromkeys([*stored, *order.kept]))
        keyset = Keyset(request, self.chosen, [reading.index(name) for name in order.kept])

        def page(after: Any, backwards: bool, limit: int) -> Any:
            return read(selection, reading, order.reversed() if backwards else order, after, limit)

        rows = keyset.page(page, lambda: count(selection))
        warn_if_empty(request, rows)
        if figures.computes:
            return keyset.respond(figures.rows(rows, columns, orjson.Fragment))
        return keyset.respond(rows_as_json(figures.cells(rows, columns, number_as_json), columns))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The answer; of figures with links to the same data at any time, and to how they are cited."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.action == "list" and response.status_code == 200:
            at = self.chosen["as_of"]
            version = labels().releases.code.get(labels().newest if at is None else at)
            links = [response.get("Link"), references(request.query_params.dict(), version)]
            response["Link"] = ", ".join(link for link in links if link)
        return response

    def as_cube(self, figures: Figures) -> HttpResponseBase:
        """The same figures as a cube, which has neither columns nor an order, and one value a place."""
        refuse_with_format(
            self.request, self.chosen, ("ordering", "fields", "labels", "detail", "history", "updated_after")
        )
        columns = [column for column in FULL if column.name in NEEDED]
        return self.as_file(table_of(self.request, figures, columns, self.order))

    def columns(self, figures: Figures) -> Sequence[RowColumn]:
        """The columns of this answer. Raises InvalidParameters for fields that it does not have."""
        fields = self.chosen["fields"]
        detail = self.chosen["detail"] or ("full" if fields else "standard")
        columns = figures.columns(columns_of(detail, self.chosen["labels"] or "both", fields), fields)
        refuse_absent(fields, columns)
        return columns

    def by_series(self, figures: Figures) -> HttpResponseBase:
        """The same rows, one object a series; a page counts series."""
        refuse_with_shape(self.chosen)
        if self.is_file:
            refuse_shape(self.request, self.chosen["shape"])
            return self.as_file(table_by_series(self.request, figures))
        keyset = Keyset(self.request, self.chosen, kept=[1])
        lines = keyset.page(
            lambda after, backwards, limit: series_page(figures.selection, after, backwards, limit),
            lambda: count_lines(figures.selection),
        )
        warn_if_empty(self.request, lines)
        of_these = figures.selection.having("series", [line[0] for line in lines])
        rows = read(of_these, figures.stored(FULL_PLAIN))
        shape = wide if self.chosen["shape"] == "wide" else as_points
        return keyset.respond(shape(rows, figures, orjson.Fragment))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row in full, with its citations: source, section, phrase, position, and how it was read."""
        selection = self.filter_queryset(everything(labels())).having("id", [int(kwargs["pk"])])
        stored = stored_columns(FULL)
        rows = read(selection, stored)
        if not rows:
            raise Http404
        (row,) = as_rows(make_cells(rows, stored, FULL, labels(), language(), orjson.Fragment), FULL)
        cited = Citation.objects.public().filter(observation_set=kwargs["pk"]).select_related("source").order_by("code")
        return Response({**row, "citations": PhraseRow(cited, many=True).data})
