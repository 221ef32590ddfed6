"""Answers that are sent part by part: each part made in a turn, with the connection to the store that it was begun with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.http import StreamingHttpResponse

PART = 64 * 1024  # what is made in one turn, at least, if there is as much


class Slots:
    """Room for so many at once, and for so many of one address. Taken by any thread."""

    def __init__(self, size: int, by_address: int) -> None:
        self.size, self.by_address = size, by_address
        self._taken: Counter[str] = Counter()
        self._lock = Lock()

    def enter(self, address: str) -> bool:
        """Take a place, if there is one for this address."""
        with self._lock:
            if self._taken.total() >= self.size or self._taken[address] >= self.by_address:
                return False
            self._taken[address] += 1
            return True

    def leave(self, address: str) -> None:
        """Give the place back."""
        with self._lock:
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]


class Stream:
    """A streaming response of Django's, whose parts may each be made by another thread.

    Django keeps one connection to the store a thread, and what is being read stays open on it. So a stream that is not over
    takes the connection of its thread along, and the thread gets another: one that a finished stream left, or a new one. There
    are never more connections than threads and streams together.
    """

    _left: list[Any] = []

    def __init__(self, response: StreamingHttpResponse) -> None:
        self.is_over = False
        self.failure: Exception | None = None  # for which it was over too early
        self.waits = getattr(response, "waits", False)  # for something else, so that each piece is a part
        self._response, self._pieces = response, iter(response)
        self._connection: Any = None

    def part(self) -> bytes:
        """The next part; after the last one it `is_over`, after one that could not be made whole with the `failure`."""
        with self._with_its_connection():
            made, size = [], 0
            try:
                for piece in self._pieces:
                    made.append(piece)
                    size += len(piece)
                    if size >= PART or self.waits:
                        break
                else:
                    self._end()
            except Exception as failure:  # noqa: BLE001  # whoever sends it tells
                self.failure = failure
                self._end()
        return b"".join(made)

    def close(self) -> None:
        """Nobody wants the rest."""
        with self._with_its_connection():
            self._end()

    def take_along(self) -> None:
        """The thread that made the first part goes on to other work, the connection with the stream."""
        self._connection = connections[DEFAULT_DB_ALIAS]
        self._connection.inc_thread_sharing()
        del connections[DEFAULT_DB_ALIAS]
        with suppress(IndexError):
            connections[DEFAULT_DB_ALIAS] = self._left.pop()

    @contextmanager
    def _with_its_connection(self) -> Iterator[None]:
        if self._connection is None:
            yield
            return
        own = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = self._connection
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = own
            if self.is_over:
                self._leave_connection()

    def _end(self) -> None:
        self.is_over = True
        self._response.close()

    def _leave_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection.in_atomic_block or connection.errors_occurred:
            with suppress(DatabaseError):
                connection.close()
        else:
            self._left.append(connection)
