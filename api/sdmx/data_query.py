"""Questions for data, of either version of SDMX REST: which figures of a dataflow, told how, in which datasets."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Literal

from api.sdmx.components import (
    ATTRIBUTES,
    BY_ID,
    DIMENSIONS,
    MEASURE,
    TIME,
    Codes,
    Member,
    SdmxComponent,
    cells,
    held_codes,
    stored_columns,
)
from api.sdmx.multipliers import shifted, shifts
from api.sdmx.structures import Dataflow
from indicators.labels import Labels, labels
from indicators.reading import ORDERS, stream
from indicators.selection import Selection, Span

ROWS = 5000

Action = Literal["Information", "Append", "Replace", "Delete"]
Members = Mapping[str, Sequence[Member]]  # of dimensions by their ids in SDMX


@dataclass(frozen=True)
class Chunk:
    """Some rows: the key of each one's series, and the text of each component, a column each."""

    series: Sequence[int]
    columns: Sequence[Sequence[str | None]]


@dataclass(frozen=True)
class SdmxDataset:
    """A dataset of the answer: what is to be done with it, since when it was valid, and its rows."""

    action: Action
    valid_from: str | None
    components: Sequence[SdmxComponent]
    chunks: Generator[Chunk, None, None]


@dataclass(frozen=True)
class Question:
    """Which figures of a dataflow are asked for.

    The answer is written when the request is over, so the question holds its language.
    `keys` are alternatives; `filters` narrow whatever they give; `having` narrows by what a figure says of itself.
    """

    flow: Dataflow
    language: str
    keys: Sequence[Members] = ()
    filters: Members = field(default_factory=dict)
    having: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    spans: Sequence[Span] | None = None
    latest: int | None = None
    earliest: int | None = None
    as_of: int | None = None
    since: int | None = None
    history: bool = False
    by_series: bool = True
    series_only: bool = False
    shown: Sequence[SdmxComponent] = (MEASURE, *ATTRIBUTES)

    def selection(self, without: str = "") -> Selection:
        """The figures, as they stand; `without` what was asked of one dimension."""
        selection = self.flow.selection()
        keys = [self._narrowing(key, without) for key in self.keys]
        if keys and all(keys):
            selection = selection.where_any(keys)
        for name, members in self._narrowing(self.filters, without).items():
            selection = selection.where_any([{name: members}])
        for column, values in self.having.items():
            selection = selection.having(column, values)
        if self.spans is not None:
            selection = selection.during(self.spans)
        if self.latest is not None:
            selection = selection.latest(self.latest)
        if self.earliest is not None:
            selection = selection.earliest(self.earliest)
        return selection if self.as_of is None else selection.as_of(self.as_of)

    @staticmethod
    def _narrowing(members: Members, without: str) -> dict[str, Sequence[Member]]:
        return {str(BY_ID[id_].narrows): given for id_, given in members.items() if id_ != without}

    def in_all(self) -> Selection:
        """Whatever is in one of the datasets."""
        selection = self.selection()
        if self.history:
            return selection.history()
        return selection if self.since is None else selection.changed_since(self.since)

    @property
    def components(self) -> tuple[SdmxComponent, ...]:
        """The components of a row."""
        return DIMENSIONS if self.series_only else (*DIMENSIONS, TIME, *self.shown)

    # The answer --------------------------------------------------------------------------------------------------------

    def parts(self) -> Generator[SdmxDataset, None, None]:
        """The datasets that have rows, in order; each is to be read before the next is asked for. Raises TooLarge."""
        known = labels()
        for action, valid_from, selection in self._datasets(known):
            components = (*DIMENSIONS, TIME) if action == "Delete" else self.components
            chunks = _chunks(selection, components, held_codes(), self.language)
            if first := next(chunks, None):
                yield SdmxDataset(action, valid_from, components, _with_first(first, chunks))

    def _datasets(self, known: Labels) -> Iterator[tuple[Action, str | None, Selection]]:
        selection = self.selection()
        if self.history:
            before = 0
            for release in sorted(key for key in known.published if key <= selection.at):
                published = known.published_text[release]
                for action, rows in _changes(selection.as_of(release), before, known):
                    yield (action if before else "Append"), published, rows
                before = release
        elif self.since is not None:
            for action, rows in _changes(selection, self.since, known):
                yield action, None, rows
        elif self.series_only and selection.recency is None:
            yield "Information", None, selection.latest(1)
        else:
            yield "Information", None, selection


def _with_first(first: Chunk, chunks: Generator[Chunk, None, None]) -> Generator[Chunk, None, None]:
    """All of them, the one already read as well; closing this closes those, and with them their cursor."""
    with closing(chunks):
        yield first
        yield from chunks


def _changes(selection: Selection, since: int, known: Labels) -> Iterator[tuple[Action, Selection]]:
    """What came since a release, and what went without being replaced."""
    changed = selection.changed_since(since)
    came = [key for key in known.published if since < key <= selection.at]
    went = [key for key in known.published if key <= since]
    if came:
        yield "Replace", changed.having("release", came)
    if went:
        yield "Delete", changed.having("release", went)


def _chunks(
    selection: Selection, components: Sequence[SdmxComponent], held: Codes, language: str
) -> Generator[Chunk, None, None]:
    stored = list(dict.fromkeys(["series", "unit", *stored_columns(components, language)]))
    known = shifts()
    for stated in stream(selection, stored, ORDERS["series"], ROWS):
        rows = shifted(stated, stored, known)
        yield Chunk([row[0] for row in rows], cells(rows, stored, components, held, language))
