"""What the public measures are tagged with, in memory: by what the matching judges all of them at once, read once per data version."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from policies.models import Event, Measure, MeasureRegion
from sources.kept import kept_for_version

Value = TypeVar("Value")
Numbers = NDArray[np.int64]


class TagColumn(Generic[Value]):
    """One tag of all measures: the values that there are of it, and which of them each measure has. Many are tagged alike."""

    def __init__(self, values: Iterable[Value]) -> None:
        numbers: dict[Value, int] = {}
        self.numbers = np.array([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.int64)
        self.values = list(numbers)

    def of(self, measure: int) -> Value:
        """The value that a measure has."""
        return self.values[self.numbers[measure]]

    def each(self, measures: Numbers, work: Callable[[Value], int]) -> Numbers:
        """What is worked out of the values of some measures, once of each value."""
        numbers = self.numbers[measures]
        worked = np.zeros(len(self.values), dtype=np.int64)
        for number in np.flatnonzero(np.bincount(numbers)).tolist():
            worked[number] = work(self.values[number])
        return worked[numbers]


class Aid(NamedTuple):
    """What a measure helps with: the needs that it states, and the means by which it works (codes of instruments)."""

    needs: tuple[str, ...]
    means: tuple[str, ...]


class Tags:
    """The public measures in the order of their primary keys, each tag as an array; a measure is named by its place in that order.

    `ranks` are their places in the order of codes. A place is named with the role that it has.
    """

    def __init__(self) -> None:
        """Read of the store in five queries."""
        rows = list(Measure.objects.public().order_by("pk").values_list("pk", "code", "level", "needs"))
        keys = [key for key, *_ in rows]
        places = _linked(MeasureRegion, "region", "role")
        trades, means = (
            _linked(through, column)
            for through, column in (
                (Measure.industries.through, "category"), (Measure.instruments.through, "instrument__code")
            )
        )  # fmt: skip
        self.keys = np.array(keys, dtype=np.int64)
        self.codes = [code for _, code, *_ in rows]
        self.ranks = np.argsort(np.argsort(np.array(self.codes, dtype=object))) if rows else self.keys
        self.levels = TagColumn(level for _, _, level, _ in rows)
        self.places: TagColumn[tuple[tuple[int, str], ...]] = TagColumn(places.get(key, ()) for key in keys)
        self.trades: TagColumn[tuple[int, ...]] = TagColumn(
            tuple(one for (one,) in trades.get(key, ())) for key in keys
        )
        self.aids = TagColumn(
            Aid(tuple(needs.split(";")), tuple(one for (one,) in means.get(key, ()))) for key, _, _, needs in rows
        )
        self._events = list(Event.objects.public().giving_status().in_order().values_list("measure", "type", "date"))
        self._standing: tuple[datetime.date, TagColumn[str | None]] | None = None

    def standing(self) -> TagColumn[str | None]:
        """Where the measures stand today, by the day of the store, whose clock is UTC: the type of the latest event, None without one."""
        today, held = timezone.now().date(), self._standing
        if held is None or held[0] != today:
            latest = {measure: type_ for measure, type_, date in self._events if date is None or date <= today}
            self._standing = held = (today, TagColumn(map(latest.get, self.keys.tolist())))
        return held[1]


def _linked(through: Any, *columns: str) -> Mapping[int, tuple[tuple[Any, ...], ...]]:  # a model of links
    """What measures are linked to, by measure."""
    links: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for measure, *linked in through.objects.order_by("pk").values_list("measure", *columns):
        links[measure].append(tuple(linked))
    return {measure: tuple(each) for measure, each in links.items()}


@kept_for_version
def known_tags() -> Tags:
    """What the measures of the newest release are tagged with."""
    return Tags()
