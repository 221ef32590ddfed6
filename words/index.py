"""The index over all that is held: finds what a question means and says, ranked by how well and how much of it is met.

Each name of a question is a group, and so are its times and the words that nothing is called by. A group has a weight; a
document meets it fully, partly or not. Nothing must be met; what is not is said. Equal scores are in the order of how much
is held, then of kinds and codes, so both stores give the same (docs/decisions/0058).
"""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from indicators.labels import labels
from sources.folding import normalised
from sources.hierarchy import Hierarchy
from sources.kept import kept_beside
from words.apart import ApartNames
from words.documents import DOCUMENT, KINDS, MEASURE, NAMED_KINDS, SERIES, SOURCE, TEXT, Findable, findables
from words.documents import vocabulary as vocabulary_of_store
from words.grammar import AnswerKind, WordRole
from words.hits import MET, MOSTLY_MET, Entry, Group, Hits, Scores
from words.parts import PERIOD, QuestionPart
from words.postings import Postings, PostingsBuilder
from words.ranked import by_values
from words.reading import COUNTRY, Reading, read
from words.scanning import names_in
from words.units import IS_HAN, keys
from words.vocabulary import (
    ACTOR,
    INDICATOR,
    INSTRUMENT,
    NEED,
    REGION,
    WORD,
    Keys,
    NamedConcept,
    NameMeaning,
    Vocabulary,
)

# What a group weighs by what its name means; words that nothing is called by weigh by how rare they are.
WEIGHTS = {REGION: 0.8, INDICATOR: 1.0, INSTRUMENT: 0.85, NEED: 0.5, ACTOR: 0.8, WORD: 0.8}
OF_CATEGORY, OF_TIME, UNKNOWN, NEGATED, COMMON, RARE = 0.95, 0.3, 1.0, 0.5, 0.3, 0.9
# A name's own words, where a text has them without the name; a title by its length.
AS_WORDS, SHORTER, OF_INDICATOR = 0.5, 0.1, 0.9
GENERIC = 0.4  # what a name weighs, of a whole, that everything has
SAME_WORDS = 0.08  # how much better a text is that has the very words for a concept
OF_ABOVE = 0.5  # how well a measure for a place is one for what lies in it
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
ELSEWHERE = 2  # how far a place is that has nothing to do with another
CODE_FIRST = 0.0001  # who types a code means that

SHORTEST_BEGINNING, SHORTEST_KNOWN, MOST_ENDINGS = 3, 4, 30
FOUND_ITSELF = [KINDS.index(kind) for kind in (*NAMED_KINDS, SERIES)]


