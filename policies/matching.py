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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from indicators.models import Category
from policies.codes import INSTRUMENTS_OF_NEED
from policies.places import known_places
from policies.reasons import (
    LEVEL_OF_KIND,
    Criterion,
    IndustryFit,
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
from policies.tags import Aid, Numbers, TagColumn, known_tags
from regions.models import Region, RegionKind

FEW = 500  # so many measures are judged by words alone
UNFIT = -1  # what a measure earns that does not fit at all


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


class Matches:
    """The measures that fit, best first: counted and sliced as a queryset is."""

    def __init__(self, made: Callable[[int], Match], scores: NDArray[np.float64], order: NDArray[np.int64]) -> None:
        self._made, self._scores, self._order = made, scores, order

    def count(self) -> int:
        """How many measures fit."""
        return len(self._order)

    def __getitem__(self, part: slice) -> list[Match]:
        return [self._made(number) for number in self._order[part].tolist()]

    def __iter__(self) -> Iterator[Match]:
        return iter(self[:])

    def at_least(self, score: float) -> Matches:
        """Only those with at least this score."""
        return Matches(self._made, self._scores, self._order[self._scores[self._order] >= score])


def match(wish: Wish) -> Matches:
    """The public measures that fit the wish, best first. Asks the store nothing, once the newest release is known."""
    return _Matching(wish).run()


class _Criterion(NamedTuple):
    """One way to judge measures: by one of their tags."""

    name: Criterion
    tag: TagColumn[Any]
    judge: Callable[[Any], Reason | None]

    def percents(self, measures: Numbers) -> Numbers:
        """What some measures earn, in %; UNFIT where they do not fit at all."""
        return self.tag.each(measures, lambda value: one.percent if (one := self.judge(value)) else UNFIT)

    def reason(self, measure: int) -> Reason | None:
        """Why a measure fits; None where it does not."""
        return self.judge(self.tag.of(measure))


class _Matching:
    """One run of match."""

    def __init__(self, wish: Wish) -> None:
        self.wish, self.tags = wish, known_tags()
        self.places, self.trades, self.instruments = known_places(), known_trades(), known_instruments()
        self.criteria, self.named = list(self._criteria()), [list(self._named(phrase)) for phrase in wish.phrases]
        weights: Mapping[str, int] = settings.POLICY_MATCHING["weights_alone" if wish.is_only_in_words else "weights"]
        self.of_words = weights[Criterion.WORDS]

    def run(self) -> Matches:
        """Judge those that can fit, all of them by one criterion after the other."""
        weights: Mapping[str, int] = settings.POLICY_MATCHING["weights"]
        measures = self.candidates()
        for criterion in self.criteria:
            measures = measures[criterion.percents(measures) != UNFIT]
        weighed, earned = np.zeros(len(measures)), np.zeros(len(measures))
        for criterion in self.criteria:
            weighed += weights[criterion.name]
            earned += weights[criterion.name] * criterion.percents(measures)
        self.fits = [_fit(phrase, self.tags.keys[measures]) for phrase in self.wish.phrases]
        self.percents = [self._percents(fit, named, measures) for fit, named in zip(self.fits, self.named, strict=True)]
        for phrase, percent in zip(self.wish.phrases, self.percents, strict=True):
            weighed += self.weight(phrase)
            earned += self.weight(phrase) * percent
        scores = _rounded(earned / (100 * weighed))
        self.measures, self.breadth = measures, self._breadth(measures)
        order = np.lexsort((self.tags.ranks[measures], self.breadth, -scores))
        if self.wish.is_only_in_words and self.percents:  # no word fits, and words are all that is asked for
            order = order[np.any(self.percents, axis=0)[order]]
        return Matches(partial(self._made, scores), scores, order)

    def candidates(self) -> Numbers:
        """The measures that are judged: all; by words alone those that these fit best, and where they are few, those that can meet the
        needs that are named.
        """
        tags, phrases = self.tags, self.wish.phrases
        if not (self.wish.is_only_in_words and phrases):
            return np.arange(len(tags.codes))
        fit = sum((phrase.part * _found(phrase, tags.keys) for phrase in phrases), np.zeros(len(tags.codes)))
        fitting = np.flatnonzero(fit > 0)
        if len(fitting) >= FEW:
            return fitting[np.argsort(-fit[fitting], kind="stable")[:FEW]]
        needs = {need for phrase in phrases for need in phrase.needs}
        means = {code for phrase in phrases for code in phrase.means}.union(
            *(INSTRUMENTS_OF_NEED[one] for one in needs)
        )
        every = np.arange(len(tags.codes))
        able = tags.aids.each(every, lambda aid: not (needs.isdisjoint(aid.needs) and means.isdisjoint(aid.means)))
        return np.flatnonzero((fit > 0) | (able > 0))

    def _breadth(self, measures: Numbers) -> Numbers:
        """To how many places, trades and needs measures are for, of those that are asked after."""
        tags, asked = self.tags, {criterion.name for each in (self.criteria, *self.named) for criterion in each}
        breadth = tags.aids.each(measures, lambda aid: len(aid.needs))
        for name, tag in ((Criterion.REGION, tags.places), (Criterion.INDUSTRY, tags.trades)):
            if name in asked:
                breadth += tag.each(measures, len)
        return breadth

    def _percents(self, fit: Fits, named: Sequence[_Criterion], measures: Numbers) -> Numbers:
        """What a phrase earns measures, in %: by its words, which fit so well, and by what it names."""
        by_tag = np.zeros(len(measures), dtype=np.int64)
        for criterion in named:
            by_tag = np.maximum(by_tag, criterion.percents(measures))
        return _percent(fit, by_tag).astype(np.int64)

    def _made(self, scores: NDArray[np.float64], number: int) -> Match:
        """One of the measures that fit."""
        measure = int(self.measures[number])
        return Match(
            int(self.tags.keys[measure]), self.tags.codes[measure], float(scores[number]), int(self.breadth[number]),
            partial(self.reasons, number),
        )  # fmt: skip

    def reasons(self, number: int) -> tuple[Reason, ...]:
        """Why one of the measures fits: by each phrase, then by each criterion."""
        measure = int(self.measures[number])
        of_phrases = (self.of_phrase(place, measure, number) for place in range(len(self.wish.phrases)))
        return (*of_phrases, *filter(None, (criterion.reason(measure) for criterion in self.criteria)))

    def weight(self, phrase: Phrase) -> int:
        """What a phrase weighs."""
        return max(1, round(self.of_words * phrase.part))

    def of_phrase(self, place: int, measure: int, number: int) -> Reason:
        """Why a phrase earns a measure so much: by its words, which fit so well, or by what it names, where that is more."""
        phrase, fit, percent = self.wish.phrases[place], self.fits[place][number], int(self.percents[place][number])
        tagged = best(filter(None, (criterion.reason(measure) for criterion in self.named[place])))
        words = (phrase.text, self.weight(phrase))
        if tagged and 100 * fit <= tagged.percent * settings.POLICY_MATCHING["words"]["tag"] / 100:
            return Reason(tagged.criterion, tagged.fit, tagged.by, percent, *words)
        return Reason(Criterion.WORDS, WordsFit.FOUND if fit else WordsFit.ABSENT, None, percent, *words)

    # The criteria of a wish, and of what a phrase names -----------------------------------------------------------------

    def _criteria(self) -> Iterator[_Criterion]:
        """The criteria of the wish, but for its words; a measure that does not fit by one of them is left out."""
        wish = self.wish
        if wish.region:
            yield self._of_place(wish.region.pk)
        if wish.industry:
            yield self._of_trade(wish.industry.pk)
        if wish.needs or wish.means:
            yield self._of_needs(wish.needs, wish.means)
        yield _Criterion(Criterion.STATUS, self.tags.standing(), cache(status_reason))
        if wish.region and (own := LEVEL_OF_KIND.get(RegionKind(wish.region.kind))):
            yield _Criterion(Criterion.LEVEL, self.tags.levels, cache(partial(level_reason, own=own)))

    def _named(self, phrase: Phrase) -> Iterator[_Criterion]:
        """The criteria by which a phrase may be met beside its words: the place, the trade and the needs that it names."""
        if phrase.region is not None:
            yield self._of_place(phrase.region)
        if phrase.industry is not None:
            yield self._of_trade(phrase.industry, is_any_one=False)
        if phrase.needs or phrase.means:
            yield self._of_needs(phrase.needs, phrase.means)

    def _of_place(self, place: int) -> _Criterion:
        around, places = self.places.around(place), self.places
        return _Criterion(Criterion.REGION, self.tags.places, cache(lambda links: region_reason(links, around, places)))

    def _of_trade(self, trade: int, *, is_any_one: bool = True) -> _Criterion:
        """By trades; whether a measure for no trade in particular fits is said by `is_any_one`."""
        around, trades = self.trades.around(trade), self.trades

        def judge(named: tuple[int, ...]) -> Reason | None:
            reason = industry_reason(named, around, trades)
            return reason if reason and (is_any_one or reason.fit != IndustryFit.ANY) else None

        return _Criterion(Criterion.INDUSTRY, self.tags.trades, cache(judge))

    def _of_needs(self, needs: Iterable[str], means: Iterable[str]) -> _Criterion:
        instruments = self.instruments

        def judge(aid: Aid) -> Reason | None:
            known = {code: instruments[code] for code in aid.means if code in instruments}
            return need_reason(aid.needs, known, needs, means)

        return _Criterion(Criterion.NEED, self.tags.aids, cache(judge))


def _rounded(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores as they are told, each different one rounded once."""
    different, which = np.unique(scores, return_inverse=True)
    return np.array([round(one, 4) for one in different.tolist()], dtype=np.float64)[which]


def _found(phrase: Phrase, keys: Numbers) -> Fits:
    """How well measures with these primary keys meet a phrase; one that came since the words were looked for, not at all."""
    fits, known = np.zeros(len(keys)), keys < len(phrase.found)
    fits[known] = phrase.found[keys[known]]
    return fits


def _fit(phrase: Phrase, keys: Numbers) -> Fits:
    """How well measures meet a phrase, from 0 to 1: no better than wholly."""
    return np.minimum(_found(phrase, keys), 1.0)


def _percent(in_words: Fits, by_tag: NDArray[np.integer]) -> Fits:
    """What a phrase earns, in %, by its words (0 to 1) and by the tag that it names (in %): a part of that, and words fill up the rest."""
    shares = settings.POLICY_MATCHING["words"]
    tag = shares["tag"] * by_tag / 10_000
    return np.rint(100 * np.maximum(in_words, tag + (1 - tag) * in_words * shares["beside_a_tag"] / 100))
