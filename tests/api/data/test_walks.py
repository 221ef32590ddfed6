"""Walking a list while something is published: every page is of the release that the first page was of, or says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
from django.test import Client

from indicators.models import Observation, Series
from indicators.reading import ORDERS
from regions.models import Region
from sources import versions
from sources.models import Citation, Release
from tests.api.contract import BASE, LISTS, error_of, in_order, problem_of
from tests.api.data.releasing import a_release, correct, withdraw

pytestmark = pytest.mark.django_db

OBSERVATIONS, SERIES = f"{BASE}/observations", f"{BASE}/series"
NUMBERED = [endpoint for endpoint in LISTS if endpoint.numbered]

Publish = Callable[[], Release]


def read(client: Client, url: str, **asked: Any) -> tuple[Any, str]:
    """The content of an answer, and its Link header."""
    response = client.get(url, asked)
    assert response.status_code == 200, response.content.decode()[:500]
    return orjson.loads(response.content), response["Link"]


def rest(client: Client, page: Any, direction: str = "next") -> list[Any]:
    """The rows of the pages after (or before) this one, in the order of the list."""
    rows: list[Any] = []
    while page[direction]:
        page, _ = read(client, page[direction])
        rows = [*rows, *page["results"]] if direction == "next" else [*page["results"], *rows]
    return rows


@pytest.fixture
def publish(db: None) -> Publish:
    """Publishes a release that corrects the largest figure to the smallest and the reverse, withdraws a whole line, adds to
    another, and names a county anew.
    """

    def call() -> Release:
        release = a_release()
        live = Observation.objects.live().filter(series__variant="", value__isnull=False)
        low, high = live.order_by("value", "pk")[0], live.order_by("-value", "pk")[0]
        correct(low, "999999999", release)
        correct(high, "-999999999", release)
        others = live.exclude(series__in=(low.series_id, high.series_id))
        lines = Series.objects.filter(pk__in=others.values("series")).order_by("key")
        withdrawn, longer = lines[len(lines) // 2], lines.last()
        assert longer is not None
        for row in live.filter(series=withdrawn):
            withdraw(row, release)
        like = live.filter(series=longer)[0]
        for year in range(1990, 1994):
            Observation.objects.create(
                series=longer, period=str(year), period_start=f"{year}-01-01", period_end=f"{year}-12-31", value="5",
                unit=like.unit, source=like.source, released=release,
            )  # fmt: skip
        Series.objects.filter(pk=longer.pk).refresh_extent()
        return release

    return call


# By cursor ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ordering", list(ORDERS))
def test_a_walk_over_observations_stays_at_its_release(ordering: str, client: Client, publish: Publish) -> None:
    asked = {**in_order(ordering), "fields": "id,value,retired,citation_count,updated", "history": "true"}
    whole, _ = read(client, OBSERVATIONS, **asked, page_size=10_000)
    size = len(whole["results"]) // 2 - 1
    first, _ = read(client, OBSERVATIONS, **asked, page_size=size)
    second, _ = read(client, first["next"])
    publish()
    assert [*first["results"], *rest(client, first)] == whole["results"]
    assert [*rest(client, second, "previous"), *second["results"]] == whole["results"][: 2 * size]


def test_three_a_page_by_value_with_one_correction_between(client: Client) -> None:
    asked = {**in_order("-value"), "fields": "id,value"}
    whole, _ = read(client, OBSERVATIONS, **asked, page_size=10_000)
    page, _ = read(client, OBSERVATIONS, **asked, page_size=3)
    correct(Observation.objects.get(pk=page["results"][0]["id"]), "0.5", a_release())
    assert [*page["results"], *rest(client, page)] == whole["results"]
    now, _ = read(client, OBSERVATIONS, **asked, page_size=10_000)
    assert now["results"] != whole["results"]


@pytest.mark.parametrize("shape", ["wide", "series"])
def test_a_walk_over_shapes_stays_at_its_release(shape: str, client: Client, publish: Publish) -> None:
    asked = {"shape": shape, "frequency": "A"}
    whole, _ = read(client, OBSERVATIONS, **asked, page_size=10_000)
    first, _ = read(client, OBSERVATIONS, **asked, page_size=20)
    publish()
    walked = [*first["results"], *rest(client, first)]
    if shape == "wide":  # each page has the periods of its own rows
        held = [{name: value for name, value in row.items() if value is not None} for row in walked]
        assert held == [{k: v for k, v in row.items() if v is not None} for row in whole["results"]]
    else:
        assert walked == whole["results"]


@pytest.mark.parametrize("ordering", ["key", "-key"])
def test_a_walk_over_series_stays_at_its_release(ordering: str, client: Client, publish: Publish) -> None:
    whole, _ = read(client, SERIES, ordering=ordering, page_size=10_000)
    first, _ = read(client, SERIES, ordering=ordering, page_size=20)
    publish()
    assert [*first["results"], *rest(client, first)] == whole["results"]
    now, _ = read(client, SERIES, ordering=ordering, page_size=10_000)
    assert len(now["results"]) == len(whole["results"]) - 1


@pytest.mark.parametrize("path", [OBSERVATIONS, SERIES])
def test_the_count_of_a_walk_is_that_of_its_release(path: str, client: Client, publish: Publish) -> None:
    first, _ = read(client, path, count="true", page_size=50)
    publish()
    second, _ = read(client, first["next"])
    assert second["count"] == first["count"]
    asked_later, _ = read(client, f"{path}?cursor={cursor_of(first)}&count=true")
    assert asked_later["count"] == first["count"]
    now, _ = read(client, path, count="true", page_size=50)
    assert now["count"] != first["count"]


def cursor_of(page: Any) -> str:
    return parse_qs(urlsplit(page["next"]).query)["cursor"][0]


@pytest.mark.parametrize("path", [OBSERVATIONS, SERIES])
def test_a_header_says_where_a_newer_release_is(path: str, client: Client, publish: Publish) -> None:
    first, links = read(client, path, page_size=20, frequency="A")
    assert "latest-version" not in links
    second, links = read(client, first["next"])
    assert "latest-version" not in links
    publish()
    _, links = read(client, second["next"])
    assert f'<http://testserver{path}?page_size=20&frequency=A>; rel="latest-version"' in links
    exposed = client.get(path, headers={"Origin": "https://example.org"})["Access-Control-Expose-Headers"]
    assert "Link" in exposed.split(", ")


def test_what_is_asked_as_of_a_release_says_where_a_newer_one_is(client: Client, publish: Publish) -> None:
    asked = {"region": "430281", "as_of": "2026-R1"}
    assert "latest-version" not in read(client, OBSERVATIONS, **asked)[1]
    publish()
    assert (
        f'<http://testserver{OBSERVATIONS}?region=430281>; rel="latest-version"'
        in read(client, OBSERVATIONS, **asked)[1]
    )


def test_a_page_is_cited_at_the_release_of_its_walk(client: Client, publish: Publish) -> None:
    first, _ = read(client, OBSERVATIONS, page_size=20)
    publish()
    _, links = read(client, first["next"])
    assert 'as_of=2026-R1>; rel="cite-as"' in links


def test_phrases_are_counted_as_they_stood(client: Client) -> None:
    asked = {"fields": "id,citation_count"}
    whole, _ = read(client, OBSERVATIONS, **asked, page_size=10_000)
    first, _ = read(client, OBSERVATIONS, **asked, page_size=20)
    release = a_release()
    cited = set(Observation.citations.through.objects.values_list("citation", flat=True))
    Citation.objects.filter(pk__in=cited).update(withdrawn=release)
    assert [*first["results"], *rest(client, first)] == whole["results"]
    now, _ = read(client, OBSERVATIONS, **asked, page_size=10_000)
    assert {row["citation_count"] for row in now["results"]} == {0}


def test_a_walk_whose_question_means_something_else_now_is_refused(client: Client) -> None:
    """Where the tree of regions changed, `within` means other places: no page of the old walk can be told from the new."""
    asked = {"within": "430200", "page_size": "5"}
    first, _ = read(client, OBSERVATIONS, **asked)
    Region.objects.filter(code="430281").update(parent=None)
    a_release()
    response = client.get(first["next"])
    assert error_of_409(response)["parameter"] == "cursor"
    assert f'<http://testserver{OBSERVATIONS}?{urlencode(asked)}>; rel="first"' in response["Link"]
    assert read(client, first_link(response))


def test_a_process_that_does_not_know_the_release_yet_gives_its_pages(
    client: Client, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(client, OBSERVATIONS, page_size=1)  # which this process remembers the release by
    remembered = versions._cached
    publish()
    whole, _ = read(client, OBSERVATIONS, **in_order("-value"), page_size=10_000)
    first, _ = read(client, OBSERVATIONS, **in_order("-value"), page_size=20)
    monkeypatch.setattr(versions, "_cached", remembered)
    assert [*first["results"], *rest(client, first)] == whole["results"]


def test_a_process_that_does_not_know_the_newer_release_loses_no_series(
    client: Client, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = read(client, SERIES, page_size=10_000)
    remembered = versions._cached
    publish()
    monkeypatch.setattr(versions, "_cached", remembered)
    pages, _ = read(client, SERIES, page_size=20)
    keys = [row["key"] for row in [*pages["results"], *rest(client, pages)]]
    assert keys == [row["key"] for row in whole["results"]]


# By number ------------------------------------------------------------------------------------------------------------


def error_of_409(response: Any) -> Any:
    (error,) = problem_of(response, 409)["errors"]
    assert error["code"] == "superseded"
    return error


def first_link(response: Any) -> str:
    (link,) = [link for link in response["Link"].split(", <") if 'rel="first"' in link]
    return str(link.partition(">")[0].removeprefix("<"))


@pytest.mark.stores_alike
def test_a_next_page_carries_its_release_and_is_refused_once_a_newer_one_stands(client: Client) -> None:
    addresses = {}
    for endpoint in NUMBERED:
        asked = urlencode({**endpoint.query, "page_size": "1", "lang": "en"})
        of_first = f"http://testserver{endpoint.path()}?{asked}"
        first, _ = read(client, of_first)
        address = first["next"] or f"{of_first}&page=1&if_release=2026-R1"
        assert parse_qs(urlsplit(address).query)["if_release"] == ["2026-R1"], address
        second, _ = read(client, address)
        if second["previous"]:
            assert parse_qs(urlsplit(second["previous"]).query)["if_release"] == ["2026-R1"], address
        addresses[of_first] = address
    a_release()
    for of_first, address in addresses.items():
        response = client.get(address, headers={"Origin": "https://example.org"})
        assert error_of_409(response)["parameter"] == "if_release"
        assert first_link(response) == of_first
        assert of_first in problem_of(response, 409)["detail"]
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["Cache-Control"] == "no-store"
        again, _ = read(client, of_first)
        if again["next"]:
            assert parse_qs(urlsplit(again["next"]).query)["if_release"] == ["2090-R1"], address


def test_what_a_release_changed_is_never_superseded(client: Client) -> None:
    path = f"{BASE}/releases/2026-R1/changes"
    whole, _ = read(client, path, page_size=1000)
    first, _ = read(client, path, page_size=400)
    a_release()
    assert [*first["results"], *rest(client, first)][:1000] == whole["results"]
    assert error_of(client.get(path, {"if_release": "2026-R1"}), "if_release")["code"] == "unknown_parameter"


def test_a_release_that_there_is_not_is_refused(client: Client) -> None:
    error = error_of(client.get(f"{BASE}/regions", {"if_release": "2026-R9"}), "if_release")
    assert (error["code"], error["did_you_mean"]) == ("unknown_code", "2026-R1")


def test_a_process_that_does_not_know_the_release_yet_gives_the_next_page_of_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(client, f"{BASE}/regions")
    remembered = versions._cached
    a_release()
    first, _ = read(client, f"{BASE}/regions", page_size=50)
    monkeypatch.setattr(versions, "_cached", remembered)
    second, _ = read(client, first["next"])
    assert len(second["results"]) == 50


def test_a_process_that_does_not_know_the_newer_release_mixes_no_pages(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = read(client, f"{BASE}/regions", page_size=50)
    remembered = versions._cached
    a_release()
    monkeypatch.setattr(versions, "_cached", remembered)
    error_of_409(client.get(first["next"]))


def test_a_file_is_no_page_of_a_walk(client: Client) -> None:
    assert error_of(client.get(f"{BASE}/regions.csv", {"if_release": "2026-R1"}), "if_release")["code"] == "conflict"


def test_the_pages_of_pxweb_tables_are_of_one_release(client: Client) -> None:
    tables = "/pxweb/v2/tables"
    first = orjson.loads(client.get(tables, {"pageSize": 2}).content)
    (following,) = [link["href"] for link in first["page"]["links"] if link["rel"] == "next"]
    assert client.get(following).status_code == 200
    a_release()
    response = client.get(following)
    assert error_of_409(response)["parameter"] == "if_release"
    assert client.get(first_link(response)).status_code == 200
