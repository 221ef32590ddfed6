"""Times as SDMX writes them in queries: Gregorian and reporting periods, days and instants, as spans of whole days."""

from __future__ import annotations

import calendar
import datetime
import re

from indicators.periods import parse_period
from indicators.selection import Span

DAY = datetime.timedelta(days=1)
REPORTING = re.compile(r"([12]\d{3})-(A1|S[12]|T[1-3]|Q[1-4]|M(?:0[1-9]|1[0-2]))", re.ASCII)
MONTHS = {"A": 12, "S": 6, "T": 4, "Q": 3, "M": 1}
A_DAY = re.compile(r"[12]\d{3}-\d{2}-\d{2}(?:T[0-9:.+Z-]*)?", re.ASCII)


def days_of(text: str) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of a period: 2024, 2024-07, 2024-07-31, 2024-Q1, 2024-M07, 2024-S1, 2024-A1.

    Raises ValueError where the text is none.
    """
    if match := REPORTING.fullmatch(text):
        year, kind, number = int(match[1]), match[2][0], int(match[2][1:])
        last = MONTHS[kind] * number
        end = datetime.date(year, last, calendar.monthrange(year, last)[1])
        return datetime.date(year, last - MONTHS[kind] + 1, 1), end
    if A_DAY.fullmatch(text):
        day = datetime.datetime.fromisoformat(text).date()
        return day, day
    period = parse_period(text)
    return period.start, period.end


def label_of(text: str) -> str:
    """The label of a period of ours that is written as a reporting period: 2024-A1 is 2024, 2024-M07 is 2024-07."""
    match = REPORTING.fullmatch(text)
    if match is None or match[2][0] not in "AM":
        return text
    return match[1] if match[2] == "A1" else f"{match[1]}-{match[2][1:]}"


def compared(operator: str, text: str) -> Span:
    """The span of days that `ge`, `gt`, `le`, `lt` or `eq` of a period means. Raises ValueError."""
    first, last = days_of(text)
    spans: dict[str, Span] = {
        "ge": (first, None), "gt": (last + DAY, None), "le": (None, last), "lt": (None, first - DAY), "eq": (first, last),
    }  # fmt: skip
    if operator not in spans:
        raise ValueError(operator)
    return spans[operator]


def both_of(one: Span, other: Span) -> Span:
    """What lies within both spans."""
    firsts = [span[0] for span in (one, other) if span[0]]
    lasts = [span[1] for span in (one, other) if span[1]]
    return max(firsts, default=None), min(lasts, default=None)
