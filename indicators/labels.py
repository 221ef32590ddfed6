"""The dimensions in memory: what each key of a row is called, read once per data version.

A row of observations joins nothing for its labels: it carries keys, and these tables name them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from indicators.models import Category, Indicator, Unit
from regions.models import Region
from sources.models import Release, Source
from sources.versions import data_version


class Label(NamedTuple):
    """A code and its names."""

    code: str
    zh: str
    en: str

    def name(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Labels:
    """Key → label of every dimension, as they stand at one data version."""

    version: str
    regions: dict[int, Label]
    indicators: dict[int, Label]
    categories: dict[int, Label]
    units: dict[int, Label]
    factors: dict[int, tuple[str, Decimal]]
    counters: dict[int, Label]
    kinds: dict[int, str]
    sources: dict[int, str]
    releases: dict[int, tuple[str, str]]

    def unit_called(self, code: str) -> Label:
        """The label of the unit with this code. Raises KeyError where there is none."""
        return {label.code: label for label in self.units.values()}[code]

    def unit(self, unit: int, indicator: int) -> Label:
        """The label of a unit, by the indicator's own counter where the unit is a count (家, 项)."""
        label = self.units[unit]
        counter = self.counters.get(indicator)
        return Label(label.code, counter.zh, counter.en) if counter and label.code == "COUNT" else label


def _named(rows: list[tuple[int, str, str, str]]) -> dict[int, Label]:
    return {key: Label(code, zh, en) for key, code, zh, en in rows}


def _load(version: str) -> Labels:
    named = ("pk", "code", "name_zh", "name_en")
    return Labels(
        version=version,
        regions=_named(list(Region.objects.values_list(*named))),
        indicators=_named(list(Indicator.objects.values_list(*named))),
        categories=_named(list(Category.objects.values_list(*named))),
        units=_named(list(Unit.objects.values_list(*named))),
        factors={
            pk: (dimension, factor) for pk, dimension, factor in Unit.objects.values_list("pk", "dimension", "factor")
        },
        kinds=dict(Indicator.objects.values_list("pk", "kind")),
        counters=_named(
            list(Indicator.objects.exclude(counter_zh="").values_list("pk", "code", "counter_zh", "counter_en"))
        ),
        sources=dict(Source.objects.values_list("pk", "slug")),
        releases={
            pk: (number, at.strftime("%Y-%m-%dT%H:%M:%SZ"))
            for pk, number, at in Release.objects.published().values_list("pk", "version", "published_at")
            if at
        },
    )


_loaded: Labels | None = None


def labels() -> Labels:
    """The labels of the newest release. Swapped whole, so that no answer mixes two versions."""
    global _loaded
    current = _loaded
    version = data_version()
    if current is None or current.version != version:
        current = _loaded = _load(version)
    return current
