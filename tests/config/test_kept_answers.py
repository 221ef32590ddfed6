"""Answers that are asked for again are those that would be made: whatever is published between, whoever asks, and however."""

from __future__ import annotations

import datetime
import gzip
import zlib
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import brotli  # type: ignore[import-untyped]
import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api.http.counters import OwnCounts
from config import asgi, kept_answers
from config.kept_answers import LARGE, KeptAnswers
from config.sending import Answer
from config.turns import Turns
from sources import versions
from tests.builder import liling, published

pytestmark = pytest.mark.django_db

Answered = tuple[int, dict[str, str], bytes]
Ask = Callable[..., Answered]
PACKED = {"gzip": gzip.decompress, "br": brotli.decompress, "deflate": zlib.decompress}
OF_REQUEST = ("x-request-id", "ratelimit", "content-length", "x-noise")  # what is compressed is padded by chance


class Inline(Turns):
    """Turns that the asking thread takes itself, so that it sees what its test has written."""

    async def take(self, sort: str, address: str, work: Any, question: Any = None, *, whenever: bool = False) -> Any:
        return work()


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, settings: Any, _connection_kept: None) -> Ask:
    """Asks the application as the server does."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.BEHIND_PROXY = settings.USE_X_FORWARDED_HOST = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    monkeypatch.setattr(asgi, "watch_over_connections", lambda: None)  # there are none
    monkeypatch.setattr(asgi, "turns", Inline({}, large=1, patience=1))
    monkeypatch.setattr("api.http.limits.AddressThrottle.rate", "1000000/min", raising=False)
    counted = OwnCounts()
    monkeypatch.setattr("api.http.limits.counts", lambda: counted)
    kept_answers.kept_answers.forget()

    def asked(path: str, method: str = "GET", host: str = "a.example", **headers: str) -> Answered:
        address, _, query = path.partition("?")
        given = {"host": host, **{name.replace("_", "-"): text for name, text in headers.items()}}
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "raw_path": address.encode(),
            "query_string": query.encode(), "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 50000),
            "headers": [(name.encode(), text.encode()) for name, text in given.items()],
        }  # fmt: skip
        said: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            said.append(message)

        # It waits for nothing, so that no event loop is needed, nor another connection.
        with pytest.raises(StopIteration):
            asgi.application(scope, receive, send).send(None)
        headers_said = {name.decode().lower(): text.decode("latin-1") for name, text in said[0]["headers"]}
        return said[0]["status"], headers_said, b"".join(part.get("body", b"") for part in said[1:])

    return asked


def comparable(answered: Answered) -> tuple[int, dict[str, str], bytes]:
    """An answer without what is each request's own, and unpacked."""
    status, headers, content = answered
    unpack = PACKED.get(headers.get("content-encoding", ""), bytes)
    own = headers["x-request-id"].encode()  # which a problem names as well
    return (
        status,
        {name: text for name, text in headers.items() if name not in OF_REQUEST},
        unpack(content).replace(own, b""),
    )


PATHS = st.sampled_from([
    "/api/v1/observations?region=430281&year=2024", "/api/v1/observations?region=430281&year=2024&lang=en",
    "/api/v1/observations?indicator=TRADE_TOTAL&lang=both", "/api/v1/observations.csv?region=430281",
    "/api/v1/observations?region=430281&as_of=2026-R1", "/api/v1/observations.xlsx?region=430281&year=2024",
    "/api/v1/observations?region=nowhere", "/api/v1/regions/430281", "/api/v1/regions?page_size=3", "/api/v1/citations?page_size=2",
    "/api/v1/policies/measures?page_size=2", "/api/v1/search?q=trade", "/api/v1/releases", "/api/v1/config", "/api/v1/datapackage.json",
    "/sdmx/3.0/structure/dataflow", "/pxweb/v2/tables/TRADE", "/healthz", "/api/v1/none", "/api/v1/releases.atom",
    "/api/v1/regions/430281/profile", "/.well-known/api-catalog",
])  # fmt: skip
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "accept": st.sampled_from(["*/*", "application/json", "text/csv", "application/none"]),
        "accept_language": st.sampled_from(["zh", "en", "en;q=0.5, zh;q=0.9", "fr"]),
        "accept_encoding": st.sampled_from(["gzip", "br", "identity", "gzip, br;q=0.5"]),
        "host": st.sampled_from(["a.example", "b.example:81"]),
        "origin": st.sampled_from(["https://c.example", "null"]),
        "x_forwarded_proto": st.sampled_from(["https", "http"]), "x_forwarded_host": st.just("d.example"),
        "x_forwarded_prefix": st.sampled_from(["/data", "/no//path"]), "x_forwarded_for": st.just("192.0.2.9"),
        "cookie": st.just("sessionid=x"), "authorization": st.just("Bearer x"), "range": st.just("bytes=0-9"),
        "if_none_match": st.just("*"), "if_modified_since": st.just("Fri, 01 Jan 2100 00:00:00 GMT"),
        "method": st.sampled_from(["HEAD", "OPTIONS"]),
    },
)  # fmt: skip
STEPS = st.lists(
    st.one_of(st.tuples(PATHS, HEADERS), st.tuples(PATHS, st.just({})), st.decimals(1, 99, places=2)),
    min_size=4,
    max_size=6,
)


