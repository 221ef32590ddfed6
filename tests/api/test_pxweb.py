"""PxWebApi 2: tables, variables, selections and limits; every figure is in its table once, in its indicator's unit."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import orjson
import pytest
from django.test import Client

from api.pxweb.selecting import MAX_CELLS
from tests.api.conftest import Read
from tests.api.contract import error_of, problem_of

pytestmark = pytest.mark.django_db

PX = "/pxweb/v2"


@pytest.fixture
def px(client: Client) -> Any:
    """GET below /pxweb/v2, in English: the parsed answer of a 200."""

    def call(path: str, **parameters: Any) -> Any:
        answer = client.get(PX + path, {"lang": "en", **parameters})
        assert answer.status_code == 200, answer.content.decode()[:1000]
        return orjson.loads(answer.content)

    return call


def select(**codes: str) -> dict[str, str]:
    return {f"valueCodes[{variable}]": given for variable, given in codes.items()}


def figures(dataset: Any) -> dict[tuple[str, ...], str]:
    """The cells of a JSON-stat dataset that have a value: codes in the order of its variables → value."""
    codes = [list(dataset["dimension"][name]["category"]["index"]) for name in dataset["id"]]
    assert len(dataset["value"]) == len(list(product(*codes)))
    found = zip(product(*codes), dataset["value"], strict=True)
    return {place: str(value) for place, value in found if value is not None}


def test_the_configuration_states_the_limits(px: Any) -> None:
    config = px("/config")
    required = {
        "apiVersion", "appVersion", "languages", "defaultLanguage", "maxDataCells", "maxCallsPerTimeWindow", "timeWindow",
        "license", "defaultDataFormat", "dataFormats",
    }  # fmt: skip
    assert required <= config.keys()
    assert config["maxDataCells"] == MAX_CELLS
    assert [language["id"] for language in config["languages"]] == ["zh", "en"]


def test_tables_are_everything_and_the_topics_that_have_figures(px: Any, read: Read) -> None:
    codes = [table["id"] for table in px("/tables")["tables"]]
    topics = [topic["code"] for topic in read("/topics")["results"]]
    with_figures = [code for code in topics if read("/availability", topic=code, variants="all")["observation_count"]]
    assert sorted(codes) == sorted(["OBS", *with_figures])
    assert codes[0] == "OBS"
    for code in codes:
        table = px(f"/tables/{code}")
        assert table["id"] == code
        assert [link["rel"] for link in table["links"]] == ["self", "metadata", "data"]
        assert len(table["variableNames"]) == len(px(f"/tables/{code}/metadata")["id"])


def test_tables_are_found_by_words_and_come_in_pages(px: Any) -> None:
    all_of_them = px("/tables")["page"]["totalElements"]
    second = px("/tables", pageSize=5, pageNumber=2)
    assert [second["page"][name] for name in ("pageNumber", "pageSize", "totalElements")] == [2, 5, all_of_them]
    assert {"next", "previous", "first", "last", "self"} == {link["rel"] for link in second["page"]["links"]}
    found = [table["id"] for table in px("/tables", query="醴陵")["tables"]]
    assert "TRADE" in found
    assert len(found) < all_of_them
    assert px("/tables", query="no such words")["tables"] == []


def test_every_figure_is_in_its_table_once_in_the_unit_of_its_indicator(px: Any, read: Read) -> None:
    """Read indicator by indicator, whole; what /observations says, converted, is what the cells say, and no more."""
    units = {indicator["code"]: indicator["unit"] for indicator in read("/indicators", page_size=1000)["results"]}
    for table in [table["id"] for table in px("/tables")["tables"] if table["id"] != "OBS"]:
        metadata = px(f"/tables/{table}/metadata")
        for indicator in metadata["dimension"]["indicator"]["category"]["index"]:
            asked = select(**dict.fromkeys(metadata["id"], "*")) | select(indicator=indicator)
            cells = figures(px(f"/tables/{table}/data", **asked))
            rows = read(
                "/observations", indicator=indicator, variants="all", unit=units[indicator], detail="full"
            )["results"]  # fmt: skip
            held = {}
            for row in rows:
                place = {name: row.get(name) for name in metadata["id"]}
                place |= {
                    name: place[name] or "total"
                    for name in ("industry", "product", "partner", "trade_mode")
                    if name in place
                }
                if "variant" in place:
                    place["variant"] = place["variant"] or "preferred"
                if row["value"] is not None:
                    held[tuple(place.values())] = row["value"]
            assert len(held) == sum(row["value"] is not None for row in rows)
            assert {place: Decimal(value) for place, value in cells.items()} == {
                place: Decimal(str(value)) for place, value in held.items()
            }


def test_a_figure_stated_in_another_unit_is_converted_exactly(px: Any) -> None:
    """34.95 万亿元 in a table whose unit is 亿元."""
    asked = select(indicator="TRADE_TOTAL", region="EAST10", period="2024")
    dataset = px("/tables/TRADE/data", **asked)
    assert dataset["value"] == [349500]
    assert dataset["dimension"]["indicator"]["category"]["unit"]["TRADE_TOTAL"]["base"] == "hundred million yuan"


def test_a_figure_keeps_its_decimals_and_says_how_it_was_put(client: Client) -> None:
    asked = {"lang": "en", **select(indicator="TRADE_TOTAL", region="430281,430212", period="2022,2024")}
    answer = client.get(f"{PX}/tables/TRADE/data", asked)
    assert b"41.25" in answer.content
    dataset = orjson.loads(answer.content)
    assert dataset["extension"]["qualifier"] == {"1": "under"}
    assert dataset["status"] == {}
    assert dataset["value"][0] is None


def test_goals_have_their_status(px: Any) -> None:
    for table in px("/tables")["tables"]:
        metadata = px(f"/tables/{table['id']}/metadata")
        if table["id"] == "OBS" or metadata["size"][-1] < 2:
            continue
        for indicator in metadata["dimension"]["indicator"]["category"]["index"]:
            asked = select(**dict.fromkeys(metadata["id"], "*")) | select(indicator=indicator)
            dataset = px(f"/tables/{table['id']}/data", **asked)
            targets = {place for place, how in dataset["extension"]["qualifier"].items() if how == "target"}
            assert targets <= {place for place, status in dataset["status"].items() if status in ("F", "M")}


PERIODS = ["2020", "2020-07", "2022", "2023", "2024"]


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("*", PERIODS),
        ("202?", ["2020", "2022", "2023", "2024"]),
        ("*3,2020", ["2020", "2023"]),
        ("top(2)", ["2023", "2024"]),
        ("TOP(2,1)", ["2022", "2023"]),
        ("bottom(2)", ["2020", "2020-07"]),
        ("range(2020-07,2023)", ["2020-07", "2022", "2023"]),
        ("range(2023,2022),2020", ["2020", "2022", "2023"]),
        ("from(2023)", ["2023", "2024"]),
        ("to(2020-07)", ["2020", "2020-07"]),
        ("[top(1)]", ["2024"]),
    ],
)
def test_expressions_select_periods(expression: str, chosen: list[str], px: Any) -> None:
    metadata = px("/tables/TRADE/metadata")
    assert list(metadata["dimension"]["period"]["category"]["index"]) == PERIODS
    dataset = px("/tables/TRADE/data", **select(indicator="TRADE_TOTAL", region="430281", period=expression))
    assert list(dataset["dimension"]["period"]["category"]["index"]) == chosen


def test_of_other_variables_top_is_the_first_and_case_does_not_matter(px: Any) -> None:
    codes = list(px("/tables/TRADE/metadata")["dimension"]["region"]["category"]["index"])
    for expression, chosen in (("top(2)", codes[:2]), ("bottom(2)", codes[-2:]), ("yrd", ["YRD"])):
        dataset = px("/tables/TRADE/data", **select(INDICATOR="trade_total", Region=expression, TIME="top(1)"))
        assert list(dataset["dimension"]["region"]["category"]["index"]) == chosen


def test_a_variable_left_out_stands_at_its_total_not_at_a_sum(px: Any) -> None:
    least = select(indicator="TRADE_TOTAL", region="430281", period="2024")
    whole = {
        "industry": "total",
        "product": "total",
        "trade_mode": "total",
        "accumulation": "none",
        "variant": "preferred",
    }
    short, long = px("/tables/TRADE/data", **least), px("/tables/TRADE/data", **least, **select(**whole))
    assert short["value"] == long["value"] == [41.25]
    assert short["id"] == ["indicator", "region", "period"]
    assert set(long["id"]) == {"indicator", "region", "period", *whole}
    extension = px("/tables/TRADE/metadata")["dimension"]["product"]["extension"]
    assert (extension["elimination"], extension["eliminationValueCode"]) == (True, "total")


def test_a_code_list_narrows_a_variable(px: Any) -> None:
    metadata = px("/tables/TRADE/metadata")
    lists = {listed["id"]: listed for listed in metadata["dimension"]["region"]["extension"]["codeLists"]}
    listed = px("/codelists/vs_TRADE_region_county")
    assert listed["id"] in lists
    counties = [value["code"] for value in listed["values"]]
    assert "430281" in counties
    asked = select(indicator="TRADE_TOTAL", region="*", period="2024") | {"codelist[region]": listed["id"]}
    assert list(px("/tables/TRADE/data", **asked)["dimension"]["region"]["category"]["index"]) == counties
    narrowed = px("/tables/TRADE/metadata", **{"codelist[region]": listed["id"]})
    assert list(narrowed["dimension"]["region"]["category"]["index"]) == counties


def test_nothing_selected_gives_the_default_selection(px: Any) -> None:
    for table in px("/tables")["tables"]:
        path = f"/tables/{table['id']}"
        dataset, selection = px(f"{path}/data"), px(f"{path}/defaultselection")["selection"]
        assert any(value is not None for value in dataset["value"])
        chosen = {one["variableCode"]: one["valueCodes"] for one in selection if one["valueCodes"]}
        assert {name: list(dataset["dimension"][name]["category"]["index"]) for name in dataset["id"]} == chosen
        assert px(f"{path}/metadata", defaultSelection="true")["size"] == dataset["size"]


def test_post_asks_as_get_does(client: Client, px: Any) -> None:
    asked = select(indicator="TRADE_TOTAL", region="430281,430212", period="top(2)")
    selection = [
        {"variableCode": "indicator", "valueCodes": ["TRADE_TOTAL"]},
        {"VariableCode": "region", "valueCodes": ["430281", "430212"], "codeList": "vs_TRADE_region_county"},
        {"variableCode": "Period", "valueCodes": ["top(2)"]},
        {"variableCode": "product", "valueCodes": []},
    ]
    answer = client.post(f"{PX}/tables/TRADE/data?lang=en", {"selection": selection}, content_type="application/json")
    by_post, by_get = orjson.loads(answer.content), px("/tables/TRADE/data", **asked)
    assert {**by_post, "href": ""} == {**by_get, "href": ""}


def test_csv_has_the_periods_across_and_is_empty_where_nothing_is_known(client: Client) -> None:
    asked = {
        "lang": "en",
        "outputFormat": "csv",
        **select(indicator="TRADE_TOTAL", region="430212,430281", time="2022,2024"),
    }
    lines = client.get(f"{PX}/tables/TRADE/data", asked).content.decode().split("\r\n")
    assert lines == [
        "indicator,region,2022,2024", "Total imports and exports,Lukou District,,5.86",
        "Total imports and exports,Liling City,,41.25", "",
    ]  # fmt: skip
    across = {
        "outputFormatParams": "UseCodes,SeparatorSemicolon,IncludeTitle",
        "heading": "region,period",
        "stub": "indicator",
    }
    lines = client.get(f"{PX}/tables/TRADE/data", asked | across).content.decode().split("\r\n")
    assert lines[2:4] == ["indicator;430212 2022;430212 2024;430281 2022;430281 2024", "TRADE_TOTAL;;5.86;;41.25"]


# What is refused -----------------------------------------------------------------------------------------------------


def test_more_cells_than_an_answer_holds_are_403_with_a_way_out(client: Client) -> None:
    asked = select(indicator="*", region="*", period="*", industry="*", product="*")
    answer = client.get(f"{PX}/tables/OBS/data", {"lang": "en", **asked})
    problem = problem_of(answer, 403)
    assert str(MAX_CELLS) in problem["detail"]
    assert "/api/v1/observations.csv" in problem["detail"]
    assert problem["errors"][0]["code"] == "too_many_cells"


@pytest.mark.parametrize(
    ("parameter", "value", "code"),
    [
        ("valueCodes[region]", "430280", "unknown_code"),
        ("valueCodes[region]", "no*such", "no_match"),
        ("valueCodes[region]", "top(0)", "malformed"),
        ("valueCodes[region]", "top(x)", "malformed"),
        ("valueCodes[region]", "range(430281)", "malformed"),
        ("valueCodes[region]", "from(430280)", "unknown_code"),
        ("valueCodes[region]", "sum(430281)", "unknown_code"),
        ("valueCodes[region]", "", "malformed"),
        ("valueCodes[regoin]", "430281", "unknown_variable"),
        ("codelist[regoin]", "vs", "unknown_variable"),
        ("outputFormat", "px", "unknown_value"),
        ("outputFormatParams", "UseCodes,UseTexts", "conflict"),
        ("heading", "product", "unknown_variable"),
        ("heading", "region,region", "conflict"),
        ("region", "430281", "unknown_parameter"),
        ("format", "csv", "unknown_format"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(parameter: str, value: str, code: str, client: Client) -> None:
    asked = {"lang": "en", **select(indicator="TRADE_TOTAL", region="430281", period="2024"), parameter: value}
    problem = problem_of(client.get(f"{PX}/tables/TRADE/data", asked), 400)
    assert [error["code"] for error in problem["errors"]] == [code]
    assert problem["errors"][0]["parameter"].partition("[")[0] in (parameter.partition("[")[0], "valueCodes")


def test_a_near_miss_is_suggested_and_a_missing_variable_named(client: Client) -> None:
    answer = client.get(f"{PX}/tables/TRADE/data", select(region="430280", indicator="TRADE_TOTAL"))
    assert error_of(answer, "valueCodes[region]")["did_you_mean"] == "430281"
    assert error_of(answer, "valueCodes[period]")["code"] == "missing_selection"
    (error,) = problem_of(client.get(f"{PX}/tables/TRAED"), 404)["errors"]
    assert error["did_you_mean"] == "TRADE"


@pytest.mark.parametrize(
    "body",
    ["{", "[]", "null", '{"selection": 1}', '{"selection": [1]}', '{"selection": [{"valueCodes": ["1"]}]}',
     '{"selection": [{"variableCode": "region", "valueCodes": [1]}]}', '{"selection": [], "placement": {"stub": "region"}}',
     '{"selection": [{"variableCode": "region", "valueCodes": ["*"]}, {"variableCode": "region", "valueCodes": ["*"]}]}'],
)  # fmt: skip
def test_a_body_that_is_no_selection_is_refused(body: str, client: Client) -> None:
    answer = client.post(f"{PX}/tables/TRADE/data", body, content_type="application/json")
    assert error_of(answer, "selection")["code"] == "malformed"


# As every other endpoint ---------------------------------------------------------------------------------------------

ADDRESSES = [
    "/config", "/tables", "/tables/TRADE", "/tables/TRADE/metadata", "/tables/TRADE/defaultselection",
    "/tables/TRADE/data", "/codelists/vs_TRADE_region_county",
]  # fmt: skip


@pytest.mark.parametrize("path", ADDRESSES)
def test_it_answers_as_every_other_endpoint(path: str, client: Client) -> None:
    answer = client.get(PX + path, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Content-Language"] == "zh"
    assert {"Accept", "Accept-Language"} <= {name.strip() for name in answer["Vary"].split(",")}
    assert 'rel="license"' in answer["Link"]
    assert client.get(PX + path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    head = client.head(PX + path)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", answer["ETag"])
    assert "RateLimit" in answer
    assert client.get(f"{PX}{path}/").status_code == 308
    refused = client.delete(PX + path)
    problem_of(refused, 405)
    assert "GET" in refused["Allow"]
    problem_of(client.get(PX + path, {"no_such": "1"}), 400)
    assert client.get(PX + path, {"lang": "en"})["Content-Language"] == "en"


def test_a_table_costs_the_same_number_of_queries_whatever_its_size(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    client.get(f"{PX}/tables")  # the cubes are read once per data version
    with django_assert_max_num_queries(0):
        client.get(f"{PX}/tables")
        client.get(f"{PX}/tables/OBS/metadata")
    for region in ("430281", "*"):
        with django_assert_max_num_queries(3):  # one, and the transaction of the test
            asked = select(indicator="*", region=region, period="*")
            assert client.get(f"{PX}/tables/TRADE/data", asked).status_code == 200
