"""The way of a batch to the public: who may take which step, from which state, and what each step asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.utils.translation import override

from curation.batches import review
from curation.batches.drafts import compare_again, mend
from curation.batches.edits import Edit, stage_edits
from curation.models import BatchStatus, Change, ImportBatch, StagedRow, Step
from curation.refusals import StepRefused
from curation.roles import ADMINISTRATOR, CURATOR, NAMES, PUBLISHER, REVIEWER
from curation.tables.curated import BY_NAME
from indicators.models import Observation, Topic
from sources.models import Release
from tests.builder import cells_of, liling
from tests.curation.people import draft, person, vouched
from tests.whole_store import rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
on_both_stores = pytest.mark.stores_alike(False)

TOPIC = {"code": "T_TOPIC", "name_zh": "主题", "name_en": "Topic", "order": "1"}


@pytest.fixture
def curator() -> User:
    return person("curator", CURATOR)


@pytest.fixture
def reviewer() -> User:
    return person("reviewer", REVIEWER)


@pytest.fixture
def publisher() -> User:
    return person("publisher", PUBLISHER)


def in_review(curator: User, **tables: Any) -> ImportBatch:
    batch = draft(curator, **(tables or {"topics": [TOPIC]}))
    review.send_to_review(batch, curator)
    return batch


def approved(curator: User, reviewer: User, **tables: Any) -> ImportBatch:
    batch = in_review(curator, **tables)
    vouched(batch, reviewer)
    return batch


def all_batches() -> tuple[list[Any], list[Any]]:
    """Every batch, with every row of those that the tests made: the seed's are thousands."""
    own = StagedRow.objects.exclude(batch__release__version="2026-R1")
    return rows_of(ImportBatch), list(own.order_by("pk").values_list())


def refused(step: Any, *args: Any) -> str:
    """The code of the refusal, which must have changed nothing."""
    before = all_batches()
    with pytest.raises(StepRefused) as refusal:
        step(*args)
    assert all_batches() == before
    assert str(refusal.value.message)
    return refusal.value.code


@on_both_stores
def test_a_batch_goes_public_by_three_people(curator: User, reviewer: User, publisher: User) -> None:
    batch = in_review(curator, observations=[liling(value="41.26")])
    vouched(batch, reviewer, "compared with the paper")
    assert Observation.objects.live().get(series__key="A.430281.TRADE_TOTAL", period="2024").value != 41
    release = review.publish(batch, publisher, "a correction", "更正", "A correction")
    batch.refresh_from_db()
    assert (batch.status, batch.release, batch.reviewed_by) == (BatchStatus.PUBLISHED, release, reviewer)
    assert ImportBatch.objects.filter(release=release).count() == 1
    assert (release.published_by, release.reviewed_by, release.reason) == ("publisher", "reviewer", "a correction")
    assert (release.notes_zh, release.notes_en) == ("更正", "A correction")
    assert (
        str(Observation.objects.live().get(series__key="A.430281.TRADE_TOTAL", period="2024").value) == "41.260000000"
    )
    taken = list(batch.steps.values_list("step", "user__username", "reason"))
    assert taken[-4:] == [
        (Step.SENT, "curator", ""),
        (Step.ACCEPTED, "reviewer", "1: as printed"),
        (Step.APPROVED, "reviewer", "compared with the paper"),
        (Step.PUBLISHED, "publisher", "a correction"),
    ]
    assert Change.objects.get(release=release).user == publisher


# Roles: every step for every role -----------------------------------------------------------------------------------


STEPS: dict[str, tuple[Any, str, str]] = {
    "send": (review.send_to_review, "draft", CURATOR),
    "compare": (compare_again, "draft", CURATOR),
    "discard": (review.discard, "draft", CURATOR),
    "take back": (review.take_back, "in_review", CURATOR),
    "accept": (lambda b, u: review.accept_warnings(b, u, [], "seen"), "in_review", REVIEWER),
    "approve": (review.approve, "in_review", REVIEWER),
    "reject": (lambda b, u: review.reject(b, u, "no"), "in_review", REVIEWER),
    "publish": (lambda b, u: review.publish(b, u, "why"), "approved", PUBLISHER),
    "reopen": (review.reopen, "rejected", CURATOR),
}


