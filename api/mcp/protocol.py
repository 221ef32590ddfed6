"""The messages of the protocol: each is read by the SDK's types, done, and answered by them.

Both eras are spoken. Since 2026-07-28 a message says by itself of which version it is (`_meta`, and headers that repeat it); clients of
earlier versions begin with `initialize`, after which nothing has to be remembered of them either.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, TypeVar

import orjson
from django.http import HttpResponse
from mcp_types import CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY, SERVER_INFO_META_KEY, jsonrpc
from mcp_types.methods import parse_client_request, serialize_server_result
from pydantic import BaseModel, ValidationError
from rest_framework.request import Request

from api.formats.json import to_json
from api.mcp.faults import Fault
from api.mcp.methods import EARLIER, METHODS, MODERN, SPOKEN, server
from api.mcp.tools import CALL
from sources.bilingual import both

Message = TypeVar("Message", bound=BaseModel)

VERSION_HEADER = "MCP-Protocol-Version"
NAMED = {CALL: "name", "prompts/get": "name", "resources/read": "uri"}  # what the header Mcp-Name repeats
STATUS = {jsonrpc.METHOD_NOT_FOUND: 404}  # of all other faults 400


def respond(request: Request) -> HttpResponse:
    """What a message is answered: 200 with its result or an error, 202 to one that wants no answer, 400 and 404 to one that is none."""
    number, version = None, None
    try:
        content = _content_of(request)
        if "id" not in content:
            _read(jsonrpc.JSONRPCNotification, content)
            _refuse_unknown(request.headers.get(VERSION_HEADER))
            accepted = HttpResponse(status=202)
            del accepted["Content-Type"]
            return accepted
        message = _read(jsonrpc.JSONRPCRequest, content)
        number = message.id
        version = _version_of(request, message)
        return _json({"jsonrpc": "2.0", "id": number, "result": _result(request, message, version)}, 200)
    except Fault as fault:
        error = jsonrpc.ErrorData(code=fault.code, message=str(fault.message), data=fault.data)
        told = {"jsonrpc": "2.0", "id": number, "error": error.model_dump(mode="json", exclude_none=True)}
        # Clients of earlier versions take any other status for a failure of the connection.
        return _json(told, 200 if version in EARLIER else STATUS.get(fault.code, 400))


def _json(content: object, status: int) -> HttpResponse:
    return HttpResponse(to_json(content), status=status, content_type="application/json")


def _content_of(request: Request) -> dict[str, Any]:
    try:
        content = request.data
    except orjson.JSONDecodeError as error:
        raise Fault(jsonrpc.PARSE_ERROR, both(f"请求体不是 JSON：{error}", f"the body is no JSON: {error}")) from None
    if not isinstance(content, dict):
        raise _no_message()
    return content


def _no_message() -> Fault:
    one = both("请求体应为一条 JSON-RPC 2.0 请求或通知", "the body must be one request or notification of JSON-RPC 2.0")
    return Fault(jsonrpc.INVALID_REQUEST, one)


def _read(kind: type[Message], content: object) -> Message:
    try:
        return kind.model_validate(content)
    except ValidationError:
        raise _no_message() from None


# Versions --------------------------------------------------------------------------------------------------------------


def _refuse_unknown(version: str | None) -> None:
    if version is not None and version not in SPOKEN:
        message = both(f"不支持协议版本 {version}", f"the version {version} of the protocol is not spoken here")
        raise Fault(jsonrpc.UNSUPPORTED_PROTOCOL_VERSION, message, {"supported": list(SPOKEN), "requested": version})


def _version_of(request: Request, message: jsonrpc.JSONRPCRequest) -> str:
    """The version of the protocol that a message is of. Raises Fault where it is not spoken here, or the headers say otherwise."""
    params, header = message.params or {}, request.headers.get(VERSION_HEADER)
    meta = params["_meta"] if isinstance(params.get("_meta"), dict) else {}
    if PROTOCOL_VERSION_META_KEY not in meta and header not in MODERN:
        _refuse_unknown(header)
        return header or EARLIER[0]
    for key in (PROTOCOL_VERSION_META_KEY, CLIENT_CAPABILITIES_META_KEY):
        if key not in meta:
            raise Fault(jsonrpc.INVALID_PARAMS, both(f"params._meta 缺少 {key}", f"params._meta lacks {key}"))
    version = str(meta[PROTOCOL_VERSION_META_KEY])
    name = NAMED.get(message.method)
    repeated = {VERSION_HEADER: version, "Mcp-Method": message.method} | (
        {"Mcp-Name": params.get(name)} if name else {}
    )
    for header_name, text in repeated.items():
        given = _plain(request.headers.get(header_name))
        if given != text:
            message_of = both(
                f"请求头 {header_name}（{given}）与消息（{text}）不符",
                f"the header {header_name} ({given}) is not what the message says ({text})",
            )
            raise Fault(jsonrpc.HEADER_MISMATCH, message_of)
    _refuse_unknown(version)
    return version


def _plain(header: str | None) -> str | None:
    """A header's text, which is in Base64 where it holds what headers cannot; None where it is none."""
    if header is None or not (header.startswith("=?base64?") and header.endswith("?=")):
        return header
    try:
        return base64.b64decode(header[9:-2], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


# Methods ---------------------------------------------------------------------------------------------------------------


def _result(request: Request, message: jsonrpc.JSONRPCRequest, version: str) -> dict[str, Any]:
    """What a method gives, as this version of the protocol has it. Raises Fault."""
    unknown = both(f"没有方法 {message.method}", f"there is no method {message.method}")
    if message.method not in METHODS:
        raise Fault(jsonrpc.METHOD_NOT_FOUND, unknown)
    try:
        asked: Any = parse_client_request(message.method, version, message.params)
    except KeyError:
        raise Fault(jsonrpc.METHOD_NOT_FOUND, unknown) from None
    except ValidationError as error:
        wrong = [{"at": ".".join(map(str, one["loc"])), "says": one["msg"]} for one in error.errors()]
        message_of = both("params 不合协议的规定", "params are not as the protocol has them")
        raise Fault(jsonrpc.INVALID_PARAMS, message_of, wrong) from None
    given = METHODS[message.method](request, asked.params)
    told = given.model_dump(mode="json", by_alias=True, exclude_none=True)
    result = serialize_server_result(message.method, version, told)
    if message.method == CALL:  # the same as the text, with all decimals of its numbers
        result["structuredContent"] = orjson.Fragment(result["content"][0]["text"])
    if version in MODERN:
        result["_meta"] = {SERVER_INFO_META_KEY: server().model_dump(mode="json", by_alias=True, exclude_none=True)}
    return result
