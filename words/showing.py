"""What matched, as text: where the words of a question stand in a name or a text, whatever form they have there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sources.folding import folded_places, normalised
from words.documents import texts_of
from words.hits import Hit, Hits
from words.parts import QuestionPart
from words.reading import Reading
from words.units import IS_HAN, keys, units_of

AROUND = 30  # characters of the text on either side of what matched
MOST_NAMES = 40


class Shown(NamedTuple):
    """That words of the question stand in a text: which, in which field and language, the text around, and where in that they stand."""

    words: str
    field: str
    language: str
    text: str
    start: int
    end: int


class ShownText(NamedTuple):
    """A text of what was found: its field and language, and how it folds, once for all parts of the question."""

    field: str
    language: str
    text: str
    folded: str
    places: Sequence[int]


def shown(hits: Hits, listed: Sequence[Hit]) -> list[list[Shown]]:
    """What matched in each of some hits, a place for each part of the question; a query for each kind that has texts."""
    texts: dict[tuple[str, int], list[tuple[str, str, str]]] = {}
    by_kind: dict[str, list[int]] = {}
    for hit in listed:
        by_kind.setdefault(hit.entry.kind, []).append(hit.entry.pk)
    for kind, pks in by_kind.items():
        texts |= {(kind, pk): mine for pk, mine in texts_of(kind, pks).items()}
    wanted = [(part, _forms(hits.reading, part)) for part in hits.reading.parts if part.is_name or part.is_plain]
    answers = []
    for hit in listed:
        entry = hit.entry
        names = [("name", "zh", entry.name_zh), ("name", "en", entry.name_en)]
        mine = texts.get((entry.kind, entry.pk)) or ([] if entry.kind == "series" else names)
        folded = [ShownText(*one, *folded_places(one[2])) for one in mine]
        unmet = {(part.start, part.end) for part in hit.unmet}
        answers.append(
            [
                one
                for part, forms in wanted
                if (part.start, part.end) not in unmet and (one := _place(part, forms, folded))
            ]
        )
    return answers


def _forms(reading: Reading, part: QuestionPart) -> list[str]:
    """What a part may stand as in a text, normalised: as it was written, then by all names of what it means."""
    names = reading.vocabulary.folded_names
    forms = [normalised(part.correction.meant if part.correction else part.text)]
    for meaning in part.meanings:
        forms += names.get(meaning.concept, [])
        if (turned := reading.turned.get(meaning.concept)) is not None:
            forms += names.get(turned, [])
    return [form for form in dict.fromkeys(forms) if len(form) > 1 or form == forms[0]][:MOST_NAMES]


def _place(part: QuestionPart, forms: Iterable[str], texts: Sequence[ShownText]) -> Shown | None:
    """Where the part stands: the first of its forms that a text has, else the first of its words."""
    for form in forms:
        for one in texts:
            if form in one.folded and (span := _span(one, form)):
                return _around(part, one, *span)
    wanted = set(part.keys)
    for one in texts:
        if any(key in one.folded for key in wanted):
            for start, end in _runs(one, wanted):
                return _around(part, one, start, end)
    return None


def _span(one: ShownText, form: str) -> tuple[int, int] | None:
    """Where a normalised form stands in a text; an English one between the edges of words."""
    folded, places = one.folded, one.places
    at = folded.find(form)
    while at >= 0:
        end = at + len(form)
        inside = (at > 0 and _joins(folded[at - 1], form[0])) or (end < len(folded) and _joins(folded[end], form[-1]))
        if not inside:
            return places[at], places[end - 1] + 1
        at = folded.find(form, at + 1)
    return None


def _joins(one: str, other: str) -> bool:
    return one.isalnum() and other.isalnum() and not IS_HAN.match(one) and not IS_HAN.match(other)


def _runs(one: ShownText, wanted: set[str]) -> Iterator[tuple[int, int]]:
    """Where words of a text are, side by side, among those wanted; of Chinese characters at least two."""
    run: list[tuple[int, int, bool]] = []
    for unit in units_of(one.folded, one.places):
        if unit.key in wanted and (not run or run[-1][1] == unit.start or not unit.is_han):
            run.append((unit.start, unit.end, unit.is_han))
            continue
        if run and (len(run) > 1 or not run[0][2]):
            yield run[0][0], run[-1][1]
        run = [(unit.start, unit.end, unit.is_han)] if unit.key in wanted else []
    if run and (len(run) > 1 or not run[0][2]):
        yield run[0][0], run[-1][1]


def _around(part: QuestionPart, one: ShownText, start: int, end: int) -> Shown:
    first, last = max(0, start - AROUND), min(len(one.text), end + AROUND)
    return Shown(part.text, one.field, one.language, one.text[first:last], start - first, end - first)


def matched_name(hit: Hit, reading: Reading, shown: Sequence[Shown]) -> str:
    """The name that matched best, normalised: of what a word names the name that it has there; empty where only a text did."""
    concept = reading.vocabulary.by_code.get((hit.entry.kind, hit.entry.code))
    if concept is not None:
        for part in reading.parts:
            for meaning in part.meanings:
                if meaning.concept == concept:
                    return normalised(meaning.name)
    named: Mapping[str, str] = {"zh": hit.entry.name_zh, "en": hit.entry.name_en}
    language = next((one.language for one in shown if one.field in ("name", "title")), None)
    if language is None and set(keys(hit.entry.code)) <= {key for part in reading.parts for key in part.keys}:
        return normalised(hit.entry.code)
    return normalised(named[language]) if language else ""