def batch_in(status: str, maker: User, reviewer: User, code: str = "T_TOPIC") -> ImportBatch:
    batch = draft(maker, topics=[{**TOPIC, "code": code}])
    if status != "draft":
        review.send_to_review(batch, maker)
    if status == "approved":
        review.approve(batch, reviewer)
    if status == "rejected":
        review.reject(batch, reviewer, "not yet")
    return batch


@pytest.mark.parametrize("name", STEPS)
def test_each_step_is_for_its_role_alone(name: str) -> None:
    step, status, needed = STEPS[name]
    maker, reviewer = person("maker", CURATOR), person("first-reviewer", REVIEWER)
    batches = {role: batch_in(status, maker, reviewer, f"T_{role.upper()}") for role in (needed, ADMINISTRATOR)}
    for role in sorted([*NAMES, None], key=batches.__contains__):  # first those who are refused
        if needed == CURATOR:  # these are for the maker: who then has another role
            maker.groups.set(Group.objects.filter(name=role))
            user = User.objects.get(pk=maker.pk)
        else:
            user = person(f"another-{role}", *[role] if role else [])
        if role in batches:
            step(batches[role], user)
        else:
            assert refused(step, batches[needed], user) == "not_your_role", role


@pytest.mark.parametrize("name", [name for name, (_, _, needed) in STEPS.items() if needed == REVIEWER])
def test_nobody_reviews_their_own_batch_whatever_their_roles(name: str) -> None:
    everything = person("everything", *NAMES)
    root = User.objects.create_superuser("root")
    for user in (everything, root):
        batch = in_review(user, topics=[{**TOPIC, "code": f"T_{user.pk}"}])
        assert refused(STEPS[name][0], batch, user) == "own_batch"


@on_both_stores
def test_the_database_itself_refuses_a_review_of_ones_own(curator: User) -> None:
    batch = draft(curator, topics=[TOPIC])
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportBatch.objects.filter(pk=batch.pk).update(reviewed_by=curator)


@pytest.mark.parametrize("name", [name for name, (_, _, needed) in STEPS.items() if needed == CURATOR])
def test_a_draft_is_its_makers(name: str, reviewer: User) -> None:
    step, status, _ = STEPS[name]
    batch = batch_in(status, person("maker", CURATOR), reviewer)
    assert refused(step, batch, person("another", CURATOR)) == "not_yours"


@pytest.mark.parametrize("name", STEPS)
def test_each_step_has_its_states(name: str) -> None:
    step, own, needed = STEPS[name]
    allowed = {
        "discard": {"draft", "rejected"}, "take back": {"in_review", "approved"}, "reject": {"in_review", "approved"},
    }.get(name, {own})  # fmt: skip
    maker, reviewer, all_roles = person("maker", *NAMES), person("reviewer", REVIEWER), person("another", *NAMES)
    user = maker if needed == CURATOR else all_roles
    called = draft(maker, topics=[TOPIC])  # says of itself that it is further on: enough to be refused
    for status in ("draft", "in_review", "approved", "rejected", "published"):
        if status in allowed:
            step(batch_in(status, maker, reviewer), user)
        else:
            ImportBatch.objects.filter(pk=called.pk).update(status=status)
            assert refused(step, called, user) == "wrong_state", status


# What the steps ask -------------------------------------------------------------------------------------------------


def test_errors_stop_a_batch(curator: User) -> None:
    batch = draft(curator, topics=[{**TOPIC, "order": "first"}])
    assert refused(review.send_to_review, batch, curator) == "has_errors"


