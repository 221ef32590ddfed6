"""Curators at the service as it runs: while a publication writes, when passwords are guessed, and whatever they send."""

from __future__ import annotations

import csv
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path

import psycopg
import pytest

from benchmarks.importing import HEADS, figures
from benchmarks.stores import ROOT
from tests.faults.curator import LOGIN, UPLOAD, Browser, SignedIn
from tests.faults.databases import is_sqlite
from tests.faults.service import ENDING_WITH_US, Attack, Service, running, wait_for

PUBLISHED = 60_000
SHEET = "地区,指标,时期,数值,单位,来源,引证\n醴陵市,进出口总额,2024,41.26,亿元,zhuzhou-county-trade,\n".encode()


@pytest.fixture(scope="module")
def two(own_store: str, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """The service with two workers on a small store, whose commands may publish; it tells its log what it sees."""
    settings = {"RATE_LIMIT": "1000000/min", "LOG_LEVEL": "INFO", "COMMANDS_PUBLISH": "true", "LOCK_SECONDS": "1"}
    with running(own_store, tmp_path_factory.mktemp("two"), workers=2, **settings) as started:
        yield started


def is_held(store: str) -> bool:
    """Whether a publication holds what it holds to its end: in SQLite all that is written, in PostgreSQL the publications' lock."""
    if not is_sqlite():
        with psycopg.connect(store) as connection:
            return bool(connection.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted").fetchall())
    with closing(sqlite3.connect(store.removeprefix("sqlite:///"), timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
        return False


def test_while_a_publication_writes_people_are_told_and_reading_goes_on(
    two: Service, own_store: str, tmp_path: Path
) -> None:
    curator, sheet = SignedIn(two, "writer"), tmp_path / "figures.csv"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADS, *islice(figures(), PUBLISHED)])
    command = [sys.executable, "manage.py", "import_observations", str(sheet), "--commit", "--accept-warnings"]
    publication = subprocess.Popen(
        [*ENDING_WITH_US, *command], cwd=ROOT, env=two.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for(lambda: is_held(own_store), publication)
    time.sleep(0.5)
    waited = Attack(two).beside(seconds=2)
    visitor = Browser(two)
    signing = visitor.send(LOGIN, username=curator.name, password=curator.password)
    upload = curator.upload(SHEET)
    form = curator.send(
        "/admin/indicators/topic/add/", code="NEW", name_zh="新", name_en="New", order="9", reason="why"
    )
    assert publication.poll() is None, "it was over too early for this to show anything"
    assert is_held(own_store)
    assert max(waited.values()) < 1, waited
    for answer in (signing, upload, form):
        if is_sqlite():
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
            assert "The data are being written" in answer.text
        else:
            assert answer.status == 302
    assert publication.wait(300) == 0
    assert Browser(two).send(LOGIN, username=curator.name, password=curator.password).status == 302
    assert curator.upload(SHEET).status == 302


def test_guessing_is_held_back_by_both_workers_together(two: Service) -> None:
    curator, logged = SignedIn(two, "guessed"), len(two.log.read_text())
    stranger = Browser(two, source="127.0.1.1")
    stranger.get(LOGIN)

    def guess(number: int) -> int:
        one = Browser(two, source="127.0.1.1")
        one.cookies = dict(stranger.cookies)
        return one.send(LOGIN, username=curator.name, password=f"wrong-{number}").status

    with ThreadPoolExecutor(20) as hands:
        assert list(hands.map(guess, range(60))) == [200] * 60
    lines = two.log.read_text()[logged:].splitlines()
    assert len([line for line in lines if "Sign-in failed: guessed, 127.0.1.1" in line]) == 5, (
        "five looks at a password"
    )
    assert len([line for line in lines if "Sign-in held back: TOGETHER, 127.0.1.1" in line]) == 55
    right = {"username": curator.name, "password": curator.password}
    assert "locked for a while" in stranger.send(LOGIN, **right).text
    assert Browser(two, source="127.0.1.2").send(LOGIN, **right).status == 302, "from elsewhere"
    for number in range(30):
        Browser(two, source=f"127.0.2.{number + 1}").send(LOGIN, username=curator.name, password="wrong")
    assert "too many attempts" in Browser(two, source="127.0.3.1").send(LOGIN, **right).text, "strangers are slowed"
    assert Browser(two, source="127.0.1.2").send(LOGIN, **right).status == 302, "and not whoever signed in from there"


def test_held_back_attempts_burn_no_processor(two: Service) -> None:
    """What is held back costs no hash: a hundred of these take less than five looks at a password would."""
    curator = SignedIn(two, "burnt")
    browser = Browser(two, source="127.0.4.1")
    looked, held = (_seconds_of(two, browser, curator.name, times) for times in (5, 5))
    assert held < looked / 2, (held, looked)


def _seconds_of(service: Service, browser: Browser, name: str, times: int) -> float:
    """The processor time of the workers for so many wrong passwords."""
    before = service.processor_seconds()
    for _ in range(times):
        browser.send(LOGIN, username=name, password="wrong")
    return service.processor_seconds() - before


LONG = {"reason": "x" * 501, "name_zh": "长" * 2001, "order": "9" * 5000, "code": "a\x00b"}


@pytest.mark.parametrize(("language", "words"), [("en", "There is no such page"), ("zh-CN", "没有这一页")])
def test_what_cannot_be_is_told_on_a_page_in_the_visitors_language(two: Service, language: str, words: str) -> None:
    curator, logged = SignedIn(two, f"hostile-{language}"), len(two.log.read_text())
    curator.language = language
    assert words in curator.get("/admin/nowhere/").text
    listed = "/admin/curation/change/", "/admin/indicators/topic/", "/admin/curation/importbatch/"
    asked = (
        "at__year=1",
        "p=²",
        f"p={'9' * 5000}",
        "o=²",
        "id__in=²",
        "code__regex=(",
        "q=%00",
        "id=1&page=" + "9" * 5000,
    )
    for path in [f"{path}?{query}" for path in listed for query in asked]:
        assert curator.get(path.replace("²", "%C2%B2")).status in (200, 302, 400, 404), path
    add = "/admin/indicators/topic/add/"
    for name, value in LONG.items():
        fields = {"code": "NEW", "name_zh": "新", "name_en": "New", "order": "9", "reason": "why", name: value}
        assert curator.send(add, **fields).status == 200, name
    curator.upload(SHEET, "长" * 201 + ".csv")
    assert ("longer than 200" if language == "en" else "超过 200 个字符") in curator.told()
    assert curator.send("/admin/curation/importbatch/999999/mend/", UPLOAD, **{"cell-²-x": "1"}).status == 404
    forged = curator.post(add, b"csrfmiddlewaretoken=none")
    assert forged == 403
    assert "Traceback" not in two.log.read_text()[logged:]
