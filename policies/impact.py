"""Policy beside the numbers: the indicators that a measure names, before and after its effective date, beside siblings.

What is set side by side is no effect: neither the figures nor this module say that one follows from the other.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.db.models import QuerySet

from indicators.choices import OBSERVED, IndicatorKind
from indicators.components import KEY
from indicators.deriving import NEEDED, stated
from indicators.labels import Labels
from indicators.reading import ORDERS, records
from indicators.selection import everything
from indicators.transforms import Derived, apply, difference, relative_change
from policies.choices import RegionRole
from policies.models import IN_FORCE, Event, Measure, MeasureIndicator, MeasureRegion
from regions.models import Region
from sources.bilingual import both
from sources.edtf import precision, span
from sources.models import Citation, public
from sources.statements import statement

Record = dict[str, Any]

BEFORE, DURING, AFTER = WHENS = ("before", "during", "after")
READ = (*NEEDED, "key", "period_start", "period_end")
LINE = tuple(name for name in KEY if name != "region")  # what a line has in common with the same line elsewhere
# The roles in which a place is where a measure happens, and not the other end of it.
CONCERNED = (RegionRole.TARGET, RegionRole.ACTOR)
# Kinds of indicator whose relative change would be a percentage of a percentage.
NO_RATE = (IndicatorKind.RATIO, IndicatorKind.RATE, IndicatorKind.RANK, IndicatorKind.INDEX)
FEW = 3

CAVEATS: dict[str, Any] = {
    "not_causal": both(
        "并列展示，不说明因果：变化可能另有原因。",
        "Set side by side, not cause and effect: a change may have other causes.",
    ),
    "no_indicators": both("该措施未写明指标。", "The measure names no indicator."),
    "no_regions": both("该措施未写明实施地。", "The measure names no place where it happens."),
    "no_effective_date": both(
        "无已知的生效日期，各期不分前后。", "No effective date is known, so no period is before or after it."
    ),
    "vague_effective_date": both(
        "生效日期只精确到年或月，其间各期不分前后。",
        "The effective date is known to the year or month only; periods within it are neither before nor after.",
    ),
    "no_data": both("没有所涉指标在所涉地区的数值。", "No figure of these indicators is held for these places."),
    "goals_only": both("所持数值都是目标或预测。", "All figures held are goals or forecasts."),
    "no_before": both("没有生效前的数值。", "No figure from before is held."),
    "no_after": both("没有生效后的数值。", "No figure from after is held."),
    "few_periods": both(
        f"前后有一侧不足 {FEW} 期，看不出趋势。", f"One side has fewer than {FEW} periods: no trend can be seen."
    ),
    "no_siblings": both("同级地区没有可比的数值。", "No comparable figure is held for sibling regions."),
    "other_measures": both(
        "另有措施在同一地区以同一指标为目标。", "Other measures mean the same indicator in the same place."
    ),
}


@dataclass(frozen=True)
class Effective:
    """Since when a measure has had effect: the type of the event and its date, as precise as it is known."""

    type: str
    edtf: str

    @property
    def days(self) -> tuple[datetime.date, datetime.date]:
        """The first and the last day that the date may mean."""
        return span(self.edtf)

    def when(self, start: datetime.date, end: datetime.date) -> str:
        """Whether a period lies wholly before the date, wholly after it, or neither."""
        first, last = self.days
        return BEFORE if end < first else AFTER if start > last else DURING


def effective(events: Iterable[Event]) -> Effective | None:
    """The first event by which a measure had effect (`events` are in their order); None where that has no date."""
    first = next((event for event in events if event.type in IN_FORCE), None)
    return Effective(first.type, first.edtf) if first and first.edtf else None


@dataclass(frozen=True)
class Line:
    """One series beside the effective date: all of its rows, and the change from the last row before to the newest after."""

    region: int
    rows: Sequence[tuple[Record, str | None]]
    before: Record | None
    after: Record | None
    change: Derived
    rate: Derived | None


@dataclass(frozen=True)
class Beside:
    """A line of one of the measure's own places, with the same line of its siblings."""

    role: str
    line: Line
    siblings: Sequence[Line]


@dataclass(frozen=True)
class Meant:
    """An indicator that the measure names: the direction meant, its lines, and where there are none."""

    indicator: int
    direction: str
    lines: Sequence[Beside]
    without_data: Sequence[int]
    other_measures: Sequence[str]


@dataclass(frozen=True)
class Impact:
    """A measure's indicators before and after it, with what has to be borne in mind (codes of CAVEATS)."""

    since: Effective | None
    meant: Sequence[Meant]
    caveats: Sequence[str] = field(default_factory=list)


