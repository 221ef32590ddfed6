"""How good a ranking is against labelled queries: precision and normalised discounted cumulative gain of its first rows.

nDCG as in Järvelin and Kekäläinen (2002), with the gain 2^grade - 1 and the discount log2(rank + 1).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indicators.models import Category
from policies.matching import Wish, match
from policies.models import Measure
from regions.models import Region
from sources.folding import normalised

FIRST = 5


@dataclass(frozen=True)
class LabelledQuery:
    """A wish, the words with which one would look for the same, and the measures that answer it (code → grade 1 or 2)."""

    name: str
    wish: Wish
    words: str
    grades: Mapping[str, int]


Ranking = Callable[[LabelledQuery], Sequence[str]]


def read_queries(path: Path) -> list[LabelledQuery]:
    """The labelled queries of a CSV file: query, region, industry, need, words, relevant (`code:grade;…`).

    Raises KeyError with the code of a region or an industry that is not held.
    """
    regions = {region.code: region for region in Region.objects.public()}
    industries = {industry.code: industry for industry in Category.objects.public()}
    with path.open(encoding="utf-8", newline="") as file:
        return [
            LabelledQuery(
                row["query"],
                Wish(
                    regions[row["region"]] if row["region"] else None,
                    industries[row["industry"]] if row["industry"] else None,
                    tuple(filter(None, [row["need"]])),
                ),
                row["words"],
                {code: int(grade) for code, grade in (item.split(":") for item in row["relevant"].split(";"))},
            )
            for row in csv.DictReader(file)
        ]


def precision(ranked: Sequence[str], grades: Mapping[str, int], first: int = FIRST) -> float:
    """The share of the first rows that are relevant, 0 to 1; rows that a short ranking lacks count as not relevant."""
    return sum(code in grades for code in ranked[:first]) / first


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], first: int = FIRST) -> float:
    """The gain of the first rows over that of the best possible order, 0 to 1."""
    gained = _gain([grades.get(code, 0) for code in ranked[:first]])
    return gained / _gain(sorted(grades.values(), reverse=True)[:first])


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, start=1))


def by_matching(query: LabelledQuery) -> list[str]:
    """The codes of the measures that match."""
    return [one.code for one in match(query.wish)]


def by_search(query: LabelledQuery) -> list[str]:
    """Plain keyword search: the measures with all of the words, in order of their codes."""
    return list(Measure.objects.public().matching(query.words).order_by("code").values_list("code", flat=True))


def by_words(query: LabelledQuery) -> list[str]:
    """A more generous search: the measures with any of the words, those with more of them first."""
    words = normalised(query.words).split()
    held = Measure.objects.public().values_list("code", "search")
    counted = [(sum(word in text for word in words), code) for code, text in held]
    return [code for count, code in sorted(counted, key=lambda pair: (-pair[0], pair[1])) if count]


RANKINGS: dict[str, Ranking] = {
    "matching": by_matching, "all keywords": by_search, "any keyword, most first": by_words,
}  # fmt: skip


@dataclass(frozen=True)
class RankingQuality:
    """A query's precision and nDCG under one ranking."""

    query: str
    precision: float
    ndcg: float


def evaluate(queries: Sequence[LabelledQuery], ranking: Ranking) -> list[RankingQuality]:
    """Each query judged under a ranking, in the given order."""
    judged = []
    for query in queries:
        ranked = ranking(query)
        judged.append(RankingQuality(query.name, precision(ranked, query.grades), ndcg(ranked, query.grades)))
    return judged


def mean(judged: Sequence[RankingQuality]) -> tuple[float, float]:
    """The mean precision and the mean nDCG."""
    return sum(j.precision for j in judged) / len(judged), sum(j.ndcg for j in judged) / len(judged)
