"""A measure as an answer shows it, with its parts."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.db.models.functions import Coalesce
from rest_framework import serializers

from api.http.fields import (
    ListedCodes,
    ListedField,
    Listing,
    MadeField,
    NamedReference,
    OptionalText,
    Parts,
    PublicReference,
    PublicSlug,
    SpokenField,
    TitledReference,
)
from api.http.rows import RecordPart, Row, RowPart
from api.reference.sources import PhraseRow
from indicators.models import Category
from policies.choices import Direction, EventType, MeasureKind, Need, RegionRole, RelationType, Status
from policies.models import Actor, Event, Instrument, Measure, MeasureIndicator, MeasureRegion, Relation
from sources.bilingual import both
from sources.edtf import precision
from sources.models import Citation, public


def citations() -> QuerySet[Citation]:
    """The public phrases, in the order of their codes."""
    return Citation.objects.public().order_by("code")


class RegionLinkRow(RowPart):
    code = serializers.CharField(source="region.code")
    name = SpokenField("region__name")
    role = serializers.ChoiceField(RegionRole.choices)


class IndicatorLinkRow(RowPart):
    code = serializers.CharField(source="indicator.code")
    name = SpokenField("indicator__name")
    direction = serializers.ChoiceField(Direction.choices)


class EventRow(RecordPart):
    """Something that happened to a measure."""

    type = serializers.ChoiceField(EventType.choices)
    date = OptionalText(source="edtf", help_text=both("日期（EDTF）；未知为空。", "EDTF date; null where unknown."))
    precision = MadeField("edtf", help_text="year, month, day, unknown")
    region = PublicSlug()
    batch = OptionalText(help_text=both("复制推广的批次；未述为空。", "Batch of a replication; null where not stated."))
    note = SpokenField(allow_null=True)
    citations = ListedCodes(Listing("event_set", citations))

    class Meta:
        model = Event
        fields = ("type", "date", "precision", "region", "batch", "note", "citations")

    def get_precision(self, edtf: str) -> str:
        return precision(edtf)


class RelationRow(RowPart):
    """How a measure bears on another, seen from the one that is shown."""

    type = serializers.ChoiceField(RelationType.choices)
    direction = serializers.CharField(help_text="out, in")
    kind = serializers.CharField(help_text="measure, document")
    code = serializers.CharField()
    title = SpokenField()


def relations(direction: str, end: str) -> QuerySet[Relation]:
    """The public relations in one direction, seen from their other end, in the order of what stands at this one, if that is public."""
    ends = (f"{end}_measure", f"{end}_document")
    shown = public(ends[0]) | public(ends[1])
    texts = {name: Coalesce(*(f"{one}__{name}" for one in ends)) for name in ("code", "title_zh", "title_en")}
    kind = Case(When(**{f"{ends[0]}__isnull": False}, then=Value("measure")), default=Value("document"))
    described: Any = Relation.objects.public().filter(shown)
    return described.annotate(direction=Value(direction), kind=kind, **texts).order_by("type", "kind", "code", "pk")


def region_links() -> QuerySet[MeasureRegion]:
    """The public regions that measures name, in the order of their codes."""
    return MeasureRegion.objects.filter(public("region")).order_by("region__code", "role")


def indicator_links() -> QuerySet[MeasureIndicator]:
    """The public indicators that measures name, in the order of their codes."""
    return MeasureIndicator.objects.filter(public("indicator")).order_by("indicator__code")


class MeasureRow(Row):
    title = SpokenField(help_text=both("标题，按答复的语言。", "Title, in the language of the answer."))
    summary = SpokenField(help_text=both("摘要，按答复的语言。", "Summary, in the language of the answer."))
    status = serializers.ChoiceField(
        Status.choices, allow_null=True, help_text=both("现状；无事件为空。", "Where it stands; null without events.")
    )
    status_since = OptionalText(help_text=both("自何时（EDTF）。", "Since when (EDTF); null where unknown."))
    first_in_nation = MadeField("kind")
    document = TitledReference()
    domain = PublicReference(allow_null=True)
    parent = PublicSlug()
    needs = ListedField(child=serializers.ChoiceField(Need.choices))
    actors = Parts(NamedReference(), Listing("measures", lambda: Actor.objects.public().order_by("code")))
    instruments = Parts(NamedReference(), Listing("measures", lambda: Instrument.objects.public().order_by("code")))
    industries = Parts(NamedReference(), Listing("measures", lambda: Category.objects.public().order_by("code")))
    regions = Parts(RegionLinkRow(), Listing("measure", region_links))
    events = Parts(EventRow(), Listing("measure", lambda: Event.objects.public().in_order()))
    relations = Parts(
        RelationRow(),
        Listing("to_measure", lambda: relations("in", "from")),
        Listing("from_measure", lambda: relations("out", "to")),
    )
    evidence = Parts(PhraseRow(), Listing("measure_set", citations), help_text=both("引证。", "Its citations."))
    indicators = Parts(IndicatorLinkRow(), Listing("measure", indicator_links))

    optional = ("events", "relations", "evidence", "indicators")

    class Meta:
        model = Measure
        fields = (
            "code", "kind", "ordinal", "status", "status_since", "title", "title_zh", "title_en", "summary", "summary_zh",
            "summary_en", "level", "first_in_nation", "document", "domain", "parent", "needs", "actors", "instruments",
            "industries", "regions", "events", "relations", "evidence", "indicators",
        )  # fmt: skip

    @classmethod
    def records(cls) -> QuerySet[Measure]:
        return Measure.objects.with_status()

    def get_first_in_nation(self, kind: str) -> bool:
        return kind == MeasureKind.FIRST_IN_NATION
