"""What can be computed of stated figures: each transform is one function with its formula, exact until it is rounded.

A result is never guessed: where a figure that it needs is missing, zero, negative or no exact observed value, there is
no number but the reason (docs/decisions/0013).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, Inexact, localcontext
from typing import Any

from indicators.choices import OBSERVED, ObservationStatus, Qualifier
from sources.bilingual import Text, both

HUNDRED = Decimal(100)
RATE_DECIMALS = 2
PRECISION = 34  # of IEEE 754 decimal128: far beyond what 15 significant digits need
MOST_DECIMALS = 15

NO_VALUE = both("本期无数据", "no value to compute from")
NO_BASE = both("基期无数据", "no value for the base")
ZERO_BASE = both("基期为零", "the base is zero")
NEGATIVE_BASE = both("基期为负，比率无意义", "the base is negative: a ratio to it means nothing")
INEXACT = both("不是确切的观测值，不参与计算", "not an exact observed value, so nothing is computed of it")
INEXACT_BASE = both("基期不是确切的观测值", "the base is not an exact observed value")
OTHER_DIMENSION = both("基期的单位不可换算", "the base is in a unit of another dimension")
NOT_RANKED = both("不是确切的观测值，不参与排位", "not an exact observed value, so not ranked")
NO_UNIT = both("此处没有百分点这一单位", "the unit of a difference of percentages is not held here")
NOT_TERMINATING = both("换算后不是有限小数", "has no exact decimal value in that unit")
NEGATIVE = both("本期为负，没有年均变动", "the value is negative, so there is no annual mean")
NOT_AFTER_BASE = both("不晚于基期，没有年均变动", "not after the base, so there is no annual mean")


# A computed figure is no surer than the least sure that it was computed from.
SURENESS = (ObservationStatus.NORMAL, ObservationStatus.PROVISIONAL, ObservationStatus.ESTIMATED)


@dataclass(frozen=True)
class Stated:
    """A figure as a transform reads it: the row's id, its value, how it was put, its unit (dimension and factor), its status."""

    id: int
    value: Decimal
    qualifier: str
    dimension: str
    decimals: int = 0
    factor: Decimal = Decimal(1)
    status: str = ObservationStatus.NORMAL

    @property
    def is_measured(self) -> bool:
        """Whether it is an exact observed value: no goal, no forecast, no bound, not about so much. Only such are computed with."""
        return self.qualifier == Qualifier.EXACT and self.status in OBSERVED

    @property
    def amount(self) -> Decimal:
        """The value in the base unit of its dimension."""
        return self.value * self.factor


@dataclass(frozen=True)
class Derived:
    """What a transform gave: a number with its decimals, or None and the reason; and the rows that it was computed from.

    `status` is that of the least sure of them; `of` is the key of the region that a share is of.
    """

    value: Decimal | None
    decimals: int = 0
    note: Any = None
    derived_from: tuple[int, ...] = ()
    status: str | None = None
    of: int | None = None


class Incomputable(ArithmeticError):
    """A formula has no result for these figures; `reason` says why, in the language of the answer."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


Formula = Callable[[Stated, Stated], Decimal]


def relative_change(current: Stated, base: Stated) -> Decimal:
    """(current / base - 1) · 100, in %: year on year, or period on period, by what the base is."""
    return (current.amount / base.amount - 1) * HUNDRED


def ratio(current: Stated, base: Stated) -> Decimal:
    """current / base · 100: an index where the base is a base year, a share in % where it is a whole."""
    return current.amount / base.amount * HUNDRED


def difference(current: Stated, base: Stated) -> Decimal:
    """current - base, in the unit of the current figure. Raises Incomputable where the base has no exact value in that unit."""
    converted = convert(base.value, base.factor, current.factor)
    if converted is None:
        raise Incomputable(NOT_TERMINATING)
    return current.value - converted


def annual_change(current: Stated, base: Stated, years: Decimal) -> Decimal:
    """((current / base) ^ (1 / years) - 1) · 100: the equal change a year, in %, that leads from the base to the current figure.

    Raises Incomputable for a figure that is not later than the base, or is negative.
    """
    if years <= 0:
        raise Incomputable(NOT_AFTER_BASE)
    if current.value < 0:
        raise Incomputable(NEGATIVE)
    return ((current.amount / base.amount) ** (1 / years) - 1) * HUNDRED


def least_sure(figures: Iterable[Stated]) -> str | None:
    """The status of the least sure of some observed figures; None of none."""
    held = {figure.status for figure in figures}
    return next((status.value for status in reversed(SURENESS) if status in held), None)


def apply(formula: Formula, current: Stated | None, base: Stated | None, no_base: Text = NO_BASE) -> Derived:
    """A formula's result, rounded half to even; or why there is none (`no_base` where the base is missing)."""
    used = tuple(dict.fromkeys(figure.id for figure in (current, base) if figure))
    if current is None or base is None:
        return Derived(None, note=NO_VALUE if current is None else no_base, derived_from=used)
    if (reason := _unusable(base, current, formula)) is not None:
        return Derived(None, note=reason, derived_from=used)
    try:
        with localcontext(prec=PRECISION):
            result = formula(current, base)
    except Incomputable as failure:
        return Derived(None, note=failure.reason, derived_from=used)
    is_exact = formula is difference
    decimals = max(current.decimals, decimals_of(plain(result))) if is_exact else RATE_DECIMALS
    rounded = result.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    return Derived(rounded, decimals, derived_from=used, status=least_sure((current, base)))


def _unusable(base: Stated, current: Stated, formula: Formula) -> Text | None:
    if not current.is_measured:
        return INEXACT
    if not base.is_measured:
        return INEXACT_BASE
    if base.dimension != current.dimension:
        return OTHER_DIMENSION
    if formula is not difference and base.value <= 0:
        return ZERO_BASE if base.value == 0 else NEGATIVE_BASE
    return None


def mean(figures: Sequence[Stated]) -> Stated | None:
    """Σ figures / n, in base units; None where there is none, or one is not measured or of another dimension."""
    if not figures or any(not f.is_measured or f.dimension != figures[0].dimension for f in figures):
        return None
    with localcontext(prec=PRECISION):
        total = sum((figure.amount for figure in figures), Decimal(0))
        value, status = total / len(figures), least_sure(figures) or figures[0].status
        return Stated(figures[0].id, value, Qualifier.EXACT, figures[0].dimension, status=status)


def ranks(peers: Sequence[Stated]) -> list[Derived]:
    """1 for the largest; equal figures share a rank and the next one is left out (1, 2, 2, 4). Only measured figures are ranked."""
    amounts = sorted((peer.amount for peer in peers if peer.is_measured), reverse=True)
    position: dict[Decimal, int] = {}
    for place, amount in enumerate(amounts, start=1):
        position.setdefault(amount, place)
    return [
        Derived(Decimal(position[peer.amount]), derived_from=(peer.id,), status=peer.status)
        if peer.is_measured
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
    return Derived(converted, decimals, derived_from=(stated.id,), status=stated.status)


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: 2.300 and 23E-1 are 2.3."""
    return Decimal(f"{value.normalize():f}")


def decimals_of(value: Decimal) -> int:
    """How many decimals a number is written with."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
