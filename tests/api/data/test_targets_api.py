"""/targets: every goal with its due period and what became of it; filters, dates, and the page of the Huaihua dry port."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from indicators.models import Observation, Series
from regions.models import Region
from sources.models import Release, Source
from tests.api.contract import BASE, error_of

Read = Callable[..., Any]
PORT = "A.HH-DRYPORT.CARGO_THROUGHPUT"

pytestmark = pytest.mark.django_db


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int, int], None]:
    """The day on which the service is asked."""
    return lambda *day: monkeypatch.setattr(timezone, "localdate", lambda *_: datetime.date(*day))


def observe(series: str, period: str, value: str, **more: Any) -> Observation:
    of = Series.objects.get(key=series)
    year = int(period)
    return Observation.objects.create(
        series=of, period=period, period_start=datetime.date(year, 1, 1), period_end=datetime.date(year, 12, 31),
        value=Decimal(value), decimals=0, unit=of.indicator.unit, source=Source.objects.get(slug="huaihua-dry-port"),
        released=Release.objects.get(), **more,
    )  # fmt: skip


def test_every_goal_is_listed_once(read: Read) -> None:
    rows = read("/targets", page_size=1000)["results"]
    goals = Observation.objects.filter(status="F", retired=None, series__variant="")
    assert sorted(row["observation"] for row in rows) == sorted(goals.values_list("pk", flat=True))
    for row in rows:
        stated = Observation.objects.get(pk=row["observation"])
        assert Decimal(str(row["target"])) == stated.value
        assert row["due"] == (stated.period if stated.period_basis == "stated" else None)
        assert row["reason_text"]


def test_the_dry_port_and_its_parks(read: Read, on: Any) -> None:
    on(2026, 6, 1)
    rows = read("/targets", within="HH-DRYPORT", lang="en")["results"]
    below = set(Region.objects.within(Region.objects.get(code="HH-DRYPORT")).values_list("code", flat=True))
    assert {row["region"] for row in rows} <= below
    found = {row["series"]: (row["target"], row["due"], row["result"]) for row in rows}
    assert found[PORT] == (1000, "2026", "pending")
    assert found["A.HH-DRYPORT.TRAINS"] == (1000, "2026", "pending")
    assert found["A.HH-COOP-PARK.CARGO_THROUGHPUT"] == (200, None, "unknown")
    of_port_industry = [row for row in rows if row["series"] == "A.HH-DRYPORT.INDUSTRY_OUTPUT.PORT_INDUSTRY"]
    assert [(row["target"], row["due"], row["result"]) for row in of_port_industry] == [
        (100, "2025", "unknown"), (1000, "2026", "pending"),
    ]  # fmt: skip
    (cargo,) = [row for row in rows if row["series"] == PORT]
    assert cargo["measures"] == ["hh-target-cargo"]  # of the two that mean it, the one whose words state it


@pytest.mark.parametrize(("value", "result"), [("999", "missed"), ("1000", "met")])
def test_an_outcome_takes_the_place_of_its_goal_and_settles_it(value: str, result: str, read: Read, on: Any) -> None:
    on(2027, 2, 1)
    asked = {"indicator": "CARGO_THROUGHPUT", "region": "HH-DRYPORT"}
    (before,) = read("/targets", **asked)["results"]
    assert (before["result"], before["reason"]) == ("unknown", "nothing_observed")
    observe(PORT, "2025", "600")
    Observation.objects.filter(pk=before["observation"]).update(retired=Release.objects.get())
    seen = observe(PORT, "2026", value)
    (row,) = read("/targets", **asked)["results"]
    assert row["observation"] == before["observation"]
    assert (row["target"], row["result"], row["decided_by"]) == (1000, result, seen.pk)
    assert [(o["period"], o["relation"]) for o in row["observed"]] == [("2025", "same"), ("2026", "same")]


def test_a_corrected_goal_replaces_the_first_and_a_withdrawn_one_is_gone(read: Read) -> None:
    asked = {"indicator": "CARGO_THROUGHPUT", "region": "HH-DRYPORT"}
    first = Observation.objects.get(series__key=PORT)
    Observation.objects.filter(pk=first.pk).update(retired=Release.objects.get())
    assert read("/targets", **asked)["results"] == []
    corrected = observe(PORT, "2026", "1200", status="F", qualifier="target")
    (row,) = read("/targets", **asked)["results"]
    assert (row["observation"], row["target"]) == (corrected.pk, 1200)


def test_filters_narrow_as_by_hand(read: Read, on: Any) -> None:
    on(2026, 6, 1)
    rows = read("/targets", page_size=1000)["results"]

    def those(keep: Callable[[Any], bool]) -> list[int]:
        kept = [row["observation"] for row in rows if keep(row)]
        assert 0 < len(kept) < len(rows)
        return kept

    def asked(**query: str) -> list[int]:
        return [row["observation"] for row in read("/targets", **query)["results"]]

    assert asked(result="pending") == those(lambda row: row["result"] == "pending")
    assert asked(result="pending,unknown", region="HH-DRYPORT") == those(lambda row: row["region"] == "HH-DRYPORT")
    assert asked(indicator="TRAINS") == those(lambda row: row["indicator"] == "TRAINS")
    assert asked(industry="ADVANCED_MATERIALS") == those(lambda row: row["industry"] == "ADVANCED_MATERIALS")
    assert asked(due="2025..") == those(lambda row: row["filed_under"] >= "2025")
    assert asked(due="2026") == those(lambda row: row["due"] == "2026")


def test_orders_fields_and_pages(read: Read) -> None:
    answer = read("/targets", ordering="-due", fields="due,result", page_size=3)
    assert (answer["count"], len(answer["results"])) == (13, 3)
    assert {tuple(row) for row in answer["results"]} == {("due", "result")}
    assert {row["due"] for row in answer["results"]} == {"2026"}
    pending = read("/targets", result="missed")
    assert (pending["count"], pending["results"], pending["warnings"][0]["code"]) == (0, [], "no_rows")


def test_what_is_mistyped_is_refused(client: Client) -> None:
    assert error_of(client.get(f"{BASE}/targets?result=mett"), "result")["did_you_mean"] == "met"
    assert error_of(client.get(f"{BASE}/targets?year=2026"), "year")["code"] == "unknown_parameter"
    assert error_of(client.get(f"{BASE}/targets?due=soon"), "due")["code"] == "malformed"


def test_a_new_day_is_a_new_answer(client: Client, on: Any) -> None:
    on(2026, 12, 31)
    before = client.get(f"{BASE}/targets")["ETag"]
    assert client.get(f"{BASE}/targets", headers={"If-None-Match": before}).status_code == 304
    on(2027, 1, 1)
    assert client.get(f"{BASE}/targets", headers={"If-None-Match": before}).status_code == 200
