"""An endpoint asked by another: the same view by the same parameters, within the request that it answers."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

import orjson
from django.core.handlers.wsgi import WSGIRequest
from django.urls import resolve
from rest_framework.request import Request

from api.addresses import API, base_of
from api.http.languages import BOTH, content_of
from sources.bilingual import language


class Reply(NamedTuple):
    """What an endpoint answers: its path below the API, the address of the same query, and the content."""

    path: str
    href: str
    content: dict[str, Any]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of a list, or the one record."""
        rows: list[dict[str, Any]] = self.content.get("results", [self.content])
        return rows


class Declined(Exception):
    """An endpoint refuses a query: its problem document."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail"))
        self.problem = problem

    @property
    def reason(self) -> str:
        """Why, in the language of the answer."""
        return "; ".join(error["message"] for error in self.problem.get("errors", ())) or str(self)

    def allowed(self, parameter: str) -> list[str]:
        """What is allowed of a parameter that is refused; nothing where another is."""
        errors = self.problem.get("errors", ())
        return next((error.get("allowed", []) for error in errors if error["parameter"] == parameter), [])


def ask(request: Request, path: str, query: Mapping[str, str]) -> Reply:
    """What an endpoint answers to a query, in the language of the answer; it counts as no request. Raises Declined."""
    outer, address = request._request, f"{API}{path}"
    inner = WSGIRequest(
        {
            **{name: value for name, value in outer.META.items() if not name.startswith(("HTTP_IF_", "CONTENT_"))},
            "REQUEST_METHOD": "GET", "PATH_INFO": address.encode().decode("latin-1"), "HTTP_ACCEPT": "application/json",
            "QUERY_STRING": urlencode({**query, "lang": language()}), "wsgi.input": BytesIO(),
        }
    )  # fmt: skip
    inner.request_id = getattr(outer, "request_id", "")  # type: ignore[attr-defined]
    inner.is_part_of = outer  # type: ignore[attr-defined]
    route = resolve(address)
    view: Any = route.func
    response = view.cls.as_view(view.actions, **view.initkwargs, throttle_classes=())(inner, **route.kwargs)
    if getattr(inner, "is_behind", False):
        outer.is_behind = True  # type: ignore[attr-defined]
    if response.status_code != 200:
        raise Declined(orjson.loads(response.content))
    content = cast("dict[str, Any]", content_of(response))
    return Reply(path, _address(request, path, query), content)


def _address(request: Request, path: str, query: Mapping[str, str]) -> str:
    """The address of a query, in the language that was asked for in words."""
    asked = request.query_params.get("lang")
    spoken = {"lang": asked} if asked and asked != BOTH else {}
    asked_for = urlencode({**query, **spoken})
    return f"{base_of(request)}{API}{path}" + (f"?{asked_for}" if asked_for else "")
