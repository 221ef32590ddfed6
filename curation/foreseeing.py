"""The figures of a batch as the public would see them: the rows that the API would give, made from the batch alone.

Nothing is written, so nothing can leak; what only publication gives (the number of the row) is empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils import timezone

from curation.columns import split
from curation.models import ImportBatch, StagedRow, Verdict
from curation.outcomes import place_of
from curation.publishing import next_version
from indicators.labels import Label, Labels, labels
from indicators.periods import parse_period
from indicators.rows import FULL, make_rows
from indicators.transforms import decimals_of
from sources.bilingual import language

COMING = -1  # the key of the release to come, and of nothing in the store
NAMED = {"regions": "regions", "indicators": "indicators", "categories": "categories", "units": "units"}


@dataclass(frozen=True)
class Coming:
    """The names of everything as they would be, and which key each code has."""

    names: Labels
    keys: dict[str, dict[str, int]]


def coming_names(batch: ImportBatch) -> Coming:
    """The labels of the public, with those that the batch itself brings or changes."""
    now = labels()
    tables: dict[str, dict[int, Any]] = {
        name: dict(getattr(now, name)) for name in (*NAMED.values(), "sources", "counters")
    }
    keys = {name: {label.code: pk for pk, label in tables[name].items()} for name in NAMED.values()}
    keys["sources"] = {slug: pk for pk, slug in now.sources.items()}
    brought = batch.rows.that_change().filter(table__in=(*NAMED, "sources")).exclude(verdict=Verdict.WITHDRAWN)
    for row in brought:
        name, cells = NAMED.get(row.table, "sources"), row.resolved or {}
        key = keys[name].setdefault(row.key, -1 - row.pk)
        tables[name][key] = row.key if name == "sources" else Label(row.key, cells["name_zh"], cells["name_en"])
        if cells.get("counter_zh"):
            tables["counters"][key] = Label(row.key, cells["counter_zh"], cells["counter_en"])
    at = timezone.now()
    releases = {**now.releases, COMING: (next_version(at.year), at.strftime("%Y-%m-%dT%H:%M:%SZ"))}
    names = {**tables, "releases": releases}
    return Coming(replace(now, **names), keys)  # type: ignore[arg-type]


def public_rows(batch: ImportBatch, rows: Sequence[StagedRow]) -> list[dict[str, Any]]:
    """New and changed figures of a batch as `/observations?detail=full` would give them, in the active language."""
    coming = coming_names(batch)
    records = [_record(row, coming.keys) for row in rows if row.resolved]
    return make_rows(records, FULL, coming.names, language())


def _record(row: StagedRow, keys: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """The stored columns that a row of the answer is made of, as they would be stored."""
    cells: dict[str, str] = row.resolved or {}
    value = Decimal(cells["value"]) if cells["value"] else None
    period = parse_period(cells["period"]).accumulated(cells["accumulation"])

    def key(table: str, column: str) -> int | None:
        return keys[table][cells[column]] if cells[column] else None

    return {
        "pk": None, "series__key": place_of(row.key)[0], "period": period.label, "period_start": period.start,
        "period_end": period.end, "value": value, "decimals": 0 if value is None else decimals_of(value),
        "series__indicator": key("indicators", "indicator"), "series__region": key("regions", "region"),
        "series__industry": key("categories", "industry"), "series__product": key("categories", "product"),
        "series__partner": key("regions", "partner"), "series__trade_mode": key("categories", "trade_mode"),
        "series__variant": cells["variant"], "series__frequency": cells["frequency"],
        "series__accumulation": cells["accumulation"], "unit": key("units", "unit"), "status": cells["status"],
        "qualifier": cells["qualifier"], "period_basis": cells["period_basis"], "source": key("sources", "source"),
        "released": COMING, "note_zh": cells["note_zh"], "note_en": cells["note_en"],
        "citation_count": len(split(cells["citations"])),
    }  # fmt: skip
