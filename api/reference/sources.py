"""/sources and /citations: where every fact comes from."""

from __future__ import annotations

from typing import Any, Protocol

from django.db.models import Count, Prefetch, Q, QuerySet
from rest_framework import serializers

from api.addresses import address_of
from api.http.filters import ParameterSet
from api.http.package_tables import PackageTable
from api.http.parameters import ChoicesField, CodesField, NumbersField, OneCodeField, Parameter
from api.http.rows import RecordPart, Row
from api.http.tags import SOURCES
from api.http.viewsets import ReadOnlyViewSet
from indicators.models import Indicator, Observation
from policies.models import Document, Domain, Event, Measure
from regions.models import Region
from sources.bilingual import both, said
from sources.models import Assertion, Citation, CitationRole, Source, SourceKind


class SourceParameters(ParameterSet):
    kind = Parameter(ChoicesField(SourceKind.values, example="paper"), says=both("来源类型。", "Kinds of source."))


class SourceRow(Row):
    code = serializers.CharField(source="slug")
    title = serializers.SerializerMethodField(
        help_text=both("题名，按答复的语言。", "Title, in the language of the answer.")
    )
    authors = serializers.ListField(child=serializers.CharField(), source="author_list")
    publisher = serializers.SerializerMethodField()
    issued = serializers.CharField(
        help_text=both("出版日期（EDTF）；来源未说明为空。", "EDTF date; null where the source gives none.")
    )
    citation = serializers.CharField(help_text=both("参考文献格式（GB/T 7714）。", "Reference by GB/T 7714."))
    note = serializers.SerializerMethodField()
    citation_count = serializers.IntegerField(help_text=both("引证条数。", "Phrases cited from it."))
    observation_count = serializers.IntegerField(help_text=both("现行观测条数。", "Live observations that it states."))
    measure_count = serializers.IntegerField(help_text=both("政策措施条数。", "Measures that cite it."))

    class Meta:
        model = Source
        fields = (
            "code", "kind", "title", "title_zh", "title_en", "authors", "publisher", "issued", "doi", "url", "language",
            "licence", "is_official", "sha256", "length", "citation", "note", "citation_count", "observation_count",
            "measure_count",
        )  # fmt: skip

    def get_title(self, source: Source) -> str:
        return said(source, "title")

    def get_publisher(self, source: Source) -> str | None:
        return said(source, "publisher") or None

    def get_note(self, source: Source) -> str | None:
        return said(source, "notes") or None


class SourceViewSet(ReadOnlyViewSet):
    """The documents that the data come from: authors, publisher, dates, and the digest of the text that was read."""

    chinese = {
        "list": "数据所出的文献：作者、出版者、日期，以及所读文本的摘要。",
    }
    tag = SOURCES
    package = PackageTable(both("来源", "Sources"))
    queryset = Source.objects.public()
    serializer_class = SourceRow
    filterset_class = SourceParameters
    lookup_field, lookup_url_kwarg = "slug", "code"
    orderings = {"code": ("slug",), "issued": ("issued", "slug")}

    def get_queryset(self) -> QuerySet[Source]:
        public = Q(citations__released__isnull=False, citations__withdrawn__isnull=True)
        return (
            super()
            .get_queryset()
            .annotate(
                citation_count=Count("citations", filter=public, distinct=True),
                observation_count=Count("observations", filter=Q(observations__retired__isnull=True), distinct=True),
                measure_count=Count(
                    "citations__measure_set",
                    filter=public & Q(citations__measure_set__in=Measure.objects.public()),
                    distinct=True,
                ),
            )
        )


class SupportRow(serializers.Serializer[Any]):
    """Something that a citation supports."""

    kind = serializers.CharField()
    code = serializers.CharField()
    href = serializers.CharField()


# What may cite a phrase: kind, its public records and their code. A citation has them as `supported_<kind>`.
SUPPORTED: tuple[tuple[str, Any, str], ...] = (
    ("observation", Observation.objects.live, "pk"),
    ("measure", Measure.objects.public, "code"),
    ("document", Document.objects.public, "code"),
    ("domain", Domain.objects.public, "code"),
    ("indicator", Indicator.objects.public, "code"),
    ("region", Region.objects.public, "code"),
)