@pytest.mark.stores_alike
@hypothesis_settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_no_answer_is_stale_or_somebody_elses(ask: Ask, steps: list[Any]) -> None:
    asked: list[tuple[str, dict[str, str]]] = []
    for step in steps:
        if isinstance(step, tuple):
            asked.append(step)
        elif liling()["value"] != str(step):
            published(observations=[liling(value=str(step))])
            versions.forget_data_version()  # as when it is committed
        for path, headers in asked:  # all of them again, after whatever came
            with patch.object(django_settings, "KEPT_ANSWERS_BYTES", 0):
                made = ask(path, **headers)
            assert comparable(ask(path, **headers)) == comparable(made)


Q1 = "/api/v1/observations?region=430281&year=2024"


def test_what_is_asked_again_is_not_made_again(ask: Ask, django_assert_num_queries: Any) -> None:
    first = ask(Q1, accept_encoding="gzip")
    with django_assert_num_queries(0):
        again = ask(Q1, accept_encoding="gzip")
    assert again[2] == first[2]  # compressed as it was, padding and all
    assert {again[1]["x-request-id"], first[1]["x-request-id"]} > {first[1]["x-request-id"]}


def test_each_counts_and_one_too_many_is_refused(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.http.limits.AddressThrottle.rate", "3/min", raising=False)
    answered = [ask(Q1, x_forwarded_for="192.0.2.1") for _ in range(4)]
    assert [status for status, _, _ in answered] == [200, 200, 200, 429]
    assert [headers["ratelimit"].split(";")[1] for _, headers, _ in answered] == ["r=2", "r=1", "r=0", "r=0"]
    assert ask(Q1, x_forwarded_for="192.0.2.2")[0] == 200


def test_what_another_process_publishes_is_seen_within_a_second(ask: Ask) -> None:
    before = ask(Q1)
    published(observations=[liling(value="77.25")])
    versions.forget_data_version()  # that second is over
    assert b"77.25" in ask(Q1)[2]
    assert b"77.25" not in before[2]


def test_a_new_day_has_its_own_answers(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    etag = ask(Q1)[1]["etag"]
    tomorrow = datetime.date.today() + datetime.timedelta(days=2)  # noqa: DTZ011 - some other day
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: tomorrow)
    assert ask(Q1)[1]["etag"] != etag


def of(size: int, *more: tuple[bytes, bytes]) -> Answer:
    headers = [(b"ETag", b'"a"'), (b"Cache-Control", b"public, max-age=30"), (b"Vary", b"Accept, Origin"), *more]
    return Answer(200, headers, b"x" * size)


def test_they_are_bounded_and_who_was_not_asked_for_longest_goes() -> None:
    kept = KeptAnswers(100_000)
    for number in range(10):
        kept.keep((number,), of(20_000))
        kept.find((1,))
    assert kept.bytes <= kept.most
    assert [number for number in range(10) if kept.find((number,))] == [1, 7, 8, 9]
    kept.keep((1,), of(90_000))
    assert kept.find((1,))
    assert kept.bytes <= kept.most


def test_large_ones_take_little_place_and_are_given_as_they_were() -> None:
    kept = KeptAnswers(100_000)
    for number in range(10):
        kept.keep((number,), of(LARGE * 2))
    assert kept.find((1,)) == kept.find((9,)) == of(LARGE * 2)
    kept.keep((1,), of(5))
    assert kept.find((1,)) == of(5)


@pytest.mark.parametrize(
    "header", [(b"Set-Cookie", b"a=b"), (b"Vary", b"Cookie"), (b"Vary", b"*"), (b"Cache-Control", b"no-store")]
)
def test_what_is_not_for_everybody_is_not_kept(header: tuple[bytes, bytes]) -> None:
    kept = KeptAnswers(100_000)
    kept.keep((), of(10, header))
    assert kept.find(()) is None
