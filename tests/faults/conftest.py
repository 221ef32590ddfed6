"""Attacks on the service as `make run` starts it, on a port and a store of its own. They take minutes: `make drill` sets DRILL=1."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks import stores
from tests.faults.databases import empty_database, empty_store, is_sqlite
from tests.faults.service import Service, running

collect_ignore_glob = [] if os.environ.get("DRILL") == "1" else ["test_*.py"]


@pytest.fixture(scope="session")
def figures() -> Iterator[str]:
    """The address of a store with many made-up figures, of the kind that is being tested: a million in SQLite, kept for the
    next time; in PostgreSQL, where they take longer to make, 200,000, which go with the tests.
    """
    if is_sqlite():
        yield stores.sqlite(1_000_000)
        return
    with empty_database(os.environ["TEST_POSTGRES_URL"], "bench_drill") as address:
        stores.fill(address, 200_000)
        yield address


@pytest.fixture(scope="module")
def service(figures: str, tmp_path_factory: Any) -> Iterator[Service]:
    """The service on that store, with nothing limited that one address may ask."""
    with running(figures, tmp_path_factory.mktemp("service"), RATE_LIMIT="1000000/min") as started:
        yield started


@pytest.fixture(scope="module")
def own_store(tmp_path_factory: Any) -> Iterator[str]:
    """The address of an empty store."""
    with empty_store(tmp_path_factory.mktemp("store"), "drill") as address:
        yield address


@pytest.fixture(scope="module")
def pair(own_store: str, tmp_path_factory: Any) -> Iterator[Service]:
    """The service with two workers, which takes 100 requests an hour of an address, on a seeded store."""
    with running(own_store, tmp_path_factory.mktemp("pair"), workers=2, RATE_LIMIT="100/hour") as started:
        yield started
