"""The seed says what the five documents say: figures picked by hand from a reading of their own, and the whole."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Q

from indicators.models import CheckTerm, Observation, Unit
from policies.models import Measure
from regions.models import Region
from sources.models import Citation

Get = Callable[..., Any]
Row = dict[str, str]

pytestmark = pytest.mark.stores_alike
PLACE = ("region", "indicator", "industry", "product", "partner", "trade_mode", "variant", "accumulation", "period")
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


def test_each_figure_is_held_under_its_place_and_leads_back_to_its_phrase(get: Get) -> None:
    """By period, with its unit and qualifier, and the decimals of the phrase."""
    answer = get("/observations", variants="all", detail="full", page_size=1000)
    held = {tuple(each[name] or "" for name in PLACE): each for each in answer["results"]}
    assert (len(held), answer["next"]) == (len(answer["results"]), None)
    phrases: dict[int, set[tuple[str, int, int]]] = defaultdict(set)
    for pk, *phrase in Observation.objects.values_list(
        "pk", "citations__source__slug", "citations__start", "citations__end"
    ):
        phrases[pk].add(tuple(phrase))
    for row in _rows():
        found, value, name = held[tuple(row[name] for name in PLACE)], Decimal(row["value"]), _name(row)
        assert [found[one] for one in ("unit", "qualifier", "status")] == [
            row["unit"],
            row["qualifier"],
            row["status"],
        ], name
        assert (Decimal(str(found["value"])), found["decimals"]) == (value, -int(value.as_tuple().exponent)), name
        cited, start = phrases[found["id"]], int(row["start"])
        assert any(source == row["source"] and first <= start < end for source, first, end in cited), (name, cited)


def test_hunan_is_whole(get: Get) -> None:
    now = {"within": "430000", "valid_on": "2026-01-01"}
    kinds = ("province", "prefecture", "county")
    counts = [sum(1 for each in _every(get, "/regions", kind=kind, **now)) for kind in kinds]
    assert counts == [1, 14, 122]


FORMER = {"430122": "430112", "430124": "430182", "430221": "430212", "430521": "430582", "431121": "431181"}


@pytest.mark.django_db
def test_every_former_county_leads_to_what_it_became(get: Get) -> None:
    """One ends on the day on which the other begins, and the old name finds the new place."""
    assert {region.code for region in Region.objects.public().filter(valid_to__isnull=False)} == FORMER.keys()
    for code, successor in FORMER.items():
        former, became = get(f"/regions/{code}"), get(f"/regions/{successor}")
        assert [each["code"] for each in former["successors"]] == [successor]
        assert [each["code"] for each in became["predecessors"]] == [code]
        assert former["valid_to"] == became["valid_from"]
        assert former["name_zh"] not in became["other_names"]
        found = get("/search", q=former["name_zh"], kind="region")["results"]
        assert became["code"] in [each["code"] for each in found]


def test_a_name_of_one_syllable_keeps_its_kind(get: Get) -> None:
    """攸县 is Youxian County: 县 is part of a name that would have one syllable without it."""
    for county in _every(get, "/regions", kind="county", within="430000"):
        if len(county["name_zh"]) == 2:
            assert county["name_en"] == f"{county['short_en']} County"
            assert county["short_en"].endswith("xian")
            assert f"{county['short_en'].removesuffix('xian')} County" in county["other_names"]


def test_a_name_leads_to_no_group_that_it_is_a_part_of(get: Get) -> None:
    names = {name for group in _every(get, "/regions", kind="group") for name in group["other_names"]}
    assert not names & {"长三角城市群", "长株潭都市圈", "长江中游城市群", "成渝双城经济圈", "成渝地区双城经济圈"}


def test_the_plan_has_seven_domains_with_121_tasks(get: Get) -> None:
    domains = list(_every(get, "/policies/domains", document="hunan-ftz-plan"))
    assert [each["task_count"] for each in sorted(domains, key=lambda each: each["ordinal"])] == [
        14, 7, 28, 20, 24, 12, 16,
    ]  # fmt: skip
    total = _figure(get, region="HNFTZ", indicator="REFORM_TASKS")["value"]
    assert sum(each["task_count"] for each in domains) == total == 121
    assert all(each["recorded_count"] == 0 < each["related_count"] for each in domains)


def test_the_plan_has_eleven_firsts(get: Get) -> None:
    firsts = list(_every(get, "/policies/measures", first_in_nation="true"))
    assert {each["document"]["code"] for each in firsts} == {"hunan-ftz-plan"}
    assert len(firsts) == _figure(get, region="HNFTZ", indicator="NATIONAL_FIRSTS")["value"] == 11
    of_the_zone = list(_every(get, "/policies/measures", kind="first_in_nation", region="HNFTZ"))
    assert sorted(each["ordinal"] for each in of_the_zone) == list(range(1, 12))


def test_none_of_the_121_tasks_is_told_apart_by_the_documents(get: Get) -> None:
    """What stands in the plan's domains is related to the tasks, and none of it is one of them."""
    of_the_plan = list(_every(get, "/policies/measures", document="hunan-ftz-plan"))
    assert {each["kind"] for each in of_the_plan if each["domain"]} == {"platform", "first_in_nation", "theme"}


