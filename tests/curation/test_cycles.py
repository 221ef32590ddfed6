"""Relations that would lead back to where they began are refused, whichever way they come in."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.cycles import circles
from curation.importing import plan_import
from curation.models import Verdict
from policies.models import Measure, Relation

NODES = st.sampled_from("abcdef")
EDGES = st.dictionaries(NODES, st.sets(NODES, max_size=3), max_size=6)


def leads_back(edges: dict[str, set[str]]) -> bool:
    """Whether some node can be reached from itself, by trying every way."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(edges.get(start, ()))
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting += edges.get(node, ())
        return seen

    return any(node in reached(node) for node in edges)


@given(EDGES)
def test_a_circle_is_found_where_there_is_one_and_is_one(edges: dict[str, set[str]]) -> None:
    found = circles(edges)
    assert bool(found) == leads_back(edges)
    for circle in found:
        assert circle[0] == circle[-1]
        assert all(end in edges[start] for start, end in itertools.pairwise(circle))
    broken = {start: set(ends) for start, ends in edges.items()}
    for circle in found:
        for start, end in itertools.pairwise(circle):
            broken[start].discard(end)
    assert not leads_back(broken)


CITED = "hunan-ftz:395-411"


def relation(start: str, end: str, type_: str = "implements") -> dict[str, str]:
    return {"from": f"measure:{start}", "type": type_, "to": f"measure:{end}", "citations": CITED}


@pytest.mark.django_db
def test_a_circle_within_a_file_is_refused_row_by_row_and_named() -> None:
    rows = [
        relation("ftz-first-01", "ftz-first-02"), relation("ftz-first-02", "ftz-first-03"),
        relation("ftz-first-03", "ftz-first-01"), relation("ftz-first-04", "ftz-first-01"),
    ]  # fmt: skip
    plan = plan_import({"relations": rows})
    refused = [row.number for _, row in plan.rows(Verdict.ERROR)]
    assert refused == [2, 3, 4]
    (_, first), *_ = plan.rows(Verdict.ERROR)
    (error,) = first.errors
    assert error["column"] == "to"
    assert all(f"measure:ftz-first-0{number}" in error["message"] for number in (1, 2, 3))
    assert "ftz-first-04" not in error["message"]


@pytest.mark.django_db
def test_a_circle_with_what_stands_is_refused() -> None:
    seeded = Relation.objects.get(from_measure__code="zz-link-trade-barter")
    assert (seeded.type, seeded.to_measure.code) == ("derived_from", "ftz-first-10")
    back = relation("ftz-first-10", "zz-link-trade-barter", "derived_from")
    assert plan_import({"relations": [back]}).count(Verdict.ERROR) == 1
    other = {**back, "type": "implements"}  # another kind of relation says another thing
    assert plan_import({"relations": [other]}).count(Verdict.NEW) == 1


@pytest.mark.django_db
def test_a_withdrawn_relation_closes_no_circle() -> None:
    seeded = Relation.objects.get(from_measure__code="zz-link-trade-barter")
    Relation.objects.filter(pk=seeded.pk).update(withdrawn=seeded.released)
    back = relation("ftz-first-10", "zz-link-trade-barter", "derived_from")
    assert plan_import({"relations": [back]}).count(Verdict.NEW) == 1


@pytest.mark.django_db
def test_no_seeded_measure_comes_back_to_itself() -> None:
    parents = dict(Measure.objects.values_list("pk", "parent"))
    assert circles({str(child): {str(parent)} for child, parent in parents.items() if parent}) == []
    for type_ in Relation.objects.order_by().values_list("type", flat=True).distinct():
        edges: dict[str, set[str]] = {}
        for found in Relation.objects.filter(type=type_):
            edges.setdefault(str(found.from_end.code), set()).add(str(found.to_end.code))
        assert circles(edges) == []
