"""Regions, indicators and what goes with them, series, availability, checks, sources, citations, releases, and finding."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from indicators.models import Indicator, Observation, Series
from regions.models import Membership, Region, Succession
from sources.models import Citation, Release, Source
from tests.api.contract import BASE, error_of

pytestmark = pytest.mark.django_db

Row = dict[str, Any]
Read = Callable[..., Any]


def every(read: Read, path: str, **asked: Any) -> list[Row]:
    rows: list[Row] = read(path, **{"page_size": 1000, **asked})["results"]
    return rows


def codes(rows: list[Row], by: str = "code") -> list[str]:
    found = [row[by] for row in rows]
    assert len(set(found)) == len(found)
    return sorted(found)


def those(rows: list[Row], keep: Callable[[Row], Any], by: str = "code") -> list[str]:
    """The same by hand. A filter that keeps nothing or everything would prove nothing."""
    found = sorted(row[by] for row in rows if keep(row))
    assert 0 < len(found) < len(rows)
    return found


# Regions ------------------------------------------------------------------------------------------------------------


def test_a_region_has_the_fields_of_the_contract(read: Read) -> None:
    region = read("/regions/430281")
    assert {
        "code", "kind", "name", "name_zh", "name_en", "parent", "children_count", "members", "member_of", "valid_from",
        "valid_to", "predecessors", "successors", "is_aggregate",
    } <= region.keys()  # fmt: skip
    assert (region["kind"], region["parent"], region["children_count"]) == ("county", "430200", 0)
    assert "ZZ-COUNTIES" in codes(region["member_of"])
    group = read("/regions/ZZ-COUNTIES")
    assert codes(group["members"]) == ["430223", "430224", "430225", "430281"]
    assert group["is_aggregate"] is True
    assert all(set(member) == {"code", "name", "kind", "kind_name"} for member in group["members"])


def test_regions_can_be_narrowed(read: Read) -> None:
    rows = every(read, "/regions")
    assert codes(every(read, "/regions", kind="prefecture")) == those(rows, lambda r: r["kind"] == "prefecture")
    assert codes(every(read, "/regions", kind="world,country")) == those(
        rows, lambda r: r["kind"] in ("world", "country")
    )
    assert codes(every(read, "/regions", parent="430200")) == those(rows, lambda r: r["parent"] == "430200")
    parents = {row["code"]: row["parent"] for row in rows}

    def within(code: str, top: str) -> bool:
        return code == top or (parents.get(code) is not None and within(parents[code], top))

    for top in ("430200", "430000"):
        assert codes(every(read, "/regions", within=top)) == those(rows, lambda r, t=top: within(r["code"], t))
    named = those(rows, lambda r: any("醴陵" in n for n in (r["name_zh"], r["short_zh"], *r["other_names"])))
    assert codes(every(read, "/regions", q="醴陵")) == named
    assert codes(every(read, "/regions", q="LILING")) == codes(every(read, "/regions", q="ｌｉｌｉｎｇ")) != []


def test_hunan_is_whole(read: Read) -> None:
    assert len(every(read, "/regions", parent="430000", kind="prefecture")) == 14
    assert len(every(read, "/regions", within="430000", kind="county")) == 122


def test_the_list_is_of_a_day(read: Read) -> None:
    today, then = (codes(every(read, "/regions", **asked)) for asked in ({}, {"valid_on": "2016-01-01"}))
    assert "430212" in today
    assert "430221" not in today
    assert "430221" in then
    assert "430212" not in then
    day = Succession.objects.get(predecessor__code="430221").date.isoformat()
    assert "430212" in codes(every(read, "/regions", valid_on=day))
    assert "430221" not in codes(every(read, "/regions", valid_on=day))


def test_a_former_code_still_answers_with_what_it_became(read: Read) -> None:
    old, new = read("/regions/430221"), read("/regions/430212")
    assert codes(old["successors"]) == ["430212"]
    assert codes(new["predecessors"]) == ["430221"]
    assert old["valid_to"] == new["valid_from"]


def test_the_whole_list_is_of_the_day_on_which_it_is_asked_for(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the statement that reads it stands ready, a place that was merged yesterday is not in it today."""
    old = Region.objects.exclude(valid_to=None).order_by("code")[0]
    assert old.valid_to
    before = old.valid_to - datetime.timedelta(1)
    for day, is_listed in ((before, True), (old.valid_to, False), (before, True)):
        monkeypatch.setattr(timezone, "localdate", lambda *_, day=day: day)
        assert (old.code in codes(every(read, "/regions"))) is is_listed


