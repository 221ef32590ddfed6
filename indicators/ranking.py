"""Regions set in order, and side by side: the computing behind /rankings, /compare and a region's profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators.deriving import ADDITIVE, NEEDED, stated
from indicators.labels import Labels
from indicators.periods import earlier
from indicators.reading import ORDERS
from indicators.reading import records as read_records
from indicators.selection import Selection
from indicators.transforms import Derived, Stated, apply, difference, ranks, ratio, relative_change

Record = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A region's place in a ranking, now and a year earlier. What cannot be computed is None, with the reason in `rank.note`."""

    record: Record
    rank: Derived
    share: Derived
    change: Derived
    change_rate: Derived
    rank_before: Derived | None

    @property
    def rank_change(self) -> int | None:
        """How many places it rose on the year before; negative where it fell."""
        if self.rank.value is None or self.rank_before is None or self.rank_before.value is None:
            return None
        return int(self.rank_before.value - self.rank.value)


def ranking(figures_asked: Selection, period: str, labels: Labels) -> list[Place]:
    """The rows of one period, largest first, each beside its own value and rank of a year earlier.

    `figures_asked` are of one indicator and breakdown, one row a region and period. The share is of the sum of the exact
    figures that are ranked, where the indicator adds up at all. Rows without a rank come last, by region.
    """
    before = earlier(period, a_year=True)
    rows = read_records(figures_asked.having("period", [period, before]), NEEDED)
    now, then = ([row for row in rows if row["period"] == label] for label in (period, before))
    figures = {row["id"]: figure for row in rows if (figure := stated(row, labels))}
    rank_now, rank_then = _ranked(now, figures), _ranked(then, figures)
    earlier_rows = {row["series"]: row for row in then}
    additive = [row for row in now if labels.measured[row["indicator"]].kind in ADDITIVE]
    total = _total([figures[row["id"]] for row in additive if row["id"] in figures])
    places = []
    for row in now:
        current, old = figures.get(row["id"]), earlier_rows.get(row["series"])
        base = figures.get(old["id"]) if old else None
        places.append(
            Place(
                row, rank_now.get(row["id"], Derived(None)), apply(ratio, current, total), apply(difference, current, base),
                apply(relative_change, current, base), rank_then.get(old["id"]) if old else None,
            )
        )  # fmt: skip
    return sorted(
        places, key=lambda p: (p.rank.value is None, p.rank.value or 0, labels.regions[p.record["region"]].code)
    )


def _ranked(rows: Sequence[Record], figures: Mapping[int, Stated]) -> dict[int, Derived]:
    peers = [figures[row["id"]] for row in rows if row["id"] in figures]
    return {peer.id: rank for peer, rank in zip(peers, ranks(peers), strict=True)}


def _total(figures: Sequence[Stated]) -> Stated | None:
    exact = [figure for figure in figures if figure.qualifier == "exact"]
    if not exact:
        return None
    return Stated(exact[0].id, sum((figure.amount for figure in exact), Decimal(0)), "exact", exact[0].dimension)


def side_by_side(records: Sequence[Record], regions: Sequence[int], labels: Labels) -> list[dict[str, Any]]:
    """One entry a period: each region's record, and the ratio of its figure to that of the first region."""
    by_period: dict[str, dict[int, Record]] = {}
    for record in records:
        by_period.setdefault(record["period"], {})[record["region"]] = record
    entries = []
    for period, held in sorted(by_period.items()):
        first = stated(held[regions[0]], labels) if regions[0] in held else None
        ratios = {}
        for region in regions:
            figure = stated(held[region], labels) if region in held else None
            compared = apply(ratio, figure, first)
            ratios[region] = None if compared.value is None else round(compared.value / 100, 4)
        entries.append({"period": period, "records": held, "ratios": ratios})
    return entries


@dataclass(frozen=True)
class Standing:
    """A region's latest value of an indicator, with its rank among its siblings in the same period."""

    record: Record
    rank: Derived
    of: int


def standings(region: int, siblings: Selection, labels: Labels) -> list[Standing]:
    """The latest row of each indicator that the region has, ranked among the rows of its siblings (itself included)."""
    rows = read_records(siblings, NEEDED, ORDERS["period"])
    latest = {row["indicator"]: row for row in rows if row["region"] == region}
    found = []
    for indicator, own in latest.items():
        peers = [row for row in rows if row["indicator"] == indicator and row["period"] == own["period"]]
        figures = {row["id"]: figure for row in peers if (figure := stated(row, labels))}
        ranked = _ranked(peers, figures)
        placed = sum(rank.value is not None for rank in ranked.values())
        found.append(Standing(own, ranked.get(own["id"], Derived(None)), placed))
    return sorted(found, key=lambda standing: labels.indicators[standing.record["indicator"]].code)
