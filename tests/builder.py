"""What tests build: small stores in a line or two, rows as the import takes them, and releases of them.

    Tables().region("T-TOWN").indicator("T_SALES").figures("T-TOWN", "T_SALES", {"2023": "40.0", "2024": "41.25"}).publish()

All of it goes the way of an import, so that it is what a curator would have made. Codes begin with T, beside the curated tables
as in an empty store; what is built rests on none of the curated figures, which may be corrected at any time.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Self

from curation.models import Verdict
from curation.plans.imports import plan_import
from curation.releases.publication import ReleaseNotes, publish
from curation.tables.curated import BY_NAME
from indicators.models import Unit
from sources.models import Release

Row = dict[str, str]

NOTES = ReleaseNotes(reason="a test")
PAPER = "t-paper"
PLACES = itertools.count()

# A figure of the curated tables that many tests correct. None of them may rest on its value but those of the data themselves.
LILING = {"series__key": "A.430281.TRADE_TOTAL", "period": "2024"}


def cells_of(table: str, **which: Any) -> Row:
    """The cells of a record of the store."""
    held = BY_NAME[table]
    return held.cells(held.records().get(**which))


def liling(**cells: str) -> Row:
    """The row of that figure as it stands, with other cells in it."""
    return cells_of("observations", **LILING) | cells


def topic(code: str = "T_TOPIC", **cells: str) -> Row:
    """The row of a topic."""
    return {"code": code, "name_zh": "主题", "name_en": "Topic", "order": "1", **cells}


def published(notes: ReleaseNotes = NOTES, user: Any = None, **tables: list[Row]) -> Release:
    """The release of these rows. Raises AssertionError where they change nothing."""
    release = publish(plan_import(tables), notes, user)
    assert release is not None
    return release


class Tables:
    """Rows of a small store: each call adds what it names, with everything that this needs."""

    def __init__(self) -> None:
        self.rows: defaultdict[str, list[Row]] = defaultdict(list)

    def add(self, table: str, **cells: str) -> Self:
        """A row as it is, unless it is there."""
        if cells not in self.rows[table]:
            self.rows[table].append(cells)
        return self

    def region(self, code: str, **cells: str) -> Self:
        """A county, unless the cells say otherwise."""
        return self.add("regions", **{"code": code, "kind": "county", **_named(code), **cells})

    def indicator(self, code: str, **cells: str) -> Self:
        """A flow in tonnes that adds up over regions, unless the cells say otherwise."""
        self.add("topics", **topic())
        if "unit" not in cells and not Unit.objects.filter(code="T_TONNE").exists():
            self.add("units", code="T_TONNE", **_named("T_TONNE"), dimension="t_weight", factor="1")
        own = {"topic": "T_TOPIC", "unit": "T_TONNE", "decimals": "2", "kind": "flow", "aggregation": "sum"}
        words = {"definition_zh": "定义", "definition_en": "Sense", "higher_is": "better"}
        return self.add("indicators", **{"code": code, **own, **_named(code), **words, **cells})

    def figures(self, region: str, indicator: str, values: Mapping[str, str], **cells: str) -> Self:
        """Exact figures of one series, by period."""
        self.add("sources", slug=PAPER, kind="paper", title_zh="论文", title_en="Paper", language="zh")
        own = {"frequency": "A", "accumulation": "none", "unit": "T_TONNE", "status": "A", "qualifier": "exact"}
        stated = {"period_basis": "stated", "source": PAPER}
        for period, value in values.items():
            line = {"region": region, "indicator": indicator, "period": period, "value": value}
            self.add("observations", **{**own, **stated, **line, "citations": self._cited(f"共{value}"), **cells})
        return self

    def _cited(self, phrase: str) -> str:
        """The code of a citation of this phrase, somewhere in the paper where nothing else is cited."""
        start = 100 * next(PLACES)
        code = f"{PAPER}:{start}-{start + len(phrase)}"
        span = {"start": str(start), "end": str(start + len(phrase))}
        self.add(
            "citations", code=code, source=PAPER, section="1", exact=phrase, **span, role="supports", assertion="stated"
        )
        return code

    def publish(self, notes: ReleaseNotes = NOTES) -> Release:
        """The release of it all. Raises AssertionError with the cells that are wrong."""
        plan = plan_import(self.rows)
        wrong = [(table.name, row.key, row.errors) for table, row in plan.rows(Verdict.ERROR)]
        assert not wrong, wrong
        release = publish(plan, notes)
        assert release is not None
        return release


def _named(code: str) -> Row:
    return {"name_zh": f"名{code}", "name_en": f"Name of {code}"}
