"""The SDMX faces over HTTP: the rules of every other endpoint, and SDMX's own negotiation."""

from __future__ import annotations

import gzip
from urllib.parse import quote

import orjson
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api.http.limits import AddressThrottle
from indicators.labels import labels
from indicators.reading import TooLarge
from sources.versions import forget_data_version
from tests.api.contract import error_of, problem_of
from tests.api.sdmx.sdmx_reading import (
    BASE,
    body,
)

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]


LILING = "2.1/data/OBS/A.430281.TRADE_TOTAL......."
ADDRESSES = [
    LILING, "2.1/data/OBS", "2.1/dataflow", "2.1/datastructure/HNOT/DSD_OBS/1.0", "2.1/codelist/HNOT/CL_AREA",
    "2.1/availableconstraint/OBS", "2.1/contentconstraint", "3.0/structure/dataflow", "3.0/data",
    "3.0/data/dataflow/HNOT/TRADE/1.0.0/*", "3.0/availability/dataflow/HNOT/TRADE",
    "3.0/schema/dataflow/HNOT/TRADE/~", "2.1/schema/datastructure/HNOT/DSD_OBS",
]  # fmt: skip
VND = "application/vnd.sdmx."
of_every_address = pytest.mark.parametrize("path", ADDRESSES)


# As every other endpoint ---------------------------------------------------------------------------------------------


@of_every_address
def test_an_answer_has_the_headers_of_every_answer(path: str, client: Client) -> None:
    response = client.get(f"{BASE}/{path}", headers={"Origin": "https://example.org"})
    assert len(body(response)) > 100
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["ETag"].startswith('"')
    assert response["Cache-Control"] == "public, max-age=30, stale-while-revalidate=30"
    assert response["Content-Language"] == "zh"
    assert {"Accept", "Accept-Language"} <= set(response["Vary"].split(", "))
    assert 'rel="license"' in response["Link"]
    assert response["RateLimit-Policy"]
    assert response["X-Request-Id"]
    assert "Last-Modified" in response


@of_every_address
def test_a_current_etag_is_answered_304_before_any_data_query(path: str, client: Client) -> None:
    etag = client.get(f"{BASE}/{path}")["ETag"]
    forget_data_version()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"{BASE}/{path}", headers={"If-None-Match": etag})
    assert (response.status_code, response.content) == (304, b"")
    assert all('FROM "sources_release"' in query["sql"] for query in queries)


@of_every_address
def test_head_says_the_same_without_a_body(path: str, client: Client) -> None:
    got, head = client.get(f"{BASE}/{path}"), client.head(f"{BASE}/{path}")
    got.getvalue()
    assert head.status_code == 200
    assert head.getvalue() == b""
    for name in ("Content-Type", "ETag", "Cache-Control", "Vary", "Content-Language"):
        assert head[name] == got[name]


@of_every_address
def test_the_same_question_has_the_same_bytes(path: str, client: Client) -> None:
    assert body(client.get(f"{BASE}/{path}")) == body(client.get(f"{BASE}/{path}"))


@of_every_address
@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_writing_is_refused(verb: str, path: str, client: Client) -> None:
    response = getattr(client, verb)(f"{BASE}/{path}")
    problem_of(response, 405)
    assert "GET" in response["Allow"]


@of_every_address
def test_unknown_parameters_are_refused_with_the_nearest(path: str, client: Client) -> None:
    error = error_of(client.get(f"{BASE}/{path}", {"formt": "json"}), "formt")
    assert (error["code"], error["did_you_mean"]) == ("unknown_parameter", "format")


@of_every_address
def test_a_trailing_slash_redirects(path: str, client: Client) -> None:
    response = client.get(f"{BASE}/{path}/", {"lang": "en"})
    assert (response.status_code, response["Location"]) == (308, f"http://testserver{BASE}/{path}?lang=en")


@pytest.mark.parametrize(
    "path", ["", "/2.1", "/2.2/data/OBS", "/2.1/data", "/3.0/structure", "/3.0/datas", "/2.1/a/b/c/d/e/f"]
)
def test_addresses_that_lead_nowhere_are_problems(path: str, client: Client) -> None:
    problem_of(client.get(f"{BASE}{path}"), 404)


