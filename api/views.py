"""What the endpoints have in common: options beside filters, fields kept or dropped, warnings, read only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework import mixins, serializers, viewsets
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from api.files import batches, table_of_records
from api.formats.csv import CSVRenderer
from api.formats.csvw import CSVWRenderer
from api.formats.parquet import ParquetRenderer
from api.formats.records import Path, columns_of
from api.formats.tables import Column, Table, refuse_with_format
from api.formats.xlsx import XLSXRenderer
from api.pagination import Keyset, Pages
from api.parameters import ChoiceField, ChoicesField, FlagField, ParameterField
from api.problems import ParameterError
from api.renderers import JSONRenderer
from sources.bilingual import both
from sources.suggest import nearest


def warn(request: Request, code: str, message: Any, href: str | None = None) -> None:
    """Tell the caller something about a good answer."""
    if not hasattr(request, "warnings"):
        request.warnings = []  # type: ignore[attr-defined]
    request.warnings.append({"code": code, "message": str(message), "href": href})  # type: ignore[attr-defined]


def availability_href(request: Request) -> str:
    """The availability of what a query filters by, without what only shapes its answer."""
    shaping = {"cursor", "page_size", "count", "ordering", "fields", "labels", "detail", "latest"}
    asked = {name: value for name, value in request.query_params.dict().items() if name not in shaping}
    return f"/api/v1/availability?{urlencode(asked)}" if asked else "/api/v1/availability"


def warn_if_empty(request: Request, rows: Sequence[Any] | None) -> None:
    """Tell the caller of an empty answer of figures where to see what there is."""
    if not rows:
        nothing = both("没有符合条件的数据；看看有哪些。", "No data match this query; see what there is.")
        warn(request, "no_rows", nothing, availability_href(request))


# By view and action; put together once, for each of these fields is a form field that is costly to make.
_TAKEN: dict[tuple[type, str], dict[str, ParameterField]] = {}

Show = Callable[[Sequence[Any]], Sequence[Any]]
Parts = Callable[[], Iterator[Sequence[Any]]]

FIELDS_SAYS = both("只要这些字段，逗号分隔。", "Only these fields, comma-separated.")
ORDERING_SAYS = both("排序；`-` 为降序。", "Order; `-` is descending.")
BOM_SAYS = both(
    "`true`：CSV 以 BOM 开头，供旧版表格软件识别。", "`true`: CSV begins with a byte order mark, for old spreadsheets."
)
INCLUDE_SAYS = both("一并给出的部分，逗号分隔。", "Parts to give as well, comma-separated.")


class UnknownCode(Http404):
    """An address that ends in a code that is not known."""

    def __init__(self, code: str, did_you_mean: str | None) -> None:
        super().__init__(code)
        message = both(f"未知的代码 {code}", f"unknown code {code}")
        self.errors = [ParameterError("path", "unknown_code", message, did_you_mean=did_you_mean)]


class ListViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """DRF's list with this contract's options: `fields`, `ordering`, `include`, `page` and `page_size`.

    `orderings` maps each public name to the model fields it sorts by; missing values come last
    (the stores do not agree on that by themselves). The first is the
    default, unless `default_ordering` says otherwise; all end in a unique key.
    """

    filterset_class: Any = None
    orderings: dict[str, tuple[str, ...]] = {}
    default_ordering = ""
    includes: Sequence[str] = ()
    paged_actions: Sequence[str] = ("list",)
    row_serializers: Mapping[str, type[serializers.BaseSerializer[Any]]] = {}  # of lists beside `list`
    extra_options: dict[str, tuple[ParameterField, Any]] = {}
    file_renderers: Sequence[type[BaseRenderer]] = (CSVRenderer, XLSXRenderer, ParquetRenderer, CSVWRenderer)
    chosen: dict[str, Any]

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The answer, which DRF also keeps on the view: that refers to its request and the request to it, so that both would
        wait in memory for the collector, with the answer.
        """
        response = super().dispatch(request, *args, **kwargs)
        del self.response
        return response

    def get_renderers(self) -> Any:
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
        renderer: Any = self.request.accepted_renderer
        return renderer.answer(self.request, table)

    def refuse_unfit(self) -> None:
        """Raises InvalidParameters for options that do not go with the format that was asked for."""
        if self.is_file:
            refuse_with_format(self.request, self.chosen, ("cursor", "page", "page_size", "count"))
        if self.request.accepted_renderer.format not in (CSVRenderer.format, CSVWRenderer.format):
            refuse_with_format(self.request, self.chosen, ("bom",))

    def documented_options(self) -> dict[str, tuple[ParameterField, Any]]:
        """Name → (how it is read, what it means) of every option that this action takes."""
        options: dict[str, tuple[ParameterField, Any]] = {}
        if self.action == "list" and self.orderings:
            both_ways = [sign + name for name in self.orderings for sign in ("", "-")]
            options["ordering"] = (ChoiceField(both_ways), ORDERING_SAYS)
        if self.action in ("list", "retrieve"):
            options["fields"] = (ChoicesField(self.field_names()), FIELDS_SAYS)
        if self.includes and self.action in ("list", "retrieve"):
            options["include"] = (ChoicesField(self.includes), INCLUDE_SAYS)
        if self.action in self.paged_actions and self.pagination_class:
            options |= {name: (field, Pages.says[name]) for name, field in Pages.options.items()}
        if self.action in self.paged_actions and self.file_renderers:
            options["bom"] = (FlagField(example=True), BOM_SAYS)
        return options | self.extra_options

    def parameters_taken(self) -> dict[str, ParameterField]:
        """How every parameter of this action is read: those of the filterset (for lists) and the options."""
        key = (type(self), self.action)
        if key not in _TAKEN:
            filters = {} if self.detail or self.filterset_class is None else self.filterset_class.base_filters
            taken = {name: parameter.field for name, parameter in filters.items()}
            _TAKEN[key] = taken | {name: field for name, (field, _) in self.documented_options().items()}
        return _TAKEN[key]

    def field_names(self) -> list[str]:
        """The names of the fields that a row may have."""
        serializer: Any = self.get_serializer_class()()
        return list(serializer.fields)

    def filter_queryset(self, queryset: Any) -> Any:
        queryset = super().filter_queryset(queryset)
        self.refuse_unfit()
        if not self.orderings:
            return queryset
        ordering = self.chosen.get("ordering") or self.default_ordering or next(iter(self.orderings))
        fields = [F(name) for name in self.orderings[ordering.removeprefix("-")]]
        if ordering.startswith("-"):
            return queryset.order_by(*(field.desc(nulls_last=True) for field in fields))
        return queryset.order_by(*(field.asc(nulls_last=True) for field in fields))

    def get_serializer_context(self) -> Any:
        context = super().get_serializer_context()
        if not hasattr(self, "chosen"):  # the description has every field
            return context
        return {**context, "fields": self.chosen.get("fields"), "include": self.chosen.get("include") or []}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        queryset = self.filter_queryset(self.get_queryset())
        if self.is_file:
            return self.as_records(lambda: batches(queryset), self.shown)
        page = self.paginate_queryset(queryset)
        if not page:
            warn(request, "no_rows", both("没有符合条件的记录。", "Nothing matches this query."))
        return self.get_paginated_response(self.shown(page or []))

    def shown(self, records: Sequence[Any]) -> Sequence[Any]:
        """Some records as the answer has them."""
        return self.get_serializer(records, many=True).data

    def paginate_queryset(self, queryset: Any) -> Any:
        """A page of the rows; of a file all of them."""
        return list(queryset) if self.is_file else super().paginate_queryset(queryset)

    def get_paginated_response(self, data: Any) -> Any:
        """The page in its envelope, or the file."""
        return self.as_records(lambda: iter([data])) if self.is_file else super().get_paginated_response(data)

    def as_records(self, parts: Parts, show: Show = tuple) -> HttpResponseBase:
        """A file of all records; `show` makes of some of them what the answer has."""
        return self.as_file(table_of_records(self.request, parts, show, self.file_columns()))

    def file_columns(self) -> Sequence[tuple[Path, Column]]:
        """The columns of a file, each with the names that lead to it in a row."""
        other = self.row_serializers.get(self.action)
        return columns_of(other() if other else self.get_serializer(), self.chosen.get("fields"))


