"""How well a measure fits by one criterion, and why: its place, its trades, the needs that it meets, its status and its level.

Each kind of fit earns a percentage of the criterion's weight (settings.POLICY_MATCHING); a reason says which, and by what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models

from indicators.codes import INDUSTRY
from indicators.models import Category
from policies.choices import Level, RegionRole
from policies.codes import COLLECTIVE_INDUSTRIES, ENABLING_INDUSTRIES, INSTRUMENTS_OF_NEED
from policies.models import Instrument
from policies.places import PlaceFit, Places, RegionFit
from regions.models import Region, RegionKind
from sources.bilingual import both
from sources.hierarchy import Hierarchy
from sources.kept import kept_for_version


class Criterion(models.TextChoices):
    REGION = "region", both("地区", "place")
    INDUSTRY = "industry", both("行业", "industry")
    NEED = "need", both("需求", "need")
    STATUS = "status", both("现状", "status")
    LEVEL = "level", both("级别", "level")
    WORDS = "words", both("词语", "words")


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
    BY_MEANS = "by_means", both("正是该政策工具", "works by the very means")
    BY_INSTRUMENT = "by_instrument", both("其政策工具可补该需求", "works by a means that can meet the need")


class WordsFit(models.TextChoices):
    FOUND = "found", both("提到", "mentions it")
    ABSENT = "absent", both("未提到", "does not mention it")


# From the nearest level of government to the furthest, and where the kinds of region stand among them.
LEVELS = (
    Level.COUNTY, Level.ZONE, Level.PREFECTURE, Level.PROVINCIAL, Level.INTERPROVINCIAL, Level.NATIONAL,
)  # fmt: skip
LEVEL_OF_KIND = {
    RegionKind.COUNTY: Level.COUNTY, RegionKind.ZONE: Level.ZONE, RegionKind.PREFECTURE: Level.PREFECTURE,
    RegionKind.PROVINCE: Level.PROVINCIAL, RegionKind.COUNTRY: Level.NATIONAL,
}  # fmt: skip


class Reason(NamedTuple):
    """What one criterion contributed: how it fits, by which record or word, and the percentage of its weight.

    Of a phrase its words as well, and its own weight.
    """

    criterion: str
    fit: str
    by: Any
    percent: int
    words: str | None = None
    own_weight: int | None = None

    @property
    def weight(self) -> int:
        """What the criterion, or the phrase, weighs."""
        return self.weighed_by(settings.POLICY_MATCHING["weights"])

    def weighed_by(self, weights: Mapping[str, int]) -> int:
        """The reason with what it earns under these weights of the criteria."""
        return weights[self.criterion] if self.own_weight is None else self.own_weight

    @property
    def score(self) -> float:
        """The part of the criterion's weight that was earned, 0 to 1."""
        return self.percent / 100


class Trades:
    """How industries lie to each other, read once (one query)."""

    def __init__(self) -> None:
        industries = Category.objects.public().filter(scheme__code=INDUSTRY.code).order_by("code")
        self.industries = {industry.pk: industry for industry in industries}
        self.by_code = {industry.code: industry for industry in self.industries.values()}
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


@kept_for_version
def known_trades() -> Trades:
    """The industries of the newest release."""
    return Trades()


@kept_for_version
def known_instruments() -> dict[str, Instrument]:
    """The means of the newest release, by their codes."""
    return {one.code: one for one in Instrument.objects.public()}


def best(reasons: Iterable[Reason]) -> Reason | None:
    """The reason that earns most, None where none earns anything; of equal ones the first by its record's code."""
    earning = [reason for reason in reasons if reason.percent]
    if len(earning) < 2:
        return earning[0] if earning else None
    return min(earning, key=lambda reason: (-reason.percent, getattr(reason.by, "code", reason.by)))


def region_reason(links: Iterable[tuple[int, str]], fits: Mapping[int, PlaceFit], places: Places) -> Reason | None:
    """Why a measure with these regions (primary key, role) fits a place, or None."""
    return best(_link_reason(fits[region], role, places.regions[region]) for region, role in links if region in fits)


def _link_reason(fit: PlaceFit, role: str, region: Region) -> Reason:
    """What a place of a measure earns: less with each division between it and the place that is asked for."""
    shares = settings.POLICY_MATCHING["region"]
    share = round(shares[fit.kind] * (shares["kept_per_step"] / 100) ** fit.steps)
    if role in (RegionRole.PARTNER, RegionRole.ORIGIN):
        return Reason(Criterion.REGION, RegionFit.PARTNER, region, share * shares[RegionFit.PARTNER] // 100)
    return Reason(Criterion.REGION, fit.kind, region, share)


def industry_reason(industries: Iterable[int], fits: Mapping[int, IndustryFit], trades: Trades) -> Reason | None:
    """Why a measure for these industries fits a trade, or None; one for no industry fits any."""
    shares = settings.POLICY_MATCHING["industry"]
    named = [industry for industry in industries if industry in trades.industries]
    if not named:
        return best([Reason(Criterion.INDUSTRY, IndustryFit.ANY, None, shares[IndustryFit.ANY])])
    known = [(fits[industry], trades.industries[industry]) for industry in named if industry in fits]
    return best(Reason(Criterion.INDUSTRY, fit, record, shares[fit]) for fit, record in known)


def need_reason(
    stated: Iterable[str], instruments: Mapping[str, Any], needs: Iterable[str], means: Iterable[str] = ()
) -> Reason | None:
    """Why a measure with these needs and instruments (by code) meets one of the needs, or has one of the means, asked for, or None."""
    shares = settings.POLICY_MATCHING["need"]
    reasons = [
        Reason(Criterion.NEED, NeedFit.BY_MEANS, instruments[code], shares[NeedFit.BY_MEANS])
        for code in means
        if code in instruments
    ]
    for need in needs:
        if need in stated:
            reasons.append(Reason(Criterion.NEED, NeedFit.STATED, need, shares[NeedFit.STATED]))
        for code in INSTRUMENTS_OF_NEED[need]:
            if code in instruments:
                can = Reason(Criterion.NEED, NeedFit.BY_INSTRUMENT, instruments[code], shares[NeedFit.BY_INSTRUMENT])
                reasons.append(can)
    return best(reasons)


def status_reason(status: str | None) -> Reason | None:
    """What a measure's standing earns; None where it has no effect any more."""
    known = status or "unknown"
    return best([Reason(Criterion.STATUS, known, status, settings.POLICY_MATCHING["status"][known])])


def level_reason(level: str, own: Level) -> Reason:
    """What the nearness of the level of government earns to that of the place."""
    shares = settings.POLICY_MATCHING["level"]
    steps = abs(LEVELS.index(Level(level)) - LEVELS.index(own))
    return Reason(Criterion.LEVEL, level, level, max(0, shares["same"] - shares["per_step"] * steps))
