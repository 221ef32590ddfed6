"""The queries over observations and series: what stands, what lies within a time, the latest, the breakdowns."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators.labels import labels
from indicators.models import Observation, Series
from indicators.reading import ORDERS, count, read, statement
from indicators.selection import Selection, everything
from sources.models import Release
from tests.indicators.indicator_store import (
    a_category,
    a_later_release,
    a_region,
    a_series,
    an_indicator,
    an_observation,
    retire,
)

pytestmark = pytest.mark.django_db

day = datetime.date


def all_of(*series: Series) -> Selection:
    """Everything that stands of these series, or of the indicator that the tests' series are of by default."""
    whole = everything(labels())
    return (
        whole.having("series", [line.pk for line in series])
        if series
        else whole.where("indicator", [an_indicator().pk])
    )


def periods(selection: Selection) -> list[str]:
    return sorted(period for period, *_ in read(selection, ["period"]))


def ids(selection: Selection) -> set[int]:
    return {number for number, *_ in read(selection, ["id"])}


# What stands -------------------------------------------------------------------------------------------------------


def test_a_retired_row_no_longer_stands() -> None:
    line = a_series()
    retire(an_observation(line, "2024", "1"))
    corrected = an_observation(line, "2024", "2", released=a_later_release())
    assert ids(all_of(line)) == {corrected.pk}
    assert list(line.observations.live()) == [corrected]


def test_what_no_release_known_here_published_is_not_there_yet() -> None:
    line = a_series()
    stands = an_observation(line, "2024", "1")
    known = all_of(line)
    retire(stands)
    an_observation(line, "2024", "2", released=a_later_release())
    assert ids(known) == {stands.pk}


def a_release_of_june(day_of_june: int) -> Release:
    at = datetime.datetime(2031, 6, day_of_june, tzinfo=datetime.UTC)
    return Release.objects.create(version=f"2031.{day_of_june}", status="published", published_at=at)


def test_a_release_stands_as_it_was_whatever_came_after() -> None:
    first, second, third = (a_release_of_june(n) for n in (1, 2, 3))
    line = a_series()
    mine = Observation.objects.filter(series=line)
    corrected = an_observation(line, "2024", "1", released=first, retired=second)
    current = an_observation(line, "2024", "2", released=second)
    withdrawn = an_observation(line, "2023", "3", released=first, retired=third)
    late = an_observation(line, "2022", "4", released=third)
    assert set(mine.as_of(Release.objects.get(version="2026-R1"))) == set()
    assert set(mine.as_of(first)) == {corrected, withdrawn}
    assert set(mine.as_of(second)) == {current, withdrawn}
    assert set(mine.as_of(third)) == set(mine.live()) == {current, late}


def test_releases_of_one_moment_are_told_apart_by_their_number() -> None:
    first, second = a_release_of_june(1), a_release_of_june(2)
    Release.objects.filter(pk=second.pk).update(published_at=first.published_at)
    second.refresh_from_db()
    assert Release.objects.until(first)[0] == first
    assert list(Release.objects.until(second))[:2] == [second, first]
    assert Release.objects.at(first.published_at) == second
    assert Release.objects.at(first.published_at - datetime.timedelta(seconds=1)).version == "2026-R1"
    assert Release.objects.at(datetime.datetime(1949, 10, 1, tzinfo=datetime.UTC)) is None


def test_preferred_leaves_out_what_others_state_for_the_same_thing() -> None:
    kept = an_observation(a_series())
    an_observation(a_series(variant="cited"))
    assert ids(all_of().preferred()) == {kept.pk}


def test_a_series_is_public_while_a_value_of_it_stands() -> None:
    line = a_series()
    mine = Series.objects.filter(pk=line.pk)
    assert not mine.public().exists()
    row = an_observation(line)
    assert mine.public().exists()
    retire(row)
    assert not mine.public().exists()


# Revisions ---------------------------------------------------------------------------------------------------------


def revised() -> tuple[Series, int, list[Observation]]:
    """A series with a figure that stays, one that is corrected, one withdrawn and one added later; the release before."""
    line = a_series()
    stays, wrong, gone = (an_observation(line, period, "1") for period in ("2020", "2021", "2022"))
    before = labels().newest
    retire(wrong)
    retire(gone)
    right, new = (an_observation(line, period, "2", released=a_later_release()) for period in ("2021", "2023"))
    return line, before, [stays, wrong, gone, right, new]


def test_as_of_a_release_gives_what_stood_then() -> None:
    line, before, (stays, wrong, gone, right, new) = revised()
    assert ids(all_of(line)) == {stays.pk, right.pk, new.pk}
    assert ids(all_of(line).as_of(before)) == {stays.pk, wrong.pk, gone.pk}
    assert ids(all_of(line).as_of(0)) == set()


