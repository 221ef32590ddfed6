"""`lang=both`: an answer made in each language, put together so that a page can switch without asking again.

A text of an answer is known by its name (TEXTS): one name means one thing everywhere. Of each the merged answer has `…_zh` and
`…_en` in its place, whatever the rows say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import override
from rest_framework.response import Response

from api.formats.json import to_json
from api.formats.tables import Cells, Table
from sources.bilingual import DJANGO_LANGUAGES, LANGUAGES

BOTH = "both"
TEXTS = frozenset({
    "name", "title", "note", "text", "summary", "definition", "says", "message", "publisher", "symbol", "gbt7714",
    "bibtex",
})  # fmt: skip
DOCUMENTS = ("datacite",)  # of a standard of their own, which are made in a language as a whole
ENDINGS = ("_name", "_title", "_text", "_mark")


def is_text(name: str) -> bool:
    """Whether a field of this name is a text in the language of the answer."""
    return name in TEXTS or name.endswith(ENDINGS)


def named(name: str) -> list[str]:
    """What a text is called in each language."""
    return [f"{name}_{spoken}" for spoken in LANGUAGES]


def merged(in_zh: Any, in_en: Any) -> Any:  # noqa: ANN401  # any JSON
    """Two answers to one question, of which one is in Chinese and the other in English, as one."""
    if isinstance(in_zh, list):
        return [merged(*pair) for pair in zip(in_zh, in_en, strict=True)]
    if not isinstance(in_zh, dict):
        return in_zh
    whole: dict[str, Any] = {}
    for name, content in in_zh.items():
        if name in DOCUMENTS or (is_text(name) and not _holds_records(content)):
            whole |= zip(named(name), (content, in_en[name]), strict=True)
        else:
            whole[name] = merged(content, in_en[name])
    return whole


def _holds_records(content: object) -> bool:
    return isinstance(content, dict) or (isinstance(content, list) and any(isinstance(item, dict) for item in content))


def content_of(response: HttpResponse) -> object:
    """What an answer in JSON says, its numbers with all their decimals."""
    content = to_json(response.data) if isinstance(response, Response) else response.content
    return json.loads(content, parse_float=orjson.Fragment)


def merged_table(tables: Sequence[Table]) -> Table:
    """The tables of one question in each language as one table, in which every text has a column for each language."""
    first = tables[0]
    plain = {column.name for column in first.columns}
    texts = [is_text(column.name.rpartition(".")[2]) for column in first.columns]
    columns, taken = [], []  # where the cells are: of which language, in which column
    for place, (column, text) in enumerate(zip(first.columns, texts, strict=True)):
        names = named(column.name) if text else [column.name]
        for spoken, name in enumerate(names):
            if not text or name not in plain:
                columns.append(replace(column, name=name))
                taken.append((spoken, place))

    def chunks(size: int) -> Iterator[Cells]:
        parts = [table.chunks(size) for table in tables]
        while True:
            cells = [_next(part, spoken) for part, spoken in zip(parts, LANGUAGES, strict=True)]
            if cells[0] is None:
                return
            yield [cells[spoken][place] for spoken, place in taken]  # type: ignore[index]

    return replace(first, columns=columns, chunks=chunks)


def _next(parts: Iterator[Cells], spoken: str) -> Cells | None:
    with override(DJANGO_LANGUAGES[spoken]):
        return next(parts, None)
