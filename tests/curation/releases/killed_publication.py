"""A way to the public taken in a process that is killed, as by a power cut, just before its Nth statement; for each N in turn.

What the test of killed publications and `make drill` run, on the store of DATABASE_URL: `python killed_publication.py WAY`
takes one of WAYS once for each of its statements, each time in a child process that is killed there, and finds the store as
it was; then once to its end. With numbers after the way, it is killed before these statements only. Prints how many statements
it was killed before.
"""

from __future__ import annotations

import hashlib
import io
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections, transaction

from curation.batches import review
from curation.models import ImportBatch
from curation.plans.imports import plan_import
from curation.plans.store import stage
from curation.releases.digests import brought_forward
from curation.releases.publication import ReleaseNotes, publish
from curation.tables.curated import BY_NAME
from curation.tables.files import csv_lines, read_rows
from indicators.models import Series
from sources.models import Release
from tests.whole_store import everything

YEARS = range(1900, 1990)
FIXTURES = settings.BASE_DIR / "fixtures"
Way = Callable[[], Any]


def files(value: str) -> dict[str, list[dict[str, str]]]:
    """A correction, a withdrawal, new figures by the dozen, a new record and a changed one."""
    figures, topics = BY_NAME["observations"], BY_NAME["topics"]
    held = figures.cells(figures.records().get(series__key="A.430281.TRADE_TOTAL", period="2024"))
    other = figures.cells(figures.records().filter(series__key__startswith="A.430223").first())
    topic = topics.cells(topics.records().get(code="TRADE"))
    return {
        "observations": [
            held | {"value": value}, {name: other[name] for name in figures.key} | {"withdraw": "true"},
            *(held | {"period": str(year), "value": value} for year in YEARS),
        ],
        "topics": [topic | {"name_en": f"Killed {value}"}, topic | {"code": f"T_{value}", "name_en": "New"}],
    }  # fmt: skip


def person(name: str) -> User:
    return User.objects.get_or_create(username=name, is_superuser=True)[0]


def in_review(value: str) -> ImportBatch:
    maker = person("maker")
    batch = stage(plan_import(files(value)), name="a drill", user=maker)
    review.send_to_review(batch, maker)
    review.accept_warnings(batch, person("reviewer"), batch.rows.values_list("pk", flat=True), "a drill")
    return batch


def approved(batch: ImportBatch) -> ImportBatch:
    reviewer = person("reviewer")
    review.accept_warnings(batch, reviewer, batch.rows.values_list("pk", flat=True), "a drill")
    review.approve(batch, reviewer)
    return batch


# The ways: each prepares what it needs, and gives the one step that is killed. ------------------------------------------


def command() -> Way:
    plan = plan_import(files("1"))
    return lambda: publish(plan, ReleaseNotes(reason="a drill"))


def sending() -> Way:
    maker = person("maker")
    batch = stage(plan_import(files("2")), name="a drill", user=maker)
    return lambda: review.send_to_review(batch, maker)


def approval() -> Way:
    batch, reviewer = in_review("3"), person("reviewer")
    return lambda: review.approve(batch, reviewer)


def publication() -> Way:
    batch, publisher = approved(in_review("4")), person("publisher")
    return lambda: review.publish(batch, publisher, "a drill")


def roll_back() -> Way:
    release, publisher = review.publish(approved(in_review("5")), person("publisher"), "a drill"), person("publisher")
    return lambda: review.roll_back(release, publisher, "a drill")


def rolled_back() -> Way:
    release, publisher = review.publish(approved(in_review("6")), person("publisher"), "a drill"), person("publisher")
    batch = approved(review.roll_back(release, publisher, "a drill"))
    return lambda: review.publish(batch, person("another"), "a drill")


def seeding() -> Way:
    """The curated tables with a topic more, beside a store that has releases: a batch for review."""
    rows = [*read_rows(FIXTURES / "topics.csv"), {"code": "T_SEED", "name_zh": "新", "name_en": "New", "order": "9"}]
    return seed_of({"topics.csv": csv_lines([list(rows[0]), *(list(row.values()) for row in rows)])})


def seeding_at_once() -> Way:
    """The same where commands may publish: a release."""
    settings.COMMANDS_PUBLISH = True
    return seeding()


def filling() -> Way:
    """Some curated tables into a store without a release: they are published."""
    names = ("sources.yaml", "topics.csv", "units.csv", "schemes.csv", "categories.csv", "release.yaml")
    return seed_of({name: (FIXTURES / name).read_bytes() for name in names})


def seed_of(contents: dict[str, bytes]) -> Way:
    folder = Path(tempfile.mkdtemp())
    for name, content in {"release.yaml": (FIXTURES / "release.yaml").read_bytes(), **contents}.items():
        (folder / name).write_bytes(content)
    return lambda: call_command("seed", fixtures=folder, stdout=io.StringIO(), stderr=io.StringIO())


WAYS: dict[str, Callable[[], Way]] = {
    "filling": filling, "command": command, "sending": sending, "approval": approval, "publication": publication,
    "roll-back": roll_back, "rolled-back": rolled_back, "seeding": seeding, "seeding-at-once": seeding_at_once,
}  # fmt: skip


# Killing -----------------------------------------------------------------------------------------------------------------


def state() -> str:
    """All that the store holds, in one line: what must be the same before and after a killed step."""
    held = repr(everything()).encode()
    newest = Release.objects.published().first()
    assert newest is None or taken_anew() == newest.digest, "the digest is of what stands"
    return hashlib.sha256(held).hexdigest()


def taken_anew() -> str:
    """The digest of what stands, with nothing that was kept of it; the store stays as it is."""
    with transaction.atomic():
        Series.objects.update(digest=None)
        digest = brought_forward()
        transaction.set_rollback(True)
    return digest


def killed(way: Way, fatal: int) -> int:
    """Take a way in a child process that is killed before its statement `fatal`; 0 where it came to its end, else -9."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            _dying(way, fatal)
            os._exit(0)
        except BaseException as error:  # noqa: BLE001  # a child never goes on with what its parent does
            sys.stderr.write(f"{error!r}\n")
            sys.stderr.flush()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _dying(way: Way, fatal: int) -> None:
    count = 0

    def counted() -> None:
        nonlocal count
        count += 1
        if count == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        counted()
        return execute(sql, params, many, context)

    commit = connection._commit

    def committing() -> None:
        counted()
        commit()

    connection._commit = committing
    with connection.execute_wrapper(counting):
        way()


def main(name: str, instants: Sequence[int]) -> None:
    way = WAYS[name]()
    before, fatal = state(), 0
    for fatal in instants or range(1, 10_000):
        status = killed(way, fatal)
        if status == 0:
            break
        assert status == -signal.SIGKILL, f"{name}: statement {fatal} ended with {status}"
        assert state() == before, f"{name}: killed before statement {fatal}"
    else:
        assert killed(way, 0) == 0, f"{name}: it does not come to its end"
    assert state() != before, f"{name}: nothing was done"
    sys.stdout.write(f"{name}: {'some' if instants else fatal - 1} statements, each of them killed\n")


if __name__ == "__main__":
    main(sys.argv[1], [int(number) for number in sys.argv[2:]])
