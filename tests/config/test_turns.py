"""Turns: who waits for whom, and what is known for large."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from config.turns import Busy, Turns, kind_of

SIZES = {"small": 2, "large": 1, "part": 1}
LARGE = 0.2


def turns(patience: float = 30) -> Turns:
    return Turns(SIZES, large=LARGE, patience=patience)


def slept(seconds: float) -> Callable[[], str]:
    def work() -> str:
        time.sleep(seconds)
        return threading.current_thread().name

    return work


def test_what_fails_fails_for_who_asked() -> None:
    async def ask() -> Any:
        return await turns().take("small", "a", lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(ask())


class Heavy:
    """What a piece of work holds while it works, of which can be seen that it is gone."""


def test_who_was_refused_leaves_nothing_to_the_collector() -> None:
    """Refusals by the hundred filled the memory with what they had begun to answer, for the collector comes seldom."""
    left: list[weakref.ref[Heavy]] = []

    def refused() -> None:
        begun = Heavy()
        left.append(weakref.ref(begun))
        raise ZeroDivisionError

    async def ask() -> None:
        taken = turns()
        for _ in range(3):
            with suppress(ZeroDivisionError):
                await taken.take("small", "a", refused)

    gc.disable()
    try:
        asyncio.run(ask())
        assert [begun() for begun in left[:-1]] == [None, None]
    finally:
        gc.enable()


def test_addresses_take_turns() -> None:
    order = []

    async def ask() -> None:
        taken = turns()

        async def one(address: str) -> None:
            await taken.take("part", address, lambda: order.append(address))

        await asyncio.gather(*(one("many") for _ in range(6)), one("few"), one("few"))

    asyncio.run(ask())
    assert order[:4] == ["many", "few", "many", "few"] or order[:5] == ["many", "many", "few", "many", "few"]


def test_who_waits_too_long_is_told() -> None:
    async def ask() -> None:
        taken, end = turns(patience=0.3), threading.Event()
        first = asyncio.ensure_future(taken.take("part", "a", end.wait))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await taken.take("part", "a", slept(0))
        assert not first.done()
        end.set()
        assert await first

    asyncio.run(ask())


def test_large_questions_leave_the_small_turns_and_others_of_their_kind_never_take_them() -> None:
    large, small = ("GET", "/api/v1/rankings", "year=2024"), ("GET", "/api/v1/config", "")

    async def ask() -> None:
        taken, end = turns(), threading.Event()
        many = []
        for _ in range(2):  # of a new kind, then of one that is known
            many += [asyncio.ensure_future(taken.take("small", "a", end.wait, large)) for _ in range(6)]
            await asyncio.sleep(0)
            assert taken.sorts["small"].taken == 0
            await taken.take("small", "a", slept(0), small)  # behind all of them
            assert not any(job.done() for job in many)
        end.set()
        await asyncio.gather(*many)

    asyncio.run(ask())


def test_a_kind_that_has_become_quick_is_small_again() -> None:
    question = ("GET", "/api/v1/rankings", "year=2024")

    async def ask() -> list[str]:
        taken, known = turns(), []
        for seconds in (2 * LARGE + 0.1, 2 * LARGE + 0.1, 0, 0):
            await taken.take("small", "a", slept(seconds), question)
            known.append(taken.kinds.sort_of(kind_of(*question)))
        return known

    assert asyncio.run(ask()) == ["new", "large", "small", "small"]


def test_what_is_known_to_be_small_passes_by_whatever_is_new() -> None:
    small = ("GET", "/healthz", "")

    async def ask() -> None:
        taken, end = turns(), threading.Event()
        await taken.take("small", "a", slept(0), small)
        many = [
            asyncio.ensure_future(taken.take("small", "a", end.wait, ("GET", f"/{'x' * number}", "")))
            for number in range(20)
        ]
        await asyncio.sleep(LARGE + 0.15)  # by now all that may have begun
        await taken.take("small", "a", slept(0), small)
        assert not any(job.done() for job in many)
        end.set()
        await asyncio.gather(*many)

    asyncio.run(ask())


def test_of_a_new_kind_one_shows_what_it_is_and_the_others_follow() -> None:
    lock, together = threading.Lock(), threading.Barrier(SIZES["small"], timeout=30)
    working: list[int] = []  # how many worked when one more began
    ended: list[int] = []

    def work() -> None:
        with lock:
            working.append(len(working) - len(ended) + 1)
            is_first = len(working) == 1
        if not is_first:
            together.wait()  # as many as there are turns, at the same time
        with lock:
            ended.append(1)

    async def ask() -> None:
        taken = turns()
        await asyncio.gather(*(taken.take("small", "a", work, ("GET", "/a", "")) for _ in range(9)))

    asyncio.run(ask())
    assert working[:2] == [1, 1]
    assert max(working) == SIZES["small"]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("year=2023&region=430281", "region=430223&year=2024", True),
        ("page_size=9000", "page_size=9999", True),
        ("page_size=100", "page_size=9999", False),
        ("region=430281", f"region={','.join(['430281'] * 50)}", False),
        ("year=2024", "", False),
        ("q=²", "q=a", True),
    ],
)
def test_a_kind_is_what_is_asked_whatever_the_codes(one: str, other: str, alike: bool) -> None:
    assert (kind_of("GET", "/api/v1/observations", one) == kind_of("GET", "/api/v1/observations", other)) is alike


def test_a_kind_is_of_an_address_without_its_codes() -> None:
    assert kind_of("GET", "/api/v1/regions/430281/profile", "") == kind_of("GET", "/api/v1/regions/HNFTZ/profile", "")
    assert kind_of("GET", "/api/v1/regions", "") != kind_of("GET", "/api/v1/indicators", "")
