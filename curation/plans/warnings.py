"""What a reviewer must look at before a figure is published, though no rule forbids it: the warnings of an import.

A warning is a dict of `code` (unit_slip, outlier, check_fails, total_differs), `column` and `message`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from statistics import median

from curation.plans.identities import broken_identities
from curation.plans.plan import PlannedRow
from curation.tables.observations import ObservationTable
from curation.tables.table import CuratedTable, StandingCells
from indicators.choices import IndicatorKind
from indicators.models import Unit
from sources.bilingual import both

# A figure that is more than this many times the usual of its series, or less than one of so many parts, is an outlier.
OUTLIER_FACTOR = 10
# 万 for 亿 or the other way round, once or twice: the ratio is within half a power of ten of 10⁴ or 10⁸.
SLIPS = (Decimal(10) ** 4, Decimal(10) ** 8)
ROOT_OF_TEN = Decimal(10).sqrt()
# The usual of a series at a period: the median of so many of its values before it and after it, and of its own.
NEIGHBOURS = 3
# Rates of change and ranks have no scale of their own.
SCALED = {IndicatorKind.STOCK, IndicatorKind.FLOW, IndicatorKind.RATIO, IndicatorKind.INDEX, IndicatorKind.COUNT}

Known = Mapping[str, StandingCells]
History = list[tuple[str, Decimal]]


def doubt_figures(rows: Iterable[PlannedRow], standing: Known) -> None:
    """Put warnings on those new and changed rows of observations that differ from their series' history or break a sum."""
    rows = [row for row in rows if row.publishes]
    _doubt_sizes([row for row in rows if row.cells is not None], standing)
    for row, code, message in broken_identities(rows, standing):
        row.warn(code, "value", message)


# What is doubtful in the rows of a kind of table, beside what stands.
DOUBTS: Mapping[type[CuratedTable], Callable[[Iterable[PlannedRow], Known], None]] = {ObservationTable: doubt_figures}


def _doubt_sizes(rows: list[PlannedRow], standing: Known) -> None:
    factors = dict(Unit._default_manager.values_list("code", "factor"))
    stated: dict[str, History] = defaultdict(list)
    for _, cells, *_ in standing.values():
        if cells["value"]:
            stated[_line(cells)].append((cells["period"], Decimal(cells["value"]) * factors[cells["unit"]]))
    brought: dict[str, History] = defaultdict(list)
    scaled = [row for row in rows if row.values["indicator"].kind in SCALED and row.values["value"]]
    for row in scaled:
        brought[_line(row.shown)].append((row.values["period"], row.values["value"] * row.values["unit"].factor))
    for history in (*stated.values(), *brought.values()):
        history.sort()
    for row in scaled:
        line = _line(row.shown)
        own = None if stated.get(line) else row.values["period"]  # without a past, its neighbours of the same import
        usual = _usual(stated.get(line) or brought[line], row.values["period"], own)
        if usual:
            _compare(row, row.values["value"] * row.values["unit"].factor, usual)


def _line(cells: Mapping[str, str]) -> str:
    """What tells one series from another, of a row's cells: its key without the period."""
    return "|".join(cells[name] for name in ObservationTable.SERIES_COLUMNS)


def _usual(history: History, period: str, leave_out: str | None) -> Decimal | None:
    """The median size of the values around a period; None where there are none but zeros."""
    place = bisect_left(history, (period,))
    near = history[max(0, place - NEIGHBOURS) : place + NEIGHBOURS + 1]
    sizes = [abs(value) for label, value in near if value and label != leave_out]
    return median(sizes) if sizes else None


def _compare(row: PlannedRow, value: Decimal, usual: Decimal) -> None:
    ratio = abs(value) / usual
    times = ratio if ratio >= 1 else 1 / ratio
    shown = f"{times:.0f}"
    more = ratio >= 1
    for slip in SLIPS:
        if slip / ROOT_OF_TEN < times < slip * ROOT_OF_TEN:
            power = len(f"{slip:f}") - 1
            row.warn("unit_slip", "value", both(
                f"约为该序列通常水平的 {'10^' if more else '1/10^'}{power} 倍：单位是否应为万或亿？",
                f"about {'10^' if more else '1/10^'}{power} times the usual of its series: is the unit right (万, 亿)?",
            ))  # fmt: skip
            return
    if times > OUTLIER_FACTOR:
        row.warn("outlier", "value", both(
            f"为该序列通常水平的 {'' if more else '1/'}{shown} 倍（界限 {OUTLIER_FACTOR} 倍）",
            f"{'' if more else '1/'}{shown} times the usual of its series (more than a factor of {OUTLIER_FACTOR})",
        ))  # fmt: skip
