"""Periods as offices write them: whole in a header or a cell, or a part of a year whose year stands elsewhere."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from indicators.choices import Accumulation, Frequency
from indicators.periods import parse_period

LONGEST_PERIOD = 40  # characters
YEAR = r"(?P<year>(?<!\d)[12]\d{3}(?!\d))"
THROUGH = "[-–—~至到]"
PART = rf"""(?:
    (?P<from>0?1月?{THROUGH})?(?P<month>1[0-2]|0?[1-9])月份?
  | (?P<first>[1一]季?度?{THROUGH})?第?(?P<quarter>[1-4一二三四])季度?
  | q(?P<q>[1-4])
  | (?P<named>上半年|前三季度|全年)
)(?P<end>累计|当月|末|底)?"""
PART_OF_YEAR = re.compile(PART, re.VERBOSE)
WHOLE = re.compile(rf"{YEAR}(?:年(?:度|末|底|全年)?(?:实际)?|\[yr(?P=year)\])?", re.ASCII)
WITH_PART = re.compile(rf"{YEAR}年?[-—]?{PART}", re.VERBOSE)
COMPACT = re.compile(r"(?P<year>[12]\d{3})m?(?P<month>0[1-9]|1[0-2])", re.ASCII)  # 202604, 2026M04
QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}
NAMED = {"上半年": "Q2", "前三季度": "Q3"}
LAYOUT = re.compile(r"(?<!\d)\s+|\s+(?!\d)")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
A_DATE = re.compile(
    r"(?P<y>[12]\d{3})(?P<s>[-/.])(?P<m>\d{1,2})(?:(?P=s)(?P<d>\d{1,2}))?|(?P<month>\d{1,2})/(?P<year>[12]\d{3})",
    re.ASCII,
)
FREQUENCIES = {
    **dict.fromkeys(("年", "年度", "a", "annual", "annually", "yearly", "year"), Frequency.ANNUAL),
    **dict.fromkeys(("季", "季度", "q", "quarterly", "quarter"), Frequency.QUARTERLY),
    **dict.fromkeys(("月", "月度", "m", "monthly", "month"), Frequency.MONTHLY),
}
MORE_OF_FREQUENCY = re.compile("[,(:;]")  # Annual, ending "Dec" of each year
MONTHS_OF = {Frequency.ANNUAL: 12, Frequency.QUARTERLY: 3, Frequency.MONTHLY: 1}


class SaidPeriod(NamedTuple):
    """A period's label and whether the words mean the year up to its end."""

    label: str
    accumulation: str

    @property
    def is_year(self) -> bool:
        return len(self.label) == 4


class PartOfYear(NamedTuple):
    """A quarter or month (Q1, 07), empty for all of the year, and whether the year up to its end is meant."""

    part: str
    accumulation: str

    @property
    def words(self) -> str:
        """As it may be written beside a year: 7月, Q1, 全年."""
        return (f"{int(self.part)}月" if self.part.isdecimal() else self.part) or "全年"

    @property
    def months(self) -> range:
        """The months of the year that it covers, counted from 1."""
        if not self.part:
            return range(1, 13)
        last, long = (int(self.part), 1) if self.part.isdecimal() else (3 * int(self.part[1]), 3)
        return range(1 if self.accumulation == Accumulation.YTD else last - long + 1, last + 1)

    def of(self, year: str) -> SaidPeriod:
        """The period that it is in a year."""
        return (
            SaidPeriod(f"{year}-{self.part}", self.accumulation) if self.part else SaidPeriod(year, Accumulation.NONE)
        )


def folded(text: str) -> str:
    """Words as periods are looked for in them: compatibility form, small letters, no space but between digits."""
    return LAYOUT.sub("", unicodedata.normalize("NFKC", text).casefold())


def said_period(text: str) -> SaidPeriod | None:
    """The period that a header or cell names: 2024, 2024年, 2024-Q1, 2024年一季度, 202407, 2024年7月, 2024年1-7月, 2024年上半年."""
    return _said_period(text) if len(text) <= LONGEST_PERIOD else None