class PhraseRow(RecordPart):
    """A phrase of a source, by its position and its words, as what it supports shows it."""

    source = serializers.SlugRelatedField("slug", read_only=True)
    source_title = serializers.SerializerMethodField(
        help_text=both("来源的题名，按答复的语言。", "Title of the source, in the language of the answer.")
    )
    note = serializers.SerializerMethodField()

    class Meta:
        model = Citation
        fields: tuple[str, ...] = (
            "code",
            "source",
            "source_title",
            "section",
            "exact",
            "start",
            "end",
            "role",
            "assertion",
            "note",
        )

    def get_source_title(self, citation: Citation) -> str:
        return said(citation.source, "title")

    def get_note(self, citation: Citation) -> str | None:
        return said(citation, "note") or None


class Supporting(Protocol):
    """A citation with the events that it supports; what else it supports stands beside as `supported_<kind>`."""

    supported_events: list[Event]


class CitationRow(PhraseRow, Row):
    supports = serializers.SerializerMethodField(
        help_text=both("它所支持的数据与措施。", "What it supports, with links.")
    )

    class Meta(PhraseRow.Meta):
        fields = (*PhraseRow.Meta.fields, "supports")

    def get_supports(self, citation: Supporting) -> SupportRow(many=True):  # type: ignore[valid-type]
        found = [
            (kind, getattr(record, code))
            for kind, _, code in SUPPORTED
            for record in getattr(citation, f"supported_{kind}")
        ]
        by_events = {event.measure.code for event in citation.supported_events}
        found += [("measure", code) for code in sorted(by_events - {code for kind, code in found if kind == "measure"})]
        request = self.context["request"]
        return [
            {"kind": kind, "code": str(code), "href": address_of(request, f"{kind}-detail", code)}
            for kind, code in found
        ]


class CitationParameters(ParameterSet):
    source = Parameter(
        CodesField(Source.objects.public, by="slug", example="zhuzhou-county-trade"),
        field_name="source",
        says=both("来源。", "Sources."),
    )
    observation = Parameter(
        NumbersField(1, 10**15, example=17),
        field_name="observation_set",
        says=both(
            "支持这些观测之一的，也含已更正或撤回的。",
            "Those that support one of these observations (ids), of any revision.",
        ),
    )
    measure = Parameter(
        OneCodeField(Measure.objects.public, example="ftz-first-01"),
        field_name="measure_set",
        says=both("支持该措施的。", "Those that support this measure."),
    )
    role = Parameter(ChoicesField(CitationRole.values), says=both("作用。", "Roles."))
    assertion = Parameter(ChoicesField(Assertion.values), says=both("依据：明述、推断或计算。", "How it was read."))  # fmt: skip


class CitationViewSet(ReadOnlyViewSet):
    """Phrases of the sources: `text[start:end] == exact`, counting characters of the source's file, line breaks included."""

    chinese = {
        "list": "来源中的短语：`text[start:end] == exact`，按来源文件的字符计，含换行。",
    }
    tag = SOURCES
    package = PackageTable(both("引证", "Citations"), references={"source": "sources.code"})
    queryset = Citation.objects.public().select_related("source")
    serializer_class = CitationRow
    filterset_class = CitationParameters
    lookup_field = "code"
    orderings = {"code": ("code",), "start": ("source__slug", "start", "code")}

    def get_queryset(self) -> QuerySet[Citation]:
        links = [
            Prefetch(f"{kind}_set", public().only(code).order_by("pk"), f"supported_{kind}")
            for kind, public, code in SUPPORTED
        ]
        events = Event.objects.public().filter(measure__in=Measure.objects.public()).select_related("measure")
        by_events = Prefetch("event_set", events.only("measure__code"), "supported_events")
        return super().get_queryset().prefetch_related(*links, by_events)
