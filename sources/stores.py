"""What PostgreSQL and SQLite do each in its own way: named operations of a store, so that nobody else asks which of the two it is.

Landed migrations say for themselves what they do on either.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection as default_connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from sources.text import TextKind

if TYPE_CHECKING:
    from sources.planned import PlannedOnce

Rows = list[Sequence[Any]]


@lru_cache(maxsize=16)
def _listed(keys: tuple[int, ...]) -> str:
    """Keys with commas between them; those of a page are asked about by several statements in a row."""
    return ",".join(map(str, keys))


class Store(ABC):
    """One kind of store. What is done with a cursor is done in its transaction."""

    works_elsewhere = False  # in processes of its own, not in that of the question
    reads_ahead = False  # makes the next rows of a statement while the caller works on these
    plans_once = False  # a statement whose plan is good whatever its parameters are
    sorts_by_series = True  # need not sort the figures of series that it finds in the order of their keys

    # Bounds and locks ------------------------------------------------------------------------------------------------

    @abstractmethod
    def bound(self, cursor: CursorWrapper, statement_seconds: int, lock_seconds: int) -> None:
        """Bound how long the statements of a connection take, and wait for another's write."""

    @abstractmethod
    def giving_up(self, connection: BaseDatabaseWrapper, seconds: float) -> AbstractContextManager[None]:
        """Statements inside end after that time, with an error, where the connection is not bound by itself."""

    @abstractmethod
    def unbound(self, cursor: CursorWrapper) -> None:
        """Take the bounds from the rest of the transaction."""

    @abstractmethod
    def lock(self, cursor: CursorWrapper, number: int) -> None:
        """Hold the lock of this number, which one transaction has at a time, until the transaction ends."""

    @abstractmethod
    def see_one_moment(self, cursor: CursorWrapper) -> None:
        """Have the transaction, at its beginning, read all as of one moment, and write nothing."""

    @abstractmethod
    def check_references_last(self, cursor: CursorWrapper) -> None:
        """Have references between rows checked when the transaction ends."""

    @abstractmethod
    def take_references_as_checked(self, cursor: CursorWrapper) -> None:
        """Have no references checked in the rest of the transaction: for keys that were just read, hundreds of thousands of them."""

    # Reading ---------------------------------------------------------------------------------------------------------

    @abstractmethod
    def day_text(self, column: str) -> str:
        """The SQL of a column of days as texts, ISO 8601."""

    @abstractmethod
    def decimal_text(self, column: str, decimals: str) -> str:
        """The SQL of a column of decimals as texts with as many decimals as another column says; null where the value is."""

    @abstractmethod
    def exact_text(self, column: str) -> str:
        """The SQL of a column of decimals that are never null as texts with all of their decimals."""

    @abstractmethod
    def among(self, keys: Sequence[int], *, once: bool = False) -> tuple[str, str]:
        """The comparison with any of these keys, and its one parameter: a text, for that is what costs many keys the least.

        It is spelled for a plan for just these keys, or for one that is made `once`, without knowing how many there will be.
        """

    def rows_of(self, sql: str, width: int, fetch: Callable[[str], Rows]) -> Rows:
        """The rows, of so many columns, that `fetch` gets of a statement."""
        return fetch(sql)

    def planned_once(self, connection: BaseDatabaseWrapper) -> PlannedOnce | None:
        """The connection for statements that are planned once; None where each is planned for itself."""
        return None

    # Writing ---------------------------------------------------------------------------------------------------------

    @abstractmethod
    def write(self, cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add rows to a table, by the quickest way there is; both are named as they stand in SQL."""

    @abstractmethod
    def day(self, text: str) -> str:
        """An expression of a text, ISO 8601, as a day to be written."""

    @abstractmethod
    def next_keys(self, cursor: CursorWrapper, table: str, count: int) -> list[int]:
        """So many primary keys that no row has or will be given."""

    @abstractmethod
    def analyse(self, cursor: CursorWrapper, tables: Sequence[str]) -> None:
        """Tell the planner of tables that much was just written to; until the next vacuum it would plan for few rows."""

    @abstractmethod
    def settle(self, cursor: CursorWrapper) -> None:
        """Bring everything to where it is in a store that has been running for a while; outside of a transaction."""

    # Columns ---------------------------------------------------------------------------------------------------------

    @abstractmethod
    def text_rules(self, column: str, kind: TextKind, most: int | None) -> dict[str, str]:
        """What of Django's parameters of a column keeps a text: what it holds, its length, and its order by code point."""

    def whole_number_rules(self, column: str, most: int) -> dict[str, str]:
        """What of Django's parameters of a column keeps a whole number from zero to `most`, where its type does not."""
        return {}

    @abstractmethod
    def renew_rules(self, editor: BaseDatabaseSchemaEditor, model: type[Model], checks: dict[str, str]) -> None:
        """Bring a table under the checks of its columns (column → check) that hold now."""


class PostgreSQL(Store):
    """A server with a clock, locks and cursors of its own."""

    works_elsewhere = True
    reads_ahead = True
    plans_once = True
    sorts_by_series = False

    def bound(self, cursor: CursorWrapper, statement_seconds: int, lock_seconds: int) -> None:
        for name, seconds in (("statement_timeout", statement_seconds), ("lock_timeout", lock_seconds)):
            cursor.execute("SELECT set_config(%s, %s, false)", [name, f"{seconds}s"])

    def giving_up(self, connection: BaseDatabaseWrapper, seconds: float) -> AbstractContextManager[None]:
        return nullcontext()

    def unbound(self, cursor: CursorWrapper) -> None:
        cursor.execute("SET LOCAL statement_timeout = 0")

    def lock(self, cursor: CursorWrapper, number: int) -> None:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])

    def see_one_moment(self, cursor: CursorWrapper) -> None:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def check_references_last(self, cursor: CursorWrapper) -> None:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    def take_references_as_checked(self, cursor: CursorWrapper) -> None:
        cursor.execute("SET LOCAL session_replication_role = replica")

    def day_text(self, column: str) -> str:
        return f"{column}::text"

    def decimal_text(self, column: str, decimals: str) -> str:
        return f"round({column}, {decimals})::text"

    def exact_text(self, column: str) -> str:
        return f"{column}::text"

    def among(self, keys: Sequence[int], *, once: bool = False) -> tuple[str, str]:
        """A plan that expects few keys may go through all that are given for each row that it looks at, but not through a subquery."""
        comparison = "IN (SELECT unnest(%s::bigint[]))" if once else "= ANY(%s::bigint[])"
        return comparison, f"{{{_listed(tuple(keys))}}}"

    def planned_once(self, connection: BaseDatabaseWrapper) -> PlannedOnce | None:
        from sources.planned import planned_once  # noqa: PLC0415  # which needs what SQLite does not

        return planned_once(connection)

    def write(self, cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        copying = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with cursor.db.wrap_database_errors, cursor.copy(copying) as copy:
            for row in rows:
                copy.write_row(row)

    def day(self, text: str) -> str:
        return f"({text})::date"

    def next_keys(self, cursor: CursorWrapper, table: str, count: int) -> list[int]:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [key for (key,) in cursor.fetchall()]

    def analyse(self, cursor: CursorWrapper, tables: Sequence[str]) -> None:
        cursor.execute(f"ANALYZE {', '.join(tables)}")

    def settle(self, cursor: CursorWrapper) -> None:
        cursor.execute("VACUUM ANALYZE")

    def text_rules(self, column: str, kind: TextKind, most: int | None) -> dict[str, str]:
        """It refuses over-long text by itself; NUL and halves of pairs cannot reach it at all."""
        ranges = ((max(first, 1), last) for first, last in kind.refused if first != 0xD800)
        spelt = "".join(f"\\u{first:04X}-\\u{last:04X}" for first, last in ranges)
        return {"collation": "C", "check": f"{column} !~ '[{spelt}]'"}

    def renew_rules(self, editor: BaseDatabaseSchemaEditor, model: type[Model], checks: dict[str, str]) -> None:
        quote, changes = editor.quote_name, []
        for column, check in checks.items():
            name = quote(f"{model._meta.db_table}_{column}_check")  # as PostgreSQL calls the CHECK of a column
            changes += [f"DROP CONSTRAINT IF EXISTS {name}", f"ADD CONSTRAINT {name} CHECK ({check})"]
        editor.execute(f"ALTER TABLE {quote(model._meta.db_table)} {', '.join(changes)}")


class SQLite(Store):
    """A file, read and written in the process of the question; it has one writer."""

    def bound(self, cursor: CursorWrapper, statement_seconds: int, lock_seconds: int) -> None:
        """Bounds the waiting for another's write alone: SQLite has no clock for statements, so `giving_up` asks now and then."""
        cursor.execute(f"PRAGMA busy_timeout = {lock_seconds * 1000}")

    @contextmanager
    def giving_up(self, connection: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
        connection.ensure_connection()
        opened, deadline = connection.connection, time.monotonic() + seconds
        opened.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
        try:
            yield
        finally:
            opened.set_progress_handler(None, 0)

    def unbound(self, cursor: CursorWrapper) -> None:
        """There is no bound but that of `giving_up`."""

    def lock(self, cursor: CursorWrapper, number: int) -> None:
        """Does nothing: a transaction that writes is the lock, for SQLite has one writer."""

    def see_one_moment(self, cursor: CursorWrapper) -> None:
        """Does nothing: every transaction of SQLite sees one moment."""

    def check_references_last(self, cursor: CursorWrapper) -> None:
        """Does nothing: Django declares references so that SQLite checks them last."""

    def take_references_as_checked(self, cursor: CursorWrapper) -> None:
        """Does nothing: SQLite checks references when the transaction ends, in any case."""

    def day_text(self, column: str) -> str:
        return f"{column} || ''"

    def decimal_text(self, column: str, decimals: str) -> str:
        return f"CASE WHEN {column} IS NOT NULL THEN printf('%%.*f', {decimals}, {column} + 0) END"

    def exact_text(self, column: str) -> str:
        return f"printf('%%.9f', {column})"

    def among(self, keys: Sequence[int], *, once: bool = False) -> tuple[str, str]:
        return "IN (SELECT value FROM json_each(%s))", f"[{_listed(tuple(keys))}]"

    def rows_of(self, sql: str, width: int, fetch: Callable[[str], Rows]) -> Rows:
        """As one value that SQLite puts together.

        Python's sqlite3 gives up the interpreter's lock and waits for it again with every row that it steps to: with four
        threads that takes twice the time of the rows themselves (docs/performance.md).
        """
        names = ", ".join(f"c{number}" for number in range(width))
        whole = f"WITH page({names}) AS ({sql}) SELECT json_group_array(json_array({names})) FROM page"
        rows: Rows = orjson.loads(fetch(whole)[0][0])
        return rows

    def write(self, cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        places = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", list(rows))

    def day(self, text: str) -> str:
        return text

    def next_keys(self, cursor: CursorWrapper, table: str, count: int) -> list[int]:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
        return list(range(last + 1, last + 1 + count))

    def analyse(self, cursor: CursorWrapper, tables: Sequence[str]) -> None:
        """It plans by what `settle` found, or without."""

    def settle(self, cursor: CursorWrapper) -> None:
        cursor.execute("ANALYZE")

    def text_rules(self, column: str, kind: TextKind, most: int | None) -> dict[str, str]:
        """It sorts by code point, and takes text of any length and values of any type.

        GLOB ends at NUL and takes U+FFFE and U+FFFF for U+FFFD, so these are looked for by themselves.
        """
        codes = [ord(character) for character in "*["]
        for first, last in kind.refused:
            if last < 0xD800:
                codes += [max(first, 1), ord("-"), last]
        codes += [ord(character) for character in "]*"]
        alone = " AND ".join(f"instr({column}, char({code})) = 0" for code in (0, 0xFFFE, 0xFFFF))
        is_text = f"{alone} AND {column} NOT GLOB char({', '.join(map(str, codes))})"
        return {"check": f"(length({column}) <= {most} AND typeof({column}) IN ('text', 'null') AND {is_text})"}

    def whole_number_rules(self, column: str, most: int) -> dict[str, str]:
        return {"check": f"({column} BETWEEN 0 AND {most} AND typeof({column}) IN ('integer', 'null'))"}

    def renew_rules(self, editor: BaseDatabaseSchemaEditor, model: type[Model], checks: dict[str, str]) -> None:
        """The one way to another CHECK, and what Django does itself for a field that changed."""
        editor._remake_table(model)  # type: ignore[attr-defined]


STORES: dict[str, Store] = {"postgresql": PostgreSQL(), "sqlite": SQLite()}


@cache
def _default() -> Store:
    return STORES[default_connection.vendor]


def store(connection: Any = None) -> Store:
    """The store that a connection goes to; by default that of the service, which stays what it is."""
    return _default() if connection is None else STORES[connection.vendor]
