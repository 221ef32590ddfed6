"""What a statistician asks: transforms, units, shapes, rankings, comparisons and profiles, on lines made for the purpose."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from indicators.components import series_key
from indicators.models import Indicator, Observation, Series, Unit
from indicators.periods import parse_period
from regions.models import Region
from sources.models import Release, Source

Get = Callable[..., Any]
LINE = {"indicator": "EXPORTS", "variants": "preferred"}


@pytest.fixture
def line(db: None) -> Callable[..., None]:
    """Rows of one indicator of a region: `line("430281", {"2020": "10.0"}, qualifier=…)`."""

    def make(
        region: str, rows: dict[str, str | None], unit: str = "CNY_100M", accumulation: str = "none", **more: Any
    ) -> None:
        first = parse_period(next(iter(rows)))
        place, indicator = Region.objects.get(code=region), Indicator.objects.get(code="EXPORTS")
        key = series_key(
            {"frequency": first.frequency, "region": region, "indicator": "EXPORTS", "accumulation": accumulation}
        )
        series, _ = Series.objects.get_or_create(
            key=key, region=place, indicator=indicator, frequency=first.frequency, accumulation=accumulation
        )
        for label, value in rows.items():
            period = parse_period(label).accumulated(accumulation)
            Observation.objects.create(
                series=series, period=label, period_start=period.start, period_end=period.end,
                value=None if value is None else Decimal(value), status="O" if value is None else "A",
                decimals=len(value.partition(".")[2]) if value else 0, unit=Unit.objects.get(code=unit),
                source=Source.objects.get(slug="zhuzhou-county-trade"), released=Release.objects.get(), **more,
            )  # fmt: skip
        Series.objects.filter(pk=series.pk).refresh_extent()

    return make


def values(answer: Any) -> dict[str, Any]:
    return {row["period"]: row["value"] for row in answer["results"]}


def test_a_change_on_a_year_earlier_needs_that_year(get: Get, line: Any) -> None:
    line("430281", {"2018": "8.0", "2019": "10.0", "2020": "12.5", "2022": "20.0"})
    answer = get("/observations", region="430281", transform="yoy", lang="en", **LINE)
    assert values(answer) == {"2018": None, "2019": 25.0, "2020": 25.0, "2022": None}
    rows = {row["period"]: row for row in answer["results"]}
    assert {row["unit"] for row in rows.values()} == {"PERCENT"}
    assert rows["2020"]["indicator_name"].endswith(", change on a year earlier")
    ids = {row["period"]: row["id"] for row in rows.values()}
    assert rows["2020"]["derived_from"] == [ids["2020"], ids["2019"]]
    assert (rows["2022"]["note"], rows["2022"]["status"]) == ("no value for 2021, which would be the base", "O")


def test_the_base_may_lie_outside_of_the_query(get: Get, line: Any) -> None:
    line("430281", {"2019": "10.0", "2020": "12.5"})
    assert values(get("/observations", region="430281", year="2020", transform="yoy", **LINE)) == {"2020": 25.0}


def test_quarters_have_a_period_before_and_a_year_before(get: Get, line: Any) -> None:
    line("430281", {"2019-Q4": "8.0", "2020-Q1": "10.0", "2020-Q4": "12.0"})
    pop = get("/observations", region="430281", transform="pop", frequency="Q", **LINE)
    assert values(pop) == {"2019-Q4": None, "2020-Q1": 25.0, "2020-Q4": None}
    yoy = get("/observations", region="430281", transform="yoy", frequency="Q", **LINE)
    assert values(yoy) == {"2019-Q4": None, "2020-Q1": None, "2020-Q4": 50.0}


def test_running_totals_have_a_year_before_but_no_period_before(get: Get, line: Any) -> None:
    line("430281", {"2019-07": "8.0", "2020-06": "9.0", "2020-07": "10.0"}, accumulation="ytd")
    asked = {"region": "430281", "accumulation": "ytd", **LINE}
    assert values(get("/observations", transform="yoy", **asked))["2020-07"] == 25.0
    assert set(values(get("/observations", transform="pop", **asked)).values()) == {None}


def test_a_difference_keeps_the_unit_and_a_difference_of_percentages_is_in_points(get: Get, line: Any) -> None:
    line("430281", {"2019": "0", "2020": "12.5"})
    row = get("/observations", region="430281", year="2020", transform="diff", **LINE)["results"][0]
    assert (row["value"], row["unit"]) == (12.5, "CNY_100M")
    points = get("/observations", region="GBA", indicator="EXPORTS_PRODUCT_SHARE", year="2024", transform="diff")
    assert [(row["value"], row["unit"]) for row in points["results"]] == [(2.3, "PERCENTAGE_POINT")]


def test_an_index_is_100_in_its_base_year_and_for_quarters_on_their_mean(get: Get, line: Any) -> None:
    line("430281", {"2019": "10.0", "2020": "12.5"})
    line("430281", {"2019-Q1": "1.0", "2019-Q2": "2.0", "2019-Q3": "2.0", "2019-Q4": "3.0", "2020-Q1": "4.0"})
    annual = get("/observations", region="430281", frequency="A", transform="index:2019", **LINE)
    assert values(annual) == {"2019": 100.0, "2020": 125.0}
    quarters = get("/observations", region="430281", frequency="Q", transform="index:2019", **LINE)
    assert values(quarters) == {"2019-Q1": 50, "2019-Q2": 100, "2019-Q3": 100, "2019-Q4": 150, "2020-Q1": 200}


def test_an_index_of_a_running_total_is_of_the_same_part_of_the_base_year(get: Get, line: Any) -> None:
    line("430281", {"2019-06": "10.0", "2019-12": "25.0", "2020-06": "12.0"}, accumulation="ytd")
    answer = get("/observations", region="430281", accumulation="ytd", transform="index:2019", **LINE)
    assert values(answer) == {"2019-06": 100.0, "2019-12": 100.0, "2020-06": 120.0}


def test_a_change_since_a_quarter_is_one_of_quarters(get: Get, line: Any) -> None:
    line("430281", {"2019-Q1": "10.0", "2020-Q1": "12.0"})
    line("430281", {"2020": "50.0"})
    asked = {"region": "430281", "year": "2020", "transform": "change:2019-Q1", "lang": "en"}
    rows = get("/observations", **asked, **LINE)["results"]
    assert {row["period"]: (row["value"], row["note"]) for row in rows} == {
        "2020": (None, "the base is a period of another frequency"), "2020-Q1": (20.0, None),
    }  # fmt: skip


def test_a_share_is_of_the_parent_region(get: Get, line: Any) -> None:
    line("430200", {"2020": "50.0"})
    line("430281", {"2020": "12.5"})
    assert values(get("/observations", region="430281", year="2020", transform="share", **LINE)) == {"2020": 25.0}


def test_a_rate_has_no_share(get: Get) -> None:
    row = get("/observations", region="430281", indicator="FISCAL_SCI_SHARE", transform="share", lang="en")["results"][
        0
    ]
    assert (row["value"], row["note"]) == (None, "the indicator does not add up, so it has no shares")


def test_ranks_are_of_the_whole_answer_not_of_the_page(get: Get, line: Any) -> None:
    for region, value in (("430281", "5"), ("430223", "9"), ("430224", "9"), ("430225", "1")):
        line(region, {"2020": value})
    line("430200", {"2020": "99"})  # another kind of region: not a rival, and without one
    asked = {"within": "430200", "year": "2020", "transform": "rank", **LINE}
    whole = {row["region"]: row["value"] for row in get("/observations", **asked)["results"]}
    assert whole == {"430200": None, "430223": 1, "430224": 1, "430281": 3, "430225": 4}
    first = get("/observations", page_size=2, ordering="value", **asked)
    assert [row["value"] for row in first["results"]] == [1, 1]


def test_a_missing_value_stays_missing_under_every_transform(get: Get, line: Any) -> None:
    line("430281", {"2019": "10.0", "2020": None})
    for transform in ("yoy", "pop", "diff", "index:2019", "share", "rank"):
        assert values(get("/observations", region="430281", year="2020", transform=transform, **LINE)) == {"2020": None}


def test_units_convert_exactly_and_keep_their_precision(client: Any, line: Any) -> None:
    line("430281", {"2020": "41.20"})
    asked = "/api/v1/observations?region=430281&indicator=EXPORTS&fields=value,unit,unit_name&unit="
    assert (
        b'{"value":412000,"unit":"CNY_10K","unit_name":"\xe4\xb8\x87\xe5\x85\x83"}'
        in client.get(asked + "CNY_10K").content
    )
    assert b'{"value":0.004120,"unit":"CNY_1T"' in client.get(asked + "CNY_1T").content


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ({"indicator": "TRADE_TOTAL", "unit": "USD_100M"}, "unit", "other_dimension"),
        ({"region": "430281", "unit": "CNY"}, "unit", "other_dimension"),
        ({"indicator": "TRADE_TOTAL", "unit": "CNY", "transform": "yoy"}, "unit", "conflict"),
        ({"transform": "index"}, "transform", "malformed"),
        ({"transform": "yoy:2020"}, "transform", "malformed"),
        ({"transform": "yoyo"}, "transform", "unknown_value"),
        ({"shape": "wide", "ordering": "value"}, "ordering", "conflict"),
        ({"shape": "series", "fields": "value"}, "fields", "conflict"),
    ],
)
def test_what_makes_no_sense_is_refused(get: Get, query: dict[str, str], parameter: str, code: str) -> None:
    (error,) = get("/observations", 400, **query)["errors"]
    assert (error["parameter"], error["code"]) == (parameter, code)


def test_series_have_their_attributes_once_and_points_for_a_chart(get: Get, line: Any) -> None:
    line("430281", {"2019": "10.0", "2021": None})
    (shaped,) = get("/observations", region="430281", shape="series", **LINE)["results"]
    ids = [row["id"] for row in get("/observations", region="430281", **LINE)["results"]]
    assert shaped["points"] == [["2019", 10.0, "A", "exact", ids[0]], ["2021", None, "O", "exact", ids[1]]]
    assert (shaped["series"], shaped["unit"]) == ("A.430281.EXPORTS", "CNY_100M")


def test_wide_has_a_column_a_period_and_one_unit_a_line(get: Get, line: Any) -> None:
    line("430281", {"2019": "100000"}, unit="CNY_10K")
    line("430281", {"2020": "12.5"})
    line("430223", {"2020": "1.5"})
    rows = get("/observations", region="430281,430223", shape="wide", **LINE)["results"]
    shown = {row["region"]: (row["2019"], row["2020"], row["unit"]) for row in rows}
    assert shown == {"430281": (10, 12.5, "CNY_100M"), "430223": (None, 1.5, "CNY_100M")}


@pytest.mark.parametrize("shape", ["series", "wide"])
def test_pages_of_shapes_count_series_and_lose_none(get: Get, client: Any, shape: str) -> None:
    whole = [row["series"] for row in get("/observations", shape=shape, topic="TRADE", page_size=10_000)["results"]]
    found, page = [], get("/observations", shape=shape, topic="TRADE", page_size=4)
    while True:
        found += [row["series"] for row in page["results"]]
        if not page["next"]:
            break
        page = client.get(page["next"]).json()
    assert found == whole
    assert len(set(found)) == len(found) > 8


def test_a_ranking_has_both_changes_on_the_year_before(get: Get, line: Any) -> None:
    line("430281", {"2019": "4", "2020": "5"})
    line("430223", {"2019": "9", "2020": "3"})
    line("430224", {"2020": "2"}, qualifier="approx")
    line("430200", {"2020": "16"})
    rows = get("/rankings", indicator="EXPORTS", year="2020", kind="county", within="430200", lang="en")["results"]
    assert [(r["region"], r["rank"], r["share"], r["change"], r["change_rate"], r["rank_change"]) for r in rows] == [
        ("430281", 1, 31.25, 1, 25.0, 1), ("430223", 2, 18.75, -6, -66.67, -1), ("430224", None, None, None, None, None),
    ]  # fmt: skip
    assert {row["share_of"] for row in rows} == {"430200"}
    assert rows[2]["note"].startswith("not an exact observed value")


def test_a_ranking_within_a_region_is_of_its_parts_without_itself(get: Get, line: Any) -> None:
    line("430200", {"2020": "16"})
    line("430281", {"2020": "5"})
    line("430223", {"2020": "3"})
    rows = get("/rankings", indicator="EXPORTS", year="2020", within="430200")["results"]
    assert [(row["region"], row["rank"]) for row in rows] == [("430281", 1), ("430223", 2)]


def test_a_share_in_a_ranking_is_of_the_nearest_region_that_has_an_exact_figure(get: Get, line: Any) -> None:
    line("430281", {"2020": "5"})
    line("430223", {"2020": "3"})
    line("430200", {"2020": "16"}, qualifier="approx")
    line("430000", {"2020": "160"})
    rows = get("/rankings", indicator="EXPORTS", year="2020", region="430281,430223")["results"]
    assert [(row["share"], row["share_of"]) for row in rows] == [(3.12, "430000"), (1.88, "430000")]


def test_regions_stand_side_by_side_with_the_ratio_to_the_first(get: Get, line: Any) -> None:
    line("430281", {"2019": "4", "2020": "5"})
    line("430223", {"2020": "20000"}, unit="CNY_10K")
    line("430224", {"2020": "2"}, qualifier="under")
    rows = get("/compare", indicator="EXPORTS", region="430281,430223,430224", year="2019..2020", lang="en")["results"]
    assert [(r["period"], r["unit"], r["values"], r["ratios"]) for r in rows] == [
        ("2019", "CNY_100M", {"430281": 4, "430223": None, "430224": None}, {"430281": 1, "430223": None, "430224": None}),
        ("2020", "CNY_100M", {"430281": 5, "430223": 2, "430224": 2}, {"430281": 1, "430223": 0.4, "430224": None}),
    ]  # fmt: skip
    bound = rows[1]["figures"]["430224"]
    assert (bound["qualifier"], bound["note"]) == ("under", "not an exact observed value, so nothing is computed of it")
    assert rows[0]["figures"]["430223"] is None
    (error,) = get("/compare", 400, indicator="EXPORTS", regions="430281")["errors"]
    assert error["did_you_mean"] == "region"


def test_figures_side_by_side_are_in_the_unit_of_their_indicator_however_they_are_stated(get: Get, line: Any) -> None:
    line("430281", {"2020": "50000"}, unit="CNY_10K")
    line("430223", {"2020": "20000"}, unit="CNY_10K")
    (row,) = get("/compare", indicator="EXPORTS", region="430281,430223", year="2020")["results"]
    assert (row["unit"], row["values"]) == ("CNY_100M", {"430281": 5, "430223": 2})


def test_a_profile_has_the_latest_headlines_ranked_among_siblings(get: Get, line: Any) -> None:
    line("430281", {"2019": "4", "2020": "5"})
    line("430223", {"2020": "7"})

    def exports() -> tuple[Any, ...]:
        (row,) = [row for row in get("/regions/430281/profile")["indicators"] if row["indicator"] == "EXPORTS"]
        return row["period"], row["value"], row["rank"], row["of"]

    assert exports() == ("2020", 5, None, 2)  # a rank of two says nothing
    line("430224", {"2020": "3"})
    assert exports() == ("2020", 5, 2, 3)
    assert get("/regions/430281/profile")["measures"]


def test_a_profile_has_each_industry_goals_by_themselves_and_what_the_places_in_it_have(get: Get) -> None:
    liling, yanling, hunan = (get(f"/regions/{code}/profile") for code in ("430281", "430225", "430000"))
    assert {row["industry"] for row in liling["indicators"] if row["indicator"] == "INDUSTRY_OUTPUT"} >= {"CERAMICS"}
    assert [row["value"] for row in yanling["goals"] if row["indicator"] == "INDUSTRY_OUTPUT"] == [100]
    assert all(row["status"] != "F" for row in yanling["indicators"])
    assert {row["region"] for row in hunan["places"]} >= {"430281", "HNFTZ", "HH-DRYPORT"}
    assert get("/regions/CN/profile")["indicators"]


def test_the_matrix_counts_what_the_summary_counts(get: Get) -> None:
    matrix = get("/availability", view="matrix", within="430200")
    summary = get("/availability", within="430200")
    assert sum(sum(row["counts"]) for row in matrix["regions"]) == summary["observation_count"]
    assert all(len(row["counts"]) == len(matrix["years"]) for row in matrix["regions"])


@pytest.mark.parametrize("transform", ["yoy", "pop", "diff", "index:2020", "share", "rank"])
def test_a_transform_costs_the_same_number_of_queries_however_long_the_page(
    transform: str, get: Get, django_assert_max_num_queries: Any
) -> None:
    get("/observations", transform=transform, page_size=2)
    with django_assert_max_num_queries(8):
        get("/observations", transform=transform, page_size=200)


@pytest.mark.parametrize(
    ("period", "found"),
    [
        ("2020-12", {"2020-12"}),
        ("2020-Q4", {"2020-12", "2020-Q4"}),
        ("2020-Q3", {"2020-Q3"}),
        ("2020-11..2020-12", {"2020-12"}),
        ("2020-07..", {"2020-12", "2020-Q3", "2020-Q4"}),
        ("2020-08..2020-12", {"2020-12", "2020-Q4"}),
        ("..2020-09", {"2020-Q3"}),
        ("2020", {"2020-12", "2020-Q3", "2020-Q4"}),
        ("2019", set()),
    ],
)
def test_a_running_total_counts_by_its_own_month_or_quarter(get: Get, line: Any, period: str, found: set[str]) -> None:
    line("430281", {"2020-12": "9"}, accumulation="ytd")
    line("430281", {"2020-Q3": "7", "2020-Q4": "9"}, accumulation="ytd")
    assert set(values(get("/observations", region="430281", accumulation="ytd", period=period, **LINE))) == found


def test_a_base_year_of_which_a_quarter_lacks_gives_no_index(get: Get, line: Any) -> None:
    line("430281", {"2019-Q1": "1.0", "2019-Q2": "2.0", "2019-Q4": "3.0", "2020-Q1": "4.0"})
    answer = get("/observations", region="430281", frequency="Q", transform="index:2019", lang="en", **LINE)
    assert set(values(answer).values()) == {None}
    assert {(row["status"], row["note"]) for row in answer["results"]} == {
        ("O", "2019 has no complete and exact figures, which would be the base")
    }