class ReadOnlyViewSet(mixins.RetrieveModelMixin, ListViewSet):
    """The same with single records by their code."""

    def get_object(self) -> Any:
        """The record of the address; an unknown code is a 404 that suggests the nearest."""
        try:
            return super().get_object()
        except Http404:
            code = self.kwargs[self.lookup_field]
            known = self.get_queryset().order_by().values_list(self.lookup_field, flat=True)
            raise UnknownCode(code, nearest(code, known)) from None


class KeysetViewSet(ReadOnlyViewSet):
    """A list by cursor. `orders` maps each public name to a total order; the first is the default."""

    pagination_class = None
    orders: Mapping[str, Any] = {}

    def documented_options(self) -> dict[str, tuple[ParameterField, Any]]:
        options = super().documented_options()
        if self.action == "list":
            options |= {name: (field, Keyset.says[name]) for name, field in Keyset.options.items()}
            options["ordering"] = (ChoiceField(list(self.orders)), ORDERING_SAYS)
        return options

    @property
    def order(self) -> Any:
        """The order asked for."""
        return self.orders[self.chosen["ordering"] or next(iter(self.orders))]


class Row(serializers.ModelSerializer[Any]):
    """A model serializer that keeps only the fields asked for, and optional parts only where they were asked for."""

    optional: Sequence[str] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "fields" not in self.context:
            return
        wanted, included = self.context["fields"], self.context.get("include", [])
        for name in list(self.fields):
            dropped = wanted is not None and name not in wanted
            if dropped or (name in self.optional and name not in included and not (wanted and name in wanted)):
                del self.fields[name]


class PartialRow(serializers.Serializer[Any]):
    """A row of something that is no record, of which an answer may have only the fields that were asked for."""


class PublicOnly:
    """Mixed into a field that shows another record: null where that is a draft or withdrawn."""

    def get_attribute(self, instance: Any) -> Any:
        record = super().get_attribute(instance)  # type: ignore[misc]
        hidden = record is not None and (record.released_id is None or record.withdrawn_id is not None)
        return None if hidden else record


class PublicSlug(PublicOnly, serializers.SlugRelatedField[Any]):
    """The code of another record, if there is one and it is public."""

    def __init__(self, slug_field: str = "code", **kwargs: Any) -> None:
        super().__init__(slug_field, read_only=True, allow_null=True, **kwargs)
