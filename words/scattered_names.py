"""Scattered names: those of indicators whose words stand apart in a question: the share of its budget that a county spends on science.

Such a name is known by what its words say, in any order: the names within it, a share or growth or number that is asked for,
and what is left. A question says it where its parts say all of that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from words.grammar import AnswerKind, WordRole
from words.scanning import Stretch, segments
from words.units import IS_HAN
from words.vocabulary import INDICATOR, Keys, Vocabulary

if TYPE_CHECKING:
    from words.parts import QuestionPart

COUNTED = f"~{AnswerKind.COUNT}"
NO_NAMES = Vocabulary([], {})
SAID_BY_ROLE = (WordRole.TRANSFORM, WordRole.STATUS)
SAID_BY_ANSWER = (AnswerKind.COUNT, AnswerKind.FIGURE)
FEWEST = 2  # of a name of one word nothing stands apart
LONGEST = 12  # words of a name within another


class ScatteredName(NamedTuple):
    """What a name says, the indicator that it is of (its number in the vocabulary), the name as it is written, and what fills it."""

    says: frozenset[str]
    concept: int
    name: str
    filling: frozenset[str] = frozenset()


class ScatteredNames:
    """All names of indicators that say more than one thing."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        named = list(
            _told_apart(
                ScatteredName(says, meaning.concept, meaning.name, frozenset(known) - says)
                for known, meanings in vocabulary.names.items()
                for meaning in meanings
                if len(known) >= FEWEST and vocabulary.concepts[meaning.concept].kind == INDICATOR
                for says in _of_name(known, vocabulary)
            )
        )
        frequency = Counter(thing for one in named for thing in one.says)
        self._by_rarest: dict[str, list[ScatteredName]] = defaultdict(list)
        for one in sorted(named, key=lambda one: (one.concept, one.name)):
            self._by_rarest[min(one.says, key=lambda thing: (frequency[thing], thing))].append(one)

    def in_what_is_said(self, said: Collection[str]) -> Iterator[ScatteredName]:
        """The names of which everything is among what is said, whatever stands between."""
        for thing in sorted(said):
            for one in self._by_rarest.get(thing, ()):
                if one.says.issubset(said):
                    yield one


def _told_apart(named: Iterable[ScatteredName]) -> Iterator[ScatteredName]:
    """The names, those of several indicators that say the same with what fills them as well, as far as it differs: goods sold abroad are
    no goods bought abroad.
    """
    alike: dict[frozenset[str], list[ScatteredName]] = defaultdict(list)
    for one in named:
        alike[one.says].append(one)
    for says, names in alike.items():
        is_one = len({one.concept for one in names}) == 1
        common = frozenset.intersection(*(one.filling for one in names))
        yield from names if is_one else (one._replace(says=says | (one.filling - common)) for one in names)


def _of_name(known: Keys, vocabulary: Vocabulary) -> Iterator[frozenset[str]]:
    """What a name says: by the names within it, and by its words alone where these are English."""
    inner = segments(known, vocabulary, with_grammar=True, whole=False)
    ways = [_says(known, inner)]
    if not any(map(IS_HAN.match, known)):
        ways.append(_says_in_words(known))
    for says in dict.fromkeys(ways):
        if len(says) >= FEWEST:
            yield says


@lru_cache(maxsize=20_000)
def _says_in_words(known: Keys) -> frozenset[str]:
    """What a name says by its words alone, whatever else has names."""
    return _says(known, segments(known, NO_NAMES, with_grammar=True, whole=False))


def _says(known: Keys, inner: Sequence[Stretch]) -> frozenset[str]:
    things = [thing for stretch in inner for thing in _things(known, stretch)]
    if len(set(things)) < FEWEST:  # brought in from abroad: what else fills a sentence tells this from another
        things += [known[n] for stretch in inner if stretch.grammar for n in range(stretch.start, stretch.end)]
    left = ["".join(run) for is_left, run in groupby(_left(known, inner), key=bool) if is_left]
    return frozenset(things + left)


def _things(known: Keys, stretch: Stretch) -> Iterable[str]:
    if stretch.meanings:
        return [_named(stretch.meanings[0].concept, _size(known[stretch.start : stretch.end]))]
    if stretch.grammar:
        return _of_role(*stretch.grammar)
    word = known[stretch.start]
    return [] if IS_HAN.match(word) else [word]


def _left(known: Keys, inner: Sequence[Stretch]) -> Iterator[str]:
    """Chinese characters that no name within covers, and a gap for all else."""
    for stretch in inner:
        word = known[stretch.start]
        yield "" if stretch.is_known or not IS_HAN.match(word) else word


def _named(concept: int, size: int) -> str:
    """What stands for a name of a concept among what is said: the concept, and of how many words the name is."""
    return f"#{concept}:{size}"


def _size(known: Keys) -> int:
    """How many words a name has that are no words of the language: number of firms is no longer than companies."""
    return max(1, len(content(known)))


@lru_cache(maxsize=20_000)
def content(known: Keys) -> tuple[str, ...]:
    """The words of a name that are no words of the language: of value of goods, goods."""
    stretches = segments(known, NO_NAMES, with_grammar=True)
    return tuple(known[n] for one in stretches if not one.grammar for n in range(one.start, one.end))


def _of_role(role: str, does: str) -> list[str]:
    is_said = role in SAID_BY_ROLE or (role == WordRole.ANSWER and does in SAID_BY_ANSWER)
    return [f"~{does}"] if is_said else []


def said_by(part: QuestionPart, *, with_words: bool = True) -> set[str]:
    """What a part of a question says: all that it may mean, what it asks for, and its words. A name stands for one that is as long
    or longer, for the longer may say more: R&D in firms with R&D, but R&D intensity in none of these.
    """
    words = {"".join(part.keys)} if IS_HAN.match(part.keys[0]) else set(part.keys)
    has_words = with_words and (part.is_name or part.is_plain or part.role == WordRole.FILLER)
    sizes = range(_size(part.keys), LONGEST)
    things = {_named(one.concept, size) for one in part.meanings for size in sizes}
    return things | set(_of_role(part.role, part.does)) | (words if has_words else set())
