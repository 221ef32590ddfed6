"""From rows of text to a plan: what is new, changed, unchanged or wrong, and where. Nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext

from curation.models import Verdict
from curation.plans.imports import plan_import
from curation.plans.plan import Plan, PlannedRow
from curation.tables.curated import BY_NAME
from indicators.models import Category, Check, CheckTerm, Indicator, Observation, Topic
from policies.models import Event, Measure, Relation
from regions.models import Membership, Region
from sources.models import Citation, Release, Source
from tests.builder import liling, published, topic

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
on_both_stores = pytest.mark.stores_alike(False)

Row = dict[str, str]


def region(code: str, parent: str = "", **cells: str) -> Row:
    return {
        "code": code,
        "kind": "zone",
        "parent": parent,
        "name_zh": f"园区{code}",
        "name_en": f"Park {code}",
        **cells,
    }


def standing(table: str, **which: Any) -> Row:
    """The cells of a record of the seeded store."""
    held = BY_NAME[table]
    return held.cells(held.records().get(**which))


def planned(table: str, *rows: Row) -> list[PlannedRow]:
    return rows_of(plan_import({table: list(rows)}))


def rows_of(plan: Plan) -> list[PlannedRow]:
    return [row for _, rows in plan.tables for row in rows]


def verdict(table: str, row: Row) -> Verdict:
    return planned(table, row)[0].verdict


# Verdicts ----------------------------------------------------------------------------------------------------------


@on_both_stores
def test_a_row_that_stands_is_unchanged() -> None:
    assert verdict("topics", standing("topics", code="TRADE")) == Verdict.UNCHANGED
    assert verdict("observations", liling()) == Verdict.UNCHANGED


def test_a_row_that_is_not_there_is_new() -> None:
    (row,) = planned("topics", topic())
    assert (row.verdict, row.key, row.before, row.cells) == (Verdict.NEW, "T_TOPIC", None, topic())


def test_a_changed_cell_is_shown_beside_what_stands() -> None:
    before = standing("topics", code="TRADE")
    (row,) = planned("topics", {**before, "name_en": "Trade abroad"})
    assert (row.verdict, row.before, row.cells) == (Verdict.CHANGED, before, {**before, "name_en": "Trade abroad"})


@on_both_stores
def test_a_figure_is_the_same_by_its_series_and_period_and_changed_by_anything_else() -> None:
    stands = liling()
    changes: tuple[Row, ...] = (
        {"value": "41.26"}, {"value": "41.250"}, {"note_en": "seen again"}, {"qualifier": "approx"}, {"unit": "CNY_10K"},
    )  # fmt: skip
    for cells in changes:
        assert verdict("observations", stands | cells) == Verdict.CHANGED, cells
    others = planned("observations", *(stands | {name: text} for name, text in (
        ("period", "1998"), ("variant", "cited"), ("region", "430200"),
    )))  # fmt: skip
    assert [row.verdict for row in others] == [Verdict.NEW] * 3


def test_lists_are_the_same_in_any_order_and_with_default_roles_left_out() -> None:
    before = next(
        cells for record in BY_NAME["measures"].records() if (cells := BY_NAME["measures"].cells(record))["regions"].count(";")
        and ":target" in cells["regions"]
    )  # fmt: skip
    shuffled = ";".join(reversed(before["regions"].split(";"))).replace(":target", "")
    assert shuffled != before["regions"]
    assert verdict("measures", {**before, "regions": shuffled}) == Verdict.UNCHANGED


def test_a_column_that_is_left_out_is_empty() -> None:
    cells = topic()
    del cells["order"]
    (row,) = planned("topics", cells)
    assert [error["column"] for error in row.errors] == ["order"]
    assert (
        verdict("regions", {name: region("T1")[name] for name in ("code", "kind", "name_zh", "name_en")}) == Verdict.NEW
    )


def test_a_draft_of_the_store_is_known() -> None:
    Topic.objects.create(code="T_TOPIC", name_zh="草稿", name_en="Draft")
    assert verdict("topics", topic()) == Verdict.CHANGED


# Rows that refer to each other -------------------------------------------------------------------------------------


def test_a_row_may_refer_to_a_later_row_of_the_same_table() -> None:
    rows = planned("regions", region("T11", "T1"), region("T1", "430000"))
    assert [row.verdict for row in rows] == [Verdict.NEW, Verdict.NEW]
    assert rows[0].values["parent"] is rows[1].record


def test_a_row_may_refer_to_a_new_row_of_another_table_whatever_the_order_they_came_in() -> None:
    plan = plan_import({
        "memberships": [{"group": "T_GROUP".replace("_", "-"), "member": "T1"}],
        "regions": [region("T1"), region("T-GROUP", kind="group")],
    })  # fmt: skip
    assert not any(row.errors for row in rows_of(plan))
    assert [table.name for table, _ in plan.tables] == ["regions", "memberships"]


def test_a_row_may_refer_by_name_to_what_comes_with_it() -> None:
    plan = plan_import(
        {"regions": [region("T11", "株洲市"), region("T1", "430000")], "observations": [liling(region="园区T11")]}
    )
    assert [error for row in rows_of(plan) for error in row.errors] == []
    assert rows_of(plan)[2].cells["region"] == "T11"


def test_a_row_may_refer_to_a_row_in_error_without_being_one() -> None:
    wrong, right = planned("regions", region("T1", kind="planet"), region("T11", "T1"))
    assert (wrong.verdict, right.verdict) == (Verdict.ERROR, Verdict.NEW)


# What is wrong -----------------------------------------------------------------------------------------------------


def error_of(table: str, row: Row) -> Mapping[str, Any]:
    (staged,) = planned(table, row)
    assert staged.verdict == Verdict.ERROR
    (error,) = staged.errors
    return error


def test_an_unknown_column_is_named_with_those_that_there_are() -> None:
    error = error_of("topics", topic(nmae="x"))
    assert error["column"] == "nmae"
    assert all(name in error["message"] for name in BY_NAME["topics"].column_names)


def test_an_unknown_code_is_named_with_the_nearest() -> None:
    wrong: list[tuple[Row, str | None]] = [
        ({"region": "430282"}, None),
        ({"region": "ZZ-COUNTYS"}, "ZZ-COUNTIES"),
        ({"indicator": "TRADE_TOTLA"}, "TRADE_TOTAL"),
        ({"unit": "CNY_10OM"}, "CNY_100M"),
        ({"status": "X"}, None),
        ({"qualifier": "aprox"}, "approx"),
        ({"source": "zhuzhou-county-trad"}, "zhuzhou-county-trade"),
        ({"region": "4302\x0081"}, None),
        ({"citations": "zhuzhou-county-trade:1229-1236;\ud800"}, None),
    ]
    stands = liling()
    for (cells, meant), row in zip(
        wrong, planned("observations", *(stands | cells for cells, _ in wrong)), strict=True
    ):
        (error,) = row.errors
        assert [error["column"]] == list(cells)
        assert meant is None or error["did_you_mean"] == meant


def test_a_broken_rule_is_named() -> None:
    broken: list[tuple[Row, str]] = [
        ({"value": ""}, "missing_has_no_value"),
        ({"period": "2024-07"}, "period_fits_frequency"),
        ({"qualifier": "target"}, "target_is_forecast"),
        ({"unit": "PERCENT"}, "unit_measures_the_same"),
        ({"value": "1000000000000000"}, "digits_are_kept"),
        ({"citations": ""}, "is_cited"),
        ({"accumulation": "ytd"}, "only_part_years_accumulate"),
        ({"variant": "ytd"}, "variant_is_lower_case"),
    ]
    stands = liling()
    rows = planned("observations", *(stands | cells for cells, _ in broken))
    assert [[error["column"] for error in row.errors] for row in rows] == [[rule] for _, rule in broken]


def test_every_wrong_cell_is_named_at_once() -> None:
    (row,) = planned("observations", liling(region="nowhere", status="X", value="many"))
    assert {error["column"] for error in row.errors} == {"region", "status", "value"}


def test_a_second_row_of_the_same_key_is_refused_and_says_which_was_first() -> None:
    first, other, again = planned("topics", topic(), topic("T_OTHER"), topic(name_zh="又"))
    assert (first.verdict, other.verdict, again.verdict) == (Verdict.NEW, Verdict.NEW, Verdict.ERROR)
    assert "2" in again.errors[0]["message"]
    assert planned("observations", liling(), liling(value="1"))[1].verdict == Verdict.ERROR


def test_rows_are_numbered_as_a_spreadsheet_counts() -> None:
    assert [row.number for row in planned("topics", topic("T_A"), topic("T_B"))] == [2, 3]


def test_one_row_in_error_hides_no_other() -> None:
    plan = plan_import({"topics": [topic("bad code"), topic("T_B"), standing("topics", code="TRADE")]})
    assert [plan.count(verdict) for verdict in Verdict] == [1, 0, 0, 1, 1]
    assert not plan.changes_nothing


def test_an_import_of_nothing_changes_nothing() -> None:
    assert plan_import({}).changes_nothing
    assert plan_import({"topics": []}).changes_nothing
    assert plan_import({"topics": [standing("topics", code="TRADE")]}).changes_nothing


@on_both_stores
def test_a_withdrawn_record_that_is_brought_in_again_is_not_new() -> None:
    Topic.objects.create(code="T_TOPIC", name_zh="旧", name_en="Old", withdrawn=Release.objects.get(version="2026-R1"))
    (row,) = planned("topics", topic())
    assert (row.verdict, [error["column"] for error in row.errors]) == (Verdict.ERROR, ["code"])


# What planning costs -----------------------------------------------------------------------------------------------


@on_both_stores
def test_planning_writes_nothing() -> None:
    files = {
        "topics": [topic()], "regions": [region("T11", "T1"), region("T1")], "observations": [liling(value="1")],
        "measures": [standing("measures", code="county-campaign-2025") | {"title_zh": "改"}],
    }  # fmt: skip
    counts = [model.objects.count() for model in (Topic, Region, Observation, Measure, Release)]
    with CaptureQueriesContext(connection) as queries:
        plan = plan_import(files)
    assert plan.count(Verdict.ERROR) == 0
    assert [query["sql"] for query in queries if not query["sql"].startswith(("SELECT", "DECLARE"))] == []
    assert [model.objects.count() for model in (Topic, Region, Observation, Measure, Release)] == counts
    assert Measure.objects.get(code="county-campaign-2025").title_zh != "改"


@contextmanager
def records_read() -> Iterator[Counter[type[Any]]]:
    """How many records of each model are made of what is read meanwhile."""
    read: Counter[type[Any]] = Counter()

    def counted(sender: type[Any], **_: Any) -> None:
        read[sender] += 1

    post_init.connect(counted)
    try:
        yield read
    finally:
        post_init.disconnect(counted)


@on_both_stores
@pytest.mark.parametrize(
    ("table", "change", "most"),
    [
        ("observations", {"value": "1"}, {Citation: 5, Source: 2, Indicator: 5, Category: 5}),
        ("events", {"note_en": "changed"}, {Event: 9, Citation: 40, Measure: 9}),
        ("memberships", {"valid_from": "1999-01-01"}, {Membership: 40, Region: 90, Citation: 40}),
        ("check_terms", {"period": "1999"}, {CheckTerm: 9, Check: 9}),
        ("relations", {"type": "replicates"}, {Relation: 9, Measure: 20, Citation: 40}),
        ("citations", {"section": "9"}, {Citation: 3, Source: 3}),
        ("topics", {"order": "7"}, {Topic: 3}),
    ],
)  # fmt: skip
def test_an_import_of_one_row_reads_the_records_that_it_names_and_not_the_store(
    table: str, change: Row, most: dict[type[Any], int]
) -> None:
    held = BY_NAME[table]
    row = held.cells(held.records()[0]) | change
    with records_read() as read:
        plan_import({table: [row]})
    assert {model: read[model] for model in most if read[model] > most[model]} == {}


@on_both_stores
def test_planning_costs_the_same_number_of_queries_for_2_rows_as_for_50() -> None:
    counts = []
    for size in (2, 50):
        rows = [standing("measures", code="county-campaign-2025") | {"code": f"test-{n}"} for n in range(size)]
        with CaptureQueriesContext(connection) as queries:
            plan_import({"measures": rows})
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 25


@on_both_stores
def test_trailing_zeros_stand_where_a_sheet_drops_them_but_not_for_another_unit() -> None:
    published(observations=[liling(value="41.250")])
    (same,) = planned("observations", liling(value="41.25"))
    assert (same.verdict, same.cells["value"]) == (Verdict.UNCHANGED, "41.250")
    (other,) = planned("observations", liling(value="41.25", unit="CNY_10K"))
    assert (other.verdict, other.cells["value"]) == (Verdict.CHANGED, "41.25")


def test_what_is_to_be_withdrawn_and_is_not_there_can_be_referred_to_by_no_row() -> None:
    gdp = standing("indicators", code="GDP") | {"topic": "T_NONE"}
    _, row = rows_of(plan_import({"topics": [{"code": "T_NONE", "withdraw": "true"}], "indicators": [gdp]}))
    assert (row.verdict, [error["column"] for error in row.errors]) == (Verdict.ERROR, ["topic"])


def test_a_draft_that_has_the_code_of_a_region_is_no_category() -> None:
    scheme = Category.objects.filter(scheme__code="INDUSTRY").first().scheme
    Region.objects.create(code="TBOTH", kind="zone", name_zh="园区", name_en="Park")
    Category.objects.create(code="TBOTH", scheme=scheme, name_zh="类", name_en="Category")
    (row,) = planned("categories", standing("categories", code="TBOTH"))
    assert (row.verdict, [error["column"] for error in row.errors]) == (Verdict.ERROR, ["code"])
