"""What every file format is given: columns with their kinds, and chunks of their cells.

Cells come a column at a time. A number is the text of its decimals (`41.20`), a day and a moment are ISO 8601, so that
each format makes of them what it has, and none of them a float on the way; None is what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rest_framework.request import Request

from api.problems import InvalidParameters, ParameterError
from indicators.rows import RowColumn
from sources.bilingual import both

Kind = Literal["text", "integer", "number", "flag", "day", "moment", "texts", "integers"]
Cells = Sequence[Sequence[Any]]

SCHEMAS: dict[tuple[str, str | None], Kind] = {
    ("integer", None): "integer", ("number", None): "number", ("boolean", None): "flag", ("string", "date"): "day",
    ("string", "date-time"): "moment", ("array", None): "integers",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of a file. `says` is what it means; `repeats` that it has few values beside its rows, as labels have."""

    name: str
    kind: Kind
    says: str = ""
    repeats: bool = False


# What a file says of itself, by the names that a program finds it under, and how it is called to people.
FACTS: dict[str, Any] = {
    "query": both("查询", "Query"), "release": both("发布版本", "Release"), "published": both("发布时间", "Published"),
    "digest": both("摘要", "Digest"), "digest_method": both("摘要方法", "Method of the digest"),
    "licence": both("许可", "Licence"), "cite_as": both("引用格式", "How to cite"), "warnings": both("注意", "Mind"),
    "time_zone": both("时区", "Time zone"),
}  # fmt: skip


@dataclass(frozen=True)
class About:
    """What a file says of itself, in the language of the answer: `facts` by their names in FACTS, those that there are, and
    the units and sources of its rows by their codes.
    """

    title: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> dict[str, str]:
        """The facts as they are called to people."""
        return {str(FACTS[name]): text for name, text in self.facts.items()}


@dataclass(frozen=True)
class Table:
    """The answer to a question, whatever the format.

    `chunks` gives all rows, so many at a time, from the first each time that it is called; `about` is asked by the formats
    that have a place for it.
    """

    name: str
    columns: Sequence[Column]
    chunks: Callable[[int], Iterator[Cells]]
    about: Callable[[], About]


def column_of(column: RowColumn) -> Column:
    """The column of a file that holds a column of observations."""
    names = column.schema["type"]
    name = names if isinstance(names, str) else names[0]
    kind = SCHEMAS.get((name, column.schema.get("format")), "text")
    return Column(column.name, kind, str(column.says), repeats=kind == "text")


def joined(items: Sequence[Any]) -> str:
    """A list where the format has none: its items with `;` between them, nothing for a missing one."""
    return ";".join("" if item is None else str(item) for item in items)


def refuse_with_format(request: Request, chosen: dict[str, Any], names: Iterable[str]) -> None:
    """Raises InvalidParameters for options that this format cannot follow."""
    asked = request.accepted_renderer.format
    message = both(f"不能与 format={asked} 同用", f"does not go with format={asked}")
    if clash := [name for name in names if chosen.get(name) not in (None, False)]:
        raise InvalidParameters([ParameterError(name, "conflict", message) for name in clash])
