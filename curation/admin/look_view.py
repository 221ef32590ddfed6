"""The sheets of a batch's file as they looked, beside the figures that were read from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from curation.admin.reading_page import PageRow, rows_of_look
from curation.admin.sheet import SheetRow, line_of
from curation.admin.words import Words, heading
from curation.models import ImportBatch, StagedRow
from curation.sheets.looks import MOST_ROWS, columns_of
from curation.tables.observations import OBSERVATIONS

SHOWN = ("region", "indicator", "period", "value", "unit")
MOST = 1000  # figures that are shown beside a sheet


@dataclass(frozen=True)
class SheetBeside:
    """A sheet as it looked, and its figures."""

    name: str
    rows: list[PageRow]
    heads_of_grid: list[tuple[str, str]]
    heads: list[Any]
    lines: list[SheetRow]
    hidden: int
    prefix: str  # of the names of its cells on the page


def looks_of(batch: ImportBatch) -> list[SheetBeside]:
    """The sheets of a batch, each with the rows that stand in it."""
    columns = [column for column in OBSERVATIONS.columns if column.name in SHOWN]
    columns.sort(key=lambda column: SHOWN.index(column.name))
    found = []
    for kept in batch.sheets.all():
        staged = batch.rows.filter(table=OBSERVATIONS.name, sheet=kept.name).order_by("number")
        rows: list[StagedRow] = list(staged.select_related("accepted_by")[:MOST])
        words = Words(OBSERVATIONS, (side for row in rows for side in (row.resolved, row.before) if side), batch)
        verdicts = {row.cell: row.verdict for row in rows}
        found.append(SheetBeside(
            kept.name, list(rows_of_look(kept.look, {}, verdicts)), [(letters, "") for letters in columns_of(kept.look)],
            [heading(column, OBSERVATIONS) for column in columns],
            [line_of(row, columns, words, mendable=False) for row in rows],
            max(0, kept.look["total"] - MOST_ROWS), f"s{kept.pk}-",
        ))  # fmt: skip
    return found
