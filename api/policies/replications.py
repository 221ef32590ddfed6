"""/policies/replications: which region takes up which measure, when, in which batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.http.fields import NamedReference, TitledReference
from api.http.package_tables import PackageTable
from api.http.parameters import ChoicesField, CodesField, Option, ParameterField
from api.http.rows import PartialRow
from api.http.tags import POLICIES
from api.http.viewsets import ListViewSet, warn
from policies.choices import Status
from policies.models import Document, Measure
from policies.replicating import Replication, replications
from regions.models import Region
from sources.bilingual import both, said
from sources.edtf import precision


class ReplicationRow(PartialRow):
    """A region takes up a measure, or all of a document."""

    region = NamedReference(allow_null=True, help_text=both("何地；未述为空。", "Where; null where not stated."))
    measure = TitledReference(allow_null=True, help_text=both("复制哪项措施。", "The measure that is taken up."))
    document = TitledReference(
        help_text=both("该措施所在文件，或整体复制的文件。", "Its document, or the document as a whole.")
    )
    by = TitledReference(
        allow_null=True, help_text=both("当地以哪项措施复制。", "The region's own measure that does it.")
    )
    status = serializers.CharField(
        allow_null=True,
        help_text=both(
            "已复制推广，或当地措施的现状（如 announced 为已公布的打算）。",
            "replicated, or where the region's own measure stands (announced: a plan that was made public).",
        ),
    )
    date = serializers.CharField(
        allow_null=True, help_text=both("日期（EDTF）；未知为空。", "EDTF; null where unknown.")
    )
    precision = serializers.CharField(help_text="year, month, day, unknown")
    batch = serializers.CharField(allow_null=True, help_text=both("批次；未述为空。", "Batch; null where not stated."))
    citations = serializers.ListField(child=serializers.CharField())


def replication_row(replication: Replication) -> dict[str, Any]:
    """A replication as the answer has it."""
    taken, region = replication.taken, replication.region
    whole = isinstance(taken, Document)
    return {
        "region": region and {"code": region.code, "name": said(region, "name")},
        "measure": None if whole else _titled(taken),
        "document": _titled(taken if isinstance(taken, Document) else taken.document),
        "by": replication.by and _titled(replication.by), "status": replication.status, "date": replication.date or None,
        "precision": precision(replication.date), "batch": replication.batch or None,
        "citations": [citation.code for citation in replication.citations],
    }  # fmt: skip


def _titled(record: Measure | Document) -> dict[str, str]:
    return {"code": record.code, "title": said(record, "title")}


# What a replication is narrowed by: name → its value.
NARROWED: dict[str, Callable[[Replication], Any]] = {
    "region": lambda replication: replication.region,
    "measure": lambda replication: replication.taken,
    "document": lambda replication: (
        replication.taken if isinstance(replication.taken, Document) else replication.taken.document
    ),
    "status": lambda replication: replication.status,
    "batch": lambda replication: replication.batch,
}


@extend_schema(responses=ReplicationRow(many=True))
class ReplicationViewSet(ListViewSet):
    """Which region takes up which measure or document, when and in which batch: done, under way or planned.

    A row is an event (a measure was replicated in a region) or a measure of a region that replicates another, which
    stands where that measure stands. The latest first; undated ones last.
    """

    chinese = {
        "list": (
            "哪个地区复制推广了哪项措施或文件，何时、第几批：已完成、进行中或计划中。\n\n一行是一个事件（某措施在某地被复制推广），"
            "或某地用以复制另一措施的措施，其现状即该措施的现状。最近的在前，无日期的在后。"
        ),
    }
    tag = POLICIES
    summaries = {"list": both("复制推广", "Who takes up what")}
    package = PackageTable(
        both("复制推广", "Replications"), key=None,
        references={"region.code": "regions.code", "measure.code": "measures.code", "document.code": "documents.code"},
    )  # fmt: skip
    queryset = Measure.objects.public()
    serializer_class = ReplicationRow
    extra_options = {
        "region": Option(CodesField(Region.objects.public, example="430200"), both("何地。", "Places that take up.")),
        "measure": Option(CodesField(Measure.objects.public, example="nat-negative-list"), both("何措施。", "Measures taken up.")),
        "document": Option(
            CodesField(Document.objects.public, example="hunan-ftz-plan"), both("何文件。", "Documents taken up."),
        ),
        "status": Option(ChoicesField(Status.values, example="announced"), both("现状。", "Where it stands.")),
        "batch": Option(ParameterField(example="1"), both("批次。", "The batch.")),
    }  # fmt: skip

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        self.filter_queryset(None)
        asked_for = [one for one in replications() if self.is_asked_for(one)]
        page = self.paginate_queryset(asked_for)
        if not page:
            warn(request, "no_rows", both("没有符合条件的记录。", "Nothing matches this query."))
        return self.get_paginated_response([replication_row(one) for one in page])

    def is_asked_for(self, replication: Replication) -> bool:
        """Whether a replication has one of the values of every filter that is given."""
        for name, value_of in NARROWED.items():
            wanted = self.chosen[name]
            if wanted is not None and value_of(replication) not in (wanted if isinstance(wanted, list) else [wanted]):
                return False
        return True
