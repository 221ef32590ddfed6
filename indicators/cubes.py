"""The datasets that the figures are offered as: all of them (`OBS`), and those of each topic, by its code.

A cube is what a dataset has members of: which indicators, regions, breakdowns and periods, from when to when. The catalogue
lists them; PxWeb has tables instead, each of which a client can take whole. Both read them here, once per data version.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from indicators import components
from indicators.labels import TABLES, Label, Labels, labels
from indicators.models import Indicator
from indicators.reading import fetch
from indicators.selection import DIMENSIONS, JOINED, SERIES, Selection, everything
from sources.kept import kept_for_version

EVERYTHING = Label("OBS", "全部观测数据", "All observations")

# What a member that is none stands for: the undivided total, no accumulation, the preferred statement.
NONE: dict[str, Any] = {part.name: part.nothing.stored for part in components.DIMENSIONS if part.nothing}
BREAKDOWNS = components.BREAKDOWNS
Breakdowns = tuple[str, ...]  # in the order of BREAKDOWNS
DIVIDING = ("indicator", "region", *NONE)  # the frequency is told by the period's label


class Content(NamedTuple):
    """What a cube says of an indicator: the unit that all its values are given in, its decimals and its kind."""

    unit: int
    decimals: int
    kind: str
    price_basis: str
    factor: Decimal


@dataclass(frozen=True)
class Cube:
    """A dataset, or a table of it: `topic` is the key of its topic, None for everything.

    `members` has the keys (words for accumulation and variant) of each dimension in the order of their codes, the none first;
    `periods` their labels in order; `changed` is the key of the release that last added or retired a figure of it. A table has
    the series that are divided by no others than its `breakdowns`; a dataset, of which these are None, has all.
    """

    label: Label
    topic: int | None
    members: dict[str, tuple[Any, ...]]
    periods: tuple[str, ...]
    series: int
    figures: int
    changed: int
    breakdowns: Breakdowns | None = None

    def selection(self, names: Labels) -> Selection:
        """The figures of this cube as they stand."""
        selection = everything(names)
        if self.topic is not None:
            selection = selection.where("indicator", self.members["indicator"])
        if self.breakdowns is not None:
            for dimension in BREAKDOWNS:
                if dimension not in self.breakdowns:
                    selection = selection.where(dimension, [], or_none=True)
        return selection


@dataclass(frozen=True)
class Cubes:
    """Every dataset that has figures, by its code: `OBS` first, then the topics in their order; and every table.

    A table has indicators of one topic that have the same breakdowns: `TRADE` is undivided, `TRADE-INDUSTRY` has what is also
    divided by industry, beside its totals. So tables are small where a dataset is a cube of mostly nothing.
    """

    labels: Labels
    by_code: dict[str, Cube]
    tables: dict[str, Cube]
    contents: dict[int, Content]


def _in_order(names: Labels, dimension: str, keys: Iterable[Any]) -> tuple[Any, ...]:
    table = TABLES.get(dimension)
    code = getattr(names, table).code.__getitem__ if table else str
    none = NONE.get(dimension, "no key is this")
    return tuple(sorted(keys, key=lambda key: (key != none, code(key) or "")))


@dataclass
class _Portion:
    """What the series of one indicator have that are divided in the same way."""

    members: dict[str, set[Any]] = field(default_factory=lambda: defaultdict(set))
    periods: set[str] = field(default_factory=set)
    series: int = 0
    figures: int = 0
    changed: int = 0


Parts = dict[tuple[int, Breakdowns], _Portion]


def _parts() -> Parts:
    """All there is, by indicator and breakdowns."""
    divided = ", ".join(f"CASE WHEN {DIMENSIONS[name]} IS NULL THEN 0 ELSE 1 END" for name in BREAKDOWNS)
    parts: Parts = defaultdict(_Portion)

    def rows(more: str, source: str, grouped: str) -> Iterator[tuple[_Portion, Sequence[Any]]]:
        sql = f"SELECT s.indicator_id, {divided}, {more} FROM {source} GROUP BY s.indicator_id, {divided}{grouped}"
        for indicator, *cells in fetch(sql, ()):
            flags, told = cells[: len(BREAKDOWNS)], cells[len(BREAKDOWNS) :]
            yield parts[indicator, tuple(name for name, flag in zip(BREAKDOWNS, flags, strict=True) if flag)], told

    held = f"{SERIES} WHERE s.observation_count > 0"
    for dimension in DIVIDING:
        column = DIMENSIONS[dimension]
        for part, (key,) in rows(column, held, f", {column}"):
            part.members[dimension].add(key)
    for part, (series, figures) in rows("COUNT(*), SUM(s.observation_count)", held, ""):
        part.series, part.figures = series, int(figures)
    stood = "o.period, SUM(CASE WHEN o.retired_id IS NULL THEN 1 ELSE 0 END), MAX(o.released_id), MAX(o.retired_id)"
    for part, (period, live, released, retired) in rows(stood, JOINED, ", o.period"):
        part.periods |= {period} if live else set()
        part.changed = max(part.changed, released, retired or 0)
    return parts


def _load(names: Labels) -> Cubes:
    parts = _parts()
    topic_of = {indicator: about.topic for indicator, about in names.measured.items()}
    topics = {key: names.topics[key] for key in names.topics.key.values()}
    sets: list[tuple[Label, int | None, list[_Portion]]] = [(EVERYTHING, None, list(parts.values()))]
    tables: dict[str, Cube] = {}
    for topic, label in topics.items():
        of_topic = {key: part for key, part in parts.items() if topic_of.get(key[0]) == topic}
        sets.append((label, topic, list(of_topic.values())))
        for breakdowns in sorted({key[1] for key, part in of_topic.items() if part.series}, key=_in_place):
            having = {key[0] for key in of_topic if key[1] == breakdowns}
            within = [part for key, part in of_topic.items() if key[0] in having and set(key[1]) <= set(breakdowns)]
            code = "-".join((label.code, *(name.upper() for name in breakdowns)))
            tables[code] = _cube(names, label._replace(code=code), topic, within, breakdowns)
    return Cubes(
        names,
        {
            label.code: _cube(names, label, topic, held)
            for label, topic, held in sets
            if any(part.series for part in held)
        },
        tables,
        {
            key: Content(unit, decimals, kind, basis, names.factors[unit][1])
            for key, unit, decimals, kind, basis in Indicator.objects.values_list(
                "pk", "unit", "decimals", "kind", "price_basis"
            )
        },
    )


def _in_place(breakdowns: Breakdowns) -> tuple[int, ...]:
    return len(breakdowns), *map(BREAKDOWNS.index, breakdowns)


def _cube(
    names: Labels, label: Label, topic: int | None, parts: Sequence[_Portion], breakdowns: Breakdowns | None = None
) -> Cube:
    members = {dimension: set().union(*(part.members[dimension] for part in parts)) for dimension in DIVIDING}
    return Cube(
        label, topic, {dimension: _in_order(names, dimension, keys) for dimension, keys in members.items()},
        periods=tuple(sorted(set().union(*(part.periods for part in parts)))),
        series=sum(part.series for part in parts), figures=sum(part.figures for part in parts),
        changed=max(part.changed for part in parts), breakdowns=breakdowns,
    )  # fmt: skip


@kept_for_version
def cubes() -> Cubes:
    """The datasets of the newest release."""
    return _load(labels())


def frequencies_of(periods: Iterable[str]) -> set[str]:
    """Which of A, Q and M the labels of periods are of."""
    return {"A" if len(label) == 4 else "Q" if "Q" in label else "M" for label in periods}
