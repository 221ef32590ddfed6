"""What is computed misleads nobody, whatever the store holds: properties of rankings, comparisons and transforms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators.components import series_key
from indicators.labels import labels
from indicators.models import Indicator, Observation, Series, Unit
from indicators.periods import parse_period
from sources.models import Release, Source

Get = Callable[..., Any]

# Counties of one prefecture and of another, prefectures, groups of which one contains the other's members, zones within a zone.
REGIONS = (
    "430281", "430223", "430224", "430225", "430212", "431202", "430200", "431200", "430000", "ZZ-COUNTIES", "CN-COUNTIES",
    "HNFTZ", "HNFTZ-CS", "HH-DRYPORT", "CN",
)  # fmt: skip
ROUNDING = 0.005  # of a share, which has two decimals


class Stated(NamedTuple):
    """A figure of a random store."""

    region: str
    year: int
    value: int
    unit: str
    qualifier: str
    status: str
    industry: str


FIGURES = st.builds(
    Stated,
    region=st.sampled_from(REGIONS),
    year=st.sampled_from((2030, 2031)),
    value=st.integers(-3, 40),
    unit=st.sampled_from(("CNY_100M", "CNY_100M", "CNY_10K", "USD_100M")),
    qualifier=st.sampled_from(("exact", "exact", "exact", "approx", "over", "under")),
    status=st.sampled_from(("A", "A", "A", "E", "P", "F")),
    industry=st.sampled_from(("", "", "", "CERAMICS", "AGRICULTURE")),
)
STORES = st.lists(FIGURES, min_size=1, max_size=30, unique_by=lambda one: (one.region, one.year, one.industry))
random_stores = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def holding(figures: list[Stated]) -> Iterator[None]:
    """The store with these figures of exports beside its own, as long as it is looked at."""
    known, units = labels(), {unit.code: unit for unit in Unit.objects.all()}
    indicator, source, release = Indicator.objects.get(code="EXPORTS"), Source.objects.first(), Release.objects.get()
    keys = [
        series_key({"frequency": "A", "region": one.region, "indicator": "EXPORTS", "industry": one.industry or None})
        for one in figures
    ]
    with transaction.atomic():
        Series.objects.bulk_create((
            Series(key=key, region_id=known.regions.key[one.region], indicator=indicator, frequency="A",
                   industry_id=known.industries.key.get(one.industry))
            for key, one in zip(keys, figures, strict=True)
        ), ignore_conflicts=True)  # fmt: skip
        series = Series.objects.filter(key__in=keys)
        of_key, periods = {one.key: one for one in series}, {one.year: parse_period(str(one.year)) for one in figures}
        Observation.objects.bulk_create(
            Observation(
                series=of_key[key], period=periods[one.year].label, period_start=periods[one.year].start,
                period_end=periods[one.year].end, value=Decimal(one.value), unit=units[one.unit], qualifier=one.qualifier,
                status=one.status, source=source, released=release,
            )
            for key, one in zip(keys, figures, strict=True)
        )  # fmt: skip
        series.refresh_extent()
        yield
        transaction.set_rollback(True)


def contains_another(codes: set[str]) -> bool:
    known = labels()
    return bool(known.containing({known.regions.key[code] for code in codes}))


def is_measured(row: dict[str, Any]) -> bool:
    return row["qualifier"] == "exact" and row["status"] in ("A", "E", "P") and row["value"] is not None


@pytest.mark.stores_alike
@given(
    figures=STORES,
    kind=st.sampled_from(("", "county", "prefecture", "group", "zone")),
    within=st.sampled_from(("", *REGIONS)),
)
@random_stores
def test_a_ranking_is_of_what_can_be_compared_and_its_shares_are_of_one_whole(
    get: Get, client: Any, figures: list[Stated], kind: str, within: str
) -> None:
    asked = {name: value for name, value in (("kind", kind), ("within", within)) if value}
    with holding(figures):
        response = client.get("/api/v1/rankings", {"indicator": "EXPORTS", "year": "2031", **asked})
        if response.status_code == 400:
            (error,) = response.json()["errors"]
            assert error["code"] == "not_comparable"
            assert error["parameter"] in ("kind", "region", "whole")
            assert len(error["allowed"]) > 1
            return
        rows = response.json()["results"]
        assert not contains_another({row["region"] for row in rows})
        assert len({row["unit"] for row in rows}) <= 1
        assert len({row["share_of"] for row in rows if row["share"] is not None}) <= 1
        shares = [row["share"] for row in rows if row["share"] is not None]
        assert sum(shares) <= 100 + ROUNDING * len(shares)
        for row in rows:
            assert is_measured(row) or (row["rank"], row["share"], row["rank_change"]) == (None, None, None)
            assert row["rank"] is not None or row["note"]
            assert row["share"] is not None or row["note"]
        ranked = [row for row in rows if row["rank"] is not None]
        assert [row["value"] for row in ranked] == sorted((row["value"] for row in ranked), reverse=True)


@pytest.mark.stores_alike
@given(figures=STORES)
@random_stores
def test_shares_of_one_whole_never_add_to_more_than_it_and_every_null_has_its_reason(
    get: Get, figures: list[Stated]
) -> None:
    with holding(figures):
        rows = get("/observations", indicator="EXPORTS", year="2030..2031", transform="share", detail="full")["results"]
        shares: dict[tuple[Any, ...], list[float]] = defaultdict(list)
        for row in rows:
            if row["value"] is None:
                assert row["note"]
            else:
                assert row["qualifier"] == "exact"
                shares[row["whole"], row["period"], row["industry"] is None].append(row["value"])
        assert all(sum(found) <= 100 + ROUNDING * len(found) for found in shares.values())


@pytest.mark.stores_alike
@given(figures=STORES)
@random_stores
def test_a_ranking_and_the_transform_give_the_same_rank(get: Get, client: Any, figures: list[Stated]) -> None:
    asked = {"indicator": "EXPORTS", "year": "2031", "kind": "county", "within": "430200"}
    with holding(figures):
        response = client.get("/api/v1/rankings", asked)
        ranking = {row["region"]: row["rank"] for row in response.json().get("results", ())}
        if response.status_code != 200:  # several dimensions of units: then no row has a rank
            (error,) = response.json()["errors"]
            assert (response.status_code, error["parameter"], error["code"]) == (400, "region", "not_comparable")
        rows = get("/observations", transform="rank", industry="total", **asked)["results"]
        assert {row["region"]: row["value"] for row in rows if row["value"] is not None} == {
            region: rank for region, rank in ranking.items() if rank is not None
        }


@pytest.mark.stores_alike
@given(figures=STORES)
@random_stores
def test_a_ratio_is_only_of_two_exact_observed_values(get: Get, figures: list[Stated]) -> None:
    chosen = ("430281", "430223", "430224", "430200")
    with holding(figures):
        rows = get("/compare", indicator="EXPORTS", region=",".join(chosen), year="2030..2031")["results"]
        for row in rows:
            said = row["figures"]
            for code in chosen:
                if row["ratios"][code] is None:
                    assert said[code] is None or said[code]["note"]
                else:
                    assert all(
                        said[one]["qualifier"] == "exact" and said[one]["status"] in ("A", "E", "P")
                        for one in (code, chosen[0])
                    )


@given(figures=STORES, descending=st.booleans())
@random_stores
def test_an_order_by_value_is_that_of_the_worth_shown(
    get: Get, client: Any, figures: list[Stated], descending: bool
) -> None:
    asked = {"indicator": "EXPORTS", "year": "2030..2031", "ordering": f"{'-' * descending}value", "page_size": "7"}
    with holding(figures):
        response = client.get("/api/v1/observations", asked)
        if {one.unit[:3] for one in figures} == {"CNY", "USD"}:
            assert response.json()["errors"][0]["code"] == "not_comparable"
            return
        rows, page = [], response.json()
        while True:
            rows += page["results"]
            if not page["next"]:
                break
            page = client.get(page["next"]).json()
        factors = {unit.code: unit.factor for unit in Unit.objects.all()}
        worth = [Decimal(str(row["value"])) * factors[row["unit"]] for row in rows]
        assert worth == sorted(worth, reverse=descending)
        assert len({row["id"] for row in rows}) == len(rows) == len(figures)


@pytest.mark.parametrize(
    ("way", "value", "unit"), [("", 100.0, "PERCENT"), (":absolute", 20.0, "CNY_100M"), (":annual", 41.42, "PERCENT")]
)
def test_a_change_is_on_the_period_that_is_named(get: Get, db: None, way: str, value: float, unit: str) -> None:
    figures = [Stated("430281", year, value, "CNY_100M", "exact", status, "")
               for year, value, status in ((2032, 20, "E"), (2034, 40, "A"))]  # fmt: skip
    with holding(figures):
        asked = {"region": "430281", "indicator": "EXPORTS", "industry": "total", "lang": "en"}
        base, row = get("/observations", transform=f"change:2032{way}", **asked)["results"]
        assert (row["value"], row["unit"], row["status"]) == (value, unit, "E")  # no surer than its base
        assert (base["value"] is None) == (way == ":annual")
        (_, absent) = get("/observations", transform=f"change:2033{way}", **asked)["results"]
        assert (absent["value"], absent["note"]) == (None, "no value for 2033, which would be the base")


def test_of_several_wholes_one_is_to_be_chosen(get: Get, db: None) -> None:
    asked = {"indicator": "TRADE_SHARE", "year": "2024"}
    for path, more in (("/rankings", {}), ("/compare", {"region": "430281,EAST10"})):
        (error,) = get(path, 400, **asked, **more)["errors"]
        assert (error["parameter"], error["code"]) == ("whole", "not_comparable")
        assert {"CN", "ZZ-COUNTIES"} <= set(error["allowed"])
    assert get("/rankings", **asked, whole="ZZ-COUNTIES", kind="county")["results"]


def test_members_of_a_group_have_shares_of_its_figure(get: Get, db: None) -> None:
    rows = get(
        "/observations", indicator="TRADE_TOTAL", year="2024", within="ZZ-COUNTIES", kind="county", transform="share"
    )
    shares = {row["region"]: row["value"] for row in rows["results"] if row["value"] is not None}
    assert "430281" in shares
    assert {row["whole"] for row in rows["results"] if row["value"] is not None} == {"ZZ-COUNTIES"}


def test_what_is_no_exact_observed_value_is_marked_in_a_wide_table(get: Get, client: Any, db: None) -> None:
    figures = [
        Stated("430281", 2030, 5, "CNY_100M", "exact", "A", ""),
        Stated("430281", 2031, 9, "CNY_100M", "target", "F", ""),
    ]
    with holding(figures):
        asked = {"region": "430281", "indicator": "EXPORTS", "industry": "total", "shape": "wide", "lang": "en"}
        (row,) = get("/observations", **asked)["results"]
        assert (row["2030"], row["2031"], row["2031_mark"], "2030_mark" in row) == (5, 9, "forecast or goal", False)
        header, *_ = client.get("/api/v1/observations.csv", asked).getvalue().decode().split()[:2]
        assert header.endswith("2030,2031,2031_mark")
        long = asked | {"shape": "long", "latest": "1"}
        latest, goals = (client.get("/api/v1/observations", long | more).json() for more in ({}, {"status": "F"}))
        assert [row["period"] for row in latest["results"]] == ["2030"]  # a goal is not what was
        assert [row["period"] for row in goals["results"]] == ["2031"]
