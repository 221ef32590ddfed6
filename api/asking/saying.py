"""What an answer says in words, of the rows that an endpoint gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from api.formats.json import to_json
from indicators.choices import ObservationStatus, Qualifier
from indicators.components import BREAKDOWNS
from indicators.labels import labels
from indicators.wording import figure_text
from policies.choices import RegionRole
from sources.bilingual import both, language
from sources.folding import normalised
from words.periods import times
from words.vocabulary import INDICATOR, REGION

GOALS = (ObservationStatus.FORECAST.value,)
MOST_SAID = 3

Row = Mapping[str, Any]


def listed(words: Iterable[str]) -> str:
    """Some words as a list in a sentence."""
    return ("、" if language() == "zh" else ", ").join(words)


def said(parts: Iterable[str]) -> str:
    """The first few of several things, as a text."""
    every = [part for part in dict.fromkeys(parts) if part]
    more = len(every) - MOST_SAID
    first = ("；" if language() == "zh" else "; ").join(every[:MOST_SAID])
    return str(both(f"{first}；另有 {more} 项", f"{first}; and {more} more")) if more > 0 else first


def figure_said(row: Row) -> str:
    """A row of figures in words; a goal is called one."""
    whole = row.get("whole_name")
    within = {INDICATOR: both(f"（在{whole}中）", f" (within {whole})")} if whole else {}
    named = [
        f"{row[f'{name}_name']}{within.get(name, '')}"
        for name in (REGION, INDICATOR, *BREAKDOWNS)
        if row.get(f"{name}_name")
    ]
    text = row["text"] or row["note"] or ""
    if row["status"] in GOALS and row["qualifier"] != Qualifier.TARGET:
        text = str(both(f"目标 {text}", f"goal: {text}"))
    line = " ".join(named) if language() == "zh" else ", ".join(named)
    return f"{line} {row['period']}：{text}" if language() == "zh" else f"{line}, {row['period']}: {text}"


def goal_said(row: Row) -> str:
    """A goal in words, with what became of it."""
    figure = _amount(row["target"], {**row, "qualifier": Qualifier.TARGET.value}, row["series"])
    due = row["due"] or both("未写期限", "no due date stated")
    return str(
        both(
            f"{row['region_name']} {row['indicator_name']}（{due}）：{figure}。{row['reason_text']}",
            f"{row['region_name']}, {row['indicator_name']} ({due}): {figure}. {row['reason_text']}",
        )
    )


def rank_said(row: Row) -> str:
    """A place of a ranking in words; what has no rank says why."""
    figure = f"{row['region_name']} {row['period']}: {_amount(row['value'], row, row['series'])}"
    rank = row["rank"]
    if rank is None:
        return f"{figure} ({row['note']})"
    return str(both(f"第 {rank} 位：{figure}", f"{figure} (rank {rank})"))


def compared_said(row: Row) -> str:
    """A period of a comparison in words."""
    names = labels().regions
    values = []
    for code, figure in row["figures"].items():
        if figure is not None and row["values"][code] is not None:
            amount = _amount(row["values"][code], {**row, **figure}, figure["series"])
            values.append(f"{names[names.key[code]].name(language())} {amount}")
    return f"{row['period']}: {listed(values)}"


def _amount(value: object, row: Row, series: str) -> str:
    """A number of a row as people write it, with its unit."""
    names = labels()
    words = names.words(names.units.key[row["unit"]], names.indicators.key[series.split(".")[2]])
    return figure_text(to_json(value).decode(), words, row.get("qualifier", Qualifier.EXACT.value), language())


def dates_said(measure: Row) -> str:
    """What happened to a measure and when, as far as it is dated."""
    return listed(f"{event['type_name']} {event['date']}" for event in measure["events"] if event["date"])


def due_said(measure: Row) -> str:
    """The year that a measure names, where it has no dated event: what shall be done by 2026."""
    texts = [measure["title"], *(phrase["exact"] for phrase in measure["evidence"])]
    years = [
        time.period for text in texts for time in times(normalised(text), timezone.localdate()) if time.period in text
    ]
    return str(both(f"所写的时间：{years[0]}", f"the time it names: {years[0]}")) if years else ""


def actors_said(measure: Row) -> str:
    """Who carries a measure out; where none is named, that is said, with where it is carried out."""
    if measure["actors"]:
        return listed(actor["name"] for actor in measure["actors"])
    places = listed(region["name"] for region in measure["regions"] if region["role"] == RegionRole.TARGET)
    return (
        str(both(f"没有写明由谁实施；实施地：{places}", f"no actor is named; carried out in {places}"))
        if places
        else ""
    )


def authors_said(source: Row) -> str:
    """Who wrote a source, else who published it."""
    return listed(source["authors"]) or source["publisher"] or ""


def issuer_said(document: Row) -> str:
    """Who issued a document."""
    issuer = document["issuer"]
    return str(both(f"{issuer['name']}发布", f"issued by {issuer['name']}")) if issuer else ""


def issued_said(document: Row) -> str:
    """When a document was issued."""
    return str(both(f"发布于 {document['issued']}", f"issued {document['issued']}")) if document["issued"] else ""
