"""Chinese by default, English on request: by `lang`, else by Accept-Language."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.test import Client

from tests.api.contract import BASE, DATA, STRICT, Endpoint, error_of, ids

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

CASES = [
    ({}, None, "zh"),
    ({}, "zh", "zh"),
    ({}, "zh-CN,zh;q=0.9", "zh"),
    ({}, "zh-TW", "zh"),
    ({}, "en-US,en;q=0.9", "en"),
    ({}, "de", "zh"),
    ({}, "de, en;q=0.5", "en"),
    ({}, "*", "zh"),
    ({}, "*;q=0.9, zh;q=0.1", "en"),
    ({}, "*;q=0.1, zh;q=0.9", "zh"),
    ({}, ";;;=,\u202e", "zh"),
    ({"lang": "en"}, None, "en"),
    ({"lang": "en"}, "zh-CN", "en"),
    ({"lang": "zh"}, "en", "zh"),
]


def named(row: Any) -> list[tuple[str, str, str]]:
    """(said, zh, en) of every text of a row that is given in both languages."""
    stems = [key.removesuffix("_zh") for key in row if key.endswith("_zh") and key.removesuffix("_zh") in row]
    return [(row[stem], row[f"{stem}_zh"], row[f"{stem}_en"]) for stem in stems]


@pytest.mark.parametrize(("query", "accept", "language"), CASES)
def test_the_language_of_the_answer(query: dict[str, str], accept: str | None, language: str, client: Client) -> None:
    headers = {"Accept-Language": accept.encode().decode("latin-1")} if accept else {}
    response = client.get(f"{BASE}/regions/430281", query, headers=headers)
    assert response["Content-Language"] == language
    assert orjson.loads(response.content)["name"] == ("醴陵市" if language == "zh" else "Liling City")


@pytest.mark.parametrize("endpoint", **ids(DATA))
def test_every_answer_says_its_language_and_switches_names(endpoint: Endpoint, client: Client) -> None:
    answers = {}
    for language in ("zh", "en"):
        response = client.get(endpoint.path(), {**endpoint.query, "lang": language})
        assert response["Content-Language"] == language
        varies = {name.strip().lower() for name in response["Vary"].split(",")}
        assert {"accept", "accept-language"} <= varies
        content = orjson.loads(response.content)
        answers[language] = content["results"] if endpoint.enveloped else [content]
    for position, language in ((1, "zh"), (2, "en")):
        texts = [text for row in answers[language] for text in named(row)]
        assert all(text[0] == text[position] for text in texts)


@pytest.mark.parametrize("endpoint", **ids(STRICT))
def test_an_unknown_language_is_refused(endpoint: Endpoint, client: Client) -> None:
    error = error_of(client.get(endpoint.path(), {**endpoint.query, "lang": "zhh"}), "lang")
    both = ["both"] if "both" in getattr(endpoint.parameters["lang"], "choices", ()) else []
    assert error["allowed"] == [*both, "en", "zh"]
    assert error["did_you_mean"] == "zh"


def test_names_of_rows_follow_the_language(client: Client) -> None:
    asked = {"region": "430281", "year": "2024", "indicator": "TRADE_TOTAL"}
    (chinese,) = orjson.loads(client.get(f"{BASE}/observations", {**asked, "lang": "zh"}).content)["results"]
    (english,) = orjson.loads(client.get(f"{BASE}/observations", {**asked, "lang": "en"}).content)["results"]
    assert (chinese["region_name"], english["region_name"]) == ("醴陵市", "Liling City")
    assert chinese["indicator_name"] != english["indicator_name"]
    assert chinese["unit_name"] == "亿元"
    without_names = [
        {k: v for k, v in row.items() if not k.endswith(("_name", "_title"))} for row in (chinese, english)
    ]
    assert without_names[0] == without_names[1]


def test_a_cookie_of_the_pages_does_not_change_the_interface(client: Client) -> None:
    client.cookies["django_language"] = "en"
    assert client.get(f"{BASE}/regions/430281")["Content-Language"] == "zh"


def test_warnings_follow_the_language(client: Client) -> None:
    says = {
        language: orjson.loads(client.get(f"{BASE}/observations", {"year": "1901", "lang": language}).content)[
            "warnings"
        ]
        for language in ("zh", "en")
    }
    assert says["en"][0]["message"].isascii()
    assert not says["zh"][0]["message"].isascii()
