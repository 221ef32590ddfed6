"""/policies/documents and /policies/domains: what contains measures, and how many it states."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.http.fields import ListedCodes, Listing, PublicReference, SpokenField
from api.http.filters import ParameterSet
from api.http.package_tables import PackageTable
from api.http.parameters import ChoicesField, CodesField, Option, Parameter
from api.http.rows import Row
from api.http.tags import POLICIES
from api.http.viewsets import INCLUDE_SAYS, ReadOnlyViewSet
from api.policies.measure_rows import citations
from api.policies.progress import RECORDED_SAYS, RELATED_SAYS, ProgressRow, progress_row
from policies.choices import DocumentKind, Level, MeasureKind
from policies.models import Actor, Document, Domain
from policies.progress import progress_of
from sources.bilingual import both
from sources.models import public


class DocumentParameters(ParameterSet):
    kind = Parameter(ChoicesField(DocumentKind.values), says=both("文件类型。", "Kinds of document."))
    level = Parameter(ChoicesField(Level.values), says=both("级别。", "Levels."))
    issuer = Parameter(
        CodesField(Actor.objects.public, example="state-council"), says=both("发文机关。", "Issuing bodies.")
    )


class DocumentRow(Row):
    title = SpokenField(help_text=both("标题，按答复的语言。", "Title, in the language of the answer."))
    issuer = PublicReference(allow_null=True)
    source = serializers.SlugRelatedField("slug", read_only=True, help_text=both("读自何处。", "Where it was read."))
    source_title = SpokenField(
        "source__title", help_text=both("来源的题名，按答复的语言。", "Title of the source, in the language of the answer.")
    )  # fmt: skip
    note = SpokenField(allow_null=True)
    domain_count = serializers.IntegerField()
    measure_count = serializers.IntegerField()

    class Meta:
        model = Document
        fields = (
            "code", "kind", "title", "title_zh", "title_en", "number", "issuer", "level", "issued", "source", "source_title", "note",
            "domain_count", "measure_count",
        )  # fmt: skip

    @classmethod
    def records(cls) -> QuerySet[Document]:
        return Document.objects.annotate(
            domain_count=Count("domains", filter=public("domains"), distinct=True),
            measure_count=Count("measures", filter=public("measures"), distinct=True),
        )


class DocumentViewSet(ReadOnlyViewSet):
    """Plans, opinions, campaigns and studies that contain measures or that a source names."""

    chinese = {
        "list": "含有措施或被来源提及的规划、意见、行动和研究。",
        "progress": "文件的任务进展：文件所述总数、各来源对总数的说法，与此处所录并列。",
    }
    tag = POLICIES
    summaries = {"progress": both("文件的任务进展", "How far a document's tasks have come")}
    package = PackageTable(both("政策文件", "Policy documents"), references={"source": "sources.code"})
    queryset = Document.objects.public()
    serializer_class = DocumentRow
    filterset_class = DocumentParameters
    row_serializers = {"progress": ProgressRow}
    lookup_field = "code"
    orderings = {"code": ("code",), "issued": ("issued", "code")}

    def options_taken(self) -> dict[str, Option]:
        options = super().options_taken()
        if self.action != "progress":
            return options
        return options | {"include": Option(ChoicesField(["measures"]), INCLUDE_SAYS)}

    @extend_schema(responses=ProgressRow)
    @action(detail=True)
    def progress(self, request: Request, **kwargs: object) -> Response:
        """How far a document's tasks have come: what it states and what is claimed of its total, beside what is held."""
        document = self.get_object()
        return Response(progress_row(progress_of(document), "measures" in (self.chosen["include"] or ())))


class DomainParameters(ParameterSet):
    document = Parameter(
        CodesField(Document.objects.public, example="hunan-ftz-plan"), says=both("文件。", "Documents.")
    )


class DomainRow(Row):
    name = SpokenField(help_text=both("名称，按答复的语言。", "Name, in the language of the answer."))
    document = serializers.SlugRelatedField("code", read_only=True)
    task_count = serializers.IntegerField(
        allow_null=True,
        help_text=both(
            "文件所述的任务数；未述为空。", "Number of tasks that the document states; null where it states none."
        ),
    )
    recorded_count = serializers.IntegerField(help_text=RECORDED_SAYS)
    related_count = serializers.IntegerField(help_text=RELATED_SAYS)
    citations = ListedCodes(
        Listing("domain_set", citations), help_text=both("任务数的引证。", "Citations of the stated number.")
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
            "related_count",
            "citations",
        )

    @classmethod
    def records(cls) -> QuerySet[Domain]:
        held, tasks = public("measures"), Q(measures__kind=MeasureKind.TASK)
        return Domain.objects.annotate(
            recorded_count=Count("measures", filter=held & tasks), related_count=Count("measures", filter=held & ~tasks)
        )


class DomainViewSet(ReadOnlyViewSet):
    """The parts of a document: the number of tasks that it states, how many of them are recorded here, and what else is held that
    belongs there.
    """

    chinese = {
        "list": "文件的各领域：文件所述任务数、其中已录数，以及所录的其他相关内容。",
    }
    tag = POLICIES
    package = PackageTable(both("政策领域", "Policy domains"), references={"document": "documents.code"})
    queryset = Domain.objects.public()
    serializer_class = DomainRow
    filterset_class = DomainParameters
    lookup_field = "code"
    orderings = {"document": ("document__code", "ordinal"), "code": ("code",)}
