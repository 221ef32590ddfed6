"""What is tuned beyond what Django does by itself: of each what it is, why, what it gained, and the setting that turns it off.

Gains are of a small answer (q1 of docs/performance.md), with and without in turn in one process, unless it is said otherwise;
what gained less than two per cent is not here. How the stores are opened stands with them in config/settings.py.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_resolver

from api.addresses import FACES
from config.processors import keep_to_one
from sources.stores import store

# The collector --------------------------------------------------------------------------------------------------------


def collect_seldom() -> None:
    """What is loaded by now stays, so the collector need not look at it again with every few hundred rows of an answer.

    A page of 1,000 rows takes a sixth less, a small answer 3 %. COLLECT_SELDOM=false leaves the collector as Python has it.
    """
    if settings.COLLECT_SELDOM:
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)


# Processors -----------------------------------------------------------------------------------------------------------


def one_processor_a_worker() -> None:
    """Threads that take turns at one interpreter's lock do so at a fifth less cost on one processor than on several, and answer
    a fourth more requests (docs/performance.md).

    With PostgreSQL only, for the work of the store is done elsewhere; SQLite does its own in this process, without the lock.
    Called before threads are started. ONE_PROCESSOR_A_WORKER=false leaves the choice to the system.
    """
    if settings.ONE_PROCESSOR_A_WORKER and store().works_elsewhere:
        keep_to_one()


# Bounds of the store --------------------------------------------------------------------------------------------------


def bound_statements(connection: BaseDatabaseWrapper, **_: object) -> None:
    """What the service asks may not take longer than STATEMENT_SECONDS, nor wait for another's write longer than LOCK_SECONDS;
    commands may. It is said once a connection, which stays open; the two settings raise the bounds.
    """
    with connection.cursor() as cursor:
        store(connection).bound(cursor, settings.STATEMENT_SECONDS, settings.LOCK_SECONDS)


# Around a request -----------------------------------------------------------------------------------------------------

SHORT_PATH = 200  # characters of one that is worth keeping


def short_ways() -> None:
    """What Django does around each request, and which address is meant, is done once where nothing comes of doing it again.

    Connections that failed or are too old are closed before a request, and not after it as well, unless none may stay open; there
    are no caches to close, and queries are kept for DEBUG only: 7 %. A path is looked for among all addresses once: 3 %.
    """
    if not settings.SHORT_WAYS:
        return
    if not settings.DEBUG:
        request_started.disconnect(reset_queries)
    for nothing in (close_caches, reset_urlconf):  # each request begins with setting it
        request_finished.disconnect(nothing)
    if settings.DATABASES["default"]["CONN_MAX_AGE"]:
        request_finished.disconnect(close_old_connections)
    resolver: Any = get_resolver()
    find = resolver.resolve
    kept = lru_cache(maxsize=1000)(find)
    resolver.resolve = lambda path: (kept if len(path) <= SHORT_PATH else find)(path)


# Middlewares ----------------------------------------------------------------------------------------------------------
# SHORT_WAYS=false puts Django's and django-csp's own in the place of these.


class _OfPages:
    """Mixed into a middleware that only pages need: what programs read, which knows no session, passes it by.

    Messages gain 4 % so, sessions and authentication, which needs them, nearly 3 % together.
    """

    get_response: Any  # as each library has it

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(FACES):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class Sessions(_OfPages, SessionMiddleware):
    """Django's, for pages."""


class Authentication(_OfPages, AuthenticationMiddleware):
    """Django's, for pages."""


class Messages(_OfPages, MessageMiddleware):
    """Django's, for pages."""


def one_security_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The content security policy of the settings. It says the same of every answer, and is put together once: 8 %."""
    policy = build_policy(config=settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response[HEADER] = policy
        return response

    return middleware
