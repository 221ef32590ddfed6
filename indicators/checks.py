"""The identities that the data must obey: each kind is one function over intervals.

Figures enter in the base unit of their dimension (percent as a hundredth), so that no formula knows of units.
A stated figure of d decimals stands for every number that rounds to it: value ± 0.5·10⁻ᵈ. `over` and `under` leave
one side open. An identity holds where both of its sides, computed over such intervals, have a number in common.

`outcome_of` is what everyone asks: the API with the figures that stand, an import and a batch with those before and after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TypeVar

from indicators.choices import CheckKind, Qualifier, TermRole
from indicators.models import Unit
from sources.bilingual import both

INFINITY = Decimal("Infinity")


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`, with the middle that was stated."""

    low: Decimal
    high: Decimal
    middle: Decimal

    @classmethod
    def stated(cls, value: Decimal, decimals: int, qualifier: str = Qualifier.EXACT) -> Interval:
        """What a figure as printed stands for."""
        half = Decimal(1).scaleb(-decimals) / 2
        low = value if qualifier == Qualifier.OVER else value - half
        high = value if qualifier == Qualifier.UNDER else value + half
        if qualifier == Qualifier.OVER:
            high = INFINITY
        if qualifier == Qualifier.UNDER:
            low = -INFINITY
        return cls(low, high, value)

    def as_stated(self) -> Interval:
        """The stated number alone; an open side (`over`, `under`) stays open."""
        return Interval(
            self.low if self.low == -INFINITY else self.middle,
            self.high if self.high == INFINITY else self.middle,
            self.middle,
        )

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high, self.middle + other.middle)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low, self.middle - other.middle)

    def __mul__(self, factor: Decimal) -> Interval:
        return Interval(self.low * factor, self.high * factor, self.middle * factor)

    def __truediv__(self, other: Interval) -> Interval:
        """Raises ZeroDivisionError where the divisor may be zero or is unbounded: then nothing can be told."""
        if other.low <= 0 <= other.high or INFINITY in (abs(other.low), abs(other.high)):
            raise ZeroDivisionError
        quotients = [a / b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(quotients), max(quotients), self.middle / other.middle)

    def meets(self, other: Interval) -> bool:
        """Whether some number is in both."""
        return self.low <= other.high and other.low <= self.high


ONE = Interval(Decimal(1), Decimal(1), Decimal(1))

Terms = Mapping[str, Sequence[Interval]]
Sides = tuple[Interval, Interval]


def _one(terms: Terms, role: str) -> Interval:
    (term,) = terms[role]
    return term


def sum_of_parts(terms: Terms) -> Sides:
    """Σ parts = total."""
    parts = terms[TermRole.PART]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total, _one(terms, TermRole.TOTAL)


def share_of_whole(terms: Terms) -> Sides:
    """part / whole = share."""
    return _one(terms, TermRole.PART) / _one(terms, TermRole.WHOLE), _one(terms, TermRole.SHARE)


def rate_of_change(terms: Terms) -> Sides:
    """current / base - 1 = rate."""
    return _one(terms, TermRole.CURRENT) / _one(terms, TermRole.BASE) - ONE, _one(terms, TermRole.RATE)


def difference(terms: Terms) -> Sides:
    """minuend - subtrahend = difference."""
    return _one(terms, TermRole.MINUEND) - _one(terms, TermRole.SUBTRAHEND), _one(terms, TermRole.DIFFERENCE)


def equality(terms: Terms) -> Sides:
    """a = b: two statements of one thing must give the same number, not only one that rounds to the other."""
    a, b = _one(terms, TermRole.A), _one(terms, TermRole.B)
    return a.as_stated(), b.as_stated()


def at_least(terms: Terms) -> Sides:
    """greater ≥ lesser: the lesser and everything above it meets the greater."""
    lesser = _one(terms, TermRole.LESSER)
    return _one(terms, TermRole.GREATER), Interval(lesser.low, INFINITY, lesser.middle)


def implied_total(terms: Terms) -> Sides:
    """amount_a / share_a = amount_b / share_b: two parts with their shares imply the same whole."""
    return (
        _one(terms, TermRole.AMOUNT_A) / _one(terms, TermRole.SHARE_A),
        _one(terms, TermRole.AMOUNT_B) / _one(terms, TermRole.SHARE_B),
    )


