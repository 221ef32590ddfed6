"""The structure of an economy: how concentrated, how specialised, how open. Each is a formula over stated figures.

The formulas are exact (fractions); `rounded` is the only place where a digit is lost. What they need and do not find is
named, and then there is no result: a figure that is missing is never taken for zero.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Any

from indicators.choices import OBSERVED, Accumulation, Aggregation
from indicators.codes import GDP, TRADE
from indicators.components import BREAKDOWNS
from indicators.deriving import NEEDED, stated
from indicators.labels import TABLES, Dimension, Labels
from indicators.models import Indicator
from indicators.reading import records
from indicators.selection import Selection
from indicators.transforms import Derived, apply, ratio
from regions.models import Part, Region
from sources.bilingual import both
from sources.hierarchy import Hierarchy

Record = dict[str, Any]

DECIMALS = 4
READ = (*NEEDED, "key", "period_start", "period_end")

# Why there is no result.
NO_VALUE, NOT_EXACT, NEGATIVE, NO_TOTAL = "no_value", "not_exact", "negative", "no_total"
NOT_ADDITIVE, NO_PARTS, UNNAMED_PARTS, OTHER_UNIT = "not_additive", "no_parts", "unnamed_parts", "other_unit"
NO_GDP = both("没有地区生产总值，算不出外贸依存度", "no gross domestic product is held to set the trade against")
REASONS = (NO_VALUE, NOT_EXACT, NEGATIVE, NO_TOTAL, NOT_ADDITIVE, NO_PARTS, UNNAMED_PARTS, OTHER_UNIT)


# The formulas --------------------------------------------------------------------------------------------------------


def shares(amounts: Sequence[Decimal]) -> list[Fraction]:
    """Each amount over their sum. Raises ValueError where one is negative or the sum is zero: then there are no shares."""
    total = sum(map(Fraction, amounts), Fraction(0))
    if total <= 0 or any(amount < 0 for amount in amounts):
        raise ValueError(amounts)
    return [Fraction(amount) / total for amount in amounts]


def herfindahl(amounts: Sequence[Decimal]) -> Fraction:
    """Σ sᵢ², the sum of the squared shares: from 1/n (n equal parts) to 1 (all in one).

    Herfindahl-Hirschman index: A. O. Hirschman, The Paternity of an Index, American Economic Review 54 (1964), 761;
    O. C. Herfindahl, Concentration in the Steel Industry (1950). Raises ValueError as `shares` does.
    """
    return sum((share * share for share in shares(amounts)), Fraction(0))


def normalised_herfindahl(index: Fraction, parts: int) -> Fraction | None:
    """(H - 1/n) / (1 - 1/n): from 0 (equal parts) to 1 (all in one), whatever their number; None for a single part."""
    return None if parts < 2 else (index - Fraction(1, parts)) / (1 - Fraction(1, parts))


def location_quotient(share: Fraction, reference_share: Fraction) -> Fraction | None:
    """sᵢ / rᵢ: an industry's share in a region over its share in the reference; above 1 the region is specialised in it.

    P. S. Florence, Report on the Location of Industry (Political and Economic Planning, 1939). Its mean, weighted by the
    shares of the reference, is 1. None where the reference has nothing of the industry.
    """
    return share / reference_share if reference_share else None


def krugman(own: Sequence[Fraction], reference: Sequence[Fraction]) -> Fraction:
    """Σ |sᵢ - rᵢ| over all industries: from 0 (the same structure) to 2 (nothing in common).

    P. Krugman, Geography and Trade (1991), 75-76.
    """
    return sum((abs(a - b) for a, b in zip(own, reference, strict=True)), Fraction(0))


def rounded(value: Fraction | None, decimals: int = DECIMALS) -> Decimal | None:
    """A fraction as a decimal, rounded half to even."""
    if value is None:
        return None
    scaled = Fraction(value) * 10**decimals
    with localcontext(prec=60):
        whole = Decimal(round(scaled))  # of a Fraction: half to even, exactly
        return whole.scaleb(-decimals).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)


# Concentration -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lack:
    """What is missing for a result: why, and of which region and category where it is of one."""

    reason: str
    region: int | None = None
    category: int | None = None


@dataclass(frozen=True)
class Concentration:
    """How an indicator is concentrated among the parts of a region in one period; without a result where something lacks."""

    period: str
    whole: Record | None
    parts: Sequence[tuple[int, Record | None, Fraction | None]]
    index: Fraction | None
    missing: Sequence[Lack]


def concentration(
    whole: Region, parts: Sequence[Part], indicator: Indicator, asked: Selection, labels: Labels
) -> list[Concentration]:
    """The concentration of an indicator among a region's parts, a row a period that any of them has a value in, by period.

    `asked` are the figures of the time that is asked for. Used are annual, quarterly or monthly ones of no breakdown. One query.
    """
    places = {part.region.pk for part in parts}
    by_period: dict[str, dict[int, Record]] = defaultdict(dict)
    ends: dict[str, datetime.date] = {}
    for row in _by_time(_figures(asked, indicator, [whole.pk, *places]).undivided()):
        by_period[row["period"]][row["region"]] = row
        ends[row["period"]] = datetime.date.fromisoformat(row["period_end"])
    general = []
    if indicator.aggregation != Aggregation.SUM:
        general.append(Lack(NOT_ADDITIVE))
    if whole.members_complete is False:
        general.append(Lack(UNNAMED_PARTS, whole.pk))
    return [
        _concentration(period, held, whole, [p for p in parts if p.stood_on(ends[period])], general, labels)
        for period, held in by_period.items()
    ]


def _concentration(
    period: str, held: Mapping[int, Record], whole: Region, parts: Sequence[Part], general: Sequence[Lack], labels: Labels
) -> Concentration:  # fmt: skip
    missing = [*general] if parts else [*general, Lack(NO_PARTS, whole.pk)]
    amounts, lacks = _amounts({part.region.pk: held.get(part.region.pk) for part in parts}, labels)
    missing += [Lack(reason, region) for region, reason in lacks.items()]
    shares_by_region: dict[int, Fraction] = {}
    if not missing:
        shares_by_region, missing = _shared(amounts)
    rows = [(part.region.pk, held.get(part.region.pk), shares_by_region.get(part.region.pk)) for part in parts]
    index = sum((share * share for share in shares_by_region.values()), Fraction(0)) if shares_by_region else None
    return Concentration(period, held.get(whole.pk), rows, index, missing)


# Specialisation ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quotient:
    """A category in a region and in the reference: the rows, the shares, and the one over the other."""

    category: int
    own: Record | None
    reference: Record | None
    own_share: Fraction | None = None
    reference_share: Fraction | None = None

    @property
    def location_quotient(self) -> Fraction | None:
        if self.own_share is None or self.reference_share is None:
            return None
        return location_quotient(self.own_share, self.reference_share)


@dataclass(frozen=True)
class Specialisation:
    """How the structure of a region differs from that of a reference in one period."""

    period: str
    quotients: Sequence[Quotient]
    krugman: Fraction | None
    missing: Sequence[Lack] = field(default_factory=list)


def specialisation(
    region: Region, reference: Region, indicator: Indicator, by: str, asked: Selection, labels: Labels
) -> list[Specialisation]:
    """A region's structure by industry (or product, partner, trade mode) beside that of a reference, a row a period.

    A category counts where either of the two has it; one that only one of them has a figure for is missing in the other,
    not zero. A category below another that both have is left out, so that nothing counts twice. One query.
    """
    names: Dimension = getattr(labels, TABLES[by])
    by_period: dict[str, dict[tuple[int, int], Record]] = defaultdict(dict)
    figures = divided_only_by(_figures(asked, indicator, [region.pk, reference.pk]), by, names)
    for row in _by_time(figures):
        by_period[row["period"]][row["region"], row[by]] = row
    general = [] if indicator.aggregation == Aggregation.SUM else [Lack(NOT_ADDITIVE)]
    tree = labels.category_tree if by != "partner" else Hierarchy[int](())
    pair = _Pair((region.pk, reference.pk), general, tree, names)
    return [_specialisation(period, held, pair, labels) for period, held in by_period.items()]


@dataclass(frozen=True)
class _Pair:
    """The two regions (own, reference), what lacks for both, the tree of the categories, and their names."""

    ends: tuple[int, int]
    general: Sequence[Lack]
    tree: Hierarchy[int]
    names: Dimension


def _specialisation(period: str, held: Mapping[tuple[int, int], Record], pair: _Pair, labels: Labels) -> Specialisation:
    ends = pair.ends
    standing = _topmost({category for _, category in held}, held, ends, pair.tree)
    categories = sorted(standing, key=lambda category: pair.names[category].code)
    missing, structures = [*pair.general], []
    for place in ends:
        amounts, lacks = _amounts({category: held.get((place, category)) for category in categories}, labels)
        missing += [Lack(reason, place, category) for category, reason in lacks.items()]
        shared, lacking = ({}, []) if missing else _shared(amounts)
        missing += [Lack(lack.reason, place) for lack in lacking]
        structures.append(shared)
    own, reference = structures
    if missing:
        own, reference = {}, {}
    quotients = [
        Quotient(c, held.get((ends[0], c)), held.get((ends[1], c)), own.get(c), reference.get(c)) for c in categories
    ]
    distance = None if missing else krugman([own[c] for c in categories], [reference[c] for c in categories])
    return Specialisation(period, quotients, distance, missing)


def _topmost(
    categories: set[int], held: Mapping[tuple[int, int], Record], ends: tuple[int, int], tree: Hierarchy[int]
) -> set[int]:
    """The categories without those below one that both ends have."""
    shared = {category for category in categories if all((end, category) in held for end in ends)}
    return {category for category in categories if shared.isdisjoint(tree.ancestors(category))}


# Openness ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Openness:
    """A region's trade over its gross domestic product in one period, in %, with both rows; one of them may be missing."""

    region: int
    period: str
    trade: Record | None
    gdp: Record | None
    ratio: Derived

    @property
    def missing(self) -> list[str]:
        """Codes of the indicators that lack."""
        return [named.code for named, row in ((TRADE, self.trade), (GDP, self.gdp)) if row is None]


