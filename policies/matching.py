"""Policy matching (政策匹配): which measures fit a place, a trade and a need, how well and why; and whom a measure fits.

A measure is judged by up to five criteria. Each has a weight, and each kind of fit earns a percentage of it
(settings.POLICY_MATCHING): the score is what was earned of what could be, from 0 to 1, over the criteria that were asked
for, with status, and with level where a place was asked for. What was asked for and does not fit at all leaves the
measure out, and so does a withdrawn status. Equal scores are in the order of codes, so an answer is always the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from indicators.codes import INDUSTRY
from indicators.models import Category
from policies.choices import Level, RegionRole
from policies.codes import COLLECTIVE_INDUSTRIES, ENABLING_INDUSTRIES, INSTRUMENTS_OF_NEED
from policies.models import Instrument, Measure, MeasureQuerySet, MeasureRegion, needing
from policies.places import Places, RegionFit
from regions.models import Region, RegionKind
from sources.bilingual import both
from sources.hierarchy import Hierarchy


class Criterion(models.TextChoices):
    REGION = "region", both("地区", "place")
    INDUSTRY = "industry", both("行业", "industry")
    NEED = "need", both("需求", "need")
    STATUS = "status", both("现状", "status")
    LEVEL = "level", both("级别", "level")


class IndustryFit(models.TextChoices):
    """Why a measure for some industries fits one; the nearer ones first."""

    NAMED = "named", both("点名该行业", "names the industry itself")
    ABOVE = "above", both("所属的上级行业", "is for the wider industry that it is part of")
    BELOW = "below", both("其下的细分行业", "is for a part of the industry")
    COLLECTIVE = "collective", both("当地特色产业统称", "is for whatever industry the place is known for")
    ENABLING = "enabling", both("服务各行业的行业", "is for an industry that serves all others")
    ANY = "any", both("不限行业", "is for no industry in particular")


class NeedFit(models.TextChoices):
    STATED = "stated", both("针对该需求", "is meant for the need")
    BY_INSTRUMENT = "by_instrument", both("其政策工具可补该需求", "works by a means that can meet the need")


# From the nearest level of government to the furthest, and where the kinds of region stand among them.
LEVELS = (
    Level.COUNTY, Level.ZONE, Level.PREFECTURE, Level.PROVINCIAL, Level.INTERPROVINCIAL, Level.NATIONAL,
)  # fmt: skip
# So many measures are named by their keys in a query.
FEW = 500
LEVEL_OF_KIND = {
    RegionKind.COUNTY: Level.COUNTY, RegionKind.ZONE: Level.ZONE, RegionKind.PREFECTURE: Level.PREFECTURE,
    RegionKind.PROVINCE: Level.PROVINCIAL, RegionKind.COUNTRY: Level.NATIONAL,
}  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """What is asked for: a place, a trade and needs, each of which may be left open."""

    region: Region | None = None
    industry: Category | None = None
    needs: tuple[str, ...] = ()


class Reason(NamedTuple):
    """What one criterion contributed: how it fits, by which record or word, and the percentage of its weight."""

    criterion: str
    fit: str
    by: Any
    percent: int

    @property
    def score(self) -> float:
        """The part of the criterion's weight that was earned, 0 to 1."""
        return self.percent / 100


class Match(NamedTuple):
    """A measure that fits: its primary key and code, its score from 0 to 1, and why."""

    measure: int
    code: str
    score: float
    reasons: tuple[Reason, ...]


def match(wish: Wish) -> list[Match]:
    """The public measures that fit the wish, best first. A fixed number of queries."""
    return _Matching(wish).run()


class Trades:
    """How industries lie to each other, read once (one query)."""

    def __init__(self) -> None:
        industries = Category.objects.public().filter(scheme__code=INDUSTRY.code).order_by("code")
        self.industries = {industry.pk: industry for industry in industries}
        self.tree = Hierarchy(
            (pk, industry.parent_id if industry.parent_id in self.industries else None)
            for pk, industry in self.industries.items()
        )

    def around(self, industry: int) -> dict[int, IndustryFit]:
        """Every industry for which a measure fits the given one, and the nearest reason why."""
        fits = {industry: IndustryFit.NAMED}
        fits |= dict.fromkeys(self.tree.ancestors(industry), IndustryFit.ABOVE)
        fits |= dict.fromkeys(self.tree.descendants(industry), IndustryFit.BELOW)
        for other, record in self.industries.items():
            if record.code in COLLECTIVE_INDUSTRIES:
                fits.setdefault(other, IndustryFit.COLLECTIVE)
            elif record.code in ENABLING_INDUSTRIES:
                fits.setdefault(other, IndustryFit.ENABLING)
        return fits


