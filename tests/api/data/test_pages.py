"""What a front-end builds a page of, asked for in as few requests as may be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from tests.api.contract import BASE, DATA, Endpoint, error_of, ids
from tests.api.formats.file_readers import body, csv_rows, parquet_rows, xlsx_rows
from tests.builder import liling

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

Read = Callable[..., Any]


def test_series_are_asked_for_by_their_keys(read: Read) -> None:
    keys = ["A.430281.TRADE_TOTAL", "A.430223.TRADE_TOTAL"]
    for path, name in (("/observations", "series"), ("/series", "key")):
        assert {row[name] for row in read(path, series=",".join(keys))["results"]} == set(keys)
    assert read("/availability", series=keys[0])["series_count"] == 1


def test_a_variant_that_is_named_is_given(read: Read) -> None:
    variant = next(row["key"] for row in read("/series", variants="all", page_size=10_000)["results"] if row["variant"])
    assert [row["key"] for row in read("/series", series=variant)["results"]] == [variant]
    assert read("/series", series=variant, variants="preferred")["results"] == []


def test_a_former_key_leads_to_the_series(read: Read) -> None:
    now = read("/series", series="A.430281.TRADE_SHARE")["results"]
    assert [row["key"] for row in now] == ["A.430281.TRADE_SHARE.of-ZZ-COUNTIES"]


def test_an_unknown_series_is_refused_with_the_nearest(client: Client) -> None:
    error = error_of(client.get(f"{BASE}/observations", {"series": "A.430281.TRADE_TOTL"}), "series")
    assert (error["code"], error["did_you_mean"]) == ("unknown_code", "A.430281.TRADE_TOTAL")


def test_citations_of_several_observations_are_one_question(read: Read) -> None:
    rows = read("/observations", indicator="TRADE_TOTAL", kind="county", year="2024")["results"]
    chosen = [row["id"] for row in rows][:4]
    cited = read("/citations", observation=",".join(map(str, chosen)))["results"]
    one_by_one = {phrase["code"] for key in chosen for phrase in read("/citations", observation=key)["results"]}
    assert len(chosen) == 4
    assert [phrase["code"] for phrase in cited] == sorted(one_by_one)


@pytest.mark.parametrize("shape", ["series", "wide"])
def test_fields_narrow_what_is_said_of_a_series(shape: str, read: Read, client: Client) -> None:
    asked = {"series": "A.430281.TRADE_TOTAL", "shape": shape}
    (whole,) = read("/observations", **asked)["results"]
    (row,) = read("/observations", **asked, fields=f"region_name,series{',points' * (shape == 'series')}")["results"]
    of_periods = {name: cell for name, cell in whole.items() if name == "points" or name[0].isdigit()}
    assert row == {"series": whole["series"], "region_name": whole["region_name"], **of_periods}
    assert error_of(client.get(f"{BASE}/observations", {**asked, "fields": "value"}), "fields")["code"] == "conflict"


def test_every_code_of_a_closed_list_has_its_name_beside_it(read: Read) -> None:
    (row,) = read("/observations", series="A.430281.TRADE_TOTAL", year="2024", lang="en")["results"]
    assert [row[f"{name}_name"] for name in ("status", "qualifier", "period_basis")] == ["normal", "exact", "stated"]
    (measure,) = read("/policies/measures", page_size=1, include="events")["results"]
    assert {f"{name}_name" for name in ("kind", "status", "level")} <= measure.keys()
    assert all({"type", "type_name"} <= event.keys() for event in measure["events"])
    asked = {"indicator": "TRADE_TOTAL", "year": "2024", "kind": "county", "fields": "region,status_name"}
    assert {row["status_name"] for row in read("/rankings", **asked)["results"]} <= {"正常", "估计"}
    (term, *_) = read("/checks", page_size=1)["results"][0]["terms"]
    assert term["role_name"]


def test_every_list_of_codes_has_their_names_beside_it(read: Read) -> None:
    measures = read("/policies/measures", need="logistics", lang="en", page_size=5)["results"]
    assert all("logistics" in dict(zip(row["needs"], row["needs_name"], strict=True)) for row in measures)
    indicator = read("/indicators/TRADE_TOTAL")
    assert indicator["sources_title"] == [read(f"/sources/{code}")["title"] for code in indicator["sources"]]
    (goal, *_) = [row for row in read("/targets", page_size=1000)["results"] if row["measures"]]
    titles = {row["code"]: row["title"] for row in read("/policies/measures", page_size=1000)["results"]}
    assert goal["measures_title"] == [titles[code] for code in goal["measures"]]
    assert goal["source_title"]


def test_a_computed_row_names_the_status_that_it_has(read: Read) -> None:
    asked = {"indicator": "TRADE_TOTAL", "region": "430281", "transform": "yoy"}
    rows = read("/observations", **asked)["results"]
    assert {(row["status"], row["status_name"]) for row in rows} <= {
        ("A", "正常"),
        ("E", "估计"),
        ("O", "缺失"),
        ("M", "缺失"),
    }
    assert any(row["value"] is None for row in rows)


def test_a_region_says_what_it_lies_in_and_whether_it_has_data(read: Read) -> None:
    liling = read("/regions/430281", lang="en")
    assert [(place["code"], place["kind_name"]) for place in liling["ancestors"]] == [
        ("W1", "world"), ("CN", "country"), ("430000", "province"), ("430200", "prefecture"),
    ]  # fmt: skip
    assert liling["has_data"]
    having = {place["code"] for place in read("/regions", has_data="true", page_size=1000)["results"]}
    lacking = {place["code"] for place in read("/regions", has_data="false", page_size=1000)["results"]}
    assert "430281" in having
    assert lacking
    assert not having & lacking
    code = lacking.pop()
    assert read("/observations", region=code)["results"] == []


def texts_of(content: Any, spoken: str) -> Any:
    """An answer in both languages as it reads in one of them."""
    if isinstance(content, list):
        return [texts_of(item, spoken) for item in content]
    if not isinstance(content, dict):
        return content
    other = "_en" if spoken == "zh" else "_zh"
    own = {name.removesuffix(f"_{spoken}"): item for name, item in content.items() if not name.endswith(other)}
    return {name: texts_of(item, spoken) for name, item in own.items()}


def without_languages(content: bytes) -> Any:
    """An answer whose addresses do not name a language."""
    return json.loads(re.sub(rb"&lang=[a-z]+", b"", content))


IN_BOTH = [one for one in DATA if "both" in one.parameters["lang"].choices]


@pytest.mark.parametrize("endpoint", **ids(IN_BOTH))
def test_an_answer_in_both_languages_is_that_in_each(endpoint: Endpoint, client: Client) -> None:
    asked = endpoint.query | endpoint.every_part | ({"page_size": "20"} if "page_size" in endpoint.parameters else {})
    answer = client.get(endpoint.path(), {**asked, "lang": "both"})
    assert answer.status_code == 200, answer.content[:300]
    assert answer["Content-Language"] == "zh, en"
    both = without_languages(answer.content)
    for spoken in ("zh", "en"):
        alone = without_languages(client.get(endpoint.path(), {**asked, "lang": spoken}).content)
        told, expected = texts_of(both, spoken), texts_of(alone, spoken)
        for address in ("next", "previous", "url", "query"):  # which name the language otherwise
            told.pop(address, None), expected.pop(address, None)
        assert told == expected


def test_all_records_and_rows_come_in_both_languages() -> None:
    named = {one.name for one in IN_BOTH}
    assert named >= {one.name for one in DATA if "fields" in one.parameters}


READERS = {"csv": csv_rows, "xlsx": xlsx_rows, "parquet": parquet_rows}


@pytest.mark.parametrize("format_", list(READERS))
@pytest.mark.parametrize("path", ["/observations", "/policies/measures", "/regions"])
def test_a_file_has_a_column_of_each_text_for_each_language(path: str, format_: str, client: Client) -> None:
    asked = {"region": "430281"} if path != "/regions" else {"kind": "county"}
    tables = {
        spoken: READERS[format_](body(client, f"{path}.{format_}", **asked, lang=spoken))
        for spoken in ("zh", "en", "both")
    }
    for zh, en, both in zip(tables["zh"], tables["en"], tables["both"], strict=True):
        assert both == both | {name: cell for name, cell in zh.items() if name in both}
        for name in zh.keys() - both.keys():
            assert (both[f"{name}_zh"], both[f"{name}_en"]) == (zh[name], en[name])
        assert any(name.endswith("_en") and cell for name, cell in both.items())


def test_both_languages_are_not_of_a_cube_or_a_problem(client: Client) -> None:
    error = error_of(client.get(f"{BASE}/observations.jsonstat", {"lang": "both", "indicator": "TRADE_TOTAL"}), "lang")
    assert error["code"] == "conflict"
    assert error_of(client.get(f"{BASE}/regions", {"lang": "both", "kind": "x"}), "kind")["message"]
    assert error_of(client.get(f"{BASE}/config", {"lang": "both"}), "lang")["allowed"] == ["en", "zh"]


@pytest.mark.parametrize(
    ("path", "asked", "parameter", "now"),
    [
        ("/compare", {"regions": "430281,430223"}, "regions", "region"), ("/sources", {"fields": "slug"}, "fields", "code"),
        ("/sources", {"ordering": "-slug"}, "ordering", "-code"), ("/releases", {"fields": "notes"}, "fields", "note"),
    ],
)  # fmt: skip
def test_what_was_renamed_is_refused_with_its_new_name(
    path: str, asked: dict[str, str], parameter: str, now: str, client: Client
) -> None:
    assert error_of(client.get(BASE + path, asked), parameter)["did_you_mean"] == now


def test_a_match_can_be_asked_for_with_a_least_score(read: Read, client: Client) -> None:
    asked = {"region": "430281", "industry": "CERAMICS", "page_size": 1000}
    scores = [row["score"] for row in read("/policies/match", **asked)["results"]]
    least = scores[len(scores) // 2]
    kept = [row["score"] for row in read("/policies/match", **asked, min_score=least)["results"]]
    assert kept == [score for score in scores if score >= least]
    assert 0 < len(kept) < len(scores)
    assert error_of(client.get(f"{BASE}/policies/match", {**asked, "min_score": "1.5"}), "min_score")


# The pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ask(read: Read) -> Any:
    """`read`, in both languages, which keeps what it was asked."""

    def call(path: str, **asked: Any) -> Any:
        call.asked.append(path)
        return read(path, **asked, lang="both")

    call.asked = []
    return call


def test_four_counties_side_by_side_with_their_phrases_are_one_request(ask: Any) -> None:
    rows = ask(
        "/observations", within="ZZ-COUNTIES", kind="county", indicator="TRADE_TOTAL", year="2024", include="citations",
        fields="region_name,value,text,status_name,citations",
    )["results"]  # fmt: skip
    page = {row["region_name_zh"]: (row["text_en"], [phrase["exact"] for phrase in row["citations"]]) for row in rows}
    assert len(page) == 4
    assert all(text and phrases for text, phrases in page.values())
    assert f"{liling()['value']}亿元" in page["醴陵市"][1][0]
    assert len(ask.asked) == 1


def test_the_tasks_of_the_plan_are_one_request(ask: Any) -> None:
    progress = ask("/policies/documents/hunan-ftz-plan/progress", include="measures")
    domains = [(domain["name_zh"], domain["name_en"], domain["stated"]) for domain in progress["domains"]]
    assert sum(stated or 0 for *_, stated in domains) == 121
    tasks = [task for domain in progress["domains"] for task in domain["measures"]]
    assert tasks
    assert all(task["title_zh"] and task["title_en"] and task["kind_name_en"] for task in tasks)
    assert len(ask.asked) == 1


def test_what_policy_offers_an_exporter_of_ceramics_is_one_request(ask: Any) -> None:
    rows = ask("/policies/match", region="430281", industry="CERAMICS", include="evidence", min_score=0.5)["results"]
    assert rows
    for row in rows:
        assert row["title_zh"]
        assert row["document"]["title_en"]
        assert row["status"] is None or row["status_name_zh"]
        assert all(reason["says_zh"] and reason["says_en"] for reason in row["reasons"])
    assert any(phrase["exact"] and phrase["source_title_zh"] for row in rows for phrase in row["evidence"])
    assert len(ask.asked) == 1


def test_a_search_box_asks_once_a_keystroke(ask: Any) -> None:
    for typed in ("醴", "醴陵", "醴陵陶"):
        found = ask("/search", q=typed, page_size=8)["results"]
        assert all(hit["name_zh"] and hit["href"].startswith("http") for hit in found)
    assert len(ask.asked) == 3


def test_the_page_of_a_county_is_three_requests(ask: Any) -> None:
    place, profile, policies = (ask(f"/regions/430281{part}") for part in ("", "/profile", "/policies"))
    assert [above["name_zh"] for above in place["ancestors"]][-2:] == ["湖南省", "株洲市"]
    assert all(row["text_zh"] and row["indicator_name_en"] for row in profile["indicators"])
    assert policies["results"][0]["reasons"][0]["says_en"]
    assert len(ask.asked) == 3


def test_the_page_of_an_indicator_is_two_requests(ask: Any) -> None:
    indicator = ask("/indicators/TRADE_TOTAL")
    lines = ask("/observations", indicator="TRADE_TOTAL", shape="series")["results"]
    assert indicator["definition_zh"]
    assert indicator["kind_name_en"]
    assert all(line["region_name_zh"] and line["points"] for line in lines)
    assert len(lines) == indicator["series_count"] > 1
    assert len(ask.asked) == 2


def test_a_graph_comes_as_graphml(client: Client) -> None:
    asked = {"document": "hunan-ftz-plan"}
    graph = json.loads(client.get(f"{BASE}/policies/graph", asked).content)
    answer = client.get(f"{BASE}/policies/graph.graphml", asked)
    assert answer["Content-Type"].startswith("application/graphml+xml")
    root = ElementTree.fromstring(answer.content)
    space = {"g": "http://graphml.graphdrawing.org/xmlns"}
    names = {key.attrib["id"]: key.attrib["attr.name"] for key in root.findall("g:key", space)}
    nodes = {
        node.attrib["id"]: {names[data.attrib["key"]]: data.text for data in node.findall("g:data", space)}
        for node in root.findall("g:graph/g:node", space)
    }
    assert nodes == {
        node["node"]: {name: str(cell) for name, cell in node.items() if name != "node" and cell is not None}
        for node in graph["nodes"]
    }
    ends = [(edge.attrib["source"], edge.attrib["target"]) for edge in root.findall("g:graph/g:edge", space)]
    assert ends == [(edge["from"], edge["to"]) for edge in graph["edges"]]
    assert ends
