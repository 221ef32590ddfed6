"""What the transforms compute, on cases worked by hand and on properties that must hold for any figures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.choices import ObservationStatus, Qualifier
from indicators.transforms import (
    INEXACT_BASE,
    NEGATIVE_BASE,
    NO_BASE,
    NO_VALUE,
    NOT_RANKED,
    NOT_TERMINATING,
    OTHER_DIMENSION,
    ZERO_BASE,
    Stated,
    apply,
    convert,
    convert_stated,
    decimals_of,
    difference,
    mean,
    plain,
    ranks,
    ratio,
    relative_change,
)

YI, WAN = Decimal(100_000_000), Decimal(10_000)


def figure(
    value: str, id_: int = 1, qualifier: str = Qualifier.EXACT, factor: Any = YI, dimension: str = "cny"
) -> Stated:
    number = Decimal(value)
    return Stated(id_, number, qualifier, dimension, decimals_of(number), Decimal(factor))


values = st.decimals(min_value="0.01", max_value="99999999", places=2)


@pytest.mark.parametrize(
    ("formula", "current", "base", "expected"),
    [
        (relative_change, "50.81", "48.67", "4.40"),  # Zhuzhou's counties, 2024 on 2022
        (relative_change, "25", "42", "-40.48"),  # Chaling's firms with R&D
        (relative_change, "48.67", "48.67", "0.00"),
        (relative_change, "-5", "10", "-150.00"),
        (ratio, "41.25", "50.81", "81.18"),
        (ratio, "0", "50.81", "0.00"),
        (difference, "50.81", "48.67", "2.14"),
        (difference, "5", "0", "5"),
        (difference, "5", "-3", "8"),
        (difference, "48.5", "46.20", "2.3"),
    ],
)
def test_worked_by_hand(formula: Any, current: str, base: str, expected: str) -> None:
    derived = apply(formula, figure(current, 1), figure(base, 2))
    assert str(derived.value) == expected
    assert (derived.decimals, derived.derived_from, derived.note) == (decimals_of(Decimal(expected)), (1, 2), None)


@pytest.mark.parametrize("formula", [relative_change, ratio])
@pytest.mark.parametrize(
    ("base", "why"),
    [
        (None, NO_BASE),
        (figure("0", 2), ZERO_BASE),
        (figure("-1.5", 2), NEGATIVE_BASE),
        *((figure("3", 2, qualifier), INEXACT_BASE) for qualifier in ("approx", "over", "under", "target")),
        (figure("3", 2, dimension="usd"), OTHER_DIMENSION),
    ],
)
def test_without_a_usable_base_there_is_no_number_but_a_reason(formula: Any, base: Stated | None, why: Any) -> None:
    derived = apply(formula, figure("10"), base)
    assert (derived.value, str(derived.note)) == (None, str(why))
    assert derived.derived_from == ((1,) if base is None else (1, 2))


def test_a_missing_value_has_no_change() -> None:
    assert str(apply(relative_change, None, figure("3", 2)).note) == str(NO_VALUE)


def test_mixed_units_of_one_dimension_are_compared_exactly() -> None:
    assert apply(ratio, figure("412500", factor=WAN), figure("41.25", 2)).value == 100
    assert str(apply(difference, figure("41.25"), figure("12500", 2, factor=WAN)).value) == "40.00"


@given(values, values)
def test_an_index_can_be_undone(current: Decimal, base: Decimal) -> None:
    a, b = figure(str(current)), figure(str(base), 2)
    index = apply(ratio, a, b)
    assert index.value is not None
    assert abs(index.value / 100 * base - current) <= base * Decimal("0.00005") + Decimal("0.000001")


@given(values)
def test_a_constant_does_not_change(value: Decimal) -> None:
    a, b = figure(str(value)), figure(str(value), 2)
    assert apply(relative_change, a, b).value == 0
    assert apply(difference, a, b).value == 0
    assert apply(ratio, a, b).value == 100


@given(st.lists(values, min_size=1, max_size=30))
def test_shares_sum_to_100(parts: list[Decimal]) -> None:
    whole = figure(str(sum(parts)), 0)
    shares = [apply(ratio, figure(str(part), i + 1), whole).value for i, part in enumerate(parts)]
    assert abs(sum(share for share in shares if share is not None) - 100) <= Decimal("0.005") * len(parts)


@given(st.lists(values, max_size=30, unique=True))
def test_ranks_of_different_figures_are_a_permutation(amounts: list[Decimal]) -> None:
    found = ranks([figure(str(amount), i) for i, amount in enumerate(amounts)])
    assert sorted(int(rank.value or 0) for rank in found) == list(range(1, len(amounts) + 1))
    by_rank = sorted(zip(found, amounts, strict=True), key=lambda pair: pair[0].value or 0)
    assert [amount for _, amount in by_rank] == sorted(amounts, reverse=True)


def test_equal_figures_share_a_rank_and_inexact_ones_have_none() -> None:
    peers = [figure("3"), figure("5", 2), figure("30000", 3, factor=WAN), figure("9", 4, "over"), figure("1", 5)]
    found = ranks(peers)
    assert [rank.value and int(rank.value) for rank in found] == [2, 1, 2, None, 4]
    assert str(found[3].note) == str(NOT_RANKED)


@given(values, st.sampled_from([1, 10_000, 100_000_000, 1_000_000_000_000]), st.sampled_from([1, 10_000, 100_000_000]))
def test_a_conversion_and_back_gives_the_same_number(value: Decimal, factor: int, target: int) -> None:
    there = convert(value, Decimal(factor), Decimal(target))
    assert there is not None
    assert convert(there, Decimal(target), Decimal(factor)) == value


def test_precision_moves_with_the_unit() -> None:
    assert [(str(d.value), d.decimals) for d in (convert_stated(figure("41.20"), WAN),)] == [("412000", 0)]
    small = convert_stated(figure("41.20"), Decimal(10) ** 12)
    assert (str(small.value), small.decimals) == ("0.00412", 6)


def test_what_has_no_exact_value_is_not_rounded_in_secret() -> None:
    months = Stated(1, Decimal(20), Qualifier.EXACT, "calendar_time", 0, Decimal(1))
    assert str(convert_stated(months, Decimal(12)).note) == str(NOT_TERMINATING)
    assert convert_stated(Stated(1, Decimal(18), "exact", "calendar_time"), Decimal(12)).value == Decimal("1.5")


def test_a_number_of_fifteen_decimals_is_given_and_one_of_sixteen_is_not() -> None:
    assert convert(Decimal(1), Decimal(1), Decimal(10**15)) == Decimal("1E-15")
    assert convert(Decimal(1), Decimal(1), Decimal(10**16)) is None


def test_what_is_computed_is_no_surer_than_the_least_sure_figure() -> None:
    sure, provisional, estimated = (
        replace(figure("2"), status=status)
        for status in (ObservationStatus.NORMAL, ObservationStatus.PROVISIONAL, ObservationStatus.ESTIMATED)
    )
    assert [apply(ratio, *pair).status for pair in ((sure, sure), (sure, provisional), (estimated, provisional))] == [
        "A", "P", "E",
    ]  # fmt: skip


def test_a_mean_is_of_exact_figures_only() -> None:
    found = mean([figure("1"), figure("20000", 2, factor=WAN), figure("3", 3)])
    assert found is not None
    assert found.amount == 2 * YI
    assert mean([]) is None
    assert mean([figure("1"), figure("2", 2, "approx")]) is None
    assert mean([figure("1"), figure("2", 2, dimension="usd")]) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_plain_is_the_same_number_without_zeros_at_its_end(value: Decimal) -> None:
    assert plain(value) == value
    assert "E" not in str(plain(value))
    assert not ("." in str(plain(value)) and str(plain(value)).endswith("0"))


@pytest.mark.parametrize(("current", "expected"), [("100.125", "100.12"), ("100.135", "100.14"), ("100.145", "100.14")])
def test_what_lies_half_way_is_rounded_to_the_even_neighbour(current: str, expected: str) -> None:
    assert str(apply(ratio, figure(current), figure("100")).value) == expected
