"""Rows as the service gives them out, brought in again: they name their figures, and what they do not state stays as it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from curation.sheets.blocks import Block, unreadable
from curation.sheets.grids import Grid, cell_name
from curation.sheets.table_rows import DEFAULTS, figure, frequency_of
from curation.tables.code_index import CellError, CodeIndex
from curation.tables.columns import NUMBER, WITHDRAW
from curation.tables.observations import OBSERVATIONS
from curation.tables.references import Ref, Refs
from curation.tables.rows import CompactRow, Header
from curation.tables.table import Cells
from indicators.components import COMPONENTS
from indicators.models import Observation
from indicators.periods import parse_period
from sources.bilingual import LANGUAGES, both
from sources.text import trimmed

COLUMNS = {column.name: column for column in OBSERVATIONS.columns}
KEY, SERIES, PERIOD, VALUE = "id", "series", "period", "value"  # what names a figure, and what is stated of it
COMPUTED, REPLACED = "derived_from", "retired"  # what a row has that is no figure that stands
MARK = "_mark"
# What a column is called that has the names of what another has the codes of.
NAMED: dict[str, str] = {
    name: part.name
    for part in COMPONENTS if part.members or part.words
    for called in (f"{part.name}_{'title' if part.name == 'source' else 'name'}",)
    for name in (called, *(f"{called}_{spoken}" for spoken in LANGUAGES))
}  # fmt: skip
BESIDE = frozenset((
    KEY, SERIES, *NAMED, COMPUTED, REPLACED, "release", "decimals", "period_start", "period_end", "text", "citation_count",
    "updated", "note", "action",
))  # fmt: skip

# The same in SDMX-CSV: what it calls the columns, those that say nothing of a figure beside them, and what no part is called.
CONCEPTS = {part.concept.id: part for part in COMPONENTS if part.concept}
OF_SDMX = frozenset(("DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "ACTION", "UNIT_MEASURE", "UNIT_MULT", "COMMENT"))
NO_PART = ("_T", "_Z")

Place = tuple[str, str]  # key of a series, period
Standing = tuple[Cells | None, Cells | None]  # what stands of a figure, else any figure of its series


class _Stated(NamedTuple):
    """What a row states of a figure: the key of its series where it is named, its cells, the row of the sheet, its value's column."""

    series: str
    cells: dict[str, str]
    line: int
    column: int


def header_of_answer(grid: Grid) -> int | None:
    """The row of a sheet that is the header of an answer, its first one that is not empty; None where it is none."""
    first = next((number for number, row in enumerate(grid.rows) if any(row)), None)
    if first is None:
        return None
    cells = set(grid.rows[first])
    return first if _is_answer(cells) or _is_sdmx(cells) else None


def _is_sdmx(cells: Collection[str]) -> bool:
    """Whether the cells of a header are columns of SDMX-CSV."""
    return {"TIME_PERIOD", "OBS_VALUE"} <= set(cells) <= CONCEPTS.keys() | OF_SDMX


def _out_of_sdmx(grid: Grid, header: int) -> Grid:
    """A sheet of SDMX-CSV as one of the service's own columns; the unit, which it states in two, stays in them."""
    heads = grid.rows[header]
    parts = [None if name in OF_SDMX else CONCEPTS[name] for name in heads]
    nothing = [(part and part.nothing and part.nothing.stored) or "" for part in parts]
    rows = [
        [without if cell in NO_PART else cell for cell, without in zip(row, nothing, strict=False)] + list(row[len(heads) :])
        for row in grid.rows[header + 1 :]
    ]  # fmt: skip
    names = [part.name if part else name for part, name in zip(parts, heads, strict=True)]
    return Grid(grid.name, [*grid.rows[:header], names, *rows])


def _is_answer(cells: Collection[str]) -> bool:
    """Whether the cells of a header are columns of an answer: with rows below, or with periods across."""
    periods, others = _periods(cells), {cell for cell in cells if cell and not cell.endswith(MARK)}
    others -= periods
    if not others <= BESIDE | COLUMNS.keys() | {WITHDRAW}:
        return False
    own = not others.isdisjoint(BESIDE)
    if periods:
        return PERIOD not in others and (own or any(cell.endswith(MARK) for cell in cells))
    return {PERIOD, VALUE} <= others and (own or not {"source", "citations"} <= others)


def _periods(cells: Collection[str]) -> set[str]:
    """The cells that are labels of periods."""
    return {cell for cell in cells if frequency_of(cell) and parse_period(cell).label == cell}


