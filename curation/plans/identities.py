"""Checks and sums with the figures that stand, and with those that an import brings in their places."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from curation.plans.plan import PlannedRow
from curation.tables.observations import OBSERVATIONS
from curation.tables.table import StandingCells
from indicators.checks import FAIL, NOT_TESTABLE, CheckFigure, CheckOutcome, outcome_of
from indicators.choices import Aggregation, CheckKind, TermRole
from indicators.models import Check, CheckTerm, Observation, Unit
from indicators.periods import parse_period
from indicators.transforms import decimals_of
from regions.models import Region, RegionKind
from sources.bilingual import Text, both
from sources.hierarchy import Hierarchy

# A division is the sum of the divisions of the next level below it.
NEXT_LEVEL = {
    RegionKind.COUNTRY: RegionKind.PROVINCE,
    RegionKind.PROVINCE: RegionKind.PREFECTURE,
    RegionKind.PREFECTURE: RegionKind.COUNTY,
}

Warned = tuple[PlannedRow, str, Text]
Place = tuple[str, str]  # series key, period
Name = TypeVar("Name")
Lookup = Callable[[Name], CheckFigure | None]


@dataclass(frozen=True)
class BeforeAndAfter:
    """What an identity comes to with the figures that stand, and with those that are brought in."""

    before: CheckOutcome
    after: CheckOutcome

    @classmethod
    def of(cls, kind: str, terms: list[tuple[str, Name]], before: Lookup[Name], after: Lookup[Name]) -> BeforeAndAfter:
        """Of an identity whose figures are looked up in either state."""
        return cls(outcome_of(kind, terms, before), outcome_of(kind, terms, after))

    @property
    def is_broken(self) -> bool:
        """Whether it fails afterwards, and held before or could not be tested."""
        return self.after.result == FAIL and self.before.result != FAIL

    @property
    def differs(self) -> bool:
        """Whether the outcome is another one with the figures that are brought in; not where it can be tested neither way."""
        tested = {self.before.result, self.after.result} != {NOT_TESTABLE}
        return tested and self.before != self.after


class Checks:
    """The public checks with their terms, in the order of their codes; two queries.

    `brought` are rows of `checks` and `check_terms` that are to stand as well: (table, key, cells, None where withdrawn).
    """

    def __init__(self, brought: Iterable[tuple[str, str, Mapping[str, str] | None]] = ()) -> None:
        checks = {check.code: check for check in Check.objects.public()}
        held = CheckTerm.objects.public().values_list("check_of__code", "role", "ordinal", "series", "period")
        terms = {
            f"{code}|{role}|{ordinal}": (code, role, (series, period)) for code, role, ordinal, series, period in held
        }
        for number, (table, key, cells) in enumerate(brought, start=1):
            of: dict[str, Any] = checks if table == "checks" else terms
            if cells is None:
                of.pop(key, None)
            elif table == "checks":
                of[key] = Check(**{**cells, "pk": checks[key].pk if key in checks else -number})
            else:
                of[key] = (cells["check"], cells["role"], (cells["series"], cells["period"]))
        self.terms: dict[Check, list[tuple[str, Place]]] = {checks[code]: [] for code in sorted(checks)}
        for code, role, place in terms.values():
            if code in checks:
                self.terms[checks[code]].append((role, place))
        self.places = {place for entering in self.terms.values() for _, place in entering}

    def compared(self, brought: Mapping[Place, CheckFigure | None]) -> dict[Check, BeforeAndAfter]:
        """Each check that has a term among these figures (None is one that no longer stands); one query."""
        concerned = {
            check: terms for check, terms in self.terms.items() if not brought.keys().isdisjoint(at for _, at in terms)
        }
        held = Observation.objects.live().at({place for terms in concerned.values() for _, place in terms})
        stands = {at: CheckFigure.of(row.value, row.decimals, row.qualifier, row.unit) for at, row in held.items()}
        then = {**stands, **brought}
        return {check: BeforeAndAfter.of(check.kind, terms, stands.get, then.get) for check, terms in concerned.items()}


def stated(cells: Mapping[str, str], units: Mapping[str, Unit]) -> CheckFigure | None:
    """What a row of cells states; None where it has no value, or one in a unit that is not among these (by code)."""
    unit = units.get(cells.get("unit", ""))
    if unit is None or not cells.get("value"):
        return None
    value = Decimal(cells["value"])
    return CheckFigure.of(value, decimals_of(value), cells["qualifier"], unit)


def broken_identities(rows: list[PlannedRow], known: Mapping[str, StandingCells]) -> Iterator[Warned]:
    """(row, code, message) for each row of an identity that held, or could not be tested, and would now fail.

    `known` are the standing rows of the series that the import concerns; others are read where an identity needs them.
    """
    yield from _checks(rows)
    yield from _totals({row.key: row for row in rows}, known)


def _checks(rows: list[PlannedRow]) -> Iterator[Warned]:
    checks = Checks()
    touched = {place: row for row in rows if (place := OBSERVATIONS.place_of(row.shown)) in checks.places}
    compared = checks.compared({place: _brought(row) for place, row in touched.items()})
    for check in (check for check, found in compared.items() if found.is_broken):
        message = both(
            f"核对不再成立：{check.name_zh}（{check.code}）", f"a check fails: {check.name_en} ({check.code})"
        )
        for place in sorted({place for _, place in checks.terms[check]} & touched.keys()):
            yield touched[place], "check_fails", message


def _brought(row: PlannedRow) -> CheckFigure | None:
    """What a row of an import states; None where it states no value, or is withdrawn."""
    if row.cells is None or row.values["value"] is None:
        return None
    value: Decimal = row.values["value"]
    return CheckFigure.of(value, decimals_of(value), row.values["qualifier"], row.values["unit"])


def _totals(touched: Mapping[str, PlannedRow], known: Mapping[str, StandingCells]) -> Iterator[Warned]:
    """A figure is named by the key of its row, `region|rest`: the parts of a sum are those with the same rest.

    The regions are those that are public, as far as a sum may be of them, and those that are brought in with the figures.
    """
    summed = [row for row in touched.values() if row.values["indicator"].aggregation == Aggregation.SUM]
    if not summed:
        return
    brought = (row.values["region"] for row in touched.values() if row.cells is not None)
    levels = {*NEXT_LEVEL, *NEXT_LEVEL.values()}
    standing = _around(row.values["region"] for row in summed).filter(kind__in=levels)
    regions = {region.code: region for region in (*(new for new in brought if new.kind in levels), *standing)}
    tree = Hierarchy((code, _total_of(region, regions)) for code, region in regions.items())
    sums = _sums(summed, tree)
    wanted = {f"{code}|{rest}" for total, rest in sums for code in (total, *tree.children(total))}
    beyond = {_series_of(figure) for figure in wanted} - {
        OBSERVATIONS.series_key(row.shown) for row in touched.values()
    }
    held = {**known, **dict(OBSERVATIONS.standing_of(sorted(beyond)))}
    units = {unit.code: unit for unit in Unit.objects.all()}

    def before(figure: str) -> CheckFigure | None:
        return stated(held[figure].cells, units) if figure in held else None

    def after(figure: str) -> CheckFigure | None:
        return _brought(touched[figure]) if figure in touched else before(figure)

    for code, rest in sums:
        day = parse_period(OBSERVATIONS.cells_of_key(f"|{rest}")["period"]).end
        parts = [regions[part] for part in tree.children(code)]
        terms = [(TermRole.PART.value, f"{part.code}|{rest}") for part in parts if _existed(part, day)]
        total = regions[code]
        terms.append((TermRole.TOTAL.value, f"{total.code}|{rest}"))
        if BeforeAndAfter.of(CheckKind.SUM, terms, before, after).is_broken:
            message = both(
                f"{total.name_zh}的下级之和与其总数不符", f"the parts of {total.name_en} do not sum to its total"
            )
            for figure in sorted({figure for _, figure in terms} & touched.keys()):
                yield touched[figure], "total_differs", message


def _around(regions: Iterable[Region]) -> QuerySet[Region]:
    """The public ones of some regions, what is directly above these, and all that is directly below either."""
    near = list({key for region in regions for key in (region.pk, region.parent_id) if key is not None})
    return Region.objects.public().select_related("parent").filter(Q(pk__among=near) | Q(parent__pk__among=near))


def _total_of(region: Region, regions: Mapping[str, Region]) -> str | None:
    """The region, of these, that a division is a part of: the one above it, if its level is the next one."""
    total = regions.get(region.parent.code) if region.parent else None
    is_part = total and NEXT_LEVEL.get(RegionKind(total.kind)) == region.kind and not region.is_aggregate
    return total.code if total and is_part else None


def _sums(summed: Iterable[PlannedRow], tree: Hierarchy[str]) -> list[tuple[str, str]]:
    """(region, rest of the key) of every figure that is the sum of parts one of which, or which itself, is among these rows."""
    sums = set()
    for row in summed:
        region, _, rest = row.key.partition("|")
        sums |= {(code, rest) for code in (region, *tree.parents(region)) if tree.children(code)}
    return sorted(sums)


def _series_of(figure: str) -> str:
    return OBSERVATIONS.series_key(OBSERVATIONS.cells_of_key(figure))


def _existed(region: Region, day: datetime.date) -> bool:
    return not (region.valid_from and region.valid_from > day) and not (region.valid_to and region.valid_to <= day)