def impact(measure: Measure, labels: Labels) -> Impact:
    """The indicators that a measure names, in the places where it happens and their siblings; a fixed number of queries.

    Where the measure names industries, only what is undivided or of these industries (and those within and around them)
    counts. Siblings are the regions of the same kind below the same parent.
    """
    since = effective(Event.objects.public().in_order().filter(measure=measure))
    links = measure.region_links.filter(role__in=CONCERNED, region__in=Region.objects.public())
    places = {link.region: link.role for link in links.select_related("region").order_by("region__code", "role")}
    named = MeasureIndicator.objects.filter(measure=measure, indicator__released__isnull=False)
    directions = dict(named.filter(indicator__withdrawn__isnull=True).values_list("indicator", "direction"))
    siblings = _siblings(places, labels)
    wanted = {place.pk for place in places} | set(chain.from_iterable(siblings.values()))
    figures = everything(labels).preferred().where("indicator", sorted(directions)).where("region", sorted(wanted))
    lines = _lines(records(figures, READ, ORDERS["period"]), since, labels)
    chosen = list(measure.industries.values_list("pk", flat=True))
    lines = {key: held for key, held in lines.items() if bears_on(key[LINE.index("industry")], chosen, labels)}
    others = measures_that_mean(directions, [place.pk for place in places], beside=measure)
    meant = [
        _meant(indicator, directions[indicator], places, siblings, lines, others)
        for indicator in sorted(directions, key=lambda key: labels.indicators[key].code)
    ]
    return Impact(since, meant, _caveats(since, places, meant))


def _siblings(places: Collection[Region], labels: Labels) -> dict[int, list[int]]:
    """Place → those of its siblings that exist and are no places of the measure, in order of code."""
    others = set(labels.regions.key.values()).difference(place.pk for place in places)
    standing = {key for key in others if not labels.places[key].is_former}
    return {
        place.pk: [one for one in labels.siblings(place.pk) if one in standing] if place.parent_id else []
        for place in places
    }


Lines = Mapping[tuple[Any, ...], Mapping[int, Line]]


