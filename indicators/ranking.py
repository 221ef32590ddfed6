"""Regions set in order, and side by side: the computing behind /rankings, /compare and a region's profile.

Only what can be compared is: figures of one indicator and breakdown, of one whole, of regions of one kind that do not
contain each other, in units of one dimension.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from indicators import components
from indicators.deriving import (
    ADDITIVE,
    NEEDED,
    NO_WHOLE,
    NOT_ADDITIVE,
    PARTS_EXCEED,
    exceed,
    figures_of,
    ranked,
    stated,
)
from indicators.labels import Labels
from indicators.periods import earlier
from indicators.reading import ORDERS
from indicators.reading import records as read_records
from indicators.selection import Selection
from indicators.transforms import (
    NO_VALUE,
    Derived,
    Stated,
    apply,
    convert_stated,
    difference,
    ratio,
    relative_change,
)
from regions.models import RegionKind
from sources.bilingual import Text, both

Record = dict[str, Any]

READ = (*NEEDED, "key", "period_basis", "note_zh", "note_en")
FEWEST = 3  # a rank among fewer regions says nothing of a place
TOO_FEW = both(
    f"有数值的同级地区不足{FEWEST}个，不排位", f"fewer than {FEWEST} siblings have a value, so there is no rank"
)
NO_FIRST = both("首个地区无数据，没有比值", "no value for the first region, so there is no ratio")
LINE = tuple(name for name in components.KEY if name != "region")


class NotComparable(Exception):
    """Figures that were asked for side by side are not of one kind: the parameter that chooses among them, and its choices."""

    def __init__(self, parameter: str, message: Text, allowed: Sequence[str]) -> None:
        super().__init__(str(message))
        self.parameter, self.message, self.allowed = parameter, message, list(allowed)


@dataclass(frozen=True)
class RankedRegion:
    """A region's place in a ranking, now and a year earlier, its values in the unit of the ranking.

    What cannot be computed is None, with the reason in its note. `rank_change` counts the places that it rose on the year before
    among the regions that have a figure in both years; it is negative where it fell.
    """

    record: Record
    unit: int
    value: Derived
    rank: Derived
    share: Derived
    change: Derived
    change_rate: Derived
    rank_change: int | None


def ranking(asked: Selection, period: str, unit: int | None, within: int | None, labels: Labels) -> list[RankedRegion]:
    """The rows of one period, largest first, each beside its own value and rank of a year earlier.

    `asked` are of one indicator and breakdown; `unit` is the key of the unit that is asked for, `within` that of the region whose
    parts are ranked. The share is of the figure that a region which contains them all has itself. Rows without a rank come last,
    by region. Raises NotComparable.
    """
    before = earlier(period, a_year=True)
    rows = read_records(asked.having("period", [period, before]), READ)
    rows = [row for row in rows if row["region"] != within] or rows
    now, then = ([row for row in rows if row["period"] == label] for label in (period, before))
    refuse_different(now, unit, labels)
    if not now:
        return []
    shown_in = _unit_of(now, unit, labels)
    figures = figures_of(rows, labels)
    bases = {row["series"]: figures.get(row["id"]) for row in then}
    ranks, changes = ranked(now, labels), _rank_changes(now, then, labels)
    shares = _shares(now, figures, asked, within, labels)
    places = []
    for row in now:
        current, base = _in_unit(figures.get(row["id"]), shown_in, labels), bases.get(row["series"])
        places.append(
            RankedRegion(
                row, shown_in, _value(current), ranks[row["id"]], shares[row["id"]], apply(difference, current, base),
                apply(relative_change, current, base), changes.get(row["region"]),
            )
        )  # fmt: skip
    return sorted(
        places, key=lambda p: (p.rank.value is None, p.rank.value or 0, labels.regions[p.record["region"]].code)
    )


def refuse_different(rows: Sequence[Record], unit: int | None, labels: Labels) -> None:
    """Raises NotComparable where rows of one period are not of one whole, kind of region and dimension of units, or one region
    contains another.
    """
    refuse_wholes(rows, labels)
    kinds = Counter(RegionKind(labels.places[row["region"]].kind) for row in rows)
    if len(kinds) > 1:
        listed = ", ".join(f"{kind.value} ({number})" for kind, number in sorted(kinds.items()))
        message = both(
            f"所得地区类型不一，请用 kind 选其一：{listed}",
            f"the regions are of several kinds; choose one by kind: {listed}",
        )
        raise NotComparable("kind", message, sorted(kinds))
    if containers := labels.containing({row["region"] for row in rows}):
        codes = sorted(str(labels.regions.code[key]) for key in containers)
        message = both(
            f"有的地区包含其他地区：{'、'.join(codes)}；请用 region 或 within 限定",
            f"some regions contain others: {', '.join(codes)}; narrow by region or within",
        )
        raise NotComparable("region", message, _codes(labels.regions.code[row["region"]] for row in rows))
    dimensions = {labels.factors[row["unit"]][0] for row in rows if row["value"] is not None}
    if len(dimensions) > 1:
        listed = "; ".join(f"{labels.regions.code[row['region']]}: {labels.units.code[row['unit']]}" for row in rows)
        message = both(
            f"所得数值的单位不可换算，请用 region 选单位可比者：{listed}",
            f"the figures are in units that cannot be converted; choose by region some that can: {listed}",
        )
        raise NotComparable("region", message, _codes(labels.regions.code[row["region"]] for row in rows))
    if unit is not None and dimensions and labels.factors[unit][0] not in dimensions:
        message = both("所得数值不可换算为该单位", "the figures cannot be converted to this unit")
        like = (code for code, key in labels.units.key.items() if labels.factors[key][0] in dimensions)
        raise NotComparable("unit", message, _codes(like))


def refuse_wholes(rows: Iterable[Record], labels: Labels) -> None:
    """Raises NotComparable where rows are shares of, or ranks within, different regions."""
    wholes = {row["whole"] for row in rows}
    if len(wholes) > 1:
        codes = _codes("none" if key is None else labels.regions.code[key] for key in wholes)
        listed = ", ".join(codes)
        message = both(
            f"各数是不同整体的占比，不能相比，请用 whole 选其一：{listed}",
            f"these are shares of different wholes, which are not compared; choose one by whole: {listed}",
        )
        raise NotComparable("whole", message, codes)


def _codes(codes: Iterable[str | None]) -> list[str]:
    return sorted({code for code in codes if code})


def _unit_of(rows: Sequence[Record], unit: int | None, labels: Labels) -> int:
    """The unit that figures are shown in: the one asked for, else the indicator's own, else the one that most are stated in."""
    if unit is not None:
        return unit
    own = labels.measured[rows[0]["indicator"]].unit
    stated_in = Counter(row["unit"] for row in rows)
    most = max(stated_in, key=lambda key: (stated_in[key], str(labels.units.code[key])))
    return own if labels.factors[own][0] == labels.factors[most][0] else most


