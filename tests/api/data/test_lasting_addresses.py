"""What was handed out once answers for ever: the id of a revision, and the address of a figure in its series and period."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.test import Client

from indicators.models import Observation, Series
from sources.models import Release
from tests.api.contract import BASE, ENDPOINTS, problem_of
from tests.api.data.releasing import a_release, correct, withdraw

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

KEY = "A.430281.TRADE_TOTAL"
LASTING = f"{BASE}/series/{KEY}/2024"


def read(client: Client, path: str, **asked: Any) -> Any:
    response = client.get(path, asked)
    assert response.status_code == 200, (path, response.content.decode()[:500])
    return orjson.loads(response.content)


def here(path: str) -> str:
    return f"http://testserver{path}"


@pytest.mark.parametrize("rest", ["", "?lang=en", "/2024", "/2024?lang=en"])
def test_a_key_of_before_wholes_were_named_leads_to_todays(rest: str, client: Client) -> None:
    now = "A.430281.TRADE_SHARE.of-ZZ-COUNTIES"
    moved = client.get(f"{BASE}/series/A.430281.TRADE_SHARE{rest}")
    assert (moved.status_code, moved["Location"]) == (308, here(f"{BASE}/series/{now}{rest}"))
    assert read(client, moved["Location"])
    for other in ("A.430281.TRADE_SHARES", "A.430281", "A.430281.TRADE_SHARE.of-CN", "A.430281.TRADE_SHARE.x"):
        problem_of(client.get(f"{BASE}/series/{other}{rest}"), 404)


@pytest.fixture
def first(db: None) -> Observation:
    """Liling's trade of 2024 as the seed has it."""
    return Observation.objects.live().get(series__key=KEY, period="2024")


@pytest.fixture
def twice_corrected(first: Observation) -> list[Observation]:
    """The same with two corrections after it."""
    second = correct(first, "42.5", a_release("2090-R1"))
    return [first, second, correct(second, "42.55", a_release("2090-R2"))]


def test_a_row_that_stands_says_so(first: Observation, client: Client) -> None:
    row = read(client, f"{BASE}/observations/{first.pk}")
    assert (row["value"], row["retired"], row["replaced_by"]) == (float(first.value), None, None)
    assert row["href"] == here(LASTING)
    assert row["citations"]


def test_a_corrected_row_answers_with_what_replaced_it(twice_corrected: list[Observation], client: Client) -> None:
    one, two, three = twice_corrected
    phrases = list(one.citations.values_list("exact", flat=True))
    for row, value, retired, replaced_by in (
        (one, float(one.value), "2090-R1", two), (two, 42.5, "2090-R2", three), (three, 42.55, None, None),
    ):  # fmt: skip
        answer = read(client, f"{BASE}/observations/{row.pk}")
        assert (answer["id"], answer["value"], answer["retired"]) == (row.pk, value, retired)
        assert answer["replaced_by"] == (replaced_by and here(f"{BASE}/observations/{replaced_by.pk}"))
        assert answer["href"] == here(LASTING)
        assert [phrase["exact"] for phrase in answer["citations"]] == phrases


def test_a_withdrawn_row_answers_and_nothing_replaced_it(first: Observation, client: Client) -> None:
    withdraw(first, a_release())
    answer = read(client, f"{BASE}/observations/{first.pk}")
    assert (answer["value"], answer["retired"], answer["replaced_by"]) == (float(first.value), "2090-R1", None)
    assert read(client, LASTING)["current"] is None


def test_what_came_back_later_did_not_replace_what_was_withdrawn(first: Observation, client: Client) -> None:
    withdraw(first, a_release("2090-R1"))
    again = correct(first, "41.26", a_release("2090-R3"))
    Observation.objects.filter(pk=first.pk).update(retired=Release.objects.get(version="2090-R1"))
    assert read(client, f"{BASE}/observations/{first.pk}")["replaced_by"] is None
    assert read(client, LASTING)["current"]["id"] == again.pk


def test_the_phrases_of_a_retired_row_are_still_found(twice_corrected: list[Observation], client: Client) -> None:
    for row in twice_corrected:
        found = read(client, f"{BASE}/citations", observation=row.pk)["results"]
        assert [phrase["exact"] for phrase in found] == list(row.citations.values_list("exact", flat=True)) != []
    assert read(client, f"{BASE}/citations", observation=10**14)["results"] == []


