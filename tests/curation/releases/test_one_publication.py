"""Publications at the same instant: one lock, and a loser that is told why, whoever publishes and however."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from curation.batches import review
from curation.batches.roll_back import plan_inverse
from curation.batches.seed import plan_seeding, submit_tables
from curation.models import ImportBatch
from curation.plans.imports import plan_import
from curation.plans.plan import Plan
from curation.refusals import StepRefused
from curation.releases import publication
from curation.releases.publication import ReleaseNotes, publish
from indicators.models import Observation
from sources.models import Release
from tests.builder import liling
from tests.curation.people import draft
from tests.curation.releases.sealing import taken_again
from tests.whole_store import emptied

pytestmark = pytest.mark.django_db(transaction=True)

TOPIC = {"code": "T_TOPIC", "name_zh": "主题", "name_en": "Topic", "order": "1"}


def root(name: str) -> User:
    return User.objects.get_or_create(username=name, is_superuser=True, is_active=True)[0]


def approved(value: str) -> ImportBatch:
    maker, reviewer = root("maker"), root("reviewer")
    batch = draft(maker, observations=[liling(value=value)])
    review.send_to_review(batch, maker)
    review.accept_warnings(batch, reviewer, batch.rows.values_list("pk", flat=True), "seen")
    review.approve(batch, reviewer)
    return batch


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What came of works that begin at the same instant, each in a thread with a connection of its own."""
    begin, came = threading.Barrier(len(works)), dict.fromkeys(range(len(works)))

    def run(number: int) -> None:
        try:
            begin.wait()
            came[number] = works[number]()
        except Exception as error:  # noqa: BLE001  # whatever came of it is looked at
            came[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(came.values())


def codes(came: list[Any]) -> list[str]:
    """`published` for each release, the code of each refusal; whatever else happened fails here."""
    assert all(isinstance(found, Release | StepRefused) for found in came), came
    return sorted("published" if isinstance(found, Release) else found.code for found in came)


in_memory = pytest.mark.skipif("connection.vendor == 'sqlite'", reason="one connection to a database in memory")


@in_memory
def test_of_publications_at_the_same_instant_the_loser_is_told_and_all_is_whole(transactional_db: None) -> None:
    publisher = root("publisher")

    def published(batch: ImportBatch) -> Callable[[], Release]:
        return lambda: review.publish(batch, publisher, "why")

    def by_command(plan: Plan) -> Callable[[], Release | None]:
        return lambda: publish(plan, ReleaseNotes(reason="why"))

    assert codes(at_once(*map(published, (approved("41.26"), approved("41.27"))))) == ["published", "stale"]
    plan = plan_import({"topics": [TOPIC]})
    with_a_command = codes(at_once(published(approved("41.28")), by_command(plan)))
    assert with_a_command in (["published", "published"], ["published", "stale"])
    correction, inverse = approved("41.29"), plan_inverse(Release.objects.published()[0])
    assert codes(at_once(published(correction), by_command(inverse))) == ["published", "stale"]
    newest = Release.objects.published()[0]
    assert Release.objects.count() == 3 + with_a_command.count("published")
    assert taken_again(newest) == newest.digest
    assert Observation.objects.live().count() == newest.observations_live

    first, second = at_once(tables_submitted, tables_submitted)
    assert first == second == ImportBatch.objects.get(origin="tables", status="in_review")


def tables_submitted() -> ImportBatch:
    """What `seed` does where a table has a row more."""
    with transaction.atomic():
        publication.one_at_a_time()
        return submit_tables(plan_seeding({"topics": [{**TOPIC, "code": "T_OTHER"}]}).plan)[0]


@in_memory
def test_an_empty_store_is_filled_once() -> None:
    emptied()
    plans = [plan_import({"topics": [TOPIC]}) for _ in range(3)]
    came = at_once(*(lambda plan=plan: publish(plan, ReleaseNotes()) for plan in plans))
    assert codes(came) == ["published", "stale", "stale"]
    assert Release.objects.count() == 1
