"""The graph of measures, domains and documents: what is beside what, both ways, no further than asked, nothing hidden."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import policies.graph
from policies.graph import Graph, graph_around
from policies.models import Document, Domain, Measure, Relation
from tests.policies.policy_store import a_document, a_measure, a_release

pytestmark = pytest.mark.django_db


def names(graph: Graph) -> set[str]:
    return {record.code for record in graph.nodes.values()}


def edges(graph: Graph) -> set[tuple[str, str, str]]:
    return {(edge.start.code, edge.type, edge.end.code) for edge in graph.edges}


def a_domain(document: Document, code: str = "test-domain") -> Domain:
    texts = {"name_zh": "领域", "name_en": "Domain", "ordinal": 1}
    return Domain.objects.create(code=code, document=document, released=a_release(), **texts)


def bears(start: Any, type_: str, end: Any, **state: Any) -> Relation:
    ends = {f"from_{type(start).__name__.lower()}": start, f"to_{type(end).__name__.lower()}": end}
    return Relation.objects.create(type=type_, **ends, **{"released": a_release(), **state})


def test_a_task_is_part_of_its_domain_and_a_step_of_its_task() -> None:
    plan = a_document()
    domain = a_domain(plan)
    task = a_measure(code="t-task", document=plan, domain=domain)
    step = a_measure(code="t-step", document=plan, domain=domain, parent=task)
    loose = a_measure(code="t-loose", document=plan)
    whole = graph_around(plan, 3)
    assert edges(whole) == {
        ("test-domain", "part_of", "test-plan"), ("t-task", "part_of", "test-domain"), ("t-step", "step_of", "t-task"),
        ("t-loose", "part_of", "test-plan"),
    }  # fmt: skip
    assert {record.code: whole.distance[key] for key, record in whole.nodes.items()} == {
        "test-plan": 0, "test-domain": 1, "t-loose": 1, "t-task": 2, "t-step": 3,
    }  # fmt: skip
    assert names(graph_around(step, 1)) == {"t-step", "t-task"}
    assert names(graph_around(step, 3)) == names(whole) - {"t-loose"}
    assert names(graph_around(loose, 1)) == {"t-loose", "test-plan"}


def test_a_task_of_a_domain_that_is_a_step_of_one_outside_is_part_of_both() -> None:
    plan = a_document()
    domain = a_domain(plan)
    outside = a_measure(code="t-outside", document=plan)
    both = a_measure(code="t-both", document=plan, domain=domain, parent=outside)
    for start in (domain.document, both):
        assert {("t-both", "step_of", "t-outside"), ("t-both", "part_of", "test-domain")} <= edges(
            graph_around(start, 2)
        )


def test_relations_are_followed_both_ways() -> None:
    one, other, third = (a_measure(code=f"t-{n}", document=a_document(f"test-{n}")) for n in ("one", "other", "third"))
    bears(one, "implements", other)
    bears(third, "replicates", other)
    bears(one.document, "supersedes", other.document)
    near = graph_around(other, 1)
    assert names(near) == {"t-one", "t-other", "t-third", "test-other"}
    assert {("t-one", "implements", "t-other"), ("t-third", "replicates", "t-other")} <= edges(near)
    assert ("test-one", "supersedes", "test-other") in edges(graph_around(one, 2))


def test_what_is_hidden_is_not_in_it() -> None:
    plan = a_document()
    domain = a_domain(plan)
    task = a_measure(code="t-task", document=plan, domain=domain)
    draft = a_measure(code="t-draft", document=plan, domain=domain, released=None)
    step = a_measure(code="t-step", document=plan, domain=domain, parent=draft)
    bears(task, "implements", draft)
    bears(task, "implements", step, released=None)
    graph = graph_around(plan, 4)
    assert names(graph) == {"test-plan", "test-domain", "t-task", "t-step"}
    # below a draft it hangs from the next that is public
    assert edges(graph) == {
        ("test-domain", "part_of", "test-plan"),
        ("t-task", "part_of", "test-domain"),
        ("t-step", "part_of", "test-domain"),
    }
    Domain.objects.filter(pk=domain.pk).update(withdrawn=a_release())
    assert ("t-task", "part_of", "test-plan") in edges(graph_around(plan, 1))


def around_by_hand(start: str, depth: int) -> set[str]:
    """Codes within a number of relations and parents of a measure, by the seeded tables alone."""
    beside: dict[str, set[str]] = {}
    pairs: Iterable[tuple[str, str]] = [
        *((m.code, m.parent.code) for m in Measure.objects.exclude(parent=None).select_related("parent")),
        *((r.from_end.code, r.to_end.code) for r in Relation.objects.all()),
    ]
    for one, other in pairs:
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    seen = {start}
    for _ in range(depth):
        seen |= {code for known in seen for code in beside.get(known, ())}
    return seen


@pytest.mark.parametrize("code", ["ftz-zone", "zz-link-trade-barter", "hh-stage-goal", "county-campaign-2025"])
def test_the_seeded_graph_has_all_that_the_tables_have(code: str) -> None:
    for depth in (1, 2):
        graph = graph_around(Measure.objects.get(code=code), depth)
        assert names(graph) >= around_by_hand(code, depth)
        assert all(graph.distance[key] <= depth for key in graph.nodes)
        assert len(edges(graph)) == len(graph.edges)


def test_it_costs_the_same_whatever_its_size() -> None:
    plan = a_document()
    domain = a_domain(plan)
    counts = []
    for more in (2, 40):
        for _ in range(more):
            one, other = a_measure(document=plan, domain=domain), a_measure(document=plan)
            bears(one, "implements", other)
        with CaptureQueriesContext(connection) as queries:
            graph_around(plan, 2)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_a_graph_that_is_too_large_keeps_the_nearest_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = a_document()
    for number in range(6):
        a_measure(code=f"t-{number}", document=plan)
    assert graph_around(plan, 1).complete
    monkeypatch.setattr(policies.graph, "MOST_NODES", 4)
    graph = graph_around(plan, 1)
    assert not graph.complete
    assert names(graph) == {"test-plan", "t-0", "t-1", "t-2"}