def best(reasons: Iterable[Reason]) -> Reason | None:
    """The reason that earns most, None where none earns anything; of equal ones the first by its record's code."""
    earning = [reason for reason in reasons if reason.percent]
    if len(earning) < 2:
        return earning[0] if earning else None
    return min(earning, key=lambda reason: (-reason.percent, getattr(reason.by, "code", reason.by)))


def region_reason(links: Iterable[tuple[int, str]], fits: Mapping[int, RegionFit], places: Places) -> Reason | None:
    """Why a measure with these regions (primary key, role) fits a place, or None."""
    return best(_link_reason(fits[region], role, places.regions[region]) for region, role in links if region in fits)


def _link_reason(fit: RegionFit, role: str, region: Region) -> Reason:
    shares = settings.POLICY_MATCHING["region"]
    if role in (RegionRole.PARTNER, RegionRole.ORIGIN):
        return Reason(Criterion.REGION, RegionFit.PARTNER, region, shares[fit] * shares[RegionFit.PARTNER] // 100)
    return Reason(Criterion.REGION, fit, region, shares[fit])


def industry_reason(industries: Iterable[int], fits: Mapping[int, IndustryFit], trades: Trades) -> Reason | None:
    """Why a measure for these industries fits a trade, or None; one for no industry fits any."""
    shares = settings.POLICY_MATCHING["industry"]
    named = [industry for industry in industries if industry in trades.industries]
    if not named:
        return best([Reason(Criterion.INDUSTRY, IndustryFit.ANY, None, shares[IndustryFit.ANY])])
    known = [(fits[industry], trades.industries[industry]) for industry in named if industry in fits]
    return best(Reason(Criterion.INDUSTRY, fit, record, shares[fit]) for fit, record in known)


def need_reason(stated: Iterable[str], instruments: Mapping[str, Any], needs: Iterable[str]) -> Reason | None:
    """Why a measure with these needs and instruments (by code) meets one of the needs asked for, or None."""
    shares = settings.POLICY_MATCHING["need"]
    reasons = []
    for need in needs:
        if need in stated:
            reasons.append(Reason(Criterion.NEED, NeedFit.STATED, need, shares[NeedFit.STATED]))
        for code in INSTRUMENTS_OF_NEED[need]:
            if code in instruments:
                means = Reason(Criterion.NEED, NeedFit.BY_INSTRUMENT, instruments[code], shares[NeedFit.BY_INSTRUMENT])
                reasons.append(means)
    return best(reasons)


def status_reason(status: str | None) -> Reason | None:
    """What a measure's standing earns; None where it has no effect any more."""
    known = status or "unknown"
    return best([Reason(Criterion.STATUS, known, status, settings.POLICY_MATCHING["status"][known])])


def level_reason(level: str, region: Region) -> Reason | None:
    """What the nearness of the level of government earns, for places that have one."""
    own = LEVEL_OF_KIND.get(RegionKind(region.kind))
    if own is None:
        return None
    shares = settings.POLICY_MATCHING["level"]
    steps = abs(LEVELS.index(Level(level)) - LEVELS.index(own))
    return Reason(Criterion.LEVEL, level, level, max(0, shares["same"] - shares["per_step"] * steps))


class _Matching:
    """One run of match."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.places, self.trades = Places(), Trades()
        self.near = self.places.around(wish.region.pk) if wish.region else {}
        self.kindred = self.trades.around(wish.industry.pk) if wish.industry else {}
        self.instruments = {i.code: i for i in Instrument.objects.public()} if wish.needs else {}
        self.of_status = cache(status_reason)
        self.of_level = cache(lambda level: level_reason(level, wish.region) if wish.region else None)

    def run(self) -> list[Match]:
        candidates: Any = self.candidates()
        rows = list(candidates.with_status().values("pk", "code", "level", "needs", "status"))
        # The few by their keys, the many by asking the store again: it takes only so many values.
        chosen = [row["pk"] for row in rows] if len(rows) <= FEW else candidates.order_by().values("pk")
        links, industries, means = defaultdict(list), defaultdict(list), defaultdict(dict)
        if self.wish.region:
            for measure, region, role in _links_in(MeasureRegion, chosen).values_list("measure", "region", "role"):
                links[measure].append((region, role))
        if self.wish.industry:
            for measure, industry in _links_in(Measure.industries.through, chosen).values_list("measure", "category"):
                industries[measure].append(industry)
        if self.wish.needs:
            named = _links_in(Measure.instruments.through, chosen).values_list("measure", "instrument__code")
            for measure, code in named:
                if code in self.instruments:
                    means[measure][code] = self.instruments[code]
        found = (self.judge(row, links[row["pk"]], industries[row["pk"]], means[row["pk"]]) for row in rows)
        return sorted((one for one in found if one), key=lambda one: (-one.score, one.code))

    def candidates(self) -> MeasureQuerySet:
        """The public measures that can fit: those that the store can tell to be out are."""
        measures: Any = Measure.objects.public()
        if self.wish.region:
            measures = measures.concerning(list(self.near))
        if self.wish.needs:
            means = {code for need in self.wish.needs for code in INSTRUMENTS_OF_NEED[need]}
            linked = Measure.instruments.through.objects.filter(measure=OuterRef("pk"), instrument__code__in=means)
            measures = measures.filter(needing(self.wish.needs) | Q(Exists(linked)))
        return measures

    def judge(
        self, row: dict[str, Any], links: list[tuple[int, str]], industries: list[int], means: Mapping[str, Any]
    ) -> Match | None:
        """The match of one measure, or None where a criterion rules it out."""
        reasons: list[Reason | None] = []
        if self.wish.region:
            reasons.append(region_reason(links, self.near, self.places))
        if self.wish.industry:
            reasons.append(industry_reason(industries, self.kindred, self.trades))
        if self.wish.needs:
            reasons.append(need_reason(row["needs"].split(";"), means, self.wish.needs))
        reasons.append(self.of_status(row["status"]))
        found = [reason for reason in reasons if reason]
        if len(found) < len(reasons):
            return None
        if near := self.of_level(row["level"]):
            found.append(near)
        return Match(row["pk"], row["code"], score_of(found), tuple(found))


def score_of(reasons: Iterable[Reason]) -> float:
    """What the reasons earned of what their criteria could earn, 0 to 1, to four decimals."""
    weights = settings.POLICY_MATCHING["weights"]
    earned = sum(weights[reason.criterion] * reason.percent for reason in reasons)
    return round(earned / (100 * sum(weights[reason.criterion] for reason in reasons)), 4)


def _links_in(through: Any, measures: Any) -> Any:
    return through.objects.filter(measure__in=measures).order_by("pk")


@dataclass(frozen=True)
class Audience:
    """Whom a measure fits: places and industries, each with the reason, the best first.

    `any_industry` where it is for no industry in particular, so that the list of industries is empty.
    """

    regions: list[tuple[Region, Reason]]
    industries: list[tuple[Category, Reason]]
    any_industry: bool
    needs: list[str]


def audience(measure: Measure) -> Audience:
    """The reverse of match: the places and industries for which `match` finds the measure, without places that are no more.

    A fixed number of queries.
    """
    places, trades = Places(), Trades()
    links = list(measure.region_links.order_by("pk").values_list("region", "role"))
    named = list(measure.industries.order_by("pk").values_list("pk", flat=True))
    regions = [
        (region, reason)
        for pk, region in places.regions.items()
        if region.valid_to is None and (reason := region_reason(links, places.around(pk), places))
    ]
    any_industry = not any(industry in trades.industries for industry in named)
    industries = [
        (industry, reason)
        for pk, industry in ({} if any_industry else trades.industries).items()
        if (reason := industry_reason(named, trades.around(pk), trades))
    ]
    return Audience(_best_first(regions), _best_first(industries), any_industry, measure.need_list)


def _best_first(found: list[tuple[Any, Reason]]) -> list[tuple[Any, Reason]]:
    return sorted(found, key=lambda pair: (-pair[1].percent, pair[0].code))