def unit_price(terms: Terms) -> Sides:
    """(1 + value) / (1 + volume) - 1 = price, all three as rates of change."""
    value, volume = ONE + _one(terms, TermRole.VALUE), ONE + _one(terms, TermRole.VOLUME)
    return value / volume - ONE, _one(terms, TermRole.PRICE)


# The role whose unit both sides of a check are shown in.
SHOWN_IN: dict[str, str] = {
    CheckKind.SUM: TermRole.TOTAL,
    CheckKind.SHARE: TermRole.SHARE,
    CheckKind.RATE: TermRole.RATE,
    CheckKind.DIFFERENCE: TermRole.DIFFERENCE,
    CheckKind.EQUALITY: TermRole.A,
    CheckKind.AT_LEAST: TermRole.GREATER,
    CheckKind.IMPLIED_TOTAL: TermRole.AMOUNT_A,
    CheckKind.UNIT_PRICE: TermRole.PRICE,
}

FORMULAS: dict[str, Callable[[Terms], Sides]] = {
    CheckKind.SUM: sum_of_parts,
    CheckKind.SHARE: share_of_whole,
    CheckKind.RATE: rate_of_change,
    CheckKind.DIFFERENCE: difference,
    CheckKind.EQUALITY: equality,
    CheckKind.AT_LEAST: at_least,
    CheckKind.IMPLIED_TOTAL: implied_total,
    CheckKind.UNIT_PRICE: unit_price,
}

PASS, FAIL, NOT_TESTABLE = "pass", "fail", "not_testable"

# Why a check is not testable.
MISSING, MALFORMED, UNDEFINED = "missing", "malformed", "undefined"
NOT_TESTABLE_FOR = {
    MISSING: both("缺少数值", "a figure is missing"),
    MALFORMED: both("核对项缺少或重复", "the check lacks a term, or has one twice"),
    UNDEFINED: both("除数可能为零或没有界限", "a divisor may be zero, or is open"),
}


@dataclass(frozen=True)
class CheckResult:
    """What a check found: the verdict, both sides as the stated figures give them, in base units, and why it is not testable."""

    result: str
    left: Decimal | None = None
    right: Decimal | None = None
    reason: str | None = None


def evaluate(kind: str, terms: Terms) -> CheckResult:
    """Whether the identity holds within the rounding of its terms; not testable where a term is missing or divides by zero."""
    try:
        with localcontext(prec=28):
            left, right = FORMULAS[kind](terms)
    except (LookupError, ValueError):
        return CheckResult(NOT_TESTABLE, reason=MALFORMED)
    except ZeroDivisionError:
        return CheckResult(NOT_TESTABLE, reason=UNDEFINED)
    return CheckResult(PASS if left.meets(right) else FAIL, left.middle, right.middle)


@dataclass(frozen=True)
class CheckFigure:
    """A figure as it enters a check: in the base unit of its dimension, and the unit that it is stated in."""

    interval: Interval
    unit: Unit

    @classmethod
    def of(cls, value: Decimal | None, decimals: int, qualifier: str, unit: Unit) -> CheckFigure | None:
        """What is stated; None where there is no value."""
        return None if value is None else cls(Interval.stated(value, decimals, qualifier) * unit.factor, unit)


@dataclass(frozen=True)
class CheckOutcome:
    """What a check comes to: as its result says, with both sides in the unit that they are shown in, to four decimals."""

    result: str
    reason: str | None
    left: Decimal | None
    right: Decimal | None
    unit: Unit | None


Name = TypeVar("Name")


def outcome_of(
    kind: str, terms: Iterable[tuple[str, Name]], figure: Callable[[Name], CheckFigure | None]
) -> CheckOutcome:
    """What a check comes to. Its terms are pairs of a role and what names a figure, which is looked up; None is a missing one."""
    figures = [(role, figure(name)) for role, name in terms]
    intervals: dict[str, list[Interval]] = defaultdict(list)
    units: dict[str, Unit] = {}
    for role, term in figures:
        if term is not None:
            intervals[role].append(term.interval)
            units[role] = term.unit
    complete = all(term is not None for _, term in figures)
    outcome = evaluate(kind, intervals) if complete else CheckResult(NOT_TESTABLE, reason=MISSING)
    unit = units.get(SHOWN_IN[kind])
    left, right = (
        None if side is None or unit is None else round(side / unit.factor, 4) for side in (outcome.left, outcome.right)
    )
    return CheckOutcome(outcome.result, outcome.reason, left, right, unit)
