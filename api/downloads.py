"""Files that are made once and served whole or in part: byte ranges (RFC 9110, 14), a strong ETag, HEAD."""

from __future__ import annotations

import hashlib
import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

from api.problems import problem_response

BLOCK = 64 * 1024
RANGE = re.compile(r"bytes=\s*(?:(?P<first>[0-9]+)-(?P<last>[0-9]*)|-(?P<suffix>[0-9]+))\s*", re.ASCII)


@dataclass(frozen=True)
class Made:
    """A file with its size in bytes and its ETag, the digest of its content."""

    path: Path
    size: int
    etag: str


class Shelf:
    """The files that this process made last, in a folder that goes with it. Each is made by one request at a time."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._files: OrderedDict[str, Made] = OrderedDict()
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._made = 0

    def file(self, key: str, write: Callable[[IO[bytes]], None]) -> Made:
        """The file of a key, written now if it is not there."""
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
                return self._files[key]
            self._folder = self._folder or tempfile.TemporaryDirectory(prefix="downloads-")
            self._made += 1
            path = Path(self._folder.name) / str(self._made)
            with path.open("w+b") as file:
                write(file)
                file.seek(0)
                sha = hashlib.file_digest(file, "sha256").hexdigest()
            self._files[key] = Made(path, path.stat().st_size, f'"{sha[:32]}"')
            while len(self._files) > self._places:
                self._files.popitem(last=False)[1].path.unlink(missing_ok=True)
            return self._files[key]


def serve(request: HttpRequest, made: Made, content_type: str, filename: str) -> HttpResponseBase:
    """The file, or the range of it that was asked for (206), or what is wrong with the range (416), or 304.

    One range is served; several are answered by the whole file, which the standard allows.
    """
    if made.etag in {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}:
        return HttpResponse(status=304, headers={"ETag": made.etag})
    try:
        part = _part(request, made)
    except NoSuchPart:
        refused = problem_response(request, 416)
        refused["Content-Range"] = f"bytes */{made.size}"
        return refused
    first, last = part or (0, made.size - 1)
    status = 206 if part else 200
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(status=status, content_type=content_type)
    else:
        content = _read(made.path.open("rb"), first, last)
        response = StreamingHttpResponse(content, status=status, content_type=content_type)
    response["Content-Length"] = str(last - first + 1)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = made.etag
    if part:
        response["Content-Range"] = f"bytes {first}-{last}/{made.size}"
    return response


class NoSuchPart(Exception):
    """The file has none of the bytes that were asked for."""


def _part(request: HttpRequest, made: Made) -> tuple[int, int] | None:
    """(first, last) byte of the part that was asked for; None for the whole, also where the range is no single good one.

    Raises NoSuchPart.
    """
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None or request.headers.get("If-Range", made.etag) != made.etag:
        return None
    if asked["suffix"]:
        first, last = max(0, made.size - int(asked["suffix"])), made.size - 1
    else:
        first, last = int(asked["first"]), int(asked["last"] or made.size - 1)
        if asked["last"] and last < first:
            return None
    if first >= made.size:
        raise NoSuchPart
    return first, min(last, made.size - 1)


def _read(file: IO[bytes], first: int, last: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        left = last - first + 1
        while left and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
