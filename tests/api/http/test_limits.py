"""How requests are counted: for whom, exactly, by several processes and whatever the clock does."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from api.http.counters import BUCKETS, SLOTS, Counts, OwnCounts, SharedCounts, counts, made_counts
from api.http.limits import client_of
from tests.whole_store import emptied

ROOT = Path(__file__).resolve().parents[3]
WORKER = """
import sys
from api.http.counters import SharedCounts
shared = SharedCounts(sys.argv[1])
sys.stdin.readline()
print(sum(shared.take("someone", 36.0, 3600.0).allowed for _ in range(100)))
"""


@pytest.mark.parametrize(
    ("forwarded", "sender", "behind_proxy", "counts_for"),
    [
        ("", "192.0.2.7", False, "192.0.2.7"),
        ("198.51.100.1", "192.0.2.7", False, "192.0.2.7"),
        ("198.51.100.1", "192.0.2.7", True, "198.51.100.1"),
        ("203.0.113.9, 198.51.100.1", "192.0.2.7", True, "198.51.100.1"),
        ("", "192.0.2.7", True, "192.0.2.7"),
        ("", "2001:db8:1:2:3:4:5:6", False, "2001:db8:1:2::"),
        ("[2001:db8:1:2::9]", "192.0.2.7", True, "2001:db8:1:2::"),
        ("", "::ffff:192.0.2.7", False, "192.0.2.7"),
        ("no:address", "192.0.2.7", True, "no:address"),
    ],
)
def test_a_request_counts_for(forwarded: str, sender: str, behind_proxy: bool, counts_for: str, settings: Any) -> None:
    settings.BEHIND_PROXY = behind_proxy
    assert client_of({"REMOTE_ADDR": sender, "HTTP_X_FORWARDED_FOR": forwarded}) == counts_for


@pytest.mark.parametrize("processes", [1, 4])
def test_processes_count_together_and_exactly(tmp_path: Path, processes: int) -> None:
    command = [sys.executable, "-c", WORKER, str(tmp_path / "limits")]
    workers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
        for _ in range(processes)
    ]
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("\n")
        worker.stdin.flush()
    assert sum(int(worker.communicate(timeout=60)[0]) for worker in workers) == 100


ENVIRONMENT = {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": "x"}


@pytest.fixture(params=["shared", "own"])
def kept(request: Any, tmp_path: Path) -> Counts:
    return SharedCounts(str(tmp_path / "limits")) if request.param == "shared" else OwnCounts()


def test_a_refused_request_costs_nothing(kept: Counts) -> None:
    assert [kept.take("a", 30, 60).allowed for _ in range(4)] == [True, True, False, False]
    assert 59 < kept.take("a", 30, 60).whole_in <= 60
    assert kept.take("b", 30, 60).allowed


def test_a_clock_that_was_set_back_locks_nobody_out(kept: Counts, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [kept.take("a", 30, 60).allowed for _ in range(3)] == [True, True, False]
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert [kept.take("a", 30, 60).allowed for _ in range(3)] == [True, True, False]
    monkeypatch.setattr("time.time", lambda: 31.0)
    assert [kept.take("a", 30, 60).allowed for _ in range(2)] == [True, False]


def test_more_callers_than_there_is_room_for_are_counted_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1e9)  # nobody is given back what they used, however long it takes
    shared = SharedCounts(str(tmp_path / "limits"))
    assert all(shared.take("busy", 1, 600).allowed for _ in range(600))
    for number in range(2 * BUCKETS * SLOTS):
        assert shared.take(f"passer-by {number}", 1, 600).allowed
    assert not shared.take("busy", 1, 600).allowed, "who has used most is kept longest"


def test_threads_that_ask_at_once_for_the_first_time_share_one_count(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Slow(OwnCounts):
        def __init__(self, path: str) -> None:
            time.sleep(0.05)
            made.append(path)
            super().__init__()

    monkeypatch.setattr("api.http.counters.SharedCounts", Slow)
    made_counts.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: counts(), range(8)))) == len(made) == 1


def test_memory_of_somebody_else_is_not_used(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "limits").symlink_to(tmp_path / "theirs")
    settings.LIMITS_FILE = str(tmp_path / "limits")
    made_counts.cache_clear()
    assert isinstance(counts(), OwnCounts)
    assert (tmp_path / "theirs").read_bytes() == b"theirs"


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), [("get", "/readyz"), ("head", "/readyz"), ("post", "/admin/login/")])
def test_what_costs_something_is_limited(
    client: Client, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setattr("api.http.limits.AddressThrottle.rate", "2/min", raising=False)
    answers = [getattr(client, method)(path) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 31
    assert client.get("/healthz").status_code == 200
    assert client.get("/admin/login/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_may_call_the_service_by_any_name(client: Client, path: str) -> None:
    assert client.get(path, headers={"host": "10.1.2.3:8000"}).status_code == 200
    assert client.get("/api/v1/config", headers={"host": "10.1.2.3:8000"}).status_code == 400


@pytest.mark.django_db
def test_readiness_says_which_data_there_are(client: Client) -> None:
    assert client.get("/readyz").json()["data"].startswith("2026-R1-")


@pytest.mark.django_db
def test_readiness_says_that_there_are_none(client: Client) -> None:
    emptied()
    assert client.get("/readyz").json() == {
        "status": "ready", "checks": {"database": True, "migrations": True}, "data": "none"
    }  # fmt: skip
