"""Agents at /mcp: what the protocol promises, and that a tool gives what its endpoint gives, with all that has to go with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import orjson
import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api.mcp.tools import BY_NAME, ROWS, TOOLS, WITHHELD, question_of
from config.turns import kind_of
from tests.api.contract import BY_NAME as ENDPOINTS
from tests.api.contract import PROBLEM_FIELDS, problem_of

Get = Callable[..., Any]

pytestmark = pytest.mark.django_db
stores_alike = pytest.mark.stores_alike

NEWEST, EARLIER = "2026-07-28", "2025-11-25"
META = "io.modelcontextprotocol/"
OF_NEWEST = {f"{META}protocolVersion": NEWEST, f"{META}clientCapabilities": {}}
SHOWN = {
    "search": {"q": "醴陵"},
    "ask": {"q": "醴陵2024年进出口"},
    "resolve": {"q": "醴陵"},
    "availability": {"region": ["430281"]},
    "observations": {"region": ["430281"], "year": ["2024"]},
    "compare": {"indicator": "TRADE_TOTAL", "region": ["430281", "430223"]},
    "rankings": {"indicator": "TRADE_TOTAL", "period": "2024", "kind": ["county"]},
    "policies_match": {"region": "430281", "industry": "CERAMICS"},
    "measure": {"code": "ftz-first-01"},
    "targets": {"due": ["2025.."]},
    "cite": {"region": ["430281"], "style": ["gbt7714"]},
}


def post(client: Client, message: Any, **headers: str) -> Any:
    content = message if isinstance(message, bytes) else orjson.dumps(message)
    accepted = {"Accept": "application/json, text/event-stream", **headers}
    return client.post("/mcp", content, content_type="application/json", headers=accepted)


def check_result(method: str, version: str, result: Any) -> None:
    """A result is as this version of the protocol has it."""
    from mcp_types.methods import validate_server_result  # noqa: PLC0415  # which takes most of a second, also of who runs other tests

    validate_server_result(method, version, result)


def result_of(client: Client, method: str, params: dict[str, Any] | None = None, **headers: str) -> Any:
    """The result of a message of an earlier version, which is as that version has it."""
    message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params or {}}
    response = post(client, message, **headers)
    answer = orjson.loads(response.content)
    assert response.status_code == 200
    assert list(answer) == ["jsonrpc", "id", "result"], answer
    assert answer["id"] == 7
    check_result(method, EARLIER, answer["result"])
    return answer["result"]


def call(client: Client, name: str, arguments: dict[str, Any], **headers: str) -> Any:
    """What a tool gives; as text it is the same."""
    result = result_of(client, "tools/call", {"name": name, "arguments": arguments}, **headers)
    assert not result["isError"], result
    (text,) = result["content"]
    assert orjson.loads(text["text"]) == result["structuredContent"]
    return result["structuredContent"]


def refused(client: Client, name: str, arguments: dict[str, Any], **headers: str) -> Any:
    """The problem of a call, which the agent is told as the caller of the API would be."""
    result = result_of(client, "tools/call", {"name": name, "arguments": arguments}, **headers)
    assert result["isError"]
    problem = result["structuredContent"]
    assert list(problem) == [*PROBLEM_FIELDS, "errors"]
    return problem


def of_newest(method: str, **params: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A message of the newest version, and the headers that repeat it."""
    name = {"Mcp-Name": params.get("name") or params["uri"]} if "name" in params or "uri" in params else {}
    message = {"jsonrpc": "2.0", "id": "a", "method": method, "params": {**params, "_meta": OF_NEWEST}}
    return message, {"MCP-Protocol-Version": NEWEST, "Mcp-Method": method, **name}


def error_of(response: Any, status: int, code: int) -> Any:
    assert response.status_code == status
    error = orjson.loads(response.content)["error"]
    assert error["code"] == code
    assert error["message"]
    return error.get("data")


# The way of a message ---------------------------------------------------------------------------------------------------


