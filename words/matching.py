"""A need in a business's own words, as the matching of policies takes it."""

from __future__ import annotations

from policies.matching import Fits, Phrase
from words.documents import MEASURE
from words.hits import Hits
from words.parts import QuestionPart
from words.reading import Reading
from words.vocabulary import INDICATOR, INSTRUMENT, NEED, REGION, WORD, NamedConcept

INDUSTRY = "industry"
# How much more a part weighs that says what is needed, and one that only says what could be measured: firms, exports.
OF_A_NEED, MEASURED = 1.5, 0.5


def phrases(hits: Hits) -> tuple[Phrase, ...]:
    """The parts of a question that ask something of measures, each with how its words fit these and with what it names."""
    reading = hits.reading
    parts = [
        (part, weight * _share(reading, part), fits)
        for part, weight, fits in hits.parts_met(MEASURE)
        if not (part.is_plain and part.is_little)
    ]
    whole = sum(weight for _, weight, _ in parts)
    return tuple(_phrase(reading, part, weight / whole, fits) for part, weight, fits in parts)


def _share(reading: Reading, part: QuestionPart) -> float:
    """How much more or less a part weighs than by what it is for a search: one that may mean a need, a means to meet one, or a family of
    words that is no record's, and one that means an indicator alone.
    """
    kinds = {reading.vocabulary.concepts[one.concept].kind for one in part.meanings}
    return OF_A_NEED if kinds & {NEED, INSTRUMENT, WORD} else MEASURED if kinds == {INDICATOR} else 1.0


def _phrase(reading: Reading, part: QuestionPart, share: float, fits: Fits) -> Phrase:
    meant = [reading.vocabulary.concepts[one.concept] for one in part.meanings]
    return Phrase(
        part.text, share, fits, _first(meant, REGION), _first(meant, INDUSTRY),
        tuple(one.code for one in meant if one.kind == NEED), tuple(one.code for one in meant if one.kind == INSTRUMENT),
    )  # fmt: skip


def _first(meant: list[NamedConcept], kind: str) -> int | None:
    """The key in the store of what is meant above all, where that is of a kind."""
    return meant[0].pk if meant and meant[0].kind == kind else None
