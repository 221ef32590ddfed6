"""What a caller notices when the store is slow or has closed a connection."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import NotSupportedError, connection
from django.test import Client

from indicators.labels import labels
from indicators.reading import TooLarge, fetch
from indicators.selection import everything
from sources.versions import data_version, forget_data_version
from tests.api.contract import BASE, error_of

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="a server is needed for it")


@pytest.mark.django_db
def test_a_statement_that_takes_too_long_is_given_up(settings: Any) -> None:
    settings.STATEMENT_SECONDS = 0.1
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '100ms'")
    with pytest.raises(TooLarge):
        fetch(ENDLESS, ())


@pytest.mark.django_db
def test_a_question_that_is_too_large_is_a_400_that_says_how_to_narrow_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(*_: Any, **__: Any) -> Any:
        raise TooLarge

    monkeypatch.setattr("indicators.reading.fetch", give_up)
    error = error_of(client.get(f"{BASE}/observations", {"lang": "en"}), "query")
    assert error["code"] == "too_large"
    assert "narrow" in error["message"]
    assert "/api/v1/releases/latest" in error["message"]


@pytest.mark.django_db
def test_an_answer_is_of_the_release_that_its_etag_names(client: Client) -> None:
    assert everything(labels()).at == labels().newest
    assert labels().version == data_version()


def test_what_a_migration_changed_under_a_connection_is_asked_once_more(no_transaction: None, client: Client) -> None:
    failures = [NotSupportedError("cached plan must not change result type")]

    def once(execute: Any, *statement: Any) -> Any:
        if failures:
            raise failures.pop()
        return execute(*statement)

    with connection.execute_wrapper(once):
        response = client.get(f"{BASE}/observations", {"page_size": 1})
    assert (response.status_code, failures) == (200, [])


@on_postgresql
def test_a_connection_that_the_server_closed_is_opened_again(no_transaction: None, client: Client) -> None:
    client.get(f"{BASE}/config")
    own = connection.connection.info.backend_pid
    with psycopg.connect(**_address(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [own])
    forget_data_version()
    assert client.get(f"{BASE}/config").status_code == 200
    assert connection.connection.info.backend_pid != own
    connection.close()


def _address() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}
