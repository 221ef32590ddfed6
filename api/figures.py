"""The figures of an answer: as stated, converted or transformed, and in the shape that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby
from typing import Any

from api.problems import InvalidParameters, ParameterError
from indicators.deriving import NEEDED, Transformation, derive, stated
from indicators.labels import labels
from indicators.reading import distinct
from indicators.rows import (
    ACTION,
    DERIVED_FROM,
    FULL,
    NOTE,
    RETIRED,
    Face,
    Number,
    RowColumn,
    as_rows,
    make_cells,
    put_derived,
    stored_columns,
    with_added,
)
from indicators.selection import Selection
from indicators.transforms import Derived, Stated, convert_stated
from sources.bilingual import both, language

Record = dict[str, Any]
Stored = Sequence[Sequence[Any]]

# What tells one series from another; the rest of a row belongs to a period.
OF_SERIES = (
    "series", "indicator", "indicator_name", "region", "region_name", "industry", "industry_name", "product",
    "product_name", "partner", "partner_name", "trade_mode", "trade_mode_name", "variant", "frequency", "accumulation",
    "unit", "unit_name",
)  # fmt: skip
FULL_PLAIN = tuple(column for column in FULL if column.name != "citations")


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
        """The same as rows by name."""
        stored = self.stored(columns)
        made = as_rows(make_cells(rows, stored, columns, self.labels, self.language, number), columns)
        if self.computes:
            records = [dict(zip(stored, row, strict=False)) for row in rows]
            derived = self._derived(records)
            for record, row in zip(records, made, strict=True):
                put_derived(row, derived[record["id"]], self._face_of(record), self.language, number)
        return made

    @cached_property
    def _face(self) -> Face:
        if self.transformation is None:
            return Face(unit=self._unit_label)
        own = self.transformation.unit
        return Face(self.transformation.label, self.labels.unit_called(own) if own else self._unit_label)

    @property
    def _unit_label(self) -> Any:
        return None if self.unit is None else self.labels.units[self.unit]

    def _face_of(self, record: Record) -> Face:
        """A difference of percentages is in percentage points."""
        face = self._face
        if face.label is None or face.unit or self.labels.units[record["unit"]].code != "PERCENT":
            return face
        return Face(face.label, self.labels.unit_called("PERCENTAGE_POINT"))

    def _derived(self, records: Sequence[Record]) -> dict[int, Derived]:
        names, transformation = self.labels, self.transformation
        if transformation is None:
            return {record["id"]: self._converted(stated(record, names)) for record in records}
        derived = derive(transformation, records, self.selection, names)
        if transformation.unit is None:
            return {record["id"]: self._difference_converted(record, derived[record["id"]]) for record in records}
        return derived

    def _converted(self, figure: Stated | None) -> Derived:
        if figure is None or self.unit is None:
            return Derived(None)
        return convert_stated(figure, self.labels.factors[self.unit][1])

    def _difference_converted(self, record: Record, derived: Derived) -> Derived:
        if derived.value is None or self.unit is None:
            return derived
        dimension, factor = self.labels.factors[record["unit"]]
        figure = Stated(record["id"], derived.value, record["qualifier"], dimension, derived.decimals, factor)
        converted = convert_stated(figure, self.labels.factors[self.unit][1])
        return Derived(converted.value, converted.decimals, converted.note, derived.derived_from)


def as_points(rows: Stored, figures: Figures, number: Number) -> list[Record]:
    """One object a series: its attributes once, and `points` of period, value, status and qualifier."""
    shaped = []
    for line in _lines(rows, figures, number):
        points = [[row["period"], row["value"], row["status"], row["qualifier"]] for row in line]
        shaped.append({**{name: line[-1][name] for name in OF_SERIES}, "points": points})
    return shaped


def wide(rows: Stored, figures: Figures, number: Number) -> list[Record]:
    """One object a series: its attributes, and a column for every period of the page, null where it has no value."""
    lines = list(_lines(rows, figures, number))
    periods = sorted({row["period"] for line in lines for row in line})
    shaped = []
    for line in lines:
        values = {row["period"]: row["value"] for row in line}
        shaped.append({**{name: line[-1][name] for name in OF_SERIES}, **{p: values.get(p) for p in periods}})
    return shaped


def _lines(rows: Stored, figures: Figures, number: Number) -> Iterator[list[Record]]:
    """The rows by series. A series has one unit: where its rows were stated in several, that of the latest."""
    stored = figures.stored(FULL_PLAIN)
    made = figures.rows(rows, FULL_PLAIN, number)
    records = (dict(zip(stored, row, strict=False)) for row in rows)
    for _, group in groupby(zip(records, made, strict=True), key=lambda pair: pair[1]["series"]):
        line = list(group)
        latest_record, latest = line[-1]
        for record, row in line:
            if row["unit"] != latest["unit"] and (figure := stated(record, figures.labels)):
                face = Face(unit=figures.labels.units[latest_record["unit"]])
                factor = figures.labels.factors[latest_record["unit"]][1]
                put_derived(row, convert_stated(figure, factor), face, figures.language, number)
        yield [row for _, row in line]
