"""A measure as an answer shows it, and what has to be read for each part of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from django.db.models import Prefetch, Q, QuerySet
from rest_framework import serializers

from api.http.references import NamedReference, PublicReference, PublicSlug, TitledReference
from api.http.rows import RecordPart, Row, RowPart
from api.reference.sources import PhraseRow
from indicators.models import Category, Indicator
from policies.choices import Direction, EventType, MeasureKind, Need, RegionRole, RelationType, Status
from policies.models import (
    Actor,
    Event,
    Instrument,
    Measure,
    MeasureIndicator,
    MeasureRegion,
    Relation,
)
from regions.models import Region
from sources.bilingual import both, said
from sources.edtf import precision
from sources.models import Citation


class RegionLinkRow(RowPart):
    code = serializers.CharField(source="region.code")
    name = serializers.SerializerMethodField()
    role = serializers.ChoiceField(RegionRole.choices)

    def get_name(self, link: MeasureRegion) -> str:
        return said(link.region, "name")


class IndicatorLinkRow(RowPart):
    code = serializers.CharField(source="indicator.code")
    name = serializers.SerializerMethodField()
    direction = serializers.ChoiceField(Direction.choices)

    def get_name(self, link: MeasureIndicator) -> str:
        return said(link.indicator, "name")


class WithParts(Protocol):
    """A measure or event with the lists of related records that its row needs (`shown`)."""

    shown_relations_out: list[Relation]
    shown_relations_in: list[Relation]
    shown_citations: list[Citation]


class EventRow(RecordPart):
    """Something that happened to a measure."""

    type = serializers.ChoiceField(EventType.choices)
    date = serializers.SerializerMethodField(
        help_text=both("日期（EDTF）；未知为空。", "EDTF date; null where unknown.")
    )
    precision = serializers.SerializerMethodField(help_text="year, month, day, unknown")
    region = PublicSlug()
    batch = serializers.SerializerMethodField(
        help_text=both("复制推广的批次；未述为空。", "Batch of a replication; null where not stated.")
    )
    note = serializers.SerializerMethodField()
    citations = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = ("type", "date", "precision", "region", "batch", "note", "citations")

    def get_date(self, event: Event) -> str | None:
        return event.edtf or None

    def get_precision(self, event: Event) -> str:
        return precision(event.edtf)

    def get_batch(self, event: Event) -> str | None:
        return event.batch or None

    def get_note(self, event: Event) -> str | None:
        return said(event, "note") or None

    def get_citations(self, event: WithParts) -> list[str]:
        return [citation.code for citation in event.shown_citations]


class RelationRow(RowPart):
    """How a measure bears on another, seen from the one that is shown."""

    type = serializers.ChoiceField(RelationType.choices)
    direction = serializers.CharField(help_text="out, in")
    kind = serializers.CharField(help_text="measure, document")
    code = serializers.CharField()
    title = serializers.CharField()


class MeasureRow(Row):
    title = serializers.SerializerMethodField(
        help_text=both("标题，按答复的语言。", "Title, in the language of the answer.")
    )
    summary = serializers.SerializerMethodField(
        help_text=both("摘要，按答复的语言。", "Summary, in the language of the answer.")
    )
    status = serializers.ChoiceField(
        Status.choices, allow_null=True, help_text=both("现状；无事件为空。", "Where it stands; null without events.")
    )
    status_since = serializers.SerializerMethodField(
        help_text=both("自何时（EDTF）。", "Since when (EDTF); null where unknown.")
    )
    first_in_nation = serializers.SerializerMethodField()
    document = TitledReference()
    domain = PublicReference(allow_null=True)
    parent = PublicSlug()
    needs = serializers.ListField(child=serializers.ChoiceField(Need.choices), source="need_list")
    actors = NamedReference(many=True, source="shown_actors")
    instruments = NamedReference(many=True, source="shown_instruments")
    industries = NamedReference(many=True, source="shown_industries")
    regions = RegionLinkRow(many=True, source="shown_region_links")
    events = EventRow(many=True, source="shown_events")
    relations = serializers.SerializerMethodField()
    evidence = serializers.SerializerMethodField(help_text=both("引证。", "Its citations."))
    indicators = IndicatorLinkRow(many=True, source="shown_indicator_links")

    optional = ("events", "relations", "evidence", "indicators")

    class Meta:
        model = Measure
        fields = (
            "code", "kind", "ordinal", "status", "status_since", "title", "title_zh", "title_en", "summary", "summary_zh",
            "summary_en", "level", "first_in_nation", "document", "domain", "parent", "needs", "actors", "instruments",
            "industries", "regions", "events", "relations", "evidence", "indicators",
        )  # fmt: skip

    def get_title(self, measure: Measure) -> str:
        return said(measure, "title")

    def get_summary(self, measure: Measure) -> str:
        return said(measure, "summary")

    def get_status_since(self, measure: Measure) -> str | None:
        return measure.status_since or None

    def get_first_in_nation(self, measure: Measure) -> bool:
        return measure.kind == MeasureKind.FIRST_IN_NATION

    def get_relations(self, measure: WithParts) -> RelationRow(many=True):  # type: ignore[valid-type]
        ends = [("out", r.type, r.to_end) for r in measure.shown_relations_out]
        ends += [("in", r.type, r.from_end) for r in measure.shown_relations_in]
        rows = [
            {
                "type": type_, "direction": direction, "kind": "measure" if isinstance(end, Measure) else "document",
                "code": end.code, "title": said(end, "title"),
            }
            for direction, type_, end in ends
        ]  # fmt: skip
        rows.sort(key=lambda row: (row["direction"], row["type"], row["kind"], row["code"]))
        return RelationRow(rows, many=True).data

    def get_evidence(self, measure: WithParts) -> PhraseRow(many=True):  # type: ignore[valid-type]
        return PhraseRow(measure.shown_citations, many=True).data


def public_relations(*ends: str) -> QuerySet[Relation]:
    """The public relations of which one of these ends is a public record, with these ends read along."""
    shown = Q()
    for end in ends:
        shown |= Q(**{f"{end}__released__isnull": False, f"{end}__withdrawn__isnull": True})
    return Relation.objects.public().filter(shown).select_related(*ends)


def shown(link: str, queryset: QuerySet[Any]) -> Prefetch:
    """The related records that an answer shows, as the list `shown_<link>` of each record.

    A list, because Django makes a queryset for every record where it has to look like the relation itself, which takes longer
    than the rest of the row.
    """
    return Prefetch(link, queryset, f"shown_{link}")


CITED = shown("citations", Citation.objects.public().select_related("source").order_by("code"))
REGIONS = MeasureRegion.objects.filter(region__in=Region.objects.public()).select_related("region")
INDICATORS = MeasureIndicator.objects.filter(indicator__in=Indicator.objects.public()).select_related("indicator")
EVENTS = Event.objects.public().in_order().select_related("region").prefetch_related(CITED)

# What each part of a measure's row reads: a query each, made only where the part is shown.
SHOWN_WITH: dict[str, tuple[Prefetch, ...]] = {
    "actors": (shown("actors", Actor.objects.public().order_by("code")),),
    "instruments": (shown("instruments", Instrument.objects.public().order_by("code")),),
    "industries": (shown("industries", Category.objects.public().order_by("code")),),
    "regions": (shown("region_links", REGIONS.order_by("region__code", "role")),),
    "indicators": (shown("indicator_links", INDICATORS.order_by("indicator__code")),),
    "events": (shown("events", EVENTS),),
    "relations": (
        shown("relations_out", public_relations("to_measure", "to_document")),
        shown("relations_in", public_relations("from_measure", "from_document")),
    ),
    "evidence": (CITED,),
}


def with_parts(queryset: QuerySet[Measure], serializer: serializers.BaseSerializer[Any]) -> QuerySet[Measure]:
    """The measures with what a serializer of theirs shows, and no more."""
    shown: Iterable[str] = serializer.fields  # type: ignore[attr-defined]  # none of ours is without
    return queryset.prefetch_related(*(lookup for name in shown for lookup in SHOWN_WITH.get(name, ())))