@stores_alike
def test_messages_are_posted_and_nothing_else(client: Client) -> None:
    for verb in (client.get, client.head, client.delete, client.put):
        response = verb("/mcp", headers={"Accept": "text/event-stream"})
        assert response.status_code == 405
        assert response["Allow"] == client.options("/mcp")["Allow"] == "POST, OPTIONS"
    assert "POST" in problem_of(client.get("/mcp", {"lang": "en"}), 405)["detail"]
    assert client.post("/mcp/")["Location"] == "http://testserver/mcp"


@stores_alike
def test_a_notification_is_accepted_without_an_answer(client: Client) -> None:
    response = post(client, {"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (response.status_code, response.content) == (202, b"")


@stores_alike
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"jsonrpc": "2.0", "id": 1', -32700), (b"\xff", -32700), (b"", -32600), (b"[]", -32600), (b"1", -32600),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600), (b'{"id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600), (b'{"jsonrpc": "2.0", "id": 1}', -32600),
    ],
)  # fmt: skip
def test_what_is_no_message_is_an_error_of_json_rpc(content: bytes, code: int, client: Client) -> None:
    error_of(post(client, content), 400, code)


@stores_alike
def test_what_the_transport_refuses_is_a_problem(client: Client) -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    problem_of(post(client, ping, Accept="text/event-stream"), 406)
    problem_of(client.post("/mcp", orjson.dumps(ping), content_type="text/plain"), 415)
    problem_of(client.post("/mcp?page=1", orjson.dumps(ping), content_type="application/json"), 400)


@stores_alike
def test_pages_of_other_sites_may_not_ask(client: Client, settings: Any) -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    problem_of(post(client, ping, Origin="https://example.org"), 403)
    problem_of(post(client, ping, Origin="null"), 403)
    assert post(client, ping, Origin="http://testserver").status_code == 200
    for allowed in ("https://example.org", "*"):
        settings.MCP_ORIGINS = [allowed]
        assert post(client, ping, Origin="https://example.org").status_code == 200
    wanted = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    assert "POST" in client.options("/mcp", headers=wanted)["Access-Control-Allow-Methods"]


@stores_alike
def test_a_call_counts_once_as_any_question(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.http.limits.AddressThrottle.rate", "3/min", raising=False)
    message = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "search", "arguments": SHOWN["search"]},
    }
    answers = [post(client, message) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
    problem_of(answers[3], 429)
    assert int(answers[3]["Retry-After"]) > 0


@stores_alike
def test_a_call_waits_for_the_turn_of_the_question_that_it_asks(client: Client) -> None:
    def kind(message: Any) -> str:
        return kind_of(*question_of(BytesIO(message if isinstance(message, bytes) else orjson.dumps(message))))

    arguments = {"region": ["430281"], "page_size": 5}
    asked = {"method": "tools/call", "params": {"name": "observations", "arguments": arguments}}
    over_http = "region=430223&page_size=7&include=citations&lang=zh"
    assert kind(asked) == kind_of("GET", "/api/v1/observations", over_http)
    kinds = {kind({"method": name}) for name in ("tools/list", "tools/call", "resources/read")}
    assert len(kinds) == 3
    asked["params"]["name"] = "nothing"
    for nothing in (b"", b"[]", b"{", {"method": "tools/call", "params": 1}, asked):
        assert kind(nothing) == kind_of("POST", "/mcp", "")


# Versions of the protocol -----------------------------------------------------------------------------------------------


@stores_alike
def test_a_client_of_an_earlier_version_begins_by_initialize(client: Client) -> None:
    who = {"capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
    for asked, spoken in {"2025-06-18": "2025-06-18", EARLIER: EARLIER, "2024-11-05": EARLIER}.items():
        result = result_of(client, "initialize", {**who, "protocolVersion": asked})
        assert result["protocolVersion"] == spoken
        assert result["capabilities"] == {"tools": {}, "resources": {}, "prompts": {}}
        assert "resolve" in result["instructions"]
    assert result_of(client, "ping", **{"MCP-Protocol-Version": EARLIER}) == {}
    error_of(post(client, {"jsonrpc": "2.0", "id": 1, "method": "logging/setLevel"}), 200, -32601)
    error_of(post(client, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {}}), 200, -32602)


@stores_alike
def test_a_message_of_the_newest_version_says_all_of_itself(client: Client) -> None:
    message, headers = of_newest("server/discover")
    result = orjson.loads(post(client, message, **headers).content)["result"]
    check_result("server/discover", NEWEST, result)
    assert result["supportedVersions"][0] == NEWEST
    assert result["_meta"][f"{META}serverInfo"]["name"]
    for method in ("tools/list", "resources/list", "resources/templates/list", "prompts/list"):
        message, headers = of_newest(method)
        listed = orjson.loads(post(client, message, **headers).content)["result"]
        check_result(method, NEWEST, listed)
        assert listed["cacheScope"] == "private", "it is in the language of who asks"
    message, headers = of_newest("resources/read", uri="hnot://glossary")
    encoded = {**headers, "Mcp-Name": "=?base64?aG5vdDovL2dsb3NzYXJ5?="}
    for either in (headers, encoded):
        assert post(client, message, **either).status_code == 200


@stores_alike
def test_headers_that_say_otherwise_than_the_message_are_refused(client: Client) -> None:
    message, headers = of_newest("tools/call", name="search", arguments={"q": "a"})
    assert post(client, message, **headers).status_code == 200
    for name in headers:
        error_of(post(client, message, **{**headers, name: "other"}), 400, -32020)
        if name != "MCP-Protocol-Version":
            error_of(post(client, message, **{n: text for n, text in headers.items() if n != name}), 400, -32020)
    error_of(post(client, message, **{**headers, "Mcp-Name": "=?base64?=?="}), 400, -32020)
    message["params"]["_meta"] = {f"{META}protocolVersion": NEWEST}
    error_of(post(client, message, **headers), 400, -32602)


@stores_alike
def test_a_version_or_method_that_is_not_spoken_is_told(client: Client) -> None:
    message, headers = of_newest("ping")
    error_of(post(client, message, **headers), 404, -32601)
    message["params"]["_meta"] = {**OF_NEWEST, f"{META}protocolVersion": "1900-01-01"}
    told = error_of(post(client, message, **{**headers, "MCP-Protocol-Version": "1900-01-01"}), 400, -32022)
    assert told == {"supported": [NEWEST, EARLIER, "2025-06-18"], "requested": "1900-01-01"}
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    error_of(post(client, ping, **{"MCP-Protocol-Version": "1900-01-01"}), 400, -32022)


# Tools ----------------------------------------------------------------------------------------------------------------------


@stores_alike
@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_a_tool_takes_what_its_endpoint_takes_in_the_same_words(spoken: str, client: Client, get: Get) -> None:
    described = get("/openapi.json", lang=spoken)["paths"]
    tools = {tool["name"]: tool for tool in result_of(client, "tools/list", **{"Accept-Language": spoken})["tools"]}
    assert list(tools) == list(SHOWN)
    for name, tool in tools.items():
        route = ENDPOINTS[BY_NAME[name].route].route
        operation = described[f"/api/v1{route}"]["get"]
        parameters = {one["name"]: one for one in operation["parameters"] if one["name"] not in WITHHELD}
        schema = tool["inputSchema"]
        assert sorted(schema["properties"]) == sorted(parameters)
        for each, parameter in parameters.items():
            told = schema["properties"][each]
            assert told["description"].startswith(parameter.get("description", ""))
            for key in ("type", "enum", "minimum", "maximum", "examples"):
                assert told.get(key) == parameter["schema"].get(key)
            assert (each in schema["required"]) >= parameter.get("required", False)
            assert told.get("items", {}).get("enum") == parameter["schema"].get("items", {}).get("enum")
        assert (tool["title"], tool["annotations"]["readOnlyHint"]) == (operation["summary"], True)


@stores_alike
@pytest.mark.parametrize("spoken", ["zh", "en"])
@pytest.mark.parametrize("name", SHOWN)
def test_a_tool_answers_as_its_endpoint(name: str, spoken: str, client: Client) -> None:
    told = call(client, name, SHOWN[name], **{"Accept-Language": spoken})
    over_http = orjson.loads(client.get(told["address"].removeprefix("http://testserver")).content)
    assert told["answer"] == {key: part for key, part in over_http.items() if key not in ("next", "previous")}
    assert over_http.get("results", [1]), "an empty answer shows nothing"
    assert (told["rest"] or {}).get("address") == over_http.get("next")
    assert told["release"] == "2026-R1"
    assert told["licence"]["name"]
    assert told["publisher"]
    assert told == call(client, name, {**SHOWN[name], "lang": spoken})


def test_numbers_keep_their_decimals(client: Client) -> None:
    asked = {"name": "compare", "arguments": SHOWN["compare"]}
    content = post(client, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked}).content
    assert b'"430281":1.0000,' in content
    assert b'\\"430281\\":1.0000,' in content


