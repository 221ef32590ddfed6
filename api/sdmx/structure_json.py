"""Structures as SDMX-JSON: 1.0 for SDMX 2.1, 2.0 for SDMX 3.0. References are URNs; names are in the answer's language
and, as `names`, in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.formats.json import to_json
from api.sdmx.components import AGENCY, ATTRIBUTES, DIMENSIONS, MEASURE, TIME, SdmxComponent
from api.sdmx.structures import (
    VERSION,
    Artefact,
    Categorisation,
    Constraint,
    Dataflow,
    DataStructure,
    Item,
    ItemScheme,
    Named,
)
from api.sdmx.xml import CLASSES, message_id, prepared
from sources.bilingual import LANGUAGES

Json = dict[str, Any]

ITEMS = {"agencyscheme": "agencies", "categoryscheme": "categories", "codelist": "codes", "conceptscheme": "concepts"}
HOLDERS = {
    "agencyscheme": "agencySchemes", "dataflow": "dataflows", "categoryscheme": "categorySchemes",
    "categorisation": "categorisations", "codelist": "codelists", "conceptscheme": "conceptSchemes",
    "datastructure": "dataStructures", "contentconstraint": "contentConstraints",
}  # fmt: skip
SCHEMAS = "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master"


def named(thing: Named, spoken: str) -> Json:
    """Its id, and its names in the spoken language and in both."""
    names: Json = {
        "id": thing.id,
        "name": getattr(thing, spoken),
        "names": {each: getattr(thing, each) for each in LANGUAGES},
    }
    if thing.about_zh or thing.about_en:
        about = {each: getattr(thing, f"about_{each}") for each in LANGUAGES}
        names |= {"description": about[spoken], "descriptions": about}
    return names


def meta(schema: str, spoken: str) -> Json:
    """The head of a message; `schema` is the address of its schema."""
    return {
        "schema": schema, "id": message_id(), "test": False, "prepared": prepared(),
        "contentLanguages": [spoken, *(each for each in LANGUAGES if each != spoken)], "sender": {"id": AGENCY},
    }  # fmt: skip


@dataclass(frozen=True)
class Spelling:
    """How a version of SDMX-JSON spells structures."""

    schema: str
    is_v3: bool

    def urn(self, kind: str, id_: str, agency: str = AGENCY, version: str = VERSION) -> str:
        """The URN of an artefact."""
        package, name = CLASSES[kind]
        name = "DataConstraint" if self.is_v3 and kind == "contentconstraint" else name
        return f"urn:sdmx:org.sdmx.infomodel.{package}.{name}={agency}:{id_}({version})"

    def item_urn(self, kind: str, scheme: str, name: str, id_: str) -> str:
        """The URN of an item of a scheme."""
        return f"urn:sdmx:org.sdmx.infomodel.{CLASSES[kind][0]}.{name}={AGENCY}:{scheme}({VERSION}).{id_}"

    def write(self, artefacts: Sequence[Artefact], spoken: str) -> bytes:
        """A message with these artefacts."""
        data: dict[str, list[Json]] = {}
        for artefact in artefacts:
            holder = HOLDERS[artefact.kind]
            if self.is_v3 and artefact.kind == "contentconstraint":
                holder = "dataConstraints"
            data.setdefault(holder, []).append(self.artefact(artefact, spoken))
        return to_json({"meta": meta(self.schema, spoken), "data": data})

    def artefact(self, artefact: Artefact, spoken: str) -> Json:
        """One artefact."""
        version = artefact.semantic_version if self.is_v3 else artefact.version
        urn = self.urn(artefact.kind, artefact.id, artefact.agency, version)
        common = {
            **named(artefact, spoken), "version": version, "agencyID": artefact.agency,
            "isExternalReference": artefact.is_stub, "links": [{"rel": "self", "urn": urn}],
            **({} if self.is_v3 else {"isFinal": artefact.is_final}),
        }  # fmt: skip
        if self.is_v3 and artefact.kind == "agencyscheme":
            del common["version"]
        return common if artefact.is_stub else common | self.content(artefact, spoken)

    def content(self, artefact: Artefact, spoken: str) -> Json:
        """What an artefact has that its stub has not."""
        if isinstance(artefact, ItemScheme):
            items = [self.item(item, spoken) for item in artefact.items]
            return {"isPartial": artefact.is_partial} | ({ITEMS[artefact.kind]: items} if items else {})
        if isinstance(artefact, Dataflow):
            return {"structure": self.urn("datastructure", "DSD_OBS")}
        if isinstance(artefact, DataStructure):
            return {"dataStructureComponents": self.components()}
        if isinstance(artefact, Categorisation):
            target = self.item_urn("categoryscheme", "CS_TOPIC", "Category", artefact.category)
            return {"source": self.urn("dataflow", artefact.flow), "target": target}
        assert isinstance(artefact, Constraint)
        return self.constraint(artefact)

    def item(self, item: Item, spoken: str) -> Json:
        return named(item, spoken) | ({"parent": item.parent} if item.parent else {})

    # The data structure ------------------------------------------------------------------------------------------------

    def components(self) -> Json:
        dimensions = [
            self._component(part) | {"position": position}
            for position, part in enumerate(DIMENSIONS, 0 if self.is_v3 else 1)
        ]
        time = self._component(TIME, "ObservationalTimePeriod")
        if not self.is_v3:
            time |= {"position": len(DIMENSIONS) + 1, "type": "TimeDimension"}
            dimensions = [dimension | {"type": "Dimension"} for dimension in dimensions]
        times: Json = {"timeDimension": time} if self.is_v3 else {"timeDimensions": [time]}
        return {
            "dimensionList": {"id": "DimensionDescriptor", "dimensions": dimensions, **times},
            "measureList": self._measures(),
            "attributeList": {
                "id": "AttributeDescriptor",
                "attributes": [self._attribute(part) for part in ATTRIBUTES],
            },
        }

    def _component(self, part: SdmxComponent, type_: str = "") -> Json:
        concept = self.item_urn("conceptscheme", "CS_OBS", "Concept", part.id)
        if part.codelist:
            shown: Json = {"enumeration": self.urn("codelist", part.codelist)}
        elif self.is_v3:
            shown = {"format": {"dataType": type_}}
        else:
            shown = {"textFormat": {"textType": type_}}
        return {"id": part.id, "conceptIdentity": concept, "localRepresentation": shown}

    def _measures(self) -> Json:
        measure = self._component(MEASURE, "Decimal")
        if self.is_v3:
            return {"id": "MeasureDescriptor", "measures": [measure | {"usage": "optional"}]}
        return {"id": "MeasureDescriptor", "primaryMeasure": measure}

    def _attribute(self, part: SdmxComponent) -> Json:
        attribute = self._component(part, "String")
        if self.is_v3:
            usage = "mandatory" if part.mandatory else "optional"
            return attribute | {"usage": usage, "attributeRelationship": {"observation": {}}}
        status = "Mandatory" if part.mandatory else "Conditional"
        return attribute | {"assignmentStatus": status, "attributeRelationship": {"primaryMeasure": MEASURE.id}}

    # Constraints -------------------------------------------------------------------------------------------------------

    def constraint(self, constraint: Constraint) -> Json:
        available = constraint.found
        assert available is not None
        counts = (("series_count", available.series), ("obs_count", available.figures))
        values: list[Json] = [
            {"id": id_, "values": [{"value": code} for code in codes] if self.is_v3 else list(codes)}
            for id_, codes in available.codes.items()
            if codes
        ]
        if available.first and available.last:
            span = {"startPeriod": _included(available.first), "endPeriod": _included(available.last)}
            values.append({"id": TIME.id, "timeRange": span})
        region = {"include" if self.is_v3 else "isIncluded": True, "keyValues": values}
        return {
            "annotations": [{"id": id_, "title": str(count), "type": "sdmx_metrics"} for id_, count in counts],
            "role" if self.is_v3 else "type": "Actual",
            "constraintAttachment": {"dataflows": [self.urn("dataflow", constraint.flow)]},
            **({"cubeRegions": [region]} if values else {}),
        }


def _included(period: str) -> Json:
    return {"period": period, "isInclusive": True}


JSON_1 = Spelling(f"{SCHEMAS}/structure-message/tools/schemas/1.0/sdmx-json-structure-schema.json", is_v3=False)
JSON_2 = Spelling(f"{SCHEMAS}/structure-message/tools/schemas/2.0.0/sdmx-json-structure-schema.json", is_v3=True)
