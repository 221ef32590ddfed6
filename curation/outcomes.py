"""The checks that a batch concerns: what each comes to with the figures that stand, and with those of the batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from curation.models import ImportBatch, Verdict
from curation.tables import BY_NAME
from indicators.checks import FAIL, NOT_TESTABLE, SHOWN_IN, Interval, Outcome, evaluate
from indicators.models import Check, CheckTerm, Observation, Series, Unit
from indicators.transforms import decimals_of

Place = tuple[str, str]  # series key, period
CHUNK = 500
KEY = BY_NAME["observations"].key


@dataclass(frozen=True)
class Figure:
    """A figure as it enters a check: in the base unit of its dimension, and the unit that it is stated in."""

    interval: Interval
    unit: Unit


@dataclass(frozen=True)
class Side:
    """What a check comes to: the verdict, and both sides in the unit that the check is shown in."""

    result: str
    left: Decimal | None
    right: Decimal | None
    unit: Unit | None


@dataclass(frozen=True)
class Compared:
    """A check before and after."""

    check: Check
    before: Side
    after: Side

    @property
    def is_broken(self) -> bool:
        return self.after.result == FAIL and self.before.result != FAIL

    @property
    def differs(self) -> bool:
        return self.before != self.after


def compared_checks(batch: ImportBatch) -> list[Compared]:
    """Every check with a term among the figures that a batch adds, changes or withdraws, in the order of their codes."""
    terms: dict[int, list[tuple[str, Place]]] = defaultdict(list)
    for check, role, series, period in CheckTerm.objects.public().values_list("check_of", "role", "series", "period"):
        terms[check].append((role, (series, period)))
    touched = _touched(batch, {place for listed in terms.values() for _, place in listed})
    concerned = {check: listed for check, listed in terms.items() if any(place in touched for _, place in listed)}
    standing = _standing({place for listed in concerned.values() for _, place in listed})
    after = {**standing, **touched}
    checks = Check.objects.public().filter(pk__in=concerned).order_by("code")
    return [
        Compared(check, _side(check, concerned[check.pk], standing), _side(check, concerned[check.pk], after))
        for check in checks
    ]


def _touched(batch: ImportBatch, wanted: set[Place]) -> dict[Place, Figure | None]:
    """The figures of the batch at these places; None where it withdraws one or states that it is missing."""
    found: dict[int, Place] = {}
    rows = batch.rows.that_change().filter(table="observations")
    for pk, key in rows.values_list("pk", "key").iterator(chunk_size=CHUNK):
        place = place_of(key)
        if place in wanted:
            found[pk] = place
    units = {unit.code: unit for unit in Unit.objects.public()}
    return {
        found[row.pk]: None if row.verdict == Verdict.WITHDRAWN else _figure(row.resolved or {}, units)
        for row in rows.filter(pk__in=found)
    }


def place_of(key: str) -> Place:
    """The series key and period of a staged row's key."""
    cells = dict(zip(KEY, key.split("|"), strict=True))
    codes = tuple(cells[name] for name in ("industry", "product", "partner", "trade_mode"))
    series = Series.key_of(
        cells["frequency"], cells["region"], cells["indicator"], codes, cells["accumulation"], cells["variant"]
    )
    return series, cells["period"]


def _figure(cells: Mapping[str, Any], units: Mapping[str, Unit]) -> Figure | None:
    unit = units.get(cells.get("unit", ""))
    if unit is None or not cells.get("value"):
        return None
    value = Decimal(cells["value"])
    return Figure(Interval.stated(value, decimals_of(value), cells["qualifier"]) * unit.factor, unit)


def _standing(places: set[Place]) -> dict[Place, Figure | None]:
    live = Observation.objects.live().filter(series__key__in={series for series, _ in places})
    return {
        (row.series.key, row.period): Figure(
            Interval.stated(row.value, row.decimals, row.qualifier) * row.unit.factor, row.unit
        )
        for row in live.select_related("series", "unit")
        if row.value is not None
    }


def _side(check: Check, terms: list[tuple[str, Place]], figures: Mapping[Place, Figure | None]) -> Side:
    intervals: dict[str, list[Interval]] = defaultdict(list)
    units: dict[str, Unit] = {}
    for role, place in terms:
        figure = figures.get(place)
        if figure is None:
            return Side(NOT_TESTABLE, None, None, None)
        intervals[role].append(figure.interval)
        units[role] = figure.unit
    outcome: Outcome = evaluate(check.kind, intervals)
    unit = units.get(SHOWN_IN[check.kind])
    left, right = (
        None if side is None or unit is None else round(side / unit.factor, 4) for side in (outcome.left, outcome.right)
    )
    return Side(outcome.result, left, right, unit)
