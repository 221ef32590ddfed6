"""How often one address may ask, and the headers that say so (IETF draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

import time
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class AddressThrottle(SimpleRateThrottle):
    """A number of requests per address and time; the standing is left on the request for the headers.

    Counted by the generic cell rate algorithm (ITU-T I.371): one number per address, the time at which its quota would
    be whole again, so that a request costs the same whatever the limit. DRF's own keeps the time of every request.
    """

    scope = "address"
    num_requests: int
    duration: float

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"throttle-address-{self.get_ident(request)}"

    def allow_request(self, request: Request, view: Any) -> bool:
        if self.rate is None:
            return True
        now, cost = time.time(), self.duration / self.num_requests
        key = self.get_cache_key(request, view)
        whole_again = max(cache.get(key, now), now) + cost
        self.excess = whole_again - now - self.duration
        allowed = self.excess <= 1e-6
        if allowed:
            cache.set(key, whole_again, self.duration)
        else:
            whole_again -= cost
        remaining = max(0, int((self.duration - (whole_again - now)) / cost + 1e-6))
        request._request.rate_limit = (  # type: ignore[attr-defined]
            self.num_requests, int(self.duration), remaining, max(1, -int(-(whole_again - now) // 1))
        )  # fmt: skip
        return allowed

    def wait(self) -> float:
        """Seconds until the next request is taken."""
        return self.excess
