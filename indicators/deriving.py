"""Which rows a transform needs beside those of an answer, and what it makes of them.

The formulas are in indicators/transforms.py; here is only where each base is found: a fixed number of queries a page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indicators.choices import Accumulation, Frequency, IndicatorKind
from indicators.labels import Labels
from indicators.models import Observation, Series
from indicators.periods import earlier
from indicators.querysets import ObservationQuerySet
from indicators.transforms import NO_VALUE, Derived, Stated, apply, difference, mean, ranks, ratio, relative_change
from regions.models import Region
from sources.bilingual import both

Record = dict[str, Any]

NOT_ADDITIVE = both("该指标不可加总，没有占比", "the indicator does not add up, so it has no shares")
ACCUMULATES = both("年初累计没有环比", "a year-to-date value has no period before it")

# What the computing reads of each row, beside what the answer shows.
NEEDED = (
    "pk", "series", "series__indicator", "series__region", "series__frequency", "series__accumulation",
    "series__industry", "series__product", "series__partner", "series__trade_mode", "series__variant",
    "series__region__kind", "period", "value", "decimals", "unit", "qualifier",
)  # fmt: skip

ADDITIVE = (IndicatorKind.FLOW, IndicatorKind.STOCK, IndicatorKind.COUNT)
BREAKDOWNS = ("series__industry", "series__product", "series__partner", "series__trade_mode")
LINE = ("series__indicator", "series__frequency", "series__accumulation", "series__variant")


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
    transformation: Transformation, records: Sequence[Record], asked: ObservationQuerySet, labels: Labels
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
    return Stated(record["pk"], record["value"], record["qualifier"], dimension, record["decimals"], factor)


def _live(labels: Labels, **conditions: Any) -> dict[tuple[int, str], Stated]:
    rows = Observation.objects.live().filter(**conditions).values(*NEEDED)
    return {(row["series"], row["period"]): figure for row in rows if (figure := stated(row, labels))}


def _on_earlier_period(
    transformation: Transformation, records: Sequence[Record], asked: Any, labels: Labels
) -> dict[int, Derived]:
    a_year = transformation.name == "yoy"
    formula = difference if transformation.name == "diff" else relative_change
    bases = {record["pk"]: earlier(record["period"], a_year=a_year) for record in records}
    held = _live(labels, series__in={record["series"] for record in records}, period__in=set(bases.values()))
    found = {}
    for record in records:
        key = record["pk"]
        if not a_year and record["series__accumulation"] == Accumulation.YTD:
            found[key] = Derived(None, note=ACCUMULATES, derived_from=(key,))
        else:
            found[key] = apply(formula, stated(record, labels), held.get((record["series"], bases[key])))
    return found


def _index(transformation: Transformation, records: Sequence[Record], asked: Any, labels: Labels) -> dict[int, Derived]:
    held = _live(
        labels, series__in={record["series"] for record in records}, period__startswith=str(transformation.base_year)
    )
    by_series: dict[int, dict[str, Stated]] = defaultdict(dict)
    for (series, period), figure in held.items():
        by_series[series][period] = figure
    return {
        record["pk"]: apply(
            ratio, stated(record, labels), _base_of_index(transformation, record, by_series[record["series"]])
        )
        for record in records
    }


def _base_of_index(transformation: Transformation, record: Record, year: Mapping[str, Stated]) -> Stated | None:
    """The base year's value; of quarters and months their mean, if all are there; of a running total its same part."""
    label = str(transformation.base_year)
    if record["series__frequency"] == Frequency.ANNUAL:
        return year.get(label)
    if record["series__accumulation"] == Accumulation.YTD:
        return year.get(label + record["period"][4:])
    parts = 4 if record["series__frequency"] == Frequency.QUARTERLY else 12
    return mean(list(year.values())) if len(year) == parts else None


def _shares(
    transformation: Transformation, records: Sequence[Record], asked: Any, labels: Labels
) -> dict[int, Derived]:
    """Of the total of its breakdown where the row has one, else of the parent region."""
    parents = dict(Region.objects.filter(pk__in={r["series__region"] for r in records}).values_list("pk", "parent"))
    wholes = {record["pk"]: _whole(record, parents) for record in records}
    wanted = [whole for whole in wholes.values() if whole]
    candidates = Series.objects.filter(
        indicator__in={whole[0] for whole in wanted}, region__in={whole[4] for whole in wanted},
        industry=None, product=None, partner=None, trade_mode=None,
    )  # fmt: skip
    fields = ("indicator", "frequency", "accumulation", "variant", "region")
    series = {tuple(row[1:]): row[0] for row in candidates.values_list("pk", *fields)}
    held = _live(labels, series__in=set(series.values()), period__in={record["period"] for record in records})
    found = {}
    for record in records:
        whole = wholes[record["pk"]]
        if labels.kinds[record["series__indicator"]] not in (
            IndicatorKind.FLOW,
            IndicatorKind.STOCK,
            IndicatorKind.COUNT,
        ):
            found[record["pk"]] = Derived(None, note=NOT_ADDITIVE, derived_from=(record["pk"],))
        else:
            base = held.get((series.get(whole, 0), record["period"])) if whole else None
            found[record["pk"]] = apply(ratio, stated(record, labels), base)
    return found


def _whole(record: Record, parents: Mapping[int, int | None]) -> tuple[Any, ...] | None:
    divided = any(record[breakdown] is not None for breakdown in BREAKDOWNS)
    region = record["series__region"] if divided else parents[record["series__region"]]
    return None if region is None else (*(record[part] for part in LINE), region)


def _ranks(
    transformation: Transformation, records: Sequence[Record], asked: ObservationQuerySet, labels: Labels
) -> dict[int, Derived]:
    """Among the regions of the same kind in the whole answer, in the same period and breakdown."""
    wanted = {_group(record) for record in records}
    peers: dict[tuple[Any, ...], list[Stated]] = defaultdict(list)
    indicators = {record["series__indicator"] for record in records}
    periods = {record["period"] for record in records}
    rivals = asked.filter(series__indicator__in=indicators, period__in=periods).order_by("pk").values(*NEEDED)
    for rival in rivals:
        if _group(rival) in wanted and (figure := stated(rival, labels)):
            peers[_group(rival)].append(figure)
    ranked: dict[int, Derived] = {}
    for group in peers.values():
        ranked |= {peer.id: rank for peer, rank in zip(group, ranks(group), strict=True)}
    nothing = Derived(None, note=NO_VALUE)
    return {record["pk"]: ranked.get(record["pk"], nothing) for record in records}


def _group(record: Record) -> tuple[Any, ...]:
    return (*(record[part] for part in (*LINE, *BREAKDOWNS)), record["series__region__kind"], record["period"])
