"""What takes long to make is made beside: who asks meanwhile is given the older one, and told so."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from sources import kept
from sources.kept import KEPT, kept_beside
from words.index import index


@pytest.fixture(autouse=True)
def beside(settings: LazySettings) -> Iterator[None]:
    settings.MAKE_BESIDE = True
    listed = list(KEPT)
    yield
    KEPT[:] = listed


def test_nobody_waits_for_a_new_version(monkeypatch: pytest.MonkeyPatch) -> None:
    versions, may_go_on, tried = ["1"], Event(), Event()
    monkeypatch.setattr(kept, "data_version", lambda: versions[-1])

    def make() -> str:
        version = versions[-1]
        if version != "1":
            tried.set()
            may_go_on.wait(10)
        return version

    made = kept_beside(make)
    assert (made(), made.is_behind()) == ("1", False)
    versions.append("2")
    assert (made.is_behind(), made(), made()) == (True, "1", "1")  # while the second is being made
    assert tried.wait(10)
    may_go_on.set()
    with made._beside:  # held until it is swapped
        assert (made(), made.is_behind()) == ("2", False)


def test_what_only_some_need_is_made_beside_and_the_first_is_given_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first callers get what is there, and are spared the rest; of a later version nobody is given what is not ready."""
    versions, began, may_go_on = ["1"], Event(), Event()
    monkeypatch.setattr(kept, "data_version", lambda: versions[-1])
    made = kept_beside(lambda: [versions[-1]])

    def get_ready(one: list[str]) -> None:
        began.set()
        may_go_on.wait(10)
        one.append("ready")

    made.get_ready = get_ready
    made.begin()
    assert began.wait(10)
    assert made() == ["1"]
    may_go_on.set()
    with made._beside:
        assert made() == ["1", "ready"]
    versions.append("2")
    began.clear()
    may_go_on.clear()
    assert made() == ["1", "ready"]
    assert began.wait(10)
    assert (made(), made.is_behind()) == (["1", "ready"], True)
    may_go_on.set()
    with made._beside:
        assert made() == ["2", "ready"]


@pytest.mark.stores_alike
@pytest.mark.django_db
def test_who_asks_while_an_index_is_made_is_answered_from_the_one_before(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = index()
    began, may_go_on = Event(), Event()

    def make() -> Any:
        began.set()
        may_go_on.wait(10)
        return before

    monkeypatch.setattr(index, "make", make)
    monkeypatch.setattr(index, "get_ready", None)
    monkeypatch.setattr(kept, "data_version", lambda: "another")
    answers = [client.get("/api/v1/search?q=礼陵外贸") for _ in range(2)]
    assert began.wait(10)
    assert [one.status_code for one in answers] == [200, 200]
    assert all(one.json()["results"][0]["code"] == "A.430281.TRADE_TOTAL" for one in answers)
    may_go_on.set()
    with index._beside:
        assert not index.is_behind()
    index.forget()


@pytest.mark.stores_alike
@pytest.mark.django_db
def test_what_repairs_need_is_there_before_anyone_needs_it() -> None:
    vocabulary = index().vocabulary
    assert index.get_ready is not None
    index.get_ready(index())
    assert {"by_sound", "by_initials", "lacking", "latin", "longest_sound"} <= vars(vocabulary).keys()
    assert "pypinyin" in sys.modules


@pytest.mark.stores_alike
@pytest.mark.django_db
def test_an_answer_of_an_older_index_is_kept_by_nobody(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    index()
    for path in ("/api/v1/search?q=a", "/api/v1/resolve?q=a", "/api/v1/regions?q=a", "/pxweb/v2/tables?query=a"):
        assert "ETag" in client.get(path).headers
        with monkeypatch.context() as behind:
            behind.setattr(kept, "data_version", lambda: "another")
            behind.setattr(index, "begin", lambda: None)
            headers = client.get(path).headers
        assert ("ETag" in headers, headers["Cache-Control"]) == (False, "no-store"), path


def test_what_cannot_be_made_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    versions, fails = ["1"], [False]
    monkeypatch.setattr(kept, "data_version", lambda: versions[-1])

    def make() -> str:
        if versions[-1] == "2" and fails.pop():
            raise RuntimeError("the store cannot be reached")
        return versions[-1]

    made = kept_beside(make)
    made()
    versions.append("2")
    fails[:] = [False, True]  # the first time
    assert made() == "1"
    with made._beside:
        assert made._made == ("1", "1")
    assert made() == "1"
    with made._beside:
        assert made() == "2"
