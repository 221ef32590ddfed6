"""Two workers are one service: they count together, say the same, and one that dies comes back."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from benchmarks.stores import ROOT
from tests.faults.curator import SignedIn
from tests.faults.databases import empty_store
from tests.faults.service import Attack, Service, environment_of, free_port, running, started, wait_for

QUOTA, ASKED = 100, 200


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """The address of a Redis of its own, on a socket."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server on this machine (Debian: redis-server)")
    address = tmp_path / "redis.sock"
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", address, "--save", "", "--dir", tmp_path], stdout=subprocess.DEVNULL
    )
    try:
        wait_for(address.exists, process)
        yield f"unix://{address}"
    finally:
        process.terminate()
        process.wait(10)


def answers(service: Service, method: str, path: str, source: str, named: str = "") -> Counter[str]:
    """How many of 200 requests at once from an address had each status; `named` is what a proxy would say of each, by its number."""
    attack = Attack(service)

    async def one(number: int) -> None:
        forwarded = f"X-Forwarded-For: {named.format(number)}\r\n" if named else ""
        body = f"{forwarded}Content-Length: 0\r\n\r\n".encode()
        status, _, writer = await attack.ask(f"{method} {path}", body, source)
        attack.answers[status] += 1
        writer.close()

    async def all_at_once() -> None:
        await asyncio.gather(*map(one, range(ASKED)))

    asyncio.run(all_at_once())
    return attack.answers


@pytest.mark.parametrize(
    ("method", "path", "source"),
    [
        ("GET", "/api/v1/config", "127.0.0.11"),
        ("GET", "/readyz", "127.0.0.12"),
        ("POST", "/admin/login/", "127.0.0.13"),
    ],
    ids=["a question", "readiness", "signing in"],
)
def test_two_workers_count_together(pair: Service, method: str, path: str, source: str) -> None:
    assert len(pair.workers) == 2
    found = answers(pair, method, path, source)
    assert abs(found["429"] - (ASKED - QUOTA)) <= 1, found
    assert found.total() == ASKED


def test_a_network_counts_as_one_caller(own_store: str, tmp_path: Path) -> None:
    with running(own_store, tmp_path, workers=2, RATE_LIMIT=f"{QUOTA}/hour", BEHIND_PROXY="true") as service:
        one = answers(service, "GET", "/api/v1/config", "127.0.0.1", "2001:db8:1:2:{:x}::1")
        each = answers(service, "GET", "/api/v1/config", "127.0.0.1", "2001:db8:2:{:x}::1")
    assert abs(one["429"] - (ASKED - QUOTA)) <= 1, one
    assert each == {"200": ASKED}


def test_two_workers_count_together_in_redis(redis: str, own_store: str, tmp_path: Path) -> None:
    with running(own_store, tmp_path, workers=2, RATE_LIMIT=f"{QUOTA}/hour", REDIS_URL=redis) as service:
        found = answers(service, "GET", "/api/v1/config", "127.0.0.14")
    assert abs(found["429"] - (ASKED - QUOTA)) <= 1, found


def test_the_description_is_the_same_for_all_who_ask_at_once(pair: Service) -> None:
    attack, bodies = Attack(pair), defaultdict(set)

    async def described(number: int) -> None:
        language = ("zh", "en")[number % 2]
        status, reader, writer = await attack.ask(
            f"GET /api/v1/openapi.json?lang={language}", b"Connection: close\r\n\r\n", "127.0.0.15"
        )
        attack.answers[status] += 1
        bodies[language].add(await reader.read())
        writer.close()

    async def all_at_once() -> None:
        await asyncio.gather(*map(described, range(64)))

    asyncio.run(all_at_once())
    assert attack.answers == {"200": 64}
    assert [len(different) for different in bodies.values()] == [1, 1]


def test_probes_are_answered_by_any_name(pair: Service) -> None:
    for path in ("/healthz", "/readyz"):
        assert pair.get(path, Host="10.0.0.7:9")[0] == 200
    assert pair.get("/api/v1/config", Host="10.0.0.7:9")[0] == 400
    assert "Traceback" not in pair.log.read_text()


def test_a_store_with_nothing_in_it_is_ready_and_says_so(tmp_path: Path) -> None:
    with empty_store(tmp_path, "nothing") as store:
        environment, port = environment_of(store, tmp_path), free_port()
        migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        command = [sys.executable, "-m", "config.server", "--port", str(port)]
        with started(command, environment, tmp_path / "log", port) as service:
            status, content = service.get("/readyz", Host="nobody.example")
    assert status == 200
    assert orjson.loads(content)["data"] == "none"


def test_bodies_are_bounded_and_curators_send_files(pair: Service) -> None:
    browser = SignedIn(pair)
    for path in ("/admin/login/", "/pxweb/v2/tables/TRADE/data", "/api/v1/observations", "/nowhere"):
        assert browser.post(path, b"x" * 65_537, signed_in=False) == 413, path
    assert browser.post("/pxweb/v2/tables/TRADE/data", b'{"selection": []}', "application/json", signed_in=False) != 413
    file = b"region,indicator\r\n" + b"430281,TRADE_TOTAL\r\n" * 20_000
    assert browser.upload(file, signed_in=False).status == 413
    assert browser.upload(file).status == 200
    assert browser.announce("/admin/curation/importbatch/upload/", 102_000_000) == "413"


def test_a_worker_that_dies_is_started_again(pair: Service) -> None:
    before = pair.workers
    os.kill(before[0], signal.SIGKILL)
    wait_for(lambda: before[0] not in pair.workers and len(pair.workers) == 2, pair.process)
    for _ in range(20):  # of whichever worker
        assert pair.get("/healthz")[0] == 200
