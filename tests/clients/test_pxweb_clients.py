"""PxWebApi 2 as pxwebpy reads it: tables, variables, code lists, and a whole table in as many questions as its limit asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import requests
from pxweb import PxApi

COUNTIES = {"430212", "430223", "430224", "430225", "430281"}


@pytest.fixture(scope="module")
def api(service: str) -> PxApi:
    return PxApi(f"{service}/pxweb/v2", language="en")


def observations(service: str, **asked: Any) -> list[dict[str, Any]]:
    answer = requests.get(f"{service}/api/v1/observations", {"page_size": 10_000, "lang": "en", **asked}, timeout=60)
    answer.raise_for_status()
    rows: list[dict[str, Any]] = answer.json(parse_float=Decimal)["results"]
    return rows


def test_it_finds_tables_and_what_they_are_divided_by(api: PxApi) -> None:
    tables = {table["id"]: table for table in api.all_tables()}
    assert {"TRADE", "TRADE-PRODUCT", "TRADE-INDUSTRY"} <= tables.keys()
    assert api.number_of_tables == len(tables)
    assert "TRADE" in [table["id"] for table in api.search("Liling")["tables"]]
    assert {table["id"].split("-")[0] for table in api.tables_on_path("TRADE")} == {"TRADE"}
    variables = api.get_table_variables("TRADE")
    assert variables["region"]["category"]["label"]["430281"] == "Liling City"
    assert not variables["region"]["elimination"]
    assert api.get_table_variables("TRADE-PRODUCT")["product"]["elimination"]


def test_a_code_list_gives_the_counties(api: PxApi, service: str) -> None:
    asked: dict[str, Any] = {"indicator": "TRADE_TOTAL", "region": "*", "period": "2024"}
    rows = api.get_table_data("TRADE", asked, code_list={"region": "vs_TRADE_region_county"}, show="code")
    stated = observations(
        service, indicator="TRADE_TOTAL", kind="county", year="2024", industry="total", product="total"
    )
    assert {row["region"]: Decimal(str(row["value"])) for row in rows} == {
        row["region"]: row["value"] for row in stated
    }
    assert {row["region"] for row in rows} == COUNTIES


def test_a_whole_table_has_every_figure_of_its_topic_that_nothing_else_divides(api: PxApi, service: str) -> None:
    undivided = dict.fromkeys(("industry", "product", "partner", "trade_mode"), "total")
    for table in ("TRADE", "FTZ"):
        cells = [row["value"] for row in api.get_table_data_all_iter(table, show="code") if row["value"] is not None]
        stated = observations(service, topic=table, variants="all", **undivided)
        assert len(cells) == len([row for row in stated if row["value"] is not None]) > 10


def test_every_table_is_taken_whole_in_one_question(api: PxApi) -> None:
    limit, cells = api.get_config()["maxDataCells"], 0
    for table in api.all_tables():
        variables = api.get_table_variables(table["id"])
        rows = api.get_table_data(table["id"], dict.fromkeys(variables, "*"))
        assert any(row["value"] is not None for row in rows) or len(rows) < 10
        cells += len(rows)
    assert 0 < cells < limit


def test_nothing_selected_gives_something(api: PxApi) -> None:
    for table in api.all_tables():
        assert api.get_table_data(table["id"])


def test_the_default_selection_goes_back_as_it_came(service: str) -> None:
    table = f"{service}/pxweb/v2/tables/TRADE"
    given = requests.get(f"{table}/defaultselection", timeout=60).json()
    answer = requests.post(f"{table}/data", json=given, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["value"] == requests.get(f"{table}/data", timeout=60).json()["value"]
