"""Which rows a transform needs beside those of an answer, and what it makes of them.

The formulas are in indicators/transforms.py; here is only where each base is found: a fixed number of queries a page.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from indicators import components
from indicators.choices import Accumulation, Frequency, IndicatorKind
from indicators.codes import INDEX, PERCENT, RANK
from indicators.components import BREAKDOWNS
from indicators.labels import Labels
from indicators.periods import earlier, parse_period, years_between
from indicators.reading import records as read_records
from indicators.selection import Selection
from indicators.transforms import (
    NO_VALUE,
    Derived,
    Formula,
    Stated,
    annual_change,
    apply,
    difference,
    mean,
    ranks,
    ratio,
    relative_change,
)
from sources.bilingual import Text, both

Record = dict[str, Any]

NOT_ADDITIVE = both("该指标不可加总，没有占比", "the indicator does not add up, so it has no shares")
ACCUMULATES = both("年初累计没有环比", "a year-to-date value has no period before it")
NO_WHOLE = both("没有可作整体的数值，算不出占比", "no figure is held of which this would be a share")
PARTS_EXCEED = both(
    "各部分之和超过整体，彼此重叠或口径不同，不给占比",
    "the parts add up to more than the whole: they overlap, or are not of one kind, so no share is given",
)
CONTAINS_OTHERS = both("包含答复中的其他地区，不参与排位", "contains other regions of the answer, so it is not ranked")
ALONE = both("没有可与之比较的地区，不排位", "no other region to be ranked among")
UNITS_DIFFER = both("各地的单位不可换算，不排位", "the figures are in units of several dimensions, so none is ranked")
OTHER_FREQUENCY = both("基期的频率与该序列不同", "the base is a period of another frequency")

# What the computing reads of each row, beside what the answer shows.
NEEDED = (
    "id", "series", *components.KEY, "period", "value", "decimals", "unit", "status", "qualifier",
)  # fmt: skip

ADDITIVE = (IndicatorKind.FLOW, IndicatorKind.STOCK, IndicatorKind.COUNT)
LINE = ("indicator", *(name for name in components.KEY if name not in ("indicator", "region", *BREAKDOWNS)))

# The ways in which a change since a named period can be put.
RELATIVE, ABSOLUTE, ANNUAL = CHANGES = ("relative", "absolute", "annual")


@dataclass(frozen=True)
class Transformation:
    """A transform as asked for: its name, the period that it starts from where it names one, and the way a change is put."""

    name: str
    base: str = ""
    way: str = RELATIVE

    @property
    def unit(self) -> str | None:
        """The code of the unit of the result; None where it is that of the figures."""
        percent = {"yoy", "pop", "share"} | ({"change"} if self.way != ABSOLUTE else set())
        named = PERCENT if self.name in percent else {"index": INDEX, "rank": RANK}.get(self.name)
        return named.code if named else None

    @property
    def label(self) -> Text:
        """What is added to an indicator's name."""
        if self.name == "change":
            return {
                RELATIVE: both(f"较{self.base}变动", f"change on {self.base}"),
                ABSOLUTE: both(f"较{self.base}增减", f"difference to {self.base}"),
                ANNUAL: both(f"{self.base}以来年均变动", f"mean annual change since {self.base}"),
            }[self.way]
        return {
            "yoy": both("同比变动", "change on a year earlier"),
            "pop": both("环比变动", "change on the period before"),
            "diff": both("较上期增减", "difference to the period before"),
            "index": both(f"指数（{self.base}年=100）", f"index ({self.base} = 100)"),
            "share": both("占比", "share"),
            "rank": both("位次", "rank"),
        }[self.name]


def derive(
    transformation: Transformation, records: Sequence[Record], asked: Selection, labels: Labels
) -> dict[int, Derived]:
    """What the transform makes of each record (by its id). `asked` is the whole answer that the records are a page of."""
    return {
        "yoy": _on_earlier_period,
        "pop": _on_earlier_period,
        "diff": _on_earlier_period,
        "change": _on_named_period,
        "index": _index,
        "share": _shares,
        "rank": _ranks,
    }[transformation.name](transformation, records, asked, labels)


def stated(record: Record, labels: Labels) -> Stated | None:
    """A stored row as a transform reads it; None where its value is missing."""
    if record["value"] is None:
        return None
    dimension, factor = labels.factors[record["unit"]]
    return Stated(
        record["id"], Decimal(record["value"]), record["qualifier"], dimension, record["decimals"], factor, record["status"]
    )  # fmt: skip


def figures_of(records: Iterable[Record], labels: Labels) -> dict[int, Stated]:
    """The figures of those records that have a value, by their ids."""
    return {record["id"]: figure for record in records if (figure := stated(record, labels))}


