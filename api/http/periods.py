"""The kinds of query parameter that are times: days, periods and spans of them, and moments, by a date or a release."""

from __future__ import annotations

import datetime
import re

from django.utils import timezone

from api.http.parameters import ParameterField, refuse
from indicators.labels import labels
from indicators.periods import Period, parse_period
from sources.bilingual import both

Span = tuple[datetime.date | None, datetime.date | None]


class DayField(ParameterField):
    schema = {"type": "string", "format": "date"}
    example = "2024-06-30"

    def read(self, text: str) -> datetime.date:
        try:
            if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                return datetime.date.fromisoformat(text)
        except ValueError:
            pass
        raise refuse("malformed", both("应为日期 YYYY-MM-DD", "must be a date, YYYY-MM-DD"))


class PeriodsField(ParameterField):
    """Periods and ranges of them, comma-separated: `2024`, `2024-Q1`, `2024-07`, `2018..2024`, `2020..`, `..2022`."""

    many = True
    example = "2018..2024"
    forms_taken = "2024, 2024-Q1, 2024-07, 2018..2024, 2020.., ..2022"

    def read(self, text: str) -> list[Span]:
        return [self.span(item) for item in self.values(text)]

    def span(self, item: str) -> Span:
        first, dots, last = item.partition("..")
        try:
            if not dots:
                period = self.period(first)
                return period.start, period.end
            if not (first or last):
                raise ValueError(item)
            start = self.period(first).start if first else None
            end = self.period(last).end if last else None
        except ValueError:
            message = both(f"{item} 应形如 {self.forms_taken}", f"{item} must be like {self.forms_taken}")
            raise refuse("malformed", message) from None
        if start and end and start > end:
            raise refuse("malformed", both(f"{item} 起止颠倒", f"{item} ends before it begins"))
        return start, end

    def period(self, label: str) -> Period:
        return parse_period(label)


class YearsField(PeriodsField):
    """Years and ranges of them, comma-separated."""

    forms_taken = "2024, 2022,2024, 2018..2024, 2020.., ..2022"

    def period(self, label: str) -> Period:
        if len(label) != len("2024"):
            raise ValueError(label)
        return parse_period(label)


class PeriodField(ParameterField):
    """One period: `2024`, `2024-Q1` or `2024-07`."""

    example = "2024"

    def read(self, text: str) -> str:
        try:
            return parse_period(text).label
        except ValueError:
            message = both("应形如 2024、2024-Q1、2024-07", "must be like 2024, 2024-Q1 or 2024-07")
            raise refuse("malformed", message) from None


class YearField(PeriodField):
    """One year."""

    def read(self, text: str) -> str:
        if len(text) != len("2024"):
            raise refuse("malformed", both("应形如 2024", "must be like 2024"))
        return super().read(text)


class MomentField(ParameterField):
    """A day, a time or a release, read as the key of the newest release at that moment; 0 where there was none yet.

    A day without a time counts to its end, a time without a zone is of the service's own zone (both TIME_ZONE).
    """

    example = "2026-R1"

    def read(self, text: str) -> int:
        known = labels()
        if (release := known.releases.key.get(text)) is not None:
            return release
        try:
            moment = self.moment(text)
        except ValueError:
            message = both(
                "应为日期 YYYY-MM-DD、时间（ISO 8601）或发布版本",
                "must be a date YYYY-MM-DD, a time (ISO 8601) or a release",
            )
            raise refuse("malformed", message, known.releases.key, text) from None
        return max((key for key, at in known.published.items() if at <= moment), default=0)

    def moment(self, text: str) -> datetime.datetime:
        """The last instant that a day or time means. Raises ValueError where it is neither."""
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            day = datetime.date.fromisoformat(text)
            return timezone.make_aware(datetime.datetime.combine(day, datetime.time.max))
        if not re.match(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", text, re.ASCII):
            raise ValueError(text)
        moment = datetime.datetime.fromisoformat(text.replace(" ", "+"))  # a + that was not encoded arrives as a space
        return moment if moment.tzinfo else timezone.make_aware(moment)
