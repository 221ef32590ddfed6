"""Streams: parts that any thread may make, with the connection that the stream was begun with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse

from config.streams import PART, Slots, Stream

pytestmark = pytest.mark.django_db  # the end of an answer looks at the connection


def elsewhere(work: Any) -> Any:
    """What some work returns in a thread of its own."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def test_small_pieces_are_one_part() -> None:
    stream = Stream(StreamingHttpResponse([b"a"] * 100))
    assert stream.part() == b"a" * 100
    assert stream.is_over


def test_what_waits_goes_out_piece_by_piece() -> None:
    response = StreamingHttpResponse([b"a", b"b"])
    response.waits = True
    stream = Stream(response)
    assert [stream.part(), stream.part(), stream.is_over, stream.part(), stream.is_over] == [
        b"a",
        b"b",
        False,
        b"",
        True,
    ]


def test_what_fails_gives_what_there_was_and_the_failure() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"a"
        raise ValueError

    stream = Stream(StreamingHttpResponse(pieces()))
    assert stream.part() == b"a"
    assert stream.is_over
    assert isinstance(stream.failure, ValueError)


def test_each_part_is_made_with_the_connection_of_the_first() -> None:
    """Also where another thread makes it; the thread that made the first has another connection meanwhile."""

    def pieces() -> Iterator[bytes]:
        for _ in range(3):
            yield str(id(connection._connections["default"])).encode() + b" " * PART

    def begun() -> tuple[Stream, list[bytes], int]:
        stream = Stream(StreamingHttpResponse(pieces()))
        first = stream.part()
        stream.take_along()
        return stream, [first], id(connection._connections["default"])

    stream, made, after = elsewhere(begun)
    while not stream.is_over:
        made.append(elsewhere(stream.part))
    said = {int(part) for part in made if part}
    assert len(said) == 1
    assert said != {after}
    assert [id(left) for left in Stream._left] == list(said)
    Stream._left.clear()


def test_who_hangs_up_ends_it() -> None:
    ended = []

    def pieces() -> Iterator[bytes]:
        try:
            while True:
                yield b" " * PART
        finally:
            ended.append(True)

    stream = Stream(StreamingHttpResponse(pieces()))
    stream.part()
    stream.close()
    assert stream.is_over
    assert ended == [True]


def test_places_are_counted_in_all_and_by_address() -> None:
    places = Slots(3, 2)
    assert [places.enter(address) for address in "aaabb"] == [True, True, False, True, False]
    places.leave("a")
    assert places.enter("b")
    assert not places.enter("c")
