"""The OpenAPI description: drf-spectacular's, with this contract's parameters, envelope, rows and problems."""

from __future__ import annotations

import copy
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from api.http.examples import codes_of, example_of
from api.http.filters import ParameterSet
from api.http.headers import header_components, headers_of
from api.http.parameters import ChoiceField, ParameterField
from api.http.rows import PartialRow, RecordPart, Row
from api.http.tags import TAGS, Tag
from indicators.rows import ADDED, FULL, RETIRED, STANDARD, RowColumn
from sources.bilingual import both

# All rows of a list as a file; docs/data.md says how nested values become columns.
FILE_SCHEMAS: dict[str, dict[str, Any]] = {
    "csv": {"type": "string"}, "csv-metadata.json": {"type": "object"}, "xlsx": {"type": "string", "format": "binary"},
    "parquet": {"type": "string", "format": "binary"}, "jsonstat": {"type": "object"}, "ndjson": {"type": "string"},
    "graphml": {"type": "string"},
}  # fmt: skip

PROBLEM_STATUSES = ("400", "404", "406", "409", "412", "414", "429", "500", "503")


def _parameter(name: str, field: ParameterField, says: Any) -> OpenApiParameter:
    listed: dict[str, Any] = {"style": "form", "explode": False} if field.many else {}
    return OpenApiParameter(name, field.described, required=field.needed, description=str(says), **listed)


def summary_of(view: Any) -> str:
    """What an action of a view does, in a few words of the language of the answer."""
    action = getattr(view, "action", "get")
    if action in view.summaries:
        return str(view.summaries[action])
    things = view.package.title
    one = both(f"按代码查{things}", f"One of the {str(things).lower()}, by its code")
    return str(one if action == "retrieve" else both(f"{things}一览", f"All {str(things).lower()}"))


def row_schema(columns: tuple[RowColumn, ...], required: tuple[RowColumn, ...]) -> dict[str, Any]:
    """The schema of a flat row of observations."""
    return {
        "type": "object",
        "properties": {column.name: {**column.schema, "description": str(column.says)} for column in columns},
        "required": [column.name for column in required],
    }


def envelope_schema(row: dict[str, Any]) -> dict[str, Any]:
    """The schema of every list."""
    address = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "required": ["count", "next", "previous", "warnings", "results"],
        "properties": {
            "count": {"type": ["integer", "null"], "description": "Number of all rows; null where not asked for."},
            "next": {**address, "description": "Address of the next page."},
            "previous": {**address, "description": "Address of the page before."},
            "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/Warning"}},
            "results": {"type": "array", "items": row},
        },
    }


