"""A store as an earlier landing left it: the statements that made its tables, on either kind of store, and its rows.

Nothing of today's models or migrations takes part in bringing one back, so that it is what stands on somebody's server. A
landing is a ZIP: `sqlite.json` and `postgresql.json` are the statements, as its own `migrate` executed them; `{table}.jsonl`
is a line of the table's columns and one line a row, as SQLite holds them.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

Rows = list[tuple[Any, ...]]

# What PostgreSQL has of tables beside their rows; SQLite keeps the statements themselves.
POSTGRES_SCHEMA = """
SELECT format('%s.%s %s', attrelid::regclass, attname, concat_ws(' ', format_type(atttypid, atttypmod), attnotnull,
       attidentity, pg_get_expr(adbin, adrelid), nullif(attcollation, 0)::regcollation))
  FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE attnum > 0 AND NOT attisdropped AND attrelid IN
       (SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)
UNION ALL
SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
"""

PART = r', (?=(?:"|CONSTRAINT|UNIQUE|CHECK))'


@dataclass(frozen=True)
class Landing:
    """The statements of each kind of store (`sqlite`, `postgresql`), and table → its columns and rows."""

    statements: dict[str, list[str]]
    tables: dict[str, tuple[list[str], Rows]]

    @classmethod
    def read(cls, path: Path) -> Landing:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            statements = {name[:-5]: json.loads(archive.read(name)) for name in names if name.endswith(".json")}
            tables = {}
            for name in (name for name in names if name.endswith(".jsonl")):
                columns, *rows = map(json.loads, archive.read(name).decode().splitlines())
                tables[name[:-6]] = columns, [tuple(row) for row in rows]
        return cls(statements, tables)

    def write(self, path: Path) -> None:
        """Keep it, in few bytes."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
            for kind, statements in self.statements.items():
                archive.writestr(f"{kind}.json", json.dumps(statements, indent=0))
            for table, (columns, rows) in self.tables.items():
                lines = (json.dumps(line, ensure_ascii=False) for line in (columns, *rows))
                archive.writestr(f"{table}.jsonl", "\n".join(lines))

    def bring_back(self, url: str) -> None:
        """Make an empty store the store that it was."""
        with connected(url) as store:
            for statement in self.statements[kind_of(url)]:
                store.execute(statement)
        with connected(url) as store:  # each row may come before what it refers to, until the end of the transaction
            for table, (columns, rows) in self.tables.items():
                _insert(store, table, columns, rows)


def kind_of(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgresql"


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A connection past Django, committed at the end: `sqlite3`'s or psycopg's."""
    if kind_of(url) == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as in_sqlite, in_sqlite:
            yield in_sqlite
    else:
        with psycopg.connect(url) as in_postgres:
            yield in_postgres


def tables_of(url: str) -> dict[str, tuple[list[str], Rows]]:
    """Table → its columns and rows, of a store in SQLite; sessions are nobody's data."""
    tables = {}
    with connected(url) as store:
        for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
            if not name.startswith("sqlite_") and name != "django_session":
                found = store.execute(f'SELECT * FROM "{name}" ORDER BY rowid')
                tables[name] = [column[0] for column in found.description], found.fetchall()
    return tables


def rows_of(url: str, columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Table → its rows in these columns, as text: what can be compared before and after."""
    with connected(url) as store:
        return {
            table: [repr(row) for row in store.execute(f'SELECT {_listed(names)} FROM "{table}" ORDER BY 1').fetchall()]
            for table, names in columns.items()
        }


def schema_of(url: str) -> list[str]:
    """Every column, constraint and index of a store; of SQLite a line a table, with its columns and constraints in order."""
    with connected(url) as store:
        if kind_of(url) == "sqlite":
            found = store.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
        else:
            found = store.execute(POSTGRES_SCHEMA)
        return sorted(_ordered(line) for (line,) in found.fetchall())


def _ordered(statement: str) -> str:
    """A statement that makes a table, with its parts in order: SQLite keeps the one in which they came."""
    if not statement.startswith("CREATE TABLE"):
        return statement
    head, _, parts = statement.partition("(")
    return f"{head}({', '.join(sorted(re.split(PART, parts.removesuffix(')'))))})"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _insert(store: Any, table: str, columns: list[str], rows: Rows) -> None:
    into = f'INSERT INTO "{table}" ({_listed(columns)}) VALUES'
    if isinstance(store, sqlite3.Connection):
        store.executemany(f"{into} ({', '.join('?' * len(columns))})", rows)
        return
    found = store.execute("SELECT attname, atttypid FROM pg_attribute WHERE attrelid = %s::regclass", [f'"{table}"'])
    types = dict(found.fetchall())
    bool_oid = psycopg.adapters.types["bool"].oid
    flags = [types[name] == bool_oid for name in columns]
    with store.cursor() as cursor:
        cursor.executemany(
            f"{into} ({', '.join(['%s'] * len(columns))})",
            [[bool(cell) if flag and cell is not None else cell for cell, flag in zip(row, flags, strict=True)]
             for row in rows],
        )  # fmt: skip
    if rows and "id" in columns:
        number = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}")
        store.execute(number.format(sql.Literal(f'"{table}"'), sql.Identifier(table)))
