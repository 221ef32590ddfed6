"""The figures of an answer: as stated, converted or transformed, and in the shape that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from api.problems import InvalidParameters, ParameterError
from indicators.choices import VALUELESS, ObservationStatus, Qualifier
from indicators.components import BY_NAME
from indicators.deriving import NEEDED, Transformation, derive, stated
from indicators.labels import Label, labels
from indicators.reading import count, distinct, read
from indicators.reading import records as read_records
from indicators.rows import (
    ACTION,
    DERIVED_FROM,
    FULL,
    NOTE,
    RETIRED,
    Face,
    Figure,
    Number,
    RowColumn,
    as_rows,
    make_cells,
    put_derived,
    stored_columns,
    with_added,
)
from indicators.selection import Selection
from indicators.transforms import NO_UNIT, Derived, Stated, convert_stated
from sources.bilingual import both, language

Record = dict[str, Any]
Stored = Sequence[Sequence[Any]]

# What tells one series from another; the rest of a row belongs to a period.
OF_SERIES = (
    "series",
    *(column.name for column in FULL if (part := BY_NAME.get(column.name.removesuffix("_name"))) and part.of_series),
    "unit", "unit_name",
)  # fmt: skip
POINTS = "points"  # the column of a series that holds its figures
MARK = "_mark"  # what the column beside a period ends with
MOST_SORTED = 50_000
SERIES_AT_ONCE = 500
# What a series in one row is made of: its attributes, and of each figure what its point or its cell says.
SHAPED = tuple(
    column for column in FULL if column.name in (*OF_SERIES, "id", "period", "value", "decimals", "status", "qualifier")
)


class Figures:
    """What becomes of the stated figures of a question: a transform, another unit, or nothing.

    `unit` is the key of a unit. Raises InvalidParameters where it does not measure what the question gives.
    """

    def __init__(self, selection: Selection, transformation: Transformation | None, unit: int | None) -> None:
        self.selection, self.transformation, self.unit = selection, transformation, unit
        self.labels, self.language = labels(), language()
        if unit is not None:
            self._check_unit(unit)

    @property
    def computes(self) -> bool:
        """Whether the rows are others than those that were stated."""
        return self.transformation is not None or self.unit is not None

    def _check_unit(self, unit: int) -> None:
        if self.transformation and self.transformation.unit:
            message = both("变换结果另有单位", f"the result of {self.transformation.name} has a unit of its own")
            raise InvalidParameters([ParameterError("unit", "conflict", message)])
        factors = self.labels.factors
        given = {factors[key][0] for key in distinct(self.selection, "unit")}
        if others := given - {factors[unit][0]}:
            message = both(
                f"查询结果中有其他量纲的数据：{', '.join(sorted(others))}；请限定 indicator",
                f"the query also gives figures of other dimensions: {', '.join(sorted(others))}; narrow it by indicator",
            )
            like = [code for code, key in self.labels.units.key.items() if factors[key][0] in given]
            raise InvalidParameters([ParameterError("unit", "other_dimension", message, sorted(like))])

    def columns(self, columns: Sequence[RowColumn], fields: Sequence[str] | None) -> list[RowColumn]:
        """The columns of the answer: those asked for, with those that this question adds."""
        added = []
        if self.transformation:
            added += [DERIVED_FROM, NOTE]
        if self.selection.standing == "history":
            added.append(RETIRED)
        if self.selection.standing == "changes":
            added.append(ACTION)
        return with_added(columns, added, fields) if added else list(columns)

    def stored(self, columns: Sequence[RowColumn]) -> list[str]:
        """The stored columns to be read for these columns."""
        return stored_columns(columns, *(NEEDED if self.computes else ()))

    def cells(self, rows: Stored, columns: Sequence[RowColumn], number: Number = str) -> list[list[Any]]:
        """The cells of each column, of rows that hold `stored(columns)`. `number` makes of a value's text what is written."""
        if not self.computes:
            return make_cells(rows, self.stored(columns), columns, self.labels, self.language, number)
        made = self.rows(rows, columns, number)
        return [[row[column.name] for row in made] for column in columns]

    def rows(self, rows: Stored, columns: Sequence[RowColumn], number: Number = str) -> list[Record]:
        """The rows of an answer, each a dictionary by column name. `number` makes of the text of a value what the format writes."""
        stored = self.stored(columns)
        made = as_rows(make_cells(rows, stored, columns, self.labels, self.language, number), columns)
        if self.computes:
            records = [dict(zip(stored, row, strict=False)) for row in rows]
            derived = self._derived(records)
            for record, row in zip(records, made, strict=True):
                put_derived(
                    row, derived[record["id"]], self._face_of(record, derived[record["id"]]), self.language, number
                )
        return made

    def in_order_of_results(self, *, descending: bool) -> list[int] | None:
        """The ids of all rows in the order of the values that are shown, those without one last; None where that is the order of
        the stated values.

        Values in several units of one dimension are ordered by their worth. Raises InvalidParameters where they are of several
        dimensions, or too many to be computed for an order.
        """
        units = distinct(self.selection, "unit")
        if not self.transformation and len(units) < 2:
            return None
        of_result = {label.code for unit in units if (label := self.unit_of_result(unit))}
        dimensions = {self.labels.factors[self.labels.units.key[code]][0] for code in of_result}
        if len(dimensions) > 1:
            message = both(
                f"所得数值的量纲不一（{', '.join(sorted(dimensions))}），没有大小先后；请限定 indicator",
                f"the values are of several dimensions ({', '.join(sorted(dimensions))}), which have no order; narrow by indicator",
            )
            raise InvalidParameters([ParameterError("ordering", "not_comparable", message)])
        if (number := count(self.selection)) > MOST_SORTED:
            message = both(
                f"共 {number} 行，多于可按所算数值排序的 {MOST_SORTED} 行；请缩小范围",
                f"{number} rows are more than the {MOST_SORTED} that can be ordered by a computed value; narrow the question",
            )
            raise InvalidParameters([ParameterError("ordering", "too_many", message)])
        records = read_records(self.selection, NEEDED)
        worth = {record["id"]: self._worth(record, derived) for record, derived in self._with_results(records)}
        sign = -1 if descending else 1
        return sorted(worth, key=lambda key: (worth[key] is None, sign * (worth[key] or 0), sign * key))

    def _with_results(self, records: Sequence[Record]) -> Iterator[tuple[Record, Derived | None]]:
        derived = self._derived(records) if self.transformation else {}
        return ((record, derived.get(record["id"])) for record in records)

    def _worth(self, record: Record, derived: Derived | None) -> Decimal | None:
        if derived is None:
            figure = stated(record, self.labels)
            return figure.amount if figure else None
        if derived.value is None or self.transformation is None or self.transformation.unit:
            return derived.value
        return derived.value * self.labels.factors[record["unit"] if self.unit is None else self.unit][1]

    def unit_of_result(self, unit: int) -> Label | None:
        """What is given for a figure in this unit: the transform's unit, else the one asked for, else what a difference is in.

        None where the store has no unit for it.
        """
        if self.transformation and self.transformation.unit:
            return self.labels.unit_called(self.transformation.unit)
        if self.unit is not None:
            return self.labels.units[self.unit]
        return self.labels.unit_of_difference(unit) if self.transformation else self.labels.units[unit]

    def _face_of(self, record: Record, derived: Derived) -> Face:
        label = self.transformation.label if self.transformation else None
        unit = self.unit_of_result(record["unit"])
        whole = None if derived.of is None else self.labels.regions[derived.of]
        own = unit == self.labels.units[record["unit"]]  # which may have a counter
        shown = None if own or unit is None else unit
        key = record["unit"] if shown is None else self.labels.units.key[shown.code]
        words = self.labels.words(key, record["indicator"]) if unit else None
        return Face(label, shown, whole, words, record["qualifier"])

    def _derived(self, records: Sequence[Record]) -> dict[int, Derived]:
        names, transformation = self.labels, self.transformation
        if transformation is None:
            return {record["id"]: self._converted(stated(record, names)) for record in records}
        derived = derive(transformation, records, self.selection, names)
        if transformation.unit is None:
            return {record["id"]: self._difference(record, derived[record["id"]]) for record in records}
        return derived

    def _converted(self, figure: Stated | None) -> Derived:
        if figure is None or self.unit is None:
            return Derived(None)
        return convert_stated(figure, self.labels.factors[self.unit][1])

    def _difference(self, record: Record, derived: Derived) -> Derived:
        if derived.value is None:
            return derived
        if self.unit_of_result(record["unit"]) is None:
            return Derived(None, note=NO_UNIT, derived_from=derived.derived_from)
        if self.unit is None:
            return derived
        dimension, factor = self.labels.factors[record["unit"]]
        figure = Stated(record["id"], derived.value, record["qualifier"], dimension, derived.decimals, factor)
        converted = convert_stated(figure, self.labels.factors[self.unit][1])
        return replace(converted, derived_from=derived.derived_from, status=derived.status)


