"""Lists in pages: numbered for small ones, by keyset cursor for observations and series. One envelope for both.

All pages of a walk are of one release. A cursor carries it, and each of its pages is read as of it. A numbered list is read as it
is, so its next page names the release (`if_release`) and is refused once a newer one stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpResponse
from django.utils.encoding import iri_to_uri
from rest_framework.pagination import BasePagination
from rest_framework.request import Request

from api.addresses import host_of
from api.formats.json import to_json
from api.http.parameters import FlagField, NumberField, Option, ParameterField, refuse
from api.http.renderers import JSONRenderer
from api.problems import InvalidParameters, ParameterError, Superseded
from indicators.labels import labels
from indicators.selection import Selection
from sources.bilingual import both
from sources.versions import forget_data_version, is_newest, newest_release

MAX_PAGE = 1_000_000

Row = Sequence[Any]


def url_with(request: Request, **changes: object) -> str:
    """The request's own absolute address with some parameters changed; None removes one."""
    query = {**request.query_params.dict(), **changes}
    kept = {name: value for name, value in query.items() if value is not None}
    return host_of(request) + iri_to_uri(f"{request.path}?{urlencode(kept)}" if kept else request.path)


def link(url: str, rel: str) -> str:
    """A link as the header `Link` has it (RFC 8288)."""
    return f'<{url}>; rel="{rel}"'


