"""While someone else writes, whoever wants to write is told so and loses nothing; reading goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse

from curation import failures
from curation.admin import batches
from curation.failures import BUSY, NO_ROOM, TOO_SLOW, UNREACHABLE, failure_of
from curation.models import ImportBatch
from indicators.models import Topic
from tests.builder import cells_of
from tests.curation.people import draft
from tests.curation.sheets.test_uploads import HEADER, LILING, text

PASSWORD = "a long enough password"
SHEET = text([HEADER, LILING]).encode()


@pytest.fixture(autouse=True)
def _uncollected_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def person(transactional_db: None) -> User:
    return User.objects.create_superuser("curator", password=PASSWORD)


@pytest.fixture
def browser(person: User) -> Client:
    """Someone who is signed in; what breaks is answered as the service would."""
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


@pytest.fixture
def writing() -> Iterator[Any]:
    """Begin and end another's transaction that holds all that it writes: `writing()`."""
    held: list[Any] = []

    def begin() -> None:
        if connection.vendor == "sqlite":
            other: Any = sqlite3.connect(connection.settings_dict["NAME"], uri=True, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
        else:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            given = connection.get_connection_params()
            other = psycopg.connect(
                **{k: given[k] for k in ("dbname", "user", "password", "host", "port") if given.get(k)}
            )
            tables = ", ".join(connection.introspection.django_table_names(only_existing=True))
            other.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")
        held.append(other)

    yield begin
    for other in held:
        other.rollback()
        other.close()
    connection.close()


def test_signing_in_is_told_to_wait(person: User, writing: Any) -> None:
    client = Client(raise_request_exception=False)
    writing()
    answer = client.post(reverse("admin:login"), {"username": "curator", "password": PASSWORD})
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "数据正在写入" in answer.content.decode()
    assert client.get(reverse("admin:login")).status_code == 200


def posts(batch: ImportBatch, topic: Topic) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every way to write in the admin: what it is → (address, what is sent)."""
    step = reverse("admin:curation_importbatch_step", args=(batch.pk, "send"))
    fields = {"code": "T_NEW", "name_zh": "新", "name_en": "New", "order": "1", "reason": "why"}
    row = batch.rows.get()
    return {
        "upload": (reverse("admin:curation_importbatch_upload"), {"file": SimpleUploadedFile("t.csv", SHEET)}),
        "add": (reverse("admin:indicators_topic_add"), fields),
        "change": (reverse("admin:indicators_topic_change", args=(topic.pk,)), fields | {"code": topic.code}),
        "delete": (reverse("admin:indicators_topic_delete", args=(topic.pk,)), {"post": "yes", "reason": "why"}),
        "action": (
            reverse("admin:indicators_topic_changelist"),
            {"action": "put_up", "_selected_action": str(topic.pk), "reason": "why"},
        ),
        "step": (step, {"revision": str(getattr(batch, "revision", ""))}),
        "mend": (reverse("admin:curation_importbatch_mend", args=(batch.pk,)), {f"cell-{row.pk}-name_en": "Other"}),
        "password": (
            reverse("admin:password_change"),
            {"old_password": PASSWORD, "new_password1": "another long one", "new_password2": "another long one"},
        ),
        "account": (reverse("admin:auth_user_add"), {"username": "new", "usable_password": "false"}),
        "sign out": (reverse("admin:logout"), {}),
    }


def test_every_way_to_write_is_told_to_wait_and_reading_goes_on(browser: Client, person: User, writing: Any) -> None:
    topic = Topic.objects.create(code="T_DRAFT", name_zh="草稿", name_en="Draft")
    batch = draft(person, topics=[cells_of("topics", code="TRADE") | {"name_en": "Changed"}])
    ways = posts(batch, topic)
    writing()
    for way, (address, sent) in ways.items():
        answer = browser.post(address, sent)
        assert (way, answer.status_code, answer.get("Retry-After")) == (way, 503, "30")
        assert str(BUSY.title) in answer.content.decode()
    for address in (
        reverse("admin:index"), reverse("admin:indicators_topic_change", args=(topic.pk,)),
        reverse("admin:curation_importbatch_change", args=(batch.pk,)), "/api/v1/observations", "/api/v1/regions",
        "/api/v1/observations.csv", "/sdmx/2.1/dataflow", "/pxweb/v2/tables",
    ):  # fmt: skip
        answer = browser.get(address)
        assert (address, answer.status_code) == (address, 200)
        if answer.streaming:
            answer.getvalue()


def test_a_long_upload_is_told_on_its_page(
    browser: Client, writing: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(batches, "LONG_FILE", 1)
    if connection.vendor == "postgresql":  # the work has a connection of its own
        options = settings.DATABASES["default"]["OPTIONS"]
        monkeypatch.setitem(options, "options", f"{options['options']} -c lock_timeout=200ms")
    writing()
    answer = browser.post(reverse("admin:curation_importbatch_upload"), {"file": SimpleUploadedFile("t.csv", SHEET)})
    shown = b"".join(answer.streaming_content).decode()
    assert "没有保存任何内容" in shown
    assert shown.rstrip().endswith("</html>")


def test_what_the_stores_say_is_understood(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "s", timeout=0, isolation_level=None)) as one:
        one.execute("BEGIN IMMEDIATE")
        with (
            closing(sqlite3.connect(tmp_path / "s", timeout=0)) as two,
            pytest.raises(sqlite3.OperationalError) as locked,
        ):
            two.execute("BEGIN IMMEDIATE")
    assert failure_of(OperationalError(str(locked.value))) is BUSY
    assert failure_of(OperationalError("database or disk is full")) is NO_ROOM
    assert failure_of(OperationalError("unable to open database file")) is UNREACHABLE
    assert failure_of(OSError(28, "No space left on device")) is NO_ROOM
    assert failure_of(ValueError()) is failures.BROKEN


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_search_that_takes_too_long_is_told_as_one(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '50ms'")
        with pytest.raises(DatabaseError) as slow, transaction.atomic():
            cursor.execute("SELECT pg_sleep(5)")
    assert failure_of(slow.value) is TOO_SLOW
