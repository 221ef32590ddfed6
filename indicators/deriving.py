"""Which rows a transform needs beside those of an answer, and what it makes of them.

The formulas are in indicators/transforms.py; here is only where each base is found: a fixed number of queries a page.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators.choices import Accumulation, Frequency, IndicatorKind
from indicators.labels import Labels
from indicators.periods import earlier
from indicators.reading import records as read_records
from indicators.selection import BREAKDOWNS, Selection
from indicators.transforms import NO_VALUE, Derived, Stated, apply, difference, mean, ranks, ratio, relative_change
from sources.bilingual import both

Record = dict[str, Any]

NOT_ADDITIVE = both("该指标不可加总，没有占比", "the indicator does not add up, so it has no shares")
ACCUMULATES = both("年初累计没有环比", "a year-to-date value has no period before it")

# What the computing reads of each row, beside what the answer shows.
NEEDED = (
    "id", "series", "indicator", "region", "frequency", "accumulation", *BREAKDOWNS, "variant", "period", "value",
    "decimals", "unit", "qualifier",
)  # fmt: skip

ADDITIVE = (IndicatorKind.FLOW, IndicatorKind.STOCK, IndicatorKind.COUNT)
LINE = ("indicator", "frequency", "accumulation", "variant")


@dataclass(frozen=True)
class Transformation:
    """A transform as asked for: its name, the base year of an index, and how its result is called."""

    name: str
    base_year: int | None = None

    @property
    def unit(self) -> str | None:
        """The code of the unit of the result; None where it is that of the figures."""
        return {"yoy": "PERCENT", "pop": "PERCENT", "index": "INDEX", "share": "PERCENT", "rank": "RANK"}.get(self.name)

    @property
    def label(self) -> Any:
        """What is added to an indicator's name."""
        return {
            "yoy": both("同比变动", "change on a year earlier"),
            "pop": both("环比变动", "change on the period before"),
            "diff": both("较上期增减", "difference to the period before"),
            "index": both(f"指数（{self.base_year}年=100）", f"index ({self.base_year} = 100)"),
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
        "index": _index,
        "share": _shares,
        "rank": _ranks,
    }[transformation.name](transformation, records, asked, labels)


def stated(record: Record, labels: Labels) -> Stated | None:
    """A stored row as a transform reads it; None where its value is missing."""
    if record["value"] is None:
        return None
    dimension, factor = labels.factors[record["unit"]]
    return Stated(record["id"], Decimal(record["value"]), record["qualifier"], dimension, record["decimals"], factor)


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
    found = {}
    for record in records:
        key = record["id"]
        if not a_year and record["accumulation"] == Accumulation.YTD:
            found[key] = Derived(None, note=ACCUMULATES, derived_from=(key,))
        else:
            found[key] = apply(formula, stated(record, labels), held.get((record["series"], bases[key])))
    return found


def _index(
    transformation: Transformation, records: Sequence[Record], asked: Selection, labels: Labels
) -> dict[int, Derived]:
    year = int(transformation.base_year or 0)
    whole = (datetime.date(year, 1, 1), datetime.date(year, 12, 31))
    held = _held(asked.bare().having("series", _series_of(records)).during([whole]), labels)
    by_series: dict[int, dict[str, Stated]] = defaultdict(dict)
    for (series, period), figure in held.items():
        by_series[series][period] = figure
    return {
        record["id"]: apply(
            ratio, stated(record, labels), _base_of_index(transformation, record, by_series[record["series"]])
        )
        for record in records
    }


def _base_of_index(transformation: Transformation, record: Record, year: Mapping[str, Stated]) -> Stated | None:
    """The base year's value; of quarters and months their mean, if all are there; of a running total its same part."""
    label = str(transformation.base_year)
    if record["frequency"] == Frequency.ANNUAL:
        return year.get(label)
    if record["accumulation"] == Accumulation.YTD:
        return year.get(label + record["period"][4:])
    parts = 4 if record["frequency"] == Frequency.QUARTERLY else 12
    return mean(list(year.values())) if len(year) == parts else None


def _shares(
    transformation: Transformation, records: Sequence[Record], asked: Selection, labels: Labels
) -> dict[int, Derived]:
    """Of the total of its breakdown where the row has one, else of the parent region."""
    wholes = {record["id"]: _whole(record, labels) for record in records}
    wanted = [whole for whole in wholes.values() if whole]
    totals = asked.bare().where("indicator", sorted({whole[0] for whole in wanted}))
    totals = totals.where("region", sorted({whole[-1] for whole in wanted}))
    for breakdown in BREAKDOWNS:
        totals = totals.where(breakdown, [], or_none=True)
    rows = read_records(totals.having("period", sorted({record["period"] for record in records})), NEEDED)
    held = {(*(row[part] for part in LINE), row["region"], row["period"]): stated(row, labels) for row in rows}
    found = {}
    for record in records:
        key, whole = record["id"], wholes[record["id"]]
        if labels.measured[record["indicator"]].kind not in ADDITIVE:
            found[key] = Derived(None, note=NOT_ADDITIVE, derived_from=(key,))
        else:
            base = held.get((*whole, record["period"])) if whole else None
            found[key] = apply(ratio, stated(record, labels), base)
    return found


def _whole(record: Record, labels: Labels) -> tuple[Any, ...] | None:
    divided = any(record[breakdown] is not None for breakdown in BREAKDOWNS)
    region = record["region"] if divided else labels.places[record["region"]].parent
    return None if region is None else (*(record[part] for part in LINE), region)


def _ranks(
    transformation: Transformation, records: Sequence[Record], asked: Selection, labels: Labels
) -> dict[int, Derived]:
    """Among the regions of the same kind in the whole answer, in the same period and breakdown."""
    wanted = {_group(record, labels) for record in records}
    peers: dict[tuple[Any, ...], list[Stated]] = defaultdict(list)
    rivals = asked.where("indicator", sorted({record["indicator"] for record in records}))
    rivals = rivals.having("period", sorted({record["period"] for record in records}))
    for rival in read_records(rivals, NEEDED):
        if (group := _group(rival, labels)) in wanted and (figure := stated(rival, labels)):
            peers[group].append(figure)
    ranked: dict[int, Derived] = {}
    for rivals_of_one in peers.values():
        ranked |= {peer.id: rank for peer, rank in zip(rivals_of_one, ranks(rivals_of_one), strict=True)}
    nothing = Derived(None, note=NO_VALUE)
    return {record["id"]: ranked.get(record["id"], nothing) for record in records}


def _group(record: Record, labels: Labels) -> tuple[Any, ...]:
    kind = labels.places[record["region"]].kind
    return (*(record[part] for part in (*LINE, *BREAKDOWNS)), kind, record["period"])
