"""How well questions in people's own words are answered: success among the first rows, by kind, beside plain keyword search."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from indicators.codes import kind_of_member
from indicators.models import Category, Indicator
from policies.models import Measure
from regions.models import Region
from sources.folding import normalised
from words.documents import NAMED_KINDS
from words.hits import MOSTLY_MET
from words.index import find
from words.resolving import resolve

NOTHING = "-"
FIRST = 3


@dataclass(frozen=True)
class LabelledQuestion:
    """A question with the answers that are right (`kind:code`; none where there is nothing to find), and who wrote it how."""

    lang: str
    kind: str
    question: str
    expected: frozenset[str]
    place: str
    is_blind: bool

    @property
    def words(self) -> str:
        """What is asked: the question, and the place that it is asked for where it does not say it."""
        return f"{self.question} {self.place}".strip()


Ranking = Callable[[LabelledQuestion], Sequence[str]]


def read_questions(path: Path) -> list[LabelledQuestion]:
    """The questions of a TSV file: lang, kind, question, expected (`kind:code` or `-`, several joined by `|`), place, blind."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            LabelledQuestion(
                row["lang"], row["kind"], row["question"], frozenset(row["expected"].split("|")) - {NOTHING, ""},
                (row.get("place") or "").strip(NOTHING), row["blind"] == "yes",
            )
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]  # fmt: skip


def by_search(question: LabelledQuestion) -> list[str]:
    """The first rows of the search; none where it says above all that most of the question is not met."""
    hits = find(question.words)[0:FIRST]
    if not question.expected and hits and hits[0].coverage < MOSTLY_MET:
        return []
    return [f"{hit.entry.kind}:{hit.entry.code}" for hit in hits]


def by_resolving(question: LabelledQuestion) -> list[str]:
    """The first codes that the words are a name of, or name."""
    return [f"{one.concept.kind}:{one.concept.code}" for one in resolve(question.words)[:FIRST]]


def by_keywords(question: LabelledQuestion) -> list[str]:
    """Plain keyword search: what has all of the words (separated by spaces) in its names or text, by kind and code."""
    words = normalised(question.words).split()
    held = [
        *((f"region:{code}", text) for code, text in Region.objects.public().values_list("code", "search")),
        *((f"indicator:{code}", text) for code, text in Indicator.objects.public().values_list("code", "search")),
        *(
            (f"{kind_of_member(scheme)}:{code}", text)
            for scheme, code, text in Category.objects.public().values_list("scheme__code", "code", "search")
        ),
        *((f"measure:{code}", text) for code, text in Measure.objects.public().values_list("code", "search")),
    ]
    return sorted(code for code, text in held if words and all(word in text for word in words))[:FIRST]


RANKINGS: Mapping[str, Ranking] = {"search": by_search, "resolve": by_resolving, "keyword search": by_keywords}


def succeeds(question: LabelledQuestion, ranked: Sequence[str], first: int) -> bool:
    """Whether one of the first rows is right; where there is nothing to find, whether there is none."""
    return bool(question.expected.intersection(ranked[:first])) if question.expected else not ranked


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
    return code.split(":", 1)[0] in NAMED_KINDS


def _success(kind: str, judged: Sequence[tuple[LabelledQuestion, Sequence[str]]]) -> Success:
    at = [sum(succeeds(question, ranked, first) for question, ranked in judged) / len(judged) for first in (1, FIRST)]
    return Success(kind, len(judged), *at)
