"""Rows of cells side by side."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from curation.admin.words import Words, heading
from curation.tables.curated import BY_NAME


def cells_table(table: str, **columns: Any) -> str:
    """Rows of cells side by side in words, one line a column of the table, the lines that differ marked."""
    of = BY_NAME.get(table)
    heads = {column.name: heading(column, of) for column in of.columns} if of else {}
    sides = [side or {} for side in columns.values()]
    words = Words(of, sides) if of else None
    names = [*heads, *sorted({name for side in sides for name in side} - set(heads))]
    lines = []
    for name in names:
        cells = [side.get(name, "") for side in sides]
        if any(cells):
            shown = [words.of(name, cell) if words else cell for cell in cells]
            differs = all(columns.values()) and len(set(map(str, cells))) > 1
            lines.append({"name": heads.get(name, name), "cells": shown, "differs": differs})
    return render_to_string("curation/admin/cells.html", {"heads": list(columns), "lines": lines})
