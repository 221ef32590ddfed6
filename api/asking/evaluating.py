"""How well /ask answers labelled questions: whether its first row is right, and of the right kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from rest_framework.request import Request

from api.http.asking import ask
from indicators.choices import OBSERVED
from indicators.models import Observation
from words.evaluating import NOTHING_HELD, LabelledQuestion
from words.sought import Sought

# The kinds of answer that are right, by the kind of question; of the others /ask is not judged.
RIGHT: Mapping[str, Collection[Sought]] = {
    "figure": (Sought.FIGURE, Sought.COMPARISON, Sought.GOAL),
    "highest": (Sought.RANKING,),
    "howmany": (Sought.FIGURE, Sought.COUNT),
    "who": (Sought.ACTOR,),
    "when": (Sought.DATE,),
    NOTHING_HELD: (),
}


def by_asking(question: LabelledQuestion) -> Sequence[Collection[str]]:
    """The rows of the answer, each by all that it may be called; none where it is said that nothing is held.

    An answer of another kind than was asked for, and a goal in place of what came of it, is called nothing, and so is never right.
    """
    content = ask(_request(), "/ask", {"q": question.question}).content
    if not content["is_held"]:
        return []
    answer = content["answer"]
    if content["kind"] not in RIGHT[question.kind]:
        return [set()]
    return [set(_called(answer["endpoint"], row)) for row in answer["rows"]]


def _request() -> Request:
    """A request of nobody in particular, to a name by which the service is reached."""
    named = [host for host in settings.ALLOWED_HOSTS if host[:1] not in ".*"]
    environ = {
        "REQUEST_METHOD": "GET", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": next(iter(named), "localhost"),
        "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
    }  # fmt: skip
    return Request(WSGIRequest(environ))


def _called(endpoint: str, row: Mapping[str, Any]) -> Iterator[str]:
    if endpoint.startswith("/sources/"):
        yield f"source:{row['code']}"
    elif endpoint.startswith("/policies/documents/"):
        yield f"document:{row['code']}"
    elif endpoint.startswith("/policies/"):
        document = row["document"]  # a code, or of one measure its code and title
        yield f"measure:{row['code']}"
        yield f"document:{document['code'] if isinstance(document, dict) else document}"
    elif endpoint == "/targets":
        name = row["region"], row["indicator"]
        if not _is_observed(*name, row["due"]):
            yield f"figure:{'/'.join(name)}/{row['due']}"
        if not _is_observed(*name):
            yield f"figure:{'/'.join(name)}"
    elif endpoint == "/compare":
        indicator = row["indicator"]
        for region in row["values"]:
            yield from _figure(region, indicator, row["period"])
    elif "region" in row:
        yield from _figure(row["region"], row.get("indicator") or row["series"].split(".")[2], row["period"])


def _figure(region: str, indicator: str, period: str) -> Iterator[str]:
    yield f"figure:{region}/{indicator}"
    yield f"figure:{region}/{indicator}/{period}"


def _is_observed(region: str, indicator: str, period: str | None = None) -> bool:
    """Whether an outcome is held, of a period or of any."""
    of_line = {"series__region__code": region, "series__indicator__code": indicator}
    held = Observation.objects.live().filter(**of_line, status__in=OBSERVED)
    return (held.filter(period=period) if period else held).exists()
