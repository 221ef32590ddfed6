"""/structure: indices with what they were made of, and what is missing where there is none; the tiers of industries."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from indicators.labels import labels
from indicators.models import IndustryTier, Observation
from sources.models import Citation
from tests.api.contract import BASE, error_of

Read = Callable[..., Any]

pytestmark = pytest.mark.django_db


def test_trade_among_the_four_counties_of_zhuzhou(read: Read) -> None:
    """41.25, 5.86, 2.51 and 1.19 of 50.81: the squares of the shares add up to 1743.6183 / 2581.6561 = 0.6754."""
    (row,) = read("/structure/concentration", region="ZZ-COUNTIES", period="2024")["results"]
    assert (row["herfindahl"], row["lowest"], row["normalised"]) == (0.6754, 0.25, 0.5672)
    values = {part["region"]: Decimal(str(part["figure"]["value"])) for part in row["parts"]}
    assert sum(values.values()) == Decimal(str(row["whole"]["value"]))
    assert row["missing"] == []
    for part in row["parts"]:
        stated = Observation.objects.get(pk=part["figure"]["observation"])
        assert stated.series.key == part["figure"]["series"] == f"A.{part['region']}.TRADE_TOTAL"


def test_what_is_missing_is_named(read: Read) -> None:
    (row,) = read("/structure/concentration", region="430200", period="2024")["results"]
    assert row["herfindahl"] is None
    missing = {lack["region"]: lack["reason"] for lack in row["missing"]}
    assert missing == {
        "430202": "no_value", "430203": "no_value", "430204": "no_value", "430211": "no_value", "430212": "not_exact",
    }  # fmt: skip
    (row,) = read("/structure/specialisation", region="430281", reference="430224")["results"]
    assert row["krugman"] is None
    assert {"reason": "not_additive", "region": None, "category": None} in row["missing"]
    assert {"reason": "no_value", "region": "430224", "category": "CERAMICS"} in row["missing"]
    openness = {row["region"]: row for row in read("/structure/openness", year="2024", within="430200")["results"]}
    assert (openness["430281"]["openness"], openness["430281"]["missing"]) == (None, ["GDP"])
    assert (openness["ZZ-COUNTIES"]["openness"], openness["ZZ-COUNTIES"]["missing"]) == (2.76, [])


def test_the_tiers_of_the_four_counties(read: Read) -> None:
    rows = read("/structure/tiers", within="430200", kind="county")["results"]
    assert [row["region"] for row in rows] == ["430223", "430224", "430225", "430281"]
    liling = rows[-1]
    assert [found["industry"] for found in liling["leading"]] == ["CERAMICS", "FIREWORKS"]
    assert [found["output"]["value"] for found in liling["leading"]] == [740, 207]
    assert [found["industry"] for found in liling["potential"]] == ["CHILLI"]
    for row in rows:
        held = {tier: row[tier] for tier in ("leading", "supporting", "potential")}
        assert row["missing"] == [tier for tier, industries in held.items() if industries is None]
        for found in (found for industries in held.values() for found in industries or ()):
            assert found["assertion"] == "inferred"
            assert found["note"]
            assert Citation.objects.filter(code__in=found["citations"]).count() == len(found["citations"]) > 0


def test_tiers_by_industry_give_the_whole_map_of_each_region(read: Read) -> None:
    rows = read("/structure/tiers", industry="TEA")["results"]
    assert {row["region"] for row in rows} == {"350524", "430224"}
    assert [found["industry"] for found in rows[1]["leading"]] == ["AGRI_PROCESSING"]
    assert read("/structure/tiers", region="430100")["warnings"][0]["code"] == "no_rows"


def test_drafts_are_in_no_tier(read: Read) -> None:
    IndustryTier.objects.filter(region__code="430281", industry__code="CERAMICS").update(released=None)
    (row,) = read("/structure/tiers", region="430281")["results"]
    assert [found["industry"] for found in row["leading"]] == ["FIREWORKS"]


def test_what_is_required_and_what_is_unknown(client: Client) -> None:
    assert error_of(client.get(f"{BASE}/structure/concentration"), "region")["code"] == "required"
    assert error_of(client.get(f"{BASE}/structure/specialisation?region=430281"), "reference")["code"] == "required"
    refused = client.get(f"{BASE}/structure/specialisation?region=430281&reference=430224&by=industri")
    assert error_of(refused, "by")["did_you_mean"] == "industry"


def test_the_same_number_of_queries_for_one_row_and_for_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.versions.SECONDS", 3600)  # a slow machine asks for the data version no more often
    labels()

    def queries(path: str) -> int:
        client.get(f"{BASE}/config")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"{BASE}{path}").status_code == 200
        return len(asked)

    for path in ("/structure/openness?", "/structure/tiers?", "/targets?", "/targets?result=unknown&"):
        assert queries(f"{path}page_size=1") == queries(f"{path}page_size=100") <= 10
