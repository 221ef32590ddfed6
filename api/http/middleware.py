"""What every request passes through: an id, problems for what no view answers, language, and conditional answers."""

from __future__ import annotations

import datetime
import hashlib
import re
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import cast
from urllib.parse import unquote_to_bytes

from corsheaders.middleware import ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, CorsMiddleware
from django.conf import settings
from django.db import connection
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.encoding import escape_uri_path
from django.utils.http import http_date, parse_etags, parse_http_date_safe
from django.views import View
from django_http_compression.middleware import HttpCompressionMiddleware, best_coding

from api.addresses import FACES, MCP, PXWEB, base_of, host_of, query_of
from api.http.limits import one_too_many
from api.http.refusals import NUMBER, refused_by_server
from api.problems import UNREACHABLE, ParameterError, for_people, problem_response, told, unavailable
from curation import failures
from indicators.labels import labels
from sources.bilingual import DJANGO_LANGUAGES, both, language_accepted, language_of
from sources.versions import data_version, newest_release

PROBES = ("/healthz", "/readyz")
NAMES_OF_HEADERS = re.compile(r"[\w!#$%&'*+.^`|~-]+(, *[\w!#$%&'*+.^`|~-]+)*", re.ASCII)

Answer = Callable[[HttpRequest], HttpResponse]


@lru_cache(maxsize=500)
def _varying(vary: str | None, header: str) -> str:
    varied = HttpResponse(headers={} if vary is None else {"Vary": vary})
    patch_vary_headers(varied, (header,))
    return varied["Vary"]


def vary(response: HttpResponseBase, header: str) -> None:
    """Say that an answer depends on this header as well: what Django does, which is worked out once for what was said before."""
    response.headers["Vary"] = _varying(response.headers.get("Vary"), header)