def test_history_gives_every_revision_up_to_a_release() -> None:
    line, before, rows = revised()
    assert ids(all_of(line).history()) == {row.pk for row in rows}
    assert ids(all_of(line).as_of(before).history()) == {row.pk for row in rows[:3]}


def test_changes_are_new_changed_or_withdrawn_and_what_is_withdrawn_has_no_value() -> None:
    line, before, (_stays, _wrong, gone, right, new) = revised()
    changed = read(all_of(line).changed_since(before), ["id", "action", "value", "status"])
    assert {tuple(row[:4]) for row in changed} == {
        (right.pk, "changed", "2", "A"),
        (gone.pk, "withdrawn", None, "O"),
        (new.pk, "new", "2", "A"),
    }
    assert read(all_of(line).changed_since(labels().newest), ["id"]) == []
    assert {row[1] for row in read(all_of(line).changed_since(0), ["id", "action"])} == {"new"}


def test_counts_are_those_of_the_rows_of_whole_series_too() -> None:
    line, before, _ = revised()
    for selection in (all_of(line), all_of(), all_of().preferred(), all_of(line).as_of(before), all_of(line).history()):
        assert count(selection) == len(ids(selection))


def extent(line: Series) -> tuple[Any, ...]:
    wanted = ("observation_count", "first_period", "last_period")
    Series.objects.filter(pk=line.pk).refresh_extent()
    return Series.objects.values_list(*wanted).get(pk=line.pk)


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
    return all_of(line)


TIMES_OF_MONTHS: list[tuple[Any, list[str]]] = [
    ([YEAR_2024], ["2024-01", "2024-07", "2024-12"]),
    ([(day(2024, 7, 1), day(2024, 7, 31))], ["2024-07"]),
    ([(day(2024, 7, 2), day(2024, 7, 31))], []),
    ([(day(2024, 7, 1), day(2024, 7, 30))], []),
    ([(day(2024, 1, 2), day(2024, 1, 31))], []),
    ([(day(2024, 7, 1), None)], ["2024-07", "2024-12", "2025-01"]),
    ([(None, day(2024, 1, 31))], ["2023-12", "2024-01"]),
    ([(None, None)], ["2023-12", "2024-01", "2024-07", "2024-12", "2025-01"]),
    ([(None, day(2023, 12, 31)), (day(2025, 1, 1), None)], ["2023-12", "2025-01"]),
]


def test_months_lie_within_a_time_wholly_or_not_at_all() -> None:
    rows = held("M", ["2023-12", "2024-01", "2024-07", "2024-12", "2025-01"])
    for spans, expected in TIMES_OF_MONTHS:
        assert periods(rows.during(spans)) == expected, spans


def test_a_year_holds_its_months_quarters_and_itself_but_a_month_no_year() -> None:
    held("A", ["2023", "2024", "2025"])
    held("Q", ["2023-Q4", "2024-Q1", "2024-Q4"])
    held("M", ["2024-02", "2025-01"])
    mine = all_of()
    assert periods(mine.during([YEAR_2024])) == ["2024", "2024-02", "2024-Q1", "2024-Q4"]
    assert periods(mine.during([(day(2024, 2, 1), day(2024, 2, 29))])) == ["2024-02"]
    assert periods(mine.during([(day(2024, 1, 1), day(2024, 3, 31))])) == ["2024-02", "2024-Q1"]


def test_a_year_to_date_row_counts_by_the_month_it_is_labelled_with() -> None:
    rows = held("M", ["2020-01", "2020-07", "2020-12", "2021-01"], accumulation="ytd")
    assert all(start.endswith("-01-01") for start, *_ in read(rows, ["period_start"]))
    for first, last, expected in (
        (day(2020, 7, 1), day(2020, 7, 31), ["2020-07"]),
        (day(2020, 1, 1), day(2020, 12, 31), ["2020-01", "2020-07", "2020-12"]),
        (day(2020, 8, 1), None, ["2020-12", "2021-01"]),
        (None, day(2020, 7, 31), ["2020-01", "2020-07"]),
        (None, day(2020, 7, 30), ["2020-01"]),
        (day(2020, 2, 1), day(2020, 6, 30), []),
    ):
        assert periods(rows.during([(first, last)])) == expected, (first, last)


