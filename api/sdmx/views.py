"""The SDMX faces over HTTP: SDMX REST 1.5 (`/sdmx/2.1`) and SDMX REST 2 (`/sdmx/3.0`)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from api.addresses import base_of
from api.formats.responses import whole_or_stream
from api.http.filters import read_parameters
from api.http.parameters import ChoiceField, ChoicesField, FlagField, ParameterField
from api.http.viewsets import UnknownCode
from api.problems import ParameterError
from api.sdmx import formats
from api.sdmx.availability import available
from api.sdmx.components import AGENCY
from api.sdmx.data_csv import write_csv_1, write_csv_2
from api.sdmx.data_json import JsonWriter
from api.sdmx.data_ml import Generic, StructureSpecific
from api.sdmx.data_query import Question, SdmxDataset
from api.sdmx.formats import Format, SdmxNegotiation
from api.sdmx.parameters import (
    COMPONENT_FILTERS,
    IN_2_1,
    IN_3_0,
    PERIODS,
    WILDCARDS,
    KeywordsField,
    find_flow,
    items,
    question_of_1,
    question_of_2,
    read_components,
)
from api.sdmx.structure_json import JSON_1, JSON_2
from api.sdmx.structure_ml import write_structures
from api.sdmx.structures import (
    KINDS,
    VERSION,
    Artefact,
    ItemScheme,
    codes_used,
    constraint_of,
    data_validity,
    partial,
    structures,
    without_content,
)
from sources.bilingual import both, language
from sources.suggest import nearest

LATEST_1 = ("latest",)
LATEST_2 = ("latest", "~", "+")
VERSIONS_2 = (VERSION, f"{VERSION}.0", *LATEST_2)  # of a dataflow
DETAILS = (
    "full",
    "raw",
    "allstubs",
    "referencestubs",
    "allcompletestubs",
    "referencecompletestubs",
    "referencepartial",
)
RELATIONS = ("none", "parents", "parentsandsiblings", "ancestors", "children", "descendants", "all")
# Resources as an address names them, beside those that are named as their kind.
RESOURCES = {
    **{kind: kind for kind in KINDS}, "dataconstraint": "contentconstraint", "organisationscheme": "agencyscheme",
}  # fmt: skip


class NoResults(Http404):
    """There is no data for a good question: SDMX says 404."""

    explanation = both(
        "查询无误，但没有符合条件的数据；availability（2.1：availableconstraint）说明有哪些。",
        "The query is good, but no data match it; availability (2.1: availableconstraint) says what there is.",
    )

    def __init__(self) -> None:
        super().__init__()
        message = both("没有符合条件的数据", "no data match this query")
        self.errors = [ParameterError("key", "no_results", message)]


class SdmxView(APIView):
    """What every SDMX endpoint does: strict parameters, its own formats, problems as everywhere else."""

    content_negotiation_class = SdmxNegotiation
    formats: Sequence[Format] = ()

    def get_renderers(self) -> list[Any]:
        return list(self.formats)

    @property
    def format(self) -> Format:
        """The format that was negotiated."""
        chosen: Format = self.request.accepted_renderer
        return chosen

    def structures_answer(self, artefacts: Sequence[Artefact]) -> HttpResponse:
        """An answer of structures in the format that was negotiated."""
        if self.format is formats.STRUCTURE_ML:
            content = write_structures(artefacts, self._address)
        else:
            content = (JSON_2 if self.format is formats.STRUCTURE_JSON_2 else JSON_1).write(artefacts, language())
        return HttpResponse(content, content_type=self.format.content_type)

    def _address(self, artefact: Artefact) -> str:
        return f"{base_of(self.request)}/sdmx/2.1/{artefact.kind}/{artefact.agency}/{artefact.id}/{artefact.version}"


# Structures --------------------------------------------------------------------------------------------------------------


class StructuresView(SdmxView):
    """Structures by kind, agency, id and version, with what they refer to or what refers to them."""

    latest: Sequence[str] = LATEST_1
    divider = "+"
    references: ParameterField = ChoiceField((*RELATIONS, *RESOURCES))

    @extend_schema(exclude=True)
    def get(self, request: Request, resource: str, **address: str) -> HttpResponse:
        chosen = read_parameters(request, {"detail": ChoiceField(DETAILS), "references": self.references})
        asked = chosen["references"] or "none"
        artefacts = self._found(resource, address.get("agency") or "all", address.get("id") or "all",
                            address.get("version") or "latest", address.get("item") or "all")  # fmt: skip
        references = [RESOURCES.get(word, word) for word in ([asked] if isinstance(asked, str) else asked)]
        everything = structures().referenced(artefacts, references)
        return self.structures_answer(self._in_detail(artefacts, everything, chosen["detail"] or "full"))

    def _found(self, resource: str, agency: str, id_: str, version: str, item: str) -> list[Artefact]:
        """The artefacts of an address. Raises UnknownCode, with the nearest that there is."""
        if resource not in (*RESOURCES, "structure", *WILDCARDS):
            raise UnknownCode(resource, nearest(resource, RESOURCES))
        kinds = (
            [RESOURCES[resource]] if resource in RESOURCES else [kind for kind in KINDS if kind != "contentconstraint"]
        )
        there = [artefact for kind in kinds for artefact in structures().of_kind(kind)]
        there = self._chosen(there, agency, lambda artefact: artefact.agency)
        artefacts = self._chosen(there, id_, lambda artefact: artefact.id)
        if version not in (*self.latest, *WILDCARDS):
            versions = {artefact.version for artefact in artefacts}
            artefacts = [each for each in artefacts if version in (each.version, f"{each.version}.0")]
            if not artefacts:
                raise UnknownCode(version, max(versions))
        if item in WILDCARDS:
            return artefacts
        return [each.only(self._items(each, item)) if isinstance(each, ItemScheme) else each for each in artefacts]

    def _chosen(self, artefacts: Sequence[Artefact], words: str, of: Callable[[Artefact], str]) -> list[Artefact]:
        """The artefacts that the words of an address name; `of` says what they name in an artefact. Raises UnknownCode."""
        if words in WILDCARDS:
            return list(artefacts)
        asked, known = items(words, self.divider, "path"), {of(artefact) for artefact in artefacts}
        for word in asked:
            if word not in known:
                raise UnknownCode(word, nearest(word, known))
        return [artefact for artefact in artefacts if of(artefact) in asked]

    def _items(self, scheme: ItemScheme, words: str) -> list[str]:
        """The ids of the items of a scheme that an address names. Raises UnknownCode."""
        asked = items(words, self.divider, "path")
        for word in asked:
            if word not in scheme.by_id:
                raise UnknownCode(word, nearest(word, scheme.by_id))
        return asked

    def _in_detail(self, artefacts: Sequence[Artefact], everything: Sequence[Artefact], detail: str) -> list[Artefact]:
        """Everything that an answer has, each artefact as full as `detail` says; `artefacts` are those that were asked for."""
        asked = {artefact.key for artefact in artefacts}
        if detail == "referencepartial":
            flows = [artefact.id for artefact in everything if artefact.kind == "dataflow"]
            used: dict[str, set[str]] = {}
            for constraint in structures().constraints:
                if constraint.flow in flows and constraint.found:
                    for codelist, codes in codes_used(constraint.found).items():
                        used.setdefault(codelist, set()).update(codes)
            cut = partial([artefact for artefact in everything if artefact.key not in asked], used)
            return [*artefacts, *cut]
        if detail in ("allstubs", "allcompletestubs"):
            return [without_content(artefact) for artefact in everything]
        if detail in ("referencestubs", "referencecompletestubs"):
            return [artefact if artefact.key in asked else without_content(artefact) for artefact in everything]
        return list(everything)


class Structures21View(StructuresView):
    formats = (formats.STRUCTURE_ML, formats.STRUCTURE_JSON_1)


class Structures30View(StructuresView):
    formats = (formats.STRUCTURE_JSON_2,)
    latest = LATEST_2
    divider = ","
    references = ChoicesField((*RELATIONS, *RESOURCES))


class SchemaView(SdmxView):
    """What data of a dataflow, or of the data structure, are valid: the structure with its concepts and codes."""

    versions: Sequence[str] = (VERSION, *LATEST_1)
    taken: Mapping[str, ParameterField] = {
        "dimensionAtObservation": IN_2_1["dimensionAtObservation"], "explicitMeasure": FlagField(), "explicit": FlagField(),
    }  # fmt: skip

    @extend_schema(exclude=True)
    def get(self, request: Request, context: str, agency: str, id: str, version: str = "latest") -> HttpResponse:
        read_parameters(request, self.taken)
        if context not in ("dataflow", "datastructure"):
            raise UnknownCode(context, nearest(context, ("dataflow", "datastructure")))
        flow = find_flow(agency, id, version, self.versions, context)
        return self.structures_answer(data_validity(flow if context == "dataflow" else None))


class Schema21View(SchemaView):
    formats = (formats.STRUCTURE_ML, formats.STRUCTURE_JSON_1)


class Schema30View(SchemaView):
    formats = (formats.STRUCTURE_JSON_2,)
    versions = VERSIONS_2
    taken = {"dimensionAtObservation": IN_2_1["dimensionAtObservation"], "deletion": ChoiceField(("false",))}


# Data --------------------------------------------------------------------------------------------------------------------


class DataView(SdmxView):
    """Figures of a dataflow, streamed; 404 where there are none."""

    def answer(self, question: Question) -> HttpResponseBase:
        """The figures in the format that was negotiated. Raises NoResults where there are none."""
        parts = question.parts()
        first = next(parts, None)
        if first is None:
            raise NoResults
        response = whole_or_stream(
            self.request, self._written(question, chain([first], parts)), self.format.content_type
        )
        if self.request.method == "HEAD":
            first.chunks.close()
            parts.close()
        if self.format in (formats.CSV_DATA_1, formats.CSV_DATA_2):
            response["Content-Type"] += ";charset=utf-8"
            response["Content-Disposition"] = f'inline; filename="{AGENCY}_{question.flow.id}.csv"'
            response["Link"] = f'<{self._address(structures().structure)}>; rel="describedby"'
        return response

    def _written(self, question: Question, parts: Iterator[SdmxDataset]) -> Generator[bytes, None, None]:
        options = SdmxNegotiation.options(self.request)
        both_labels = options["labels"] == "both"
        if self.format is formats.CSV_DATA_1:
            return write_csv_1(question, parts, both_labels)
        if self.format is formats.CSV_DATA_2:
            return write_csv_2(question, parts, both_labels, options["keys"])
        if self.format is formats.JSON_DATA_1:
            return JsonWriter(question, JSON_1).write(parts)
        if self.format is formats.JSON_DATA_2:
            return JsonWriter(question, JSON_2).write(parts)
        writer = Generic if self.format is formats.GENERIC else StructureSpecific
        return writer(question).write(parts)


class Data21View(DataView):
    formats = (formats.GENERIC, formats.SPECIFIC, formats.JSON_DATA_1, formats.CSV_DATA_1)

    @extend_schema(exclude=True)
    def get(self, request: Request, flow: str, key: str = "all", provider: str = "all") -> HttpResponseBase:
        chosen = read_parameters(request, IN_2_1)
        check_provider(provider)
        return self.answer(question_of_1(flow, key, chosen))


class Data30View(DataView):
    formats = (formats.JSON_DATA_2, formats.CSV_DATA_2)

    @extend_schema(exclude=True)
    def get(self, request: Request, **address: str) -> HttpResponseBase:
        return self.answer(question_of_address(address, read_parameters(request, IN_3_0)))


def question_of_address(address: Mapping[str, str], chosen: Mapping[str, Any]) -> Question:
    """The question of `{context}/{agency}/{id}/{version}/{key}`, each of which may be left out, in SDMX REST 2."""
    agency, id_, version, key = (address.get(name, "*") for name in ("agency", "id", "version", "key"))
    flow = find_flow(agency, id_, version, VERSIONS_2, address.get("context", "dataflow"))
    return question_of_2(flow, key, chosen)


def check_provider(provider: str) -> None:
    """Raises UnknownCode for a data provider that is not us."""
    if any(word not in (AGENCY, *WILDCARDS) for word in items(provider, ",", "provider")):
        raise UnknownCode(provider, AGENCY)


# Availability ------------------------------------------------------------------------------------------------------------


class AvailabilityView(SdmxView):
    """Which codes have data under a question, from when to when, and how much; 404 where there is none."""

    def answer(
        self, question: Question, components: list[str] | None, mode: str | None, words: Sequence[str]
    ) -> HttpResponse:
        """The constraint that says which codes have data, and the artefacts that `words` asks for, their codelists cut to these codes."""
        held = available(question.in_all(), components, question.selection if mode == "available" else None)
        if not held.figures:
            raise NoResults
        whole = components is None and question.in_all() == question.flow.selection()
        constraint = constraint_of(question.flow, held, whole=whole)
        about: list[Artefact] = []
        if any(word != "none" for word in words):
            around = list(structures().descendants(constraint))
            kinds = {RESOURCES.get(word, word) for word in words}
            kept = [artefact for artefact in around if "all" in kinds or artefact.kind in kinds]
            used = codes_used(held) if components is None else {}
            about = partial({artefact.key: artefact for artefact in kept}.values(), used)
        return self.structures_answer([constraint, *about])


MODES = ChoiceField(("exact", "available"))
REFERENCED = ("none", "all", "codelist", "datastructure", "conceptscheme", "dataflow", "dataproviderscheme")


class Availability21View(AvailabilityView):
    formats = (formats.STRUCTURE_ML, formats.STRUCTURE_JSON_1)
    taken = {**PERIODS, "updatedAfter": IN_2_1["updatedAfter"], "mode": MODES, "references": ChoiceField(REFERENCED)}

    @extend_schema(exclude=True)
    def get(
        self, request: Request, flow: str, key: str = "all", provider: str = "all", component: str = "all"
    ) -> HttpResponse:
        chosen = read_parameters(request, self.taken)
        check_provider(provider)
        components = read_components(component, "+")
        return self.answer(
            question_of_1(flow, key, chosen), components, chosen["mode"], [chosen["references"] or "none"]
        )


class Availability30View(AvailabilityView):
    formats = (formats.STRUCTURE_JSON_2,)
    taken = {
        **COMPONENT_FILTERS, "updatedAfter": IN_3_0["updatedAfter"], "mode": MODES,
        "references": KeywordsField((*REFERENCED, "valuelist")),
    }  # fmt: skip

    @extend_schema(exclude=True)
    def get(self, request: Request, **address: str) -> HttpResponse:
        chosen = read_parameters(request, self.taken)
        question = question_of_address(address, chosen)
        components = read_components(address.get("component", "*"), ",")
        return self.answer(question, components, chosen["mode"], chosen["references"] or ["none"])
