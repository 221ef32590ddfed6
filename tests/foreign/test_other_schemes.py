"""A classification that divides no figures: it comes in as any record, is shown before it is public, and is found and listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from curation.batches.observation_previews import coming_names, public_rows
from curation.models import Verdict
from curation.plans.imports import plan_import
from curation.releases.publication import ReleaseNotes, publish
from curation.roles import CURATOR
from indicators.labels import labels
from tests.api.contract import BASE, BY_NAME
from tests.api.http.test_openapi import operation_of
from tests.builder import cells_of, liling
from tests.conftest import keep_again, kept_now
from tests.curation.people import draft, person
from tests.foreign import addresses
from tests.foreign.walking import broken_pages, failures
from words.documents import KINDS, NAMED_KINDS

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

# One whose code is the word for another kind of thing as well.
SCHEMES = ["SERVICE", "REGION"]
ONE_OF_THEM = pytest.mark.parametrize("published", SCHEMES[:1], indirect=True)


def rows(scheme: str) -> dict[str, list[dict[str, str]]]:
    """A classification with two members, an industry, and a figure of that industry."""
    names = {"name_zh": "甲类", "name_en": "Kind of service"}
    return {
        "schemes": [{"code": scheme, "name_zh": "服务", "name_en": "Services"}],
        "categories": [
            {"scheme": scheme, "code": "T_ALPHA", **names}, {"scheme": scheme, "code": "T_BETA", "parent": "T_ALPHA", **names},
            {"scheme": "INDUSTRY", "code": "T_GLASS", "name_zh": "玻璃制品", "name_en": "Glassware"},
        ],
        "observations": [liling(industry="T_GLASS", value="2")],
    }  # fmt: skip


@pytest.fixture(scope="module", params=SCHEMES)
def published(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The code of one that was published."""
    before = kept_now()
    with django_db_blocker.unblock(), transaction.atomic():
        publish(plan_import(rows(request.param)), ReleaseNotes(reason="a test"))
        keep_again({})
        yield request.param
        transaction.set_rollback(True)
    keep_again(before)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_batch_with_it_is_shown_before_it_is_public(scheme: str, client: Client) -> None:
    maker = person("curator", CURATOR)
    batch = draft(maker, **rows(scheme))
    assert not batch.rows.filter(verdict=Verdict.ERROR).exists()
    figures = list(batch.rows.filter(table="observations"))
    (row,) = public_rows(batch, figures)
    assert (row["industry"], row["value"]) == ("T_GLASS", "2")
    assert "T_ALPHA" not in coming_names(batch).industries.key
    client.force_login(maker)
    page = reverse("admin:curation_importbatch_change", args=(batch.pk,))
    assert broken_pages(client, [(page, {"show": shown}) for shown in ("rows", "public", "checks")]) == []
    assert "T_GLASS" in client.get(page, {"show": "public"}).content.decode()


def test_published_it_is_listed_and_found_and_every_face_answers(published: str, client: Client) -> None:
    found = orjson.loads(client.get(f"{BASE}/classifications/{published.lower()}").content)
    assert [category["code"] for category in found["categories"]] == ["T_ALPHA", "T_BETA"]
    assert labels().industries.key.keys().isdisjoint({"T_ALPHA", "T_BETA"})
    description: Any = orjson.loads(client.get(f"{BASE}/openapi.json").content)
    row = description["components"]["schemas"]["FoundRow"]["properties"]["kind"]
    for name, kinds in (("search-list", KINDS), ("resolve-list", NAMED_KINDS)):
        taken = next(p for p in operation_of(description, BY_NAME[name])["parameters"] if p["name"] == "kind")
        assert taken["schema"]["items"]["enum"] == list(kinds)
        hits = orjson.loads(client.get(BY_NAME[name].path(), {"q": "Kind of service", "kind": "category"}).content)[
            "results"
        ]
        assert [(hit["kind"], hit["code"]) for hit in hits] == [("category", "T_ALPHA"), ("category", "T_BETA")]
        assert {hit["kind"] for hit in hits} <= set(row["enum"])
        for hit in hits:
            assert orjson.loads(client.get(hit["href"]).content)["code"] == published
    counted = orjson.loads(client.get(f"{BASE}/search", {"q": "Kind of service", "facets": "true"}).content)["facets"][
        "kind"
    ]
    assert counted["category"] == 2


@ONE_OF_THEM
def test_with_it_every_address_answers(published: str, client: Client) -> None:
    assert failures(client, addresses.once()) == []


@ONE_OF_THEM
def test_an_unknown_near_word_is_answered_by_what_is_like_it(published: str, client: Client) -> None:
    hits = orjson.loads(client.get(f"{BASE}/search", {"q": "Kind of servise"}).content)["results"]
    assert hits[0]["kind"] == "category"


@ONE_OF_THEM
def test_its_members_are_no_industries(published: str) -> None:
    """Neither of a figure, nor of a tier, nor of a measure."""
    measure = cells_of("measures", code="county-campaign-2025")
    tier = cells_of("industry_tiers", region__code="430281", industry__code="CERAMICS")
    for table, cells in (
        ("observations", liling(industry="T_ALPHA")),
        ("measures", {**measure, "industries": "T_ALPHA"}),
        ("industry_tiers", {**tier, "industry": "T_ALPHA"}),
    ):
        ((_, row),) = plan_import({table: [cells]}).rows(Verdict.ERROR)
        assert [error["column"] for error in row.errors] == ["industries" if table == "measures" else "industry"]