class Index:
    """Everything that can be found, at one data version."""

    def __init__(self, words: Vocabulary, found: Sequence[Findable], regions: Hierarchy[str] | None = None) -> None:
        self.vocabulary = words
        self.apart = ApartNames(words)
        self.completing: list[tuple[str, int, str]] | None = None  # words/suggesting.py
        self._regions = regions
        listed = sorted(found, key=lambda one: (-one.held, KINDS.index(one.kind), one.code))
        builder = PostingsBuilder()
        for one in listed:
            builder.add(self._terms(one))
        self.entries = [Entry(one.kind, one.code, one.pk, one.zh, one.en, one.family) for one in listed]
        self.postings: Postings = builder.built()
        self.kinds = np.array([KINDS.index(one.kind) for one in listed], dtype=np.uint8)
        self._first = np.array([one.years[0] for one in listed], dtype=np.uint16)
        self._last = np.array([one.years[1] for one in listed], dtype=np.uint16)
        self._breadth = np.array([one.breadth for one in listed], dtype=np.uint8)
        prior = np.array([PRIORS.get(kind, 1.0) for kind in KINDS], dtype=np.float32)
        number_of = {one.concept: number for number, one in enumerate(listed) if one.concept is not None}
        self._measured = np.array(
            [-1 if one.measured is None else number_of.get(one.measured, -1) for one in listed], dtype=np.int32
        )
        self._by_code = {normalised(one.code): number for number, one in reversed(list(enumerate(listed)))}
        self._prior = prior[self.kinds] if listed else np.zeros(0, dtype=np.float32)

    def _terms(self, one: Findable) -> dict[str, float]:
        terms: dict[str, float] = {f"#{concept}": weight for concept, weight in one.links.items()}
        for text, weight in one.texts:
            units = keys(text)
            own = weight - SHORTER * min(1.0, len(units) / 40)
            for term, part in itertools.chain(_of_units(units, weight > TEXT), self._of_names(units)):
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
        return self._regions is not None and other in self._regions.ancestors(region)

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
        groups = [group for place, part in enumerate(reading.parts) if (group := self._group(reading, place, part))]
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
        met = sum((group.weight * group.met for group in rest if group not in times), np.zeros_like(score))
        fits = met > MOSTLY_MET * sum(group.weight for group in rest if group not in times)
        for group in measured:
            fits |= group.met > WHOLLY
        fits &= (self.kinds == KINDS.index(SERIES)) & (at_places > WHOLLY)
        wholly = sum(((group.met > WHOLLY) & (group.part.role != PERIOD)).astype(np.uint8) for group in groups)
        narrower = np.clip(self._breadth.astype(np.float32) - wholly, 0, 3)
        met = at_places + sum(group.weight * group.met for group in rest)
        met /= 1 + sum(group.weight for group in rest)
        score[fits] = met[fits] * (FIGURE_FIRST - NARROWER * narrower[fits])
        if not fits.any():
            return self._put_nearest_first(reading, measured, score), ()
        is_timely = not times or any((group.met[fits] >= 1).any() for group in times)
        return (), () if is_timely else tuple(map(int, np.flatnonzero(fits)))

    def _put_nearest_first(self, reading: Reading, measured: Sequence[Group], score: Scores) -> tuple[int, ...]:
        """The two series of what is measured whose places are nearest: what the place lies in, then what lies in it."""
        indicators = [group for group in measured if self._is_of_kind(group.part, INDICATOR)]
        if not measured or not reading.regions:
            return ()
        meeting = [group.met > NEARLY for group in indicators or measured]
        wholly = (self.kinds == KINDS.index(SERIES)) & (
            np.any(meeting, axis=0) if indicators else np.all(meeting, axis=0)
        )
        place = reading.regions[0].code
        met = np.round(sum(group.weight * group.met for group in measured), 3)
        listed = [int(number) for number in np.flatnonzero(wholly)]
        far = {number: self._distance(self.place_of(number), place) for number in listed}
        near = sorted((one for one in listed if far[one] < ELSEWHERE), key=lambda one: (-met[one], far[one], one))[:2]
        for step, number in enumerate(reversed(near)):
            score[number] = min(1.0, float(score.max()) + 0.001 * (step + 1))
        return tuple(near)

    def place_of(self, number: int) -> str:
        """The place of a series, which its key says."""
        return self.entries[number].code.split(".")[1]

    def _distance(self, place: str, asked: str) -> int:
        """How far a place is from another that is asked for: 0 what that lies in, 1 what lies in it, else ELSEWHERE."""
        return 0 if self.lies_within(asked, place) else 1 if self.lies_within(place, asked) else ELSEWHERE

    def _is_of_kind(self, part: QuestionPart, kind: str) -> bool:
        """Whether a name may mean something of a kind."""
        return any(self.vocabulary.concepts[one.concept].kind == kind for one in part.meanings)

    # Groups ------------------------------------------------------------------------------------------------------------

    def _group(self, reading: Reading, place: int, part: QuestionPart) -> Group | None:
        """What a part of the question asks of documents; None of words that ask nothing."""
        if place in reading.dropped:
            return None
        if part.is_name:
            return Group(
                part, self._name_weight(part), self._named(reading, part), is_place=self._is_of_kind(part, REGION)
            )
        if part.role == PERIOD:
            return Group(part, OF_TIME, self._during(part.does))
        if part.role == WordRole.NEGATION and place + 1 < len(reading.parts):
            return Group(part, NEGATED, np.zeros(len(self.entries), dtype=np.float32)) if self._negates(part) else None
        asks_of_nothing = part.role == WordRole.TRANSFORM and not reading.indicators
        return self._plain(part) if part.is_plain or asks_of_nothing else None

    @staticmethod
    def _negates(part: QuestionPart) -> bool:
        return part.keys not in (("不",), ("无",), ("没",), ("no",))

    def _name_weight(self, part: QuestionPart) -> float:
        concepts = [self.vocabulary.concepts[one.concept] for one in part.meanings]
        weight = max(WEIGHTS.get(concept.kind, OF_CATEGORY) for concept in concepts)
        if concepts[0].kind == REGION:
            return weight
        rarity = max(self._rarity(f"#{one.concept}") for one in part.meanings)
        if len(part.keys) == 1 and part.keys[0].isascii():
            rarity = min(rarity, self._rarity(part.keys[0]))
        return weight * (GENERIC + (1 - GENERIC) * rarity)

    def _rarity(self, term: str) -> float:
        """0 of what every document has, 1 of what one has."""
        count = max(2, len(self.entries))
        return 1 - math.log(1 + self.postings.frequency(term)) / math.log(1 + count)

    def _named(self, reading: Reading, part: QuestionPart) -> Scores:
        words = self._as_words(part.keys)[0]
        met = np.zeros_like(words)
        for meaning in part.meanings:
            weights = {meaning.concept: meaning.weight}
            if (turned := reading.turned.get(meaning.concept)) is not None:
                weights = {turned: meaning.weight, meaning.concept: 0.85 * meaning.weight}
            for concept, weight in weights.items():
                self._meet(met, concept, weight)
            self._meet_above(met, meaning)
        is_text = (met > 0) & (self.kinds != KINDS.index(SERIES))
        met[is_text] = np.minimum(met[is_text] + SAME_WORDS * words[is_text], 1.0)
        return np.maximum(met, AS_WORDS * words)

    def _meet(self, met: Scores, concept: int, weight: float) -> None:
        if posted := self.postings.of(f"#{concept}"):
            documents, how_well = posted
            met[documents] = np.maximum(met[documents], weight * how_well)

    def _meet_above(self, met: Scores, meaning: NameMeaning) -> None:
        """What is of a place that a place lies in is of that one too, but for its figures: what is for ASEAN is for Viet Nam."""
        concept = self.vocabulary.concepts[meaning.concept]
        if concept.kind != REGION or self._regions is None:
            return
        above = np.zeros_like(met)
        for code in self._regions.ancestors(concept.code):
            number = self.vocabulary.by_code.get((REGION, code))
            if number is not None and self.vocabulary.concepts[number].family not in COUNTRY:
                self._meet(above, number, OF_ABOVE * meaning.weight)
        above[np.isin(self.kinds, FOUND_ITSELF)] = 0
        np.maximum(met, above, out=met)

    def _as_words(self, known: Keys) -> tuple[Scores, Scores]:
        """How well texts have these words: pairs of characters, words, and what begins with a word that no text has; and how
        many of them they have (both 0 to 1).
        """
        met, words = np.zeros(len(self.entries), dtype=np.float32), np.zeros(len(self.entries), dtype=np.float32)
        terms = _terms_of(known)
        of_indicator = np.flatnonzero(self._measured >= 0)  # a series is found by the words of its indicator, too
        for term in terms:
            mine = np.zeros(len(self.entries), dtype=np.float32)
            for posted in filter(None, map(self.postings.of, self._forms(term))):
                documents, how_well = posted
                mine[documents] = np.maximum(mine[documents], how_well)
            mine[of_indicator] = np.maximum(mine[of_indicator], OF_INDICATOR * mine[self._measured[of_indicator]])
            met += mine / len(terms)
            words += (mine > 0) / np.float32(len(terms))
        return met, words

    def _forms(self, term: str) -> list[str]:
        """A term, or where no text has it the words that begin with it."""
        if term in self.postings or IS_HAN.match(term) or len(term) < SHORTEST_BEGINNING:
            return [term]
        return self.postings.beginning(term, MOST_ENDINGS)

    def _plain(self, part: QuestionPart) -> Group:
        terms = _terms_of(part.keys)
        known = [term for term in terms if any(form in self.postings for form in self._forms(term))]
        rarity = max((self._rarity(term) for term in known), default=1.0)
        weight = COMMON if part.is_little else UNKNOWN if not known else COMMON + (RARE - COMMON) * rarity
        return Group(part, weight, *self._as_words(part.keys))

    def _during(self, period: str) -> Scores:
        first, _, last = period.partition("..") if ".." in period else (period[:4], "", period[:4])
        met = np.zeros(len(self.entries), dtype=np.float32)
        held = (self._last >= int(first[:4] or 0)) & (self._first <= int(last[:4] or 9999)) & (self._first > 0)
        met[held] = 1.0
        if posted := self.postings.of(first[:4]):
            documents, how_well = posted
            met[documents] = np.maximum(met[documents], how_well)
        return met


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


def _terms_of(known: Keys) -> list[str]:
    """What texts are looked through for: words, and of Chinese characters side by side each pair, or the one."""
    terms, before, alone = [], "", True
    for key in (*known, ""):
        is_han = bool(key and IS_HAN.match(key))
        if before and (not is_han) and alone:
            terms.append(before)
        if is_han:
            if before:
                terms.append(before + key)
            alone = not before
            before = key
        else:
            before, alone = "", True
            if key:
                terms.append(key)
    return terms


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


index.get_ready = lambda made: made.vocabulary.get_ready()


def find(question: str, today: datetime.date | None = None) -> Hits:
    """What a question in anyone's words finds, best first, with its reading (`hits.reading`)."""
    held = index()
    return by_values(held.find(held.read(question, today)))


def concepts_named(reading: Reading) -> tuple[NamedConcept, ...]:
    """All concepts that the reading means, of kinds that have a record or a code, each once."""
    kinds = (*NAMED_KINDS, INSTRUMENT, NEED, ACTOR)
    return tuple(itertools.chain.from_iterable(reading.of_kind(kind) for kind in kinds))
