"""From a name to a code: regions, indicators, industries and products, best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from indicators.models import Category, Indicator
from regions.models import Region
from sources.suggest import may_be_like, similarity
from sources.text import normalised

EXACT, STARTS, CONTAINS, LIKE = 1.0, 0.8, 0.6, 0.5
LEAST_LIKE = 0.75


@dataclass(frozen=True)
class Found:
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


def best_of(kind: str, record: Any, word: str, names: Iterable[str]) -> Found | None:
    """The best match of a word among the names of one record, or None."""
    scored = [(score_of(word, name), name) for name in names]
    score, matched = max(scored, key=lambda pair: pair[0])
    return Found(kind, record.code, record, matched, score) if score else None


def resolve(words: str) -> list[Found]:
    """What the words may name, best first; near misses only where nothing matches."""
    word = normalised(words)
    found = [
        match
        for kind, records in _candidates(word)
        for record in records
        if (match := best_of(kind, record, word, record.search.split("\n")))
    ]
    return in_order(found or list(_near(word)))


def in_order(found: list[Found]) -> list[Found]:
    """Best first; equal ones by kind and code, so that the order is always the same."""
    return sorted(found, key=lambda match: (-match.score, match.kind, match.code))


def _candidates(word: str) -> list[tuple[str, Any]]:
    categories = Category.objects.public().filter(search__contains=word).select_related("scheme")
    return [
        ("region", Region.objects.public().filter(search__contains=word)),
        ("indicator", Indicator.objects.public().filter(search__contains=word)),
        ("industry", categories.filter(scheme__code="INDUSTRY")),
        ("product", categories.filter(scheme__code="PRODUCT")),
        ("trade_mode", categories.filter(scheme__code="TRADE_MODE")),
    ]


def _near(word: str) -> Iterator[Found]:
    may_be = may_be_like(word, LEAST_LIKE)
    for kind, records in _candidates(""):
        for record in records:
            names = [name for name in record.search.split("\n") if may_be(name)]  # comparing takes long, most are not
            best = max(names, key=lambda name: similarity(word, name), default="")
            if (likeness := similarity(word, best)) >= LEAST_LIKE:
                yield Found(kind, record.code, record, best, round(LIKE * likeness, 4))
