"""The same question gives the same rows, types and order in every format: figures by random questions, lists one by one."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indicators.rows import FULL
from tests.api import contract
from tests.api.contract import BASE, LISTS, Endpoint, ids, in_order
from tests.api.formats.file_readers import (
    as_csv,
    as_ndjson,
    as_parquet,
    as_xlsx,
    at,
    body,
    csv_rows,
    cube_rows,
    json_rows,
    ndjson_rows,
    parquet_rows,
    xlsx_rows,
)

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

QUICK = hypothesis_settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = [column.name for column in FULL]

narrowing = st.fixed_dictionaries(
    {},
    optional={
        "region": st.lists(st.sampled_from(["430281", "430223", "430000", "CN"]), min_size=1, unique=True).map(
            ",".join
        ),
        "within": st.sampled_from(["430000", "430200"]),
        "indicator": st.sampled_from(["TRADE_TOTAL", "GDP", "TRADE_TOTAL,INDUSTRY_OUTPUT"]),
        "year": st.sampled_from(["2024", "2020..2023", "..2019"]),
        "latest": st.sampled_from(["1", "2"]),
        "status": st.sampled_from(["A", "F"]),
        "variants": st.just("all"),
        "industry": st.just("total"),
        "lang": st.sampled_from(["zh", "en"]),
        "transform": st.sampled_from(["yoy", "diff", "rank", "index:2022"]),
    },
)
shaping = st.fixed_dictionaries(
    {},
    optional={
        "detail": st.sampled_from(["data", "standard", "full"]),
        "labels": st.sampled_from(["both", "code", "name"]),
        "ordering": st.sampled_from(["-series", "period", "-value", "region"]),
        "history": st.just("true"),
    },
)


@given(asked=narrowing, shaped=shaping, size=st.integers(20, 400))
@QUICK
def test_figures_are_the_same_in_every_format(client: Client, asked: Any, shaped: Any, size: int) -> None:
    question = {**asked, **shaped, **in_order(shaped.get("ordering", "series"))}
    rows = json_rows(client, "/observations", **question, page_size=size)
    assert_same(client, "/observations", question, rows)


@given(asked=narrowing)
@QUICK
def test_a_cube_has_the_same_figures(client: Client, asked: Any) -> None:
    question = {"region": "430281,430223,430200,CN", "indicator": "TRADE_TOTAL,GDP,TRADE_SHARE", **asked} | {
        "indicator": "TRADE_TOTAL"
    }
    rows = json_rows(client, "/observations", **question, detail="full", page_size=10_000)
    expected = [
        {
            **{name: row[name] for name in ("frequency", "region", "indicator", "accumulation", "unit", "period")},
            **{name: row[name] or "total" for name in ("industry", "product", "partner", "trade_mode")},
            "variant": row["variant"] or "preferred",
            "whole": row["whole"] or "none",
            **{name: row[name] for name in ("value", "status", "qualifier")},
        }
        for row in rows
    ]
    found = list(cube_rows(body(client, "/observations.jsonstat", **question)))
    by_code = json.dumps
    assert sorted(by_code(row, sort_keys=True, default=str) for row in found) == sorted(
        by_code(row, sort_keys=True, default=str) for row in expected
    )


@pytest.mark.parametrize("endpoint", **ids(LISTS))
def test_every_list_is_the_same_in_every_format(endpoint: Endpoint, client: Client) -> None:
    question = endpoint.part
    if "include" in endpoint.parameters and endpoint.name != "observation-list":  # phrases stand in JSON only
        question["include"] = ",".join(endpoint.parameters["include"].choices)
    path = endpoint.path().removeprefix(BASE)
    rows = json_rows(client, path, **question, page_size=1000)
    assert bool(rows) == (endpoint.name not in contract.EMPTY)
    assert_same(client, path, question, rows)


def assert_same(client: Client, path: str, question: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Names, cells and their types, and the order of the files of a question are those of its rows in JSON."""
    in_csv = csv_rows(body(client, f"{path}.csv", **question))
    parquet = body(client, path, **question, format="parquet")
    in_parquet = parquet_rows(parquet)
    in_ndjson = ndjson_rows(body(client, f"{path}.ndjson", **question))
    in_xlsx = xlsx_rows(body(client, f"{path}.xlsx", **question))
    schema = pq.read_schema(io.BytesIO(parquet))
    if rows:
        tops = [name.partition(".")[0] for name in schema.names]
        assert list(dict.fromkeys(tops)) == list(rows[0])
    paths = {name: name.split(".") for name in schema.names}
    assert in_csv == [{name: as_csv(at(row, way)) for name, way in paths.items()} for row in rows]
    assert in_ndjson == [{name: as_ndjson(at(row, way), name) for name, way in paths.items()} for row in rows]
    assert in_xlsx == [{name: as_xlsx(at(row, way), name) for name, way in paths.items()} for row in rows]
    assert in_parquet == [{name: as_parquet(at(row, way), name) for name, way in paths.items()} for row in rows]


def test_the_types_of_figures_in_parquet(client: Client) -> None:
    schema = pq.read_schema(
        io.BytesIO(body(client, "/observations.parquet", detail="full", transform="yoy", lang="en"))
    )
    coded = pa.dictionary(pa.int32(), pa.string())
    others = {
        "id": pa.int64(), "value": pa.float64(), "decimals": pa.int64(), "citation_count": pa.int64(),
        "period_start": pa.date32(), "period_end": pa.date32(), "updated": pa.timestamp("us", "UTC"),
        "derived_from": pa.list_(pa.int64()),
    }  # fmt: skip
    for field in schema:
        assert field.type == others.get(field.name, coded), field
        assert field.metadata[b"description"]
    footer = {name.decode(): text.decode() for name, text in schema.metadata.items()}
    assert footer["release"] == "2026-R1"
    assert footer["query"] == f"http://testserver{BASE}/observations.parquet?detail=full&transform=yoy&lang=en"
    assert "PERCENT" in footer["units"]
    assert "zhuzhou-county-trade" in footer["sources"]


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_wide_files_have_a_row_a_series_and_a_column_a_period(format_: str, client: Client) -> None:
    question = {"within": "430200", "year": "2022..2024"}
    read = {"csv": csv_rows, "xlsx": xlsx_rows}[format_]
    found = read(body(client, f"/observations.{format_}", **question, shape="wide"))
    lines = json_rows(client, "/observations", **question, shape="wide", page_size=10_000)
    as_cell = (lambda value, _: as_csv(value)) if format_ == "csv" else as_xlsx
    assert found == [{name: as_cell(value, name) for name, value in line.items()} for line in lines]
    assert {"2022", "2023", "2024"} <= set(found[0])
