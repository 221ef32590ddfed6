"""What a reviewer sees of a batch beside its rows: the checks before and after, and the public view as it would be."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from curation.admin.review_view import path_of
from curation.batches import review
from curation.batches.checks import compared_checks
from curation.batches.observation_previews import public_rows
from curation.batches.record_previews import rehearsed
from curation.models import Change, ImportBatch
from curation.roles import CURATOR, PUBLISHER, REVIEWER
from indicators.models import Observation
from sources import versions
from sources.models import Release
from tests.builder import cells_of, liling
from tests.conftest import Get
from tests.curation.people import draft, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator() -> User:
    return person("curator", CURATOR)


def published(batch: ImportBatch, curator: User) -> Release:
    review.send_to_review(batch, curator)
    reviewer = person("reviewer", REVIEWER)
    review.accept_warnings(batch, reviewer, batch.rows.values_list("pk", flat=True), "as printed")
    review.approve(batch, reviewer)
    release = review.publish(batch, person("publisher", PUBLISHER), "why")
    versions.forget_data_version()  # as a commit does
    return release


# The checks ---------------------------------------------------------------------------------------------------------


def test_checks_are_shown_with_the_figures_that_stand_and_with_those_of_the_batch(curator: User) -> None:
    batch = draft(curator, observations=[liling(value=str(Decimal(liling()["value"]) + 1))])
    compared = {check.code: found for check, found in compared_checks(batch).items()}
    total = compared["four-counties-trade"]
    assert (total.before.result, total.after.result, total.is_broken) == ("pass", "fail", True)
    assert total.before.left is not None
    assert total.after.left - total.before.left == 1


def test_the_checks_after_are_those_of_the_api_once_it_is_published(curator: User, get: Get) -> None:
    batch = draft(curator, observations=[liling(value="42.25"), liling(period="1998", value="40")])
    foreseen = {check.code: found.after for check, found in compared_checks(batch).items()}
    published(batch, curator)
    for code, side in foreseen.items():
        now = get(f"/checks/{code}")
        assert (now["result"], now["left"], now["right"]) == (side.result, float(side.left), float(side.right))


def test_a_withdrawn_figure_leaves_its_checks_not_testable(curator: User) -> None:
    batch = draft(curator, observations=[liling(withdraw="true")])
    found = compared_checks(batch).values()
    assert {(one.after.result, one.after.reason) for one in found} == {("not_testable", "missing")}
    assert all(one.differs and not one.is_broken for one in found)


def test_a_unit_of_the_batch_itself_counts_in_its_checks(curator: User) -> None:
    unit = {"code": "T_QIAN", "name_zh": "千元", "name_en": "thousand yuan", "dimension": "cny", "factor": "1000"}
    same = liling(unit=unit["code"], value=str(Decimal(liling()["value"]) * 100_000))
    found = compared_checks(draft(curator, units=[unit], observations=[same])).values()
    assert [one.after.result for one in found] == [one.before.result for one in found] != []


# The public view ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_foreseen_figures_are_those_of_the_api_once_they_are_published(curator: User, get: Get, spoken: str) -> None:
    region = {"code": "T_PARK".replace("_", "-"), "kind": "zone", "name_zh": "试园", "name_en": "Trial park"}
    rows = [liling(value="42.250"), liling(region=region["code"], value="", status="O", note_en="not stated")]
    batch = draft(curator, regions=[region], observations=rows)
    with override("zh-hans" if spoken == "zh" else "en"):
        foreseen = public_rows(batch, list(batch.rows.filter(table="observations").order_by("number")))
    release = published(batch, curator)
    for row in foreseen:
        answer = get(
            "/observations", region=row["region"], indicator="TRADE_TOTAL", year=2024, detail="full", lang=spoken
        )
        (now,) = answer["results"]
        expected = {
            **row,
            "id": now["id"],
            "updated": now["updated"],
            "value": row["value"] and float(str(row["value"])),
        }
        assert now == expected
        assert now["release"] == release.version


def changed_measure(code: str = "county-campaign-2025") -> dict[str, str]:
    return cells_of("measures", code=code) | {"title_zh": "改了的标题", "title_en": "Another title"}


def test_rehearsed_records_are_those_of_the_api_once_they_are_published(curator: User, get: Get) -> None:
    measure = changed_measure()
    event = {"measure": measure["code"], "type": "completed", "date": "2026-05", "citations": measure["citations"]}
    batch = draft(curator, measures=[measure], events=[event])
    with override("en"):
        (answer,) = rehearsed(batch, path_of)
    assert answer.path == f"/api/v1/policies/measures/{measure['code']}"
    foreseen = json.loads(answer.body)
    assert foreseen["title"] == "Another title"
    published(batch, curator)
    assert get(answer.path.removeprefix("/api/v1"), lang="en") == foreseen


def test_a_withdrawn_record_is_rehearsed_as_gone(curator: User) -> None:
    source = {"slug": "t-paper", "kind": "paper", "title_zh": "论文", "title_en": "Paper"}
    published(draft(curator, sources=[source]), curator)
    (answer,) = rehearsed(draft(curator, sources=[{"slug": "t-paper", "withdraw": "true"}]), path_of)
    assert (answer.path, answer.body) == ("/api/v1/sources/t-paper", None)


def everything() -> tuple[Any, ...]:
    measure = cells_of("measures", code="county-campaign-2025")
    return (
        Release.objects.count(),
        Change.objects.count(),
        Observation.objects.count(),
        measure,
        versions.data_version(),
    )


def test_a_look_at_what_is_to_come_leaves_no_trace(curator: User, client: Client, get: Get) -> None:
    batch = draft(curator, measures=[changed_measure()], observations=[liling(value="42.25")])
    client.force_login(curator)
    before, answered = everything(), get("/policies/measures/county-campaign-2025")
    versions.forget_data_version()
    page = client.get(reverse("admin:curation_importbatch_change", args=(batch.pk,)), {"show": "public"})
    assert "改了的标题" in page.content.decode()
    assert "42.25" in page.content.decode()
    assert (everything(), get("/policies/measures/county-campaign-2025")) == (before, answered)
    batch.refresh_from_db()
    assert (batch.status, batch.release) == ("draft", None)


def test_the_data_version_is_not_asked_for_during_a_rehearsal(curator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {
        "measures": changed_measure(), "documents": cells_of("documents", code="zz-opening-efficiency-2025"),
        "indicators": cells_of("indicators", code="TRADE_TOTAL"), "regions": cells_of("regions", code="430281"),
        "sources": cells_of("sources", slug="zhuzhou-county-trade"), "topics": cells_of("topics", code="TRADE"),
        "units": cells_of("units", code="CNY_100M"),
    }  # fmt: skip
    name = {"sources": "notes_en", "regions": "note_en", "indicators": "note_en", "documents": "note_en"}
    rows = {
        table: [{**cells, name.get(table, "name_en"): "changed"}]
        for table, cells in tables.items()
        if table != "measures"
    }
    batch = draft(curator, measures=[tables["measures"]], **rows)
    monkeypatch.setattr(versions, "data_version", lambda: pytest.fail("the version of a rehearsal was asked for"))
    monkeypatch.setattr("indicators.labels.data_version", versions.data_version)
    answers = rehearsed(batch, path_of)
    assert len(answers) == len(tables)
    assert all(answer.body for answer in answers)
