"""Measures and documents as a graph: what is part of what, and what implements, replicates or rests on what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Prefetch, Q

from policies.models import Document, Domain, Measure, Relation
from sources.models import Citation

# Edges that the columns of a measure or a domain stand for; the others are types of relation.
PART_OF, STEP_OF = "part_of", "step_of"
# A graph of more nodes cannot be drawn, and a document may have thousands of measures.
MOST_NODES = 500

Key = tuple[str, int]
ENDS = ("from_measure", "from_document", "to_measure", "to_document")


@dataclass(frozen=True)
class Edge:
    """From the one that is part of, a step of, or bears on, to the other; `relation` where it is one."""

    start: Any
    type: str
    end: Any
    relation: Relation | None = None


@dataclass
class Graph:
    """Nodes with their distance from the start, and every edge between them. `complete` unless nodes were left out."""

    nodes: dict[Key, Any] = field(default_factory=dict)
    distance: dict[Key, int] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    complete: bool = True

    def add(self, records: Iterable[Any], distance: int) -> list[Any]:
        """Take in the records that are new, by kind and code, as far as there is room; those that were taken."""
        added = []
        for record in sorted(records, key=lambda record: (kind_of(record), record.code)):
            key = kind_of(record), record.pk
            if key in self.nodes:
                continue
            if len(self.nodes) == MOST_NODES:
                self.complete = False
                break
            self.nodes[key], self.distance[key] = record, distance
            added.append(record)
        return added

    def keys(self, kind: str) -> list[int]:
        """The primary keys of the nodes of one kind."""
        return [pk for of, pk in self.nodes if of == kind]


def graph_around(start: Measure | Document, depth: int) -> Graph:
    """Everything within `depth` edges of a measure or document, in either direction; public records only.

    Four queries a step, and three for the whole, however many nodes. Past MOST_NODES the nearest stay.
    """
    graph = Graph()
    newest = graph.add(_read(type(start), Q(pk=start.pk)), 0)
    for distance in range(1, depth + 1):
        newest = graph.add(_beside(newest), distance) if newest else []
    graph.edges = [
        Edge(record, STEP_OF if isinstance(above, Measure) else PART_OF, above)
        for record in graph.nodes.values()
        for above in _above(record)
        if (kind_of(above), above.pk) in graph.nodes
    ] + _relations_among(graph)
    return graph


def kind_of(record: Any) -> str:
    """`measure`, `domain` or `document`."""
    return type(record).__name__.lower()


def _read(model: type[Any], which: Q) -> Any:
    """Public records with what they are part of."""
    above = {Measure: ("parent", "domain", "document"), Domain: ("document",), Document: ()}[model]
    records = model.objects.public().filter(which).select_related(*above)
    if model is Measure:
        records = records.with_status()
    return records.order_by("code")[: MOST_NODES + 1]


def _above(record: Any) -> list[Any]:
    """What a record is part of; drafts do not count.

    A measure is a step of its parent, and part of its domain unless its parent is so already; else of its document.
    """
    if isinstance(record, Document):
        return []
    document = [record.document] if record.document.is_public else []
    if isinstance(record, Domain):
        return document
    parent, domain = (link if link and link.is_public else None for link in (record.parent, record.domain))
    if parent and domain and parent.domain_id == domain.pk:
        domain = None
    return [above for above in (parent, domain) if above] or document


def _without(*links: str) -> Q:
    """That a measure has no public record at the end of these links."""
    rule = Q()
    for link in links:
        hidden = Q(**{f"{link}__released": None}) | Q(**{f"{link}__withdrawn__isnull": False})
        rule &= Q(**{link: None}) | hidden
    return rule


def _beside(records: list[Any]) -> list[Any]:
    """What is one edge away from the records."""
    ids: dict[str, list[int]] = defaultdict(list)
    wanted: dict[str, set[int]] = defaultdict(set)
    for record in records:
        ids[kind_of(record)].append(record.pk)
        for above in _above(record):
            wanted[kind_of(above)].add(above.pk)
    touching = Q()
    for end in ENDS:
        touching |= Q(**{f"{end}__in": ids[end.split("_")[1]]})
    for row in Relation.objects.public().filter(touching).values(*ENDS):
        for end in ENDS:
            wanted[end.split("_")[1]].add(row[end])
    steps = (
        Q(parent__in=ids["measure"])
        | Q(_without("parent") | Q(parent__domain=None) | ~Q(parent__domain=F("domain")), domain__in=ids["domain"])
        | Q(_without("parent", "domain"), document__in=ids["document"])
    )
    return [
        *_read(Measure, Q(pk__in=wanted["measure"]) | steps),
        *_read(Domain, Q(pk__in=wanted["domain"]) | Q(document__in=ids["document"])),
        *_read(Document, Q(pk__in=wanted["document"])),
    ]


def _relations_among(graph: Graph) -> list[Edge]:
    measures, documents = graph.keys("measure"), graph.keys("document")
    cited = Prefetch("citations", Citation.objects.public().order_by("code"))
    relations = Relation.objects.public().filter(
        Q(from_measure__in=measures) | Q(from_document__in=documents),
        Q(to_measure__in=measures) | Q(to_document__in=documents),
    )
    edges = []
    for relation in relations.order_by("pk").prefetch_related(cited):
        start, end = (
            graph.nodes["measure", measure] if measure else graph.nodes["document", document]
            for measure, document in (
                (relation.from_measure_id, relation.from_document_id or 0),
                (relation.to_measure_id, relation.to_document_id or 0),
            )
        )  # fmt: skip
        edges.append(Edge(start, relation.type, end, relation))
    return edges
