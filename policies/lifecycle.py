"""Stock and flow: where measures stood at the end of each year, and what happened to them in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Case, Count, F, Value, When
from django.db.models.functions import Left

from policies.choices import EventType
from policies.models import Event, EventQuerySet, MeasureQuerySet


@dataclass(frozen=True)
class Tally:
    """A number of measures: in a year (None where that is not known), with a status or an event of a type."""

    year: str | None
    type: str | None
    count: int


def flow(measures: MeasureQuerySet) -> list[Tally]:
    """How many of the measures had an event of each type in each year; an undated event is of the year None."""
    year = Case(When(edtf="", then=Value(None)), default=Left("edtf", 4))
    counted = _events_of(measures).order_by().values("type", year=year).annotate(count=Count("measure", distinct=True))
    return _in_order([Tally(row["year"], row["type"], row["count"]) for row in counted])


def stock(measures: MeasureQuerySet) -> list[Tally]:
    """How many of the measures had each status on the last day of each year, from the first dated event to the last.

    A measure with no dated event stands in no year: it is counted once, under the year None, with the status that its
    undated events give it, or None where it has no event that gives one.
    """
    events = _events_of(measures).exclude(type=EventType.AMENDED).in_order()
    undated: dict[int, str] = {}
    standing: dict[int, str] = {}
    tallies: list[Tally] = []
    at: Counter[str] = Counter()
    year: int | None = None
    for measure, type_, edtf in events.values_list("measure", F("type"), "edtf"):
        if not edtf:
            undated[measure] = type_
            continue
        for ended in range(year or int(edtf[:4]), int(edtf[:4])):
            tallies += [Tally(str(ended), status, count) for status, count in at.items() if count]
        year = int(edtf[:4])
        if measure in standing:
            at[standing[measure]] -= 1
        standing[measure] = type_
        at[type_] += 1
    tallies += [Tally(str(year), status, count) for status, count in at.items() if count]
    never = Counter(type_ for measure, type_ in undated.items() if measure not in standing)
    tallies += [Tally(None, status, count) for status, count in never.items()]
    if silent := measures.count() - len(standing.keys() | undated.keys()):
        tallies.append(Tally(None, None, silent))
    return _in_order(tallies)


def _events_of(measures: MeasureQuerySet) -> EventQuerySet:
    return Event.objects.public().filter(measure__in=measures.order_by().values("pk"))


def _in_order(tallies: list[Tally]) -> list[Tally]:
    """By year, the unknown one last, then by the stage of life."""
    stages = [*EventType.values, None]
    return sorted(tallies, key=lambda t: (t.year is None, t.year, stages.index(t.type)))
