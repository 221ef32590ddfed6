"""The warnings of an import: figures unlike their series, slips of a unit, and sums that no longer hold."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from curation.models import Verdict
from curation.plans.imports import plan_import
from curation.plans.plan import PlannedRow
from regions.models import Region
from tests.builder import liling, published

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
on_both_stores = pytest.mark.stores_alike(False)

Row = dict[str, str]


def planned(*rows: Row) -> list[PlannedRow]:
    return plan_import({"observations": list(rows)}).tables[0][1]


def codes(row: PlannedRow) -> list[str]:
    """What the warnings are of, but for the phrase, which says another value than those of these tests."""
    return [warning["code"] for warning in row.warnings if warning["code"] != "not_in_phrase"]


def own_series(*values: str, **cells: str) -> None:
    """Values of the years from 2000 on, of a series of its own."""
    row = liling(variant="own", **cells)
    rows = [row | {"period": str(2000 + number), "value": value} for number, value in enumerate(values)]
    published(observations=rows)


@on_both_stores
def test_a_figure_is_compared_with_the_usual_of_its_series_in_one_unit() -> None:
    own_series("10", "11", "10.5")
    stated = liling(variant="own", period="2003")
    for value, unit, expected in (
        ("11", "CNY_100M", []), ("90", "CNY_100M", []), ("150", "CNY_100M", ["outlier"]), ("0.9", "CNY_100M", ["outlier"]),
        ("110000", "CNY_100M", ["unit_slip"]), ("0.0011", "CNY_100M", ["unit_slip"]), ("1100000000", "CNY_100M", ["unit_slip"]),
        ("110000", "CNY_10K", []), ("-11", "CNY_100M", ["negative"]), ("0", "CNY_100M", []),
    ):  # fmt: skip
        (row,) = planned(stated | {"value": value, "unit": unit})
        assert (row.verdict, codes(row)) == (Verdict.NEW, expected), (value, unit)


@on_both_stores
def test_the_usual_is_that_of_its_time_not_of_all_times() -> None:
    own_series(*(str(2**number) for number in range(20)))
    assert codes(planned(liling(variant="own", period="2020", value=str(2**20)))[0]) == []
    assert codes(planned(liling(variant="own", period="2020", value="2"))[0]) == ["outlier"]


def test_a_series_without_a_past_is_compared_within_the_import() -> None:
    values = ("10", "11", "1000", "12", "13")
    row = liling(variant="own")
    rows = planned(*(row | {"period": str(2000 + n), "value": value} for n, value in enumerate(values)))
    assert [codes(row) for row in rows] == [[], [], ["outlier"], [], []]


def test_of_two_figures_without_a_past_each_is_compared_with_the_other() -> None:
    row = liling(variant="own")
    rows = planned(row | {"period": "2000", "value": "1"}, row | {"period": "2001", "value": "20"})
    assert [codes(row) for row in rows] == [["outlier"], ["outlier"]]


def test_a_correction_by_ten_thousand_is_a_slip_of_the_unit() -> None:
    assert codes(planned(liling(value="412500"))[0])[0] == "unit_slip"
    assert codes(planned(liling())[0]) == []


def test_rates_have_no_scale_to_slip_from() -> None:
    (row,) = planned(
        liling(indicator="GDP_GROWTH", unit="PERCENT", variant="own", period="2003", value="0.1"),
    )
    published(observations=[dict(row.cells or {})])
    (row,) = planned(liling(indicator="GDP_GROWTH", unit="PERCENT", variant="own", period="2004", value="12"))
    assert codes(row) == []


@on_both_stores
def test_a_check_that_held_and_would_fail_is_named_on_each_row_that_breaks_it() -> None:
    (row,) = planned(liling(value="51.25"))
    failing = {warning["message"] for warning in row.warnings if warning["code"] == "check_fails"}
    assert any("four-counties-trade" in message for message in failing)
    assert codes(planned(liling(value="41.251"))[0]) == []


PARTS = [*(f"43{number:02}00" for number in range(1, 14)), "433100"]
Prefecture = Callable[[str, str], Row]


@pytest.fixture
def prefecture() -> Prefecture:
    """The row of a figure of a prefecture, by its code and the value."""
    row = liling(variant="own", period="2003")
    return lambda code, value: row | {"region": code, "value": value}


@on_both_stores
def test_parts_that_no_longer_sum_to_their_total_are_told(prefecture: Prefecture) -> None:
    good = [prefecture("430000", "28.00"), *(prefecture(code, "2.00") for code in PARTS)]
    assert not any(codes(row) for row in planned(*good))
    published(observations=good)
    (row,) = planned(prefecture("430200", "4.00"))
    assert codes(row) == ["total_differs"]
    assert codes(planned(prefecture("430000", "30.00"))[0]) == ["total_differs"]
    assert not any(codes(row) for row in planned(prefecture("430200", "4.00"), prefecture("430000", "30.00")))
    assert codes(planned({**prefecture("430200", ""), "withdraw": "true"})[0]) == []


def test_what_failed_before_is_not_told_again(prefecture: Prefecture) -> None:
    published(observations=[prefecture("430000", "30.00"), *(prefecture(code, "2.00") for code in PARTS)])
    assert codes(planned(prefecture("430200", "3.00"))[0]) == []
    assert codes(planned(prefecture("430000", "40.00"))[0]) == []


@on_both_stores
def test_a_part_that_ended_on_the_last_day_of_the_period_is_none_of_it(prefecture: Prefecture) -> None:
    Region.objects.filter(code="433100").update(valid_to="2003-12-31")  # the first day on which it is no more
    good = [prefecture("430000", "26.00"), *(prefecture(code, "2.00") for code in PARTS[:-1])]
    assert not any(codes(row) for row in planned(*good))
    assert codes(planned(prefecture("430000", "28.00"), *good[1:])[0]) == ["total_differs"]
    Region.objects.filter(code="433100").update(valid_to="2004-01-01")
    assert not any(codes(row) for row in planned(prefecture("430000", "28.00"), *good[1:])), "a part is not stated"


def test_an_aggregate_beside_the_parts_is_none_of_them(prefecture: Prefecture) -> None:
    hunan = Region.objects.get(code="430000")
    names = {"name_zh": "各市州", "name_en": "All prefectures", "released": hunan.released}
    Region.objects.create(code="T-ALL", kind="prefecture", parent=hunan, is_aggregate=True, **names)
    good = [prefecture("430000", "28.00"), *(prefecture(code, "2.00") for code in PARTS)]
    assert not any(codes(row) for row in planned(*good, prefecture("T-ALL", "12.00")))


def test_a_unit_that_comes_in_the_same_import_counts_in_sums_and_checks() -> None:
    unit = {"code": "T_QIAN", "name_zh": "千元", "name_en": "thousand yuan", "dimension": "cny", "factor": "1000"}
    stands = liling()
    same = {**stands, "unit": unit["code"], "value": str(Decimal(stands["value"]) * 100_000)}
    for value, expected in ((same["value"], set()), (f"1{same['value']}", {"check_fails"})):
        plan = plan_import({"units": [unit], "observations": [{**same, "value": value}]})
        (row,) = plan.tables[1][1]
        assert row.errors == ()
        assert set(codes(row)) >= expected
        assert ("check_fails" in codes(row)) is bool(expected)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"value": "-1"}, ["negative"]), ({"indicator": "TRADE_SHARE", "unit": "PERCENT", "value": "100"}, []),
        ({"indicator": "TRADE_SHARE", "unit": "PERCENT", "value": "100.1"}, ["share_over_100"]),
        ({"indicator": "TRADE_GROWTH", "unit": "PERCENT", "value": "-100"}, []),
        ({"indicator": "TRADE_GROWTH", "unit": "PERCENT", "value": "-150"}, ["fall_over_100"]),
        ({"indicator": "TRADE_TOTAL_RANK", "unit": "RANK", "value": "0"}, ["no_rank"]),
        ({"indicator": "TRADE_TOTAL_RANK", "unit": "RANK", "value": "1.5"}, ["no_rank"]),
        ({"indicator": "TRADE_TOTAL_RANK", "unit": "RANK", "value": "1"}, []),
        ({"period": "2999"}, ["future"]), ({"period": "2999", "status": "F", "qualifier": "target"}, []),
        ({"region": "430221", "period": "2017"}, []), ({"region": "430221", "period": "2018"}, ["place_not_there"]),
        ({"region": "430212", "period": "2018"}, []), ({"region": "430212", "period": "2017"}, ["place_not_there"]),
    ],
)  # fmt: skip
def test_what_can_hardly_be_meant_is_a_warning_of_its_kind(cells: Row, expected: list[str]) -> None:
    (row,) = planned(liling(**{"variant": "own", "period": "2003", "value": "5", **cells}))
    assert codes(row) == expected
