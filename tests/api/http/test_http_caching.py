"""Conditional answers: a strong ETag that changes with the data, the question, the language and the format, and 304."""

from __future__ import annotations

import email.utils
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from curation.plans.imports import plan_import
from curation.releases.publication import ReleaseNotes, publish
from indicators.models import Observation
from regions.models import Region
from sources.models import Release
from sources.versions import forget_data_version
from tests.api.contract import BASE, DATA, Endpoint, ids
from tests.api.data.releasing import a_release, correct

pytestmark = pytest.mark.django_db


def tag(client: Client, path: str = f"{BASE}/regions", headers: Any = None, **query: Any) -> str:
    response = client.get(path, query, headers=headers or {})
    assert response.status_code == 200
    return str(response["ETag"])


@pytest.mark.stores_alike
@pytest.mark.parametrize("endpoint", **ids(DATA))
def test_a_current_etag_is_answered_304_before_any_data_query(endpoint: Endpoint, client: Client) -> None:
    path, query = endpoint.path(), endpoint.query | ({"page_size": "2"} if endpoint.enveloped else {})
    fresh = client.get(path, query)
    etag = fresh["ETag"]
    assert etag.startswith('"')
    assert etag.endswith('"')
    assert "public" in fresh["Cache-Control"]
    for matching in (etag, f'"other", {etag}', f"W/{etag}"):
        forget_data_version()
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path, query, headers={"If-None-Match": matching})
        assert response.status_code == 304
        assert response.content == b""
        assert response["ETag"] == etag
        assert response["Cache-Control"] == fresh["Cache-Control"]
        assert response["Vary"] == fresh["Vary"]
        assert "Content-Type" not in response
        assert all('FROM "sources_release"' in query["sql"] for query in queries), queries.captured_queries


def test_another_tag_is_answered_in_full(client: Client) -> None:
    response = client.get(f"{BASE}/regions", headers={"If-None-Match": '"other"'})
    assert (response.status_code, bool(response.content)) == (200, True)


def test_any_current_answer_matches_a_star_and_an_error_does_not(client: Client) -> None:
    response = client.get(f"{BASE}/regions", headers={"If-None-Match": "*"})
    assert (response.status_code, response.content) == (304, b"")
    assert client.get(f"{BASE}/regions?kind=x", headers={"If-None-Match": "*"}).status_code == 400


def test_head_is_conditional_too(client: Client) -> None:
    etag = tag(client)
    response = client.head(f"{BASE}/regions", headers={"If-None-Match": etag})
    assert (response.status_code, response["ETag"]) == (304, etag)


def test_the_etag_is_of_the_question_not_of_its_spelling(client: Client) -> None:
    asked = f"{BASE}/observations"
    one = tag(client, f"{asked}?region=430281&year=2024")
    assert tag(client, f"{asked}?year=2024&region=430281") == one
    assert tag(client, f"{asked}?year=2024&region=%34%33%30%32%38%31") == one
    others = [
        tag(client, f"{asked}?region=430281&year=2023"),
        tag(client, f"{asked}?region=430281"),
        tag(client, f"{asked}?region=430281&year=2024&lang=en"),
        tag(client, f"{asked}?region=430281&year=2024", headers={"Accept-Language": "en"}),
        tag(client, f"{BASE}/series?region=430281"),
        tag(client, f"{asked}?region=430281&year=2024", headers={"Accept": "application/json"}),
    ]
    assert len({one, *others}) == 1 + len(others)


def test_the_etag_of_another_language_does_not_match(client: Client) -> None:
    chinese = tag(client, headers={"Accept-Language": "zh"})
    response = client.get(f"{BASE}/regions", headers={"Accept-Language": "en", "If-None-Match": chinese})
    assert response.status_code == 200


def test_a_publication_changes_every_etag_and_last_modified(client: Client) -> None:
    paths = [endpoint.path() for endpoint in DATA if not endpoint.query]
    before = {path: client.get(path) for path in paths}
    topic = {"code": "TESTING", "name_zh": "测试", "name_en": "Testing", "order": "99"}
    released = publish(plan_import({"topics": [topic]}), ReleaseNotes(reason="a test"))
    assert released is not None
    forget_data_version()
    for path in paths:
        stale = before[path]["ETag"]
        response = client.get(path, headers={"If-None-Match": stale})
        assert response.status_code == 200
        assert response["ETag"] != stale
        at = email.utils.parsedate_to_datetime(response["Last-Modified"])
        assert abs((at - released.published_at).total_seconds()) <= 1
        assert at > email.utils.parsedate_to_datetime(before[path]["Last-Modified"])
    assert b"TESTING" in client.get(f"{BASE}/topics").content


def test_last_modified_is_the_newest_release(client: Client) -> None:
    newest = Release.objects.published()[0]
    at = email.utils.parsedate_to_datetime(client.get(f"{BASE}/units")["Last-Modified"])
    assert abs((at - newest.published_at).total_seconds()) <= 1


def test_of_pinned_figures_only_a_change_of_names_changes_the_etag(client: Client) -> None:
    pinned, open_ended = f"{BASE}/observations?region=430281&as_of=2026-R1", f"{BASE}/observations?region=430281"
    in_full, in_parquet = f"{pinned}&detail=full", pinned.replace("observations", "observations.parquet")
    asked = (pinned, pinned.replace("?", ".csv?"), open_ended, in_full, in_parquet)
    before = [tag(client, path) for path in asked]
    correct(
        Observation.objects.live().filter(series__key="A.430281.TRADE_TOTAL").latest("period"), "99.99", a_release()
    )
    after = [tag(client, path) for path in asked]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, True, False, False, False]
    Region.objects.filter(code="430281").update(name_zh="醴陵")
    a_release("2090-R2")
    assert tag(client, pinned) != before[0]
    assert "醴陵".encode() in client.get(pinned).content


def test_an_error_has_no_etag_and_is_not_kept(client: Client) -> None:
    for path in ("/regions?kind=x", "/regions/430999", "/nothing", "/regions?format=xls", "/regions.csv?page=1"):
        response = client.get(BASE + path)
        assert response.status_code >= 400
        assert "ETag" not in response
        assert "Last-Modified" not in response
        assert response["Cache-Control"] == "no-store"


def test_a_compressed_answer_is_the_same_answer(client: Client) -> None:
    for coding in ("gzip", "br", "zstd"):
        response = client.get(f"{BASE}/regions", headers={"Accept-Encoding": coding})
        assert response["Content-Encoding"] == coding
        assert "accept-encoding" in response["Vary"].lower()
        again = client.get(f"{BASE}/regions", headers={"Accept-Encoding": coding, "If-None-Match": response["ETag"]})
        assert again.status_code == 304
