"""The dimensions in memory: what each key of a row is called, and which key a code means; read once per data version.

A row of observations joins nothing for its labels: it carries keys, and these tables name them. A code in a query is
looked up here as well, so that a question costs no query before its own.
"""

from __future__ import annotations

import datetime
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from indicators import components
from indicators.codes import COUNT, INDUSTRY, PERCENT, PERCENTAGE_POINT, PRODUCT, TRADE_MODE
from indicators.models import Category, Indicator, Series, Topic, Unit
from indicators.periods import parse_period
from indicators.wording import UnitWords
from regions.models import Membership, Region, Succession
from sources.bilingual import LANGUAGES
from sources.hierarchy import Hierarchy
from sources.kept import kept_for_version
from sources.models import Publishable, Release, Source
from sources.versions import data_version

# The attribute of Labels that holds the members of a dimension whose members are records; those of the others are words.
TABLES: Mapping[str, str] = {
    part.name: part.members for part in components.COMPONENTS if part.of_series and part.members
}


# What of Labels says which releases there are.
OF_RELEASES = ("version", "releases", "published", "newest")


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


class Belonging(NamedTuple):
    """That a region is a member of a group, for a time (from, to; an empty bound is open)."""

    group: int
    member: int
    first: datetime.date | None
    last: datetime.date | None

    def held_on(self, day: datetime.date) -> bool:
        """Whether the region was a member on that day."""
        return (self.first is None or self.first <= day) and (self.last is None or day < self.last)


class Measured(NamedTuple):
    """What selects an indicator and tells how it may be computed with; `unit` is the key of the one that it is given in."""

    kind: str
    topic: int
    headline: bool
    unit: int


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
    """Every dimension, as it stands at one data version. `category_tree` is of all classifications, by the keys of categories;
    `series_counts` says of an indicator, or a region, how many series there are.
    """

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
    belongings: tuple[Belonging, ...]
    measured: dict[int, Measured]
    factors: dict[int, tuple[str, Decimal]]
    counters: dict[int, Label]
    unit_words: dict[int, UnitWords]
    variants: tuple[str, ...]
    category_tree: Hierarchy[int] = field(repr=False)
    series_counts: Mapping[str, Mapping[int, int]] = field(repr=False)
    written: dict[Any, Any] = field(
        default_factory=dict, repr=False, compare=False
    )  # what answers write of these labels again and again
    _units: dict[str, dict[tuple[int, int], str]] = field(
        default_factory=lambda: {name: {} for name in LANGUAGES}, repr=False
    )

    def unit_called(self, code: str) -> Label:
        """The label of the unit with this code. Raises KeyError where there is none."""
        return self.units[self.units.key[code]]

    def unit(self, unit: int, indicator: int) -> Label:
        """The label of a unit, by the indicator's own counter where the unit is a count (家, 项)."""
        label = self.units[unit]
        counter = self.counters.get(indicator)
        return Label(label.code, counter.zh, counter.en) if counter and label.code == COUNT.code else label

    def words(self, unit: int, indicator: int) -> UnitWords:
        """What is said of a unit beside a number, by the indicator's own counter where the unit is a count."""
        words, counter = self.unit_words[unit], self.counters.get(indicator)
        return words._replace(zh=counter.zh, en=counter.en) if counter and words.code == COUNT.code else words

    def unit_of_difference(self, unit: int) -> Label | None:
        """What a difference of two figures in a unit is given in: the same; of percentages percentage points, if there are any."""
        label = self.units[unit]
        if label.code != PERCENT.code:
            return label
        points = self.units.key.get(PERCENTAGE_POINT.code)
        return None if points is None else self.units[points]

    def unit_names(self, language: str, units: Iterable[int], indicators: Iterable[int]) -> list[str]:
        """The name of each unit beside its indicator."""
        known = self._units[language]
        pairs = list(zip(units, indicators, strict=True))
        for pair in set(pairs).difference(known):
            known[pair] = self.unit(*pair).name(language)
        return list(map(known.__getitem__, pairs))

    @cached_property
    def mark(self) -> str:
        """What tells these names, and what selects by them, from others: of all but the releases. Every process has the same."""
        told = [
            (name, (each.labels, sorted(each.key)) if isinstance(each, Dimension) else each)
            for name, each in ((part.name, getattr(self, part.name)) for part in fields(self) if part.repr)
            if name not in OF_RELEASES
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]

    @cached_property
    def published_text(self) -> dict[int, str]:
        """When each release was published, as ISO 8601 in UTC."""
        return {key: at.strftime("%Y-%m-%dT%H:%M:%SZ") for key, at in self.published.items()}

    @cached_property
    def _above(self) -> Hierarchy[int]:
        """Every region below its parent, and below the groups that it is a member of and has not left."""
        below = [(key, place.parent) for key, place in self.places.items()]
        return Hierarchy([*below, *((one.member, one.group) for one in self.belongings if one.last is None)])

    def within(self, region: int) -> list[int]:
        """The keys of a region and of everything below it in the tree; of a group also its present members and all below them."""
        members = (one.member for one in self.belongings if one.group == region and one.last is None)
        tops = [region, *members]
        return list(dict.fromkeys(key for top in tops for key in (top, *self.region_tree.descendants(top))))

    def containing(self, regions: Collection[int]) -> set[int]:
        """Those of some regions that contain another of them."""
        return {above for region in regions for above in self._above.ancestors(region) if above in regions}

    def groups_of(self, region: int, period: str) -> list[int]:
        """The groups that a region was a member of at the end of a period, those with the fewest members first."""
        day = parse_period(period).end
        groups = {one.group for one in self.belongings if one.member == region and one.held_on(day)}
        return sorted(groups, key=lambda group: (len(self._members[group]), self.regions[group].code))

    def wholes_of(self, region: int, period: str) -> list[int]:
        """What a region is directly a part of: its parent, then the groups that it was a member of at the end of a period."""
        return [*self.region_tree.parents(region), *self.groups_of(region, period)]

    def common_wholes(self, regions: Collection[int], period: str) -> list[int]:
        """The regions that all of some others are a part of, the nearest first: directly, then what they lie in."""
        every = [
            list(dict.fromkeys([*self.wholes_of(region, period), *self.region_tree.ancestors(region)]))
            for region in regions
        ]
        return [] if not every else [one for one in every[0] if all(one in others for others in every)]

    @cached_property
    def region_tree(self) -> Hierarchy[int]:
        """The regions by their keys, each below its parent."""
        return Hierarchy((key, place.parent) for key, place in self.places.items())

    @cached_property
    def _members(self) -> dict[int, set[int]]:
        members: dict[int, set[int]] = defaultdict(set)
        for one in self.belongings:
            members[one.group].add(one.member)
        return members

    def siblings(self, region: int) -> list[int]:
        """The keys of the regions of the same kind below the same parent, the region itself included."""
        kind = self.places[region].kind
        return [key for key in self.region_tree.siblings(region) if self.places[key].kind == kind]


