"""How a file goes out: whole where it is small, else as a stream, each part made when the one before has been sent."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix, set_script_prefix
from django.utils import translation
from rest_framework.request import Request

from api.formats.ranges import no_such_bytes, partial, span_of
from sources.versions import newest_release

WHOLE = 2**20  # up to which it is made whole, so that its length is known before it is read


def file_name(name: str, ending: str) -> str:
    """What a file is called where it is saved: the list and the release (observations-2026-R1.csv)."""
    return f"{name}-{newest_release().version or 'none'}.{ending}"


def stream(request: Request, content: Generator[bytes, None, None], media_type: str, filename: str) -> HttpResponseBase:
    """The answer of a format that is written from top to bottom, to be saved as a file."""
    response = whole_or_stream(request, content, media_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def whole_or_stream(request: Request, content: Generator[bytes, None, None], media_type: str) -> HttpResponseBase:
    """The answer of what is written from top to bottom: with its length, also to HEAD, where that is not more than WHOLE.

    Its beginning is made here, so that what is wrong with the question is still told as a problem. HEAD gets no more.
    """
    parts, size = [], 0
    for part in content:
        parts.append(part)
        size += len(part)
        if size > WHOLE:
            break
    else:
        return _whole(request, b"".join(parts), media_type)
    if request.method == "HEAD":
        content.close()
        return StreamingHttpResponse((), content_type=media_type)
    made = _in_language_and_place(translation.get_language(), get_script_prefix(), parts, content)
    return StreamingHttpResponse(made, content_type=media_type)


def _whole(request: Request, content: bytes, media_type: str) -> HttpResponse:
    """All of it, or the bytes that are asked for: programs that scan a file read it in ranges, also a small one."""
    size = len(content)
    asked = span_of(request, size, getattr(request, "etag", None), newest_release().published_at)
    span = asked if request.method == "GET" else None  # HEAD is of all
    if span and span[1] < span[0]:
        return no_such_bytes(request, size)
    response = HttpResponse(content[span[0] : span[1] + 1] if span else content, content_type=media_type)
    response["Accept-Ranges"] = "bytes"
    if span:
        partial(response, span, size)
    return response


def _in_language_and_place(
    spoken: str | None, place: str, begun: list[bytes], content: Generator[bytes, None, None]
) -> Iterator[bytes]:
    """The parts, the later ones made in the language of the answer and with its addresses, which the thread that makes them
    does not know: it may have answered others meanwhile.
    """
    with closing(content):
        yield from begun
        while True:
            set_script_prefix(place)  # each request sets its own
            with translation.override(spoken):
                part = next(content, None)
            if part is None:
                return
            yield part
