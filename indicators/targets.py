"""Goals beside outcomes: what was meant to be reached by when, what has been observed, and what follows from the two.

A goal is a row of status F that stands. It is judged by rows of its own series alone; what is comparable informs and
decides nothing.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators.checks import Interval
from indicators.choices import OBSERVED, HigherIs, ObservationStatus, PeriodBasis, Qualifier
from indicators.components import BREAKDOWNS
from indicators.deriving import NEEDED
from indicators.labels import Labels
from indicators.models import Indicator
from indicators.reading import ORDERS, records
from indicators.selection import Selection
from sources.bilingual import Text, both
from sources.hierarchy import Hierarchy

Record = dict[str, Any]

MET, MISSED, PENDING, UNKNOWN = RESULTS = ("met", "missed", "pending", "unknown")

REASONS: dict[str, Text] = {
    "reached": both("该序列到期的数值达到目标。", "The series reached the figure in the due period."),
    "reached_since": both(
        "原文未写到期时间；此后该序列已达到目标。",
        "The document states no due period; the series has reached the figure since.",
    ),
    "not_reached": both("该序列到期的数值未达到目标。", "The series did not reach the figure in the due period."),
    "not_over": both("到期时间未过。", "The due period is not over."),
    "reached_early": both(
        "到期时间未过；该序列此前已有一期达到目标。",
        "The due period is not over; the series reached the figure in an earlier period.",
    ),
    "due_not_stated": both(
        "原文未写到期时间（时期为推定的归档年份），且未见达到目标的数值。",
        "The document states no due period (the period is where it is filed), and no figure that reaches it is held.",
    ),
    "nothing_observed": both(
        "到期时间已过，该序列没有到期的观测值。", "The due period is over; no figure is held for it in this series."
    ),
    "not_exact": both(
        "到期的数值不是确数，无法判断是否达到。", "The figure of the due period is not exact enough to tell."
    ),
    "no_direction": both(
        "该指标没有“越高（低）越好”的方向，无从判断。",
        "The indicator has no direction in which a figure would be reached.",
    ),
    "other_unit": both("到期的数值单位不可换算。", "The figure of the due period is in a unit of another dimension."),
}

# How an observed series stands to that of the goal.
SAME, VARIANT, PART, WHOLE = "same", "variant", "part", "whole"

READ = (*NEEDED, "key", "period_start", "period_end", "period_basis", "note_zh", "note_en", "source")


@dataclass(frozen=True)
class Outcome:
    """An observed figure: its row's id, its period, and the numbers that it stands for in base units of its dimension."""

    id: int
    period: str
    start: datetime.date
    dimension: str
    figure: Interval


@dataclass(frozen=True)
class Goal:
    """A figure to be reached: its amount in base units, the period it is due in, and whether the document states that period."""

    amount: Decimal
    dimension: str
    period: str
    start: datetime.date
    end: datetime.date
    due_is_stated: bool
    higher_is: str


@dataclass(frozen=True)
class Judgement:
    """What became of a goal, why, and the id of the row that decides it."""

    result: str
    reason: str
    decided_by: int | None = None


def reaches(figure: Interval, amount: Decimal, higher_is: str) -> bool | None:
    """Whether a figure reaches an amount: at least it where higher is better, at most it where higher is worse.

    None where the figure stands for numbers on either side.
    """
    if higher_is == HigherIs.WORSE:
        return True if figure.high <= amount else False if figure.low > amount else None
    return True if figure.low >= amount else False if figure.high < amount else None


def judge(goal: Goal, outcomes: Sequence[Outcome], today: datetime.date) -> Judgement:
    """What became of a goal by the outcomes of its own series.

    Only the due period decides; a goal without a stated due period is met by any period from the one it is filed under,
    and never missed. An unfinished due period can be met but not missed.
    """
    if goal.higher_is == HigherIs.NEUTRAL:
        return Judgement(UNKNOWN, "no_direction")
    comparable = [outcome for outcome in outcomes if outcome.dimension == goal.dimension]
    reached = [o for o in comparable if reaches(o.figure, goal.amount, goal.higher_is)]
    if not goal.due_is_stated:
        since = [outcome for outcome in reached if outcome.start >= goal.start]
        return Judgement(MET, "reached_since", since[0].id) if since else Judgement(UNKNOWN, "due_not_stated")
    due = next((outcome for outcome in outcomes if outcome.period == goal.period), None)
    if today <= goal.end and due not in reached:
        early = [outcome for outcome in reached if outcome.start < goal.start]
        return Judgement(PENDING, "reached_early", early[0].id) if early else Judgement(PENDING, "not_over")
    return Judgement(UNKNOWN, "nothing_observed") if due is None else _judge_due(goal, due)


