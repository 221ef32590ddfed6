"""The stores of these tests: one that is migrated and empty, and the small foreign one, each for as long as a module takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from api.http.limits import AddressThrottle
from sources.kept import forget_kept
from sources.versions import forget_data_version
from tests import foreign_store
from tests.api import contract
from tests.api.conftest import _files_of_its_own, _folders, _static_files_as_they_are, read
from tests.conftest import keep_again, kept_now
from tests.whole_store import emptied

__all__ = ("_files_of_its_own", "_folders", "_static_files_as_they_are", "read")


@contextmanager
def _another_store(blocker: Any, *, filled: bool) -> Iterator[None]:
    """The store without the curated tables, within a transaction that is rolled back; and what endpoints need of it."""
    before = kept_now()
    with pytest.MonkeyPatch.context() as patched, blocker.unblock(), transaction.atomic():
        for name in ("NEEDS", "PARTS", "EMPTY", "OF"):
            patched.setattr(contract, name, getattr(foreign_store, name))
        patched.setattr(AddressThrottle, "rate", "1000000/min", raising=False)
        emptied()
        if filled:
            foreign_store.fill()
        forget_data_version()
        forget_kept()
        yield
        transaction.set_rollback(True)
    keep_again(before)


@pytest.fixture(scope="module")
def foreign(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The small foreign store."""
    with _another_store(django_db_blocker, filled=True):
        yield


@pytest.fixture(scope="module", params=["empty", "foreign"])
def another(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """An empty store, and then the small foreign one."""
    with _another_store(django_db_blocker, filled=request.param == "foreign"):
        yield request.param