def test_too_many_requests_are_told_when_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AddressThrottle, "rate", "1/min", raising=False)
    assert client.get(f"{BASE}/2.1/dataflow").status_code == 200
    response = client.get(f"{BASE}/2.1/dataflow")
    problem_of(response, 429)
    assert int(response["Retry-After"]) > 0


def test_a_question_that_takes_too_long_is_a_problem(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object) -> None:
        raise TooLarge

    monkeypatch.setattr("api.sdmx.data_query.stream", too_large)
    assert error_of(client.get(f"{BASE}/2.1/data/OBS"), "query")["code"] == "too_large"


def test_a_store_that_cannot_be_reached_is_a_problem(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("api.sdmx.data_query.stream", gone)
    assert problem_of(client.get(f"{BASE}/2.1/data/OBS"), 503)


@pytest.mark.parametrize(
    "path", [each for each in ADDRESSES if each.split("/")[1] not in ("data", "availability", "availableconstraint")]
)
def test_structures_ask_the_store_once_a_data_version(
    path: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.versions.SECONDS", 3600)
    client.get(f"{BASE}/{path}")
    with CaptureQueriesContext(connection) as queries:
        body(client.get(f"{BASE}/{path}"))
    assert not queries.captured_queries


@pytest.mark.parametrize("name", ["genericdata", "structurespecificdata", "jsondata", "csvdata"])
def test_data_cost_the_same_number_of_queries_however_many(
    name: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.versions.SECONDS", 3600)
    labels()
    client.get(f"{BASE}/2.1/dataflow")
    numbers = []
    for path in (LILING, "2.1/data/OBS"):
        with CaptureQueriesContext(connection) as queries:
            body(client.get(f"{BASE}/{path}", {"format": name}))
        numbers.append(len([query for query in queries if "observation" in query["sql"]]))
    assert numbers[0] == numbers[1] <= 2


@pytest.mark.parametrize("path", ["2.1/data/OBS", "2.1/data/OBS?format=csv", "2.1/structure", "3.0/data"])
def test_answers_travel_compressed(path: str, client: Client) -> None:
    plain = body(client.get(f"{BASE}/{path}"))
    for encoding in ("gzip", "br", "zstd"):
        response = client.get(f"{BASE}/{path}", headers={"Accept-Encoding": encoding})
        assert response["Content-Encoding"] == encoding
        assert "accept-encoding" in response["Vary"].lower()
        packed = body(response)
        assert len(packed) < len(plain) / 2
        if encoding == "gzip":
            assert gzip.decompress(packed) == plain


WORDS = st.one_of(
    st.sampled_from(
        ["", "*", "all", "A", "A.430281", "..+..", "OBS", "HNOT", "ge:", "ge:2024+le:2020", "lt:0001-01-01", "gt:9999-12-31",
         "2024-02-30", "2024-Q9", "ne:A,ne:Q", "none", "true", "-1", "1" * 30, "\x00", "%", "~", "+"]
    ),
    st.text(min_size=1, max_size=20),
)  # fmt: skip
NAMES = ["c[FREQ]", "c[REF_AREA]", "c[TIME_PERIOD]", "startPeriod", "endPeriod", "detail", "references", "updatedAfter",
         "includeHistory", "lastNObservations", "asOf", "attributes", "mode", "format", "lang"]  # fmt: skip
FACES = ["2.1/data", "2.1/availableconstraint", "2.1/codelist", "3.0/data/dataflow", "3.0/availability/dataflow",
         "3.0/structure"]  # fmt: skip


@hypothesis_settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    face=st.sampled_from(FACES),
    segments=st.lists(WORDS, max_size=5),
    parameters=st.dictionaries(st.sampled_from(NAMES), WORDS, max_size=3),
)
def test_whatever_is_asked_is_answered(
    face: str, segments: list[str], parameters: dict[str, str], client: Client
) -> None:
    path = "/".join(quote(segment.replace("/", ""), safe="+*,.") for segment in segments)
    response = client.get(f"{BASE}/{face}/{path}", parameters)
    assert response.status_code in (200, 308, 400, 404), response.content
    if response.status_code == 200:
        assert len(body(response)) > 100


# SDMX's own negotiation ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        (LILING, None, "genericdata+xml;version=2.1"),
        (LILING, "*/*", "genericdata+xml;version=2.1"),
        (LILING, "application/*", "genericdata+xml;version=2.1"),
        (LILING, "application/xml", "genericdata+xml;version=2.1"),
        (LILING, "text/xml;q=0.5, application/json;q=0.9", "data+json;version=1.0.0"),
        (LILING, f"{VND}structurespecificdata+xml;version=2.1", "structurespecificdata+xml;version=2.1"),
        (LILING, f"{VND}genericdata+xml;version=2.1;q=0.2, {VND}data+csv;q=0.4", "data+csv;version=1.0.0"),
        (LILING, f"{VND}data+csv;version=1.0.0", "data+csv;version=1.0.0"),
        (LILING, f"{VND}data+json;version=1.0", "data+json;version=1.0.0"),
        (LILING, f"{VND}data+json;version=2.0.0, */*;q=0.1", "genericdata+xml;version=2.1"),
        (LILING, "text/csv", "data+csv;version=1.0.0"),
        ("2.1/dataflow", None, "structure+xml;version=2.1"),
        ("2.1/dataflow", f"{VND}structure+xml;version=2.1", "structure+xml;version=2.1"),
        ("2.1/dataflow", f"{VND}structure+json;version=1.0", "structure+json;version=1.0"),
        ("3.0/structure/dataflow", "*/*", "structure+json;version=2.0.0"),
        ("3.0/structure/dataflow", f"{VND}structure+json;version=2.0.0", "structure+json;version=2.0.0"),
        ("3.0/data", "*/*", "data+json;version=2.0.0"),
        ("3.0/data", f"{VND}data+csv;version=2.0.0;labels=id", "data+csv;version=2.0.0"),
        ("3.0/data", f"{VND}data+csv;version=2.0.0;labels=both", "data+csv;version=2.0.0"),
    ],
)
def test_the_format_is_what_is_accepted(path: str, accept: str | None, expected: str, client: Client) -> None:
    response = client.get(f"{BASE}/{path}", headers={"Accept": accept} if accept else {})
    assert response.status_code == 200
    assert response["Content-Type"].removesuffix(";charset=utf-8") == f"{VND}{expected}"


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        (LILING, "text/html"), (LILING, f"{VND}data+json;version=2.0.0"), (LILING, "application/xml;q=0"),
        (LILING, f"{VND}data+csv;version=1.0.0;labels=name"), ("3.0/data", f"{VND}data+csv;version=1.0.0"),
        (LILING, f"{VND}data+csv;version=1.0.0;keys=both"), (LILING, f"{VND}data+csv;version=1.0.0;timeFormat=normalized"),
        ("3.0/data", f"{VND}data+csv;version=2.0.0;timeFormat=normalized"), ("3.0/data", f"{VND}data+csv;version=2.0.0;keys=all"),
        ("3.0/schema/dataflow/HNOT/TRADE", f"{VND}schema+xml;version=3.0.0"),
        ("3.0/structure/dataflow", "application/xml"),
    ],
)  # fmt: skip
def test_what_is_not_offered_is_406_with_what_is(path: str, accept: str, client: Client) -> None:
    (error,) = problem_of(client.get(f"{BASE}/{path}", headers={"Accept": accept}), 406)["errors"]
    assert error["parameter"] == "Accept"
    assert error["allowed"]
    assert all(each.startswith(VND) for each in error["allowed"])


def test_format_overrides_accept_and_lists_what_there_is(client: Client) -> None:
    response = client.get(f"{BASE}/{LILING}", {"format": "csv"}, headers={"Accept": "application/xml"})
    assert response["Content-Type"].startswith(f"{VND}data+csv")
    error = error_of(client.get(f"{BASE}/{LILING}", {"format": "xlsx"}), "format")
    assert error["allowed"] == ["genericdata", "xml", "structurespecificdata", "structurespecific", "jsondata", "json",
                                "csvdata", "csv"]  # fmt: skip


def test_the_language_is_that_of_the_question(client: Client) -> None:
    for asked, headers in (({"lang": "en"}, {}), ({}, {"Accept-Language": "en-GB,en"})):
        response = client.get(f"{BASE}/3.0/structure/codelist/HNOT/CL_FREQ", asked, headers=headers)
        assert response["Content-Language"] == "en"
        (codelist,) = orjson.loads(response.content)["data"]["codelists"]
        assert codelist["name"] == "Frequency"
        assert codelist["names"] == {"zh": "频率", "en": "Frequency"}
