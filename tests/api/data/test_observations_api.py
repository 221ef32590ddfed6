"""/observations: the row, every filter against a naive one over all rows, what is stated, and what is never shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from indicators.models import Category, Indicator, Observation, Series, Topic
from regions.models import Region
from sources.models import Citation, Release, Source
from sources.versions import forget_data_version
from tests.api.contract import BASE, error_of
from tests.builder import liling
from tests.conftest import changed_store
from tests.indicators.row_names import FULL_NAMES, STANDARD_NAMES

pytestmark = pytest.mark.django_db

BREAKDOWNS = ("industry", "product", "partner", "trade_mode")

Row = dict[str, Any]
Read = Callable[..., Any]


@pytest.fixture(scope="module")
def everything(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[Row]]:
    """All rows that anyone can see, with all columns, beyond the seed some of other frequencies and breakdowns."""
    with changed_store(django_db_blocker):
        add_other_series()
        answer = Client().get(f"{BASE}/observations", {"detail": "full", "variants": "all", "page_size": 10_000})
        rows: list[Row] = orjson.loads(answer.content)["results"]
        assert len(rows) > 150
        yield rows


def add_other_series() -> None:
    """Figures of other frequencies and breakdowns than the seed has."""
    release = Release.objects.published()[0]
    like = Observation.objects.live().filter(series__key="A.430223.TRADE_TOTAL").first()
    assert like is not None
    partner, mode = Region.objects.get(code="W1"), Category.objects.filter(scheme__code="TRADE_MODE").first()
    made = [
        ("Q", "none", "2024-Q1", "2024-01-01", "2024-03-31", {}),
        ("Q", "none", "2024-Q2", "2024-04-01", "2024-06-30", {}),
        ("M", "none", "2023-12", "2023-12-01", "2023-12-31", {"partner": partner}),
        ("M", "ytd", "2024-07", "2024-01-01", "2024-07-31", {}),
        ("A", "none", "2023", "2023-01-01", "2023-12-31", {"trade_mode": mode}),
        ("A", "none", "2022", "2022-01-01", "2022-12-31", {"trade_mode": mode}),
        ("A", "none", "2021", "2021-01-01", "2021-12-31", {"variant": "testing"}),
    ]
    for number, (frequency, accumulation, period, start, end, more) in enumerate(made):
        key = f"TEST.{frequency}.{accumulation}.{'.'.join(more)}"
        series, _ = Series.objects.get_or_create(
            key=key, defaults={"indicator": like.series.indicator, "region": like.series.region, "frequency": frequency,
                               "accumulation": accumulation, **more},
        )  # fmt: skip
        Observation.objects.create(
            series=series, period=period, period_start=start, period_end=end, value=number, decimals=0, unit=like.unit,
            source=like.source, released=release, status="E" if number % 2 else "P",
        )  # fmt: skip


def found(read: Read, **asked: Any) -> list[int]:
    """The ids that a query gives, which are all that it finds."""
    answer = read("/observations", **{"fields": "id", "page_size": 10_000, **asked})
    assert answer["next"] is None
    ids = [row["id"] for row in answer["results"]]
    assert len(set(ids)) == len(ids)
    return sorted(ids)


def those(rows: list[Row], keep: Callable[[Row], bool]) -> list[int]:
    """The same by hand. A filter that keeps nothing or everything would prove nothing."""
    ids = sorted(row["id"] for row in rows if keep(row))
    assert 0 < len(ids) < len(rows)
    return ids


# The row ------------------------------------------------------------------------------------------------------------


def test_the_example_of_the_contract(client: Client, read: Read) -> None:
    asked = {"region": "430281", "year": "2024", "indicator": "TRADE_TOTAL"}
    (row,) = read("/observations", **asked)["results"]
    assert list(row) == STANDARD_NAMES
    identity = Observation.objects.live().get(series__key="A.430281.TRADE_TOTAL", period="2024").pk
    assert row == {
        "id": identity, "series": "A.430281.TRADE_TOTAL", "indicator": "TRADE_TOTAL", "indicator_name": "进出口总额",
        "region": "430281", "region_name": "醴陵市", "industry": None, "industry_name": None, "product": None,
        "product_name": None, "partner": None, "partner_name": None, "trade_mode": None, "trade_mode_name": None,
        "whole": None, "whole_name": None,
        "variant": None, "period": "2024", "value": 41.25, "unit": "CNY_100M", "unit_name": "亿元", "status": "A",
        "status_name": "正常", "qualifier": "exact", "qualifier_name": "确数", "period_basis": "stated",
        "period_basis_name": "原文所述", "source": "zhuzhou-county-trade",
        "source_title": Source.objects.get(slug="zhuzhou-county-trade").title_zh, "release": "2026-R1",
    }  # fmt: skip
    assert b'"value":41.25,' in client.get(f"{BASE}/observations?region=430281&year=2024&indicator=TRADE_TOTAL").content
    (full,) = read("/observations", **asked, detail="full")["results"]
    assert list(full) == FULL_NAMES
    assert {name: full[name] for name in STANDARD_NAMES} == row
    assert {name: full[name] for name in FULL_NAMES[len(STANDARD_NAMES) : -2]} == {
        "frequency": "A", "frequency_name": "年", "accumulation": "none", "accumulation_name": "当期",
        "period_start": "2024-01-01", "period_end": "2024-12-31", "decimals": 2,
        "text": "41.25亿元", "citation_count": full["citation_count"],
    }  # fmt: skip
    assert full["citation_count"] >= 1
    assert full["updated"].endswith("Z")


def test_each_detail_has_its_columns_whatever_the_rows(read: Read) -> None:
    for detail, columns in (
        ("data", ["series", "period", "value"]),
        ("standard", STANDARD_NAMES),
        ("full", FULL_NAMES),
    ):
        rows = read("/observations", detail=detail, variants="all")["results"]
        assert all(list(row) == columns for row in rows)


def test_labels_give_codes_or_names(read: Read) -> None:
    names = [column for column in STANDARD_NAMES if column.endswith(("_name", "_title"))]
    coded, named = (read("/observations", labels=labels, page_size=5)["results"] for labels in ("code", "name"))
    assert list(coded[0]) == [column for column in STANDARD_NAMES if column not in names]
    assert list(named[0]) == [
        column for column in STANDARD_NAMES if {f"{column}_name", f"{column}_title"}.isdisjoint(names)
    ]


def test_fields_keep_only_those_in_the_order_of_the_row(read: Read) -> None:
    rows = read("/observations", fields="updated,value,id", page_size=5)["results"]
    assert list(rows[0]) == ["id", "value", "updated"]


def figure(value: Any, decimals: int, period: str = "1990", **more: Any) -> Observation:
    like = Observation.objects.live().filter(series__key="A.430281.TRADE_TOTAL").first()
    assert like is not None
    return Observation.objects.create(
        series=like.series, period=period, period_start=f"{period}-01-01", period_end=f"{period}-12-31", value=value,
        decimals=decimals, unit=like.unit, source=like.source, released=like.released, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stored", "decimals", "shown"),
    [("7.83", 2, "7.83"), ("41.2", 2, "41.20"), ("0", 0, "0"), ("0", 2, "0.00"), ("-40.48", 2, "-40.48"), ("100000", 0, "100000"),
     ("0.1", 1, "0.1"), ("-0.000000001", 9, "-0.000000001"), ("99999999999999.9", 1, "99999999999999.9")],
)  # fmt: skip
def test_a_value_keeps_its_stated_decimals(stored: str, decimals: int, shown: str, client: Client) -> None:
    identity = figure(stored, decimals).pk
    for path in (f"/observations/{identity}", "/observations?year=1990"):
        assert f'"value":{shown},'.encode() in client.get(BASE + path).content


@hypothesis_settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(number=st.integers(-(10**15) + 1, 10**15 - 1), decimals=st.integers(0, 9))
def test_any_storable_value_comes_back_exactly(number: int, decimals: int, client: Client) -> None:
    digits = str(abs(number)).zfill(decimals + 1)
    shown = ("-" if number < 0 else "") + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)
    row = figure(shown, decimals)
    try:
        assert f'"value":{shown},'.encode() in client.get(f"{BASE}/observations/{row.pk}").content
    finally:
        row.delete()


def test_missing_is_null_and_a_stated_zero_is_zero(read: Read, client: Client) -> None:
    missing, zero = figure(None, 0, "1990", status="O").pk, figure("0", 0, "1991").pk
    rows = {row["id"]: row for row in read("/observations", year="1990..1991")["results"]}
    assert (rows[missing]["value"], rows[missing]["status"]) == (None, "O")
    assert (rows[zero]["value"], rows[zero]["status"]) == (0, "A")
    assert b'"value":null,' in client.get(f"{BASE}/observations/{missing}").content
    stated = read("/observations", region="430224", indicator="LARGE_TRADING_FIRMS")["results"]
    assert [row["value"] for row in stated] == [0]


def test_what_the_rows_say_of_themselves_is_consistent(everything: list[Row]) -> None:
    for row in everything:
        assert (row["value"] is None) == (row["status"] == "O")
        assert row["qualifier"] != "target" or row["status"] in ("F", "O")
        assert row["period_start"] <= row["period_end"]
        assert row["period"][:4] == row["period_end"][:4]
        for dimension in ("indicator", "region", *BREAKDOWNS):
            assert (row[dimension] is None) == (row[f"{dimension}_name"] is None)


# Filters ------------------------------------------------------------------------------------------------------------

SIMPLE: list[tuple[str, str, Callable[[Row], bool]]] = [
    ("indicator", "TRADE_TOTAL", lambda r: r["indicator"] == "TRADE_TOTAL"),
    ("indicator", "TRADE_TOTAL,GDP", lambda r: r["indicator"] in ("TRADE_TOTAL", "GDP")),
    ("region", "430281", lambda r: r["region"] == "430281"),
    ("region", "430281,430223,YRD", lambda r: r["region"] in ("430281", "430223", "YRD")),
    ("industry", "CERAMICS,FIREWORKS", lambda r: r["industry"] in ("CERAMICS", "FIREWORKS")),
    ("industry", "total", lambda r: r["industry"] is None),
    ("industry", "total,TEA", lambda r: r["industry"] in (None, "TEA")),
    ("product", "SMARTPHONES,LAPTOPS", lambda r: r["product"] in ("SMARTPHONES", "LAPTOPS")),
    ("product", "total", lambda r: r["product"] is None),
    ("partner", "W1,DEVELOPED", lambda r: r["partner"] in ("W1", "DEVELOPED")),
    ("partner", "total", lambda r: r["partner"] is None),
    ("trade_mode", "total", lambda r: r["trade_mode"] is None),
    ("trade_mode", "OFFSHORE", lambda r: r["trade_mode"] == "OFFSHORE"),
    ("year", "2024", lambda r: r["period"][:4] == "2024"),
    ("year", "2022,2024", lambda r: r["period"][:4] in ("2022", "2024")),
    ("year", "2020..2023", lambda r: "2020" <= r["period"][:4] <= "2023"),
    ("year", "2025..", lambda r: r["period"][:4] >= "2025"),
    ("year", "..2020,2025", lambda r: r["period"][:4] <= "2020" or r["period"][:4] == "2025"),
    ("period", "2024", lambda r: r["period"][:4] == "2024"),
    ("period", "2024-Q1", lambda r: r["period"] in ("2024-Q1", "2024-01", "2024-02", "2024-03")),
    ("period", "2024-07", lambda r: r["period"] == "2024-07"),
    ("period", "2020-07", lambda r: r["period"] == "2020-07"),
    ("period", "2023-12..2024-Q1", lambda r: r["period"] in ("2023-12", "2024-Q1", "2024-01", "2024-02", "2024-03")),
    ("period", "..2020,2024-Q2", lambda r: r["period"][:4] <= "2020" or r["period"] in ("2024-Q2", "2024-04", "2024-05", "2024-06")),
    ("frequency", "Q", lambda r: r["frequency"] == "Q"),
    ("frequency", "Q,M", lambda r: r["frequency"] != "A"),
    ("accumulation", "ytd", lambda r: r["accumulation"] == "ytd"),
    ("accumulation", "none", lambda r: r["accumulation"] == "none"),
    ("status", "F", lambda r: r["status"] == "F"),
    ("status", "E,P", lambda r: r["status"] in ("E", "P")),
    ("source", "hunan-ftz", lambda r: r["source"] == "hunan-ftz"),
    ("source", "hunan-ftz,county-clusters", lambda r: r["source"] in ("hunan-ftz", "county-clusters")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "keep"), SIMPLE, ids=[f"{name}={value}" for name, value, _ in SIMPLE])
def test_a_filter_gives_what_it_says(
    name: str, value: str, keep: Callable[[Row], bool], everything: list[Row], read: Read
) -> None:
    assert found(read, variants="all", **{name: value}) == those(everything, keep)


def test_filters_of_all_kinds_narrow_together(everything: list[Row], read: Read) -> None:
    asked = {
        "indicator": "TRADE_TOTAL,GDP",
        "year": "2020..2024",
        "frequency": "A",
        "trade_mode": "total",
        "status": "A",
    }
    expected = those(
        everything,
        lambda r: r["indicator"] in ("TRADE_TOTAL", "GDP") and "2020" <= r["period"] <= "2024" and r["frequency"] == "A"
        and r["trade_mode"] is None and r["status"] == "A" and r["variant"] is None,
    )  # fmt: skip
    assert found(read, **asked) == expected


def below(code: str) -> set[str]:
    """A region and everything below it, one step at a time."""
    codes, frontier = {code}, {code}
    while frontier:
        frontier = set(Region.objects.filter(parent__code__in=frontier).values_list("code", flat=True))
        codes |= frontier
    return codes


def test_within_gives_the_region_and_everything_below(everything: list[Row], read: Read) -> None:
    for code in ("430200", "430000", "CN"):
        within = below(code)
        expected = those(everything, lambda r, within=within: r["region"] in within)
        assert found(read, variants="all", within=code) == expected


def test_within_and_kind_give_the_counties_of_a_city(everything: list[Row], read: Read) -> None:
    kinds, within = dict(Region.objects.values_list("code", "kind")), below("430200")
    expected = those(everything, lambda r: r["region"] in within and kinds[r["region"]] == "county")
    assert found(read, variants="all", within="430200", kind="county") == expected
    expected = those(everything, lambda r: kinds[r["region"]] in ("group", "zone"))
    assert found(read, variants="all", kind="group,zone") == expected


def test_aggregates_can_be_left_out(everything: list[Row], read: Read) -> None:
    aggregates = set(Region.objects.filter(is_aggregate=True).values_list("code", flat=True))
    expected = those(everything, lambda r: r["region"] not in aggregates)
    assert found(read, variants="all", aggregates="exclude") == expected
    assert found(read, variants="all", aggregates="include") == found(read, variants="all")


def test_a_topic_gives_its_indicators(everything: list[Row], read: Read) -> None:
    topics = dict(Indicator.objects.values_list("code", "topic__code"))
    assert Topic.objects.filter(code="TRADE").exists()
    assert found(read, variants="all", topic="TRADE") == those(everything, lambda r: topics[r["indicator"]] == "TRADE")
    expected = those(everything, lambda r: topics[r["indicator"]] in ("TRADE", "ECONOMY"))
    assert found(read, variants="all", topic="TRADE,ECONOMY") == expected


def test_variants_are_left_out_unless_asked_for(everything: list[Row], read: Read) -> None:
    preferred = those(everything, lambda r: r["variant"] is None)
    assert found(read) == found(read, variants="preferred") == preferred
    assert found(read, variants="all") == sorted(row["id"] for row in everything)


def test_a_release_gives_the_rows_that_it_published(everything: list[Row], read: Read) -> None:
    later = Release.objects.create(version="2099.1", status="published", published_at="2099-01-01T00:00Z")
    forget_data_version()
    moved = [row["id"] for row in everything[:3]]
    Observation.objects.filter(pk__in=moved).update(released=later)
    assert found(read, variants="all", release="2099.1") == sorted(moved)
    assert len(found(read, variants="all", release="2026-R1")) == len(everything) - 3
    assert len(found(read, variants="all", release="2026-R1,2099.1")) == len(everything)


@pytest.mark.parametrize("more", [{}, {"year": "..2023"}, {"status": "A,E"}])
@pytest.mark.parametrize("count", [1, 2])
def test_latest_gives_the_newest_periods_of_each_series(
    count: int, more: dict[str, str], everything: list[Row], read: Read
) -> None:
    asked = set(found(read, variants="all", **more))
    series: dict[str, list[tuple[str, int]]] = {}
    for row in everything:
        if row["id"] in asked and row["status"] != "F":
            series.setdefault(row["series"], []).append((row["period_end"], row["id"]))
    expected = sorted(identity for rows in series.values() for _, identity in sorted(rows)[-count:])
    assert found(read, variants="all", latest=count, **more) == expected
    assert count > 1 or len(expected) < len(asked)


def test_a_former_code_leads_to_what_the_region_became(read: Read) -> None:
    new, old = read("/observations", region="430212"), read("/observations", region="430221")
    assert old["results"] == new["results"] != []
    (warning,) = old["warnings"]
    assert warning["code"] == "former_code"
    assert "430212" in warning["message"]
    assert new["warnings"] == []
    assert read(warning["href"].removeprefix(f"http://testserver{BASE}"))["code"] == "430212"


def test_an_empty_answer_links_to_what_there_is(read: Read) -> None:
    asked = {"region": "430281", "indicator": "TRADE_TOTAL", "year": "1901", "latest": 1, "page_size": 5, "lang": "en"}
    answer = read("/observations", **asked)
    assert answer["results"] == []
    assert answer["next"] is answer["previous"] is None
    (warning,) = answer["warnings"]
    assert warning["code"] == "no_rows"
    assert "year=1901" in warning["href"]
    assert read(warning["href"].removeprefix(f"http://testserver{BASE}"))["observation_count"] == 0


REFUSED = {
    "indicator": ("TRADE_TOTL", "TRADE_TOTAL"), "region": ("ZZ-COUNTIE", "ZZ-COUNTIES"), "industry": ("CERAMIC", "CERAMICS"),
    "product": ("LAPTOP", "LAPTOPS"), "trade_mode": ("totl", "total"), "source": ("hunan-ft", "hunan-ftz"),
    "topic": ("TRAD", "TRADE"), "release": ("2026-R11", "2026-R1"), "within": ("HH-DRYPRT", "HH-DRYPORT"), "kind": ("countys", "county"),
    "frequency": ("a", "A"), "accumulation": ("yt", "ytd"), "aggregates": ("exclud", "exclude"), "variants": ("al", "all"),
    "labels": ("cod", "code"), "detail": ("ful", "full"), "fields": ("regio", "region"), "ordering": ("perod", "period"),
    "count": ("tru", "true"), "partner": ("totall", "total"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_an_unknown_code_is_refused_with_the_nearest(name: str, client: Client) -> None:
    wrong, meant = REFUSED[name]
    error = error_of(client.get(f"{BASE}/observations", {name: wrong}), name)
    assert error["did_you_mean"] == meant
    assert meant in error["allowed"] or len(error["allowed"]) == 100


@pytest.mark.parametrize(
    ("name", "value"),
    [("year", "24"), ("year", "2024-Q1"), ("year", "2024..2020"), ("year", ".."), ("year", "2024,"), ("year", "２０２４"),
     ("period", "2024-13"), ("period", "2024-Q5"), ("period", "2024-7"), ("period", "2024...2025"), ("latest", "0"),
     ("latest", "x"), ("region", "430281,"), ("region", ",430281"), ("count", "1"), ("status", "X"), ("detail", "data,full")],
)  # fmt: skip
def test_a_malformed_value_is_refused(name: str, value: str, client: Client) -> None:
    assert error_of(client.get(f"{BASE}/observations", {name: value}), name)["message"]


def test_a_hundred_values_are_taken_and_one_more_refused(client: Client) -> None:
    codes = list(Region.objects.public().values_list("code", flat=True)[:101])
    assert client.get(f"{BASE}/observations", {"region": ",".join(codes[:100])}).status_code == 200
    assert (
        error_of(client.get(f"{BASE}/observations", {"region": ",".join(codes)}), "region")["code"] == "too_many_values"
    )


def test_a_hundred_long_codes_are_taken(client: Client) -> None:
    like = Indicator.objects.public()[0]
    codes = [f"INDICATOR_WITH_A_LONG_CODE_{number:03}" for number in range(100)]
    for code in codes:
        like.pk, like.code = None, code
        like.save()
    assert client.get(f"{BASE}/observations", {"indicator": ",".join(codes)}).status_code == 200


# One row, and what is never shown -----------------------------------------------------------------------------------


def test_one_row_has_its_citations_in_full(read: Read) -> None:
    (listed,) = read("/observations", region="430281", year="2024", indicator="TRADE_TOTAL", detail="full")["results"]
    row = read(f"/observations/{listed['id']}")
    assert list(row) == [*FULL_NAMES, "retired", "citations", "replaced_by", "href"]
    cited = row.pop("citations")
    assert listed["citation_count"] == len(cited) >= 1
    assert listed.items() <= row.items()
    for citation in cited:
        assert list(citation) == [
            "code", "source", "source_title", "section", "exact", "start", "end", "role", "role_name", "assertion",
            "assertion_name", "note",
        ]  # fmt: skip
        assert citation["source"] == "zhuzhou-county-trade"
        assert citation["end"] - citation["start"] == len(citation["exact"]) > 0
    assert any(liling()["value"] in citation["exact"] for citation in cited)


def test_every_row_can_be_asked_for_by_its_number(everything: list[Row], read: Read) -> None:
    for listed in everything[::8]:
        row = read(f"/observations/{listed['id']}")
        assert listed.items() <= {**row, "citation_count": len(row["citations"])}.items()


def test_a_retired_row_is_shown_by_its_own_addresses_only(read: Read) -> None:
    row = Observation.objects.live().get(series__key="A.430281.TRADE_TOTAL", period="2024")
    Observation.objects.filter(pk=row.pk).update(retired=row.released)
    Series.objects.filter(pk=row.series_id).refresh_extent()
    assert row.pk not in found(read, variants="all")
    assert found(read, region="430281", indicator="TRADE_TOTAL", year="2024", latest=1) == []
    assert read(f"/observations/{row.pk}")["retired"] == "2026-R1"
    assert read("/availability", region="430281", indicator="TRADE_TOTAL", year="2024")["observation_count"] == 0
    read("/series/A.430281.TRADE_TOTAL", expect=404)
    assert read("/series", region="430281", indicator="TRADE_TOTAL")["results"] == []
    for citation in Citation.objects.filter(observation_set=row.pk):
        assert not any(s["code"] == str(row.pk) for s in read(f"/citations/{citation.code}")["supports"])
    assert read("/citations", observation=row.pk)["results"]
    terms = [term for check in read("/checks")["results"] for term in check["terms"]]
    assert row.pk not in {term["observation"] for term in terms}


def test_draft_citations_are_not_counted(read: Read) -> None:
    row = Observation.objects.live().get(series__key="A.430281.TRADE_TOTAL", period="2024")
    before = read(f"/observations/{row.pk}")["citations"]
    draft = Citation.objects.create(code="draft", source=row.source, exact="41", start=1, end=3)
    row.citations.add(draft)
    assert read(f"/observations/{row.pk}")["citations"] == before
    (listed,) = read("/observations", region="430281", indicator="TRADE_TOTAL", year="2024", fields="citation_count")[
        "results"
    ]
    assert listed["citation_count"] == len(before)


def test_the_answer_is_valid_json_without_nan(client: Client) -> None:
    assert orjson.loads(client.get(f"{BASE}/observations?variants=all&detail=full&page_size=10000").content)


@pytest.mark.parametrize(
    "query",
    [{"detail": "data", "fields": "unit"}, {"labels": "code", "fields": "region_name"}, {"fields": "derived_from"}],
)
def test_fields_that_the_answer_does_not_have_are_refused(get: Any, query: dict[str, str]) -> None:
    (error,) = get("/observations", 400, **query)["errors"]
    assert (error["parameter"], error["code"]) == ("fields", "conflict")


def test_rows_come_with_their_phrases_in_a_fixed_number_of_queries(
    read: Read, client: Client, django_assert_max_num_queries: Any
) -> None:
    asked = {"include": "citations", "fields": "value,citation_count,text"}
    read("/observations", **asked, page_size=1)
    with django_assert_max_num_queries(4):
        rows = read("/observations", **asked, page_size=300)["results"]
    assert all(len(row["citations"]) == row["citation_count"] for row in rows)
    (row,) = read("/observations", **asked, region="430281", indicator="TRADE_TOTAL", year="2024", transform="rank")[
        "results"
    ]
    assert {phrase["exact"] for phrase in row["citations"]} >= {f"{liling()['value']}亿元"}
    assert client.get(f"{BASE}/observations.csv?include=citations").status_code == 400
