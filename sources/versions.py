"""The data version: the newest release's number and digest. It is in every ETag and tells memory caches when to reload."""

import time

from sources.models import Release

# A release becomes visible to a running process within this time; the process that publishes sees it at once.
SECONDS = 1.0

_cached: tuple[float, str] | None = None


def data_version() -> str:
    """`{version}-{first 12 of the digest}` of the newest release, or `none`. At most SECONDS old."""
    global _cached
    now = time.monotonic()
    if _cached is None or now - _cached[0] > SECONDS:
        newest = Release.objects.published().values_list("version", "digest").first()
        _cached = (now, f"{newest[0]}-{newest[1][:12]}" if newest else "none")
    return _cached[1]


def forget_data_version() -> None:
    """Ask the store again at the next call: something was published in this process."""
    global _cached
    _cached = None
