"""What the service says of itself: its root, its limits and licence, its health."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from api.formats.jsonstat import MOST_CELLS
from api.formats.xlsx import MOST_ROWS
from api.problems import problem_response
from api.renderers import to_json
from api.strict import read_parameters
from sources.bilingual import LANGUAGES
from sources.versions import data_version


def reading_only(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The view for GET and HEAD; other verbs are told so."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request)
        response = problem_response(request, 405)
        response["Allow"] = "GET, HEAD"
        return response

    return guarded


@reading_only
def health(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse(to_json({"status": "ok"}), content_type="application/json")


@reading_only
def readiness(request: HttpRequest) -> HttpResponse:
    """200 where the store answers and all migrations are in; else 503 that says which is not."""
    checks = {"database": False, "migrations": False}
    try:
        connection.ensure_connection()
        checks["database"] = True
        executor = MigrationExecutor(connection)
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        pass
    ready = all(checks.values())
    content = {"status": "ready" if ready else "not ready", "checks": checks}
    return HttpResponse(to_json(content), status=200 if ready else 503, content_type="application/json")


ENDPOINTS = (
    "region-list", "topic-list", "unit-list", "classification-list", "indicator-list", "observation-list",
    "series-list", "availability-list", "ranking-list", "compare-list",
    "check-list", "target-list", "concentration-list", "specialisation-list", "openness-list",
    "tier-list", "source-list", "citation-list", "release-list", "release-feed", "document-list",
    "domain-list", "measure-list", "measure-counts", "match-list", "graph-list", "replication-list",
    "resolve-list", "search-list", "cite-list", "catalog", "datapackage", "config", "openapi", "docs",
)  # fmt: skip


class RootView(APIView):
    """Where everything is."""

    @extend_schema(exclude=True)
    def get(self, request: Request, **kwargs: Any) -> Response:
        read_parameters(request, {})
        return Response({name: reverse(f"v1:{name}", request=request) for name in ENDPOINTS})


class ConfigView(APIView):
    """Version, data version, languages, licence and limits."""

    @extend_schema(
        operation_id="config",
        responses={
            200: {
                "type": "object",
                "required": ["version", "data_version", "languages", "licence", "limits"],
                "properties": {
                    "version": {"type": "string"},
                    "data_version": {"type": "string"},
                    "languages": {"type": "array", "items": {"type": "string"}},
                    "licence": {"type": "object", "additionalProperties": {"type": "string"}},
                    "limits": {"type": "object", "additionalProperties": True},
                },
            }
        },
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        read_parameters(request, {})
        limits = {
            "rate": settings.RATE_LIMIT, "values_per_parameter": 100, "page_size": 1000, "cursor_page_size": 10_000,
            "query_length": settings.MAX_QUERY_LENGTH, "xlsx_rows": MOST_ROWS, "jsonstat_cells": MOST_CELLS,
        }  # fmt: skip
        content = {"version": settings.VERSION, "data_version": data_version(), "languages": LANGUAGES}
        return Response({**content, "licence": settings.DATA_LICENCE, "limits": limits})


class DescriptionView(SpectacularAPIView):
    """The OpenAPI description of all endpoints."""

    renderer_classes = [JSONRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        read_parameters(request, {})
        return super().get(request, *args, **kwargs)


class DocumentationView(SpectacularSwaggerSplitView):
    """The description as a page for readers."""

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return HttpResponse()  # Allow is among the headers of every answer; the template is for GET
