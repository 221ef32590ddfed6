"""Dates as precise as a source gives them: EDTF level 0 (ISO 8601-2), `2024`, `2024-06`, `2024-06-13`."""

import calendar
import datetime
import re

PATTERN = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?", re.ASCII)


def span(text: str) -> tuple[datetime.date, datetime.date]:
    """The first and the last day that the date may mean.

    Raises ValueError where the text is no such date.
    """
    match = PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year = int(match["year"])
    if match["day"]:
        day = datetime.date(year, int(match["month"]), int(match["day"]))
        return day, day
    if match["month"]:
        month = int(match["month"])
        first = datetime.date(year, month, 1)
        return first, first.replace(day=calendar.monthrange(year, month)[1])
    return datetime.date(year, 1, 1), datetime.date(year, 12, 31)


def precision(text: str) -> str:
    """`year`, `month` or `day`; `unknown` for the empty date."""
    return {0: "unknown", 4: "year", 7: "month", 10: "day"}[len(text)]
