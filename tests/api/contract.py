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

from api.http.filters import COMMON
from api.http.viewsets import KeysetViewSet
from api.urls import urlpatterns

BASE = "/api/v1"

# What an endpoint must be asked with, of the curated tables; all others answer without parameters. On another store the
# tests set NEEDS, PARTS, EMPTY and OF to its own.
NEEDS: dict[str, dict[str, str]] = {
    "resolve-list": {"q": "a"},
    "search-list": {"q": "Liling"},
    "ask-list": {"q": "醴陵2024年进出口"},
    "ranking-list": {"indicator": "TRADE_TOTAL", "period": "2024", "kind": "county"},
    "concentration-list": {"region": "ZZ-COUNTIES"},
    "specialisation-list": {"region": "430281", "reference": "430224"},
    "match-list": {"region": "430281"},
    "graph-list": {"document": "hunan-ftz-plan"},
    "compare-list": {"indicator": "TRADE_TOTAL", "region": "430281,430223"},
}

# What narrows a list that is long, where a part of its rows shows what all of them do.
PARTS: dict[str, dict[str, str]] = {
    "resolve-list": {"q": "trade"},
    "search-list": {"q": "茶"},
    "region-list": {"parent": "430200"},
    "region-policies": {"kind": "first_in_nation,platform,theme"},
    "measure-list": {"document": "zz-ftz-linkage,hunan-ftz-page"},
    "citation-list": {"source": "county-clusters"},
    "release-changes": {"table": "documents,relations,sources"},
    "match-list": {"min_score": "0.9"},
}

# The lists that have no rows.
EMPTY: set[str] = set()

# Of which record an endpoint is asked where the first one that is public would have nothing to answer.
OF: dict[str, str] = {
    "dataset": "OBS",
    "region-policies": "430281",
    "series-figure": "A.430281.TRADE_TOTAL",
    "release-changes": "2026-R1",
}


@dataclass(frozen=True)
class Endpoint:
    """One route: its name in api/urls.py, its template (`/regions/{code}`) and its view."""

    name: str
    route: str
    view: Any
    action: str | None
    suffixed: bool
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        """What it needs to answer 200, of the store that is tested."""
        return dict(NEEDS.get(self.name, {}))

    @property
    def part(self) -> dict[str, str]:
        """What it is asked with for a part of its rows, where they are many."""
        return {**self.query, **PARTS.get(self.name, {})}

    @property
    def detail(self) -> bool:
        return "{" in self.route

    @property
    def by_cursor(self) -> bool:
        return self.enveloped and issubclass(self.view, KeysetViewSet)

    @property
    def enveloped(self) -> bool:
        return self.action is not None and self.action in self.view.paged_actions

    @property
    def numbered(self) -> bool:
        """Whether it is a list in numbered pages of what stands, which a walk pins to a release."""
        return self.enveloped and "if_release" in self.parameters

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
        return self.instance.parameters().fields()

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
        return self.path_of(f"{code}{but}")

    def path_of(self, code: str) -> str:
        """The address of the record with this code."""
        return BASE + re.sub(r"\{\w+\}", code, self.route.replace("{period}", "2024"))


def _patterns(patterns: list[Any], prefix: str = "") -> list[tuple[str, URLPattern]]:
    found: list[tuple[str, URLPattern]] = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        found += _patterns(pattern.url_patterns, route) if isinstance(pattern, URLResolver) else [(route, pattern)]
    return found


def _plain(route: str) -> str:
    """A regular expression of a path as a template: `/series/{key}/{period}`."""
    while (start := route.find("(?P<")) >= 0:
        depth, end = 1, start + 1
        while depth:
            depth += {"(": 1, ")": -1}.get(route[end], 0)
            end += 1
        route = f"{route[:start]}{{{route[start + 4 : route.index('>', start)]}}}{route[end:]}"
    return route


def _endpoints() -> list[Endpoint]:
    routes = _patterns(urlpatterns)
    suffixed = {pattern.name for route, pattern in routes if "<format>" in route or "<drf_format_suffix" in route}
    found: dict[str, Endpoint] = {}
    for route, pattern in routes:
        view, name = pattern.callback, str(pattern.name)
        if name not in found:
            template = "/" + route.replace("<str:code>", "{code}").replace("^", "").replace("$", "").replace("\\Z", "")
            template = _plain(template)
            action = getattr(view, "actions", {}).get("get")
            options = getattr(view, "initkwargs", {})
            found[name] = Endpoint(name, template, view.cls, action, name in suffixed, options)
    return list(found.values())


ENDPOINTS = _endpoints()
BY_NAME = {endpoint.name: endpoint for endpoint in ENDPOINTS}
# What answers with data in JSON: a page for readers, files and a feed are none, nor are descriptions and a redirect.
DATA = [
    endpoint
    for endpoint in ENDPOINTS
    if endpoint.formats[0] == "json" and endpoint.name not in ("datapackage", "openapi", "release-latest")
]
LISTS = [endpoint for endpoint in DATA if endpoint.enveloped]
STRICT = [endpoint for endpoint in ENDPOINTS if endpoint.name != "docs"]

PROBLEM_FIELDS = ["type", "title", "status", "detail", "instance"]
ERROR_FIELDS = {"parameter", "code", "message", "allowed", "did_you_mean"}


def problem_of(response: Any, status: int) -> Any:
    """The problem document of an answer, which must be one with exactly the contract's fields: `errors` where there are any."""
    assert response.status_code == status, response.content.decode()[:1000]
    assert response["Content-Type"] == "application/problem+json"
    problem = orjson.loads(response.content)
    assert list(problem) == PROBLEM_FIELDS + (["errors"] if "errors" in problem else [])
    assert problem["type"].startswith("urn:hnot:problem:")
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == f"urn:uuid:{response['X-Request-Id']}"
    assert problem.get("errors") != [], "no error is no list of errors"
    for error in problem.get("errors", ()):
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


OF_MONEY = "TRADE_TOTAL,EXPORTS,IMPORTS,GDP,INDUSTRY_OUTPUT,FUND_SIZE,PROJECT_INVESTMENT,TRANSACTION_VALUE"


def in_order(ordering: str) -> dict[str, str]:
    """A question in this order; values are ordered among figures of one dimension only."""
    return {"ordering": ordering, **({"indicator": OF_MONEY} if ordering.removeprefix("-") == "value" else {})}