NAMED = ("code", "name_zh", "name_en")
Rows = list[tuple[Any, ...]]


def _rows(model: type[Publishable], *columns: str, called: tuple[str, str, str] = NAMED) -> Rows:
    """The records of a table in its order: key, code and names, by which releases they are published and withdrawn, and columns."""
    return list(model._default_manager.values_list("pk", *called, "released", "withdrawn", *columns))


def _dimension(rows: Rows) -> Dimension:
    public = (row[0] for row in rows if row[4] is not None and row[5] is None)
    return Dimension({row[0]: Label(*row[1:4]) for row in rows}, public)


def _places(rows: Rows) -> dict[int, Place]:
    became = defaultdict(list)
    followed = Succession.objects.public().order_by("date", "pk").values_list("predecessor", "successor", "date")
    for old, new, day in followed:
        became[old].append((new, day))
    return {
        key: Place(kind, parent, is_aggregate, valid_to is not None, tuple(became.get(key, ())))
        for key, *_, kind, parent, is_aggregate, valid_to in rows
    }


def _belongings() -> tuple[Belonging, ...]:
    fields = ("group", "member", "valid_from", "valid_to")
    return tuple(Belonging(*row) for row in Membership.objects.public().order_by("pk").values_list(*fields))


def _load(version: str) -> Labels:
    releases = list(Release.objects.published().values_list("pk", "version", "published_at"))
    numbers = {key: Label(number, number, number) for key, number, _ in releases}
    regions = _rows(Region, "kind", "parent", "is_aggregate", "valid_to")
    indicators = _rows(Indicator, "counter_zh", "counter_en", "kind", "topic", "headline", "unit")
    categories = _rows(Category, "parent", "scheme__code")
    units = _rows(Unit, "symbol_zh", "dimension", "factor")
    of_scheme = {
        scheme.code: _dimension([row for row in categories if row[-1] == scheme.code])
        for scheme in (INDUSTRY, PRODUCT, TRADE_MODE)
    }
    return Labels(
        version=version,
        regions=_dimension(regions),
        indicators=_dimension(indicators),
        industries=of_scheme[INDUSTRY.code],
        products=of_scheme[PRODUCT.code],
        trade_modes=of_scheme[TRADE_MODE.code],
        topics=_dimension(_rows(Topic)),
        units=_dimension(units),
        sources=_dimension(_rows(Source, called=("slug", "title_zh", "title_en"))),
        releases=Dimension(numbers, numbers),
        published={key: at for key, _, at in releases if at},
        newest=max((key for key, _, _ in releases), default=0),
        places=_places(regions),
        belongings=_belongings(),
        measured={row[0]: Measured(*row[-4:]) for row in indicators},
        factors={key: (dimension, factor) for key, *_, dimension, factor in units},
        counters={key: Label(code, zh, en) for key, code, *_, zh, en, _, _, _, _ in indicators if zh},
        unit_words={
            key: UnitWords(code, dimension, factor, symbol or name_zh, name_en)
            for key, code, name_zh, name_en, _, _, symbol, dimension, factor in units
        },
        variants=tuple(Series.objects.variants()),
        category_tree=Hierarchy((key, parent) for key, *_, parent, _ in categories),
        series_counts={name: Series.objects.counts(name) for name in ("indicator", "region")},
    )


@kept_for_version
def labels() -> Labels:
    """The labels of the newest release."""
    return _load(data_version())
