"""What each method of the protocol gives, of the SDK's types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import mcp_types as types
import orjson
from django.conf import settings
from django.utils.translation import override
from mcp_types.jsonrpc import INTERNAL_ERROR, INVALID_PARAMS
from rest_framework.request import Request

from api.formats.json import to_json
from api.imprint import SITE
from api.mcp import guidance
from api.mcp.answers import Unanswered, answered, called, output_schema
from api.mcp.faults import Fault, known
from api.mcp.tools import BY_NAME, CALL, CODES, TOOLS
from sources.bilingual import DJANGO_LANGUAGES, LANGUAGES, Text, both, language, language_of

# The versions that are spoken, the newest first: of those that say themselves in each message, and of those that begin by `initialize`.
MODERN, EARLIER = ("2026-07-28",), ("2025-11-25", "2025-06-18")
SPOKEN = (*MODERN, *EARLIER)

FRESH = 300_000  # milliseconds for which a client may take a list for current: it changes with a new version of the service only
FRESH_DATA = 30_000  # as the API's `Cache-Control` has it
GLOSSARY = "hnot://glossary"
CODE_LISTS = {f"hnot://codes/{offer.name}": offer for offer in CODES}
PROMPT = "how_to_ask"


def server() -> types.Implementation:
    """What the service is called, in the language of the answer."""
    return types.Implementation(name="hunan-open-trade-data", title=SITE.name(language()), version=settings.VERSION)


OFFERED = types.ServerCapabilities(
    tools=types.ToolsCapability(), resources=types.ResourcesCapability(), prompts=types.PromptsCapability()
)


def _initialize(_: Request, params: types.InitializeRequestParams) -> types.Result:
    version = params.protocol_version if params.protocol_version in EARLIER else EARLIER[0]
    return types.InitializeResult(
        protocol_version=version, capabilities=OFFERED, server_info=server(), instructions=guidance.instructions()
    )


def _discover(_: Request, params: types.RequestParams) -> types.Result:
    return types.DiscoverResult(
        supported_versions=list(SPOKEN), capabilities=OFFERED, instructions=guidance.instructions(), ttl_ms=FRESH
    )


def _ping(_: Request, params: types.RequestParams | None) -> types.Result:
    return types.EmptyResult()


def _whole(params: types.PaginatedRequestParams | None) -> None:
    """Raises Fault for a page of a list: each is given whole."""
    if params is not None and params.cursor is not None:
        raise Fault(INVALID_PARAMS, both("列表不分页", "lists have one page"))


READING = types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)


@cache
def _tools(spoken: str) -> list[types.Tool]:
    """The tools as they are described in a language."""
    return [
        types.Tool(
            name=offer.name, title=offer.title, description=str(offer.says), input_schema=offer.input_schema(),
            output_schema=output_schema(), annotations=READING,
        )
        for offer in TOOLS
    ]  # fmt: skip


def _list_tools(_: Request, params: types.PaginatedRequestParams | None) -> types.Result:
    _whole(params)
    return types.ListToolsResult(tools=_tools(language()), ttl_ms=FRESH)


def _call(request: Request, params: types.CallToolRequestParams) -> types.Result:
    offer = known(params.name, BY_NAME, both(f"没有工具 {params.name}", f"there is no tool {params.name}"))
    content, is_problem = called(request, offer, params.arguments or {})
    text = types.TextContent(text=content.decode())
    return types.CallToolResult(content=[text], structured_content={}, is_error=is_problem)


def _list_resources(_: Request, params: types.PaginatedRequestParams | None) -> types.Result:
    _whole(params)
    glossary = types.Resource(
        uri=GLOSSARY, name="glossary", title=str(guidance.GLOSSARY_TITLE), description=str(guidance.GLOSSARY_SAYS),
        mime_type="text/markdown",
    )  # fmt: skip
    listed = [
        types.Resource(
            uri=uri, name=offer.name, title=offer.title, description=str(offer.says), mime_type="application/json"
        )
        for uri, offer in CODE_LISTS.items()
    ]
    return types.ListResourcesResult(resources=[glossary, *listed], ttl_ms=FRESH)


def _list_templates(_: Request, params: types.PaginatedRequestParams | None) -> types.Result:
    _whole(params)
    return types.ListResourceTemplatesResult(resource_templates=[], ttl_ms=FRESH)


def _read_resource(request: Request, params: types.ReadResourceRequestParams) -> types.Result:
    if params.uri == GLOSSARY:
        text, media_type = guidance.glossary(), "text/markdown"
    else:
        unknown = both(f"没有资源 {params.uri}", f"there is no resource {params.uri}")
        offer = known(params.uri, {GLOSSARY: None, **CODE_LISTS}, unknown)
        assert offer is not None
        try:
            text = to_json(answered(request._request, offer, offer.question({}))).decode()
        except Unanswered as problem:
            not_now = both("暂时无法读取", "it cannot be read now")
            raise Fault(INTERNAL_ERROR, not_now, orjson.loads(problem.content)) from None
        media_type = "application/json"
    content = types.TextResourceContents(uri=params.uri, mime_type=media_type, text=text)
    return types.ReadResourceResult(contents=[content], ttl_ms=FRESH_DATA)


PROMPT_TITLE = both("如何提问", "How to ask")
ARGUMENTS: Mapping[str, Text] = {
    "question": both("想知道什么。", "What you want to know."),
    "lang": both("`zh` 或 `en`；默认按请求的语言。", "`zh` or `en`; by default the language of the request."),
}


def _list_prompts(_: Request, params: types.PaginatedRequestParams | None) -> types.Result:
    _whole(params)
    arguments = [
        types.PromptArgument(name=name, description=str(says), required=False) for name, says in ARGUMENTS.items()
    ]
    says = both(
        "告诉模型如何用这些工具查数据、引用与纠错。", "Tells a model how to find, cite and mend with these tools."
    )
    prompt = types.Prompt(name=PROMPT, title=str(PROMPT_TITLE), description=str(says), arguments=arguments)
    return types.ListPromptsResult(prompts=[prompt], ttl_ms=FRESH)


def _get_prompt(_: Request, params: types.GetPromptRequestParams) -> types.Result:
    known(params.name, {PROMPT: None}, both(f"没有提示词 {params.name}", f"there is no prompt {params.name}"))
    given = params.arguments or {}
    for name in given:
        known(name, ARGUMENTS, both(f"未知的参数 {name}", f"unknown argument {name}"))
    spoken = language()
    if "lang" in given:
        spoken = language_of(given["lang"]) or known(given["lang"], dict.fromkeys(LANGUAGES), ARGUMENTS["lang"])
    with override(DJANGO_LANGUAGES[spoken]):
        text, title = guidance.prompt(given.get("question")), str(PROMPT_TITLE)
    message = types.PromptMessage(role="user", content=types.TextContent(text=text))
    return types.GetPromptResult(description=title, messages=[message])


METHODS: Mapping[str, Callable[[Request, Any], types.Result]] = {
    "initialize": _initialize, "ping": _ping, "server/discover": _discover, "tools/list": _list_tools, CALL: _call,
    "resources/list": _list_resources, "resources/templates/list": _list_templates, "resources/read": _read_resource,
    "prompts/list": _list_prompts, "prompts/get": _get_prompt,
}  # fmt: skip
