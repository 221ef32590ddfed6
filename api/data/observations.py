"""/observations: the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.addresses import base_of
from api.data.citation import references
from api.data.figure_rows import DIMENSION_TABLES
from api.data.figures import OF_SERIES, POINTS, Figures, as_points, wide
from api.data.filters import AS_OF_SAYS, ObservationParameters, warn_if_empty
from api.data.revisions import phrases_of, revision
from api.data.tables import read_of, table_by_series, table_of
from api.formats.json import figures_as_json, number_as_json, rows_as_json, to_json
from api.formats.jsonstat import NEEDED, JSONStatRenderer
from api.formats.tables import Cells, Column, column_of, refuse_with_format
from api.http.languages import BOTH
from api.http.package_tables import PackageTable
from api.http.parameters import ChoiceField, KeyField, Option, TransformField
from api.http.periods import MomentField
from api.http.tags import OBSERVATIONS
from api.http.viewsets import KeysetViewSet
from api.problems import InvalidParameters, ParameterError
from indicators.labels import labels
from indicators.models import Observation
from indicators.reading import ORDERS, count, count_lines, read, series_page
from indicators.rows import ADDED, DETAILS, FULL, RETIRED, RowColumn, columns_of
from sources.bilingual import LANGUAGES, both

SHAPES = ("long", "wide", "series")
SHAPE_SAYS = both(
    "`long`（默认）一行一个数；`wide` 各期为列；`series` 每条序列一个对象，附 `points`。",
    "`long` (default): a row a figure; `wide`: periods as columns; `series`: an object a series, with `points`.",
)
TRANSFORM_SAYS = both(
    "变换：`yoy` 同比（%）、`pop` 环比（%）、`diff` 较上期增减、`index:2020` 指数、`change:2022` 较某期变动（%；"
    "`change:2022:absolute` 增减，`change:2022:annual` 年均变动）、"
    "`share` 占上级地区、所属组合或不分类合计的比重（%）、`rank` 同类地区位次。"
    "只由确切的观测值算出，否则为空并说明缘由。",
    "`yoy` change on a year earlier (%), `pop` on the period before (%), `diff` difference to it, `index:2020` (= 100), "
    "`change:2022` since a period (%; `change:2022:absolute` the difference, `change:2022:annual` the mean annual change), "
    "`share` of the parent region, of a group or of the total of its breakdown (%), `rank` within the kind of region in the answer. "
    "Computed of exact observed values only; else null, with the reason.",
)
UNIT_SAYS = both(
    "换算为同一量纲的另一单位（精确）；货币之间不换算。",
    "Convert exactly to another unit of the dimension; never between currencies.",
)


def refuse_with_shape(chosen: dict[str, Any]) -> None:
    """Raises InvalidParameters for options that only rows can follow."""
    message = both("不能与 shape=wide、series 同用", "does not go with shape=wide or series")
    clash = [name for name in ("ordering", "labels", "detail", "include") if chosen[name] is not None]
    if clash:
        raise InvalidParameters([ParameterError(name, "conflict", message) for name in clash])


def refuse_in_both(chosen: dict[str, Any]) -> None:
    """Raises InvalidParameters for both languages at once, of which a cube's labels can have one only."""
    if chosen["lang"] == BOTH:
        message = both("JSON-stat 的标签只有一种语言", "the labels of JSON-stat are in one language")
        raise InvalidParameters([ParameterError("lang", "conflict", message, list(LANGUAGES))])


PHRASES = RowColumn(
    "citations",
    ("id",),
    lambda columns, _labels, _language: columns["id"],
    both("支持该数的引证。", "The phrases that state it."),
    {},
)


def beyond(ids: Sequence[int], after: Sequence[int] | None, backwards: bool, limit: int) -> Sequence[int]:
    """At most so many ids after (or before, the nearest first) the one that a cursor keeps. Raises InvalidParameters."""
    listed = ids[::-1] if backwards else ids
    try:
        first = 0 if after is None else listed.index(after[0]) + 1
    except ValueError:  # of an earlier version of the service, which kept something else
        raise InvalidParameters(
            [ParameterError("cursor", "bad_cursor", both("游标无效", "is of no row of this query"))]
        ) from None
    return listed[first : first + limit]


