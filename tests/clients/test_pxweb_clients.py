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
    assert {"OBS", "TRADE"} <= tables.keys()
    assert api.number_of_tables == len(tables)
    assert "TRADE" in [table["id"] for table in api.search("Liling")["tables"]]
    assert api.tables_on_path("TRADE")[0]["id"] == "TRADE"
    variables = api.get_table_variables("TRADE")
    assert variables["region"]["category"]["label"]["430281"] == "Liling City"
    assert variables["product"]["elimination"]
    assert not variables["region"]["elimination"]


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


def test_a_whole_table_has_every_figure_of_its_topic(api: PxApi, service: str) -> None:
    for table in ("TRADE", "FTZ"):
        cells = [row["value"] for row in api.get_table_data_all_iter(table, show="code") if row["value"] is not None]
        stated = [row for row in observations(service, topic=table, variants="all") if row["value"] is not None]
        assert len(cells) == len(stated) > 10


def test_nothing_selected_gives_something(api: PxApi) -> None:
    for table in api.all_tables():
        assert any(row["value"] is not None for row in api.get_table_data(table["id"]))


def test_more_than_the_limit_is_refused_with_a_way_out(api: PxApi, service: str) -> None:
    everything = {"selection": [{"variableCode": name, "valueCodes": ["*"]} for name in api.get_table_variables("OBS")]}
    answer = requests.post(f"{service}/pxweb/v2/tables/OBS/data", json=everything, timeout=60)
    assert answer.status_code == 403
    assert str(api.get_config()["maxDataCells"]) in answer.json()["detail"]
