"""A file as the source of its own figures: each is cited by the file's digest and by the sheet and cell where it stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max

from curation.batches.comparison import keep
from curation.batches.review import own
from curation.models import UNDER_WAY, ImportBatch, StagedRow, Step, Verdict
from curation.plans.store import plan_of
from curation.refusals import StepRefused
from curation.tables.observations import OBSERVATIONS
from sources.bilingual import both
from sources.models import Assertion, Citation, CitationRole, Source, SourceKind

MOST = 20_000  # figures that are cited by their cells; a longer file names its source and citations itself
LONGEST_PHRASE, LONGEST_SECTION = 60, 80  # characters that a citation keeps of its phrase and of where that stands
CELL = re.compile("([A-Z]+)([0-9]+)")
CHUNK = 1000

Rows = Sequence[Sequence[str]]


class WorkbookText:
    """The text of a file that positions of citations count in: its cells parted by tabs, rows by line feeds, sheets by form feeds."""

    def __init__(self, content: bytes, sheets: Iterable[tuple[str, Rows]]) -> None:
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.length = 0
        self._sheets: dict[str, tuple[Rows, list[int]]] = {}
        for name, rows in sheets:
            lengths = (sum(map(len, row)) + max(len(row), 1) for row in rows)  # each row with the break behind it
            starts = list(accumulate(lengths, initial=self.length))
            self._sheets[name] = rows, starts
            self.length = starts[-1] if rows else self.length + 1
        self.length = max(self.length - 1, 0)  # behind the last row stands no break

    def find(self, sheet: str, cell: str) -> tuple[int, str] | None:
        """Where the text of a cell (`B7`) begins, and the text; None where the file has no such cell."""
        match, (rows, starts) = CELL.fullmatch(cell), self._sheets.get(sheet, ((), []))
        if match is None or int(match[2]) > len(rows):
            return None
        number, column = int(match[2]) - 1, 0
        for letter in match[1]:
            column = column * 26 + ord(letter) - ord("A") + 1
        row = rows[number]
        if column > len(row):
            return None
        before = row[: column - 1]
        return starts[number] + sum(map(len, before)) + len(before), row[column - 1]


@dataclass(frozen=True)
class Titles:
    """What a file is called as a source."""

    zh: str
    en: str


@transaction.atomic
def cite_workbook(batch: ImportBatch, user: AbstractBaseUser, text: WorkbookText, titles: Titles) -> int:
    """Cite the file for each figure of a preview or draft that names neither source nor citation; how many these are.

    The source is the one that has the file's digest, or is brought by the batch under these titles. Raises StepRefused for
    anyone but the maker of the batch, where a new source has no title, and where there are more figures than MOST.
    """
    held = own(batch, user, *UNDER_WAY)
    rows = [
        row
        for row in held.rows.filter(table=OBSERVATIONS.name)
        if not (row.raw.get("source") or row.raw.get("citations"))
    ]
    if len(rows) > MOST:
        message = both(f"超过 {MOST:,} 个数值：请在文件中写明来源与引证。",
                       f"More than {MOST:,} figures: name the source and the citations in the file.")  # fmt: skip
        raise StepRefused("too_many", message)
    known = Source.objects.public().filter(sha256=text.sha256).values_list("slug", flat=True).first()
    slug = known or f"file-{text.sha256[:12]}"
    cited = {row.pk: cells for row in rows if (cells := _citation(row, slug, text))}
    if not cited:
        return 0
    if not known and not (titles.zh and titles.en):
        message = both(
            "请填写此文件作为来源的中英文题名。", "Give the file's title as a source, in Chinese and in English."
        )
        raise StepRefused("untitled", message)
    step = held.remember(Step.ADDED, user, f"SHA-256 {text.sha256}", rewritten=True)
    brought = [("citations", cells) for cells in {cells["code"]: cells for cells in cited.values()}.values()]
    brought += [] if known else [("sources", _source(slug, text, titles))]
    numbers = _next_numbers(held)
    StagedRow.objects.bulk_create(
        (
            StagedRow(
                batch=held, came_with=step, table=table, number=next(numbers[table]), raw=cells, verdict=Verdict.ERROR
            )
            for table, cells in brought
        ),
        batch_size=CHUNK,
    )
    for row in rows:
        if row.pk in cited:
            row.raw = {**row.raw, "source": slug, "citations": cited[row.pk]["code"]}
    StagedRow.objects.bulk_update(rows, ["raw"], batch_size=CHUNK)
    keep(held, plan_of(held))
    batch.revision = held.revision
    return len(cited)


def _source(slug: str, text: WorkbookText, titles: Titles) -> dict[str, str]:
    return {
        "slug": slug, "kind": SourceKind.DATASET.value, "title_zh": titles.zh, "title_en": titles.en, "language": "zh",
        "sha256": text.sha256, "length": str(text.length),
    }  # fmt: skip


def _citation(row: StagedRow, slug: str, text: WorkbookText) -> dict[str, str] | None:
    """The citation of a figure's cell; None where the cell has no text of which a citation could be made."""
    phrase = text.find(row.sheet, row.cell)
    section = f"{row.sheet}!{row.cell}" if row.sheet else row.cell
    if phrase is None or not 0 < len(phrase[1]) <= LONGEST_PHRASE or len(section) > LONGEST_SECTION:
        return None
    start, exact = phrase
    role, assertion = CitationRole.SUPPORTS.value, Assertion.STATED.value
    return {
        "code": Citation.code_of(slug, start, start + len(exact), role, assertion), "source": slug, "section": section,
        "exact": exact, "start": str(start), "end": str(start + len(exact)), "role": role, "assertion": assertion,
    }  # fmt: skip


def _next_numbers(batch: ImportBatch) -> dict[str, Iterator[int]]:
    """For each table that is brought, the numbers behind those of its rows in the batch."""
    last = dict(batch.rows.order_by().values_list("table").annotate(Max("number")))
    return {table: iter(range(last.get(table, 1) + 1, 2**31)) for table in ("sources", "citations")}
