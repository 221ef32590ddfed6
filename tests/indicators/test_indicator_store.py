"""What the store holds of series and observations, and what it refuses whoever writes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F, ProtectedError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from indicators.components import series_key
from indicators.models import Category, Indicator, Observation, Series, Unit
from sources.folding import normalised
from sources.models import Release
from tests.indicators.indicator_store import (
    a_category,
    a_region,
    a_release,
    a_series,
    a_source,
    a_unit,
    an_indicator,
    an_observation,
    stated,
)

pytestmark = pytest.mark.django_db

REFUSED = (DataError, IntegrityError)

# Series ------------------------------------------------------------------------------------------------------------


def test_a_series_is_held_once_also_where_it_has_no_breakdown() -> None:
    a_series()
    with pytest.raises(IntegrityError), transaction.atomic():
        a_series()


BREAKDOWNS = ("industry", "product", "partner", "trade_mode")


def members(name: str) -> tuple[Any, Any]:
    if name == "partner":
        return a_region("T2"), a_region("T3")
    scheme = {"industry": "INDUSTRY", "product": "PRODUCT", "trade_mode": "TRADE_MODE"}[name]
    return a_category(f"T_{scheme}_1", scheme), a_category(f"T_{scheme}_2", scheme)


@pytest.mark.parametrize("name", BREAKDOWNS)
def test_each_breakdown_makes_a_series_of_its_own_and_each_once(name: str) -> None:
    one, other = members(name)
    a_series()
    a_series(**{name: one})
    a_series(**{name: other})
    for again in (None, one, other):
        with pytest.raises(IntegrityError), transaction.atomic():
            a_series(**{name: again})


@pytest.mark.parametrize(
    "values", [{"frequency": "M"}, {"frequency": "M", "accumulation": "ytd"}, {"variant": "cited"}, {"region": "T2"}]
)
def test_frequency_accumulation_variant_and_region_make_a_series_of_their_own(values: dict[str, Any]) -> None:
    if "region" in values:
        values = {"region": a_region(values["region"])}
    a_series()
    a_series(frequency="M", accumulation="none", variant="other")
    a_series(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_series(**values)


def test_a_key_is_used_once() -> None:
    a_series(key="T.KEY")
    with pytest.raises(IntegrityError), transaction.atomic():
        a_series(key="T.KEY", variant="other")


@pytest.mark.parametrize("wrong", [{"frequency": "D"}, {"frequency": ""}, {"accumulation": "qtd"}])
def test_the_store_refuses_a_series_of_unknown_frequency(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        a_series(**wrong)


@pytest.mark.parametrize(
    ("codes", "key"),
    [
        (("A", "430281", "TRADE_TOTAL", "", "", "", "", "", "none", ""), "A.430281.TRADE_TOTAL"),
        (
            ("A", "430281", "INDUSTRY_OUTPUT", "CERAMICS", "", "", "", "", "none", ""),
            "A.430281.INDUSTRY_OUTPUT.CERAMICS",
        ),
        (("M", "CN", "FDI_SHARE", None, None, None, None, "W1", "ytd", ""), "M.CN.FDI_SHARE.of-W1.ytd"),
        (("Q", "CN", "EXPORTS", "", "TEA", "US", "CBEC", None, "ytd", "cited"), "Q.CN.EXPORTS.TEA.US.CBEC.ytd.cited"),
    ],
)
def test_a_series_is_named_by_its_codes(codes: tuple[Any, ...], key: str) -> None:
    named = (
        "frequency",
        "region",
        "indicator",
        "industry",
        "product",
        "partner",
        "trade_mode",
        "whole",
        "accumulation",
        "variant",
    )
    assert series_key(dict(zip(named, codes, strict=True))) == key


def test_every_seeded_series_bears_the_name_of_its_codes() -> None:
    held = Series.objects.select_related("region", "indicator", "whole", *BREAKDOWNS)
    assert held
    for s in held:
        codes = {name: getattr(getattr(s, name), "code", "") for name in (*BREAKDOWNS, "whole")}
        words = {name: getattr(s, name) for name in ("frequency", "accumulation", "variant")}
        assert s.key == series_key({**codes, **words, "region": s.region.code, "indicator": s.indicator.code})


# Observations: one that stands ---------------------------------------------------------------------------------------


def test_at_most_one_row_of_a_series_and_period_stands() -> None:
    line = a_series()
    first = an_observation(line, "2024", "41.25")
    an_observation(line, "2025", "41.25")
    with pytest.raises(IntegrityError), transaction.atomic():
        an_observation(line, "2024", "41.26")
    later = Release.objects.create(version="2030.1")
    Observation.objects.filter(pk=first.pk).update(retired=later)
    an_observation(line, "2024", "41.26", retired=later)
    an_observation(line, "2024", "41.27")
    with pytest.raises(IntegrityError), transaction.atomic():
        Observation.objects.filter(pk=first.pk).update(retired=None)


def test_a_release_a_source_and_a_region_that_are_in_use_are_not_deleted() -> None:
    row = an_observation(a_series())
    for held in (row.series, row.series.region, row.series.indicator, row.unit, row.source, row.released):
        with pytest.raises(ProtectedError):
            held.delete()


# Observations: the value -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["A", "E", "F", "P"])
def test_a_value_is_missing_if_and_only_if_its_status_says_so(status: str) -> None:
    line = a_series()
    with pytest.raises(IntegrityError), transaction.atomic():
        an_observation(line, value=None, status=status)
    for missing in ("O", "M"):
        with pytest.raises(IntegrityError), transaction.atomic():
            an_observation(line, value="1", status=missing)
        an_observation(line, "2024" if missing == "O" else "2023", value=None, status=missing)
    an_observation(line, "2025", value="0", status=status)
    assert list(line.observations.order_by("period").values_list("value", flat=True)) == [None, None, 0]


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_value_has_at_most_15_significant_digits(sign: str) -> None:
    line = a_series()
    for decimals in range(10):
        longest = Decimal(f"{sign}{'9' * 15}").scaleb(-decimals)
        assert an_observation(line, f"{2000 + decimals}", str(longest)).decimals == decimals
        assert line.observations.get(decimals=decimals).value == longest
        longer = Decimal(f"{sign}{10**15}").scaleb(-decimals)
        with pytest.raises(REFUSED), transaction.atomic():
            an_observation(line, "2025", f"{longer:f}", decimals=decimals)


def test_a_value_has_at_most_9_decimals() -> None:
    line = a_series()
    an_observation(line, "2024", "0.000000001")
    with pytest.raises(REFUSED), transaction.atomic():
        an_observation(line, "2025", "0.5", decimals=10)
    with pytest.raises(REFUSED), transaction.atomic():
        an_observation(line, "2025", "0.5", decimals=-1)


@pytest.mark.parametrize(("value", "decimals"), [("41.25", 1), ("0.1", 0), ("-0.000000001", 8), ("12345.6", 0)])
def test_a_value_has_no_more_decimals_than_it_says(value: str, decimals: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        an_observation(a_series(), value=value, decimals=decimals)


@pytest.mark.parametrize("raw", ["'NaN'", "'Infinity'", "'abc'", "9e99"])
def test_the_store_refuses_what_is_no_number(raw: str) -> None:
    row = an_observation(a_series())
    with pytest.raises(REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE indicators_observation SET value = {raw} WHERE id = %s", [row.pk])


def exact_values() -> Iterator[Any]:
    """Every number of up to 15 significant digits, 9 of them decimals."""
    for digits in (15, 6):
        bound = 10**digits - 1
        yield st.builds(lambda n, decimals: Decimal(n).scaleb(-decimals), st.integers(-bound, bound), st.integers(0, 9))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(*exact_values()), min_size=1, max_size=25))
@example([Decimal("999999.999999999"), Decimal("-0.000000001"), Decimal("0.10"), Decimal("999999999999999")])
@example([Decimal("4503599627.37049"), Decimal("90071992.5474099"), Decimal("0.285"), Decimal("1.005")])
def test_a_value_comes_back_exactly_with_its_decimals(values: list[Decimal]) -> None:
    with transaction.atomic():
        line, own = a_series(), {"source": a_source(), "released": a_release()}
        Observation.objects.bulk_create(
            Observation(**stated(line, str(1000 + number), f"{value:f}"), **own) for number, value in enumerate(values)
        )
        held = line.observations.order_by("period").values_list("value", "decimals")
        assert [f"{value:.{decimals}f}" for value, decimals in held] == [f"{value:f}" for value in values]
        assert [value for value, _ in held] == values
        transaction.set_rollback(True)


# Observations: what is said of the value ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["A", "E", "P"])
def test_a_target_is_a_forecast(status: str) -> None:
    line = a_series()
    with pytest.raises(IntegrityError), transaction.atomic():
        an_observation(line, qualifier="target", status=status)
    an_observation(line, "2025", qualifier="target", status="F")
    an_observation(line, "2026", value=None, qualifier="target")
    an_observation(line, "2027", qualifier="over", status="F")


@pytest.mark.parametrize(
    "wrong", [{"status": "X"}, {"qualifier": "maybe"}, {"period_basis": "guessed"}, {"status": ""}]
)
def test_the_store_refuses_what_is_in_no_list(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        an_observation(a_series(), **wrong)


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        an_observation(a_series(), "2024", period_end=datetime.date(2023, 12, 31))
    an_observation(
        a_series(variant="day"), period_start=datetime.date(2024, 1, 1), period_end=datetime.date(2024, 1, 1)
    )


def test_a_row_belongs_to_a_release() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        an_observation(a_series(), released=None)


# Indicators, units, categories ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "guess"}, {"aggregation": "mean"}, {"price_basis": "old"}, {"higher_is": "nice"}, {"decimals": 10}],
)
def test_the_store_refuses_an_indicator_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        an_indicator(**wrong)
    an_indicator(decimals=9, price_basis="")


@pytest.mark.parametrize("factor", ["0", "-1"])
def test_a_unit_has_a_positive_factor(factor: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.create(code="T_UNIT", name_zh="单位", name_en="unit", dimension="t", factor=Decimal(factor))


@pytest.mark.parametrize(
    ("code", "dimension", "factor"),
    [("CNY", "cny", "1"), ("CNY_10K", "cny", "1E4"), ("CNY_100M", "cny", "1E8"), ("CNY_1T", "cny", "1E12")],
)
def test_a_unit_converts_to_its_base_exactly(code: str, dimension: str, factor: str) -> None:
    unit = a_unit(code)
    assert (unit.dimension, unit.factor) == (dimension, Decimal(factor))


def test_currencies_are_different_dimensions() -> None:
    assert a_unit("USD_100M").dimension != a_unit("CNY_100M").dimension


def test_a_category_is_not_its_own_parent() -> None:
    tea = a_category("T_TEA")
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.filter(pk=tea.pk).update(parent=F("pk"))


@pytest.mark.parametrize("words", ["出口额", "EXPORTS of t", "ｔ_ｅｘ", "外销"])
def test_an_indicator_is_found_by_part_of_any_of_its_names(words: str) -> None:
    mine = an_indicator(name_zh="出口额", name_en="Exports of tests", other_names="外销总额;sales abroad")
    assert mine in Indicator.objects.filter(search__contains=normalised(words))
    assert not Indicator.objects.filter(code="T_EXPORTS", search__contains="无此词").exists()
