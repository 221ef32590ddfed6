"""What a reviewer sees of a batch beside its rows: the checks before and after, and the public view as it would be."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from curation.admin.chart import symbol
from curation.batches.checks import compared_checks
from curation.batches.observation_previews import public_rows
from curation.batches.record_previews import rehearsed
from curation.models import ImportBatch, Verdict
from curation.tables.observations import OBSERVATIONS
from indicators.checks import FAIL, NOT_TESTABLE, NOT_TESTABLE_FOR, PASS, CheckOutcome
from indicators.models import CheckTerm
from policies.models import Event, Relation
from regions.models import Membership, Succession
from sources.bilingual import Text, both, in_both

RESULTS = {
    PASS: both("成立", "holds"), FAIL: both("不成立", "fails"), NOT_TESTABLE: both("无法检验", "not testable"),
}  # fmt: skip
SHOWN = 100


def checks_of(batch: ImportBatch) -> list[dict[str, Any]]:
    """The checks that the batch concerns, for the page."""
    lines = []
    for check, compared in compared_checks(batch).items():
        unit = compared.after.unit or compared.before.unit
        lines.append({
            "check": check, "compared": compared, "before": _said(compared.before), "after": _said(compared.after),
            "unit": symbol(unit) if unit else "",
        })  # fmt: skip
    return lines


def _said(outcome: CheckOutcome) -> Text:
    """The verdict, and why a check cannot be tested."""
    if outcome.reason is None:
        return RESULTS[outcome.result]
    (zh, en), (why_zh, why_en) = in_both(RESULTS[outcome.result]), in_both(NOT_TESTABLE_FOR[outcome.reason])
    return both(f"{zh}：{why_zh}", f"{en}: {why_en}")


def public_view(batch: ImportBatch) -> dict[str, Any]:
    """The figures and records of a batch as the API would give them, the first of each."""
    figures = batch.rows.that_change().filter(table=OBSERVATIONS.name).exclude(verdict=Verdict.WITHDRAWN)
    rows = public_rows(batch, list(figures.order_by("number")[:SHOWN]))
    used = [name for name in (rows[0] if rows else ()) if any(row[name] not in (None, "") for row in rows)]
    return {
        "public_heads": used, "public_rows": [{name: row[name] for name in used} for row in rows],
        "public_shown": SHOWN, "public_more": figures.count() > SHOWN, "public_records": rehearsed(batch, path_of),
    }  # fmt: skip


# What has no address of its own is seen at that of another: record → its attribute.
SEEN_AT = {Event: "measure", CheckTerm: "check_of", Membership: "group", Succession: "successor", Relation: "from_end"}


def path_of(record: Any) -> str:
    """Where the API shows a record, below /api/v1; empty where it does not."""
    shown = getattr(record, SEEN_AT[type(record)]) if type(record) in SEEN_AT else record
    pages: Any = admin.site.get_model_admin(type(shown))
    return pages.api_path(shown)
