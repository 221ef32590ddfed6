"""/policies: documents, their domains and measures, and counts of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Count, F, Prefetch, Q, Value, When
from django.db.models.functions import Left
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.formats.records import Path, columns_of
from api.formats.tables import Column
from api.parameters import (
    ChoiceField,
    ChoicesField,
    CodesField,
    DayField,
    FlagField,
    Parameter,
    ParameterField,
    PeriodsField,
)
from api.problems import InvalidParameters, ParameterError
from api.sources import PhraseRow
from api.strict import ParameterSet
from api.views import PublicOnly, PublicSlug, ReadOnlyViewSet, Row
from indicators.models import Category, Indicator
from policies.choices import DocumentKind, Level, MeasureKind, Need, Status
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
from sources.bilingual import both, said
from sources.edtf import precision
from sources.models import Citation

PUBLIC_MEASURES = Q(measures__released__isnull=False, measures__withdrawn__isnull=True)


class NamedReference(serializers.Serializer[Any]):
    """A code and its name, in the language of the answer."""

    code = serializers.CharField()
    name = serializers.SerializerMethodField()

    def get_name(self, record: Any) -> str:
        return said(record, "name")


class PublicReference(PublicOnly, NamedReference):
    """The same, if it is public."""


class TitledReference(serializers.Serializer[Any]):
    """A code and its title, in the language of the answer."""

    code = serializers.CharField()
    title = serializers.SerializerMethodField()

    def get_title(self, record: Any) -> str:
        return said(record, "title")


class DocumentParameters(ParameterSet):
    kind = Parameter(ChoicesField(DocumentKind.values), says=both("文件类型。", "Kinds of document."))
    level = Parameter(ChoicesField(Level.values), says=both("级别。", "Levels."))
    issuer = Parameter(
        CodesField(Actor.objects.public, example="state-council"), says=both("发文机关。", "Issuing bodies.")
    )


class DocumentRow(Row):
    title = serializers.SerializerMethodField(
        help_text=both("标题，按答复的语言。", "Title, in the language of the answer.")
    )
    issuer = PublicReference(allow_null=True)
    source = serializers.SlugRelatedField("slug", read_only=True, help_text=both("读自何处。", "Where it was read."))
    note = serializers.SerializerMethodField()
    domain_count = serializers.IntegerField()
    measure_count = serializers.IntegerField()

    class Meta:
        model = Document
        fields = (
            "code", "kind", "title", "title_zh", "title_en", "number", "issuer", "level", "issued", "source", "note",
            "domain_count", "measure_count",
        )  # fmt: skip

    def get_title(self, document: Document) -> str:
        return said(document, "title")

    def get_note(self, document: Document) -> str | None:
        return said(document, "note") or None


class DocumentViewSet(ReadOnlyViewSet):
    """Plans, opinions, campaigns and studies that contain measures or that a source names."""

    queryset = Document.objects.public().select_related("issuer", "source")
    serializer_class = DocumentRow
    filterset_class = DocumentParameters
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9-]+"
    orderings = {"code": ("code",), "issued": ("issued", "code")}

    def get_queryset(self) -> Any:
        domains = Q(domains__released__isnull=False, domains__withdrawn__isnull=True)
        return (
            super()
            .get_queryset()
            .annotate(
                domain_count=Count("domains", filter=domains, distinct=True),
                measure_count=Count("measures", filter=PUBLIC_MEASURES, distinct=True),
            )
        )


class DomainParameters(ParameterSet):
    document = Parameter(
        CodesField(Document.objects.public, example="hunan-ftz-plan"), says=both("文件。", "Documents.")
    )


class DomainRow(Row):
    name = serializers.SerializerMethodField(
        help_text=both("名称，按答复的语言。", "Name, in the language of the answer.")
    )
    document = serializers.SlugRelatedField("code", read_only=True)
    task_count = serializers.IntegerField(
        allow_null=True,
        help_text=both(
            "文件所述的任务数；未述为空。", "Number of tasks that the document states; null where it states none."
        ),
    )
    recorded_count = serializers.IntegerField(help_text=both("此处已收录的措施数。", "Number of measures held here."))
    citations = serializers.SlugRelatedField(
        "code", many=True, read_only=True, help_text=both("任务数的引证。", "Citations of the stated number.")
    )

    class Meta:
        model = Domain
        fields = (
            "code",
            "document",
            "ordinal",
            "name",
            "name_zh",
            "name_en",
            "task_count",
            "recorded_count",
            "citations",
        )

    def get_name(self, domain: Domain) -> str:
        return said(domain, "name")


class DomainViewSet(ReadOnlyViewSet):
    """The parts of a document, with the number of tasks that it states and the number that is held here."""

    queryset = Domain.objects.public().select_related("document")
    serializer_class = DomainRow
    filterset_class = DomainParameters
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9-]+"
    orderings = {"document": ("document__code", "ordinal"), "code": ("code",)}

    def get_queryset(self) -> Any:
        domains = super().get_queryset().annotate(recorded_count=Count("measures", filter=PUBLIC_MEASURES))
        return domains.prefetch_related(Prefetch("citations", Citation.objects.public().order_by("code")))


class MeasureParameters(ParameterSet):
    q = Parameter(
        ParameterField(example="物流"),
        method="by_words",
        says=both("标题或摘要中含有的字。", "Words in the title or summary."),
    )
    domain = Parameter(CodesField(Domain.objects.public, example="ftz-finance"), says=both("领域。", "Domains."))
    document = Parameter(
        CodesField(Document.objects.public, example="hunan-ftz-plan"), says=both("文件。", "Documents.")
    )
    kind = Parameter(ChoicesField(MeasureKind.values, example="first_in_nation"), says=both("类型。", "Kinds."))
    status = Parameter(
        ChoicesField(Status.values, example="in_force"),
        says=both("现状，由事件推得。", "Where it stands, by its events."),
    )
    level = Parameter(ChoicesField(Level.values), says=both("级别。", "Levels."))
    region = Parameter(
        CodesField(Region.objects.public, example="430281"),
        method="by_region",
        says=both("所涉地区。", "Regions concerned."),
    )
    include_descendants = Parameter(
        FlagField(example=True),
        method="with_descendants",
        says=both("`true`：`region` 含其下所有地区。", "`true`: `region` means everything below it, too."),
    )
    industry = Parameter(
        CodesField(lambda: Category.objects.public().filter(scheme__code="INDUSTRY"), example="CERAMICS"),
        field_name="industries",
        says=both("行业。", "Industries."),
    )
    indicator = Parameter(
        CodesField(Indicator.objects.public, example="TRADE_TOTAL"),
        field_name="indicators",
        says=both("指标。", "Indicators."),
    )
    instrument = Parameter(
        CodesField(Instrument.objects.public, example="fund"),
        field_name="instruments",
        says=both("政策工具。", "Instruments."),
    )
    actor = Parameter(
        CodesField(Actor.objects.public, example="state-council"), field_name="actors", says=both("主体。", "Actors.")
    )
    need = Parameter(
        ChoicesField(Need.values, example="logistics"), method="by_need", says=both("所补需求。", "Needs met.")
    )
    first_in_nation = Parameter(
        FlagField(example=True), method="by_first", says=both("是否全国首创。", "Whether it is a first in the nation.")
    )
    in_force_on = Parameter(
        DayField(example="2021-01-01"),
        method="by_day",
        says=both("该日已在试点或实施的。", "Piloting or in force on that day."),
    )
    announced = Parameter(
        PeriodsField(example="2020..2021"),
        method="by_announcement",
        says=both("公布或提出的时间。", "When it was announced or proposed."),
    )
    updated_after = Parameter(
        DayField(example="2026-01-01"), method="by_update", says=both("该日之后发布的。", "Published after that day.")
    )  # fmt: skip

    def by_words(self, queryset: Any, name: str, words: str) -> Any:
        return queryset.matching(words)

    def by_region(self, queryset: Any, name: str, regions: list[Region]) -> Any:
        if self.request.query_params.get("include_descendants") == "true":
            below = Region.objects.none()
            for region in regions:
                below = below | Region.objects.within(region)
            return queryset.concerning(below)
        return queryset.concerning(regions)

    def with_descendants(self, queryset: Any, name: str, wanted: bool) -> Any:
        """Read by `region`; by itself it would say nothing, so it is refused."""
        if "region" not in self.request.query_params:
            message = both("须与 region 同用", "goes with region only")
            raise InvalidParameters([ParameterError(name, "conflict", message)])
        return queryset

    def by_need(self, queryset: Any, name: str, needs: list[str]) -> Any:
        return queryset.meeting(needs)

    def by_first(self, queryset: Any, name: str, wanted: bool) -> Any:
        first = Q(kind=MeasureKind.FIRST_IN_NATION)
        return queryset.filter(first if wanted else ~first)

    def by_day(self, queryset: Any, name: str, day: Any) -> Any:
        return queryset.filter(pk__in=Measure.objects.in_force_on(day).values("pk"))

    def by_announcement(self, queryset: Any, name: str, spans: list[Any]) -> Any:
        return queryset.announced_during(spans)

    def by_update(self, queryset: Any, name: str, day: Any) -> Any:
        return queryset.filter(released__published_at__date__gt=day)


class RegionLinkRow(serializers.Serializer[Any]):
    code = serializers.CharField(source="region.code")
    name = serializers.SerializerMethodField()
    role = serializers.CharField()

    def get_name(self, link: MeasureRegion) -> str:
        return said(link.region, "name")


class IndicatorLinkRow(serializers.Serializer[Any]):
    code = serializers.CharField(source="indicator.code")
    name = serializers.SerializerMethodField()
    direction = serializers.CharField()

    def get_name(self, link: MeasureIndicator) -> str:
        return said(link.indicator, "name")


class EventRow(serializers.ModelSerializer[Any]):
    """Something that happened to a measure."""

    type = serializers.CharField()
    date = serializers.SerializerMethodField(
        help_text=both("日期（EDTF）；未知为空。", "EDTF date; null where unknown.")
    )
    precision = serializers.SerializerMethodField(help_text="year, month, day, unknown")
    region = PublicSlug()
    note = serializers.SerializerMethodField()
    citations = serializers.SlugRelatedField("code", many=True, read_only=True)

    class Meta:
        model = Event
        fields = ("type", "date", "precision", "region", "note", "citations")

    def get_date(self, event: Event) -> str | None:
        return event.edtf or None

    def get_precision(self, event: Event) -> str:
        return precision(event.edtf)

    def get_note(self, event: Event) -> str | None:
        return said(event, "note") or None


class RelationRow(serializers.Serializer[Any]):
    """How a measure bears on another, seen from the one that is shown."""

    type = serializers.CharField()
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
    status = serializers.CharField(
        allow_null=True, help_text=both("现状；无事件为空。", "Where it stands; null without events.")
    )
    status_since = serializers.SerializerMethodField(
        help_text=both("自何时（EDTF）。", "Since when (EDTF); null where unknown.")
    )
    first_in_nation = serializers.SerializerMethodField()
    document = TitledReference()
    domain = PublicReference(allow_null=True)
    parent = PublicSlug()
    needs = serializers.ListField(child=serializers.CharField(), source="need_list")
    actors = NamedReference(many=True)
    instruments = NamedReference(many=True)
    industries = NamedReference(many=True)
    regions = RegionLinkRow(many=True, source="region_links")
    events = EventRow(many=True)
    relations = serializers.SerializerMethodField()
    evidence = serializers.SerializerMethodField(help_text=both("引证。", "Its citations."))
    indicators = IndicatorLinkRow(many=True, source="indicator_links")

    optional = ("events", "relations", "evidence", "indicators")

    class Meta:
        model = Measure
        fields = (
            "code", "kind", "status", "status_since", "title", "title_zh", "title_en", "summary", "summary_zh",
            "summary_en", "level", "first_in_nation", "document", "domain", "parent", "needs", "actors", "instruments",
            "industries", "regions", "events", "relations", "evidence", "indicators",
        )  # fmt: skip

    def get_title(self, measure: Measure) -> str:
        return said(measure, "title")

    def get_summary(self, measure: Measure) -> str:
        return said(measure, "summary")

    def get_status_since(self, measure: Any) -> str | None:
        return measure.status_since or None

    def get_first_in_nation(self, measure: Measure) -> bool:
        return measure.kind == MeasureKind.FIRST_IN_NATION

    def get_relations(self, measure: Measure) -> RelationRow(many=True):  # type: ignore[valid-type]
        ends = [("out", r.type, r.to_end) for r in measure.relations_out.all()]
        ends += [("in", r.type, r.from_end) for r in measure.relations_in.all()]
        rows = [
            {
                "type": type_, "direction": direction, "kind": "measure" if isinstance(end, Measure) else "document",
                "code": end.code, "title": said(end, "title"),
            }
            for direction, type_, end in ends
        ]  # fmt: skip
        return sorted(rows, key=lambda row: (row["direction"], row["type"], row["kind"], row["code"]))

    def get_evidence(self, measure: Measure) -> PhraseRow(many=True):  # type: ignore[valid-type]
        return PhraseRow(measure.citations.all(), many=True).data


class MeasureCount(serializers.Serializer[Any]):
    """How many measures share a key."""

    key = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()


# What measures can be counted by: the expression of the key, and the model whose names the keys have.
COUNTED_BY: dict[str, tuple[Any, Any]] = {
    "domain": (F("domain__code"), Domain),
    "status": (F("status"), Status),
    "kind": (F("kind"), MeasureKind),
    "region": (F("region_links__region__code"), Region),
    "industry": (F("industries__code"), Category),
    "year": (Case(When(status_since="", then=Value(None)), default=Left("status_since", 4)), None),
}


def public_relations(*ends: str) -> Any:
    shown = Q()
    for end in ends:
        shown |= Q(**{f"{end}__released__isnull": False, f"{end}__withdrawn__isnull": True})
    return Relation.objects.public().filter(shown).select_related(*ends)


CITED = Prefetch("citations", Citation.objects.public().select_related("source").order_by("code"))
REGIONS = MeasureRegion.objects.filter(region__in=Region.objects.public()).select_related("region")
INDICATORS = MeasureIndicator.objects.filter(indicator__in=Indicator.objects.public()).select_related("indicator")
EVENTS = Event.objects.public().in_order().select_related("region").prefetch_related(CITED)

# What each part of a measure's row reads: a query each, made only where the part is shown.
SHOWN_WITH: dict[str, tuple[Any, ...]] = {
    "actors": (Prefetch("actors", Actor.objects.public().order_by("code")),),
    "instruments": (Prefetch("instruments", Instrument.objects.public().order_by("code")),),
    "industries": (Prefetch("industries", Category.objects.public().order_by("code")),),
    "regions": (Prefetch("region_links", REGIONS.order_by("region__code", "role")),),
    "indicators": (Prefetch("indicator_links", INDICATORS.order_by("indicator__code")),),
    "events": (Prefetch("events", EVENTS),),
    "relations": (
        Prefetch("relations_out", public_relations("to_measure", "to_document")),
        Prefetch("relations_in", public_relations("from_measure", "from_document")),
    ),
    "evidence": (CITED,),
}


class MeasureViewSet(ReadOnlyViewSet):
    """What policy documents propose, plan and do; where a measure stands follows from its dated, cited events."""

    queryset = Measure.objects.public().with_status().select_related("document", "domain", "parent")
    serializer_class = MeasureRow
    filterset_class = MeasureParameters
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9-]+"
    includes = MeasureRow.optional
    paged_actions = ("list", "counts")
    orderings = {
        "code": ("code",),
        "document": ("document__code", "domain__ordinal", "code"),
        "status_since": ("status_since", "code"),
    }

    def filter_queryset(self, queryset: Any) -> Any:
        """With what the answer shows, and no more: each part is one query."""
        queryset = super().filter_queryset(queryset)
        serializer: Any = self.get_serializer()
        parts = serializer.fields if self.action in ("list", "retrieve") else ()
        return queryset.prefetch_related(*(lookup for name in parts for lookup in SHOWN_WITH.get(name, ())))

    @property
    def extra_options(self) -> dict[str, Any]:  # type: ignore[override]
        if self.action != "counts":
            return {}
        says = both("按何计数，默认 `domain`。", "Count by; `domain` by default.")
        return {"by": (ChoiceField(list(COUNTED_BY), example="status"), says)}

    def file_columns(self) -> Sequence[tuple[Path, Column]]:
        return columns_of(MeasureCount(), None) if self.action == "counts" else super().file_columns()

    @extend_schema(responses=MeasureCount(many=True))
    @action(detail=False)
    def counts(self, request: Request, **kwargs: Any) -> Response:
        """How many measures share a domain, status, kind, region, industry or year; filters as for the list."""
        queryset = self.filter_queryset(self.get_queryset()).order_by()
        by = self.chosen["by"] or "domain"
        key, names = COUNTED_BY[by]
        counted = queryset.values(key=key).annotate(count=Count("pk", distinct=True))
        called = _names(names)
        rows = [
            {"key": row["key"], "name": called.get(row["key"]), "count": row["count"]}
            for row in counted
            if row["key"] is None or names is None or row["key"] in called  # what is not public has no name
        ]
        return self.get_paginated_response(
            self.paginate_queryset(sorted(rows, key=lambda r: (r["key"] is None, r["key"])))
        )


def _names(names: Any) -> dict[Any, str]:
    if names is None:
        return {}
    if hasattr(names, "choices"):
        return {value: str(label) for value, label in names.choices}
    return {record.code: said(record, "name") for record in names.objects.public()}
