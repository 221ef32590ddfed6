"""Rows written straight into a table, for hundreds of thousands at a time: COPY on PostgreSQL, one prepared statement on SQLite.

Django's `bulk_create` makes a record of each row and writes its placeholders out, which takes three times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.db import connection, models

from sources.stores import store


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of values, in the order of `columns` (field names, `_id` for a foreign key).

    All constraints hold; Django's IntegrityError where one does not. What models do in `save` is not done.
    """
    fields: list[Any] = [model._meta.get_field(name.removesuffix("_id")) for name in columns]
    preparing = [_preparing(field) for field in fields]
    prepared = ([prepare(value) for prepare, value in zip(preparing, row, strict=True)] for row in rows)
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        store().write(cursor, quote(model._meta.db_table), [quote(field.column) for field in fields], prepared)


def update(model: type[models.Model], column: str, values: Mapping[int, Any]) -> None:
    """Set one column of rows, each to its own value: primary key → value. What models do in `save` is not done."""
    field: Any = model._meta.get_field(column)
    quote, prepare = connection.ops.quote_name, _preparing(field)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {quote(field.column)} = %s WHERE id = %s",
            [(prepare(value), key) for key, value in values.items()],
        )


def analyse(*written: type[models.Model]) -> None:
    """Tell the store's planner of tables that much was just written to."""
    with connection.cursor() as cursor:
        store().analyse(cursor, [connection.ops.quote_name(model._meta.db_table) for model in written])


def next_keys(model: type[models.Model], count: int) -> list[int]:
    """So many primary keys that no row has or will be given; inside of a transaction that writes."""
    with connection.cursor() as cursor:
        return store().next_keys(cursor, model._meta.db_table, count)


def _preparing(field: Any) -> Callable[[Any], Any]:
    """How a field's values become what the store takes."""
    if isinstance(field, models.JSONField):
        return lambda value: None if value is None else orjson.dumps(value, default=dict).decode()
    if isinstance(field, models.DateField | models.DecimalField):
        return lambda value: field.get_db_prep_save(value, connection)
    return lambda value: value