def test_only_who_is_named_acts(get: Get) -> None:
    """The page does not say who carries out the plan; whom a park courts, and where it advertises, do not act."""
    for measure in _every(get, "/policies/measures", document="hunan-ftz-plan"):
        assert get(f"/policies/measures/{measure['code']}")["actors"] == []
    courting = get("/policies/measures/hh-logistics-firms")["actors"]
    assert [each["code"] for each in courting] == ["huaihua-ecommerce-park"]


@pytest.mark.django_db
def test_what_is_no_observed_value_of_its_period_says_so() -> None:
    """A bound is estimated, a goal forecast, and a mean over several years leaves its last year without a value."""
    held = Observation.objects.live()
    bounds = held.filter(qualifier="under")
    assert {str(row.series) for row in bounds} == {
        "A.430212.TRADE_TOTAL", "A.CZT.TRAVEL_TIME", "A.430223.INDUSTRY_OUTPUT.SPECIALTY",
        "A.430224.INDUSTRY_OUTPUT.SPECIALTY", "A.430225.INDUSTRY_OUTPUT.SPECIALTY",
    }  # fmt: skip
    assert not bounds.exclude(status="E").exists()
    means = held.filter(series__indicator__code__in=("AVG_ANNUAL_GROWTH", "GROWTH_MULTIPLE"))
    assert means.count() == 3
    assert not means.exclude(status="O", value=None).exclude(note_zh="").exists()


@pytest.mark.django_db
def test_bounds_and_goals_are_computed_with_nowhere(get: Get) -> None:
    """No rank or change is of a figure that is estimated as a bound, or of a goal."""
    figures = Observation.objects.live().filter(Q(status="F") | Q(status="E") & ~Q(qualifier="exact"))
    assert figures.count() > 15
    for figure in figures.select_related("series__region", "series__indicator", "series__industry"):
        series = figure.series
        asked = {"indicator": series.indicator.code, "kind": series.region.kind}
        if series.industry:
            asked["industry"] = series.industry.code
        places = get("/rankings", period=figure.period, **asked)["results"]
        for place in (each for each in places if each["region"] == series.region.code):
            assert (place["rank"], place["change"], place["change_rate"]) == (None, None, None)


@pytest.mark.django_db
def test_no_sum_is_checked_with_bounds_or_goals() -> None:
    terms = CheckTerm.objects.public().filter(check_of__kind__in=("sum", "share", "rate", "implied_total"))
    held = Observation.objects.live().filter(series__key__in=terms.values("series")).exclude(status="O")
    assert held.count() > 20
    assert {(row.status, row.qualifier) for row in held} <= {("A", "exact"), ("E", "exact"), ("A", "over")}
    assert not held.filter(status="E").exclude(citations__assertion="computed").exists()


@pytest.mark.django_db
def test_sections_are_called_in_one_language() -> None:
    """A place of a text has one name: 首创清单, not “11 firsts” as well."""
    sections = set(Citation.objects.public().values_list("section", flat=True))
    assert len(sections) > 40
    assert not [section for section in sections if re.search("[a-z]", section)]


WORDS = ("percent", "You County", "China-Africa", "Land-Sea Corridor", "holding companies")


@pytest.mark.django_db
def test_english_texts_say_a_thing_one_way() -> None:
    """CNY 5 billion, 14 %, China–Africa, and the names that the field has."""
    said = []
    for model in apps.get_models():
        if model is Unit:  # whose names are the words themselves
            continue
        for name in (field.name for field in model._meta.get_fields() if field.name.endswith("_en")):
            for text in model._default_manager.values_list(name, flat=True):
                wrong = [word for word in WORDS if re.search(rf"\b{word}\b", text)]
                said += [(model.__name__, word, text) for word in wrong]
                if re.search(r"illion yuan\b", text):
                    said.append((model.__name__, "yuan", text))
    assert said == []
    assert Unit.objects.get(code="PERCENT").name_en == "%"


def test_categories_name_codes_of_their_standards(get: Get) -> None:
    categories = {each["code"]: each for each in _every(get, "/categories")}
    for code, stated in {
        "CERAMICS": ("307", "exact", "69", "broader"), "FIREWORKS": ("2672", "exact", "3604", "broader"),
        "TEA": ("0164", "narrower", "0902", "exact"), "LAPTOPS": ("3911", "broader", "847130", "exact"),
        "FINANCE": ("J", "exact", None, None), "SPECIALTY": (None, None, None, None),
    }.items():  # fmt: skip
        names = ("gbt4754", "gbt4754_relation", "hs", "hs_relation")
        assert tuple(categories[code][name] for name in names) == stated
    assert "INDUSTRIAL_LAND" not in categories


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
    output = _figure(get, region="HH-DRYPORT", indicator="INDUSTRY_OUTPUT", industry="PORT_INDUSTRY", year="2025")
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
        ("GBA", "CERTIFICATION_TIME"),
        ("CN", "AGREEMENT_EXECUTION_GAIN"),
    ):
        assert get("/observations", region=region, indicator=indicator)["results"] == []


def test_a_measure_finds_the_figures_that_its_text_gives_for_it(get: Get) -> None:
    for measure, indicator in (
        ("region-gansu-cbec", "CBEC_TRADE_GROWTH"),
        ("region-cw8-innovation-fund", "HIGH_TECH_FIRMS_GROWTH"),
    ):
        impact = get(f"/policies/measures/{measure}/impact")
        assert "no_data" not in {caveat["code"] for caveat in impact["caveats"]}
        assert [line for one in impact["indicators"] if one["indicator"] == indicator for line in one["series"]]
