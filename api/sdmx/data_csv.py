"""Figures as SDMX-CSV: 1.0 for SDMX 2.1, 2.0 for SDMX 3.0."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

from api.sdmx.components import AGENCY, DIMENSIONS, MEASURE, TIME, SdmxComponent, held_codes
from api.sdmx.data_query import Chunk, Question, SdmxDataset
from api.sdmx.structures import structures

END = "\r\n"
NEEDS_QUOTES = re.compile('[",\r\n]')
# A spreadsheet would run a text that begins so; codes cannot begin so, and values are numbers.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
KEYS = {"series": "SERIES_KEY", "obs": "OBS_KEY"}
ACTIONS = {"Information": "I", "Append": "A", "Replace": "R", "Delete": "D"}

Words = Mapping[str, Mapping[str | None, str]]


def write_csv_1(question: Question, parts: Iterable[SdmxDataset], both: bool = False) -> Generator[bytes, None, None]:
    """SDMX-CSV 1.0. Changes and revisions say in two columns more what is to be done with a row, and since when it stood."""
    told = question.history or question.since is not None
    words = _words(question) if both else {}
    yield _line(["DATAFLOW", *_header(question, words), *(("ACTION", "VALID_FROM") if told else ())])
    start = f"{AGENCY}:{question.flow.id}({question.flow.version}),"
    for part in parts:
        end = f",{part.action},{part.valid_from or ''}" if told else ""
        yield from _rows(question, part, words, start, end)


def write_csv_2(
    question: Question, parts: Iterable[SdmxDataset], both: bool = False, keys: str = "none"
) -> Generator[bytes, None, None]:
    """SDMX-CSV 2.0. Revisions say in one column more since when a row stood; `keys` are `series`, `obs`, `both` or none."""
    words = _words(question) if both else {}
    told = ("VALID_FROM",) if question.history else ()
    shown = [name for name in KEYS if keys in (name, "both")]
    yield _line([
        "STRUCTURE", "STRUCTURE_ID", "ACTION", *map(KEYS.__getitem__, shown), *_header(question, words), *told,
    ])  # fmt: skip
    flow = f"{AGENCY}:{question.flow.id}({question.flow.version})"
    flow = _quoted(f"{flow}: {getattr(question.flow, question.language)}") if both else flow
    for part in parts:
        start = f"dataflow,{flow},{ACTIONS[part.action]},"
        yield from _rows(question, part, words, start, f",{part.valid_from}" if told else "", shown)


def _header(question: Question, words: Words) -> list[str]:
    if not words:
        return [part.id for part in question.components]
    return [_quoted(f"{part.id}: {getattr(part, question.language)}") for part in question.components]


def _rows(
    question: Question, part: SdmxDataset, words: Words, start: str, end: str, keys: Sequence[str] = ()
) -> Iterator[bytes]:
    absent = "," * (len(question.components) - len(part.components))
    between = f"{absent}{end}{END}{start}"
    for chunk in part.chunks:
        columns = [_keys(part, chunk, whole=name == "obs") for name in keys]
        columns += [
            _cells(component, column, words) for component, column in zip(part.components, chunk.columns, strict=True)
        ]
        rows = between.join(map(",".join, zip(*columns, strict=True)))
        yield f"{start}{rows}{absent}{end}{END}".encode()


def _keys(part: SdmxDataset, chunk: Chunk, *, whole: bool) -> Iterable[str]:
    """The key of each row's series, or its whole key with the period."""
    parts = (*DIMENSIONS, TIME) if whole else DIMENSIONS
    columns = [column for component, column in zip(part.components, chunk.columns, strict=True) if component in parts]
    return map(".".join, zip(*columns, strict=True))


def _cells(component: SdmxComponent, column: Sequence[str | None], words: Words) -> Iterable[str]:
    if component.codelist and component.codelist in words:
        return map(words[component.codelist].__getitem__, column)
    if component.is_attribute and not component.codelist:
        return ["" if text is None else _quoted(f"'{text}" if text.startswith(FORMULA) else text) for text in column]
    if component is MEASURE:
        return ["" if text is None else text for text in column]
    return column  # type: ignore[return-value]


def _words(question: Question) -> Words:
    """Codelist → code → the code with its name in the language of the answer."""
    known, codelists, spoken = held_codes().code, structures().codelists, question.language
    words: dict[str, dict[str | None, str]] = {}
    coded = [component for component in question.components if component.codelist]
    for component in coded:
        words.setdefault(component.codelist, {}).update((code, code) for code in known[component.id].values())
    for name, named in words.items():
        named |= {item.id: _quoted(f"{item.id}: {getattr(item, spoken)}") for item in codelists[name].items}
    return words


def _quoted(text: str) -> str:
    return '"{}"'.format(text.replace('"', '""')) if NEEDS_QUOTES.search(text) else text


def _line(cells: Sequence[str]) -> bytes:
    return f"{','.join(cells)}{END}".encode()
