"""That no measure or document comes to implement, replicate, supersede, derive from or rest on itself by way of others."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from curation.columns import Either
from curation.models import Verdict
from curation.tables import BY_NAME
from policies.models import Relation
from sources.bilingual import both

if TYPE_CHECKING:
    from curation.importing import Plan, Staged

RELATIONS = BY_NAME["relations"]


def refuse_cycles(plan: Plan) -> None:
    """Refuse every relation of a plan that would close a circle, with the relations that stand and those of the plan."""
    rows = {
        row.key: row
        for table, staged in plan.tables
        if table is RELATIONS
        for row in staged
        if row.verdict != Verdict.ERROR
    }
    if not rows:
        return
    edges: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for key in {*_standing_keys(), *rows}:
        start, type_, end = key.split("|")
        edges[type_][start].add(end)
    for type_, found in edges.items():
        for circle in circles(found):
            _refuse(type_, circle, rows)


def circles(edges: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Circles in a directed graph (node → nodes), each from a node back to itself, until none is left.

    Each is broken at every edge of it before the next is looked for, so that every edge that lies on one is reported.
    """
    left = {start: set(ends) for start, ends in edges.items()}
    found: list[list[str]] = []
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = list(reversed(error.args[1]))  # graphlib names predecessors first
            found.append(circle)
            for start, end in itertools.pairwise(circle):
                left[start].discard(end)
        else:
            return found


def _standing_keys() -> list[str]:
    records = RELATIONS.standing(Relation.objects.select_related(*_ends()))
    return [RELATIONS.key_of(_named(record)) for record in records]


def _ends() -> list[str]:
    columns = [column for column in RELATIONS.columns if isinstance(column, Either)]
    return [attribute for column in columns for _, attribute, _ in column.ends]


def _named(record: Relation) -> dict[str, str]:
    columns = [column for column in RELATIONS.columns if column.name in RELATIONS.key]
    return {column.name: column.show(column.of(record)) for column in columns}


def _refuse(type_: str, circle: Sequence[str], rows: Mapping[str, Staged]) -> None:
    shown = " → ".join(circle)
    for start, end in itertools.pairwise(circle):
        if row := rows.get(f"{start}|{type_}|{end}"):
            row.refuse("to", both(f"关系成环：{shown}", f"the relations go in a circle: {shown}"))
            row.verdict = Verdict.ERROR
