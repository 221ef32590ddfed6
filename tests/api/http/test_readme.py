"""The answers that the READMEs show are those that the service gives. UPDATE_README=1 writes them anew."""

from __future__ import annotations

import datetime
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

ROOT = Path(settings.BASE_DIR)
SHOWN = re.compile(
    r"curl '(?P<host>http://127\.0\.0\.1:8000)(?P<path>/[^']+)'\n```\n(?P<answer>```json\n.*?\n```|@\w+@)", re.DOTALL
)


def answer_of(client: Client, path: str) -> Any:
    answer = client.get(path, headers={"Host": "127.0.0.1:8000"}).json()
    if "instance" in answer:
        answer["instance"] = "urn:uuid:…"
    return answer


def pretty(answer: Any) -> str:
    """JSON with a line for each row of its list of rows, or of that of a part of it, as a reader would like it."""
    lists = (key for key, value in answer.items() if value and isinstance(value, list) and isinstance(value[0], dict))
    name = next(lists, None)
    if name is None:
        name = next((key for key, value in answer.items() if isinstance(value, dict)), None)
        if name is None:
            return json.dumps(answer, ensure_ascii=False)
        rest = {key: value for key, value in answer.items() if key != name}
        return f'{json.dumps(rest, ensure_ascii=False)[:-1]}, "{name}": {pretty(answer[name])}}}'
    rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in answer[name])
    rest = {key: value for key, value in answer.items() if key != name}
    return json.dumps(rest, ensure_ascii=False)[:-1] + f', "{name}": [\n{rows}\n]}}'


@pytest.fixture(autouse=True)
def _on_the_day_that_the_readme_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a goal is due goes by the day."""
    monkeypatch.setattr(timezone, "localdate", lambda *_: datetime.date(2026, 11, 25))


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_shows_real_answers(name: str, client: Client, db: None) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    shown = list(SHOWN.finditer(text))
    assert len(shown) == 6
    if os.environ.get("UPDATE_README"):
        (ROOT / name).write_text(SHOWN.sub(lambda m: _with_answer(m, client), text), encoding="utf-8")
        return
    for match in shown:
        assert json.loads(match["answer"].removeprefix("```json\n").removesuffix("```")) == answer_of(
            client, match["path"]
        )


def _with_answer(match: re.Match[str], client: Client) -> str:
    before = match[0][: match.start("answer") - match.start()]
    return f"{before}```json\n{pretty(answer_of(client, match['path']))}\n```"
