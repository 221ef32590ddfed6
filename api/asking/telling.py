"""What is told of a question: an answer that an endpoint gave, or why there is none and what is nearest; and how endpoints are asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from rest_framework.request import Request

from api.asking.saying import listed, said
from api.http.asking import Reply, ask
from sources.bilingual import Text, both
from words.asking import Wanted
from words.sought import Sought

MOST_ROWS, MOST_CITED = 20, 20


class Answered(NamedTuple):
    """What an endpoint gave, in words and as rows; `phrases` where the rows have none of their own.

    `start` is the row that is asked for: the second of a ranking.
    """

    reply: Reply
    says: str
    phrases: Sequence[dict[str, Any]] = ()
    start: int = 0

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self.reply.rows[self.start : self.start + MOST_ROWS]


class Told(NamedTuple):
    """An answer, or why there is none and what is nearest to it."""

    answer: Answered | None
    says: str
    nearest: Answered | None = None
    sought: Sought | None = None  # where it is another kind than was asked for


class Asking:
    """One question on its way through the endpoints."""

    def __init__(self, request: Request, asked: Wanted) -> None:
        self.request, self.asked, self.reading = request, asked, asked.reading

    def _ask(self, path: str, **query: str | None) -> Reply:
        return ask(self.request, path, {name: value for name, value in query.items() if value})

    def _with_phrases(self, reply: Reply, lines: Iterable[str]) -> Answered:
        """What was answered, with the phrases of the figures in it."""
        ids = list(dict.fromkeys(_observations(reply.rows[:MOST_ROWS])))[:MOST_CITED]
        cited = self._ask("/citations", observation=",".join(map(str, ids)), page_size="100").rows if ids else []
        return Answered(reply, said(lines), cited)

    def _near(self, says: Text | str, nearest: Answered | None) -> Told:
        """That there is no such thing, why, and what is nearest: the given, else what the words find."""
        return Told(None, str(says), nearest or self._found)

    def _nothing(self) -> Text:
        unmet = listed(part.text for part in self.asked.unused)
        return both(
            f"没有收录：{unmet}。" if unmet else "没有收录。",
            f"Not held: {unmet}." if unmet else "Nothing such is held.",
        )

    @cached_property
    def _found(self) -> Answered | None:
        """The answer of /search to the question; None where it finds nothing."""
        reply = self._ask("/search", q=self.reading.question, page_size="5")
        return Answered(reply, said(row["name"] for row in reply.rows)) if reply.rows else None


def _observations(part: object) -> Iterable[int]:
    """The ids of the observations that rows refer to."""
    if isinstance(part, dict) and isinstance(part.get("observation"), int):
        yield part["observation"]
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _observations(each)
