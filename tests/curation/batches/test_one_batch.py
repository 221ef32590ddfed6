"""One batch holds whatever belongs together, and what does not can be told apart and sent back by itself."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from curation.batches import review
from curation.batches.checks import compared_checks
from curation.batches.drafts import mend
from curation.batches.observation_previews import public_rows
from curation.models import Verdict
from curation.roles import CURATOR, PUBLISHER, REVIEWER
from indicators.models import Check, Observation
from sources.models import Release
from tests.builder import Tables
from tests.curation.people import draft, person

pytestmark = pytest.mark.django_db


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
