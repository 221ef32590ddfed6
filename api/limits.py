"""How often one address may ask, and the headers that say so (IETF draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class AddressThrottle(SimpleRateThrottle):
    """A number of requests per address and time; the standing is left on the request for the headers."""

    scope = "address"
    num_requests: int
    duration: float

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"throttle-address-{self.get_ident(request)}"

    def allow_request(self, request: Request, view: Any) -> bool:
        allowed = super().allow_request(request, view)
        if self.rate is not None:
            remaining = max(0, self.num_requests - len(self.history))
            oldest = self.history[-1] if self.history else self.now
            request._request.rate_limit = (  # type: ignore[attr-defined]
                self.num_requests, int(self.duration), remaining, max(1, int(oldest + self.duration - self.now))
            )  # fmt: skip
        return allowed
