"""Files that cannot be written from top to bottom: made once, kept for whoever asks for them again or for a part of them."""

from __future__ import annotations

import datetime
import errno
import fcntl
import hashlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.http import HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date, parse_etags
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from api.addresses import base_of
from api.formats.ranges import no_such_bytes, partial, span_of
from sources.bilingual import both
from sources.versions import newest_release

logger = logging.getLogger(__name__)

PIECE = 256 * 1024
LOCKS = 64
UNFINISHED = "making-"
LONGEST_MAKING = 3600  # seconds; a folder in which a file is made that is older is of a process that ended


def send(
    request: Request,
    make: Callable[[Path], None],
    media_type: str,
    filename: str,
    own_etag: str | None = None,
    modified: datetime.datetime | None = None,
) -> HttpResponseBase:
    """The answer of a format whose file `make` writes to a path: whole, or the byte range asked for (RFC 9110, 14).

    The file is known by the answer's ETag, and since it may say where it is from by its host as well. One that stays as it
    is whatever is published later has an ETag of its own, and was `modified` at its own time.
    """
    etag: str = own_etag or request.etag  # type: ignore[attr-defined]  # from the middleware
    if own_etag in {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}:
        headers = {"ETag": etag} | ({"Last-Modified": http_date(modified.timestamp())} if modified else {})
        return HttpResponseNotModified(headers=headers)
    file = _opened(hashlib.sha256(f"{base_of(request)} {etag}".encode()).hexdigest(), make)
    size = os.fstat(file.fileno()).st_size
    span = span_of(request, size, etag, modified or newest_release().published_at)
    first, last = span or (0, size - 1)
    length = max(0, last - first + 1)
    if span is not None and length == 0:
        file.close()
        return no_such_bytes(request, size)
    pieces = Pieces(file, first, 0 if request.method == "HEAD" else length)
    response = StreamingHttpResponse(pieces, content_type=media_type)
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["ETag"] = etag
    if modified:
        response["Last-Modified"] = http_date(modified.timestamp())
    if span is None:
        response["Content-Length"] = str(size)
    else:
        partial(response, span, size)
    return response


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


# Why a file cannot be written where it should be, but perhaps elsewhere: no room, or no right to.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST}


class NoRoom(APIException):
    """The file cannot be made: there is no room for it, neither where files are kept nor where they are made otherwise."""

    status_code = 503
    wait = 59
    explanation = both(
        "服务器暂无空间生成此文件：请改用 csv 或 json，或稍后重试。",
        "There is no room on the server to make this file: take csv or json, or try again later.",
    )


def _opened(key: str, make: Callable[[Path], None]) -> BinaryIO:
    """The file of this key: kept if it can be, else made for this answer only. Raises NoRoom."""
    folder = Path(settings.FILES_DIR)
    try:
        file = _kept(folder, key, make)
        _keep_within(folder, settings.FILES_BYTES)
        return file
    except NoRoom:
        logger.warning("A file cannot be kept in %s, where there is no room for it or no right to write.", folder)
    return _made(Path(tempfile.gettempdir()), make)


def _kept(folder: Path, key: str, make: Callable[[Path], None]) -> BinaryIO:
    """The kept file of this key, made if there is none. Of several that ask at once, in any process, one makes it.

    What is kept makes room for it: half of it and then all. Raises NoRoom where that does not help.
    """
    path = folder / key
    try:
        with _alone(folder, int(key[:4], 16) % LOCKS):
            with suppress(FileNotFoundError):
                file = path.open("rb")
                with suppress(OSError):  # where nothing can be written any more, or it was removed just now
                    os.utime(path)
                return file
            for share in (2, 1):
                with suppress(NoRoom):
                    return _made(folder, make, path)
                held = sum(size for _, size, _ in _files_in(folder))
                _keep_within(folder, held - held // share)
            return _made(folder, make, path)
    except OSError as error:
        if not _is_for_room(error):
            raise
        raise NoRoom from None


def _made(folder: Path, make: Callable[[Path], None], path: Path | None = None) -> BinaryIO:
    """A file that `make` wrote in a folder, open, and kept under a path if there is one. Raises NoRoom, with nothing left behind."""
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=UNFINISHED) as making:
            made = Path(making) / "file"
            make(made)
            file = made.open("rb")
            if path:
                made.replace(path)
            return file
    except Exception as error:
        if not _is_for_room(error):
            raise
    raise NoRoom


def _is_for_room(error: BaseException | None) -> bool:
    """Whether an error comes of there being no room, or no right to write, whatever a library made of it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def _alone(folder: Path, number: int) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / f"lock-{number}").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _files_in(folder: Path) -> list[tuple[float, int, str]]:
    """The kept files, as (when each was asked for last, its bytes, its path), the newest first."""
    files = []
    for entry in os.scandir(folder):
        with suppress(FileNotFoundError):  # removed meanwhile by another process
            about = entry.stat()
            if entry.is_file() and not entry.name.startswith("lock-"):
                files.append((about.st_mtime, about.st_size, entry.path))
    return sorted(files, reverse=True)


def _keep_within(folder: Path, most: int) -> None:
    """Removes the files that were not asked for longest, until the others take no more than `most` bytes; and what a process
    that ended in the middle of making a file has left.
    """
    total = 0
    for _, size, path in _files_in(folder):
        total += size
        if total > most:
            Path(path).unlink(missing_ok=True)
    for left in folder.glob(f"{UNFINISHED}*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LONGEST_MAKING:
                shutil.rmtree(left, ignore_errors=True)
