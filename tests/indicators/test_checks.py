"""The identities: figures stand for all that rounds to them, and an identity holds where both sides can be the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indicators.checks import (
    FAIL,
    FORMULAS,
    INFINITY,
    NOT_TESTABLE,
    PASS,
    SHOWN_IN,
    CheckFigure,
    Interval,
    evaluate,
    outcome_of,
)
from indicators.choices import CheckKind, TermRole
from indicators.models import Check, Unit

Get = Callable[..., Any]
ROUNDINGS = st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN])


def figure(text: str) -> Interval:
    """`41.25`, or with a qualifier: `>41`, `<41`, `~41`; `%` is a hundredth."""
    qualifier = {">": "over", "<": "under", "~": "approx"}.get(text[0], "exact")
    number = text.strip("<>~%")
    decimals = len(number.partition(".")[2])
    stated = Interval.stated(Decimal(number), decimals, qualifier)
    return stated * Decimal("0.01") if text.endswith("%") else stated


def result(kind: str, **terms: str) -> str:
    return evaluate(kind, {role: [figure(text) for text in stated.split()] for role, stated in terms.items()}).result


# What a figure stands for ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("41.25", "41.245", "41.255"),
        ("42", "41.5", "42.5"),
        ("-40.48", "-40.485", "-40.475"),
        ("0", "-0.5", "0.5"),
        ("~42", "41.5", "42.5"),
        (">42", "42", "Infinity"),
        ("<42", "-Infinity", "42"),
        ("81.2%", "0.8115", "0.8125"),
    ],
)
def test_a_figure_stands_for_all_that_rounds_to_it(text: str, low: str, high: str) -> None:
    assert (figure(text).low, figure(text).high) == (Decimal(low), Decimal(high))


def test_over_and_under_are_open_on_one_side_only() -> None:
    assert figure(">42").meets(figure("42"))
    assert figure(">42").meets(figure("1000000"))
    assert not figure(">42").meets(figure("41"))
    assert figure("<42").meets(figure("42"))
    assert figure("<42").meets(figure("-1000000"))
    assert not figure("<42").meets(figure("43"))
    assert not figure("<42").meets(figure(">43"))


INTERVALS = st.builds(
    lambda value, decimals, qualifier: Interval.stated(Decimal(value).scaleb(-decimals), decimals, qualifier),
    st.integers(-(10**9), 10**9), st.integers(0, 4), st.sampled_from(["exact", "approx", "over", "under"]),
)  # fmt: skip


@given(INTERVALS, INTERVALS)
def test_meeting_is_mutual_and_ends_are_in_order(one: Interval, other: Interval) -> None:
    assert one.meets(other) is other.meets(one)
    assert one.meets(one)
    for made in (one + other, one - other, one * Decimal("0.01")):
        assert made.low <= made.middle <= made.high


@given(INTERVALS, INTERVALS)
def test_a_quotient_contains_the_quotients_of_the_ends_or_is_refused(one: Interval, other: Interval) -> None:
    try:
        quotient = one / other
    except ZeroDivisionError:
        assert other.low <= 0 <= other.high or INFINITY in (abs(other.low), abs(other.high))
        return
    assert quotient.low <= quotient.middle <= quotient.high
    assert quotient.low <= one.middle / other.low <= quotient.high


# The formulas ------------------------------------------------------------------------------------------------------


def test_every_kind_has_a_formula_a_unit_to_show_it_in_and_a_sentence() -> None:
    assert set(FORMULAS) == set(SHOWN_IN) == set(CheckKind.values)
    assert set(SHOWN_IN.values()) <= set(TermRole.values)
    assert all(formula.__doc__ for formula in FORMULAS.values())


@pytest.mark.parametrize(
    ("kind", "terms", "expected"),
    [
        # a sum: each part may be off by half of its last digit, and so may the total
        ("sum", {"part": "41.25 3.20 3.36 3.00", "total": "50.81"}, PASS),
        ("sum", {"part": "14 7 28 20 24 12 16", "total": "121"}, PASS),
        ("sum", {"part": "1 1", "total": "3"}, PASS),
        ("sum", {"part": "1 1", "total": "4"}, FAIL),
        ("sum", {"part": "1.0 1.0", "total": "3"}, FAIL),
        ("sum", {"part": "1.0 1.0", "total": "2.1"}, PASS),
        ("sum", {"part": "1.0 1.0", "total": "2.2"}, FAIL),
        ("sum", {"part": "-5 3", "total": "-2"}, PASS),
        ("sum", {"part": "5", "total": "5"}, PASS),
        ("sum", {"part": ">5 3", "total": "100"}, PASS),
        ("sum", {"part": ">5 3", "total": "7"}, PASS),
        ("sum", {"part": ">5 3", "total": "6"}, FAIL),
        ("sum", {"part": "<5 3", "total": "-100"}, PASS),
        ("sum", {"part": "<5 >3", "total": "1000"}, PASS),
        # a share
        ("share", {"part": "41.25", "whole": "50.81", "share": "81.2%"}, PASS),
        ("share", {"part": "41.25", "whole": "50.81", "share": "81.3%"}, FAIL),
        ("share", {"part": "41.25", "whole": "50.81", "share": "81%"}, PASS),
        ("share", {"part": "0", "whole": "50", "share": "0%"}, PASS),
        ("share", {"part": "1", "whole": "0", "share": "5%"}, NOT_TESTABLE),
        ("share", {"part": "1", "whole": "-50", "share": "-2%"}, PASS),
        ("share", {"part": "1", "whole": ">50", "share": "2%"}, NOT_TESTABLE),
        # a rate of change
        ("rate", {"current": "25", "base": "42", "rate": "-40.48%"}, PASS),
        ("rate", {"current": "25.0", "base": "42.0", "rate": "-40.48%"}, PASS),
        ("rate", {"current": "25.000", "base": "42.000", "rate": "-40.46%"}, FAIL),
        ("rate", {"current": "25", "base": "42", "rate": "40.48%"}, FAIL),
        ("rate", {"current": "10.0", "base": "5.0", "rate": "100%"}, PASS),
        ("rate", {"current": "5.0", "base": "0", "rate": "100%"}, NOT_TESTABLE),
        ("rate", {"current": "5.0", "base": "0.4", "rate": "1150%"}, PASS),
        ("rate", {"current": "5.0", "base": "0.0", "rate": "100%"}, NOT_TESTABLE),
        ("rate", {"current": "-5.0", "base": "-10.0", "rate": "-50%"}, PASS),
        ("rate", {"current": "-15.0", "base": "-10.0", "rate": "50%"}, PASS),
        ("rate", {"current": ">200", "base": "100.0", "rate": "150%"}, PASS),
        ("rate", {"current": ">200", "base": "100.0", "rate": "90%"}, FAIL),
        ("rate", {"current": "150.0", "base": "100.0", "rate": ">40%"}, PASS),
        ("rate", {"current": "150.0", "base": "100.0", "rate": ">60%"}, FAIL),
        # a difference
        ("difference", {"minuend": "30.6%", "subtrahend": "28.3%", "difference": "2.3%"}, PASS),
        ("difference", {"minuend": "30.6%", "subtrahend": "28.3%", "difference": "2.5%"}, FAIL),
        ("difference", {"minuend": "30.6%", "subtrahend": "28.3%", "difference": "-2.3%"}, FAIL),
        ("difference", {"minuend": ">30", "subtrahend": ">10", "difference": "-500"}, PASS),
        # two statements of one thing
        ("equality", {"a": "14%", "b": "14.2%"}, FAIL),
        ("equality", {"a": "14.0%", "b": "14%"}, PASS),
        ("equality", {"a": "79.7%", "b": ">70%"}, PASS),
        ("equality", {"a": "69.9%", "b": ">70%"}, FAIL),
        ("equality", {"a": "<70%", "b": "69.9%"}, PASS),
        ("equality", {"a": "<70%", "b": "70.1%"}, FAIL),
        ("equality", {"a": "70%", "b": ">70%"}, PASS),
        ("equality", {"a": "<70%", "b": ">70%"}, PASS),
        ("equality", {"a": "<69%", "b": ">70%"}, FAIL),
        ("equality", {"a": "~14%", "b": "14.2%"}, FAIL),
        # at least
        ("at_least", {"greater": "3", "lesser": "2"}, PASS),
        ("at_least", {"greater": "2", "lesser": "2"}, PASS),
        ("at_least", {"greater": "1", "lesser": "2"}, PASS),
        ("at_least", {"greater": "1.0", "lesser": "2.0"}, FAIL),
        ("at_least", {"greater": ">1", "lesser": "2"}, PASS),
        ("at_least", {"greater": "<1", "lesser": "2"}, FAIL),
        ("at_least", {"greater": "1.0", "lesser": "<2"}, PASS),
        ("at_least", {"greater": "1.0", "lesser": ">2"}, FAIL),
        ("at_least", {"greater": "-1.0", "lesser": "-2.0"}, PASS),
        # two parts with their shares
        ("implied_total", {"amount_a": "34.95", "share_a": "79.7%", "amount_b": "8.97", "share_b": "20.4%"}, PASS),
        ("implied_total", {"amount_a": "34.95", "share_a": "79.7%", "amount_b": "8.97", "share_b": "21.4%"}, FAIL),
        ("implied_total", {"amount_a": "50", "share_a": "50%", "amount_b": "10", "share_b": "10%"}, PASS),
        ("implied_total", {"amount_a": "1", "share_a": "0%", "amount_b": "10", "share_b": "10%"}, NOT_TESTABLE),
        # a unit price of value and volume: 0.98 / 1.04 - 1 is -5.8 %, and -6.7 % to -4.8 % with what rounds to both
        ("unit_price", {"value": "-2%", "volume": "4%", "price": "-5.8%"}, PASS),
        ("unit_price", {"value": "-2%", "volume": "4%", "price": "-6.5%"}, PASS),
        ("unit_price", {"value": "-2%", "volume": "4%", "price": "-6.8%"}, FAIL),
        ("unit_price", {"value": "-2.0%", "volume": "4.0%", "price": "-6.5%"}, FAIL),
        ("unit_price", {"value": "10%", "volume": "-100%", "price": "5%"}, NOT_TESTABLE),
    ],
)  # fmt: skip
def test_an_identity_as_worked_out_by_hand(kind: str, terms: dict[str, str], expected: str) -> None:
    assert result(kind, **terms) == expected


@pytest.mark.parametrize(
    ("kind", "whole"),
    [
        ("sum", {"part": "1 2", "total": "3"}),
        ("share", {"part": "1", "whole": "2", "share": "50%"}),
        ("rate", {"current": "1", "base": "1", "rate": "0%"}),
        ("difference", {"minuend": "3", "subtrahend": "2", "difference": "1"}),
        ("equality", {"a": "1", "b": "1"}),
        ("at_least", {"greater": "2", "lesser": "1"}),
        ("implied_total", {"amount_a": "1", "share_a": "50%", "amount_b": "1", "share_b": "50%"}),
        ("unit_price", {"value": "0%", "volume": "0%", "price": "0%"}),
    ],
)
def test_a_check_that_lacks_a_term_or_has_one_twice_is_not_testable(kind: str, whole: dict[str, str]) -> None:
    assert result(kind, **whole) == PASS
    for role, stated_once in whole.items():
        assert result(kind, **{other: text for other, text in whole.items() if other != role}) == NOT_TESTABLE
        if role != "part" or kind != "sum":
            assert result(kind, **{**whole, role: f"{stated_once} {stated_once}"}) == NOT_TESTABLE


@pytest.mark.parametrize("kind", CheckKind.values)
def test_a_check_without_terms_is_not_testable(kind: str) -> None:
    assert evaluate(kind, defaultdict(list)).result == NOT_TESTABLE
    assert evaluate(kind, {}).result == NOT_TESTABLE


def test_a_sum_of_no_parts_is_not_testable() -> None:
    assert evaluate("sum", {"part": [], "total": [figure("0")]}).result == NOT_TESTABLE


def test_both_sides_are_shown_as_the_stated_figures_give_them() -> None:
    outcome = evaluate("sum", {"part": [figure("1.0"), figure("1.0")], "total": [figure("2.1")]})
    assert (outcome.result, outcome.left, outcome.right) == (PASS, Decimal("2.0"), Decimal("2.1"))
    missing = evaluate("sum", {})
    assert (missing.left, missing.right) == (None, None)


def test_an_outcome_is_in_the_unit_that_it_is_shown_in_or_says_why_there_is_none() -> None:
    ten, one = Unit(code="T_TEN", factor=Decimal(10)), Unit(code="T_ONE", factor=Decimal(1))
    stated = {"a": CheckFigure.of(Decimal(2), 0, "exact", ten), "b": CheckFigure.of(Decimal(21), 0, "exact", one)}
    terms = [("part", "a"), ("total", "b")]
    found = outcome_of("sum", terms, stated.get)
    assert (found.result, found.left, found.right, found.unit) == (PASS, Decimal(20), Decimal(21), one)
    lacking = outcome_of("sum", [*terms, ("part", "c")], stated.get)
    assert (lacking.result, lacking.reason, lacking.left, lacking.unit) == (NOT_TESTABLE, "missing", None, one)
    assert outcome_of("sum", terms[:1], stated.get).reason == "malformed"
    zero = {**stated, "c": CheckFigure.of(Decimal(0), 0, "exact", one)}
    shares = [("part", "a"), ("whole", "c"), ("share", "b")]
    assert outcome_of("share", shares, zero.get).reason == "undefined"
    assert CheckFigure.of(None, 0, "exact", one) is None


# What must hold of all figures -------------------------------------------------------------------------------------

EXACT = st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False)
POSITIVE = st.decimals(min_value=Decimal("0.001"), max_value=10**9, places=6, allow_nan=False)
DECIMALS = st.integers(0, 4)


def stated(value: Decimal, decimals: int, rounding: str) -> Interval:
    return Interval.stated(value.quantize(Decimal(1).scaleb(-decimals), rounding), decimals)


@given(st.lists(EXACT, min_size=1, max_size=12), st.lists(DECIMALS, min_size=13, max_size=13), ROUNDINGS)
def test_rounded_parts_always_make_their_rounded_total(parts: list[Decimal], decimals: list[int], how: str) -> None:
    terms = {
        "part": [stated(part, places, how) for part, places in zip(parts, decimals, strict=False)],
        "total": [stated(sum(parts, Decimal(0)), decimals[12], how)],
    }
    assert evaluate("sum", terms).result == PASS


@given(POSITIVE, POSITIVE, DECIMALS, DECIMALS, DECIMALS, ROUNDINGS)
def test_the_rate_and_the_share_of_rounded_figures_always_hold(
    current: Decimal, base: Decimal, places: int, base_places: int, rate_places: int, how: str
) -> None:
    now, then = stated(current, places, how), stated(base, base_places, how)
    assume(then.low > 0)
    with localcontext(prec=60):
        ratio = current / base
        share = stated(ratio * 100, rate_places, how) * Decimal("0.01")
        rate = stated((ratio - 1) * 100, rate_places, how) * Decimal("0.01")
    assert evaluate("share", {"part": [now], "whole": [then], "share": [share]}).result == PASS
    assert evaluate("rate", {"current": [now], "base": [then], "rate": [rate]}).result == PASS


@given(EXACT, EXACT, DECIMALS, DECIMALS, DECIMALS, ROUNDINGS)
def test_rounded_differences_and_orders_always_hold(
    one: Decimal, other: Decimal, places: int, other_places: int, difference_places: int, how: str
) -> None:
    a, b = stated(one, places, how), stated(other, other_places, how)
    assert evaluate(
        "difference", {"minuend": [a], "subtrahend": [b], "difference": [stated(one - other, difference_places, how)]}
    ).result == PASS  # fmt: skip
    greater, lesser = (a, b) if one >= other else (b, a)
    assert evaluate("at_least", {"greater": [greater], "lesser": [lesser]}).result == PASS
    assert evaluate("equality", {"a": [a], "b": [a]}).result == PASS


@given(POSITIVE, st.integers(1, 99), st.integers(1, 99), DECIMALS, ROUNDINGS)
def test_parts_of_one_whole_always_imply_it(whole: Decimal, a: int, b: int, places: int, how: str) -> None:
    terms = {}
    for name, percent in (("a", a), ("b", b)):
        terms[f"amount_{name}"] = [stated(whole * percent / 100, places, how)]
        terms[f"share_{name}"] = [stated(Decimal(percent), 1, how) * Decimal("0.01")]
    assert evaluate("implied_total", terms).result == PASS


@given(st.lists(EXACT, min_size=1, max_size=8), DECIMALS)
def test_a_total_that_is_off_by_more_than_all_rounding_fails(parts: list[Decimal], places: int) -> None:
    off = Decimal(len(parts) + 2).scaleb(-places)
    total = stated(sum(parts, Decimal(0)) + off, places, ROUND_HALF_UP)
    assert evaluate("sum", {"part": [stated(p, places, ROUND_HALF_UP) for p in parts], "total": [total]}).result == FAIL


# The seeded checks -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_seeded_checks_come_out_as_their_notes_say(get: Get) -> None:
    """A note begins with how the check comes out, where it does not pass."""
    found = {row["code"]: row["result"] for row in get("/checks", page_size=1000)["results"]}
    expected = {}
    for check in Check.objects.public():
        says = check.note_en.split(":")[0]
        expected[check.code] = {"Fails": FAIL, "Not testable": NOT_TESTABLE}.get(says, PASS)
    assert found == expected
    assert {code for code, outcome in found.items() if outcome == NOT_TESTABLE} == {
        "zz-gdp-share", "zz-gdp-growth", "digital-economy-growth", "regions-trade-shares",
    }  # fmt: skip
    assert FAIL not in found.values()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "code",
    ["four-counties-trade", "liling-trade-share", "ftz-seven-domains", "national-trade-implied", "chaling-rnd-firms"],
)
def test_the_identities_of_the_documents_hold(get: Get, code: str) -> None:
    assert get(f"/checks/{code}")["result"] == PASS


@pytest.mark.django_db
def test_every_seeded_check_has_the_roles_of_its_kind() -> None:
    for check in Check.objects.prefetch_related("terms"):
        terms: dict[str, list[Interval]] = {}
        for term in check.terms.all():
            terms.setdefault(term.role, []).append(figure("1.0"))
        assert evaluate(check.kind, terms).result != NOT_TESTABLE, check.code
