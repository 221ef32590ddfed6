"""Stores that are made for one attack and go with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg import sql


def is_sqlite() -> bool:
    """Whether it is the half of the drill on SQLite."""
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("sqlite3")


@contextmanager
def empty_store(folder: Path, name: str) -> Iterator[str]:
    """The address of an empty store of the kind that is being tested."""
    if is_sqlite():
        yield f"sqlite:///{folder}/{name}.sqlite3"
        return
    with empty_database(os.environ["TEST_POSTGRES_URL"], name) as address:
        yield address


@contextmanager
def empty_database(beside: str, name: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database, called like another and `name`."""
    beside, own = beside.rpartition("/")[2].partition("?")[0], beside
    called = f"{beside}_{name}"
    with psycopg.connect(own.replace(beside, "postgres"), autocommit=True) as server:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(called))
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(called)))
        try:
            yield own.replace(beside, called)
        finally:
            server.execute(drop)
