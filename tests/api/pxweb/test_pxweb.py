"""PxWebApi 2: tables, variables, selections and limits; every figure is in its table once, in its indicator's unit."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from math import prod
from typing import Any

import orjson
import pytest
from django.test import Client

from api.pxweb import selection
from api.pxweb.selection import MAX_CELLS
from tests.api.conftest import Read
from tests.api.contract import error_of, problem_of
from tests.builder import Tables, liling

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

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


BREAKDOWNS = ("industry", "product", "partner", "trade_mode")


def divided(row: Any) -> tuple[str, ...]:
    """The breakdowns that a row has."""
    return tuple(name for name in BREAKDOWNS if row.get(name))


def test_tables_are_indicators_of_a_topic_with_the_same_breakdowns(px: Any, read: Read) -> None:
    topics = {indicator["code"]: indicator["topic"] for indicator in read("/indicators", page_size=1000)["results"]}
    rows = read("/observations", variants="all", page_size=10_000)["results"]
    expected = {"-".join((topics[row["indicator"]], *map(str.upper, divided(row)))) for row in rows}
    codes = [table["id"] for table in px("/tables")["tables"]]
    assert len(codes) == len(set(codes))
    assert set(codes) == expected
    for code in codes:
        table = px(f"/tables/{code}")
        assert table["id"] == code
        assert table["subjectCode"] == code.split("-")[0] in topics.values()
        assert [link["rel"] for link in table["links"]] == ["self", "metadata", "data"]
        assert len(table["variableNames"]) == len(px(f"/tables/{code}/metadata")["id"])


def test_every_table_can_be_taken_whole_and_all_of_them_together(px: Any) -> None:
    sizes = {table["id"]: prod(px(f"/tables/{table['id']}/metadata")["size"]) for table in px("/tables")["tables"]}
    assert 0 < sum(sizes.values()) < MAX_CELLS
    largest = max(sizes, key=lambda code: sizes[code])
    asked = select(**dict.fromkeys(px(f"/tables/{largest}/metadata")["id"], "*"))
    assert len(px(f"/tables/{largest}/data", **asked)["value"]) == sizes[largest]


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
    found: set[int] = set()
    for table in [table["id"] for table in px("/tables")["tables"]]:
        metadata = px(f"/tables/{table}/metadata")
        within = set(table.lower().split("-")[1:])
        for indicator in metadata["dimension"]["indicator"]["category"]["index"]:
            asked = select(**dict.fromkeys(metadata["id"], "*")) | select(indicator=indicator)
            cells = figures(px(f"/tables/{table}/data", **asked))
            rows = read(
                "/observations", indicator=indicator, variants="all", unit=units[indicator], detail="full"
            )["results"]  # fmt: skip
            held = {}
            for row in rows:
                if not set(divided(row)) <= within:
                    continue
                found.add(row["id"])
                place = {name: row.get(name) for name in metadata["id"]}
                nothing = {**dict.fromkeys(BREAKDOWNS, "total"), "whole": "none", "variant": "preferred"}
                place |= {name: place[name] or word for name, word in nothing.items() if name in place}
                if row["value"] is not None:
                    assert tuple(place.values()) not in held
                    held[tuple(place.values())] = row["value"]
            assert {place: Decimal(value) for place, value in cells.items()} == {
                place: Decimal(str(value)) for place, value in held.items()
            }
    assert found == {row["id"] for row in read("/observations", variants="all", page_size=10_000)["results"]}


def test_a_figure_stated_in_another_unit_is_converted_exactly(px: Any) -> None:
    """34.95 万亿元 in a table whose unit is 亿元."""
    asked = select(indicator="TRADE_TOTAL", region="EAST10", period="2024")
    dataset = px("/tables/TRADE/data", **asked)
    assert dataset["value"] == [349500]
    assert dataset["dimension"]["indicator"]["category"]["unit"]["TRADE_TOTAL"]["base"] == "hundred million yuan"


def test_a_figure_keeps_its_decimals_and_says_how_it_was_put(client: Client) -> None:
    asked = {"lang": "en", **select(indicator="TRADE_TOTAL", region="430281,430212", period="2022,2024")}
    answer = client.get(f"{PX}/tables/TRADE/data", asked)
    assert liling()["value"].encode() in answer.content
    dataset = orjson.loads(answer.content)
    assert dataset["extension"]["qualifier"] == {"1": "under"}
    assert dataset["status"] == {"1": "E"}
    assert dataset["value"][0] is None


def test_goals_have_their_status(px: Any) -> None:
    for table in px("/tables")["tables"]:
        metadata = px(f"/tables/{table['id']}/metadata")
        for indicator in metadata["dimension"]["indicator"]["category"]["index"]:
            asked = select(**dict.fromkeys(metadata["id"], "*")) | select(indicator=indicator)
            dataset = px(f"/tables/{table['id']}/data", **asked)
            targets = {place for place, how in dataset["extension"]["qualifier"].items() if how == "target"}
            assert targets <= {place for place, status in dataset["status"].items() if status in ("F", "O")}


PERIODS = ["2020", "2020-07", "2022", "2023", "2024"]


EXPRESSIONS = {
    "*": PERIODS,
    "202?": ["2020", "2022", "2023", "2024"],
    "*3,2020": ["2020", "2023"],
    "top(2)": ["2023", "2024"],
    "TOP(2,1)": ["2022", "2023"],
    "bottom(2)": ["2020", "2020-07"],
    "range(2020-07,2023)": ["2020-07", "2022", "2023"],
    "range(2023,2022),2020": ["2020", "2022", "2023"],
    "from(2023)": ["2023", "2024"],
    "to(2020-07)": ["2020", "2020-07"],
    "[top(1)]": ["2024"],
}


def test_expressions_select_periods(px: Any) -> None:
    town = Tables().region("T-TOWN").indicator("T_OFTEN")
    town.figures("T-TOWN", "T_OFTEN", {period: "1" for period in PERIODS if len(period) == 4})
    town.figures("T-TOWN", "T_OFTEN", {"2020-07": "1"}, frequency="M").publish()
    metadata = px("/tables/T_TOPIC/metadata")
    assert list(metadata["dimension"]["period"]["category"]["index"]) == PERIODS
    for expression, chosen in EXPRESSIONS.items():
        dataset = px("/tables/T_TOPIC/data", **select(indicator="T_OFTEN", region="T-TOWN", period=expression))
        assert list(dataset["dimension"]["period"]["category"]["index"]) == chosen, expression


def test_of_other_variables_top_is_the_first_and_case_does_not_matter(px: Any) -> None:
    codes = list(px("/tables/TRADE/metadata")["dimension"]["region"]["category"]["index"])
    for expression, chosen in (("top(2)", codes[:2]), ("bottom(2)", codes[-2:]), ("east10", ["EAST10"])):
        dataset = px("/tables/TRADE/data", **select(INDICATOR="trade_total", Region=expression, TIME="top(1)"))
        assert list(dataset["dimension"]["region"]["category"]["index"]) == chosen


def test_a_variable_left_out_stands_at_its_total_not_at_a_sum(px: Any) -> None:
    least = select(indicator="TRADE_TOTAL", region="430281", period="2024")
    whole = {"whole": "none", "accumulation": "none", "variant": "preferred"}
    short, long = px("/tables/TRADE/data", **least), px("/tables/TRADE/data", **least, **select(**whole))
    assert short["value"] == long["value"] == [float(liling()["value"])]
    assert short["id"] == ["indicator", "region", "period"]
    assert set(long["id"]) == {"indicator", "region", "period", *whole}
    extension = px("/tables/TRADE-PRODUCT/metadata")["dimension"]["product"]["extension"]
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
        assert any(value is not None for value in dataset["value"]) or "O" in dataset["status"].values()
        chosen = {one["variableCode"]: one["valueCodes"] for one in selection if one["valueCodes"]}
        assert {name: list(dataset["dimension"][name]["category"]["index"]) for name in dataset["id"]} == chosen
        assert px(f"{path}/metadata", defaultSelection="true")["size"] == dataset["size"]


def test_post_asks_as_get_does(client: Client, px: Any) -> None:
    asked = select(indicator="TRADE_TOTAL", region="430281,430212", period="top(2)")
    selection = [
        {"variableCode": "indicator", "valueCodes": ["TRADE_TOTAL"]},
        {"VariableCode": "region", "valueCodes": ["430281", "430212"], "codeList": "vs_TRADE_region_county"},
        {"variableCode": "Period", "valueCodes": ["top(2)"]},
        {"variableCode": "whole", "valueCodes": []},
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
        "indicator,region,2022,2024,2024_mark", 'Total imports and exports,Lukou District,,5.86,"estimated, less than"',
        f"Total imports and exports,Liling City,,{liling()['value']},", "",
    ]  # fmt: skip
    across = {
        "outputFormatParams": "UseCodes,SeparatorSemicolon,IncludeTitle",
        "heading": "region,period",
        "stub": "indicator",
    }
    lines = client.get(f"{PX}/tables/TRADE/data", asked | across).content.decode().split("\r\n")
    assert lines[2:4] == [
        "indicator;430212 2022;430212 2024;430212 2024_mark;430281 2022;430281 2024",
        f"TRADE_TOTAL;;5.86;estimated, less than;;{liling()['value']}",
    ]


def test_csv_marks_what_is_no_exact_observed_value_beside_it(client: Client) -> None:
    town = Tables().region("T-TOWN").indicator("T_MARKED").figures("T-TOWN", "T_MARKED", {"2022": "1"})
    town.figures("T-TOWN", "T_MARKED", {"2023": "2"}, qualifier="over")
    town.figures("T-TOWN", "T_MARKED", {"2024": "3"}, status="F", qualifier="target").publish()
    everything = dict.fromkeys(("indicator", "region", "period"), "*")
    asked = {"lang": "en", "outputFormat": "csv", "outputFormatParams": "UseCodes", **select(**everything)}
    lines = client.get(f"{PX}/tables/T_TOPIC/data", asked).content.decode().split("\r\n")
    assert lines == ["indicator,region,2022,2023,2023_mark,2024,2024_mark", lines[1], ""]
    assert lines[1].startswith("T_MARKED,T-TOWN,1,2,")
    assert lines[1].endswith(",3,forecast or goal")
    dataset = orjson.loads(client.get(f"{PX}/tables/T_TOPIC/data", {"lang": "en", **select(**everything)}).content)
    assert dataset["status"] == {"1": "over", "2": "F"}
    assert set(dataset["extension"]["status"]["label"]) == {"F", "over"}


def test_what_a_spreadsheet_would_run_is_escaped_in_csv(client: Client) -> None:
    town = Tables().region("T-TOWN", name_en="=1+1").indicator("T_ODD", name_en="+odd")
    town.figures("T-TOWN", "T_ODD", {"2024": "-1"}).publish()
    asked = {"lang": "en", "outputFormat": "csv", **select(indicator="*", region="*", period="*")}
    lines = client.get(f"{PX}/tables/T_TOPIC/data", asked).content.decode().split("\r\n")
    assert lines[1] == "'+odd,'=1+1,-1"


def test_the_default_selection_may_be_posted_back_whole(client: Client, px: Any) -> None:
    for table in ("TRADE", "TRADE-PRODUCT"):
        path = f"{PX}/tables/{table}"
        answer = client.post(
            f"{path}/data?lang=en", px(f"/tables/{table}/defaultselection"), content_type="application/json"
        )
        assert answer.status_code == 200, answer.content
        assert orjson.loads(answer.content)["value"] == px(f"/tables/{table}/data")["value"]


# What is refused -----------------------------------------------------------------------------------------------------


def test_more_cells_than_an_answer_holds_are_403_with_a_way_out(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MAX_CELLS", 20)
    answer = client.get(f"{PX}/tables/TRADE/data", {"lang": "en", **select(indicator="*", region="*", period="*")})
    problem = problem_of(answer, 403)
    assert "an answer at most 20" in problem["detail"]
    assert "http://testserver/api/v1/observations.csv" in problem["detail"]
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
        client.get(f"{PX}/tables/INDUSTRY-INDUSTRY/metadata")
    for region in ("430281", "*"):
        with django_assert_max_num_queries(3):  # one, and the transaction of the test
            asked = select(indicator="*", region=region, period="*")
            assert client.get(f"{PX}/tables/TRADE/data", asked).status_code == 200


def test_the_default_indicator_is_the_one_with_the_most_undivided_figures(px: Any) -> None:
    small = Tables().region("T-TOWN").region("T-LAND").indicator("T_A_FEW").indicator("T_B_MOST").indicator("T_C_SPLIT")
    small.figures("T-TOWN", "T_A_FEW", {"2023": "1"}).figures("T-TOWN", "T_B_MOST", {"2023": "1", "2024": "2"})
    years = {str(year): "1" for year in range(2015, 2025)}
    small.figures("T-LAND", "T_B_MOST", {"2020": "3"}, partner="T-TOWN")
    small.figures("T-TOWN", "T_C_SPLIT", years, partner="T-LAND").publish()
    chosen = {part["variableCode"]: part["valueCodes"] for part in px("/tables/T_TOPIC/defaultselection")["selection"]}
    assert (chosen["indicator"], chosen["period"]) == (["T_B_MOST"], ["2023", "2024"])
    assert chosen["region"] == ["T-TOWN"], "of its undivided figures only"
