"""Statements that read columns of records by keys, put together once: that takes Django longer than the store to answer them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from sources.stores import store

Records = Callable[[], QuerySet[Any]]


class Statement:
    """What reads columns of the records that some keys lead to.

    `owner` leads from a record to what has the key, in whose order the records come first, then in their own; "pk" is their own.
    """

    ANY: ClassVar = [-1]  # stands for the keys

    def __init__(self, records: QuerySet[Any], owner: str, columns: Sequence[str]) -> None:
        self.columns = tuple(dict.fromkeys((owner, *columns)))
        order = records.query.order_by or records.model._meta.ordering
        path = owner if owner == "pk" else f"{owner}__pk"
        found = records.filter(**{f"{path}__among": self.ANY}).order_by(path, *(() if owner == "pk" else order))
        self.compiler = found.values_list(*self.columns).query.get_compiler(connection=connection)
        self.sql, self.parameters = self.compiler.as_sql()
        self.place = self.parameters.index(store().among(self.ANY)[1])
        self.converters = self.compiler.get_converters([part[0] for part in self.compiler.select])

    def read(self, keys: Sequence[int]) -> dict[str, Sequence[Any]]:
        """The columns by name, each with a value a row."""
        given = store().among(list(keys))[1]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, (*self.parameters[: self.place], given, *self.parameters[self.place + 1 :]))
            columns: list[Sequence[Any]] = list(zip(*cursor.fetchall(), strict=True))
        if not columns:
            return dict.fromkeys(self.columns, ())
        for place, (converters, expression) in self.converters.items():
            for convert in converters:
                columns[place] = [convert(value, expression, connection) for value in columns[place]]
        return dict(zip(self.columns, columns, strict=False))  # after them may stand what they are ordered by

    def rows(self, keys: Sequence[int]) -> list[tuple[Any, ...]]:
        """The same a row at a time, each a tuple of `columns`."""
        return list(zip(*self.read(keys).values(), strict=True))


@lru_cache(maxsize=2000)
def _statement(records: Records, owner: str, columns: tuple[str, ...], _store: str, _today: datetime.date) -> Statement:
    return Statement(records(), owner, columns)


def statement(records: Records, owner: str, columns: tuple[str, ...]) -> Statement:
    """The Statement of these records, which may depend on what day it is and on nothing else."""
    return _statement(records, owner, columns, connection.vendor, timezone.localdate())
