"""What the words of a sheet name: the one place where sheets look names up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from curation.tables.code_index import CodeIndex
from indicators.codes import COUNT, SCHEMES
from indicators.models import Category, Indicator, Unit
from regions.models import Region
from sources.folding import normalised
from sources.models import Source

MOST_LEVELS = 20  # of regions, one in another


class Meaning(NamedTuple):
    """What a word means: the column of observations that it fills, and the code."""

    column: str
    code: str


# How English tables write the numbers in the names of units.
NUMBERS = (
    ("100 million", "hundred million"),
    ("10 000", "ten thousand"),
    ("10,000", "ten thousand"),
    ("10000", "ten thousand"),
)


def _in_words(unit: str) -> str:
    """The name of a unit with its number in words: 100 million yuan is the hundred million yuan."""
    name = normalised(unit)
    return next((words + name.removeprefix(digits) for digits, words in NUMBERS if name.startswith(digits)), name)


class SheetNames:
    """The names of regions, indicators, units and categories, as an import knows them."""

    def __init__(self, codes: CodeIndex) -> None:
        self.codes = codes

    def region(self, words: str) -> str | None:
        """The code of the one region that is called so, or has this code."""
        return self._one(words, Region)

    def unit(self, words: str) -> Unit | None:
        """The unit that is called so; the words by which an indicator's things are counted (家, 个) are the unit of numbers."""
        code = (
            self._one(words, Unit)
            or self._one(_in_words(words), Unit)
            or (COUNT.code if normalised(words) in self._counters else None)
        )
        unit: Unit | None = self.codes.get(code, Unit) if code else None
        return unit

    def source(self, words: str) -> str | None:
        """The source that is called so."""
        return self._one(words, Source, "slug")

    def _one(self, words: str, model: type[Any], attribute: str = "code") -> str | None:
        codes = self.codes.meant(words, model, attribute)
        return codes[0] if len(codes) == 1 else None

    def lies_in(self, code: str, whole: str) -> bool:
        """Whether a region is another one, or below it."""
        place: str | None = code
        for _ in range(MOST_LEVELS):
            if place == whole or place is None:
                break
            place = self._above.get(place)
        return place == whole

    @cached_property
    def _above(self) -> Mapping[str, str | None]:
        return dict(Region.objects.values_list("code", "parent__code"))

    @cached_property
    def _counters(self) -> set[str]:
        counted = Indicator.objects.filter(unit__code=COUNT.code).values_list("counter_zh", "counter_en")
        return {normalised(word) for words in counted for word in words if word}

    @cached_property
    def vocabulary(self) -> Mapping[str, Meaning]:
        """Normalised name → what it means in a title. Names of one Chinese character, or of several things, mean nothing there."""
        meanings: dict[str, Meaning] = {}
        for word, codes in self.codes.named(Region).items():
            if len(word) > 1 and len(codes) == 1:
                meanings[word] = Meaning("region", codes[0])
        breakdowns = {scheme.code: breakdown for breakdown, scheme in SCHEMES.items()}
        # By their own names only: 农产品 may well be another name of farming, but exports of it are not those of an industry.
        categories = Category.objects.public().filter(scheme__code__in=breakdowns)
        for code, scheme, *names in categories.values_list("code", "scheme__code", "name_zh", "name_en"):
            meanings |= {normalised(name): Meaning(breakdowns[scheme], code) for name in names if len(name) > 1}
        for word, codes in self.codes.named(Indicator).items():
            if len(codes) == 1:
                meanings[word] = Meaning("indicator", codes[0])
        return meanings
