"""/policies/graph: a measure or document with all that it is part of and bears on."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.formats.graphml import GraphMLRenderer
from api.http.parameters import NumberField, OneCodeField, Option
from api.http.renderers import JSONRenderer
from api.http.rows import PartialRow, RowPart
from api.http.tags import POLICIES
from api.http.viewsets import ListViewSet, warn
from api.problems import InvalidParameters, ParameterError
from policies.choices import RelationType, Status
from policies.graph import MOST_NODES, PART_OF, STEP_OF, Graph, graph_around, kind_of
from policies.models import Document, Domain, Measure
from sources.bilingual import both, said

EDGE_TYPES = [STEP_OF, PART_OF, *RelationType.values]


class NodeRow(RowPart):
    """A measure, a domain or a document."""

    node = serializers.CharField(help_text=both("类型:代码，边以此指向。", "kind:code, which edges point to."))
    kind = serializers.ChoiceField(["measure", "domain", "document"])
    code = serializers.CharField()
    title = serializers.CharField()
    type = serializers.CharField(
        allow_null=True, help_text=both("措施或文件的类型。", "Kind of the measure or document; null for a domain.")
    )
    status = serializers.ChoiceField(
        Status.choices, allow_null=True, help_text=both("措施的现状。", "Where a measure stands.")
    )
    distance = serializers.IntegerField(help_text=both("与起点相隔几条边。", "Edges between it and the start."))


class EdgeRow(RowPart):
    """`from` is a step of, part of, or bears on `to`."""

    type = serializers.ChoiceField(EDGE_TYPES)
    to = serializers.CharField()
    citations = serializers.ListField(
        child=serializers.CharField(), help_text=both("关系的引证；隶属无。", "Of a relation; being part has none.")
    )

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.CharField(), **super().get_fields()}  # a name that Python keeps for itself


class PolicyGraph(PartialRow):
    """Nodes and edges."""

    start = serializers.CharField()
    depth = serializers.IntegerField()
    complete = serializers.BooleanField(
        help_text=both(f"false：超过 {MOST_NODES} 个节点，只给最近的。", f"false: only the nearest {MOST_NODES} nodes.")
    )
    nodes = NodeRow(many=True)
    edges = EdgeRow(many=True)
    warnings = serializers.ListField(child=serializers.DictField())


class GraphViewSet(ListViewSet):
    """What a measure or a document is part of and bears on, and what is part of it and bears on it, so many edges away.

    Being part runs document ← domain ← task ← step; relations are those that sources state, both ways.
    """

    chinese = {
        "list": (
            "一个措施或文件属于什么、关联什么，以及什么属于它、关联它，可隔若干条边。\n\n隶属为 文件 ← 领域 ← 任务 ← 步骤；"
            "关联以来源所述为准，双向均给出。"
        ),
    }
    tag = POLICIES
    summaries = {"list": both("政策关系图", "A graph of policies")}
    queryset = Measure.objects.public()
    serializer_class = PolicyGraph
    pagination_class = None
    extra_options = {
        "measure": Option(
            OneCodeField(Measure.objects.public, example="ftz-zone"),
            both("起点措施；与 document 二选一。", "Measure to start from; either this or `document`."),
        ),
        "document": Option(OneCodeField(Document.objects.public), both("起点文件。", "Document to start from.")),
        "depth": Option(NumberField(1, 4, example=1), both("相隔几条边以内，默认 1。", "Edges away, 1 by default.")),
    }

    paged_actions = ()
    renderer_classes = [JSONRenderer, GraphMLRenderer]

    @extend_schema(responses=PolicyGraph)
    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        self.filter_queryset(None)
        given = [name for name in ("measure", "document") if self.chosen[name]]
        if len(given) != 1:
            message = both("measure 与 document 须给且只给一项", "give either measure or document")
            raise InvalidParameters([ParameterError("measure", "conflict" if given else "required", message)])
        start, depth = self.chosen[given[0]], self.chosen["depth"] or 1
        graph = graph_around(start, depth)
        if not graph.complete:
            message = both(f"只给最近的 {MOST_NODES} 个节点。", f"Only the nearest {MOST_NODES} nodes are given.")
            warn(request, "incomplete", message)
        content = {"start": name_of(start), "depth": depth, "complete": graph.complete, **drawn(graph)}
        return Response({**content, "warnings": getattr(request, "warnings", [])})


def name_of(record: Document | Domain | Measure) -> str:
    """The id by which edges name a record as a node: its kind and its code, `measure:ftz-zone`."""
    return f"{kind_of(record)}:{record.code}"


def drawn(graph: Graph) -> dict[str, Any]:
    """Nodes by distance, kind and code, and edges by their ends."""
    nodes = [
        {
            "node": name_of(record), "kind": key[0], "code": record.code,
            "title": said(record, "name" if key[0] == "domain" else "title"), "type": getattr(record, "kind", None),
            "status": getattr(record, "status", None), "distance": graph.distance[key],
        }
        for key, record in graph.nodes.items()
    ]  # fmt: skip
    edges = [
        {
            "from": name_of(edge.start), "type": edge.type, "to": name_of(edge.end),
            "citations": [citation.code for citation in edge.relation.citations.all()] if edge.relation else [],
        }
        for edge in graph.edges
    ]  # fmt: skip
    return {
        "nodes": sorted(nodes, key=lambda node: (node["distance"], node["kind"], node["code"])),
        "edges": sorted(edges, key=lambda edge: (edge["from"], edge["type"], edge["to"])),
    }