class AnswerReader:
    """Reads the rows of an answer."""

    def __init__(
        self,
        grid: Grid,
        codes: CodeIndex,
        header: int,
        given: Mapping[str, str] | None = None,
        left_out: Collection[int] = (),
    ) -> None:
        """Of a sheet with this header; `given` is what holds for all rows of columns that are not there."""
        self.given, self.left_out = given or {}, left_out
        if _is_sdmx(set(grid.rows[header])):
            grid = _out_of_sdmx(grid, header)
        self.grid, self.codes, self.header = grid, codes, header
        self.places: dict[str, int] = {}
        for place, name in enumerate(grid.rows[header]):
            if name and self.places.setdefault(name, place) != place:
                where = cell_name(header, place)
                raise unreadable(grid, where, f"列 {name} 重复", f"column {name} is there twice")
        self.width = max(self.places.values()) + 1
        self.periods = {self.places[name]: name for name in sorted(_periods(self.places))}
        names = {of: self.places[name] for name, of in reversed(NAMED.items()) if name in self.places}
        self.by_name = names.keys() - self.places.keys()
        self.columns = names | {
            name: place for name, place in self.places.items() if name in COLUMNS or name == WITHDRAW
        }
        self.canonical = cache(self._canonical)

    def block(self) -> Block:
        """The rows. Raises UnreadableFile where one is computed of figures, was replaced since, or may be of several figures."""
        heads = Header(list(dict.fromkeys([*OBSERVATIONS.column_names, *self.columns])))
        block = Block(self.grid.name, OBSERVATIONS.name, heads, self.columns, remarks=self._remarks())
        if self.periods:
            block.values = []
            block.above = {place: {PERIOD: (self.header, place)} for place in self.periods}
        stated = list(self._stated())
        standing = self._named(stated) if {KEY, SERIES} & self.places.keys() else self._alike(stated)
        for row, (stands, of_series) in zip(stated, standing, strict=True):
            block.add(self._completed(heads, row.cells, stands, of_series), row.line)
            if block.values is not None:
                block.values.append(row.column)
        return block

    def _remarks(self) -> list[Any]:
        unread = [
            name
            for name in self.places
            if name not in self.columns and name not in (KEY, SERIES, *self.periods.values())
        ]
        unread = [name for name in unread if NAMED.get(name) not in self.by_name]
        kept = [name for name in COLUMNS if name not in self.columns and not (self.periods and name in (PERIOD, VALUE))]
        remarks = [both(f"未读入的列：{', '.join(unread)}", f"Columns not read: {', '.join(unread)}")] if unread else []
        if kept:
            listed = ", ".join(kept)
            remarks.append(both(
                f"表中没有的列保持现值：{listed}", f"Columns that the sheet has not stay as they stand: {listed}"
            ))  # fmt: skip
        return remarks

    # What rows state -----------------------------------------------------------------------------------------------------

    def _stated(self) -> Iterator[_Stated]:
        """What each row states of a figure; a row with periods across, of several."""
        rows = [
            (number, [trimmed(cell) for cell in row])
            for number, row in enumerate(self.grid.rows[self.header + 1 :], start=self.header + 1)
            if any(row) and number not in self.left_out
        ]  # fmt: skip
        known = self._known([self._cell(row, KEY) for _, row in rows]) if SERIES not in self.places else {}
        across = self.periods or {self.columns.get(VALUE, 0): ""}
        for number, row in rows:
            if (len(row) < self.width and not self.grid.name) or any(row[self.width :]):  # as of any table
                where = cell_name(number, 0)
                raise unreadable(self.grid, where, "单元格数与表头不符", "not as many cells as the header has columns")
            self._refuse_computed(number, row)
            cells = {name: self._at(row, place) for name, place in self.columns.items()}
            series, period = known.get(self._cell(row, KEY), (self._cell(row, SERIES), ""))
            for place, label in across.items():
                value = self._at(row, place)
                if value or not label:
                    own = {PERIOD: label or cells.get(PERIOD) or period, VALUE: figure(value, cells.get("unit", ""))}
                    yield _Stated(series, cells | own, number, place)

    def _cell(self, row: Sequence[str], name: str) -> str:
        return self._at(row, self.places[name]) if name in self.places else ""

    @staticmethod
    def _at(row: Sequence[str], place: int) -> str:
        return row[place] if place < len(row) else ""

    def _refuse_computed(self, number: int, row: Sequence[str]) -> None:
        for name, zh, en in (
            (COMPUTED, "此行由其他数值算出，不能导入", "this row was computed of figures, and is none to bring in"),
            (REPLACED, "此行后来已被替换，不能导入", "this row was replaced since, and is none to bring in"),
        ):
            if self._cell(row, name):
                raise unreadable(self.grid, cell_name(number, self.places[name]), zh, en)

    # Which figures they are ----------------------------------------------------------------------------------------------

    @staticmethod
    def _known(keys: Sequence[str]) -> dict[str, Place]:
        """Which figures these are the numbers of."""
        numbers = sorted({int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 19})
        by_number: dict[str, Place] = {}
        for first in range(0, len(numbers), 1000):
            held = Observation.objects.filter(pk__in=numbers[first : first + 1000]).values_list(
                "pk", "series__key", "period"
            )
            by_number |= {str(pk): (series, period) for pk, series, period in held}
        return by_number

    @staticmethod
    def _named(stated: list[_Stated]) -> list[Standing]:
        """What stands of the series that rows name, in their periods, and any figure of these series."""
        by_place: dict[Place, Cells] = {}
        of_series: dict[str, Cells] = {}
        for _, (_, cells, *_) in OBSERVATIONS.standing_of(sorted({row.series for row in stated})):
            series, period = OBSERVATIONS.place_of(cells)
            by_place[series, period] = of_series[series] = cells
        return [(by_place.get((row.series, row.cells[PERIOD])), of_series.get(row.series)) for row in stated]

    def _alike(self, stated: list[_Stated]) -> list[Standing]:
        """What stands of the figures that rows can only be of, by the dimensions that they state, in their periods.

        Of several it is one that says the same, each for one row, or the one that is left then; else the row may be of any.
        """
        names = [name for name in OBSERVATIONS.SERIES_COLUMNS if name in self.columns]
        places = {row.line: tuple(self.canonical(name, row.cells[name]) for name in names) for row in stated}
        figures = Observation.objects.live()
        for at, name in enumerate(names):
            if name in ("region", "indicator"):
                figures = figures.filter(**{f"series__{name}__code__in": {place[at] for place in places.values()}})
        alike: dict[tuple[str, ...], list[CompactRow]] = defaultdict(list)
        for *_, cells in OBSERVATIONS.lines(figures, "pk"):
            alike[*(cells[name] for name in names), cells[PERIOD]].append(cells)

        candidates = [alike[*places[row.line], row.cells[PERIOD]] for row in stated]
        same: dict[int, Cells] = {}
        for number, row in enumerate(stated):
            if one := next((cells for cells in candidates[number] if self._says_the_same(row.cells, cells)), None):
                same[number] = one
                candidates[number].remove(one)
        for number, row in enumerate(stated):
            if number not in same and len(candidates[number]) > 1:
                raise unreadable(
                    self.grid, cell_name(row.line, row.column), f"可能是 {len(candidates[number])} 个数值之一：请保留 series 一列",
                    f"it may be any of {len(candidates[number])} figures: keep the column series",
                )  # fmt: skip
        return [(same.get(number) or next(iter(left), None), None) for number, left in enumerate(candidates)]

    def _says_the_same(self, stated: Mapping[str, str], stands: CompactRow) -> bool:
        """Whether a figure that stands is all that a row states."""
        own, held = stated[VALUE], stands[VALUE]
        if own != held and not (NUMBER.fullmatch(own) and held and Decimal(own) == Decimal(held)):
            return False
        others = self.columns.keys() & COLUMNS.keys() - {VALUE, PERIOD}
        return all(self._means(name, stated[name], stands[name]) for name in others)

    def _means(self, name: str, cell: str, held: str) -> bool:
        """Whether a cell is what is held, or one of its names."""
        column = COLUMNS[name]
        if cell and isinstance(column, Ref) and not isinstance(column, Refs):
            return held in self.codes.meant(cell, column.to, column.by)
        return self.canonical(name, cell) == held

    def _canonical(self, name: str, cell: str) -> str:
        column = COLUMNS[name]
        try:
            return column.show(column.read(cell, self.codes, OBSERVATIONS.model))
        except CellError:  # the import says so, at the cell
            return cell

    def _completed(
        self, heads: Header, stated: dict[str, str], stands: Cells | None, alike: Cells | None
    ) -> CompactRow:
        """A row with what it does not state: as it stands, or as a new one of its series is by default."""
        base = dict(stands or {})
        if stands is None:
            base = {"frequency": frequency_of(stated[PERIOD]), **DEFAULTS}
            base |= {name: alike[name] for name in OBSERVATIONS.SERIES_COLUMNS} if alike else {}
        for name in self.by_name & base.keys():
            if self._means(name, stated[name], base[name]):  # a name of one code may be that of another as well
                stated[name] = base[name]
        cells = base | {name: cell for name, cell in self.given.items() if name not in stated} | stated
        return CompactRow(heads, tuple([cells.get(name, "") for name in heads.names]))
