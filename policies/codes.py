"""The industries and instruments that policy matching knows by name."""

from __future__ import annotations

from collections.abc import Mapping

from indicators.models import Category
from policies.choices import Need
from policies.models import Instrument
from sources.bilingual import both
from sources.codes import NamedCode

# Industries that serve all others, and those that mean whatever a place is known for.
ENABLING_INDUSTRIES = ("LOGISTICS", "E_COMMERCE", "CBEC", "FINANCE", "MODERN_SERVICES", "DIGITAL_ECONOMY")
COLLECTIVE_INDUSTRIES = ("SPECIALTY", "COUNTY_CLUSTERS", "PORT_INDUSTRY")

# The instruments by which a need can be met where a measure does not name the need itself.
INSTRUMENTS_OF_NEED: Mapping[str, tuple[str, ...]] = {
    Need.LOGISTICS: (
        "logistics-corridor", "bonded-facility", "overseas-warehouse", "port-facility", "transport-infrastructure",
    ),
    Need.CUSTOMS: ("customs-facilitation", "bonded-facility"),
    Need.FINANCE: ("fund", "finance-service", "foreign-exchange", "tax-rebate", "fiscal-support"),
    Need.MARKET: ("exhibition", "trade-platform", "market-development", "market-access", "overseas-warehouse"),
    Need.BRAND: ("brand", "standards-certification"),
    Need.TALENT: ("talent", "training", "public-facilities"),
    Need.TECHNOLOGY: ("rnd-support", "tech-upgrading", "digital-transformation", "incubator", "ip-protection"),
    Need.LAND: ("land-supply", "park-construction"),
    Need.DATA: ("data-platform",),
    Need.SERVICES: ("one-stop-service", "incubator"),
    Need.POLICY: ("policy-matching", "fiscal-support"),
    Need.COST: ("cost-reduction", "tax-rebate"),
}  # fmt: skip

_ENABLING = both("政策匹配：服务各行业的行业", "matching: an industry that serves all others")
_COLLECTIVE = both("政策匹配：地方特色产业的统称", "matching: whatever industry a place is known for")
_MEANS = both("政策匹配：可补某项需求的政策工具", "matching: a means that can meet a need")

NAMED = (
    *(NamedCode(Category, code, _ENABLING) for code in ENABLING_INDUSTRIES),
    *(NamedCode(Category, code, _COLLECTIVE) for code in COLLECTIVE_INDUSTRIES),
    *(
        NamedCode(Instrument, code, _MEANS)
        for code in sorted({c for codes in INSTRUMENTS_OF_NEED.values() for c in codes})
    ),
)
