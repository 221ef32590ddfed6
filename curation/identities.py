"""Sums and other identities that held before an import and would not hold after it."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from curation.figures import TABLE, standing
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

Warned = tuple[Staged, str, Any]
# A figure is named by the key of its row, `region|rest`: the parts of a sum are those with the same rest.
Terms = list[tuple[str, str]]  # role, figure


def broken_identities(rows: list[Staged], known: Mapping[str, tuple[int, Line]]) -> Iterator[Warned]:
    """(row, code, message) for each row of an identity that held, or could not be tested, and would now fail.

    `known` are the standing rows of the series that the import concerns; others are read where an identity needs them.
    """
    figures = _Figures({row.key: row for row in rows}, known)
    yield from _checks(figures)
    yield from _totals(figures)


class _Figures:
    """What each figure states, before and after the import."""

    def __init__(self, touched: dict[str, Staged], known: Mapping[str, tuple[int, Line]]) -> None:
        self.touched = touched
        self.standing = dict(known)
        self.series = {ObservationTable.series_key(row.shown) for row in touched.values()}
        self.factors = dict(Unit._default_manager.values_list("code", "factor"))

    def need(self, series: set[str]) -> None:
        """Read what stands of these series, unless it was read already."""
        self.standing |= dict(standing(sorted(series - self.series)))
        self.series |= series

    def interval(self, figure: str, *, after: bool) -> Interval | None:
        """What a figure stands for, in the base unit of its dimension; None where there is none."""
        row = self.touched.get(figure) if after else None
        cells = row.cells if row else self.standing.get(figure, (0, None))[1]
        if not cells or not cells["value"]:
            return None
        value = Decimal(cells["value"])
        return Interval.stated(value, decimals_of(value), cells["qualifier"]) * self.factors[cells["unit"]]

    def outcome(self, kind: str, terms: Terms, *, after: bool) -> Outcome:
        """What an identity over these terms comes to."""
        intervals = defaultdict(list)
        for role, figure in terms:
            interval = self.interval(figure, after=after)
            if interval is None:
                return Outcome(NOT_TESTABLE)
            intervals[role].append(interval)
        return evaluate(kind, intervals)

    def broken_by(self, kind: str, terms: Terms) -> list[Staged]:
        """The rows of an identity that fails after the import, and did not before; none where that is not so."""
        if (
            self.outcome(kind, terms, after=True).result != FAIL
            or self.outcome(kind, terms, after=False).result == FAIL
        ):
            return []
        return [self.touched[figure] for figure in sorted({figure for _, figure in terms} & self.touched.keys())]


def _checks(figures: _Figures) -> Iterator[Warned]:
    checks = Check.objects.public().order_by("code").prefetch_related(Prefetch("terms", CheckTerm.objects.public()))
    concerned = [check for check in checks if any(term.series in figures.series for term in check.terms.all())]
    figures.need({term.series for check in concerned for term in check.terms.all()})
    wanted = {(term.series, term.period) for check in concerned for term in check.terms.all()}
    named = _named(wanted, (cells for _, cells in figures.standing.values()))
    named |= _named(wanted, (row.shown for row in figures.touched.values()))
    for check in concerned:
        terms = [(term.role, named.get((term.series, term.period), "")) for term in check.terms.all()]
        message = both(
            f"核对不再成立：{check.name_zh}（{check.code}）", f"a check fails: {check.name_en} ({check.code})"
        )
        for row in figures.broken_by(check.kind, terms):
            yield row, "check_fails", message


def _named(wanted: set[tuple[str, str]], rows: Iterable[Mapping[str, str]]) -> dict[tuple[str, str], str]:
    """(series, period) → key of the row, of those rows that are wanted."""
    periods = {period for _, period in wanted}
    places = ((ObservationTable.series_key(row), row["period"], row) for row in rows if row["period"] in periods)
    return {(series, period): TABLE.key_of(row) for series, period, row in places if (series, period) in wanted}


def _totals(figures: _Figures) -> Iterator[Warned]:
    regions = {
        region.pk: region for region in Region.objects.public().filter(kind__in={*NEXT_LEVEL, *NEXT_LEVEL.values()})
    }
    below: dict[int, list[Region]] = defaultdict(list)
    for region in regions.values():
        parent = regions.get(region.parent_id) if region.parent_id else None
        if parent and NEXT_LEVEL.get(RegionKind(parent.kind)) == region.kind and not region.is_aggregate:
            below[parent.pk].append(region)
    sums = _sums(figures.touched, below)
    figures.need({
        _series_of(f"{region.code}|{rest}") for key, rest in sums for region in (regions[key], *below[key])
    })  # fmt: skip
    for key, rest in sums:
        day = parse_period(rest.rpartition("|")[2]).end
        parts = [(TermRole.PART.value, f"{part.code}|{rest}") for part in below[key] if _existed(part, day)]
        total = regions[key]
        message = both(
            f"{total.name_zh}的下级之和与其总数不符", f"the parts of {total.name_en} do not sum to its total"
        )
        for row in figures.broken_by(CheckKind.SUM, [(TermRole.TOTAL, f"{total.code}|{rest}"), *parts]):
            yield row, "total_differs", message


def _sums(touched: Mapping[str, Staged], below: Mapping[int, list[Region]]) -> list[tuple[int, str]]:
    """(region, rest of the key) of every figure that is the sum of parts one of which, or which itself, is brought in."""
    sums = set()
    for figure, row in touched.items():
        if row.values["indicator"].aggregation == Aggregation.SUM:
            region, rest = row.values["region"], figure.partition("|")[2]
            sums |= {(key, rest) for key in (region.pk, region.parent_id) if below.get(key)}
    return sorted(sums)


def _series_of(figure: str) -> str:
    return ObservationTable.series_key(dict(zip(TABLE.key, figure.split("|"), strict=True)))


def _existed(region: Region, day: datetime.date) -> bool:
    return not (region.valid_from and region.valid_from > day) and not (region.valid_to and region.valid_to <= day)