IN_WIDE = ("json", "csv", "csv-metadata.json", "xlsx")


def refuse_shape(request: Request, shape: str) -> None:
    """Raises InvalidParameters for a shape that a file of this format cannot have."""
    offered = ["json"] if shape == "series" else list(IN_WIDE)
    if request.accepted_renderer.format not in offered:
        listed = ", ".join(offered)
        message = both(f"shape={shape} 只有这些格式：{listed}", f"shape={shape} comes in these formats only: {listed}")
        raise InvalidParameters([ParameterError("shape", "conflict", message, offered)])


def refuse_absent(fields: list[str] | None, present: Sequence[str]) -> None:
    """Raises InvalidParameters for fields that the answer, by its detail, labels, shape and transform, does not have."""
    absent = [name for name in fields or () if name not in present]
    if absent:
        listed = ", ".join(absent)
        message = both(
            f"按 detail、labels、shape、transform，答复中没有：{listed}",
            f"by detail, labels, shape and transform, the answer has no: {listed}",
        )
        raise InvalidParameters([ParameterError("fields", "conflict", message)])


class ObservationViewSet(KeysetViewSet):
    """The figures. One flat row each, with the same columns whatever the rows; `detail` and `labels` choose how many."""

    chinese = {
        "list": "数据本身。每个数值一行，无论查到什么，列都相同；`detail` 和 `labels` 决定有多少列。",
        "retrieve": (
            "一个数值的全部内容及其引证：来源、章节、短语、位置，以及是如何读出的。"
            "\n\n编号属于一次修订，始终有效：`retired` 是更正或撤回它的版本，"
            "`replaced_by` 是取代它的那一行，`href` 是该数值的长期地址。"
        ),
    }
    tag = OBSERVATIONS
    package = PackageTable(
        both("观测数据", "Observations"), key="id", query="detail=full&variants=all",
        references={**DIMENSION_TABLES, "series": "series.key", "unit": "units.code", "source": "sources.code",
                    "release": "releases.version"},
    )  # fmt: skip
    summaries: Mapping[str, Any] = {
        "list": both("查数据", "The figures"),
        "retrieve": both("按编号查一个数值及其引证", "One figure by its id, with the phrases that state it"),
    }
    queryset = Observation.objects.live()  # for the description; figures are read by a Selection
    filterset_class = ObservationParameters
    serializer_class = serializers.Serializer  # rows are made by indicators.rows; their schema is in api.http.schema
    described_rows = {"list": "Observation", "retrieve": "Revision"}
    lookup_value_regex = "[0-9]{1,15}"

    file_renderers = (*KeysetViewSet.file_renderers, JSONStatRenderer)
    orders = ORDERS
    includes = ("citations",)

    def package_columns(self) -> Sequence[Column]:
        return [column_of(column) for column in FULL]

    def field_names(self) -> list[str]:
        if self.detail:
            return [*(column.name for column in (*FULL, RETIRED)), PHRASES.name, "replaced_by", "href"]
        return [*(column.name for column in (*FULL, *ADDED)), POINTS, PHRASES.name]

    def options_taken(self) -> dict[str, Option]:
        options = super().options_taken()
        if self.detail:
            return {"lang": options["lang"], "fields": options["fields"], "as_of": Option(MomentField(), AS_OF_SAYS)}
        return options | {
            "labels": Option(
                ChoiceField(("both", "code", "name")),
                both("给代码、名称或两者（默认）。", "Codes, names, or both (default)."),
            ),
            "detail": Option(
                ChoiceField(list(DETAILS)),
                both("`data`、`standard`（默认）或 `full`。", "`data`, `standard` (default) or `full`."),
            ),
            "shape": Option(ChoiceField(SHAPES), SHAPE_SAYS),
            "transform": Option(TransformField(), TRANSFORM_SAYS),
            "unit": Option(KeyField("units", example="CNY_10K"), UNIT_SAYS),
        }

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        selection = self.selected()
        figures = Figures(selection, self.chosen["transform"], self.chosen["unit"])
        if self.chosen["shape"] in ("wide", "series"):
            return self.by_series(figures)
        if request.accepted_renderer.format == JSONStatRenderer.format:
            return self.as_cube(figures)
        if self.is_file:
            refuse_with_format(request, self.chosen, ("include",))
        columns = self.columns(figures)
        order = self.order
        by_value = (self.chosen["ordering"] or "").lstrip("-") == "value"
        ids = figures.in_order_of_results(descending=order.descending) if by_value else None
        if self.is_file:
            return self.as_file(table_of(request, figures, columns, order, ids))
        stored = figures.stored(columns)
        kept = order.kept if ids is None else ["id"]
        cites = bool(self.chosen["include"])
        reading = list(dict.fromkeys([*stored, *kept, *(["id"] if cites else [])]))

        def page(after: Sequence[Any] | None, backwards: bool, limit: int) -> list[Cells]:
            if ids is not None:
                return read_of(selection, reading, beyond(ids, after, backwards, limit))
            return read(selection, reading, order.reversed() if backwards else order, after, limit)

        rows = self.keyset.page([reading.index(name) for name in kept], page, lambda: count(selection))
        warn_if_empty(request, rows)
        if not (cites or figures.computes):
            return self.keyset.respond(figures_as_json(rows, stored, columns, figures.labels, figures.language))
        cells, columns = figures.cells(rows, columns, number_as_json), list(columns)
        if cites:
            keys = [row[reading.index("id")] for row in rows]
            cells.append(list(map(phrases_of(keys, selection.at).__getitem__, keys)))
            columns.append(PHRASES)
        return self.keyset.respond(rows_as_json(cells, columns))

    def links(self) -> Sequence[str]:
        """Of figures the same data at any time as well, and how they are cited."""
        version = labels().releases.code.get(self.keyset.selection.at)
        return [*super().links(), references(self.request.query_params.dict(), version, base_of(self.request))]

    def as_cube(self, figures: Figures) -> HttpResponseBase:
        """The same figures as a cube, which has neither columns nor an order, and one value a place."""
        refuse_in_both(self.chosen)
        refuse_with_format(
            self.request, self.chosen, ("ordering", "fields", "labels", "detail", "history", "updated_after", "include")
        )
        columns = [column for column in FULL if column.name in NEEDED]
        return self.as_file(table_of(self.request, figures, columns, self.order))

    def columns(self, figures: Figures) -> Sequence[RowColumn]:
        """The columns of this answer. Raises InvalidParameters for fields that it does not have."""
        fields = self.chosen["fields"]
        detail = self.chosen["detail"] or ("full" if fields else "standard")
        columns = figures.columns(columns_of(detail, self.chosen["labels"] or "both", fields), fields)
        included = [PHRASES.name] if self.chosen["include"] else []
        refuse_absent(fields, [*(column.name for column in columns), *included])
        return columns

    def by_series(self, figures: Figures) -> HttpResponseBase:
        """The same rows, one object a series; a page counts series."""
        refuse_with_shape(self.chosen)
        fields, pointed = self.chosen["fields"], self.chosen["shape"] == "series"
        refuse_absent(fields, [*OF_SERIES, POINTS] if pointed else OF_SERIES)
        if self.is_file:
            refuse_shape(self.request, self.chosen["shape"])
            return self.as_file(table_by_series(self.request, figures, fields))
        lines = self.keyset.page(
            [1],
            lambda after, backwards, limit: series_page(figures.selection, after, backwards, limit),
            lambda: count_lines(figures.selection),
        )
        warn_if_empty(self.request, lines)
        keys = [line[0] for line in lines]
        shaped = (as_points if pointed else wide)(keys, figures, orjson.Fragment, fields)
        return self.keyset.respond(orjson.Fragment(b"[" + b",".join(map(to_json, shaped)) + b"]"))

    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """One row in full, with its citations: source, section, phrase, position, and how it was read.

        An id is of one revision, and answers for ever: `retired` names the release that corrected or withdrew it, `replaced_by`
        is the row that came in its place, and `href` the lasting address of the figure.
        """
        self.filter_queryset(None)
        row = revision(request, int(self.code), self.chosen["as_of"])
        if row is None:
            raise Http404
        return Response(row)
