"""How much of its quota each caller has used, counted together by all workers of a machine, or of several through Redis.

Counted by the generic cell rate algorithm (ITU-T I.371): one number a caller, the time at which its quota would be whole again, so
that a request costs the same whatever the limit.
"""

from __future__ import annotations

import fcntl
import logging
import mmap
import os
import struct
import threading
import time
from functools import cache
from hashlib import blake2b
from typing import NamedTuple, Protocol

from django.conf import settings

logger = logging.getLogger(__name__)

SLOT = struct.Struct("=16sd")  # whose number, and the number
SLOTS = 8  # in a bucket
BUCKETS = 8192
BUCKET_BYTES = SLOT.size * SLOTS
CLOSE_ENOUGH = 1e-6
REDIS_SECONDS = 0.25
REDIS_PAUSE = 5.0


class Count(NamedTuple):
    """How a caller stands after a request: whether that was allowed, and in how many seconds its quota is whole again."""

    allowed: bool
    whole_in: float


class Counts(Protocol):
    """Where the numbers are kept."""

    def take(self, caller: str, cost: float, window: float) -> Count:
        """Count one request, which costs so many seconds of a window; one that is refused costs nothing."""
        ...


def _after(whole_again: float, now: float, cost: float, window: float) -> tuple[bool, float]:
    """Whether one more request is allowed, and when the quota is whole again after it.

    No quota takes longer than a window to be whole again. What seems to was counted before the clock was set back: that
    count ends, or nobody would be answered until the old time came again.
    """
    before = now if whole_again > now + 2 * window else min(max(whole_again, now), now + window)
    allowed = before + cost - now - window <= CLOSE_ENOUGH
    return allowed, before + cost if allowed else before


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)


class SharedCounts:
    """Numbers in memory that all workers of a machine share: a file that each of them maps.

    Each caller belongs to a bucket, which is locked while a number in it is read and written. In a full bucket the caller
    goes whose quota is soonest whole again, to whom that makes the least difference.
    """

    def __init__(self, path: str) -> None:
        self._file = open(path, "r+b", opener=_private)  # noqa: SIM115  # as long as this lives
        if os.fstat(self._file.fileno()).st_uid != os.geteuid():
            raise PermissionError(f"{path} belongs to somebody else")
        os.posix_fallocate(
            self._file.fileno(), 0, BUCKETS * BUCKET_BYTES
        )  # now, and not where a full disk stops a write
        self._memory = mmap.mmap(self._file.fileno(), BUCKETS * BUCKET_BYTES)
        self._lock = threading.Lock()  # a file's lock is the process's

    def take(self, caller: str, cost: float, window: float) -> Count:
        name = blake2b(caller.encode(), digest_size=16).digest()
        start = int.from_bytes(name[:4], "big") % BUCKETS * BUCKET_BYTES
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX, BUCKET_BYTES, start)
            try:
                return self._counted(name, start, cost, window)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, BUCKET_BYTES, start)

    def _counted(self, name: bytes, start: int, cost: float, window: float) -> Count:
        held = {SLOT.unpack_from(self._memory, at): at for at in range(start, start + BUCKET_BYTES, SLOT.size)}
        own_slot = next((slot for slot in held if slot[0] == name), None)
        now = time.time()
        allowed, whole_again = _after(own_slot[1] if own_slot else now, now, cost, window)
        if allowed:
            at = held[own_slot or min(held, key=lambda slot: slot[1])]
            SLOT.pack_into(self._memory, at, name, whole_again)
        return Count(allowed, whole_again - now)


class RedisCounts:
    """The same numbers in Redis, for several machines. While it cannot be reached, each machine counts for itself."""

    SCRIPT = """
        local clock = redis.call('TIME')
        local now = clock[1] + clock[2] / 1000000
        local cost, window = tonumber(ARGV[1]), tonumber(ARGV[2])
        local before = tonumber(redis.call('GET', KEYS[1]) or 0)
        before = before > now + 2 * window and now or math.min(math.max(before, now), now + window)
        local allowed = before + cost - now - window <= 1e-6
        if allowed then
            before = before + cost
            redis.call('SET', KEYS[1], string.format('%.6f', before), 'PX', math.ceil(window * 1000))
        end
        return {allowed and 1 or 0, string.format('%.6f', before - now)}
    """

    def __init__(self, url: str, otherwise: Counts) -> None:
        import redis  # noqa: PLC0415  # only where one is used

        connection = redis.Redis.from_url(url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS)
        self._script = connection.register_script(self.SCRIPT)
        self._failures: type[Exception] = redis.RedisError
        self._otherwise, self._silent_until = otherwise, 0.0

    def take(self, caller: str, cost: float, window: float) -> Count:
        if time.monotonic() >= self._silent_until:
            try:
                allowed, whole_in = self._script(keys=[f"hunan:{caller}"], args=[cost, window])
                return Count(bool(allowed), float(whole_in))
            except self._failures as failure:
                logger.warning("Redis does not count requests (%s); this machine does so by itself.", failure)
                self._silent_until = time.monotonic() + REDIS_PAUSE
        return self._otherwise.take(caller, cost, window)


class OwnCounts:
    """Numbers of this process alone: where no memory can be shared."""

    def __init__(self) -> None:
        self._whole_again: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, caller: str, cost: float, window: float) -> Count:
        with self._lock:
            now = time.time()
            if len(self._whole_again) > BUCKETS * SLOTS:
                self._whole_again = {name: at for name, at in self._whole_again.items() if at > now}
            allowed, at = _after(self._whole_again.get(caller, now), now, cost, window)
            if allowed:
                self._whole_again[caller] = at
            return Count(allowed, at - now)


_making = threading.Lock()


def counts() -> Counts:
    """The numbers of this process's service, made at the first question; by one thread, because a second file of the same name
    would drop the locks of the first as it is closed (fcntl(2): a process's locks go with any descriptor of the file).
    """
    with _making:
        return made_counts()


@cache
def made_counts() -> Counts:
    """The counts that the workers of this machine share; where their memory cannot be had, this worker's own, which the log says."""
    own: Counts
    try:
        own = SharedCounts(settings.LIMITS_FILE)
    except OSError as failure:
        logger.warning("Requests are counted by each worker for itself: %s", failure)
        own = OwnCounts()
    return RedisCounts(settings.REDIS_URL, own) if settings.REDIS_URL else own
