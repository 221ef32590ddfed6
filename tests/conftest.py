"""What all tests share: one seeded store, and an API client that reads JSON."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import hypothesis
import orjson
import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.test import Client, TestCase, TransactionTestCase, utils

from api.http import counters
from sources import versions
from sources.kept import KEPT, forget_kept, kept_for_version
from sources.versions import forget_data_version
from tests import seeded

Get = Callable[..., Any]


# Nothing depends on how fast a machine is, and the same code gets the same verdict; `make drill` looks for new examples, and
# for twice as many.
hypothesis.settings.register_profile(
    "suite",
    max_examples=100 if os.environ.get("DRILL") == "1" else 50,
    deadline=None,
    database=None,
    derandomize=os.environ.get("DRILL") != "1",
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")


def pytest_configure() -> None:
    """Quick where the service is thorough: no list of all static files for each client, no slow hash for each password."""
    settings.WHITENOISE_AUTOREFRESH = True
    settings.LIMITS_FILE += f"-of-tests-{os.getpid()}"
    counters.BUCKETS = 64  # each test has counts of its own, in a file of 12 KiB instead of 1.5 MiB
    settings.MAKE_BESIDE = False  # a search after a release is of that release
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """What is loaded stays, and the collector comes seldom: it took a fifth of the time. Tests that are shared are run here."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    if not (shared := os.environ.get("TESTS_SHARED")) or session.testsfailed:
        return None
    run_shared(session, Path(shared))
    return True


def run_shared(session: pytest.Session, folder: Path) -> None:
    """Run the tests of the files that no other process takes."""
    tests = shared_files(session.items, folder)
    test = next(tests, None)
    while test:
        following = next(tests, None)
        test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        test = following


# Python 3.11 keeps frames in chunks of 16 KiB, and gives one back with its first frame: a call that is made over and over where one
# ends costs two system calls and a page each time. A frame that claims 560 KiB gets a chunk in which all that it calls has room.
run_shared.__code__ = run_shared.__code__.replace(co_stacksize=70_000)


def pytest_sessionfinish() -> None:
    """At its end pytest collects five times whatever is left, which takes seconds with all that a process has loaded."""
    gc.freeze()


def shared_files(tests: list[pytest.Item], folder: Path) -> Iterator[pytest.Item]:
    """The tests of the files that no other process takes: whoever makes the mark of one in this folder has it."""
    for path, of_a_file in groupby(sorted(tests, key=attrgetter("path")), key=attrgetter("path")):
        with suppress(FileExistsError):
            (folder / str(path).replace("/", "|")).touch(exist_ok=False)
            yield from of_a_file


BLOCKER = pytest.StashKey[Any]()
STORE = {"db", "transactional_db", "no_transaction", "django_db_setup", "figures", "own_store"}


def pytest_make_parametrize_id(val: object) -> str | None:
    """A file's content is named by its kind and place: all workers must collect the same names, and a workbook holds a time."""
    return "bytes" if isinstance(val, bytes) else None


def stores_alike(item: pytest.Item) -> bool:
    """Whether the stores decide a test alike; of a module that says so, `stores_alike(False)` takes a test out."""
    marker = item.get_closest_marker("stores_alike")
    if marker is not None:
        return marker.args != (False,)
    return item.get_closest_marker("django_db") is None and not STORE & set(getattr(item, "fixturenames", STORE))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks no store, or says that the stores decide it alike, runs once: in the half on SQLite."""
    if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return
    once: dict[bool, list[pytest.Item]] = {True: [], False: []}
    for item in items:
        once[stores_alike(item)].append(item)
    config.hook.pytest_deselected(items=once[True])
    items[:] = once[False]


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """The curated tables, published once as release 2026-R1; each test's own changes are rolled back."""
    request.config.stash[BLOCKER] = django_db_blocker
    with django_db_blocker.unblock(), seeded.copied():
        yield


@pytest.fixture
def no_transaction(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The seeded store outside of any transaction, for what reads: a copy of the store after each test takes half a second."""
    with django_db_blocker.unblock():
        yield


def commits(item: pytest.Item) -> bool:
    """Whether a test commits what it writes, and so leaves an emptied store."""
    marker = item.get_closest_marker("django_db")
    by_marker = marker is not None and marker.kwargs.get("transaction", False)
    return by_marker or "transactional_db" in getattr(item, "fixturenames", ())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Who comes after a test that commits finds the seeded store: workers take tests from each other in any order."""
    yield
    if commits(item) and nextitem:
        with item.session.config.stash[BLOCKER].unblock():
            seeded.copy_again()
        forget_data_version()


class Writing:
    """Notices the first statement of a test that writes: labels of before the test are read again, if nothing was asked yet.

    What a test has read before it writes stays as it is, as in a process that served the one and did the other. A store that
    nobody wrote to keeps its constraints, so Django need not look at its end: that took a quarter of a small test.
    """

    READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "PRAGMA", "EXPLAIN", "WITH", "SET")

    def __init__(self) -> None:
        self.noticed = connection.was_written = False

    def __call__(self, execute: Any, statement: Any, *rest: Any) -> Any:
        if not self.noticed and not str(statement).lstrip(" (\n").startswith(self.READING):
            self.noticed = connection.was_written = True
            if versions._cached is None:
                forget_kept()
        return execute(statement, *rest)


# A test that commits is followed by a copy of the seeded store: nothing need be emptied, nor its permissions made, before.
TransactionTestCase._fixture_teardown = lambda case: None

_ends_with_a_look = TestCase._should_check_constraints
TestCase._should_check_constraints = lambda case, store: (
    getattr(store, "was_written", True) and _ends_with_a_look(case, store)
)


Kept = dict[kept_for_version[Any], Any]


def kept_now() -> Kept:
    """What is kept of the store as it is: labels, the search index and the like, some of which take a second to make."""
    return {one: one._made for one in KEPT}


def keep_again(kept: Kept) -> None:
    """The store is again as it was when this was kept of it."""
    forget_data_version()
    for one in KEPT:
        one._made = kept.get(one)


@contextmanager
def changed_store(blocker: Any) -> Iterator[None]:
    """What is written to the store here stands for all tests that run until this ends, and is rolled back then."""
    before = kept_now()
    with blocker.unblock(), transaction.atomic():
        forget_data_version()
        forget_kept()
        yield
        transaction.set_rollback(True)
    keep_again(before)


@pytest.fixture(autouse=True)
def _nothing_remembered(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test sees another's data version or rate limit, nor labels and a search index of a store that was written to."""
    forget_data_version()
    before, writing = kept_now(), Writing()
    with connection.execute_wrapper(writing):
        yield
    counters.made_counts.cache_clear()
    Path(settings.LIMITS_FILE).unlink(missing_ok=True)
    if writing.noticed or commits(request.node):
        keep_again(before)
    else:
        forget_data_version()


_rendered = utils.instrumented_test_render


def _rendered_and_told(template: Any, context: Any) -> str:
    """Tests look at what pages were rendered with, and not at their hundreds of widgets: to keep that took a seventh of the time."""
    is_widget = (template.name or "").startswith(("django/forms/widgets/", "admin/widgets/"))
    return str(template.nodelist.render(context)) if is_widget else _rendered(template, context)


utils.instrumented_test_render = _rendered_and_told


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


@pytest.fixture
def _connection_kept() -> Iterator[None]:
    """As Django's own client does: the end of a request leaves the test's connection open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
