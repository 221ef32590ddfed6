"""Relations and trees that would lead back to where they began are refused in the preview, whichever way they come in."""

from __future__ import annotations

import pytest

from curation.models import Verdict
from curation.plans.imports import plan_import
from curation.tables.curated import TABLES
from policies.models import Relation
from regions.models import Region
from sources.hierarchy import Hierarchy
from tests.builder import published

pytestmark = pytest.mark.django_db

CITED = "hunan-ftz:395-411"


def relation(start: str, end: str, type_: str = "implements") -> dict[str, str]:
    return {"from": f"measure:{start}", "type": type_, "to": f"measure:{end}", "citations": CITED}


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


def test_a_circle_with_what_stands_is_refused() -> None:
    seeded = Relation.objects.get(from_measure__code="zz-link-trade-barter")
    assert (seeded.type, seeded.to_measure.code) == ("derived_from", "ftz-first-10")
    back = relation("ftz-first-10", "zz-link-trade-barter", "derived_from")
    assert plan_import({"relations": [back]}).count(Verdict.ERROR) == 1
    other = {**back, "type": "implements"}  # another kind of relation says another thing
    assert plan_import({"relations": [other]}).count(Verdict.NEW) == 1


def test_a_withdrawn_relation_closes_no_circle() -> None:
    seeded = Relation.objects.get(from_measure__code="zz-link-trade-barter")
    Relation.objects.filter(pk=seeded.pk).update(withdrawn=seeded.released)
    back = relation("ftz-first-10", "zz-link-trade-barter", "derived_from")
    assert plan_import({"relations": [back]}).count(Verdict.NEW) == 1


def test_a_relation_may_be_turned_round() -> None:
    ends = {"from": "measure:zz-link-trade-barter", "type": "derived_from", "to": "measure:ftz-first-10"}
    back = relation("ftz-first-10", "zz-link-trade-barter", "derived_from")
    assert plan_import({"relations": [{**ends, "withdraw": "true"}, back]}).count(Verdict.ERROR) == 0


def region(code: str, parent: str = "") -> dict[str, str]:
    return {"code": code, "kind": "zone", "parent": parent, "name_zh": code, "name_en": code}


def refused(rows: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Code, column and message of the regions (code, parent) that a plan refuses."""
    plan = plan_import({"regions": [region(code, parent) for code, parent in rows]})
    return [(row.key, row.errors[0]["column"], row.errors[0]["en"]) for _, row in plan.rows(Verdict.ERROR)]


def test_new_rows_below_one_another_are_refused_in_the_preview_and_named() -> None:
    found = refused([("T1", "T3"), ("T2", "T1"), ("T3", "T2"), ("T4", "T1")])
    assert [(code, column) for code, column, _ in found] == [("T1", "parent"), ("T2", "parent"), ("T3", "parent")]
    assert all(f"{code} → " in message and "T4" not in message for code, _, message in found)


def test_a_row_that_moves_below_what_stands_below_it_is_refused_in_the_preview() -> None:
    published(regions=[region("T1"), region("T2", "T1"), region("T3", "T2")])
    assert [code for code, *_ in refused([("T1", "T3")])] == ["T1"]
    assert [code for code, *_ in refused([("T1", "T4"), ("T4", "T3")])] == ["T1", "T4"]
    assert refused([("T1", "T2"), ("T2", "")]) == []  # they change places
    assert refused([("T3", "T1")]) == []


def test_a_circle_of_others_refuses_nobody() -> None:
    published(regions=[region("T1"), region("T2", "T1")])
    one, two = Region.objects.get(code="T1"), Region.objects.get(code="T2")
    Region.objects.filter(pk=one.pk).update(parent=two)
    assert refused([("T3", "T1")]) == []


def test_nothing_seeded_comes_back_to_itself() -> None:
    trees = [table for table in TABLES if table.self_reference]
    assert {table.name for table in trees} == {"categories", "regions", "measures"}
    assert [table.tree().circles() for table in trees] == [[]] * 3
    for type_ in Relation.objects.order_by().values_list("type", flat=True).distinct():
        found = Relation.objects.filter(type=type_)
        assert Hierarchy((str(one.from_end.code), str(one.to_end.code)) for one in found).circles() == []
