"""What a figure consists of in SDMX: the components of DSD_OBS in their order, and the code of each stored member."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from indicators.choices import Accumulation, Frequency, ObservationStatus, PeriodBasis, Qualifier
from indicators.labels import Dimension, Labels
from indicators.models import MAX_DECIMALS

AGENCY = "HNOT"
TOTAL = "_T"
NOT_APPLICABLE = "_Z"


@dataclass(frozen=True)
class Component:
    """A dimension, the measure or an attribute: which stored column holds it, and which codelist its codes are of.

    `narrows` is the name that a Selection knows it by, where it can be filtered by.
    """

    id: str
    zh: str
    en: str
    stored: str
    codelist: str | None = None
    narrows: str | None = None
    role: Literal["dimension", "time", "measure", "attribute"] = "dimension"
    mandatory: bool = True

    @property
    def is_attribute(self) -> bool:
        return self.role == "attribute"


def _attribute(id_: str, zh: str, en: str, stored: str, codelist: str | None = None, **more: Any) -> Component:
    return Component(id_, zh, en, stored, codelist, role="attribute", **more)


DIMENSIONS: tuple[Component, ...] = (
    Component("FREQ", "频率", "Frequency", "frequency", "CL_FREQ", "frequency"),
    Component("REF_AREA", "地区", "Reference area", "region", "CL_AREA", "region"),
    Component("INDICATOR", "指标", "Indicator", "indicator", "CL_INDICATOR", "indicator"),
    Component("INDUSTRY", "行业", "Industry", "industry", "CL_INDUSTRY", "industry"),
    Component("PRODUCT", "商品", "Product", "product", "CL_PRODUCT", "product"),
    Component("COUNTERPART_AREA", "贸易伙伴", "Counterpart area", "partner", "CL_AREA", "partner"),
    Component("TRADE_MODE", "贸易方式", "Mode of trade", "trade_mode", "CL_TRADE_MODE", "trade_mode"),
    Component("ACCUMULATION", "累计", "Accumulation over the year", "accumulation", "CL_ACCUMULATION", "accumulation"),
    Component("VARIANT", "变体", "Statement of another source or method", "variant", "CL_VARIANT", "variant"),
)
TIME = Component("TIME_PERIOD", "时期", "Time period", "period", role="time")
MEASURE = Component("OBS_VALUE", "观测值", "Observation value", "value", role="measure", mandatory=False)
ATTRIBUTES: tuple[Component, ...] = (
    _attribute("UNIT_MEASURE", "计量单位", "Unit of measure", "unit", "CL_UNIT_MEASURE"),
    _attribute("UNIT_MULT", "单位乘数（10 的幂）", "Unit multiplier (power of ten)", "unit", "CL_UNIT_MULT"),
    _attribute("DECIMALS", "小数位", "Decimals", "decimals", "CL_DECIMALS"),
    _attribute("OBS_STATUS", "观测状态", "Observation status", "status", "CL_OBS_STATUS", narrows="status"),
    _attribute("QUALIFIER", "限定", "How the figure was put", "qualifier", "CL_QUALIFIER"),
    _attribute("PERIOD_BASIS", "时期依据", "Whether the period is stated", "period_basis", "CL_PERIOD_BASIS"),
    _attribute("SOURCE", "来源", "Source", "source", "CL_SOURCE", narrows="source"),
    _attribute("COMMENT", "备注", "Comment", "note", mandatory=False),
)
COMPONENTS: tuple[Component, ...] = (*DIMENSIONS, TIME, MEASURE, *ATTRIBUTES)
BY_ID: Mapping[str, Component] = {component.id: component for component in COMPONENTS}

Member = Any  # a key of a table, a word, a number, or None for an empty breakdown


class Codes:
    """The codes of every codelist by stored member, and back, as of one data version.

    `code` knows what rows may carry, `members` what a caller may name.
    """

    def __init__(self, labels: Labels) -> None:
        self.code: dict[str, Mapping[Member, str]] = {
            "CL_FREQ": _same(Frequency.values),
            "CL_ACCUMULATION": {
                Accumulation.NONE.value: NOT_APPLICABLE,
                Accumulation.YTD.value: Accumulation.YTD.value,
            },
            "CL_VARIANT": {"": NOT_APPLICABLE, **_same(labels.variants)},
            "CL_DECIMALS": {number: str(number) for number in range(MAX_DECIMALS + 1)},
            "CL_OBS_STATUS": _same(ObservationStatus.values),
            "CL_QUALIFIER": _same(Qualifier.values),
            "CL_PERIOD_BASIS": _same(PeriodBasis.values),
        }
        self.members: dict[str, Mapping[str, Member]] = {
            name: {code: member for member, code in codes.items()} for name, codes in self.code.items()
        }
        for name, dimension, empty in (
            ("CL_AREA", labels.regions, TOTAL), ("CL_INDICATOR", labels.indicators, None),
            ("CL_INDUSTRY", labels.industries, TOTAL), ("CL_PRODUCT", labels.products, TOTAL),
            ("CL_TRADE_MODE", labels.trade_modes, TOTAL), ("CL_SOURCE", labels.sources, None),
        ):  # fmt: skip
            self._add(name, dimension, empty)
        self.units = {key: multiple_of(key, labels) for key in labels.units.labels}
        self.code["CL_UNIT_MEASURE"] = {key: code for key, (code, _) in self.units.items()}
        self.code["CL_UNIT_MULT"] = {key: str(power) for key, (_, power) in self.units.items()}

    def _add(self, name: str, dimension: Dimension, empty: str | None) -> None:
        none = {} if empty is None else {None: empty}
        self.code[name] = none | {key: label.code for key, label in dimension.labels.items()}
        self.members[name] = {code: member for member, code in none.items()} | dimension.key


def _same(words: Iterable[str]) -> dict[Member, str]:
    return {word: word for word in words}


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


_codes: tuple[Labels, Codes] | None = None


def codes_of(labels: Labels) -> Codes:
    """The codes that go with these labels, made once."""
    global _codes
    if _codes is None or _codes[0] is not labels:
        _codes = labels, Codes(labels)
    return _codes[1]


def stored_columns(components: Sequence[Component], language: str) -> list[str]:
    """The stored columns that hold these components, each once."""
    return list(dict.fromkeys(_column(component, language) for component in components))


def cells(
    rows: Sequence[Sequence[Any]], stored: Sequence[str], components: Sequence[Component], labels: Labels, language: str
) -> list[Sequence[str | None]]:  # fmt: skip
    """The text of each component, a column each, of rows that begin with the `stored` columns; None where it is empty."""
    code = codes_of(labels).code
    read = dict(zip(stored, zip(*rows, strict=True), strict=False))
    made: list[Sequence[str | None]] = []
    for component in components:
        column = read[_column(component, language)]
        if component.codelist:
            made.append(list(map(code[component.codelist].__getitem__, column)))
        elif component.is_attribute:
            made.append([text or None for text in column])
        else:
            made.append(column)
    return made


def _column(component: Component, language: str) -> str:
    return f"note_{language}" if component.stored == "note" else component.stored
