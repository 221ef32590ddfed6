"""A stated figure as the answers that set figures beside other things show it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.analysis import stated_figure
from indicators.choices import ObservationStatus, Qualifier
from indicators.labels import Labels
from sources.bilingual import both

Record = dict[str, Any]


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


def figure_row(record: Record, labels: Labels, language: str) -> dict[str, Any]:
    """A stored row as FigureRow shows it."""
    unit = labels.unit(record["unit"], record["indicator"])
    return {
        "observation": record["id"], "series": record["key"], "period": record["period"], "value": stated_figure(record),
        "unit": unit.code, "unit_name": unit.name(language), "status": record["status"], "qualifier": record["qualifier"],
    }  # fmt: skip


def dimension_row(record: Record, labels: Labels, language: str) -> dict[str, Any]:
    """The codes and names of what a stored row is about: indicator, region, and the breakdowns that it may have."""
    tables = {
        "indicator": labels.indicators, "region": labels.regions, "industry": labels.industries,
        "product": labels.products, "partner": labels.regions, "trade_mode": labels.trade_modes,
    }  # fmt: skip
    row: dict[str, Any] = {}
    for name, table in tables.items():
        row |= {name: table.code[record[name]], f"{name}_name": table.name[language][record[name]]}
    return row


def kept(rows: list[Record], fields: list[str] | None) -> list[Record]:
    """The rows with only the fields that were asked for."""
    return rows if fields is None else [{name: row[name] for name in row if name in fields} for row in rows]
