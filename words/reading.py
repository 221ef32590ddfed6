"""A question as it was understood: its parts, and what they come to together."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from words.grammar import GROWTH, RANK, SHARE, AnswerKind, WordRole
from words.parts import PERIOD, Correction, QuestionPart
from words.units import keys
from words.vocabulary import INDICATOR, PLANNED, REGION, NamedConcept, Vocabulary

RATIO = "ratio"  # what percentages are counted in
TRANSFORMS = (RANK, GROWTH, SHARE)
BARE_NOT = ("不",)  # which stands within much that is no name and excludes nothing: 互不承认


@dataclass(frozen=True)
class Reading:
    """A question as it was understood: its parts in their order, and what they come to together.

    `dropped` are the parts (by place in `parts`) whose place steps back behind a nearer one; `turned` leads from an indicator to
    the rate, share or rank of it that is meant instead; `offered` is what may have been meant, but was not taken for it;
    `computed` is `growth`, `share` or `rank` of what is held, where that itself is not.
    """

    question: str
    parts: tuple[QuestionPart, ...]
    vocabulary: Vocabulary
    dropped: frozenset[int] = frozenset()
    turned: Mapping[int, int] = field(default_factory=dict)
    offered: tuple[Correction, ...] = ()
    computed: str | None = None

    def of_kind(self, kind: str) -> tuple[NamedConcept, ...]:
        """The concepts of a kind that are meant, in the order of the question, each once; of an ambiguous name the best."""
        meant: dict[int, None] = {}
        for place, part in enumerate(self.parts):
            mine = [one for one in part.meanings if self.vocabulary.concepts[one.concept].kind == kind]
            if mine and not (kind == REGION and place in self.dropped):
                meant[self._turned(mine[0].concept)] = None
        return tuple(self.vocabulary.concepts[number] for number in meant)

    def _turned(self, concept: int) -> int:
        """An indicator as the question asks for it: its rate, share or rank where that is held and asked for."""
        return self.turned.get(concept, concept)

    @property
    def regions(self) -> tuple[NamedConcept, ...]:
        return self.of_kind(REGION)

    @property
    def indicators(self) -> tuple[NamedConcept, ...]:
        return self.of_kind(INDICATOR)

    def _does(self, role: str) -> str | None:
        return next((part.does for part in self.parts if part.role == role), None)

    @property
    def period(self) -> str | None:
        """The time that is asked for, as the parameter `period` takes it; several are joined by commas."""
        return ",".join(part.does for part in self.parts if part.role == PERIOD) or None

    @property
    def transform(self) -> str | None:
        """`growth`, `share` or `rank` where that is asked for and no indicator of the reading is it already."""
        if self.computed or self.turned:
            return self.computed
        return self.transform_of({self.vocabulary.by_code[one.kind, one.code] for one in self.indicators})

    def transform_of(self, indicators: Collection[int]) -> str | None:
        """What is asked to be computed of some indicators (by number), which are none of it yet. By what percentage it grew asks for
        growth, and what is a percentage has no share.
        """
        asked = {part.does for part in self.parts if part.role == WordRole.TRANSFORM}
        is_counted = any(part.role == WordRole.UNIT for part in self.parts)
        if GROWTH in asked or is_counted or any(self.vocabulary.concepts[one].family == RATIO for one in indicators):
            asked.discard(SHARE)
        already = self.vocabulary.already
        return next((one for one in TRANSFORMS if one in asked and not already[one].intersection(indicators)), None)

    @property
    def answer(self) -> AnswerKind | None:
        """What kind of answer is asked for; None where the question does not say."""
        does = self._does(WordRole.ANSWER)
        return AnswerKind(does) if does else None

    @property
    def wants_goal(self) -> bool:
        """Whether a goal is asked for rather than what came of it; what is planned by its own name is no goal."""
        meant = {self.vocabulary.by_code[one.kind, one.code] for one in self.indicators}
        is_planned = bool(meant) and meant <= self.vocabulary.already[PLANNED]
        return self._does(WordRole.STATUS) is not None and not is_planned

    def negation_of(self, place: int) -> QuestionPart | None:
        """The word that says of a part, by its place in `parts`, that it is not meant, None where none does: it stands before it, with
        nothing but filling between (不是醴陵的, other than from Africa).
        """
        before = next((part for part in reversed(self.parts[:place]) if part.role != WordRole.FILLER), None)
        return before if before is not None and before.role == WordRole.NEGATION else None

    @property
    def is_denied(self) -> bool:
        """Whether something is excluded, by a word for it before a name or a word that is looked for: firms that have not signed, all
        counties but Liling. What a name says itself is not.
        """
        telling = [part for part in self.parts if part.role != WordRole.FILLER]
        names = {key for part in telling for one in part.meanings[:1] for key in keys(one.name)}
        return any(
            part.role == WordRole.NEGATION
            and part.keys[0] not in names
            and (self._measures(after) or (part.keys != BARE_NOT and (after.is_name or after.is_plain)))
            for part, after in itertools.pairwise(telling)
        )

    def _measures(self, part: QuestionPart) -> bool:
        return any(self.vocabulary.concepts[one.concept].kind == INDICATOR for one in part.meanings)

    @property
    def is_negated(self) -> bool:
        """Whether there is a word that says of anything that it is not meant, which no search can honour."""
        return self._does(WordRole.NEGATION) is not None

    @property
    def corrections(self) -> tuple[Correction, ...]:
        return tuple(dict.fromkeys(part.correction for part in self.parts if part.correction))

    @property
    def unknown(self) -> tuple[QuestionPart, ...]:
        """The words that neither a name nor a text has."""
        return tuple(
            part for part in self.parts
            if part.is_plain and not (part.is_known or part.is_little or part.is_light)
        )  # fmt: skip
