"""From a name to a code: regions, indicators and the members of every classification, best first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sources.folding import normalised
from sources.suggest import may_be_like, similarity
from words.documents import NAMED_KINDS
from words.index import Index, index
from words.units import keys
from words.vocabulary import REGION, SHORT, NamedConcept

EXACT, STARTS, CONTAINS, LIKE = 1.0, 0.7, 0.6, 0.5
LEAST_LIKE = 0.75


@dataclass(frozen=True)
class NamedThing:
    """Something that a word may mean: its concept, the name that matched (normalised), and how well (0 to 1)."""

    concept: NamedConcept
    matched: str
    score: float

    @property
    def is_name(self) -> bool:
        """Whether the word is a name of it as a whole, not a part of one."""
        return self.score >= SHORT


def score_of(word: str, name: str) -> float:
    """How well a normalised name answers a normalised word: 1 the same, 0.7 it begins so, 0.6 it contains it, else 0.

    Within one class, the more of the name the word makes up, the better, by less than 0.1.
    """
    if name == word:
        return EXACT
    base = STARTS if name.startswith(word) else CONTAINS if word in name else 0.0
    return base and round(base + 0.09 * len(word) / len(name), 4)


def resolve(words: str) -> list[NamedThing]:
    """What the words may name, best first; what a longer question names only where they are no name, and what they are like last."""
    held = index()
    best: dict[int, NamedThing] = {}
    for number, thing in _named(held, words) or _read(held, words) or _near(held, words):
        if number not in best or best[number].score < thing.score:
            best[number] = thing
    return in_order(list(best.values()))


def in_order(things: list[NamedThing]) -> list[NamedThing]:
    """Best first; equal ones by how much is held, kind and code, so that the order is always the same."""
    return sorted(things, key=lambda one: (-one.score, -one.concept.held, one.concept.kind, one.concept.code))


Found = list[tuple[int, NamedThing]]


def _named(held: Index, words: str) -> Found:
    """What has the words for a name, or in one."""
    word, concepts = normalised(words), held.vocabulary.concepts
    named = []
    for meaning in held.vocabulary.names.get(keys(words), ()):
        if concepts[meaning.concept].kind in NAMED_KINDS:
            thing = NamedThing(concepts[meaning.concept], normalised(meaning.name), meaning.weight)
            named.append((meaning.concept, thing))
    for number, name in _names(held) if word else ():
        if word in name and (score := score_of(word, name)) < EXACT:
            named.append((number, NamedThing(concepts[number], name, score)))
    return named


def _names(held: Index) -> Iterator[tuple[int, str]]:
    """Each name of what can be resolved, normalised."""
    for number, names in held.vocabulary.folded_names.items():
        if held.vocabulary.concepts[number].kind in NAMED_KINDS:
            for name in names:
                yield number, name


def _read(held: Index, words: str) -> Found:
    """The thing that a path of places ends in (湖南省株洲市醴陵市), or all things that a question names.

    They score less where words were mended, or nobody knows them.
    """
    reading = held.read(words)
    regions = reading.regions
    concepts = held.vocabulary.concepts
    is_path = len(regions) == 1 and all(
        any(concepts[one.concept].kind == REGION for one in part.meanings) for part in reading.parts
    )
    read = []
    for kind in NAMED_KINDS:
        for concept in reading.of_kind(kind):
            score = LIKE if reading.corrections or not is_path or kind != REGION else EXACT
            if reading.unknown:
                score *= LEAST_LIKE
            read.append(
                (held.vocabulary.by_code[kind, concept.code], NamedThing(concept, normalised(concept.zh), score))
            )
    return read


def _near(held: Index, words: str) -> Found:
    """The names that the words are like, where they name nothing."""
    word = normalised(words)
    may_be = may_be_like(word, LEAST_LIKE)
    near = []
    for number, name in _names(held):
        if may_be(name) and (likeness := similarity(word, name)) >= LEAST_LIKE:  # comparing takes long, most are not
            near.append((number, NamedThing(held.vocabulary.concepts[number], name, round(LIKE * likeness, 4))))
    return near