def test_a_year_to_date_row_of_quarters_counts_by_its_quarter() -> None:
    rows = held("Q", ["2020-Q1", "2020-Q2", "2020-Q4"], accumulation="ytd")
    for first, expected in (
        (day(2020, 1, 1), ["2020-Q1", "2020-Q2", "2020-Q4"]), (day(2020, 2, 1), ["2020-Q2", "2020-Q4"]),
        (day(2020, 4, 1), ["2020-Q2", "2020-Q4"]), (day(2020, 5, 1), ["2020-Q4"]), (day(2020, 11, 1), []),
    ):  # fmt: skip
        assert periods(rows.during([(first, None)])) == expected, first


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dates(day(2019, 1, 1), day(2026, 12, 31)), st.dates(day(2019, 1, 1), day(2026, 12, 31)))
def test_during_is_containment(first: datetime.date, last: datetime.date) -> None:
    rows = (
        Observation.objects.live().exclude(series__accumulation="ytd").values_list("pk", "period_start", "period_end")
    )
    expected = {pk for pk, start, end in rows if first <= start and end <= last}
    assert ids(everything(labels()).where("accumulation", ["none"]).during([(first, last)])) == expected


# The latest --------------------------------------------------------------------------------------------------------


def test_the_latest_row_is_that_of_each_series_own_newest_period() -> None:
    here, there = a_series(), a_series(region=a_region("T2"))
    for period in ("2019", "2022", "2024"):
        an_observation(here, period)
    an_observation(there, "2020")
    mine = all_of(here, there)
    assert periods(mine.latest(1)) == ["2020", "2024"]
    assert periods(mine.latest(2)) == ["2020", "2022", "2024"]
    assert periods(mine.latest(100)) == ["2019", "2020", "2022", "2024"]


def test_the_latest_is_among_the_rows_asked_for() -> None:
    line = a_series()
    retire(an_observation(line, "2025", "9"))
    for period in ("2019", "2022", "2024"):
        an_observation(line, period)
    assert periods(all_of(line).latest(1)) == ["2024"]
    assert periods(all_of(line).during([(None, day(2023, 12, 31))]).latest(1)) == ["2022"]
    assert periods(all_of(line).having("period", ["1999"]).latest(1)) == []


def test_the_revisions_of_one_period_are_one_period_of_the_latest() -> None:
    line = a_series()
    an_observation(line, "2023", "3")
    retire(an_observation(line, "2024", "1"))
    an_observation(line, "2024", "2", released=a_later_release())
    assert periods(all_of(line).history().latest(1)) == ["2024", "2024"]
    assert periods(all_of(line).history().latest(2)) == ["2023", "2024", "2024"]


def test_a_missing_value_is_the_latest_where_its_period_is() -> None:
    line = a_series()
    an_observation(line, "2023", "1")
    an_observation(line, "2024", None)
    assert [row[0] for row in read(all_of(line).latest(1), ["value"])] == [None]


def test_variants_have_a_latest_of_their_own() -> None:
    an_observation(a_series(), "2024")
    an_observation(a_series(variant="cited"), "2020")
    mine = all_of()
    assert periods(mine.latest(1)) == ["2020", "2024"]


# Breakdowns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("total", "expected"), [(False, ["2022"]), (True, ["2021", "2022"])])
def test_members_of_a_breakdown_come_with_its_undivided_total_where_asked(total: bool, expected: list[str]) -> None:
    tea, peach = a_category("T_TEA"), a_category("T_PEACH")
    an_observation(a_series(), "2021")
    an_observation(a_series(industry=tea), "2022")
    an_observation(a_series(industry=peach), "2023")
    mine = all_of()
    assert periods(mine.where("industry", [tea.pk], or_none=total)) == expected


def test_the_total_alone_and_several_members() -> None:
    tea, peach = a_category("T_TEA"), a_category("T_PEACH")
    an_observation(a_series(), "2021")
    an_observation(a_series(industry=tea), "2022")
    an_observation(a_series(industry=peach), "2023")
    mine = all_of()
    assert periods(mine.where("industry", [], or_none=True)) == ["2021"]
    assert periods(mine.where("industry", [], or_none=False)) == []
    assert periods(mine.where("industry", [tea.pk, peach.pk], or_none=False)) == ["2022", "2023"]


def test_breakdowns_by_partner_and_by_product_are_independent() -> None:
    partner, tea = a_region("T2"), a_category("T_TEA_P", "PRODUCT")
    an_observation(a_series(partner=partner, product=tea), "2021")
    an_observation(a_series(partner=partner), "2022")
    an_observation(a_series(product=tea), "2023")
    mine = all_of()
    both = mine.where("partner", [partner.pk], or_none=False).where("product", [tea.pk], or_none=False)
    assert periods(both) == ["2021"]
    either = mine.where("partner", [partner.pk], or_none=False).where("product", [], or_none=True)
    assert periods(either) == ["2022"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL sorts less than it would take to avoid it")
@pytest.mark.parametrize("order", ["series", "-series"])
def test_sqlite_sorts_no_figures_of_named_series(order: str) -> None:
    line, *_ = revised()
    named = everything(labels()).where("indicator", [line.indicator_id]).where("region", [line.region_id])
    sql, parameters = statement(named, ["id"], ORDERS[order])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert "SEARCH" in plan
    assert "B-TREE" not in plan
