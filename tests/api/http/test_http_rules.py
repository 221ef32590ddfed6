"""What holds for every endpoint: verbs, addresses, strict parameters, formats, problems, limits, and failures."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.db import OperationalError, connection
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api.http.limits import AddressThrottle
from api.reference.regions import RegionViewSet
from sources.versions import forget_data_version
from tests.api.contract import BASE, BY_NAME, DATA, ENDPOINTS, LISTS, STRICT, Endpoint, error_of, ids, problem_of

pytestmark = pytest.mark.django_db
stores_alike = pytest.mark.stores_alike

ORIGIN = {"Origin": "https://example.org"}
DETAILS = [endpoint for endpoint in DATA if endpoint.detail]
of_every_endpoint = pytest.mark.parametrize("endpoint", **ids(ENDPOINTS))
of_every_strict_endpoint = pytest.mark.parametrize("endpoint", **ids(STRICT))
of_every_data_endpoint = pytest.mark.parametrize("endpoint", **ids(DATA))
of_every_list = pytest.mark.parametrize("endpoint", **ids(LISTS))
of_every_numbered_list = pytest.mark.parametrize("endpoint", **ids([e for e in LISTS if e.numbered]))
of_every_record = pytest.mark.parametrize("endpoint", **ids(DETAILS))


def ask(client: Client, endpoint: Endpoint, headers: dict[str, str] | None = None, **parameters: Any) -> Any:
    """What the endpoint answers; of a list two rows, unless a size is asked for."""
    few = {"page_size": 2} if endpoint.enveloped else {}
    return client.get(endpoint.path(), {**endpoint.query, **few, **parameters}, headers=headers or {})


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    return {}


@pytest.fixture
def plain(endpoint: Endpoint, client: Client, answers: dict[str, Any]) -> Any:
    """What the endpoint answers to who wishes for nothing more; it is asked once for all that look at it."""
    if endpoint.name not in answers:
        answers[endpoint.name] = ask(client, endpoint, ORIGIN)
    return answers[endpoint.name]


# Verbs and addresses ------------------------------------------------------------------------------------------------


@of_every_endpoint
def test_get_answers_any_origin(endpoint: Endpoint, plain: Any) -> None:
    assert plain.status_code == (302 if endpoint.name == "release-latest" else 200)
    if endpoint in DATA:
        assert plain["Content-Type"] == "application/json"
        assert isinstance(orjson.loads(plain.content), dict)
    assert plain["Access-Control-Allow-Origin"] == "*"
    exposed = set(plain["Access-Control-Expose-Headers"].split(", "))
    assert exposed >= {"ETag", "Link", "Content-Language", "RateLimit", "Retry-After", "X-Request-Id"}


@stores_alike
@of_every_endpoint
def test_head_says_the_same_without_a_body(endpoint: Endpoint, plain: Any, client: Client) -> None:
    head = client.head(endpoint.path(), {**endpoint.query, **({"page_size": 2} if endpoint.enveloped else {})})
    for name in ("Content-Type", "ETag", "Cache-Control", "Content-Language", "Vary"):
        assert head.get(name) == plain.get(name)
    assert head.status_code == plain.status_code
    assert (head.getvalue() if head.streaming else head.content) == b""


@stores_alike
@of_every_endpoint
def test_options_answers_any_origin_with_the_verbs_that_are_taken(endpoint: Endpoint, client: Client) -> None:
    response = client.options(endpoint.path())
    assert response.status_code == 200
    assert set(response["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    preflight = client.options(endpoint.path(), headers={**ORIGIN, "Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 200
    assert preflight["Access-Control-Allow-Origin"] == "*"
    assert set(preflight["Access-Control-Allow-Methods"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@stores_alike
@of_every_endpoint
def test_writing_is_405_with_allow_and_a_problem(endpoint: Endpoint) -> None:
    client = Client(enforce_csrf_checks=True)
    for verb in (client.post, client.put, client.patch, client.delete):
        response = verb(endpoint.path(), b"{}", content_type="application/json", headers=ORIGIN)
        problem_of(response, 405)
        assert set(response["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
        assert response["Access-Control-Allow-Origin"] == "*"


@stores_alike
@of_every_endpoint
def test_a_trailing_slash_redirects_308_and_keeps_the_query(endpoint: Endpoint, client: Client) -> None:
    query = "q=%E9%86%B4%E9%99%B5&lang=en"
    response = client.get(f"{endpoint.path()}/?{query}", headers=ORIGIN)
    assert response.status_code == 308
    assert response["Location"] == f"http://testserver{endpoint.path()}?{query}"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert client.get(endpoint.path() + "/")["Location"] == f"http://testserver{endpoint.path()}"


@stores_alike
def test_a_trailing_slash_never_leads_to_another_host(client: Client) -> None:
    for path in ("/api//example.org/", "/api/v1//example.org//", "/api/v1/\\example.org/"):
        location = client.get(path)["Location"]
        assert location.startswith("http://testserver/api/")


def test_the_root_lists_addresses_that_answer(client: Client) -> None:
    listed = orjson.loads(client.get(BASE).content)
    assert set(listed) == {e.name for e in ENDPOINTS if not e.detail}
    for name, address in listed.items():
        assert address == f"http://testserver{BY_NAME[name].path()}"


@stores_alike
@pytest.mark.parametrize("path", [
    "/nothing", "/api", "/api/v1/nothing", "/api/v2/regions", "/static/none.css", "/%00", "/株洲", "/api/v1/regions/株洲",
])  # fmt: skip
def test_an_unknown_path_is_a_problem(path: str, client: Client) -> None:
    problem_of(client.get(path), 404)
    assert "没有" in problem_of(client.get(path, {"lang": "zh"}), 404)["detail"]
    assert "nothing here" in problem_of(client.get(path, {"lang": "en"}), 404)["detail"]


@of_every_record
def test_an_unknown_code_in_the_path_is_404_and_suggests_the_nearest(endpoint: Endpoint, client: Client) -> None:
    if endpoint.name == "observation-detail":
        assert "errors" not in problem_of(client.get(f"{BASE}/observations/999999999999999"), 404)
        return
    problem = problem_of(client.get(endpoint.path(but="0")), 404)
    (error,) = problem["errors"]
    assert error["code"] == "unknown_code"
    assert client.get(endpoint.path_of(error["did_you_mean"])).status_code == 200


# Strict parameters --------------------------------------------------------------------------------------------------


@stores_alike
@of_every_strict_endpoint
def test_an_unknown_parameter_and_a_repeated_one_are_refused_by_name(endpoint: Endpoint, client: Client) -> None:
    refused = ask(client, endpoint, langg="en", lang=["zh", "en"])
    unknown, repeated = error_of(refused, "langg"), error_of(refused, "lang")
    assert (unknown["code"], repeated["code"]) == ("unknown_parameter", "repeated_parameter")
    assert unknown["allowed"] == sorted(endpoint.parameters)
    assert unknown["did_you_mean"] == "lang"


@stores_alike
def test_the_root_is_as_strict(client: Client) -> None:
    assert error_of(client.get(BASE, {"langg": "en"}), "langg")["did_you_mean"] == "lang"


@stores_alike
def test_all_that_is_wrong_is_said_at_once(client: Client) -> None:
    wrong = {"indicator": "TRADE_TOTL", "regoin": "430281", "page_size": "0", "year": "20x4"}
    problem = problem_of(client.get(f"{BASE}/observations", wrong), 400)
    assert {error["parameter"] for error in problem["errors"]} == set(wrong)


# What a store may have limits of its own for, and what it takes as any other word.
AWKWARD = [
    pytest.param(["株" * 800, "\u202e\u2066a🧨🫖\u202c", "';--\"%_\\", "9" * 40], id="of the store"),
    pytest.param([" \t", ",", "..", "٢٠٢٤"], id="of no store", marks=stores_alike),
]

# Who is asked with words that are too long for two parameters: of those that read one of this name alike, the first. Who is
# the first for none is asked with every other value.
ALONE: dict[tuple[str, type], Endpoint] = {}
for one in STRICT:
    for name, field in one.parameters.items():
        ALONE.setdefault((name, type(field)), one)


def named(problem: Any) -> set[str]:
    return {error["parameter"] for error in problem.get("errors", ())}


@of_every_strict_endpoint
@pytest.mark.parametrize("values", AWKWARD)
def test_no_value_breaks_a_parameter(endpoint: Endpoint, values: list[str], client: Client) -> None:
    first = {name for name, field in endpoint.parameters.items() if ALONE[name, type(field)] == endpoint}
    together = set(endpoint.parameters) - {"format"}  # which is judged first, and nothing else is where it is wrong
    for value in values if first else values[STRICT.index(endpoint) % 2 :: 2]:
        refused = ask(client, endpoint, **dict.fromkeys(together, value))
        too_long = refused.status_code == 414
        taken = set() if too_long else together - named(problem_of(refused, 400))
        alone = first if too_long else first & {"format"}
        if taken and not _answered(ask(client, endpoint, **dict.fromkeys(taken, value))):
            alone = alone | taken
        for parameter in alone:  # what is no error of one parameter must be answered
            response = ask(client, endpoint, **{parameter: value})
            if not _answered(response):
                problem_of(response, 414 if too_long and response.status_code == 414 else 400)


def _answered(response: Any) -> bool:
    return response.status_code in (200, 302)


@stores_alike
@of_every_strict_endpoint
def test_nothing_and_nul_are_refused_not_ignored(endpoint: Endpoint, client: Client) -> None:
    parameters = set(endpoint.parameters) - {"format"}  # which is judged first
    for value in ("", "a\x00"):
        assert named(problem_of(ask(client, endpoint, **dict.fromkeys(parameters, value)), 400)) == parameters
        assert error_of(ask(client, endpoint, format=value), "format")


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["search-list", "resolve-list", "region-list", "measure-list"]), words=st.text(max_size=20))
def test_any_words_can_be_looked_for(name: str, words: str, client: Client) -> None:
    response = client.get(BY_NAME[name].path(), {"q": words.encode("utf-8", "replace").decode()})
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        assert all(0 < row.get("score", 1) <= 1 for row in orjson.loads(response.content)["results"])


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(st.characters(max_codepoint=127, exclude_characters="#"), max_size=60))
def test_any_query_string_is_answered_or_refused(query: str, client: Client) -> None:
    assert client.get(f"{BASE}/observations?{query}").status_code in (200, 400)
    assert client.get(f"{BASE}/regions?{query}").status_code in (200, 400)


@stores_alike
@of_every_list
def test_a_page_size_that_is_no_whole_number_in_range_is_refused(endpoint: Endpoint, client: Client) -> None:
    wrong = ("0", "-1", "1e3", "1.0", "+5", "１００", "٣٠", " 5", "9" * 30)
    for size in wrong[LISTS.index(endpoint) % 3 :: 3]:
        error = error_of(ask(client, endpoint, page_size=size), "page_size")
        assert error["code"] == "out_of_range"
        assert str(10_000 if endpoint.by_cursor else 1000) in error["message"]


@stores_alike
@of_every_list
def test_the_largest_page_size_is_taken_and_one_more_refused(endpoint: Endpoint, client: Client) -> None:
    most = 10_000 if endpoint.by_cursor else 1000
    assert ask(client, endpoint, page_size=most).status_code == 200
    assert error_of(ask(client, endpoint, page_size=most + 1), "page_size")


@of_every_numbered_list
def test_a_page_past_the_end_is_refused_and_told_the_last(endpoint: Endpoint, plain: Any, client: Client) -> None:
    count = orjson.loads(plain.content)["count"]
    last = -(-count // 2)
    assert ask(client, endpoint, page=last, page_size=2).status_code == 200
    error = error_of(ask(client, endpoint, page=last + 1, page_size=2), "page")
    assert str(last) in error["message"]
    assert error_of(ask(client, endpoint, page="0"), "page")


@stores_alike
@of_every_data_endpoint
def test_fields_keep_only_those_named_and_unknown_ones_are_refused(endpoint: Endpoint, client: Client) -> None:
    if endpoint.action is None or endpoint.name == "cite-list":  # there it is of the query that is cited
        pytest.skip("is no record and no list")
    names = endpoint.parameters["fields"].choices
    content = orjson.loads(ask(client, endpoint, fields=f"{names[1]},{names[0]}").content)
    row = content["results"][0] if "results" in content else content
    assert list(row) == names[:2]
    error = error_of(ask(client, endpoint, fields=f"{names[0]}x"), "fields")
    assert names[0] in error["allowed"]
    assert error["did_you_mean"]


# Formats ------------------------------------------------------------------------------------------------------------


TAKEN = ["*/*", "application/json", "application/*", "text/html, */*;q=0.1", "application/json;q=0.9"]


@stores_alike
@pytest.mark.parametrize("accept", TAKEN)
def test_whoever_takes_json_gets_json(accept: str, client: Client) -> None:
    for endpoint in DATA[TAKEN.index(accept) :: len(TAKEN)]:
        response = ask(client, endpoint, {"Accept": accept})
        assert (response.status_code, response["Content-Type"]) == (200, "application/json")


@stores_alike
@of_every_strict_endpoint
def test_who_takes_only_what_is_not_offered_is_told_406(endpoint: Endpoint, client: Client) -> None:
    problem = problem_of(ask(client, endpoint, {"Accept": "image/png", **ORIGIN}), 406)
    assert "application/json" in problem["errors"][0]["allowed"] or endpoint not in DATA


@stores_alike
@of_every_data_endpoint
def test_json_is_the_default_by_parameter_and_suffix_too(endpoint: Endpoint, plain: Any, client: Client) -> None:
    content = orjson.loads(plain.content)
    by_parameter = ask(client, endpoint, {"Accept": "text/csv"}, format="json")
    query = {**endpoint.query, "page_size": 2} if endpoint.enveloped else endpoint.query
    by_suffix = client.get(endpoint.path() + ".json", query, headers={"Accept": "text/csv"})
    for response in (by_parameter, by_suffix):
        assert response.status_code == 200
        assert orjson.loads(response.content).get("results", content) == content.get("results", content)


@stores_alike
@of_every_strict_endpoint
def test_a_format_that_is_not_offered_is_refused_with_those_that_are(endpoint: Endpoint, client: Client) -> None:
    offered = endpoint.formats
    for asked, near in (("xls", "xlsx"), ("api", None), ("jsn", "json")):
        meant = near if near in offered else None
        error = error_of(ask(client, endpoint, format=asked), "format")
        assert error["allowed"] == offered
        assert error.get("did_you_mean") == meant


# Problems -----------------------------------------------------------------------------------------------------------

FAILING = {
    400: ("get", f"{BASE}/regions", {"kind": "countyy"}, {}),
    404: ("get", f"{BASE}/regions/430999", {}, {}),
    405: ("post", f"{BASE}/regions", {}, {}),
    406: ("get", f"{BASE}/regions", {}, {"Accept": "image/png"}),
    414: ("get", f"{BASE}/regions", {"q": "a" * 9000}, {}),
}
ENGLISH = {
    400: "Invalid parameters", 404: "Not found", 405: "Method not allowed", 406: "Not acceptable", 414: "URI too long",
    429: "Too many requests", 500: "Internal server error", 503: "Service unavailable",
}  # fmt: skip
CHINESE = {
    400: "请求参数有误", 404: "未找到", 405: "不支持该方法", 406: "不支持该格式", 414: "请求地址过长", 429: "请求过于频繁",
    500: "服务内部错误", 503: "服务暂不可用",
}  # fmt: skip


def assert_in_both_languages(fail: Any, status: int) -> None:
    """`fail(headers)` makes the failing request; its problem follows Accept-Language and can be read from any origin."""
    for language, title in (("zh-CN", CHINESE[status]), ("en", ENGLISH[status])):
        response = fail({**ORIGIN, "Accept-Language": language})
        assert problem_of(response, status)["title"] == title
        assert response["Content-Language"] == language[:2]
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "ETag" not in response
        assert "public" not in response.get("Cache-Control", "")


@stores_alike
@pytest.mark.parametrize("status", FAILING)
def test_a_problem_speaks_both_languages_and_to_any_origin(status: int, client: Client) -> None:
    verb, path, query, headers = FAILING[status]

    def fail(more: dict[str, str]) -> Any:
        return client.generic(verb.upper(), path, QUERY_STRING="&".join(f"{k}={v}" for k, v in query.items()),
                              headers={**headers, **more})  # fmt: skip

    assert_in_both_languages(fail, status)


def test_lang_decides_the_language_of_a_problem(client: Client) -> None:
    for path in (f"{BASE}/regions?kind=x", f"{BASE}/regions/430999?", f"{BASE}/nothing?"):
        chinese = client.get(f"{path}&lang=zh", headers={"Accept-Language": "en"})
        english = client.get(f"{path}&lang=en", headers={"Accept-Language": "zh"})
        assert orjson.loads(chinese.content)["title"] == CHINESE[chinese.status_code]
        assert orjson.loads(english.content)["title"] == ENGLISH[english.status_code]


def test_every_request_has_its_own_number(client: Client) -> None:
    numbers = {client.get(f"{BASE}/config")["X-Request-Id"] for _ in range(3)}
    assert len(numbers) == 3


def test_a_query_that_is_too_long_is_414_everywhere(client: Client) -> None:
    limit = orjson.loads(client.get(f"{BASE}/config").content)["limits"]["query_length"]
    for path in (f"{BASE}/regions", "/nothing", "/healthz"):
        problem_of(client.get(path, QUERY_STRING="q=" + "a" * (limit - 1)), 414)
    assert client.get(f"{BASE}/regions", QUERY_STRING="q=" + "a" * (limit - 2)).status_code in (200, 400)


def test_a_forged_host_is_refused_with_a_problem(client: Client) -> None:
    for path in (f"{BASE}/regions", f"{BASE}/nothing", "/"):
        problem_of(client.get(path, headers={"Host": "evil.example"}), 400)


def test_health_answers_reading_only(client: Client) -> None:
    for path in ("/healthz", "/readyz"):
        assert client.get(path).status_code == 200
        response = Client(enforce_csrf_checks=True).post(path)
        problem_of(response, 405)
        assert "GET" in response["Allow"]


# Limits and failures ------------------------------------------------------------------------------------------------


@pytest.fixture
def two_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AddressThrottle, "rate", "2/min", raising=False)


def test_the_rate_limit_is_told_with_every_answer(client: Client) -> None:
    first, second = client.get(f"{BASE}/config"), client.get(f"{BASE}/regions?x=1")
    for response, remaining in ((first, 599), (second, 598)):
        assert response["RateLimit-Policy"] == '"address";q=600;w=60'
        assert response["RateLimit"].startswith(f'"address";r={remaining};t=')
    assert orjson.loads(first.content)["limits"]["rate"] == "600/min"


def test_too_many_requests_are_429_with_retry_after(two_a_minute: None, client: Client) -> None:
    assert [client.get(f"{BASE}/topics").status_code for _ in range(2)] == [200, 200]
    refused = client.get(f"{BASE}/topics")
    problem_of(refused, 429)
    assert 1 <= int(refused["Retry-After"]) <= 61
    assert refused["RateLimit"].startswith('"address";r=0;t=')
    assert_in_both_languages(lambda headers: client.get(f"{BASE}/topics", headers=headers), 429)


def test_the_rate_limit_is_of_an_address(two_a_minute: None, client: Client) -> None:
    for _ in range(3):
        client.get(f"{BASE}/topics")
    assert client.get(f"{BASE}/topics", REMOTE_ADDR="203.0.113.9").status_code == 200


def test_a_header_of_the_caller_does_not_evade_the_rate_limit(two_a_minute: None, client: Client) -> None:
    answers = [client.get(f"{BASE}/topics", headers={"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]


def gone(*_: Any) -> Any:
    raise OperationalError("connection to server at 10.0.0.7 failed: SELECT secret FROM pg_shadow")


@stores_alike
@of_every_data_endpoint
def test_a_database_that_is_gone_is_503_with_retry_after(endpoint: Endpoint, client: Client) -> None:
    path = endpoint.path()
    forget_data_version()
    with connection.execute_wrapper(gone):
        response = client.get(path, endpoint.query, headers=ORIGIN)
    problem_of(response, 503)
    assert int(response["Retry-After"]) > 0
    assert b"10.0.0.7" not in response.content


def test_503_speaks_both_languages(client: Client) -> None:
    with connection.execute_wrapper(gone):
        assert_in_both_languages(lambda headers: client.get(f"{BASE}/regions", headers=headers), 503)


def test_a_database_that_goes_after_the_data_version_was_read_is_503(client: Client) -> None:
    client.get(f"{BASE}/config")
    with connection.execute_wrapper(gone):
        problem_of(client.get(f"{BASE}/regions"), 503)


def test_a_broken_view_is_a_500_problem_that_tells_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(RegionViewSet, "list", broken)
    client.raise_request_exception = False
    assert_in_both_languages(lambda headers: client.get(f"{BASE}/regions", headers=headers), 500)
    assert b"secret" not in client.get(f"{BASE}/regions").content
    assert "secret of the inside" in caplog.text
