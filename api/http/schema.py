"""The OpenAPI description: drf-spectacular's, with this contract's parameters, envelope, rows and problems."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from django.utils.functional import Promise
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from api.http.examples import HOST, codes_of, example_of
from api.http.filters import ParameterSet
from api.http.headers import header_components, headers_of
from api.http.parameters import ChoiceField, ParameterField
from api.http.rows import PartialRow, RecordPart, Row
from api.http.tags import TAGS, Tag
from api.problems import ParameterError, Superseded, problem
from indicators.rows import ADDED, FULL, RETIRED, STANDARD, RowColumn
from sources.bilingual import both, language


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
            "count": {
                "type": ["integer", "null"],
                "description": both("全部行数；未要求则为空。", "Number of all rows; null where not asked for."),
            },
            "next": {**address, "description": both("下一页的地址。", "Address of the next page.")},
            "previous": {**address, "description": both("上一页的地址。", "Address of the page before.")},
            "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/Warning"}},
            "results": {"type": "array", "items": row},
        },
    }


UNCHANGED = both(
    "If-None-Match 或 If-Modified-Since 所指的仍是最新。",
    "What If-None-Match or If-Modified-Since names is still current.",
)

# What `shape` makes of a row of observations: a series with its figures.
POINTS = {
    "type": "array",
    "description": both(
        "仅 `shape=series`：序列中每个数值的 `[时期, 数值, 状态, 限定, 行的编号]`。",
        "With `shape=series` only: `[period, value, status, qualifier, id of the row]` of each figure of the series.",
    ),
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

    def get_description(self) -> str:  # type: ignore[override]
        """What the docstring says, or in Chinese what `chinese` says; of a record what is said of the list where it has none."""
        told: Mapping[str, str] = getattr(self.view, "chinese", {}) if language() == "zh" else {}
        action = getattr(self.view, "action", "get")
        if action not in told and action == "retrieve":
            action = "list"
        return told.get(action) or super().get_description()

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
        # A format of files says what they are; docs/data.md says how nested values become columns.
        files = {
            renderer.media_type: renderer.schema
            for renderer in self.view.get_renderers()
            if hasattr(renderer, "schema")
        }
        if "content" in bodies.get("200", {}):
            bodies["200"]["content"] |= {media_type: {"schema": schema} for media_type, schema in files.items()}
        bodies["304"] = {"description": UNCHANGED}
        if "content" in bodies.get("200", {}):
            first = next(iter(bodies["200"]["content"].values()))
            first |= {"examples": example} if (example := example_of(self.get_operation_id())) else {}
        for status, body in bodies.items():
            body["headers"] = headers_of(status, files=bool(files) or "206" in bodies)
        for status in WHEN:
            bodies[status] = {"$ref": f"#/components/responses/Problem{status}"}
        return bodies

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, Row | PartialRow):
            schema.pop("required", None)  # `fields` may leave out any
        elif isinstance(serializer, RecordPart):
            schema["required"] = list(schema["properties"])
        if type(serializer).__doc__ is None:  # what a class above it says is of no interest to a caller
            schema.pop("description", None)
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
    "description": both("出了什么问题（RFC 9457）。", "What went wrong (RFC 9457)."),
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {
            "type": "string",
            "description": both("请求的 urn:uuid，同 X-Request-Id。", "urn:uuid of the request, as in X-Request-Id."),
        },
        "errors": {
            "type": "array",
            "minItems": 1,
            "description": both(
                "错在所问时：是什么、为什么、允许什么。",
                "Where something that was asked for is to blame: what, why, and what is allowed.",
            ),
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
        "href": {"type": ["string", "null"], "description": both("接下来可看何处。", "Where to look next.")},
    },
}

OF_A_REVISION = {
    "replaced_by": {
        "type": ["string", "null"],
        "format": "uri",
        "description": both(
            "取代它的那一行；仍有效或已撤回则为空。",
            "The row that came in its place; null where it stands or was withdrawn.",
        ),
    },
    "href": {
        "type": "string",
        "format": "uri",
        "description": both("该数值的长期地址。", "The lasting address of the figure."),
    },
}

# Status → when a problem is answered with it.
WHEN: dict[str, Any] = {
    "400": both("查询被拒绝；errors 逐个指出参数、允许的值和最接近的值。",
                "The query is refused; errors name each parameter, what is allowed and the nearest match."),
    "404": both("该地址没有内容。", "There is nothing at this address."),
    "406": both("所要的媒体类型都不提供。", "None of the media types asked for is offered."),
    "409": both("已有比所要的页更新的发布版本；Link 给出其首页。",
                "A newer release stands than that of the page asked for; Link says where its first page is."),
    "412": both("资源已不是 If-Match 或 If-Unmodified-Since 所指的那一份。",
                "What is there is not what If-Match or If-Unmodified-Since names."),
    "414": both("查询比 /config 所说的长。", "The query is longer than /config says."),
    "429": both("请求过于频繁；Retry-After 说明何时再来。", "Too many requests; Retry-After says when to come back."),
    "500": both("服务这边出了错。", "Something broke on the service's side."),
    "503": both("数据库连不上，或服务正忙；Retry-After 说明何时再来。",
                "The store cannot be reached, or the service is busy; Retry-After says when to come back."),
}  # fmt: skip

NEWER = Superseded("if_release", f"{HOST}/api/v1/regions")
UNKNOWN = ParameterError(
    "indicator", "unknown_code", both("未知的代码 TRADE_TOTL", "unknown code TRADE_TOTL"), ["EXPORTS", "TRADE_TOTAL"], "TRADE_TOTAL",
)  # fmt: skip


def problem_example(status: str) -> dict[str, Any]:
    """A problem of this status, as the service writes it."""
    detail, errors = {"400": (None, [UNKNOWN]), "409": (NEWER.explanation, NEWER.errors)}.get(status, (None, []))
    request: Any = SimpleNamespace(request_id="6c2b8a52-4f0f-4f6e-9f2e-0b9f5a3c7d11")
    return problem(request, int(status), detail, errors)


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The parts of the description that belong to no single view."""
    components = result["components"]
    schemas = components["schemas"]
    citation = {"$ref": "#/components/schemas/PhraseRow"}
    full = row_schema((*FULL, RETIRED), (*FULL, RETIRED))
    phrases = {"type": "array", "items": citation, "description": both("支持它的短语。", "The phrases that state it.")}
    full["properties"]["citations"] = phrases
    full["required"].append("citations")
    schemas |= {
        "Problem": PROBLEM,
        "Warning": WARNING,
        "Observation": _observation({"citations": phrases}),
        "ObservationWithCitations": full,
        "Revision": {"type": "object", "properties": {**full["properties"], **OF_A_REVISION}},
    }
    components["responses"] = {f"Problem{status}": _problem_response(status) for status in WHEN}
    components["headers"] = header_components()
    result["info"] |= {
        "title": str(both("湖南开放型经济数据", "Hunan Open Trade Data")),
        "description": str(both(
            "湖南开放型经济的指标、政策措施，以及每个数字的出处。",
            "Indicators of Hunan's open economy by region and period, the policy measures that concern them, and the phrase of the "
            "source behind every figure.",
        )),
    }  # fmt: skip
    result["tags"] = [{"name": tag.name, "description": str(tag.says)} for tag in TAGS]
    result["security"] = []
    settled: dict[str, Any] = _settled(result)
    return settled


