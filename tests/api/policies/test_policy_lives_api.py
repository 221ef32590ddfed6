"""What measures go through, as answers: standing on a day, stock and flow, progress, replication, matching, the graph."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.policies.progress import progress_row
from indicators.models import Observation, Series
from policies.models import Document, Event, Measure, MeasureRegion
from policies.progress import progress_of
from regions.models import Region
from sources.models import Release, Source
from tests.api.conftest import Read
from tests.api.contract import BASE, error_of
from tests.policies.policy_store import a_measure, happened

pytestmark = pytest.mark.django_db

PROGRESS = "/policies/documents/hunan-ftz-plan/progress"


def warned(answer: Any) -> set[str]:
    return {warning["code"] for warning in answer["warnings"]}


# Time --------------------------------------------------------------------------------------------------------------


def test_standing_is_asked_for_on_a_day(read: Read) -> None:
    measure = a_measure()
    for type_, edtf in (("announced", "2020-08"), ("in_force", "2021"), ("withdrawn", "2022-05-01")):
        happened(measure, type_, edtf)

    def on(day: str, **asked: Any) -> Any:
        rows = read("/policies/measures", document="test-plan", status_on=day, **asked)["results"]
        return [(row["status"], row["status_since"]) for row in rows]

    assert on("2020-07-31") == [(None, None)]
    assert on("2020-08-31") == [("announced", "2020-08")]
    assert on("2021-06-01") == [("in_force", "2021")]
    assert on("2023-01-01") == [("withdrawn", "2022-05-01")]
    assert on("2021-06-01", status="announced") == []
    counted = read("/policies/measures/counts", by="status", status_on="2021-06-01", document="test-plan")["results"]
    assert [(row["key"], row["count"]) for row in counted] == [("in_force", 1)]


def test_what_is_in_force_since_an_unknown_day_is_said_beside_the_answer(read: Read) -> None:
    answer = read("/policies/measures", in_force_on="2024-06-30", document="county-trade-study", lang="en")
    (warning,) = [one for one in answer["warnings"] if one["code"] == "unknown_dates"]
    unknown = Event.objects.filter(
        measure__document__code="county-trade-study", edtf="", type__in=("piloting", "in_force", "completed", "replicated")
    ).values_list("measure", flat=True)  # fmt: skip
    assert warning["message"].startswith(f"{len(set(unknown))} more")
    assert "unknown_dates" not in warned(
        read("/policies/measures", in_force_on="2024-06-30", document="hunan-ftz-plan")
    )


def test_stock_and_flow_go_by_year_only(read: Read, client: Client) -> None:
    for view in ("stock", "flow", "standing"):
        assert error_of(client.get(f"{BASE}/policies/measures/counts", {"view": view}), "view")["code"] == "conflict"
    stock = read("/policies/measures/counts", by="year", view="stock", document="hunan-ftz-plan")["results"]
    assert stock == [
        {"key": "2020", "name": None, "type": "announced", "count": 37},
        {"key": "2020", "name": None, "type": "in_force", "count": 4},
    ]
    flow = read("/policies/measures/counts", by="year", view="flow", document="hunan-ftz-page")["results"]
    assert {"key": None, "name": None, "type": "replicated", "count": 2} in flow
    assert all("type" not in row for row in read("/policies/measures/counts", by="year")["results"])


def test_updated_after_takes_a_day_a_time_and_a_release(read: Read, client: Client) -> None:
    later = Release.objects.create(version="2099.1", status="published", published_at="2099-01-01T12:00Z")
    Measure.objects.filter(code="ftz-first-01").update(released=later)

    def after(moment: str) -> int:
        count: int = read("/policies/measures", updated_after=moment)["count"]
        return count

    everything = Measure.objects.public().count()
    assert after("2026-R1") == after("2098-12-31") == after("2099-01-01T11:59:59Z") == 1
    assert after("2099-01-01T19:59:59") == 1  # without an offset, the time of China
    assert after("2099-01-01T12:00:00Z") == after("2099-01-01T20:00:00") == after("2099.1") == after("2099-01-01") == 0
    assert after("2000-01-01") == everything
    error = error_of(client.get(f"{BASE}/policies/measures", {"updated_after": "2026-R11"}), "updated_after")
    assert (error["code"], error["allowed"]) == ("malformed", ["2026-R1", "2099.1"])


@pytest.mark.parametrize(
    "moment", ["2024", "2024-6-1", "2024-02-30", "20240601", "２０２４-06-01", "2024-W01-1", "2024-01-01T25:00", "2024-01-01 08:00"]
)  # fmt: skip
def test_a_moment_that_is_none_is_refused(moment: str, client: Client) -> None:
    answer = client.get(f"{BASE}/policies/measures", {"updated_after": moment})
    assert error_of(answer, "updated_after")["code"] == "malformed"


def test_steps_are_found_by_their_parent(read: Read) -> None:
    rows = read("/policies/measures", parent="ftz-zone", fields="code,parent")["results"]
    assert {row["parent"] for row in rows} == {"ftz-zone"}
    assert len(rows) == Measure.objects.filter(parent__code="ftz-zone").count() > 3


# Progress ----------------------------------------------------------------------------------------------------------


def test_the_121_tasks_are_stated_claimed_and_cited_beside_what_is_recorded(read: Read) -> None:
    progress = read(PROGRESS)
    assert (progress["stated"], progress["stated_by_domains"], progress["agree"]) == (121, 121, True)
    domains = read("/policies/domains", document="hunan-ftz-plan")["results"]
    assert [(d["code"], d["stated"], d["recorded"], d["citations"]) for d in progress["domains"]] == [
        (d["code"], d["task_count"], d["recorded_count"], d["citations"]) for d in domains
    ]
    (claim,) = progress["claims"]
    assert (claim["value"], claim["period"], claim["source"], claim["source_issued"]) == (
        121,
        "2020",
        "hunan-ftz",
        "2021",
    )
    assert all("121" in citation["exact"] for citation in claim["citations"])
    assert read(f"/observations/{claim['observation']}")["value"] == 121
    held = read("/policies/measures", document="hunan-ftz-plan", page_size=1000)["count"]
    assert progress["recorded"] == 0  # the documents tell no single one of the tasks
    assert progress["related"] + progress["outside"] == held
    assert (progress["by_status"], progress["related"]) == ([], sum(row["count"] for row in progress["by_kind"]))
    assert all(sum(row["count"] for row in d["by_kind"]) == d["related"] > d["recorded"] for d in progress["domains"])
    task = Measure.objects.filter(domain__code="ftz-gov").first()
    Measure.objects.filter(pk=task.pk).update(kind="task")  # as a list that names it would have it
    named = read(PROGRESS)
    assert (named["recorded"], named["related"]) == (1, progress["related"] - 1)
    assert sum(row["count"] for row in named["by_status"]) == 1
    assert {"key": "HNFTZ-CZ", "name": "湖南自贸试验区郴州片区", "count": 2} in progress["by_region"]


def test_where_sources_disagree_both_stand(read: Read) -> None:
    stated = Series.objects.get(key="A.HNFTZ.REFORM_TASKS")
    claim = Observation.objects.get(series=stated)
    dissent = Series.objects.create(
        key="A.HNFTZ.REFORM_TASKS.office",
        variant="office",
        indicator=stated.indicator,
        region=stated.region,
        frequency="A",
    )
    paper = Source.objects.create(
        slug="office", kind="dataset", title_zh="另", title_en="Other", released=claim.released
    )
    same = {
        "unit": claim.unit,
        "status": "A",
        "qualifier": "exact",
        "period_basis": "stated",
        "released": claim.released,
    }
    for series, period, value, source in ((dissent, "2020", "120", paper), (stated, "2023", "119", paper)):
        day = {"period_start": f"{period}-01-01", "period_end": f"{period}-12-31"}
        Observation.objects.create(
            series=series, period=period, value=Decimal(value), decimals=0, source=source, **day, **same
        )
    progress = read(PROGRESS)
    claims = [(c["period"], c["variant"], c["value"], c["source"]) for c in progress["claims"]]
    assert claims == [
        ("2023", None, 119, "office"), ("2020", None, 121, "hunan-ftz"), ("2020", "office", 120, "office")
    ]  # fmt: skip
    assert (progress["stated"], progress["stated_by_domains"], progress["agree"]) == (119, 121, False)


def test_a_document_that_states_nothing_says_so(read: Read) -> None:
    progress = read("/policies/documents/county-trade-study/progress")
    assert (progress["stated"], progress["stated_by_domains"], progress["agree"], progress["claims"]) == (
        None,
        None,
        None,
        [],
    )
    assert (progress["recorded"], progress["related"] > 0) == (0, True)
    assert all(domain["stated"] is None for domain in progress["domains"])


def test_progress_can_have_its_tasks_and_costs_the_same_with_more(read: Read) -> None:
    whole = read(PROGRESS, include="measures")
    tasks = [task for domain in whole["domains"] for task in domain["measures"]]
    assert len(tasks) == whole["recorded"] + whole["related"]
    assert {"code": "ftz-first-01", "kind": "first_in_nation", "kind_name": "全国首创", "ordinal": 1,
            "title": "深加工结转与出口退税手续优化",
            "status": "announced", "status_name": "公布", "status_since": "2020-09"} in tasks  # fmt: skip
    assert set(read(PROGRESS, fields="stated,domains")) == {"stated", "domains"}

    plan = Document.objects.get(code="hunan-ftz-plan")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            progress_row(progress_of(plan), with_measures=True)
        return len(queries)

    before = cost()
    for number in range(30):
        measure = a_measure(document=plan, domain=plan.domains.all()[number % 7])
        MeasureRegion.objects.create(measure=measure, region=Region.objects.all()[number])
    assert cost() == before <= 12


# Replication -------------------------------------------------------------------------------------------------------


def test_zhuzhou_plans_to_take_up_the_reforms_of_the_zone(read: Read) -> None:
    (row,) = read("/policies/replications", region="430200")["results"]
    assert row["region"] == {"code": "430200", "name": "株洲市"}
    assert (row["measure"], row["document"]["code"]) == (None, "hunan-ftz-plan")
    assert (row["by"]["code"], row["status"]) == ("zz-link-reform-replication", "announced")
    assert (row["date"], row["precision"], row["batch"]) == ("2021", "year", None)
    assert row["citations"] == ["hunan-ftz:4528-4547", "hunan-ftz:4560-4573"]


def test_a_replication_has_its_place_its_time_and_its_batch(read: Read) -> None:
    measure = Measure.objects.get(code="ftz-first-02")
    for edtf, place, batch in (("2022-03", "430200", "1"), ("2023-06-01", "431200", "2"), ("", "430100", "")):
        happened(measure, "replicated", edtf, region=Region.objects.get(code=place), batch=batch)
    rows = read("/policies/replications", measure="ftz-first-02")["results"]
    assert [(r["region"]["code"], r["date"], r["precision"], r["batch"]) for r in rows] == [
        ("431200", "2023-06-01", "day", "2"), ("430200", "2022-03", "month", "1"), ("430100", None, "unknown", None),
    ]  # fmt: skip
    assert {row["status"] for row in rows} == {"replicated"}
    assert [row["date"] for row in read("/policies/replications", batch="2")["results"]] == ["2023-06-01"]
    assert len(read("/policies/replications", region="430200,431200")["results"]) == 3
    assert read("/policies/replications", document="hunan-ftz-plan")["count"] == 4
    assert read("/policies/replications", status="announced")["count"] == 1
    event = read("/policies/measures/ftz-first-02", include="events")["events"][-1]
    assert (event["region"], event["batch"]) == ("431200", "2")
    assert warned(read("/policies/replications", batch="none")) == {"no_rows"}


# Matching ----------------------------------------------------------------------------------------------------------


def test_a_place_a_trade_and_a_need_find_measures_with_reasons(read: Read) -> None:
    asked = {"region": "430281", "industry": "ceramics", "need": "logistics"}
    rows = read("/policies/match", **asked, lang="en", page_size=1000)["results"]
    assert "county-bonded-warehouses" in [row["code"] for row in rows[:5]]
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    for row in rows:
        weights = sum(reason["weight"] for reason in row["reasons"])
        assert row["score"] == pytest.approx(sum(r["weight"] * r["score"] for r in row["reasons"]) / weights, abs=1e-4)
        assert [reason["criterion"] for reason in row["reasons"]] == ["region", "industry", "need", "status", "level"]
        assert all(reason["says"] for reason in row["reasons"])
    (first,) = [row for row in rows if row["code"] == "county-bonded-warehouses"]
    assert first["reasons"][0] == {
        "criterion": "region", "fit": "named", "code": "430281", "name": "Liling City",
        "weight": settings.POLICY_MATCHING["weights"]["region"], "score": 1.0, "says": "names the place itself: Liling City",
        "words": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("region", "industry"), [("430281", "CERAMICS"), ("醴陵", "陶瓷"), ("Liling", "Ceramics"), ("醴陵市", "醴陵陶瓷"),
     (" 430281 ", "cErAmIcS")]
)  # fmt: skip
def test_codes_are_taken_in_any_case_and_names_as_resolve_reads_them(region: str, industry: str, read: Read) -> None:
    named = read("/policies/match", region=region, industry=industry, fields="code,score")["results"]
    assert named == read("/policies/match", region="430281", industry="CERAMICS", fields="code,score")["results"]


@pytest.mark.parametrize(
    ("asked", "name", "code", "meant"),
    [
        ({}, "region", "required", None),
        ({"need": "logistcs"}, "need", "unknown_value", "logistics"),
        ({"need": "tax refund please"}, "need", "unknown_value", "tax-rebate"),
        ({"industry": "ceramcs"}, "industry", "unknown_code", "CERAMICS"),
        ({"industry": "TRADE_TOTAL"}, "industry", "unknown_code", None),
        ({"region": "醴陵陵"}, "region", "unknown_code", "430281"),
        ({"region": "430281,430223"}, "region", "unknown_code", None),
    ],
)
def test_a_wish_that_cannot_be_read_is_refused(
    asked: dict[str, str], name: str, code: str, meant: str | None, client: Client
) -> None:
    error = error_of(client.get(f"{BASE}/policies/match", asked), name)
    assert error["code"] == code
    assert meant is None or error["did_you_mean"] == meant


@pytest.mark.parametrize(
    ("words", "title"),
    [("出口退税", "提高出口退税效率"), ("tax refund", "提高出口退税效率"), ("二手车想卖到非洲", "开展对非二手车出口"),
     ("second-hand cars to Africa", "开展对非二手车出口"), ("想在东南亚弄个海外仓", "海外仓")],
)  # fmt: skip
def test_a_need_in_ones_own_words_finds_measures_and_says_which_words_where(words: str, title: str, read: Read) -> None:
    rows = read("/policies/match", q=words, page_size=5)["results"]
    (row,) = [row for row in rows if title in row["title"]][:1]
    reasons = [reason for reason in row["reasons"] if reason["words"]]
    assert {reason["words"] for reason in reasons} >= {place["words"] for place in row["matches"]}
    for place in row["matches"]:
        assert place["text"][place["start"] : place["end"]]
    earned = sum(reason["weight"] * reason["score"] for reason in row["reasons"])
    assert row["score"] == pytest.approx(earned / sum(reason["weight"] for reason in row["reasons"]), abs=0.001)


def test_words_beside_a_place_only_order_what_fits_it(read: Read) -> None:
    plain, worded = (
        {
            row["code"]: row["score"]
            for row in read("/policies/match", region="430281", page_size=1000, **asked)["results"]
        }
        for asked in ({}, {"q": "exhibition"})
    )
    assert plain.keys() == worded.keys()
    assert next(iter(worded)) != next(iter(plain)) or worded != plain


@pytest.mark.parametrize(
    ("word", "codes"), [("物流", {"logistics"}), ("exhibition", {"exhibition"}), ("出口退税", {"tax-rebate"})]
)
def test_needs_go_by_what_people_call_them(word: str, codes: set[str], read: Read) -> None:
    rows = read("/policies/match", need=word, page_size=5)["results"]
    assert {reason["code"] for row in rows for reason in row["reasons"] if reason["criterion"] == "need"} == codes


def test_nothing_that_fits_is_said(read: Read) -> None:
    answer = read("/policies/match", region="RU-MOW", industry="FIREWORKS", need="talent")
    assert answer["results"] == []
    assert warned(answer) == {"no_rows"}


def test_a_match_can_have_all_that_a_measure_has(read: Read) -> None:
    row = read("/policies/match", region="430281", include="events,evidence", page_size=1)["results"][0]
    measure = read(f"/policies/measures/{row['code']}", include="events,evidence")
    assert {name: row[name] for name in measure} == measure


def test_an_audience_is_said_with_reasons(read: Read) -> None:
    answer = read("/policies/measures/county-ceramics-rnd/audience", lang="en")
    assert (answer["measure"], answer["needs"], answer["any_industry"]) == (
        "county-ceramics-rnd",
        ["technology"],
        False,
    )
    assert answer["regions"][0] == {
        "code": "430281", "name": "Liling City", "fit": "named", "via": "430281", "via_name": "Liling City", "score": 1.0,
        "says": "names the place itself: Liling City",
    }  # fmt: skip
    assert {row["code"] for row in answer["industries"] if row["fit"] == "named"} == {"CERAMICS", "ADVANCED_MATERIALS"}
    assert "RARE_METALS" in {row["code"] for row in answer["industries"] if row["fit"] == "above"}


# The graph ---------------------------------------------------------------------------------------------------------


def test_the_graph_names_its_nodes_and_cites_its_relations(read: Read) -> None:
    graph = read("/policies/graph", measure="zz-link-trade-barter", lang="en")
    assert (graph["start"], graph["depth"], graph["complete"]) == ("measure:zz-link-trade-barter", 1, True)
    assert graph["nodes"][0] == {
        "node": "measure:zz-link-trade-barter", "kind": "measure", "code": "zz-link-trade-barter",
        "title": "Explore barter with African countries", "type": "action", "status": "announced",
        "status_name": "announced", "distance": 0,
    }  # fmt: skip
    known = {node["node"] for node in graph["nodes"]}
    assert len(known) == len(graph["nodes"])
    assert all({edge["from"], edge["to"]} <= known for edge in graph["edges"])
    assert {
        "from": "measure:zz-link-trade-barter", "type": "derived_from", "to": "measure:ftz-first-10",
        "citations": ["hunan-ftz:395-411", "hunan-ftz:4206-4215"],
    } in graph["edges"]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "name", "code"),
    [
        ({}, "measure", "required"),
        ({"measure": "ftz-zone", "document": "rcep"}, "measure", "conflict"),
        ({"measure": "ftz-zone", "depth": "5"}, "depth", "out_of_range"),
        ({"measure": "ftz-zon"}, "measure", "unknown_code"),
    ],
)
def test_a_graph_needs_one_start_and_a_small_depth(asked: dict[str, str], name: str, code: str, client: Client) -> None:
    assert error_of(client.get(f"{BASE}/policies/graph", asked), name)["code"] == code
