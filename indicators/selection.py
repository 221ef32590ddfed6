"""Which figures a question asks for, as one SQL statement: conditions on series, on figures, and on when they stood.

Everything that is read of figures goes through a Selection: pages, counts, rankings, availability, files. Its SQL is put
together from the fixed pieces below; what callers give travels as parameters. docs/performance.md says why it is no
QuerySet (docs/decisions/0014).
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, Self

from indicators import components
from indicators.choices import Accumulation, Frequency, ObservationStatus, Qualifier
from indicators.components import BREAKDOWNS
from indicators.labels import Labels
from indicators.models import Observation, Series

Span = tuple[datetime.date | None, datetime.date | None]

FIGURES = f"{Observation._meta.db_table} o"
SERIES = f"{Series._meta.db_table} s"
JOINED = f"{SERIES} JOIN {FIGURES} ON o.series_id = s.id"

# Where a row says what divides figures, and what else they can be narrowed by.
DIMENSIONS = {part.name: part.place for part in components.DIMENSIONS}
OF_FIGURES = {part.name: part.place for part in components.COMPONENTS if not part.of_series}
OF_FIGURES |= {"series": "o.series_id", "id": "o.id"}

FEW_SERIES = 2000  # of which at worst all are looked up, however few figures are wanted (docs/performance.md)


class Condition(NamedTuple):
    """A piece of SQL with its parameters."""

    sql: str
    parameters: tuple[Any, ...] = ()


def any_of(conditions: Iterable[Condition]) -> Condition:
    """The condition that one of these holds; of none, a condition that never does."""
    listed = list(conditions)
    if not listed:
        return Condition("1 = 0")
    text = " OR ".join(f"({condition.sql})" for condition in listed)
    return Condition(f"({text})", tuple(value for condition in listed for value in condition.parameters))


def all_of(conditions: Iterable[Condition]) -> Condition:
    """The condition that all of these hold; of none, one that always does."""
    listed = list(conditions)
    text = " AND ".join(f"({condition.sql})" if " OR " in condition.sql else condition.sql for condition in listed)
    return Condition(text or "1 = 1", tuple(value for condition in listed for value in condition.parameters))


def among(column: str, values: Sequence[Any]) -> Condition:
    """The condition that a column has one of these values; of none, a condition that never holds."""
    if not values:
        return Condition("1 = 0")
    if len(values) == 1:
        return Condition(f"{column} = %s", (values[0],))
    return Condition(f"{column} IN ({', '.join(['%s'] * len(values))})", tuple(values))


def of_members(dimension: str, values: Sequence[Any], *, or_none: bool) -> Condition:
    """The condition that a series is of one of these members of a dimension; with `or_none`, also of none at all."""
    column = DIMENSIONS[dimension]
    if not or_none:
        return among(column, values)
    undivided = Condition(f"{column} IS NULL")
    return any_of([among(column, values), undivided]) if values else undivided


@dataclass(frozen=True)
class Selection:
    """Figures as they stood at a release, narrowed. Every method gives a narrower selection; none asks the store.

    `at` is the key of the release whose state is read, `now` that of the newest one known to this process: rows that a
    later release added are not there yet, those that it retired still are, so that no answer mixes two releases.
    """

    at: int
    now: int
    of_series: tuple[Condition, ...] = ()
    of_figures: tuple[Condition, ...] = ()
    recency: int | None = None
    from_first: bool = False
    standing: Literal["live", "history", "changes"] = "live"
    since: int | None = None
    most_series: float = math.inf  # that it may have, by what is counted of a dimension's members
    counts: Mapping[str, Mapping[int, int]] = field(default_factory=dict, compare=False, repr=False)

    # Narrowing -------------------------------------------------------------------------------------------------------

    def where(self, dimension: str, values: Sequence[Any], *, or_none: bool = False) -> Self:
        """Of these members (keys, or words for frequency, accumulation and variant) of a dimension, or of none at all."""
        counts = None if or_none else self.counts.get(dimension)
        most = math.inf if counts is None else sum(counts.get(key, 0) for key in values)
        return self._of_series(of_members(dimension, values, or_none=or_none), most)

    def of_lines(self, series: Sequence[int]) -> Self:
        """The figures of these series, by their ids."""
        return self._of_series(among("s.id", series), len(series))

    def where_any(self, keys: Iterable[Mapping[str, Sequence[Any]]]) -> Self:
        """Of one of these keys: each names members (None: of none at all) of some dimensions."""
        wanted = []
        for key in keys:
            parts = [
                of_members(name, [m for m in given if m is not None], or_none=None in given)
                for name, given in key.items()
            ]
            text = " AND ".join(part.sql for part in parts) or "1 = 1"
            wanted.append(Condition(text, tuple(value for part in parts for value in part.parameters)))
        return self._of_series(any_of(wanted))

    def preferred(self) -> Self:
        """Without what other sources or methods state for the same thing."""
        return self.where("variant", [""])

    def undivided(self) -> Self:
        """Of no industry, product, partner or trade mode, not accumulated: one line a region, indicator and frequency."""
        selection = self.where("accumulation", [Accumulation.NONE.value])
        for dimension in BREAKDOWNS:
            selection = selection.where(dimension, [], or_none=True)
        return selection

    def having(self, column: str, values: Sequence[Any]) -> Self:
        """Figures with one of these statuses, sources, releases that published them, period labels, series or ids."""
        return self._of_figures(among(OF_FIGURES[column], values))

    def during(self, spans: Iterable[Span]) -> Self:
        """Figures whose period lies within one of the spans of days; an open end is None.

        A year-to-date row counts by the month or quarter that it is labelled with, not by its January.
        """
        return self._of_figures(any_of(_within(first, last) for first, last in spans))

    def not_as_observed(self) -> Self:
        """Figures that are no exact values of status A: goals, bounds, estimates, provisional and missing ones."""
        exact = (Qualifier.EXACT.value, ObservationStatus.NORMAL.value)
        return self._of_figures(Condition("(o.qualifier <> %s OR o.status <> %s)", exact))

    def latest(self, count: int) -> Self:
        """The figures of the `count` latest periods of each series, among these."""
        return replace(self, recency=count)

    def earliest(self, count: int) -> Self:
        """The figures of the `count` earliest periods of each series, among these."""
        return replace(self, recency=count, from_first=True)

    def _of_series(self, condition: Condition, most: float = math.inf) -> Self:
        return replace(self, of_series=(*self.of_series, condition), most_series=min(self.most_series, most))

    def _of_figures(self, condition: Condition) -> Self:
        return replace(self, of_figures=(*self.of_figures, condition))

    # When they stood -------------------------------------------------------------------------------------------------

    def as_of(self, release: int) -> Self:
        """The figures as they stood when this release (its key) had been published."""
        return replace(self, at=release)

    def history(self) -> Self:
        """Every revision of each figure, also those that were retired."""
        return replace(self, standing="history")

    def changed_since(self, release: int) -> Self:
        """What is new or changed since a release, and what was withdrawn; the column `action` says which."""
        return replace(self, standing="changes", since=release)

    def _stood(self) -> Condition:
        """The condition that a row counts, by when it was published and retired (`standing`, `at`, `since`)."""
        stands = "o.released_id <= %s AND (o.retired_id IS NULL OR o.retired_id > %s)"
        if self.standing == "live":
            return Condition(stands, (self.at, self.at))
        if self.standing == "history":
            return Condition("o.released_id <= %s", (self.at,))
        came = Condition(f"o.released_id > %s AND {stands}", (self.since, self.at, self.at))
        went = Condition(
            "o.released_id <= %s AND o.retired_id > %s AND o.retired_id <= %s AND NOT EXISTS "
            f"(SELECT 1 FROM {Observation._meta.db_table} n WHERE n.series_id = o.series_id AND n.period = o.period "
            "AND n.released_id <= %s AND (n.retired_id IS NULL OR n.retired_id > %s))",
            (self.since, self.since, self.at, self.at, self.at),
        )
        return any_of([came, went])

    def action(self) -> Condition:
        """SQL of what happened to a row since `since`: `new`, `changed` or `withdrawn`."""
        return Condition(
            "CASE WHEN o.released_id <= %s THEN 'withdrawn' WHEN EXISTS "
            f"(SELECT 1 FROM {Observation._meta.db_table} b WHERE b.series_id = o.series_id AND b.period = o.period "
            "AND b.released_id <= %s AND b.retired_id > %s) THEN 'changed' ELSE 'new' END",
            (self.since,) * 3,
        )

    def bare(self) -> Self:
        """All figures, as they stood at the same release."""
        return type(self)(self.at, self.now, counts=self.counts)

    # As SQL ----------------------------------------------------------------------------------------------------------

    @property
    def is_of_whole_series(self) -> bool:
        """Whether the conditions are on series only, so that what is kept of each series answers for its figures."""
        untouched = not self.of_figures and self.recency is None
        return untouched and self.standing == "live" and self.at == self.now

    def conditions(self, *, by_key: bool = False) -> Condition:
        """The text after WHERE, over JOINED. `by_key` has the store find series that are named in the order of their keys, so that
        it need not sort their figures; SQLite does better so, PostgreSQL without (docs/performance.md).
        """
        every = [*self._series_by_key(), *self.of_figures] if by_key else [*self.of_series, *self.of_figures]
        text, parameters = all_of([*every, self._stood()])
        if self.recency is None:
            return Condition(text, parameters)
        direction = "ASC" if self.from_first else "DESC"
        ranked = (
            f"SELECT o.id, DENSE_RANK() OVER (PARTITION BY o.series_id ORDER BY o.period_end {direction}) AS recency "
            f"FROM {JOINED} WHERE {text}"
        )
        return Condition(f"o.id IN (SELECT id FROM ({ranked}) ranked WHERE recency <= %s)", (*parameters, self.recency))

    def _series_by_key(self) -> tuple[Condition, ...]:
        named = [DIMENSIONS[name] for name in ("indicator", "region")]
        if not all(any(condition.sql.startswith(column) for condition in self.of_series) for column in named):
            return self.of_series  # there may be many
        where = self.of_series_alone()
        return (Condition(f"s.key IN (SELECT s.key FROM {SERIES} WHERE {where.sql})", where.parameters),)

    @property
    def is_of_few_series(self) -> bool:
        """Whether they are so few that all of them may be found before their figures, however many of these are wanted."""
        return self.most_series <= FEW_SERIES and self.recency is None

    def series_first(self, after: Sequence[Condition], *, descending: bool) -> Condition:
        """The text after FROM that finds the series in the order of their keys, and of each its figures in the order of their periods.

        Nothing else need be sorted: LATERAL has PostgreSQL go through the series in their order, and OFFSET keeps it from merging the
        two. What they come `after` is a condition on the series, and one on both.
        """
        series = all_of([*self.of_series, *after[:1]])
        figures = all_of([Condition("o.series_id = s.id"), *self.of_figures, self._stood(), *after[1:]])
        direction = " DESC" if descending else ""
        text = (
            f"(SELECT * FROM {SERIES} WHERE {series.sql} ORDER BY s.key{direction} OFFSET 0) s CROSS JOIN LATERAL "
            f"(SELECT * FROM {FIGURES} WHERE {figures.sql} ORDER BY o.period{direction}, o.id{direction} OFFSET 0) o"
        )
        return Condition(text, (*series.parameters, *figures.parameters))

    def having_figures(self) -> Condition:
        """The text after WHERE, over SERIES: those that have a figure of the selection."""
        if self.of_figures or self.recency is not None:
            where, parameters = self.conditions()
            return Condition(f"s.id IN (SELECT o.series_id FROM {JOINED} WHERE {where})", parameters)
        series, stood = self.of_series_alone(), self._stood()
        has_figure = f"EXISTS (SELECT 1 FROM {FIGURES} WHERE o.series_id = s.id AND ({stood.sql}))"
        return Condition(f"{series.sql} AND {has_figure}", (*series.parameters, *stood.parameters))

    def of_series_alone(self) -> Condition:
        """The text after WHERE, over SERIES: what the conditions say of series."""
        conditions = self.of_series or (Condition("1 = 1"),)
        text = " AND ".join(f"({condition.sql})" for condition in conditions)
        return Condition(text, tuple(value for condition in conditions for value in condition.parameters))


def everything(labels: Labels) -> Selection:
    """All figures that stand at the newest release that these labels are of."""
    return Selection(labels.newest, labels.newest, counts=labels.series_counts)


def _within(first: datetime.date | None, last: datetime.date | None) -> Condition:
    """What lies between two days: of whole years by the label alone, else by the days as well, and by the label for the index."""
    conditions = []
    if first is not None:
        year = f"{first.year:04}"
        accumulated = f"s.accumulation = '{Accumulation.YTD.value}' AND o.period_end >= %s AND {_ytd_from(first)}"
        conditions.append(
            Condition("o.period >= %s", (year,))
            if (first.month, first.day) == (1, 1)
            else Condition(f"o.period >= %s AND (o.period_start >= %s OR ({accumulated}))", (year, first, first))
        )
    if last is not None:
        following = f"{last.year + 1:04}"
        conditions.append(
            Condition("o.period < %s", (following,))
            if (last.month, last.day) == (12, 31)
            else Condition("o.period < %s AND o.period_end <= %s", (following, last))
        )
    if not conditions:
        return Condition("1 = 1")
    text = " AND ".join(condition.sql for condition in conditions)
    return Condition(text, tuple(value for condition in conditions for value in condition.parameters))


def _ytd_from(first: datetime.date) -> str:
    """Year-to-date rows whose own month or quarter begins on `first`, the first of a month, or later.

    Stored is where a period ends: that of a month ends after it begins, that of a quarter two months on.
    """
    next_quarter = -(-(first.month - 1) // 3)  # 0 for January, 1 for February to April, …, 4 for November and December
    year, last_month = first.year + next_quarter // 4, 3 * (next_quarter % 4) + 3
    quarters = datetime.date(year, last_month, 28)
    return (
        f"(s.frequency = '{Frequency.MONTHLY.value}' OR "
        f"(s.frequency = '{Frequency.QUARTERLY.value}' AND o.period_end >= '{quarters.isoformat()}'))"
    )
