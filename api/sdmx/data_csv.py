"""Figures as SDMX-CSV: 1.0 for SDMX 2.1, 2.0 for SDMX 3.0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from api.sdmx.components import AGENCY, Component, codes_of
from api.sdmx.questions import Part, Question
from api.sdmx.structures import structures
from indicators.labels import labels

END = "\r\n"
NEEDS_QUOTES = re.compile('[",\r\n]')
# A spreadsheet would run a text that begins so; codes cannot begin so, and values are numbers.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ACTIONS = {"Information": "I", "Append": "A", "Replace": "R", "Delete": "D"}

Words = Mapping[str, Mapping[str | None, str]]


def write_csv_1(question: Question, parts: Iterable[Part], both: bool = False) -> Iterator[bytes]:
    """SDMX-CSV 1.0. Changes and revisions say in two columns more what is to be done with a row, and since when it stood."""
    told = question.history or question.since is not None
    words = _words(question) if both else {}
    yield _line(["DATAFLOW", *_header(question, words), *(("ACTION", "VALID_FROM") if told else ())])
    start = f"{AGENCY}:{question.flow.id}(1.0),"
    for part in parts:
        end = f",{part.action},{part.valid_from or ''}" if told else ""
        yield from _rows(question, part, words, start, end)


def write_csv_2(question: Question, parts: Iterable[Part], both: bool = False) -> Iterator[bytes]:
    """SDMX-CSV 2.0. Revisions say in one column more since when a row stood."""
    words = _words(question) if both else {}
    told = ("VALID_FROM",) if question.history else ()
    yield _line(["STRUCTURE", "STRUCTURE_ID", "ACTION", *_header(question, words), *told])
    for part in parts:
        start = f"dataflow,{AGENCY}:{question.flow.id}(1.0.0),{ACTIONS[part.action]},"
        yield from _rows(question, part, words, start, f",{part.valid_from}" if told else "")


def _header(question: Question, words: Words) -> list[str]:
    if not words:
        return [part.id for part in question.components]
    return [_quoted(f"{part.id}: {getattr(part, question.language)}") for part in question.components]


def _rows(question: Question, part: Part, words: Words, start: str, end: str) -> Iterator[bytes]:
    absent = "," * (len(question.components) - len(part.components))
    between = f"{absent}{end}{END}{start}"
    for chunk in part.chunks:
        columns = [
            _cells(component, column, words) for component, column in zip(part.components, chunk.columns, strict=True)
        ]
        rows = between.join(map(",".join, zip(*columns, strict=True)))
        yield f"{start}{rows}{absent}{end}{END}".encode()


def _cells(component: Component, column: Sequence[str | None], words: Words) -> Iterable[str]:
    if component.codelist and component.codelist in words:
        return map(words[component.codelist].__getitem__, column)
    if component.id == "COMMENT":
        return ["" if text is None else _quoted(f"'{text}" if text.startswith(FORMULA) else text) for text in column]
    if component.role == "measure":
        return ["" if text is None else text for text in column]
    return column  # type: ignore[return-value]


def _words(question: Question) -> Words:
    """Codelist → code → the code with its name in the language of the answer."""
    known, codelists, spoken = codes_of(labels()).code, structures().codelists, question.language
    words: dict[str, dict[str | None, str]] = {}
    for name in {part.codelist for part in question.components if part.codelist}:
        words[name] = {code: code for code in known[name].values()}
        words[name] |= {item.id: _quoted(f"{item.id}: {getattr(item, spoken)}") for item in codelists[name].items}
    return words


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""')) if NEEDS_QUOTES.search(text) else text


def _line(cells: Sequence[str]) -> bytes:
    return f"{','.join(cells)}{END}".encode()
