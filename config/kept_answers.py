"""Answers that are asked for again: kept as they were sent, until the next release.

They are kept as a cache before the service would (RFC 9111): what says `public` by all that its `Vary` names, and by where the service
is reached, for the addresses in an answer are the caller's. Beyond what such a cache knows they are of a data version and of a day,
as their ETag is, and gone with it. Compressed ones are kept compressed, and so are large ones, which are unpacked to be sent. What is
asked with a condition, for a part, or by somebody goes the whole way each time; so does what is long or not for everybody.
"""

from __future__ import annotations

import sys
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from api.addresses import FACES
from api.http.limits import AddressThrottle
from config.sending import Answer
from config.turns import Turns
from sources.kept import kept_for_version

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd  # as django-http-compression needs it

# What answers may vary by, as their `Vary` has it, and where the environ of a request has it.
VARYING = {
    "accept": "HTTP_ACCEPT", "accept-encoding": "HTTP_ACCEPT_ENCODING", "accept-language": "HTTP_ACCEPT_LANGUAGE",
    "access-control-request-headers": "HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "origin": "HTTP_ORIGIN",
}  # fmt: skip
REACHED_BY = (
    "wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO",
)  # fmt: skip
TELLING = ("PATH_INFO", "QUERY_STRING", *VARYING.values(), *REACHED_BY)
EACH_TIME = (
    "HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_IF_RANGE",
    "HTTP_IF_UNMODIFIED_SINCE", "HTTP_RANGE",
)  # fmt: skip
LARGE = 2**17  # bytes of a content that is kept compressed, in about a fortieth of its place
LEVEL = 1  # a quarter of a millisecond for half a megabyte
ENTRY_BYTES = 2000  # of an answer beside its content and its question, about

Telling = tuple[Any, ...]


def telling(environ: Mapping[str, Any]) -> Telling | None:
    """All of a request that its answer may depend on; None where that is not for keeping."""
    if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].startswith(FACES):
        return None
    if not settings.KEPT_ANSWERS_BYTES or any(name in environ for name in EACH_TIME):
        return None
    return (timezone.localdate(), *map(environ.get, TELLING))


class KeptAnswers:
    """Answers by what their requests tell, within so many bytes; those that were not asked for longest go first.

    The event loop alone keeps and finds them.
    """

    def __init__(self, most: int) -> None:
        self.most, self.bytes = most, 0
        self._answers: OrderedDict[Telling, Answer] = OrderedDict()  # large ones with their content compressed
        self._large: set[Telling] = set()

    def find(self, told: Telling) -> Answer | None:
        """The answer to just such a request."""
        answer = self._answers.get(told)
        if answer is None:
            return None
        self._answers.move_to_end(told)
        return replace(answer, content=zstd.decompress(answer.content)) if told in self._large else answer

    def keep(self, told: Telling, answer: Answer) -> None:
        """Keep an answer, if it is whole and for everybody who asks so."""
        if answer.is_long or not _is_for_everybody(answer):
            return
        self._forget(told)  # two asked at the same time
        kept = replace(answer, stream=None)
        if len(answer.content) > LARGE:
            kept.content = zstd.compress(answer.content, LEVEL)
            self._large.add(told)
        self._answers[told] = kept
        self.bytes += _size(told, kept)
        while self.bytes > self.most:
            self._forget(next(iter(self._answers)))

    def _forget(self, told: Telling) -> None:
        if kept := self._answers.pop(told, None):
            self.bytes -= _size(told, kept)
            self._large.discard(told)


@kept_for_version
def kept_answers() -> KeptAnswers:
    """The kept answers of the newest release; what is still being made for an older one is kept where nobody finds it."""
    return KeptAnswers(settings.KEPT_ANSWERS_BYTES)


async def kept_now(turns: Turns, address: str) -> KeptAnswers | None:
    """The kept answers of the release that stands now. Which that is the store is asked at most once a second, in a turn; None where
    it cannot be asked.
    """
    held = kept_answers.at_hand()
    if held is None:
        try:
            held = await turns.take("small", address, kept_answers)
        except DatabaseError:
            return None
    return held


async def said_again(answer: Answer, environ: Mapping[str, Any], turns: Turns, address: str) -> Answer | None:
    """A kept answer for one more request, which counts as any other; None where it is one too many."""
    own = {"X-Request-Id": str(uuid.uuid4())}
    if any(name == b"RateLimit" for name, _ in answer.headers):
        count = partial(AddressThrottle().standing, environ)
        standing = await turns.take("small", address, count) if settings.REDIS_URL else count()
        if standing and not standing.allowed:
            return None
        own |= standing.headers() if standing else {}
    fresh = {name.encode(): text.encode() for name, text in own.items()}
    return replace(answer, headers=[(name, fresh.get(name, text)) for name, text in answer.headers])


def _is_for_everybody(answer: Answer) -> bool:
    headers = {name.lower(): text for name, text in answer.headers}
    varies = headers.get(b"vary", b"").decode().lower().replace(" ", "").split(",")
    return (
        answer.status == 200 and headers.get(b"cache-control", b"").startswith(b"public") and b"etag" in headers
        and b"set-cookie" not in headers and VARYING.keys() >= set(varies)
    )  # fmt: skip


def _size(told: Telling, answer: Answer) -> int:
    texts = sum(len(part) for part in told if isinstance(part, str))
    return ENTRY_BYTES + texts + len(answer.content)
