"""Policy matching (政策匹配): which measures fit a place, a trade and a need, how well and why; and whom a measure fits.

A measure is judged by up to five criteria. Each has a weight, and each kind of fit earns a percentage of it
(settings.POLICY_MATCHING): the score is what was earned of what could be, from 0 to 1, over the criteria that were asked
for, with status, and with level where a place was asked for. What was asked for and does not fit at all leaves the
measure out, and so does a withdrawn status. Of equal scores those come first that are for fewer places, trades and needs, then by
their codes, so an answer is always the same.

What is asked for in words is judged phrase by phrase: one that names a place, a trade or a need by how the measure fits
that, or by the words where these fit better; any other by the words alone. A phrase leaves nothing out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from heapq import nsmallest
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from indicators.codes import INDUSTRY
from indicators.models import Category
from policies.choices import Level, RegionRole
from policies.codes import COLLECTIVE_INDUSTRIES, ENABLING_INDUSTRIES, INSTRUMENTS_OF_NEED
from policies.models import Instrument, Measure, MeasureQuerySet, MeasureRegion, needing
from policies.places import PlaceFit, Places, RegionFit, known_places
from regions.models import Region, RegionKind
from sources.bilingual import both
from sources.hierarchy import Hierarchy
from sources.kept import kept_for_version
from sources.statements import Records, statement


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
# So many measures are named by their keys in a query.
FEW = 500
LEVEL_OF_KIND = {
    RegionKind.COUNTY: Level.COUNTY, RegionKind.ZONE: Level.ZONE, RegionKind.PREFECTURE: Level.PREFECTURE,
    RegionKind.PROVINCE: Level.PROVINCIAL, RegionKind.COUNTRY: Level.NATIONAL,
}  # fmt: skip


@dataclass(frozen=True)
class Phrase:
    """Some words of a question: what part of it they are (0 to 1), how well they fit each measure (by primary key, 0 to 1), and
    what they name, if anything: a place or a trade by its primary key, needs, and means by their codes.
    """

    text: str
    part: float
    found: Mapping[int, float]
    region: int | None = None
    industry: int | None = None
    needs: tuple[str, ...] = ()
    means: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What is asked for: a place, a trade, needs, and means by their codes, each of which may be left open; and phrases of a question."""

    region: Region | None = None
    industry: Category | None = None
    needs: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    phrases: tuple[Phrase, ...] = ()

    @property
    def is_only_in_words(self) -> bool:
        return not (self.region or self.industry or self.needs or self.means)


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
        """The same by these weights of the criteria."""
        return weights[self.criterion] if self.own_weight is None else self.own_weight

    @property
    def score(self) -> float:
        """The part of the criterion's weight that was earned, 0 to 1."""
        return self.percent / 100


class Tags(NamedTuple):
    """What a measure is judged by: its level and status, and of its regions with their roles, its industries, needs and instruments (by
    code) those kinds that are asked after.
    """

    level: str
    status: str | None
    regions: tuple[tuple[int, str], ...]
    industries: tuple[int, ...]
    needs: tuple[str, ...]
    means: tuple[str, ...]


Judged = tuple[tuple[Reason, ...], float]  # the reasons, and the score by them


class Match(NamedTuple):
    """A measure that fits: its primary key and code, its score from 0 to 1, why, and to how many places, trades and needs it is for,
    of those that were asked after.
    """

    measure: int
    code: str
    score: float
    reasons: tuple[Reason, ...]
    breadth: int


def match(wish: Wish) -> list[Match]:
    """The public measures that fit the wish, best first. A fixed number of queries."""
    return _Matching(wish).run()


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


def level_reason(level: str, region: Region) -> Reason | None:
    """What the nearness of the level of government earns, for places that have one."""
    own = LEVEL_OF_KIND.get(RegionKind(region.kind))
    if own is None:
        return None
    shares = settings.POLICY_MATCHING["level"]
    steps = abs(LEVELS.index(Level(level)) - LEVELS.index(own))
    return Reason(Criterion.LEVEL, level, level, max(0, shares["same"] - shares["per_step"] * steps))


