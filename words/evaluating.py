"""How well questions in people's own words are answered: success among the first rows, by kind, beside plain keyword search."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from indicators.codes import CATEGORY, SCHEMES
from indicators.models import Category, Indicator, Observation
from policies.models import Measure
from regions.models import Region
from sources.folding import normalised
from words.documents import NAMED_KINDS, SERIES
from words.hits import MOSTLY_MET, Hit
from words.index import find
from words.resolving import resolve

NOTHING = "-"
FIRST = 3


@dataclass(frozen=True)
class LabelledQuestion:
    """A question with the answers that are right (`kind:code`, of figures `figure:REGION/INDICATOR` with or without `/PERIOD`; none
    where there is nothing to find), and who wrote it how.
    """

    lang: str
    kind: str
    question: str
    expected: frozenset[str]
    is_blind: bool


# The first rows for a question, each by all that it may be called.
Ranking = Callable[[LabelledQuestion], Sequence[Collection[str]]]


def read_questions(path: Path) -> list[LabelledQuestion]:
    """The questions of a TSV file: lang, kind, question, expected (`kind:code` or `-`, several joined by `|`), blind."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            LabelledQuestion(
                row["lang"], row["kind"], row["question"], frozenset(row["expected"].split("|")) - {NOTHING, ""},
                row["blind"] == "yes",
            )
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]  # fmt: skip


def by_search(question: LabelledQuestion) -> Sequence[Collection[str]]:
    """The first rows of the search; none where it says above all that most of the question is not met, or not held just so."""
    hits = find(question.question)
    listed = hits[0:FIRST]
    if not question.expected and listed and (listed[0].coverage < MOSTLY_MET or listed[0].is_near):
        return []
    return [_called(hit, hits.reading.period) for hit in listed]


def _called(hit: Hit, period: str | None) -> set[str]:
    """What a row may be called in the list of right answers: a figure by the time that was asked for, else by its newest."""
    kind, code = hit.entry.kind, hit.entry.code
    called = {f"{kind}:{code}"}
    if kind in (*SCHEMES, CATEGORY):
        called.add(f"{CATEGORY}:{code}")
    if kind == SERIES:
        figures = Observation.objects.live().filter(series=hit.entry.pk).order_by("period_end")
        names = list(figures.values_list("series__region__code", "series__indicator__code", "period"))
        called |= {f"figure:{region}/{indicator}" for region, indicator, _ in names}
        shown = [one for one in names if one[2] == period] or names[-1:]
        called |= {"figure:" + "/".join(one) for one in shown}
    return called


def by_resolving(question: LabelledQuestion) -> Sequence[Collection[str]]:
    """The first codes that the words are a name of, or name."""
    found = [one.concept for one in resolve(question.question)[:FIRST]]
    return [{f"{one.kind}:{one.code}", *([f"{CATEGORY}:{one.code}"] if one.kind in SCHEMES else [])} for one in found]


def by_keywords(question: LabelledQuestion) -> Sequence[Collection[str]]:
    """Plain keyword search: what has all of the words (separated by spaces) in its names or text, by kind and code."""
    words = normalised(question.question).split()
    held = [
        *((f"region:{code}", text) for code, text in Region.objects.public().values_list("code", "search")),
        *((f"indicator:{code}", text) for code, text in Indicator.objects.public().values_list("code", "search")),
        *((f"{CATEGORY}:{code}", text) for code, text in Category.objects.public().values_list("code", "search")),
        *((f"measure:{code}", text) for code, text in Measure.objects.public().values_list("code", "search")),
    ]
    return [{code} for code in sorted(code for code, text in held if words and all(word in text for word in words))][
        :FIRST
    ]


RANKINGS: Mapping[str, Ranking] = {"search": by_search, "resolve": by_resolving, "keyword search": by_keywords}


def succeeds(question: LabelledQuestion, ranked: Sequence[Collection[str]], first: int) -> bool:
    """Whether one of the first rows is right; where there is nothing to find, whether there is none."""
    return any(question.expected.intersection(row) for row in ranked[:first]) if question.expected else not ranked


@dataclass(frozen=True)
class Success:
    """Of so many questions of a kind, the part that has a right answer first, and among the first three."""

    kind: str
    count: int
    at_1: float
    at_3: float


def evaluate(questions: Iterable[LabelledQuestion], ranking: Ranking) -> list[Success]:
    """The success by kind, and of all together last. Of questions for names only where `ranking` gives names."""
    listed = sorted(questions, key=lambda one: one.kind)
    if ranking is by_resolving:
        listed = [one for one in listed if one.expected and all(_is_name(code) for code in one.expected)]
    judged = [(one, ranking(one)) for one in listed]
    found = [_success(kind, list(mine)) for kind, mine in groupby(judged, key=lambda pair: pair[0].kind)]
    return [*found, _success("all", judged)] if judged else []


def _is_name(code: str) -> bool:
    return code.partition(":")[0] in NAMED_KINDS


def _success(kind: str, judged: Sequence[tuple[LabelledQuestion, Sequence[Collection[str]]]]) -> Success:
    at = [sum(succeeds(question, ranked, first) for question, ranked in judged) / len(judged) for first in (1, FIRST)]
    return Success(kind, len(judged), *at)
