"""Files of the service as rows, by readers that the service itself does not use, and what JSON has in the same cells."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import openpyxl
import pyarrow.parquet as pq
from django.test import Client

from tests.api.contract import BASE

Rows = list[dict[str, Any]]
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def body(client: Client, path: str, **query: Any) -> bytes:
    """The content of a good answer below /api/v1."""
    response = client.get(BASE + path, query)
    content = response.getvalue()
    assert response.status_code == 200, content[:1000]
    return bytes(content)


def json_rows(client: Client, path: str, **query: Any) -> Rows:
    """All rows of a list, page by page, with numbers as they are written."""
    rows: Rows = []
    address = f"{BASE}{path}"
    while address:
        answer = client.get(address, query)
        assert answer.status_code == 200, answer.content[:1000]
        page = json.loads(answer.content, parse_float=Decimal)
        rows += page["results"]
        parts, query = urlsplit(page["next"] or ""), {}
        address = f"{parts.path}?{parts.query}" if page["next"] else ""
    return rows


def csv_rows(content: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


def xlsx_rows(content: bytes) -> Rows:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    lines = sheet.iter_rows(values_only=True)
    names = next(lines)
    return [dict(zip(names, line, strict=True)) for line in lines]


def parquet_rows(content: bytes) -> Rows:
    return pq.read_table(io.BytesIO(content)).to_pylist()


def ndjson_rows(content: bytes) -> Rows:
    return [json.loads(line, parse_float=Decimal) for line in content.splitlines()]


def as_ndjson(value: Any, name: str) -> Any:
    """As JSON has it; what a column cannot hold is told as in Parquet."""
    return as_parquet(value, name) if isinstance(value, dict | list) else value


def at(value: Any, path: list[str]) -> Any:
    """What a column named `a.b` has of a row of JSON."""
    for name, rest in ((path[0], path[1:]),) if path else ():
        if isinstance(value, list):
            return [at(item, path) for item in value]
        return at(value.get(name), rest) if value is not None else None
    return value


def as_json(record: dict[str, Any]) -> str:
    """A record in one cell, its numbers with the decimals that were stated."""
    cells = (
        (name, cell if isinstance(cell, Decimal | int) else json.dumps(cell, ensure_ascii=False))
        for name, cell in record.items()
    )
    return "{" + ",".join(f'"{name}":{cell}' for name, cell in cells) + "}"


def as_csv(value: Any) -> str:
    if isinstance(value, dict):
        return as_json(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = ";".join(map(_item, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if isinstance(value, str | list) and text.startswith(FORMULA) else text


def _item(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def as_xlsx(value: Any, name: str) -> Any:
    """Codes and names are texts, numbers are numbers, days and moments are dates."""
    if isinstance(value, dict):
        return as_json(value)
    if isinstance(value, list):
        return ";".join(map(_item, value)) or None
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return float(value)
    if name in ("period_start", "period_end", "valid_from", "valid_to"):
        return datetime.datetime.fromisoformat(value)
    return datetime.datetime.fromisoformat(value).replace(tzinfo=None) if name in MOMENTS else value


MOMENTS = ("updated", "published_at")


def as_parquet(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return as_json(value)
    if isinstance(value, list):  # of texts, but for the ids that a figure was computed from
        return value if name == "derived_from" else [None if item is None else _item(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str) and name in ("period_start", "period_end", "valid_from", "valid_to"):
        return datetime.date.fromisoformat(value)
    return datetime.datetime.fromisoformat(value) if isinstance(value, str) and name in MOMENTS else value


def cube_rows(content: bytes) -> Iterator[dict[str, Any]]:
    """The places of a JSON-stat cube that hold something: code by dimension, value, status and qualifier."""
    cube = json.loads(content, parse_float=Decimal)
    assert (cube["version"], cube["class"]) == ("2.0", "dataset")
    categories = [cube["dimension"][name]["category"]["index"] for name in cube["id"]]
    assert [len(codes) for codes in categories] == cube["size"]
    values, marks = cube["value"], cube["extension"]["qualifier"]
    for place, codes in enumerate(itertools.product(*categories)):
        value = values[place] if isinstance(values, list) else values.get(str(place))
        status = cube["status"].get(str(place), "A")
        if value is not None or status != "A":
            row = dict(zip(cube["id"], codes, strict=True))
            yield {**row, "value": value, "status": status, "qualifier": marks.get(str(place), "exact")}
