"""The rows of a table of figures: which of its lines state figures, and what each of these is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from curation.sheets.blocks import Block, unreadable
from curation.sheets.grids import Grid, cell_name
from curation.sheets.headers import (
    FREQUENCY,
    INDICATOR,
    MONTH,
    NOT_STATED,
    PERIOD,
    QUARTER,
    REGION,
    UNIT,
    UNREAD,
    FigureColumn,
    cell_at,
)
from curation.sheets.left_out import CHOSEN, OF_WHICH, why_left_out, without_part
from curation.sheets.lines import LONGEST_LINE_NAME, NOTE, statement
from curation.sheets.meanings import FROM_TITLE, MeaningReader, TableMeaning
from curation.sheets.periods import (
    PartOfYear,
    SaidPeriod,
    joined_period,
    months_of,
    part_of_year,
    period_at,
)
from curation.sheets.readings import SheetChoices
from curation.sheets.titles import TitleSaid
from curation.tables.columns import GROUPED
from curation.tables.rows import CompactRow, Header
from indicators.choices import Accumulation
from indicators.components import COMPONENTS
from indicators.models import Indicator
from indicators.periods import parse_period
from sources.bilingual import Said, Text, both, in_both
from sources.folding import normalised
from sources.text import trimmed

# What a figure is unless its sheet says otherwise.
DEFAULTS = {part.name: str(part.default) for part in COMPONENTS if part.default is not None}
PER_CENT = {"%", "percent"}  # the unit's code and name, normalised
FIGURE_OR_ERROR = re.compile(r"[\d#=]|true|false")
LONGEST_MARK = 4  # characters, such as n.a. and 不详
NO_HEADER = both("无列名", "no header")
SHOWN_WORDS = 40  # characters of a cell that a remark shows


def figure(cell: str, unit: str = "") -> str:
    """A number as text, without the commas that group its thousands, and without the sign of per cent where that is its unit."""
    if cell.endswith("%") and normalised(unit) in PER_CENT:
        cell = cell[:-1].rstrip()
    return cell.replace(",", "") if GROUPED.fullmatch(cell) else cell


def frequency_of(label: str) -> str:
    """The frequency of a period's label; empty where it is none."""
    try:
        return parse_period(label).frequency.value
    except ValueError:
        return ""


def _may_be_figures(cells: Sequence[str]) -> bool:
    """Whether cells state figures, or marks and errors in their places, and are not just words."""
    return any(map(FIGURE_OR_ERROR.search, cells)) or sum(len(cell) <= LONGEST_MARK for cell in cells) * 2 > len(cells)


FIGURES, NOTE_ROW = "figures", "note"  # what a row of a table holds; `unread` where it is neither
NAMED_ROWS = 20  # that a remark names


def folded_words(choices: SheetChoices) -> dict[str, dict[str, str]]:
    """What was said that words in the rows mean: column, folded word, code."""
    return {name: {normalised(word): code for word, code in words.items()} for name, words in choices.words.items()}


def left_out_remark(grid: Grid, rows: Mapping[int, Text]) -> Text:
    """What is said of rows that are left out."""
    named = [
        (row + 1, next((cell.strip() for cell in grid.rows[row] if cell.strip()), "")[:SHOWN_WORDS], in_both(why))
        for row, why in list(rows.items())[:NAMED_ROWS]
    ]
    more = " …" if len(rows) > NAMED_ROWS else ""
    zh = "；".join(f"{row} {words}（{why[0]}）" for row, words, why in named)
    en = "; ".join(f"{row} {words} ({why[1]})" for row, words, why in named)
    return both(f"不读入的行：{zh}{more}", f"Rows left out: {en}{more}")