def openness(asked: Selection, labels: Labels) -> list[Openness]:
    """Trade openness, (exports + imports) / GDP · 100, of each region and period that has either figure, by region and period.

    The trade-to-GDP ratio (World Bank, World Development Indicators, NE.TRD.GNFS.ZS; OECD, Measuring Globalisation),
    here of goods alone, as the documents state trade. One query.
    """
    held: dict[tuple[int, str], dict[str, Record]] = defaultdict(dict)
    known = labels.indicators.key
    wanted = [known[named.code] for named in (TRADE, GDP) if named.code in known]
    chosen = asked.preferred().undivided().where("indicator", wanted).having("status", OBSERVED)
    for row in _by_time(chosen):
        held[row["region"], row["period"]][labels.indicators[row["indicator"]].code] = row
    by_region = []
    for (region, period), by_code in held.items():
        trade, gdp = by_code.get(TRADE.code), by_code.get(GDP.code)
        over = apply(ratio, stated(trade, labels) if trade else None, stated(gdp, labels) if gdp else None, NO_GDP)
        by_region.append(Openness(region, period, trade, gdp, over))
    return sorted(by_region, key=lambda row: labels.regions[row.region].code)  # stable: by period within a region


# Reading -------------------------------------------------------------------------------------------------------------


def _figures(asked: Selection, indicator: Indicator, regions: Sequence[int]) -> Selection:
    figures = asked.preferred().having("status", OBSERVED).where("indicator", [indicator.pk])
    return figures.where("region", regions)


