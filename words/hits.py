"""What an index found: entries with how well they fit and how much of the question they meet, best first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from words.documents import KINDS, SERIES
from words.parts import PERIOD, QuestionPart
from words.reading import Reading
from words.vocabulary import Keys

if TYPE_CHECKING:
    from words.index import Index

Scores = NDArray[np.float32]
# From where on a document meets a part of the question, and below how much of all parts what is not met is said above all.
MET, MOSTLY_MET = 0.2, 0.6
# A place is met by much that is of something else, so it counts less; and what is of another place meets less of a question.
OF_PLACE, OTHER_PLACE = 0.6, 0.8
HALF = 0.5
MEASURED = 0.35  # how well a series is met that may be compared with others


class Entry(NamedTuple):
    """Something that can be found, as it is listed."""

    kind: str
    code: str
    pk: int
    name_zh: str
    name_en: str
    family: str

    @property
    def region(self) -> str:
        """The place of a series, which its key says."""
        return self.code.split(".")[1]

    @property
    def indicator(self) -> str:
        """The indicator of a series, which its key says."""
        return self.code.split(".")[2]


@dataclass(frozen=True)
class Hit:
    """An entry that was found: how well (0 to 1), how much of the question it meets (0 to 1), and which parts it does not.

    `is_near` is a series that comes first though it is not of the place, or not of the time, that was asked for, for that has
    none; `is_elsewhere` one of another place. `is_called` says whether its names, not its texts alone, have something that is asked for
    besides the place; `is_of_places` whether it is of each place that is named, not only of what these lie in.
    """

    entry: Entry
    score: float
    coverage: float
    unmet: tuple[QuestionPart, ...]
    is_near: bool = False
    is_elsewhere: bool = False
    is_called: bool = True
    is_of_places: bool = True


@dataclass(frozen=True, eq=False)
class Group:
    """A part of a question with what it weighs, and how well each document meets it (0 to 1).

    `words` is how much of it each document has, where it is several words that nothing is called by.
    """

    part: QuestionPart
    weight: float
    met: Scores
    words: Scores | None = None
    is_place: bool = False

    def covered(self, numbers: NDArray[np.int64]) -> Scores:
        """How much of this part some documents meet (0 to 1)."""
        is_met = (self.met[numbers] >= MET).astype(np.float32)
        return is_met if self.words is None else is_met * self.words[numbers]


class Hits:
    """What was found, best first: counted and sliced as a queryset is.

    `near` are the entries (their numbers) that stand for what is asked for, where just that is not held; `untimely` those of the
    right place that have no figure of the time that is asked for.
    """

    def __init__(
        self, index: Index, reading: Reading, groups: Sequence[Group], ranked: NDArray[np.int64], scores: Scores, *,
        near: Collection[int] = (), untimely: Collection[int] = (), ordered: Sequence[int] = (),
    ) -> None:  # fmt: skip
        self._index, self.reading, self._groups = index, reading, groups
        self._ranked, self._scores, self.near, self.untimely = ranked, scores, frozenset(near), frozenset(untimely)
        self._ordered = ordered

    def count(self) -> int:
        """How many entries are found."""
        return len(self._ranked)

    def __bool__(self) -> bool:
        return bool(len(self._ranked))

    def __getitem__(self, part: slice) -> list[Hit]:
        return self._hits(self._ranked[part])

    def __iter__(self) -> Iterator[Hit]:
        return iter(self[:])

    @property
    def first(self) -> Hit | None:
        """The best; None where nothing was found."""
        return next(iter(self[0:1]), None)

    def _hits(self, numbers: NDArray[np.int64]) -> list[Hit]:
        """Some entries as hits, all judged at once by one part of the question after the other."""
        least = np.where(self._index.kinds[numbers] == KINDS.index(SERIES), HALF, MET).astype(np.float32)
        is_called, is_of_places = np.zeros(len(numbers), dtype=bool), np.ones(len(numbers), dtype=bool)
        for group in self._groups:
            if group.part.role == PERIOD or group.part.is_light:
                continue
            if group.is_place:
                is_of_places &= group.met[numbers] > HALF
            else:
                is_called |= group.met[numbers] >= least
        unmet = [(group.part, (group.covered(numbers) < HALF).tolist()) for group in self._groups]
        told = zip(
            numbers.tolist(), self._scores[numbers].tolist(), self._coverage(numbers).tolist(), is_called.tolist(),
            is_of_places.tolist(), strict=True,
        )  # fmt: skip
        return [
            Hit(
                self._index.entries[number], min(1.0, round(score, 4)), round(coverage, 4),
                tuple(part for part, is_unmet in unmet if is_unmet[row]), number in self.near or number in self.untimely,
                number in self.near, called, of_places,
            )
            for row, (number, score, coverage, called, of_places) in enumerate(told)
        ]  # fmt: skip

    def _coverage(self, numbers: NDArray[np.int64]) -> Scores:
        """How much of the question some entries meet (0 to 1)."""
        whole, met, at_place = 0.0, np.zeros(len(numbers), dtype=np.float32), np.zeros(len(numbers), dtype=bool)
        has_place = any(group.is_place for group in self._groups)
        for group in self._groups:
            if group.part.is_light:
                continue
            weight, covered = group.weight * (OF_PLACE if group.is_place else 1.0), group.covered(numbers)
            whole += weight
            met += weight * covered
            if group.is_place:
                at_place |= covered > 0
        if has_place:
            met[~at_place] *= OTHER_PLACE
        return met / np.float32(whole or 1.0)

    def _only(self, kept: NDArray[np.bool_]) -> Hits:
        return Hits(
            self._index, self.reading, self._groups, self._ranked[kept], self._scores, near=self.near, untimely=self.untimely
        )  # fmt: skip

    def of_kinds(self, kinds: Collection[str]) -> Hits:
        """Only those of some kinds, in the same order."""
        return self._only(np.isin(self._index.kinds[self._ranked], [KINDS.index(kind) for kind in kinds]))

    def meeting_all(self) -> Hits:
        """Only those that meet every part of the question."""
        kept = np.ones(len(self._ranked), dtype=bool)
        for group in self._groups:
            kept &= group.covered(self._ranked) >= HALF
        return self._only(kept)

    def mostly_met(self) -> Hits:
        """Only those that meet most of the question."""
        return self._only(self._coverage(self._ranked) >= MOSTLY_MET)

    def entry(self, number: int) -> Entry:
        """The entry of a number."""
        return self._index.entries[number]

    def compared(self, but: Collection[Keys] = ()) -> list[int]:
        """The series (their numbers) of what is measured in places that lie in those that are named, or anywhere, the best first;
        those of these places themselves, where there are none. `but` are names that say no more than what is compared.
        """
        of_series = self._ranked[self._index.kinds[self._ranked] == KINDS.index(SERIES)]
        measured = [
            group for group in self._groups if group.part.is_name and not (group.is_place or group.part.keys in but)
        ]
        if not measured:
            return []
        kept = np.ones(len(of_series), dtype=bool)
        for group in measured:
            kept &= group.met[of_series] >= MEASURED
        named = {region.code for region in self.reading.regions}
        listed = [(int(number), self.entry(int(number)).region) for number in of_series[kept]]
        within = [
            number for number, place in listed
            if not named or any(place != one and self._index.lies_within(place, one) for one in named)
        ]  # fmt: skip
        return within or [number for number, place in listed if place in named]

    def preferring(self, numbers: Sequence[int]) -> Hits:
        """The hits with these entries first, in the order given."""
        first = np.array(numbers, dtype=np.int64)
        rest = self._ranked[~np.isin(self._ranked, first)]
        scores = self._scores.copy()
        scores[first] = scores.max()
        return Hits(
            self._index, self.reading, self._groups, np.concatenate([first, rest]), scores, ordered=tuple(numbers)
        )

    @property
    def ordered(self) -> list[Entry]:
        """The series that the question compares, in the order that it asks for; none where it asks for no order."""
        return list(map(self.entry, self._ordered))

    def parts_met(self, kind: str) -> list[tuple[QuestionPart, float, NDArray[np.float64]]]:
        """Each part of the question that asks something: what it weighs, and how well it is met by what is held of a kind (0 to 1, at
        the key in the store).
        """
        numbers = self._of_kind(kind)
        pks = self._index.pks[numbers]
        listed = []
        for group in self._groups:
            met = np.zeros(int(pks.max(initial=0)) + 1)
            met[pks] = group.met[numbers]
            listed.append((group.part, group.weight, met))
        return listed

    def of_records(self, kind: str, pks: Collection[int]) -> dict[int, Hit]:
        """Some records of a kind as hits, by their keys in the store."""
        numbers = self._of_kind(kind)
        wanted = numbers[np.isin(self._index.pks[numbers], list(pks))]
        return {hit.entry.pk: hit for hit in self._hits(wanted)}

    def _of_kind(self, kind: str) -> NDArray[np.int64]:
        return np.flatnonzero(self._index.kinds == KINDS.index(kind))

    @property
    def by_kind(self) -> Counter[str]:
        """Kind of entry → how many are found."""
        counts = np.bincount(self._index.kinds[self._ranked], minlength=len(KINDS))
        return Counter({kind: int(count) for kind, count in zip(KINDS, counts, strict=True)})

    @property
    def pks(self) -> list[int]:
        """The keys in the store, best first; of one kind they are of one table."""
        return [self._index.entries[number].pk for number in self._ranked]
