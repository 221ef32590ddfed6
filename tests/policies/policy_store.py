"""What the tests of policies make: a document, a measure, something that happened to it."""

from __future__ import annotations

import itertools
from typing import Any

from policies.models import Document, Event, Measure
from sources.models import Release, Source

NUMBERS = itertools.count(1)


def a_release() -> Release:
    return Release.objects.get(version="2026-R1")


def a_document(code: str = "test-plan") -> Document:
    paper, _ = Source.objects.get_or_create(
        slug="test-paper", defaults={"kind": "paper", "title_zh": "论文", "title_en": "P"}
    )
    names = {"kind": "plan", "title_zh": "试验方案", "title_en": "Test plan", "source": paper, "released": a_release()}
    return Document.objects.get_or_create(code=code, defaults=names)[0]


def a_measure(**values: Any) -> Measure:
    code = f"test-measure-{next(NUMBERS)}"
    texts = {"title_zh": "措施", "title_en": "Measure", "summary_zh": "摘要", "summary_en": "Summary"}
    place = {"kind": "task", "level": "provincial", "released": a_release()}
    if "document" not in values:
        values["document"] = a_document()
    return Measure.objects.create(**{"code": code, **texts, **place, **values})


def happened(measure: Measure, type_: str, edtf: str = "", **values: Any) -> Event:
    return Event.objects.create(measure=measure, type=type_, edtf=edtf, **{"released": a_release(), **values})


def lived(lives: list[list[tuple[str, str]]]) -> list[Measure]:
    """A measure for each list of events, of which each is its type and its date."""
    own: Any = {"kind": "task", "level": "provincial", "document": a_document(), "released": a_release()}
    made = Measure.objects.bulk_create(Measure(code=f"test-measure-{next(NUMBERS)}", **own) for _ in lives)
    told = [
        Event(measure=measure, type=type_, edtf=edtf, released=own["released"])
        for measure, life in zip(made, lives, strict=True) for type_, edtf in life
    ]  # fmt: skip
    for event in told:
        event.derive()
    Event.objects.bulk_create(told)
    return made