def test_children_are_counted_as_they_are_listed(read: Read) -> None:
    for code in ("430000", "430200", "430100", "CN"):
        assert read(f"/regions/{code}")["children_count"] == len(every(read, "/regions", parent=code))


# Indicators and what goes with them ---------------------------------------------------------------------------------


def test_an_indicator_has_the_fields_of_the_contract(read: Read) -> None:
    indicator = read("/indicators/TRADE_TOTAL")
    assert {
        "code", "name", "name_zh", "name_en", "definition", "unit", "decimals", "kind", "aggregation", "price_basis",
        "higher_is", "topic", "sources", "first_period", "last_period", "series_count", "observation_count", "note",
    } <= indicator.keys()  # fmt: skip
    assert (indicator["name"], indicator["unit"], indicator["kind"]) == ("进出口总额", "CNY_100M", "flow")
    rows = every(read, "/observations", indicator="TRADE_TOTAL", variants="all", detail="full")
    assert indicator["observation_count"] == len(rows)
    assert indicator["series_count"] == len({row["series"] for row in rows})
    assert indicator["first_period"] == min(row["period"] for row in rows)
    assert indicator["last_period"] == max(row["period"] for row in rows)
    assert indicator["sources"] == sorted({row["source"] for row in rows})


def test_indicators_can_be_narrowed(read: Read) -> None:
    rows = every(read, "/indicators")
    data = every(read, "/observations", variants="all", detail="full")
    assert codes(every(read, "/indicators", topic="TRADE,ECONOMY")) == those(
        rows, lambda r: r["topic"] in ("TRADE", "ECONOMY")
    )
    assert codes(every(read, "/indicators", unit="CNY_100M")) == those(rows, lambda r: r["unit"] == "CNY_100M")
    monthly = {row["indicator"] for row in data if row["frequency"] == "M"}
    assert codes(every(read, "/indicators", frequency="M")) == those(rows, lambda r: r["code"] in monthly)
    there = {row["indicator"] for row in data if row["region"] in ("430281", "HNFTZ")}
    assert codes(every(read, "/indicators", region="430281,HNFTZ")) == those(rows, lambda r: r["code"] in there)
    words = those(rows, lambda r: any("进出口" in n for n in (r["name_zh"], *r["other_names"])))
    assert set(words) <= set(codes(every(read, "/indicators", q="进出口"))) < set(codes(rows))
    assert "TRADE_TOTAL" in codes(every(read, "/indicators", q="trade_total"))


def test_counts_of_all_indicators_are_those_of_the_data(read: Read) -> None:
    data = every(read, "/observations", variants="all")
    observations = Counter(row["indicator"] for row in data)
    series = Counter(indicator for indicator, _ in {(row["indicator"], row["series"]) for row in data})
    for row in every(read, "/indicators"):
        assert row["observation_count"] == observations[row["code"]]
        assert row["series_count"] == series[row["code"]]


def test_topics_count_their_indicators(read: Read) -> None:
    counted = Counter(row["topic"] for row in every(read, "/indicators"))
    for row in every(read, "/topics"):
        assert row["indicator_count"] == counted[row["code"]]
    assert sum(counted.values()) == Indicator.objects.public().count()


def test_units_have_symbol_dimension_and_an_exact_factor(read: Read, client: Client) -> None:
    units = {row["code"]: row for row in every(read, "/units")}
    assert {"code", "symbol", "name", "dimension", "factor"} <= units["CNY"].keys()
    assert units["CNY_100M"]["factor"] == 10**8 * units["CNY"]["factor"]
    assert units["CNY_1T"]["dimension"] == units["CNY"]["dimension"] != units["USD_100M"]["dimension"]
    assert b'"factor":100000000' in client.get(f"{BASE}/units/CNY_100M").content
    used = {row["unit"] for row in every(read, "/observations", variants="all")}
    assert used <= units.keys()


def test_classifications_have_their_categories(read: Read) -> None:
    for scheme in every(read, "/classifications"):
        detail = read(f"/classifications/{scheme['code']}")
        assert len(detail["categories"]) == scheme["category_count"]
        known = codes(detail["categories"])
        assert all(row["scheme"] == scheme["code"] for row in detail["categories"])
        assert all(row["parent"] in known for row in detail["categories"] if row["parent"])
        assert read(f"/classifications/{scheme['code'].lower()}") == detail
    assert codes(every(read, "/classifications")) == ["INDUSTRY", "PRODUCT", "TRADE_MODE"]


# Series and availability --------------------------------------------------------------------------------------------


