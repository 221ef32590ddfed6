"""The figures of an answer: as stated, converted or transformed, and in the shape that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from api.problems import InvalidParameters, ParameterError
from indicators.deriving import NEEDED, Transformation, derive, stated
from indicators.labels import labels
from indicators.models import Unit
from indicators.rows import FULL, Face, RowColumn, make_rows, put_derived
from indicators.transforms import Derived, Stated, convert_stated
from sources.bilingual import both, language

Record = dict[str, Any]

# What tells one series from another; the rest of a row belongs to a period.
OF_SERIES = (
    "series", "indicator", "indicator_name", "region", "region_name", "industry", "industry_name", "product",
    "product_name", "partner", "partner_name", "trade_mode", "trade_mode_name", "variant", "frequency", "accumulation",
    "unit", "unit_name",
)  # fmt: skip
FULL_PLAIN = tuple(column for column in FULL if column.name != "citations")


class Figures:
    """What becomes of the stated figures of a query: a transform, another unit, or nothing.

    Raises InvalidParameters where the unit does not measure what the query gives.
    """

    def __init__(self, queryset: Any, transformation: Transformation | None, unit: Unit | None) -> None:
        self.queryset, self.transformation, self.unit = queryset, transformation, unit
        self.labels, self.language = labels(), language()
        if unit is not None:
            self._check_unit(unit)

    @property
    def needed(self) -> tuple[str, ...]:
        """The stored columns that computing reads."""
        return NEEDED if self.transformation or self.unit else ()

    def _check_unit(self, unit: Unit) -> None:
        if self.transformation and self.transformation.unit:
            message = both("变换结果另有单位", f"the result of {self.transformation.name} has a unit of its own")
            raise InvalidParameters([ParameterError("unit", "conflict", message)])
        given = {
            self.labels.factors[key][0] for key in self.queryset.order_by().values_list("unit", flat=True).distinct()
        }
        if others := given - {unit.dimension}:
            message = both(
                f"查询结果中有其他量纲的数据：{', '.join(sorted(others))}；请限定 indicator",
                f"the query also gives figures of other dimensions: {', '.join(sorted(others))}; narrow it by indicator",
            )
            like = [u.code for u in Unit.objects.public() if u.dimension in given]
            raise InvalidParameters([ParameterError("unit", "other_dimension", message, sorted(like))])

    def rows(self, records: Sequence[Record], columns: Sequence[RowColumn]) -> list[Record]:
        """Rows as the answer has them."""
        rows = make_rows(records, columns, self.labels, self.language)
        if self.needed:
            derived, face = self._derived(records)
            for record, row in zip(records, rows, strict=True):
                put_derived(row, derived[record["pk"]], self._face(face, record), self.language)
        return rows

    def _face(self, face: Face, record: Record) -> Face:
        """A difference of percentages is in percentage points."""
        if face.label is None or face.unit or self.labels.units[record["unit"]].code != "PERCENT":
            return face
        return Face(face.label, self.labels.unit_called("PERCENTAGE_POINT"))

    def _derived(self, records: Sequence[Record]) -> tuple[dict[int, Derived], Face]:
        names, transformation = self.labels, self.transformation
        if transformation is None:
            unit_only = {r["pk"]: self._converted(stated(r, names)) for r in records}
            return unit_only, Face(unit=names.unit_called(self.unit.code) if self.unit else None)
        derived = derive(transformation, records, self.queryset, names)
        own_unit = names.unit_called(transformation.unit) if transformation.unit else None
        if transformation.unit is None:
            derived = {r["pk"]: self._difference_converted(r, derived[r["pk"]]) for r in records}
            own_unit = names.unit_called(self.unit.code) if self.unit else None
        return derived, Face(transformation.label, own_unit)

    def _converted(self, figure: Stated | None) -> Derived:
        if figure is None or self.unit is None:
            return Derived(None)
        return convert_stated(figure, self.unit.factor)

    def _difference_converted(self, record: Record, derived: Derived) -> Derived:
        if derived.value is None or self.unit is None:
            return derived
        dimension, factor = self.labels.factors[record["unit"]]
        figure = Stated(record["pk"], derived.value, record["qualifier"], dimension, derived.decimals, factor)
        converted = convert_stated(figure, self.unit.factor)
        return Derived(converted.value, converted.decimals, converted.note, derived.derived_from)


def as_points(records: Sequence[Record], figures: Figures) -> list[Record]:
    """One object a series: its attributes once, and `points` of period, value, status and qualifier."""
    shaped = []
    for rows in _lines(records, figures):
        points = [[row["period"], row["value"], row["status"], row["qualifier"]] for row in rows]
        shaped.append({**{name: rows[-1][name] for name in OF_SERIES}, "points": points})
    return shaped


def wide(records: Sequence[Record], figures: Figures) -> list[Record]:
    """One object a series: its attributes, and a column for every period of the page, null where it has no value."""
    lines = _lines(records, figures)
    periods = sorted({row["period"] for rows in lines for row in rows})
    shaped = []
    for rows in lines:
        values = {row["period"]: row["value"] for row in rows}
        shaped.append({**{name: rows[-1][name] for name in OF_SERIES}, **{p: values.get(p) for p in periods}})
    return shaped


def _lines(records: Sequence[Record], figures: Figures) -> list[list[Record]]:
    """The rows by series. A series has one unit: where its rows were stated in several, that of the latest."""
    rows = figures.rows(records, FULL_PLAIN)
    lines = []
    for _, group in groupby(zip(records, rows, strict=True), key=lambda pair: pair[1]["series"]):
        line = list(group)
        latest_record, latest = line[-1]
        for record, row in line:
            if row["unit"] != latest["unit"] and (figure := stated(record, figures.labels)):
                face = Face(unit=figures.labels.units[latest_record["unit"]])
                factor = figures.labels.factors[latest_record["unit"]][1]
                put_derived(row, convert_stated(figure, factor), face, figures.language)
        lines.append([row for _, row in line])
    return lines
