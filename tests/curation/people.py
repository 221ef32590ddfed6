"""The people of the workflow and small batches for them, for the tests of curation."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User

from curation.importing import plan_import
from curation.models import ImportBatch
from curation.review import confirm
from curation.staging import stage
from curation.tables import BY_NAME

Row = dict[str, str]

LILING = {"series__key": "A.430281.TRADE_TOTAL", "period": "2024"}


def person(name: str, *roles: str, password: str | None = None) -> User:
    """Someone of the admin, in these groups; without a password, which is slow to make, they cannot sign in by the form."""
    user = User.objects.create_user(name, password=password, is_staff=True)
    user.groups.set(Group.objects.filter(name__in=roles))
    assert user.groups.count() == len(roles)
    return user


def cells_of(table: str, **which: Any) -> Row:
    """The cells of a record of the store."""
    held = BY_NAME[table]
    return held.cells(held.records().get(**which))


def liling(**cells: str) -> Row:
    return cells_of("observations", **LILING) | cells


def draft(user: User, **tables: list[Row]) -> ImportBatch:
    """A confirmed draft of these rows."""
    batch = stage(plan_import(tables), name="a batch", user=user)
    if batch.status == "preview":
        confirm(batch, user)
    return batch
