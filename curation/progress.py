"""How far a long piece of work is: whoever starts it says how that is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

# Wraps what is worked through, with a label, and gives it back item by item.
Progress = Callable[[Iterable[Any], str], Iterable[Any]]


def silent(items: Iterable[Any], _label: str) -> Iterable[Any]:
    """The items, with no progress shown."""
    return items
