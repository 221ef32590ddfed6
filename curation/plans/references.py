"""A record that something public still refers to, or that the program itself names, is not withdrawn: the import says why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models

from curation.models import Verdict
from curation.plans.plan import Plan, PlannedRow
from curation.tables.codes import USES
from curation.tables.columns import CuratedColumn
from curation.tables.curated import TABLES
from curation.tables.references import Either, Ref
from curation.tables.table import CuratedTable
from sources.bilingual import Text, both, in_both


def refuse_withdrawals_in_use(plan: Plan) -> None:
    """Turn into errors the withdrawals of records that are named, or would still be referred to after the import."""
    for table, rows in plan.tables:
        withdrawn = {row.record.pk: row for row in rows if row.verdict == Verdict.WITHDRAWN and row.record is not None}
        for row in withdrawn.values():
            if message := why_never(row.record):
                row.refuse(table.key[0], message)
        if withdrawn:
            for user, column, path in _referring(table.model):
                _refuse_if_used(plan, table, withdrawn, user, column, path)


def why_never(record: models.Model) -> Text | None:
    """Why a record is not withdrawn, whatever refers to it: the program names its code. None of others."""
    use = USES.get((type(record), getattr(record, "code", "")))
    if use is None:
        return None
    zh, en = in_both(use)
    return both(f"程序本身使用此代码，不能撤回：{zh}", f"the program itself names it, so it stays: {en}")


def _referring(model: type[models.Model]) -> Iterator[tuple[CuratedTable, CuratedColumn, str]]:
    """(table, column, field) of everything that may refer to records of a model."""
    for table in TABLES:
        for column in table.columns:
            if isinstance(column, Ref) and column.to is model:
                yield table, column, column.path.replace(".", "__")
            if isinstance(column, Either):
                yield from ((table, column, attribute) for _, attribute, to in column.ends if to is model)


def _refuse_if_used(
    plan: Plan,
    table: CuratedTable,
    withdrawn: dict[int, PlannedRow],
    user: CuratedTable,
    column: CuratedColumn,
    path: str,
) -> None:
    brought = [row for held, rows in plan.tables if held is user for row in rows if row.publishes]
    for row in brought:
        if row.cells is not None:
            for record in _records_in(row.values[column.name]):
                if isinstance(record, table.model) and record.pk in withdrawn:
                    _refuse(table, withdrawn[record.pk], user, row.key)
    rewritten = {row.stands for row in brought}
    using = user.public().filter(**{f"{path}__in": list(withdrawn)}).order_by("pk").values_list(path, "pk")
    for used, key in using:
        if used in withdrawn and key not in rewritten and not withdrawn[used].errors:
            _refuse(table, withdrawn[used], user, str(user.model._default_manager.get(pk=key)))


def _records_in(value: Any) -> Iterator[Any]:
    """The records that a value of a column names: one, several, with a role, or with their kind."""
    for item in value if isinstance(value, list | tuple) else [value]:
        yield from item if isinstance(item, tuple) else [item]


def _refuse(table: CuratedTable, row: PlannedRow, user: CuratedTable, name: str) -> None:
    if not row.errors:
        row.refuse(
            table.key[0],
            both(f"{user.model._meta.verbose_name} {name} 仍引用它", f"{user.name} {name} still refers to it"),
        )
