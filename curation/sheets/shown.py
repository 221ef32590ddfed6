"""What a number shows in its cell: number formats of spreadsheets (ECMA-376 part 1, 18.8.31), as far as figures are written in them.

Understood are General, decimals, thousands, per cent, scaling by commas, signs and words around the digits, and dates. It knows
nothing of the house: the process that takes files apart uses it.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

SIGNIFICANT = 15  # digits that a spreadsheet keeps of a number
EPOCH = datetime.datetime(1899, 12, 30)  # noqa: DTZ001  # spreadsheets know no time zones
LAST_DAY = 2_958_465  # 31 December 9999

# The formats that have a number instead of a code (18.8.30), dates as Chinese spreadsheets show them.
YEAR_MONTH, MONTH_DAY, DAY, CLOCK = 'yyyy"年"m"月"', 'm"月"d"日"', "yyyy-m-d", "h:mm"
ACCOUNTING = '_ * #,##0{0}_ ;_ * -#,##0{0}_ ;_ * "-"_ ;_ @_ '
NUMBERED = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "¥#,##0;¥-#,##0", 6: "¥#,##0;¥-#,##0",
    7: "¥#,##0.00;¥-#,##0.00", 8: "¥#,##0.00;¥-#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: DAY, 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", **dict.fromkeys((18, 19, 20, 21, 45, 46, 47), CLOCK),
    22: "yyyy-m-d h:mm", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
    41: ACCOUNTING.format(""), 42: ACCOUNTING.format(""), 43: ACCOUNTING.format(".00"), 44: ACCOUNTING.format(".00"),
    48: "##0.0E+0", 49: "@", **dict.fromkeys((27, 36, 50, 52, 57), YEAR_MONTH), **dict.fromkeys((28, 29, 51, 53, 54, 58), MONTH_DAY),
    30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', **dict.fromkeys((32, 33, 34, 35, 55, 56), CLOCK),
}  # fmt: skip

TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|(?P<width>[_*].)|\[(?P<bracket>[^\]]*)\]|(?P<general>General|G/通用格式)'
    r"|(?P<digit>[0#?])|(?P<date>[yY]+|[mM]+|[dD]+|[hH]+|[sS]+|(?:AM/PM|A/P|上午/下午))|(?P<other>E[+-]|/)"
    r"|(?P<mark>[.,%@])|(?P<literal>.)",
    re.DOTALL | re.IGNORECASE,
)
COLOUR = re.compile(
    r"(?:black|blue|cyan|green|magenta|red|white|yellow|colou?r ?\d+|黑色?|蓝色?|青色?|绿色?|洋红色?|红色?|白色?|黄色?|颜色 ?\d+)",
    re.IGNORECASE,
)
CURRENCY = re.compile(r"\$(?P<symbol>[^-]*)(?:-[0-9A-Fa-f]+)?")
NEGATIVE = re.compile(r"[-−－(（]")
NO_LITERALS = re.compile(
    r"[0-9０-９EeGgBbAaNn]"
)  # digits beside the number's own, and letters that mean eras, weekdays …


class UnknownFormat(Exception):
    """A number format that is not understood, or in which a number does not show."""


@dataclass
class _Section:
    """One of the parts of a format: what stands around and between the digits, in order."""

    slots: list[str] = field(default_factory=list)  # a placeholder, "." or a literal with a quote before it
    dates: set[str] = field(default_factory=set)
    percent: int = 0
    scale: int = 0
    grouped: bool = False
    general: bool = False

    @property
    def placeholders(self) -> int:
        return sum(slot in ("0", "#", "?") for slot in self.slots)


@lru_cache(maxsize=2000)
def _sections(code: str) -> tuple[_Section, ...]:
    """The sections of a format. Raises UnknownFormat."""
    sections = [_Section()]
    for match in TOKEN.finditer(code):
        if match["literal"] == ";":
            sections.append(_Section())
        elif len(sections) <= 3:  # the fourth is of texts
            _take(sections[-1], match, code)
    for section in sections:
        _settle_commas(section)
    return tuple(sections[:3])


def _take(section: _Section, match: re.Match[str], code: str) -> None:
    kind, text = str(match.lastgroup), match[0]
    if kind == "digit" or text in {".", ","}:
        section.slots.append(text)
    elif text == "%":
        section.percent += 1
        section.slots.append("'%")
    elif kind in ("general", "mark"):
        section.general = True
        section.slots.append("General")
    elif kind == "date":
        section.dates.add(text[0].lower() if text.isascii() else "h")
    elif kind == "bracket":
        section.slots.append("'" + _bracketed(match["bracket"], code))
    elif kind == "other":
        section.slots.append("/")
    elif kind != "width":
        literal = next(part for part in (match["quoted"], match["escaped"], match["literal"]) if part is not None)
        if kind == "literal" and NO_LITERALS.search(literal):
            raise UnknownFormat(code)
        section.slots.append("'" + literal)


def _bracketed(inside: str, code: str) -> str:
    """What a part in brackets shows: nothing for a colour or a language, else a currency's sign."""
    if COLOUR.fullmatch(inside):
        return ""
    if currency := CURRENCY.fullmatch(inside):
        return currency["symbol"]
    raise UnknownFormat(code)


