"""How often one address may ask, and the headers that say so (IETF draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from api.http.counters import counts
from api.problems import DETAILS, refused

# Where the environ of a question says that whoever asks it in-process was counted already; no header can write there.
COUNTED = "hunan.counted"
IPV6_PREFIX = 64  # what one customer of a network has at least


def client_of(environ: Mapping[str, Any]) -> str:
    """The address that a request counts for: the sender's, behind a proxy the one that the proxy names.

    Of an IPv6 address the network, since one computer has all addresses in it; an IPv4 address in the form of an IPv6 one is
    that IPv4 address.
    """
    named = environ.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    text = named.rpartition(",")[2].strip() or environ.get("REMOTE_ADDR", "")
    if ":" not in text:
        return str(text)
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return str(text)
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Address(int(address) >> IPV6_PREFIX << IPV6_PREFIX))


class Allowance(NamedTuple):
    """How an address stands after a request: whether that was allowed, and what the headers say of its quota."""

    allowed: bool
    wait: float  # seconds until the next request is taken
    quota: int
    window: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"address";q={self.quota};w={self.window}',
            "RateLimit": f'"address";r={self.remaining};t={self.reset}',
        }


class AddressThrottle(SimpleRateThrottle):
    """A number of requests per address and time; the standing is left on the request for the headers."""

    scope = "address"
    num_requests: int
    duration: float

    def allow_request(self, request: Request, view: object) -> bool:
        return COUNTED in request.META or self.count(request._request)

    def count(self, request: HttpRequest) -> bool:
        """Counts a request; whether it is allowed."""
        standing = self.standing(request.META)
        if standing is None:
            return True
        self.excess, request.rate_limit = standing.wait, standing  # type: ignore[attr-defined]
        return standing.allowed

    def standing(self, environ: Mapping[str, Any]) -> Allowance | None:
        """Counts a request by its environ; None where nothing is limited."""
        if self.rate is None:
            return None
        cost = self.duration / self.num_requests
        allowed, whole_in = counts().take(client_of(environ), cost, self.duration)
        return Allowance(
            allowed, max(0.0, whole_in + cost - self.duration), self.num_requests, int(self.duration),
            remaining=max(0, int((self.duration - whole_in) / cost + 1e-6)), reset=max(1, math.ceil(whole_in)),
        )  # fmt: skip

    def wait(self) -> float:
        """Seconds until the next request is taken."""
        return self.excess


def one_too_many(request: HttpRequest) -> HttpResponse | None:
    """The refusal of a request that is one too many. What is no view of the API and costs something, readiness and signing in, is
    counted here.
    """
    path = request.path_info
    if path != "/readyz" and (path != "/admin/login/" or request.method != "POST"):
        return None
    throttle = AddressThrottle()
    return None if throttle.count(request) else refused(request, 429, DETAILS[429], throttle.excess)
