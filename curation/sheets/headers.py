"""What the header of a table says: what its rows are, and what the figures in each of its columns are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from curation.sheets.blocks import Place
from curation.sheets.grids import Grid
from curation.sheets.periods import (
    PartOfYear,
    SaidPeriod,
    part_of_year,
    said_period,
)
from curation.sheets.readings import IGNORED
from indicators.choices import Accumulation
from indicators.models import Unit
from sources.text import trimmed

NOT_STATED = {"", "-", "--", "—", "——", "–", "－", "…", "……", "...", "/"}
NUMERIC = re.compile(r"[-+−–(（]?\s*[\d０-９][\d０-９,，. ]*\s*[%％)）]?")

# What a column beside the figures says of its row.
REGION, PERIOD, INDICATOR, UNIT, VALUE, PARTNER, FREQUENCY, SOURCE, UNREAD = (
    "region", "period", "indicator", "unit", "value", "partner", "frequency", "source", IGNORED,
)  # fmt: skip
MONTH, QUARTER = "month", "quarter"  # of the year that the column of periods beside them has
LONGEST_FIGURE = 40  # characters


def cell_at(grid: Grid, row: int, column: int) -> str:
    """The cell of a place, without the layout at its ends; empty beyond the ends of its row."""
    cells = grid.rows[row]
    return trimmed(cells[column]) if column < len(cells) else ""


def is_numeric(cell: str) -> bool:
    """Whether a cell is a number, as offices write it."""
    return len(cell) <= LONGEST_FIGURE and NUMERIC.fullmatch(cell) is not None


SAID_OTHERWISE = ("period", "accumulation", "unit")  # of a column of figures: held as what they mean


@dataclass
class FigureColumn:
    """A column of figures: what its header says of them, by column of observations, and where it says so."""

    place: int
    labels: list[tuple[int, str]]  # row of the sheet, and the words there
    means: dict[str, str] = field(default_factory=dict)
    said_at: dict[str, Place] = field(default_factory=dict)
    period: SaidPeriod | None = None
    part: PartOfYear | None = None
    to_date: bool = False
    alone: bool = False  # 当月 is said: the month for itself
    unit: Unit | None = None
    lost: tuple[int, str] | None = None  # the first of its labels that is not understood

    @classmethod
    def meaning_of(
        cls, place: int, labels: list[tuple[int, str]], chosen: Mapping[str, str], unit: Callable[[str], Unit | None]
    ) -> FigureColumn:
        """A column of which it was chosen what its figures are, by columns of observations."""
        column = cls(
            place, labels, {name: cell for name, cell in chosen.items() if name not in SAID_OTHERWISE and cell}
        )
        column.said_at = dict.fromkeys(chosen, (labels[-1][0], place))
        column.period = said_period(chosen.get("period", ""))
        column.part = None if column.period else part_of_year(chosen.get("period", ""))
        column.to_date = chosen.get("accumulation") == Accumulation.YTD
        column.alone = chosen.get("accumulation") == Accumulation.NONE
        column.unit = unit(chosen.get("unit", ""))
        if (chosen.get("period") and not (column.period or column.part)) or (chosen.get("unit") and not column.unit):
            column.lost = (labels[-1][0], chosen.get("period") or chosen["unit"])
        return column

    @property
    def chosen(self) -> dict[str, str]:
        """What its figures are, as one would choose it."""
        cells = dict(self.means)
        if self.unit:
            cells["unit"] = self.unit.code
        own = self.period or self.part
        if self.period and self.part and self.period.is_year:
            own = self.part.of(self.period.label)
        if own:
            cells["period"] = own.label if isinstance(own, SaidPeriod) else own.words
        if self.to_date or (own and own.accumulation == Accumulation.YTD):
            cells["accumulation"] = Accumulation.YTD.value
        elif self.alone:
            cells["accumulation"] = Accumulation.NONE.value
        return cells

    @property
    def says_what(self) -> bool:
        """Whether it says more of its figures than their unit."""
        return self.lost is None and bool(self.means or self.period or self.part or self.to_date or self.alone)

    @property
    def meaning(self) -> tuple[object, ...]:
        """What a column says of its figures, as one value: two columns of the same value would state the same figures."""
        unit = self.unit.code if self.unit else ""
        return (*sorted(self.means.items()), self.period, self.part, self.to_date, self.alone, unit)


@dataclass
class TableHeader:
    """A header: its rows, the columns that say what a row is, and those of its figures; `bands` of tables side by side."""

    rows: range
    leading: dict[int, str]
    figures: dict[int, FigureColumn]
    parts: dict[int, str] = field(default_factory=dict)  # columns of periods that name a part of a year
    twice: list[tuple[int, int]] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)  # rows that say nothing of the figures

    def bands(self) -> Iterator[tuple[dict[str, int], list[FigureColumn], int, int]]:
        """(Leading columns by kind, columns of figures, first column, column behind the last) of each table side by side.

        Two leading columns of one kind in a band are `twice`.
        """
        starts = [0]
        for place in sorted(self.leading):
            held = [kind for at, kind in self.leading.items() if starts[-1] <= at < place]
            if self.leading[place] in held and any(starts[-1] <= at < place for at in self.figures):
                starts.append(place)
        for first, last in pairwise([*starts, 2**31]):
            leading: dict[str, int] = {}
            for at, kind in sorted(self.leading.items()):
                if not first <= at < last or leading.setdefault(kind, at) == at or kind == UNREAD:
                    continue
                if kind == PERIOD and (leading[PERIOD] in self.parts) != (at in self.parts):
                    year, part = sorted((leading[PERIOD], at), key=lambda place: place in self.parts)
                    leading[PERIOD] = year
                    if leading.setdefault(self.parts[part], part) == part:
                        continue
                self.twice.append((leading[kind], at))
            yield leading, [column for at, column in sorted(self.figures.items()) if first <= at < last], first, last
