"""The OpenAPI description: drf-spectacular's, with this contract's parameters, envelope, rows and problems."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from api.parameters import ChoiceField, ParameterField
from api.strict import COMMON, COMMON_SAYS
from api.views import PartialRow, Row
from indicators.rows import FULL, STANDARD, RowColumn
from sources.bilingual import both

TAGS = {
    "regions": "Regions", "topics": "Indicators", "units": "Indicators", "classifications": "Indicators",
    "indicators": "Indicators", "observations": "Observations", "series": "Observations",
    "availability": "Observations", "rankings": "Observations", "compare": "Observations",
    "checks": "Observations", "targets": "Observations", "structure": "Observations", "sources": "Sources", "citations": "Sources",
    "releases": "Sources", "releases.atom": "Sources", "policies": "Policies", "resolve": "Finding", "search": "Finding",
    "cite": "Sources", "catalog.jsonld": "Sources", "datasets": "Sources", "datapackage.json": "Sources",
    "observations.csv-metadata.json": "Observations",
}  # fmt: skip

# Where “List …” and “One …” would say too little.
SUMMARIES: dict[tuple[str, str], Any] = {
    ("availability", "list"): both("有哪些数据", "What there is"),
    ("ranking", "list"): both("地区排位", "Rank regions"),
    ("compare", "list"): both("地区并列比较", "Compare regions"),
    ("concentration", "list"): both("集中度", "Concentration among regions"),
    ("specialisation", "list"): both("专业化", "Specialisation between regions"),
    ("openness", "list"): both("外贸依存度", "Trade openness"),
    ("tier", "list"): both("三级产业图谱", "Industries in three tiers"),
    ("region", "policies"): both("与某地相关的政策", "Policy that concerns a region"),
    ("measure", "impact"): both("措施前后的指标", "Indicators before and after a measure"),
    ("target", "list"): both("目标与结果", "Targets and outcomes"),
    ("region", "profile"): both("地区概览", "A region at a glance"),
    ("release", "latest"): both("最新版本", "The newest release"),
    ("release", "changes"): both("版本的变更", "What a release changed"),
    ("release", "download"): both("版本的数据包", "A release as a package"),
    ("releases.atom", ""): both("版本的订阅源", "A feed of releases"),
    ("measure", "counts"): both("措施计数", "Count measures"),
    ("measure", "audience"): both("措施适合谁", "Whom a measure fits"),
    ("document", "progress"): both("文件的任务进展", "How far a document's tasks have come"),
    ("match", "list"): both("政策匹配", "Match policies to a place, a trade and a need"),
    ("graph", "list"): both("政策关系图", "A graph of policies"),
    ("replication", "list"): both("复制推广", "Who takes up what"),
    ("resolve", "list"): both("由名称查代码", "From names to codes"),
    ("search", "list"): both("全库搜索", "Search everything"),
    ("cite", "list"): both("如何引用", "How to cite"),
    ("catalog.jsonld", ""): both("目录（DCAT-AP）", "The catalogue (DCAT-AP)"),
    ("{code}.jsonld", ""): both("数据集（schema.org、Croissant）", "A dataset (schema.org, Croissant)"),
    ("datapackage.json", ""): both("数据包（Data Package）", "The Data Package"),
    ("observations.csv-metadata.json", ""): both("CSV 的元数据（CSVW）", "Metadata of a CSV (CSVW)"),
    ("config", ""): both("版本、许可与限制", "Version, licence and limits"),
}

# Lists that are no pages of rows.
UNPAGED = ("availability", "graph", "cite")
# All rows of a list as a file; docs/data.md says how nested values become columns.
FILE_SCHEMAS: dict[str, dict[str, Any]] = {
    "csv": {"type": "string"}, "csv-metadata.json": {"type": "object"}, "xlsx": {"type": "string", "format": "binary"},
    "parquet": {"type": "string", "format": "binary"}, "jsonstat": {"type": "object"},
}  # fmt: skip

PROBLEM_STATUSES = ("400", "404", "406", "414", "429", "500", "503")


def _parameter(name: str, field: ParameterField, says: Any) -> OpenApiParameter:
    schema: dict[str, Any] = dict(field.schema)
    example = field.example
    if field.many:
        schema = {"type": "array", "items": schema, "maxItems": 100}
        example = None if example is None else str(example).split(",")
    if example is not None:
        schema["examples"] = [example]
    return OpenApiParameter(
        name, schema, description=str(says), style="form" if field.many else None, explode=False if field.many else None
    )


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


FACETS = {
    "type": "object",
    "description": "With `facets=true` only: how many of each kind there are.",
    "properties": {"kind": {"type": "object", "additionalProperties": {"type": "integer"}}},
}


class ContractSchema(AutoSchema):
    """Reads a view's filterset and options, so that the description lists exactly what the strict reading takes."""

    view: Any

    def get_tags(self) -> list[str]:
        return [TAGS.get(self.path.removeprefix("/api/v1/").split("/")[0], "Service")]

    def get_operation_id(self) -> str:
        name = getattr(self.view, "basename", None)
        if name is None:
            return super().get_operation_id()
        action = self.view.action
        suffix = {"list": "list", "retrieve": "get"}.get(action, action)
        return f"{name}_{suffix}".replace("-", "_")

    def get_summary(self) -> str:
        name = getattr(self.view, "basename", None) or self.path.rsplit("/", 1)[-1]
        action = getattr(self.view, "action", "")
        if (name, action) in SUMMARIES:
            return str(SUMMARIES[name, action])
        things = self.path.split("/")[-2 if getattr(self.view, "detail", False) else -1]
        return str(
            both(f"{things}：按代码查一条", f"One {name}")
            if action == "retrieve"
            else both(f"列出 {things}", f"List {things}")
        )

    def get_override_parameters(self) -> list[Any]:
        formats = ChoiceField(self.map_renderers("format"), example="json")
        fields = {**COMMON, "format": formats}
        common = [_parameter(name, field, COMMON_SAYS[name]) for name, field in fields.items()]
        if not hasattr(self.view, "documented_options"):
            return common
        filterset = None if self.view.detail else getattr(self.view, "filterset_class", None)
        filters = filterset.base_filters if filterset else {}
        named = [_parameter(name, filter_.field, filter_.says) for name, filter_ in filters.items()]
        named += [_parameter(name, field, says) for name, (field, says) in self.view.documented_options().items()]
        return named + common

    def _get_filter_parameters(self) -> list[Any]:
        return []

    def _get_paginator(self) -> None:
        return None

    def _is_list_view(self, serializer: Any = None) -> bool:
        return (
            getattr(self.view, "action", None) in ("list", "counts", "policies", "changes")
            and self.view.basename not in UNPAGED
        )

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        if getattr(self.view, "basename", None) == "observation":
            bodies = {"200": self._observations()}
        else:
            bodies = super()._get_response_bodies(direction)
        if self._is_list_view() and self.view.basename != "observation":
            content = bodies["200"]["content"]["application/json"]
            schema = content["schema"]
            content["schema"] = envelope_schema(schema["items"] if schema.get("type") == "array" else schema)
            if self.view.basename == "search":
                content["schema"]["properties"]["facets"] = FACETS
        for renderer in self.view.get_renderers():
            if renderer.format in FILE_SCHEMAS and "content" in bodies.get("200", {}):
                bodies["200"]["content"][renderer.media_type] = {"schema": FILE_SCHEMAS[renderer.format]}
        bodies["304"] = {"description": "The ETag of If-None-Match is still current."}
        for status in PROBLEM_STATUSES:
            bodies[status] = {"$ref": f"#/components/responses/Problem{status}"}
        return bodies

    def _observations(self) -> dict[str, Any]:
        if self.view.action == "list":
            schema = envelope_schema({"$ref": "#/components/schemas/Observation"})
        else:
            schema = {"$ref": "#/components/schemas/ObservationWithCitations"}
        return {"description": "", "content": {"application/json": {"schema": schema}}}

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)
        if isinstance(serializer, Row | PartialRow):
            schema.pop("required", None)  # `fields` may leave out any
        return schema

    def map_parsers(self) -> list[str]:
        return []


PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "urn:uuid of the request, as in X-Request-Id."},
        "errors": {
            "type": "array",
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
    "414": ("The query is longer than /config says.", None),
    "429": ("Too many requests; Retry-After says when to come back.", None),
    "500": ("Something broke on the service's side.", None),
    "503": ("The store cannot be reached; Retry-After says when to come back.", None),
}  # fmt: skip


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The parts of the description that belong to no single view."""
    components = result["components"]
    schemas = components["schemas"]
    citation = {"$ref": "#/components/schemas/PhraseRow"}
    full = row_schema(FULL, FULL)
    full["properties"]["citations"] = {"type": "array", "items": citation, "description": "The phrases that state it."}
    schemas |= {
        "Problem": PROBLEM,
        "Warning": WARNING,
        "Observation": row_schema(FULL, ())
        | {"description": f"detail=standard has the first {len(STANDARD)} columns."},
        "ObservationWithCitations": full,
    }
    components["responses"] = {f"Problem{status}": _problem_response(*said) for status, said in EXAMPLES.items()}
    result["tags"] = [
        {"name": name, "description": str(says)}
        for name, says in (
            ("Observations", both("数据及其构成的序列。", "The figures, and the lines they make.")),
            ("Regions", both("地区、区域组合与功能区。", "Places, groups and zones.")),
            ("Indicators", both("指标、单位与分类。", "What is measured, and in what.")),
            ("Policies", both("政策文件、领域与措施。", "What is done, by whom, when.")),
            ("Sources", both("来源、引证与发布版本。", "Where facts come from, and when they were published.")),
            ("Finding", both("由词语查代码。", "From words to codes.")),
            ("Service", both("服务本身。", "The service itself.")),
        )
    ]
    result["security"] = []
    return result


def _problem_response(description: str, example: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if example:
        content["example"] = example
    return {"description": description, "content": {"application/problem+json": content}}
