"""Labels of periods and the days they span: `2024`, `2024-Q1`, `2024-07`."""

import calendar
import datetime
import re
from dataclasses import dataclass

from indicators.choices import Accumulation, Frequency

LABEL = re.compile(r"(?P<year>[12]\d{3})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")


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
