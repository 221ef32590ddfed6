"""A need in a business's own words, as the matching of policies takes it."""

from __future__ import annotations

from policies.matching import Phrase
from words.documents import MEASURE
from words.hits import Hits
from words.parts import QuestionPart
from words.reading import Reading
from words.vocabulary import INSTRUMENT, NEED, REGION, NamedConcept

INDUSTRY = "industry"


def phrases(hits: Hits) -> tuple[Phrase, ...]:
    """The parts of a question that ask something of measures, each with how its words fit these and with what it names."""
    parts = hits.parts_met(MEASURE)
    whole = sum(weight for _, weight, _ in parts)
    return tuple(_phrase(hits.reading, part, weight / whole, found) for part, weight, found in parts)


def _phrase(reading: Reading, part: QuestionPart, share: float, found: dict[int, float]) -> Phrase:
    meant = [reading.vocabulary.concepts[one.concept] for one in part.meanings]
    return Phrase(
        part.text, share, found, _first(meant, REGION), _first(meant, INDUSTRY),
        tuple(one.code for one in meant if one.kind == NEED), tuple(one.code for one in meant if one.kind == INSTRUMENT),
    )  # fmt: skip


def _first(meant: list[NamedConcept], kind: str) -> int | None:
    """The key in the store of what is meant above all, where that is of a kind."""
    return meant[0].pk if meant and meant[0].kind == kind else None
