"""The figures of series that a search found: of the time that was asked for, else the newest, each with its phrases."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from api.data.figure_rows import figure_row
from api.data.revisions import phrases_of
from indicators.choices import OBSERVED, ObservationStatus
from indicators.components import BREAKDOWNS
from indicators.labels import TABLES, Labels, labels
from indicators.periods import parse_period
from indicators.reading import records
from indicators.selection import Selection, Span, everything
from words.reading import Reading

Record = dict[str, Any]
COLUMNS = ("id", "key", "period", "value", "decimals", "unit", "status", "qualifier", *TABLES)


def figures_of(series: Sequence[int], reading: Reading, language: str) -> dict[int, tuple[str, dict[str, Any]]]:
    """Series (key in the store) → what it is called, and its figure as FoundFigure shows it. A fixed number of queries."""
    if not series:
        return {}
    known = labels()
    chosen: dict[int, Record] = {}
    for selection in _preferred(reading, everything(known)):
        rest = [key for key in series if key not in chosen]
        if rest:
            rows = records(selection.of_lines(rest).latest(1), ("series", *COLUMNS))
            chosen |= {row["series"]: row for row in rows}
    phrases = phrases_of([row["id"] for row in chosen.values()], None)
    return {
        key: (
            name_of(row, known, language),
            {**figure_row(row, known, language), "citations": phrases[row["id"]]},
        )
        for key, row in chosen.items()
    }


def _preferred(reading: Reading, every: Selection) -> list[Selection]:
    """Which figures of a series are wanted, those wanted most first: of the time asked for, what was observed, any."""
    status = [ObservationStatus.FORECAST] if reading.wants_goal else list(OBSERVED)
    wanted = every.having("status", [one.value for one in status])
    spans = [span_of(period) for period in (reading.period or "").split(",") if period]
    timely = [wanted.during(spans), every.during(spans)] if spans else []
    return [*timely, wanted, every]


def span_of(period: str) -> Span:
    """The days of a period as it is asked for: 2024, 2024-Q1, 2020..2024, 2024.. ."""
    first, _, last = period.partition("..") if ".." in period else (period, "", period)
    start: datetime.date | None = parse_period(first).start if first else None
    return start, parse_period(last).end if last else None


def name_of(row: Record, known: Labels, language: str) -> str:
    """What a series is called: its place, its indicator, and what divides it."""
    named = ["region", "indicator", *(name for name in BREAKDOWNS if row[name] is not None)]
    names = [str(getattr(known, TABLES[name]).name[language][row[name]]) for name in named]
    if language == "zh":
        return "".join(names[:2]) + (f"（{'、'.join(names[2:])}）" if names[2:] else "")
    return ", ".join(names)
