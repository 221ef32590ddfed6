"""What the parts of a question ask of documents: how well each document meets each part, and what the part weighs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from words import right_words
from words.documents import KINDS, NAMED_KINDS, SERIES
from words.grammar import WordRole
from words.hits import Group, Scores
from words.parts import PERIOD, QuestionPart
from words.reading import Reading
from words.units import IS_HAN
from words.vocabulary import ACTOR, INDICATOR, INSTRUMENT, NEED, REGION, WORD, Keys, NameMeaning

if TYPE_CHECKING:
    from words.index import Index

# What a group weighs by what its name means; words that nothing is called by weigh by how rare they are.
WEIGHTS = {REGION: 0.8, INDICATOR: 1.0, INSTRUMENT: 0.85, NEED: 0.5, ACTOR: 0.8, WORD: 0.8}
OF_CATEGORY, OF_TIME, UNKNOWN, NEGATED, COMMON, RARE = 0.95, 0.3, 1.0, 0.5, 0.3, 0.9
# A name's own words, where a text has them without the name; those of an indicator, of its series.
AS_WORDS, OF_INDICATOR = 0.5, 0.9
GENERIC = 0.4  # what a name weighs, of a whole, that everything has
LEAST_TELLING = 0.1  # of a word that everything has, beside others
SAME_WORDS = 0.08  # how much better a text is that has the very words for a concept
OF_ABOVE = 0.5  # how well a measure for a place is one for what lies in it
SHORTEST_BEGINNING, MOST_ENDINGS = 3, 30
# Negations that are a part of many a word and exclude nothing.
OFTEN_SAID = frozenset((key,) for key in ("不", "无", "没", "no"))
FOUND_ITSELF = [KINDS.index(kind) for kind in (*NAMED_KINDS, SERIES)]


class Groups:
    """The groups of a question that is asked of an index."""

    def __init__(self, index: Index, reading: Reading) -> None:
        self.index, self.reading = index, reading

    def of_part(self, place: int, part: QuestionPart) -> Group | None:
        """What a part of the question asks of documents; None of words that ask nothing."""
        if place in self.reading.dropped:
            return None
        if part.is_name:
            is_place = self.index.is_of_kind(part, REGION)
            met = self._named(part)
            if is_place and self.reading.negation_of(place):
                met = self._nothing()
            return Group(part, self._name_weight(part), met, is_place=is_place)
        if part.role == PERIOD:
            return Group(part, OF_TIME, self._during(part.does))
        if part.role == WordRole.NEGATION:
            excludes = place + 1 < len(self.reading.parts) and part.keys not in OFTEN_SAID
            return Group(part, NEGATED, self._nothing()) if excludes else None
        asks_of_nothing = part.role == WordRole.TRANSFORM and not self.reading.indicators
        return self._plain(part) if part.is_plain or asks_of_nothing else None

    def _nothing(self) -> Scores:
        """How well documents meet what none of them has: zero for each."""
        return np.zeros(len(self.index.entries), dtype=np.float32)

    def _name_weight(self, part: QuestionPart) -> float:
        concepts = [self.index.vocabulary.concepts[one.concept] for one in part.meanings]
        weight = max(WEIGHTS.get(concept.kind, OF_CATEGORY) for concept in concepts)
        if concepts[0].kind == REGION:
            return weight
        rarity = max(self._rarity(f"#{one.concept}") for one in part.meanings)
        if len(part.keys) == 1 and part.keys[0].isascii():
            rarity = min(rarity, self._rarity(part.keys[0]))
        return weight * (GENERIC + (1 - GENERIC) * rarity)

    def _rarity(self, term: str) -> float:
        """0 of what every document has, 1 of what one has."""
        count = max(2, len(self.index.entries))
        return 1 - math.log(1 + self.index.postings.frequency(term)) / math.log(1 + count)

    def _named(self, part: QuestionPart) -> Scores:
        words = self._as_words(part.keys)[0]
        met = np.zeros_like(words)
        for meaning in part.meanings:
            weights = {meaning.concept: meaning.weight}
            if (turned := self.reading.turned.get(meaning.concept)) is not None:
                weights = {turned: meaning.weight, meaning.concept: 0.85 * meaning.weight}
            for concept, weight in weights.items():
                self._meet(met, concept, weight)
            self._meet_above(met, meaning)
        is_text = (met > 0) & (self.index.kinds != KINDS.index(SERIES))
        met[is_text] = np.minimum(met[is_text] + SAME_WORDS * words[is_text], 1.0)
        return np.maximum(met, AS_WORDS * words)

    def _meet(self, met: Scores, concept: int, weight: float) -> None:
        if posted := self.index.postings.of(f"#{concept}"):
            documents, how_well = posted
            met[documents] = np.maximum(met[documents], weight * how_well)

    def _meet_above(self, met: Scores, meaning: NameMeaning) -> None:
        """What is of a place that a place lies in is of that one too, but for its figures: what is for ASEAN is for Viet Nam."""
        concept = self.index.vocabulary.concepts[meaning.concept]
        if concept.kind != REGION or self.index.regions is None:
            return
        above = np.zeros_like(met)
        for code in self.index.regions.ancestors(concept.code):
            number = self.index.vocabulary.by_code.get((REGION, code))
            if number is not None and not self.index.vocabulary.concepts[number].is_country:
                self._meet(above, number, OF_ABOVE * meaning.weight)
        above[np.isin(self.index.kinds, FOUND_ITSELF)] = 0
        np.maximum(met, above, out=met)

    def _as_words(self, known: Keys) -> tuple[Scores, Scores]:
        """How well texts have these words: pairs of characters, words, and what begins with a word that no text has; and how
        many of them they have (both 0 to 1).
        """
        met, words = self._nothing(), self._nothing()
        terms = _terms_of(known)
        of_indicator = np.flatnonzero(self.index.measured >= 0)  # a series is found by the words of its indicator, too
        telling = {term: self._telling(term) for term in terms}
        for term, part in telling.items():
            mine = self._nothing()
            for posted in filter(None, map(self.index.postings.of, self._forms(term))):
                documents, how_well = posted
                mine[documents] = np.maximum(mine[documents], how_well)
            mine[of_indicator] = np.maximum(mine[of_indicator], OF_INDICATOR * mine[self.index.measured[of_indicator]])
            met += mine / len(telling)
            words += (mine > 0) * np.float32(part / sum(telling.values()))
        return met, words

    def _telling(self, term: str) -> float:
        """How much a word tells of several: one that nothing has all, one that everything has least."""
        return max(self._rarity(term), LEAST_TELLING) if term in self.index.postings else 1.0

    def _forms(self, term: str) -> list[str]:
        """A term, or where no text has it the words that begin with it; with no place of China another does."""
        if term in self.index.postings or IS_HAN.match(term) or len(term) < SHORTEST_BEGINNING:
            return [term]
        if right_words.is_place_spelt(term):
            return []
        return self.index.postings.beginning(term, MOST_ENDINGS)

    def _plain(self, part: QuestionPart) -> Group:
        terms = _terms_of(part.keys)
        known = [term for term in terms if any(form in self.index.postings for form in self._forms(term))]
        rarity = max((self._rarity(term) for term in known), default=1.0)
        weight = COMMON if part.is_little else UNKNOWN if not known else COMMON + (RARE - COMMON) * rarity
        return Group(part, weight, *self._as_words(part.keys))

    def _during(self, period: str) -> Scores:
        first, _, last = period.partition("..") if ".." in period else (period[:4], "", period[:4])
        met, index = self._nothing(), self.index
        met[(index.first > 0) & (index.last >= int(first[:4] or 0)) & (index.first <= int(last[:4] or 9999))] = 1.0
        if posted := index.postings.of(first[:4]):
            documents, how_well = posted
            met[documents] = np.maximum(met[documents], how_well)
        return met


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