def test_the_lasting_address_has_what_stands_and_all_that_stood(
    twice_corrected: list[Observation], client: Client
) -> None:
    one, two, three = twice_corrected
    figure = read(client, LASTING)
    assert (figure["series"], figure["period"]) == (KEY, "2024")
    current = figure["current"]
    assert (current["id"], current["value"], current["release"]) == (three.pk, 42.55, "2090-R2")
    assert [phrase["exact"] for phrase in current["citations"]] == list(three.citations.values_list("exact", flat=True))
    assert {"source", "section", "start", "end", "assertion"} <= current["citations"][0].keys()
    earlier = [(row["id"], row["value"], row["release"], row["retired"]) for row in figure["earlier"]]
    assert earlier == [(two.pk, 42.5, "2090-R1", "2090-R2"), (one.pk, float(one.value), "2026-R1", "2090-R1")]
    (row,) = read(client, f"{BASE}/observations", region="430281", indicator="TRADE_TOTAL", detail="full")["results"]
    assert {name: current[name] for name in row if name != "citations"} == {
        name: value for name, value in row.items() if name != "citations"
    }
    assert read(client, LASTING, lang="en")["current"]["region_name"] == "Liling City"


def test_a_line_that_was_withdrawn_altogether_keeps_its_addresses(first: Observation, client: Client) -> None:
    release = a_release()
    for row in Observation.objects.live().filter(series=first.series_id):
        withdraw(row, release)
    assert Series.objects.get(key=KEY).observation_count == 0
    figure = read(client, LASTING)
    assert figure["current"] is None
    assert [row["retired"] for row in figure["earlier"]] == ["2090-R1"]


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/series/A.430281.TRADE_TOTL/2024", KEY), (f"/series/{KEY}/2025", "2024"), (f"/series/{KEY}/2024-13", "2024"),
        (f"/series/{KEY}/latest", None),
    ],
)  # fmt: skip
def test_an_address_where_nothing_ever_stood_is_404_and_suggests_the_nearest(
    path: str, meant: str | None, client: Client
) -> None:
    (error,) = problem_of(client.get(BASE + path), 404)["errors"]
    assert error["code"] == "unknown_code"
    assert error.get("did_you_mean") == meant


# Every id that is handed out ----------------------------------------------------------------------------------------

OF_REVISIONS = re.compile(r"observations?|derived_from|decided_by|before|after")


def handed_out(content: Any, name: str = "") -> Iterator[int]:
    """The numbers of an answer that are ids of revisions, by the names that they stand under."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from handed_out(value, key)
        if {"id", "period", "value"} <= content.keys() and isinstance(content["id"], int):
            yield content["id"]
    elif isinstance(content, list):
        for item in content:
            yield from handed_out(item, name)
    elif isinstance(content, int) and not isinstance(content, bool) and OF_REVISIONS.fullmatch(name):
        yield content


def test_every_id_that_was_handed_out_answers_after_it_was_corrected_or_withdrawn(client: Client) -> None:
    answers = [
        client.get(endpoint.path(), {**endpoint.query, **endpoint.every_part}).content
        for endpoint in ENDPOINTS
        if endpoint.name not in ("docs", "release-download", "release-download-figures", "csv-metadata", "release-feed")
    ]
    asked = {"transform": "yoy", "history": "true", "shape": "series"}
    answers += [client.get(f"{BASE}/observations", {name: value}).content for name, value in asked.items()]
    answers += [
        client.get(BASE + path).content
        for path in ("/policies/documents/hunan-ftz-plan/progress", "/observations?transform=share", "/targets")
    ]
    every = [sorted(set(handed_out(orjson.loads(answer)))) for answer in answers if answer]
    ids = {found for handed in every for found in handed[:: len(handed) // 12 + 1]}  # some of each place that has them
    assert len(ids) > 30
    release = a_release()
    for row in Observation.objects.live().filter(pk__in=ids):
        correct(row, "1", release) if row.pk % 2 else withdraw(row, release)
    for found in sorted(ids):
        row = read(client, f"{BASE}/observations/{found}")
        assert row["retired"] == "2090-R1"
        assert (row["replaced_by"] is None) == (found % 2 == 0)
        assert read(client, row["href"])["earlier"][0]["id"] == found