def envelope(
    request: Request,
    results: object,
    *,
    count: int | None,
    following: str | None = None,
    previous: str | None = None,
    **beside: object,
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
    links = [link(url, rel) for url, rel in ((following, "next"), (previous, "prev")) if url]
    headers = {"Link": ", ".join(links)} if links else {}
    return HttpResponse(to_json(content), headers=headers, content_type=JSONRenderer.media_type)


class ReleaseField(ParameterField):
    """The version of a release."""

    example = "2026-R1"

    def read(self, text: str) -> str:
        if text == newest_release().version or is_newest(text):
            return text
        known = labels().releases.key
        if text not in known:
            raise refuse("unknown_code", both(f"未知的发布版本 {text}", f"unknown release {text}"), known, text)
        return text


IF_RELEASE = ReleaseField()


class Walk:
    """A walk over numbered pages: the release of its first page, named before anything of a page is read.

    What is published meanwhile is so refused on a later page, never mixed in. `page` is the name of the parameter that tells
    one page from another. Raises Superseded where the release of the walk (`if_release`) is not the newest any more.
    """

    def __init__(self, request: Request, if_release: str | None, page: str = "page") -> None:
        self.request, self.asked, self.page = request, if_release, page
        self.release = if_release or newest_release().version
        if self.release != newest_release().version:
            raise self._superseded()

    def url(self, number: int) -> str:
        """The address of another page of the walk."""
        return url_with(self.request, **{self.page: number, "if_release": self.release})

    def end_page(self) -> None:
        """To be called when a page has been read. Raises Superseded where a release was published meanwhile that may be in it."""
        if self.asked is not None and not is_newest(self.asked):
            raise self._superseded()

    def _superseded(self) -> Superseded:
        return Superseded("if_release", url_with(self.request, **{self.page: None, "if_release": None}))


class Pages(BasePagination):
    """`page` and `page_size` (1..1000, 100 by default), with the count; `if_release` keeps a walk to one release."""

    options: Mapping[str, Option] = {
        "page": Option(NumberField(1, MAX_PAGE, example=1), both("页码，从 1 起。", "Number of the page, from 1.")),
        "page_size": Option(
            NumberField(1, 1000, example=100),
            both("每页条数，1 至 1000，默认 100。", "Rows on a page, 1 to 1000, 100 by default."),
        ),
        "if_release": Option(
            IF_RELEASE,
            both(
                "仅当此版本仍是最新版本时作答，`next` 与 `previous` 带有它；否则 409，并给出首页地址：各页不混用两个版本。",
                "Answer only while this is the newest release, as `next` and `previous` ask; else 409 with the address of the first "
                "page, so that no walk over the pages mixes two releases.",
            ),
        ),
    }

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:  # noqa: ANN401  # or a list
        self.request, self.walk = request, view.walk
        self.page = view.chosen["page"] or 1
        self.size = view.chosen["page_size"] or 100
        first = (self.page - 1) * self.size
        rows = list(queryset[first : first + self.size])
        if isinstance(queryset, list):
            self.count = len(queryset)
        elif len(rows) < self.size and (rows or not first):  # the end, which nothing need be counted for
            self.count = first + len(rows)
        else:
            self.count = queryset.count()
        self.last = max(1, -(-self.count // self.size))
        if self.page > self.last:
            message = both(f"共 {self.last} 页", f"there are {self.last} pages")
            raise InvalidParameters([ParameterError("page", "out_of_range", message)])
        return rows

    def get_paginated_response(self, data: object, **beside: object) -> HttpResponse:  # type: ignore[override]
        if self.walk:
            self.walk.end_page()
        following = self._url(self.page + 1) if self.page < self.last else None
        previous = self._url(self.page - 1) if self.page > 1 else None
        return envelope(self.request, data, count=self.count, following=following, previous=previous, **beside)

    def _url(self, page: int) -> str:
        return self.walk.url(page) if self.walk else url_with(self.request, page=page)


class Cursor(NamedTuple):
    """Where a page of a walk begins, and of which walk it is: its question, what that meant, its release, and its count where
    that was asked for. `values` are those of the row before it (or after it, where the page is read backwards).
    """

    question: str
    meaning: str
    release: int
    count: int | None
    backwards: bool
    values: list[Any]


class CursorField(ParameterField):
    """A cursor as `next` and `previous` have it: signed, so that only the service's own are taken."""

    SALT = "api.pagination.Cursor"  # as it was first: a cursor stays good over an upgrade

    def read(self, text: str) -> Cursor:
        try:
            cursor = Cursor(*signing.loads(text, salt=self.SALT))
        except (signing.BadSignature, ValueError):
            raise refuse("bad_cursor", both("游标无效", "is not a cursor of this service")) from None
        if cursor.release > labels().newest:  # another process published it
            forget_data_version()
        return cursor

    def write(self, cursor: Cursor) -> str:
        """The text of a cursor."""
        return signing.dumps(list(cursor), salt=self.SALT)


CURSOR = CursorField()


class Keyset:
    """A page by cursor: as fast at row ten million as at the first, and of the release that the first page was of.

    The cursor is opaque and signed, and belongs to one query in one order. `selection` is what a query asks for; that of this
    walk, as its release has it, is `self.selection`. Raises InvalidParameters for a cursor of another query, Superseded where
    the query means something else by now (a region was moved, say): pages of before and after do not fit together.
    """

    options: Mapping[str, Option] = {
        "cursor": Option(
            CURSOR,
            both(
                "上一页 `next` 或 `previous` 中的游标；各页同属首页所属的版本。",
                "Cursor from `next` or `previous` of another page; all pages are of the release that the first one was of.",
            ),
        ),
        "page_size": Option(
            NumberField(1, 10_000, example=1000),
            both("每页条数，1 至 10000，默认 1000。", "Rows on a page, 1 to 10000, 1000 by default."),
        ),
        "count": Option(FlagField(example=True), both("`true`：给出总数。", "`true` gives the number of all rows.")),
    }

    def __init__(self, request: Request, chosen: dict[str, Any], selection: Selection) -> None:
        self.request, self.chosen, self.selection = request, chosen, selection
        self.cursor: Cursor | None = chosen["cursor"]
        if self.cursor is None:
            return
        self.selection = selection.as_of(self.cursor.release)
        if self.cursor.question != self.question:
            message = both("游标属于另一个查询", "belongs to another query; start without a cursor")
            raise InvalidParameters([ParameterError("cursor", "bad_cursor", message)])
        if self.cursor.meaning != self.meaning:
            raise Superseded("cursor", url_with(request, cursor=None))

    @cached_property
    def question(self) -> str:
        """What tells this query from others, whatever its cursor."""
        given = self.request.query_params.dict()
        asked = {name: value for name, value in given.items() if name not in ("cursor", "page_size", "count")}
        return _mark(f"{self.request.path}?{urlencode(sorted(asked.items()))}")

    @cached_property
    def meaning(self) -> str:
        """What tells one reading of the query from another: the members that `within`, `topic` and the like stand for."""
        conditions = (*self.selection.of_series, *self.selection.of_figures)
        return _mark(repr([(condition.sql, sorted(map(str, condition.parameters))) for condition in conditions]))

    def page(
        self,
        kept: Sequence[int],
        read: Callable[[Sequence[Any] | None, bool, int], list[Row]],
        count: Callable[[], int],
    ) -> list[Row]:
        """The page's rows; sets what `respond` needs.

        `kept` are the places in a row of the values that a cursor of it holds. `read` gives at most so many rows after (or,
        backwards, before) the row with a cursor's values; `count` is asked once a walk.
        """
        size, cursor = self.chosen["page_size"] or 1000, self.cursor
        self.count = None
        if self.chosen["count"]:
            self.count = count() if cursor is None or cursor.count is None else cursor.count
        backwards = cursor is not None and cursor.backwards
        read_rows = read(cursor and cursor.values, backwards, size + 1)
        more, rows = len(read_rows) > size, read_rows[:size]
        if backwards:
            rows.reverse()
        has_next = more if not backwards else True
        has_previous = more if backwards else cursor is not None
        self.following = self._url([rows[-1][place] for place in kept], False) if rows and has_next else None
        self.previous = self._url([rows[0][place] for place in kept], True) if rows and has_previous else None
        return rows

    def respond(self, results: object) -> HttpResponse:
        return envelope(self.request, results, count=self.count, following=self.following, previous=self.previous)

    @property
    def latest_version(self) -> str | None:
        """Where the same question is answered of the newest release (RFC 5829), if that is not the release of this answer."""
        return url_with(self.request, cursor=None, as_of=None) if self.selection.at < labels().newest else None

    def _url(self, values: list[Any], backwards: bool) -> str:
        cursor = Cursor(self.question, self.meaning, self.selection.at, self.count, backwards, values)
        return url_with(self.request, cursor=CURSOR.write(cursor))


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
