"""Every address of the API and its answer: what test_same_answers compares. Run, it prints those of the store of DATABASE_URL.

Lists are walked to their last page and in every order, in both languages, and things that they name are read by themselves.
The questions of tests/words are asked in turn of what takes words, so that questions of every kind come to each. Of the questions
one in FEW is enough, and of the things one in FEWER, for all were in the lists, and are read from the same rows; `make drill` has all.
"""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote, urlsplit

import django
import orjson
from django.test import Client

django.setup()  # where it is run; a test has done so

from api.http.limits import COUNTED

ROWS = {
    "regions": "code", "topics": "code", "units": "code", "classifications": "code", "indicators": "code",
    "observations": "id", "series": "key", "checks": "code", "sources": "code", "citations": "code",
    "releases": "version", "policies/documents": "code", "policies/domains": "code", "policies/measures": "code",
}  # fmt: skip

ORDERED = {
    "regions": ("-code", "name_zh", "-name_zh", "name_en"), "indicators": ("-code", "topic", "name_zh"),
    "observations": ("-series", "period", "-period", "region", "indicator", "value", "-value"), "series": ("-key",),
    "sources": ("issued", "-issued"), "citations": ("start", "-start"), "units": ("dimension",),
    "policies/documents": ("issued",), "policies/domains": ("code",),
    "policies/measures": ("document", "status_since", "-status_since"),
}  # fmt: skip

OTHERS = [
    "policies/measures/counts?by=status", "policies/measures/counts?by=year", "policies/measures/counts?by=region",
    "policies/measures/counts?by=industry", "policies/measures/counts?by=kind", "availability", "resolve?q=株洲",
    "resolve?q=ZHUZHOU", "search?q=物流", "search?q=trade", "observations?latest=1", "observations?variants=all",
    "observations?detail=full", "observations?year=2020..2023", "observations?within=430200&kind=county",
    "policies/measures?in_force_on=2022-01-01", "policies/measures?q=Ｔrade&include=events,relations,evidence,indicators",
    "targets?page_size=1000", "targets?result=pending,unknown&ordering=-due&lang=en", "structure/openness?lang=en",
    "structure/concentration?region=ZZ-COUNTIES", "structure/tiers?page_size=1000", "structure/tiers?industry=TEA&lang=en",
    "structure/specialisation?region=430281&reference=430224", "regions/430281/policies?page_size=1000",
    "search?q=FTZ&facets=true&page_size=1000", "search?q=湖南自贸区&page_size=1000&lang=en", "search?q=株洲 开放&page_size=1000",
    "search?q=醴陵陶瓷出口", "search?q=a&page_size=1000", "search?q=Lilling", "policies/measures/county-ceramics-glass/impact",
    "policies/measures/county-sci-spending/impact?lang=en", "policies/measures/hh-target-cargo/impact",
    "policies/measures?q=物流 通道", "policies/measures?status_on=2021-06-30", "policies/measures?updated_after=2020-01-01",
    "policies/measures/counts?by=year&view=stock", "policies/measures/counts?by=year&view=flow",
    "policies/match?region=430281&industry=ceramics&need=logistics", "policies/match?region=湖南&page_size=1000",
    "policies/match?industry=CBEC", "policies/replications", "policies/measures/hh-rcep/audience",
    "policies/documents/hunan-ftz-plan/progress?include=measures", "policies/graph?document=hunan-ftz-plan&depth=4",
    "observations?region=430282", "nothing", "openapi.json", "config",
]  # fmt: skip


SDMX = [
    "2.1/structure", "2.1/contentconstraint", "2.1/data/OBS", "2.1/data/OBS?format=csv&lang=en",
    "2.1/data/OBS?format=json&includeHistory=true", "2.1/data/TRADE?lastNObservations=1&format=structurespecificdata", "3.0/data",
    "3.0/data?c[TIME_PERIOD]=ge:2022&dimensionAtObservation=AllDimensions",
    "3.0/availability/dataflow/HNOT/TRADE?references=all",
]  # fmt: skip


FEW, FEWER = (1, 1) if os.environ.get("DRILL") == "1" else (6, 12)
QUESTIONS = Path(__file__).parents[1] / "words" / "questions.tsv"
OF_WORDS = ("search", "resolve", "ask", "policies/match")


def asked_in_words() -> list[str]:
    """An address for each question, in its language."""
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        questions = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        f"{OF_WORDS[number % len(OF_WORDS)]}?q={quote(row['question'])}&lang={row['lang']}"
        for number, row in enumerate(questions[::FEW])
    ]


class Asking:
    """Asks one address after the other, and keeps what is answered."""

    def __init__(self) -> None:
        self.client, self.answers = Client(headers={"host": "localhost"}, **{COUNTED: True}), list[str]()

    def answer(self, path: str) -> Any:
        response = self.client.get(path)
        content = response.content.decode()
        if response.status_code >= 400:
            content = content.split('"instance"')[0]  # each request has its own
        self.answers.append(f"{response.status_code} {path} {content}")
        return orjson.loads(response.content)

    def walk(self, path: str, key: str) -> list[Any]:
        keys, following = [], path
        while following:
            page = self.answer(following)
            keys += [row[key] for row in page["results"]]
            parts = urlsplit(page["next"] or "")
            following = f"{parts.path}?{parts.query}" if page["next"] else ""
        return keys


def answers() -> list[str]:
    """All of them; cursors are stamped with the same time."""
    with mock.patch.object(time, "time", return_value=1_800_000_000.0):
        asking = Asking()
        for kind, key in ROWS.items():
            keys = asking.walk(f"/api/v1/{kind}?page_size=97", key)
            for ordering in ORDERED.get(kind, ()):
                one_dimension = "&indicator=TRADE_TOTAL,INDUSTRY_OUTPUT" if ordering.endswith("value") else ""
                again = asking.walk(f"/api/v1/{kind}?page_size=89&ordering={ordering}&lang=en{one_dimension}", key)
                asked = asking.walk(f"/api/v1/{kind}?page_size=89{one_dimension}", key) if one_dimension else keys
                assert sorted(map(str, again)) == sorted(map(str, asked)), (kind, ordering)
            for value in keys[::FEWER] if len(keys) > FEWER * 3 else keys:
                asking.answer(f"/api/v1/{kind}/{value}")
        for path in OTHERS + asked_in_words():
            asking.answer(f"/api/v1/{path}")
        for path in SDMX:
            response: Any = asking.client.get(f"/sdmx/{path}")
            asking.answers.append(f"{response.status_code} {path} {response.getvalue().decode()}")
    return asking.answers


if __name__ == "__main__":
    print(orjson.dumps(answers()).decode())