@stores_alike
def test_arguments_are_read_as_the_parameters_of_an_address(client: Client) -> None:
    plain = call(client, "observations", {"region": ["430281"], "year": ["2024"], "count": True, "page_size": 3})
    for spelled in ({"region": "430281", "year": 2024.0}, {"region": ["430281"], "year": "2024", "industry": None}):
        told = call(client, "observations", {"count": "true", "page_size": "3", **spelled})
        assert told["answer"] == plain["answer"]
    assert plain["answer"]["count"] > len(plain["answer"]["results"]) == 3


@stores_alike
@pytest.mark.parametrize(
    ("name", "arguments", "parameter", "code"),
    [
        ("observations", {"regoin": "430281"}, "regoin", "unknown_parameter"),
        ("observations", {"format": "csv"}, "format", "unknown_parameter"),
        ("observations", {"indicator": ["TRADE_TOTL"]}, "indicator", "unknown_code"),
        ("observations", {"region": {"code": "430281"}}, "region", "malformed"),
        ("observations", {"region": [["430281"]]}, "region", "malformed"),
        ("observations", {"page_size": 0}, "page_size", "out_of_range"),
        ("observations", {"cursor": "a"}, "cursor", "bad_cursor"),
        ("measure", {"code": "ftz-first-0"}, "path", "unknown_code"),
        ("measure", {"code": "ftz-first-01/audience"}, "path", "unknown_code"),
        ("search", {}, "q", "required"),
        ("compare", {}, "indicator", "required"),
        ("measure", {}, "code", "required"),
    ],
)  # fmt: skip
def test_a_call_that_is_wrong_says_how_to_mend_it(
    name: str, arguments: dict[str, Any], parameter: str, code: str, client: Client
) -> None:
    told = {spoken: refused(client, name, {**arguments, "lang": spoken}) for spoken in ("zh", "en")}
    for problem in told.values():
        assert (problem["errors"][0]["parameter"], problem["errors"][0]["code"]) == (parameter, code)
    assert told["zh"]["title"] != told["en"]["title"]


