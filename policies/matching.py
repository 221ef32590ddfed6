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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from numpy.typing import NDArray

from indicators.models import Category
from policies.codes import INSTRUMENTS_OF_NEED
from policies.models import Measure, MeasureQuerySet, MeasureRegion, needing
from policies.places import known_places
from policies.reasons import (
    Criterion,
    Reason,
    WordsFit,
    best,
    industry_reason,
    known_instruments,
    known_trades,
    level_reason,
    need_reason,
    region_reason,
    status_reason,
)
from regions.models import Region
from sources.statements import Records, statement

# So many measures are named by their keys in a query.
FEW = 500


Fits = NDArray[np.float64]  # how well each measure is fitted (0 to 1), at its primary key


@dataclass(frozen=True, eq=False)
class Phrase:
    """Some words of a question: what part of it they are (0 to 1), how well they fit each measure, and what they name, if anything: a
    place or a trade by its primary key, needs, and means by their codes.
    """

    text: str
    part: float
    found: Fits
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


@dataclass(frozen=True, slots=True)
class Match:
    """A measure that fits: its primary key and code, its score from 0 to 1, and to how many places, trades and needs it is for, of those
    that were asked after; and why, which is put together when it is asked for.
    """

    measure: int
    code: str
    score: float
    breadth: int
    why: Callable[[], tuple[Reason, ...]] = field(compare=False, repr=False)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self.why()


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
        able = {*self.means, *(code for need in self.needs for code in INSTRUMENTS_OF_NEED[need])}
        self.instruments = {code: one for code, one in known_instruments().items() if code in able} if able else {}
        # Many measures are tagged alike, in all or in a part.
        self.of_tags = cache(self.judge)
        self.tagged = cache(lambda place, tags: best(filter(None, self._of_tags_named(wish.phrases[place], tags))))
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
        listed: list[tuple[int, str, Tags, int]] = []
        for pk, code, level, needs, status in rows:
            places, trades = tuple(links.get(pk, ())), tuple(one for (one,) in industries.get(pk, ()))
            needed = tuple(needs.split(";"))
            has = tuple(one for (one,) in means.get(pk, ()) if one in self.instruments)
            tags = Tags(level, status, places, trades, needed if self.needs else (), has)
            if self.of_tags(tags) is not None:
                listed.append((pk, code, tags, len(places) + len(trades) + len(needed)))
        in_words = self.in_words([pk for pk, *_ in listed], [tags for _, _, tags, _ in listed])
        found = [
            Match(pk, code, score, breadth, partial(self.reasons, tags, words))
            for (pk, code, tags, breadth), score, *words in zip(
                listed, self.scores([tags for _, _, tags, _ in listed], in_words), *in_words, strict=True
            )
            if score is not None
        ]
        return sorted(found, key=lambda one: (-one.score, one.breadth, one.code))

    def candidates(self) -> list[int]:
        """The measures that can fit, which need not be public: those that the store can tell to be out are. By words alone the ones
        that these fit best, and where they are few, those that can meet the needs that are named.
        """
        wish, narrowed = self.wish, None
        if wish.region:
            named = statement(_every(MeasureRegion), "region", ("measure",)).read(list(self.around(wish.region.pk)))
            narrowed = set(named["measure"])
        if wish.needs or wish.means:
            fitting = self._meeting(wish.needs, wish.means)
        elif wish.is_only_in_words and wish.phrases:
            if len(best := self._best_in_words()) == FEW:
                return best
            fitting = Q(pk__in=best) | self._meeting(self.needs, self.means)
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
        fit = sum((phrase.part * phrase.found for phrase in self.wish.phrases), np.zeros(1))
        fitting = np.flatnonzero(fit > 0)
        best_first = fitting[np.argsort(-fit[fitting], kind="stable")]
        return [int(measure) for measure in best_first[:FEW]]

    def in_words(self, measures: Sequence[int], tags: Sequence[Tags]) -> list[list[tuple[float, int]]]:
        """How well each phrase fits some measures with their tags by its words (0 to 1), and what it earns in all, in %."""
        pks = np.array(measures, dtype=np.int64)
        listed = []
        for place, phrase in enumerate(self.wish.phrases):
            fit = _fit(phrase, pks)
            by_tag = np.array([one.percent if (one := self.tagged(place, mine)) else 0 for mine in tags])
            listed.append(list(zip(fit.tolist(), _percent(fit, by_tag).astype(int).tolist(), strict=True)))
        return listed

    def scores(self, tags: Sequence[Tags], in_words: Sequence[Sequence[tuple[float, int]]]) -> list[float | None]:
        """The score of measures with these tags, none of which rules it out, and what phrases earn; None where no word fits, and words
        are all that is asked for.
        """
        weights: Mapping[str, int] = settings.POLICY_MATCHING["weights"]
        judged = [self.of_tags(one) or () for one in tags]
        weighed = np.array([sum(reason.weighed_by(weights) for reason in one) for one in judged], dtype=np.float64)
        earned = np.array([sum(reason.weighed_by(weights) * reason.percent for reason in one) for one in judged])
        some = np.zeros(len(judged), dtype=np.int64)
        for phrase, mine in zip(self.wish.phrases, in_words, strict=True):
            percent = np.array([percent for _, percent in mine], dtype=np.int64)
            some += percent
            earned = earned + self.weight(phrase) * percent
            weighed += self.weight(phrase)
        is_out = self.wish.is_only_in_words and bool(self.wish.phrases)
        score = (earned / (100 * weighed)).tolist()
        return [None if is_out and not any_ else round(one, 4) for any_, one in zip(some.tolist(), score, strict=True)]

    def reasons(self, tags: Tags, in_words: Sequence[tuple[float, int]]) -> tuple[Reason, ...]:
        """Why a measure with these tags fits, of which phrases fit by their words and earn so much."""
        of_phrases = (self.of_phrase(place, tags, *mine) for place, mine in enumerate(in_words))
        return (*of_phrases, *(self.of_tags(tags) or ()))

    def weight(self, phrase: Phrase) -> int:
        """What a phrase weighs."""
        return max(1, round(self.of_words * phrase.part))

    def judge(self, tags: Tags) -> tuple[Reason, ...] | None:
        """What measures with these tags earn but for words, or None where a criterion rules them out."""
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
        return tuple(filter(None, reasons))

    def of_needs(self, tags: Tags, needs: Iterable[str], means: Iterable[str]) -> Reason | None:
        """What meeting the needs, and having the means, earns."""
        return need_reason(tags.needs, {one: self.instruments[one] for one in tags.means}, needs, means)

    def of_phrase(self, place: int, tags: Tags, fit: float, percent: int) -> Reason:
        """Why a phrase earns so much: by its words, which fit so well, or by what it names, where that is more."""
        phrase, tagged = self.wish.phrases[place], self.tagged(place, tags)
        words = (phrase.text, self.weight(phrase))
        if tagged and 100 * fit <= tagged.percent * settings.POLICY_MATCHING["words"]["tag"] / 100:
            return Reason(tagged.criterion, tagged.fit, tagged.by, percent, *words)
        return Reason(Criterion.WORDS, WordsFit.FOUND if fit else WordsFit.ABSENT, None, percent, *words)

    def _of_tags_named(self, phrase: Phrase, tags: Tags) -> Iterator[Reason | None]:
        """How a measure's tags fit what a phrase names."""
        if phrase.region is not None:
            yield self.of_links(tags.regions, phrase.region)
        if phrase.industry is not None and any(one in self.trades.industries for one in tags.industries):
            yield self.of_trades(tags.industries, phrase.industry)
        if phrase.needs or phrase.means:
            yield self.of_needs(tags, phrase.needs, phrase.means)


def _fit(phrase: Phrase, measures: NDArray[np.int64]) -> Fits:
    """How well some measures fit a phrase; one that came since the words were looked for, not at all."""
    fit = np.zeros(len(measures))
    known = measures < len(phrase.found)
    fit[known] = np.minimum(phrase.found[measures[known]], 1.0)
    return fit


def _percent(in_words: Fits, by_tag: NDArray[np.integer]) -> Fits:
    """What a phrase earns, in %, by its words (0 to 1) and by the tag that it names (in %): a part of that, and words fill up the rest."""
    shares = settings.POLICY_MATCHING["words"]
    tag = shares["tag"] * by_tag / 10_000
    return np.rint(100 * np.maximum(in_words, tag + (1 - tag) * in_words * shares["beside_a_tag"] / 100))


@cache
def _every(through: Any) -> Records:  # a model of links
    return lambda: through.objects.order_by("pk")


def _links(through: Any, measures: list[int], *columns: str) -> Mapping[int, list[tuple[Any, ...]]]:
    """What these measures are linked to, by measure."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for measure, *linked in statement(_every(through), "measure", columns).rows(measures):
        found[measure].append(tuple(linked))
    return found
