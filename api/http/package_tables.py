"""How a list of the API stands in the Data Package; the viewset of each says it, and the catalogue describes them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class PackageTable:
    """A table of the package: its title, the column that is its key (None where it takes several), and the column of
    another table that each of its columns refers to: `table.column`, `.column` in the table itself.

    `query` is what the CSV has to be asked with to hold all rows.
    """

    title: Any
    key: str | None = "code"
    references: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
