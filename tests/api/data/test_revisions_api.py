"""Travel in time over /observations: as_of, history=true and updated_after."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from indicators.models import Observation, Series
from sources.models import Release
from sources.versions import forget_data_version
from tests.api.contract import error_of

Get = Callable[..., Any]

pytestmark = pytest.mark.django_db

LINE = "A.430281.TRADE_TOTAL"
ASKED = {"region": "430281", "indicator": "TRADE_TOTAL"}


@pytest.fixture
def corrected(db: None) -> tuple[Observation, Observation]:
    """Liling's trade of 2024, corrected by a release of 2090-06-15 12:00 UTC that also adds 2023; the old row and the new."""
    line = Series.objects.get(key=LINE)
    old = line.observations.live().get(period="2024")
    at = datetime.datetime(2090, 6, 15, 12, tzinfo=datetime.UTC)
    later = Release.objects.create(version="2090.1", status="published", published_at=at, digest="ef" * 32)
    Observation.objects.filter(pk=old.pk).update(retired=later)
    like = {"series": line, "unit": old.unit, "source": old.source, "released": later, "decimals": 1}
    new = Observation.objects.create(
        period="2024", period_start="2024-01-01", period_end="2024-12-31", value="42.5", **like
    )
    Observation.objects.create(period="2023", period_start="2023-01-01", period_end="2023-12-31", value="38.0", **like)
    Series.objects.filter(pk=line.pk).refresh_extent()
    forget_data_version()
    return old, new


def values(answer: Any) -> list[tuple[str, float]]:
    return [(row["period"], row["value"]) for row in answer["results"]]


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2026-R1", "before"),
        ("2090.1", "after"),
        ("2090-06-14", "before"),
        ("2090-06-15", "after"),
        ("2090-06-15T11:59:59Z", "before"),
        ("2090-06-15T12:00:00Z", "after"),
        ("2090-06-15T20:00:00+08:00", "after"),
        ("2090-06-15T19:59", "before"),  # of the service's own zone, Asia/Shanghai
        ("1999-01-01", "nothing"),
    ],
)
def test_as_of_gives_what_was_published_then(moment: str, state: str, get: Get, corrected: Any) -> None:
    before, after = [("2024", float(corrected[0].value))], [("2023", 38.0), ("2024", 42.5)]
    expected = {"before": before, "after": after, "nothing": []}[state]
    assert values(get("/observations", as_of=moment, **ASKED)) == expected


def test_as_of_holds_for_what_is_computed_too(get: Get, corrected: Any) -> None:
    (row,) = get("/observations", as_of="2026-R1", transform="yoy", **ASKED)["results"]
    assert (row["value"], row["status"]) == (None, "O")
    now = get("/observations", transform="yoy", **ASKED)["results"]
    assert [row["value"] for row in now] == [None, 11.84]
    assert get("/availability", as_of="2026-R1", **ASKED)["observation_count"] == 1
    assert get("/availability", **ASKED)["observation_count"] == 2
    (placed,) = get("/rankings", indicator="TRADE_TOTAL", period="2024", within="430281", as_of="2026-R1")["results"]
    assert placed["value"] == float(corrected[0].value)


def test_history_gives_every_revision_and_what_retired_it(get: Get, corrected: Any) -> None:
    rows = get("/observations", history="true", **ASKED)["results"]
    assert [(r["period"], r["value"], r["release"], r["retired"]) for r in rows] == [
        ("2023", 38.0, "2090.1", None),
        ("2024", float(corrected[0].value), "2026-R1", "2090.1"),
        ("2024", 42.5, "2090.1", None),
    ]
    (as_it_was,) = get("/observations", history="true", as_of="2026-R1", **ASKED)["results"]
    assert (as_it_was["value"], as_it_was["retired"]) == (float(corrected[0].value), None)
    assert "retired" not in get("/observations", **ASKED)["results"][0]


def test_updated_after_says_what_became_of_each_row(get: Get, corrected: Any) -> None:
    rows = get("/observations", updated_after="2026-R1", **ASKED)["results"]
    assert [(r["period"], r["value"], r["action"]) for r in rows] == [("2023", 38.0, "new"), ("2024", 42.5, "changed")]
    assert get("/observations", updated_after="2090.1", **ASKED)["results"] == []
    assert get("/observations", updated_after="2090-06-16", **ASKED)["results"] == []
    everything = get("/observations", updated_after="2000-01-01", page_size=10_000)["results"]
    assert {row["action"] for row in everything} == {"new"}


def test_a_withdrawn_row_is_told_without_its_value(get: Get, corrected: Any) -> None:
    _, new = corrected
    at = datetime.datetime(2091, 1, 1, tzinfo=datetime.UTC)
    last = Release.objects.create(version="2091.1", status="published", published_at=at, digest="aa" * 32)
    Observation.objects.filter(pk=new.pk).update(retired=last)
    forget_data_version()
    rows = get("/observations", updated_after="2090.1", **ASKED)["results"]
    assert [(r["id"], r["value"], r["status"], r["action"]) for r in rows] == [(new.pk, None, "O", "withdrawn")]
    since_the_first = get("/observations", updated_after="2026-R1", **ASKED)["results"]
    assert [(r["period"], r["action"]) for r in since_the_first] == [("2023", "new"), ("2024", "withdrawn")]


@pytest.mark.parametrize("parameter", ["as_of", "updated_after"])
@pytest.mark.parametrize("text", ["2026-R9", "yesterday", "2024-13-01", "2024-1-1", "12:00", "2026-R1,2090.1"])
def test_a_moment_that_is_none_is_refused_with_the_releases(parameter: str, text: str, client: Any) -> None:
    response = client.get("/api/v1/observations", {parameter: text})
    error = error_of(response, parameter)
    assert error["code"] == "malformed"
    assert error["allowed"] == ["2026-R1"]


def test_history_does_not_go_with_updated_after(client: Any) -> None:
    response = client.get("/api/v1/observations", {"history": "true", "updated_after": "2026-R1"})
    assert error_of(response, "history")["code"] == "conflict"
