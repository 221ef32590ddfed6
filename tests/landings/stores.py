"""Stores of a test's own, of the kind that is being tested: empty ones, gone with the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


@contextmanager
def postgres_store(server: str, called: str) -> Iterator[str]:
    """The address of an empty database beside the one of this address."""
    parts = urlsplit(server)
    name = f"hunan_{called}_{os.getpid()}"
    beside = {at: urlunsplit(parts._replace(path=f"/{at}")) for at in ("postgres", name)}
    with psycopg.connect(beside["postgres"], autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
        )
        try:
            yield beside[name]
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
