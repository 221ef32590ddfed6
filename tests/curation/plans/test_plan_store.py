"""A plan kept as a batch and read back: nothing is lost on the way, and what changed in the meantime is seen."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from curation.batches.comparison import keep
from curation.models import BatchStatus, ImportBatch, StagedRow, Verdict
from curation.plans.imports import plan_import
from curation.plans.plan import Plan
from curation.plans.store import plan_of, stage
from curation.refusals import PlanIsStale, ReasonMissing
from curation.releases.publication import ReleaseNotes, publish
from sources.models import Release
from tests.builder import liling

pytestmark = pytest.mark.django_db

Row = dict[str, str]
NOTES = ReleaseNotes(reason="a test")


def planned(*rows: Row) -> Plan:
    return plan_import({"observations": list(rows)})


def seen(plan: Plan) -> list[Any]:
    return [
        (table.name, r.number, r.key, dict(r.raw), r.cells, r.before, r.verdict, list(r.errors), list(r.warnings), r.sheet, r.cell)
        for table, rows in plan.tables
        for r in rows
    ]  # fmt: skip


def located(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"sheet": "", "cell": "", **finding} for finding in findings]


def test_a_batch_is_read_back_as_the_plan_that_was_staged() -> None:
    user = User.objects.create_user("curator")
    plan = planned(
        liling(), liling(variant="x", value="bad"), liling(period="1998", value="4"), liling(region="nowhere")
    )
    batch = stage(plan, name="一季度", user=user)
    assert (batch.status, batch.name, batch.created_by, batch.release) == (BatchStatus.DRAFT, "一季度", user, None)
    again = plan_of(ImportBatch.objects.get(pk=batch.pk))
    for _, rows in plan.tables:
        for row in rows:
            row.errors, row.warnings = located(row.errors), located(row.warnings)
    assert seen(again) == seen(plan)
    assert (again.batch, again.stale) == (batch, [])
    assert [row.verdict for row in StagedRow.objects.filter(batch=batch).order_by("number")] == [
        Verdict.UNCHANGED, Verdict.ERROR, Verdict.NEW, Verdict.ERROR,
    ]  # fmt: skip


def test_a_batch_becomes_the_release_that_publishes_it() -> None:
    batch = stage(planned(liling(value="41.26")), name="b", user=None)
    release = publish(plan_of(batch), NOTES)
    batch.refresh_from_db()
    assert (batch.status, batch.release) == (BatchStatus.PUBLISHED, release)
    assert ImportBatch.objects.filter(release=release).count() == 1


def test_a_batch_that_something_else_overtook_is_stale_and_not_published_until_it_is_compared_anew() -> None:
    batch = stage(planned(liling(value="41.26"), liling(period="1998", value="4")), name="b", user=None)
    publish(planned(liling(value="41.271")), NOTES)
    plan = plan_of(batch)
    assert [row.key.rsplit("|", 1)[1] for _, row in plan.stale] == ["2024"]
    before = Release.objects.count()
    with pytest.raises(PlanIsStale):
        publish(plan, NOTES)
    assert Release.objects.count() == before
    keep(batch, plan)
    assert StagedRow.objects.get(batch=batch, number=2).before["value"] == "41.271"
    assert publish(plan_of(batch), NOTES) is not None


def test_a_plan_is_not_published_after_another_was() -> None:
    first, second = planned(liling(value="41.26")), planned(liling(value="41.271"))
    publish(first, NOTES)
    with pytest.raises(PlanIsStale):
        publish(second, NOTES)
    assert liling()["value"] == "41.26"


def test_what_is_public_is_corrected_for_a_reason_only() -> None:
    with pytest.raises(ReasonMissing):
        publish(planned(liling(value="41.26")), ReleaseNotes())
    assert publish(planned(liling(period="1998", value="4")), ReleaseNotes()) is not None


def test_staging_costs_the_same_number_of_queries_for_2_rows_as_for_200() -> None:
    counts, row = [], liling(value="4")
    for size in (2, 200):
        plan = planned(*(row | {"period": str(1500 + number)} for number in range(size)))
        with CaptureQueriesContext(connection) as queries:
            batch = stage(plan, name="b", user=None)
            plan_of(batch)
        inserts = [query for query in queries if "INSERT" in query["sql"]]
        counts.append((len(queries) - len(inserts), len(inserts) <= 1 + -(-size // 60)))
    assert counts[0] == counts[1] == (counts[0][0], True)