def _judge_due(goal: Goal, due: Outcome) -> Judgement:
    """What the figure of the due period says of the goal."""
    if due.dimension != goal.dimension:
        return Judgement(UNKNOWN, "other_unit", due.id)
    reached = reaches(due.figure, goal.amount, goal.higher_is)
    if reached is None:
        return Judgement(UNKNOWN, "not_exact", due.id)
    return Judgement(MET, "reached", due.id) if reached else Judgement(MISSED, "not_reached", due.id)


@dataclass(frozen=True)
class Observed:
    """An observed row beside a goal, and how its series stands to the goal's (same, variant, part, whole)."""

    record: Record
    relation: str


@dataclass(frozen=True)
class Target:
    """A goal's row with what was observed beside it, oldest first, and what became of it."""

    record: Record
    judgement: Judgement
    observed: Sequence[Observed]


def targets(asked: Selection, labels: Labels, today: datetime.date) -> list[Target]:
    """The goals and forecasts that stand, of those that are asked for, with their outcomes, by due period and series.

    Of each series and period the last forecast that was published counts. An outcome takes the place of its goal among
    the live rows (one row a series and period), and the goal stands beside it all the same; one that was withdrawn, so
    that nothing live is left in its place, stands no more.

    Beside all periods of the goal's own series stand the latest period of each other series of the same indicator and
    place: the same thing at another frequency or by another source (variant), or for an industry or product within it
    or around it (part, whole). Three queries, however many goals there are.
    """
    published = records(asked.history().having("status", [ObservationStatus.FORECAST.value]), READ)
    last = {(row["series"], row["period"]): row for row in sorted(published, key=lambda row: row["id"])}
    live = _live_beside(asked, last.values())
    held = {(row["series"], row["period"]) for rows in live.values() for row in rows}
    goals = [goal for place, goal in last.items() if place in held]
    goals.sort(key=lambda goal: (goal["period_end"], goal["key"], goal["id"]))
    directions = dict(Indicator.objects.values_list("pk", "higher_is"))
    return [
        _target(goal, live[goal["indicator"], goal["region"]], directions[goal["indicator"]], labels, today)
        for goal in goals
    ]


def _target(goal: Record, beside: Sequence[Record], higher_is: str, labels: Labels, today: datetime.date) -> Target:
    related = [(row, _relation(goal, row, labels.category_tree)) for row in beside if row["status"] in OBSERVED]
    own = [_outcome(row, labels) for row, relation in related if relation == SAME]
    latest = {row["series"]: row for row, relation in related if relation not in (SAME, None)}
    shown = [
        Observed(row, relation)
        for row, relation in related
        if relation is not None and (relation == SAME or latest[row["series"]] is row)
    ]
    return Target(goal, judge(_goal(goal, higher_is, labels), own, today), shown)


def _live_beside(asked: Selection, goals: Collection[Record]) -> dict[tuple[int, int], list[Record]]:
    """(indicator, region) → the live rows, oldest first, of all indicators and regions of the goals."""
    beside = asked.bare().where("indicator", sorted({goal["indicator"] for goal in goals}))
    beside = beside.where("region", sorted({goal["region"] for goal in goals}))
    live: dict[tuple[int, int], list[Record]] = defaultdict(list)
    rows = records(beside, READ, ORDERS["period"])
    for row in sorted(rows, key=lambda row: (row["period_end"], row["period_start"], row["key"])):
        live[row["indicator"], row["region"]].append(row)
    return live


def _relation(goal: Record, row: Record, tree: Hierarchy[int]) -> str | None:
    """How the row's series stands to the goal's; None where the two have nothing in common."""
    if row["series"] == goal["series"]:
        return SAME
    differing = [name for name in (*BREAKDOWNS, "whole") if row[name] != goal[name]]
    if not differing:
        return VARIANT
    if len(differing) > 1 or differing[0] in ("partner", "whole"):
        return None
    ours, theirs = goal[differing[0]], row[differing[0]]
    if ours is None or (theirs is not None and ours in tree.ancestors(theirs)):
        return PART
    return WHOLE if theirs is None or theirs in tree.ancestors(ours) else None


def _goal(record: Record, higher_is: str, labels: Labels) -> Goal:
    dimension, factor = labels.factors[record["unit"]]
    start, end = (datetime.date.fromisoformat(record[name]) for name in ("period_start", "period_end"))
    is_stated = record["period_basis"] == PeriodBasis.STATED
    return Goal(Decimal(record["value"]) * factor, dimension, record["period"], start, end, is_stated, higher_is)


def _outcome(record: Record, labels: Labels) -> Outcome:
    dimension, factor = labels.factors[record["unit"]]
    figure = Interval.stated(Decimal(record["value"]), record["decimals"], record["qualifier"])
    if record["qualifier"] != Qualifier.APPROX:
        figure = figure.as_stated()
    start = datetime.date.fromisoformat(record["period_start"])
    return Outcome(record["id"], record["period"], start, dimension, figure * factor)
