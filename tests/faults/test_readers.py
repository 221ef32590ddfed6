"""Who sends slowly, reads slowly, or asks for much, holds nobody else up."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.faults.databases import is_sqlite
from tests.faults.service import CSV, Q1, Attack, Service, running, wait_for

SOON = 1.0  # second, within which a small question is answered whatever others do


def test_beside_unfinished_bodies_and_slow_readers_small_questions_are_answered(figures: str, service: Service) -> None:
    service.load()
    attack, before = Attack(service), service.own_mib()
    paths = ("/admin/login/", "/pxweb/v2/tables/TRADE/data", "/api/v1/observations", "/nowhere")
    waited = attack.beside(
        *(attack.unfinished_body(paths[number % len(paths)]) for number in range(64)),
        *(attack.slow_reader() for _ in range(64)),
        seconds=20,
    )  # fmt: skip
    assert max(waited.values()) < SOON, (waited, attack.answers)
    told = {said for said in attack.answers if said.startswith("unfinished")}
    assert told == {"unfinished 408"}, attack.answers
    assert attack.answers["unfinished 408"] >= 3 * 64, "each, every five seconds"
    assert attack.answers["127.0.0.1 slow 200"] == 8, "as many long answers as one address may have"
    assert attack.answers["127.0.0.1 slow 503"] >= 64 - 8, "all others, again and again"
    assert service.own_mib() < before + 150


def test_one_address_does_not_take_the_places_of_others(service: Service) -> None:
    attack = Attack(service)
    waited = attack.beside(
        *(attack.slow_reader() for _ in range(32)),
        *(attack.slow_reader(source="127.0.0.2") for _ in range(2)),
        seconds=8,
    )
    assert max(waited.values()) < SOON, waited
    assert attack.answers["127.0.0.2 slow 200"] == 2
    assert not attack.answers["127.0.0.2 slow 503"]


def test_connections_to_the_store_are_bounded_by_turns_and_places(figures: str, service: Service) -> None:
    if is_sqlite():
        pytest.skip("a file has no connections to be counted")
    attack, held = Attack(service), []

    async def count() -> None:
        async with await psycopg.AsyncConnection.connect(figures, autocommit=True) as connection:
            while True:
                rows = await connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                held.append((await rows.fetchall())[0][0])
                await asyncio.sleep(0.2)

    attack.beside(count(), *(attack.slow_reader(source=f"127.0.0.{2 + number % 8}") for number in range(64)), seconds=8)
    attack.beside(count(), *(attack.question(Q1) for _ in range(200)), seconds=8)
    assert max(held) <= 4 + 2 * 2 + 2 + 1 + 16, (
        "small and large turns, those of parts and refusals, and places of streams"
    )


def test_who_hangs_up_gives_the_place_back(service: Service) -> None:
    attack = Attack(service)

    async def hang_up() -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    _, _, writer = await attack.ask(f"GET {CSV}", source="127.0.0.3")
                    writer.close()
            await asyncio.sleep(0.05)

    attack.beside(*(hang_up() for _ in range(8)), seconds=4)
    wait_for(lambda: asyncio.run(eight_at_once(attack)) == ["200"] * 8)


async def eight_at_once(attack: Attack) -> list[str]:
    """The answers to as many long questions as one address may ask."""
    asked = [await attack.ask(f"GET {CSV}", source="127.0.0.3") for _ in range(8)]
    for _, _, writer in asked:
        writer.close()
    return [status for status, _, _ in asked]


def test_readers_at_full_speed_hold_nobody(service: Service) -> None:
    attack = Attack(service)
    waited = attack.beside(*(attack.quick_reader() for _ in range(4)), seconds=15)
    assert max(waited.values()) < SOON, waited


def test_a_long_answer_that_fails_does_not_pass_for_whole(figures: str, service: Service) -> None:
    if is_sqlite():
        pytest.skip("a file does not hang up")
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    async def ends_whole() -> bool:
        status, reader, _ = await Attack(service).ask(f"GET {CSV}")
        assert status == "200"
        with psycopg.connect(figures, autocommit=True) as connection:
            connection.execute(end)
        return await _ends_whole(reader)

    assert not asyncio.run(ends_whole())
    assert service.get(Q1)[0] == 200


EXPENSIVE = (
    "/api/v1/observations?ordering=region&topic=BENCH", "/api/v1/observations?latest=1&topic=BENCH",
    "/api/v1/observations?shape=series&page_size=10000", "/api/v1/indicators", "/api/v1/observations.xlsx?year=2024",
    "/api/v1/observations?page_size=10000&detail=full",
)  # fmt: skip


@pytest.mark.parametrize("many", [EXPENSIVE[:1], EXPENSIVE], ids=["one kind", "six kinds"])
def test_beside_two_hundred_expensive_questions_ordinary_ones_are_answered(
    service: Service, many: tuple[str, ...]
) -> None:
    attack = Attack(service)
    waited = attack.beside(*(attack.question(many[number % len(many)]) for number in range(200)), seconds=20)
    assert max(waited.values()) < SOON, (waited, attack.answers)


def test_who_takes_too_little_is_cut_off_and_who_takes_enough_is_not(figures: str, tmp_path: Path) -> None:
    with running(figures, tmp_path, RATE_LIMIT="1000000/min", STREAM_SECONDS="3", HEAD_SECONDS="2") as service:
        took, whole = asyncio.run(_two_readers(Attack(service)))
        waited = [_seconds_until_closed(service, head) for head in (b"", b"GET /hea", WHOLE_HEAD)]
    assert took > 100_000
    assert not whole, "what was cut off must not pass for whole"
    assert all(1.5 < seconds < 4 for seconds in waited), waited


WHOLE_HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def _seconds_until_closed(service: Service, head: bytes) -> float:
    """How long the server waits for the head of a request, or for the rest of it; whole ones are answered."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(head)
        while connection.recv(65_536):
            pass
    return time.monotonic() - began


async def _ends_whole(reader: asyncio.StreamReader) -> bool:
    """Whether what is left of an answer in chunks ends as one that is whole does: with a chunk of length 0."""
    try:
        while length := int(await reader.readuntil(b"\r\n"), 16):
            await reader.readexactly(length + 2)
    except (ConnectionError, asyncio.IncompleteReadError):
        return False
    return True


async def _two_readers(attack: Attack) -> tuple[int, bool]:
    async def steady() -> int:
        status, reader, _ = await attack.ask(f"GET {CSV}")
        assert status == "200"
        total, began = 0, time.monotonic()
        while time.monotonic() - began < 15:
            piece = await reader.read(4000)
            assert piece, "it was ended although it took enough"
            total += len(piece)
            await asyncio.sleep(0.1)
        return total

    async def asleep() -> bool:
        status, reader, _ = await attack.ask(f"GET {CSV}")
        assert status == "200"
        await asyncio.sleep(14)
        return await _ends_whole(reader)

    return await asyncio.gather(steady(), asleep())
