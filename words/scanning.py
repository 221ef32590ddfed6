"""Names in units: what is asked and what is held are scanned by the same function, so that both mean the same concepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from words.grammar import GRAMMAR, MOST_UNITS, WordRole
from words.units import IS_HAN
from words.vocabulary import NameMeaning, Vocabulary

# What it costs to cover units: words of the language least, a name, and one long name less than two short ones; what nothing covers most.
NAME, WORD_OF_LANGUAGE, FILLER, UNCOVERED = 1.0, 0.9, 0.95, 10.0

NESTED = 0.5  # how well a name within a longer one stands for what it means


class Stretch(NamedTuple):
    """Units from one place to another that are a name, words of the language, or neither."""

    start: int
    end: int
    meanings: tuple[NameMeaning, ...] = ()
    grammar: tuple[WordRole, str] | None = None

    @property
    def is_known(self) -> bool:
        return bool(self.meanings or self.grammar)


def segments(units: Sequence[str], vocabulary: Vocabulary, *, with_grammar: bool, whole: bool = True) -> list[Stretch]:
    """The units in segments: as many as can be covered by names, by as few of these as can be (dynamic programming).

    A single character is a name only where it stands alone. Without `whole` nothing is a segment that is all of them.
    """
    count = len(units)
    if whole and not with_grammar and (meanings := vocabulary.names.get(tuple(units))):
        return [Stretch(0, count, meanings)]
    longest = count if whole else count - 1
    best: list[tuple[float, Stretch]] = [(0.0, Stretch(count, count))] * (count + 1)
    for start in range(count - 1, -1, -1):
        chosen = (best[start + 1][0] + UNCOVERED, Stretch(start, start + 1))
        if with_grammar:
            for length in range(1, min(MOST_UNITS, longest, count - start) + 1):
                if (known := GRAMMAR.get(tuple(units[start : start + length]))) is not None:
                    price = FILLER if known[0] is WordRole.FILLER else WORD_OF_LANGUAGE
                    cost = best[start + length][0] + price
                    if cost < chosen[0]:
                        chosen = (cost, Stretch(start, start + length, (), known))
        for end, meanings in vocabulary.at(units, start):
            cost = best[end][0] + NAME
            if cost < chosen[0] and end - start <= longest and (end - start > 1 or _stands_alone(units, start)):
                chosen = (cost, Stretch(start, end, meanings))
        best[start] = chosen
    stretches, at = [], 0
    while at < count:
        stretches.append(best[at][1])
        at = stretches[-1].end
    return stretches


def _stands_alone(units: Sequence[str], at: int) -> bool:
    if not IS_HAN.match(units[at]):
        return True
    beside = (units[at - 1] if at else "", units[at + 1] if at + 1 < len(units) else "")
    return not any(one and IS_HAN.match(one) for one in beside)


def names_in(units: Sequence[str], vocabulary: Vocabulary) -> Iterator[tuple[float, tuple[NameMeaning, ...]]]:
    """What the names of a text mean, with 1, and what the shorter names mean that each contains, with NESTED."""
    for segment in segments(units, vocabulary, with_grammar=False):
        if segment.meanings:
            yield 1.0, segment.meanings
            for meanings in _within(segment, units, vocabulary) if segment.end - segment.start > 1 else ():
                yield NESTED, meanings


def _within(segment: Stretch, units: Sequence[str], vocabulary: Vocabulary) -> list[tuple[NameMeaning, ...]]:
    """What the shorter names mean that a name contains: 湖南 and 自贸试验区 in 湖南自贸试验区."""
    inner = []
    for start in range(segment.start, segment.end):
        for end, meanings in vocabulary.at(units, start):
            is_shorter = end <= segment.end and end - start < segment.end - segment.start
            if is_shorter and (end - start > 1 or not IS_HAN.match(units[start])):
                inner.append(meanings)
    return inner
