"""Whatever a parameter makes of an answer, the description has it: nothing missing that it requires, nothing more than it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.test import Client
from jsonschema_rs import Registry

from api.http.parameters import FlagField, NumberField
from tests.api.contract import BASE, DATA, Endpoint, ids
from tests.api.http.test_openapi import faults, judge_of, operation_of, registry_of

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

# What makes another answer by its own grammar, and what goes only together.
WORDS = {
    "transform": ["yoy", "pop", "diff", "share", "rank", "index:2022"], "updated_after": ["2026-R1", "2020-01-01"],
    "as_of": ["2026-R1", "2020-01-01"],
}  # fmt: skip
# What leaves the rows as they are, and is asked at once, of more rows than the rest; what is of no rows in JSON, or of their order.
SAME = {"lang": "en", "if_release": "2026-R1", "page": "1"}
OTHER = ("format", "bom", "ordering")
TOGETHER: dict[str, list[dict[str, str]]] = {
    "shape": [{"shape": shape, **more} for shape in ("wide", "series")
              for more in ({"transform": "yoy"}, {"updated_after": "2020-01-01"}, {"year": "1901"})],
    "history": [{"history": "true", "detail": "full"}, {"history": "true", "fields": "id,retired"}],
    "unit": [{"unit": "CNY_10K", "indicator": "TRADE_TOTAL"}],
    "view": [{"by": "year", "view": view} for view in ("standing", "stock", "flow")],
}  # fmt: skip


@pytest.fixture(scope="module")
def described(django_db_setup: None, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        return orjson.loads(Client().get(f"{BASE}/openapi.json", {"lang": "en"}).content)


def closed(node: Any, *, one_of_several: bool = False) -> Any:
    """A schema that refuses what it does not name."""
    if isinstance(node, list):
        return [closed(part, one_of_several=one_of_several) for part in node]
    if not isinstance(node, dict):
        return node
    found = {
        name: {key: closed(one) for key, one in part.items()} if name == "properties"
        else closed(part, one_of_several=name == "allOf")
        for name, part in node.items()
    }  # fmt: skip
    if "allOf" in node:
        found["unevaluatedProperties"] = False
    if "properties" in node and "additionalProperties" not in node and not one_of_several:
        found["unevaluatedProperties"] = False
    return found


A_PERIOD = "^[12][0-9]{3}(-Q[1-4]|-[01][0-9])?$"  # which is a column with shape=wide, as the description says in words

A_MARK = A_PERIOD.replace("$", "_mark$")


@pytest.fixture(scope="module")
def strict(described: Any) -> Registry:
    """The description, whose schemas refuse what they do not name."""
    strict = closed(described)
    strict["components"]["schemas"]["Observation"]["patternProperties"] = {
        A_PERIOD: {"type": ["number", "null"]}, A_MARK: {"type": ["string", "null"]},
    }  # fmt: skip
    return registry_of(strict)


def questions(endpoint: Endpoint) -> Iterator[dict[str, str]]:
    """Every word of every parameter that has a list of them, and those that make another answer."""
    yield {name: word for name, word in SAME.items() if name in endpoint.parameters}
    for name, field in endpoint.parameters.items():
        choices = getattr(field, "choices", [])
        if name == "fields":
            choices = [f"{choices[0]},{choices[-1]}"]
        elif field.many and choices:
            choices = [*choices, ",".join(choices)]
        elif isinstance(field, FlagField):
            choices = ["true", "false"]
        elif isinstance(field, NumberField):
            choices = [str(field.least)]
        for word in [*choices, *WORDS.get(name, [])] if name not in (*SAME, *OTHER) else []:
            yield {name: word}
        yield from TOGETHER.get(name, []) if name in endpoint.parameters else []


@pytest.mark.parametrize("endpoint", **ids(DATA))
def test_every_answer_is_as_it_is_described(
    endpoint: Endpoint, described: Any, strict: Registry, client: Client
) -> None:
    content = operation_of(described, endpoint)["responses"]["200"]["content"]["application/json"]
    answers = judge_of(closed(content["schema"]), strict)
    problems = judge_of({"$ref": "#/components/schemas/Problem"}, strict)
    good = 0
    for number, question in enumerate(questions(endpoint)):
        paged = {"page_size": "10" if number else "50"} if "page_size" in endpoint.parameters else {}
        response = client.get(endpoint.path(), endpoint.query | paged | question)
        assert response.status_code in (200, 400) or (response.status_code, [*question]) == (404, ["as_of"]), (
            question,
            response.content[:300],
        )
        good += response.status_code == 200
        judge = answers if response.status_code == 200 else problems
        assert faults(judge, response.content) == [], question
    assert good


@pytest.mark.parametrize("endpoint", **ids(DATA))
def test_nothing_is_no_value_of_a_parameter_as_it_is_described(
    endpoint: Endpoint, described: Any, strict: Registry
) -> None:
    """As the service refuses it: test_http_rules.py: test_nothing_and_nul_are_refused_not_ignored."""
    for parameter in operation_of(described, endpoint).get("parameters", []):
        if parameter["in"] == "query":
            asked = judge_of(closed(parameter["schema"]), strict)
            assert not asked.is_valid([] if parameter["schema"].get("type") == "array" else ""), parameter["name"]
            assert not asked.is_valid([" "] if parameter["schema"].get("type") == "array" else " "), parameter["name"]
