"""What the figures of a table are: from its header and the lines above it, refused where one could be taken for another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from curation.refusals import UnreadableFile
from curation.sheets.blocks import Place, unreadable
from curation.sheets.grids import Grid, cell_name
from curation.sheets.headers import INDICATOR, REGION, FigureColumn, TableHeader, cell_at
from curation.sheets.lines import Above
from curation.sheets.titles import TitleReader, TitleSaid
from indicators.components import BREAKDOWNS, BY_NAME
from indicators.models import Unit
from sources.bilingual import Text, both, in_both

FROM_TITLE = (*BREAKDOWNS, "status", "qualifier")


@dataclass
class TableMeaning:
    """One table, as far as it is understood: what each column of figures means, and what holds for all."""

    above: Above
    header: TableHeader
    leading: dict[str, int]
    columns: list[FigureColumn]
    stated: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, Place] = field(default_factory=dict)
    remarks: list[Any] = field(default_factory=list)


class MeaningReader:
    """Settles what the figures of the tables of a sheet are."""

    def __init__(self, grid: Grid, titles: TitleReader) -> None:
        self.grid, self.titles = grid, titles

    def settle(self, table: TableMeaning, lost: list[FigureColumn]) -> None:
        """Take from the lines above what the table does not say itself. Raises UnreadableFile where something is missing."""
        row = table.header.rows.start
        if not table.columns:
            row, words = next((column.lost for column in lost if column.lost), (row, ""))
            raise unreadable(
                self.grid, cell_name(row, lost[0].place if lost else 0),
                f"未能理解的列名“{words}”：请写明时期或指标", f"the header “{words}” is not understood: name a period or an indicator",
            )  # fmt: skip
        above = table.above
        table.stated = {name: cell for name, cell in above.stated.items() if name not in table.leading}
        table.fixed = {name: place for name, place in above.places.items() if name in table.stated}
        for said, _, place in above.titles:
            for name in FROM_TITLE:
                if name in said.columns and name not in table.leading:
                    table.stated.setdefault(name, said.columns[name])
                    table.fixed.setdefault(name, place)
                    if name in ("status", "qualifier", *BREAKDOWNS):
                        table.remarks.append(self._from_title(name, said))
        self._settle_indicator(table)
        self.ask_of_rest([each for each in above.periods_said() if each[0].part or each[0].to_date])
        self._refuse_twice(table)
        self._settle_region(table)
        self._settle_units(table)

    def _from_title(self, name: str, said: TitleSaid) -> Text:
        words, (zh, en) = said.names.get(name) or said.columns[name], in_both(BY_NAME[name].title)
        return both(f"{zh}取自标题：{words}", f"The {en} is taken from the title: {words}")

    def _refuse_twice(self, table: TableMeaning) -> None:
        """Refuse columns that say the same, or what the rows say as well: it cannot be told what their figures are of."""
        row = table.header.rows.start
        for one, second in table.header.twice:
            here, there = cell_name(row, second), cell_name(row, one)
            raise unreadable(
                self.grid, here, f"与 {there} 是同一种列：请只留一列",
                f"{cell_at(self.grid, row, second)} is a column of the same kind as {there}: leave one of them",
            )  # fmt: skip
        for column in table.columns:
            for name in column.means.keys() & table.leading.keys():
                where = cell_name(*column.said_at[name])
                raise unreadable(
                    self.grid,
                    where,
                    "列名与行中的列所说重复",
                    f"the header says the {name}, and so does a column of the rows",
                )
        seen: dict[tuple[object, ...], FigureColumn] = {}
        for column in table.columns:
            alike = seen.setdefault(column.meaning, column)
            if alike is not column:
                row, words = column.labels[-1]
                here, there = cell_name(row, column.place), cell_name(alike.labels[-1][0], alike.place)
                raise unreadable(
                    self.grid,
                    here,
                    f"“{words}”与 {there} 相同：两列数值无从区分",
                    f"“{words}” is as {there}: the two columns cannot be told apart",
                )

    def _settle_indicator(self, table: TableMeaning) -> None:
        above = table.above
        own = INDICATOR in table.leading or all("indicator" in column.means for column in table.columns)
        if "indicator" in table.stated:
            return
        titled = [each for each in above.titles if "indicator" in each[0].columns]
        if own:
            self.ask_of_rest(above.titles[-1:])
            return
        if not titled:
            place = above.titles[-1][2] if above.titles and above.titles[-1][0].left else (table.header.rows.start, 0)
            raise unreadable(
                self.grid, cell_name(*place),
                "未说明指标：请在表上方写一行“指标：…”，或设一列", "no indicator: add a line “indicator: …” above, or a column",
            )  # fmt: skip
        said, _, place = titled[-1]
        self.ask_of_rest(titled[-1:])
        name = said.names["indicator"]
        table.stated["indicator"], table.fixed["indicator"] = said.columns["indicator"], place
        table.remarks.append(both(f"指标取自标题：{name}", f"The indicator is taken from the title: {name}"))

    def ask_of_rest(self, titles: list[tuple[TitleSaid, str, Place]]) -> None:
        """Refuse a title of which something is not understood: it may say that the figures are of a part, or of something else."""
        for said, _, place in titles:
            if not said.is_whole:
                name, rest = said.names.get("indicator", ""), said.left.strip() or "、"
                raise unreadable(
                    self.grid, cell_name(*place),
                    f"标题中的“{rest}”未能理解，{f'不能当作“{name}”：' if name else ''}请写一行“指标：…”说明，或改标题",
                    f"“{rest}” in the title is not understood{f', so it is not taken for “{name}”' if name else ''}: "
                    "say what it is in a line “indicator: …”, or change the title",
                )  # fmt: skip

    def _settle_region(self, table: TableMeaning) -> None:
        known = (
            REGION in table.leading
            or "region" in table.stated
            or all("region" in column.means for column in table.columns)
        )
        if known:
            return
        titled = [(said.columns["region"], place) for said, _, place in table.above.titles if "region" in said.columns]
        if not titled:
            raise unreadable(
                self.grid, cell_name(table.header.rows.start, 0),
                "未说明地区：请在表上方写一行“地区：…”，或设一列", "no region: add a line “region: …” above, or a column",
            )  # fmt: skip
        table.stated["region"], table.fixed["region"] = titled[-1]
        table.remarks.append(
            both(f"地区取自标题：{titled[-1][0]}", f"The region is taken from the title: {titled[-1][0]}")
        )

    def _settle_units(self, table: TableMeaning) -> None:
        """Refuse a column whose unit is another one of the dimension than the lines above state."""
        for unit, place in table.above.units[:1]:
            for column in table.columns:
                if column.unit and column.unit.dimension == unit.dimension and column.unit.code != unit.code:
                    raise self.two_units(column.said_at["unit"], column.unit, place, unit)

    def two_units(self, here: Place, unit: Unit, there: Place, other: Unit) -> UnreadableFile:
        """The refusal of a unit that contradicts another one, at both places."""
        at = cell_name(*there)
        return unreadable(
            self.grid, cell_name(*here), f"单位“{unit.name_zh}”与 {at} 的“{other.name_zh}”矛盾",
            f"the unit “{unit.name_en}” contradicts “{other.name_en}” in {at}",
        )  # fmt: skip