def test_what_changes_nothing_is_not_sent(curator: User) -> None:
    batch = draft(curator, topics=[cells_of("topics", code="TRADE")])
    assert refused(review.send_to_review, batch, curator) == "changes_nothing"


@pytest.mark.parametrize(
    "step", [lambda b, u: review.reject(b, u, " "), lambda b, u: review.accept_warnings(b, u, [], "")]
)
def test_a_reason_is_asked_for(step: Any, curator: User, reviewer: User) -> None:
    assert refused(step, in_review(curator), reviewer) == "reason_needed"


def test_publishing_asks_for_a_reason(curator: User, reviewer: User, publisher: User) -> None:
    assert refused(review.publish, approved(curator, reviewer), publisher, "  ") == "reason_needed"


def test_every_warning_is_accepted_by_the_one_who_approves(curator: User, reviewer: User) -> None:
    batch = in_review(curator, topics=[TOPIC, {**TOPIC, "code": "T_OTHER"}])
    batch.rows.update(warnings=[{"code": "outlier", "message": "far off", "column": "order"}])
    batch.compared_to = Change.objects.latest("pk").pk
    batch.save()
    rows = list(batch.rows.values_list("pk", flat=True))
    assert refused(review.approve, batch, reviewer) == "warnings_open"
    another = person("another", REVIEWER)
    assert review.accept_warnings(batch, another, rows, "as printed") == 2
    assert review.accept_warnings(batch, reviewer, rows[:1], "as printed") == 1
    assert refused(review.approve, batch, reviewer) == "warnings_open"
    assert review.accept_warnings(batch, reviewer, rows, "as printed") == 1
    review.approve(batch, reviewer)


@on_both_stores
def test_what_stands_has_changed_since(curator: User, reviewer: User, publisher: User) -> None:
    late = {step: draft(curator, observations=[liling(value="41.26")]) for step in ("send", "approve", "publish")}
    for step in ("approve", "publish"):
        review.send_to_review(late[step], curator)
    review.accept_warnings(late["approve"], reviewer, late["approve"].rows.values_list("pk", flat=True), "as printed")
    vouched(late["publish"], reviewer)
    first = approved(curator, reviewer, observations=[liling(note_en="another")])
    review.publish(first, publisher, "first")
    assert refused(review.send_to_review, late["send"], curator) == "stale"
    assert refused(review.approve, late["approve"], reviewer) == "stale"
    assert refused(review.publish, late["publish"], publisher, "second") == "stale"
    assert compare_again(late["send"], curator) == 1
    assert late["send"].rows.get().before["note_en"] == "another"
    review.send_to_review(late["send"], curator)
    vouched(late["send"], reviewer)
    review.publish(late["send"], publisher, "second")


@on_both_stores
def test_a_row_that_others_made_doubtful_since_it_was_approved_is_not_published(
    curator: User, reviewer: User, publisher: User
) -> None:
    late = approved(curator, reviewer, observations=[liling(variant="own", period="2003", value="11")])
    row = liling(variant="own", value="1000")
    usual = [row | {"period": period} for period in ("2000", "2001", "2002")]
    review.publish(approved(curator, reviewer, observations=usual), publisher, "first")
    assert refused(review.publish, late, publisher, "second") == "stale"


def test_what_its_maker_takes_back_nobody_vouches_for(curator: User, reviewer: User) -> None:
    batch = approved(curator, reviewer, observations=[liling(note_en="another")])
    review.take_back(batch, curator)
    assert (batch.reviewed_by, ImportBatch.objects.get(pk=batch.pk).reviewed_by) == (None, None)


def test_a_release_whose_roll_back_was_rejected_can_be_rolled_back_again(
    curator: User, reviewer: User, publisher: User
) -> None:
    release = review.publish(approved(curator, reviewer, observations=[liling(note_en="another")]), publisher, "a note")
    first = review.roll_back(release, publisher, "why")
    assert refused(review.roll_back, release, publisher, "why") == "waits"
    review.reject(first, reviewer, "no")
    second = review.roll_back(release, publisher, "why")
    review.approve(second, reviewer)
    review.publish(second, publisher, "why")
    assert refused(review.roll_back, release, publisher, "why") == "nothing_left"


