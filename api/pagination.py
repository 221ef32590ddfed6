"""Lists in pages: numbered for small ones, by keyset cursor for observations and series. One envelope for both."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpResponse
from rest_framework.pagination import BasePagination
from rest_framework.request import Request

from api.parameters import FlagField, NumberField, ParameterField
from api.problems import InvalidParameters, ParameterError
from api.renderers import JSONRenderer, to_json
from sources.bilingual import both

MAX_PAGE = 1_000_000

Row = Sequence[Any]


def url_with(request: Request, **changes: Any) -> str:
    """The request's own absolute address with some parameters changed; None removes one."""
    query = {**request.query_params.dict(), **changes}
    kept = {name: value for name, value in query.items() if value is not None}
    return request.build_absolute_uri(f"{request.path}?{urlencode(kept)}" if kept else request.path)


def envelope(
    request: Request,
    results: Any,
    *,
    count: int | None,
    following: str | None = None,
    previous: str | None = None,
    **beside: Any,
) -> HttpResponse:
    """The one shape of every list; `beside` is what only this list has as well.

    No Response of DRF's: that holds itself, by its renderer's context, so that a page of some hundred kilobytes would wait
    in memory for the collector (docs/performance.md).
    """
    content = {
        "count": count,
        "next": following,
        "previous": previous,
        "warnings": getattr(request, "warnings", []),
        "results": results,
        **beside,
    }
    links = [f'<{url}>; rel="{rel}"' for url, rel in ((following, "next"), (previous, "prev")) if url]
    headers = {"Link": ", ".join(links)} if links else {}
    return HttpResponse(to_json(content), headers=headers, content_type=JSONRenderer.media_type)


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

    def get_paginated_response(self, data: Any, **beside: Any) -> HttpResponse:  # type: ignore[override]
        following = url_with(self.request, page=self.page + 1) if self.page < self.last else None
        previous = url_with(self.request, page=self.page - 1) if self.page > 1 else None
        return envelope(self.request, data, count=self.count, following=following, previous=previous, **beside)


class Keyset:
    """A page by cursor: as fast at row ten million as at the first, and nothing lost or doubled when rows are added.

    The cursor is opaque and signed, and belongs to one query in one order. `kept` are the places in a row of the values
    that a cursor of it holds.
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

    def __init__(self, request: Request, chosen: dict[str, Any], kept: Sequence[int]) -> None:
        self.request, self.chosen, self.kept = request, chosen, kept

    @cached_property
    def query_mark(self) -> str:
        """What tells this query from others, whatever its cursor."""
        given = self.request.query_params.dict()
        asked = {name: value for name, value in given.items() if name not in ("cursor", "page_size", "count")}
        question = f"{self.request.path}?{urlencode(sorted(asked.items()))}"
        return hashlib.sha256(question.encode()).hexdigest()[:16]

    def page(self, read: Callable[[Sequence[Any] | None, bool, int], list[Row]], count: Callable[[], int]) -> list[Row]:
        """The page's rows; sets what `respond` needs.

        `read` gives at most so many rows after (or, backwards, before) the row with a cursor's values.
        """
        size = self.chosen["page_size"] or 1000
        self.count = count() if self.chosen["count"] else None
        backwards, values = self._read_cursor()
        found = read(values, backwards, size + 1)
        more, rows = len(found) > size, found[:size]
        if backwards:
            rows.reverse()
        has_next = more if not backwards else True
        has_previous = more if backwards else values is not None
        self.following = self._url(rows[-1], backwards=False) if rows and has_next else None
        self.previous = self._url(rows[0], backwards=True) if rows and has_previous else None
        return rows

    def respond(self, results: Any) -> HttpResponse:
        return envelope(self.request, results, count=self.count, following=self.following, previous=self.previous)

    def _url(self, row: Row, *, backwards: bool) -> str:
        cursor = signing.dumps([self.query_mark, backwards, [row[place] for place in self.kept]], salt=self.SALT)
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


def _bad_cursor(message: Any) -> InvalidParameters:
    return InvalidParameters([ParameterError("cursor", "bad_cursor", message)])