# What `shape` makes of a row of observations: a series with its figures.
POINTS = {
    "type": "array",
    "description": "With `shape=series` only: `[period, value, status, qualifier, id of the row]` of each figure of the series.",
    "items": {
        "type": "array",
        "prefixItems": [
            {"type": "string"}, {"type": ["number", "null"]}, {"type": "string"}, {"type": "string"}, {"type": "integer"},
        ],
        "minItems": 5, "maxItems": 5,
    },
}  # fmt: skip


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a text that may be missing."""
    if "null" in schema["type"]:
        return schema
    words = {"enum": [*(word for word in schema["enum"] if word), None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **words}


class ContractSchema(AutoSchema):
    """Reads a view's filterset and options, so that the description lists exactly what the strict reading takes."""

    view: Any

    def get_tags(self) -> list[str]:
        tag: Tag = self.view.tag
        return [tag.name]

    def get_operation_id(self) -> str:
        name = getattr(self.view, "basename", None)
        if name is None:
            return super().get_operation_id()
        action = self.view.action
        suffix = {"list": "list", "retrieve": "get"}.get(action, action)
        return f"{name}_{suffix}".replace("-", "_")

    def get_summary(self) -> str:
        return summary_of(self.view)

    def get_override_parameters(self) -> list[Any]:
        taken = self.view.parameters() if hasattr(self.view, "parameters") else ParameterSet
        formats = ChoiceField(self.map_renderers("format"), example="json")
        fields = {**taken.fields(), "format": formats}
        return [_parameter(name, field, taken.base_filters[name].says) for name, field in fields.items()]

    def _resolve_path_parameters(self, variables: list[str]) -> list[Any]:
        """What stands in the address, with the code of the example; an id is a number, as it is in answers."""
        codes = codes_of(self.get_operation_id())
        described: list[Any] = super()._resolve_path_parameters(variables)
        for parameter in described:
            if parameter["name"] == "id":
                parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": 10**15 - 1}
            if parameter["name"] in codes:
                parameter["schema"]["examples"] = [codes[parameter["name"]]]
        return described

    def _get_filter_parameters(self) -> list[Any]:
        return []

    def _get_paginator(self) -> None:
        return None

    def _is_list_view(self, serializer: Any = None) -> bool:
        return getattr(self.view, "action", "get") in getattr(self.view, "paged_actions", ())

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        described = getattr(self.view, "described_rows", {}).get(getattr(self.view, "action", "get"))
        bodies: dict[str, Any]
        if described:
            row = {"$ref": f"#/components/schemas/{described}"}
            bodies = {"200": {"description": "", "content": {"application/json": {"schema": row}}}}
        else:
            bodies = super()._get_response_bodies(direction)
        if self._is_list_view():
            content = bodies["200"]["content"]["application/json"]
            schema = content["schema"]
            content["schema"] = envelope_schema(schema["items"] if schema.get("type") == "array" else schema)
            content["schema"]["properties"] |= self.view.beside_rows
        for renderer in self.view.get_renderers():
            if renderer.format in FILE_SCHEMAS and "content" in bodies.get("200", {}):
                bodies["200"]["content"][renderer.media_type] = {"schema": FILE_SCHEMAS[renderer.format]}
        bodies["304"] = {"description": "What If-None-Match or If-Modified-Since names is still current."}
        if "content" in bodies.get("200", {}):
            first = next(iter(bodies["200"]["content"].values()))
            first |= {"examples": example} if (example := example_of(self.get_operation_id())) else {}
        files = any(renderer.format in FILE_SCHEMAS for renderer in self.view.get_renderers()) or "206" in bodies
        for status, body in bodies.items():
            body["headers"] = headers_of(status, files=files)
        for status in PROBLEM_STATUSES:
            bodies[status] = {"$ref": f"#/components/responses/Problem{status}"}
        return bodies

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, Row | PartialRow):
            schema.pop("required", None)  # `fields` may leave out any
        elif isinstance(serializer, RecordPart):
            schema["required"] = list(schema["properties"])
        return schema

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """The schema of a field. There is nothing to write, and a text without a letter is null."""
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field.parent, RecordPart) and field.field_name in field.parent.blanks:
            schema = or_null(schema)
        return schema

    def _get_response_for_code(self, serializer: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Of a serializer anew: one that a view names is made once, and keeps the words of the language that was asked for first."""
        return super()._get_response_for_code(copy.deepcopy(serializer), *args, **kwargs)

    def map_parsers(self) -> list[str]:
        return []


PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "urn:uuid of the request, as in X-Request-Id."},
        "errors": {
            "type": "array",
            "minItems": 1,
            "description": "Where something that was asked for is to blame: what, why, and what is allowed.",
            "items": {
                "type": "object",
                "required": ["parameter", "code", "message"],
                "properties": {
                    "parameter": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "allowed": {"type": "array", "items": {"type": "string"}},
                    "did_you_mean": {"type": "string"},
                },
            },
        },
    },
}

WARNING = {
    "type": "object",
    "required": ["code", "message", "href"],
    "properties": {
        "code": {"type": "string", "examples": ["no_rows"]},
        "message": {"type": "string"},
        "href": {"type": ["string", "null"], "description": "Where to look next."},
    },
}

OF_A_REVISION = {
    "replaced_by": {
        "type": ["string", "null"],
        "format": "uri",
        "description": "The row that came in its place; null where it stands or was withdrawn.",
    },
    "href": {"type": "string", "format": "uri", "description": "The lasting address of the figure."},
}

EXAMPLES = {
    "400": (
        "The query is refused; errors name each parameter, what is allowed and the nearest match.",
        {
            "type": "urn:hnot:problem:invalid-parameters", "title": "Invalid parameters", "status": 400,
            "detail": "Correct the parameters listed in errors and try again.",
            "instance": "urn:uuid:6c2b8a52-4f0f-4f6e-9f2e-0b9f5a3c7d11",
            "errors": [{
                "parameter": "indicator", "code": "unknown_code", "message": "unknown code TRADE_TOTL",
                "allowed": ["EXPORTS", "TRADE_TOTAL"], "did_you_mean": "TRADE_TOTAL",
            }],
        },
    ),
    "404": ("There is nothing at this address.", None),
    "406": ("None of the media types asked for is offered.", None),
    "409": ("A newer release stands than that of the page asked for; Link says where its first page is.", None),
    "412": ("What is there is not what If-Match or If-Unmodified-Since names.", None),
    "414": ("The query is longer than /config says.", None),
    "429": ("Too many requests; Retry-After says when to come back.", None),
    "500": ("Something broke on the service's side.", None),
    "503": ("The store cannot be reached, or the service is busy; Retry-After says when to come back.", None),
}  # fmt: skip


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The parts of the description that belong to no single view."""
    components = result["components"]
    schemas = components["schemas"]
    citation = {"$ref": "#/components/schemas/PhraseRow"}
    full = row_schema((*FULL, RETIRED), (*FULL, RETIRED))
    phrases = {"type": "array", "items": citation, "description": "The phrases that state it."}
    full["properties"]["citations"] = phrases
    full["required"].append("citations")
    schemas |= {
        "Problem": PROBLEM,
        "Warning": WARNING,
        "Observation": _observation({"citations": phrases}),
        "ObservationWithCitations": full,
        "Revision": {"type": "object", "properties": {**full["properties"], **OF_A_REVISION}},
    }
    components["responses"] = {
        f"Problem{status}": _problem_response(status, *said) for status, said in EXAMPLES.items()
    }
    components["headers"] = header_components()
    result["tags"] = [{"name": tag.name, "description": str(tag.says)} for tag in TAGS]
    result["security"] = []
    for mark in ("readOnly", "x-spec-enum-id"):  # nothing is written, so that the first says nothing
        _without(mark, result)
    return result


def _without(mark: str, node: Any) -> None:
    """Take a mark out of a description, wherever it stands."""
    if isinstance(node, dict):
        node.pop(mark, None)
        for part in node.values():
            _without(mark, part)
    elif isinstance(node, list):
        for part in node:
            _without(mark, part)


def _observation(included: dict[str, Any]) -> dict[str, Any]:
    """The schema of a row of observations in any detail and shape, with what `include` adds.

    Periods as columns are told in words: a pattern of names would make generated clients take any name.
    """
    schema = row_schema((*FULL, *ADDED), ())
    schema["properties"] |= {"points": POINTS, **included}
    says = (
        f"detail=standard has the first {len(STANDARD)} columns. With shape=series or shape=wide a row is a series: its attributes, "
        "and its points, or for each period of the page a column of that name with a value or null, with a "
        "column `…_mark` beside it where a value is no exact observed one."
    )
    return schema | {"description": says}


def _problem_response(status: str, description: str, example: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if example:
        content["example"] = example
    return {"description": description, "headers": headers_of(status), "content": {"application/problem+json": content}}
