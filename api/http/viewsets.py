"""What the endpoints have in common: options beside filters, fields kept or dropped, warnings, read only."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import override
from rest_framework import serializers, viewsets
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.formats.csv import CSVRenderer
from api.formats.csvw import CSVWRenderer
from api.formats.json import records_as_json
from api.formats.ndjson import NDJSONRenderer
from api.formats.parquet import ParquetRenderer
from api.formats.records import Path, columns_of
from api.formats.tables import Column, Table, refuse_with_format
from api.formats.xlsx import XLSXRenderer
from api.http.files import batches, table_of_records
from api.http.filters import ParameterSet, StrictFilterBackend
from api.http.languages import BOTH, content_of, merged, merged_table
from api.http.package_tables import PackageTable
from api.http.pagination import Keyset, Pages, Walk, link
from api.http.parameters import ChoiceField, ChoicesField, FlagField, LanguageField, Option
from api.http.records import RecordReading, reading
from api.http.renderers import JSONRenderer
from api.http.rows import Row, completed, kept
from api.http.tags import Tag
from api.problems import ParameterError
from indicators.labels import labels
from indicators.selection import Selection, everything
from sources.bilingual import DJANGO_LANGUAGES, LANGUAGES, Said, both
from sources.statements import KeysInOrder
from sources.suggest import nearest


def warn(request: Request, code: str, message: Said, href: str | None = None) -> None:
    """Tell the caller something about a good answer."""
    if not hasattr(request, "warnings"):
        request.warnings = []  # type: ignore[attr-defined]
    request.warnings.append({"code": code, "message": str(message), "href": href})  # type: ignore[attr-defined]


# By view and action; put together once, for each of these fields is a form field that is costly to make.
_TAKEN: dict[tuple[type, str], type[ParameterSet]] = {}

Parts = Callable[[], Iterator[Sequence[Any]]]

LANGUAGE = Option(
    LanguageField(also=(BOTH,), example="en"),
    says=both(
        "答复的语言：`zh`（默认）、`en`，也可写作 `zh-CN`、`en-GB` 等；`both`：每个文字各给两遍，名为 `…_zh`、`…_en`；"
        "否则按 Accept-Language。",
        "Language of the answer: `zh` (default) or `en`, also as `zh-CN`, `en-GB` and the like; `both` gives every text twice, as "
        "`name_zh` and `name_en`; else by Accept-Language.",
    ),
)
FIELDS_SAYS = both("只要这些字段，逗号分隔。", "Only these fields, comma-separated.")
ORDERING_SAYS = both("排序；`-` 为降序。", "Order; `-` is descending.")
BOM_SAYS = both(
    "`true`：CSV 以 BOM 开头，供旧版表格软件识别；其他格式不接受（400）。",
    "`true`: CSV begins with a byte order mark, for old spreadsheets; with any other format a 400.",
)
INCLUDE_SAYS = both("一并给出的部分，逗号分隔。", "Parts to give as well, comma-separated.")


class UnknownCode(Http404):
    """An address that ends in a code that is not known."""

    def __init__(self, code: str, did_you_mean: str | None) -> None:
        super().__init__(code)
        message = both(f"未知的代码 {code}", f"unknown code {code}")
        self.errors = [ParameterError("path", "unknown_code", message, did_you_mean=did_you_mean)]


class ListViewSet(viewsets.GenericViewSet[Any]):
    """DRF's list with this contract's options: `fields`, `ordering`, `include`, `page` and `page_size`.

    `orderings` maps each public name to the model fields it sorts by; missing values come last
    (the stores do not agree on that by themselves). The first is the
    default, unless `default_ordering` says otherwise; all end in a unique key.

    What the description, the root and the Data Package say of a family stands here: `tag`, `summaries` (action → what it
    does, where “List …” and “One …” would say too little), `chinese` (action → what its docstring says, in Chinese),
    `paged_actions`, `described_rows` (action → the component of the description that its rows are of, where no serializer
    makes them), `beside_rows` (what else a page has) and `package`.
    """

    tag: Tag
    summaries: Mapping[str, Any] = {}
    chinese: Mapping[str, str] = {}
    described_rows: Mapping[str, str] = {}
    beside_rows: Mapping[str, Any] = {}
    package: PackageTable | None = None
    filterset_class: type[ParameterSet] = ParameterSet
    orderings: dict[str, tuple[str, ...]] = {}
    default_ordering = ""
    includes: Sequence[str] = ()
    paged_actions: Sequence[str] = ("list",)
    row_serializers: Mapping[str, type[serializers.Serializer[Any]]] = {}  # of actions beside `list` and `retrieve`
    extra_options: Mapping[str, Option] = {}
    file_renderers: Sequence[type[BaseRenderer]] = (
        CSVRenderer,
        XLSXRenderer,
        ParquetRenderer,
        NDJSONRenderer,
        CSVWRenderer,
    )
    chosen: dict[str, Any]
    walk: Walk | None

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """The answer, which DRF also keeps on the view. The view refers to its request and its own methods, and the request to
        the view, so that all of it would wait in memory for the collector. A file is written later, and asks its request for the view.
        """
        response = super().dispatch(request, *args, **kwargs)
        del self.response
        if not response.streaming:
            self.request.parser_context = {}
            for method in self.action_map:
                delattr(self, method)
        return response

    def initialize_request(self, request: HttpRequest, *args: object, **kwargs: object) -> Request:
        """DRF's request, with what is asked of it most: each look through it at Django's finds nothing of its own first."""
        wrapped = super().initialize_request(request, *args, **kwargs)
        vars(wrapped).update(META=request.META, method=request.method, path=request.path, warnings=[])
        return wrapped

    def get_renderers(self) -> list[BaseRenderer]:
        """JSON; for lists the formats of files as well."""
        if self.action not in self.paged_actions:
            return super().get_renderers()
        offered: Sequence[type[BaseRenderer]] = (JSONRenderer, *self.file_renderers)
        return [renderer() for renderer in offered]

    @property
    def is_file(self) -> bool:
        """Whether the answer is a file: everything at once, not a page of it."""
        return self.request.accepted_renderer.format != JSONRenderer.format

    def as_file(self, table: Table) -> HttpResponseBase:
        """The answer as a file. Raises InvalidParameters where the options do not go with its format."""
        if self.request.query_params.get("lang") == BOTH:
            self.tables.append(table)
            return HttpResponse()  # of `in_both`, which writes the tables of both languages as one
        return self.written(table)

    def written(self, table: Table) -> HttpResponseBase:
        """A table in the format that was asked for."""
        renderer: Any = self.request.accepted_renderer
        return renderer.answer(self.request, table)

    def refuse_unfit(self) -> None:
        """Raises InvalidParameters for options that do not go with the format that was asked for."""
        if self.is_file:
            refuse_with_format(self.request, self.chosen, {*Pages.options, *Keyset.options})
        if self.request.accepted_renderer.format not in (CSVRenderer.format, CSVWRenderer.format):
            refuse_with_format(self.request, self.chosen, ("bom",))

    @property
    def answers_in_rows(self) -> bool:
        """Whether this action answers with records or rows, and not with a file of its own or another address."""
        return self.action in ("list", "retrieve", *self.row_serializers)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """As DRF's, but for what is only asked of the request where a permission wants it: who asks, and by which version."""
        self.format_kwarg = self.get_format_suffix(**kwargs)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        self.check_permissions(request)
        self.check_throttles(request)
        if self.answers_in_rows and request.query_params.get("lang") == BOTH:
            self.answer, self.get = self.get, self.in_both  # type: ignore[has-type]

    def in_both(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        """The answer in both languages: made in each of them, and put together."""
        contents: list[Any] = []
        self.tables = []
        for spoken in LANGUAGES:
            request.warnings = []  # type: ignore[attr-defined]
            with override(DJANGO_LANGUAGES[spoken]):
                response = self.answer(request, *args, **kwargs)
                if isinstance(response, Response):
                    (response.data,) = self.complete([response.data])
                if not self.tables:
                    contents.append(content_of(response))
        if self.tables:
            return self.written(merged_table(self.tables))
        links = {"Link": response["Link"]} if "Link" in response else {}
        headers = {"Content-Language": ", ".join(LANGUAGES), **links}
        renderer = request.accepted_renderer
        return HttpResponse(renderer.render(merged(*contents)), headers=headers, content_type=renderer.media_type)

    def options_taken(self) -> dict[str, Option]:
        """Every option that this action takes, by name."""
        options: dict[str, Option] = {}
        if self.action == "list" and self.orderings:
            both_ways = [sign + name for name in self.orderings for sign in ("", "-")]
            options["ordering"] = Option(ChoiceField(both_ways), ORDERING_SAYS)
        if self.answers_in_rows:
            options["lang"] = LANGUAGE
            options["fields"] = Option(ChoicesField(self.field_names()), FIELDS_SAYS)
        if self.includes and self.action in ("list", "retrieve"):
            options["include"] = Option(ChoicesField(self.includes), INCLUDE_SAYS)
        if self.action in self.paged_actions and self.pagination_class:
            options |= Pages.options
        if self.action in self.paged_actions and self.file_renderers:
            options["bom"] = Option(FlagField(example=True), BOM_SAYS)
        return {**options, **self.extra_options}

    def parameters(self) -> type[ParameterSet]:
        """Every parameter of this action: the filters of its filterset (for lists) and the options."""
        key = (type(self), self.action)
        if key not in _TAKEN:
            filters = ParameterSet if self.detail else self.filterset_class
            _TAKEN[key] = type(f"{type(self).__name__}{filters.__name__}", (filters,), self.options_taken())
        return _TAKEN[key]

    def field_names(self) -> list[str]:
        """The names of the fields that a row may have."""
        return list(self.row_class()().fields)  # type: ignore[attr-defined]  # none of ours is without

    def row_class(self) -> type[serializers.BaseSerializer[Any]]:
        """The serializer of what this action answers with."""
        return self.row_serializers.get(self.action) or self.get_serializer_class()

    def complete(self, rows: Sequence[Any]) -> Sequence[Any]:
        """The rows with the names of their codes, and only the fields that were asked for."""
        row = self.row_class()
        return rows if issubclass(row, Row) else kept(completed(row, rows), self.chosen.get("fields"))

    def read_question(self) -> ParameterSet:
        """What the request asks for, read; sets `chosen` and `walk`. Raises InvalidParameters, with all that is wrong at once."""
        asked = StrictFilterBackend().read(self.request, self)
        self.refuse_unfit()
        self.walk = Walk(self.request, self.chosen["if_release"]) if "if_release" in self.chosen else None
        return asked

    def filter_queryset(self, queryset: Any) -> Any:  # noqa: ANN401  # a queryset, or a Selection of figures
        return self.in_order(self.read_question().filter_queryset(queryset), self.chosen.get("ordering"))

    @classmethod
    def in_order(cls, queryset: Any, ordering: str | None) -> Any:  # noqa: ANN401  # the same
        """What is asked for, in the order that has this name, or by default."""
        if not cls.orderings:
            return queryset
        ordering = ordering or cls.default_ordering or next(iter(cls.orderings))
        fields = [F(name) for name in cls.orderings[ordering.removeprefix("-")]]
        if ordering.startswith("-"):
            return queryset.order_by(*(field.desc(nulls_last=True) for field in fields))
        return queryset.order_by(*(field.asc(nulls_last=True) for field in fields))

    def keys(self) -> Any:  # noqa: ANN401  # a queryset, or a statement that is ready
        """The keys of the records that are asked for, in their order. Of the whole list the statement stands ready."""
        asked = self.read_question()
        if asked.narrows or self.is_file:
            records = asked.filter_queryset(self.get_queryset())
            return self.in_order(records, self.chosen.get("ordering")).values_list("pk", flat=True)
        return _keys_of_all(type(self), self.chosen.get("ordering"), connection.vendor, timezone.localdate())

    def get_serializer_context(self) -> Mapping[str, Any]:
        context = super().get_serializer_context()
        if not hasattr(self, "chosen"):  # the description has every field
            return context
        return {**context, "fields": self.chosen.get("fields"), "include": self.chosen.get("include") or []}

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        keys = self.keys()
        if self.is_file:
            return self.as_records(lambda: map(self.rows, batches(keys)))
        rows = self.rows(self.paginate_queryset(keys))
        if not rows:
            warn(request, "no_rows", both("没有符合条件的记录。", "Nothing matches this query."))
        return self.get_paginated_response(rows)

    def rows(self, keys: Sequence[int]) -> Sequence[Any]:
        """The rows of the records with these keys, in their order."""
        return self.reading.of_keys(keys, self.request)

    @property
    def reading(self) -> RecordReading:
        """How the records of this answer are read."""
        row: Any = self.row_class()
        return reading(row, self.chosen.get("fields"), self.chosen.get("include") or ())

    def paginate_queryset(self, queryset: Any) -> Any:  # noqa: ANN401  # a queryset, or what stands in lists of its own
        """A page of the rows; of a file all of them."""
        return queryset if self.is_file else super().paginate_queryset(queryset)

    def get_paginated_response(self, data: Sequence[Any]) -> HttpResponseBase:  # type: ignore[override]
        """The page in its envelope, or the file."""
        rows = self.complete(data)
        if self.is_file:
            return self.as_records(lambda: iter([rows]))
        return super().get_paginated_response(records_as_json(rows))

    def finalize_response(  # type: ignore[override]  # it takes all answers of Django's as well
        self, request: Request, response: HttpResponseBase, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        """The answer; of a record, complete and with only the fields that were asked for."""
        if isinstance(response, Response) and response.status_code == 200 and hasattr(self, "chosen"):
            (response.data,) = self.complete([response.data])
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]

    def package_columns(self) -> Sequence[Column]:
        """The columns of the list's CSV. Parts that are given only when asked for are none."""
        row: Any = self.get_serializer_class()
        return [column for _, column in columns_of(row(context={"fields": None, "include": []}), None)]

    def as_records(self, parts: Parts) -> HttpResponseBase:
        """A file of all rows, some at a time."""
        return self.as_file(table_of_records(self.request, parts, self.file_columns()))

    def file_columns(self) -> Sequence[tuple[Path, Column]]:
        """The columns of a file, each with the names that lead to it in a row."""
        other = self.row_serializers.get(self.action)
        return columns_of(other() if other else self.get_serializer(), self.chosen.get("fields"))


@lru_cache(maxsize=500)
def _keys_of_all(view: type[ListViewSet], ordering: str | None, _store: str, _today: datetime.date) -> KeysInOrder:
    """The keys of all that a list has, whose statement is put together once for a day and a store."""
    every: Any = view.queryset
    nothing = view.filterset_class(QueryDict(), every, request=None)
    nothing.form.values()
    return KeysInOrder(view.in_order(nothing.filter_queryset(every.all()), ordering))


class ReadOnlyViewSet(ListViewSet):
    """A list as in ListViewSet, and each of its records at an address that ends in the record's code."""

    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        rows = self.rows(list(self.of_address().values_list("pk", flat=True)))
        if not rows:
            raise self.unknown
        return Response(rows[0])

    def get_object(self) -> Any:  # noqa: ANN401  # of the model of each family
        """The record of the address."""
        record = self.of_address().first()
        if record is None:
            raise self.unknown
        return record

    def of_address(self) -> QuerySet[Any]:
        """The one record of the address, or none."""
        records: QuerySet[Any] = self.filter_queryset(self.get_queryset()).filter(**{self.lookup_field: self.code})
        return records

    @property
    def code(self) -> str:
        """What the address ends in."""
        code: str = self.kwargs[self.lookup_url_kwarg or self.lookup_field]
        return code

    @property
    def unknown(self) -> UnknownCode:
        """That there is no such record: a 404 that suggests the nearest."""
        known = self.get_queryset().order_by().values_list(self.lookup_field, flat=True)
        return UnknownCode(self.code, nearest(self.code, known))


class KeysetViewSet(ReadOnlyViewSet):
    """A list by cursor. `orders` maps each public name to a total order; the first is the default."""

    pagination_class = None
    orders: Mapping[str, Any] = {}

    def options_taken(self) -> dict[str, Option]:
        options = super().options_taken()
        if self.action == "list":
            options |= Keyset.options
            options["ordering"] = Option(ChoiceField(list(self.orders)), ORDERING_SAYS)
        return options

    @property
    def order(self) -> Any:  # noqa: ANN401  # as each list reads
        """The order asked for."""
        return self.orders[self.chosen["ordering"] or next(iter(self.orders))]

    def selected(self) -> Selection:
        """The figures that are asked for, as they stand, or stood at the release of `as_of` or of a walk; sets `keyset`."""
        asked = self.filter_queryset(everything(labels()))
        self.keyset = Keyset(self.request, self.chosen, asked)
        return self.keyset.selection

    def finalize_response(  # type: ignore[override]  # it takes all answers of Django's as well
        self, request: Request, response: HttpResponseBase, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        """The answer; of a list with its links."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.action == "list" and response.status_code == 200:
            response["Link"] = ", ".join(part for part in (response.get("Link"), *self.links()) if part)
        return response

    def links(self) -> Sequence[str]:
        """What an answer refers to: where a newer release than its own is."""
        latest = self.keyset.latest_version
        return [link(latest, "latest-version")] if latest else []