def standing() -> MeasureQuerySet:
    """The public measures, with where they stand now."""
    return Measure.objects.public().with_status()


class _Matching:
    """One run of match."""

    def __init__(self, wish: Wish) -> None:
        self.wish, phrases = wish, wish.phrases
        self.places, self.trades = known_places(), known_trades()
        self.around = cache(self.places.around)
        self.kindred = cache(self.trades.around)
        self.needs = {*wish.needs, *(need for phrase in phrases for need in phrase.needs)}
        self.means = {*wish.means, *(code for phrase in phrases for code in phrase.means)}
        self.of_regions = wish.region or any(phrase.region for phrase in phrases)
        self.of_industries = wish.industry or any(phrase.industry for phrase in phrases)
        self.instruments = {i.code: i for i in Instrument.objects.public()} if self.needs or self.means else {}
        # Many measures are tagged alike, in all or in a part.
        self.of_tags = cache(self.judge)
        self.of_links = cache(lambda links, place: region_reason(links, self.around(place), self.places))
        self.of_trades = cache(lambda named, trade: industry_reason(named, self.kindred(trade), self.trades))
        self.of_status = cache(status_reason)
        self.of_level = cache(lambda level: level_reason(level, wish.region) if wish.region else None)
        weights: Mapping[str, int] = settings.POLICY_MATCHING["weights_alone" if wish.is_only_in_words else "weights"]
        self.of_words = weights[Criterion.WORDS]

    def run(self) -> list[Match]:
        asked = statement(standing, "pk", ("code", "level", "needs", "status"))
        rows = asked.rows(self.candidates())
        chosen = [row[0] for row in rows]
        links = _links(MeasureRegion, chosen, "region", "role") if self.of_regions else {}
        industries = _links(Measure.industries.through, chosen, "category") if self.of_industries else {}
        means = _links(Measure.instruments.through, chosen, "instrument__code") if self.instruments else {}
        found = []
        for pk, code, level, needs, status in rows:
            places, trades = tuple(links.get(pk, ())), tuple(one for (one,) in industries.get(pk, ()))
            needed = tuple(needs.split(";"))
            has = tuple(one for (one,) in means.get(pk, ()) if one in self.instruments)
            tags = Tags(level, status, places, trades, needed if self.needs else (), has)
            if judged := self.match(pk, tags):
                reasons, score = judged
                found.append(Match(pk, code, score, reasons, len(places) + len(trades) + len(needed)))
        return sorted(found, key=lambda one: (-one.score, one.breadth, one.code))

    def candidates(self) -> list[int]:
        """The measures that can fit, which need not be public: those that the store can tell to be out are. By words alone the ones
        that these fit best, and those that can meet the needs that are named.
        """
        wish, narrowed = self.wish, None
        if wish.region:
            named = statement(_every(MeasureRegion), "region", ("measure",)).read(list(self.around(wish.region.pk)))
            narrowed = set(named["measure"])
        if wish.needs or wish.means:
            fitting = self._meeting(wish.needs, wish.means)
        elif wish.is_only_in_words and wish.phrases:
            fitting = Q(pk__in=self._best_in_words()) | self._meeting(self.needs, self.means)
        elif narrowed is not None:
            return list(narrowed)
        else:
            fitting = Q()
        keys = Measure.objects.public().filter(fitting).order_by().values_list("pk", flat=True)
        return [key for key in keys if narrowed is None or key in narrowed]

    @staticmethod
    def _meeting(needs: Iterable[str], means: Iterable[str]) -> Q:
        """That a measure states one of the needs, or has one of the means or of those that can meet the needs."""
        codes = {*means, *(code for need in needs for code in INSTRUMENTS_OF_NEED[need])}
        linked = Measure.instruments.through.objects.filter(measure=OuterRef("pk"), instrument__code__in=codes)
        return needing(needs) | Q(Exists(linked))

    def _best_in_words(self) -> list[int]:
        """The measures that the words fit best, no more than are named in a query."""
        fit: dict[int, float] = defaultdict(float)
        for phrase in self.wish.phrases:
            for measure, how_well in phrase.found.items():
                fit[measure] += phrase.part * how_well
        return nsmallest(FEW, fit, key=lambda measure: (-fit[measure], measure))

    def match(self, measure: int, tags: Tags) -> Judged | None:
        """What one measure earns, or None where a criterion rules it out, or no word fits of those that are all that is asked for."""
        judged = self.of_tags(tags)
        if judged is None or not self.wish.phrases:
            return judged
        in_words = [self.of_phrase(phrase, phrase.found.get(measure, 0.0), tags) for phrase in self.wish.phrases]
        if self.wish.is_only_in_words and not any(reason.percent for reason in in_words):
            return None
        reasons = (*in_words, *judged[0])
        return reasons, score_of(reasons)

    def judge(self, tags: Tags) -> Judged | None:
        """What measures with these tags earn but for words, and their score by that, or None where a criterion rules them out."""
        wish = self.wish
        reasons: list[Reason | None] = []
        if wish.region:
            reasons.append(self.of_links(tags.regions, wish.region.pk))
        if wish.industry:
            reasons.append(self.of_trades(tags.industries, wish.industry.pk))
        if wish.needs or wish.means:
            reasons.append(self.of_needs(tags, wish.needs, wish.means))
        reasons.append(self.of_status(tags.status))
        if not all(reasons):
            return None
        reasons.append(self.of_level(tags.level))
        earned = tuple(filter(None, reasons))
        return earned, score_of(earned)

    def of_needs(self, tags: Tags, needs: Iterable[str], means: Iterable[str]) -> Reason | None:
        """What meeting the needs, and having the means, earns."""
        return need_reason(tags.needs, {one: self.instruments[one] for one in tags.means}, needs, means)

    def of_phrase(self, phrase: Phrase, found: float, tags: Tags) -> Reason:
        """What a phrase earns: by what it names, or by its words, which fit so well as was found, where these fit better."""
        percent = round(100 * min(1.0, found))
        fit = WordsFit.FOUND if percent else WordsFit.ABSENT
        named: list[Reason | None] = [Reason(Criterion.WORDS, fit, None, percent)]
        if phrase.region is not None:
            named.append(self.of_links(tags.regions, phrase.region))
        if phrase.industry is not None and any(one in self.trades.industries for one in tags.industries):
            named.append(self.of_trades(tags.industries, phrase.industry))
        if phrase.needs or phrase.means:
            named.append(self.of_needs(tags, phrase.needs, phrase.means))
        of_it = max(reversed([reason for reason in named if reason]), key=lambda reason: reason.percent)
        return of_it._replace(words=phrase.text, own_weight=max(1, round(self.of_words * phrase.part)))


def score_of(reasons: Iterable[Reason]) -> float:
    """What the reasons earned of what their criteria could earn, 0 to 1, to four decimals."""
    weights = settings.POLICY_MATCHING["weights"]
    judged = [(reason.weighed_by(weights), reason.percent) for reason in reasons]
    earned = sum(weight * percent for weight, percent in judged)
    return round(earned / (100 * sum(weight for weight, _ in judged)), 4)


@cache
def _every(through: Any) -> Records:  # a model of links
    return lambda: through.objects.order_by("pk")


def _links(through: Any, measures: list[int], *columns: str) -> Mapping[int, list[tuple[Any, ...]]]:
    """What these measures are linked to, by measure."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for measure, *linked in statement(_every(through), "measure", columns).rows(measures):
        found[measure].append(tuple(linked))
    return found


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
    places, trades = known_places(), known_trades()
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
