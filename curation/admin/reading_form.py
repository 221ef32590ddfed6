"""What was posted on the page of a sheet, as choices: only what differs from what the page showed is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import QueryDict

from curation.admin.asking import number_in
from curation.admin.reading_page import OF_FIGURES, SAYS, STATED
from curation.sheets.looks import MOST_ROWS
from curation.sheets.readings import FileReading, SheetChoices, TableChoices, choices_of
from curation.sheets.tables import SheetTables
from curation.tables.curated import BY_NAME
from sources.text import trimmed

LONGEST_TYPED = 2000  # characters of a field of the page


def _typed(posted: Mapping[str, Any], name: str) -> str | None:
    """What was typed into a field; None where the page had no such field."""
    text = posted.get(name)
    return None if text is None else trimmed(text[:LONGEST_TYPED])


def chosen_in(posted: QueryDict, sheet: SheetTables) -> SheetChoices:
    """The choices of a sheet by a form that showed it as it was read."""
    shown = choices_of(sheet)
    tables = _tables(posted, sheet, shown)
    choices = msgspec.structs.replace(
        sheet.choices,
        cells={**sheet.choices.cells, **typed_cells_in(posted)},
        words=_words(posted, sheet.choices.words),
        left_out=_left_out(posted, sheet, shown),
    )
    return choices if tables is None else msgspec.structs.replace(choices, tables=tables)


def _tables(posted: QueryDict, sheet: SheetTables, shown: SheetChoices) -> dict[int, TableChoices] | None:
    """The tables with what was chosen of them beside what was before; None where nothing was."""
    before, found, differs = sheet.choices.tables or {}, dict[int, TableChoices](), False
    for first, as_shown in (shown.tables or {}).items():
        if posted.get(f"drop-{first}"):
            differs = True
            continue
        own = before.get(first, TableChoices())
        now = TableChoices(
            own.header,
            {**own.columns, **_columns(posted, first, as_shown.columns)},
            {**own.stated, **_stated(posted, f"stated-{first}", as_shown.stated, STATED)},
        )
        start, last = (number_in(posted.get(f"{end}-{first}", "")) or 0 for end in ("first", "last"))
        if last and last != as_shown.header:
            now = msgspec.structs.replace(now, header=last)
        differs |= now != own or (start not in (0, first))
        found[start or first] = now
    if (new := number_in(posted.get("new-table", ""))) and new <= len(sheet.grid.rows):
        found[new], differs = TableChoices(), True
    return found if differs else None


def _columns(
    posted: QueryDict, first: int, shown: Mapping[str, str | dict[str, str]]
) -> dict[str, str | dict[str, str]]:
    changed: dict[str, str | dict[str, str]] = {}
    for letters, was in shown.items():
        kind = posted.get(f"column-{first}-{letters}", "")
        says = {} if isinstance(was, str) else was
        if kind == OF_FIGURES:
            now = {**says, **_stated(posted, f"says-{first}-{letters}", says, (*SAYS, *says))}
            now = {name: cell for name, cell in now.items() if cell}
            if now != was:
                changed[letters] = now
        elif kind and kind != was:
            changed[letters] = kind
    for letters in filter(str.isalpha, [_typed(posted, f"new-column-{first}") or ""]):
        changed[letters.upper()] = posted.get(f"new-kind-{first}", "") or "unread"
    return changed


def _stated(posted: QueryDict, prefix: str, shown: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """The fields of a group that hold something else than the page showed."""
    typed = {name: _typed(posted, f"{prefix}-{name}") for name in {*names, *shown}}
    return {name: text for name, text in typed.items() if text is not None and text != shown.get(name, "")}


def typed_cells_in(posted: QueryDict) -> dict[str, str]:
    """Cells that were typed anew."""
    typed = {name.removeprefix("cell-"): _typed(posted, name) or "" for name in posted if name.startswith("cell-")}
    return {cell: text for cell, text in typed.items() if text != _typed(posted, f"stood-{cell}")}


def _words(posted: QueryDict, before: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Column → word in the rows → the code that it was said to mean on the page, beside what was said before."""
    words = {column: dict(codes) for column, codes in before.items()}
    for column, word, code in zip(
        posted.getlist("of-column"), posted.getlist("word"), posted.getlist("means"), strict=False
    ):
        if code := trimmed(code[:LONGEST_TYPED]):
            words.setdefault(column, {})[word] = code
    return words


def _left_out(posted: QueryDict, sheet: SheetTables, shown: SheetChoices) -> tuple[int, ...] | None:
    """The rows that are ticked, and those beyond what the page showed; as found where these are the same."""
    ticked = {row for text in posted.getlist("out") if (row := number_in(text))}
    before = {*(shown.left_out or ()), *(sheet.choices.left_out or ())}
    now = ticked | {row for row in before if row > MOST_ROWS}
    return sheet.choices.left_out if now == before else tuple(sorted(now))


def with_indicator(posted: QueryDict, reading: FileReading) -> FileReading:
    """The reading with the indicator that was typed on the page, in the place of one of its code; or without those that were dropped."""
    cells = {name: _typed(posted, f"new-{name}") or "" for name in BY_NAME["indicators"].column_names}
    dropped = set(posted.getlist("drop-indicator"))
    held = [row for row in reading.added.get("indicators", []) if row["code"] not in {cells["code"], *dropped}]
    if cells["code"]:
        held.append({name: cell for name, cell in cells.items() if cell})
    added = (
        {**reading.added, "indicators": held} if held else {k: v for k, v in reading.added.items() if k != "indicators"}
    )
    return msgspec.structs.replace(reading, added=added)