def _settle_commas(section: _Section) -> None:
    """Tell commas that group digits from those that scale: the latter stand behind the last digit of the whole part or of all."""
    digits = [place for place, slot in enumerate(section.slots) if slot in ("0", "#", "?")]
    point = section.slots.index(".") if "." in section.slots else len(section.slots)
    for place in [place for place, slot in enumerate(section.slots) if slot == ","]:
        behind = [digit for digit in digits if digit > place and (place > point or digit < point)]
        if digits and digits[0] < place and behind:
            section.grouped = True
        else:
            section.scale += 1
    section.slots = [slot for slot in section.slots if slot != ","]


def general(value: float) -> str:
    """A number with as many digits as a spreadsheet keeps, without an exponent."""
    digits = f"{value:.{SIGNIFICANT}g}"
    return f"{Decimal(digits):f}" if "e" in digits else digits


def shown(value: float | datetime.datetime, code: str) -> str:
    """A number or day as its cell shows it; a day by ISO 8601, as precise as it shows. Raises UnknownFormat."""
    if code.lower() in ("general", "@", "") and not isinstance(value, datetime.datetime):
        return general(value)
    sections = _sections(code)
    if any(section.dates for section in sections):
        return _day(value, sections[0], code)
    if isinstance(value, datetime.datetime):
        value = (value - EPOCH).total_seconds() / 86400
    return _number(Decimal(f"{value:.{SIGNIFICANT}g}"), sections, code)


def _day(value: float | datetime.datetime, section: _Section, code: str) -> str:
    if not isinstance(value, datetime.datetime):
        if not 61 <= value <= LAST_DAY:  # before March 1900 spreadsheets disagree
            raise UnknownFormat(code)
        value = EPOCH + datetime.timedelta(days=value)
    at_midnight = value.time() == datetime.time() and {"y", "m", "d"} <= section.dates
    if section.dates & {"h", "s"} and not at_midnight:
        return value.isoformat() if "y" in section.dates else _unknown(code)
    form = {"ymd": "%Y-%m-%d", "ym": "%Y-%m", "y": "%Y"}.get("".join(part for part in "ymd" if part in section.dates))
    return value.strftime(form) if form else _unknown(code)


def _unknown(code: str) -> str:
    raise UnknownFormat(code)


def _number(value: Decimal, sections: tuple[_Section, ...], code: str) -> str:
    place = 1 if value < 0 and len(sections) > 1 else 2 if value == 0 and len(sections) > 2 else 0
    section = sections[place]
    if "/" in section.slots or section.slots.count(".") > 1 or not (section.placeholders or section.general):
        raise UnknownFormat(code)
    point = section.slots.index(".") if "." in section.slots else len(section.slots)
    before, after = section.slots[:point], section.slots[point:]
    decimals = sum(slot in ("0", "#", "?") for slot in after)
    size = abs(value) * 100**section.percent / Decimal(1000) ** section.scale
    if section.general:
        whole, part = general(float(size)), ""
        text = "".join(whole if slot == "General" else slot[1:] for slot in section.slots)
    else:
        rounded = size.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        whole, _, part = f"{rounded:f}".partition(".")
        text = _whole(before, whole, section.grouped) + _part(after, part)
        if section.placeholders and any(re.search("[0-9０-９]", slot[1:]) for slot in section.slots if slot[:1] == "'"):
            raise UnknownFormat(code)
        size = rounded
    text = text.strip().rstrip(".")
    if not any(character.isdigit() for character in text):
        raise UnknownFormat(code)
    says_minus = NEGATIVE.match(text.lstrip("¥$€£ ")) is not None
    if place == 1:
        if size and not says_minus:
            raise UnknownFormat(code)
        return _as_minus(text)
    return f"-{text}" if value < 0 and size else text


def _as_minus(text: str) -> str:
    """A negative number with its sign before the digits, for one that stands in brackets."""
    inside = re.fullmatch(r"[(（](?P<number>[0-9.,%]+)[)）]", text)
    return f"-{inside['number']}" if inside else text


def _whole(slots: list[str], digits: str, grouped: bool) -> str:
    """The digits before the point in their places, with what stands between them."""
    places = sum(slot in ("0", "#", "?") for slot in slots)
    if digits == "0" and "0" not in slots:
        digits = ""
    text, left, number = "", digits, 0
    for slot in reversed(slots):
        if slot not in ("0", "#", "?"):
            text = slot[1:] + text
            continue
        places -= 1
        taken, left = (left, "") if not places else (left[-1:], left[:-1])
        for digit in reversed(taken or ("0" if slot == "0" else "")):
            text = digit + ("," if grouped and number and number % 3 == 0 else "") + text
            number += 1
    return text


def _part(slots: list[str], digits: str) -> str:
    """The point and the digits behind it, without those that need not show."""
    text, place, shows = "", 0, len(digits)
    while shows and digits[shows - 1] == "0" and [slot for slot in slots if slot in ("0", "#", "?")][shows - 1] != "0":
        shows -= 1
    for slot in slots:
        if slot in ("0", "#", "?"):
            text += digits[place] if place < shows else ""
            place += 1
        else:
            text += "." if slot == "." else slot[1:]
    return text
