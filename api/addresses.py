"""Where the service is reached, as whoever asks sees it: every address in an answer is absolute.

It is right behind a proxy with another host, with https and below a path: the settings say which proxy is believed, and the server
has told Django the path that it is mounted at (SCRIPT_NAME, config/mounting.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus, urlencode

from django.http import HttpRequest
from django.urls import reverse
from rest_framework.request import Request

API = "/api/v1"
PXWEB = "/pxweb/"
MCP = "/mcp"
FACES = ("/api/", "/sdmx/", PXWEB, "/.well-known/", MCP)  # what programs read, all by the same rules
CATALOG = f"{API}/catalog.jsonld"


HOST = "hunan.host"  # where the environ of a request has its scheme and host, once they are known; no header can write there


def host_of(request: HttpRequest | Request) -> str:
    """Scheme and host, without a slash at the end. Django judges the host anew each time that it is asked; this is judged once."""
    known: str | None = request.META.get(HOST)
    if known is None:
        known = request.META[HOST] = f"{request.scheme}://{request.get_host()}"
    return known


def base_of(request: HttpRequest | Request) -> str:
    """Scheme, host and the path that the service is mounted at, without a slash at the end."""
    return host_of(request) + str(request.META.get("SCRIPT_NAME", "")).rstrip("/")


def address_of(request: HttpRequest | Request, route: str, *names: object) -> str:
    """The address of an endpoint of the API by its name in api/urls.py; `names` are the parts of its path."""
    return host_of(request) + reverse(f"v1:{route}", args=names)


SHORT = 100  # characters of a text that is worth keeping
_kept = lru_cache(maxsize=1000)(quote_plus)


def _quoted(text: str, safe: str, encoding: str | None = None, errors: str | None = None) -> str:
    return (_kept if len(text) <= SHORT else quote_plus)(text, safe, encoding, errors)


def query_of(pairs: Iterable[tuple[str, str]]) -> str:
    """A query string. The same names and codes come again and again, and are quoted once."""
    return urlencode(list(pairs), quote_via=_quoted)  # type: ignore[arg-type]  # texts are all that it quotes


ANYTHING = "0" * 15  # fits every pattern of a code, of an id and of a version
KEPT_IN_PATHS = "!$&'()*+,;=/~:@"  # as Django's reverse keeps them
# Of most names; to quote them would take ten times as long.
STANDS_AS_IT_IS = re.compile(r"[\w.~:-]*", re.ASCII).fullmatch


def addresses_of(request: HttpRequest | Request, route: str) -> Callable[[object], str]:
    """What gives the address of an endpoint (the name of its route) by a code or id, for many of these: its pattern is looked up once."""
    before, _, after = address_of(request, route, ANYTHING).rpartition(ANYTHING)

    def address(name: object) -> str:
        text = str(name)
        return f"{before}{text if STANDS_AS_IT_IS(text) else quote(text, safe=KEPT_IN_PATHS)}{after}"

    return address
