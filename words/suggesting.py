"""What a box offers while one types, and what is near where nothing is found: names, those with data first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sources.folding import normalised
from sources.suggest import may_be_like, similarity
from words.documents import NAMED_KINDS
from words.index import Index, index
from words.vocabulary import NamedConcept

LEAST_LIKE = 0.6
MOST_LOOKED_AT = 2000


class Suggestion(NamedTuple):
    """A name that may be meant, and what it is a name of."""

    name: str
    concept: NamedConcept


def completions(typed: str, most: int) -> list[Suggestion]:
    """Names that begin as what is typed does, or a word of which does; those with data first, then by name."""
    held, start = index(), normalised(typed)
    if not start:
        return []
    names = _sorted_names(held)
    at = bisect_left(names, (start,))
    beginning: list[tuple[str, int]] = []
    for name, number, whole in names[at : at + MOST_LOOKED_AT]:
        if not name.startswith(start):
            break
        beginning.append((whole, number))
    return _best_first(held, beginning, most)


def near(typed: str, most: int) -> list[Suggestion]:
    """Names that are like what was typed, the most alike first."""
    held, word = index(), normalised(typed)
    may_be = may_be_like(word, LEAST_LIKE)
    alike = [
        (-likeness, name, number)
        for number, names in held.vocabulary.folded_names.items()
        if held.vocabulary.concepts[number].kind in NAMED_KINDS
        for name in names
        if may_be(name) and (likeness := similarity(word, name)) >= LEAST_LIKE
    ]
    return list(_each_once(held, ((name, number) for _, name, number in sorted(alike)), most))


def _sorted_names(held: Index) -> list[tuple[str, int, str]]:
    """Each name from each of its words on, with its concept and as it is written; sorted."""
    if held.completing is None:
        listed = []
        for number, names in held.vocabulary.names_of.items():
            if held.vocabulary.concepts[number].kind in NAMED_KINDS:
                for name in names:
                    if name == held.vocabulary.concepts[number].code:
                        continue  # nobody types these; whoever does needs no help
                    folded = normalised(name)
                    starts = {0, *(place + 1 for place, one in enumerate(folded) if one == " ")}
                    listed += [(folded[start:], number, name) for start in starts]
        held.completing = sorted(listed)
    return held.completing


def _best_first(held: Index, named: Iterable[tuple[str, int]], most: int) -> list[Suggestion]:
    concepts = held.vocabulary.concepts

    def rank(one: tuple[str, int]) -> tuple[bool, int, str, str]:
        concept = concepts[one[1]]
        return not concept.held, len(one[0]), one[0], concept.code

    return list(_each_once(held, sorted(named, key=rank), most))


def _each_once(held: Index, named: Iterable[tuple[str, int]], most: int) -> Iterator[Suggestion]:
    seen: set[int] = set()
    for name, number in named:
        if number not in seen:
            seen.add(number)
            yield Suggestion(name, held.vocabulary.concepts[number])
            if len(seen) == most:
                return
