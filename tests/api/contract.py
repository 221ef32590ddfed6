"""What the tests of the contract share: all public endpoints, read from api/urls.py so that none is forgotten, each with
an address that answers 200; and what a problem document must look like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.urls import URLPattern, URLResolver

from api.strict import COMMON
from api.urls import urlpatterns

BASE = "/api/v1"

# What an endpoint must be asked with; all others answer without parameters.
NEEDS: dict[str, dict[str, str]] = {
    "resolve-list": {"q": "a"},
    "search-list": {"q": "a"},
    "ranking-list": {"indicator": "TRADE_TOTAL", "period": "2024", "kind": "county"},
    "concentration-list": {"region": "ZZ-COUNTIES"},
    "specialisation-list": {"region": "430281", "reference": "430224"},
    "match-list": {"region": "430281"},
    "graph-list": {"document": "hunan-ftz-plan"},
    "compare-list": {"indicator": "TRADE_TOTAL", "regions": "430281,430223"},
}

# Of which record an endpoint is asked where the first one that is public would have nothing to answer.
OF: dict[str, str] = {"dataset": "OBS", "region-policies": "430281"}


@dataclass(frozen=True)
class Endpoint:
    """One route: its name in api/urls.py, its template (`/regions/{code}`), its view, and what it needs to answer 200."""

    name: str
    route: str
    view: Any
    action: str | None
    suffixed: bool
    query: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def detail(self) -> bool:
        return "{" in self.route

    @property
    def by_cursor(self) -> bool:
        return self.name in ("observation-list", "series-list")

    @property
    def enveloped(self) -> bool:
        return self.action in ("list", "counts", "policies") and self.name not in (
            "availability-list",
            "graph-list",
            "cite-list",
        )

    @property
    def numbered(self) -> bool:
        return self.enveloped and not self.by_cursor

    @property
    def instance(self) -> Any:
        """The view as a request would find it, for what it says of its own options."""
        options = {**self.options, "action": self.action, "detail": self.detail}
        return self.view(**options, kwargs={}, request=None, format_kwarg=None)

    @property
    def formats(self) -> list[str]:
        """The formats that it offers, JSON first."""
        view = self.instance if self.action else self.view()
        return [renderer.format for renderer in view.get_renderers()]

    @property
    def parameters(self) -> dict[str, Any]:
        """Name → how it is read, of every parameter that the strict reader takes."""
        if self.action is None:
            return dict(COMMON)
        return self.instance.parameters_taken() | dict(COMMON)

    @property
    def every_part(self) -> dict[str, str]:
        """`include` with all that it takes, for an endpoint that has it."""
        parts = self.parameters.get("include")
        return {"include": ",".join(parts.choices)} if parts else {}

    def path(self, but: str = "") -> str:
        """The address below the host; for one record, of the first one that is public, with `but` added to its code."""
        if not self.detail:
            return BASE + self.route
        code = OF.get(self.name) or self.view.queryset.order_by("pk").values_list(self.view.lookup_field, flat=True)[0]
        return BASE + re.sub(r"\{\w+\}", f"{code}{but}", self.route)


def _patterns(patterns: list[Any], prefix: str = "") -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        found += _patterns(pattern.url_patterns, route) if isinstance(pattern, URLResolver) else [(route, pattern)]
    return found


def _endpoints() -> list[Endpoint]:
    routes = _patterns(urlpatterns)
    suffixed = {pattern.name for route, pattern in routes if "<format>" in route or "<drf_format_suffix" in route}
    found: dict[str, Endpoint] = {}
    for route, pattern in routes:
        view, name = pattern.callback, str(pattern.name)
        if name not in found:
            template = "/" + route.replace("<str:code>", "{code}").replace("^", "").replace("$", "").replace("\\Z", "")
            if "(?P<" in template:
                template = re.sub(r"\(\?P<.*\)", f"{{{view.cls.lookup_field}}}", template)
            action = getattr(view, "actions", {}).get("get")
            found[name] = Endpoint(
                name, template, view.cls, action, name in suffixed, NEEDS.get(name, {}), getattr(view, "initkwargs", {})
            )
    return list(found.values())


ENDPOINTS = _endpoints()
BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}
# What answers with data in JSON: a page for readers, descriptions, a redirect, a feed and a file are none.
NO_DATA = (
    "docs", "openapi", "release-latest", "release-feed", "release-download",
    "release-download-figures", "catalog", "dataset", "datapackage",
    "csv-metadata",
)  # fmt: skip
DATA = [endpoint for endpoint in ENDPOINTS if endpoint.name not in NO_DATA]
LISTS = [endpoint for endpoint in DATA if endpoint.enveloped]
STRICT = [endpoint for endpoint in ENDPOINTS if endpoint.name != "docs"]

PROBLEM_FIELDS = ["type", "title", "status", "detail", "instance", "errors"]
ERROR_FIELDS = {"parameter", "code", "message", "allowed", "did_you_mean"}


def problem_of(response: Any, status: int) -> Any:
    """The problem document of an answer, which must be one with exactly the contract's fields."""
    assert response.status_code == status, response.content.decode()[:1000]
    assert response["Content-Type"] == "application/problem+json"
    problem = orjson.loads(response.content)
    assert list(problem) == PROBLEM_FIELDS
    assert problem["type"].startswith("urn:hnot:problem:")
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == f"urn:uuid:{response['X-Request-Id']}"
    for error in problem["errors"]:
        assert {"parameter", "code", "message"} <= error.keys() <= ERROR_FIELDS
        assert error["message"]
    lowered = response.content.decode().lower()
    assert not any(inside in lowered for inside in ("traceback", "<html", "select ", "django", ".py"))
    return problem


def error_of(response: Any, parameter: str) -> Any:
    """What a 400 says of one parameter."""
    (error,) = [error for error in problem_of(response, 400)["errors"] if error["parameter"] == parameter]
    return error


def ids(endpoints: list[Endpoint]) -> dict[str, Any]:
    """Arguments of `parametrize` for a list of endpoints."""
    return {"argvalues": endpoints, "ids": [endpoint.name for endpoint in endpoints]}
