"""What all tests share: one seeded store, and an API client that reads JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from indicators.labels import forget_labels
from policies.searching import forget_index
from sources.models import Release
from sources.versions import forget_data_version

Get = Callable[..., Any]


def pytest_configure() -> None:
    """Quick where the service is thorough: no list of all static files for each client, no slow hash for each password."""
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


STORE = {"db", "transactional_db", "django_db_setup"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks no store runs once: in the half on SQLite."""
    if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return
    alike = [
        item for item in items
        if item.get_closest_marker("django_db") is None and not STORE & set(getattr(item, "fixturenames", STORE))
    ]  # fmt: skip
    config.hook.pytest_deselected(items=alike)
    items[:] = [item for item in items if item not in set(alike)]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The curated tables, published once as release 2026.1; each test's own changes are rolled back."""
    with django_db_blocker.unblock():
        call_command("seed", verbosity=0)


@pytest.fixture
def seeded_for_commits(transactional_db: None) -> None:
    """The curated tables for a test that commits: each such test leaves an empty store, and all of them run last."""
    if not Release.objects.exists():
        call_command("seed", verbosity=0)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """No test sees another's data version, labels, search index or rate limit."""
    forget_data_version()
    forget_labels()
    forget_index()
    cache.clear()
    yield
    forget_data_version()
    forget_labels()


class ReadingClient(Client):
    """Reads each answer to its end: a stream that is left open would end its transaction in the middle of another test."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if response.streaming:
            response.streaming_content = [response.getvalue()]
        return response


@pytest.fixture
def client() -> Client:
    """pytest-django's client, that reads every answer to its end."""
    return ReadingClient()


@pytest.fixture
def get(db: None, client: Client) -> Get:
    """GET below /api/v1: `get("/regions", kind="county")` is the parsed answer, which must have the status (200)."""

    def call(path: str, status: int = 200, headers: dict[str, str] | None = None, **parameters: Any) -> Any:
        response = client.get(f"/api/v1{path}", parameters, headers=headers or {})
        assert response.status_code == status, response.content.decode()[:2000]
        return orjson.loads(response.content)

    return call
