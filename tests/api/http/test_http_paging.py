"""Walking lists: numbered pages, and keyset cursors in every order, forwards and backwards, with ties and missing values."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from indicators.models import Observation, Series
from tests.api.contract import BASE, LISTS, Endpoint, error_of, ids, in_order

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

ORDERINGS = {name: e.parameters["ordering"].choices for e in LISTS if e.by_cursor for name in [e.name]}
PATHS = {endpoint.name: endpoint.path() for endpoint in LISTS}
CURSOR_WALKS = [(PATHS[name], ordering) for name, orderings in ORDERINGS.items() for ordering in orderings]
FACTORS = {"CNY": 1, "CNY_10K": 10**4, "CNY_100M": 10**8, "CNY_1T": 10**12}
ENVELOPE = ["count", "next", "previous", "warnings", "results"]


def key_of(row: dict[str, Any]) -> Any:
    return row.get("id") or row.get("key")


def page(client: Client, url: str, **parameters: Any) -> Any:
    response = client.get(url, parameters)
    assert response.status_code == 200, response.content.decode()[:500]
    content = orjson.loads(response.content)
    assert list(content)[: len(ENVELOPE)] == ENVELOPE  # beside which a search says how it was read
    links = response["Link"]
    for rel, name in (("next", "next"), ("prev", "previous")):
        assert (f'<{content[name]}>; rel="{rel}"' in links) == (content[name] is not None)
        assert f'rel="{rel}"' not in links or content[name]
    return content


def walk(client: Client, first: Any, direction: str) -> list[Any]:
    pages = [first]
    while pages[-1][direction]:
        assert len(pages) < 1000
        pages.append(page(client, pages[-1][direction]))
    return pages


@pytest.fixture
def awkward_rows(db: None) -> None:
    """Rows with equal values, one value null and one a stated zero, in one series and in another."""
    model = Observation.objects.live().filter(series__variant="", series__frequency="A").order_by("pk")
    for number, like in enumerate(model[:8]):
        base = {"unit": like.unit, "source": like.source, "released": like.released}
        for year in (1990, 1991):
            value = [None, "0", "7.5", "7.5"][(number + year) % 4]
            Observation.objects.create(
                series=like.series, period=str(year), period_start=f"{year}-01-01", period_end=f"{year}-12-31",
                value=value, decimals=1, status="O" if value is None else "A", **base,
            )  # fmt: skip


def slim(endpoint: Endpoint, *names: str) -> dict[str, str]:
    """The least fields that tell rows apart, beside those named: quicker where rows are rich."""
    field = endpoint.parameters.get("fields")
    wanted = [field.choices[0], *(name for name in names if name in field.choices)] if field else []
    return {**endpoint.query, **({"fields": ",".join(dict.fromkeys(wanted))} if wanted else {})}


@pytest.mark.parametrize("endpoint", **ids([e for e in LISTS if e.numbered]))
def test_numbered_pages_give_every_row_once(endpoint: Endpoint, client: Client) -> None:
    whole = page(client, endpoint.path(), **slim(endpoint), page_size=1000)
    assert whole["count"] == len(whole["results"])
    assert whole["next"] is None
    assert whole["previous"] is None
    size = max(1, -(-whole["count"] // 4))
    pages = walk(client, page(client, endpoint.path(), **slim(endpoint), page_size=size), "next")
    assert len(pages) == max(1, -(-whole["count"] // size))
    assert [row for p in pages for row in p["results"]] == whole["results"]
    assert all(p["count"] == whole["count"] for p in pages)
    assert walk(client, pages[-1], "previous")[-1]["results"] == pages[0]["results"]


@pytest.mark.parametrize("endpoint", **ids([e for e in LISTS if e.numbered and "ordering" in e.parameters]))
def test_every_order_of_a_numbered_list_has_the_same_rows_and_its_reverse(endpoint: Endpoint, client: Client) -> None:
    counted = page(client, endpoint.path(), **slim(endpoint), page_size=1)["count"]
    for ordering in endpoint.parameters["ordering"].choices:
        name = ordering.removeprefix("-")
        asked = {**slim(endpoint, name), "ordering": ordering}
        ordered = page(client, endpoint.path(), **asked, page_size=1000)["results"]
        assert len({orjson.dumps(row) for row in ordered}) == len(ordered) == counted
        stated = [row[name] for row in ordered if isinstance(row.get(name), str)]
        if name not in ("name_zh", "topic"):  # Chinese names go by code point, and topics by their own order
            assert stated == sorted(stated, reverse=ordering.startswith("-"))


@pytest.mark.parametrize(
    ("path", "ordering", "size"),
    [(*asked, 19) for asked in CURSOR_WALKS] + [(*asked, 7) for asked in CURSOR_WALKS if asked[1] in ("-key", "value")],
)
def test_a_cursor_walk_gives_every_row_once_in_order(
    path: str, ordering: str, size: int, client: Client, awkward_rows: None
) -> None:
    asked = {**in_order(ordering), "variants": "all"}
    whole = page(client, path, **asked, page_size=10_000)
    expected = [key_of(row) for row in whole["results"]]
    assert whole["next"] is whole["previous"] is None
    assert len(set(expected)) == len(expected) > (40 if ordering.removeprefix("-") == "value" else 100)

    forwards = walk(client, page(client, path, **asked, page_size=size), "next")
    assert [key_of(row) for p in forwards for row in p["results"]] == expected
    assert all(len(p["results"]) == size for p in forwards[:-1])

    backwards = walk(client, forwards[-1], "previous")
    assert [key_of(row) for p in reversed(backwards) for row in p["results"]] == expected
    assert walk(client, backwards[-1], "next")[-1]["results"][-1] == whole["results"][-1]


@pytest.mark.parametrize("ordering", ["series", "-value"])
def test_a_cursor_walk_row_by_row(ordering: str, client: Client, awkward_rows: None) -> None:
    asked = {**in_order(ordering), "year": "..2019", "detail": "full"}
    path = f"{BASE}/observations"
    expected = page(client, path, **asked)["results"]
    forwards = walk(client, page(client, path, **asked, page_size=1), "next")
    assert [row for p in forwards for row in p["results"]] == expected
    backwards = walk(client, forwards[-1], "previous")
    assert [row for p in reversed(backwards) for row in p["results"]] == expected


@pytest.mark.parametrize("ordering", ORDERINGS["observation-list"])
def test_observations_come_in_the_order_asked_for(ordering: str, client: Client, awkward_rows: None) -> None:
    rows = page(client, f"{BASE}/observations", **in_order(ordering), detail="full", page_size=10_000)["results"]
    name, descending = ordering.removeprefix("-"), ordering.startswith("-")
    column = {"period": "period_start"}.get(name, name)
    stated = [row[column] for row in rows if row[column] is not None]
    if name == "value":  # by worth, whatever the unit
        stated = [row["value"] * FACTORS[row["unit"]] for row in rows if row["value"] is not None]
    assert stated == sorted(stated, reverse=descending)
    assert all(row[column] is None for row in rows[len(stated) :])  # missing values come last, whichever way
    if name == "value":
        assert len(stated) < len(rows)


def test_the_count_is_given_only_where_it_is_asked_for(client: Client) -> None:
    for name, path in PATHS.items():
        if name in ORDERINGS:
            rows = page(client, path, page_size=10_000)
            assert rows["count"] is None
            assert page(client, path, count="false")["count"] is None
            counted = page(client, path, count="true", page_size=2)
            assert counted["count"] == len(rows["results"])
            assert page(client, counted["next"])["count"] == counted["count"]


def test_a_cursor_keeps_the_query_and_may_change_the_page_size(client: Client) -> None:
    first = page(client, f"{BASE}/observations", topic="TRADE", lang="en", page_size=2)
    query = parse_qs(urlsplit(first["next"]).query)
    assert (query["topic"], query["lang"], query["page_size"]) == (["TRADE"], ["en"], ["2"])
    assert len(page(client, first["next"].replace("page_size=2", "page_size=3"))["results"]) == 3


@pytest.fixture
def cursor(client: Client) -> str:
    first = page(client, f"{BASE}/observations", page_size=3, ordering="period")
    return parse_qs(urlsplit(first["next"]).query)["cursor"][0]


def refused(client: Client, cursor: str, path: str = "/observations", **asked: Any) -> None:
    response = client.get(f"{BASE}{path}", {"ordering": "period", "cursor": cursor, **asked})
    assert error_of(response, "cursor")["code"] == "bad_cursor"


def test_a_walk_is_counted_on_its_first_page_alone(client: Client) -> None:
    costs = []
    for counted in ("false", "true"):
        first = page(client, f"{BASE}/observations", topic="TRADE", page_size=2, count=counted)
        with CaptureQueriesContext(connection) as asked:
            second = page(client, first["next"])
        assert second["count"] == first["count"]
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_a_cursor_belongs_to_its_query_in_whatever_order_the_parameters_come(client: Client) -> None:
    asked = {"region": "430281", "frequency": "A", "page_size": "1"}
    cursor = parse_qs(urlsplit(client.get(f"{BASE}/observations", asked).json()["next"]).query)["cursor"][0]
    for query in (asked, dict(reversed(asked.items()))):
        assert client.get(f"{BASE}/observations", {**query, "cursor": cursor}).status_code == 200


def test_a_forged_or_damaged_cursor_is_refused(cursor: str, client: Client) -> None:
    assert client.get(f"{BASE}/observations", {"ordering": "period", "cursor": cursor}).status_code == 200
    for damaged in (
        cursor[:-1],
        cursor[1:],
        cursor[: len(cursor) // 2],
        cursor + "A",
        cursor.swapcase(),
        "1",
        ":::",
        "游标",
    ):
        refused(client, damaged)
    for position in range(0, len(cursor), 9):
        changed = "A" if cursor[position] != "A" else "B"
        refused(client, cursor[:position] + changed + cursor[position + 1 :])


def test_a_cursor_of_another_query_is_refused(cursor: str, client: Client) -> None:
    refused(client, cursor, ordering="-period")
    refused(client, cursor, region="430281")
    refused(client, cursor, fields="id")
    refused(client, cursor, lang="en")


def test_a_cursor_of_another_list_is_refused(client: Client) -> None:
    first = page(client, f"{BASE}/series", page_size=3)
    foreign = parse_qs(urlsplit(first["next"]).query)["cursor"][0]
    assert error_of(client.get(f"{BASE}/observations", {"cursor": foreign}), "cursor")["code"] == "bad_cursor"


def test_a_row_that_appears_between_pages_neither_doubles_nor_hides_others(client: Client) -> None:
    asked = {"ordering": "period", "page_size": 10}
    first = page(client, f"{BASE}/observations", **asked)
    rest_before = [row for p in walk(client, page(client, first["next"]), "next") for row in p["results"]]
    like = Observation.objects.live().order_by("pk")[0]
    Observation.objects.create(
        series=Series.objects.get(pk=like.series_id), period="1950", period_start="1950-01-01", period_end="1950-12-31",
        value="1", decimals=0, unit=like.unit, source=like.source, released=like.released,
    )  # fmt: skip
    assert [row for p in walk(client, page(client, first["next"]), "next") for row in p["results"]] == rest_before
