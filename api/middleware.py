"""What every request passes through: an id, problems for what no view answers, language, and conditional answers."""

from __future__ import annotations

import datetime
import hashlib
import re
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlencode

from corsheaders.middleware import ACCESS_CONTROL_ALLOW_METHODS, CorsMiddleware
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_etags
from django_http_compression.middleware import HttpCompressionMiddleware

from api.problems import UNREACHABLE, for_people, problem_response, unavailable
from sources.bilingual import LANGUAGES
from sources.bilingual import language as active_language
from sources.versions import data_version, newest_release

PXWEB = "/pxweb/"
FACES = ("/api/", "/sdmx/", PXWEB, "/.well-known/")  # what programs read, all by the same rules
DJANGO_LANGUAGES = {"zh": "zh-hans", "en": "en"}

Answer = Callable[[HttpRequest], HttpResponse]


class _OfPages:
    """Mixed into a middleware that only pages need: what programs read, which knows no session, passes it by."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(FACES):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class Sessions(_OfPages, SessionMiddleware):
    """Django's, for pages."""


class Authentication(_OfPages, AuthenticationMiddleware):
    """Django's, for pages."""


class Messages(_OfPages, MessageMiddleware):
    """Django's, for pages."""


def request_id(get_response: Answer) -> Answer:
    """A number for each request, in the answer's header and in every problem's `instance`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.request_id = str(uuid.uuid4())  # type: ignore[attr-defined]
        response = get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response

    return middleware


class Compression(HttpCompressionMiddleware):
    """The library's, which knows no types of SDMX."""

    content_type_re = re.compile(
        rf"{HttpCompressionMiddleware.content_type_re.pattern} | ^application/vnd\.sdmx\.", re.VERBOSE | re.IGNORECASE
    )


class PermanentRedirect(HttpResponsePermanentRedirect):
    """308: as 301, and the method stays."""

    status_code = 308


class CrossOrigin(CorsMiddleware):
    """CORS for reading; PxWeb's data are asked for by POST as well."""

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().add_response_headers(request, response)
        if request.path_info.startswith(PXWEB) and ACCESS_CONTROL_ALLOW_METHODS in response:
            response[ACCESS_CONTROL_ALLOW_METHODS] += ", POST"
        return response


def content_security(get_response: Answer) -> Answer:
    """The content security policy of the settings. It says the same of every answer, so it is put together once."""
    policy = build_policy(config=settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response[HEADER] = policy
        return response

    return middleware


def problems(get_response: Answer) -> Answer:
    """Over-long queries are refused; a trailing slash below FACES redirects to the address without it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if len(request.META.get("QUERY_STRING", "")) > settings.MAX_QUERY_LENGTH:
            return problem_response(request, 414)
        path = request.path_info
        if path.startswith(FACES) and path.endswith("/") and path.strip("/"):
            query = request.META.get("QUERY_STRING", "")
            return PermanentRedirect("/" + path.strip("/") + (f"?{query}" if query else ""))
        return get_response(request)

    return middleware


def language(get_response: Answer) -> Answer:
    """The language of the answer: `lang`, else Accept-Language, else Chinese; pages remember `lang` in a cookie."""
    of_pages = LocaleMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("lang", "")
        if for_people(request):
            if connection.connection is not None and not connection.is_usable():
                connection.close()
            return _page_in_language(request, asked)
        request.COOKIES.pop(settings.LANGUAGE_COOKIE_NAME, None)  # of the pages; an answer depends on what it varies by
        chosen = DJANGO_LANGUAGES[asked] if asked in LANGUAGES else translation.get_language_from_request(request)
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = get_response(request)
            response.setdefault("Content-Language", active_language())
        patch_vary_headers(response, ("Accept-Language",))
        return response

    def _page_in_language(request: HttpRequest, asked: str) -> HttpResponse:
        if asked not in LANGUAGES or request.method != "GET":
            return cast("HttpResponse", of_pages(request))
        kept = request.GET.copy()
        del kept["lang"]  # to the admin's lists it would be a filter
        response = HttpResponseRedirect(f"{request.path}?{kept.urlencode()}" if kept else request.path)
        name, value = settings.LANGUAGE_COOKIE_NAME, DJANGO_LANGUAGES[asked]
        response.set_cookie(name, value, samesite="Lax", secure=settings.HTTPS)
        return response

    return middleware


def canonical_query(request: HttpRequest) -> str:
    """The query with its parameters in order: two spellings of one question are one question."""
    return urlencode(sorted((name, text) for name, texts in request.GET.lists() for text in texts))


CURRENT = (200, 206, 304)  # answers that are of one state of the data


def conditional(get_response: Answer) -> Answer:
    """A strong ETag of data version, query, format and language; a current one is answered 304 before any data query."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(FACES) or request.method not in ("GET", "HEAD"):
            return get_response(request)
        response = _answer_or_503(request)
        if response.status_code == 503 and not connection.in_atomic_block:
            # The store may have closed this thread's connection, as a restart of it does. To be asked twice then costs
            # less than to ask before every request whether the connection still stands.
            connection.close()
            response = _answer_or_503(request)
        if response.status_code not in CURRENT:
            response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ("Accept",))
        _link(response)
        _say_rate_limit(request, response)
        return response

    def _answer_or_503(request: HttpRequest) -> HttpResponse:
        try:
            return _answer(request)
        except UNREACHABLE:
            return unavailable(request)

    def _answer(request: HttpRequest) -> HttpResponse:
        etag = request.etag = _etag(request)  # type: ignore[attr-defined]
        asked = request.headers.get("If-None-Match", "").strip()
        if asked and etag in {tag.removeprefix("W/") for tag in parse_etags(asked)}:
            response = _not_modified()
        else:
            response = get_response(request)
            if asked == "*" and response.status_code == 200:
                response = _not_modified()
        if response.status_code in CURRENT:
            response.setdefault("ETag", etag)  # a file has its own, and stays what it is when other things change
            response.setdefault("Cache-Control", "public, no-cache")
            if published := newest_release().published_at:
                response.setdefault("Last-Modified", _http_date(published))
        return response

    return middleware


@lru_cache(maxsize=1)
def _http_date(at: datetime.datetime) -> str:
    return http_date(at.timestamp())


def _not_modified() -> HttpResponse:
    response = HttpResponse(status=304)
    del response["Content-Type"]
    return response


def _etag(request: HttpRequest) -> str:
    """Of the day as well: what is so today (a place exists, a measure is in force) may not be so tomorrow."""
    parts = (
        settings.VERSION, data_version(), request.path_info, canonical_query(request), active_language(),
        request.headers.get("Accept", "*/*"), timezone.localdate().isoformat(),
    )  # fmt: skip
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    return f'"{digest}"'


LINKS = (
    f'<{settings.DATA_LICENCE["url"]}>; rel="license"'
    ', </api/v1/openapi.json>; rel="service-desc"; type="application/vnd.oai.openapi+json"'
    ', </api/v1/catalog.jsonld>; rel="describedby"; type="application/ld+json"'
)


def _link(response: HttpResponse) -> None:
    own = response.get("Link")
    response["Link"] = f"{own}, {LINKS}" if own else LINKS


def _say_rate_limit(request: HttpRequest, response: HttpResponse) -> None:
    if standing := getattr(request, "rate_limit", None):
        quota, window, remaining, reset = standing
        response["RateLimit-Policy"] = f'"address";q={quota};w={window}'
        response["RateLimit"] = f'"address";r={remaining};t={reset}'
