"""How well questions in people's own words are answered: success among the first rows, by kind and language, beside plain keywords."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from indicators.codes import CATEGORY, SCHEMES
from indicators.models import Category, Indicator, Observation
from policies.matching import Wish, match
from policies.models import Measure
from regions.models import Region
from sources.bilingual import LANGUAGES
from sources.folding import normalised
from words.documents import NAMED_KINDS, SERIES
from words.hits import MOSTLY_MET, Hit
from words.index import find
from words.matching import phrases
from words.resolving import resolve

NOTHING = "-"
NOTHING_HELD, A_NEED = "nothing", "need"  # kinds of questions
FIRST = (1, 3, 5)
MOST = FIRST[-1]


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
    listed = hits[0:MOST]
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
    concepts = [one.concept for one in resolve(question.question)[:MOST]]
    return [
        {f"{one.kind}:{one.code}", *([f"{CATEGORY}:{one.code}"] if one.kind in SCHEMES else [])} for one in concepts
    ]


def by_keywords(question: LabelledQuestion) -> Sequence[Collection[str]]:
    """Plain keyword search: what has all of the words (separated by spaces) in its names or text, by kind and code."""
    words = normalised(question.question).split()
    held = [
        *((f"region:{code}", text) for code, text in Region.objects.public().values_list("code", "search")),
        *((f"indicator:{code}", text) for code, text in Indicator.objects.public().values_list("code", "search")),
        *((f"{CATEGORY}:{code}", text) for code, text in Category.objects.public().values_list("code", "search")),
        *((f"measure:{code}", text) for code, text in Measure.objects.public().values_list("code", "search")),
    ]
    codes = sorted(code for code, text in held if words and all(word in text for word in words))
    return [{code} for code in codes[:MOST]]


def by_matching(question: LabelledQuestion) -> Sequence[Collection[str]]:
    """The measures that fit a need best."""
    return [{f"measure:{one.code}"} for one in match(Wish(phrases=phrases(find(question.question))))[:MOST]]


@dataclass(frozen=True)
class AnsweringWay:
    """A way to answer a question: what it gives, which questions it is for, and among how many first rows a right one is a success."""

    name: str
    ranking: Ranking
    answers: Callable[[LabelledQuestion], bool]
    first: int


def _is_of_names(question: LabelledQuestion) -> bool:
    return bool(question.expected) and all(code.partition(":")[0] in NAMED_KINDS for code in question.expected)


WAYS: tuple[AnsweringWay, ...] = (
    AnsweringWay("search", by_search, lambda question: True, 3),
    AnsweringWay("resolve", by_resolving, _is_of_names, 3),
    AnsweringWay("match", by_matching, lambda question: question.kind == A_NEED, 5),
    AnsweringWay("plain keywords", by_keywords, lambda question: True, 3),
)


def succeeds(question: LabelledQuestion, ranked: Sequence[Collection[str]], first: int) -> bool:
    """Whether one of the first rows is right; where there is nothing to find, whether there is none."""
    return any(question.expected.intersection(row) for row in ranked[:first]) if question.expected else not ranked


@dataclass(frozen=True)
class Success:
    """Of so many questions of a kind, the part that has a right answer first, among the first three and among the first five; and in
    each language (None where there are none) among as many as the way is judged by.
    """

    kind: str
    count: int
    at: Mapping[int, float]
    of_languages: Mapping[str, float | None]


# A question, and what a way gave for it.
Judged = tuple[LabelledQuestion, Sequence[Collection[str]]]


def judge(questions: Iterable[LabelledQuestion], way: AnsweringWay) -> list[Judged]:
    """What a way gives for each of the questions that it is for."""
    return [(one, way.ranking(one)) for one in questions if way.answers(one)]


def successes(judged: Sequence[Judged], way: AnsweringWay) -> list[Success]:
    """The success by kind, and of all together last."""
    listed = sorted(judged, key=lambda pair: pair[0].kind)
    by_kind = [_success(kind, list(mine), way) for kind, mine in groupby(listed, key=lambda pair: pair[0].kind)]
    return [*by_kind, _success("all", listed, way)] if listed else []


def _success(kind: str, judged: Sequence[Judged], way: AnsweringWay) -> Success:
    of_languages = {lang: _part([pair for pair in judged if pair[0].lang == lang], way.first) for lang in LANGUAGES}
    return Success(kind, len(judged), {first: _part(judged, first) or 0.0 for first in FIRST}, of_languages)


def _part(judged: Sequence[Judged], first: int) -> float | None:
    if not judged:
        return None
    return sum(succeeds(question, ranked, first) for question, ranked in judged) / len(judged)
