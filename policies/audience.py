"""Whom a measure fits: the places and the industries for which the matching finds it, each with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from indicators.models import Category
from policies.models import Measure
from policies.places import known_places
from policies.reasons import Reason, industry_reason, known_trades, region_reason
from regions.models import Region


@dataclass(frozen=True)
class Audience:
    """Whom a measure fits: places and industries, each with the reason, the best first.

    `any_industry` where it is for no industry in particular, so that the list of industries is empty.
    """

    regions: list[tuple[Region, Reason]]
    industries: list[tuple[Category, Reason]]
    any_industry: bool
    needs: list[str]


def audience(measure: Measure) -> Audience:
    """The reverse of match: the places and industries for which `match` finds the measure, without places that are no more.

    A fixed number of queries.
    """
    places, trades = known_places(), known_trades()
    links = list(measure.region_links.order_by("pk").values_list("region", "role"))
    named = list(measure.industries.order_by("pk").values_list("pk", flat=True))
    regions = [
        (region, reason)
        for pk, region in places.regions.items()
        if region.valid_to is None and (reason := region_reason(links, places.around(pk), places))
    ]
    any_industry = not any(industry in trades.industries for industry in named)
    industries = [
        (industry, reason)
        for pk, industry in ({} if any_industry else trades.industries).items()
        if (reason := industry_reason(named, trades.around(pk), trades))
    ]
    return Audience(_best_first(regions), _best_first(industries), any_industry, measure.need_list)


def _best_first(fitting: list[tuple[Any, Reason]]) -> list[tuple[Any, Reason]]:
    return sorted(fitting, key=lambda pair: (-pair[1].percent, pair[0].code))
