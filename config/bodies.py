"""The bodies of requests, read by the event loop before a turn is taken, within limits of length and of time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.db import DatabaseError

from api.http.refusals import Refusal, Refused
from config.sending import Gone, Receive
from config.streams import Slots
from config.turns import Turns
from curation.accounts.senders import may_send_files

WITHOUT_BODY = ("GET", "HEAD", "OPTIONS")  # what is sent with them all the same is left unread

UNREAD = 2**20

uploads = Slots(settings.UPLOADS, settings.UPLOADS)


async def body_of(environ: dict[str, Any], receive: Receive, turns: Turns, address: str) -> IO[bytes]:
    """The body of a request, whose environ then has its length.

    Raises Refused where it is too long or too slow, and Gone where the other side hangs up. Curators who are signed in may
    send files.
    """
    announced = environ.pop("CONTENT_LENGTH", "")
    length = int(announced) if announced.isascii() and announced.isdigit() else None
    if length is not None and length <= settings.BODY_BYTES:
        return await _read(environ, receive, length, settings.BODY_SECONDS)
    try:
        may = await turns.take("small", address, lambda: may_send_files(environ))
    except DatabaseError:
        raise Refused(Refusal.BUSY) from None
    if not may:
        if length is not None:
            await _left_unread(receive)
            raise Refused(Refusal.BODY_TOO_LONG)
        return await _read(environ, receive, settings.BODY_BYTES, settings.BODY_SECONDS)
    if (length or 0) > settings.UPLOAD_BYTES:
        raise Refused(Refusal.BODY_TOO_LONG)
    if not uploads.enter(address):
        raise Refused(Refusal.BUSY)
    try:
        return await _read(environ, receive, settings.UPLOAD_BYTES, settings.UPLOAD_SECONDS)
    finally:
        uploads.leave(address)


async def _left_unread(receive: Receive) -> None:
    """Let a body arrive that nobody wants, unless it is very long: who is still sending hears no answer."""
    left, more = UNREAD, True
    with suppress(TimeoutError):
        async with asyncio.timeout(settings.BODY_SECONDS):
            while more and left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                more = message.get("more_body", False)


async def _read(environ: dict[str, Any], receive: Receive, most: int, seconds: float) -> IO[bytes]:
    body: Any = SpooledTemporaryFile(max_size=settings.BODY_BYTES)  # noqa: SIM115  # whoever reads it closes it
    more = True
    try:
        async with asyncio.timeout(seconds):
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    raise Gone
                body.write(message.get("body", b""))
                more = message.get("more_body", False)
                if body.tell() > most:
                    await _left_unread(receive)
                    raise Refused(Refusal.BODY_TOO_LONG)
    except TimeoutError:
        raise Refused(Refusal.BODY_TOO_SLOW) from None
    environ["CONTENT_LENGTH"] = str(body.tell())
    body.seek(0)
    return body
