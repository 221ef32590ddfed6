"""The units, indicators and classifications that the program itself names, and what for."""

from __future__ import annotations

from collections.abc import Mapping

from indicators.models import Indicator, Scheme, Unit
from sources.bilingual import both
from sources.codes import NamedCode

PERCENT = NamedCode(
    Unit,
    "PERCENT",
    both("变换 yoy、pop、share 的结果以其为单位", "results of the transforms yoy, pop and share are in it"),
)
PERCENTAGE_POINT = NamedCode(
    Unit, "PERCENTAGE_POINT", both("百分比之差以其为单位", "differences of percentages are in it")
)
INDEX = NamedCode(Unit, "INDEX", both("变换 index 的结果以其为单位", "results of the transform index are in it"))
RANK = NamedCode(Unit, "RANK", both("变换 rank 的结果以其为单位", "results of the transform rank are in it"))
COUNT = NamedCode(
    Unit, "COUNT", both("以各指标的量词（家、项）显示的单位", "shown by each indicator's own counter (家, 项)")
)

TRADE = NamedCode(
    Indicator, "TRADE_TOTAL", both("外贸依存度与集中度", "openness, and concentration where no indicator is asked for")
)
GDP = NamedCode(Indicator, "GDP", both("外贸依存度", "openness"))
OUTPUT = NamedCode(
    Indicator, "INDUSTRY_OUTPUT",
    both("产业层级与专业化程度", "the tiers of industries, and specialisation where no indicator is asked for"),
)  # fmt: skip

INDUSTRY = NamedCode(Scheme, "INDUSTRY", both("行业细分与行业匹配", "figures by industry, and matching by industry"))
PRODUCT = NamedCode(Scheme, "PRODUCT", both("商品细分", "figures by product"))
TRADE_MODE = NamedCode(Scheme, "TRADE_MODE", both("贸易方式细分", "figures by mode of trade"))

# A breakdown of figures → the classification that its members are of. Any other classification divides no figures: it is
# a list of categories that can be looked up.
SCHEMES: Mapping[str, NamedCode] = {"industry": INDUSTRY, "product": PRODUCT, "trade_mode": TRADE_MODE}
_BREAKDOWNS = {scheme.code: breakdown for breakdown, scheme in SCHEMES.items()}

CATEGORY = "category"


def kind_of_member(scheme: str) -> str:
    """What a member of a classification is, beside things of other kinds: an industry, a product …, else a `category`."""
    return _BREAKDOWNS.get(scheme, CATEGORY)


NAMED = (PERCENT, PERCENTAGE_POINT, INDEX, RANK, COUNT, TRADE, GDP, OUTPUT, *SCHEMES.values())
