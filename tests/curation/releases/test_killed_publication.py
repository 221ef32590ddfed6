"""A step towards the public that is killed at any instant leaves the store as it was before it, or after it.

A few instants are tried here; `make drill` sets DRILL=1 and tries every one, of review with publication, roll-back and seed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import seeded

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
def store(tmp_path: Path) -> Iterator[str]:
    """The address of a seeded store of its own, of the kind that is being tested."""
    with seeded.copy_of(os.environ["DATABASE_URL"], tmp_path) as url:
        yield url


@pytest.fixture
def empty_store(store: str) -> str:
    """The address of a migrated one."""
    emptied = run(store, "manage.py", "flush", "--no-input", "-v0")
    assert emptied.returncode == 0, emptied.stderr
    return store


def test_a_killed_publication_leaves_the_old_release_or_the_new_one(store: str) -> None:
    assert taken(store, "publication", 5, 25).startswith("publication: some")


@pytest.mark.skipif(not DRILL, reason="minutes: `make drill`")
def test_a_step_killed_before_any_of_its_statements_leaves_all_or_nothing(store: str) -> None:
    for way in WAYS:
        sys.stdout.write(taken(store, way))


@pytest.mark.skipif(not DRILL, reason="minutes: `make drill`")
def test_an_empty_store_is_filled_whole_or_not_at_all(empty_store: str) -> None:
    sys.stdout.write(taken(empty_store, "filling"))