class SeriesPoint(NamedTuple):
    """A figure of a series as the shapes of an answer show it."""

    period: str
    value: Any
    status: str
    qualifier: str
    id: int


@dataclass(frozen=True)
class SeriesLine:
    """A series in one row: its attributes, as its latest figure has them, and its figures, oldest first."""

    attributes: Record
    points: list[SeriesPoint]


def attributes(fields: Sequence[str] | None) -> list[str]:
    """What is said of a series as a whole: all, or what was asked for of it."""
    return [name for name in OF_SERIES if fields is None or name in fields]


def as_points(keys: Sequence[int], figures: Figures, number: Number, fields: Sequence[str] | None) -> Iterator[Record]:
    """Of these series one object each: its attributes once, and `points` of period, value, status, qualifier and id of the row."""
    names = attributes(fields)
    pointed = fields is None or POINTS in fields
    for line in _lines(keys, figures, number):
        points = {POINTS: [(*point,) for point in line.points]} if pointed else {}
        yield {**{name: line.attributes[name] for name in names}, **points}


def wide(keys: Sequence[int], figures: Figures, number: Number, fields: Sequence[str] | None) -> list[Record]:
    """Of these series one object each: its attributes, and a column for every period of all of them, null where it has no value.

    Beside a period stands `…_mark` where a value in it is no exact observed one, which says what it is.
    """
    lines = list(_lines(keys, figures, number))
    marks = [{point.period: mark_of(point.status, point.qualifier) for point in line.points} for line in lines]
    marked = {period for of_line in marks for period, mark in of_line.items() if mark}
    periods = [
        name for period in sorted({period for of_line in marks for period in of_line})
        for name in ((period, f"{period}{MARK}") if period in marked else (period,))
    ]  # fmt: skip
    names, shaped = attributes(fields), []
    for line, of_line in zip(lines, marks, strict=True):
        cells = {point.period: point.value for point in line.points}
        cells |= {f"{period}{MARK}": mark for period, mark in of_line.items()}
        shaped.append(
            {**{name: line.attributes[name] for name in names}, **{name: cells.get(name) for name in periods}}
        )
    return shaped


