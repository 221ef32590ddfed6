"""Files that cannot be written from top to bottom: made once, kept for whoever asks for them again or for a part of them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from rest_framework.request import Request

from api.problems import problem_response

PIECE = 256 * 1024
LOCKS = 64


def send(
    request: Request, make: Callable[[Path], None], media_type: str, filename: str, own_etag: str | None = None
) -> HttpResponseBase:
    """The answer of a format whose file `make` writes to a path: whole, or the byte range asked for (RFC 9110, 14).

    The file is known by the answer's ETag, and since it may say where it is from by its host as well. One that stays as it
    is whatever is published later has an ETag of its own.
    """
    etag: str = own_etag or request.etag  # type: ignore[attr-defined]  # from the middleware
    if own_etag in {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}:
        return HttpResponse(status=304, headers={"ETag": etag})
    file = _opened(hashlib.sha256(f"{request.get_host()} {etag}".encode()).hexdigest(), make)
    size = os.fstat(file.fileno()).st_size
    span = None if request.headers.get("If-Range", etag) != etag else _range(request, size)
    first, last = span or (0, size - 1)
    length = max(0, last - first + 1)
    if span is not None and length == 0:
        file.close()
        refused = problem_response(request._request, 416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    pieces = Pieces(file, first, 0 if request.method == "HEAD" else length)
    response = StreamingHttpResponse(pieces, content_type=media_type)
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["ETag"] = etag
    if span is None:
        response["Content-Length"] = str(size)
    else:
        response.status_code, response["Content-Range"] = 206, f"bytes {first}-{last}/{size}"
        response["Content-Length"] = str(length)
    return response


def _range(request: Request, size: int) -> tuple[int, int] | None:
    """The first and the last byte of the one range asked for; None for all bytes. The last is before the first where it
    cannot be satisfied."""
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


class Pieces:
    """A part of a file, piece by piece. Whoever stops before its end closes it, which a server does."""

    def __init__(self, file: BinaryIO, first: int, length: int) -> None:
        self.file, self.left = file, length
        file.seek(first)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self.file.read(min(self.left, PIECE))
        self.left -= len(piece)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        self.file.close()


def _opened(key: str, make: Callable[[Path], None]) -> BinaryIO:
    """The kept file of this key, made if there is none. Of several that ask at once, in any process, one makes it."""
    folder = Path(settings.FILES_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / key
    with _alone(folder / f"lock-{int(key[:4], 16) % LOCKS}"):
        try:
            os.utime(path)
            return path.open("rb")
        except FileNotFoundError:
            pass
        with tempfile.TemporaryDirectory(dir=folder) as making:
            made = Path(making) / key
            make(made)
            file = made.open("rb")
            made.replace(path)
    _keep_within(folder)
    return file


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _keep_within(folder: Path) -> None:
    """Removes the files that were not asked for longest, until the others take no more than FILES_BYTES."""
    found = []
    for entry in os.scandir(folder):
        if entry.is_file() and not entry.name.startswith("lock-"):
            try:
                about = entry.stat()
            except FileNotFoundError:  # removed meanwhile by another process
                continue
            found.append((about.st_mtime, about.st_size, entry.path))
    total = 0
    for _, size, path in sorted(found, reverse=True):
        total += size
        if total > settings.FILES_BYTES:
            Path(path).unlink(missing_ok=True)
