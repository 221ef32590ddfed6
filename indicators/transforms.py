"""What can be computed of stated figures: each transform is one function with its formula, exact until it is rounded.

A result is never guessed: a base that is missing, zero, negative or not exact gives no number but the reason
(docs/decisions.md, 13).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, Inexact, localcontext
from typing import Any

from indicators.choices import Qualifier
from sources.bilingual import both

HUNDRED = Decimal(100)
RATE_DECIMALS = 2
PRECISION = 34  # of IEEE 754 decimal128: far beyond what 15 significant digits need
MOST_DECIMALS = 15

NO_VALUE = both("本期无数据", "no value to compute from")
NO_BASE = both("基期无数据", "no value for the base")
ZERO_BASE = both("基期为零", "the base is zero")
NEGATIVE_BASE = both("基期为负，比率无意义", "the base is negative: a ratio to it means nothing")
INEXACT_BASE = both("基期不是确数", "the base is not an exact figure")
OTHER_DIMENSION = both("基期的单位不可换算", "the base is in a unit of another dimension")
NOT_RANKED = both("不是确数，不参与排位", "not an exact figure, so not ranked")
NOT_TERMINATING = both("换算后不是有限小数", "has no exact decimal value in that unit")


@dataclass(frozen=True)
class Stated:
    """A figure as a transform reads it: the row's id, its value, how it was put, and its unit (dimension and factor)."""

    id: int
    value: Decimal
    qualifier: str
    dimension: str
    decimals: int = 0
    factor: Decimal = Decimal(1)

    @property
    def amount(self) -> Decimal:
        """The value in the base unit of its dimension."""
        return self.value * self.factor


@dataclass(frozen=True)
class Derived:
    """What a transform gave: a number with its decimals, or None and the reason; and the rows that it was computed from."""

    value: Decimal | None
    decimals: int = 0
    note: Any = None
    derived_from: tuple[int, ...] = ()


Formula = Callable[[Stated, Stated], Decimal | None]


def relative_change(current: Stated, base: Stated) -> Decimal:
    """(current / base - 1) · 100, in %: year on year, or period on period, by what the base is."""
    return (current.amount / base.amount - 1) * HUNDRED


def ratio(current: Stated, base: Stated) -> Decimal:
    """current / base · 100: an index where the base is a base year, a share in % where it is a whole."""
    return current.amount / base.amount * HUNDRED


def difference(current: Stated, base: Stated) -> Decimal | None:
    """current - base, in the unit of the current figure; None where the base has no exact value in that unit."""
    converted = convert(base.value, base.factor, current.factor)
    return None if converted is None else current.value - converted


NEEDS_POSITIVE_BASE = (relative_change, ratio)


def apply(formula: Formula, current: Stated | None, base: Stated | None) -> Derived:
    """A formula's result, rounded half to even; or why there is none."""
    used = tuple(dict.fromkeys(figure.id for figure in (current, base) if figure))
    if current is None or base is None:
        return Derived(None, note=NO_VALUE if current is None else NO_BASE, derived_from=used)
    if (reason := _unusable(base, current, formula)) is not None:
        return Derived(None, note=reason, derived_from=used)
    with localcontext(prec=PRECISION):
        result = formula(current, base)
    if result is None:
        return Derived(None, note=NOT_TERMINATING, derived_from=used)
    decimals = RATE_DECIMALS if formula in NEEDS_POSITIVE_BASE else max(current.decimals, decimals_of(plain(result)))
    return Derived(result.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN), decimals, derived_from=used)


def _unusable(base: Stated, current: Stated, formula: Formula) -> Any:
    if base.qualifier != Qualifier.EXACT:
        return INEXACT_BASE
    if base.dimension != current.dimension:
        return OTHER_DIMENSION
    if formula in NEEDS_POSITIVE_BASE and base.value <= 0:
        return ZERO_BASE if base.value == 0 else NEGATIVE_BASE
    return None


def mean(figures: Sequence[Stated]) -> Stated | None:
    """Σ figures / n, in base units; None where there is none, or one is not exact or of another dimension."""
    if not figures or any(f.qualifier != Qualifier.EXACT or f.dimension != figures[0].dimension for f in figures):
        return None
    with localcontext(prec=PRECISION):
        total = sum((figure.amount for figure in figures), Decimal(0))
        return Stated(figures[0].id, total / len(figures), Qualifier.EXACT, figures[0].dimension)


def ranks(peers: Sequence[Stated]) -> list[Derived]:
    """1 for the largest; equal figures share a rank and the next one is left out (1, 2, 2, 4). Only exact figures are ranked."""
    amounts = sorted((peer.amount for peer in peers if peer.qualifier == Qualifier.EXACT), reverse=True)
    position: dict[Decimal, int] = {}
    for place, amount in enumerate(amounts, start=1):
        position.setdefault(amount, place)
    return [
        Derived(Decimal(position[peer.amount]), derived_from=(peer.id,))
        if peer.qualifier == Qualifier.EXACT
        else Derived(None, note=NOT_RANKED, derived_from=(peer.id,))
        for peer in peers
    ]


def convert(value: Decimal, factor: Decimal, target: Decimal) -> Decimal | None:
    """value · factor / target, exactly; None where that is no decimal of at most 15 decimals (20 months in years)."""
    with localcontext(prec=60) as context:
        context.clear_flags()
        converted = value * factor / target
        if context.flags[Inexact]:
            return None
    exact = plain(converted)
    return exact if decimals_of(exact) <= MOST_DECIMALS else None


def convert_stated(stated: Stated, target: Decimal) -> Derived:
    """A figure in another unit of its dimension; its precision moves with it (41.20 亿元 is 412000 万元, 0.004120 万亿元)."""
    converted = convert(stated.value, stated.factor, target)
    if converted is None:
        return Derived(None, note=NOT_TERMINATING, derived_from=(stated.id,))
    step = convert(Decimal(1).scaleb(-stated.decimals), stated.factor, target)
    decimals = max(decimals_of(converted), decimals_of(step) if step is not None else 0)
    return Derived(converted, decimals, derived_from=(stated.id,))


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: 2.300 and 23E-1 are 2.3."""
    return Decimal(f"{value.normalize():f}")


def decimals_of(value: Decimal) -> int:
    """How many decimals a number is written with."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
