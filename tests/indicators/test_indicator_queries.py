"""The queries over observations and series: what stands, what lies within a time, the latest, the breakdowns."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators.models import Observation, Series
from sources.models import Release
from tests.indicators.indicator_store import a_category, a_region, a_series, an_indicator, an_observation

pytestmark = pytest.mark.django_db

day = datetime.date


def periods(rows: Any) -> list[str]:
    return sorted(row.period for row in rows)


def retire(row: Observation) -> None:
    later, _ = Release.objects.get_or_create(version="2030.1")
    row.retired = later
    row.save()


# What stands -------------------------------------------------------------------------------------------------------


def test_a_retired_row_no_longer_stands() -> None:
    line = a_series()
    retire(an_observation(line, "2024", "1"))
    corrected = an_observation(line, "2024", "2")
    assert list(line.observations.live()) == [corrected]


def a_later_release(day_of_june: int) -> Release:
    at = datetime.datetime(2031, 6, day_of_june, tzinfo=datetime.UTC)
    return Release.objects.create(version=f"2031.{day_of_june}", status="published", published_at=at)


def test_a_release_stands_as_it_was_whatever_came_after() -> None:
    first, second, third = (a_later_release(n) for n in (1, 2, 3))
    line = a_series()
    mine = Observation.objects.filter(series=line)
    corrected = an_observation(line, "2024", "1", released=first, retired=second)
    current = an_observation(line, "2024", "2", released=second)
    withdrawn = an_observation(line, "2023", "3", released=first, retired=third)
    late = an_observation(line, "2022", "4", released=third)
    assert set(mine.as_of(Release.objects.get(version="2026.1"))) == set()
    assert set(mine.as_of(first)) == {corrected, withdrawn}
    assert set(mine.as_of(second)) == {current, withdrawn}
    assert set(mine.as_of(third)) == set(mine.live()) == {current, late}
    assert {row: row.action for row in mine.revised_since(None)} == {current: "new", late: "new"}
    assert {row: row.action for row in mine.revised_since(first)} == {
        current: "changed", late: "new", withdrawn: "withdrawn",
    }  # fmt: skip
    assert {row: row.action for row in mine.revised_since(second)} == {late: "new", withdrawn: "withdrawn"}
    assert not mine.revised_since(third)


def test_releases_of_one_moment_are_told_apart_by_their_number() -> None:
    first, second = a_later_release(1), a_later_release(2)
    Release.objects.filter(pk=second.pk).update(published_at=first.published_at)
    second.refresh_from_db()
    assert Release.objects.until(first)[0] == first
    assert list(Release.objects.until(second))[:2] == [second, first]
    assert Release.objects.at(first.published_at) == second
    assert Release.objects.at(first.published_at - datetime.timedelta(seconds=1)).version == "2026.1"
    assert Release.objects.at(datetime.datetime(1949, 10, 1, tzinfo=datetime.UTC)) is None


def test_preferred_leaves_out_what_others_state_for_the_same_thing() -> None:
    kept = an_observation(a_series())
    an_observation(a_series(variant="cited"))
    mine = Observation.objects.filter(series__indicator=an_indicator())
    assert list(mine.preferred()) == [kept]
    assert list(Series.objects.filter(indicator=an_indicator()).preferred()) == [kept.series]


def test_a_series_is_public_while_a_value_of_it_stands() -> None:
    line = a_series()
    mine = Series.objects.filter(pk=line.pk)
    assert not mine.public().exists()
    row = an_observation(line)
    assert mine.public().exists()
    retire(row)
    assert not mine.public().exists()


def extent(line: Series) -> tuple[Any, ...]:
    wanted = ("observation_count", "first_period", "last_period")
    return Series.objects.with_extent().values_list(*wanted).get(pk=line.pk)


def test_the_extent_of_a_series_counts_what_stands() -> None:
    line = a_series()
    retire(an_observation(line, "2019"))
    retire(an_observation(line, "2022"))
    for period in ("2022", "2020", "2024"):
        an_observation(line, period)
    assert extent(line) == (3, "2020", "2024")


def test_the_extent_of_an_empty_series_is_empty() -> None:
    assert extent(a_series()) == (0, None, None)


# During ------------------------------------------------------------------------------------------------------------

YEAR_2024 = (day(2024, 1, 1), day(2024, 12, 31))


def held(frequency: str, labels: list[str], accumulation: str = "none") -> Any:
    line = a_series(frequency=frequency, accumulation=accumulation)
    for label in labels:
        an_observation(line, label)
    return line.observations


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([YEAR_2024], ["2024-01", "2024-07", "2024-12"]),
        ([(day(2024, 7, 1), day(2024, 7, 31))], ["2024-07"]),
        ([(day(2024, 7, 2), day(2024, 7, 31))], []),
        ([(day(2024, 7, 1), day(2024, 7, 30))], []),
        ([(day(2024, 7, 1), None)], ["2024-07", "2024-12", "2025-01"]),
        ([(None, day(2024, 1, 31))], ["2023-12", "2024-01"]),
        ([(None, None)], ["2023-12", "2024-01", "2024-07", "2024-12", "2025-01"]),
        ([(None, day(2023, 12, 31)), (day(2025, 1, 1), None)], ["2023-12", "2025-01"]),
    ],
)
def test_months_lie_within_a_time_wholly_or_not_at_all(spans: Any, expected: list[str]) -> None:
    rows = held("M", ["2023-12", "2024-01", "2024-07", "2024-12", "2025-01"])
    assert periods(rows.during(spans)) == expected


def test_a_year_holds_its_months_quarters_and_itself_but_a_month_no_year() -> None:
    held("A", ["2023", "2024", "2025"])
    held("Q", ["2023-Q4", "2024-Q1", "2024-Q4"])
    held("M", ["2024-02", "2025-01"])
    mine = Observation.objects.filter(series__indicator=an_indicator())
    assert periods(mine.during([YEAR_2024])) == ["2024", "2024-02", "2024-Q1", "2024-Q4"]
    assert periods(mine.during([(day(2024, 2, 1), day(2024, 2, 29))])) == ["2024-02"]
    assert periods(mine.during([(day(2024, 1, 1), day(2024, 3, 31))])) == ["2024-02", "2024-Q1"]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(day(2020, 7, 1), day(2020, 7, 31))], ["2020-07"]),
        ([(day(2020, 1, 1), day(2020, 12, 31))], ["2020-01", "2020-07", "2020-12"]),
        ([(day(2020, 8, 1), None)], ["2020-12", "2021-01"]),
        ([(None, day(2020, 7, 31))], ["2020-01", "2020-07"]),
        ([(None, day(2020, 7, 30))], ["2020-01"]),
        ([(day(2020, 2, 1), day(2020, 6, 30))], []),
    ],
)
def test_a_year_to_date_row_counts_by_the_month_it_is_labelled_with(spans: Any, expected: list[str]) -> None:
    rows = held("M", ["2020-01", "2020-07", "2020-12", "2021-01"], accumulation="ytd")
    assert all(row.period_start.month == 1 for row in rows.all())
    assert periods(rows.during(spans)) == expected


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dates(day(2019, 1, 1), day(2026, 12, 31)), st.dates(day(2019, 1, 1), day(2026, 12, 31)))
def test_during_is_containment(first: datetime.date, last: datetime.date) -> None:
    rows = Observation.objects.live().exclude(series__accumulation="ytd")
    expected = {row.pk for row in rows if first <= row.period_start and row.period_end <= last}
    assert {row.pk for row in rows.during([(first, last)])} == expected


# The latest --------------------------------------------------------------------------------------------------------


def test_the_latest_row_is_that_of_each_series_own_newest_period() -> None:
    here, there = a_series(), a_series(region=a_region("T2"))
    for period in ("2019", "2022", "2024"):
        an_observation(here, period)
    an_observation(there, "2020")
    mine = Observation.objects.filter(series__in=(here, there)).live()
    assert periods(mine.latest(1)) == ["2020", "2024"]
    assert periods(mine.latest(2)) == ["2020", "2022", "2024"]
    assert periods(mine.latest(100)) == ["2019", "2020", "2022", "2024"]


def test_the_latest_is_among_the_rows_asked_for() -> None:
    line = a_series()
    retire(an_observation(line, "2025", "9"))
    for period in ("2019", "2022", "2024"):
        an_observation(line, period)
    assert periods(line.observations.live().latest(1)) == ["2024"]
    assert periods(line.observations.during([(None, day(2023, 12, 31))]).latest(1)) == ["2022"]
    assert periods(line.observations.filter(period="1999").latest(1)) == []


def test_two_statements_of_one_period_are_one_period_of_the_latest() -> None:
    line = a_series()
    retire(an_observation(line, "2024", "1"))
    an_observation(line, "2024", "2")
    an_observation(line, "2023", "3")
    assert periods(line.observations.latest(1)) == ["2024", "2024"]
    assert periods(line.observations.latest(2)) == ["2023", "2024", "2024"]


def test_a_missing_value_is_the_latest_where_its_period_is() -> None:
    line = a_series()
    an_observation(line, "2023", "1")
    an_observation(line, "2024", None)
    assert [row.value for row in line.observations.latest(1)] == [None]


def test_variants_have_a_latest_of_their_own() -> None:
    an_observation(a_series(), "2024")
    an_observation(a_series(variant="cited"), "2020")
    mine = Observation.objects.filter(series__indicator=an_indicator())
    assert periods(mine.latest(1)) == ["2020", "2024"]


# Breakdowns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("total", "expected"), [(False, ["2022"]), (True, ["2021", "2022"])])
def test_members_of_a_breakdown_come_with_its_undivided_total_where_asked(total: bool, expected: list[str]) -> None:
    tea, peach = a_category("T_TEA"), a_category("T_PEACH")
    an_observation(a_series(), "2021")
    an_observation(a_series(industry=tea), "2022")
    an_observation(a_series(industry=peach), "2023")
    mine = Observation.objects.filter(series__indicator=an_indicator())
    assert periods(mine.broken_down_by("industry", [tea], total=total)) == expected
    lines = Series.objects.filter(indicator=an_indicator()).broken_down_by("industry", [tea], total=total)
    assert periods(Observation.objects.filter(series__in=lines)) == expected


def test_the_total_alone_and_several_members() -> None:
    tea, peach = a_category("T_TEA"), a_category("T_PEACH")
    an_observation(a_series(), "2021")
    an_observation(a_series(industry=tea), "2022")
    an_observation(a_series(industry=peach), "2023")
    mine = Observation.objects.filter(series__indicator=an_indicator())
    assert periods(mine.broken_down_by("industry", [], total=True)) == ["2021"]
    assert periods(mine.broken_down_by("industry", [], total=False)) == []
    assert periods(mine.broken_down_by("industry", [tea, peach], total=False)) == ["2022", "2023"]


def test_breakdowns_by_partner_and_by_product_are_independent() -> None:
    partner, tea = a_region("T2"), a_category("T_TEA_P", "PRODUCT")
    an_observation(a_series(partner=partner, product=tea), "2021")
    an_observation(a_series(partner=partner), "2022")
    an_observation(a_series(product=tea), "2023")
    mine = Observation.objects.filter(series__indicator=an_indicator())
    both = mine.broken_down_by("partner", [partner], total=False).broken_down_by("product", [tea], total=False)
    assert periods(both) == ["2021"]
    either = mine.broken_down_by("partner", [partner], total=False).broken_down_by("product", [], total=True)
    assert periods(either) == ["2022"]
