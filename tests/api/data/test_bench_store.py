"""A store with made-up figures beside the curated ones answers as any other does."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from sources.models import Release
from tests.api.contract import BASE, ENDPOINTS

OF_THE_RELEASE = (
    "/releases/bench", "/releases/bench/changes", "/releases/bench/download.zip", "/releases/bench/download.parquet",
    "/releases.atom", "/observations?release=bench", "/observations?as_of=bench", "/observations?updated_after=2026-R1",
    "/series?topic=BENCH", "/indicators/BENCH_001", "/datasets/BENCH.jsonld", "/sources/bench",
    "/rankings?indicator=BENCH_001&period=2020&kind=county",
)  # fmt: skip

OF_FIGURES = ("observation-list", "series-list", "indicator-list", "ranking-list", "availability-list")


@pytest.mark.stores_alike
@pytest.mark.django_db(transaction=True)
def test_every_endpoint_answers_and_figures_in_every_format(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        monkeypatch.context() as renamed
    ):  # no longer than that: a store in memory that is called otherwise can be closed
        renamed.setitem(connection.settings_dict, "NAME", "bench")
        call_command("make_bench_data", observations=600, years=10, verbosity=0)
    assert Release.objects.published().values_list("version", flat=True)[0] == "bench"
    asked: list[tuple[str, Any]] = [(BASE + path, {}) for path in OF_THE_RELEASE]
    for endpoint in ENDPOINTS:
        path = endpoint.path()
        if endpoint.name in OF_FIGURES:  # the other lists have the curated rows alone
            asked += [(path, endpoint.part | {"format": name}) for name in endpoint.formats[1:]]
        asked.append((path, endpoint.query))
    for path, query in asked:
        response = client.get(path, query)
        content = response.getvalue()
        of_a_cube = query.get("format") == "jsonstat" and b"too_large" in content
        assert response.status_code in (200, 302) or of_a_cube, (path, query, content[:500])
