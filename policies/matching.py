"""Policy matching (政策匹配): which measures fit a place, a trade and a need, how well and why.

A measure is judged by up to five criteria. Each has a weight, and each kind of fit earns a percentage of it
(settings.POLICY_MATCHING): the score is what was earned of what could be, from 0 to 1, over the criteria that were asked
for, with status, and with level where a place was asked for. What was asked for and does not fit at all leaves the
measure out, and so does a withdrawn status. Of equal scores those come first that are for fewer places, trades and needs, then by
their codes, so an answer is always the same.

What is asked for in words is judged phrase by phrase: one that names a place, a trade or a need by how the measure's tags fit
that and by the words, which count for more; any other by the words alone. A phrase leaves nothing out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from heapq import nsmallest
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from indicators.models import Category
from policies.codes import INSTRUMENTS_OF_NEED
from policies.models import Instrument, Measure, MeasureQuerySet, MeasureRegion, needing
from policies.places import known_places
from policies.reasons import (
    Criterion,
    Reason,
    WordsFit,
    best,
    industry_reason,
    known_trades,
    level_reason,
    need_reason,
    region_reason,
    score_of,
    status_reason,
)
from regions.models import Region
from sources.statements import Records, statement

# So many measures are named by their keys in a query.
FEW = 500


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
        measures: Any = Measure.objects.public().order_by()
        if wish.needs or wish.means:
            measures = measures.filter(self._meeting(wish.needs, wish.means))
        elif wish.is_only_in_words and wish.phrases:
            measures = measures.filter(Q(pk__in=self._best_in_words()) | self._meeting(self.needs, self.means))
        elif narrowed is not None:
            return list(narrowed)
        keys = measures.values_list("pk", flat=True)
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
        """What a phrase earns: by its words, which fit so well as was found, and by what it names, of which a tag says less than words do."""
        shares = settings.POLICY_MATCHING["words"]
        in_words = min(1.0, found)
        of_it = Reason(Criterion.WORDS, WordsFit.FOUND if in_words else WordsFit.ABSENT, None, round(100 * in_words))
        if (tagged := best(filter(None, self._of_tags_named(phrase, tags)))) is not None:
            by_tag = shares["tag"] * tagged.percent / 10_000
            both = by_tag + (1 - by_tag) * in_words * shares["beside_a_tag"] / 100
            named = of_it if in_words > by_tag else tagged
            of_it = named._replace(percent=round(100 * max(in_words, both)))
        return of_it._replace(words=phrase.text, own_weight=max(1, round(self.of_words * phrase.part)))

    def _of_tags_named(self, phrase: Phrase, tags: Tags) -> Iterator[Reason | None]:
        """How a measure's tags fit what a phrase names."""
        if phrase.region is not None:
            yield self.of_links(tags.regions, phrase.region)
        if phrase.industry is not None and any(one in self.trades.industries for one in tags.industries):
            yield self.of_trades(tags.industries, phrase.industry)
        if phrase.needs or phrase.means:
            yield self.of_needs(tags, phrase.needs, phrase.means)


@cache
def _every(through: Any) -> Records:  # a model of links
    return lambda: through.objects.order_by("pk")


def _links(through: Any, measures: list[int], *columns: str) -> Mapping[int, list[tuple[Any, ...]]]:
    """What these measures are linked to, by measure."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for measure, *linked in statement(_every(through), "measure", columns).rows(measures):
        found[measure].append(tuple(linked))
    return found
