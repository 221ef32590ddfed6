"""Statements that PostgreSQL plans once: to plan takes it four times as long as to answer a small question, each time anew.

Only who asks knows of a statement that one plan is good whatever its parameters are; all others are planned for theirs. Such a
statement goes to the server by libpq itself: psycopg's cursor, which waits in Python, and Django's around it cost as much as all that
the server does for it.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus

MOST = 200  # statements that a connection keeps


class PlannedOnce:
    """A connection whose server was told to plan once. It stands among Django's wrappers of the connection, and takes that back before
    the first statement that comes by any other way; so who asks alike again and again tells the server nothing.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection, self.opened = connection, connection.connection
        self._adapted = Transformer(self.opened)
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._made = 0
        self.is_told = False

    def rows(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        """The rows of a statement as Django writes it. Raises what Django raises for one of its own."""
        with self.connection.wrap_database_errors:
            if not self.is_told:
                self._tell("plan_cache_mode = force_generic_plan; SET max_parallel_workers_per_gather = 0")
                self.is_told = True
                self.connection.execute_wrappers.append(self)
            given = self._adapted.dump_sequence(parameters, [PyFormat.TEXT] * len(parameters))
            try:
                result = self._executed(sql, given)
            except (FeatureNotSupported, InvalidSqlStatementName):
                # A migration changed what a kept statement reads, or the server was told to forget it: it is made anew, once.
                if sql not in self._names:
                    raise
                self._forget(sql)
                result = self._executed(sql, given)
            self._adapted.set_pgresult(result)
            rows: list[Any] = self._adapted.load_rows(0, result.ntuples, tuple)
            self._adapted.set_pgresult(None)
            return rows

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:  # noqa: ANN401  # as Django calls its wrappers
        """What Django's own statement gives, executed once the server is told to plan for parameters again."""
        if self.connection.connection is self.opened:
            self._tell("plan_cache_mode = force_custom_plan; RESET max_parallel_workers_per_gather")
        if not self.connection.in_atomic_block:  # else it may be rolled back
            self.connection.execute_wrappers.remove(self)
            self.is_told = False
        return execute(*statement)

    def _tell(self, settings: str) -> None:
        """Set what the server keeps for this connection. Workers of its own would lose the order in which a plan finds its rows."""
        self.opened.pgconn.exec_(f"SET {settings}".encode())

    def _executed(self, sql: str, given: Sequence[Any]) -> Any:  # noqa: ANN401  # a PGresult, of what psycopg made of the parameters
        name = self._names.get(sql) or self._prepared(sql)
        self._names.move_to_end(sql)
        return self._good(self.opened.pgconn.exec_prepared(name, given))

    def _forget(self, sql: str) -> None:
        """Let go of a statement, which the server may not have any more."""
        self.opened.pgconn.exec_(b"DEALLOCATE " + self._names.pop(sql))

    def _prepared(self, sql: str) -> bytes:
        if len(self._names) >= MOST:
            self._forget(next(iter(self._names)))
        numbers = count(1)
        numbered = re.sub("%([%s])", lambda mark: "%" if mark[1] == "%" else f"${next(numbers)}", sql)
        self._made += 1
        name = f"planned_once_{self._made}".encode()
        self._good(self.opened.pgconn.prepare(name, numbered.encode()))
        self._names[sql] = name
        return name

    def _good(self, result: Any) -> Any:  # noqa: ANN401  # a PGresult, or what the server refused
        if self.opened.pgconn.status != ConnStatus.OK:
            raise OperationalError(result.get_error_message())
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            raise error_from_result(result, encoding=self.opened.info.encoding)
        return result


def planned_once(connection: Any) -> PlannedOnce | None:  # noqa: ANN401  # Django's, with what is kept on it
    """The connection as one that plans once; None in a transaction, and where Django keeps what it asks."""
    if connection.in_atomic_block or connection.queries_logged:
        return None
    connection.ensure_connection()
    known: PlannedOnce | None = getattr(connection, "planned_once", None)
    if known is None or known.opened is not connection.connection:
        if known in connection.execute_wrappers:
            connection.execute_wrappers.remove(known)
        known = connection.planned_once = PlannedOnce(connection)
    return known
