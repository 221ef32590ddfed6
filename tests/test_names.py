"""One name, one thing: no class of the house is called as another."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("config", "api", "curation", "words", "policies", "indicators", "regions", "sources")
# What Django asks for by these names.
DJANGOS = {"Command", "Media", "Meta"}


def classes() -> dict[str, list[str]]:
    """Class name → the places where a class is called so."""
    found = defaultdict(list)
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if path.parent.name == "migrations":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and node.name not in DJANGOS:
                    found[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def test_no_two_classes_have_the_same_name() -> None:
    assert {name: places for name, places in classes().items() if len(places) > 1} == {}
