"""Codes of the data that the program itself names: each app declares its own once, in its `codes.py`, and what rests on it.

An installation may hold other data. A system check says which of these codes it lacks, what rests on one then answers
empty or with a problem, and the import withdraws none that is there (docs/decisions/0047).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sources.bilingual import Text
from sources.models import Publishable


@dataclass(frozen=True)
class NamedCode:
    """The code of a record that the program looks up by name, and what it does so for, in both languages."""

    model: type[Publishable]
    code: str
    use: Text

    def record(self) -> Any:
        """The public record of this code; None where the store has none."""
        records: Any = self.model.objects
        return records.public().filter(code=self.code).first()