@stores_alike
def test_an_error_is_the_one_of_the_endpoint(client: Client) -> None:
    problem = refused(client, "observations", {"indicator": ["TRADE_TOTL"]})
    over_http = problem_of(client.get("/api/v1/observations", {"indicator": "TRADE_TOTL"}), 400)
    assert problem | {"instance": ""} == over_http | {"instance": ""}
    assert problem["errors"][0]["did_you_mean"] == "TRADE_TOTAL"
    assert refused(client, "measure", {"code": "陶 瓷?"})["errors"][0]["message"].endswith("陶 瓷?")
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "serch"}}
    assert error_of(post(client, message), 200, -32602)["did_you_mean"] == "search"


@pytest.mark.parametrize("name", ["rankings", "compare", "targets"])
def test_the_phrase_behind_each_figure_comes_with_it(name: str, client: Client, get: Get) -> None:
    told = call(client, name, SHOWN[name])
    phrases: dict[int, set[str]] = {}
    for phrase in told["phrases"]:
        phrases.setdefault(phrase["observation"], set()).add(phrase["exact"])
    assert phrases
    for key, exact in phrases.items():
        assert exact == {cited["exact"] for cited in get(f"/observations/{key}")["citations"]}
    assert {row["observation"] for row in told["answer"]["results"] if "observation" in row} <= phrases.keys()
    narrow = call(client, name, {**SHOWN[name], "fields": ["unit"]})
    assert narrow["phrases"]
    assert len(narrow["answer"]["results"][0]) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=5), parts, max_size=3),
    max_leaves=5,
)


