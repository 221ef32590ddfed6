"""What the standards promise of an answer, request by request: a plain list, asked of Django and of the service that runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

SITE = "https://example.org"
REGIONS = "/api/v1/regions"
FIGURES = "/api/v1/observations"
ONE = f"{FIGURES}?region=430281&indicator=TRADE_TOTAL&year=2024"
DATA_2, DATA_3 = "/sdmx/2.1/data/OBS/A.430281.TRADE_TOTAL.......", "/sdmx/3.0/data/dataflow/HNOT/OBS/1.0.0/*"
JSON, CSV = "application/json", "text/csv.*"
MONDAY = "Mon, 01 Jan 2001 00:00:00 GMT"
LATER = "Fri, 01 Jan 2100 00:00:00 GMT"


@dataclass(frozen=True)
class Answer:
    """What came: status, headers by their names in lower case, and the content."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.content)


Ask = Callable[[str, str, Mapping[str, str], bytes], Answer]  # method, path, headers, body


@dataclass(frozen=True)
class Case:
    """A request, and what is promised of its answer.

    `has` are patterns of headers, None for one that is not there; `same` names those that the answer to the same request without
    conditions has as well, which is asked first where a header holds `{name}`: a header of that answer. `says` judges the content.
    """

    name: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes = b""
    status: int = 200
    has: Mapping[str, str | None] = field(default_factory=dict)
    same: tuple[str, ...] = ()
    says: Callable[[Any], bool] | None = None

    def broken(self, ask: Ask) -> list[str]:
        """What the answer does not keep of what is promised."""
        first, headers = None, dict(self.headers)
        if any("{" in value for value in headers.values()):
            first = ask(
                self.method, self.path, {k: v for k, v in headers.items() if not k.startswith("If-")}, self.body
            )
            headers = {name: value.format_map(_Headers(first.headers)) for name, value in headers.items()}
        answer = ask(self.method, self.path, headers, self.body)
        found = (
            []
            if answer.status == self.status
            else [f"status {answer.status}, not {self.status}: {answer.content[:300]!r}"]
        )
        for name, pattern in self.has.items():
            value = answer.headers.get(name.lower())
            if (pattern is None) != (value is None) or (pattern and not re.fullmatch(pattern, value or "", re.DOTALL)):
                found.append(f"{name}: {value!r}, not {pattern!r}")
        for name in self.same:
            was, now = (each.headers.get(name.lower()) for each in (first, answer) if each)
            if was != now:
                found.append(f"{name}: {now!r}, not {was!r} as before")
        if self.says and not found and not self.says(answer.content if answer.content[:1] != b"{" else answer.json):
            found.append(f"says {answer.content[:500]!r}")
        if answer.status >= 400:
            found += _faults_of_problem(answer)
        return found


