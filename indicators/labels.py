"""The dimensions in memory: what each key of a row is called, and which key a code means; read once per data version.

A row of observations joins nothing for its labels: it carries keys, and these tables name them. A code in a query is
looked up here as well, so that a question costs no query before its own.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from indicators.models import Category, Indicator, Topic, Unit
from regions.models import Region, Succession
from sources.bilingual import LANGUAGES
from sources.models import Release, Source
from sources.versions import data_version


class Label(NamedTuple):
    """A code and its names."""

    code: str
    zh: str
    en: str

    def name(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Place(NamedTuple):
    """What selects a region: its kind, its parent, whether it is an aggregate, and what it became, if anything."""

    kind: str
    parent: int | None
    is_aggregate: bool
    is_former: bool
    became: tuple[tuple[int, datetime.date], ...]


class Measured(NamedTuple):
    """What selects an indicator and tells how it may be computed with."""

    kind: str
    topic: int
    headline: bool


class Dimension:
    """The members of one dimension: labels by key, and columns of codes and names for whole columns of keys.

    `public` are the keys that a caller may name; others (drafts, withdrawn ones) are known to rows that carry them only.
    """

    def __init__(self, labels: Mapping[int, Label], public: Iterable[int]) -> None:
        self.labels = labels
        self.code: dict[int | None, str | None] = {None: None, **{key: label.code for key, label in labels.items()}}
        self.name: dict[str, dict[int | None, str | None]] = {
            language: {None: None, **{key: label.name(language) for key, label in labels.items()}}
            for language in LANGUAGES
        }
        self.key: dict[str, int] = {labels[key].code: key for key in public}

    def __getitem__(self, key: int) -> Label:
        return self.labels[key]


@dataclass(frozen=True)
class Labels:
    """Every dimension, as it stands at one data version."""

    version: str
    regions: Dimension
    indicators: Dimension
    industries: Dimension
    products: Dimension
    trade_modes: Dimension
    topics: Dimension
    units: Dimension
    sources: Dimension
    releases: Dimension
    published: dict[int, datetime.datetime]
    newest: int
    places: dict[int, Place]
    measured: dict[int, Measured]
    factors: dict[int, tuple[str, Decimal]]
    counters: dict[int, Label]
    _units: dict[str, dict[tuple[int, int], str]] = field(default_factory=lambda: {name: {} for name in LANGUAGES})

    def unit_called(self, code: str) -> Label:
        """The label of the unit with this code. Raises KeyError where there is none."""
        return self.units[self.units.key[code]]

    def unit(self, unit: int, indicator: int) -> Label:
        """The label of a unit, by the indicator's own counter where the unit is a count (家, 项)."""
        label = self.units[unit]
        counter = self.counters.get(indicator)
        return Label(label.code, counter.zh, counter.en) if counter and label.code == "COUNT" else label

    def unit_names(self, language: str, units: Iterable[int], indicators: Iterable[int]) -> list[str]:
        """The name of each unit beside its indicator."""
        known = self._units[language]
        pairs = list(zip(units, indicators, strict=True))
        for pair in set(pairs).difference(known):
            known[pair] = self.unit(*pair).name(language)
        return list(map(known.__getitem__, pairs))

    @cached_property
    def published_text(self) -> dict[int, str]:
        """When each release was published, as ISO 8601 in UTC."""
        return {key: at.strftime("%Y-%m-%dT%H:%M:%SZ") for key, at in self.published.items()}

    @cached_property
    def _children(self) -> dict[int, list[int]]:
        children: dict[int, list[int]] = defaultdict(list)
        for key, place in self.places.items():
            if place.parent is not None:
                children[place.parent].append(key)
        return children

    def within(self, region: int) -> list[int]:
        """The keys of a region and of everything below it in the tree."""
        found = [region]
        for key in found:  # which grows while it is walked
            found += self._children.get(key, ())
        return found

    def siblings(self, region: int) -> list[int]:
        """The keys of the regions of the same kind below the same parent, the region itself included."""
        own = self.places[region]
        return [key for key, place in self.places.items() if (place.parent, place.kind) == (own.parent, own.kind)]


def _dimension(queryset: Any, *fields: str) -> Dimension:
    """Labels of a table's rows by key; `fields` are its code and names (one name serves for both languages)."""
    code, zh, en = (*fields, fields[-1], fields[-1])[:3]
    rows = list(queryset.values_list("pk", code, zh, en, "released", "withdrawn"))
    public = (row[0] for row in rows if row[4] is not None and row[5] is None)
    return Dimension({row[0]: Label(*row[1:4]) for row in rows}, public)


def _categories(scheme: str) -> Dimension:
    return _dimension(Category.objects.filter(scheme__code=scheme), *NAMED)


def _places() -> dict[int, Place]:
    became = defaultdict(list)
    followed = Succession.objects.public().order_by("date", "pk").values_list("predecessor", "successor", "date")
    for old, new, day in followed:
        became[old].append((new, day))
    rows = Region.objects.values_list("pk", "kind", "parent", "is_aggregate", "valid_to")
    return {
        key: Place(kind, parent, is_aggregate, valid_to is not None, tuple(became.get(key, ())))
        for key, kind, parent, is_aggregate, valid_to in rows
    }


NAMED = ("code", "name_zh", "name_en")


def _load(version: str) -> Labels:
    releases = list(Release.objects.published().values_list("pk", "version", "published_at"))
    numbers = {key: Label(number, number, number) for key, number, _ in releases}
    counted = Indicator.objects.exclude(counter_zh="").values_list("pk", "code", "counter_zh", "counter_en")
    return Labels(
        version=version,
        regions=_dimension(Region.objects, *NAMED),
        indicators=_dimension(Indicator.objects, *NAMED),
        industries=_categories("INDUSTRY"),
        products=_categories("PRODUCT"),
        trade_modes=_categories("TRADE_MODE"),
        topics=_dimension(Topic.objects, *NAMED),
        units=_dimension(Unit.objects, *NAMED),
        sources=_dimension(Source.objects, "slug", "title_zh", "title_en"),
        releases=Dimension(numbers, numbers),
        published={key: at for key, _, at in releases if at},
        newest=max((key for key, _, _ in releases), default=0),
        places=_places(),
        measured={
            key: Measured(kind, topic, headline)
            for key, kind, topic, headline in Indicator.objects.values_list("pk", "kind", "topic", "headline")
        },
        factors={
            key: (dimension, factor) for key, dimension, factor in Unit.objects.values_list("pk", "dimension", "factor")
        },
        counters={key: Label(*names) for key, *names in counted},
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


def forget_labels() -> None:
    """Read them again at the next call, though the data version be the same: what a test needs that adds a region."""
    global _loaded
    _loaded = None
