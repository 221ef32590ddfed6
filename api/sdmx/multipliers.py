"""One multiplier a series: figures that were stated at several powers of ten of one unit are given at the greatest of them.

Only the point is moved, so no digit is lost or made up: 9876.5 亿元 beside 1.2 万亿元 is 0.98765 万亿元. A series stays as it was
stated where that takes more decimals than there are, or where its units are of several measures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from api.sdmx.components import held_codes
from indicators.models import MAX_DECIMALS, Observation
from sources.kept import kept_for_version

Row = Sequence[Any]


class Shift(NamedTuple):
    """To which unit a figure is brought, and by how many places its point moves to the left."""

    unit: int
    places: int


Shifts = Mapping[tuple[int, int], Shift]


@kept_for_version
def shifts() -> Shifts:
    """Series and unit → the shift of the figures that have them; those that stay are left out."""
    units: dict[int, dict[int, int]] = defaultdict(dict)
    for series, unit, decimals in Observation.objects.units_of_mixed_series():
        units[series][unit] = decimals
    shifted = {}
    for series, decimals in units.items():
        measured = {unit: held_codes().units[unit] for unit in decimals}
        common = max(measured, key=lambda unit: measured[unit][1])
        places = {unit: measured[common][1] - power for unit, (_, power) in measured.items()}
        one_measure = len({measure for measure, _ in measured.values()}) == 1
        if one_measure and all(decimals[unit] + places[unit] <= MAX_DECIMALS for unit in decimals):
            shifted |= {(series, unit): Shift(common, places[unit]) for unit in decimals if places[unit]}
    return shifted


def shifted(rows: Sequence[Row], stored: Sequence[str], known: Shifts) -> Sequence[Row]:
    """Rows of these stored columns, among them `series` and `unit`, each at the multiplier of its series."""
    if not known:
        return rows
    series, unit = stored.index("series"), stored.index("unit")
    return [_moved(row, stored, known.get((row[series], row[unit]))) for row in rows]


def _moved(row: Row, stored: Sequence[str], shift: Shift | None) -> Row:
    if shift is None:
        return row
    cells = dict(zip(stored, row, strict=True)) | {"unit": shift.unit}
    if cells.get("value") is not None:
        cells["value"] = f"{Decimal(cells['value']).scaleb(-shift.places):f}"
    if "decimals" in cells:
        cells["decimals"] += shift.places
    return [cells[name] for name in stored]
