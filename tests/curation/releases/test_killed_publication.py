"""A step towards the public that is killed at any instant leaves the store as it was before it, or after it.

A few instants are tried here; `make drill` sets DRILL=1 and tries every one, of review with publication, roll-back and seed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

ROOT = Path(__file__).resolve().parents[3]
DRILL = os.environ.get("DRILL") == "1"
MINUTES = 15
WAYS = (
    "command", "sending", "approval", "publication", "roll-back", "rolled-back", "seeding", "seeding-at-once",
)  # fmt: skip
pytestmark = pytest.mark.django_db


def run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": url, "SECRET_KEY": "x", "HTTPS": "false"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=MINUTES * 60,
        check=False,
    )


def taken(url: str, way: str, *instants: int) -> str:
    """What killed_publication.py says of a way that it took."""
    done = run(url, str(ROOT / "tests" / "curation" / "releases" / "killed_publication.py"), way, *map(str, instants))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[str]:
    """The address of a migrated store of its own, of the kind that is being tested."""
    for url in _sqlite(tmp_path) if connection.vendor == "sqlite" else _postgres():
        migrated = run(url, "manage.py", "migrate", "--no-input", "-v0")
        assert migrated.returncode == 0, migrated.stderr
        yield url


@pytest.fixture
def store(empty_store: str) -> str:
    """The address of a seeded one."""
    seeded = run(empty_store, "manage.py", "seed")
    assert seeded.returncode == 0, seeded.stderr
    return empty_store


def _sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'data.sqlite3'}"


def _postgres() -> Iterator[str]:
    held = settings.DATABASES["default"]
    address = {
        key: held[name]
        for key, name in (("host", "HOST"), ("port", "PORT"), ("user", "USER"), ("password", "PASSWORD"))
        if held[name]
    }
    name = f"{connection.settings_dict['NAME']}_killed"
    with psycopg.connect(dbname="postgres", autocommit=True, **address) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
        host = held["HOST"]
        place = f"/{name}?host={host}" if host.startswith("/") else f"{host}:{held['PORT'] or 5432}/{name}"
        password = f":{held['PASSWORD']}" if held["PASSWORD"] else ""
        try:
            yield f"postgres://{held['USER']}{password}@{place}"
        finally:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.skipif(
    not DRILL and connection.vendor == "postgresql", reason="a store of its own takes long: `make drill`"
)
def test_a_killed_publication_leaves_the_old_release_or_the_new_one(store: str) -> None:
    assert taken(store, "publication", 5, 25).startswith("publication: some")


@pytest.mark.skipif(not DRILL, reason="minutes: `make drill`")
def test_a_step_killed_before_any_of_its_statements_leaves_all_or_nothing(store: str) -> None:
    for way in WAYS:
        sys.stdout.write(taken(store, way))


@pytest.mark.skipif(not DRILL, reason="minutes: `make drill`")
def test_an_empty_store_is_filled_whole_or_not_at_all(empty_store: str) -> None:
    sys.stdout.write(taken(empty_store, "filling"))
