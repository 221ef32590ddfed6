"""The store of the tests: the curated tables as release 2026-R1, made once and copied for whoever needs it.

A copy takes a tenth of a second, where migrating and seeding take ten. What copies are made of is kept until something that
made it changes: in SQLite a file in var/tests, on PostgreSQL a database, which `make test` drops at its end; and beside either
the statements that made its tables, for `make landing`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "var" / "tests"
# What decides how a seeded store looks: imports go down only, so nothing of api/ does.
DECIDING = (
    "curation",
    "policies",
    "indicators",
    "regions",
    "sources",
    "config/settings.py",
    "fixtures",
    "requirements/run.lock",
    "tests/landings/begin.py",
)


@cache
def digest() -> str:
    """Of all that decides how a seeded store looks."""
    taken = hashlib.sha256(sys.version.encode())
    for name in DECIDING:
        part = ROOT / name
        files = [part] if part.is_file() else sorted(part.rglob("*"))
        for file in files:
            if file.suffix in {".py", ".csv", ".yaml", ".json", ".lock"}:
                taken.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return taken.hexdigest()[:12]


def begun(url: str, *options: str) -> bytes:
    """What tests/landings/begin.py prints beside this store: without options it migrates and seeds an empty one."""
    command = [sys.executable, "-m", "tests.landings.begin", *options]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return done.stdout


def statements(kind: str) -> Path:
    """Where the statements are kept that made the tables of the seeded store in `sqlite` or `postgresql`."""
    return KEPT / f"{kind}-{digest()}.json"


@cache
def in_sqlite() -> Path:
    """The file with the seeded store, made if there is none of this digest. Of several that ask at once one makes it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = KEPT / f"seeded-{digest()}.sqlite3"
        if not file.exists():
            for left in (*KEPT.glob("*.sqlite3*"), *KEPT.glob("sqlite-*.json")):
                left.unlink()
            made = KEPT / "making.sqlite3"
            statements("sqlite").write_bytes(begun(f"sqlite:///{made}"))
            with closing(sqlite3.connect(made)) as store:  # one file, whose log is written into it
                store.execute("PRAGMA journal_mode=DELETE")
            made.rename(file)
    return file


@cache
def in_postgres(url: str) -> str:
    """The name of the database with the seeded store, made if there is none of this digest, beside the one of this address."""
    stem = f"test_{database_of(url)}_seeded_"
    name = f"{stem}{digest()}"
    with server_of(url) as server:
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [stem])  # let go with the connection
        if name not in databases(server, stem, complete=True) or not statements("postgresql").exists():
            drop(server, *databases(server, stem))
            create(server, name, "template0")
            KEPT.mkdir(parents=True, exist_ok=True)
            for left in KEPT.glob("postgresql-*.json"):
                left.unlink()
            statements("postgresql").write_bytes(begun(beside(url, name)))
            with psycopg.connect(
                beside(url, name), autocommit=True
            ) as store:  # as a server does within a minute by itself
                store.execute("VACUUM ANALYZE")
            server.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(name)))
    return name


def forget(url: str) -> None:
    """Drop the database with the seeded store."""
    with server_of(url) as server:
        drop(server, *databases(server, f"test_{database_of(url)}_seeded_"))


@contextmanager
def copy_of(url: str, folder: Path) -> Iterator[str]:
    """The address of a copy of the seeded store, gone with the context: a file in this folder, or a database beside that of the address."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{shutil.copyfile(in_sqlite(), folder / 'copy.sqlite3')}"
        return
    template, name = in_postgres(url), f"test_{database_of(url)}_copy_{secrets.token_hex(4)}"
    with server_of(url) as server:
        create(server, name, template)
        try:
            yield beside(url, name)
        finally:
            drop(server, name)


@contextmanager
def copied() -> Iterator[None]:
    """Django's connection leads to a copy of the seeded store, until this ends."""
    was = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        connection.settings_dict["NAME"] = f"file:tests_{os.getpid()}?mode=memory&cache=shared"
        copy_again()
        yield
    else:
        url = os.environ["DATABASE_URL"]
        connection.settings_dict["NAME"] = f"test_{database_of(url)}_{os.getpid()}"
        copy_again()
        yield
        connection.close()
        with server_of(url) as server:
            drop(server, connection.settings_dict["NAME"])
    connection.settings_dict["NAME"] = was


def copy_again() -> None:
    """The store of Django's connection becomes a copy of the seeded one, whatever it was."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(f"file:{in_sqlite()}?mode=ro&immutable=1", uri=True)) as seeded:
            seeded.backup(connection.connection)
        return
    url, name = os.environ["DATABASE_URL"], connection.settings_dict["NAME"]
    template = in_postgres(url)
    connection.close()
    with server_of(url) as server:
        drop(server, name)
        create(server, name, template)


# PostgreSQL ------------------------------------------------------------------------------------------------------------


def database_of(url: str) -> str:
    """The name in an address."""
    return urlsplit(url).path.removeprefix("/")


def beside(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def server_of(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the server of an address, past all stores of tests."""
    with psycopg.connect(beside(url, "postgres"), autocommit=True) as server:
        yield server


def databases(server: psycopg.Connection[Any], stem: str, *, complete: bool = False) -> list[str]:
    """The databases whose name begins so; with `complete` only those that may be copied."""
    found = server.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND (datistemplate OR NOT %s)", [stem, complete]
    )
    return [name for (name,) in found.fetchall()]


def create(server: psycopg.Connection[Any], name: str, template: str) -> None:
    """A new database, a copy of another one."""
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
    server.execute(command.format(sql.Identifier(name), sql.Identifier(template)))


def drop(server: psycopg.Connection[Any], *names: str) -> None:
    """Drop these databases, those of them that are there, whoever is connected to them."""
    for name in names:
        if name in databases(server, name):
            server.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


if __name__ == "__main__":  # made beforehand, so that no test waits for it
    in_postgres(os.environ["DATABASE_URL"])
