"""What an observation consists of in SDMX: the components of DSD_OBS in their order, and the code of each stored member."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from indicators.components import ATTRIBUTES as ATTRIBUTES_OF_OBSERVATIONS
from indicators.components import BY_NAME, Component, Concept, Role
from indicators.components import DIMENSIONS as DIMENSIONS_OF_SERIES
from indicators.labels import Dimension, Labels, labels
from indicators.models import MAX_DECIMALS
from sources.kept import kept_for_version

AGENCY = "HNOT"
TOTAL = "_T"
NOT_APPLICABLE = "_Z"

Member = Any  # a key of a table, a word, a number, or None for an empty breakdown


@dataclass(frozen=True)
class SdmxComponent(Concept):
    """A component as SDMX has it, and what it is in this house."""

    part: Component = field(kw_only=True)

    @property
    def is_attribute(self) -> bool:
        return self.part.role is Role.ATTRIBUTE

    @property
    def mandatory(self) -> bool:
        """Whether every observation has it; a dimension that does not divide a series has a code for that."""
        return self.part.of_series or not self.part.optional

    @property
    def narrows(self) -> str | None:
        """The name by which a Selection can be narrowed to some of its codes."""
        return self.part.name if self.part.of_series or self.part.narrows else None

    @property
    def none(self) -> dict[Member, str]:
        """What is stored where a dimension does not divide a series, with its code: the total, or not applicable."""
        if self.part.nothing is None:
            return {}
        return {self.part.nothing.stored: TOTAL if self.part.role is Role.BREAKDOWN else NOT_APPLICABLE}

    def column(self, language: str) -> str:
        """The stored column that holds it."""
        return f"{self.part.column}_{language}" if self.part.translated else self.part.column


def _in_sdmx(part: Component) -> SdmxComponent:
    assert part.concept is not None
    return SdmxComponent(**vars(part.concept), part=part)


def _attributes() -> Iterator[SdmxComponent]:
    """The attributes; a unit is a unit of measure and a power of ten."""
    for part in ATTRIBUTES_OF_OBSERVATIONS:
        yield _in_sdmx(part)
        if part.name == "unit":
            names = Concept("UNIT_MULT", "单位乘数（10 的幂）", "Unit multiplier (power of ten)", "CL_UNIT_MULT")
            yield _in_sdmx(replace(part, concept=names))


DIMENSIONS: tuple[SdmxComponent, ...] = tuple(map(_in_sdmx, DIMENSIONS_OF_SERIES))
TIME = _in_sdmx(BY_NAME["period"])
MEASURE = _in_sdmx(BY_NAME["value"])
ATTRIBUTES: tuple[SdmxComponent, ...] = tuple(_attributes())
COMPONENTS: tuple[SdmxComponent, ...] = (*DIMENSIONS, TIME, MEASURE, *ATTRIBUTES)
BY_ID: Mapping[str, SdmxComponent] = {component.id: component for component in COMPONENTS}


class Codes:
    """The codes of every coded component by stored member, and back, as of one data version.

    `code` knows what rows may carry, `members` what a caller may name; both by the component's id.
    """

    def __init__(self, labels: Labels) -> None:
        self.code: dict[str, Mapping[Member, str]] = {}
        self.members: dict[str, Mapping[str, Member]] = {}
        self.units = {key: multiple_of(key, labels) for key in labels.units.labels}
        for component in COMPONENTS:
            if component.codelist:
                code, members = self._of(component, labels)
                self.code[component.id] = component.none | code
                self.members[component.id] = {code: member for member, code in component.none.items()} | dict(members)

    def _of(self, component: SdmxComponent, labels: Labels) -> tuple[dict[Member, str], Mapping[str, Member]]:
        """The codes of a component by its members, and its members by their codes, without what stands for an empty one."""
        part = component.part
        if part.name == "unit":  # several units are one unit of measure at different powers
            place = 0 if component.id == "UNIT_MEASURE" else 1
            return {key: str(pair[place]) for key, pair in self.units.items()}, {}
        if part.members:
            dimension: Dimension = getattr(labels, part.members)
            return {key: label.code for key, label in dimension.labels.items()}, dimension.key
        words: Iterable[Any] = part.words or (labels.variants if part.name == "variant" else range(MAX_DECIMALS + 1))
        code = {word: str(word) for word in words if word not in component.none}
        return code, {text: word for word, text in code.items()}


def multiple_of(unit: int, labels: Labels) -> tuple[str, int]:
    """The UNIT_MEASURE and UNIT_MULT of a unit: value × 10^UNIT_MULT is the figure in UNIT_MEASURE.

    亿元 is (CNY, 8). What is no power of ten of its base unit, or a part of it (a per cent), stays a unit of its own.
    """
    dimension, factor = labels.factors[unit]
    for key, (other, base) in labels.factors.items():
        if other == dimension and base == 1 and (power := _power_of_ten(factor)):
            return labels.units[key].code, power
    return labels.units[unit].code, 0


def _power_of_ten(factor: Decimal) -> int | None:
    exponent = factor.adjusted()
    return exponent if exponent > 0 and factor == Decimal(1).scaleb(exponent) else None


@kept_for_version
def held_codes() -> Codes:
    """The codes of the newest release."""
    return Codes(labels())


def stored_columns(components: Sequence[SdmxComponent], language: str) -> list[str]:
    """The stored columns that hold these components, each once."""
    return list(dict.fromkeys(component.column(language) for component in components))


def cells(
    rows: Sequence[Sequence[Any]], stored: Sequence[str], components: Sequence[SdmxComponent], held: Codes, language: str
) -> list[Sequence[str | None]]:  # fmt: skip
    """The text of each component, a column each, of rows that begin with the `stored` columns; None where it is empty."""
    read = dict(zip(stored, zip(*rows, strict=True), strict=False))
    made: list[Sequence[str | None]] = []
    for component in components:
        column = read[component.column(language)]
        if component.codelist:
            made.append(list(map(held.code[component.id].__getitem__, column)))
        elif component.is_attribute:
            made.append([text or None for text in column])
        else:
            made.append(column)
    return made