class _Headers(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return self.get(name.lower(), "")


def _faults_of_problem(answer: Answer) -> list[str]:
    """What every problem promises: JSON, for any origin, with its number and never an empty list of errors."""
    found = []
    if answer.headers.get("access-control-allow-origin") != "*":
        found.append("a problem without CORS")
    if answer.content and (
        answer.json["instance"] != f"urn:uuid:{answer.headers['x-request-id']}" or answer.json.get("errors") == []
    ):
        found.append(f"a problem without its number, or with no errors: {answer.content!r}")
    return found


def named(parameter: str, code: str) -> Callable[[Any], bool]:
    """A problem that blames this parameter."""
    return lambda problem: (parameter, code) in [(error["parameter"], error["code"]) for error in problem["errors"]]


def preflight(path: str, headers: str, method: str = "GET") -> Case:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    promised = {"Access-Control-Allow-Origin": r"\*", "Access-Control-Allow-Headers": re.escape(headers)}
    return Case(
        f"preflight with {headers}",
        path,
        asked,
        "OPTIONS",
        has={**promised, "Access-Control-Allow-Methods": f".*{method}.*"},
    )


READ = {"Allow": "GET, HEAD, OPTIONS"}
VARIES = {"Vary": "(?i).*accept-encoding.*"}
NOTHING = {"Content-Length": None, "Content-Type": None, **VARIES}
VALIDATORS = ("ETag", "Last-Modified", "Vary", "Cache-Control")

CASES = [
    # OPTIONS, RFC 9110 9.3.7
    *(
        Case(f"OPTIONS {path}", path, {"Accept": "image/png"}, "OPTIONS", has=allowed)
        for path, allowed in {
            "/": READ, "/healthz": READ, "/readyz": READ, "/.well-known/api-catalog": READ, "/api/v1": READ,
            "/api/v1/docs": READ, REGIONS: READ, f"{REGIONS}/430281": READ, f"{FIGURES}.csv": READ, f"{FIGURES}.xlsx": READ,
            f"{FIGURES}.parquet": READ, f"{FIGURES}.jsonstat": READ, f"{FIGURES}.csv-metadata.json": READ,
            f"{FIGURES}?nonsense=1&format=nothing": READ, "/api/v1/openapi.json": READ, "/api/v1/catalog.jsonld": READ,
            "/api/v1/releases.atom": READ, "/api/v1/releases/latest": READ, "/api/v1/releases/2026-R1/download.zip": READ,
            DATA_2: READ, DATA_3: READ, "/sdmx/2.1/dataflow": READ, "/sdmx/3.0/structure/dataflow": READ,
            "/sdmx/3.0/availability": READ, "/sdmx/2.1/availableconstraint/OBS": READ, "/pxweb/v2/config": READ,
            "/pxweb/v2/tables/TRADE/data": {"Allow": "GET, HEAD, POST, OPTIONS"},
            "/admin/login/": {"Allow": "GET, HEAD, POST, OPTIONS"},
        }.items()
    ),
    Case("OPTIONS of nothing", "/api/v1/nothing", method="OPTIONS", status=404),
    # CORS, Fetch 3.2
    *(preflight(REGIONS, headers) for headers in ("if-none-match", "range", "cache-control,traceparent", "x-anything-else")),
    preflight("/pxweb/v2/tables/TRADE/data", "content-type", "POST"),
    preflight("/nothing", "authorization"),
    Case("an answer from another origin", REGIONS, has={"Access-Control-Allow-Origin": r"\*"}),
    # Accept, RFC 9110 12.4.2 and 12.5.1
    Case("CSV not at all", REGIONS, {"Accept": "text/csv;q=0, */*"}, has={"Content-Type": JSON}),
    Case("CSV rather than JSON", REGIONS, {"Accept": "application/json;q=0.1, text/csv"}, has={"Content-Type": CSV}),
    Case("JSON rather than CSV", REGIONS, {"Accept": "text/csv;q=0.2, application/json;q=0.3"}, has={"Content-Type": JSON}),
    Case("JSON before anything", REGIONS, {"Accept": "text/html, */*;q=0.1"}, has={"Content-Type": JSON}),
    Case("CSV before anything", REGIONS, {"Accept": "text/csv, */*;q=0.1"}, has={"Content-Type": CSV}),
    Case("anything but JSON", REGIONS, {"Accept": "*/*, application/json;q=0"}, has={"Content-Type": CSV}),
    Case("no JSON and nothing else", REGIONS, {"Accept": "application/json;q=0"}, status=406, says=named("Accept", "unknown_format")),
    Case("nothing that is offered", REGIONS, {"Accept": "image/png"}, status=406, says=named("Accept", "unknown_format")),
    Case("a weight that is none", REGIONS, {"Accept": "text/csv;q=nan"}, has={"Content-Type": CSV}),
    Case("no wish", REGIONS, {"Accept": ""}, has={"Content-Type": JSON}),
    Case("SDMX without CSV", DATA_3, {"Accept": "text/csv;q=0, */*"}, has={"Content-Type": ".*json.*"}),
    Case("SDMX without its own CSV", DATA_3, {"Accept": "application/vnd.sdmx.data+csv;q=0"}, status=406),
    Case("SDMX without XML", DATA_2, {"Accept": "application/xml;q=0, application/json;q=0.1"}, has={"Content-Type": ".*json.*"}),
    Case("SDMX by weights", DATA_2, {"Accept": "application/json;q=0.1, text/csv"}, has={"Content-Type": ".*csv.*"}),
    Case("SDMX in a version that is not there", DATA_2, {"Accept": "application/vnd.sdmx.data+csv;version=9.0"}, status=406),
    Case("a suffix and another format", f"{FIGURES}.csv?format=json", status=400, says=named("format", "conflict")),
    Case("a suffix and the same format", f"{FIGURES}.csv?format=csv", has={"Content-Type": CSV}),
    # Accept-Language, RFC 9110 12.5.4, and language tags, BCP 47
    *(
        Case(f"language {wish}", REGIONS, {"Accept-Language": wish}, has={"Content-Language": spoken, "Vary": ".*Accept-Language.*"})
        for wish, spoken in {
            "en;q=0": "zh", "en;q=0, *": "zh", "zh;q=0": "en", "zh-CN": "zh", "zh-Hans-CN, en;q=0.9": "zh", "en-GB": "en",
            "fr, en;q=0.1": "en", "fr": "zh", "en;q=0.3, zh;q=0.7": "zh", "*;q=0": "zh",
        }.items()
    ),
    *(
        Case(f"lang={tag}", f"{REGIONS}?lang={tag}", has={"Content-Language": spoken})
        for tag, spoken in {"zh-CN": "zh", "zh-Hans": "zh", "en-GB": "en", "EN": "en"}.items()
    ),
    Case("a page without English", "/admin/login/", {"Accept-Language": "en;q=0, *"}, has={"Content-Language": "zh-hans"}),
    Case("lang of no language", f"{REGIONS}?lang=zhh", status=400, says=named("lang", "unknown_value")),
    Case("lang in SDMX", f"{DATA_2}?lang=zh-CN", has={"Content-Language": "zh"}),
    # Conditions, RFC 9110 13
    Case("what is current", REGIONS, {"If-None-Match": "{ETag}"}, status=304, same=VALIDATORS, has=NOTHING),
    Case(
        "what is current, compressed", REGIONS, {"If-None-Match": "{ETag}", "Accept-Encoding": "gzip"},
        status=304, same=VALIDATORS, has={**NOTHING, "ETag": 'W/".*"'},
    ),
    Case("what is current, read by HEAD", REGIONS, {"If-None-Match": "{ETag}"}, "HEAD", status=304, same=VALIDATORS),
    Case("anything", REGIONS, {"If-None-Match": "*", "X-First": "{ETag}"}, status=304, same=VALIDATORS, has=NOTHING),
    Case("a file that is current", f"{FIGURES}.csv", {"If-None-Match": "{ETag}"}, status=304, same=VALIDATORS, has=NOTHING),
    Case(
        "a package that is current", "/api/v1/releases/2026-R1/download.zip", {"If-None-Match": "{ETag}"},
        status=304, same=VALIDATORS, has=NOTHING,
    ),
    Case(
        "Parquet of a release that is current", "/api/v1/releases/2026-R1/download.parquet",
        {"If-None-Match": "{ETag}", "Accept-Encoding": "gzip"}, status=304, same=VALIDATORS, has=NOTHING,
    ),
    Case("SDMX that is current", DATA_2, {"If-None-Match": "{ETag}"}, status=304, same=VALIDATORS, has=NOTHING),
    Case("not what there is", REGIONS, {"If-Match": '"nope"'}, status=412),
    Case("what there is", REGIONS, {"If-Match": "{ETag}"}),
    Case("what there is, weakly", REGIONS, {"If-Match": "W/{ETag}"}, status=412),
    Case("whatever there is", REGIONS, {"If-Match": "*"}),
    Case("If-Match before all else", REGIONS, {"If-Match": '"nope"', "If-None-Match": "{ETag}"}, status=412),
    Case("changed since long ago", REGIONS, {"If-Unmodified-Since": MONDAY}, status=412),
    Case("not changed since then", REGIONS, {"If-Unmodified-Since": "{Last-Modified}"}),
    Case("modified since long ago", REGIONS, {"If-Modified-Since": MONDAY}),
    Case("not modified since", REGIONS, {"If-Modified-Since": "{Last-Modified}"}, status=304, same=VALIDATORS, has=NOTHING),
    Case("If-None-Match before the date", REGIONS, {"If-None-Match": '"nope"', "If-Modified-Since": LATER}),
    Case("both, as browsers send them", REGIONS, {"If-None-Match": "{ETag}", "If-Modified-Since": "{Last-Modified}"}, status=304),
    Case("a date that is none", REGIONS, {"If-Modified-Since": "yesterday"}),
    Case("no condition is met by an error", f"{REGIONS}?kind=x", {"If-Modified-Since": LATER}, status=400),
    Case("no condition fails an error", "/api/v1/regions/430999", {"If-Match": '"nope"'}, status=404),
    Case(
        "a range of the same file", f"{FIGURES}.parquet", {"Range": "bytes=0-3", "If-Range": "{ETag}"}, status=206,
        has={"Content-Range": "bytes 0-3/.*"}, says=lambda content: bool(content == b"PAR1"),
    ),
    Case(
        "a range of a small CSV", f"{FIGURES}.csv", {"Range": "bytes=0-3", "Accept-Encoding": "gzip"}, status=206,
        has={"Content-Range": "bytes 0-3/[0-9]+", "Content-Length": "4", "Content-Encoding": None}, says=lambda content: content == b"id,s",
    ),
    Case("a range of a small CSV that was another", f"{FIGURES}.csv", {"Range": "bytes=0-3", "If-Range": '"nope"'}),
    Case("a range past a small CSV", f"{FIGURES}.csv", {"Range": "bytes=99999999-"}, status=416),
    Case("the last bytes of SDMX", DATA_2, {"Range": "bytes=-4", "If-Range": "{ETag}"}, status=206),
    Case("a range since its date", f"{FIGURES}.parquet", {"Range": "bytes=0-3", "If-Range": "{Last-Modified}"}, status=206),
    Case("all of another file", f"{FIGURES}.parquet", {"Range": "bytes=0-3", "If-Range": '"nope"'}),
    Case("all since another date", f"{FIGURES}.parquet", {"Range": "bytes=0-3", "If-Range": MONDAY}),
    # Vary and Cache-Control, RFC 9111
    *(
        Case(f"{path} varies", path, has=VARIES)
        for path in (REGIONS, f"{FIGURES}.csv", DATA_2, "/pxweb/v2/config", "/.well-known/api-catalog", "/api/v1/openapi.json")
    ),
    *(
        Case(f"how long {path} is fresh", path, has={"Cache-Control": re.escape(fresh)})
        for path, fresh in {
            REGIONS: "public, max-age=30, stale-while-revalidate=30",
            f"{FIGURES}?as_of=2025-01-01": "public, max-age=30, stale-while-revalidate=30",
            f"{FIGURES}?as_of=2026-R1": "public, max-age=3600", f"{FIGURES}.csv?as_of=2026-R1": "public, max-age=3600",
            "/api/v1/releases/2026-R1/download.zip": "public, max-age=31536000, immutable",
            "/api/v1/releases/2026-R1/download.parquet": "public, max-age=3600, immutable",
        }.items()
    ),
    Case("an error is not fresh", f"{REGIONS}?kind=x", status=400, has={"Cache-Control": "no-store"}),
    # Parameters and addresses
    Case("a list value by value", f"{FIGURES}?region=430281&region=430223&year=2024&page_size=1", says=lambda page:
         "region=430281%2C430223" in page["next"]),
    Case("a list value by value and wrong", f"{FIGURES}?region=430281&region=43028", status=400, says=named("region", "unknown_code")),
    Case("a list with nothing in it", f"{FIGURES}?region=430281&region=", status=400, says=named("region", "malformed")),
    Case("one value twice", f"{REGIONS}?page=1&page=1", status=400, says=named("page", "repeated_parameter")),
    Case("the order of a list counts", "/api/v1/compare?indicator=TRADE_TOTAL&region=430281&region=430223"),
    Case("no UTF-8", "/api/v1/search?q=%B3%A4%C9%B3", status=400, says=named("q", "malformed")),
    Case("no UTF-8 in a name", "/api/v1/regions?%B3=1", status=400),
    Case("no UTF-8 in SDMX", f"{DATA_2}?format=%FF", status=400, says=named("format", "malformed")),
    Case("no UTF-8 elsewhere", "/nothing?q=%FF", status=400),
    Case("digits of another width", "/api/v1/regions/%EF%BC%94%EF%BC%93%EF%BC%90%EF%BC%92%EF%BC%98%EF%BC%91", status=404,
         says=lambda problem: bool(problem["errors"][0]["did_you_mean"] == "430281")),
    Case("a code with a sign in it", "/api/v1/indicators/TRADE-TOTAL", status=404,
         says=lambda problem: bool(problem["errors"][0]["did_you_mean"] == "TRADE_TOTAL")),
    Case("a slash after a question mark", "/api/v1/regions/a%3Fb/", status=308, has={"Location": r"http://[^/]+/api/v1/regions/a%3Fb"}),
    Case("a slash after Chinese", "/api/v1/regions/%E6%94%B8/?lang=en", status=308,
         has={"Location": r"http://[^/]+/api/v1/regions/%E6%94%B8\?lang=en"}),
    Case("the root", "/", status=302, has={"Location": "http://[^/]+/api/v1/docs"}),
    Case("the newest release", "/api/v1/releases/latest?lang=en", status=302,
         has={"Location": r"http://[^/]+/api/v1/releases/2026-R1\?lang=en"}),
    Case("NUL in an address", "/api/v1/series/A.430281.TRADE_TOTAL/%00", status=404),
    # Lengths and HEAD, RFC 9110 9.3.2
    Case("the length of a small file", f"{FIGURES}.csv", {"Accept-Encoding": "identity"}, has={"Content-Length": "[1-9][0-9]+"}),
    *(
        Case(f"HEAD {path}", path, {"X-First": "{ETag}", "Accept-Encoding": "identity"}, "HEAD",
             has={"Content-Length": "[1-9][0-9]+"}, says=lambda content: content == b"")
        for path in (REGIONS, f"{FIGURES}.csv", ONE.replace("?", ".jsonstat?"), f"{FIGURES}.xlsx", f"{REGIONS}.csv", DATA_2, DATA_3)
    ),
    # Links, RFC 8288
    Case("links are whole", ONE, has={"Link": r'<http://[^/]+/api/v1/observations\?[^>]+>; rel="cite-as".*'
                                      r'<http://[^/]+/api/v1/openapi\.json>; rel="service-desc".*'}),
    Case("a warning leads somewhere", f"{FIGURES}?year=1901", says=lambda page:
         bool(re.match(r"http://[^/]+/api/v1/availability\?year=1901", page["warnings"][0]["href"]))),
    Case("what a citation supports", "/api/v1/citations?page_size=20", says=lambda page:
         all(each["href"].startswith("http://") for row in page["results"] for each in row["supports"])),
    Case("where a release is", "/api/v1/releases", says=lambda page:
         bool(re.match(r"http://[^/]+/api/v1/releases/2026-R1/changes", page["results"][0]["changes"]))),
    # Problems of every kind, RFC 9457
    Case("nothing there", "/nothing", status=404),
    Case("no such style sheet", "/static/none.css", status=404),
    Case("a method that is not taken", REGIONS, method="DELETE", status=405, has=READ),
    Case("a method that health does not take", "/healthz", method="POST", status=405, has=READ),
    Case("too long a query", f"{REGIONS}?q={'a' * 9000}", status=414),
    Case("a foreign host", REGIONS, {"Host": "evil.example"}, status=400),
    Case("a range that is not there", f"{FIGURES}.parquet", {"Range": "bytes=999999999-"}, status=416),
]  # fmt: skip
