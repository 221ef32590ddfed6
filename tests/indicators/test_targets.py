"""What became of a goal: by its own series and its due period alone, and never more than the figures say."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from indicators.checks import INFINITY, Interval
from indicators.labels import labels
from indicators.models import Observation, Series
from indicators.selection import everything
from indicators.targets import (
    MET,
    MISSED,
    PENDING,
    REASONS,
    RESULTS,
    UNKNOWN,
    Goal,
    Outcome,
    Target,
    judge,
    reaches,
    targets,
)
from tests.indicators.indicator_store import a_category, a_series, a_unit, an_indicator, an_observation

BEFORE, AFTER = datetime.date(2025, 6, 30), datetime.date(2027, 1, 1)
AMOUNTS = st.decimals(-1000, 1000, places=2)


def asked(series: Series) -> list[Target]:
    names = labels()
    return targets(everything(names).having("series", [series.pk]), names, AFTER)


def goal(amount: str = "100", *, stated: bool = True, higher_is: str = "better") -> Goal:
    start, end = datetime.date(2026, 1, 1), datetime.date(2026, 12, 31)
    return Goal(Decimal(amount), "CNY", "2026", start, end, stated, higher_is)


def outcome(value: str, year: int = 2026, qualifier: str = "exact", dimension: str = "CNY") -> Outcome:
    figure = Interval.stated(Decimal(value), 0, qualifier)
    exact = figure if qualifier == "approx" else figure.as_stated()
    return Outcome(year, str(year), datetime.date(year, 1, 1), dimension, exact)


def judged(of: Goal, *outcomes: Outcome, today: datetime.date = AFTER) -> tuple[str, str, int | None]:
    found = judge(of, outcomes, today)
    return found.result, found.reason, found.decided_by


def test_the_due_period_decides() -> None:
    assert judged(goal(), outcome("100")) == (MET, "reached", 2026)
    assert judged(goal(), outcome("99")) == (MISSED, "not_reached", 2026)
    assert judged(goal(), outcome("100", 2025), outcome("99")) == (MISSED, "not_reached", 2026)
    assert judged(goal(), outcome("150", 2025)) == (UNKNOWN, "nothing_observed", None)
    assert judged(goal()) == (UNKNOWN, "nothing_observed", None)


def test_an_unfinished_period_is_pending_unless_it_is_reached() -> None:
    assert judged(goal(), today=BEFORE) == (PENDING, "not_over", None)
    assert judged(goal(), today=datetime.date(2026, 12, 31)) == (PENDING, "not_over", None)
    assert judged(goal(), outcome("99"), today=BEFORE) == (PENDING, "not_over", None)
    assert judged(goal(), outcome("100"), today=BEFORE) == (MET, "reached", 2026)
    assert judged(goal(), outcome("120", 2025), today=BEFORE) == (PENDING, "reached_early", 2025)


def test_a_period_that_no_document_states_cannot_be_missed() -> None:
    open_end = goal(stated=False)
    assert judged(open_end) == (UNKNOWN, "due_not_stated", None)
    assert judged(open_end, outcome("99")) == (UNKNOWN, "due_not_stated", None)
    assert judged(open_end, outcome("120", 2025)) == (UNKNOWN, "due_not_stated", None)
    assert judged(open_end, outcome("99"), outcome("101", 2028)) == (MET, "reached_since", 2028)


def test_figures_that_are_not_exact_decide_only_where_they_can() -> None:
    assert judged(goal(), outcome("100", qualifier="over"))[0] == MET
    assert judged(goal(), outcome("90", qualifier="over"))[:2] == (UNKNOWN, "not_exact")
    assert judged(goal(), outcome("90", qualifier="under"))[0] == MISSED
    assert judged(goal(), outcome("120", qualifier="under"))[:2] == (UNKNOWN, "not_exact")
    assert judged(goal(), outcome("100", qualifier="approx"))[:2] == (UNKNOWN, "not_exact")
    assert judged(goal(), outcome("101", qualifier="approx"))[0] == MET


def test_lower_is_reached_from_above_and_neutral_not_at_all() -> None:
    less = goal(higher_is="worse")
    assert judged(less, outcome("100"))[0] == MET
    assert judged(less, outcome("101"))[0] == MISSED
    assert judged(goal(higher_is="neutral"), outcome("100"))[:2] == (UNKNOWN, "no_direction")


def test_another_dimension_cannot_be_compared() -> None:
    assert judged(goal(), outcome("100", dimension="USD"))[:2] == (UNKNOWN, "other_unit")


@given(AMOUNTS, AMOUNTS)
def test_exact_figures_always_decide_and_both_ways_only_when_equal(value: Decimal, amount: Decimal) -> None:
    point = Interval(value, value, value)
    up, down = reaches(point, amount, "better"), reaches(point, amount, "worse")
    assert (up, down) == (value >= amount, value <= amount)


@given(AMOUNTS, AMOUNTS)
def test_an_open_figure_never_says_more_than_its_open_side_allows(value: Decimal, amount: Decimal) -> None:
    assert reaches(Interval(value, INFINITY, value), amount, "better") is (True if value >= amount else None)
    assert reaches(Interval(-INFINITY, value, value), amount, "better") is (False if value < amount else None)


@given(
    st.lists(st.tuples(AMOUNTS, st.integers(2020, 2030)), max_size=6), AMOUNTS, st.booleans(),
    st.sampled_from(["better", "worse", "neutral"]), st.dates(datetime.date(2020, 1, 1), datetime.date(2030, 1, 1)),
)  # fmt: skip
def test_every_goal_gets_one_result_with_a_reason(
    seen: list[tuple[Decimal, int]], amount: Decimal, stated: bool, higher_is: str, today: datetime.date
) -> None:
    of = goal(str(amount), stated=stated, higher_is=higher_is)
    outcomes = [outcome(str(value), year) for value, year in {year: (value, year) for value, year in seen}.values()]
    found = judge(of, outcomes, today)
    assert found.result in RESULTS
    assert found.reason in REASONS
    if found.result == MISSED:
        assert stated
        assert today > of.end
        assert found.decided_by == 2026
    assert judge(of, outcomes[::-1], today).result == found.result


@pytest.mark.django_db
def test_comparable_series_stand_beside_the_goal_and_decide_nothing() -> None:
    indicator = an_indicator(higher_is="better")
    whole = a_category("T_WHOLE")
    part, other = a_category("T_PART", parent=whole), a_category("T_OTHER")
    own = a_series(indicator=indicator, industry=whole)
    an_observation(own, "2026", "100", status="F", qualifier="target")
    seen = {
        "same": an_observation(own, "2024", "40"),
        "part": an_observation(a_series(indicator=indicator, industry=part), "2026", "120"),
        "whole": an_observation(a_series(indicator=indicator), "2026", "500"),
        "variant": an_observation(a_series(indicator=indicator, industry=whole, variant="cited"), "2026", "200"),
    }
    an_observation(a_series(indicator=indicator, industry=other), "2026", "300")
    (found,) = asked(own)
    assert {observed.relation: observed.record["id"] for observed in found.observed} == {
        relation: row.pk for relation, row in seen.items()
    }
    assert (found.judgement.result, found.judgement.reason) == (UNKNOWN, "nothing_observed")


@pytest.mark.django_db
def test_units_of_one_dimension_are_compared_in_base_units() -> None:
    indicator = an_indicator(higher_is="better")
    filed, own = a_series(indicator=indicator), a_series(indicator=indicator, variant="x")
    an_observation(own, "2024", "1", status="F", qualifier="target", unit=a_unit("CNY_1T"), period_basis="inferred")
    an_observation(own, "2025", "9999")
    an_observation(own, "2026", "10000")
    an_observation(filed, "2026", "20000")
    (found,) = asked(own)
    decided = Observation.objects.get(pk=found.judgement.decided_by)
    assert (found.judgement.result, decided.series, decided.period) == (MET, own, "2026")


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow() -> None:
    own = a_series(indicator=an_indicator(higher_is="better"))
    for year in range(2030, 2050):
        an_observation(own, str(year), "5", status="F", qualifier="target")
    names = labels()

    def queries(last: str) -> int:
        until = everything(names).during([(None, datetime.date.fromisoformat(f"{last}-12-31"))])
        with CaptureQueriesContext(connection) as run:
            assert targets(until.having("series", [own.pk]), names, AFTER)
        return len(run)

    assert queries("2030") == queries("2049") == 3
