"""What the service says of itself: its root, its limits and licence, its health."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, wraps
from threading import Lock

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from api.addresses import address_of, base_of
from api.formats.json import to_json
from api.formats.jsonstat import MOST_CELLS
from api.formats.xlsx import MOST_ROWS
from api.http.examples import HOST
from api.http.filters import read_parameters
from api.http.tags import SERVICE
from api.problems import problem_response
from sources.bilingual import LANGUAGES, both, language
from sources.versions import data_version


def reading_only(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The view for GET and HEAD; other verbs are told so."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return view(request)
        response = problem_response(request, 405)
        response["Allow"] = "GET, HEAD, OPTIONS"
        return response

    return guarded


@reading_only
def health(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse(to_json({"status": "ok"}), content_type="application/json")


@reading_only
def readiness(request: HttpRequest) -> HttpResponse:
    """200 where the store answers and all migrations are in, with the version of the data (`none` of an empty store); else 503 that
    says which is not.
    """
    checks = {"database": False, "migrations": False}
    try:
        connection.ensure_connection()
        checks["database"] = True
        executor = MigrationExecutor(connection)
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        pass
    ready = all(checks.values())
    data = data_version() if ready else None
    content = {"status": "ready" if ready else "not ready", "checks": checks, "data": data}
    return HttpResponse(to_json(content), status=200 if ready else 503, content_type="application/json")


class RootView(APIView):
    """Where everything is. `names` are those of the endpoints whose address takes no code."""

    names: Sequence[str] = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, **kwargs: object) -> Response:
        read_parameters(request, {})
        return Response({name: reverse(f"v1:{name}", request=request) for name in self.names})


@reading_only
def home(request: HttpRequest) -> HttpResponse:
    """What stands at the root of the host: the documentation."""
    return HttpResponseRedirect(address_of(request, "docs"))


class ConfigView(APIView):
    """Version, data version, languages, licence and limits."""

    chinese = {
        "get": "版本、数据版本、语言、许可和限额。",
    }
    tag = SERVICE
    summaries = {"get": both("版本、许可与限制", "Version, licence and limits")}

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
    def get(self, request: Request, **kwargs: object) -> Response:
        read_parameters(request, {})
        limits = {
            "rate": settings.RATE_LIMIT, "values_per_parameter": 100, "page_size": 1000, "cursor_page_size": 10_000,
            "query_length": settings.MAX_QUERY_LENGTH, "xlsx_rows": MOST_ROWS, "jsonstat_cells": MOST_CELLS,
        }  # fmt: skip
        content = {"version": settings.VERSION, "data_version": data_version(), "languages": LANGUAGES}
        return Response({**content, "licence": settings.DATA_LICENCE, "limits": limits})


_describing = Lock()


class DescriptionView(SpectacularAPIView):
    """The OpenAPI description of all endpoints."""

    renderer_classes = [JSONRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: object, **kwargs: object) -> HttpResponse:
        read_parameters(request, {})
        with _describing:  # the generator keeps what it has found where every thread finds it
            described = self._description(language())
        content = described.replace(HOST.encode(), base_of(request).encode())
        headers = {"Content-Disposition": f'inline; filename="{self._get_filename(request, None)}"'}
        return HttpResponse(content, content_type=JSONRenderer.media_type, headers=headers)

    @classmethod
    @cache
    def _description(cls, spoken: str) -> bytes:
        """The description in a language, which is the same for everybody but for where the service is reached: HOST stands for that."""
        described = dict(cls.generator_class().get_schema(request=None, public=True))
        return to_json({**described, "servers": [{"url": HOST, "description": "This host"}]})


OTHER = {"zh": ("en", "English"), "en": ("zh", "中文")}


class DocumentationView(SpectacularSwaggerSplitView):
    """The description as a page for readers, in their language, with the switch to the other one and the licence of the data."""

    template_name = "api/docs.html"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        response: Response = super().get(request, *args, **kwargs)
        if response.template_name != self.template_name:
            return response  # the script
        spoken, licence = language(), settings.DATA_LICENCE
        other, other_name = OTHER[spoken]
        response.data |= {
            "spoken": spoken, "other": other, "other_name": other_name, "other_href": f"{request.path}?lang={other}",
            "title": str(both("湖南开放型经济数据：接口文档", "Hunan Open Trade Data: the API")),
            "about": str(both(
                "湖南开放型经济的指标、政策措施，以及每个数字的出处。点开任一地址，可直接试问。",
                "Indicators and policy measures of Hunan's open economy, and the phrase behind every figure. Open an address to try it.",
            )),
            "licence": licence,
            "licence_says": str(both(f"数据许可：{licence['name']}", f"Licence of the data: {licence['name']}")),
            "page_css": static("api/docs.css"), "icon": static("curation/icon.svg"), "schema_href": f"openapi.json?lang={spoken}",
        }  # fmt: skip
        return response
