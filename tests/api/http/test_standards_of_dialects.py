"""Each line of rows_of_dialects.py, put to the application; and what takes more than a line."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.test import Client

from tests.api.contract import problem_of
from tests.api.http.rows_of_dialects import DATA, ROWS, Row

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_request_gets_what_is_promised(row: Row, client: Client) -> None:
    if row.content is None:
        answer = client.get(row.asked)
    else:
        kind, others = row.headers["Content-Type"], {n: t for n, t in row.headers.items() if n != "Content-Type"}
        answer = client.post(row.asked, row.content, content_type=kind, headers=others)
    if row.status < 400:
        assert answer.status_code == row.status, answer.content.decode()[:1000]
        return
    problem = problem_of(answer, row.status)
    if row.status == 400:
        assert [(error["parameter"], error["code"]) for error in problem["errors"]] == [(row.named, row.code)]


def test_a_list_and_the_codes_of_a_variable_are_of_one_variable_however_it_is_spelled(client: Client) -> None:
    asked = {"valueCodes[indicator]": "TRADE_TOTAL", "valuecodes[REGION]": "*", "codelist[Region]": "vs_TRADE_region_county",
             "valueCodes[TIME]": "2024", "heading": "Time", "stub": "Indicator,REGION"}  # fmt: skip
    answer = client.get(DATA, asked)
    assert answer.status_code == 200, answer.content.decode()
    dataset: Any = orjson.loads(answer.content)
    listed = orjson.loads(client.get("/pxweb/v2/codelists/vs_TRADE_region_county").content)["values"]
    assert list(dataset["dimension"]["region"]["category"]["index"]) == [value["code"] for value in listed]


@pytest.mark.parametrize(
    "address",
    ["/pxweb/v2/tables/TRADE/data?outputFormat=csv", "/sdmx/2.1/data/TRADE?format=csv", "/sdmx/3.0/data?format=csv"],
)
def test_a_csv_of_a_dialect_points_to_what_describes_it(address: str, client: Client) -> None:
    answer = client.get(address)
    assert answer["Content-Type"].partition(";")[0] in ("text/csv", "application/vnd.sdmx.data+csv")
    described = answer["Link"].split(">")[0].removeprefix("<")
    assert client.get(described).status_code == 200
