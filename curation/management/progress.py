"""The progress bar of commands: on a terminal, and nothing where the output goes to a file."""

from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def shown(items: Iterable[Any], label: str) -> Iterable[Any]:
    """The items, with a progress bar while they are taken."""
    return tqdm(items, desc=label, disable=None, leave=False)
