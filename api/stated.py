"""A stated figure as the answers that set figures beside other things show it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from indicators.choices import ObservationStatus, Qualifier
from indicators.labels import Labels
from indicators.rows import Figure
from sources.bilingual import both

Record = dict[str, Any]

BREAKDOWNS = ("industry", "product", "partner", "trade_mode")


class FigureRow(serializers.Serializer[Any]):
    """A figure with the id of its row, which leads to its source and phrase."""

    observation = serializers.IntegerField(help_text=both("观测的 id。", "Id of the row."))
    series = serializers.CharField()
    period = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    unit_name = serializers.CharField()
    status = serializers.ChoiceField(ObservationStatus.values)
    qualifier = serializers.ChoiceField(Qualifier.values)


def value_of(record: Record) -> Figure | None:
    """The stated number with its decimals, or None."""
    return None if record["value"] is None else Figure(record["value"], record["decimals"])


def figure_row(record: Record, labels: Labels, language: str) -> dict[str, Any]:
    """A stored row as FigureRow shows it."""
    unit = labels.unit(record["unit"], record["series__indicator"])
    return {
        "observation": record["pk"], "series": record["series__key"], "period": record["period"], "value": value_of(record),
        "unit": unit.code, "unit_name": unit.name(language), "status": record["status"], "qualifier": record["qualifier"],
    }  # fmt: skip


def dimension_row(record: Record, labels: Labels, language: str) -> dict[str, Any]:
    """The codes and names of what a stored row is about: indicator, region, and the breakdowns that it may have."""
    named = {
        "indicator": labels.indicators[record["series__indicator"]],
        "region": labels.regions[record["series__region"]],
    }
    for name in BREAKDOWNS:
        table = labels.regions if name == "partner" else labels.categories
        named[name] = table.get(record[f"series__{name}"])
    row: dict[str, Any] = {}
    for name, label in named.items():
        row |= {name: label.code if label else None, f"{name}_name": label.name(language) if label else None}
    return row


def kept(rows: list[Record], fields: list[str] | None) -> list[Record]:
    """The rows with only the fields that were asked for."""
    return rows if fields is None else [{name: row[name] for name in row if name in fields} for row in rows]
