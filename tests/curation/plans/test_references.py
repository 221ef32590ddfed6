"""What is withdrawn without a successor, what may not be, and a release taken back by its inverse."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from curation.batches.roll_back import plan_inverse
from curation.models import BatchStatus, Change, ImportBatch, Verdict
from curation.plans.imports import plan_import
from curation.refusals import ChangedSince, PlanHasErrors
from curation.releases.publication import ReleaseNotes, publish
from curation.tables.curated import BY_NAME, TABLES
from indicators.models import Observation, Series, Topic
from policies.models import Measure
from regions.models import Membership, Region
from sources.models import Release
from tests.builder import cells_of, liling, published, topic
from tests.curation.releases.sealing import taken_again
from tests.whole_store import rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
on_both_stores = pytest.mark.stores_alike(False)

Row = dict[str, str]
NOTES = ReleaseNotes(reason="a test")


def rolled_back(release: Release) -> Release:
    inverse = publish(plan_inverse(release), NOTES)
    assert inverse is not None
    return inverse


def refused(**files: list[Row]) -> list[str]:
    plan = plan_import(files)
    with pytest.raises(PlanHasErrors):
        publish(plan, NOTES)
    return [str(error["message"]) for _, row in plan.rows(Verdict.ERROR) for error in row.errors]


def as_it_stands(*changed: str) -> dict[str, Any]:
    """The cells by key of the tables that something changed, and the rows of the others as the store has them."""
    return {
        t.name: {t.key_of(c): c for r in t.records() for c in [t.cells(r)]} if t.name in changed else rows_of(t.model)
        for t in TABLES
    }


@on_both_stores
def test_a_withdrawn_figure_is_retired_and_has_no_successor() -> None:
    release = published(observations=[liling() | {"withdraw": "true"}])
    row = Observation.objects.get(series__key="A.430281.TRADE_TOTAL", period="2024")
    assert row.retired == release
    assert not Series.objects.public().filter(key="A.430281.TRADE_TOTAL").exists()
    assert (release.observations_added, release.observations_retired) == (0, 1)
    first = Release.objects.get(version="2026-R1")
    assert taken_again(first) == first.digest != release.digest


@on_both_stores
def test_a_withdrawn_record_is_no_longer_public_and_its_code_is_not_used_again_unless_it_is_brought_back() -> None:
    published(topics=[topic()])
    release = published(topics=[{"code": "T_TOPIC", "withdraw": "true"}])
    assert not Topic.objects.public().filter(code="T_TOPIC").exists()
    assert (release.records_withdrawn, release.records_added, release.records_changed) == (1, 0, 0)
    assert refused(topics=[topic()])
    published(topics=[topic(name_en="Again") | {"withdraw": "false"}])
    assert Topic.objects.public().get(code="T_TOPIC").name_en == "Again"


@on_both_stores
def test_what_has_no_code_is_withdrawn_by_its_key_and_brought_back() -> None:
    row = cells_of("memberships", group__code="ZZ-COUNTIES", member__code="430281")
    published(memberships=[row | {"withdraw": "true"}])
    assert not Membership.objects.public().filter(group__code="ZZ-COUNTIES", member__code="430281").exists()
    assert refused(memberships=[row])
    published(memberships=[row | {"withdraw": "false"}])
    assert cells_of("memberships", group__code="ZZ-COUNTIES", member__code="430281") == row


@pytest.mark.parametrize(
    ("table", "code", "user"),
    [
        ("regions", "430281", "observations"), ("indicators", "TRADE_TOTAL", "observations"), ("topics", "TRADE", "indicators"),
        ("units", "CNY_100M", "indicators"), ("sources", "zhuzhou-county-trade", "citations"),
        ("citations", "zhuzhou-county-trade:1229-1236", "observations"), ("measures", "county-campaign-2025", "events"),
        ("regions", "430200", "regions"),
    ],
)  # fmt: skip
def test_what_is_in_use_is_not_withdrawn(table: str, code: str, user: str) -> None:
    key = BY_NAME[table].key[0]
    plan = plan_import({table: [{key: code, "withdraw": "true"}]})
    ((_, row),) = plan.rows(Verdict.ERROR)
    assert row.errors[0]["column"] == key


def test_what_is_used_only_by_what_goes_with_it_is_withdrawn() -> None:
    published(topics=[topic()], regions=[_park("T1"), _park("T2", "T1")], observations=[liling(region="T2", value="1")])
    assert refused(regions=[{"code": "T2", "withdraw": "true"}])
    gone = {"withdraw": "true"}
    published(regions=[{"code": "T1"} | gone, {"code": "T2"} | gone], observations=[liling(region="T2") | gone])
    assert not Region.objects.public().filter(code__in=("T1", "T2")).exists()


def test_a_row_may_not_come_to_refer_to_what_is_withdrawn_with_it() -> None:
    published(regions=[_park("T1")])
    assert refused(regions=[{"code": "T1", "withdraw": "true"}], observations=[liling(region="T1", value="1")])
    published(regions=[{"code": "T1", "withdraw": "true"}])
    assert any("已撤回" in m or "withdrawn" in m for m in refused(observations=[liling(region="T1", value="1")]))


def test_only_what_stands_is_withdrawn() -> None:
    Topic.objects.create(code="T_DRAFT", name_zh="草稿", name_en="Draft")
    assert len(refused(topics=[{"code": code, "withdraw": "true"} for code in ("T_DRAFT", "T_NONE")])) == 2
    assert refused(topics=[topic() | {"withdraw": "perhaps"}])
    assert refused(observations=[liling(period="1998") | {"withdraw": "true"}])


def test_a_draft_of_the_store_is_not_referred_to_by_what_is_published() -> None:
    Region.objects.create(code="T-DRAFT", kind="zone", name_zh="草稿", name_en="Draft")
    assert refused(observations=[liling(region="T-DRAFT")])


def _park(code: str, parent: str = "") -> Row:
    return {"code": code, "kind": "zone", "parent": parent, "name_zh": f"园区{code}", "name_en": f"Park {code}"}


# A release taken back ----------------------------------------------------------------------------------------------


@on_both_stores
def test_a_release_rolled_back_leaves_what_stood_before_it() -> None:
    seal = published(topics=[topic("T_OLD")], regions=[_park("T1")]).digest
    changed = ("topics", "regions", "observations", "measures")
    before = as_it_stands(*changed)
    measure = cells_of("measures", code="county-campaign-2025")
    release = published(
        topics=[topic(), {"code": "T_OLD", "withdraw": "true"}, cells_of("topics", code="TRADE") | {"name_en": "X"}],
        regions=[_park("T2", "T1"), {"code": "430281"} | cells_of("regions", code="430281") | {"name_en": "L"}],
        observations=[
            liling(value="1"), liling(region="T2", period="1998", value="2"),
            cells_of("observations", series__key="A.430223.TRADE_TOTAL", period="2024") | {"withdraw": "true"},
        ],
        measures=[measure | {"regions": "", "actors": "", "title_en": "T"}],
    )  # fmt: skip
    back = rolled_back(release)
    assert as_it_stands(*changed) == before
    assert taken_again(back) == back.digest == seal != release.digest
    assert Measure.objects.public().get(code="county-campaign-2025").title_en == measure["title_en"]
    assert taken_again(release) == release.digest
    assert rolled_back(back).digest == release.digest


def test_a_release_that_others_built_on_is_not_rolled_back_alone() -> None:
    stood, first = liling()["value"], published(observations=[liling(value="1")], topics=[topic()])
    second = published(observations=[liling(value="2")])
    with pytest.raises(ChangedSince) as since:
        rolled_back(first)
    assert since.value.rows == [("observations", "430281|TRADE_TOTAL||||||A|none|2024", second.version)]
    rolled_back(second)
    rolled_back(first)
    assert (liling()["value"], Topic.objects.public().filter(code="T_TOPIC").exists()) == (stood, False)


@pytest.mark.parametrize("may_publish", [True, False])
def test_the_command_puts_the_inverse_up_for_review_or_publishes_it_where_commands_may(
    settings: Any, may_publish: bool
) -> None:
    settings.COMMANDS_PUBLISH = may_publish
    stood, release = liling()["value"], published(observations=[liling(value="1")])
    for arguments, words in (((), "reason"), (("--reason", "r"), "no release 1999.9")):
        with pytest.raises(CommandError, match=words):
            call_command("rollback_release", "1999.9", *arguments)
    output = io.StringIO()
    call_command(
        "rollback_release", release.version, "--reason", "It was wrong", "--dry-run", "--lang", "zh", stdout=output
    )
    call_command("rollback_release", release.version, "--reason", "It was wrong", "--lang", "zh", stdout=output)
    assert "修改 1\n试运行" in output.getvalue()
    newest = Release.objects.published()[0]
    batch = ImportBatch.objects.get(takes_back=release)
    assert (batch.origin, batch.created_by) == ("roll_back", None)
    if may_publish:
        assert f"版本 {newest.version}" in output.getvalue()
        assert (newest.reason, newest.notes_en) == ("It was wrong", f"Rolls back {release.version}.")
        assert (newest.reviewed_by, batch.release, liling()["value"]) == ("", newest, stood)
        assert Change.objects.filter(release=newest).count() == 1
    else:
        assert f"批次 {batch.pk}" in output.getvalue()
        assert (newest, batch.status, liling()["value"]) == (release, BatchStatus.IN_REVIEW, "1")
        with pytest.raises(CommandError, match="审核中"):
            call_command("rollback_release", release.version, "--reason", "It was wrong", "--lang", "zh", stdout=output)