NOISE = ("readOnly", "x-spec-enum-id")  # nothing is written, so that the first says nothing


def _settled(node: Any) -> Any:
    """A part of the description, with every lazy text as a string in the language of the answer and without the keys of NOISE."""
    if isinstance(node, dict):
        return {name: _settled(part) for name, part in node.items() if name not in NOISE}
    if isinstance(node, list | tuple):
        return [_settled(part) for part in node]
    return str(node) if isinstance(node, Promise) else node


def _observation(included: dict[str, Any]) -> dict[str, Any]:
    """The schema of a row of observations in any detail and shape, with what `include` adds.

    Periods as columns are told in words: a pattern of names would make generated clients take any name.
    """
    schema = row_schema((*FULL, *ADDED), ())
    schema["properties"] |= {"points": POINTS, **included}
    says = both(
        f"detail=standard 有前 {len(STANDARD)} 列。shape=series 或 shape=wide 时一行是一条序列：其各属性，以及各点；或该页每个时期一列，"
        "列名即时期，值为数值或空，不是确切观测值的旁边另有一列 `…_mark`。",
        f"detail=standard has the first {len(STANDARD)} columns. With shape=series or shape=wide a row is a series: its attributes, "
        "and its points, or for each period of the page a column of that name with a value or null, with a "
        "column `…_mark` beside it where a value is no exact observed one.",
    )
    return schema | {"description": says}


def _problem_response(status: str) -> dict[str, Any]:
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": problem_example(status)}
    return {
        "description": WHEN[status], "headers": headers_of(status), "content": {"application/problem+json": content},
    }  # fmt: skip
