"""Ranges of bytes: the part of a file that is asked for, where the file is still the one that is meant (RFC 9110, 13.1.5 and 14)."""

from __future__ import annotations

import datetime
import re

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date
from rest_framework.request import Request

from api.problems import problem_response

Span = tuple[int, int]


def span_of(request: Request, size: int, etag: str | None, modified: datetime.datetime | None) -> Span | None:
    """The first and the last byte that are asked for of a file of this size; None for all bytes.

    The last is before the first where there are no such bytes. All bytes are meant as well where If-Range names another file.
    """
    known = (etag, http_date(modified.timestamp()) if modified else None)
    return _range(request, size) if request.headers.get("If-Range", etag) in known else None


def _range(request: Request, size: int) -> tuple[int, int] | None:
    """The first and the last byte of the one range asked for; None for all bytes. The last is before the first where it
    cannot be satisfied.
    """
    asked = re.fullmatch(
        r"bytes=\s*(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))\s*", request.headers.get("Range", ""), re.ASCII
    )
    if asked is None:
        return None
    first, last, suffix = (None if text is None else int(text) for text in asked.groups())
    if suffix is not None:
        return (max(0, size - suffix), size - 1) if suffix else (size, size - 1)
    if first is None or (last is not None and last < first):  # not a range at all
        return None
    return (first, size - 1 if last is None else min(last, size - 1)) if first < size else (size, size - 1)


def partial(response: HttpResponseBase, span: Span, size: int) -> None:
    """Makes of an answer one of these bytes only, which it has."""
    first, last = span
    response.status_code, response["Content-Range"] = 206, f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)


def no_such_bytes(request: Request, size: int) -> HttpResponse:
    """The answer to a range that a file of this size does not have."""
    refused = problem_response(request._request, 416)
    refused["Content-Range"] = f"bytes */{size}"
    return refused
