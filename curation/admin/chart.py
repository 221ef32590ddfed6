"""The line of a series as a drawing: where its points, lines, ticks and labels stand. The template only writes them.

Values are exact decimals; what becomes a float is a place on the page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from indicators.choices import Accumulation, Frequency, ObservationStatus, Qualifier
from indicators.models import Observation, Series
from indicators.periods import Period, parse_period
from sources.bilingual import language

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 76, 24, 34, 40
PERIODS_A_YEAR = {Frequency.ANNUAL: 1, Frequency.QUARTERLY: 4, Frequency.MONTHLY: 12}
MOST_LABELS = 10


@dataclass(frozen=True)
class Point:
    """A value's place on the page; `hollow` for what is a goal or a forecast."""

    x: str
    y: str
    label: str
    hollow: bool


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: str
    label: str


@dataclass(frozen=True)
class Segment:
    """From one value to the next; `bridges` where periods between them have no row at all."""

    x1: str
    y1: str
    x2: str
    y2: str
    bridges: bool


@dataclass
class Chart:
    """Everything that the template draws."""

    unit: str
    points: list[Point] = field(default_factory=list)
    lines: list[Segment] = field(default_factory=list)
    x_ticks: list[Tick] = field(default_factory=list)
    y_ticks: list[Tick] = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def draw(series: Series, observations: Sequence[Observation]) -> Chart | None:
    """The chart of a series' live rows in the unit of its indicator; None where no row has a value."""
    rows = sorted(observations, key=lambda row: _number(parse_period(row.period)))
    unit = series.indicator.unit
    values = {row.pk: row.value * row.unit.factor / unit.factor for row in rows if row.value is not None}
    if not values:
        return None
    numbers = {row.pk: _number(parse_period(row.period)) for row in rows}
    first, last = min(numbers.values()), max(numbers.values())
    ticks = scale(min(values.values()), max(values.values()))

    def x(row: Observation) -> float:
        share = (numbers[row.pk] - first) / (last - first) if last > first else 0.5
        return LEFT + 16 + share * (WIDTH - LEFT - RIGHT - 32)

    def y(value: Decimal) -> float:
        share = (value - ticks[0]) / (ticks[-1] - ticks[0])
        return HEIGHT - BOTTOM - float(share) * (HEIGHT - TOP - BOTTOM)

    chart = Chart(unit=symbol(unit))
    for row in rows:
        if row.pk in values:
            chart.points.append(Point(_at(x(row)), _at(y(values[row.pk])), _said(row), _is_goal(row)))
    for one, other in pairwise(row for row in rows if not _is_goal(row)):
        if one.pk in values and other.pk in values and _continues(series, one, other):
            start, end = (_at(x(one)), _at(y(values[one.pk]))), (_at(x(other)), _at(y(values[other.pk])))
            chart.lines.append(Segment(*start, *end, bridges=numbers[other.pk] - numbers[one.pk] > 1))
    step = math.ceil(len(rows) / MOST_LABELS)
    chart.x_ticks = [Tick(_at(x(row)), row.period) for row in rows[::step]]
    chart.y_ticks = [Tick(_at(y(tick)), f"{tick:,f}") for tick in ticks]
    return chart


def scale(low: Decimal, high: Decimal) -> list[Decimal]:
    """Round numbers that span the values, four to seven of them; from zero unless that would flatten the line."""
    if 0 <= low <= high / 2:
        low = Decimal(0)
    elif high <= 0 and high >= low / 2:
        high = Decimal(0)
    if low == high:
        low, high = low - abs(low) / 10 - 1, high + abs(high) / 10 + 1
    rough = (high - low) / 5
    magnitude = Decimal(1).scaleb(rough.adjusted())
    step = next(size * magnitude for size in map(Decimal, ("1", "2", "2.5", "5", "10")) if size * magnitude >= rough)
    start, end = math.floor(low / step), math.ceil(high / step)
    return [_plain(step * count) for count in range(start, end + 1)]


def symbol(unit: object) -> str:
    """A unit as it stands behind a number: its symbol, or its name where it has none."""
    return getattr(unit, f"symbol_{language()}") or getattr(unit, f"name_{language()}")


def stated(row: Observation) -> str:
    """A value with the decimals that its source states; a dash where it is missing."""
    return "—" if row.value is None else f"{row.value:,.{row.decimals}f}"


def _number(period: Period) -> int:
    """Periods of one frequency counted through, so that neighbours differ by one."""
    a_year = PERIODS_A_YEAR[period.frequency]
    return period.start.year * a_year + (period.start.month - 1) * a_year // 12


def _continues(series: Series, one: Observation, other: Observation) -> bool:
    """A running total starts again each January, so no line leads there from December."""
    return series.accumulation != Accumulation.YTD or one.period[:4] == other.period[:4]


def _is_goal(row: Observation) -> bool:
    return row.status == ObservationStatus.FORECAST or row.qualifier == Qualifier.TARGET


def _said(row: Observation) -> str:
    qualifier = "" if row.qualifier == Qualifier.EXACT else f"{row.get_qualifier_display()} "
    return f"{row.period}: {qualifier}{stated(row)} {symbol(row.unit)}"


def _plain(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    value = value.normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral() else value


def _at(place: float) -> str:
    return f"{place:.1f}"
