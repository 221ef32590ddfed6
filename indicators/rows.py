"""How an observation becomes a flat row: the same names in the same order, whatever the rows and the format."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from indicators.labels import Label, Labels
from indicators.querysets import ObservationQuerySet
from indicators.transforms import Derived

Record = dict[str, Any]
Cell = Callable[[Record, Labels, str], Any]


@dataclass(frozen=True)
class RowColumn:
    """A column of the answer: which stored columns it needs and how it is made of them. `says` is its documentation."""

    name: str
    needs: tuple[str, ...]
    make: Cell
    says: str
    schema: dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """A value with the decimals that were stated: 41.20 is not 41.2. Renderers write it as a number."""

    value: Decimal
    decimals: int

    def __str__(self) -> str:
        return f"{self.value:.{self.decimals}f}"


TEXT: dict[str, Any] = {"type": "string"}
MAYBE_TEXT: dict[str, Any] = {"type": ["string", "null"]}


def _plain(name: str, stored: str, says: str, schema: dict[str, Any]) -> RowColumn:
    return RowColumn(name, (stored,), lambda r, _labels, _language: r[stored], says, schema)


def _dimension(name: str, stored: str, table: str, says: str, *, optional: bool = False) -> tuple[RowColumn, RowColumn]:
    def label(record: Record, labels: Labels) -> Label | None:
        key = record[stored]
        return None if key is None else getattr(labels, table)[key]

    def code(record: Record, labels: Labels, language: str) -> Any:
        found = label(record, labels)
        return found.code if found else None

    def named(record: Record, labels: Labels, language: str) -> Any:
        found = label(record, labels)
        return found.name(language) if found else None

    schema = MAYBE_TEXT if optional else TEXT
    return (
        RowColumn(name, (stored,), code, f"Code of the {says}.", schema),
        RowColumn(f"{name}_name", (stored,), named, f"Name of the {says}, in the language of the answer.", schema),
    )


def _value(record: Record, labels: Labels, language: str) -> Any:
    value = record["value"]
    return None if value is None else Figure(value, record["decimals"])


def _unit_code(record: Record, labels: Labels, language: str) -> Any:
    return labels.units[record["unit"]].code


def _unit_name(record: Record, labels: Labels, language: str) -> Any:
    return labels.unit(record["unit"], record["series__indicator"]).name(language)


def _iso(stored: str) -> Cell:
    def make(record: Record, labels: Labels, language: str) -> Any:
        day: datetime.date = record[stored]
        return day.isoformat()

    return make


def _note(record: Record, labels: Labels, language: str) -> Any:
    return record[f"note_{language}"] or None


STANDARD: tuple[RowColumn, ...] = (
    _plain("id", "pk", "Number of the row; a correction gets a new one.", {"type": "integer"}),
    _plain("series", "series__key", "Key of the series that the row belongs to.", TEXT),
    *_dimension("indicator", "series__indicator", "indicators", "indicator"),
    *_dimension("region", "series__region", "regions", "region"),
    *_dimension("industry", "series__industry", "categories", "industry, null for the undivided one", optional=True),
    *_dimension("product", "series__product", "categories", "product, null for the undivided one", optional=True),
    *_dimension("partner", "series__partner", "regions", "partner region, null for the undivided one", optional=True),
    *_dimension(
        "trade_mode", "series__trade_mode", "categories", "mode of trade, null for the undivided one", optional=True
    ),
    RowColumn(
        "variant", ("series__variant",), lambda r, _labels, _language: r["series__variant"] or None,
        "Null for the preferred statement, else which other source or method states it.", MAYBE_TEXT,
    ),
    _plain("period", "period", "Label of the period: 2024, 2024-Q1 or 2024-07.", TEXT),
    RowColumn(
        "value", ("value", "decimals"), _value,
        "The figure as stated, with its decimals; null where it is missing, never 0 for missing.",
        {"type": ["number", "null"]},
    ),
    RowColumn("unit", ("unit",), _unit_code, "Code of the unit.", TEXT),
    RowColumn(
        "unit_name", ("unit", "series__indicator"), _unit_name,
        "Name of the unit, or the counter of what is counted.", TEXT,
    ),
    _plain(
        "status", "status", "SDMX CL_OBS_STATUS: A normal, E estimated, F forecast or goal, P provisional, M missing.",
        {"type": "string", "enum": ["A", "E", "F", "P", "M"]},
    ),
    _plain(
        "qualifier", "qualifier", "How the figure was put: exactly, about, more than, less than, or as a target.",
        {"type": "string", "enum": ["exact", "approx", "over", "under", "target"]},
    ),
    RowColumn(
        "source", ("source",), lambda r, labels, _language: labels.sources[r["source"]], "Slug of the source.", TEXT
    ),
    RowColumn(
        "release", ("released",), lambda r, labels, _language: labels.releases[r["released"]][0],
        "Version of the release that published the row.", TEXT,
    ),
)  # fmt: skip

FULL: tuple[RowColumn, ...] = (
    *STANDARD,
    _plain("frequency", "series__frequency", "A, Q or M.", {"type": "string", "enum": ["A", "Q", "M"]}),
    _plain(
        "accumulation", "series__accumulation", "none, or ytd for year-to-date.",
        {"type": "string", "enum": ["none", "ytd"]},
    ),
    RowColumn("period_start", ("period_start",), _iso("period_start"), "First day.", {**TEXT, "format": "date"}),
    RowColumn("period_end", ("period_end",), _iso("period_end"), "Last day.", {**TEXT, "format": "date"}),
    _plain("decimals", "decimals", "Decimals of the figure as stated.", {"type": "integer"}),
    _plain(
        "period_basis", "period_basis", "Whether the source states the period or it was inferred.",
        {"type": "string", "enum": ["stated", "inferred"]},
    ),
    _plain("citations", "citation_count", "How many phrases state the figure.", {"type": "integer"}),
    RowColumn(
        "updated", ("released",), lambda r, labels, _language: labels.releases[r["released"]][1],
        "When the row was published.", {**TEXT, "format": "date-time"},
    ),
    RowColumn("note", ("note_zh", "note_en"), _note, "Remark, in the language of the answer.", MAYBE_TEXT),
)  # fmt: skip

DETAILS: dict[str, tuple[RowColumn, ...]] = {
    "data": tuple(column for column in STANDARD if column.name in ("series", "period", "value")),
    "standard": STANDARD,
    "full": FULL,
}


def columns_of(detail: str = "standard", labels: str = "both", fields: Sequence[str] | None = None) -> list[RowColumn]:
    """The columns of an answer.

    `labels` keeps codes and names (`both`), drops the names (`code`), or drops the codes that have a name (`name`);
    `fields` keeps only those named, in the order of the row.
    """
    columns = list(DETAILS[detail])
    present = {column.name for column in columns}
    if labels == "code":
        columns = [column for column in columns if not column.name.endswith("_name")]
    elif labels == "name":
        columns = [column for column in columns if f"{column.name}_name" not in present]
    return [column for column in columns if fields is None or column.name in fields]


def stored_columns(columns: Iterable[RowColumn], *also: str) -> list[str]:
    """What has to be read from the store to make these columns, each once."""
    return list(dict.fromkeys([*(need for column in columns for need in column.needs), *also]))


def with_needed(queryset: ObservationQuerySet, columns: Iterable[RowColumn]) -> ObservationQuerySet:
    """The queryset with what the columns need annotated."""
    if any("citation_count" in column.needs for column in columns):
        public = Q(citations__released__isnull=False, citations__withdrawn__isnull=True)
        return queryset.annotate(citation_count=Count("citations", filter=public))
    return queryset


DERIVED: tuple[RowColumn, ...] = (
    RowColumn(
        "derived_from", ("pk",), lambda r, _labels, _language: [r["pk"]],
        "Ids of the rows that a transformed value was computed from.", {"type": "array", "items": {"type": "integer"}},
    ),
    FULL[-1],
)  # fmt: skip


def with_derived_columns(columns: Sequence[RowColumn], fields: Sequence[str] | None) -> list[RowColumn]:
    """The columns with those that a transformed row has as well: what it was computed from, and why there is no value."""
    kept = [column for column in columns if column not in DERIVED]
    return [*kept, *(column for column in DERIVED if fields is None or column.name in fields)]


def make_rows(records: Iterable[Record], columns: Sequence[RowColumn], labels: Labels, language: str) -> list[Record]:
    """Rows as the answer has them, of records as the store has them."""
    return [{column.name: column.make(record, labels, language) for column in columns} for record in records]


@dataclass(frozen=True)
class Face:
    """How computed rows name themselves: what is added to the indicator's name, and their unit (None: the row's own)."""

    label: Any = None
    unit: Label | None = None


def put_derived(row: Record, derived: Derived, face: Face, language: str) -> None:
    """Set a computed value, with its unit, label and reason, on a row that was made of the stated one."""
    changes: Record = {"value": None if derived.value is None else Figure(derived.value, derived.decimals)}
    if derived.value is None:
        changes["status"] = "M"
    if face.unit:
        changes |= {"unit": face.unit.code, "unit_name": face.unit.name(language)}
    if face.label is not None:
        changes["derived_from"] = list(derived.derived_from)
        if "indicator_name" in row:
            changes["indicator_name"] = f"{row['indicator_name']}{'，' if language == 'zh' else ', '}{face.label}"
    if derived.note is not None:
        changes["note"] = str(derived.note)
    row.update({name: value for name, value in changes.items() if name in row})
