"""Each line of tests/api/http/rows_of_dialects.py, put to a running service; bodies also in chunks, without a length."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.api.http.rows_of_dialects import DATA, GOOD, ROWS, Row


def in_chunks(content: bytes) -> Iterator[bytes]:
    yield content[:7]
    yield content[7:]


def assert_as_promised(answer: requests.Response, row: Row) -> None:
    assert answer.status_code == row.status, answer.text[:1000]
    if row.status >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
    if row.status == 400:
        assert [(error["parameter"], error["code"]) for error in answer.json()["errors"]] == [(row.named, row.code)]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_request_gets_what_is_promised(row: Row, service: str) -> None:
    method = "GET" if row.content is None else "POST"
    answer = requests.request(method, service + row.asked, data=row.content, headers=row.headers, timeout=60)
    assert_as_promised(answer, row)


@pytest.mark.parametrize("row", [row for row in ROWS if row.content], ids=str)
def test_a_body_in_chunks_gets_the_same(row: Row, service: str) -> None:
    answer = requests.post(service + row.asked, data=in_chunks(row.content or b""), headers=row.headers, timeout=60)
    assert_as_promised(answer, row)


def test_a_body_in_chunks_is_read(service: str) -> None:
    whole = requests.post(f"{service}{DATA}", data=GOOD, headers={"Content-Type": "application/json"}, timeout=60)
    parts = requests.post(
        f"{service}{DATA}", data=in_chunks(GOOD.encode()), headers={"Content-Type": "application/json"}, timeout=60
    )
    assert parts.json()["value"] == whole.json()["value"] == [41.25]
