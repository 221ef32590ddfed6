"""That no record comes to stand above itself, and none to implement, replicate, supersede or rest on itself by way of others."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from curation.models import Verdict
from curation.tables.code_index import AT_ONCE
from curation.tables.curated import BY_NAME
from curation.tables.references import Either
from curation.tables.table import CuratedTable
from policies.models import Relation
from sources.bilingual import both
from sources.hierarchy import Hierarchy

if TYPE_CHECKING:
    from curation.plans.plan import Plan, PlannedRow

RELATIONS = BY_NAME["relations"]

Edge = tuple[str, str]  # from the key of a record to that of the one above it


def refuse_circles(plan: Plan) -> None:
    """Refuse every row of a plan that would close a circle, with what stands beside the plan and with other rows of it."""
    for table, rows in plan.tables:
        brought = {row.key: row for row in rows if row.verdict in (Verdict.NEW, Verdict.CHANGED)}
        if table is RELATIONS:
            _refuse_relations(brought, {row.key for row in rows if row.verdict == Verdict.WITHDRAWN})
        elif table.self_reference:
            _refuse_parents(table, table.self_reference.name, brought)


def _refuse_parents(table: CuratedTable, column: str, brought: Mapping[str, PlannedRow]) -> None:
    moved = {(key, parent): row for key, row in brought.items() if (parent := row.shown[column])}
    if moved:
        freed = ((key, None) for key in brought)
        _refuse(table.tree(*freed, *moved), moved, column, ("上级成环", "the records above go in a circle"))


def _refuse_relations(brought: Mapping[str, PlannedRow], withdrawn: set[str]) -> None:
    """Each type of relation by itself: one measure may implement another that derives from it."""
    edges: dict[str, set[Edge]] = defaultdict(set)
    for key in {*_standing_beyond(brought), *brought} - withdrawn:
        start, type_, end = key.split("|")
        edges[type_].add((start, end))
    for type_, found in edges.items():
        rows = {(start, end): row for start, end in found if (row := brought.get(f"{start}|{type_}|{end}"))}
        _refuse(Hierarchy(sorted(found)), rows, "to", ("关系成环", "the relations go in a circle"))


def _refuse(above: Hierarchy[str], rows: Mapping[Edge, PlannedRow], column: str, said: tuple[str, str]) -> None:
    """Refuse the rows whose step up lies on a circle, each with the whole of it."""
    for circle in above.circles():
        shown = " → ".join(circle)
        for edge in itertools.pairwise(circle):
            if edge in rows:
                rows[edge].refuse(column, both(f"{said[0]}：{shown}", f"{said[1]}: {shown}"))


def _standing_beyond(rows: Iterable[str]) -> Iterator[str]:
    """The keys of the standing relations that lead on, step by step, from where these relations lead; of the same types."""
    parts = [key.split("|") for key in rows]
    standing = RELATIONS.standing(Relation.objects.select_related(*_ends())).filter(
        type__in={part[1] for part in parts}
    )
    reached: set[str] = set()
    ahead = sorted({part[2] for part in parts})
    while ahead:
        reached.update(ahead)
        found = []
        for first in range(0, len(ahead), AT_ONCE):
            records = standing.filter(RELATIONS.first_of_key.among(ahead[first : first + AT_ONCE]))
            found += [RELATIONS.key_of(_named(record)) for record in records]
        yield from found
        ahead = sorted({key.split("|")[2] for key in found} - reached)


def _ends() -> list[str]:
    columns = [column for column in RELATIONS.columns if isinstance(column, Either)]
    return [attribute for column in columns for _, attribute, _ in column.ends]


def _named(record: Relation) -> dict[str, str]:
    columns = [column for column in RELATIONS.columns if column.name in RELATIONS.key]
    return {column.name: column.show(column.of(record)) for column in columns}
