"""From a plan to a release: all or nothing, nothing overwritten, every write remembered."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from curation.batches import review
from curation.models import Action, BatchStatus, Change, ImportBatch, StagedRow, Verdict
from curation.plans.imports import plan_import
from curation.refusals import PlanHasErrors, StepRefused
from curation.releases.publication import ReleaseNotes, next_version, publish
from curation.roles import CURATOR, PUBLISHER, REVIEWER
from curation.tables.curated import BY_NAME, TABLES
from curation.tables.files import read_rows
from indicators.models import Observation, Series, Topic
from policies.models import Event, Measure
from regions.models import Membership, Region
from sources.models import Release
from sources.versions import data_version
from tests import builder
from tests.builder import cells_of, liling, topic
from tests.curation.people import draft, person, vouched
from tests.whole_store import everything

pytestmark = pytest.mark.django_db

Row = dict[str, str]
NOTES = ReleaseNotes(reason="a test", published_by="tester", reviewed_by="another", notes_zh="说明", notes_en="Notes")


def published(notes: ReleaseNotes = NOTES, user: Any = None, **tables: list[Row]) -> Release:
    return builder.published(notes, user, **tables)


def region(code: str, parent: str = "", **cells: str) -> Row:
    return {
        "code": code,
        "kind": "zone",
        "parent": parent,
        "name_zh": f"园区{code}",
        "name_en": f"Park {code}",
        **cells,
    }


# All or nothing ----------------------------------------------------------------------------------------------------


def test_nothing_to_do_is_no_release() -> None:
    before = everything()
    assert (
        publish(plan_import({"topics": [cells_of("topics", code="TRADE")], "observations": [liling()]}), NOTES) is None
    )
    assert publish(plan_import({}), NOTES) is None
    assert everything() == before


def test_a_plan_with_a_row_in_error_is_not_published_in_part() -> None:
    before = everything()
    with pytest.raises(PlanHasErrors):
        publish(plan_import({"topics": [topic(), topic("bad code")]}), NOTES)
    assert everything() == before


def test_what_fails_half_way_leaves_the_store_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything()

    def broken(_progress: Any) -> str:
        assert Topic.objects.filter(code="T_TOPIC").exists(), "the failure comes after the first writes"
        raise RuntimeError("disk full")

    monkeypatch.setattr("curation.releases.publication.brought_forward", broken)
    plan = plan_import({"topics": [topic()], "regions": [region("T1")], "observations": [liling(value="1")]})
    with pytest.raises(RuntimeError, match="disk full"):
        publish(plan, NOTES)
    assert everything() == before


def test_the_data_version_changes_when_it_is_published_and_not_before(django_capture_on_commit_callbacks: Any) -> None:
    before = data_version()
    with django_capture_on_commit_callbacks(execute=True):
        release = published(topics=[topic()])
        assert data_version() == before
    assert data_version() == f"{release.version}-{release.digest[:12]}" != before


def test_the_newest_release_is_the_one_published_last_whatever_the_clock_says() -> None:
    Release.objects.filter(version="2026-R1").update(published_at=timezone.now() + datetime.timedelta(days=1))
    release = published(topics=[topic()])
    assert Release.objects.published().first() == release


def test_a_release_is_never_dated_before_the_newest() -> None:
    newest = Release.objects.published().first()
    assert newest is not None
    long_ago = datetime.datetime(1998, 1, 1, tzinfo=datetime.UTC)
    release = published(ReleaseNotes(**{**NOTES.__dict__, "published_at": long_ago}), topics=[topic()])
    assert release.published_at > newest.published_at
    assert Release.objects.published().first() == release


# Observations ------------------------------------------------------------------------------------------------------


def test_a_corrected_figure_retires_the_old_row_and_adds_one_and_the_old_one_stays() -> None:
    line = Series.objects.get(key="A.430281.TRADE_TOTAL")
    old = line.observations.live().get(period="2024")
    phrases = set(old.citations.values_list("code", flat=True))
    release = published(observations=[liling(value="41.260", qualifier="approx")])
    new = line.observations.live().get(period="2024")
    kept = Observation.objects.get(pk=old.pk)
    assert (kept.value, kept.decimals, kept.qualifier, kept.retired) == (old.value, old.decimals, "exact", release)
    assert (f"{new.value:.3f}", new.decimals, new.qualifier) == ("41.260", 3, "approx")
    assert (new.released, new.retired, kept.released.version) == (release, None, "2026-R1")
    assert set(kept.citations.values_list("code", flat=True)) == phrases
    assert set(new.citations.values_list("code", flat=True)) == phrases
    assert (release.observations_added, release.observations_retired) == (1, 1)


def test_a_figure_corrected_twice_has_three_rows_one_of_which_stands() -> None:
    stood = liling()["value"]
    for value in ("1", "2"):
        published(observations=[liling(value=value)])
    rows = Observation.objects.filter(series__key="A.430281.TRADE_TOTAL", period="2024").order_by("pk")
    assert [(f"{row.value:.{row.decimals}f}", row.retired is None) for row in rows] == [
        (stood, False), ("1", False), ("2", True)
    ]  # fmt: skip


def test_new_figures_make_their_series_once_and_join_those_that_are_there() -> None:
    before = Series.objects.count()
    release = published(observations=[
        liling(period="1998"), liling(variant="test", period="1998"), liling(variant="test", period="1999"),
    ])  # fmt: skip
    assert Series.objects.count() == before + 1
    made = Series.objects.get(key="A.430281.TRADE_TOTAL.test")
    assert sorted(made.observations.live().values_list("period", flat=True)) == ["1998", "1999"]
    assert Observation.objects.live().filter(series__key="A.430281.TRADE_TOTAL", period="1998").exists()
    assert (release.observations_added, release.observations_retired) == (3, 0)
    assert release.observations_live == Observation.objects.live().count()


def test_a_year_to_date_figure_spans_from_new_year() -> None:
    published(observations=[liling(frequency="M", accumulation="ytd", period="1998-07")])
    row = Observation.objects.get(series__key="M.430281.TRADE_TOTAL.ytd")
    assert (row.period, row.period_start.isoformat(), row.period_end.isoformat()) == (
        "1998-07",
        "1998-01-01",
        "1998-07-31",
    )


def test_a_missing_figure_is_published_as_missing() -> None:
    ways, row = {"1995": "O", "1996": "M", "1997": "missing", "1998": "无值"}, liling(value="")
    release = published(observations=[row | {"period": period, "status": status} for period, status in ways.items()])
    held = Observation.objects.filter(released=release).order_by("period")
    assert [(row.period, row.value, row.status, row.decimals) for row in held] == [(at, None, "O", 0) for at in ways]
    assert plan_import({"observations": [BY_NAME["observations"].cells(row) for row in held]}).changes_nothing


def test_what_was_published_as_missing_otherwise_stands_until_something_else_of_it_changes() -> None:
    cells = liling(period="1998", value="", status="O")
    published(observations=[cells])
    live = Observation.objects.live().filter(series__key="A.430281.TRADE_TOTAL", period="1998")
    live.update(status="M")  # as releases before this wrote it
    for status in ("O", "M"):
        assert plan_import({"observations": [cells | {"status": status}]}).changes_nothing
    published(observations=[cells | {"status": "M", "note_zh": "未述", "note_en": "not stated"}])
    assert live.get().status == "O"


# Records -----------------------------------------------------------------------------------------------------------


def test_a_new_record_is_public_in_the_release_that_brought_it() -> None:
    release = published(topics=[topic()])
    assert Topic.objects.public().get(code="T_TOPIC").released == release
    assert (release.records_added, release.records_changed) == (1, 0)


def test_a_changed_record_keeps_its_number_and_its_first_release() -> None:
    before = Topic.objects.get(code="TRADE")
    release = published(topics=[cells_of("topics", code="TRADE") | {"name_en": "Trade abroad"}])
    after = Topic.objects.get(code="TRADE")
    assert (after.pk, after.released, after.name_en) == (before.pk, before.released, "Trade abroad")
    assert (release.records_added, release.records_changed) == (0, 1)


def test_a_draft_that_is_changed_is_published() -> None:
    Topic.objects.create(code="T_TOPIC", name_zh="草稿", name_en="Draft")
    release = published(topics=[topic()])
    assert Topic.objects.public().get(code="T_TOPIC").released == release
    assert (release.records_added, release.records_changed) == (1, 0)
    assert (release.changes.get().action, release.changes.get().before) == ("added", None)


def test_a_withdrawn_link_of_two_records_is_brought_back() -> None:
    row = cells_of("memberships", group__code="ZZ-COUNTIES", member__code="430281")
    for withdraw, stands in (("true", False), ("false", True)):
        published(memberships=[row | {"withdraw": withdraw}])
        assert Membership.objects.public().filter(group__code="ZZ-COUNTIES", member__code="430281").exists() is stands


def test_a_tree_is_written_from_its_root_whatever_the_order_of_its_rows() -> None:
    published(regions=[region("T111", "T11"), region("T11", "T1"), region("T2", "T1"), region("T1", "430000")])
    below = Region.objects.within(Region.objects.get(code="T1"))
    assert [found.code for found in below] == ["T1", "T11", "T111", "T2"]


def test_a_standing_record_may_move_below_a_new_one() -> None:
    published(regions=[region("T1")])
    published(regions=[cells_of("regions", code="T1") | {"parent": "T0"}, region("T0")])
    assert Region.objects.get(code="T1").parent.code == "T0"


def test_new_rows_that_are_their_own_ancestors_are_refused() -> None:
    before = everything()
    for rows in ([("T1", "T1")], [("T1", "T2"), ("T2", "T1")], [("T1", "T3"), ("T2", "T1"), ("T3", "T2")]):
        with pytest.raises(StepRefused):
            publish(plan_import({"regions": [region(code, parent) for code, parent in rows]}), NOTES)
    assert everything() == before


def test_standing_rows_do_not_become_their_own_ancestors() -> None:
    published(regions=[region("T1"), region("T2", "T1")])
    for rows in ([("T1", "T1")], [("T1", "T2")], [("T1", "T3"), ("T3", "T2")]):
        with pytest.raises(StepRefused):
            publish(plan_import({"regions": [region(code, parent) for code, parent in rows]}), NOTES)


def test_links_are_those_of_the_new_row() -> None:
    before = cells_of("measures", code="county-campaign-2025")
    changed = before | {
        "regions": "430281:actor;430223",
        "instruments": "",
        "actors": before["actors"],
        "needs": "brand",
    }
    published(measures=[changed])
    expected = changed | {"regions": "430223:target;430281:actor"}
    assert cells_of("measures", code="county-campaign-2025") == expected
    published(measures=[before])
    assert cells_of("measures", code="county-campaign-2025") == before


def test_what_is_derived_follows_the_row() -> None:
    published(
        regions=[region("T1", other_names="试园;Ｔｅｓｔ")],
        measures=[cells_of("measures", code="county-campaign-2025") | {"title_zh": "改了的标题"}],
        events=[{"measure": "county-campaign-2025", "type": "completed", "date": "2025-06",
                 "citations": cells_of("measures", code="county-campaign-2025")["citations"]}],
    )  # fmt: skip
    assert Region.objects.filter(code="T1", search__contains="test").exists()
    assert Measure.objects.matching("改了的").exists()
    assert Event.objects.get(edtf="2025-06").date == datetime.date(2025, 6, 1)
    measure: Any = Measure.objects.with_status().get(code="county-campaign-2025")
    assert measure.status == "completed"


def test_rows_of_every_kind_that_refer_to_each_other_come_in_together() -> None:
    published(
        sources=[{"slug": "t-paper", "kind": "paper", "title_zh": "论文", "title_en": "Paper"}],
        citations=[{"code": "t-paper:0-3", "source": "t-paper", "exact": "1亿元", "start": "0", "end": "3",
                    "role": "supports", "assertion": "stated"}],
        regions=[region("T1")],
        observations=[liling(region="T1", source="t-paper", citations="t-paper:0-3", value="1")],
        actors=[{"code": "t-actor", "kind": "government", "name_zh": "府", "name_en": "Office"}],
        documents=[{"code": "t-plan", "kind": "plan", "title_zh": "方案", "title_en": "Plan", "issuer": "t-actor",
                    "source": "t-paper"}],
        domains=[{"code": "t-domain", "document": "t-plan", "ordinal": "1", "name_zh": "域", "name_en": "Domain",
                  "task_count": "2", "citations": "t-paper:0-3"}],
        measures=[
            {"code": code, "kind": "task", "document": "t-plan", "domain": "t-domain", "parent": parent, "title_zh": "措施",
             "title_en": "Measure", "summary_zh": "摘要", "summary_en": "Summary", "level": "county", "regions": "T1",
             "citations": "t-paper:0-3"}
            for code, parent in (("t-two", "t-one"), ("t-one", ""))
        ],
        relations=[{"from": "measure:t-two", "type": "implements", "to": "document:t-plan", "citations": "t-paper:0-3"}],
    )  # fmt: skip
    assert cells_of("measures", code="t-two")["parent"] == "t-one"
    assert cells_of("relations", from_measure__code="t-two")["to"] == "document:t-plan"
    assert cells_of("observations", series__key="A.T1.TRADE_TOTAL")["citations"] == "t-paper:0-3"


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("units", {"code": "T_UNIT", "name_zh": "甲", "name_en": "a", "dimension": "t", "factor": "0"}),
        ("memberships", {"group": "CZT", "member": "CZT"}),
        (
            "relations",
            {"from": "measure:county-campaign-2025", "type": "implements", "to": "measure:county-campaign-2025"},
        ),
    ],
)
def test_what_the_store_would_refuse_is_an_error_of_the_plan(table: str, row: Row) -> None:
    with pytest.raises(PlanHasErrors):
        publish(plan_import({table: [row]}), NOTES)


# Versions ----------------------------------------------------------------------------------------------------------


def test_versions_of_a_year_count_up_from_1() -> None:
    assert next_version(2031) == "2031-R1"
    for version in ("2031-R1", "2031-R2", "2031-R10", "2032-R7", "2031-R99x"):
        Release.objects.create(version=version)
    assert next_version(2031) == "2031-R11"
    assert next_version(2032) == "2032-R8"
    assert next_version(203) == "203-R1"


def test_versions_count_on_from_those_with_a_point() -> None:
    for version in ("2026.1", "2026.10", "2027.2"):
        Release.objects.filter(version=version).delete()
        Release.objects.create(version=version)
    assert next_version(2026) == "2026-R11"
    Release.objects.create(version="2026-R11")
    assert next_version(2026) == "2026-R12"
    assert next_version(2027) == "2027-R3"


def test_a_release_says_who_when_why_and_its_next_number() -> None:
    at = datetime.datetime(2031, 6, 1, tzinfo=datetime.UTC)
    notes = ReleaseNotes(**{**NOTES.__dict__, "published_at": at})
    first, second = published(notes, topics=[topic("T_A")]), published(notes, topics=[topic("T_B")])
    assert (first.version, second.version) == ("2031-R1", "2031-R2")
    stored = Release.objects.get(version="2031-R1")
    assert (stored.status, stored.published_at, stored.published_by, stored.reviewed_by) == (
        "published",
        at,
        "tester",
        "another",
    )
    assert (stored.reason, stored.notes_zh, stored.notes_en) == ("a test", "说明", "Notes")
    assert published(ReleaseNotes(version="spring"), topics=[topic("T_C")]).version == "spring"


# What it costs -----------------------------------------------------------------------------------------------------

GROWING = {
    "indicators_observation", "indicators_observation_citations", "sources_citation", "curation_change", "curation_stagedrow",
}  # fmt: skip


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans for the few rows that a test has")
def test_publishing_one_figure_goes_through_no_table_that_grows_with_the_figures() -> None:
    asked: list[tuple[str, Any]] = []

    def listening(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("SELECT", "UPDATE", "DELETE")) and not many:
            asked.append((sql, params))
        return execute(sql, params, many, context)

    curator, reviewer, publisher = (person(role, role) for role in (CURATOR, REVIEWER, PUBLISHER))
    batch = draft(curator, observations=[liling(value="41.26")])
    review.send_to_review(batch, curator)
    vouched(batch, reviewer)
    with connection.execute_wrapper(listening):
        review.publish(batch, publisher, "a figure")
    assert len(asked) > 30
    with connection.cursor() as cursor:
        for sql, params in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            through = {step[3].split()[1] for step in cursor.fetchall() if step[3].startswith("SCAN ")}
            assert not through & GROWING, sql


# What is remembered ------------------------------------------------------------------------------------------------


def test_every_written_row_is_remembered_with_what_was_and_what_is() -> None:
    user = User.objects.create(username="curator")
    trade, figure = cells_of("topics", code="TRADE"), liling()
    release = published(
        user=user, topics=[topic(order="01"), trade | {"order": "99"}, cells_of("topics", code="ECONOMY")],
        observations=[figure | {"value": "1"}, figure | {"period": "1998"}],
    )  # fmt: skip
    changes = {(c.table, c.key): c for c in Change.objects.filter(release=release)}
    key, new_key = "430281|TRADE_TOTAL||||||A|none|2024", "430281|TRADE_TOTAL||||||A|none|1998"
    assert {place: (c.action, c.before, c.after) for place, c in changes.items()} == {
        ("topics", "T_TOPIC"): (Action.ADDED, None, topic()),
        ("topics", "TRADE"): (Action.CHANGED, trade, trade | {"order": "99"}),
        ("observations", key): (Action.CHANGED, figure, figure | {"value": "1"}),
        ("observations", new_key): (Action.ADDED, None, figure | {"period": "1998"}),
    }
    assert {(c.user, c.reason, c.at) for c in changes.values()} == {(user, "a test", release.published_at)}


def test_the_rows_of_a_release_are_kept_as_a_published_batch() -> None:
    raw = topic(order="01")
    release = published(topics=[raw, cells_of("topics", code="TRADE")], observations=[liling(value="1")])
    batch = ImportBatch.objects.get(release=release)
    assert (batch.status, batch.name, batch.note) == (BatchStatus.PUBLISHED, release.version, "a test")
    rows = list(StagedRow.objects.filter(batch=batch))
    assert [(row.table, row.number, row.key, row.verdict) for row in rows] == [
        ("observations", 2, "430281|TRADE_TOTAL||||||A|none|2024", Verdict.CHANGED),
        ("topics", 2, "T_TOPIC", Verdict.NEW),
    ]
    assert (rows[1].raw, rows[1].resolved, rows[1].before) == (raw, topic(), None)
    assert (rows[0].before, rows[0].resolved) == (_as_it_was(), liling())


def _as_it_was() -> Row:
    row = Observation.objects.get(series__key="A.430281.TRADE_TOTAL", period="2024", retired__isnull=False)
    return BY_NAME["observations"].cells(row)


def test_the_seed_left_one_change_for_every_record() -> None:
    first = Release.objects.get(version="2026-R1")
    remembered = Change.objects.filter(release=first, action=Action.ADDED)
    for table in TABLES:
        filed = map(table.key_of, read_rows(settings.BASE_DIR / "fixtures" / table.filename))
        assert set(remembered.filter(table=table.name).values_list("key", flat=True)) == set(filed), table.name
    assert first.observations_added == first.observations_live == Observation.objects.live().count()
    assert first.records_added == remembered.exclude(table="observations").count()
