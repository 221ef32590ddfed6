"""Which documents have a term, and how well: numpy arrays, one run a term, built once and never changed.

A term is a text: the key of a unit (`trade`, `2024`), two Chinese characters that stand side by side, or a concept (`#17`).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Documents = NDArray[np.integer[Any]]
Weights = NDArray[np.floating[Any]]
STEPS = 255  # weights are kept in so many steps


class PostingsBuilder:
    """Collects the terms of documents, which come in the order of their numbers."""

    def __init__(self) -> None:
        self.count = 0
        self._numbers: dict[str, int] = {}
        self._terms, self._documents, self._weights = array("I"), array("I"), array("B")

    def add(self, terms: Mapping[str, float]) -> int:
        """Another document with its terms and how well each finds it (0 to 1); gives its number."""
        numbers = self._numbers
        self._terms.extend([numbers.setdefault(term, len(numbers)) for term in terms])
        self._weights.extend([max(1, round(STEPS * weight)) for weight in terms.values()])
        self._documents.extend([self.count] * len(terms))
        self.count += 1
        return self.count - 1

    def built(self) -> Postings:
        return Postings(self._numbers, self._terms, self._documents, self._weights, self.count)


class Postings:
    """The documents of each term, by number, with weights."""

    def __init__(
        self, numbers: dict[str, int], terms: array[int], documents: array[int], weights: array[int], count: int
    ) -> None:
        self.count = count
        self._numbers = numbers
        of_terms = np.frombuffer(terms, dtype=np.uint32) if terms else np.zeros(0, dtype=np.uint32)
        order = np.argsort(of_terms, kind="stable")
        listed = np.frombuffer(documents, dtype=np.uint32)[order] if terms else np.zeros(0, dtype=np.uint32)
        self._documents: Documents = listed.astype(np.uint16) if count <= 2**16 else listed
        self._weights = np.array(weights, dtype=np.uint8)[order] if terms else np.zeros(0, dtype=np.uint8)
        self._starts = np.zeros(len(numbers) + 1, dtype=np.int64)
        np.cumsum(np.bincount(of_terms, minlength=len(numbers)), out=self._starts[1:])

    def __contains__(self, term: str) -> bool:
        return term in self._numbers

    def frequency(self, term: str) -> int:
        """How many documents have a term."""
        number = self._numbers.get(term)
        return 0 if number is None else int(self._starts[number + 1] - self._starts[number])

    def of(self, term: str) -> tuple[Documents, Weights] | None:
        """The documents that have a term, in their order, each with its weight (0 to 1); None where none has."""
        number = self._numbers.get(term)
        if number is None:
            return None
        run = slice(int(self._starts[number]), int(self._starts[number + 1]))
        return self._documents[run], self._weights[run].astype(np.float32) / np.float32(STEPS)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(term for term in self._numbers if not term.startswith("#"))

    def beginning(self, start: str, most: int) -> list[str]:
        """Terms of texts that begin so, at most so many, in their order."""
        at = bisect_left(self._sorted, start)
        return [term for term in self._sorted[at : at + most] if term.startswith(start)]