def mark_of(status: str, qualifier: str) -> str | None:
    """What a value is that is no exact observed one, in the language of the answer: a goal, about so much, estimated."""
    marks = [] if status == ObservationStatus.NORMAL else [ObservationStatus(status).label]
    if qualifier != Qualifier.EXACT and status not in (ObservationStatus.FORECAST, *VALUELESS):
        marks.append(Qualifier(qualifier).label)
    return ("、" if language() == "zh" else ", ").join(map(str, marks)) or None


def _lines(keys: Sequence[int], figures: Figures, number: Number) -> Iterator[SeriesLine]:
    """These series by their keys, in order. Of what is read as stated no more than SERIES_AT_ONCE are in memory as rows: ten
    thousand have hundreds of thousands of figures.
    """
    at_once = len(keys) if figures.computes else SERIES_AT_ONCE
    for first in range(0, len(keys), at_once or 1):
        of_these = figures.selection.having("series", keys[first : first + at_once])
        yield from _by_series(read(of_these, figures.stored(SHAPED)), figures, number)


def _by_series(rows: Stored, figures: Figures, number: Number) -> Iterator[SeriesLine]:
    """Rows by series. A series has one unit: where its rows were stated in several, that of the latest."""
    stored, names = figures.stored(SHAPED), [column.name for column in SHAPED]
    series, unit = names.index("series"), names.index("unit")
    shown = [names.index(name) for name in SeriesPoint._fields]
    made = zip(*figures.cells(rows, SHAPED, number), strict=True)
    for _, group in groupby(zip(rows, made, strict=True), key=lambda pair: pair[1][series]):
        line = list(group)
        latest_row, latest = line[-1]
        into = dict(zip(stored, latest_row, strict=False))["unit"]
        points = []
        for row, cells in line:
            point = SeriesPoint(*[cells[place] for place in shown])
            if cells[unit] != latest[unit]:
                point = _converted(point, dict(zip(stored, row, strict=False)), into, figures, number)
            points.append(point)
        yield SeriesLine(dict(zip(names, latest, strict=True)), points)


def _converted(point: SeriesPoint, record: Record, unit: int, figures: Figures, number: Number) -> SeriesPoint:
    """A point of a stored row in another unit, given by its key; without a value where it has no exact one there, or is computed."""
    figure = stated(record, figures.labels)
    if figure is None:
        return point
    converted = convert_stated(figure, figures.labels.factors[unit][1])
    if converted.value is None or figures.transformation:
        return point._replace(value=None, status=ObservationStatus.MISSING.value)
    return point._replace(value=number(str(Figure(converted.value, converted.decimals))))
