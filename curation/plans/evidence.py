"""Whether the phrase that a figure cites states that figure: numbers as Chinese and English texts write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from itertools import pairwise

from curation.plans.plan import PlannedRow, warning
from indicators.models import Unit
from sources.bilingual import both
from sources.models import Assertion, CitationRole

DIGITS = {word: number for number, word in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
TENS = {"十": 10, "百": 100, "千": 1000}
MYRIADS = {"万": 10**4, "亿": 10**8}
ENGLISH = {
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "mn": 10**6, "bn": 10**9, "tn": 10**12,
}  # fmt: skip
SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

ARABIC = r"\d+(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
NUMERAL = f"[{''.join(DIGITS)}{''.join(TENS)}{''.join(MYRIADS)}半]+"
SCALE = rf"[{''.join(TENS)}{''.join(MYRIADS)}]+|{'|'.join(ENGLISH)}"
NUMBER = re.compile(
    rf"(?P<arabic>{ARABIC})(?: ?(?P<scale>{SCALE}))?|(?P<small>\b(?:{'|'.join(SMALL)})\b)|(?P<numeral>{NUMERAL})"
)
ONE_OF = re.compile(rf"({ARABIC}|{NUMERAL})分之({ARABIC}|{NUMERAL})")
GROUPING = re.compile(r"(?<=\d)\s(?=\d{3}(?!\d))")
BLANK = re.compile(r"(?<![0-9a-z])\s+|\s+(?![0-9a-z])")
DATE = re.compile(r"[年月日号]|-Q?\d")
# Words that state a number without one.
WORDED = (
    (re.compile("首[位席个]?|冠军|榜首"), Decimal(1), ""),
    (re.compile("半数|过半|\\bhalf\\b"), Decimal(50), "%"),
    (re.compile("两位数|double.digit"), Decimal(10), "%"),
    (re.compile(r"[无没未]|\b(?:no|none|without)\b"), Decimal(0), ""),
    (re.compile(r"[年月]\d{1,2}[月日]|\d{4}-\d{2}"), Decimal(1), ""),  # when the one thing happened that is counted
)
# How a text writes what the base unit of a measure is called, where that is not a unit's own name.
TENTHS, PERCENT_WORDS = "成", ("%", "per cent", "percent")
RATIOS = {"ratio", "percentage_point"}  # a change of a percentage is said in either


@dataclass(frozen=True)
class Quantity:
    """A number that a phrase states, in full, and the text behind it; `bare` where no word scales it."""

    number: Decimal
    behind: str
    bare: bool = True


@dataclass(frozen=True)
class UnitWord:
    """What a word behind a number measures: the dimension, and the factor to its base unit."""

    dimension: str
    factor: Decimal


@lru_cache(maxsize=10_000)
def quantities_in(phrase: str) -> tuple[Quantity, ...]:
    """Every number of a phrase: 41.25亿元, 1,234.5, 三百万, 千亿, 半, US$ 5.2 billion, １２％, 四分之一, 六成."""
    text = BLANK.sub("", GROUPING.sub("", unicodedata.normalize("NFKC", phrase).lower()))
    found = [_quantity(match, text) for match in NUMBER.finditer(text)]
    found += [quantity for whole in _compounds(found) for quantity in whole]
    for match in ONE_OF.finditer(text):
        below, above = map(_plain, match.groups())
        if below:
            found.append(Quantity(above / below * 100, "%"))
    found += [Quantity(number, behind) for words, number, behind in WORDED if words.search(text)]
    return tuple(found)


def _quantity(match: re.Match[str], text: str) -> Quantity:
    behind = text[match.end() :]
    if match["small"]:
        return Quantity(Decimal(SMALL.index(match["small"])), behind)
    if match["numeral"]:
        number = _numeral(match["numeral"])
        tenths = behind.startswith(TENTHS)
        return Quantity(
            number * 10 if tenths else number, "%" if tenths else behind, match["numeral"][-1] not in MYRIADS
        )
    number, scale = Decimal(match["arabic"].replace(",", "")), match["scale"]
    if not scale:
        return Quantity(number * 10, "%") if behind.startswith(TENTHS) else Quantity(number, behind)
    return Quantity(number * (ENGLISH.get(scale) or _numeral(scale)), behind, bare=False)


def _compounds(found: list[Quantity]) -> Iterator[Iterable[Quantity]]:
    """The sums of numbers that stand side by side, as 1亿2000万 does."""
    for first, second in pairwise(found):
        if not first.bare and first.number > second.number and first.behind.endswith(second.behind):
            between = first.behind[: len(first.behind) - len(second.behind)]
            if NUMBER.fullmatch(between):
                yield (Quantity(first.number + second.number, second.behind, bare=False),)


def _plain(text: str) -> Decimal:
    return Decimal(text.replace(",", "")) if text[0].isdecimal() else _numeral(text)


def _numeral(text: str) -> Decimal:
    """The number of Chinese numerals: 三百二十, 二〇二四, 千亿 (a thousand times 亿), 半."""
    if text == "半":
        return Decimal("0.5")
    if not set(text) & {*TENS, *MYRIADS}:
        return Decimal("".join(str(DIGITS[sign]) for sign in text if sign in DIGITS) or "0")
    total = section = Decimal(0)
    digit: int | None = None
    for sign in text:
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in TENS:
            section += (1 if digit is None else digit) * TENS[sign]
            digit = None
        elif sign in MYRIADS:
            section += digit or 0
            total = (total + section if section or total else Decimal(1)) * MYRIADS[sign]
            section, digit = Decimal(0), None
    return total + section + (digit or 0)


class UnitNames:
    """What the words of units mean behind a number; one query."""

    def __init__(self, brought: Iterable[Unit]) -> None:
        self.words: dict[str, UnitWord] = {}
        self.scales: dict[str, Decimal] = {}
        for unit in (*Unit._default_manager.order_by("code"), *brought):
            scale, base = _scaled(unit.symbol_zh or unit.name_zh)
            self.scales[unit.code] = scale
            measured = UnitWord(unit.dimension, unit.factor / scale)
            for word in (base, unit.symbol_en.lower(), unit.name_en.lower()):
                if word and not word[0].isdigit():
                    self.words.setdefault(word, measured)
        if "%" in self.words:
            self.words |= dict.fromkeys(PERCENT_WORDS, self.words["%"])
        self.words = {unicodedata.normalize("NFKC", word).replace(" ", ""): self.words[word] for word in self.words}
        self.longest = max(map(len, self.words), default=0)

    def behind(self, text: str) -> UnitWord | None:
        """The unit with whose name a text begins, the longest of several."""
        text = text.replace(" ", "")
        for length in range(min(self.longest, len(text)), 0, -1):
            word, after = text[:length], text[length : length + 1]
            if word in self.words and not ((word[-1] + after).isascii() and word[-1].isalpha() and after.isalpha()):
                return self.words[word]
        return None

    def states(self, quantity: Quantity, value: Decimal, unit: Unit) -> bool:
        """Whether a number of a phrase is this value, whatever its sign."""
        measured = self.behind(quantity.behind)
        if measured is None:
            if DATE.match(quantity.behind.lstrip()):
                return False
            scaled = abs(value) * self.scales[unit.code]
            return quantity.number == scaled or (quantity.bare and quantity.number == abs(value))
        alike = measured.dimension == unit.dimension or {measured.dimension, unit.dimension} <= RATIOS
        return alike and quantity.number * measured.factor == abs(value) * unit.factor


def _scaled(symbol: str) -> tuple[Decimal, str]:
    """How many times its base word a unit is, and that word: 万元 is 10,000 times 元."""
    match = re.match(f"[{''.join(TENS)}{''.join(MYRIADS)}]+", symbol)
    return (_numeral(match[0]), symbol[match.end() :]) if match else (Decimal(1), symbol)


def doubt_evidence(rows: Iterable[PlannedRow]) -> None:
    """Put a warning on those new and changed figures that no phrase states of those that are cited as stating them.

    Phrases from which a figure was inferred or computed need not contain it.
    """
    stating = [(row, phrases) for row in rows if row.publishes and (phrases := _stating(row))]
    units = {row.values["unit"].code: row.values["unit"] for row, _ in stating}
    names = UnitNames(units.values()) if stating else None
    told = cache(_not_in)  # once for all rows that cite the same
    for row, phrases in stating:
        value, unit = row.values["value"], row.values["unit"]
        assert names is not None
        if not any(names.states(found, value, unit) for phrase in phrases for found in quantities_in(phrase)):
            row.warnings = (*row.warnings, told(tuple(phrases)))


def _not_in(phrases: Sequence[str]) -> dict[str, str]:
    """The warning of a figure that none of the phrases contains."""
    zh, en = "、".join(f"“{phrase}”" for phrase in phrases), ", ".join(f"“{phrase}”" for phrase in phrases)
    message = both(f"引证的短语中没有此数：{zh}", f"the cited phrases do not contain the figure: {en}")
    return warning("not_in_phrase", "citations", message)


def _stating(row: PlannedRow) -> list[str]:
    """The phrases that are cited as stating the figure of a row; none where a phrase is not known yet."""
    if row.cells is None or row.values["value"] is None:
        return []
    cited = row.values["citations"]
    if any(one.assertion != Assertion.STATED for one in cited):
        return []
    phrases = [one.exact for one in cited if one.role == CitationRole.SUPPORTS]
    return phrases if all(phrases) else []
