"""Statements that read columns of records by keys, put together once: that takes Django longer than the store to answer them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from sources.stores import store

Records = Callable[[], QuerySet[Any]]


def fetch_planned_once(sql: str, parameters: Sequence[Any]) -> list[Any]:
    """All rows of a statement that is asked again and again, and of which one plan is good for all parameters."""
    if settings.PLAN_ONCE and (planned := store().planned_once(connection)):
        return planned.rows(sql, parameters)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[Any] = cursor.fetchall()
    return rows


class Statement:
    """What reads columns of the records that some keys lead to.

    `owner` leads from a record to what has the key, in whose order the records come first, then in their own; "pk" is their own.
    """

    ANY: ClassVar = [-1]  # stands for the keys

    def __init__(self, records: QuerySet[Any], owner: str, columns: Sequence[str]) -> None:
        self.columns = tuple(dict.fromkeys((owner, *columns)))
        path = owner if owner == "pk" else f"{owner}__pk"
        order = () if owner == "pk" else (path, *(records.query.order_by or records.model._meta.ordering))
        asked = records.filter(**{f"{path}__among_any": self.ANY}).order_by(*order)
        compiler = asked.values_list(*self.columns).query.get_compiler(connection=connection)
        self.sql, self.parameters = compiler.as_sql()
        self.place = self.parameters.index(store().among(self.ANY)[1])
        self.converters = compiler.get_converters([part[0] for part in compiler.select])
        self.is_plain = not self.converters and not asked.query.distinct

    def read(self, keys: Sequence[int]) -> dict[str, Sequence[Any]]:
        """The rows that these keys lead to, as columns by name with a value for each row."""
        return self._by_column(self._fetch(keys))

    def read_in_order(self, keys: Sequence[int]) -> dict[str, Sequence[Any]]:
        """The columns of the records with these keys, one value for each key in the order of the keys.

        Raises KeyError for one that is not there.
        """
        held = {row[0]: row for row in self._fetch(keys)}
        return self._by_column([held[key] for key in keys])

    def rows(self, keys: Sequence[int]) -> list[tuple[Any, ...]]:
        """The rows that these keys lead to, each a tuple of `columns`."""
        rows = self._fetch(keys)
        return rows if self.is_plain else list(zip(*self._by_column(rows).values(), strict=True))

    def _fetch(self, keys: Sequence[int]) -> list[tuple[Any, ...]]:
        before, given, after = self.parameters[: self.place], store().among(keys)[1], self.parameters[self.place + 1 :]
        return fetch_planned_once(self.sql, (*before, given, *after))

    def _by_column(self, rows: Sequence[tuple[Any, ...]]) -> dict[str, Sequence[Any]]:
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(self.columns)
        for place, (converters, expression) in self.converters.items():
            for convert in converters:
                columns[place] = [convert(value, expression, connection) for value in columns[place]]
        # Of distinct rows, what they are ordered by stands after them.
        return dict(zip(self.columns, columns, strict=False))


class KeysInOrder:
    """The keys of records in their order: a page of them, and how many they are."""

    def __init__(self, records: QuerySet[Any]) -> None:
        keys = records.values_list("pk")
        self.sql, self.parameters = keys.query.get_compiler(connection=connection).as_sql()
        self.counting = keys.order_by().query.get_compiler(connection=connection).as_sql()

    def __getitem__(self, page: slice) -> list[int]:
        bounds = (page.stop - page.start, page.start)
        rows = fetch_planned_once(f"{self.sql} LIMIT %s OFFSET %s", (*self.parameters, *bounds))
        return [key for key, *_ in rows]

    def count(self) -> int:
        sql, parameters = self.counting
        number: int = fetch_planned_once(f"SELECT count(*) FROM ({sql}) counted", parameters)[0][0]
        return number


@lru_cache(maxsize=2000)
def _statement(records: Records, owner: str, columns: tuple[str, ...], _store: str, _today: datetime.date) -> Statement:
    return Statement(records(), owner, columns)


def statement(records: Records, owner: str, columns: tuple[str, ...]) -> Statement:
    """The Statement of these records, which may depend on what day it is and on nothing else."""
    return _statement(records, owner, columns, connection.vendor, timezone.localdate())
