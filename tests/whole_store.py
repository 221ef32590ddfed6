"""All that a store holds of ours, to be compared with what it holds later."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model

from sources.versions import forget_data_version

OURS = ("sources", "regions", "indicators", "policies", "words", "curation")


def our_models() -> list[type[Model]]:
    """Every model of this house, those of links between records included."""
    return [model for app in OURS for model in apps.get_app_config(app).get_models(include_auto_created=True)]


def rows_of(model: type[Model]) -> list[tuple[Any, ...]]:
    """The rows of a table as the store writes them, in the order of their keys: nothing is parsed, which would take longest."""
    table = connection.ops.quote_name(model._meta.db_table)
    columns = f"{table}::text" if connection.vendor == "postgresql" else "*"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} ORDER BY {connection.ops.quote_name(model._meta.pk.column)}")
        return cursor.fetchall()


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Table → its rows, of every table."""
    return {model._meta.label: rows_of(model) for model in our_models()}


def emptied() -> None:
    """A store as it is before anything was published: the tables of this house have no rows; accounts stay."""
    with transaction.atomic(), connection.cursor() as cursor:
        for model in our_models():  # TRUNCATE makes files anew, which takes seconds
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
        connection.check_constraints()  # once, and not at the end of each test in the emptied store
    forget_data_version()