@stores_alike
@given(data=st.data(), name=st.sampled_from(sorted(SHOWN)))
@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_arguments_are_they_are_answered_or_refused(name: str, data: Any, client: Client) -> None:
    taken = st.sampled_from(sorted(BY_NAME[name].parameters))
    arguments = {**SHOWN[name], **data.draw(st.dictionaries(taken, JSON, max_size=3))}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    try:
        content = orjson.dumps(message)
    except (TypeError, orjson.JSONEncodeError):  # numbers and texts that JSON has no room for
        content = json.dumps(message).encode()
    response = post(client, content)
    answer = orjson.loads(response.content)
    if "error" in answer:  # of JSON that is none
        assert response.status_code == 400
        return
    check_result("tools/call", EARLIER, answer["result"])
    told = answer["result"]["structuredContent"]
    assert told["status"] in (400, 404, 414) if answer["result"]["isError"] else told["answer"]


# An answer has room for so much -------------------------------------------------------------------------------------------


@stores_alike
@pytest.mark.parametrize(
    ("name", "arguments", "size"),
    [
        ("observations", {"kind": ["county"]}, 6),
        ("policies_match", {"region": "430281", "min_score": 0.9}, 12),
        ("targets", {}, 20),
    ],
)
def test_by_the_rest_an_agent_comes_to_every_row_once(
    name: str, arguments: dict[str, Any], size: int, client: Client, get: Get, settings: Any
) -> None:
    rows, pages, following, key = [], 0, {"page_size": size}, "code" if name == "policies_match" else "series"
    for most in (4_000, 3_000, *[5_000] * 200):
        settings.MCP_BYTES = most
        told = call(client, name, {**arguments, **following})
        assert len(orjson.dumps(told["answer"])) <= most
        rows += [row[key] for row in told["answer"]["results"]]
        pages += 1
        if told["rest"] is None:
            break
        assert told["rest"]["address"].startswith("http://testserver/api/v1/")
        following |= told["rest"]["arguments"]
    route = ENDPOINTS[BY_NAME[name].route].route
    asked = {name: ",".join(text) if isinstance(text, list) else text for name, text in arguments.items()}
    assert rows == [row[key] for row in get(route, page_size=1000, **asked)["results"]]
    assert pages > len(rows) / size


