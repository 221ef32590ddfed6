"""A figure as people write it: 约34亿元, CNY 4.125 billion, 5.2%.

Chinese keeps the stated unit (亿, 万); English counts in millions, billions and trillions. Both say how the figure was put.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from indicators.choices import Qualifier
from indicators.codes import COUNT, INDEX, PERCENT, RANK

CURRENCIES = ("cny", "usd")  # dimensions whose code of ISO 4217 stands before the number
SCALES = (("trillion", Decimal(10**12)), ("billion", Decimal(10**9)), ("million", Decimal(10**6)))
# How the English name of a unit begins that counts another by ten thousands or hundred millions, and the number that it counts by.
MULTIPLES = {"ten thousand ": Decimal(10**4), "hundred million ": Decimal(10**8)}

HEDGES = {
    "zh": {Qualifier.APPROX: "约", Qualifier.OVER: "超", Qualifier.UNDER: "不足", Qualifier.TARGET: "目标"},
    "en": {
        Qualifier.APPROX: "about ",
        Qualifier.OVER: "over ",
        Qualifier.UNDER: "under ",
        Qualifier.TARGET: "goal of ",
    },
}
# Units whose number is written otherwise than before their name, in Chinese and in English.
FORMS = {
    PERCENT.code: ("{}%", "{}%"),
    RANK.code: ("第{}位", "rank {}"),
    INDEX.code: ("{}", "{}"),
    COUNT.code: ("{}", "{}"),
}


class UnitWords(NamedTuple):
    """What is said of a unit beside a number: what stands behind it in Chinese, and the name in English."""

    code: str
    dimension: str
    factor: Decimal
    zh: str
    en: str


def figure_text(value: str, unit: UnitWords, qualifier: str, language: str) -> str:
    """The figure in words; `value` is its decimal text, with the decimals that were stated."""
    if unit.code in FORMS and not (unit.code == COUNT.code and unit.zh):
        written = FORMS[unit.code][language == "en"].format(value)
    else:
        written = f"{value}{unit.zh}" if language == "zh" else _in_english(Decimal(value), unit)
    return HEDGES[language].get(Qualifier(qualifier), "") + written


def _in_english(value: Decimal, unit: UnitWords) -> str:
    if unit.dimension in CURRENCIES:
        return f"{unit.dimension.upper()} {_scaled(value, unit.factor)}"
    prefix = next((prefix for prefix in MULTIPLES if unit.en.startswith(prefix)), "")
    return f"{_scaled(value, MULTIPLES.get(prefix, Decimal(1)))} {_counted(unit.en.removeprefix(prefix), value)}"


def _scaled(value: Decimal, factor: Decimal) -> str:
    """A number that counts by a factor, in millions, billions or trillions where it reaches these; as stated where it counts by ones."""
    if factor == 1 and abs(value) < SCALES[-1][1]:
        return f"{value:,}"
    amount = value * factor
    scale, size = next(((f" {name}", size) for name, size in SCALES if abs(amount) >= size), ("", Decimal(1)))
    number = f"{amount / size:,f}"
    return (number.rstrip("0").rstrip(".") if "." in number else number) + scale


def _counted(name: str, value: Decimal) -> str:
    """The plural that a unit is called by, or the singular beside 1: firms, firm; orders a day, order a day."""
    if abs(value) != 1:
        return name
    words = name.split(" ")
    at = words.index("a") - 1 if "a" in words else len(words) - 1
    words[at] = f"{words[at][:-3]}y" if words[at].endswith("ies") else words[at].removesuffix("s")
    return " ".join(words)
