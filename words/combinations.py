"""What several parts of a question mean together: a scattered name, a unit beside a place, a deed whose word nobody knows."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from indicators.codes import SCHEMES
from words.grammar import AnswerKind, WordRole
from words.parts import PERIOD, QuestionPart, Texts
from words.scattered_names import COUNTED, ScatteredName, content, said_by
from words.vocabulary import INDICATOR, INSTRUMENT, NEED, OTHER, REGION, NameMeaning, Vocabulary

COUNT = "count"  # what numbers of things are counted in
Fit = tuple[int, bool, bool, int]
ASKING = (WordRole.ANSWER, WordRole.TRANSFORM, WordRole.STATUS)


def combined(parts: tuple[QuestionPart, ...], vocabulary: Vocabulary, texts: Texts) -> tuple[QuestionPart, ...]:
    """The parts of a question, each with what it means beside the others."""
    return _by_unit(_joined(_without_deeds(parts), vocabulary, texts), vocabulary, texts)


def _without_deeds(parts: tuple[QuestionPart, ...]) -> tuple[QuestionPart, ...]:
    """The parts, an unknown English word just after who read as what was done: who unblocked the park."""
    deeds = {
        part.start
        for before, part in itertools.pairwise(parts)
        if before.does == AnswerKind.ACTOR and part.is_plain and not part.is_known and part.keys[0].isascii()
    }
    return tuple(replace(part, role=WordRole.FILLER) if part.start in deeds else part for part in parts)


def _joined(parts: tuple[QuestionPart, ...], vocabulary: Vocabulary, texts: Texts) -> tuple[QuestionPart, ...]:
    """The parts, those read together as one name of an indicator whose words stand apart: companies that have signed up.

    Of what is held in the places that are named, or where no indicator is named at all; and not where a need or a means is asked
    for, whose words are looked for in what is done.
    """
    names = _NamesSaid(parts, vocabulary, texts)
    best = max(names.fitting(), default=None, key=lambda fit: fit[0])
    if best is None:
        return parts
    name, places = best[1], names.places(best[1])
    meaning = NameMeaning(name.concept, OTHER, name.name)
    return tuple(
        replace(part, meanings=(meaning,)) if number in places and names.may_join(number, name) else part
        for number, part in enumerate(parts)
    )


def _by_unit(parts: tuple[QuestionPart, ...], vocabulary: Vocabulary, texts: Texts) -> tuple[QuestionPart, ...]:
    """The parts, a unit read as the one indicator that is counted in such units in a place that is named, where none is named."""
    meant = [vocabulary.concepts[part.meanings[0].concept] for part in parts if part.is_name]
    regions = [vocabulary.by_code[one.kind, one.code] for one in meant if one.kind == REGION]
    if not regions or any(one.kind == INDICATOR for one in meant):
        return parts
    read_as = []
    for part in parts:
        counted = [
            number for number, one in enumerate(vocabulary.concepts)
            if part.role == WordRole.UNIT and (one.kind, one.family) == (INDICATOR, part.does) and texts.holds(regions, number)
        ]  # fmt: skip
        is_one = len(counted) == 1
        read_as.append(replace(part, meanings=(NameMeaning(counted[0], OTHER, part.text),)) if is_one else part)
    return tuple(read_as)


class _NamesSaid:
    """Which scattered names the parts of a question say."""

    def __init__(self, parts: Sequence[QuestionPart], vocabulary: Vocabulary, texts: Texts) -> None:
        self.parts, self.vocabulary, self.texts = parts, vocabulary, texts
        self.kinds = [vocabulary.concepts[part.meanings[0].concept].kind if part.meanings else "" for part in parts]
        self.said: dict[str, int] = {}
        for number, part in enumerate(parts):
            for thing in said_by(part) if part.role != PERIOD else ():
                self.said.setdefault(thing, number)
        self.measured = {number for number, kind in enumerate(self.kinds) if kind == INDICATOR}
        self.regions = [number for number, kind in enumerate(self.kinds) if kind == REGION]

    def places(self, name: ScatteredName) -> set[int]:
        """The parts that say a name."""
        return {self.said[thing] for thing in name.says}

    def fitting(self) -> Iterator[tuple[Fit, ScatteredName]]:
        """The names that fit, with how well: of how many named indicators each says more, whether it is held, whether it is a number
        where one is asked for, and how much it says.
        """
        asked = {part.does for part in self.parts if part.role in ASKING}
        if AnswerKind.POLICY in asked:
            return
        said = {n for n, part in enumerate(self.parts) if part.is_name or (part.is_plain and not part.is_light)}
        for name in self.texts.scattered.in_what_is_said(self.said):
            places = self.places(name)
            may_fit = len(places) > 1 and not self._wishes(said - places) and self._says_all(name, places)
            if may_fit and (fit := self._fit(name, places, asked, is_all=said <= places)):
                yield fit, name

    def _fit(self, name: ScatteredName, places: set[int], asked: set[str], *, is_all: bool) -> Fit | None:
        """How well a name fits that these parts say; None where nothing makes it sure, or it says no more than what is named does."""
        narrowed = [number for number in places & self.measured if self._meant(number) != name.concept]
        regions = [self._meant(number) for number in self.regions if number not in places]
        is_held = not regions or self.texts.holds(regions, name.concept)
        is_of_no_place = not places.intersection(self.regions)
        is_sure = asked or is_all or (is_held and regions) or (narrowed and is_of_no_place)
        if not is_sure or (self.measured and not (narrowed and is_held and self._says_more(name, regions))):
            return None
        is_count = self.vocabulary.concepts[name.concept].family == COUNT
        return len(narrowed), is_held, is_count == (AnswerKind.COUNT in asked), len(name.says)

    def _wishes(self, numbers: Collection[int]) -> bool:
        """Whether one of some parts is a need or a means."""
        return any(self.kinds[number] in (INSTRUMENT, NEED) for number in numbers)

    def _says_more(self, name: ScatteredName, regions: Sequence[int]) -> bool:
        """Whether a name says more than what is named already and a share or growth of it, where that is held."""
        named = [one.concept for number in self.measured for one in self.parts[number].meanings]
        counted = {self.vocabulary.concepts[one].family for one in (name.concept, *named)}
        if sum(not thing.startswith("~") for thing in name.says) > 1 or (COUNTED in name.says and len(counted) > 1):
            return True
        return bool(regions) and not any(self.texts.holds(regions, one) for one in named)

    def _meant(self, number: int) -> int:
        return self.parts[number].meanings[0].concept

    def _says_all(self, name: ScatteredName, places: Collection[int]) -> bool:
        """Whether a name says all of what each name means that it takes words of; and no place where what is named is measured."""
        for number in places:
            part = self.parts[number]
            if part.is_name and not (
                name.says & said_by(part, with_words=False) or name.says.issuperset(content(part.keys))
            ):
                return False
            if number in self.regions and not self._is_elsewhere(number):
                return False
        return True

    def _is_elsewhere(self, region: int) -> bool:
        """Whether what is named is measured, but not in a place that is named: tasks, of Africa."""
        indicators = [one.concept for number in self.measured for one in self.parts[number].meanings]
        return bool(indicators) and not any(self.texts.holds([self._meant(region)], one) for one in indicators)

    def may_join(self, number: int, name: ScatteredName) -> bool:
        """Whether a part is no more than a word of a longer name: a breakdown by which it is held narrows what is measured, and words
        with a role say what is asked for.
        """
        if self.parts[number].is_name and self.kinds[number] in SCHEMES:
            return not self.texts.holds([self._meant(number)], name.concept)
        return self.parts[number].is_name or self.parts[number].is_plain