class RowsReader:
    """Reads the rows of one table."""

    def __init__(
        self, meanings: MeaningReader, table: TableMeaning, columns: list[FigureColumn], end: int, choices: SheetChoices,
        band: tuple[int, int],
    ) -> None:  # fmt: skip
        self.meanings, self.table, self.end = meanings, table, end
        self.left, self.right = band
        self.grid, self.titles = meanings.grid, meanings.titles
        self.chosen_out = None if choices.left_out is None else {row - 1 for row in choices.left_out}
        self.words = folded_words(choices)
        self.left_out: dict[int, Text] = {}
        self.marks: dict[int, str] = {}
        self.lost = [column for column in columns if column.lost is not None]
        self.periods: dict[tuple[str, int, str], tuple[str, str]] = {}
        below = range(table.header.rows.stop, end)
        looked_at = table.columns or self.lost
        self.is_empty = not _may_be_figures(
            [
                cell
                for row in below
                for column in looked_at
                if (cell := cell_at(self.grid, row, column.place)) not in NOT_STATED
            ]
        )
        place = table.leading.get(PERIOD)
        days = [cell for row in below if (cell := cell_at(self.grid, row, place))] if place is not None else []
        self.dated = months_of(sorted(set(days)))

    def block(self, called: str) -> tuple[Block, int]:
        """The rows of the table as those of the curated one that is called so, and the row of the sheet behind its last one."""
        table = self.table
        if not self.is_empty:
            below = range(table.header.rows.stop, self.end)
            self._take_noted_units(below)
            self.meanings.settle(table, self.lost)
            self._check_units(below)
            self._check_regions(below)
        self._tell_lost()
        self._tell_rows(table.header.unread)
        leading = {name: place for name, place in table.leading.items() if name not in (UNREAD, MONTH, QUARTER)}
        heads = self._heads(leading)
        block = Block(
            self.grid.name, called, heads, leading, values=[], fixed=table.fixed, remarks=table.remarks,
            above={column.place: column.said_at for column in table.columns},
        )  # fmt: skip
        stop, waiting, blanks = table.header.rows.stop, list[int](), 0
        for row in range(stop, self.end) if not self.is_empty else ():
            if self._is_left_out(row):
                continue
            is_note = self._is_note(row)
            stated = [] if is_note else self._stated(row)
            if not stated and not self._is_of_table(row):
                waiting += [row] if any(cell.strip() for cell in self.grid.rows[row]) else []
                if is_note:
                    self.marks[row] = NOTE_ROW
                continue
            self.marks[row] = FIGURES
            self._tell_rows(waiting if stated else [*waiting, row])
            waiting, stop = [], row + 1
            blanks += len(table.columns) - len(stated) if stated else 0
            for column, cell in stated:
                block.add(CompactRow(heads, self._row(heads, row, column, cell)), row)
                block.values.append(column.place)  # type: ignore[union-attr]
        if self.end == len(self.grid.rows):
            self._tell_rows(waiting)
        if self.left_out:
            table.remarks.append(left_out_remark(self.grid, self.left_out))
        if blanks:
            table.remarks.append(
                both(f"空白单元格 {blanks} 个：未述，不读入", f"{blanks} cells state nothing and are not read")
            )
        return block, stop

    def _heads(self, leading: Iterable[str]) -> Header:
        """The columns of the rows: what anything of the table says, and what every figure needs."""
        means = (name for column in self.table.columns for name in column.means)
        return Header(list(dict.fromkeys([
            *DEFAULTS, *self.table.stated, *leading, *means, "region", "indicator", "unit", "period", "value", "frequency",
            "accumulation",
        ])))  # fmt: skip

    def _take_noted_units(self, rows: range) -> None:
        """Take a unit that a note below the table states, or refuse it where it is another one than the lines above state."""
        above = self.table.above
        for row in rows:
            cells = [(place, cell) for place, cell in enumerate(self.grid.rows[row]) if cell.strip()]
            unit = self.titles.unit_in_note(cells[0][1]) if len(cells) == 1 else None
            if unit is None or "unit" in above.chosen:
                continue
            place = (row, cells[0][0])
            for other, there in above.units[:1]:
                if other.code != unit.code:
                    raise self.meanings.two_units(place, unit, there, other)
            above.units.append((unit, place))
            above.stated["unit"], above.places["unit"] = unit.code, place

    def _check_units(self, rows: range) -> None:
        """Refuse a unit of a row that is another one of the dimension than the lines above state."""
        if UNIT not in self.table.leading:
            return
        for unit, place in self.table.above.units[:1]:
            for row in rows:
                own = self.titles.unit(cell_at(self.grid, row, self.table.leading[UNIT]))
                if own and own.dimension == unit.dimension and own.code != unit.code:
                    raise self.meanings.two_units((row, self.table.leading[UNIT]), own, place, unit)

    def _check_regions(self, rows: range) -> None:
        """Refuse rows none of which lies in the region that the title names: they may be of partners."""
        titled = [
            (said.columns["region"], place) for said, _, place in self.table.above.titles if "region" in said.columns
        ]
        if REGION not in self.table.leading or not titled:
            return
        names, at = self.titles.names, self.table.leading[REGION]
        found = {code for row in rows if (code := names.region(self._said(row, REGION)))}
        whole, place = titled[-1]
        if found and not any(names.lies_in(code, whole) for code in found):
            raise unreadable(
                self.grid, cell_name(self.table.header.rows.start, at),
                f"各行的地区不在标题（{cell_name(*place)}）所说的 {whole} 之内：如为贸易伙伴，请将此列写作“贸易伙伴”",
                f"the places of the rows are not in {whole}, which the title ({cell_name(*place)}) names: "
                "if they are partners, call this column so",
            )  # fmt: skip

    # Which rows ----------------------------------------------------------------------------------------------------------

    def _stated(self, row: int) -> list[tuple[FigureColumn, str]]:
        cells = ((column, cell_at(self.grid, row, column.place)) for column in self.table.columns)
        return [
            (column, cell + self._also_over(row, column.place) if self.grid.merged else cell)
            for column, cell in cells if cell not in NOT_STATED
        ]  # fmt: skip

    def _also_over(self, row: int, place: int) -> str:
        """The cells that a figure's cell is merged over, where others' figures should stand in them: ` [B4:B5]`."""
        last, right = self.grid.spans.get((row, place), (row, place))
        across = any(place < column.place <= right for column in self.table.columns)
        leading = self.table.header.leading
        down = any(
            cell_at(self.grid, below, at) for below in range(row + 1, min(last, self.end - 1) + 1) for at in leading
        )
        return f" [{self.grid.over(row, place)}]" if across or down else ""

    def _is_left_out(self, row: int) -> bool:
        """Whether a row is left out, as was chosen, or else for what it is called; it is kept in mind why."""
        if self.chosen_out is not None and row not in self.chosen_out:
            return False
        kinds = [kind for kind in self.table.leading if kind not in (UNREAD, UNIT, PERIOD, MONTH, QUARTER)]
        labels = [cell for kind in kinds if (cell := self._said(row, kind))] or [self._first(row)]
        why = next((why for label in labels if (why := why_left_out(label)) and not self._is_known(label)), None)
        if why is None and self.chosen_out is None:
            return False
        self.left_out[row] = why or CHOSEN
        return True

    def _is_known(self, label: str) -> bool:
        """Whether a label, without the words for a part (其中), is the name of a region: then its row is no total to be left out."""
        name = without_part(label)
        return self.titles.names.region(name) is not None

    def _said(self, row: int, kind: str) -> str:
        """What a row says in a column beside its figures: by the cell that covers it, and by what was said that its words mean."""
        place = self.table.leading[kind]
        if self.grid.merged and (top := self.grid.tops.get((row, place), row)) >= self.table.header.rows.stop:
            row = top
        cell = cell_at(self.grid, row, place)
        return self.words[kind].get(normalised(cell), cell) if kind in self.words else cell

    def _first(self, row: int) -> str:
        return next((trimmed(cell) for cell in self.grid.rows[row] if cell.strip()), "")

    def _is_note(self, row: int) -> bool:
        first = self._first(row)
        label = statement(first)
        return bool(NOTE.match(first[:LONGEST_LINE_NAME]) or (label and not normalised(label[0]).startswith(OF_WHICH)))

    def _is_of_table(self, row: int) -> bool:
        """Whether a row without figures is one of the table all the same: of a place that is known."""
        cell = self._said(row, REGION) if REGION in self.table.leading else ""
        return bool(cell) and self.titles.names.region(cell) is not None

    def _tell_rows(self, rows: list[int]) -> None:
        for row in rows:
            self.marks.setdefault(row, UNREAD)
            words = self._first(row)[:SHOWN_WORDS]
            self.table.remarks.append(both(f"未读入的行 {row + 1}：{words}", f"Row {row + 1} not read: {words}"))

    def _tell_lost(self) -> None:
        rows = [row for row in range(self.table.header.rows.stop, self.end) if self._stated(row)]
        width = max((len(self.grid.rows[row]) for row in rows), default=0)
        unread: list[tuple[int, Said, int]] = [
            (column.lost[0], column.lost[1], column.place) for column in self.lost if column.lost
        ]
        known = {*self.table.header.leading, *self.table.header.figures}
        for place in range(self.left, min(self.right, max(width, *known, 0))):
            if self.table.header.leading.get(place) == UNREAD:
                row = self.table.header.rows.start
                unread.append((row, cell_at(self.grid, row, place), place))
            elif place not in known and any(cell_at(self.grid, row, place) for row in rows):
                unread.append((self.table.header.rows.stop - 1, NO_HEADER, place))
        for row, words, place in sorted(unread, key=lambda each: each[2]):
            where, (zh, en) = cell_name(row, place), in_both(words)
            self.table.remarks.append(both(f"未读入的列：{zh}（{where}）", f"Column not read: {en} ({where})"))

    # What a figure is ----------------------------------------------------------------------------------------------------

    def _row(self, heads: Header, row: int, column: FigureColumn, value: str) -> tuple[str, ...]:
        cells = {**DEFAULTS, **self.table.stated, **column.means}
        if column.unit:
            cells["unit"] = column.unit.code
        for name in self.table.leading:
            if name not in (UNREAD, MONTH, QUARTER) and ((cell := self._said(row, name)) or name not in DEFAULTS):
                cells[name] = cell
        of_indicator = self._take_indicator(cells, row) if INDICATOR in self.table.leading else None
        period = cells.get(PERIOD, "") if PERIOD in self.table.leading else ""
        if MONTH in self.table.leading or QUARTER in self.table.leading:
            month, quarter = (self._said(row, kind) if kind in self.table.leading else "" for kind in (MONTH, QUARTER))
            period = joined_period(period, month, quarter)
        key = (period, column.place, cells.get(FREQUENCY, ""))
        if key not in self.periods:
            self.periods[key] = self._period(period, column, cells.get(FREQUENCY, ""))
        cells["period"], accumulation = self.periods[key]
        if of_indicator and (of_indicator.to_date or of_indicator.alone):  # 累计值, 当季值
            if len(cells["period"]) == 4:
                raise self._refused_period("没有说明是几月", "it does not say which month is meant", column)
            accumulation = (Accumulation.YTD if of_indicator.to_date else Accumulation.NONE).value
        if accumulation != Accumulation.NONE:
            cells["accumulation"] = accumulation
        cells["frequency"] = cells.get("frequency") or frequency_of(cells["period"])
        cells["value"] = figure(value, cells.get("unit", ""))
        return tuple([cells.get(name, "") for name in heads.names])

    def _take_indicator(self, cells: dict[str, str], row: int) -> TitleSaid | None:
        """Read an indicator's cell as a title is read: it may name the unit and a breakdown. What it says, if it is understood."""
        said = self.titles.read(cells["indicator"])
        for unit, place in self.table.above.units[:1]:
            for own in said.units:
                if own.dimension == unit.dimension and own.code != unit.code:
                    raise self.meanings.two_units((row, self.table.leading[INDICATOR]), own, place, unit)
        if said.is_whole and "indicator" in said.columns and not self._says_more(said):
            cells |= {name: code for name, code in said.columns.items() if name == "indicator" or name in FROM_TITLE}
            if said.units and UNIT not in self.table.leading:
                cells["unit"] = said.units[0].code
            return said
        if said.units and self.titles.names.codes.meant(cells["indicator"], Indicator) == []:
            cells["unit"] = said.units[0].code
        return None

    @staticmethod
    def _says_more(said: TitleSaid) -> bool:
        """Whether an indicator's cell says what its row or its column has to: a place, a period."""
        beyond = said.columns.keys() - {"indicator", *FROM_TITLE}
        return bool(beyond or said.years or said.part)

    def _period(self, said: str, column: FigureColumn, frequency: str) -> tuple[str, str]:
        """The period of a figure, by what its row and its column say and what the lines above add; else what is said, as it is."""
        above = self.table.above
        own = period_at(said[:7] if self.dated and not frequency else said, frequency) if said else None
        part = part_of_year(said) if said and own is None else None
        if PERIOD in self.table.leading and own is None and part is None:
            return said, Accumulation.NONE.value
        whole, part = own or column.period, part or column.part
        if whole is None and above.year:
            self.meanings.ask_of_rest(above.periods_said())
            whole = SaidPeriod(above.year, Accumulation.NONE.value)
        if whole is None:
            raise self._refused_period("未说明是哪一年", "it does not say of which year", column)
        if whole.is_year and (part or above.part):
            whole = (part or above.part).of(whole.label)  # type: ignore[union-attr]
        if above.part and above.part.part and not whole.is_year:
            whole = self._with_part_above(whole, above.part, column)
        to_date = column.to_date or (above.to_date and not column.alone)
        if (to_date or column.alone or above.alone) and whole.is_year:
            raise self._refused_period("没有说明是几月", "it does not say which month is meant", column)
        if column.alone or to_date:
            return whole.label, (Accumulation.YTD if to_date else Accumulation.NONE).value
        return whole.label, whole.accumulation

    def _with_part_above(self, whole: SaidPeriod, part: PartOfYear, column: FigureColumn) -> SaidPeriod:
        """A month or quarter below a title that names one as well: the same one, else it cannot be told which is meant."""
        if column.alone or column.to_date or part.of(whole.label[:4]).label == whole.label:
            return SaidPeriod(
                whole.label, part.accumulation if whole.accumulation == Accumulation.NONE else whole.accumulation
            )
        if whole.accumulation == Accumulation.YTD or part.accumulation == Accumulation.NONE:
            return whole
        raise self._refused_period(
            "标题说明为年初累计，表中为各月：请写明是当月还是累计（如 2024年1-7月）",
            "the title says year to date, the table has months: say which is meant, as in 2024年1-7月", column,
        )  # fmt: skip

    def _refused_period(self, zh: str, en: str, column: FigureColumn) -> Exception:
        row, words = column.labels[-1]
        return unreadable(self.grid, cell_name(row, column.place), f"“{words}”：{zh}", f"“{words}”: {en}")
