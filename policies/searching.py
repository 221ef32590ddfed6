"""One search over every kind: regions, indicators, categories, measures, documents and sources."""

from __future__ import annotations

from typing import Any

from indicators.resolving import CONTAINS, Found, in_order, resolve, score_of
from policies.models import Document, Measure
from sources.models import Source
from sources.text import normalised

# A word in a title weighs more than one in a summary.
IN_TITLE, IN_TEXT = 0.9, 0.5

KINDS = ("region", "indicator", "industry", "product", "trade_mode", "measure", "document", "source")


def search(words: str) -> list[Found]:
    """What the words are found in, best first. All words (separated by spaces) must be in one record."""
    found = resolve(words)
    parts = normalised(words).split()
    measures = Measure.objects.public()
    for part in parts:
        measures = measures.filter(search__contains=part)
    for measure in measures:
        titles = [normalised(measure.title_zh), normalised(measure.title_en), measure.code]
        found.append(_match("measure", measure.code, measure, parts, titles))
    found += _titled("document", Document.objects.public(), parts, "code")
    found += _titled("source", Source.objects.public(), parts, "slug")
    return in_order(found)


def _titled(kind: str, records: Any, parts: list[str], code: str) -> list[Found]:
    matches = []
    for record in records:
        titles = [normalised(record.title_zh), normalised(record.title_en), getattr(record, code)]
        if all(any(part in title for title in titles) for part in parts):
            matches.append(_match(kind, getattr(record, code), record, parts, titles))
    return matches


def _match(kind: str, code: str, record: Any, parts: list[str], titles: list[str]) -> Found:
    word = " ".join(parts)
    best = max(titles, key=lambda title: score_of(word, title))
    score = score_of(word, best)
    weight = round(IN_TITLE * score, 4) if score else round(IN_TEXT * CONTAINS, 4)
    return Found(kind, code, record, best if score else "", weight)
