"""The identities that the data must obey: each kind is one function over intervals.

Figures enter in the base unit of their dimension (percent as a hundredth), so that no formula knows of units.
A stated figure of d decimals stands for every number that rounds to it: value ± 0.5·10⁻ᵈ. `over` and `under` leave
one side open. An identity holds where both of its sides, computed over such intervals, have a number in common.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from indicators.choices import CheckKind, Qualifier, TermRole

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


# The role whose unit both sides of a check are shown in.
SHOWN_IN: dict[str, str] = {
    CheckKind.SUM: TermRole.TOTAL,
    CheckKind.SHARE: TermRole.SHARE,
    CheckKind.RATE: TermRole.RATE,
    CheckKind.DIFFERENCE: TermRole.DIFFERENCE,
    CheckKind.EQUALITY: TermRole.A,
    CheckKind.AT_LEAST: TermRole.GREATER,
    CheckKind.IMPLIED_TOTAL: TermRole.AMOUNT_A,
}

FORMULAS: dict[str, Callable[[Terms], Sides]] = {
    CheckKind.SUM: sum_of_parts,
    CheckKind.SHARE: share_of_whole,
    CheckKind.RATE: rate_of_change,
    CheckKind.DIFFERENCE: difference,
    CheckKind.EQUALITY: equality,
    CheckKind.AT_LEAST: at_least,
    CheckKind.IMPLIED_TOTAL: implied_total,
}

PASS, FAIL, NOT_TESTABLE = "pass", "fail", "not_testable"


@dataclass(frozen=True)
class Outcome:
    """What a check found: the verdict, and both sides as the stated figures give them, in base units."""

    result: str
    left: Decimal | None = None
    right: Decimal | None = None


def evaluate(kind: str, terms: Terms) -> Outcome:
    """Whether the identity holds within the rounding of its terms; not testable where a term is missing or divides by zero."""
    try:
        with localcontext(prec=28):
            left, right = FORMULAS[kind](terms)
    except (LookupError, ValueError, ZeroDivisionError):
        return Outcome(NOT_TESTABLE)
    return Outcome(PASS if left.meets(right) else FAIL, left.middle, right.middle)
