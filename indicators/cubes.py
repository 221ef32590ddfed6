"""The datasets that the figures are offered as: all of them (`OBS`), and those of each topic, by its code.

A cube is what a dataset has members of: which indicators, regions, breakdowns and periods, from when to when. The faces that
list datasets (PxWeb, the catalogue) read it here, once per data version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from indicators.choices import Accumulation
from indicators.labels import Label, Labels, labels
from indicators.models import Indicator
from indicators.reading import fetch
from indicators.selection import DIMENSIONS, JOINED, SERIES, Selection, everything

EVERYTHING = Label("OBS", "全部观测数据", "All observations")

# Where the names of a dimension's members are; those of the others are words.
TABLES: dict[str, str] = {
    "indicator": "indicators", "region": "regions", "industry": "industries", "product": "products",
    "partner": "regions", "trade_mode": "trade_modes",
}  # fmt: skip
# What a member that is none stands for: the undivided total, no accumulation, the preferred statement.
NONE: dict[str, Any] = {
    "industry": None, "product": None, "partner": None, "trade_mode": None, "accumulation": Accumulation.NONE.value,
    "variant": "",
}  # fmt: skip
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
    """A dataset: `topic` is the key of its topic, None for everything.

    `members` has the keys (words for accumulation and variant) of each dimension in the order of their codes, the none first;
    `periods` their labels in order; `changed` is the key of the release that last added or retired a figure of it.
    """

    label: Label
    topic: int | None
    members: dict[str, tuple[Any, ...]]
    periods: tuple[str, ...]
    series: int
    figures: int
    changed: int

    def selection(self, names: Labels) -> Selection:
        """The figures of this cube as they stand."""
        selection = everything(names)
        return selection if self.topic is None else selection.where("indicator", self.members["indicator"])


@dataclass(frozen=True)
class Cubes:
    """Every dataset that has figures, by its code: `OBS` first, then the topics in their order."""

    labels: Labels
    by_code: dict[str, Cube]
    contents: dict[int, Content]


def _in_order(names: Labels, dimension: str, keys: Iterable[Any]) -> tuple[Any, ...]:
    table = TABLES.get(dimension)
    code = getattr(names, table).code.__getitem__ if table else str
    none = NONE.get(dimension, "no key is this")
    return tuple(sorted(keys, key=lambda key: (key != none, code(key) or "")))


def _load(names: Labels) -> Cubes:
    topic_of = f"JOIN {Indicator._meta.db_table} i ON i.id = s.indicator_id"
    found: dict[int | None, dict[str, set[Any]]] = {}
    for dimension in DIVIDING:
        column = DIMENSIONS[dimension]
        sql = f"SELECT DISTINCT i.topic_id, {column} FROM {SERIES} {topic_of} WHERE s.observation_count > 0"
        for topic, key in fetch(sql, ()):
            for cube in (None, topic):
                found.setdefault(cube, {}).setdefault(dimension, set()).add(key)
    lines = fetch(
        f"SELECT i.topic_id, COUNT(*), SUM(s.observation_count) FROM {SERIES} {topic_of} "
        "WHERE s.observation_count > 0 GROUP BY i.topic_id", (),
    )  # fmt: skip
    stood = fetch(
        "SELECT i.topic_id, o.period, SUM(CASE WHEN o.retired_id IS NULL THEN 1 ELSE 0 END), MAX(o.released_id), "
        f"MAX(o.retired_id) FROM {JOINED} {topic_of} GROUP BY i.topic_id, o.period", (),
    )  # fmt: skip
    codes: dict[int | None, Label] = {None: EVERYTHING, **{key: names.topics[key] for key in names.topics.key.values()}}
    cubes = [_cube(names, topic, label, found[topic], lines, stood) for topic, label in codes.items() if topic in found]
    contents = {
        key: Content(unit, decimals, kind, basis, names.factors[unit][1])
        for key, unit, decimals, kind, basis in Indicator.objects.values_list(
            "pk", "unit", "decimals", "kind", "price_basis"
        )
    }
    return Cubes(names, {cube.label.code: cube for cube in cubes}, contents)


def _cube(names: Labels, topic: Any, label: Label, members: dict[str, set[Any]], lines: Any, stood: Any) -> Cube:
    of_it = [row for row in stood if topic in (None, row[0])]
    return Cube(
        label, topic, {dimension: _in_order(names, dimension, members[dimension]) for dimension in DIVIDING},
        periods=tuple(sorted({row[1] for row in of_it if row[2]})),
        series=sum(row[1] for row in lines if topic in (None, row[0])),
        figures=sum(int(row[2]) for row in lines if topic in (None, row[0])),
        changed=max(max(row[3], row[4] or 0) for row in of_it),
    )  # fmt: skip


_loaded: Cubes | None = None


def cubes() -> Cubes:
    """The datasets of the newest release."""
    global _loaded
    current, names = _loaded, labels()
    if current is None or current.labels is not names:
        current = _loaded = _load(names)
    return current


def frequencies_of(periods: Iterable[str]) -> set[str]:
    """Which of A, Q and M the labels of periods are of."""
    return {"A" if len(label) == 4 else "Q" if "Q" in label else "M" for label in periods}
