"""One row of a plan, and the plan: what an import would do, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from curation.models import ImportBatch, Origin, Verdict
from curation.tables.rows import CompactRow, Header
from curation.tables.table import CuratedTable
from sources.bilingual import Said, in_both
from sources.models import Release

NOTHING = CompactRow(Header(()), ())


def _said(message: Said) -> dict[str, str]:
    """A message as it is kept: in the language of this moment, and in both, for who reads it later in the other."""
    zh, en = in_both(message)
    return {"message": str(message), "zh": zh, "en": en}


def warning(code: str, column: str, message: Said) -> dict[str, str]:
    """What a reviewer must look at, as it is kept. Rows may share one."""
    return {"code": code, "column": column, **_said(message)}


class PlacedFinding(Mapping[str, str]):
    """What was found of a row, with the sheet and the cell where it stands: what it says is shared by the rows that say the same."""

    __slots__ = ("cell", "finding", "sheet")

    def __init__(self, finding: Mapping[str, str], sheet: str, cell: str) -> None:
        self.finding, self.sheet, self.cell = finding, sheet, cell

    def __getitem__(self, name: str) -> str:
        if name in ("sheet", "cell"):
            return self.sheet if name == "sheet" else self.cell
        return self.finding[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.finding
        yield from ("sheet", "cell")

    def __len__(self) -> int:
        return len(self.finding) + 2


@dataclass(slots=True)
class PlannedRow:
    """One row: as read, as resolved, what stands now, the verdict, and where in its file it stands.

    `cells` is the row as it would stand afterwards (None where it is withdrawn), `before` as it stands now, `stands` the primary
    key of what does, and `record` the record to be written, where it is one.
    """

    number: int
    raw: CompactRow
    key: str = ""
    values: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    cells: Mapping[str, str] | None = None
    before: Mapping[str, str] | None = None
    record: Any = None
    stands: int | None = None
    verdict: Verdict = Verdict.ERROR
    errors: Sequence[Mapping[str, Any]] = ()
    warnings: Sequence[Mapping[str, Any]] = ()
    sheet: str = ""
    cell: str = ""
    draft: bool = False  # what stands is no more than a draft of the record
    stale: bool = False

    def refuse(self, column: str, message: Said, did_you_mean: str | None = None) -> None:
        """Note what is wrong with the row, and where."""
        error = {"column": column, **_said(message)}
        if did_you_mean:
            error["did_you_mean"] = did_you_mean
        self.errors = (*self.errors, error)
        self.verdict = Verdict.ERROR

    def warn(self, code: str, column: str, message: Said) -> None:
        """Note what a reviewer must look at."""
        self.warnings = (*self.warnings, warning(code, column, message))

    def locate(self, place: Callable[[str], tuple[str, str]]) -> None:
        """Say of each finding on which sheet and in which cell it stands, by its column."""
        self.errors, self.warnings = (
            tuple([PlacedFinding(found, *place(found["column"])) for found in findings])
            for findings in (self.errors, self.warnings)
        )

    @property
    def where(self) -> tuple[str, str]:
        """Where it stands, in Chinese and in English: the cell in its file, else its number."""
        place = f"{self.sheet} {self.cell}".strip()
        return (f" {place} ", place) if place else (f"第 {self.number} 行", f"row {self.number}")

    @property
    def publishes(self) -> bool:
        """Whether the public would see a difference."""
        return self.verdict in (Verdict.NEW, Verdict.CHANGED, Verdict.WITHDRAWN)

    @property
    def shown(self) -> Mapping[str, str]:
        """The row as it would stand, or, where it is withdrawn, as it stood."""
        cells = self.before if self.cells is None else self.cells
        assert cells is not None
        return cells

    @property
    def difference(self) -> Decimal | None:
        """The change of a figure in percent of what stands, to two decimals; None where that says nothing."""
        if self.cells is None or self.before is None or self.before.get("unit") != self.cells.get("unit"):
            return None
        old, new = self.before.get("value"), self.cells.get("value")
        if not old or not new or not Decimal(old):
            return None
        return ((Decimal(new) - Decimal(old)) / abs(Decimal(old)) * 100).quantize(Decimal("0.01"))


@dataclass
class Plan:
    """All the rows of an import, by table, in the order in which they would be written.

    `base` is the number of the release that it was compared with, `compared_to` that of the newest change then, `origin`
    where its rows come from, `takes_back` the release that it is the inverse of, and `batch` what it was staged as, if it was.
    """

    tables: list[tuple[CuratedTable, list[PlannedRow]]] = field(default_factory=list)
    base: int | None = None
    compared_to: int = 0
    origin: Origin = Origin.FILE
    takes_back: Release | None = None
    batch: ImportBatch | None = None

    def rows(self, verdict: Verdict) -> list[tuple[CuratedTable, PlannedRow]]:
        """The rows with a verdict, with their tables."""
        return [(table, row) for table, rows in self.tables for row in rows if row.verdict == verdict]

    def count(self, verdict: Verdict) -> int:
        """How many rows of the plan have this verdict."""
        return sum(row.verdict == verdict for _, rows in self.tables for row in rows)

    @property
    def changes_nothing(self) -> bool:
        return not any(row.publishes for _, rows in self.tables for row in rows)

    @property
    def warned(self) -> list[tuple[CuratedTable, PlannedRow]]:
        """The rows that a reviewer must look at."""
        return [(table, row) for table, rows in self.tables for row in rows if row.warnings]

    @property
    def stale(self) -> list[tuple[CuratedTable, PlannedRow]]:
        """The rows of a staged batch that would now do something else than when they were staged."""
        return [(table, row) for table, rows in self.tables for row in rows if row.stale]

    @property
    def corrects(self) -> bool:
        """Whether something that is public would be changed or withdrawn: that needs a reason."""
        return any(
            row.verdict == Verdict.WITHDRAWN or (row.verdict == Verdict.CHANGED and not row.draft)
            for _, rows in self.tables
            for row in rows
        )