def _in_unit(figure: Stated | None, unit: int, labels: Labels) -> Stated | None:
    """A figure in another unit of its dimension; as it is where it has no exact value there."""
    if figure is None or figure.factor == (factor := labels.factors[unit][1]):
        return figure
    converted = convert_stated(figure, factor)
    if converted.value is None:
        return figure
    return replace(figure, value=converted.value, decimals=converted.decimals, factor=factor)


def _value(figure: Stated | None) -> Derived:
    if figure is None:
        return Derived(None, note=NO_VALUE)
    return Derived(figure.value, figure.decimals, derived_from=(figure.id,), status=figure.status)


def _rank_changes(now: Sequence[Record], then: Sequence[Record], labels: Labels) -> dict[int, int]:
    """By how many places each region rose, among the regions that are measured in both years."""
    figures = figures_of([*now, *then], labels)
    after, before = (
        {row["region"]: row for row in year if row["id"] in figures and figures[row["id"]].is_measured} for year in (now, then)
    )  # fmt: skip
    in_both = sorted(after.keys() & before.keys())
    ranks_after, ranks_before = (ranked([year[region] for region in in_both], labels) for year in (after, before))
    pairs = ((region, ranks_after[after[region]["id"]], ranks_before[before[region]["id"]]) for region in in_both)
    return {
        region: int(old.value - new.value)
        for region, new, old in pairs
        if new.value is not None and old.value is not None
    }


