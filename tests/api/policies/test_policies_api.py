"""Policy documents, domains and measures: every filter against a naive one over all measures, parts, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.test import Client

from policies.choices import Status
from policies.models import Event, Measure
from regions.models import Region
from sources.models import Release
from sources.versions import forget_data_version
from tests.api.contract import BASE, error_of

pytestmark = pytest.mark.django_db

Row = dict[str, Any]
Read = Callable[..., Any]

PARTS = ("events", "relations", "evidence", "indicators")
IN_FORCE = ("piloting", "in_force", "completed", "replicated")


def every(read: Read, path: str = "/policies/measures", **asked: Any) -> list[Row]:
    rows: list[Row] = read(path, **{"page_size": 1000, **asked})["results"]
    return rows


@pytest.fixture(scope="module")
def asked_once(django_db_setup: None, django_db_blocker: Any) -> Callable[..., list[Row]]:
    """Lists of measures as seeded; the same question is asked once for all tests."""

    @cache
    def ask(query: str) -> list[Row]:
        with django_db_blocker.unblock():
            rows: list[Row] = orjson.loads(Client().get(f"{BASE}/policies/measures?{query}").content)["results"]
        return rows

    return lambda **asked: ask(urlencode({"page_size": 1000, **asked}))


@pytest.fixture
def measures(asked_once: Callable[..., list[Row]]) -> list[Row]:
    """All measures with all of their parts."""
    return asked_once(include=",".join(PARTS))


def codes(rows: list[Row]) -> list[str]:
    found = [row["code"] for row in rows]
    assert len(set(found)) == len(found)
    return sorted(found)


def those(rows: list[Row], keep: Callable[[Row], Any]) -> list[str]:
    """The same by hand. A filter that keeps nothing or everything would prove nothing."""
    found = sorted(row["code"] for row in rows if keep(row))
    assert 0 < len(found) < len(rows)
    return found


def refers(row: Row, name: str, *wanted: str) -> bool:
    return any(item["code"] in wanted for item in row[name])


def two_of(rows: list[Row], name: str) -> tuple[str, str]:
    """Two codes that some measures share, so that a list of both could double them."""
    for row in rows:
        if len(row[name]) > 1:
            return row[name][0]["code"], row[name][1]["code"]
    raise AssertionError(name)


def test_a_measure_has_the_fields_of_the_contract(read: Read) -> None:
    measure = read("/policies/measures/ftz-first-01", include=",".join(PARTS))
    assert {
        "code", "kind", "status", "status_since", "title", "title_zh", "title_en", "summary", "level", "first_in_nation",
        "document", "domain", "needs", "actors", "instruments", "industries", "regions", *PARTS,
    } <= measure.keys()  # fmt: skip
    assert (measure["kind"], measure["first_in_nation"]) == ("first_in_nation", True)
    assert measure["evidence"]
    assert all(
        set(event) == {"type", "type_name", "date", "precision", "region", "batch", "note", "citations"}
        for event in measure["events"]
    )


def test_the_parts_come_only_where_they_are_asked_for(read: Read) -> None:
    for path in ("/policies/measures/ftz-first-01", "/policies/measures"):
        row = read(path)
        row = row if "code" in row else row["results"][0]
        assert not set(PARTS) & row.keys()
    for part in PARTS:
        row = read("/policies/measures/ftz-first-01", include=part)
        assert set(PARTS) & row.keys() == {part}
    error = error_of(Client().get(f"{BASE}/policies/measures", {"include": "event"}), "include")
    assert error["did_you_mean"] == "events"


SIMPLE: list[tuple[dict[str, str], Callable[[Row], Any]]] = [
    ({"kind": "first_in_nation"}, lambda m: m["kind"] == "first_in_nation"),
    ({"kind": "theme,platform"}, lambda m: m["kind"] in ("theme", "platform")),
    ({"first_in_nation": "true"}, lambda m: m["first_in_nation"]),
    ({"first_in_nation": "false"}, lambda m: not m["first_in_nation"]),
    ({"status": "proposed"}, lambda m: m["status"] == "proposed"),
    ({"status": "in_force,piloting"}, lambda m: m["status"] in ("in_force", "piloting")),
    ({"level": "prefecture"}, lambda m: m["level"] == "prefecture"),
    ({"document": "hunan-ftz-plan"}, lambda m: m["document"]["code"] == "hunan-ftz-plan"),
    ({"domain": "ftz-finance"}, lambda m: m["domain"] and m["domain"]["code"] == "ftz-finance"),
    ({"region": "430281"}, lambda m: refers(m, "regions", "430281")),
    ({"region": "430281,HNFTZ"}, lambda m: refers(m, "regions", "430281", "HNFTZ")),
    ({"industry": "CERAMICS"}, lambda m: refers(m, "industries", "CERAMICS")),
    ({"indicator": "TRADE_TOTAL"}, lambda m: refers(m, "indicators", "TRADE_TOTAL")),
    ({"actor": "state-council"}, lambda m: refers(m, "actors", "state-council")),
    ({"instrument": "fund"}, lambda m: refers(m, "instruments", "fund")),
    ({"need": "logistics"}, lambda m: "logistics" in m["needs"]),
    ({"need": "logistics,talent"}, lambda m: {"logistics", "talent"} & set(m["needs"])),
    ({"document": "hunan-ftz-plan", "kind": "theme"}, lambda m: m["document"]["code"] == "hunan-ftz-plan" and m["kind"] == "theme"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "keep"), SIMPLE, ids=[str(asked) for asked, _ in SIMPLE])
def test_a_filter_gives_what_it_says(
    asked: dict[str, str], keep: Callable[[Row], Any], measures: list[Row], read: Read
) -> None:
    found = every(read, **asked)
    assert codes(found) == those(measures, keep)
    whole = {row["code"]: row for row in measures}
    assert all({**whole[row["code"]], **row} == whole[row["code"]] for row in found)


def test_words_find_what_says_them_and_what_they_mean(measures: list[Row], read: Read) -> None:
    found = set(codes(every(read, q="物流")))
    assert found >= set(
        those(measures, lambda m: "物流" in m["title_zh"] + m["summary_zh"] or "logistics" in m["needs"])
    )
    assert found < set(codes(measures))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("industry", "industries"), ("actor", "actors"), ("instrument", "instruments"), ("indicator", "indicators"),
     ("region", "regions")],
)  # fmt: skip
def test_a_measure_that_fits_twice_comes_once(name: str, shown: str, measures: list[Row], read: Read) -> None:
    pair = two_of(measures, shown)
    answer = read("/policies/measures", **{name: ",".join(pair)}, page_size=1000)
    assert codes(answer["results"]) == those(measures, lambda m: refers(m, shown, *pair))
    assert answer["count"] == len(answer["results"])


def test_a_region_can_include_everything_below(measures: list[Row], read: Read) -> None:
    below = set(Region.objects.within(Region.objects.get(code="430200")).values_list("code", flat=True))
    assert len(below) > 5
    expected = those(measures, lambda m: refers(m, "regions", *below))
    assert codes(every(read, region="430200", include_descendants="true")) == expected
    alone = those(measures, lambda m: refers(m, "regions", "430200"))
    assert codes(every(read, region="430200", include_descendants="false")) == alone != expected


def test_announced_takes_ranges(measures: list[Row], read: Read) -> None:
    def years(measure: Row) -> set[str]:
        return {e["date"][:4] for e in measure["events"] if e["type"] in ("proposed", "announced") and e["date"]}

    assert codes(every(read, announced="2020..2021")) == those(measures, lambda m: years(m) & {"2020", "2021"})
    assert codes(every(read, announced="..2019,2025")) == those(
        measures, lambda m: any(y <= "2019" or y == "2025" for y in years(m))
    )


@pytest.mark.parametrize("day", ["2020-12-31", "2024-06-30", "2030-01-01"])
def test_in_force_on_a_day_goes_by_the_events_until_then(day: str, measures: list[Row], read: Read) -> None:
    order = list(Status.values)

    def standing(measure: Row) -> str | None:
        then = [
            (f"{e['date']}-01-01"[:10], order.index(e["type"]), e["type"])
            for e in measure["events"]
            if e["date"] and e["type"] in order and f"{e['date']}-01-01"[:10] <= day
        ]
        return max(then)[2] if then else None

    found = every(read, in_force_on=day, include=",".join(PARTS))
    assert codes(found) == those(measures, lambda m: standing(m) in IN_FORCE)
    whole = {row["code"]: row for row in measures}
    assert all(row == whole[row["code"]] for row in found)  # the status that is shown is today's, whatever the filter


def test_the_status_shown_is_that_of_today_whatever_day_is_asked_for(read: Read) -> None:
    measure = Measure.objects.get(code="ftz-first-01")
    for edtf, type_ in (("2021-01-01", "in_force"), ("2023", "replicated"), ("2098", "withdrawn")):
        Event.objects.create(measure=measure, type=type_, edtf=edtf, released=measure.released)
    (then,) = [row for row in every(read, in_force_on="2022-01-01") if row["code"] == "ftz-first-01"]
    assert (then["status"], then["status_since"]) == ("replicated", "2023")
    assert "ftz-first-01" in codes(every(read, in_force_on="2022-01-01", status="replicated"))
    assert "ftz-first-01" not in codes(every(read, in_force_on="2022-01-01", status="in_force"))
    counted = every(read, "/policies/measures/counts", by="status", in_force_on="2022-01-01")
    assert "replicated" in {row["key"] for row in counted}


def test_in_force_on_and_status_are_two_questions(measures: list[Row], read: Read) -> None:
    both = codes(every(read, in_force_on="2024-06-30", status="in_force"))
    in_force = set(codes(every(read, in_force_on="2024-06-30")))
    assert both == those(measures, lambda m: m["code"] in in_force and m["status"] == "in_force")


def test_updated_after_gives_what_was_published_later(read: Read) -> None:
    assert every(read, updated_after="2098-12-31") == []
    later = Release.objects.create(version="2099.1", status="published", published_at="2099-01-01T12:00Z")
    Measure.objects.filter(code="ftz-first-01").update(released=later)
    forget_data_version()
    assert codes(every(read, updated_after="2098-12-31")) == ["ftz-first-01"]
    assert every(read, updated_after="2099-01-01") == []


def test_the_status_is_that_of_the_latest_event(measures: list[Row]) -> None:
    order = list(Status.values)
    for measure in measures:
        telling = [e for e in measure["events"] if e["type"] in order]
        dated = [(e["date"], e["type"]) for e in telling if e["date"]]
        if not telling:
            assert measure["status"] is measure["status_since"] is None
        elif dated:
            assert measure["status_since"][:4] == max(dated)[0][:4]
            assert (measure["status_since"], measure["status"]) in dated
        else:
            assert measure["status"] in {e["type"] for e in telling}


@pytest.mark.parametrize(
    ("name", "wrong", "meant"),
    [("domain", "ftz-financ", "ftz-finance"), ("document", "hunan-ftz-pla", "hunan-ftz-plan"), ("kind", "tasks", "task"),
     ("status", "in_forc", "in_force"), ("level", "prefectur", "prefecture"), ("actor", "state-counci", "state-council"),
     ("instrument", "fun", "fund"), ("need", "logistic", "logistics"), ("industry", "CERAMIC", "CERAMICS"),
     ("first_in_nation", "tru", "true"), ("indicator", "TRADE_TOTA", "TRADE_TOTAL")],
)  # fmt: skip
def test_an_unknown_code_is_refused_with_the_nearest(name: str, wrong: str, meant: str, client: Client) -> None:
    assert error_of(client.get(f"{BASE}/policies/measures", {name: wrong}), name)["did_you_mean"] == meant


@pytest.mark.parametrize("day", ["2024", "2024-6-1", "2024-02-30", "20240601", "２０２４-06-01", "2024-W01-1"])
def test_a_day_that_is_none_is_refused(day: str, client: Client) -> None:
    for name in ("in_force_on", "status_on"):
        assert error_of(client.get(f"{BASE}/policies/measures", {name: day}), name)["code"] == "malformed"


# Counts -------------------------------------------------------------------------------------------------------------

KEYS: dict[str, Callable[[Row], set[Any]]] = {
    "domain": lambda m: {m["domain"]["code"] if m["domain"] else None},
    "status": lambda m: {m["status"]},
    "kind": lambda m: {m["kind"]},
    "region": lambda m: {region["code"] for region in m["regions"]} or {None},
    "industry": lambda m: {industry["code"] for industry in m["industries"]} or {None},
    "year": lambda m: {m["status_since"][:4] if m["status_since"] else None},
}
NARROWED = [
    {}, {"document": "hunan-ftz-plan"}, {"industry": "CERAMICS"}, {"region": "430281"}, {"status": "in_force"},
    {"in_force_on": "2024-06-30"}, {"q": "物流"}, {"region": "430200", "include_descendants": "true"},
]  # fmt: skip


@pytest.mark.parametrize("asked", NARROWED, ids=str)
@pytest.mark.parametrize("by", KEYS)
def test_counts_are_those_of_the_same_list(
    by: str, asked: dict[str, str], asked_once: Callable[..., list[Row]], read: Read
) -> None:
    rows = asked_once(**asked, fields="code,domain,status,status_since,kind,regions,industries")
    counted = every(read, "/policies/measures/counts", by=by, **asked)
    assert {row["key"]: row["count"] for row in counted} == Counter(key for row in rows for key in KEYS[by](row))
    assert len({row["key"] for row in counted}) == len(counted)
    assert all((row["name"] is None) == (row["key"] is None or by == "year") for row in counted)


def test_counts_are_by_domain_unless_told(read: Read) -> None:
    assert read("/policies/measures/counts") == read("/policies/measures/counts", by="domain")


# Documents and domains ----------------------------------------------------------------------------------------------


def test_domains_tell_stated_from_recorded_tasks(measures: list[Row], read: Read) -> None:
    domains = every(read, "/policies/domains")
    held = Counter((m["domain"]["code"], m["kind"] == "task") for m in measures if m["domain"])
    for domain in domains:
        assert (domain["recorded_count"], domain["related_count"]) == (
            held[domain["code"], True],
            held[domain["code"], False],
        )
        assert read(f"/policies/domains/{domain['code']}") == domain
    plan = every(read, "/policies/domains", document="hunan-ftz-plan")
    assert codes(plan) == those(domains, lambda d: d["document"] == "hunan-ftz-plan")
    assert sum(domain["task_count"] or 0 for domain in plan) == 121


def test_documents_can_be_narrowed_and_count_what_they_hold(measures: list[Row], read: Read) -> None:
    documents = every(read, "/policies/documents")
    held = Counter(measure["document"]["code"] for measure in measures)
    domains = Counter(domain["document"] for domain in every(read, "/policies/domains"))
    for document in documents:
        assert document["measure_count"] == held[document["code"]]
        assert document["domain_count"] == domains[document["code"]]
    assert read("/policies/documents/hunan-ftz-plan") in documents
    assert codes(every(read, "/policies/documents", kind="plan")) == those(documents, lambda d: d["kind"] == "plan")
    assert codes(every(read, "/policies/documents", level="national")) == those(
        documents, lambda d: d["level"] == "national"
    )
    issued = those(documents, lambda d: d["issuer"] and d["issuer"]["code"] == "state-council")
    assert codes(every(read, "/policies/documents", issuer="state-council")) == issued


def test_relations_are_seen_from_both_ends(measures: list[Row]) -> None:
    ends = {
        (m["code"], r["type"], r["code"])
        for m in measures
        for r in m["relations"]
        if r["direction"] == "out" and r["kind"] == "measure"
    }
    seen = {
        (r["code"], r["type"], m["code"])
        for m in measures
        for r in m["relations"]
        if r["direction"] == "in" and r["kind"] == "measure"
    }
    assert ends == seen


def test_include_descendants_says_nothing_without_a_region(get: Any) -> None:
    (error,) = get("/policies/measures", 400, include_descendants="true")["errors"]
    assert (error["parameter"], error["code"]) == ("include_descendants", "conflict")
