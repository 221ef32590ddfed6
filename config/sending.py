"""Answers, sent by the event loop: small ones whole, others slice by slice, as fast as the other side takes them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from config.sockets import cut
from config.streams import Slots, Stream
from config.turns import Turns

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]

WHOLE = 2**20  # of a longer answer it is noticed that nobody takes it

streams = Slots(settings.STREAMS, settings.STREAMS_BY_ADDRESS)
pages = Slots(settings.TURNS["page"], settings.TURNS["page"])


class Gone(Exception):
    """Nobody is there any more who could be answered."""


@dataclass
class Answer:
    """What is to be sent: status, headers, and the content; of a stream its first part, the stream makes the others."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes
    stream: Stream | None = None
    is_placed: bool = False

    @property
    def places(self) -> Slots:
        """The places of which a long answer takes one: those of pages of curators that wait for work, or those of all other streams."""
        return pages if self.stream and self.stream.waits else streams

    def enter(self, address: str) -> bool:
        """Take a place to be sent from, if there is one for this address; sending it gives the place back."""
        self.is_placed = self.places.enter(address)
        return self.is_placed

    @property
    def is_long(self) -> bool:
        """Whether it is sent part by part, or else at once."""
        return len(self.content) > WHOLE or (self.stream is not None and not self.stream.is_over)


async def send_answer(
    answer: Answer, scope: dict[str, Any], receive: Receive, send: Send, turns: Turns, address: str
) -> None:
    """Sends an answer, a long one from the place that it has taken. Raises Gone.

    A long answer that is not taken, takes too long or fails is cut off, so that nobody takes it for whole.
    """
    start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
    if not answer.is_placed:
        await send(start)
        if scope["method"] == "HEAD" and answer.stream:  # whose length nobody knows without its content
            await send(_slice(b""))
        await send({"type": "http.response.body", "body": answer.content})
        return
    stream = answer.stream
    sort = "page" if stream and stream.waits else "part"
    watch = asyncio.ensure_future(_hung_up(receive))
    until = asyncio.get_running_loop().time() + settings.STREAM_LONGEST
    try:
        await send(start)
        await _send_slices(answer.content, send, watch, until)
        while stream and not stream.is_over:
            await _send_slices(await turns.take(sort, address, stream.part), send, watch, until)
        if stream and stream.failure:
            raise stream.failure
        await send({"type": "http.response.body", "body": b""})
    except Gone:
        raise
    except Exception as failure:
        what = "takes too long" if isinstance(failure, TimeoutError) else "failed"
        logger.warning("A long answer %s and is cut off: %s", what, scope["path"], exc_info=what == "failed")
        cut(scope["client"])
    finally:
        watch.cancel()
        try:
            if stream and not stream.is_over:
                await turns.take(sort, address, stream.close, whenever=True)
        finally:
            answer.places.leave(address)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_slices(content: bytes, send: Send, watch: asyncio.Future[None], until: float) -> None:
    """Sends a part in slices of STREAM_BYTES. Raises TimeoutError where it is late, and Gone."""
    for first in range(0, len(content), settings.STREAM_BYTES):
        if watch.done():
            raise Gone
        if asyncio.get_running_loop().time() > until:
            raise TimeoutError
        await _unless_gone(send(_slice(content[first : first + settings.STREAM_BYTES])), watch)


async def _unless_gone(sending: Awaitable[None], watch: asyncio.Future[None]) -> None:
    """Waits until something is sent. Raises Gone where the other side hangs up, or is cut off for it takes too little."""
    try:
        async with asyncio.timeout(None) as patience:

            def give_up(_: asyncio.Future[None]) -> None:
                patience.reschedule(asyncio.get_running_loop().time())

            watch.add_done_callback(give_up)
            try:
                await sending
            finally:
                watch.remove_done_callback(give_up)
    except TimeoutError:
        raise Gone from None


def _slice(content: bytes) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": True}