def _lines(rows: Iterable[Record], since: Effective | None, labels: Labels) -> dict[tuple[Any, ...], dict[int, Line]]:
    """What is measured, and how → region → its line."""
    grouped: dict[tuple[Any, ...], dict[int, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        grouped[tuple(row[part] for part in LINE)][row["region"]].append(row)
    return {
        key: {region: _line(region, held, since, labels) for region, held in by_region.items()}
        for key, by_region in grouped.items()
    }


def _line(region: int, rows: Sequence[Record], since: Effective | None, labels: Labels) -> Line:
    timed = [(row, since.when(*_days(row)) if since else None) for row in rows]
    observed = [(row, when) for row, when in timed if _is_observed(row)]
    before = [row for row, when in observed if when == BEFORE]
    after = [row for row, when in observed if when == AFTER]
    old, new = (before[-1] if before else None), (after[-1] if after else None)
    now, then = (stated(row, labels) if row else None for row in (new, old))
    rate = None if labels.measured[rows[0]["indicator"]].kind in NO_RATE else apply(relative_change, now, then)
    return Line(region, timed, old, new, apply(difference, now, then), rate)


def _days(row: Record) -> tuple[datetime.date, datetime.date]:
    return datetime.date.fromisoformat(row["period_start"]), datetime.date.fromisoformat(row["period_end"])


def _is_observed(row: Record) -> bool:
    return row["status"] in OBSERVED


def bears_on(industry: int | None, chosen: Collection[int], labels: Labels) -> bool:
    """Whether a figure of this industry bears on a measure of those chosen: it is one of them, within one or around one.

    A measure without industries takes all; a figure of no industry bears on every measure.
    """
    if industry is None or not chosen:
        return True
    tree = labels.category_tree
    around = {industry, *tree.ancestors(industry)}
    return any(one in around or industry in tree.ancestors(one) for one in chosen)


def _meant(
    indicator: int, direction: str, places: Mapping[Region, str], siblings: Mapping[int, Sequence[int]], lines: Lines,
    others: Mapping[tuple[int, int], Sequence[str]],
) -> Meant:  # fmt: skip
    ours = [held for key, held in lines.items() if key[LINE.index("indicator")] == indicator]
    beside = [
        Beside(role, held[place.pk], [held[sibling] for sibling in siblings[place.pk] if sibling in held])
        for place, role in places.items()
        for held in ours
        if place.pk in held
    ]
    beside.sort(key=lambda one: one.line.rows[0][0]["key"])
    without = [place.pk for place in places if not any(place.pk in held for held in ours)]
    also = sorted({code for place in places for code in others.get((indicator, place.pk), ())})
    return Meant(indicator, direction, beside, without, also)


def _caveats(since: Effective | None, places: Collection[Region], meant: Sequence[Meant]) -> list[str]:
    lines = [beside.line for one in meant for beside in one.lines]
    whens = [{when for row, when in line.rows if _is_observed(row)} for line in lines]
    dated = bool(lines) and since is not None
    counts = [sum(w == side for row, w in line.rows if _is_observed(row)) for line in lines for side in (BEFORE, AFTER)]
    holds = {
        "not_causal": True,
        "no_indicators": not meant,
        "no_regions": not places,
        "no_effective_date": since is None,
        "vague_effective_date": since is not None and precision(since.edtf) != "day",
        "no_data": bool(meant and places) and not lines,
        "goals_only": bool(lines) and not any(_is_observed(row) for line in lines for row, _ in line.rows),
        "no_before": dated and not any(BEFORE in sides for sides in whens),
        "no_after": dated and not any(AFTER in sides for sides in whens),
        "few_periods": dated and any(count < FEW for count in counts),
        "no_siblings": bool(lines) and not any(beside.siblings for one in meant for beside in one.lines),
        "other_measures": any(one.other_measures for one in meant),
    }
    return [code for code, held in holds.items() if held]


def measures_that_mean(
    indicators: Collection[int], places: Collection[int], *, beside: Measure
) -> dict[tuple[int, int], list[str]]:
    """(indicator, region) → codes of the public measures beside one that name both, in order of their codes; one query."""
    links = MeasureIndicator.objects.exclude(measure=beside).filter(
        indicator__in=indicators, measure__region_links__region__in=places, measure__in=Measure.objects.public()
    )
    rows = links.values_list("indicator", "measure__region_links__region", "measure__code").distinct()
    named: dict[tuple[int, int], list[str]] = defaultdict(list)
    for indicator, region, code in rows.order_by("measure__code"):
        named[indicator, region].append(code)
    return named


def measures_that_state(figures: Collection[int]) -> dict[int, list[str]]:
    """Of each figure (by its id) the codes of the public measures that cite the words that state it.

    That is where a phrase of the measure and one of the figure overlap in one source. In order of their codes; two queries.
    """
    stating_measures: dict[int, list[str]] = {figure: [] for figure in figures}
    if not figures:
        return stating_measures
    cited = Citation.objects.public()
    stating = cited.filter(observation_set__in=figures).values_list("observation_set", "source", "start", "end")
    phrases = [phrase for phrase in stating if phrase[0] in figures]
    public = Measure.objects.public().filter(
        citations__in=cited, citations__source__in={source for _, source, _, _ in phrases}
    )
    claims = public.values_list("code", "citations__source", "citations__start", "citations__end").order_by("code")
    for code, source, start, end in claims:
        for figure, stated_in, first, last in phrases:
            if source == stated_in and start < last and first < end and code not in stating_measures[figure]:
                stating_measures[figure].append(code)
    return stating_measures


# Measures that concern a place ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ConcernedRegion:
    """Why a measure concerns a place: the region that it names, in which role, and how that region lies to the place."""

    region: int
    role: str
    fit: str


@dataclass(frozen=True)
class Concern:
    """A measure that concerns a place, with the reasons, the nearest first."""

    measure: int
    code: str
    reasons: Sequence[ConcernedRegion]


def places_of_measures() -> QuerySet[MeasureRegion]:
    """The regions that public measures name."""
    return MeasureRegion.objects.filter(public("measure")).order_by("pk")


def concerns(fits: Mapping[int, str], wanted: Container[int] | None = None) -> list[Concern]:
    """The public measures, or those of them that are wanted, that name one of the regions of `fits` (region → how it lies), nearest
    first, by code.

    One query.
    """
    rank = {fit: place for place, fit in enumerate(dict.fromkeys(fits.values()))}
    named: dict[tuple[int, str], list[ConcernedRegion]] = defaultdict(list)
    links = statement(places_of_measures, "region", ("measure", "measure__code", "role")).rows(list(fits))
    for region, measure, code, role in links:
        if wanted is None or measure in wanted:
            named[measure, code].append(ConcernedRegion(region, role, fits[region]))
    near = [
        Concern(pk, code, sorted(reasons, key=lambda reason: (rank[reason.fit], reason.region, reason.role)))
        for (pk, code), reasons in named.items()
    ]
    return sorted(near, key=lambda concern: (rank[concern.reasons[0].fit], concern.code))
