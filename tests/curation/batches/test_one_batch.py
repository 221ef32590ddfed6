"""One batch holds whatever belongs together, and what does not can be told apart and sent back by itself."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils.translation import override

from curation.batches import review
from curation.batches.checks import compared_checks
from curation.batches.drafts import mend
from curation.batches.edits import Edit, stage_edits
from curation.batches.observation_previews import public_rows
from curation.batches.parts import divide, join, parts_of
from curation.models import BatchStatus, ImportBatch, Verdict
from curation.refusals import StepRefused
from curation.roles import CURATOR, PUBLISHER, REVIEWER
from curation.tables.curated import BY_NAME
from indicators.models import Check, Observation
from sources.models import Release
from tests.builder import Tables, cells_of, liling
from tests.curation.people import draft, person

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
on_both_stores = pytest.mark.stores_alike(False)


@pytest.fixture
def curator() -> User:
    return person("curator", CURATOR)


@pytest.fixture
def reviewer() -> User:
    return person("reviewer", REVIEWER)


def newcomer(total: str = "41") -> Tables:
    """An indicator that no release has, with its unit, source, citations, regions, check and first figures."""
    tables = Tables().region("T-TOWN", kind="prefecture").indicator("T_SALES")
    for code, value in (("T-EAST", "40"), ("T-WEST", "1")):
        tables.region(code, parent="T-TOWN").figures(code, "T_SALES", {"2024": value})
    tables.figures("T-TOWN", "T_SALES", {"2024": total})
    tables.add("checks", code="t-sum", kind="sum", name_zh="和", name_en="Sum")
    for role, ordinal, place in (("total", "1", "T-TOWN"), ("part", "1", "T-EAST"), ("part", "2", "T-WEST")):
        term = {"role": role, "ordinal": ordinal, "series": f"A.{place}.T_SALES", "period": "2024"}
        tables.add("check_terms", check="t-sum", **term)
    return tables


@on_both_stores
def test_an_indicator_with_its_first_figures_is_one_review_and_one_release(curator: User, reviewer: User) -> None:
    releases = Release.objects.published().count()
    batch = draft(curator, **newcomer().rows)
    assert set(batch.rows.values_list("verdict", flat=True)) == {Verdict.NEW}
    (figure, *_) = public_rows(batch, list(batch.rows.filter(table="observations", key__startswith="T-TOWN")))
    assert (figure["indicator_name"], figure["unit_name"], figure["text"]) == ("名T_SALES", "名T_TONNE", "41名T_TONNE")
    (compared,) = compared_checks(batch).values()
    assert (compared.before.result, compared.after.result) == ("not_testable", "pass")
    review.send_to_review(batch, curator)
    review.approve(batch, reviewer)
    review.publish(batch, person("publisher", PUBLISHER), "why")
    assert Release.objects.published().count() == releases + 1
    assert Observation.objects.live().filter(series__indicator__code="T_SALES").count() == 3
    assert Check.objects.public().filter(code="t-sum").exists()


def test_a_sum_over_regions_of_the_same_batch_is_doubted(curator: User) -> None:
    batch = draft(curator, **newcomer(total="50").rows)
    warned = batch.rows.with_warnings().values_list("key", "warnings")
    assert {key.partition("|")[0] for key, _ in warned} == {"T-TOWN", "T-EAST", "T-WEST"}
    assert {warning["code"] for _, warnings in warned for warning in warnings} == {"total_differs"}


def test_what_refers_to_a_row_in_error_says_so_until_that_is_mended(curator: User) -> None:
    tables = newcomer()
    tables.rows["units"][0]["factor"] = "one"
    batch = draft(curator, **tables.rows)
    wrong = dict(batch.rows.filter(verdict=Verdict.ERROR).values_list("table", "errors"))
    assert set(wrong) == {"units", "observations"}
    assert "is brought by a row that is in error itself" in wrong["observations"][0]["en"]
    mend(batch, curator, {batch.rows.get(table="units").pk: {"factor": "1"}})
    assert set(batch.rows.values_list("verdict", flat=True)) == {Verdict.NEW}


# Told apart ---------------------------------------------------------------------------------------------------------------


def renamed(code: str, name: str) -> Edit:
    return Edit(BY_NAME["topics"], cells_of("topics", code=code) | {"name_en": name})


def test_changes_made_on_pages_of_any_table_go_into_one_draft_as_parts_of_it(curator: User) -> None:
    batch = stage_edits(BY_NAME["topics"], [renamed("TRADE", "A")], curator, "first")
    unit = Edit(BY_NAME["units"], cells_of("units", code="PERCENT") | {"name_en": "per cent"})
    assert stage_edits(BY_NAME["units"], [unit], curator, "second") == batch
    assert stage_edits(BY_NAME["topics"], [renamed("INVESTMENT", "B")], curator, "third", "new") != batch
    with override("en"):
        assert str(batch) == "Changes of topics"
    told = [(part.step.reason.partition(":")[0], part.counts) for part in parts_of(batch)]
    assert told == [("first", {"changed": 1}), ("second", {"changed": 1})]


def test_a_file_joins_the_batch_that_has_what_it_refers_to(curator: User) -> None:
    tables = newcomer().rows
    figures = {"observations": tables.pop("observations")}
    into, batch = draft(curator, **tables), draft(curator, **figures)
    assert set(batch.rows.values_list("verdict", flat=True)) == {Verdict.ERROR}
    join(batch, curator, into)
    assert not ImportBatch.objects.filter(pk=batch.pk).exists()
    assert set(into.rows.values_list("verdict", flat=True)) == {Verdict.NEW}
    assert [part.count for part in parts_of(into)] == [into.rows.exclude(table="observations").count(), 3]


def test_what_joins_takes_the_place_of_the_same_row(curator: User) -> None:
    into, batch = (
        draft(curator, observations=[liling(value="41.26")]),
        draft(curator, observations=[liling(value="41.27")]),
    )
    join(batch, curator, into)
    assert [row.resolved["value"] for row in into.rows.all()] == ["41.27"]


def test_a_reviewer_sends_back_one_of_two_unrelated_edits(curator: User, reviewer: User) -> None:
    batch = stage_edits(BY_NAME["topics"], [renamed("TRADE", "A")], curator, "first")
    stage_edits(BY_NAME["topics"], [renamed("INVESTMENT", "B")], curator, "second")
    batch.refresh_from_db()
    review.send_to_review(batch, curator)
    unwanted = parts_of(batch)[0].step
    apart = divide(batch, reviewer, [row.pk for row in batch.rows.of_part(unwanted.pk)], "not yet")
    assert (apart.status, apart.created_by, apart.rows.get().key) == (BatchStatus.REJECTED, curator, "TRADE")
    review.approve(batch, reviewer)
    release = review.publish(batch, person("publisher", PUBLISHER), "why")
    assert [change.key for change in release.changes.all()] == ["INVESTMENT"]


def test_what_the_rest_refers_to_is_not_divided_from_it(curator: User, reviewer: User) -> None:
    batch = draft(curator, **newcomer().rows)
    review.send_to_review(batch, curator)
    indicator = batch.rows.get(table="indicators")
    for rows, code in (
        ([indicator.pk], "needed"),
        ([], "some_rows"),
        (batch.rows.values_list("pk", flat=True), "some_rows"),
    ):
        with pytest.raises(StepRefused) as refusal:
            divide(batch, reviewer, list(rows), "no")
        assert refusal.value.code == code
    assert batch.rows.filter(pk=indicator.pk).exists()


@pytest.mark.parametrize("origin", ["roll_back", "tables"])
def test_what_is_nobodys_to_change_is_neither_joined_nor_divided(curator: User, reviewer: User, origin: str) -> None:
    rows = [{"code": code, "name_zh": "主题", "name_en": "Topic", "order": "1"} for code in ("T_ONE", "T_TWO")]
    batch, into = draft(curator, topics=rows), draft(curator, observations=[liling(value="41.26")])
    maker = curator if origin == "roll_back" else None
    ImportBatch.objects.filter(pk=batch.pk).update(origin=origin, created_by=maker, status="in_review")
    batch.refresh_from_db()
    with pytest.raises(StepRefused):
        divide(batch, reviewer, [batch.rows.first().pk], "no")
    ImportBatch.objects.filter(pk=batch.pk).update(status="draft")
    with pytest.raises(StepRefused):
        join(batch, curator, into)
