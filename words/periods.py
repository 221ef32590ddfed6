"""Times in a question: 2024年, 2020—2024, 2024年第一季度, July 2024, 去年. Words such as 去年 need the date of the question."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import NamedTuple

YEAR = r"(?<!\d)((?:19|20)\d\d)(?!\d)"
DIGITS = {one: str(n) for n, one in enumerate("〇一二三四五六七八九十")} | {"零": "0", "十一": "11", "十二": "12"}
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
MONTH_NAMES = "|".join(f"{name}|{name[:3]}" for name in MONTHS)
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
LAST = ("去年", "上年", "上一年", "last year", "previous year", "a year ago")
THIS = ("今年", "本年", "this year", "current year")
BEFORE_LAST = ("前年", "year before last", "two years ago")

RANGE = re.compile(rf"{YEAR} ?年? ?(?:-|~|至|到|to|and|through|until) ?{YEAR} ?年?")
QUARTER = re.compile(
    rf"{YEAR} ?年?的? ?(?:第?([一二三四1-4])季度?|q([1-4]))|q([1-4]) ?(?:of |in )?{YEAR}|"
    rf"({'|'.join(ORDINALS)}) quarter (?:of |in )?{YEAR}"
)
MONTH = re.compile(
    rf"{YEAR} ?年 ?(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九]) ?月|{YEAR}-(1[0-2]|0[1-9])(?![\d-])|"
    rf"\b({MONTH_NAMES})\.? (?:of |in )?{YEAR}"
)
COUNTS = {
    one: n
    for n, one in enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"], 2)
}
NUMBER_HAN = "十[一二]?|[一二三四五六七八九]"
# From January to a month of a year: to its end is cumulated what is counted so.
TO_MONTH = re.compile(
    rf"{YEAR} ?年 ?(?:(?:1|一)月? ?(?:-|~|—|至|到) ?|[前头首])(1[0-2]|[2-9]|{NUMBER_HAN}) ?个?月(?:份)?|"
    rf"\b(?:january|jan)\.? ?(?:-|–|to|through|until|and) ?({MONTH_NAMES})\.?,? (?:of |in )?{YEAR}|"
    rf"\bfirst ({'|'.join(COUNTS)}|1[0-2]|[2-9]) months (?:of |in )?{YEAR}"
)
# Some months of a year together: from one to another, half of it, its first three quarters.
MONTHS_TOGETHER = re.compile(
    rf"{YEAR} ?年 ?({NUMBER_HAN}|1[0-2]|[1-9])月? ?(?:-|~|—|至|到) ?({NUMBER_HAN}|1[0-2]|[1-9]) ?月(?:份)?|"
    rf"\b({MONTH_NAMES})\.? ?(?:-|–|to|through|until|and) ?({MONTH_NAMES})\.?,? (?:of |in )?{YEAR}"
)
PARTS = {
    "上半年": (1, 6), "下半年": (7, 12), "前三季度": (1, 9), "前3季度": (1, 9), "一至三季度": (1, 9), "1-3季度": (1, 9),
    "first half": (1, 6), "second half": (7, 12), "h1": (1, 6), "h2": (7, 12), "first three quarters": (1, 9),
}  # fmt: skip
PART_NAMES = "|".join(PARTS)
PART = re.compile(rf"{YEAR} ?年?的? ?({PART_NAMES})|\b({PART_NAMES}) (?:of |in )?{YEAR}")
SINCE = re.compile(rf"(?:since|自从?|from) ?{YEAR} ?年?(?:以来|起)?|{YEAR} ?年(?:以来|起)")
ONE = re.compile(rf"{YEAR} ?年?")
HAN_YEAR = re.compile("([二][〇零][〇零一二三四五六七八九]{2})年")
# What is compared with the year before is no time: more than the year before, 比上年多.
COMPARED = r"(?<!over the )(?<!over )(?<!than the )(?<!on the )(?<!than )(?<!with the )(?<!to the )(?<![比较])"
RELATIVE = re.compile(f"{COMPARED}(?:{'|'.join((*BEFORE_LAST, *LAST, *THIS))})")


class Time(NamedTuple):
    """A time in a folded question: where it stands, and what it is as `period` says it: 2024, 2020..2024, 2024-Q1, 2024-07."""

    start: int
    end: int
    period: str


def times(folded: str, today: datetime.date) -> list[Time]:
    """The times of a folded text, in their order; none lies within another."""
    apart: list[Time] = []
    for time in _each(folded, today):
        if all(time.end <= other.start or other.end <= time.start for other in apart):
            apart.append(time)
    return sorted(apart)


def _each(text: str, today: datetime.date) -> Iterator[Time]:
    for match in RANGE.finditer(text):
        first, last = sorted(match.groups())
        yield Time(*match.span(), f"{first}..{last}")
    for match in QUARTER.finditer(text):
        year, quarter, q, alone, of, ordinal, of_ordinal = match.groups()
        number = DIGITS.get(quarter, quarter) if quarter else q or alone or ORDINALS[ordinal]
        yield Time(*match.span(), f"{year or of or of_ordinal}-Q{number}")
    for match in TO_MONTH.finditer(text):
        year, month, name, of_name, count, of_count = match.groups()
        last = DIGITS.get(month, month) if month else _month(name) if name else COUNTS.get(count) or count
        which = year or of_name or of_count
        yield Time(*match.span(), f"{which}-01..{which}-{int(last):02}")
    yield from _months_together(text)
    for match in MONTH.finditer(text):
        year, month, iso, number, name, of = match.groups()
        which = DIGITS.get(month, month) if month else number or _month(name)
        yield Time(*match.span(), f"{year or iso or of}-{int(which):02}")
    for match in SINCE.finditer(text):
        yield Time(*match.span(), f"{match[1] or match[2]}..")
    for match in ONE.finditer(text):
        yield Time(*match.span(), match[1])
    for match in HAN_YEAR.finditer(text):
        yield Time(*match.span(), "".join(DIGITS.get(one, one) for one in match[1]))
    for match in RELATIVE.finditer(text):
        back = 0 if match[0] in THIS else 1 if match[0] in LAST else 2
        yield Time(*match.span(), str(today.year - back))


def _months_together(text: str) -> Iterator[Time]:
    for match in MONTHS_TOGETHER.finditer(text):
        year, start, end, name, last_name, of_name = match.groups()
        first, last = (_month(name), _month(last_name)) if name else (int(DIGITS.get(one, one)) for one in (start, end))
        which = year or of_name
        yield Time(*match.span(), f"{which}-{first:02}..{which}-{last:02}")
    for match in PART.finditer(text):
        year, part, named, of_named = match.groups()
        which, (first, last) = year or of_named, PARTS[part or named]
        yield Time(*match.span(), f"{which}-{first:02}..{which}-{last:02}")


def _month(name: str) -> int:
    return next(n for n, month in enumerate(MONTHS, 1) if month.startswith(name))


def covers(asked: str, held: str) -> bool:
    """Whether a held period lies within what is asked for: 2024-Q1 in 2024 or 2020..2024."""
    first, _, last = asked.partition("..") if ".." in asked else (asked, "", asked)
    return (not first or held >= first) and (not last or held[: len(last)] <= last)
