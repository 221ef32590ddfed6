"""Structures as SDMX-ML 2.1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from api.sdmx.components import ATTRIBUTES, DIMENSIONS, MEASURE, TIME, SdmxComponent
from api.sdmx.structures import KINDS, Artefact, Categorisation, Constraint, Dataflow, DataStructure, ItemScheme
from api.sdmx.xml import (
    DECLARATION,
    element,
    header,
    item_urn,
    names,
    namespaces,
    reference,
    reference_into,
    urn,
)

# What holds each kind in a message; the kinds come in the order of KINDS.
HOLDERS = {
    "agencyscheme": "OrganisationSchemes", "dataflow": "Dataflows", "categoryscheme": "CategorySchemes",
    "categorisation": "Categorisations", "codelist": "Codelists", "conceptscheme": "Concepts",
    "datastructure": "DataStructures", "contentconstraint": "Constraints",
}  # fmt: skip
ITEMS = {"agencyscheme": "Agency", "categoryscheme": "Category", "codelist": "Code", "conceptscheme": "Concept"}
TAGS = {"agencyscheme": "AgencyScheme", "categoryscheme": "CategoryScheme", "codelist": "Codelist",
        "conceptscheme": "ConceptScheme"}  # fmt: skip


def write_structures(artefacts: Sequence[Artefact], address: Callable[[Artefact], str]) -> bytes:
    """A message with these artefacts; `address` is where the whole of a stub is."""
    ordered = sorted(artefacts, key=lambda artefact: KINDS.index(artefact.kind))
    holders = [
        element(f"structure:{HOLDERS[kind]}", *(_write(artefact, address) for artefact in listed))
        for kind, listed in groupby(ordered, key=lambda artefact: artefact.kind)
    ]
    message = (
        f"{DECLARATION}<message:Structure{namespaces('message', 'structure', 'common')}>"
        f"{header()}{element('message:Structures', *holders)}</message:Structure>"
    )
    return message.encode()


def _write(artefact: Artefact, address: Callable[[Artefact], str]) -> str:
    if isinstance(artefact, ItemScheme):
        return _scheme(artefact, address)
    if isinstance(artefact, Dataflow):
        structure = element("structure:Structure", reference("datastructure", "DSD_OBS"))
        return _maintained("Dataflow", artefact, address, structure)
    if isinstance(artefact, DataStructure):
        return _maintained("DataStructure", artefact, address, _components())
    if isinstance(artefact, Categorisation):
        source = element("structure:Source", reference("dataflow", artefact.flow))
        target = reference_into("categoryscheme", "CS_TOPIC", artefact.category, "Category")
        return _maintained("Categorisation", artefact, address, source, element("structure:Target", target))
    assert isinstance(artefact, Constraint)
    return _constraint(artefact, address)


def _maintained(
    tag: str, artefact: Artefact, address: Callable[[Artefact], str], *inside: str, before: str = "", **more: str
) -> str:
    external = {"isExternalReference": "true", "structureURL": address(artefact)} if artefact.is_stub else {}
    return element(
        f"structure:{tag}", before, names(artefact), *(() if artefact.is_stub else inside),
        urn=urn(artefact), **external, id=artefact.id, agencyID=artefact.agency, version=artefact.version,
        isFinal=str(artefact.is_final).lower(), **more,
    )  # fmt: skip


def _scheme(scheme: ItemScheme, address: Callable[[Artefact], str]) -> str:
    name = ITEMS[scheme.kind]
    items = []
    for item in scheme.items:
        above = element("structure:Parent", element("Ref", id=item.parent)) if item.parent else ""
        items.append(element(f"structure:{name}", names(item), above, id=item.id, urn=item_urn(scheme, name, item)))
    more = {"isPartial": "true"} if scheme.is_partial else {}
    return _maintained(TAGS[scheme.kind], scheme, address, *items, **more)


def _components() -> str:
    dimensions = [
        element("structure:Dimension", _concept(part), _coded(part), id=part.id, position=str(position))
        for position, part in enumerate(DIMENSIONS, 1)
    ]
    time = element(
        "structure:TimeDimension", _concept(TIME), _typed("ObservationalTimePeriod"),
        id=TIME.id, position=str(len(DIMENSIONS) + 1),
    )  # fmt: skip
    attributes = [
        element(
            "structure:Attribute", _concept(part), _coded(part) if part.codelist else _typed("String"),
            element("structure:AttributeRelationship", element("structure:PrimaryMeasure", element("Ref", id=MEASURE.id))),
            id=part.id, assignmentStatus="Mandatory" if part.mandatory else "Conditional",
        )
        for part in ATTRIBUTES
    ]  # fmt: skip
    measure = element("structure:PrimaryMeasure", _concept(MEASURE), _typed("Decimal"), id=MEASURE.id)
    return element(
        "structure:DataStructureComponents",
        element("structure:DimensionList", *dimensions, time, id="DimensionDescriptor"),
        element("structure:AttributeList", *attributes, id="AttributeDescriptor"),
        element("structure:MeasureList", measure, id="MeasureDescriptor"),
    )


def _concept(part: SdmxComponent) -> str:
    return element("structure:ConceptIdentity", reference_into("conceptscheme", "CS_OBS", part.id, "Concept"))


def _coded(part: SdmxComponent) -> str:
    enumeration = element("structure:Enumeration", reference("codelist", str(part.codelist)))
    return element("structure:LocalRepresentation", enumeration)


def _typed(type_: str) -> str:
    return element("structure:LocalRepresentation", element("structure:TextFormat", textType=type_))


def _constraint(constraint: Constraint, address: Callable[[Artefact], str]) -> str:
    available = constraint.found
    assert available is not None
    metrics = element(
        "common:Annotations",
        *(
            element(
                "common:Annotation", element("common:AnnotationTitle", str(count)),
                element("common:AnnotationType", "sdmx_metrics"), id=id_,
            )
            for id_, count in (("series_count", available.series), ("obs_count", available.figures))
        ),
    )  # fmt: skip
    values = [
        element("common:KeyValue", *(element("common:Value", escape(code)) for code in codes), id=id_)
        for id_, codes in available.codes.items()
        if codes
    ]
    if available.first and available.last:
        span = element(
            "common:TimeRange",
            element("common:StartPeriod", available.first, isInclusive="true"),
            element("common:EndPeriod", available.last, isInclusive="true"),
        )
        values.append(element("common:KeyValue", span, id=TIME.id))
    attached = element(
        "structure:ConstraintAttachment", element("structure:Dataflow", reference("dataflow", constraint.flow))
    )
    region = element("structure:CubeRegion", *values, include="true") if values else ""
    return _maintained("ContentConstraint", constraint, address, attached, region, before=metrics, type="Actual")
