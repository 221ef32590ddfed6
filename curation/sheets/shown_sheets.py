"""A sheet of a workbook as it shows, whatever its form. It knows nothing of the house: the process that takes files apart uses it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from curation.sheets.shown import UnknownFormat, general, shown
from curation.sheets.unopened import NotReadable

COLUMNS = 16_384  # of a sheet
NAMED = 20  # rows or columns that a remark names

# Characters that stand above or below the line, so that the mark of a note behind 12.3 makes no 12.31 of it.
RAISED = {
    "superscript": str.maketrans("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾"),
    "subscript": str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"),
}

Remark = tuple[str, str]
Merged = tuple[int, int, int, int]  # first row, first column, last row, last column, from 0


@dataclass
class SheetShown:
    """A sheet: its name, its rows as they show (None for a sheet that is hidden), and what is to be said once they are read."""

    name: str
    rows: Iterator[Sequence[str]] | None
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    rounded: list[tuple[int, int]] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)  # known once the rows are read

    @property
    def remarks(self) -> list[Remark]:
        """What was left out for it does not show, and what shows less than it holds."""
        if self.rows is None:
            return [(f"隐藏的工作表未读入：{self.name}", f"Hidden sheet not read: {self.name}")]
        unread = []
        if self.hidden_rows:
            numbers = _listed([str(row + 1) for row in self.hidden_rows])
            unread.append(
                (f"{self.name}：隐藏的行未读入：{numbers}", f"{self.name}: hidden rows were not read: {numbers}")
            )
        if self.hidden_columns:
            letters = _listed([column_letters(column) for column in sorted(self.hidden_columns)])
            unread.append(
                (f"{self.name}：隐藏的列未读入：{letters}", f"{self.name}: hidden columns were not read: {letters}")
            )
        if self.rounded:
            cells = _listed([f"{column_letters(column)}{row + 1}" for row, column in self.rounded])
            unread.append((
                f"{self.name}：{len(self.rounded)} 个单元格显示的位数少于所存，按显示读入：{cells}",
                f"{self.name}: {len(self.rounded)} cells show fewer digits than they hold, and are read as they show: {cells}",
            ))  # fmt: skip
        return unread


def _listed(items: list[str]) -> str:
    return ", ".join(items[:NAMED]) + (" …" if len(items) > NAMED else "")


def column_letters(column: int) -> str:
    """A column as spreadsheets call it, counted from 0: 3 is D."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The number of a column that spreadsheets call so, counted from 1: D is 4."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def encrypted() -> NotReadable:
    """The refusal of a file that a password protects."""
    return NotReadable("有密码保护：请去掉密码后另存", "is protected by a password: save it without one")


def local_name(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition("}")[2].rpartition(":")[2]


class ShownCells:
    """Makes text of values; what is the same is made once."""

    def __init__(self) -> None:
        self.held: dict[tuple[Any, str], tuple[str, bool]] = {}

    def number(self, value: Any, code: str | None) -> tuple[str, bool]:
        """What a number or day shows in a format (None is one that is not known), and whether it shows less than it holds.

        One that cannot be said is its value with its format in brackets, which is no number and no period.
        """
        key = (value, code or "")
        if key not in self.held:
            self.held[key] = self._number(value, code)
        return self.held[key]

    def _number(self, value: Any, code: str | None) -> tuple[str, bool]:
        if isinstance(value, datetime.datetime | float | int):
            try:
                text = shown(value, code or "?") if code else _unknown()
            except (UnknownFormat, OverflowError, InvalidOperation):
                return f"{plain(value)} [{code}]", False
            return text, not isinstance(value, datetime.datetime) and _shows_less(text, value)
        return f"{value} [{code}]", False


def _unknown() -> str:
    raise UnknownFormat("")


def plain(value: Any) -> str:
    """A value without a format: a number with its digits, a day by ISO 8601."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    return general(value) if isinstance(value, float | int) else str(value)


def _shows_less(text: str, value: float) -> bool:
    """Whether a number that shows as this text has more digits than show."""
    try:
        seen = Decimal(text.rstrip("%").replace(",", ""))
    except InvalidOperation:
        return False
    held = Decimal(f"{value:.15g}")
    # Scaled or not: the digits that show are those that are held, or fewer.
    return bool(seen) and seen.normalize().as_tuple().digits != held.normalize().as_tuple().digits