def test_a_series_has_its_codes_and_its_extent(read: Read) -> None:
    data = every(read, "/observations", variants="all", detail="full")
    rows = {row["key"]: row for row in every(read, "/series", variants="all")}
    assert rows.keys() == {row["series"] for row in data}
    for key, series in rows.items():
        held = [row for row in data if row["series"] == key]
        assert series["observation_count"] == len(held)
        assert series["first_period"] == min(row["period"] for row in held)
        assert series["last_period"] == max(row["period"] for row in held)
        for name in (
            "indicator",
            "region",
            "industry",
            "product",
            "partner",
            "trade_mode",
            "variant",
            "frequency",
            "accumulation",
        ):
            assert {row[name] for row in held} == {series[name]}
        breakdown = [series[name] for name in ("industry", "product", "partner", "trade_mode") if series[name]]
        assert key.startswith(".".join([series["frequency"], series["region"], series["indicator"], *breakdown]))
    assert read("/series/A.430281.TRADE_TOTAL") == rows["A.430281.TRADE_TOTAL"]


SERIES_FILTERS = [
    {"indicator": "TRADE_TOTAL,GDP"}, {"region": "430281"}, {"region": "430221"}, {"industry": "TEA,total"}, {"product": "total"},
    {"partner": "DEVELOPED"}, {"trade_mode": "OFFSHORE"}, {"frequency": "M"}, {"accumulation": "ytd"}, {"within": "430200"},
    {"kind": "zone"}, {"aggregates": "exclude"}, {"topic": "TRADE"}, {"variants": "all"}, {"within": "430200", "kind": "county"},
]  # fmt: skip


@pytest.mark.parametrize("asked", SERIES_FILTERS, ids=str)
def test_series_are_narrowed_as_observations_are(asked: dict[str, str], read: Read) -> None:
    expected = {row["series"] for row in every(read, "/observations", **asked)}
    assert expected
    assert codes(every(read, "/series", **asked), "key") == sorted(expected)


@pytest.mark.parametrize(
    "asked", [{}, {"year": "2024"}, {"within": "430200", "topic": "TRADE"}, {"status": "F"}, *SERIES_FILTERS], ids=str
)
def test_availability_is_what_the_same_query_gives(asked: dict[str, str], read: Read) -> None:
    rows = every(read, "/observations", detail="full", **asked)
    available = read("/availability", **asked)
    assert available["observation_count"] == len(rows) > 0
    assert available["series_count"] == len({row["series"] for row in rows})
    assert available["first_period"] == min(row["period"] for row in rows)
    assert available["last_period"] == max(row["period"] for row in rows)
    for dimension, found in available["dimensions"].items():
        counted = Counter(row[dimension] for row in rows)
        assert {entry["code"]: entry["observation_count"] for entry in found} == counted
        series = Counter(code for code, _ in {(row[dimension], row["series"]) for row in rows})
        assert {entry["code"]: entry["series_count"] for entry in found} == series
        names = {row[dimension]: row.get(f"{dimension}_name") for row in rows}
        assert {entry["code"]: entry["name"] for entry in found} == names


# Checks -------------------------------------------------------------------------------------------------------------


def test_the_checks_of_the_data_come_out_as_they_do_by_hand(read: Read) -> None:
    check = read("/checks/four-counties-trade")
    assert (check["kind"], check["result"], check["unit"]) == ("sum", "pass", "CNY_100M")
    parts = [term for term in check["terms"] if term["role"] == "part"]
    assert sum(Decimal(str(term["value"])) for term in parts) == Decimal("50.81")
    assert (check["left"], check["right"], check["difference"]) == (50.81, 50.81, 0)
    for term in check["terms"]:
        row = read(f"/observations/{term['observation']}")
        assert (row["series"], row["period"], row["value"], row["unit"]) == (
            term["series"], term["period"], term["value"], term["unit"],
        )  # fmt: skip


def test_checks_can_be_narrowed(read: Read) -> None:
    rows = every(read, "/checks")
    assert {
        "code",
        "kind",
        "kind_name",
        "name",
        "terms",
        "left",
        "right",
        "difference",
        "unit",
        "result",
        "note",
    } == rows[0].keys()
    assert codes(every(read, "/checks", kind="sum")) == those(rows, lambda r: r["kind"] == "sum")
    assert codes(every(read, "/checks", kind="sum,share")) == those(rows, lambda r: r["kind"] in ("sum", "share"))
    assert codes(every(read, "/checks", result="pass")) == those(rows, lambda r: r["result"] == "pass")
    assert all(row["note"] for row in rows if row["result"] == "fail")
    assert all((row["left"] is None) == (row["result"] == "not_testable") for row in rows)