@lru_cache(maxsize=10_000)
def _said_period(text: str) -> SaidPeriod | None:
    text = folded(text)
    if WHOLE.fullmatch(text):
        return SaidPeriod(text[:4], Accumulation.NONE)
    try:
        return SaidPeriod(parse_period(text.upper()).label, Accumulation.NONE)
    except ValueError:
        pass
    if compact := COMPACT.fullmatch(text):
        return SaidPeriod(f"{compact['year']}-{compact['month']}", Accumulation.NONE)
    match = WITH_PART.fullmatch(text)
    return part_in(match).of(match["year"]) if match else None


def frequency_named(text: str) -> Frequency | None:
    """The frequency that words name: 年, 月度, Quarterly."""
    return FREQUENCIES.get(MORE_OF_FREQUENCY.split(folded(text))[0])


def is_date(text: str) -> bool:
    """Whether a cell holds a day or a month in numbers: 2018-12-31, 2018/12, 12/2018."""
    return A_DATE.fullmatch(folded(text)) is not None


def period_at(text: str, frequency: str) -> SaidPeriod | None:
    """The period of a frequency that a date stands for: the one that begins or ends on that day, or ends with that month.

    2018-12-31 is the year 2018, its fourth quarter or its December. What is a period already is that one.
    """
    match, own = A_DATE.fullmatch(folded(text)), said_period(text)
    if match is None or frequency not in MONTHS_OF or (own and frequency == Frequency.MONTHLY):
        return own
    year, month = int(match["y"] or match["year"]), int(match["m"] or match["month"])
    try:
        day = datetime.date(year, month, int(match["d"] or 1))
    except ValueError:
        return None
    months = MONTHS_OF[Frequency(frequency)]
    ends = month % months == 0 and (not match["d"] or (day + datetime.timedelta(days=1)).day == 1)
    if not ends and not (match["d"] and day.day == 1 and (month - 1) % months == 0):
        return None
    part = {Frequency.ANNUAL: "", Frequency.QUARTERLY: f"Q{(month + 2) // 3}"}.get(Frequency(frequency), f"{month:02}")
    return PartOfYear(part, Accumulation.NONE.value).of(str(year))


def part_of_year(text: str) -> PartOfYear | None:
    """The part of a year that a header or cell names without its year: 7月, 1-7月, 一季度, Q1, 上半年, 全年."""
    match = PART_OF_YEAR.fullmatch(folded(text)) if len(text) <= LONGEST_PERIOD else None
    return part_in(match) if match else None


def joined_period(year: str, month: str, quarter: str) -> str:
    """The period of a year and a month or a quarter that stand in columns of their own, in words; no period where they name none."""
    whole = said_period(year)
    for cell, counted in ((month, "月"), (quarter, "季度")):
        if cell and whole and whole.is_year:
            return f"{whole.label}年{cell if part_of_year(cell) else cell + counted}"
    return " ".join((year or "?", month or quarter or "?"))


def part_in(match: re.Match[str]) -> PartOfYear:
    """The part of a year that was found."""
    through = match["from"] or match["first"] or match["named"] in NAMED or match["end"] == "累计"
    accumulation = (Accumulation.YTD if through else Accumulation.NONE).value
    if match["month"]:
        return PartOfYear(f"{int(match['month']):02}", accumulation)
    if quarter := match["quarter"] or match["q"]:
        return PartOfYear(f"Q{QUARTERS.get(quarter, quarter)}", accumulation)
    return PartOfYear(NAMED.get(match["named"], ""), accumulation)


def months_of(days: Sequence[str]) -> bool:
    """Whether these days (ISO 8601) stand for months: all are first or all are last days, and some are of months in a row."""
    if not days or not all(ISO_DAY.fullmatch(day) for day in days):
        return False
    try:
        dates = [datetime.date.fromisoformat(day) for day in days]
    except ValueError:
        return False
    ends = all((day + datetime.timedelta(days=1)).day == 1 for day in dates)
    numbers = sorted({12 * day.year + day.month for day in dates})
    return (ends or all(day.day == 1 for day in dates)) and any(b - a == 1 for a, b in pairwise(numbers))
