"""What stands above a table and holds for every figure of it: titles, and lines such as 单位：亿元 or source: slug."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from curation.sheets.blocks import Place, unreadable
from curation.sheets.grids import Grid, cell_name
from curation.sheets.periods import PartOfYear, part_of_year, said_period
from curation.sheets.titles import TitleReader, TitleSaid
from indicators.choices import Accumulation
from indicators.models import Unit
from sources.bilingual import both
from sources.folding import normalised
from sources.text import trimmed

COLON = re.compile("[:：]")
OPEN_BRACKET = re.compile(r"[(（][^)）]*\Z")  # 出口额（单位：亿元）is a title
NOTE = re.compile(r"(注|备注|说明|资料来源|数据来源|notes?|sources?)\s*\d*\s*[:：]", re.IGNORECASE)
# What lines state of a file that says nothing of its figures, and days, on which it was made.
OF_THE_FILE_WORDS = """
    数据库 数据集 数据来源 资料来源 更新时间 更新日期 制表日期 制表时间 制表单位 制表人 填报单位 填报日期 填表人 审核人 导出时间 下载时间
    datasource dataset lastupdated lastupdateddate lastupdatedon dataextractedon extractedon downloaded
"""
OF_THE_FILE = frozenset(OF_THE_FILE_WORDS.split())
A_DAY = re.compile(
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?:[ t]\d{1,2}:\d{2}.*)?|\d{4}年\d{1,2}月\d{1,2}日|\d{1,2}/\d{1,2}/\d{4}(?: \d{1,2}:\d{2})?",
    re.IGNORECASE | re.ASCII,
)
PERIOD_NAMES = frozenset({"时间", "时期", "年份", "年度", "期间", "time", "period", "year"})
NOTHING_CHOSEN: Mapping[str, str] = {}
LONGEST_LINE_NAME = 40  # characters of what a statement states, and of how a note begins


def statement(cell: str) -> tuple[str, str] | None:
    """What a cell such as 单位：亿元 states: (单位, 亿元)."""
    name, *value = (part.strip() for part in COLON.split(cell, maxsplit=1))
    states = bool(value and value[0]) and 0 < len(name) <= LONGEST_LINE_NAME and not OPEN_BRACKET.search(name)
    return (name, value[0]) if states else None


def in_one(words: str) -> str:
    """Words as names of lines and columns are compared: folded, and without space."""
    return "".join(normalised(words).split())


@dataclass
class Above:
    """What the lines above a table say. `stated` are cells by column of observations, `places` where they stand."""

    stated: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    units: list[tuple[Unit, Place]] = field(default_factory=list)
    titles: list[tuple[TitleSaid, str, Place]] = field(default_factory=list)
    years: list[str] = field(default_factory=list)
    part: PartOfYear | None = None
    to_date: bool = False
    alone: bool = False
    period_place: Place = (0, 0)
    remarks: list[Any] = field(default_factory=list)
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def said_of_periods(self) -> dict[str, str]:
        """The period and the accumulation that the lines name, as one would choose them."""
        cells = {}
        if self.year:
            cells["period"] = self.part.of(self.year).label if self.part else self.year
        elif self.part:
            cells["period"] = self.part.words
        if self.to_date or (self.part and self.part.accumulation == Accumulation.YTD):
            cells["accumulation"] = Accumulation.YTD.value
        return cells

    @property
    def year(self) -> str | None:
        """The one year that the lines name."""
        return self.years[0] if len(set(self.years)) == 1 else None

    def periods_said(self) -> list[tuple[TitleSaid, str, Place]]:
        """The titles that name a period, where none was chosen instead."""
        return [] if "period" in self.chosen else [
            each for each in self.titles if each[0].years or each[0].part or each[0].to_date
        ]  # fmt: skip

    @property
    def names_its_figures(self) -> bool:
        """Whether these lines say of themselves what the figures are, and take nothing of that from a table above."""
        says = any(said.says_what or not said.is_whole for said, _, _ in self.titles)
        return bool(says or self.units or self.years or "indicator" in self.stated)

    def below(self, earlier: Above | None) -> Above:
        """With what an earlier table's lines say as well: its source and citations, or all of it where these lines name nothing."""
        if earlier is None:
            return self
        if not self.names_its_figures:
            return earlier
        for name in ("source", "citations"):
            if name in earlier.stated and name not in self.stated:
                self.stated[name], self.places[name] = earlier.stated[name], earlier.places[name]
        return self


