"""Rows of records say what their models do: each is held against the record as Django's ORM reads it, in stores with drafts, blanks
and withdrawn records, whatever is asked for.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework import serializers

from api.http.fields import Parts, PublicReference, PublicSlug, SpokenField
from api.http.records import cell_of, reading
from api.policies.matches import MatchRow
from api.policies.measure_rows import MeasureRow
from policies.choices import EventType, Status
from policies.models import Actor, Event, Instrument, Measure, MeasureRegion
from sources.bilingual import said
from sources.models import Citation, Publishable, Release
from tests.api.contract import DATA, ids

Get = Callable[..., Any]
PARTS = "events,relations,evidence,indicators"
OF_EVENTS = ("type", "type_name", "date", "note", "citations")


def hide(seed: int) -> None:
    """Withdraw some records and make drafts of others, and blank some texts: of each table a tenth, by chance."""
    chance, release = random.Random(seed), Release.objects.get()
    for model in (Actor, Instrument, Citation, Event, Measure):
        keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
        hidden = chance.sample(keys, len(keys) // 5)
        model._default_manager.filter(pk__in=hidden[::2]).update(withdrawn=release)
        model._default_manager.filter(pk__in=hidden[1::2]).update(released=None)
    events = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    Event.objects.filter(pk__in=chance.sample(events, len(events) // 3)).update(note_zh="", edtf="", date=None)


def stands(record: Publishable | None) -> bool:
    return record is not None and record.is_public


def expected(measure: Any) -> dict[str, Any]:
    """The row of a measure, a record at a time."""
    events = [one for one in Event.objects.filter(measure=measure).in_order() if one.is_public]
    links = MeasureRegion.objects.filter(measure=measure).order_by("region__code", "role")
    return {
        "code": measure.code, "kind": measure.kind, "status": measure.status, "status_since": measure.status_since or None,
        "status_name": str(Status(measure.status).label) if measure.status else None, "title": said(measure, "title"),
        "needs": measure.need_list,
        "document": {"code": measure.document.code, "title": said(measure.document, "title")},
        "domain": {"code": measure.domain.code, "name": said(measure.domain, "name")} if stands(measure.domain) else None,
        "parent": measure.parent.code if stands(measure.parent) else None,
        "actors": [{"code": one.code, "name": said(one, "name")} for one in measure.actors.order_by("code") if one.is_public],
        "regions": [(one.region.code, said(one.region, "name"), one.role) for one in links if one.region.is_public],
        "events": [
            {
                "type": one.type, "type_name": str(EventType(one.type).label), "date": one.edtf or None,
                "note": said(one, "note") or None,
                "citations": sorted(cited.code for cited in one.citations.all() if cited.is_public),
            }
            for one in events
        ],
        "evidence": sorted(one.code for one in measure.citations.all() if one.is_public),
    }  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_a_row_says_what_the_record_and_what_it_is_linked_to_say(get: Get, seed: int) -> None:
    hide(seed)
    rows = get("/policies/measures", page_size=1000, include=PARTS)["results"]
    measures: Any = Measure.objects.public().with_status().order_by("code")
    assert [row["code"] for row in rows] == [measure.code for measure in measures]
    for row, measure in list(zip(rows, measures, strict=True))[seed::5]:
        wanted = expected(measure)
        row["regions"] = [(one["code"], one["name"], one["role"]) for one in row["regions"]]
        row["events"] = [{name: event[name] for name in OF_EVENTS} for event in row["events"]]
        row["evidence"] = [one["code"] for one in row["evidence"]]
        assert {name: row[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    "endpoint", **ids([one for one in DATA if one.name in ("measure-list", "region-list", "citation-list")])
)
def test_fields_are_what_the_whole_row_has_of_them(endpoint: Any, get: Get) -> None:
    path = endpoint.path().removeprefix("/api/v1")
    (whole,) = get(path, page_size=1, page=7)["results"]
    for name in whole:
        assert get(path, page_size=1, page=7, fields=name)["results"] == [{name: whole[name]}]


def test_a_reading_reads_the_columns_of_its_fields_and_no_others(db: None) -> None:
    assert reading(MeasureRow, ["code", "parent"]).columns == (
        "code",
        "parent__code",
        "parent__released",
        "parent__withdrawn",
    )
    assert reading(MatchRow, ["score"]).columns == ()


def test_a_field_that_does_not_say_what_it_reads_is_refused() -> None:
    class Untold(serializers.Serializer[Any]):
        name = serializers.SerializerMethodField()

    with pytest.raises(TypeError, match="name does not say which columns it reads"):
        cell_of(Untold().fields["name"], "")


def test_the_fields_of_records_say_what_they_read() -> None:
    fields = MeasureRow().fields
    assert isinstance(fields["title"], SpokenField)
    assert isinstance(fields["domain"], PublicReference)
    assert isinstance(fields["parent"], PublicSlug)
    assert all(isinstance(fields[name], Parts) for name in PARTS.split(","))


def test_rows_are_of_the_language_of_the_answer_whichever_was_asked_first(client: Client, db: None) -> None:
    for spoken in ("zh", "en", "zh"):
        row = client.get("/api/v1/policies/measures", {"page_size": 1, "lang": spoken}).json()["results"][0]
        assert row["title"] == row[f"title_{spoken}"]