class Common(CommonMiddleware):
    """Django's; but who asks whether the service is well may call it by any name, and what has no content has no length."""

    def process_request(self, request: HttpRequest) -> None:
        """Judges the host, which is all that Django's does by these settings. Raises DisallowedHost."""
        if request.path_info not in PROBES:
            host_of(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if response.status_code == 304 else super().process_response(request, response)


def request_id(get_response: Answer) -> Answer:
    """A number for each request, in the answer's header, in every problem's `instance` and in the log.

    One that is answered a second time, since the server could not send what was made first, keeps its number.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request.request_id = request.META.setdefault(NUMBER, str(uuid.uuid4()))  # type: ignore[attr-defined]
        response = get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response

    return middleware


class Compression(HttpCompressionMiddleware):
    """The library's, which knows no types of SDMX, nor that an answer varies also where it is not compressed.

    A 304 has no content to compress, and says what the answer would that it stands for: a weak ETag where that was compressed.
    """

    content_type_re = re.compile(
        rf"{HttpCompressionMiddleware.content_type_re.pattern} | ^application/vnd\.sdmx\.", re.VERBOSE | re.IGNORECASE
    )

    def maybe_compress(self, request: HttpRequest, response: HttpResponseBase) -> None:
        vary(response, "Accept-Encoding")
        if response.status_code == 206:  # bytes of what is not compressed
            return
        if response.status_code != 304:
            super().maybe_compress(request, response)
            return
        tag = response.get("ETag", "")
        asked = parse_etags(request.headers.get("If-None-Match", ""))
        if f"W/{tag}" in asked and best_coding(request.headers.get("Accept-Encoding", "")) != "identity":
            response["ETag"] = f"W/{tag}"


class PermanentRedirect(HttpResponsePermanentRedirect):
    """308: as 301, and the method stays."""

    status_code = 308


class CrossOrigin(CorsMiddleware):
    """CORS for reading, with whatever headers a browser sends; PxWeb's data and agents ask by POST as well."""

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().add_response_headers(request, response)
        if ACCESS_CONTROL_ALLOW_HEADERS in response:
            wanted = request.headers.get("Access-Control-Request-Headers", "")
            response[ACCESS_CONTROL_ALLOW_HEADERS] = wanted if NAMES_OF_HEADERS.fullmatch(wanted) else "*"
            vary(response, "Access-Control-Request-Headers")
        if request.path_info.startswith((PXWEB, MCP)) and ACCESS_CONTROL_ALLOW_METHODS in response:
            response[ACCESS_CONTROL_ALLOW_METHODS] += ", POST"
        return response


def without_view(get_response: Answer) -> Answer:
    """What is answered before any view is looked for: what the server refuses, what is one too many, and what is no question."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return refused_by_server(request) or one_too_many(request) or no_question(request) or get_response(request)

    return middleware


def no_question(request: HttpRequest) -> HttpResponse | None:
    """Queries that are too long or no text are refused; a trailing slash below FACES redirects to the address without it."""
    path, query = request.path_info, request.META.get("QUERY_STRING", "")
    if len(query) > settings.MAX_QUERY_LENGTH:
        return told(request, 414, failures.TOO_LONG)
    if ("%" in query or not query.isascii()) and (broken := broken_parameters(query)):
        return told(request, 400, failures.BAD_REQUEST, broken)
    if "\0" in path:  # which no store can be asked for
        return told(request, 404, failures.NOT_FOUND)
    if path.startswith(FACES) and path.endswith("/") and path.strip("/"):
        address = f"{base_of(request)}/{escape_uri_path(path.strip('/'))}"
        return PermanentRedirect(f"{address}?{query}" if query else address)
    return None


def broken_parameters(query: str) -> list[ParameterError]:
    """The parameters of a query string, as WSGI has it, that are no UTF-8: what else they were meant to be nobody knows."""
    errors = []
    for pair in query.split("&"):
        try:
            unquote_to_bytes(pair.encode("latin-1")).decode()
        except UnicodeDecodeError:
            name = unquote_to_bytes(pair.partition("=")[0].encode("latin-1")).decode(errors="replace")
            message = both("不是 UTF-8 编码的文字", "is no text in UTF-8")
            errors.append(ParameterError(name, "malformed", message))
    return errors


class Options:
    """OPTIONS: which methods an address takes, whatever else it would ask of a request."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: object, kwargs: object) -> HttpResponse | None:
        """The answer, once the address has been found to be one."""
        if request.method != "OPTIONS":
            return None
        return HttpResponse(headers={"Allow": ", ".join(methods_of(request, view)), "Cache-Control": "no-store"})


def methods_of(request: HttpRequest, view: View) -> list[str]:
    """The methods that a view takes. Those of the admin take forms as well; those that are no classes are for reading."""
    if for_people(request):
        return ["GET", "HEAD", "POST", "OPTIONS"]
    kind = getattr(view, "cls", None)
    taken = getattr(view, "actions", None) or [name for name in ("get", "post") if hasattr(kind, name)] or ["get"]
    return [
        method
        for method in ("GET", "HEAD", "POST", "OPTIONS")
        if method == "OPTIONS" or method.lower().replace("head", "get") in taken
    ]


def language(get_response: Answer) -> Answer:
    """The language of the answer: `lang`, else Accept-Language, else Chinese; pages remember `lang` in a cookie."""
    of_pages = LocaleMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("lang", "")
        if for_people(request):
            if connection.connection is not None and not connection.is_usable():
                connection.close()
            if wishes := request.META.get(
                "HTTP_ACCEPT_LANGUAGE"
            ):  # which Django reads without what a weight of 0 means
                request.META["HTTP_ACCEPT_LANGUAGE"] = DJANGO_LANGUAGES[language_accepted(wishes)]
            return _page_in_language(request, asked)
        spoken = language_of(asked) or language_accepted(request.headers.get("Accept-Language", ""))
        chosen = DJANGO_LANGUAGES[spoken]
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = get_response(request)
            response.setdefault("Content-Language", spoken)
        vary(response, "Accept-Language")
        return response

    def _page_in_language(request: HttpRequest, asked: str) -> HttpResponse:
        spoken = language_of(asked)
        if spoken is None or request.method != "GET":
            return cast("HttpResponse", of_pages(request))
        kept = request.GET.copy()
        del kept["lang"]  # to the admin's lists it would be a filter
        response = HttpResponseRedirect(f"{request.path}?{kept.urlencode()}" if kept else request.path)
        name, value = settings.LANGUAGE_COOKIE_NAME, DJANGO_LANGUAGES[spoken]
        response.set_cookie(name, value, samesite="Lax", secure=settings.HTTPS)
        return response

    return middleware


def canonical_query(request: HttpRequest) -> str:
    """The query with its parameters in order, each once: two spellings of one question are one question."""
    return query_of(sorted((name, ",".join(texts)) for name, texts in request.GET.lists()))


CURRENT = (200, 206, 304)  # answers that are of one state of the data


def conditional(get_response: Answer) -> Answer:
    """A strong ETag of data version, query, format and language; a current one is answered 304 before any data query.

    All other conditions (RFC 9110, 13.1) are judged by the answer that there is: what is no answer meets none.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(FACES):
            return get_response(request)
        response = _read(request, get_response) if request.method in ("GET", "HEAD") else get_response(request)
        _say_rate_limit(request, response)
        return response

    return middleware


def _read(request: HttpRequest, get_response: Answer) -> HttpResponse:
    """What a question is answered, with what leads on from there."""
    response = _answer_or_503(request, get_response)
    if getattr(response, "unreachable", False) and not connection.in_atomic_block:
        # The store may have closed this thread's connection, as a restart of it does. To be asked twice then costs
        # less than to ask before every request whether the connection still stands.
        connection.close()
        response = _answer_or_503(request, get_response)
    if response.status_code not in CURRENT:
        response["Cache-Control"] = "no-store"
    vary(response, "Accept")
    _link(request, response)
    return response


def _answer_or_503(request: HttpRequest, get_response: Answer) -> HttpResponse:
    try:
        return _judged_answer(request, get_response)
    except UNREACHABLE:
        return unavailable(request)


def _judged_answer(request: HttpRequest, get_response: Answer) -> HttpResponse:
    """The answer or, where the caller has it or forbids it by a condition, 304 or 412."""
    etag = request.etag = _etag(request)  # type: ignore[attr-defined]
    conditions = [name for name in CONDITIONS if name in request.META]
    if conditions and conditions[0] == NONE_MATCH and etag in strong(request.META[NONE_MATCH]):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = get_response(request)
    if response.status_code in CURRENT:
        _say_state(request, response, etag)
    return _judged(request, response) if conditions else response


def _say_state(request: HttpRequest, response: HttpResponse, etag: str) -> None:
    """Set the ETag of an answer, and the `Cache-Control` that says for how long it may be kept."""
    if getattr(request, "is_behind", False) or getattr(request, "is_counted", False):
        # Of an older release than the one that the ETag would name; or to be counted each time that it is asked for.
        response["Cache-Control"] = "no-store"
        return
    response.setdefault("ETag", etag)  # a file has its own, and stays what it is when other things change
    response.setdefault("Cache-Control", freshness(request))
    if published := newest_release().published_at:
        response.setdefault("Last-Modified", _http_date(published))


NONE_MATCH = "HTTP_IF_NONE_MATCH"
CONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE", NONE_MATCH, "HTTP_IF_MODIFIED_SINCE")  # as they are judged


def strong(tags: str) -> set[str]:
    """The ETags of a header, without what makes them weak."""
    return {tag.removeprefix("W/") for tag in parse_etags(tags)}


def _judged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer, or what the conditions of the request make of it: 304, or a 412 that says so."""
    modified = parse_http_date_safe(response.get("Last-Modified", ""))
    judged = cast("HttpResponse", get_conditional_response(request, response.get("ETag"), modified, response))
    if judged is response:
        return response
    response.close()
    return problem_response(request, 412) if judged.status_code == 412 else judged


@lru_cache(maxsize=1)
def _http_date(at: datetime.datetime) -> str:
    return http_date(at.timestamp())


# For how long an answer may be taken for current. A release is so seen everywhere within a minute; what is pinned to one changes
# by its names only, and what is kept of one not at all.
FRESH = "public, max-age=30, stale-while-revalidate=30"
PINNED = "public, max-age=3600"
KEPT = {"zip": "public, max-age=31536000, immutable", "parquet": f"{PINNED}, immutable"}  # in Parquet there are names
FILE_OF_A_RELEASE = re.compile(r"/api/v1/releases/[^/]+/download[.](zip|parquet)")


def freshness(request: HttpRequest) -> str:
    """The `Cache-Control` of an answer, by what was asked."""
    if file := FILE_OF_A_RELEASE.fullmatch(request.path_info):
        return KEPT[file[1]]
    return PINNED if is_pinned(request) else FRESH


def is_pinned(request: HttpRequest) -> bool:
    """Whether an answer is of a named release."""
    return "as_of" in request.GET and request.GET["as_of"] in labels().releases.key


# Pinned figures as JSON or CSV hold nothing of other releases but names; other formats, and these parameters, add what may change.
FIGURES_ALONE = ("/api/v1/observations", "/api/v1/observations.json", "/api/v1/observations.csv")
ADDING = {"detail", "fields", "include", "format", "history", "updated_after", "transform", "unit", "cursor"}


def state_of(request: HttpRequest) -> str:
    """The state of the data that an answer is of: the data version, or only the names where nothing else may change."""
    accept = request.META.get("HTTP_ACCEPT", "*/*")
    alone = request.path_info in FIGURES_ALONE[accept not in ("*/*", "application/json") :]
    if alone and is_pinned(request) and ADDING.isdisjoint(request.GET):
        return labels().mark
    return data_version()


def _etag(request: HttpRequest) -> str:
    """Of the day as well: what is so today (a place exists, a measure is in force) may not be so tomorrow."""
    parts = (
        settings.VERSION, state_of(request), request.path_info, canonical_query(request), request.LANGUAGE_CODE[:2],
        request.headers.get("Accept", "*/*"), timezone.localdate().isoformat(),
    )  # fmt: skip
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
    return f'"{digest}"'


@lru_cache(maxsize=100)
def _links(base: str) -> str:
    return (
        f'<{settings.DATA_LICENCE["url"]}>; rel="license"'
        f', <{base}/api/v1/openapi.json>; rel="service-desc"; type="application/vnd.oai.openapi+json"'
        f', <{base}/api/v1/catalog.jsonld>; rel="describedby"; type="application/ld+json"'
    )


def _link(request: HttpRequest, response: HttpResponse) -> None:
    own, links = response.get("Link"), _links(base_of(request))
    response["Link"] = f"{own}, {links}" if own else links


def _say_rate_limit(request: HttpRequest, response: HttpResponse) -> None:
    if standing := getattr(request, "rate_limit", None):
        for name, text in standing.headers().items():
            response[name] = text