def no_value_for(period: str) -> Text:
    """The reason that a base period has no value."""
    return both(f"没有 {period} 的数值可作基期", f"no value for {period}, which would be the base")


def _held(selection: Selection, labels: Labels) -> dict[tuple[int, str], Stated]:
    """The figures of a selection, by series and period."""
    rows = read_records(selection, NEEDED)
    return {(row["series"], row["period"]): figure for row in rows if (figure := stated(row, labels))}


def _series_of(records: Sequence[Record]) -> list[int]:
    return list(dict.fromkeys(record["series"] for record in records))


def _on_earlier_period(
    transformation: Transformation, records: Sequence[Record], asked: Selection, labels: Labels
) -> dict[int, Derived]:
    a_year = transformation.name == "yoy"
    formula = difference if transformation.name == "diff" else relative_change
    bases = {record["id"]: earlier(record["period"], a_year=a_year) for record in records}
    held = _held(
        asked.bare().having("series", _series_of(records)).having("period", sorted(set(bases.values()))), labels
    )
    changes = {}
    for record in records:
        key = record["id"]
        if not a_year and record["accumulation"] == Accumulation.YTD:
            changes[key] = Derived(None, note=ACCUMULATES, derived_from=(key,))
        else:
            base = held.get((record["series"], bases[key]))
            changes[key] = apply(formula, stated(record, labels), base, no_value_for(bases[key]))
    return changes


def _on_named_period(
    transformation: Transformation, records: Sequence[Record], asked: Selection, labels: Labels
) -> dict[int, Derived]:
    """Since the named period, or the same part of the named year."""
    bases = {record["id"]: _same_part(record["period"], transformation.base) for record in records}
    held = _held(
        asked.bare().having("series", _series_of(records)).having("period", sorted({*bases.values()} - {""})), labels
    )
    return {
        record["id"]: apply(
            _change(transformation.way, base, record["period"]), stated(record, labels),
            held.get((record["series"], base)), no_value_for(base),
        ) if (base := bases[record["id"]]) else Derived(None, note=OTHER_FREQUENCY, derived_from=(record["id"],))
        for record in records
    }  # fmt: skip


def _change(way: str, base: str, period: str) -> Formula:
    """The formula of a change from one period to another, put in one of the CHANGES."""
    if way == ANNUAL:
        return partial(annual_change, years=years_between(base, period))
    return difference if way == ABSOLUTE else relative_change


def _same_part(period: str, base: str) -> str:
    """The base of a period: the named one, or the same quarter or month of a named year; empty where it is of another frequency."""
    if len(base) == 4:
        return base + period[4:]
    return base if parse_period(base).frequency == parse_period(period).frequency else ""


def _index(
    transformation: Transformation, records: Sequence[Record], asked: Selection, labels: Labels
) -> dict[int, Derived]:
    year = int(transformation.base)
    whole = (datetime.date(year, 1, 1), datetime.date(year, 12, 31))
    held = _held(asked.bare().having("series", _series_of(records)).during([whole]), labels)
    by_series: dict[int, dict[str, Stated]] = defaultdict(dict)
    for (series, period), figure in held.items():
        by_series[series][period] = figure
    return {
        record["id"]: apply(
            ratio,
            stated(record, labels),
            _base_of_index(transformation, record, by_series[record["series"]]),
            _incomplete(transformation.base) if by_series[record["series"]] else no_value_for(transformation.base),
        )
        for record in records
    }


def _incomplete(year: str) -> Text:
    """The reason that a year of which something is held is no base."""
    return both(
        f"{year} 年没有齐全而确切的数值可作基期", f"{year} has no complete and exact figures, which would be the base"
    )


def _base_of_index(transformation: Transformation, record: Record, year: Mapping[str, Stated]) -> Stated | None:
    """The base year's value; of quarters and months their mean, if all are there; of a running total its same part."""
    label = transformation.base
    if record["frequency"] == Frequency.ANNUAL:
        return year.get(label)
    if record["accumulation"] == Accumulation.YTD:
        return year.get(label + record["period"][4:])
    parts = 4 if record["frequency"] == Frequency.QUARTERLY else 12
    return mean(list(year.values())) if len(year) == parts else None


