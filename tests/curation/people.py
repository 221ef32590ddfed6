"""The people of the workflow and small batches for them, for the tests of curation."""

from __future__ import annotations

from django.contrib.auth.models import Group, User

from curation.batches.review import accept_warnings, approve, confirm
from curation.models import ImportBatch
from curation.plans.imports import plan_import
from curation.plans.store import stage

Row = dict[str, str]

LILING = {"series__key": "A.430281.TRADE_TOTAL", "period": "2024"}


def person(name: str, *roles: str, password: str | None = None) -> User:
    """Someone of the admin, in these groups; without a password, which is slow to make, they cannot sign in by the form."""
    user = User.objects.create_user(name, password=password, is_staff=True)
    user.groups.set(Group.objects.filter(name__in=roles))
    assert user.groups.count() == len(roles)
    return user


def draft(user: User, **tables: list[Row]) -> ImportBatch:
    """A confirmed draft of these rows."""
    batch = stage(plan_import(tables), name="a batch", user=user)
    if batch.status == "preview":
        confirm(batch, user)
    return batch


def vouched(batch: ImportBatch, reviewer: User, reason: str = "") -> None:
    """The reviewer accepts whatever is doubtful in the batch, and approves it."""
    accept_warnings(batch, reviewer, batch.rows.values_list("pk", flat=True), "as printed")
    approve(batch, reviewer, reason)
