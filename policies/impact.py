"""Policy beside the numbers: which measures mean an indicator, and the indicators of a measure before and after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set

from policies.models import MeasureIndicator


def measures_that_mean(pairs: Set[tuple[int, int]]) -> dict[tuple[int, int], list[str]]:
    """(indicator, region) → codes of the public measures that name both, in order; one query."""
    links = MeasureIndicator.objects.filter(
        indicator__in={indicator for indicator, _ in pairs}, measure__region_links__region__in={r for _, r in pairs},
        measure__released__isnull=False, measure__withdrawn__isnull=True,
    )  # fmt: skip
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    rows = links.values_list("indicator", "measure__region_links__region", "measure__code").distinct()
    for indicator, region, code in rows.order_by("measure__code"):
        found[indicator, region].append(code)
    return found