def test_a_check_without_its_data_is_not_testable(read: Read) -> None:
    row = Observation.objects.live().get(series__key="A.430281.TRADE_TOTAL", period="2024")
    Observation.objects.filter(pk=row.pk).update(retired=row.released)
    check = read("/checks/four-counties-trade")
    assert check["result"] == "not_testable"
    assert [t["value"] for t in check["terms"] if t["series"] == "A.430281.TRADE_TOTAL"] == [None]
    assert "four-counties-trade" in codes(every(read, "/checks", result="not_testable"))


# Sources, citations, releases ---------------------------------------------------------------------------------------


def test_a_source_counts_what_cites_it(read: Read) -> None:
    data = every(read, "/observations", variants="all")
    for source in every(read, "/sources"):
        assert {
            "code",
            "kind",
            "title",
            "authors",
            "publisher",
            "issued",
            "doi",
            "url",
            "licence",
            "sha256",
        } <= source.keys()
        assert isinstance(source["authors"], list)
        cited = every(read, "/citations", source=source["code"])
        assert source["citation_count"] == len(cited)
        assert source["observation_count"] == sum(row["source"] == source["code"] for row in data)
        assert read(f"/sources/{source['code']}") == source
    rows = every(read, "/sources")
    assert codes(every(read, "/sources", kind="paper")) == those(rows, lambda r: r["kind"] == "paper")


def test_a_citation_has_its_place_and_links_to_what_it_supports(read: Read, client: Client) -> None:
    rows = every(read, "/citations")
    assert list(rows[0]) == [
        "code",
        "source",
        "source_title",
        "section",
        "exact",
        "start",
        "end",
        "role",
        "role_name",
        "assertion",
        "assertion_name",
        "note",
        "supports",
    ]
    assert all(row["end"] - row["start"] == len(row["exact"]) for row in rows)
    assert sum(bool(row["supports"]) for row in rows) > len(rows) / 2
    for row in rows[::25]:
        assert read(f"/citations/{row['code']}") == row
        for support in row["supports"]:
            assert client.get(support["href"]).status_code == 200


def test_citations_can_be_narrowed(read: Read) -> None:
    rows = every(read, "/citations")
    assert codes(every(read, "/citations", source="hunan-ftz")) == those(rows, lambda r: r["source"] == "hunan-ftz")
    assert codes(every(read, "/citations", role="defines")) == those(rows, lambda r: r["role"] == "defines")
    assert codes(every(read, "/citations", assertion="inferred")) == those(rows, lambda r: r["assertion"] == "inferred")
    (row,) = every(read, "/observations", region="430281", year="2024", indicator="TRADE_TOTAL")
    cited = read(f"/observations/{row['id']}")["citations"]
    assert codes(every(read, "/citations", observation=row["id"])) == codes(cited)
    assert every(read, "/citations", observation=999_999_999) == []
    evidence = read("/policies/measures/ftz-first-01", include="evidence")["evidence"]
    assert codes(every(read, "/citations", measure="ftz-first-01")) == codes(evidence) != []


def test_positions_are_those_of_the_texts(read: Read) -> None:
    folder = Path(settings.BASE_DIR).parent / "shared" / "documents"
    texts = {}
    for path in folder.glob("*.txt"):
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
        texts[len(text)] = text
    if not texts:
        pytest.skip(f"the documents are not in {folder}")
    lengths = dict(Source.objects.values_list("slug", "length"))
    compared = 0
    for row in every(read, "/citations"):
        if found := texts.get(lengths[row["source"]] or -1):
            assert found[row["start"] : row["end"]] == row["exact"]
            compared += 1
    assert compared > 100


def test_releases_are_listed_newest_first(read: Read) -> None:
    Release.objects.create(version="2099.1", status="published", published_at="2099-01-01T00:00Z")
    Release.objects.create(version="2098.9", status="prepared")
    versions = [row["version"] for row in every(read, "/releases")]
    assert versions[0] == "2099.1"
    assert "2026-R1" in versions
    assert "2098.9" not in versions
    read("/releases/2098.9", expect=404)


def test_a_release_says_what_it_published(read: Read) -> None:
    release = read("/releases/2026-R1")
    assert {"version", "published_at", "note", "observations_added", "observations_live", "digest"} <= release.keys()
    assert release["published_at"].endswith("Z")
    assert release["observations_live"] == len(every(read, "/observations", variants="all"))
    assert len(release["digest"]) == 64


