"""Reviewers are told that a batch waits for them, where the service can send messages."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from curation.batches import review
from curation.roles import CURATOR, PUBLISHER, REVIEWER
from tests.builder import liling
from tests.curation.people import draft, person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("tells", "told"), [(True, [["another@example.org"], ["reviewer@example.org"]]), (False, [])])
def test_each_reviewer_but_the_maker_gets_a_message_in_both_languages(
    settings: Any, django_capture_on_commit_callbacks: Any, tells: bool, told: list[list[str]]
) -> None:
    settings.TELLS_REVIEWERS, settings.SITE_URL = tells, "https://data.example.org"
    maker = person("maker", CURATOR, REVIEWER)
    people = {"maker": maker, "reviewer": person("reviewer", REVIEWER), "another": person("another", REVIEWER)}
    for name, user in {**people, "publisher": person("publisher", PUBLISHER)}.items():
        user.email = f"{name}@example.org"
        user.save()
    person("without-address", REVIEWER)
    batch = draft(maker, observations=[liling(value="41.26")])
    with django_capture_on_commit_callbacks(execute=True):
        review.send_to_review(batch, maker)
    assert [message.to for message in mail.outbox] == told
    for message in mail.outbox:
        assert f"https://data.example.org/admin/curation/importbatch/{batch.pk}/change/" in message.body
        assert ("待审核" in message.body, "waits for review" in message.body) == (True, True)