def _shares(
    rows: Sequence[Record], figures: dict[int, Stated], asked: Selection, within: int | None, labels: Labels
) -> dict[int, Derived]:
    """Each row's share of the figure of the nearest region that contains them all and has one, or why there is none."""
    if labels.measured[rows[0]["indicator"]].kind not in ADDITIVE:
        return {row["id"]: Derived(None, note=NOT_ADDITIVE) for row in rows}
    regions = {row["region"] for row in rows}
    wholes = [within] if within is not None else labels.common_wholes(sorted(regions), rows[0]["period"])
    held = {row["region"]: stated(row, labels) for row in _of_line(rows[0], wholes, asked)}
    of = next((one for one in wholes if (figure := held.get(one)) and figure.is_measured), None)
    whole = held[of] if of is not None else None
    parts = [figures[row["id"]] for row in rows if row["id"] in figures and figures[row["id"]].is_measured]
    if whole and exceed(whole, parts):
        return {row["id"]: Derived(None, note=PARTS_EXCEED) for row in rows}
    return {row["id"]: replace(apply(ratio, figures.get(row["id"]), whole, NO_WHOLE), of=of) for row in rows}


def _of_line(row: Record, regions: Sequence[int], asked: Selection) -> list[Record]:
    """The figures of other regions in the line and the period of a row."""
    others = asked.bare().where("region", regions).having("period", [row["period"]])
    for name in LINE:
        others = others.where(name, [] if row[name] is None else [row[name]], or_none=row[name] is None)
    return read_records(others, NEEDED)


@dataclass(frozen=True)
class ComparedFigure:
    """A region's figure of a period, in the unit of the comparison, and its ratio to that of the first region."""

    record: Record
    value: Derived
    ratio: Derived


@dataclass(frozen=True)
class Comparison:
    """The regions' figures of one period, by region, and the unit that they are in."""

    period: str
    unit: int
    figures: dict[int, ComparedFigure]


def side_by_side(
    records: Sequence[Record], regions: Sequence[int], unit: int | None, labels: Labels
) -> list[Comparison]:
    """One entry a period, in order: each region's figure, and its ratio to that of the first region. Raises NotComparable."""
    refuse_wholes(records, labels)
    by_period: dict[str, dict[int, Record]] = {}
    for record in records:
        by_period.setdefault(record["period"], {})[record["region"]] = record
    return [_compared(period, held, regions[0], unit, labels) for period, held in sorted(by_period.items())]


def _compared(period: str, held: dict[int, Record], first: int, unit: int | None, labels: Labels) -> Comparison:
    shown_in = _unit_of(list(held.values()), unit, labels)
    figures = {region: _in_unit(stated(record, labels), shown_in, labels) for region, record in held.items()}
    compared = {
        region: ComparedFigure(record, _value(figures[region]), _ratio(figures[region], figures.get(first)))
        for region, record in held.items()
    }
    return Comparison(period, shown_in, compared)


def _ratio(figure: Stated | None, first: Stated | None) -> Derived:
    quotient = apply(ratio, figure, first, NO_FIRST)
    return quotient if quotient.value is None else replace(quotient, value=round(quotient.value / 100, 4), decimals=4)


def _line(row: Record) -> tuple[Any, ...]:
    return tuple(row[name] for name in LINE)


@dataclass(frozen=True)
class Standing:
    """A region's latest value of an indicator, with its rank among its siblings in the same period."""

    record: Record
    rank: Derived
    of: int


def standings(region: int, siblings: Selection, labels: Labels) -> list[Standing]:
    """The latest row of each line that the region has, ranked among the rows of its siblings (itself included) where these
    are enough.
    """
    rows = read_records(siblings, READ, ORDERS["period"])
    latest = {_line(row): row for row in rows if row["region"] == region}
    listed = []
    for line, own in latest.items():
        peers = [row for row in rows if _line(row) == line and row["period"] == own["period"]]
        ranks = ranked(peers, labels)
        placed = sum(rank.value is not None for rank in ranks.values())
        rank = ranks[own["id"]] if placed >= FEWEST else Derived(None, note=TOO_FEW)
        listed.append(Standing(own, rank, placed))
    return sorted(listed, key=lambda standing: standing.record["key"])
