"""Examples in the description: answers that the service gave of its curated tables, kept in examples.json; of long titles the beginning.

The tests of the description make that file (UPDATE_SNAPSHOT=1) and fail where an answer is no longer as it stands there.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from sources.bilingual import both, language

FILE = Path(__file__).with_name("examples.json")
HOST = "http://127.0.0.1:8000"  # where they were asked for; the description has the address of the service instead


@cache
def kept() -> dict[str, Any]:
    """By operation: what was asked, what stood in its path, and the answer in each language."""
    return dict(json.loads(FILE.read_text(encoding="utf-8")))


def codes_of(operation: str) -> dict[str, Any]:
    """What stands in the path of the question of an operation's example; nothing where it has none."""
    codes: dict[str, Any] = kept().get(operation, {}).get("codes", {})
    return codes


def example_of(operation: str) -> dict[str, Any]:
    """The example of an operation's answer in the current language, as OpenAPI has them; nothing where it has none."""
    example = kept().get(operation)
    if example is None:
        return {}
    asked = example["asked"]
    summary = both(f"{asked} 的答复，各列表取前两项", f"What {asked} answers, with the first two of each list")
    return {"answer": {"summary": str(summary), "value": example[language()]}}
