"""The figures of a batch as the public would see them: the rows that the API would give, made from the batch alone.

Nothing is written, so nothing can leak; what only publication gives (the number of the row) is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils import timezone

from curation.models import ImportBatch, StagedRow, Verdict
from curation.releases.publication import next_version
from curation.tables.code_index import split
from curation.tables.observations import OBSERVATIONS
from indicators.codes import kind_of_member
from indicators.components import COMPONENTS, Role
from indicators.labels import TABLES, Dimension, Label, Labels, labels
from indicators.periods import parse_period
from indicators.rows import FULL, as_rows, make_cells, stored_columns
from indicators.transforms import decimals_of
from indicators.wording import UnitWords
from sources.bilingual import LANGUAGES, language

COMING = -1  # the key of the release to come, and of nothing in the store
NAMED = {"regions": "regions", "indicators": "indicators", "units": "units", "sources": "sources"}
STORED = stored_columns(FULL)


def public_rows(batch: ImportBatch, rows: Sequence[StagedRow]) -> list[dict[str, Any]]:
    """New and changed figures of a batch as `/observations?detail=full` would give them, in the active language."""
    coming = coming_names(batch)
    records = [_record(row, coming) for row in rows if row.resolved]
    stored = [[record[name] for name in STORED] for record in records]
    return as_rows(make_cells(stored, STORED, FULL, coming, language()), FULL)


def coming_names(batch: ImportBatch) -> Labels:
    """The names of everything as the public knows it, with those that the batch itself brings or changes."""
    now, added, counters, units = labels(), {}, {}, {}
    brought = batch.rows.that_change().filter(table__in=(*NAMED, "categories")).exclude(verdict=Verdict.WITHDRAWN)
    for row in brought:
        cells: dict[str, str] = row.resolved or {}
        name = NAMED.get(row.table) or TABLES.get(kind_of_member(cells["scheme"]))
        if name is None:  # of a classification that divides no figures
            continue
        key = getattr(now, name).key.get(row.key, COMING - row.pk)
        called = "title" if row.table == "sources" else "name"
        names = (cells[f"{called}_zh"], cells[f"{called}_en"])
        added.setdefault(name, {})[key] = Label(row.key, *names)
        if cells.get("counter_zh"):
            counters[key] = Label(row.key, cells["counter_zh"], cells["counter_en"])
        if row.table == "units":
            symbol = cells["symbol_zh"] or cells["name_zh"]
            units[key] = UnitWords(row.key, cells["dimension"], Decimal(cells["factor"]), symbol, cells["name_en"])
    at = timezone.now()
    added["releases"] = {COMING: Label(*(next_version(at.year),) * 3)}
    dimensions: dict[str, Any] = {name: _with(getattr(now, name), labelled) for name, labelled in added.items()}
    return replace(
        now, **dimensions, published={**now.published, COMING: at}, counters={**now.counters, **counters},
        unit_words={**now.unit_words, **units},
        _units={spoken: {} for spoken in LANGUAGES},
    )  # fmt: skip


def _with(dimension: Dimension, added: Mapping[int, Label]) -> Dimension:
    public: Iterable[int] = {*dimension.key.values(), *added}
    return Dimension({**dimension.labels, **added}, public)


def _record(row: StagedRow, names: Labels) -> dict[str, Any]:
    """The stored columns that a row of the answer is made of, as they would be stored."""
    cells: dict[str, str] = row.resolved or {}
    period = parse_period(cells["period"]).accumulated(cells["accumulation"])

    def key(dimension: Dimension, column: str) -> int | None:
        return dimension.key[cells[column]] if cells.get(column) else None

    parts = [part for part in COMPONENTS if part.role is not Role.ORIGIN and part.name != "decimals"]
    return {
        **{column: cells.get(column, "") for part in parts if not part.members for column in part.columns},
        **{part.name: key(getattr(names, part.members), part.name) for part in parts if part.members},
        "id": None, "key": OBSERVATIONS.series_key(OBSERVATIONS.cells_of_key(row.key)), "period": period.label,
        "period_start": period.start.isoformat(), "period_end": period.end.isoformat(), "value": cells["value"] or None,
        "decimals": decimals_of(Decimal(cells["value"])) if cells["value"] else 0,
        "released": COMING, "citation_count": len(split(cells["citations"])),
    }  # fmt: skip
