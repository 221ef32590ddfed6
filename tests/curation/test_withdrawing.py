"""What is withdrawn without a successor, what may not be, and a release taken back by its inverse."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from curation.importing import plan_import
from curation.models import Change, Verdict
from curation.publishing import PlanHasErrors, ReleaseNotes, digest, publish
from curation.reverting import ChangedSince, roll_back
from curation.tables import BY_NAME, TABLES
from indicators.models import Observation, Series, Topic
from policies.models import Measure
from regions.models import Membership, Region
from sources.models import Release

pytestmark = pytest.mark.django_db

Row = dict[str, str]
NOTES = ReleaseNotes(reason="a test")


def cells_of(table: str, **which: Any) -> Row:
    held = BY_NAME[table]
    return held.cells(held.records().get(**which))


def liling(**cells: str) -> Row:
    return cells_of("observations", series__key="A.430281.TRADE_TOTAL", period="2024") | cells


def topic(code: str = "T_TOPIC", **cells: str) -> Row:
    return {"code": code, "name_zh": "主题", "name_en": "Topic", "order": "1", **cells}


def published(**files: list[Row]) -> Release:
    release = publish(plan_import(files), NOTES)
    assert release is not None
    return release


def refused(**files: list[Row]) -> list[str]:
    plan = plan_import(files)
    with pytest.raises(PlanHasErrors):
        publish(plan, NOTES)
    return [str(error["message"]) for _, row in plan.rows(Verdict.ERROR) for error in row.errors]


def as_it_stands() -> dict[str, dict[str, Row]]:
    return {t.name: {t.key_of(c): c for r in t.records() for c in [t.cells(r)]} for t in TABLES}


def test_a_withdrawn_figure_is_retired_and_has_no_successor() -> None:
    release = published(observations=[liling() | {"withdraw": "true"}])
    row = Observation.objects.get(series__key="A.430281.TRADE_TOTAL", period="2024")
    assert row.retired == release
    assert not Series.objects.public().filter(key="A.430281.TRADE_TOTAL").exists()
    assert (release.observations_added, release.observations_retired) == (0, 1)
    assert digest(Release.objects.get(version="2026.1")) == Release.objects.get(version="2026.1").digest


def test_a_withdrawn_record_is_no_longer_public_and_its_code_is_not_used_again_unless_it_is_brought_back() -> None:
    published(topics=[topic()])
    release = published(topics=[{"code": "T_TOPIC", "withdraw": "true"}])
    assert not Topic.objects.public().filter(code="T_TOPIC").exists()
    assert (release.records_withdrawn, release.records_added, release.records_changed) == (1, 0, 0)
    assert refused(topics=[topic()])
    published(topics=[topic(name_en="Again") | {"withdraw": "false"}])
    assert Topic.objects.public().get(code="T_TOPIC").name_en == "Again"


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


def test_a_release_rolled_back_leaves_what_stood_before_it() -> None:
    published(topics=[topic("T_OLD")], regions=[_park("T1")])
    before, seal = as_it_stands(), digest()
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
    back = roll_back(release, ReleaseNotes(reason="It was wrong"))
    assert back is not None
    assert as_it_stands() == before
    assert digest() == back.digest == seal != release.digest
    assert Measure.objects.public().get(code="county-campaign-2025").title_en == measure["title_en"]
    assert digest(release) == release.digest
    assert roll_back(back, NOTES).digest == release.digest


def test_a_release_that_others_built_on_is_not_rolled_back_alone() -> None:
    first = published(observations=[liling(value="1")], topics=[topic()])
    second = published(observations=[liling(value="2")])
    with pytest.raises(ChangedSince) as since:
        roll_back(first, NOTES)
    assert since.value.rows == [("observations", "430281|TRADE_TOTAL||||||A|none|2024", second.version)]
    roll_back(second, NOTES)
    roll_back(first, NOTES)
    assert (liling()["value"], Topic.objects.public().filter(code="T_TOPIC").exists()) == ("41.25", False)


def test_the_command_rolls_back_and_says_what_it_did() -> None:
    release = published(observations=[liling(value="1")])
    for arguments, words in (((), "reason"), (("--reason", "r"), "no release 1999.9")):
        with pytest.raises(CommandError, match=words):
            call_command("rollback_release", "1999.9", *arguments)
    output = io.StringIO()
    call_command("rollback_release", release.version, "--reason", "It was wrong", "--dry-run", stdout=output)
    call_command("rollback_release", release.version, "--reason", "It was wrong", stdout=output)
    newest = Release.objects.published()[0]
    assert "Would publish: 0 new, 1 changed" in output.getvalue()
    assert f"Published release {newest.version}" in output.getvalue()
    assert (newest.reason, newest.notes_en) == ("It was wrong", f"Rolls back {release.version}.")
    assert liling()["value"] == "41.25"
    assert Change.objects.filter(release=newest).count() == 1
