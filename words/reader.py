"""What reads a question: which places, indicators, trades, needs and times its words mean, and what kind of answer it wants.

`read` takes the question apart once; search, resolve and whatever answers questions use what it says. Each part of the
question knows where it stands, what it may mean, and how it was mended where nothing knew it as it was written.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from sources.folding import folded_places, normalised
from words.combinations import combined
from words.grammar import WordRole
from words.parts import PERIOD, Correction, QuestionPart, Texts
from words.periods import times
from words.reading import Reading
from words.repairs import (
    EDIT,
    KINDS_OF_PLACES,
    MOST_WORDS,
    PINYIN,
    SPLIT,
    Repair,
    is_right_as_written,
    joined,
    meant,
    pinyin,
    repairs,
)
from words.right_words import is_english, is_place_spelt
from words.scanning import Stretch, segments
from words.units import IS_HAN, WordUnit, keys, units
from words.vocabulary import REGION, Keys, NamedConcept, Vocabulary

LONGEST_HAN = 12  # characters of what may be one name
# Places of a question from which no name is meant, until no more are tried: such a text is no mistyped name.
MOST_IN_VAIN = 12
# What kind of place a name is of, by the key of the word.
NAMED_KINDS_OF_PLACES = KINDS_OF_PLACES | {
    keys(kind)[0] for kind in ("county", "city", "district", "town", "township", "village")
}
LONG_HAN = 5  # characters of what is meant as a name that sounds so, though texts have each two of them


def read(question: str, vocabulary: Vocabulary, texts: Texts, today: datetime.date) -> Reading:
    """The question as it is understood; 去年 is of the day given."""
    reader = _QuestionReader(question, vocabulary, texts)
    parts = combined(tuple(reader.parts(today)), vocabulary, texts)
    dropped = frozenset(_stepping_back(parts, vocabulary, texts.lies_within))
    turned, computed = _turned(parts, dropped, vocabulary, texts)
    return Reading(question, parts, vocabulary, dropped, turned, tuple(reader.offered), computed)


def _turned(
    parts: Sequence[QuestionPart], dropped: Collection[int], vocabulary: Vocabulary, texts: Texts
) -> tuple[dict[int, int], str | None]:
    """Indicator → its rate, share or rank where that is asked for and held of the places named; or the other way round, and
    then what is to be computed, where only what it is computed of is held there.
    """
    asked = {part.does for part in parts if part.role == WordRole.TRANSFORM}
    regions = [
        one.concept
        for place, part in enumerate(parts)
        for one in part.meanings[:1]
        if place not in dropped and vocabulary.concepts[one.concept].kind == REGION
    ]
    meant = {one.concept for part in parts for one in part.meanings[:1]}
    turned: dict[int, int] = {}
    for (base, transform), made in vocabulary.derived.items():
        if base in meant and transform in asked and texts.holds(regions, made):
            turned.setdefault(base, made)
        elif made in meant and not texts.holds(regions, made) and texts.holds(regions, base):
            return {made: base}, transform
    return turned, None


class _Token(NamedTuple):
    """A unit as it is read: as it stands in the question, or as it was mended."""

    key: str
    start: int
    end: int
    is_han: bool
    correction: Correction | None = None


class _QuestionReader:
    """One run of `read`."""

    def __init__(self, question: str, vocabulary: Vocabulary, texts: Texts) -> None:
        self.question, self.vocabulary, self.texts = question, vocabulary, texts
        self.offered: list[Correction] = []
        self.in_vain = 0

    def parts(self, today: datetime.date) -> Iterator[QuestionPart]:
        folded, places = folded_places(self.question)
        listed, at = units(self.question), 0
        for time in times(folded, today):
            start, end = places[time.start], places[time.end - 1] + 1
            yield from self._stretch([unit for unit in listed if at <= unit.start and unit.end <= start])
            written = self.question[start:end].strip()
            yield QuestionPart(start, start + len(written), written, (time.period,), (), PERIOD, time.period)
            at = end
        yield from self._stretch([unit for unit in listed if at <= unit.start])

    def _stretch(self, listed: Sequence[WordUnit]) -> Iterator[QuestionPart]:
        """The parts of units with no time between them: what nothing covers is mended, and all is read again."""
        tokens = self._mended(listed)
        stretches = self._segments(tokens)
        if doubtful := dict.fromkeys(itertools.chain.from_iterable(_doubtful(tokens, one) for one in stretches)):
            self.offered += doubtful
            tokens = self._mended(listed, frozenset(doubtful))
            stretches = self._segments(tokens)
        at = 0
        while at < len(stretches):
            end = at + 1
            if self._is_another_place(tokens, stretches[at : at + 3]):
                yield self._another_place(tokens[stretches[at].start : stretches[end].end])
                at += 2
                continue
            if not stretches[at].is_known:
                while (
                    end < len(stretches) and not stretches[end].is_known and self._side_by_side(tokens, stretches[end])
                ):
                    end += 1
            yield self._part(tokens[stretches[at].start : stretches[end - 1].end], stretches[at])
            at = end

    def _is_another_place(self, tokens: Sequence[_Token], stretches: Sequence[Stretch]) -> bool:
        """Whether what kind of place follows a name says that it is none of those held: 高桥村, Suining City (ours is a county)."""
        if len(stretches) < 2 or stretches[1].is_known or stretches[1].end - stretches[1].start > 1:
            return False
        this, (before, kind) = stretches[0], tokens[stretches[0].end - 1 : stretches[1].end]
        goes_on = len(stretches) > 2 and not stretches[2].is_known and self._side_by_side(tokens, stretches[2])
        if (
            kind.key not in NAMED_KINDS_OF_PLACES
            or before.key in NAMED_KINDS_OF_PLACES
            or kind.is_han != before.is_han
            or goes_on
        ):
            return False
        if not this.is_known:
            return not (kind.is_han or self.texts.has_word(before.key) or is_english(before.key))
        meant = {self.vocabulary.concepts[one.concept].kind for one in this.meanings}
        return REGION in meant and self._side_by_side(tokens, stretches[1]) == kind.is_han

    def _another_place(self, mine: Sequence[_Token]) -> QuestionPart:
        """Such a name as words to be looked for; in letters, what kind of place it is says nothing by itself."""
        part = self._part(mine, Stretch(0, len(mine)))
        return part if mine[-1].is_han else replace(part, keys=part.keys[:-1])

    def _segments(self, tokens: Sequence[_Token]) -> list[Stretch]:
        return segments([token.key for token in tokens], self.vocabulary, with_grammar=True)

    def _side_by_side(self, tokens: Sequence[_Token], segment: Stretch) -> bool:
        """Whether a character belongs to the one before it; each English word is looked for by itself."""
        before, this = tokens[segment.start - 1], tokens[segment.start]
        return before.is_han and this.is_han and before.end == this.start

    def _mended(self, listed: Sequence[WordUnit], but: frozenset[Correction] = frozenset()) -> list[_Token]:
        """The units, those that nothing knows as they were probably meant."""
        tokens = [_Token(unit.key, unit.start, unit.end, unit.is_han) for unit in listed]
        mended: list[_Token] = []
        at = 0
        for repair in self._repairs(listed):
            start, end = listed[repair.start].start, listed[repair.end - 1].end
            correction = Correction(start, end, self.question[start:end], repair.meant, repair.how)
            if correction not in but:
                mended += tokens[at : repair.start]
                mended += [_Token(key, start, end, bool(IS_HAN.match(key)), correction) for key in repair.keys]
                at = repair.end
        return mended + tokens[at:]

    def _repairs(self, listed: Sequence[WordUnit]) -> Iterator[Repair]:
        """What was meant otherwise than it is written, from the left to the right; none within another."""
        stretches = self._segments([_Token(unit.key, unit.start, unit.end, unit.is_han) for unit in listed])
        at = 0
        while at < len(stretches):
            here = (
                self._han(listed, stretches, at)
                if listed[stretches[at].start].is_han
                else self._latin(listed, stretches, at)
            )
            repairs = list(here)
            yield from repairs
            end = max((repair.end for repair in repairs), default=0)
            at = next((n for n in range(at + 1, len(stretches)) if stretches[n].start >= end), len(stretches))

    def _han(self, listed: Sequence[WordUnit], stretches: Sequence[Stretch], at: int) -> Iterator[Repair]:
        """The name that characters from here on were meant as, the longest that some are; all of them, where names cover but a part."""
        first, end = stretches[at].start, at
        if self.in_vain >= MOST_IN_VAIN:
            return
        is_tried = False
        while (
            end < len(stretches) and listed[stretches[end].start].is_han and stretches[end].end - first <= LONGEST_HAN
        ):
            if end > at and not self._touch(listed, stretches[end].start):
                break
            end += 1
        for last in range(end, at, -1):
            inner = stretches[at:last]
            if any(map(_says_more, (inner[0], inner[-1]))) or all(one.is_known for one in inner):
                continue
            written = tuple(unit.key for unit in listed[first : inner[-1].end])
            is_right = self._is_right(written)
            if len(written) < (LONG_HAN if is_right else 2):
                continue
            is_tried = True
            if name := meant(written, self.vocabulary, by_sound_only=is_right):
                repair = Repair(first, inner[-1].end, name[0], "".join(name[0]), name[1])
                if is_right_as_written(written, name[0]):
                    self._offer(listed, repair)
                else:
                    yield repair
                return
        self.in_vain += is_tried

    def _offer(self, listed: Sequence[WordUnit], repair: Repair) -> None:
        """Say what may have been meant, and leave it as it is written."""
        start, end = listed[repair.start].start, listed[repair.end - 1].end
        offered = Correction(start, end, self.question[start:end], repair.meant, repair.how)
        if offered not in self.offered:
            self.offered.append(offered)

    def _is_right(self, written: Keys) -> bool:
        """Whether texts have each of these characters beside one of those that are beside it here."""
        known = [False, *map(self.texts.has, itertools.pairwise(written)), False]
        return all(before or after for before, after in itertools.pairwise(known))

    def _touch(self, listed: Sequence[WordUnit], at: int) -> bool:
        """Whether nothing but space stands before a unit and after the one before it."""
        return not self.question[listed[at - 1].end : listed[at].start].strip()

    def _latin(self, listed: Sequence[WordUnit], stretches: Sequence[Stretch], at: int) -> Iterator[Repair]:
        """What words in letters from here on were meant as: a name in pinyin, one word written as several, or each by itself."""
        first, end = stretches[at].start, at
        while end < len(stretches) and not stretches[end].grammar and not listed[stretches[end].start].is_han:
            end += 1
        if end == at or all(one.is_known for one in stretches[at:end]):
            return
        run = listed[first : stretches[end - 1].end]
        for repair in filter(None, (self._whole(run, stretches[at:end]), joined(run, 0, self.vocabulary))):
            last = next((one for one in stretches[at:end] if one.end == first + repair.end), None)
            if last and not all(one.is_known for one in stretches[at:end] if one.end <= last.end):
                yield repair._replace(start=first, end=last.end)
                return
        if not stretches[at].is_known:
            count = next((n for n, one in enumerate(stretches[at:end]) if one.is_known), end - at)
            for repair in self._run(listed[first : stretches[at + count - 1].end]):
                yield repair._replace(start=first + repair.start, end=first + repair.end)

    def _whole(self, run: Sequence[WordUnit], inner: Sequence[Stretch]) -> Repair | None:
        """The one name that words spell in pinyin, also where the first of them is a name itself: Yueyang Pian Qu."""
        if not inner[0].is_known or all(self.texts.has((unit.key,)) for unit in run):
            return None
        for end in range(min(len(run), MOST_WORDS), 1, -1):
            letters = "".join(unit.word for unit in run[:end])
            if name := self.vocabulary.by_sound.get(letters):
                return Repair(0, end, name, "".join(name), PINYIN)
        return None

    def _run(self, run: Sequence[WordUnit]) -> Iterator[Repair]:
        """The repairs of words that no name and no grammar covers: one for each word that no text has either."""
        at = 0
        while at < len(run):
            spelled = pinyin(run, at, self.vocabulary)
            if spelled and not all(self.texts.has((unit.key,)) for unit in run[at : spelled.end]):
                yield spelled
                at = spelled.end
                continue
            end = at
            while end < len(run) and not self.texts.has_word(run[end].key):  # Yanlin may be Yanling, which begins so
                end += 1
            for repair in repairs(run[at : end + 1], self.vocabulary, self.texts.has_word) if end > at else ():
                if at + repair.start < end:  # what is known is only joined to what is not
                    yield repair._replace(start=at + repair.start, end=at + repair.end)
            at = max(end, at + 1)

    def _part(self, mine: Sequence[_Token], segment: Stretch) -> QuestionPart:
        start, end = mine[0].start, mine[-1].end
        role, does = segment.grammar or ("", "")
        keys = tuple(token.key for token in mine)
        correction = next((token.correction for token in mine if token.correction), None)
        is_known = segment.is_known or self._is_known(mine)
        return QuestionPart(
            start, end, self.question[start:end], keys, segment.meanings, role, does, correction, is_known
        )

    def _is_known(self, mine: Sequence[_Token]) -> bool:
        keys = [token.key for token in mine]
        if mine[0].is_han and len(keys) > 1:
            return any(map(self.texts.has, itertools.pairwise(keys)))
        return all(self.texts.has((key,)) for key in keys)


def _doubtful(tokens: Sequence[_Token], segment: Stretch) -> Iterator[Correction]:
    """What is only to be offered: a slip that is mended to no name, and what a right word is taken for, but where it makes a longer
    name with those beside it (Grater Bay Area).
    """
    mine = tokens[segment.start : segment.end]
    for correction in (token.correction for token in mine if token.correction):
        word = normalised(correction.written)
        is_all = all(token.correction == correction for token in mine)
        is_right = is_place_spelt(word) or (is_english(word) and (is_all or not segment.meanings))
        if (correction.how in (EDIT, SPLIT) and is_right) or (correction.how == EDIT and not segment.meanings):
            yield correction


def _says_more(stretch: Stretch) -> bool:
    """Whether it is words of the language that are no filling; characters that fill may be those of a name, mistyped."""
    return stretch.grammar is not None and stretch.grammar[0] is not WordRole.FILLER


def _stepping_back(
    parts: Sequence[QuestionPart], vocabulary: Vocabulary, is_within: Callable[[str, str], bool]
) -> Iterable[int]:
    """The parts whose place only says where a nearer one lies: 湖南 in 湖南醴陵; the country wherever another place is named."""
    places: dict[int, NamedConcept] = {}
    for number, part in enumerate(parts):
        regions = [c for c in (vocabulary.concepts[one.concept] for one in part.meanings) if c.kind == REGION]
        if regions:
            places[number] = regions[0]
    for number, region in places.items():
        others = [other for other in places if places[other].code != region.code]
        within = [other for other in others if is_within(places[other].code, region.code)]
        if within if region.is_country else any(_are_beside(parts, number, other) for other in within):
            yield number


def _are_beside(parts: Sequence[QuestionPart], one: int, other: int) -> bool:
    """Whether nothing but filling stands between two parts: 湖南省的醴陵, Jingzhou in Hubei."""
    first, last = sorted((one, other))
    return all(part.role == WordRole.FILLER for part in parts[first + 1 : last])
