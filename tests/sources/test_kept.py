"""What is kept for a data version is made once for it, whoever asks at the same time, and never given for a newer one."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier, Event

import pytest

from sources.kept import KEPT, forget_kept, kept_for_version
from sources.models import Release
from sources.versions import data_version, forget_data_version

pytestmark = pytest.mark.django_db
ASKING = 8


@pytest.fixture(autouse=True)
def _known_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads ask no store here: the version stays known until a test forgets it, and asks anew itself."""
    monkeypatch.setattr("sources.versions.SECONDS", float("inf"))
    data_version()


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> Callable[[Callable[[], object]], kept_for_version[object]]:
    def made(make: Callable[[], object]) -> kept_for_version[object]:
        one = kept_for_version(make)
        request.addfinalizer(lambda: KEPT.remove(one))
        return one

    return made


def publish(version: str) -> None:
    at = datetime.datetime(2040, 1, 1, tzinfo=datetime.UTC)
    Release.objects.create(version=version, status="published", published_at=at, digest="cd" * 32)
    forget_data_version()
    data_version()


Keep = Callable[[Callable[[], object]], kept_for_version[object]]


def test_of_many_who_ask_at_once_one_makes_it_and_all_get_that(kept: Keep) -> None:
    makers, begun, second = count(1), Barrier(ASKING), Event()

    @kept
    def thing() -> object:
        if next(makers) > 1:
            second.set()
        second.wait(0.2)  # time for a second maker to come, if there may be one
        return object()

    def asked(_: int) -> object:
        begun.wait()
        return thing()

    with ThreadPoolExecutor(ASKING) as threads:
        found = list(threads.map(asked, range(ASKING)))
    assert len(set(map(id, found))) == 1
    assert not second.is_set()


def test_it_is_made_anew_for_a_new_version_and_for_no_other_reason(kept: Keep) -> None:
    thing = kept(object)
    before = thing()
    assert thing() is before
    publish("2040-R1")
    after = thing()
    assert after is not before
    assert thing() is after
    forget_kept()
    assert thing() is not after


def test_who_waits_while_a_release_comes_gets_what_is_of_it(kept: Keep) -> None:
    making, finish = Event(), Event()

    @kept
    def thing() -> object:
        version = data_version()
        if not making.is_set():
            making.set()
            finish.wait()
        return version

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(thing)
        making.wait()
        publish("2040-R1")
        waiting = threads.submit(thing)
        finish.set()
        assert waiting.result() == data_version() != first.result()
    assert thing() == data_version()


def test_what_cannot_be_made_is_made_by_the_next_who_asks(kept: Keep) -> None:
    attempts = count(1)

    @kept
    def thing() -> object:
        if next(attempts) == 1:
            raise ConnectionError
        return object()

    with pytest.raises(ConnectionError):
        thing()
    assert thing() is thing()