def _shares(
    transformation: Transformation, records: Sequence[Record], asked: Selection, labels: Labels
) -> dict[int, Derived]:
    """Of the undivided total where the row has a breakdown, else of the parent region, or of a group of which the region is a
    member. The first of these that holds a figure is the whole; where the parts in the answer exceed it there is no share.
    """
    parts = _of_periods(asked, records)
    wanted = {whole for record in parts for whole in _wholes(record, labels)}
    totals = asked.bare().where("indicator", sorted({record["indicator"] for record in parts}))
    totals = totals.where("region", sorted(wanted))
    for breakdown in BREAKDOWNS:
        totals = totals.where(breakdown, [], or_none=True)
    rows = read_records(totals.having("period", sorted({record["period"] for record in records})), NEEDED)
    held = {
        (*line_of(row), row["region"], row["period"]): figure for row in rows if (figure := stated(row, labels))
    }  # fmt: skip
    shares = _shares_of(parts, held, labels)
    return {record["id"]: shares[record["id"]] for record in records}


def _of_periods(asked: Selection, records: Sequence[Record]) -> list[Record]:
    """What the whole answer has of the indicators and periods of some of its records."""
    beside = asked.where("indicator", sorted({record["indicator"] for record in records}))
    return read_records(beside.having("period", sorted({record["period"] for record in records})), NEEDED)


def _shares_of(records: Sequence[Record], held: Mapping[tuple[Any, ...], Stated], labels: Labels) -> dict[int, Derived]:
    shares: dict[int, Derived] = {}
    by_whole: dict[tuple[Any, ...], list[tuple[Record, Stated]]] = defaultdict(list)
    for record in records:
        figure, key = stated(record, labels), record["id"]
        if labels.measured[record["indicator"]].kind not in ADDITIVE:
            shares[key] = Derived(None, note=NOT_ADDITIVE, derived_from=(key,))
            continue
        places = [(*line_of(record), region, record["period"]) for region in _wholes(record, labels)]
        place = next((place for place in places if place in held), None)
        shares[key] = replace(
            apply(ratio, figure, held.get(place) if place else None, NO_WHOLE), of=place[-2] if place else None
        )
        if place and figure and shares[key].value is not None:
            by_whole[*place, *(record[name] is None for name in BREAKDOWNS)].append((record, figure))
    for place, parts in by_whole.items():
        if exceed(held[place[: -len(BREAKDOWNS)]], [figure for _, figure in parts]):
            shares |= {
                record["id"]: replace(shares[record["id"]], value=None, note=PARTS_EXCEED) for record, _ in parts
            }  # fmt: skip
    return shares


def exceed(whole: Stated, parts: Sequence[Stated]) -> bool:
    """Whether the parts of a whole add up to more than it."""
    return sum((part.amount for part in parts), Decimal(0)) > whole.amount


def line_of(record: Record) -> tuple[Any, ...]:
    """What a record has in common with its like elsewhere: all of its key but the region and the breakdowns."""
    return tuple(record[part] for part in LINE)


def _wholes(record: Record, labels: Labels) -> list[int]:
    """The regions whose undivided figure a record may be a share of, the first choice first."""
    if any(record[breakdown] is not None for breakdown in BREAKDOWNS):
        return [record["region"]]
    return labels.wholes_of(record["region"], record["period"])


def _ranks(
    transformation: Transformation, records: Sequence[Record], asked: Selection, labels: Labels
) -> dict[int, Derived]:
    """Among the regions of the same kind in the whole answer, in the same period, breakdown and whole."""
    placed = ranked(_of_periods(asked, records), labels)
    return {record["id"]: placed[record["id"]] for record in records}


def ranked(records: Sequence[Record], labels: Labels) -> dict[int, Derived]:
    """The rank of each record's region among the records that it can be compared with; the one rule for every ranking.

    These are of one indicator, period, breakdown, whole and kind of region, none of which contains another.
    """
    groups: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for record in records:
        kind = labels.places[record["region"]].kind
        groups[*line_of(record), *(record[part] for part in BREAKDOWNS), kind, record["period"]].append(record)
    placed: dict[int, Derived] = {}
    for group in groups.values():
        placed |= _ranked(group, labels)
    return placed


def _ranked(group: Sequence[Record], labels: Labels) -> dict[int, Derived]:
    figures = figures_of(group, labels)
    containers = labels.containing({record["region"] for record in group if record["id"] in figures})
    placed: dict[int, Derived] = {}
    peers: list[Stated] = []
    for record in group:
        key = record["id"]
        if key not in figures:
            placed[key] = Derived(None, note=NO_VALUE, derived_from=(key,))
        elif record["region"] in containers:
            placed[key] = Derived(None, note=CONTAINS_OTHERS, derived_from=(key,))
        else:
            peers.append(figures[key])
    measured = [peer for peer in peers if peer.is_measured]
    reason = UNITS_DIFFER if len({peer.dimension for peer in measured}) > 1 else ALONE if len(measured) < 2 else None
    for peer, rank in zip(peers, ranks(peers), strict=True):
        placed[peer.id] = Derived(None, note=reason, derived_from=(peer.id,)) if reason and peer.is_measured else rank
    return placed
