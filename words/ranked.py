"""The figures of a question for the highest or the lowest: the series that it compares, in the order of their newest values."""

from __future__ import annotations

from collections.abc import Sequence

from indicators.choices import OBSERVED, Qualifier
from indicators.models import Observation
from words.grammar import FIELDS, KIND_OF_REGION, LOWEST, RANK, AnswerKind, WordRole
from words.hits import Hits
from words.vocabulary import INDICATOR, REGION

MOST_COMPARED = 200


def by_values(hits: Hits) -> Hits:
    """The hits of a question that asks for an order, the series that it compares first, in that order; others as they are.

    A statement where it asks for one, none where it does not.
    """
    reading = hits.reading
    if not any(part.role == WordRole.ANSWER and part.does == AnswerKind.RANKING for part in reading.parts):
        return hits
    words = {part.keys for part in reading.parts}
    kinds = {kind.value for word, kind in KIND_OF_REGION.items() if word in words}
    compared = [number for number in hits.compared(FIELDS) if not kinds or _kind_of_place(hits, number) in kinds]
    if reading.transform == RANK or len(compared) < 2:
        return hits
    same = [number for number in compared if hits.entry(number).indicator == hits.entry(compared[0]).indicator]
    # of one indicator, or several of one place
    compared = _parts(hits, compared) if words & FIELDS or len(same) < 2 else same
    return hits.preferring(_in_order(hits, compared[:MOST_COMPARED], lowest_first=bool(words & LOWEST)))


def _kind_of_place(hits: Hits, number: int) -> str:
    known = hits.reading.vocabulary
    concept = known.by_code.get((REGION, hits.entry(number).region))
    return known.concepts[concept].family if concept is not None else ""


def _parts(hits: Hits, numbers: Sequence[int]) -> list[int]:
    """The series without those of a whole whose parts are among them: reform tasks, beside reform tasks of each domain."""
    known = hits.reading.vocabulary
    names = {
        number: known.concepts[concept].zh
        for number in numbers
        if (concept := known.by_code.get((INDICATOR, hits.entry(number).indicator))) is not None
    }
    return [n for n in numbers if not any(other.startswith(f"{names.get(n)}：") for other in names.values())]


def _in_order(hits: Hits, numbers: Sequence[int], *, lowest_first: bool) -> list[int]:
    """The series by their newest exact values in units of one measure; those that have none, but a bound, are left out."""
    by_pk = {hits.entry(number).pk: number for number in numbers}
    figures = Observation.objects.live().filter(series__in=list(by_pk), status__in=OBSERVED, qualifier=Qualifier.EXACT)
    newest = {}
    for pk, value, factor in figures.order_by("period_end", "pk").values_list("series", "value", "unit__factor"):
        newest[pk] = (value or 0) * factor
    ordered = sorted(newest, key=lambda pk: (newest[pk] if lowest_first else -newest[pk], by_pk[pk]))
    return [by_pk[pk] for pk in ordered]
