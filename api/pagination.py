"""Lists in pages: numbered for small ones, by keyset cursor for observations and series. One envelope for both."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import BooleanField, F, Func, Value
from django.db.models.expressions import Expression
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import FlagField, NumberField, ParameterField
from api.problems import InvalidParameters, ParameterError
from sources.bilingual import both

MAX_PAGE = 1_000_000


def url_with(request: Request, **changes: Any) -> str:
    """The request's own absolute address with some parameters changed; None removes one."""
    query = {**request.query_params.dict(), **changes}
    kept = {name: value for name, value in query.items() if value is not None}
    return request.build_absolute_uri(f"{request.path}?{urlencode(kept)}" if kept else request.path)


def envelope(
    request: Request,
    results: list[Any],
    *,
    count: int | None,
    following: str | None = None,
    previous: str | None = None,
) -> Response:
    """The one shape of every list."""
    content = {
        "count": count,
        "next": following,
        "previous": previous,
        "warnings": getattr(request, "warnings", []),
        "results": results,
    }
    links = [f'<{url}>; rel="{rel}"' for url, rel in ((following, "next"), (previous, "prev")) if url]
    return Response(content, headers={"Link": ", ".join(links)} if links else {})


class Pages(BasePagination):
    """`page` and `page_size` (1..1000, 100 by default), with the count."""

    options: dict[str, ParameterField] = {
        "page": NumberField(1, MAX_PAGE, example=1),
        "page_size": NumberField(1, 1000, example=100),
    }
    says = {
        "page": both("页码，从 1 起。", "Number of the page, from 1."),
        "page_size": both("每页条数，1 至 1000，默认 100。", "Rows on a page, 1 to 1000, 100 by default."),
    }

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.page = view.chosen["page"] or 1
        self.size = view.chosen["page_size"] or 100
        self.count = len(queryset) if isinstance(queryset, list) else queryset.count()
        self.last = max(1, -(-self.count // self.size))
        if self.page > self.last:
            message = both(f"共 {self.last} 页", f"there are {self.last} pages")
            raise InvalidParameters([ParameterError("page", "out_of_range", message)])
        first = (self.page - 1) * self.size
        return list(queryset[first : first + self.size])

    def get_paginated_response(self, data: Any) -> Response:
        following = url_with(self.request, page=self.page + 1) if self.page < self.last else None
        previous = url_with(self.request, page=self.page - 1) if self.page > 1 else None
        return envelope(self.request, data, count=self.count, following=following, previous=previous)


class _Row(Func):
    """A row value, `(a, b, c)`: both stores compare it in order of its parts, by one index."""

    template = "(%(expressions)s)"
    arity = None

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts, output_field=BooleanField())


class _RowCompared(Func):
    """Two row values compared: a condition."""

    def __init__(self, left: _Row, operator: str, right: _Row) -> None:
        super().__init__(left, right, output_field=BooleanField())
        self.template = "%(expressions)s"
        self.arg_joiner = f" {operator} "

    conditional = True


@dataclass(frozen=True)
class Order:
    """A total order: expressions that are never null and end in a unique one, all in one direction.

    `expressions` are annotated as `order_0`, `order_1` … so that each row carries what its cursor needs.
    """

    expressions: Sequence[Expression | F]
    descending: bool = False

    @property
    def names(self) -> list[str]:
        return [f"order_{position}" for position in range(len(self.expressions))]

    def annotate(self, queryset: Any) -> Any:
        return queryset.annotate(**dict(zip(self.names, self.expressions, strict=True)))

    def sorted(self, queryset: Any, *, backwards: bool) -> Any:
        return queryset.order_by(*(f"{'-' if self.descending != backwards else ''}{name}" for name in self.names))

    def beyond(self, queryset: Any, values: Sequence[Any], *, backwards: bool) -> Any:
        """The rows after (or before) the one with these values."""
        operator = "<" if self.descending != backwards else ">"
        given = _Row(
            *(Value(v, output_field=e.output_field) for v, e in zip(values, self._resolved(queryset), strict=True))
        )
        return queryset.filter(_RowCompared(_Row(*map(F, self.names)), operator, given))

    def _resolved(self, queryset: Any) -> list[Any]:
        return [queryset.query.annotations[name] for name in self.names]


class Keyset:
    """A page by cursor: as fast at row ten million as at the first, and nothing lost or doubled when rows are added.

    The cursor is opaque and signed, and belongs to one query in one order.
    """

    options: dict[str, ParameterField] = {
        "cursor": ParameterField(),
        "page_size": NumberField(1, 10_000, example=1000),
        "count": FlagField(example=True),
    }
    says = {
        "cursor": both("上一页 `next` 或 `previous` 中的游标。", "Cursor from `next` or `previous` of another page."),
        "page_size": both("每页条数，1 至 10000，默认 1000。", "Rows on a page, 1 to 10000, 1000 by default."),
        "count": both("`true`：给出总数。", "`true` gives the number of all rows."),
    }
    SALT = "api.pagination.Keyset"

    def __init__(self, request: Request, chosen: dict[str, Any], order: Order) -> None:
        self.request, self.chosen, self.order = request, chosen, order
        asked = {k: v for k, v in request.query_params.dict().items() if k not in ("cursor", "page_size", "count")}
        question = f"{request.path}?{urlencode(sorted(asked.items()))}"
        self.query_mark = hashlib.sha256(question.encode()).hexdigest()[:16]

    def page(self, queryset: Any, columns: Sequence[str]) -> list[dict[str, Any]]:
        """The page's rows as dictionaries of stored columns; sets what `respond` needs."""
        size = self.chosen["page_size"] or 1000
        self.count = queryset.count() if self.chosen["count"] else None
        backwards, values = self._read_cursor()
        queryset = self.order.annotate(queryset)
        if values is not None:
            queryset = self.order.beyond(queryset, values, backwards=backwards)
        found = list(self.order.sorted(queryset, backwards=backwards).values(*columns, *self.order.names)[: size + 1])
        more, rows = len(found) > size, found[:size]
        if backwards:
            rows.reverse()
        has_next = more if not backwards else True
        has_previous = more if backwards else values is not None
        self.following = self._url(rows[-1], backwards=False) if rows and has_next else None
        self.previous = self._url(rows[0], backwards=True) if rows and has_previous else None
        return rows

    def respond(self, results: list[Any]) -> Response:
        return envelope(self.request, results, count=self.count, following=self.following, previous=self.previous)

    def _url(self, row: dict[str, Any], *, backwards: bool) -> str:
        values = [_portable(row[name]) for name in self.order.names]
        cursor = signing.dumps([self.query_mark, backwards, values], salt=self.SALT, compress=True)
        return url_with(self.request, cursor=cursor)

    def _read_cursor(self) -> tuple[bool, list[Any] | None]:
        cursor = self.chosen["cursor"]
        if cursor is None:
            return False, None
        try:
            mark, backwards, values = signing.loads(cursor, salt=self.SALT)
        except (signing.BadSignature, ValueError):
            raise _bad_cursor(both("游标无效", "is not a cursor of this service")) from None
        if mark != self.query_mark:
            raise _bad_cursor(both("游标属于另一个查询", "belongs to another query; start without a cursor"))
        return backwards, values


def _portable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, datetime.date) else value


def _bad_cursor(message: Any) -> InvalidParameters:
    return InvalidParameters([ParameterError("cursor", "bad_cursor", message)])
