"""From a name to a code: regions, indicators and the members of every classification, best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from indicators.codes import CATEGORY, SCHEMES
from indicators.models import Category, Indicator
from regions.models import Region
from sources.folding import normalised
from sources.hierarchy import Hierarchy
from sources.suggest import may_be_like, similarity

EXACT, STARTS, CONTAINS, LIKE = 1.0, 0.8, 0.6, 0.5
LEAST_LIKE = 0.75


@dataclass(frozen=True)
class NamedThing:
    """Something that a word may mean: its record, the name that matched, and how well (0 to 1)."""

    kind: str
    code: str
    record: Any
    matched: str
    score: float


def score_of(word: str, name: str) -> float:
    """How well a normalised name answers a normalised word: 1 the same, 0.8 it begins so, 0.6 it contains it, else 0.

    Within one class, the more of the name the word makes up, the better, by at most 0.1.
    """
    if name == word:
        return EXACT
    base = STARTS if name.startswith(word) else CONTAINS if word in name else 0.0
    return base and round(base + 0.1 * len(word) / len(name), 4)


def best_of(kind: str, record: Any, word: str, names: Iterable[str]) -> NamedThing | None:
    """The best match of a word among the names of one record, or None."""
    scored = [(score_of(word, name), name) for name in names]
    score, matched = max(scored, key=lambda pair: pair[0])
    return NamedThing(kind, record.code, record, matched, score) if score else None


def resolve(words: str) -> list[NamedThing]:
    """What the words may name, best first; a path of names and near misses only where nothing matches."""
    word = normalised(words)
    found = [
        match
        for kind, records in _candidates(word)
        for record in records
        if (match := best_of(kind, record, word, record.search.split("\n")))
    ]
    return in_order(found or list(_by_path(word)) or list(_near(word)))


def in_order(found: list[NamedThing]) -> list[NamedThing]:
    """Best first; equal ones by kind and code, so that the order is always the same."""
    return sorted(found, key=lambda match: (-match.score, match.kind, match.code))


def _candidates(word: str) -> list[tuple[str, Any]]:
    """(Kind, its public records one of whose names contains the word), for each kind of thing; one query a kind, when it is read."""
    categories = Category.objects.public().filter(search__contains=word).select_related("scheme")
    schemes = {breakdown: scheme.code for breakdown, scheme in SCHEMES.items()}
    return [
        ("region", Region.objects.public().filter(search__contains=word)),
        ("indicator", Indicator.objects.public().filter(search__contains=word)),
        *((breakdown, categories.filter(scheme__code=code)) for breakdown, code in schemes.items()),
        (CATEGORY, categories.exclude(scheme__code__in=schemes.values())),
    ]


def _by_path(word: str) -> Iterator[NamedThing]:
    """The regions whose names, after those of what they lie in, make up the word: 湖南省株洲市醴陵市, 湖南醴陵市."""
    regions = {region.pk: region for region in Region.objects.public()}
    tree = Hierarchy((region.pk, region.parent_id) for region in regions.values())
    for region in regions.values():
        rest = word
        for place in (region, *(regions[key] for key in tree.ancestors(region.pk) if key in regions)):
            names = (normalised(name) for name in (place.name_zh, place.short_zh) if name)
            ending = next((name for name in names if rest.endswith(name)), "")
            if place is region and not ending:
                break
            rest = rest.removesuffix(ending)
        if not rest:
            yield NamedThing("region", region.code, region, word, EXACT)


def _near(word: str) -> Iterator[NamedThing]:
    """What has a name that is nearly the word, by `similarity`."""
    may_be = may_be_like(word, LEAST_LIKE)
    for kind, records in _candidates(""):
        for record in records:
            names = [name for name in record.search.split("\n") if may_be(name)]  # comparing takes long, most are not
            best = max(names, key=lambda name: similarity(word, name), default="")
            if (likeness := similarity(word, best)) >= LEAST_LIKE:
                yield NamedThing(kind, record.code, record, best, round(LIKE * likeness, 4))
