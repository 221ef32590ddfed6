"""Who is measured beside the service, each on the same rows and with the same fields."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

Question = dict[str, Any]


@dataclass(frozen=True)
class Contestant:
    """How one is started (`{port}`, `{store}`: the SQLite file), what tells that it is ready, and where it takes a question."""

    name: str
    command: tuple[str, ...]
    ready: str
    path: Callable[[Question], str]
    environment: dict[str, str] = field(default_factory=dict)


def granian(application: str) -> tuple[str, ...]:
    """One worker with as many threads as the service has small turns."""
    return (
        "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1",
        "--blocking-threads", "4", "--log-level", "warning", application,
    )  # fmt: skip


def command(contestant: Contestant, store: str) -> list[str]:
    """How a contestant is started on a store."""
    program, *arguments = contestant.command
    file = store.removeprefix("sqlite:///")
    return [str(Path(sys.executable).parent / program), *(part.replace("{store}", file) for part in arguments)]


def ours(question: Question) -> str:
    asked = {name: ",".join(question[name]) for name in ("indicator", "region") if question[name]}
    span = {"year": f"{question['first']}..{question['last']}"} if question["first"] != "0000" else {}
    return f"/api/v1/observations?{urlencode({**asked, **span}, safe=',.')}"


def _with_years(path: str, question: Question) -> str:
    asked = {name: ",".join(question[name]) for name in ("indicator", "region") if question[name]}
    span = {"first_year": question["first"], "last_year": question["last"]} if question["first"] != "0000" else {}
    return f"{path}?{urlencode({**asked, **span}, safe=',')}"


def _to_datasette(question: Question) -> str:
    asked = {name: json.dumps(question[name]) for name in ("indicator", "region")}
    asked |= {name: question[name] for name in ("first", "last")}
    return f"/bench/observations.json?{urlencode({**asked, '_shape': 'objects'})}"


COLD = {"KEPT_ANSWERS_BYTES": "0"}  # each question is as a new one: the service keeps no answers
DJANGO = "benchmarks.contestants.django_wsgi:application"
OURS = Contestant("ours, cold", ("python", "-m", "config.server", "--port", "{port}"), "/readyz", ours, COLD)
WARM = Contestant("ours, warm", OURS.command, OURS.ready, ours)  # the same 200 questions again, which it has kept
PLAIN_DRF = Contestant(
    "plain DRF", granian(DJANGO), "/observations/?page_size=1",
    lambda question: _with_years("/observations/", question), {"CONTESTANT": "plain_drf"},
)  # fmt: skip
NINJA = Contestant(
    "django-ninja", granian(DJANGO), "/openapi.json",
    lambda question: _with_years("/observations", question), {"CONTESTANT": "ninja"},
)  # fmt: skip
BY_HAND = Contestant(
    "by hand",
    ("uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--log-level", "error", "benchmarks.contestants.by_hand:app"),
    "/openapi.json", lambda question: _with_years("/observations", question),
)  # fmt: skip
DATASETTE = Contestant(
    "datasette",
    ("datasette", "serve", "--immutable", "{store}", "--host", "127.0.0.1", "--port", "{port}", "--setting",
     "max_returned_rows", "1001", "--setting", "sql_time_limit_ms", "20000", "--metadata",
     "benchmarks/contestants/datasette.yml"),
    "/-/versions.json", _to_datasette,
)  # fmt: skip
