"""Which kind of answer a question seeks: by its words for it, else by what it names and finds."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from words.documents import SERIES
from words.grammar import BODIES, CHOOSING, GRAMMAR, PREPOSITIONS, RANK, WISHES, AnswerKind, WordRole
from words.hits import Hit, Hits
from words.parts import PERIOD, QuestionPart
from words.reading import Reading
from words.vocabulary import INDICATOR, INSTRUMENT, NEED, REGION, NamedConcept


class Sought(StrEnum):
    """What kind of answer a question gets."""

    FIGURE = "figure"
    GOAL = "goal"
    RANKING = "ranking"
    COMPARISON = "comparison"
    COUNT = "count"
    DATE = "date"
    ACTOR = "actor"
    POLICY = "policy"
    PLACE = "place"
    RECORD = "record"


# Whose first word it is asks for a date, as it does for a figure where it is how much.
TIMES = frozenset(("year", "month", "day"))
BEGINNING = {AnswerKind.DATE, AnswerKind.FIGURE, AnswerKind.COUNT}
OF_NUMBERS = {AnswerKind.FIGURE, AnswerKind.COUNT, AnswerKind.RANKING, AnswerKind.COMPARISON}


def kinds_asked(reading: Reading) -> set[str]:
    """The kinds of answer that words ask for, also those with which a name begins: 什么时候批的 is called that of a date."""
    said = {part.does for part in reading.parts if part.role == WordRole.ANSWER}
    begins = (
        GRAMMAR.get(part.keys[:end]) for part in reading.parts if part.is_name for end in range(1, len(part.keys))
    )
    said |= {does for role, does in filter(None, begins) if role is WordRole.ANSWER and does in BEGINNING}
    if reading.parts and reading.parts[0].text.lower() in TIMES:
        said.add(AnswerKind.DATE)
    if {AnswerKind.ACTOR, AnswerKind.DOCUMENT} <= said:  # which university did the study
        said.add(AnswerKind.AUTHOR)
    return said


def _head(reading: Reading) -> QuestionPart | None:
    """What an elliptical question asks for above all: in English the last word before a preposition, in Chinese the last."""
    parts = [part for part in reading.parts if part.role != PERIOD]
    if reading.parts and reading.parts[0].keys and reading.question.isascii():
        end = next((n for n, part in enumerate(parts) if n and part.keys in PREPOSITIONS), len(parts))
        parts = parts[:end]
    listed = [part for part in parts if part.is_name or part.is_plain]
    while len(listed) > 1 and is_place(reading, listed[-1]):
        listed.pop()
    return listed[-1] if listed else None


def misses_head(reading: Reading, first: Hit | None) -> bool:
    """Whether what is asked for above all is a word that what was found does not have."""
    head = _head(reading)
    return head is not None and head.is_plain and (first is None or head in first.unmet)


def is_place(reading: Reading, part: QuestionPart) -> bool:
    """Whether a part of a question names a place."""
    return part.is_name and reading.vocabulary.concepts[part.meanings[0].concept].kind == REGION


class Seeking:
    """A question that seeks an answer. `is_of_figures` says whether a query of figures would take most of it into account."""

    def __init__(self, hits: Hits, meant: Collection[NamedConcept], *, is_of_figures: bool) -> None:
        self.hits, self.reading, self.is_of_figures = hits, hits.reading, is_of_figures
        self.asked, self.kinds = kinds_asked(hits.reading), {concept.kind for concept in meant}
        self.places = {concept.code for concept in meant if concept.kind == REGION}
        self.named = set(meant)
        self.is_of_needs = bool(self.kinds & {NEED, INSTRUMENT})
        self.first = hits.first
        self.asks_a_number = bool(self.asked & OF_NUMBERS) or self.reading.transform == RANK

    @property
    def sought(self) -> Sought:
        """The kind of answer: as the question says it, else as what it names lets it be."""
        may_be_figures = self._may_be_figures
        is_of_order = may_be_figures and self._is_of_order
        if AnswerKind.DATE in self.asked:
            return Sought.DATE
        if AnswerKind.AUTHOR in self.asked or (AnswerKind.ACTOR in self.asked and not is_of_order):
            return Sought.ACTOR
        if may_be_figures:
            return Sought.RANKING if is_of_order and not self.reading.wants_goal else self._of_figures
        return self._of_records

    @property
    def _may_be_figures(self) -> bool:
        """Whether figures may answer: of what is measured, or is named as such and is no need or means of a wish."""
        if AnswerKind.POLICY in self.asked:
            return False
        is_of_figures = self.is_of_figures or self.asks_a_number or self._is_headed_by_measure or not self.is_of_needs
        return measured(self.hits) is not None or (INDICATOR in self.kinds and is_of_figures)

    @property
    def _is_headed_by_measure(self) -> bool:
        concepts = self.reading.vocabulary.concepts
        head = _head(self.reading)
        return head is not None and any(concepts[one.concept].kind == INDICATOR for one in head.meanings[:1])

    @property
    def _is_of_order(self) -> bool:
        """Whether an order is asked for: by words for one, or where it is asked which of several places has more."""
        if AnswerKind.RANKING in self.asked or self.reading.transform == RANK:
            return True
        chooses = AnswerKind.ORDER in self.asked or any(part.keys in CHOOSING for part in self.reading.parts)
        return len(self.places) > 1 and chooses and AnswerKind.COMPARISON not in self.asked

    @property
    def _of_figures(self) -> Sought:
        if self.reading.wants_goal:
            return Sought.GOAL
        is_comparison = AnswerKind.COMPARISON in self.asked and len(self.places) > 1
        return Sought.COMPARISON if is_comparison else Sought.FIGURE

    @property
    def _of_records(self) -> Sought:
        """What answers that is no figure: measures where these are asked for or wished for, a place alone, else what is found."""
        if AnswerKind.POLICY in self.asked:
            return Sought.COUNT if AnswerKind.COUNT in self.asked else Sought.POLICY
        if self.asks_a_number:
            return Sought.RECORD
        head = _head(self.reading)
        if not self.asked and head is not None and BODIES.intersection(head.keys):
            return Sought.ACTOR
        is_wish = any(part.keys in WISHES for part in self.reading.parts)
        if self.is_of_needs or (is_wish and not self.asked):
            is_missed = misses_head(self.reading, self.first)
            is_met = is_wish if self.is_of_needs else not is_missed
            return Sought.POLICY if is_met or not (self.reading.unknown or is_missed) else Sought.RECORD
        is_place_alone = self.kinds == {REGION} and not any(part.is_plain for part in self.reading.parts)
        return Sought.PLACE if is_place_alone and len(self.named) == 1 else Sought.RECORD


def measured(hits: Hits) -> Hit | None:
    """The series that is asked for, where that is what the question finds first, or where it asks for a number and a series meets
    all of it.
    """
    reading, first = hits.reading, hits.first
    if first is not None and first.entry.kind == SERIES and (reading.wants_goal or not first.is_elsewhere):
        return first if first.is_called else None
    asks_a_number = bool(kinds_asked(reading) & OF_NUMBERS) or reading.wants_goal
    best = hits.of_kinds([SERIES]).first if asks_a_number else None
    if best is None or best.is_elsewhere or not best.is_called or any(not part.is_light for part in best.unmet):
        return None
    return best
