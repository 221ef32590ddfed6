"""How long lists of records take: the service through Django's handler, plain Django REST framework as its documentation has it, and a
loop by hand over the rows of statements by hand. In this process, on the store of DATABASE_URL, the three in turn, the median of seven.

python -m benchmarks.records prints a table, with --json what `make bench` takes into its own. Processor time, of this process and of
that of PostgreSQL which answers it, is what a busy machine stretches least. The peers write fewer fields than the service: no names of
codes, no texts in the language of the answer. What they match and search is simpler: places, industries and what is above them,
without reasons; letters that stand in a title, unranked.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["RATE_LIMIT"] = "1000000/min"

TIMES = 7
PARTS = "events,relations,evidence,indicators"


class Case(NamedTuple):
    """A question of the service, and the same asked of the peers, where they have an answer."""

    path: str
    plain: Callable[[], bytes] | None = None
    by_hand: Callable[[], bytes] | None = None


class Spent(NamedTuple):
    """What one answer took in milliseconds: by the clock, and of the processor, that of the database included."""

    clock: float
    processor: float


class Measured(NamedTuple):
    """The medians of one case, of the service and of the peers that have an answer to it."""

    path: str
    service: Spent
    plain: Spent | None = None
    by_hand: Spent | None = None


def plain_cases() -> dict[str, Callable[[], bytes]]:
    """Lists by ModelSerializer, with select_related and prefetch_related as the documentation advises, so that no row asks the store for
    anything; what others are called stands in nested serializers, what is counted in annotations.
    """
    from django.db.models import Count, Exists, OuterRef, Q
    from rest_framework import serializers
    from rest_framework.renderers import JSONRenderer

    from indicators.models import Category, Indicator, Series
    from policies.models import (
        Actor,
        Document,
        Domain,
        Event,
        Instrument,
        Measure,
        MeasureIndicator,
        MeasureRegion,
        Relation,
    )
    from regions.models import Region
    from sources.models import Citation

    def serializer(of: Any, fields: Sequence[str], **declared: Any) -> Any:
        meta = type("Meta", (), {"model": of, "fields": (*fields, *(name for name in declared if name[:4] != "get_"))})
        return type(of.__name__, (serializers.ModelSerializer,), {"Meta": meta, **declared})

    code, names, titles = serializers.SlugRelatedField, ("code", "name_zh", "name_en"), ("code", "title_zh", "title_en")
    phrase = serializer(
        Citation, ("code", "section", "exact", "start", "end", "role", "assertion", "note_zh", "note_en"),
        source=code("slug", read_only=True), source_title=serializers.CharField(source="source.title_zh"),
    )  # fmt: skip
    events = serializer(
        Event, ("type", "edtf", "batch", "note_zh", "note_en"),
        region=code("code", read_only=True), citations=code("code", many=True, read_only=True),
    )  # fmt: skip
    relation = serializer(Relation, ("type",), from_measure=serializer(Measure, titles)(), to_measure=serializer(Measure, titles)(),
                          from_document=serializer(Document, titles)(), to_document=serializer(Document, titles)())  # fmt: skip
    of_measure = {
        "status": serializers.CharField(), "status_since": serializers.CharField(), "document": serializer(Document, titles)(),
        "domain": serializer(Domain, names)(), "parent": code("code", read_only=True), "actors": serializer(Actor, names)(many=True),
        "instruments": serializer(Instrument, names)(many=True), "industries": serializer(Category, names)(many=True),
        "region_links": serializer(MeasureRegion, ("role",), region=serializer(Region, names)())(many=True),
    }  # fmt: skip
    own = ("code", "kind", "ordinal", "title_zh", "title_en", "summary_zh", "summary_en", "level", "needs")
    small = serializer(Measure, own, **of_measure)
    whole = serializer(
        Measure, own, **of_measure, events=events(many=True), citations=phrase(many=True),
        indicator_links=serializer(MeasureIndicator, ("direction",), indicator=serializer(Indicator, names)())(many=True),
        relations_out=relation(many=True), relations_in=relation(many=True),
    )  # fmt: skip
    of_measures = ("actors", "instruments", "industries", "region_links__region")
    ends = [
        f"relations_{way}__{end}_{kind}"
        for way in ("out", "in")
        for end in ("from", "to")
        for kind in ("measure", "document")
    ]
    parts = ("events__citations", "events__region", "citations__source", "indicator_links__indicator", *ends)
    measures: Any = (
        Measure.objects.public().with_status().select_related("document", "domain", "parent").order_by("code")
    )
    listed: Any = Citation.objects
    citations = listed.public().select_related("source").prefetch_related(
        "observation_set", "measure_set", "document_set", "domain_set", "indicator_set", "region_set", "event_set__measure"
    ).order_by("code")  # fmt: skip

    def get_supports(self: Any, citation: Citation) -> list[dict[str, str]]:
        kinds = ("observation", "measure", "document", "domain", "indicator", "region")
        return [
            {"kind": kind, "code": str(getattr(one, "code", one.pk))}
            for kind in kinds
            for one in getattr(citation, f"{kind}_set").all()
        ]

    supported = type("Supported", (phrase,), {
        "supports": serializers.SerializerMethodField(), "get_supports": get_supports,
        "Meta": type("Meta", (phrase.Meta,), {"fields": (*phrase.Meta.fields, "supports")}),
    })  # fmt: skip
    region = serializer(
        Region, (*names, "kind", "short_zh", "short_en", "other_names", "is_aggregate", "members_complete", "valid_from", "valid_to",
                 "note_zh", "note_en"),
        parent=code("code", read_only=True), children_count=serializers.IntegerField(), has_data=serializers.BooleanField(),
    )  # fmt: skip
    places: Any = Region.objects.public().select_related("parent").order_by("code")
    has_data = Exists(Series.objects.public().filter(region=OuterRef("pk")))

    def asked(of: Any, records: Any) -> Callable[[], bytes]:
        return lambda: JSONRenderer().render(of(records.all(), many=True).data)

    at, of = {"region_links__region__code__in": ("430281", "430200", "430000", "CN")}, {"industries__code": "CERAMICS"}
    fitting = measures.prefetch_related(*of_measures).filter(Q(**at) | Q(**of)).distinct()
    return {
        "match": asked(small, fitting[:100]),
        "search": asked(small, measures.prefetch_related(*of_measures).filter(title_zh__contains=SOUGHT)[:20]),
        "measures": asked(small, measures.prefetch_related(*of_measures)[:100]),
        "measures with parts": asked(whole, measures.prefetch_related(*of_measures, *parts)[:295]),
        "citations": asked(supported, citations[:700]),
        "regions": asked(region, places.annotate(children_count=Count("children"), has_data=has_data)[:300]),
    }


def rows(sql: str) -> Iterable[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            yield dict(zip(names, row, strict=True))


def public(*tables: str) -> str:
    return " AND ".join(f"{one}.released_id IS NOT NULL AND {one}.withdrawn_id + 0 IS NULL" for one in tables)


def by(owner: str, sql: str) -> dict[int, list[dict[str, Any]]]:
    found = defaultdict(list)
    for row in rows(sql):
        found[row.pop(owner)].append(row)
    return found


def many(link: str, other: str, table: str) -> dict[int, list[dict[str, Any]]]:
    return by("measure_id", f"SELECT l.measure_id, t.code, t.name_zh AS name FROM policies_measure_{link} l "
              f"JOIN {table} t ON t.id = l.{other}_id WHERE {public('t')} ORDER BY l.measure_id, t.code")  # fmt: skip


PHRASE = 'c.code, s.slug AS source, s.title_zh AS source_title, c.section, c.exact, c.start, c."end", c.role, c.assertion, c.note_zh'


LAST = ("SELECT {} FROM policies_event e WHERE e.measure_id = m.id AND e.released_id IS NOT NULL AND e.withdrawn_id IS NULL "
        "AND e.type <> 'amended' ORDER BY e.date DESC LIMIT 1")  # fmt: skip


# What stands at and above a record of a tree, and how many of a measure's places and industries are among them.
ABOVE = ("WITH RECURSIVE above(id) AS (SELECT id FROM {0} WHERE code = '{1}' UNION SELECT t.parent_id FROM {0} t "
         "JOIN above a ON a.id = t.id WHERE t.parent_id IS NOT NULL) SELECT id FROM above")  # fmt: skip
FITS = (
    f"((CASE WHEN m.id IN (SELECT measure_id FROM policies_measureregion WHERE region_id IN ({ABOVE.format('regions_region', '430281')})) "
    "THEN 1 ELSE 0 END) + (CASE WHEN m.id IN (SELECT measure_id FROM policies_measure_industries WHERE category_id IN "
    f"({ABOVE.format('indicators_category', 'CERAMICS')})) THEN 1 ELSE 0 END))"
)
SOUGHT = "自贸试验区"


def measures_by_hand(limit: int, *, whole: bool, where: str = "1 = 1", order: str = "m.code") -> bytes:
    listed = list(rows(
        f"SELECT m.id, m.code, m.kind, m.ordinal, ({LAST.format('e.type')}) AS status, ({LAST.format('e.edtf')}) AS status_since, "
        "m.title_zh, m.title_en, m.summary_zh, m.summary_en, m.level, m.needs, d.code AS document, d.title_zh AS document_title, "
        "o.code AS domain, p.code AS parent FROM policies_measure m JOIN policies_document d ON d.id = m.document_id "
        "LEFT JOIN policies_domain o ON o.id = m.domain_id LEFT JOIN policies_measure p ON p.id = m.parent_id "
        f"WHERE {public('m')} AND {where} ORDER BY {order} LIMIT {limit}"
    ))  # fmt: skip
    parts = {
        "actors": many("actors", "actor", "policies_actor"),
        "instruments": many("instruments", "instrument", "policies_instrument"),
        "industries": many("industries", "category", "indicators_category"),
        "regions": by("measure_id", "SELECT l.measure_id, r.code, r.name_zh AS name, l.role FROM policies_measureregion l "
                      f"JOIN regions_region r ON r.id = l.region_id WHERE {public('r')} ORDER BY l.measure_id, r.code"),
    }  # fmt: skip
    if whole:
        cited = by("event_id", "SELECT l.event_id, c.code FROM policies_event_citations l JOIN sources_citation c "
                   f"ON c.id = l.citation_id WHERE {public('c')} ORDER BY l.event_id, c.code")  # fmt: skip
        parts["events"] = by("measure_id", "SELECT e.measure_id, e.id, e.type, e.edtf, r.code AS region, e.batch, e.note_zh FROM "
                             f"policies_event e LEFT JOIN regions_region r ON r.id = e.region_id WHERE {public('e')} "
                             "ORDER BY e.measure_id, e.date")  # fmt: skip
        for each in parts["events"].values():
            for event in each:
                event["citations"] = [row["code"] for row in cited.get(event.pop("id"), ())]
        for way, end, other in (("out", "from", "to"), ("in", "to", "from")):
            parts[f"relations_{way}"] = by("owner", f"SELECT l.{end}_measure_id AS owner, l.type, m.code, m.title_zh AS title FROM "
                f"policies_relation l JOIN policies_measure m ON m.id = l.{other}_measure_id WHERE {public('l', 'm')}")  # fmt: skip
        parts["evidence"] = by("measure_id", f"SELECT l.measure_id, {PHRASE} FROM policies_measure_citations l "
                               "JOIN sources_citation c ON c.id = l.citation_id JOIN sources_source s ON s.id = c.source_id "
                               f"WHERE {public('c')} ORDER BY l.measure_id, c.code")  # fmt: skip
        parts["indicators"] = by("measure_id", "SELECT l.measure_id, i.code, i.name_zh AS name, l.direction FROM "
                                 "policies_measureindicator l JOIN indicators_indicator i ON i.id = l.indicator_id "
                                 f"WHERE {public('i')} ORDER BY l.measure_id, i.code")  # fmt: skip
    for row in listed:
        key, row["needs"] = row.pop("id"), row["needs"].split(";")
        for name, found in parts.items():
            row[name] = found.get(key, [])
    return orjson.dumps(listed)


def citations_by_hand() -> bytes:
    supported: dict[int, list[dict[str, str]]] = defaultdict(list)
    policies, others = ("measure", "document", "domain"), (("observation", "id"), ("indicator", "code"))
    kinds = [*((kind, "policies", "code") for kind in policies), *((kind, "indicators", code) for kind, code in others)]
    for kind, room, code in [*kinds, ("region", "regions", "code")]:
        stands = "t.retired_id + 0 IS NULL" if kind == "observation" else public("t")
        for row in rows(f"SELECT l.citation_id, t.{code} AS code FROM {room}_{kind}_citations l "
                        f"JOIN {room}_{kind} t ON t.id = l.{kind}_id WHERE {stands} ORDER BY t.id"):  # fmt: skip
            supported[row["citation_id"]].append({"kind": kind, "code": str(row["code"])})
    listed = list(rows(f"SELECT c.id, {PHRASE} FROM sources_citation c JOIN sources_source s ON s.id = c.source_id "
                       f"WHERE {public('c')} ORDER BY c.code LIMIT 700"))  # fmt: skip
    for row in listed:
        row["supports"] = supported.get(row.pop("id"), [])
    return orjson.dumps(listed)


def regions_by_hand() -> bytes:
    listed = list(rows(
        "SELECT r.code, r.kind, r.name_zh, r.name_en, r.short_zh, r.short_en, r.other_names, p.code AS parent, "
        "(SELECT count(*) FROM regions_region k WHERE k.parent_id = r.id) AS children_count, "
        "EXISTS (SELECT 1 FROM indicators_series x WHERE x.region_id = r.id AND x.observation_count > 0) AS has_data, "
        "r.is_aggregate, r.members_complete, r.valid_from, r.valid_to, r.note_zh FROM regions_region r "
        f"LEFT JOIN regions_region p ON p.id = r.parent_id WHERE {public('r')} ORDER BY r.code LIMIT 300"
    ))  # fmt: skip
    for row in listed:
        row["other_names"] = row["other_names"].split(";")
    return orjson.dumps(listed)


def cases_by_hand() -> dict[str, Callable[[], bytes]]:
    """The same by statements written out, rows as dictionaries, and orjson."""
    return {
        "measures": lambda: measures_by_hand(100, whole=False), "measures with parts": lambda: measures_by_hand(295, whole=True),
        "citations": citations_by_hand, "regions": regions_by_hand,
        "match": lambda: measures_by_hand(100, whole=False, where=f"{FITS} > 0", order=f"{FITS} DESC, m.code"),
        "search": lambda: measures_by_hand(20, whole=False, where=f"m.title_zh LIKE '%{SOUGHT}%'"),
    }  # fmt: skip


def processor_clock() -> Callable[[], float]:
    """What tells how much processor time this thread has taken, and beside PostgreSQL the process there that answers it, in seconds."""
    if connection.vendor != "postgresql":
        return time.thread_time
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        counted = Path(
            f"/proc/{cursor.fetchone()[0]}/schedstat"
        )  # in nanoseconds, where `stat` has hundredths of a second
    return lambda: time.thread_time() + int(counted.read_text().split()[0]) / 1e9


def medians_of(contestants: Sequence[Callable[[], object]]) -> list[Spent]:
    """The medians of TIMES runs after two. All are asked in turn, so that what else the machine does meets each of them; one that takes
    a second is asked three times.
    """
    spent = processor_clock()
    found: list[list[Spent]] = [[] for _ in contestants]
    for run in range(TIMES + 2):
        for ask, mine in zip(contestants, found, strict=True):
            if len(mine) >= 3 and sum(one.processor for one in mine) > 3000:
                continue
            began, had = time.perf_counter(), spent()
            ask()
            if run >= 2:
                mine.append(Spent((time.perf_counter() - began) * 1000, (spent() - had) * 1000))
    return [Spent(*map(statistics.median, zip(*mine, strict=True))) for mine in found]


def measured() -> list[Measured]:
    """The medians of every case."""
    import django

    django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import RequestFactory

    handler, requests = WSGIHandler(), RequestFactory(SERVER_NAME="127.0.0.1")

    def asked(path: str) -> Callable[[], object]:
        def ask() -> object:
            response: Any = handler.get_response(requests.get(f"/api/v1{path}"))
            assert response.status_code == 200, response.content
            return response.content

        return ask

    plain, by_hand = plain_cases(), cases_by_hand()
    cases = [
        Case("/policies/measures?page_size=100", plain["measures"], by_hand["measures"]),
        Case(
            f"/policies/measures?page_size=295&include={PARTS}",
            plain["measures with parts"],
            by_hand["measures with parts"],
        ),
        Case("/policies/match?region=430281&industry=CERAMICS", plain["match"], by_hand["match"]),
        Case(f"/search?q={quote(SOUGHT)}&page_size=20", plain["search"], by_hand["search"]),
        Case("/citations?page_size=700", plain["citations"], by_hand["citations"]),
        Case("/regions?page_size=300", plain["regions"], by_hand["regions"]),
        Case("/regions/430281"),
        Case("/regions/430281/policies"),
    ]
    for case in cases:
        asked(case.path)()
    gc.collect()
    gc.freeze()  # as the service does
    gc.set_threshold(20_000, 20, 20)
    found = []
    for case in cases:
        peers = [peer for peer in (case.plain, case.by_hand) if peer]  # both, or none
        found.append(Measured(case.path, *medians_of([asked(case.path), *peers])))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    if parser.parse_args().json:
        print(json.dumps([one._asdict() for one in measured()]))
        return
    print(f"{'ms, median of seven':72} {'clock':>8} {'processor':>9} {'plain DRF':>9} {'by hand':>8}")
    for one in measured():
        peers = [f"{peer.processor:9.1f}" if peer else f"{'':9}" for peer in (one.plain, one.by_hand)]
        print(f"{one.path[:72]:72} {one.service.clock:8.1f} {one.service.processor:9.1f} {' '.join(peers)}")


if __name__ == "__main__":
    main()