@stores_alike
def test_more_rows_than_could_be_given_are_not_asked_for(
    client: Client, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.mcp.answers.SIZES", (5, 3, 2, 1))
    for name, arguments, same in (
        ("targets", {"page_size": 6, "page": 2}, {"page_size": 3, "page": 3}),
        ("observations", {"page_size": 9}, {"page_size": 5}),
    ):
        told = call(client, name, arguments)["answer"]["results"]
        listed = get(ENDPOINTS[BY_NAME[name].route].route, **same)["results"]
        assert [row["series"] for row in told] == [row["series"] for row in listed]
        assert told
    assert refused(client, "targets", {"page_size": 6, "page": "two"})["errors"][0]["parameter"] == "page"


@stores_alike
def test_what_is_no_list_is_shortened_and_says_what_there_is(client: Client, settings: Any) -> None:
    whole = call(client, "availability", {})
    assert whole["rest"] is None
    settings.MCP_BYTES = 3000
    told = call(client, "availability", {})
    held = told["rest"]["held"]
    assert held["dimensions.region"] == len(whole["answer"]["dimensions"]["region"])
    first = told["answer"]["dimensions"]["region"]
    assert 0 < len(first) < held["dimensions.region"]
    assert first == whole["answer"]["dimensions"]["region"][: len(first)]
    assert told["rest"]["address"] == told["address"]


@stores_alike
def test_a_list_gives_few_rows_where_nobody_says_how_many(client: Client) -> None:
    told = call(client, "observations", {"fields": ["period", "value"]})
    assert len(told["answer"]["results"]) == ROWS
    assert set(told["answer"]["results"][0]) == {"period", "value", "citations"}
    series = call(client, "observations", {"shape": "series"})["answer"]["results"]
    assert "points" in series[0]


def test_a_release_that_is_asked_for_is_the_one_that_is_named(client: Client) -> None:
    told = call(client, "observations", {"as_of": "2026-01-01", "page_size": 1})
    assert told["answer"]["results"] == []
    assert told["release"] is None


# Resources and the prompt -----------------------------------------------------------------------------------------------


def text_of(client: Client, uri: str, **headers: str) -> str:
    (content,) = result_of(client, "resources/read", {"uri": uri}, **headers)["contents"]
    assert content["uri"] == uri
    return str(content["text"])


def test_code_lists_are_whole_and_in_both_languages(client: Client, get: Get) -> None:
    listed = result_of(client, "resources/list")["resources"]
    lists = [resource for resource in listed if resource["mimeType"] == "application/json"]
    assert len(lists) == len(listed) - 1 == 7
    for resource in lists:
        in_chinese, in_english = (
            orjson.loads(text_of(client, resource["uri"], **{"Accept-Language": spoken}))["answer"]
            for spoken in ("zh", "en")
        )
        assert len(in_chinese["results"]) == in_chinese["count"] == in_english["count"] > 0
        assert in_chinese != in_english
    message = {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "hnot://codes/region"}}
    assert error_of(post(client, message), 200, -32602)["did_you_mean"] == "hnot://codes/regions"


@stores_alike
def test_the_glossary_says_what_columns_and_codes_mean(client: Client) -> None:
    for spoken, word in {"zh": "约", "en": "about"}.items():
        text = text_of(client, "hnot://glossary", **{"Accept-Language": spoken})
        assert "- `qualifier`: " in text
        assert f"  - `approx`: {word}" in text
        assert "  - `first_in_nation`: " in text


@stores_alike
def test_the_prompt_says_how_to_ask_in_both_languages(client: Client) -> None:
    (prompt,) = result_of(client, "prompts/list")["prompts"]

    def text(arguments: dict[str, str], accepted: str) -> str:
        asked = {"name": prompt["name"], "arguments": arguments}
        (message,) = result_of(client, "prompts/get", asked, **{"Accept-Language": accepted})["messages"]
        return str(message["content"]["text"])

    chinese, english = text({}, "zh"), text({}, "en")
    assert chinese.isascii() is False
    assert english.isascii() is True
    assert (text({"lang": "en"}, "zh"), text({"lang": "zh"}, "en")) == (english, chinese)
    assert text({"question": "Where to?\nAnd when?"}, "en").endswith("Where to?\nAnd when?")
    for tool in TOOLS:
        assert f"`{tool.name}`" in chinese
        assert f"`{tool.name}`" in english
    wrong = {"name": prompt["name"], "arguments": {"lang": "fr"}}
    error_of(post(client, {"jsonrpc": "2.0", "id": 1, "method": "prompts/get", "params": wrong}), 200, -32602)
