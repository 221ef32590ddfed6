"""What a reviewer must look at before a figure is published, though no rule forbids it: the warnings of an import.

A warning is a dict of `code` (CODES), `column` and `message`.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from statistics import median

from django.utils import timezone

from curation.plans.identities import broken_identities
from curation.plans.plan import PlannedRow
from curation.tables.observations import ObservationTable
from curation.tables.table import CuratedTable, StandingCells
from indicators.choices import OBSERVED, IndicatorKind
from indicators.codes import PERCENT
from indicators.models import Unit
from indicators.periods import parse_period
from sources.bilingual import Text, both

# A figure that is more than this many times the usual of its series, or less than one of so many parts, is an outlier.
OUTLIER_FACTOR = 10
# 万 for 亿 or the other way round, once or twice: the ratio is within half a power of ten of 10⁴ or 10⁸.
SLIPS = (Decimal(10) ** 4, Decimal(10) ** 8)
ROOT_OF_TEN = Decimal(10).sqrt()
# The usual of a series at a period: the median of so many of its values before it and after it, and of its own.
NEIGHBOURS = 3
# Rates of change and ranks have no scale of their own.
SCALED = {IndicatorKind.STOCK, IndicatorKind.FLOW, IndicatorKind.RATIO, IndicatorKind.INDEX, IndicatorKind.COUNT}

# The kinds of warning, and what each is called where they are accepted one kind at a time.
CODES: Mapping[str, Text] = {
    "unit_slip": both("单位疑有误", "slips of a unit"),
    "outlier": both("异于其序列", "unlike their series"),
    "check_fails": both("核对不成立", "checks that fail"),
    "total_differs": both("与合计不符", "totals that differ"),
    "negative": both("总量为负", "negative totals"),
    "share_over_100": both("比率超过 100%", "ratios over 100 per cent"),
    "fall_over_100": both("下降超过 100%", "falls of over 100 per cent"),
    "no_rank": both("位次不成立", "ranks that are none"),
    "future": both("时期未结束", "periods not over"),
    "place_not_there": both("地区当时不存在", "places that were not there"),
    "not_in_phrase": both("引证中没有此数", "figures that their phrases do not contain"),
}

Known = Mapping[str, StandingCells]
History = list[tuple[str, Decimal]]


def doubt_figures(rows: Iterable[PlannedRow], standing: Known) -> None:
    """Put warnings on those new and changed rows of observations that differ from their series' history or break a sum."""
    rows = [row for row in rows if row.publishes]
    brought = [row for row in rows if row.cells is not None]
    _doubt_sizes(brought, standing)
    today = timezone.localdate()
    for row in brought:
        _doubt_sense(row, today)
    for row, code, message in broken_identities(rows, standing):
        row.warn(code, "value", message)


# What is doubtful in the rows of a kind of table, beside what stands.
DOUBTS: Mapping[type[CuratedTable], Callable[[Iterable[PlannedRow], Known], None]] = {ObservationTable: doubt_figures}


def _doubt_sense(row: PlannedRow, today: datetime.date) -> None:
    """Warn of a figure that can hardly be meant, whatever its series: of its kind, its period or its place."""
    if row.values["value"] is not None:
        _doubt_kind(row, row.values["value"], row.values["indicator"].kind, row.values["unit"].code)
    end = parse_period(row.values["period"]).end
    if end > today and row.values["status"] in OBSERVED:
        row.warn("future", "period", both(
            "时期尚未结束：实际数，还是目标或预测（状态 F）？",
            "its period has not ended: is it an actual, or a goal or forecast (status F)?",
        ))  # fmt: skip
    region = row.values["region"]
    if region.valid_to and end >= region.valid_to:
        row.warn("place_not_there", "region", both(
            f"{region.name_zh}已于 {region.valid_to} 撤销或更名", f"{region.name_en} ended or was renamed on {region.valid_to}"
        ))  # fmt: skip
    elif region.valid_from and end < region.valid_from:
        row.warn("place_not_there", "region", both(
            f"{region.name_zh}于 {region.valid_from} 才设立", f"{region.name_en} was only set up on {region.valid_from}"
        ))  # fmt: skip


def _doubt_kind(row: PlannedRow, value: Decimal, kind: str, unit: str) -> None:
    per_cent = unit == PERCENT.code
    if kind in (IndicatorKind.STOCK, IndicatorKind.FLOW, IndicatorKind.COUNT) and value < 0:
        row.warn("negative", "value", both("总量为负", "a total that is negative"))
    elif kind == IndicatorKind.RATIO and per_cent and value > 100:
        row.warn("share_over_100", "value", both("比率超过 100%", "a ratio of more than 100 per cent"))
    elif kind == IndicatorKind.RATE and per_cent and value < -100:
        row.warn("fall_over_100", "value", both("下降超过 100%", "a fall of more than 100 per cent"))
    elif kind == IndicatorKind.RANK and (value < 1 or value != value.to_integral_value()):
        row.warn("no_rank", "value", both("位次应为 1 起的整数", "a rank is a whole number from 1 on"))


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
