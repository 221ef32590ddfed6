"""What takes long to make is made beside: who asks meanwhile is given the older one, and told so."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

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