class LinesReader:
    """Reads the lines above a table, in a range of columns for tables that stand side by side."""

    def __init__(self, grid: Grid, columns: Mapping[str, str], titles: TitleReader) -> None:
        self.grid, self.columns, self.titles = grid, columns, titles

    def read(
        self, rows: Iterable[int], chosen: Mapping[str, str] = NOTHING_CHOSEN, first: int = 0, last: int = 2**31
    ) -> Above:
        """What rows of the sheet say, and what was chosen instead.

        Raises UnreadableFile where two of them contradict one another, or what was chosen is not known.
        """
        above = Above(chosen=chosen)
        for number in rows:
            cells = [(place, trimmed(cell)) for place, cell in enumerate(self.grid.rows[number]) if cell.strip()]
            pairs: dict[int, tuple[str, str, int]] = {}
            for (name_at, name), (place, value) in pairwise(cells):
                if name_at not in pairs and self._is_name(name.rstrip(":： ")):
                    pairs[name_at] = pairs[place] = (name.rstrip(":： "), value, place)
            for place, cell in cells:
                if place not in pairs and (stated := statement(cell)):
                    pairs[place] = (*stated, place)
            for name, value, place in dict.fromkeys(pairs.values()):
                self._state(above, name, value, (number, place))
            for place, cell in cells:
                if A_DAY.fullmatch(cell):
                    above.remarks.append(both(f"未读入的说明：{cell}", f"Line not read: {cell}"))
                elif place not in pairs and first <= place < last:
                    self._title(above, cell, (number, place))
        self._settle_unit(above)
        self._choose(above)
        return above

    def _is_name(self, name: str) -> bool:
        return self._column(name) is not None or in_one(name) in OF_THE_FILE

    def _column(self, name: str) -> str | None:
        return "period" if normalised(name) in PERIOD_NAMES else self.columns.get(normalised(name))

    def _state(self, above: Above, name: str, value: str, place: Place) -> None:
        column = self._column(name)
        if column in above.chosen:
            return
        if column is None:
            if unit := self.titles.unit_in_note(value):
                above.units.append((unit, place))
            above.remarks.append(both(f"未读入的说明：{name}", f"Line not read: {name}"))
        elif column == "period":
            self._note_period(above, self.titles.read(value), place)
        elif column == "unit" and (unit := self.titles.unit(value)):
            above.units.append((unit, place))
        else:
            if column == "indicator":
                said = self.titles.read(value)
                above.units += [(unit, place) for unit in said.units]
                if said.is_whole and set(said.columns) == {"indicator"}:
                    value = said.names["indicator"]
            if above.stated.get(column, value) != value:
                raise self._contradicted(place, above.places[column], value, above.stated[column])
            above.stated[column], above.places[column] = value, place

    def _title(self, above: Above, title: str, place: Place) -> None:
        said = self.titles.read(title)
        above.units += [(unit, place) for unit in said.units]
        self._note_period(above, said, place)
        above.titles.append((said, title, place))

    def _note_period(self, above: Above, said: TitleSaid, place: Place) -> None:
        if "period" in above.chosen:
            return
        if said.part and above.part and said.part != above.part:
            raise self._contradicted(place, above.period_place, "", "")
        if said.years or said.part or said.to_date:
            above.period_place = place
        above.years += said.years
        above.part = said.part or above.part
        above.alone |= said.alone
        above.to_date |= said.to_date or bool(
            said.part and said.part.accumulation == Accumulation.YTD and not said.part.part
        )

    def _settle_unit(self, above: Above) -> None:
        """Take the unit that the lines state, if they agree; one that is not known was stated as it is, for the import to refuse."""
        if "unit" in above.chosen:
            above.units = []
        if above.units:
            (unit, place), *others = above.units
            for other, at in others:
                if other.code != unit.code:
                    raise self._contradicted(at, place, other.name_zh, unit.name_zh)
            if "unit" in above.stated:
                raise self._contradicted(above.places["unit"], place, above.stated["unit"], unit.name_zh)
            above.stated["unit"], above.places["unit"] = unit.code, place

    @staticmethod
    def _choose(above: Above) -> None:
        """Take what was chosen for all rows instead of what the lines say."""
        above.stated |= {name: cell for name, cell in above.chosen.items() if name not in ("period", "accumulation")}
        if cell := above.chosen.get("period"):
            whole, part = said_period(cell), part_of_year(cell)
            if whole:
                above.years = [whole.label[:4]]
                part = PartOfYear(whole.label[5:], whole.accumulation) if not whole.is_year else None
            if not (whole or part):
                above.stated["period"] = cell
            above.part = part
        if accumulation := above.chosen.get("accumulation"):
            above.to_date = accumulation == Accumulation.YTD
            if above.part:
                above.part = PartOfYear(above.part.part, accumulation)

    def _contradicted(self, place: Place, earlier: Place, this: str, that: str) -> Exception:
        here, there = cell_name(*place), cell_name(*earlier)
        return unreadable(
            self.grid, here, f"“{this}”与 {there} 的“{that}”矛盾" if this else f"所说的时期与 {there} 矛盾",
            f"“{this}” contradicts “{that}” in {there}" if this else f"the period that it names contradicts {there}",
        )  # fmt: skip
