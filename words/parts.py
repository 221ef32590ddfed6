"""The parts of a question, and what a reading asks of all that is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from words.grammar import LIGHT
from words.scattered_names import ScatteredNames
from words.units import IS_HAN
from words.vocabulary import Keys, NameMeaning

PERIOD = "period"


@dataclass(frozen=True)
class Correction:
    """That words of the question were taken for others: where they stand, what they were taken for, and how that was found."""

    start: int
    end: int
    written: str
    meant: str
    how: str


@dataclass(frozen=True)
class QuestionPart:
    """Some words of the question: where they stand, their keys, and what they may mean or do.

    `meanings` are of names, the best first; `role` and `does` of words of the language and of times (then `does` is the
    period). A part with neither is of words that nothing is called by; texts may have them all the same.
    """

    start: int
    end: int
    text: str
    keys: Keys
    meanings: tuple[NameMeaning, ...] = ()
    role: str = ""
    does: str = ""
    correction: Correction | None = None
    is_known: bool = True

    @property
    def is_name(self) -> bool:
        return bool(self.meanings)

    @property
    def is_little(self) -> bool:
        """Whether it is a single Chinese character, which says too little to be looked for by itself."""
        return len(self.keys) == 1 and bool(IS_HAN.match(self.keys[0]))

    @property
    def is_plain(self) -> bool:
        """Whether it is words that are only to be looked for."""
        return not self.meanings and not self.role

    @property
    def is_light(self) -> bool:
        """Whether it says how something is asked for or done, not what: texts may have it, nothing is missed without it."""
        return self.is_plain and all(key in LIGHT or key.isdecimal() for key in self.keys)


class Texts(Protocol):
    """What a reading asks of all that is held."""

    scattered: ScatteredNames

    def has(self, known: Keys) -> bool:
        """Whether any text has a word or the beginning of it, or two characters side by side."""

    def has_word(self, word: str) -> bool:
        """Whether any text has just this word."""

    def lies_within(self, region: str, other: str) -> bool:
        """Whether one region, by its code, lies in another."""

    def holds(self, regions: Sequence[int], indicator: int) -> bool:
        """Whether there are figures of an indicator, in one of some regions or anywhere (by their numbers in the vocabulary)."""
