"""Rows of cells side by side."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from curation.tables.curated import BY_NAME


def cells_table(table: str, **columns: Any) -> str:
    """Rows of cells side by side, one line a column of the table, the lines that differ marked."""
    known = BY_NAME[table].column_names if table in BY_NAME else []
    sides = [side or {} for side in columns.values()]
    names = [*known, *sorted({name for side in sides for name in side} - set(known))]
    lines = []
    for name in names:
        cells = [side.get(name, "") for side in sides]
        if any(cells):
            lines.append(
                {"name": name, "cells": cells, "differs": all(columns.values()) and len(set(map(str, cells))) > 1}
            )
    return render_to_string("curation/admin/cells.html", {"heads": list(columns), "lines": lines})