def divided_only_by(figures: Selection, dimension: str, members: Dimension) -> Selection:
    """Figures broken down by one dimension (industry, product, partner, trade_mode) and no other, not accumulated."""
    chosen = figures.where("accumulation", [Accumulation.NONE.value]).where(dimension, sorted(members.labels))
    for other in BREAKDOWNS:
        chosen = chosen if other == dimension else chosen.where(other, [], or_none=True)
    return chosen


def _by_time(figures: Selection) -> list[Record]:
    return sorted(records(figures, READ), key=lambda row: (row["period_end"], row["period_start"], row["key"]))


def _amounts(rows: Mapping[int, Record | None], labels: Labels) -> tuple[dict[int, Decimal], dict[int, str]]:
    """By key the amounts in base units, and of those that have none the reason."""
    amounts: dict[int, Decimal] = {}
    lacks: dict[int, str] = {}
    dimensions: set[str] = set()
    for key, row in rows.items():
        figure = stated(row, labels) if row else None
        if figure is None:
            lacks[key] = NO_VALUE
        elif not figure.is_measured:
            lacks[key] = NOT_EXACT
        elif figure.value < 0:
            lacks[key] = NEGATIVE
        elif dimensions and figure.dimension not in dimensions:
            lacks[key] = OTHER_UNIT
        else:
            dimensions.add(figure.dimension)
            amounts[key] = figure.amount
    return amounts, lacks


def _shared(amounts: Mapping[int, Decimal]) -> tuple[dict[int, Fraction], list[Lack]]:
    """The share of each amount in their sum, by key; where that is zero, no share but what lacks."""
    try:
        return dict(zip(amounts, shares(list(amounts.values())), strict=True)), []
    except ValueError:
        return {}, [Lack(NO_TOTAL)]
