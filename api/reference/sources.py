"""/sources and /citations: where every fact comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from api.addresses import addresses_of
from api.formats.json import structure
from api.http.fields import Gathered, ListedField, MadeField, SpokenField
from api.http.filters import ParameterSet
from api.http.package_tables import PackageTable
from api.http.parameters import ChoicesField, CodesField, NumbersField, OneCodeField, Parameter
from api.http.rows import RecordPart, Row
from api.http.tags import SOURCES
from api.http.viewsets import ReadOnlyViewSet
from indicators.models import Indicator, Observation
from policies.models import Document, Domain, Event, Measure
from regions.models import Region
from sources.bilingual import both
from sources.models import Assertion, Citation, CitationRole, Source, SourceKind, public
from sources.statements import Records, statement


class SourceParameters(ParameterSet):
    kind = Parameter(ChoicesField(SourceKind.values, example="paper"), says=both("来源类型。", "Kinds of source."))


CITED_BY = ("kind", "authors", "title_zh", "publisher_zh", "issued", "doi", "url")  # what a reference is made of


class SourceRow(Row):
    code = serializers.CharField(source="slug")
    title = SpokenField(help_text=both("题名，按答复的语言。", "Title, in the language of the answer."))
    authors = ListedField()
    publisher = SpokenField(allow_null=True)
    issued = serializers.CharField(
        help_text=both("出版日期（EDTF）；来源未说明为空。", "EDTF date; null where the source gives none.")
    )
    citation = MadeField(*CITED_BY, help_text=both("参考文献格式（GB/T 7714）。", "Reference by GB/T 7714."))
    note = SpokenField("notes", allow_null=True)
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

    @classmethod
    def records(cls) -> QuerySet[Source]:
        measures = public("citations") & public("citations__measure_set")
        return Source.objects.annotate(
            citation_count=Count("citations", filter=public("citations"), distinct=True),
            observation_count=Count("observations", filter=Q(observations__retired__isnull=True), distinct=True),
            measure_count=Count("citations__measure_set", filter=measures, distinct=True),
        )

    def get_citation(self, *cells: str) -> str:
        return Source(**dict(zip(CITED_BY, cells, strict=True))).citation


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


class SupportRow(serializers.Serializer[Any]):
    """Something that a citation supports."""

    kind = serializers.CharField()
    code = serializers.CharField()
    href = serializers.CharField()


def public_events() -> QuerySet[Event]:
    """The public events of public measures."""
    return Event.objects.public().filter(public("measure"))


# What may cite a phrase, in the order of its row: kind, its public records, the oldest first, and their code.
SUPPORTED: tuple[tuple[str, Records, str], ...] = (
    ("observation", lambda: Observation.objects.filter(retired__stands=True).order_by("pk"), "pk"),
    ("measure", lambda: Measure.objects.public().order_by("pk"), "code"),
    ("document", lambda: Document.objects.public().order_by("pk"), "code"),
    ("domain", lambda: Domain.objects.public().order_by("pk"), "code"),
    ("indicator", lambda: Indicator.objects.public().order_by("pk"), "code"),
    ("region", lambda: Region.objects.public().order_by("pk"), "code"),
)


class SupportsField(Gathered, serializers.ListSerializer[Any]):
    """What phrases support, by the order of SUPPORTED; what only an event supports counts as its measure, and comes last."""

    child = SupportRow()

    def gathered(self, request: Request | None, keys: Sequence[int]) -> Mapping[int, list[Any]]:
        assert request is not None
        supported: dict[int, list[Any]] = defaultdict(list)
        row = structure(tuple(self.child.fields))
        measures: set[tuple[Any, ...]] = set()
        for kind, records, code in SUPPORTED:
            address = addresses_of(request, f"{kind}-detail")
            links = statement(records, "citations", (code,)).rows(keys)
            if kind == "measure":
                measures.update(links)
            for key, name in links:
                supported[key].append(row(kind, str(name), address(name)))
        address = addresses_of(request, "measure-detail")
        for key, name in sorted(set(statement(public_events, "citations", ("measure__code",)).rows(keys)) - measures):
            supported[key].append(row("measure", name, address(name)))
        return supported


class PhraseRow(RecordPart):
    """A phrase of a source, by its position and its words, as what it supports shows it."""

    source = serializers.SlugRelatedField("slug", read_only=True)
    source_title = SpokenField(
        "source__title", help_text=both("来源的题名，按答复的语言。", "Title of the source, in the language of the answer.")
    )  # fmt: skip
    note = SpokenField(allow_null=True)

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


class CitationRow(PhraseRow, Row):
    supports = SupportsField(help_text=both("它所支持的数据与措施。", "What it supports, with links."))

    class Meta(PhraseRow.Meta):
        fields = (*PhraseRow.Meta.fields, "supports")


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
    queryset = Citation.objects.public()
    serializer_class = CitationRow
    filterset_class = CitationParameters
    lookup_field = "code"
    orderings = {"code": ("code",), "start": ("source__slug", "start", "code")}
