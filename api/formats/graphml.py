"""GraphML: nodes and edges with their attributes, for Gephi, yEd and networkx (http://graphml.graphdrawing.org)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from rest_framework.renderers import BaseRenderer

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
ENDS = {"source": "from", "target": "to"}


class GraphMLRenderer(BaseRenderer):
    media_type = "application/graphml+xml"
    format = "graphml"
    charset = None
    schema = {"type": "string"}

    def render(
        self,
        data: bytes | Mapping[str, Any],
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """A graph of `nodes`, which have an `id`, and `edges` `from` one `to` another. A problem comes as it is."""
        return data if isinstance(data, bytes) else as_graphml(data.get("nodes", ()), data.get("edges", ()))


def as_graphml(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> bytes:
    """The document: what is said of nodes and edges as attributes, a list joined by `;`, what is missing left out."""
    root = Element("graphml", xmlns=NAMESPACE)
    graph = Element("graph", edgedefault="directed")
    elements = (("node", nodes, ("node",)), ("edge", edges, tuple(ENDS.values())))
    for kind, rows, own in elements:
        names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in own]
        for name in names:
            of_type = "int" if all(isinstance(row.get(name), int) for row in rows) else "string"
            attributes = {"id": f"{kind}-{name}", "for": kind, "attr.name": name, "attr.type": of_type}
            SubElement(root, "key", attributes)
        for row in rows:
            ends = {"id": row["node"]} if kind == "node" else {end: row[name] for end, name in ENDS.items()}
            element = SubElement(graph, kind, ends)
            for name in names:
                if (text := _text(row.get(name))) is not None:
                    SubElement(element, "data", key=f"{kind}-{name}").text = text
    root.append(graph)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _text(cell: object) -> str | None:
    if isinstance(cell, list):
        return ";".join(map(str, cell)) or None
    return None if cell is None else str(cell)
