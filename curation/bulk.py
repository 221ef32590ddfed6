"""Rows written straight into a table, for hundreds of thousands at a time: COPY on PostgreSQL, one prepared statement on SQLite.

Django's `bulk_create` makes a record of each row and writes its placeholders out, which takes three times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
from django.db import connection, models


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of values, in the order of `columns` (field names, `_id` for a foreign key).

    All constraints hold; Django's IntegrityError where one does not. What models do in `save` is not done.
    """
    fields: list[Any] = [model._meta.get_field(name.removesuffix("_id")) for name in columns]
    preparing = [_preparing(field) for field in fields]
    prepared = [[prepare(value) for prepare, value in zip(preparing, row, strict=True)] for row in rows]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    names = ", ".join(quote(field.column) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in prepared:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", prepared)


def analyse(*written: type[models.Model]) -> None:
    """Tell PostgreSQL's planner of tables that much was just written to; until its next vacuum it would plan for few rows."""
    if connection.vendor == "postgresql":
        tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in written)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")


def next_keys(model: type[models.Model], count: int) -> list[int]:
    """So many primary keys that no row has or will be given; inside of a transaction that writes."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [key for (key,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
    return list(range(last + 1, last + 1 + count))


def _preparing(field: Any) -> Callable[[Any], Any]:
    """How a field's values become what the store takes."""
    if isinstance(field, models.JSONField):
        return lambda value: None if value is None else orjson.dumps(value, default=dict).decode()
    if isinstance(field, models.DateField | models.DecimalField):
        return lambda value: field.get_db_prep_save(value, connection)
    return lambda value: value
