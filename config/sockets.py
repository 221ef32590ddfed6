"""What the server has no means for: a connection that is cut, and those of which too little is taken.

The sockets are the server's; they are found among the open files of this process.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import socket
import stat
import struct
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

logger = logging.getLogger(__name__)

OPEN_FILES = "/dev/fd"
LOOKS = 10  # within the time in which enough has to be taken
BYTES_ACKED = 120  # where tcp_info has it (linux/tcp.h)


def cut(client: tuple[str, int]) -> None:
    """End the connection with a client (address, port) at once: what it has of its answer is not to be taken for whole."""
    host, port = client
    for connection in _sockets():
        with suppress(OSError):
            if connection.getpeername()[:2] == (host, int(port)):
                _reset(connection)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RDWR)


@cache
def watch_over_connections() -> None:
    """From now on each connection is cut whose other side takes too little of what waits for it. Once a worker; Linux only.

    How fast the server gets rid of its answers says little of it: the kernel lets it go on only after a third of all that waits
    was taken, which may be a megabyte. And what the kernel offers itself (TCP_USER_TIMEOUT) ends connections that take
    evenly, but less at a time than a packet holds.
    """
    if hasattr(socket, "TCP_INFO"):
        _Watch(asyncio.get_running_loop()).look()


@dataclass(frozen=True)
class _Standing:
    """Since when it is known of a connection that something waits for the other side: how much did then, and what it had taken."""

    since: float
    waiting: int
    taken: int


class _Watch:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._held = loop, dict[Any, _Standing]()

    def look(self) -> None:
        """Look at all connections, and again after a while."""
        self._loop.call_later(settings.STREAM_SECONDS / LOOKS, self.look)
        held, self._held = self._held, {}
        listening = {connection.getsockname()[1] for connection in _sockets() if _listens(connection)}
        for connection in _sockets():
            with suppress(OSError, struct.error):
                if connection.family in (socket.AF_INET, socket.AF_INET6) and connection.getsockname()[1] in listening:
                    self._look_at(connection, held)

    def _look_at(self, connection: socket.socket, held: dict[Any, _Standing]) -> None:
        client = connection.getpeername()
        now = _Standing(time.monotonic(), _waiting(connection), _taken(connection))
        before = held.get(client)
        if not now.waiting:
            return
        if before is None or now.taken - before.taken >= min(settings.STREAM_BYTES, before.waiting):
            self._held[client] = now
        elif now.since - before.since < settings.STREAM_SECONDS:
            self._held[client] = before
        else:
            logger.warning("An answer is not taken and is cut off: %s", client[0])
            _reset(connection)


def _waiting(connection: socket.socket) -> int:
    """How many bytes were sent and not taken yet."""
    return int(struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0])


def _taken(connection: socket.socket) -> int:
    """How many bytes the other side has taken, since the beginning."""
    return int(
        struct.unpack_from("=Q", connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), BYTES_ACKED)[0]
    )


def _listens(connection: socket.socket) -> bool:
    with suppress(OSError):
        return bool(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    return False


def _sockets() -> Iterator[socket.socket]:
    for name in os.listdir(OPEN_FILES):
        with suppress(OSError):  # closed by now
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            number = os.dup(int(name))
            try:
                connection = socket.socket(fileno=number)
            except OSError:  # another file by now
                os.close(number)
                continue
            with connection:
                yield connection
