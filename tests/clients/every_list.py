"""Every list that the description says a parameter takes, with two values of the service's own, as questions for a client."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Question:
    """What a client is to ask: an operation, what stands in its path, and its query, in which a list is a list."""

    operation: str
    tag: str
    path: str
    codes: dict[str, Any]
    query: dict[str, Any]

    @property
    def address(self) -> str:
        """Its address below the host, with lists comma-separated."""
        joined = {
            name: ",".join(map(str, value)) if isinstance(value, list) else value for name, value in self.query.items()
        }
        return (
            f"{self.path.format(**{name: quote(str(code)) for name, code in self.codes.items()})}?{urlencode(joined)}"
        )


class Described:
    """The description of a running service, and the service."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.paths: dict[str, Any] = self.read("/api/v1/openapi.json?lang=en")["paths"]

    def read(self, address: str) -> Any:
        """What the service answers, good or bad."""
        try:
            with urllib.request.urlopen(self.service + address, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            return json.load(problem)

    def questions(self) -> Iterator[Question]:
        """One for each list of each operation."""
        for path, item in self.paths.items():
            told = {parameter["name"]: parameter for parameter in item["get"].get("parameters", [])}
            lists = {name: one for name, one in told.items() if one["schema"].get("type") == "array"}
            if not lists:
                continue
            codes = {name: example(one) for name, one in told.items() if one["in"] == "path"}
            plain = Question(item["get"]["operationId"], item["get"]["tags"][0], path, codes, {})
            needed = self.needed(plain, told)
            for name, parameter in lists.items():
                values = self.two_values(plain, name, parameter["schema"]["items"])
                yield Question(plain.operation, plain.tag, path, codes, {**needed, name: values})

    def needed(self, plain: Question, told: dict[str, Any]) -> dict[str, Any]:
        """The parameters without which the service refuses to answer, with the values of the description's examples."""
        query: dict[str, Any] = {}
        while True:
            answer = self.read(Question(plain.operation, plain.tag, plain.path, plain.codes, query).address)
            missing = {error["parameter"] for error in answer.get("errors", [])} - query.keys()
            if not missing:
                assert "errors" not in answer, answer
                return query
            query |= {name: example(told[name]) for name in missing}

    def two_values(self, plain: Question, name: str, items: dict[str, Any]) -> list[Any]:
        """Two of the values that a list may have: of its words, of what the service says is allowed, or of what it holds."""
        if "enum" in items:
            return two_of(items["enum"])
        if items["type"] == "integer":
            return [row["id"] for row in self.read("/api/v1/observations?page_size=2")["results"]]
        asked = Question(plain.operation, plain.tag, plain.path, plain.codes, {name: "no such thing"})
        (error,) = [error for error in self.read(asked.address)["errors"] if error["parameter"] == name]
        if error["code"] == "malformed":
            return ["2022", "2024"]
        return two_of(
            error.get("allowed") or [row["key"] for row in self.read("/api/v1/series?page_size=2")["results"]]
        )


def example(parameter: dict[str, Any]) -> Any:
    """What the description gives as an example of a parameter."""
    return parameter["schema"]["examples"][0]


def two_of(values: list[Any]) -> list[Any]:
    """The first two, or the only one twice."""
    return (values * 2)[:2]
