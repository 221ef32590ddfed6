"""The parts of a question read together: a name whose words stand apart, a unit, a deed whose word nobody knows."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from indicators.codes import SCHEMES
from words.apart import COUNTED, ApartName, content, said_by
from words.grammar import AnswerKind, WordRole
from words.parts import PERIOD, QuestionPart, Texts
from words.vocabulary import INDICATOR, INSTRUMENT, NEED, OTHER, REGION, NameMeaning, Vocabulary

COUNT = "count"  # what numbers of things are counted in
ASKING = (WordRole.ANSWER, WordRole.TRANSFORM, WordRole.STATUS)


def together(parts: tuple[QuestionPart, ...], vocabulary: Vocabulary, texts: Texts) -> tuple[QuestionPart, ...]:
    """The parts, as they are meant together."""
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
    joining = _Joining(parts, vocabulary, texts)
    best = max(joining.fitting(), default=None, key=lambda fit: fit[0])
    if best is None:
        return parts
    name, places = best[1], joining.places(best[1])
    meaning = NameMeaning(name.concept, OTHER, name.name)
    return tuple(
        replace(part, meanings=(meaning,)) if number in places and joining.may_join(number, name) else part
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


class _Joining:
    """Which names of indicators the parts of a question say together."""

    def __init__(self, parts: Sequence[QuestionPart], vocabulary: Vocabulary, texts: Texts) -> None:
        self.parts, self.vocabulary, self.texts = parts, vocabulary, texts
        self.kinds = [vocabulary.concepts[part.meanings[0].concept].kind if part.meanings else "" for part in parts]
        self.said: dict[str, int] = {}
        for number, part in enumerate(parts):
            for thing in said_by(part) if part.role != PERIOD else ():
                self.said.setdefault(thing, number)
        self.measured = {number for number, kind in enumerate(self.kinds) if kind == INDICATOR}
        self.regions = [number for number, kind in enumerate(self.kinds) if kind == REGION]

    def places(self, name: ApartName) -> set[int]:
        """The parts that say a name."""
        return {self.said[thing] for thing in name.says}

    def fitting(self) -> Iterator[tuple[tuple[int, bool, bool, int], ApartName]]:
        """The names that fit, with how well: of how many named indicators each says more, whether it is held, whether it is a number
        where one is asked for, and how much it says.
        """
        asked = {part.does for part in self.parts if part.role in ASKING}
        if AnswerKind.POLICY in asked:
            return
        said = {n for n, part in enumerate(self.parts) if part.is_name or (part.is_plain and not part.is_light)}
        for name in self.texts.apart.in_what_is_said(self.said):
            places = self.places(name)
            if len(places) > 1 and not self._wishes(said - places) and self._says_all(name, places):
                narrowed = [n for n in places & self.measured if self._meant(n) != name.concept]
                regions = [self._meant(n) for n in self.regions if n not in places]
                is_held = not regions or self.texts.holds(regions, name.concept)
                is_sure = (
                    asked
                    or said <= places
                    or (is_held and regions)
                    or (narrowed and not places.intersection(self.regions))
                )
                if is_sure and ((narrowed and is_held and self._says_more(name, regions)) or not self.measured):
                    is_count = self.vocabulary.concepts[name.concept].family == COUNT
                    yield (len(narrowed), is_held, is_count == (AnswerKind.COUNT in asked), len(name.says)), name

    def _wishes(self, numbers: Collection[int]) -> bool:
        """Whether one of some parts is a need or a means."""
        return any(self.kinds[number] in (INSTRUMENT, NEED) for number in numbers)

    def _says_more(self, name: ApartName, regions: Sequence[int]) -> bool:
        """Whether a name says more than what is named already and a share or growth of it, where that is held."""
        named = [one.concept for number in self.measured for one in self.parts[number].meanings]
        counted = {self.vocabulary.concepts[one].family for one in (name.concept, *named)}
        if sum(not thing.startswith("~") for thing in name.says) > 1 or (COUNTED in name.says and len(counted) > 1):
            return True
        return bool(regions) and not any(self.texts.holds(regions, one) for one in named)

    def _meant(self, number: int) -> int:
        return self.parts[number].meanings[0].concept

    def _says_all(self, name: ApartName, places: Collection[int]) -> bool:
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

    def may_join(self, number: int, name: ApartName) -> bool:
        """Whether a part is no more than a word of a longer name: a breakdown by which it is held narrows what is measured, and words
        with a role say what is asked for.
        """
        if self.parts[number].is_name and self.kinds[number] in SCHEMES:
            return not self.texts.holds([self._meant(number)], name.concept)
        return self.parts[number].is_name or self.parts[number].is_plain