def test_the_latest_release_is_a_redirect_that_keeps_the_query(client: Client) -> None:
    response = client.get(f"{BASE}/releases/latest?lang=en")
    assert response.status_code == 302
    assert response["Location"] == f"http://testserver{BASE}/releases/2026-R1?lang=en"
    assert client.get(response["Location"]).status_code == 200
    assert client.get(f"{BASE}/releases/latest")["Location"] == f"http://testserver{BASE}/releases/2026-R1"
    Release.objects.create(version="2099.1", status="published", published_at="2099-01-01T00:00Z")
    assert client.get(f"{BASE}/releases/latest")["Location"] == f"http://testserver{BASE}/releases/2099.1"


def test_before_the_first_release_there_is_no_latest(client: Client) -> None:
    Release.objects.update(status="prepared")
    assert client.get(f"{BASE}/releases/latest").status_code == 404
    assert orjson.loads(client.get(f"{BASE}/releases").content)["results"] == []


# Finding ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [("醴陵", "region", "430281"), ("醴陵市", "region", "430281"), ("Liling", "region", "430281"), ("株洲县", "region", "430221"),
     ("进出口总额", "indicator", "TRADE_TOTAL"), ("ＧＤＰ", "indicator", "GDP"), ("陶瓷", "industry", "CERAMICS"),
     ("430281", "region", "430281"), ("湖南", "region", "430000")],
)  # fmt: skip
def test_a_name_resolves_to_its_code(words: str, kind: str, code: str, read: Read, client: Client) -> None:
    rows = every(read, "/resolve", q=words)
    assert list(rows[0]) == ["kind", "code", "name", "matched", "score", "href"]
    (row,) = [row for row in rows if (row["kind"], row["code"]) == (kind, code)]
    assert row["score"] == max(found["score"] for found in rows)
    assert [found["score"] for found in rows] == sorted((found["score"] for found in rows), reverse=True)
    assert client.get(row["href"]).status_code == 200
    assert row["name"]


def test_a_mistyped_name_finds_the_nearest(read: Read) -> None:
    assert "430281" in [row["code"] for row in every(read, "/resolve", q="liling ciyt")]


def test_words_that_name_nothing_are_an_empty_answer_with_a_warning(read: Read) -> None:
    for path in ("/resolve", "/search"):
        answer = read(path, q="zzzzqqqq")
        assert answer["results"] == []
        assert answer["count"] == 0
        assert answer["warnings"][0]["code"] == "no_rows"


@pytest.mark.parametrize("path", ["/resolve", "/search"])
def test_words_are_required_and_kinds_narrow(path: str, read: Read, client: Client) -> None:
    assert error_of(client.get(BASE + path), "q")["code"] == "required"
    assert error_of(client.get(BASE + path, {"q": "a", "kind": "regon"}), "kind")["did_you_mean"] == "region"
    rows = every(read, path, q="株洲")
    assert [row for row in rows if row["kind"] == "region"] == every(read, path, q="株洲", kind="region") != []


def test_search_finds_every_kind_and_every_result_opens(read: Read, client: Client) -> None:
    rows = every(read, "/search", q="贸易") + every(read, "/search", q="trade")
    assert {"indicator", "measure", "document"} <= {row["kind"] for row in rows}
    for row in rows[::10]:
        answer = client.get(row["href"])
        assert answer.status_code == 200
        if row["kind"] in ("region", "indicator", "measure", "document", "source"):
            content = orjson.loads(answer.content)
            assert row["code"] in (content.get("code"),)


def test_what_meets_all_of_several_words_meets_each(read: Read) -> None:
    def wholly(words: str) -> set[tuple[str, str]]:
        rows = every(read, "/search", q=words, kind="measure")
        return {(row["kind"], row["code"]) for row in rows if row["coverage"] == 1}

    assert set() < wholly("株洲 开放") <= wholly("株洲") & wholly("开放")


def test_memberships_have_both_sides(read: Read) -> None:
    pairs = set(Membership.objects.public().values_list("group__code", "member__code"))
    for group in sorted({group for group, _ in pairs})[:5]:
        assert {(group, code) for code in codes(read(f"/regions/{group}")["members"])} == {
            p for p in pairs if p[0] == group
        }


def test_codes_are_never_shown_for_what_does_not_exist(read: Read) -> None:
    shown = {row["region"] for row in every(read, "/series", variants="all")}
    assert shown == set(Region.objects.filter(series__in=Series.objects.public()).values_list("code", flat=True))
    assert Citation.objects.public().count() == read("/citations", page_size=1)["count"]
