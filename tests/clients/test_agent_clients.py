"""The Model Context Protocol as its official client speaks it: of the newest version and of an earlier one, in both languages."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from mcp import MCPError
from mcp.client import Client

ROOT = Path(__file__).resolve().parents[2]
TOOLS = {
    "search": {"q": "Liling"},
    "ask": {"q": "What was the foreign trade of Liling in 2024?"},
    "resolve": {"q": "Liling"},
    "availability": {"region": ["430281"]},
    "observations": {"region": ["430281"], "indicator": ["TRADE_TOTAL"], "year": ["2024"]},
    "compare": {"indicator": "TRADE_TOTAL", "region": ["430281", "430223"]},
    "rankings": {"indicator": "TRADE_TOTAL", "period": "2024", "kind": ["county"]},
    "policies_match": {"region": "430281", "industry": "CERAMICS"},
    "measure": {"code": "ftz-first-01"},
    "targets": {"due": ["2025.."]},
    "cite": {"region": ["430281"]},
}
VERSIONS = {"auto": "2026-07-28", "legacy": "2025-11-25"}

PAGE = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
SITE = "http://127.0.0.1:8000"

Talk = Callable[[Client], Awaitable[Any]]


@pytest.fixture(params=["zh", "en"])
def spoken(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=VERSIONS)
def talk(request: pytest.FixtureRequest, service: str, spoken: str) -> Callable[[Talk], Any]:
    """What comes of talking to the service in a language, by a version of the protocol."""

    def run(said: Talk) -> Any:
        async def talked() -> Any:
            async with Client(f"{service}/mcp?lang={spoken}", mode=request.param) as client:
                assert client.protocol_version == VERSIONS[request.param]
                return await said(client)

        return asyncio.run(talked())

    return run


def test_it_finds_every_tool_and_what_each_takes(talk: Callable[[Talk], Any], spoken: str) -> None:
    async def said(client: Client) -> Any:
        assert client.server_info is not None
        assert client.server_info.title == {"zh": "湖南开放型经济数据", "en": "Hunan Open Trade Data"}[spoken]
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in talk(said)}
    assert tools.keys() == TOOLS.keys()
    for name, arguments in TOOLS.items():
        assert tools[name].input_schema["properties"].keys() >= arguments.keys()
        assert tools[name].description.isascii() == (spoken == "en")


def test_every_tool_gives_figures_with_release_and_licence(talk: Callable[[Talk], Any]) -> None:
    """The client itself compares what a tool gives with the schema that the tool has."""

    async def said(client: Client) -> Any:
        await client.list_tools()
        return {name: await client.call_tool(name, arguments) for name, arguments in TOOLS.items()}

    for name, result in talk(said).items():
        assert not result.is_error, (name, result)
        told = result.structured_content
        assert json.loads(result.content[0].text) == told
        assert told["release"].startswith("20")
        assert told["licence"]["url"].startswith("https://")
        assert requests.get(told["address"], timeout=60).status_code == 200
        if name in ("observations", "ask"):
            (row,) = told["answer"]["results"] if name == "observations" else told["answer"]["answer"]["rows"]
            assert (row["value"], [cited["exact"] for cited in row["citations"]]) == (41.25, ["41.25亿元"])


def test_a_call_is_mended_by_what_its_error_says(talk: Callable[[Talk], Any]) -> None:
    async def said(client: Client) -> Any:
        wrong = await client.call_tool("observations", {"indicator": ["TRADE_TOTL"]})
        assert wrong.is_error
        (error,) = wrong.structured_content["errors"]
        mended = await client.call_tool("observations", {error["parameter"]: [error["did_you_mean"]]})
        with pytest.raises(MCPError, match="serch"):
            await client.call_tool("serch", {})
        return mended

    assert talk(said).structured_content["answer"]["results"]


def test_the_rest_of_an_answer_is_asked_for_by_its_arguments(talk: Callable[[Talk], Any]) -> None:
    async def said(client: Client) -> Any:
        ids: list[int] = []
        following: dict[str, Any] = {"fields": ["id"]}
        while following:
            told = (await client.call_tool("observations", following)).structured_content
            ids += [row["id"] for row in told["answer"]["results"]]
            following = told["rest"] and {**following, **told["rest"]["arguments"]}
        return ids

    ids = talk(said)
    assert len(ids) == len(set(ids)) > 100


def test_it_reads_the_resources_and_the_prompt(talk: Callable[[Talk], Any], spoken: str) -> None:
    async def said(client: Client) -> Any:
        listed = (await client.list_resources()).resources
        texts = {one.uri: (await client.read_resource(one.uri)).contents[0].text for one in listed}
        (prompt,) = (await client.list_prompts()).prompts
        other = {"zh": "en", "en": "zh"}[spoken]
        own, foreign = [
            (await client.get_prompt(prompt.name, {"lang": lang})).messages[0].content.text for lang in (spoken, other)
        ]
        assert own != foreign
        assert (await client.get_prompt(prompt.name)).messages[0].content.text == own
        return texts

    texts = talk(said)
    assert {"zh": "约", "en": "about"}[spoken] in texts.pop("hnot://glossary")
    for text in texts.values():
        told = json.loads(text)
        assert len(told["answer"]["results"]) == told["answer"]["count"] > 0


def shown(kind: str, service: str) -> list[str]:
    """The examples of docs/agents.md in a language, with this service in the place of the one that they name."""
    return [text.replace(SITE, service) for text in re.findall(rf"```{kind}\n(.+?)\n```", PAGE, re.DOTALL)]


def test_the_configurations_of_the_documentation_lead_here(service: str) -> None:
    configurations = [json.loads(text) for text in shown("json", service) if '"type": "http"' in text]
    assert [*configurations[0], *configurations[1]] == ["mcpServers", "servers"]

    async def names(address: str) -> list[str]:
        async with Client(address) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    for configuration in configurations:
        ((one,),) = (servers.values() for servers in configuration.values())
        assert "observations" in asyncio.run(names(one["url"]))


def test_the_programs_of_the_documentation_run(service: str) -> None:
    (program,) = shown("python", service)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60, text=True)
    assert done.stdout == "41.25\n"
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    (command,) = shown("sh", service)
    done = subprocess.run(["sh", "-c", f"{command} -sf"], capture_output=True, check=True, timeout=60, text=True)
    assert json.loads(done.stdout)["result"]["structuredContent"]["answer"]["results"][0]["code"] == "430281"
