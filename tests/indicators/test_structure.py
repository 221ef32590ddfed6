"""Indices of structure: worked by hand, within their bounds, and without a result where a figure lacks."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from indicators.labels import labels
from indicators.models import Observation, Series
from indicators.selection import everything
from indicators.structure import (
    Lack,
    concentration,
    herfindahl,
    krugman,
    location_quotient,
    normalised_herfindahl,
    openness,
    rounded,
    shares,
    specialisation,
)
from regions.models import Membership, Part, Region
from tests.indicators.indicator_store import a_category, a_region, a_release, a_series, an_indicator, an_observation

AMOUNT = st.decimals(0, 10**6, places=2)
AMOUNTS = st.lists(AMOUNT, min_size=1, max_size=12).filter(any)
STRUCTURES = st.integers(1, 8).flatmap(
    lambda n: st.tuples(*(st.lists(AMOUNT, min_size=n, max_size=n).filter(any) for _ in range(2)))
)


def decimals(*numbers: str) -> list[Decimal]:
    return [Decimal(number) for number in numbers]


# The formulas --------------------------------------------------------------------------------------------------------


def test_herfindahl_by_hand() -> None:
    """Shares 0.5, 0.3 and 0.2: 0.25 + 0.09 + 0.04 = 0.38; normalised_herfindahl (0.38 - 1/3) / (2/3) = 0.07."""
    index = herfindahl(decimals("50", "30", "20"))
    assert index == Fraction(38, 100)
    assert normalised_herfindahl(index, 3) == Fraction(7, 100)
    assert herfindahl(decimals("7.5")) == 1
    assert normalised_herfindahl(Fraction(1), 1) is None


def test_location_quotients_and_krugman_by_hand() -> None:
    """Own 60, 40; reference 20, 30, 50 of 100: shares .6 .4 0 and .2 .3 .5: |.4| + |.1| + |.5| = 1."""
    own, reference = shares(decimals("60", "40", "0")), shares(decimals("20", "30", "50"))
    quotients = [location_quotient(a, b) for a, b in zip(own, reference, strict=True)]
    assert quotients == [3, Fraction(4, 3), 0]
    assert krugman(own, reference) == 1
    assert location_quotient(Fraction(1, 2), Fraction(0)) is None


@given(AMOUNTS)
def test_herfindahl_lies_between_equal_parts_and_one(amounts: list[Decimal]) -> None:
    index, count = herfindahl(amounts), len(amounts)
    assert Fraction(1, count) <= index <= 1
    assert herfindahl(amounts[::-1]) == index
    assert herfindahl([amount * 3 for amount in amounts]) == index
    if count > 1:
        assert 0 <= normalised_herfindahl(index, count) <= 1


@given(AMOUNTS)
def test_joining_two_parts_never_lowers_concentration(amounts: list[Decimal]) -> None:
    if len(amounts) > 1:
        assert herfindahl([amounts[0] + amounts[1], *amounts[2:]]) >= herfindahl(amounts)


@given(STRUCTURES)
def test_quotients_have_the_weighted_mean_one(structures: tuple[list[Decimal], list[Decimal]]) -> None:
    own, reference = map(shares, structures)
    quotients = [location_quotient(a, b) for a, b in zip(own, reference, strict=True)]
    elsewhere = sum((a for a, b in zip(own, reference, strict=True) if not b), Fraction(0))
    assert sum(q * b for q, b in zip(quotients, reference, strict=True) if q is not None) == 1 - elsewhere


@given(STRUCTURES)
def test_krugman_is_a_distance_from_0_to_2(structures: tuple[list[Decimal], list[Decimal]]) -> None:
    own, reference = map(shares, structures)
    assert 0 <= krugman(own, reference) <= 2
    assert krugman(own, reference) == krugman(reference, own)
    assert krugman(own, own) == 0
    assert (krugman(own, reference) == 0) == (own == reference)


@given(AMOUNTS)
def test_shares_add_up_to_one_exactly(amounts: list[Decimal]) -> None:
    assert sum(shares(amounts)) == 1


@pytest.mark.parametrize("amounts", [[], ["0", "0"], ["5", "-1"]])
def test_there_are_no_shares_of_nothing_or_of_debts(amounts: list[str]) -> None:
    with pytest.raises(ValueError, match=r"\["):
        shares(decimals(*amounts))


def test_rounding_is_half_to_even() -> None:
    assert rounded(Fraction(12345, 10**5), 4) == Decimal("0.1234")
    assert rounded(Fraction(12355, 10**5), 4) == Decimal("0.1236")
    assert str(rounded(Fraction(1), 4)) == "1.0000"
    assert rounded(None) is None


# Over stored figures -------------------------------------------------------------------------------------------------


@pytest.fixture
def counties(db: None) -> list[Region]:
    """Three regions below one."""
    whole = a_region("T-WHOLE")
    found = [a_region(f"T{number}", whole) for number in range(1, 4)]
    Region.objects.filter(pk__in=[whole.pk, *(region.pk for region in found)]).update(released=a_release())
    return [whole, *found]


def trade(region: Region, value: str | None, period: str = "2024", **values: Any) -> Observation:
    indicator = an_indicator("T_TRADE", aggregation="sum")
    of = Series.objects.filter(indicator=indicator, region=region).first() or a_series(
        indicator=indicator, region=region
    )
    return an_observation(of, period, value, **values)


def measured(counties: list[Region]) -> Any:
    parts = Region.objects.public().parts_of(counties[0])
    return concentration(counties[0], parts, an_indicator("T_TRADE", aggregation="sum"), everything(labels()), labels())


def test_concentration_names_the_rows_it_was_made_of(counties: list[Region]) -> None:
    rows = [trade(region, value) for region, value in zip(counties[1:], ("50", "30", "20"), strict=True)]
    (found,) = measured(counties)
    assert (found.index, found.missing) == (Fraction(38, 100), [])
    assert [record["id"] for _, record, _ in found.parts] == [row.pk for row in rows]


@pytest.mark.parametrize(
    ("value", "more", "reason"),
    [
        (None, {}, "no_value"), ("20", {"qualifier": "approx"}, "not_exact"), ("-20", {}, "negative"),
        ("20", {"status": "F"}, "no_value"),
    ],
)  # fmt: skip
def test_a_part_without_an_exact_figure_leaves_no_result(
    counties: list[Region], value: str | None, more: dict[str, Any], reason: str
) -> None:
    trade(counties[1], "50")
    trade(counties[2], "30")
    trade(counties[3], value, **more)
    (found,) = measured(counties)
    assert found.index is None
    assert found.missing == [Lack(reason, counties[3].pk)]


def test_what_does_not_add_up_and_groups_with_unnamed_members_have_no_concentration(counties: list[Region]) -> None:
    of = an_indicator("T_RATE")
    an_observation(a_series(indicator=of, region=counties[1]), "2024", "5")
    group = a_region("T-GROUP")
    Region.objects.filter(pk=group.pk).update(kind="group", members_complete=False, released=a_release())
    group.refresh_from_db()
    Membership.objects.create(group=group, member=counties[1], released=a_release())
    parts = Region.objects.public().parts_of(group)
    (found,) = concentration(group, parts, of, everything(labels()), labels())
    assert [lack.reason for lack in found.missing] == ["not_additive", "unnamed_parts"]


def test_parts_are_those_of_the_time(counties: list[Region]) -> None:
    Region.objects.filter(pk=counties[3].pk).update(valid_to=datetime.date(2020, 1, 1))
    for region in counties[1:]:
        trade(region, "10", "2024")
    trade(counties[1], "10", "2019")
    found = {row.period: row for row in measured(counties)}
    assert found["2024"].index == Fraction(1, 2)
    assert [lack.region for lack in found["2019"].missing] == [counties[2].pk, counties[3].pk]
    member = Part(counties[1], (datetime.date(2021, 1, 1), datetime.date(2022, 1, 1)))
    days = (datetime.date(2020, 12, 31), datetime.date(2021, 1, 1), datetime.date(2022, 1, 1))
    assert [member.stood_on(day) for day in days] == [False, True, False]


def output(region: Region, industry: str, value: str, **category: Any) -> None:
    of = a_series(
        indicator=an_indicator("T_OUT", aggregation="sum"), region=region, industry=a_category(industry, **category)
    )
    an_observation(of, "2024", value)


def test_specialisation_over_stored_figures(counties: list[Region]) -> None:
    for industry, own, reference in (("T_A", "60", "20"), ("T_B", "40", "30"), ("T_C", "0", "50")):
        output(counties[1], industry, own)
        output(counties[2], industry, reference)
    (found,) = specialisation(
        counties[1], counties[2], an_indicator("T_OUT"), "industry", everything(labels()), labels()
    )
    assert found.krugman == 1
    assert [quotient.location_quotient for quotient in found.quotients] == [3, Fraction(4, 3), 0]


def test_an_industry_that_only_one_has_a_figure_for_is_missing_not_zero(counties: list[Region]) -> None:
    output(counties[1], "T_A", "60")
    output(counties[2], "T_A", "20")
    output(counties[2], "T_B", "30")
    (found,) = specialisation(
        counties[1], counties[2], an_indicator("T_OUT"), "industry", everything(labels()), labels()
    )
    assert found.krugman is None
    assert [(lack.reason, lack.region) for lack in found.missing] == [("no_value", counties[1].pk)]


def test_an_industry_within_one_that_both_have_does_not_count_twice(counties: list[Region]) -> None:
    above = a_category("T_A")
    for region in counties[1:3]:
        output(region, "T_A", "60")
        output(region, "T_B", "40")
    output(counties[1], "T_A1", "10", parent=above)
    (found,) = specialisation(
        counties[1], counties[2], an_indicator("T_OUT"), "industry", everything(labels()), labels()
    )
    assert (found.krugman, len(found.quotients)) == (Fraction(0), 2)


@pytest.mark.django_db
def test_openness_of_the_four_counties_by_hand() -> None:
    """50.81 / 1843.6 = 2.756 %."""
    found = openness(everything(labels()).where("region", [labels().regions.key["ZZ-COUNTIES"]]), labels())
    assert [(row.period, row.ratio.value, row.missing) for row in found] == [
        ("2022", None, ["GDP"]), ("2024", Decimal("2.76"), []),
    ]  # fmt: skip


def test_the_number_of_queries_does_not_grow(counties: list[Region]) -> None:
    known, indicator = labels(), an_indicator("T_TRADE", aggregation="sum")
    parts = Region.objects.public().parts_of(counties[0])

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            concentration(counties[0], parts, indicator, everything(known), known)
        return len(asked)

    of = trade(counties[1], "1", "2000").series
    few = queries()
    for year in range(2001, 2024):
        an_observation(of, str(year), "1")
    assert queries() == few == 1
