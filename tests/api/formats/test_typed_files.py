"""Typed files: numbers that tools calculate with and that keep 15 digits, moments to the microsecond."""

from __future__ import annotations

import datetime
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api.formats import parquet, xlsx
from api.formats.tables import About, Column, Table
from sources.models import Release
from tests.api.formats.file_readers import body

pytestmark = pytest.mark.django_db
QUICK = hypothesis_settings(deadline=None, max_examples=20, database=None, suppress_health_check=list(HealthCheck))
DIGITS = st.integers(-(10**15) + 1, 10**15 - 1)


def table_of(values: list[str | None]) -> Table:
    return Table("values", [Column("value", "number")], lambda _: iter([[values]]), About)


@given(whole=st.lists(DIGITS, min_size=1, max_size=50), decimals=st.integers(0, 15))
@QUICK
def test_fifteen_digits_come_back_from_parquet_and_from_xlsx(whole: list[int], decimals: int, tmp_path: Path) -> None:
    values = [Decimal(number).scaleb(-decimals) for number in whole]
    table = table_of([f"{value:f}" for value in values])
    parquet.write(table, tmp_path / "values.parquet")
    read = pq.read_table(tmp_path / "values.parquet")["value"].to_pylist()
    assert [Decimal(f"{number:.15g}") for number in read] == values
    xlsx.write(table, tmp_path / "values.xlsx")
    lines = openpyxl.load_workbook(tmp_path / "values.xlsx").worksheets[0].iter_rows(min_row=2, values_only=True)
    assert [Decimal(f"{number:.15g}") for (number,) in lines] == values


def test_values_are_calculated_with_as_they_come(client: Client) -> None:
    asked: dict[str, Any] = {"indicator": "TRADE_TOTAL", "unit": "CNY", "detail": "full"}
    column = pq.read_table(io.BytesIO(body(client, "/observations.parquet", **asked)))["value"]
    held = [number for number in column.to_pylist() if number is not None]
    assert pc.mean(column).as_py() == pytest.approx(sum(held) / len(held))
    assert pc.sum(pc.multiply(column, column)).as_py() == pytest.approx(sum(number * number for number in held))


def test_codes_are_texts_in_the_data_package(client: Client) -> None:
    package = json.loads(body(client, "/datapackage.json"))
    for resource in package["resources"]:
        schema = resource["schema"]
        types = {field["name"]: field["type"] for field in schema["fields"]}
        keys = {*schema.get("primaryKey", ()), *(link["fields"][0] for link in schema.get("foreignKeys", ()))}
        coded = {*keys, "period", "release"} & types.keys() - {"id", "observation"}  # which are numbers of rows
        assert {types[name] for name in coded} <= {"string"}


def test_a_release_of_any_microsecond_is_in_every_file(client: Client) -> None:
    at = datetime.datetime(2026, 11, 1, 8, 30, 0, 123457, datetime.UTC)
    Release.objects.filter(version="2026-R1").update(published_at=at)
    rows = pq.read_table(io.BytesIO(body(client, "/releases.parquet"))).to_pylist()
    assert [row["published_at"] for row in rows] == [at]
    assert b"2026-11-01T08:30:00.123457Z" in body(client, "/releases.csv")
    assert body(client, "/releases.xlsx")
    updated = pq.read_table(io.BytesIO(body(client, "/observations.parquet", detail="full")))["updated"][0].as_py()
    assert updated == at.replace(microsecond=0)  # as in JSON
