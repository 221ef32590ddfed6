"""How a file goes out: as a stream, each part made when the one before has been sent."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.utils import translation
from rest_framework.request import Request

from sources.versions import newest_release


def file_name(name: str, ending: str) -> str:
    """What a file is called where it is saved: the list and the release (observations-2026.1.csv)."""
    return f"{name}-{newest_release().version.rsplit('-', 1)[0]}.{ending}"


def stream(request: Request, content: Iterator[bytes], media_type: str, filename: str) -> StreamingHttpResponse:
    """The answer of a format that is written from top to bottom.

    Its first part is made here, so that what is wrong with the question is still told as a problem. HEAD gets no more.
    """
    first = next(content, b"")
    parts = iter(()) if request.method == "HEAD" else _in_language(translation.get_language(), first, content)
    response = StreamingHttpResponse(parts, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _in_language(spoken: str | None, first: bytes, content: Iterator[bytes]) -> Iterator[bytes]:
    """The parts, made in the language of the answer, which the middleware forgets when the first one goes out."""
    part: bytes | None = first
    while part is not None:
        yield part
        with translation.override(spoken):
            part = next(content, None)
