"""The seed says what the five documents say: figures picked by hand from a reading of their own, and the whole."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Q

from indicators.models import Observation
from policies.models import Measure

Get = Callable[..., Any]
Row = dict[str, str]

BREAKDOWNS = ("industry", "product", "partner", "trade_mode")
# Prose that a user reads; names and titles aside, it may be missing, but then in both languages.
OPTIONAL = ("note", "notes", "short", "counter", "publisher", "symbol", "reason")


def _rows() -> list[Row]:
    """One figure each: where it stands in the text, of what place and time it speaks, and what it says."""
    with (Path(__file__).parent / "figures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _name(row: Row) -> str:
    return f"{row['source']}:{row['start']} {row['region']} {row['indicator']} {row['period']}"


def _every(get: Get, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    page = 1
    while True:
        answer = get(path, page=page, page_size=1000, **parameters)
        yield from answer["results"]
        if not answer["next"]:
            return
        page += 1


def _figure(get: Get, **parameters: Any) -> dict[str, Any]:
    """The only row that fits."""
    (found,) = get("/observations", detail="full", **parameters)["results"]
    return found


@pytest.mark.parametrize("row", _rows(), ids=_name)
def test_figure(get: Get, row: Row) -> None:
    """The figure is held under its place, period, unit and qualifier, and leads back to its phrase."""
    answer = get(
        "/observations",
        region=row["region"],
        indicator=row["indicator"],
        period=row["period"],
        frequency="M" if "-" in row["period"] else "A",
        accumulation=row["accumulation"],
        variants="all",
        detail="full",
        **{name: row[name] or "total" for name in BREAKDOWNS},
    )
    (found,) = (each for each in answer["results"] if (each["variant"] or "") == row["variant"])
    value = Decimal(row["value"])
    assert {name: found[name] for name in ("period", "unit", "qualifier", "status")} == {
        name: row[name] for name in ("period", "unit", "qualifier", "status")
    }
    assert Decimal(str(found["value"])) == value
    assert found["decimals"] == -int(value.as_tuple().exponent)
    phrases = get(f"/observations/{found['id']}")["citations"]
    assert any(
        phrase["source"] == row["source"] and phrase["start"] <= int(row["start"]) < phrase["end"] for phrase in phrases
    ), phrases


def test_hunan_is_whole(get: Get) -> None:
    now = {"within": "430000", "valid_on": "2026-01-01"}
    kinds = ("province", "prefecture", "county")
    counts = [sum(1 for each in _every(get, "/regions", kind=kind, **now)) for kind in kinds]
    assert counts == [1, 14, 122]


def test_zhuzhou_county_became_lukou_district(get: Get) -> None:
    assert [each["code"] for each in get("/regions/430221")["successors"]] == ["430212"]
    assert [each["code"] for each in get("/regions/430212")["predecessors"]] == ["430221"]
    assert get("/regions/430221")["valid_to"] == get("/regions/430212")["valid_from"]


def test_the_plan_has_seven_domains_with_121_tasks(get: Get) -> None:
    domains = list(_every(get, "/policies/domains", document="hunan-ftz-plan"))
    assert [each["task_count"] for each in sorted(domains, key=lambda each: each["ordinal"])] == [
        14, 7, 28, 20, 24, 12, 16,
    ]  # fmt: skip
    total = _figure(get, region="HNFTZ", indicator="REFORM_TASKS")["value"]
    assert sum(each["task_count"] for each in domains) == total == 121
    assert all(each["recorded_count"] <= each["task_count"] for each in domains)


def test_the_plan_has_eleven_firsts(get: Get) -> None:
    firsts = list(_every(get, "/policies/measures", first_in_nation="true"))
    assert {each["document"]["code"] for each in firsts} == {"hunan-ftz-plan"}
    assert len(firsts) == _figure(get, region="HNFTZ", indicator="NATIONAL_FIRSTS")["value"] == 11


@pytest.mark.django_db
def test_every_figure_has_a_citation_and_a_unit() -> None:
    held = Observation.objects.filter(retired__isnull=True)
    assert held.count() >= 158
    assert not held.filter(Q(citations=None) | Q(unit=None)).exists()


@pytest.mark.django_db
def test_every_measure_has_a_citation_and_an_event() -> None:
    assert Measure.objects.count() >= 290
    assert not Measure.objects.filter(Q(citations=None) | Q(events=None)).exists()


@pytest.mark.django_db
def test_an_inferred_period_says_from_what() -> None:
    inferred = Observation.objects.filter(period_basis="inferred")
    assert inferred.exists()
    assert not inferred.filter(Q(note_zh="") | Q(note_en="")).exists()


@pytest.mark.django_db
def test_both_languages_are_filled() -> None:
    """A name or a text in one language has its like in the other; names, titles and definitions are never empty."""
    lacking, pairs = [], 0
    for model in apps.get_models():
        fields = {field.name for field in model._meta.get_fields()}
        for name in sorted(field[:-3] for field in fields if field.endswith("_zh") and f"{field[:-3]}_en" in fields):
            pairs += 1
            zh, en = f"{name}_zh", f"{name}_en"
            empty = Q(**{zh: ""}) ^ Q(**{en: ""})
            if name not in OPTIONAL:
                empty |= Q(**{zh: ""})
            lacking += [(model.__name__, name, str(row)) for row in model._default_manager.filter(empty)[:5]]
    assert pairs >= 20
    assert lacking == []


def test_equal_amounts_of_money_stay_apart(get: Get) -> None:
    """50, 20 and 50, 100 and 100 亿元 of one paragraph: five things, not three."""
    fund = _figure(get, region="HH-DRYPORT", indicator="FUND_SIZE")
    food = _figure(get, region="HH-FOOD-PARK", indicator="PROJECT_INVESTMENT")
    coop = _figure(get, region="HH-COOP-PARK", indicator="PROJECT_INVESTMENT")
    output = _figure(get, region="HH-DRYPORT", indicator="INDUSTRY_OUTPUT", industry="LUGGAGE_LEATHER")
    sales = _figure(get, region="HH-COOP-PARK", indicator="TRANSACTION_VALUE")
    assert [each["value"] for each in (fund, food, coop, output, sales)] == [50, 50, 20, 100, 100]
    phrases = [get(f"/observations/{each['id']}")["citations"] for each in (fund, food, coop, output, sales)]
    assert len({phrase["start"] for each in phrases for phrase in each}) == 5


def test_an_unnamed_place_is_not_its_region(get: Get) -> None:
    """What the text tells of “a certain province” is not told of the country or of the region around it."""
    for region, indicator in (
        ("CN", "PROJECTS_INTRODUCED"),
        ("CN", "TECH_LOCALISATION_SHARE"),
        ("CENTRAL-WEST", "LAND_PRICE_GAP"),
        ("CENTRAL", "INFRASTRUCTURE_FUNDING_GAP"),
        ("JJJ", "PROJECT_DELAY"),
    ):
        assert get("/observations", region=region, indicator=indicator)["results"] == []


def test_only_the_contradiction_in_the_texts_fails(get: Get) -> None:
    checks = list(_every(get, "/checks"))
    assert [each["code"] for each in checks if each["result"] == "fail"] == ["digital-economy-growth"]
    assert {each["code"] for each in checks if each["result"] == "not_testable"} == {"zz-gdp-share", "zz-gdp-growth"}
