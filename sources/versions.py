"""The data version: the newest release's number and digest. It is in every ETag and tells memory caches when to reload."""

from __future__ import annotations

import datetime
import time
from typing import NamedTuple

from sources.models import Release

# A release becomes visible to a running process within this time; the process that publishes sees it at once.
SECONDS = 1.0


class Newest(NamedTuple):
    """What is to be known of the newest release: its mark, `none` where there is no release, its version, and when it was
    published.
    """

    mark: str
    version: str | None
    published_at: datetime.datetime | None


_cached: tuple[float, Newest] | None = None


def newest_release() -> Newest:
    """The newest release, as it was at most SECONDS ago."""
    global _cached
    known = newest_known()
    if known is None:
        now = time.monotonic()
        release = Release.objects.published().values_list("version", "digest", "published_at").first()
        known = (
            Newest(f"{release[0]}-{release[1][:12]}", release[0], release[2]) if release else Newest("none", None, None)
        )
        _cached = (now, known)
    return known


def newest_known() -> Newest | None:
    """The newest release where it was asked for within SECONDS, so that the store need not be; else None."""
    cached = _cached
    return cached[1] if cached and time.monotonic() - cached[0] <= SECONDS else None


def data_version() -> str:
    """`{version}-{first 12 of the digest}` of the newest release, or `none`. At most SECONDS old."""
    return newest_release().mark


def is_newest(version: str) -> bool:
    """Whether this is the newest release now, whatever this process remembers."""
    forget_data_version()
    return newest_release().version == version


def forget_data_version() -> None:
    """Ask the store again at the next call: something was published in this process."""
    global _cached
    _cached = None
