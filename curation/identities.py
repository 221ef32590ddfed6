"""Sums and other identities that held before an import and would not hold after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from curation.figures import CHUNK, standing
from curation.lines import Line
from curation.staged import Staged
from curation.tables import ObservationTable
from indicators.checks import FAIL, NOT_TESTABLE, Interval, Outcome, evaluate
from indicators.choices import Aggregation, CheckKind, TermRole
from indicators.models import Check, CheckTerm, Unit
from indicators.periods import parse_period
from indicators.transforms import decimals_of
from regions.models import Region, RegionKind
from sources.bilingual import both

# A division is the sum of the divisions of the next level below it.
NEXT_LEVEL = {
    RegionKind.COUNTRY: RegionKind.PROVINCE,
    RegionKind.PROVINCE: RegionKind.PREFECTURE,
    RegionKind.PREFECTURE: RegionKind.COUNTY,
}

Place = tuple[str, str]  # series key, period
Warned = tuple[Staged, str, Any]


def broken_identities(rows: list[Staged], known: Mapping[str, tuple[int, Line]]) -> Iterator[Warned]:
    """(row, code, message) for each row of an identity that held, or could not be tested, and would now fail.

    `known` are the standing rows of the series that the import concerns; others are read where an identity needs them.
    """
    touched = {(ObservationTable.series_key(row.shown), row.shown["period"]): row for row in rows}
    figures = _Figures(touched, known)
    yield from _checks(touched, figures)
    yield from _totals(touched, figures)


class _Figures:
    """What each figure states, before and after the import."""

    def __init__(self, touched: Mapping[Place, Staged], known: Mapping[str, tuple[int, Line]]) -> None:
        self.touched = touched
        self.factors = dict(Unit._default_manager.values_list("code", "factor"))
        self.read: set[str] = set()
        self.cells: dict[Place, Mapping[str, str]] = {}
        self._remember(known)
        self.read |= {series for series, _ in touched}

    def _remember(self, rows: Mapping[str, tuple[int, Line]]) -> None:
        for _, cells in rows.values():
            self.cells[ObservationTable.series_key(cells), cells["period"]] = cells

    def need(self, series: Iterable[str]) -> None:
        """Read what stands of these series, unless it was read already."""
        wanted = set(series) - self.read
        self._remember(standing(sorted(wanted)))
        self.read |= wanted

    def interval(self, place: Place, *, after: bool) -> Interval | None:
        """What a figure stands for, in the base unit of its dimension; None where there is none."""
        row = self.touched.get(place)
        cells = row.cells if row and after else self.cells.get(place)
        if not cells or not cells["value"]:
            return None
        value = Decimal(cells["value"])
        return Interval.stated(value, decimals_of(value), cells["qualifier"]) * self.factors[cells["unit"]]

    def outcome(self, kind: str, terms: Iterable[tuple[str, Place]], *, after: bool) -> Outcome:
        """What an identity over these terms (role, place) comes to."""
        intervals = defaultdict(list)
        for role, place in terms:
            interval = self.interval(place, after=after)
            if interval is None:
                return Outcome(NOT_TESTABLE)
            intervals[role].append(interval)
        return evaluate(kind, intervals)

    def breaks(self, kind: str, terms: list[tuple[str, Place]]) -> bool:
        """Whether an identity fails after the import, and did not before."""
        fails_now = self.outcome(kind, terms, after=True).result == FAIL
        return fails_now and self.outcome(kind, terms, after=False).result != FAIL


def _checks(touched: Mapping[Place, Staged], figures: _Figures) -> Iterator[Warned]:
    concerned: set[int] = set()
    keys = iter(sorted({series for series, _ in touched}))
    while chunk := list(islice(keys, CHUNK)):
        held = CheckTerm.objects.public().filter(series__in=chunk).values_list("check_of", "series", "period")
        concerned |= {check for check, series, period in held if (series, period) in touched}
    checks = list(Check.objects.public().filter(pk__in=concerned).prefetch_related("terms").order_by("code"))
    terms_of = {
        check: [(term.role, (term.series, term.period)) for term in check.terms.all() if term.withdrawn_id is None]
        for check in checks
    }
    figures.need(series for terms in terms_of.values() for _, (series, _) in terms)
    for check, terms in terms_of.items():
        if figures.breaks(check.kind, terms):
            for place in {place for _, place in terms} & touched.keys():
                message = both(
                    f"核对不再成立：{check.name_zh}（{check.code}）", f"a check fails: {check.name_en} ({check.code})"
                )
                yield touched[place], "check_fails", message


@dataclass(frozen=True)
class _Sum:
    """A region's figure and those of its parts."""

    region: Region
    total: Place
    parts: tuple[Place, ...]

    @property
    def terms(self) -> list[tuple[str, Place]]:
        return [(TermRole.TOTAL, self.total), *((TermRole.PART, part) for part in self.parts)]


def _totals(touched: Mapping[Place, Staged], figures: _Figures) -> Iterator[Warned]:
    sums = list(_sums(touched))
    figures.need(series for found in sums for _, (series, _) in found.terms)
    for found in sorted(sums, key=lambda found: found.total):
        if figures.breaks(CheckKind.SUM, found.terms):
            for place in {place for _, place in found.terms} & touched.keys():
                region = found.region
                message = both(
                    f"{region.name_zh}的下级之和与其总数不符",
                    f"the parts of {region.name_en} do not sum to its total",
                )
                yield touched[place], "total_differs", message


def _sums(touched: Mapping[Place, Staged]) -> Iterator[_Sum]:
    regions = {
        region.pk: region for region in Region.objects.public().filter(kind__in=(*NEXT_LEVEL, *NEXT_LEVEL.values()))
    }
    below: dict[int, list[Region]] = defaultdict(list)
    for region in regions.values():
        parent = regions.get(region.parent_id) if region.parent_id else None
        if parent and NEXT_LEVEL.get(RegionKind(parent.kind)) == region.kind and not region.is_aggregate:
            below[parent.pk].append(region)
    wanted = set()
    for (series, period), row in touched.items():
        if row.values["indicator"].aggregation == Aggregation.SUM:
            frequency, _, rest = series.split(".", 2)
            own = row.values["region"]
            wanted |= {(key, frequency, rest, period) for key in (own.pk, own.parent_id) if below.get(key)}
    for key, frequency, rest, period in wanted:
        day = parse_period(period).end
        parts = (part.code for part in below[key] if _existed(part, day))
        places = tuple((f"{frequency}.{code}.{rest}", period) for code in parts)
        yield _Sum(regions[key], (f"{frequency}.{regions[key].code}.{rest}", period), places)


def _existed(region: Region, day: Any) -> bool:
    return not (region.valid_from and region.valid_from > day) and not (region.valid_to and region.valid_to <= day)
