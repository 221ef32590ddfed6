"""The answers that docs/agents.md shows are those that its calls are given. UPDATE_README=1 writes them anew."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.test import Client

from api.mcp.tools import TOOLS

PAGE = Path(settings.BASE_DIR) / "docs" / "agents.md"
SHOWN = re.compile(r"```json call\n(?P<call>.+?)\n```\n\n```json\n(?P<answer>.*?)```", re.DOTALL)


def answer_of(client: Client, call: str) -> Any:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": orjson.loads(call)}
    headers = {"Host": "127.0.0.1:8000", "Accept-Language": "en"}
    response = client.post("/mcp", orjson.dumps(message), content_type="application/json", headers=headers)
    answer = json.loads(orjson.loads(response.content)["result"]["content"][0]["text"])
    return {**answer, "instance": "urn:uuid:…"} if "instance" in answer else answer


def pretty(answer: dict[str, Any]) -> str:
    """JSON with a line for each part, and one for each row of a list of rows."""

    def shown(part: Any) -> str:
        if isinstance(part, list) and part and isinstance(part[0], dict):
            rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in part)
            return f"[\n{rows}\n  ]"
        if isinstance(part, dict) and "results" in part:
            return "{" + ", ".join(f'"{name}": {shown(item)}' for name, item in part.items()) + "}"
        return json.dumps(part, ensure_ascii=False)

    return "{\n" + ",\n".join(f'  "{name}": {shown(part)}' for name, part in answer.items()) + "\n}"


@pytest.mark.stores_alike
def test_the_page_shows_real_answers(client: Client, db: None) -> None:
    text = PAGE.read_text(encoding="utf-8")
    shown = list(SHOWN.finditer(text))
    assert len(shown) == text.count("```json call") == 5
    if os.environ.get("UPDATE_README"):
        written = SHOWN.sub(
            lambda m: f"```json call\n{m['call']}\n```\n\n```json\n{pretty(answer_of(client, m['call']))}\n```", text
        )
        PAGE.write_text(written, encoding="utf-8")
        return
    for match in shown:
        assert json.loads(match["answer"]) == answer_of(client, match["call"])


def test_the_page_lists_every_tool() -> None:
    listed = re.findall(r"^\| `(\w+)` \| `/", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [tool.name for tool in TOOLS]
