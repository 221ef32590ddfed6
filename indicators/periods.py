"""Labels of periods and the days they span: `2024`, `2024-Q1`, `2024-07`."""

import calendar
import datetime
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from indicators.choices import Accumulation, Frequency

LABEL = re.compile(r"(?P<year>[12]\d{3})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?", re.ASCII)


@dataclass(frozen=True)
class Period:
    """A span of whole days with its label and the frequency that the label implies."""

    label: str
    frequency: Frequency
    start: datetime.date
    end: datetime.date

    def accumulated(self, accumulation: str) -> "Period":
        """The same label as a year-to-date period: from 1 January to its own end."""
        if accumulation != Accumulation.YTD:
            return self
        return Period(self.label, self.frequency, datetime.date(self.start.year, 1, 1), self.end)


@lru_cache(maxsize=10_000)
def parse_period(label: str) -> Period:
    """Read `YYYY`, `YYYY-Qn` or `YYYY-MM`.

    Raises ValueError where the label is none of these.
    """
    match = LABEL.fullmatch(label)
    if match is None:
        raise ValueError(label)
    year = int(match["year"])
    if match["quarter"]:
        first, last, frequency = 3 * int(match["quarter"]) - 2, 3 * int(match["quarter"]), Frequency.QUARTERLY
    elif match["month"]:
        first, last, frequency = int(match["month"]), int(match["month"]), Frequency.MONTHLY
    else:
        first, last, frequency = 1, 12, Frequency.ANNUAL
    end = datetime.date(year, last, calendar.monthrange(year, last)[1])
    return Period(label, frequency, datetime.date(year, first, 1), end)


def earlier(label: str, *, a_year: bool) -> str:
    """The label of the same period a year earlier, or of the period just before: 2024-Q1 → 2023-Q1, or 2023-Q4."""
    period = parse_period(label)
    year = period.start.year
    if a_year or period.frequency == Frequency.ANNUAL:
        return f"{year - 1:04}{label[4:]}"
    if period.frequency == Frequency.QUARTERLY:
        quarter = int(label[-1])
        return f"{year:04}-Q{quarter - 1}" if quarter > 1 else f"{year - 1:04}-Q4"
    month = period.start.month
    return f"{year:04}-{month - 1:02}" if month > 1 else f"{year - 1:04}-12"


def years_between(earlier: str, later: str) -> Decimal:
    """How many years lie between two periods of one frequency: 2022-Q1 and 2024-Q3 are 2.5 years apart."""
    first, last = parse_period(earlier).start, parse_period(later).start
    return Decimal(12 * (last.year - first.year) + last.month - first.month) / 12
