"""The description: valid OpenAPI 3.1, complete, in both languages, unchanged unless one means it, and true.

`UPDATE_SNAPSHOT=1 pytest tests/api/http/test_openapi.py` writes its examples, api/http/examples.json, and openapi.snapshot.json anew.
"""

from __future__ import annotations

import copy
import datetime
import difflib
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import orjson
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from jsonschema_rs import Draft202012Validator, Registry
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.http.examples import FILE, HOST, kept
from api.http.limits import AddressThrottle
from api.http.service import DescriptionView
from policies.models import Document
from sources.models import Source
from tests.api.contract import BASE, DATA, ENDPOINTS, Endpoint, ids

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

SNAPSHOT = Path(__file__).with_name("openapi.snapshot.json")
DESCRIBED = [endpoint for endpoint in ENDPOINTS if endpoint.name not in ("openapi", "docs")]


@pytest.fixture(scope="module")
def descriptions(django_db_setup: None, django_db_blocker: Any) -> dict[str, Any]:
    """The description in each language; with UPDATE_SNAPSHOT=1 of examples that are made anew."""
    with django_db_blocker.unblock():
        if os.environ.get("UPDATE_SNAPSHOT") == "1":
            described = orjson.loads(Client().get(f"{BASE}/openapi.json").content)
            FILE.write_text(json.dumps(examples_now(described), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            kept.cache_clear()
            DescriptionView._description.cache_clear()
        answers = {lang: Client().get(f"{BASE}/openapi.json", {"lang": lang}) for lang in ("en", "zh")}
    assert all(answer.status_code == 200 for answer in answers.values())
    return {lang: orjson.loads(answer.content) for lang, answer in answers.items()}


@pytest.fixture(scope="module")
def registry(descriptions: dict[str, Any]) -> Registry:
    return registry_of(descriptions["en"])


@pytest.fixture
def description(descriptions: dict[str, Any]) -> Any:
    return descriptions["en"]


def operation_of(description: Any, endpoint: Endpoint) -> Any:
    """The GET that describes an endpoint, whatever its path parameter is called."""
    wanted = re.sub(r"\{\w+\}", "{}", BASE + endpoint.route)
    (found,) = [item for path, item in description["paths"].items() if re.sub(r"\{\w+\}", "{}", path) == wanted]
    return found["get"]


def registry_of(description: Any) -> Registry:
    """Where schemas find what they refer to in a description."""
    return Registry([("urn:api", description)])


def judge_of(schema: Any, registry: Registry) -> Draft202012Validator:
    """What judges by a schema of the description in this registry."""
    whole = json.loads(json.dumps(schema).replace('"#/', '"urn:api#/'))
    return Draft202012Validator(whole, registry=registry, validate_formats=True)


def faults(judge: Draft202012Validator, content: bytes) -> list[str]:
    """Where an answer is not as its schema says."""
    return [f"{error.instance_path}: {error.message}"[:300] for error in judge.iter_errors(orjson.loads(content))]


def test_it_is_valid_openapi_3_1(description: Any) -> None:
    assert description["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(description).iter_errors()) == []


def test_it_lists_every_endpoint_and_only_reading(description: Any) -> None:
    listed = {re.sub(r"\{\w+\}", "{}", path) for path in description["paths"]}
    assert {re.sub(r"\{\w+\}", "{}", BASE + endpoint.route) for endpoint in DESCRIBED} <= listed
    assert listed <= {re.sub(r"\{\w+\}", "{}", BASE + endpoint.route) for endpoint in ENDPOINTS}
    assert {verb for item in description["paths"].values() for verb in item} == {"get"}
    names = [item["get"]["operationId"] for item in description["paths"].values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("endpoint", **ids(DESCRIBED))
def test_it_lists_exactly_the_parameters_that_are_taken(endpoint: Endpoint, description: Any) -> None:
    parameters = operation_of(description, endpoint).get("parameters", [])
    named = [parameter["name"] for parameter in parameters if parameter["in"] == "query"]
    assert sorted(named) == sorted(endpoint.parameters)
    in_path = [parameter for parameter in parameters if parameter["in"] == "path"]
    assert len(in_path) == endpoint.route.count("{")
    for parameter in parameters:
        field = endpoint.parameters.get(parameter["name"])
        assert (parameter["schema"].get("type") == "array") == bool(field and field.many)


@pytest.mark.parametrize("endpoint", **ids(DESCRIBED))
def test_everything_is_said_in_both_languages(endpoint: Endpoint, descriptions: dict[str, Any]) -> None:
    english, chinese = (operation_of(descriptions[lang], endpoint) for lang in ("en", "zh"))
    assert english["summary"]
    assert re.search(r"[\u4e00-\u9fff]", chinese["description"])
    pairs = zip(english.get("parameters", []), chinese.get("parameters", []), strict=True)
    for in_english, in_chinese in pairs:
        assert in_english["name"] == in_chinese["name"]
        if in_english["in"] == "query":
            assert in_english["description"].isascii()
            assert re.search(r"[\u4e00-\u9fff]", in_chinese["description"]), in_chinese["name"]


ONE_AFTER_THE_OTHER = """
import os
import django
django.setup()
from django.urls import resolve
from django.utils import translation
from hashlib import sha256
from api.http.service import DescriptionView
resolve("/admin/")  # what all addresses lead to is loaded once for both
for languages in (("zh-hans", "en"), ("en", "zh-hans")):
    if os.fork() == 0:
        for language in languages:
            with translation.override(language):
                print(language, sha256(DescriptionView._description(language)).hexdigest(), flush=True)
        os._exit(0)
    os.wait()
"""


def test_it_is_the_same_whatever_language_was_asked_for_first() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", ONE_AFTER_THE_OTHER]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    chinese, english, english_first, chinese_second = done.stdout.splitlines()
    assert (english, chinese) == (english_first, chinese_second)


def test_every_error_is_described_as_a_problem(description: Any) -> None:
    for path, item in description["paths"].items():
        responses = item["get"]["responses"]
        for status in ("400", "404", "406", "429", "500"):
            if path.endswith("/config"):
                continue
            reference = responses[status]["$ref"].rsplit("/", 1)[-1]
            problem = description["components"]["responses"][reference]
            assert list(problem["content"]) == ["application/problem+json"]
            assert problem["description"]


def test_columns_of_observations_are_described(description: Any) -> None:
    row = description["components"]["schemas"]["Observation"]["properties"]
    answer = orjson.loads(Client().get(f"{BASE}/observations", {"detail": "full", "page_size": 1}).content)
    assert list(row) == [*answer["results"][0], "derived_from", "retired", "action", "points", "citations"]
    assert all(column["description"] for column in row.values())


def test_it_has_not_changed_unless_that_is_meant(description: Any) -> None:
    """A change of the contract shows here as a diff; if it is meant, run with UPDATE_SNAPSHOT=1 and commit the file."""
    now = json.dumps(description, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_SNAPSHOT") == "1":
        SNAPSHOT.write_text(now, encoding="utf-8")
    before = SNAPSHOT.read_text(encoding="utf-8")
    diff = difflib.unified_diff(before.splitlines(), now.splitlines(), "openapi.snapshot.json", "now", lineterm="", n=4)
    if changed := "\n".join(diff):
        pytest.fail(f"The description changed:\n{changed}\n\nIf that is meant: UPDATE_SNAPSHOT=1", pytrace=False)


# Its examples are answers, its headers are sent ----------------------------------------------------------------------

# What the examples are asked, where an endpoint's first record or plain question would say little.
TELLING: dict[str, dict[str, str]] = {
    "observation-list": {"indicator": "TRADE_TOTAL", "region": "430281", "year": "2024"},
    "series-list": {"series": "A.430281.TRADE_TOTAL"},
    "availability-list": {"indicator": "TRADE_TOTAL"},
    "cite-list": {"indicator": "TRADE_TOTAL", "region": "430281", "style": "gbt7714"},
    "resolve-list": {"q": "醴陵"},
    "search-list": {"q": "陶瓷"},
    "ask-list": {"q": "醴陵2024年进出口是多少"},
    "match-list": {"region": "430281", "industry": "CERAMICS"},
    "measure-counts": {"by": "status"},
}
CODES = {
    "region-detail": "430281", "region-profile": "430281", "region-policies": "430281", "indicator-detail": "TRADE_TOTAL",
    "topic-detail": "TRADE", "unit-detail": "CNY_100M", "category-detail": "CERAMICS", "classification-detail": "INDUSTRY",
    "series-detail": "A.430281.TRADE_TOTAL", "document-detail": "hunan-ftz-plan", "document-progress": "hunan-ftz-plan",
}  # fmt: skip
ANSWERING = [e for e in DESCRIBED if e.name not in ("release-latest", "release-download", "release-download-figures")]


def asked_for_example(endpoint: Endpoint) -> tuple[dict[str, Any], str]:
    """What stands in the path of the question of an example, and its address."""
    route = endpoint.path_of(CODES[endpoint.name]) if endpoint.name in CODES else endpoint.path()
    template = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(BASE + endpoint.route)))
    codes: dict[str, Any] = template.fullmatch(route).groupdict()
    if "pk" in codes:
        codes = {"id": int(codes["pk"])}
    query = {**endpoint.query, **TELLING.get(endpoint.name, {})} | ({"page_size": "2"} if endpoint.numbered else {})
    return codes, f"{route}?{urlencode(query, safe=',')}" if query else route


LONGEST_TITLE = 20


def shortened(content: Any, titles: Collection[str]) -> Any:
    """An answer with the first two records of each list, and of long titles and references of sources the beginning."""
    if isinstance(content, dict):
        return {name: shortened(part, titles) for name, part in content.items()}
    if isinstance(content, list):
        first = content[:2] if any(isinstance(part, dict) for part in content) else content
        return [shortened(part, titles) for part in first]
    if isinstance(content, str):
        for title in titles:
            content = content.replace(title, _cut(title))
    return content


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TITLE else f"{text[:LONGEST_TITLE]}…"


def long_titles() -> list[str]:
    """The titles of sources and documents, and the references, that are too long for an example, the longest first."""
    sources = ((one.title_zh, one.title_en, one.citation) for one in Source.objects.all())
    stored = itertools.chain(*sources, *Document.objects.values_list("title_zh", "title_en"))
    return sorted({text for text in stored if text != _cut(text)}, key=len, reverse=True)


def answer_for_example(address: str, lang: str, titles: Collection[str]) -> Any:
    answer = Client().get(address, headers={"Host": HOST.partition("//")[2], "Accept-Language": lang})
    assert answer.status_code == 200, answer.content
    return (
        shortened(json.loads(answer.content), titles) if "json" in answer["Content-Type"] else answer.content.decode()
    )


def examples_now(described: Any) -> dict[str, Any]:
    """What the service answers to the question of each example, by operation."""
    examples, titles = {}, long_titles()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "localdate", lambda *_: datetime.date(2026, 11, 25))  # by which a goal is due or not
        for endpoint in ANSWERING:
            codes, address = asked_for_example(endpoint)
            answers = {lang: answer_for_example(address, lang, titles) for lang in ("zh", "en")}
            examples[operation_of(described, endpoint)["operationId"]] = {
                "asked": unquote(address), "codes": codes, **answers,
            }  # fmt: skip
    return examples


def test_its_examples_are_what_the_service_answers(description: Any) -> None:
    now = examples_now(description)
    for operation, example in json.loads(FILE.read_text(encoding="utf-8")).items():
        assert now.pop(operation) == example, f"{operation}; if that is meant: UPDATE_SNAPSHOT=1"
    assert not now


@pytest.mark.parametrize("endpoint", **ids(ANSWERING))
def test_every_operation_has_an_example_as_its_schema_says(
    endpoint: Endpoint, description: Any, registry: Registry
) -> None:
    (content, *_) = operation_of(description, endpoint)["responses"]["200"]["content"].values()
    example = content["examples"]["answer"]["value"]
    assert list(judge_of(content["schema"], registry).iter_errors(example)) == []


UNTOLD = {  # of the connection, of every page on the web, and what schemas say
    "Content-Type", "Content-Length", "Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
}  # fmt: skip


def headers_told(description: Any, operation: Any, status: int) -> dict[str, Any]:
    """The headers that the description has of an answer, each with what it says."""
    response = operation["responses"][str(status)]
    if "$ref" in response:
        response = description["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return {name: description["components"]["headers"][name] for name in response["headers"]}


@pytest.mark.parametrize("endpoint", **ids(DESCRIBED))
def test_exactly_the_headers_that_are_described_are_sent(endpoint: Endpoint, description: Any, client: Client) -> None:
    operation = operation_of(description, endpoint)
    good = client.get(endpoint.path(), endpoint.query)
    answers = [good, client.get(endpoint.path(), {"nothing": "such"})]
    if "ETag" in good:
        answers.append(client.get(endpoint.path(), endpoint.query, headers={"If-None-Match": good["ETag"]}))
    assert [answer.status_code for answer in answers] in ([200, 400, 304], [302, 400])
    for answer in answers:
        told = headers_told(description, operation, answer.status_code)
        assert set(answer.headers) - UNTOLD <= told.keys()
        assert {name for name, header in told.items() if header["required"]} <= set(answer.headers)


# Answers are as described -------------------------------------------------------------------------------------------


def texts_without_a_letter(content: Any, name: str = "") -> Iterator[str]:
    if isinstance(content, dict):
        for key, part in content.items():
            yield from texts_without_a_letter(part, key)
    elif isinstance(content, list):
        for part in content:
            yield from texts_without_a_letter(part, name)
    elif content == "":
        yield name


@pytest.mark.parametrize("endpoint", **ids([e for e in DESCRIBED if e in DATA]))
def test_answers_fit_their_schema(endpoint: Endpoint, description: Any, registry: Registry, client: Client) -> None:
    content = operation_of(description, endpoint)["responses"]["200"]["content"]["application/json"]
    judge = judge_of(content["schema"], registry)
    shapes: list[dict[str, str]] = [{}]
    if "include" in endpoint.parameters:
        shapes = [{"page_size": "5"} if endpoint.enveloped else {}, endpoint.every_part]
    if "detail" in endpoint.parameters:
        shapes += [{"detail": "data"}, {"detail": "full", "variants": "all"}, {"year": "1901"}]
    for shape in shapes:
        asked = {**endpoint.query, **({"page_size": "1000"} if endpoint.enveloped else {}), **shape}
        answer = client.get(endpoint.path(), asked)
        assert answer.status_code == 200
        assert faults(judge, answer.content) == []
        assert list(texts_without_a_letter(orjson.loads(answer.content))) == []  # what is missing is null
    properties = content["schema"].get("properties")
    if properties and not endpoint.enveloped and endpoint.action != "list":
        assert orjson.loads(client.get(endpoint.path()).content).keys() <= properties.keys()


def test_what_is_required_is_in_every_answer_and_all_that_is_there_is_required(description: Any) -> None:
    """`fields` may leave out anything of the rows that it is asked of (docs/decisions/0057); a part of a row is whole."""
    operations = [item["get"] for path, item in description["paths"].items() if not path.endswith("/cite")]
    with_fields = [one for one in operations if any(given["name"] == "fields" for given in one.get("parameters", []))]
    rows = {
        reference.rpartition("/")[2]
        for one in with_fields
        for reference in re.findall(r"#/components/schemas/\w+", json.dumps(one["responses"]["200"]["content"]))
    } - {"Warning"}
    brought = {"Problem": {"errors"}, "DomainProgressRow": {"measures"}, "CitedRow": {"bibtex", "datacite", "gbt7714"}}
    for name, schema in description["components"]["schemas"].items():
        lacking = schema.get("properties", {}).keys() - set(schema.get("required", ()))
        assert lacking == (schema["properties"].keys() if name in rows else brought.get(name, set())), name


@pytest.fixture(scope="module")
def api_schema(descriptions: dict[str, Any]) -> Any:
    """The description, asking for short words: a pattern of 8,000 characters would be compiled for every parameter."""
    asked = copy.deepcopy(descriptions["en"])
    for item in asked["paths"].values():
        for parameter in item["get"].get("parameters", []):
            for words in (parameter["schema"], parameter["schema"].get("items", {})):
                if "maxLength" in words:
                    words["maxLength"] = 60
    schema = schemathesis.openapi.from_dict(asked)
    schema.app = get_wsgi_application()
    return schema


@pytest.mark.usefixtures("_connection_kept")
def test_generated_requests_find_no_crash_and_nothing_undocumented(
    api_schema: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AddressThrottle, "rate", "1000000/min", raising=False)
    few = hypothesis_settings(
        max_examples=2, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    called = set()
    for result in api_schema.get_all_operations():
        operation = result.ok()

        @few
        @given(case=operation.as_strategy())
        def probe(case: Any) -> None:
            called.add(case.operation.path)
            case.call_and_validate(checks=checks, headers={"Host": "localhost", "Accept-Encoding": "identity"})

        probe()
    assert len(called) > 30
