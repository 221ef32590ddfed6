"""Stores of a test's own, of the kind that is being tested: empty ones, gone with the test, and this process beside one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql

from tests.conftest import keep_again, kept_now


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


@contextmanager
def beside(url: str) -> Iterator[None]:
    """Django's connection leads to the store of this address, of the kind that is being tested; nothing of it is kept after that."""
    ours, kept = connections[DEFAULT_DB_ALIAS], kept_now()
    connections[DEFAULT_DB_ALIAS] = theirs = ours.copy()
    name = url.removeprefix("sqlite:///") if theirs.vendor == "sqlite" else urlsplit(url).path.removeprefix("/")
    theirs.settings_dict["NAME"] = name
    try:
        ContentType.objects.clear_cache()
        keep_again({})
        yield
    finally:
        theirs.close()
        connections[DEFAULT_DB_ALIAS] = ours
        ContentType.objects.clear_cache()
        keep_again(kept)
