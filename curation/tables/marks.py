"""Marks of footnotes behind words and numbers: 进出口总额①, 12.3*, 2018年[1]."""

from __future__ import annotations

import re

LONGEST_MARKED = 200  # characters
MARK = re.compile(
    r"\s*(?:(?:[①-⓿㊀-㊉*＊※†‡]|[\[［〔]\d{1,2}[\]］〕]|(?<![A-Za-z])[⁰¹²³⁴-⁹⁽⁾]+|(?<=\s)\d{1,2}[)）])\s*)+\Z", re.ASCII
)


def without_mark(text: str) -> str:
    """Words or a number without the marks behind them; the second and third power of a unit (km²) is none."""
    last = text[-1:]
    if (last.isascii() and last.isalnum()) or len(text) > LONGEST_MARKED:
        return text
    return MARK.sub("", text)
