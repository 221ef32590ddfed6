"""What was chosen of a sheet, kept for the next one of the same shape: what of it holds for other files, and how it is suggested."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.utils import timezone

from curation.sheets.readings import SheetChoices
from curation.sheets.tables import SheetTables
from curation.upload_models import KeptReading
from sources.folding import normalised

# What holds for one file alone.
OF_THE_FILE = ("period", "accumulation", "source", "citations")
YEARS = re.compile(r"[12]\d{3}")
FIRST_ROWS = 6  # that a sheet without a header is told by


def _folded(text: str) -> str:
    """Words as the next year's file has them."""
    return YEARS.sub("#", normalised(text))


def shape_of(sheet: SheetTables) -> str:
    """The shape of a sheet: which table it holds, where its headers are and what stands in them, years left aside."""
    rows = sheet.grid.rows
    heads = [row for table in sheet.tables for row in table.header] or [
        row for row, cells in enumerate(rows[:FIRST_ROWS]) if any(cells)
    ]
    layout = [sheet.table, [[row, [_folded(cell) for cell in rows[row]]] for row in heads]]
    return hashlib.sha256(json.dumps(layout, ensure_ascii=False).encode()).hexdigest()


def _label(sheet: SheetTables, row: int) -> str:
    return _folded(next((cell for cell in sheet.grid.rows[row] if cell.strip()), ""))


def keep(shape: str, sheet: SheetTables, user: User) -> None:
    """Keep what was chosen of a sheet for those of its shape; whoever chose last is followed. Without choices nothing is kept."""
    choices = sheet.choices
    tables = {
        str(first): {
            "header": table.header,
            "columns": {
                letters: choice if isinstance(choice, str) else {n: c for n, c in choice.items() if n not in OF_THE_FILE}
                for letters, choice in table.columns.items()
            },
            "stated": {name: cell for name, cell in table.stated.items() if name not in OF_THE_FILE},
        }
        for first, table in (choices.tables or {}).items()
    }  # fmt: skip
    left_out = None
    if choices.left_out is not None:
        left_out = [_label(sheet, row - 1) for row in choices.left_out if row <= len(sheet.grid.rows)]
    if not tables and left_out is None and not choices.words:
        return
    kept = {"tables": tables, "left_out": left_out, "words": choices.words}
    KeptReading.objects.update_or_create(
        shape=shape, defaults={"choices": kept, "chosen_at": timezone.now(), "chosen_by": user}
    )


def suggested(sheet: SheetTables, kept: dict[str, Any]) -> SheetChoices:
    """What was kept, as choices of another sheet of the same shape: what its headers say of periods is its own."""
    tables = None
    if kept["tables"]:
        tables = {}
        for first, table in kept["tables"].items():
            found = next((each for each in sheet.tables if each.header.start == int(first) - 1), None)
            own = found.columns if found else {}
            columns = {
                letters: choice if isinstance(choice, str) else _with_period(own.get(letters), choice)
                for letters, choice in table["columns"].items()
            }
            tables[int(first)] = {**table, "columns": columns}
    left_out = None
    if kept["left_out"] is not None:
        labels = set(kept["left_out"])
        left_out = [
            row + 1 for row in range(len(sheet.grid.rows)) if any(sheet.grid.rows[row]) and _label(sheet, row) in labels
        ]
    return msgspec.convert({"tables": tables, "left_out": left_out, "words": kept["words"]}, SheetChoices, strict=False)


def _with_period(own: str | dict[str, str] | None, choice: dict[str, str]) -> dict[str, str]:
    stated = own if isinstance(own, dict) else {}
    return {**{name: stated[name] for name in stated if name in ("period", "accumulation")}, **choice}
