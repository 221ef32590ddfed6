"""Every list costs the same number of queries, however many rows it has."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from indicators.labels import labels
from words.index import index

LISTS = [
    "/regions", "/topics", "/units", "/classifications", "/classifications/INDUSTRY", "/categories", "/indicators",
    "/observations",
    "/observations?detail=full", "/series", "/checks", "/sources", "/citations", "/releases", "/policies/documents",
    "/policies/domains", "/policies/measures", "/policies/measures?include=events,relations,evidence,indicators",
    "/targets", "/targets?result=unknown", "/structure/openness",
    "/structure/tiers", "/structure/concentration?region=ZZ-COUNTIES", "/regions/430281/policies",
    "/structure/specialisation?region=430281&reference=430224",
    "/policies/measures/counts", "/policies/measures/counts?by=year&view=stock", "/policies/measures?in_force_on=2024-01-01",
    "/policies/match?region=430281", "/policies/match?region=430281&industry=CERAMICS&need=logistics&include=events,evidence",
    "/policies/match?q=%E7%A4%BC%E9%99%B6+logistics", "/policies/replications", "/search?q=a", "/resolve?q=a",
]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_same_number_of_queries_at_2_rows_and_at_200(
    path: str, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.versions.SECONDS", 3600)  # a slow machine asks for the data version no more often
    labels()
    index()  # both are read once per data version, not per request
    few, many = (_queries(client, path, size) for size in (2, 200))
    assert many <= few <= 25  # a page that ends its list is not counted, so it asks less


def _queries(client: Client, path: str, size: int) -> int:
    paged = not path.startswith("/classifications/")
    sized = f"{path}{'&' if '?' in path else '?'}page_size={size}" if paged else path
    client.get("/api/v1/config")  # the data version is known
    with CaptureQueriesContext(connection, ) as queries:  # fmt: skip
        response: Any = client.get(f"/api/v1{sized}")
    assert response.status_code == 200, response.content
    return len(queries)
