"""A stated figure as the answers that set figures beside other things show it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from api.http.rows import RowPart
from indicators.choices import ObservationStatus, Qualifier
from indicators.components import BY_NAME
from indicators.labels import TABLES, Labels
from indicators.rows import Figure
from indicators.transforms import Derived
from indicators.wording import figure_text
from sources.bilingual import both

Record = dict[str, Any]

# Dimension → the column of the list of the API that has its members.
DIMENSION_TABLES = {
    name: f"{table if table in ('indicators', 'regions') else 'categories'}.code" for name, table in TABLES.items()
}


class FigureRow(RowPart):
    """A figure with the id of its row, which leads to its source and phrase."""

    observation = serializers.IntegerField(help_text=both("观测的 id。", "Id of the row."))
    series = serializers.CharField()
    period = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    unit_name = serializers.CharField()
    text = serializers.CharField(
        allow_null=True,
        help_text=both("数值的写法，如“约34亿元”。", "As people write it, such as about CNY 3.4 billion."),
    )
    status = serializers.ChoiceField(ObservationStatus.choices)
    qualifier = serializers.ChoiceField(Qualifier.choices)


def dimension_fields() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    """The fields of what a row is about: code and name of its indicator, its region and its breakdowns."""
    return {
        name: serializers.CharField(allow_null=BY_NAME[part].optional)
        for part in TABLES for name in (part, f"{part}_name")
    }  # fmt: skip


def figure_row(record: Record, labels: Labels, language: str) -> dict[str, Any]:
    """A stored row as FigureRow shows it."""
    unit = labels.unit(record["unit"], record["indicator"])
    return {
        "observation": record["id"], "series": record["key"], "period": record["period"], "value": stated_figure(record),
        "unit": unit.code, "unit_name": unit.name(language), "text": text_of(record, labels, language),
        "status": record["status"], "qualifier": record["qualifier"],
    }  # fmt: skip


def text_of(record: Record, labels: Labels, language: str) -> str | None:
    """A stored row's figure as people write it, or None where it is missing."""
    if record["value"] is None:
        return None
    return figure_text(
        record["value"], labels.words(record["unit"], record["indicator"]), record["qualifier"], language
    )


def dimension_row(record: Record, labels: Labels, language: str) -> dict[str, Any]:
    """The codes and names of what a stored row is about: indicator, region, and the breakdowns that it may have."""
    row: dict[str, Any] = {}
    for name, members in TABLES.items():
        table = getattr(labels, members)
        row |= {name: table.code[record[name]], f"{name}_name": table.name[language][record[name]]}
    return row


def shown(derived: Derived | None) -> Figure | None:
    """A computed number for an answer, or None."""
    return None if derived is None or derived.value is None else Figure(derived.value, derived.decimals)


def stated_figure(record: Record) -> Figure | None:
    """A stated number for an answer, or None."""
    return None if record["value"] is None else Figure(Decimal(record["value"]), record["decimals"])
