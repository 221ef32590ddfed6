"""A need in a business's own words, as the matching of policies takes it."""

from __future__ import annotations

from policies.matching import Fits, Phrase
from words.documents import MEASURE
from words.hits import Hits
from words.reading import QuestionPart, Reading
from words.vocabulary import INSTRUMENT, NEED, REGION, WORD, NamedConcept

INDUSTRY = "industry"


OF_A_NEED = 1.5  # how much more a part weighs that says what is needed than one that says who needs it


def phrases(hits: Hits) -> tuple[Phrase, ...]:
    """The parts of a question that ask something of measures, each with how its words fit these and with what it names."""
    reading = hits.reading
    parts = [
        (part, weight * (OF_A_NEED if _says_a_need(reading, part) else 1), found)
        for part, weight, found in hits.parts_met(MEASURE)
        if not (part.is_plain and part.is_little)
    ]
    whole = sum(weight for _, weight, _ in parts)
    return tuple(_phrase(reading, part, weight / whole, found) for part, weight, found in parts)


def _says_a_need(reading: Reading, part: QuestionPart) -> bool:
    """Whether a part may mean a need, a means to meet one, or a family of words that is no record's."""
    return any(reading.vocabulary.concepts[one.concept].kind in (NEED, INSTRUMENT, WORD) for one in part.meanings)


def _phrase(reading: Reading, part: QuestionPart, share: float, found: Fits) -> Phrase:
    meant = [reading.vocabulary.concepts[one.concept] for one in part.meanings]
    return Phrase(
        part.text, share, found, _first(meant, REGION), _first(meant, INDUSTRY),
        tuple(one.code for one in meant if one.kind == NEED), tuple(one.code for one in meant if one.kind == INSTRUMENT),
    )  # fmt: skip


def _first(meant: list[NamedConcept], kind: str) -> int | None:
    """The key in the store of what is meant above all, where that is of a kind."""
    return meant[0].pk if meant and meant[0].kind == kind else None