def test_another_change_elsewhere_makes_nothing_stale(curator: User, reviewer: User, publisher: User) -> None:
    batch = draft(curator, observations=[liling(value="41.26")])
    review.publish(approved(curator, reviewer), publisher, "a topic")
    review.send_to_review(batch, curator)
    vouched(batch, reviewer)
    review.publish(batch, publisher, "a figure")


# What was seen -------------------------------------------------------------------------------------------------------


def test_a_step_is_of_what_was_seen_and_refused_with_the_difference(
    curator: User, reviewer: User, publisher: User
) -> None:
    batch = in_review(curator, observations=[liling(value="41.26")])
    seen = ImportBatch.objects.get(pk=batch.pk)
    review.take_back(batch, curator)
    mend(batch, curator, {batch.rows.get().pk: {"value": "0.01"}})
    review.send_to_review(batch, curator)
    for step in (
        review.approve,
        lambda b, u: review.accept_warnings(b, u, [], "r"),
        lambda b, u: review.reject(b, u, "r"),
    ):
        assert refused(step, seen, reviewer) == "changed"
    with pytest.raises(StepRefused) as refusal:
        review.approve(seen, reviewer)
    with override("en"):
        assert "curator edited: observations 2: value: 41.26 → 0.01" in str(refusal.value.message)
    batch.refresh_from_db()
    review.accept_warnings(batch, reviewer, batch.rows.values_list("pk", flat=True), "as printed")
    review.approve(batch, reviewer)
    assert [step.revision for step in batch.steps.filter(step__in=(Step.SENT, Step.APPROVED))] == [0, 1, 1]
    assert refused(review.publish, seen, publisher, "why") == "changed"
    review.publish(batch, publisher, "why")


def test_a_batch_that_was_sent_anew_unchanged_is_what_was_seen(curator: User, reviewer: User) -> None:
    batch = in_review(curator)
    seen = ImportBatch.objects.get(pk=batch.pk)
    review.take_back(batch, curator)
    assert compare_again(batch, curator) == 0
    review.send_to_review(batch, curator)
    review.approve(seen, reviewer)


def test_an_edit_on_a_page_and_another_comparison_are_other_revisions(
    curator: User, reviewer: User, publisher: User
) -> None:
    topics = BY_NAME["topics"]
    batch = stage_edits(topics, [Edit(topics, cells_of("topics", code="TRADE") | {"name_en": "A"})], curator, "first")
    seen = ImportBatch.objects.get(pk=batch.pk)
    batch = stage_edits(topics, [Edit(topics, cells_of("topics", code="TRADE") | {"name_en": "B"})], curator, "second")
    assert refused(review.send_to_review, seen, curator) == "changed"
    assert "second: TRADE: name_en: A → B" in batch.steps.last().reason
    review.publish(
        approved(curator, reviewer, topics=[cells_of("topics", code="TRADE") | {"order": "77"}]), publisher, "w"
    )
    assert compare_again(batch, curator) == 1
    assert "order: " in batch.steps.last().reason
    assert batch.steps.last().reason.endswith("→ 77")
    assert batch.revision == 3


@on_both_stores
def test_a_release_that_fails_leaves_the_batch_approved(
    curator: User, reviewer: User, publisher: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = approved(curator, reviewer)

    def fails(_progress: Any) -> str:
        raise RuntimeError

    monkeypatch.setattr("curation.releases.publication.brought_forward", fails)
    with pytest.raises(RuntimeError), transaction.atomic():
        review.publish(batch, publisher, "why")
    assert ImportBatch.objects.get(pk=batch.pk).status == BatchStatus.APPROVED
    assert not Topic.objects.filter(code="T_TOPIC").exists()
    assert Release.objects.count() == 1
