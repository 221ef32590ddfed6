"""The index over all that is held: finds what a question means and says, ranked by how well and how much of it is met.

Each name of a question is a group, and so are its times and the words that nothing is called by. A group has a weight; a
document meets it fully, partly or not. Nothing must be met; what is not is said. Equal scores are in the order of how much
is held, then of kinds and codes, so both stores give the same (docs/decisions/0058).
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from indicators.labels import labels
from sources.folding import normalised
from sources.hierarchy import Hierarchy
from sources.kept import kept_beside
from words import right_words
from words.documents import DOCUMENT, KINDS, MEASURE, SERIES, SOURCE, TEXT, Findable, findables
from words.documents import vocabulary as vocabulary_of_store
from words.grammar import AnswerKind, WordRole
from words.groups import Groups
from words.hits import MET, MOSTLY_MET, Entry, Group, Hits, Scores
from words.parts import PERIOD, QuestionPart
from words.postings import Postings, PostingsBuilder
from words.ranked import by_values
from words.reader import read
from words.reading import Reading
from words.scanning import names_in
from words.scattered_names import ScatteredNames
from words.units import IS_HAN, keys, keys_of_name
from words.vocabulary import (
    INDICATOR,
    REGION,
    Keys,
    Vocabulary,
)

# What a document of each kind weighs, where the words fit it as well as another.
PRIORS = {"measure": 0.95, "document": 0.93, "source": 0.9, "series": 0.8}
FIGURE_FIRST, SOUGHT_FIRST, NARROWER = 1.06, 1.1, 0.03
KINDS_SOUGHT = {
    AnswerKind.POLICY: (MEASURE,),
    AnswerKind.DOCUMENT: (DOCUMENT, SOURCE),
    AnswerKind.AUTHOR: (DOCUMENT, SOURCE),
}
# From where on a document meets a part of the question nearly, and wholly.
NEARLY, WHOLLY = 0.7, 0.8
STEP = 0.001  # by how much what comes first is better than the next
# What a question for a figure consists of.
DIMENSIONS = (REGION, INDICATOR)
ROLES_OF_FIGURES = (PERIOD, WordRole.FILLER, WordRole.TRANSFORM, WordRole.RECENCY)
ANSWERS_OF_FIGURES = (AnswerKind.FIGURE, AnswerKind.COUNT, AnswerKind.RANKING, AnswerKind.COMPARISON)
ELSEWHERE = 2  # how far a place is that has nothing to do with another
CODE_FIRST = 0.0001  # who types a code means that

SHORTER = 0.1  # how much less a text is found by that is long
SHORTEST_KNOWN = 4


class Index:
    """Everything that can be found, at one data version."""

    def __init__(self, words: Vocabulary, found: Sequence[Findable], regions: Hierarchy[str] | None = None) -> None:
        self.vocabulary = words
        self.scattered = ScatteredNames(words)
        self.completing: list[tuple[str, int, str]] | None = None  # words/suggesting.py
        self.regions = regions
        listed = sorted(found, key=lambda one: (-one.held, KINDS.index(one.kind), one.code))
        builder = PostingsBuilder()
        for one in listed:
            builder.add(self._terms(one))
        self.entries = [Entry(one.kind, one.code, one.pk, one.zh, one.en, one.family) for one in listed]
        self.postings: Postings = builder.built()
        self.kinds = np.array([KINDS.index(one.kind) for one in listed], dtype=np.uint8)
        self.pks = np.array([one.pk for one in listed], dtype=np.int64)
        self.first = np.array([one.years[0] for one in listed], dtype=np.uint16)
        self.last = np.array([one.years[1] for one in listed], dtype=np.uint16)
        self._breadth = np.array([one.breadth for one in listed], dtype=np.uint8)
        prior = np.array([PRIORS.get(kind, 1.0) for kind in KINDS], dtype=np.float32)
        self._records = {one.concept: number for number, one in enumerate(listed) if one.concept is not None}
        self.measured = np.array(
            [-1 if one.measured is None else self._records.get(one.measured, -1) for one in listed], dtype=np.int32
        )
        self._by_code = {normalised(one.code): number for number, one in reversed(list(enumerate(listed)))}
        self._prior = prior[self.kinds] if listed else np.zeros(0, dtype=np.float32)

    def _terms(self, one: Findable) -> dict[str, float]:
        terms: dict[str, float] = {f"#{concept}": weight for concept, weight in one.links.items()}
        for text, weight in one.texts:
            is_name = weight > TEXT
            units = keys_of_name(text) if is_name else keys(text)
            own = weight - SHORTER * min(1.0, len(units) / 40)
            for term, part in itertools.chain(_of_units(units, is_name), self._of_names(units)):
                if terms.get(term, 0.0) < own * part:
                    terms[term] = own * part
        return terms

    def _of_names(self, units: Keys) -> Iterator[tuple[str, float]]:
        """The concepts that a text names, also within longer names, each with its part of the text's weight."""
        for how_well, meanings in names_in(units, self.vocabulary):
            for meaning in meanings:
                yield f"#{meaning.concept}", how_well * meaning.weight

    def get_ready(self) -> None:
        """Make what is made when it is first needed, so that no question waits for it; what repairs need is made besides."""
        _ = self.vocabulary.derived, self.postings.beginning("", 0)

    # What words are known ----------------------------------------------------------------------------------------------

    def has(self, known: Keys) -> bool:
        """Whether any text has these keys side by side: a word, its beginning, or two Chinese characters."""
        if "".join(known) in self.postings:
            return True
        word = known[0]
        return len(known) == 1 and len(word) >= SHORTEST_KNOWN and bool(self.postings.beginning(word, 1))

    def read(self, question: str, today: datetime.date | None = None) -> Reading:
        """The question as it is understood; 去年 is of the day given, or of today."""
        return read(question, self.vocabulary, self, today or timezone.localdate())

    def has_word(self, word: str) -> bool:
        """Whether any text has just this word."""
        return word in self.postings

    def lies_within(self, region: str, other: str) -> bool:
        """Whether one region, by its code, lies in another."""
        return self.regions is not None and other in self.regions.ancestors(region)

    def holds(self, regions: Sequence[int], indicator: int) -> bool:
        """Whether there are series of an indicator, in one of some regions or anywhere (by their numbers in the vocabulary)."""
        of_indicator = self._series_of(indicator)
        return bool(len(of_indicator)) and (
            not regions or any(len(np.intersect1d(of_indicator, self._series_of(region))) for region in regions)
        )

    def _series_of(self, concept: int) -> NDArray[np.integer]:
        """The series whose own place, indicator or breakdown this is."""
        documents, how_well = self.postings.of(f"#{concept}") or (np.zeros(0, dtype=np.uint16), np.zeros(0))
        return documents[(self.kinds[documents] == KINDS.index(SERIES)) & (how_well > WHOLLY)]

    # Finding -----------------------------------------------------------------------------------------------------------

    def find(self, reading: Reading) -> Hits:
        """What a question is about, best first, as it was read."""
        groups_of = Groups(self, reading)
        groups = [group for place, part in enumerate(reading.parts) if (group := groups_of.of_part(place, part))]
        total = sum(group.weight for group in groups)
        score = np.zeros(len(self.entries), dtype=np.float32)
        for group in groups:
            score += group.weight * group.met
        if total:
            score /= total
        score *= self._prior
        near, untimely = self._put_figures_first(reading, groups, score)
        for kind in KINDS_SOUGHT.get(reading.answer, ()) if reading.answer else ():
            score[self.kinds == KINDS.index(kind)] *= SOUGHT_FIRST
        score = np.minimum(np.round(score, 4), 1.0)
        if (coded := self._by_code.get(normalised(reading.question))) is not None:
            score[coded] = 1.0 + CODE_FIRST
        found = np.flatnonzero(self._is_found(groups, score))
        ranked = found[np.argsort(-score[found], kind="stable")]
        return Hits(self, reading, groups, ranked, score, near=near, untimely=untimely)

    def _is_found(self, groups: Sequence[Group], score: Scores) -> NDArray[np.bool_]:
        """What meets anything but a time alone."""
        some = np.zeros(len(self.entries), dtype=bool)
        only_times = all(group.part.role == PERIOD for group in groups)
        for group in groups:
            if only_times or group.part.role != PERIOD:
                some |= group.met >= MET
        return some & (score > 0)

    def _put_figures_first(
        self, reading: Reading, groups: Sequence[Group], score: Scores
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """A series that is of the place and of what is measured there comes first; of several that which is no narrower.

        Where an indicator is asked for and there is none of the place, the nearest two come first, and are given; so are, after
        them, those that fit but for the time that is asked for, where none is of that time.
        """
        places = [group for group in groups if group.is_place]
        times = [group for group in groups if group.part.role == PERIOD]
        rest = [group for group in groups if group not in places]  # of several places a series has one
        measured = [group for group in rest if group.part.is_name]
        if not places or len(rest) == len(times) or reading.answer in KINDS_SOUGHT:
            return (), ()
        at_places = np.max([group.met for group in places], axis=0)
        fits = self._fitting([group for group in rest if group not in times], at_places)
        wholly = sum(((group.met > WHOLLY) & (group.part.role != PERIOD)).astype(np.uint8) for group in groups)
        narrower = np.clip(self._breadth.astype(np.float32) - wholly, 0, 3)
        met = at_places + sum(group.weight * group.met for group in rest)
        met /= 1 + sum(group.weight for group in rest)
        score[fits] = met[fits] * (FIGURE_FIRST - NARROWER * narrower[fits])
        if not fits.any():
            near = self._nearest(reading, measured)
            first = [*near, *self._records_of_a_figure(reading)]
            highest = min(float(score.max(initial=0.0)), 1 - STEP * len(first))
            for step, number in enumerate(reversed(first)):
                score[number] = highest + STEP * (step + 1)
            return near, ()
        is_timely = not times or any((group.met[fits] >= 1).any() for group in times)
        return (), () if is_timely else tuple(map(int, np.flatnonzero(fits)))

    def _fitting(self, asked: Sequence[Group], at_places: Scores) -> NDArray[np.bool_]:
        """The series of the place (by how well each document meets the places) that meet most of what else is asked, or a name wholly."""
        met = sum((group.weight * group.met for group in asked), np.zeros_like(at_places))
        fits = met > MOSTLY_MET * sum(group.weight for group in asked)
        for group in asked:
            if group.part.is_name:
                fits |= group.met > WHOLLY
        return fits & (self.kinds == KINDS.index(SERIES)) & (at_places > WHOLLY)

    def _nearest(self, reading: Reading, measured: Sequence[Group]) -> tuple[int, ...]:
        """The two series of what is measured whose places are nearest: what the place lies in, then what lies in it."""
        indicators = [group for group in measured if self.is_of_kind(group.part, INDICATOR)]
        if not measured or not reading.regions:
            return ()
        meeting = [group.met > NEARLY for group in indicators or measured]
        wholly = (self.kinds == KINDS.index(SERIES)) & (
            np.any(meeting, axis=0) if indicators else np.all(meeting, axis=0)
        )
        place = reading.regions[0].code
        met = np.round(sum(group.weight * group.met for group in measured), 3)
        listed = [int(number) for number in np.flatnonzero(wholly)]
        far = {number: self._distance(self.entries[number].region, place) for number in listed}
        return tuple(
            sorted((one for one in listed if far[one] < ELSEWHERE), key=lambda one: (-met[one], far[one], one))[:2]
        )

    def _records_of_a_figure(self, reading: Reading) -> list[int]:
        """What is measured and the place, where a question names nothing else: what only speaks of them is no answer to it."""
        if not reading.indicators or not all(map(self._is_of_a_figure, reading.parts)):
            return []
        named = (self.vocabulary.by_code[one.kind, one.code] for one in (*reading.indicators, *reading.regions))
        return [self._records[number] for number in named]

    def _is_of_a_figure(self, part: QuestionPart) -> bool:
        """Whether a part may be one of a question for a figure: a name of what has figures, a time, or what nothing else is said by."""
        if part.is_name:
            return self.vocabulary.concepts[part.meanings[0].concept].kind in DIMENSIONS
        return part.role in ROLES_OF_FIGURES or part.does in ANSWERS_OF_FIGURES or not part.is_known or part.is_little

    def _distance(self, place: str, asked: str) -> int:
        """How far a place is from another that is asked for: 0 what that lies in, 1 what lies in it, else ELSEWHERE."""
        return 0 if self.lies_within(asked, place) else 1 if self.lies_within(place, asked) else ELSEWHERE

    def is_of_kind(self, part: QuestionPart, kind: str) -> bool:
        """Whether a name may mean something of a kind."""
        return any(self.vocabulary.concepts[one.concept].kind == kind for one in part.meanings)


def _of_units(units: Keys, is_name: bool) -> Iterator[tuple[str, float]]:
    """The words of a text, its pairs of Chinese characters, and of a name each character."""
    before = ""
    for unit in units:
        is_han = bool(IS_HAN.match(unit))
        if is_name or not is_han:
            yield unit, 1.0
        if is_han and before:
            yield before + unit, 1.0
        before = unit if is_han else ""


@kept_beside
def index() -> Index:
    """The index of the newest release."""
    words = vocabulary_of_store()
    known = labels()
    code = {key: label.code for key, label in known.regions.labels.items()}
    below = [(code[key], None if place.parent is None else code[place.parent]) for key, place in known.places.items()]
    members = [(code[one.member], code[one.group]) for one in known.belongings if one.last is None]
    made = Index(words, list(findables(words)), Hierarchy([*below, *members]))
    made.get_ready()
    return made


def _get_repairs_ready(made: Index) -> None:
    made.vocabulary.get_ready()
    right_words.get_ready()


index.get_ready = _get_repairs_ready


def find(question: str, today: datetime.date | None = None) -> Hits:
    """What a question in anyone's words finds, best first, with its reading (`hits.reading`)."""
    held = index()
    return by_values(held.find(held.read(question, today)))
