"""What is done, by whom, when: standing follows from dated events; relations; measures by place, need and time."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators.models import Indicator
from policies.choices import EventType, Need, Status
from policies.models import (
    STAGES,
    Domain,
    Event,
    Measure,
    MeasureIndicator,
    MeasureRegion,
    Relation,
)
from regions.models import Region
from tests.policies.policy_store import a_document, a_measure, a_release, happened, lived

pytestmark = pytest.mark.django_db

day = datetime.date


def standing(measure: Measure, on: datetime.date | None = None) -> tuple[Any, Any]:
    found: Any = Measure.objects.with_status(on).get(pk=measure.pk)
    return found.status, found.status_since


# Standing ----------------------------------------------------------------------------------------------------------


def test_a_measure_without_events_has_no_standing() -> None:
    assert standing(a_measure()) == (None, None)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("announced", "2020-08")], ("announced", "2020-08")),
        ([("announced", "2020-08"), ("in_force", "2021")], ("in_force", "2021")),
        ([("in_force", "2021"), ("announced", "2020-08")], ("in_force", "2021")),
        ([("withdrawn", "2022-05-01"), ("in_force", "2021")], ("withdrawn", "2022-05-01")),
        # on one day, the later stage of a life
        ([("in_force", "2021-01-01"), ("announced", "2021-01-01")], ("in_force", "2021-01-01")),
        ([("replicated", "2021"), ("completed", "2021"), ("piloting", "2021")], ("replicated", "2021")),
        ([("in_force", "2021"), ("announced", "2021-01-01")], ("in_force", "2021")),
        # a year begins on its first day
        ([("in_force", "2021"), ("completed", "2021-03")], ("completed", "2021-03")),
        # what has no date comes before what has one
        ([("completed", ""), ("announced", "2020")], ("announced", "2020")),
        ([("completed", ""), ("announced", "")], ("completed", "")),
        # an amendment changes the text, not the standing
        ([("in_force", "2021"), ("amended", "2023")], ("in_force", "2021")),
        ([("amended", "2023")], (None, None)),
    ],
)
def test_standing_is_the_latest_event(events: list[tuple[str, str]], expected: tuple[Any, Any]) -> None:
    measure = a_measure()
    for type_, edtf in events:
        happened(measure, type_, edtf)
    assert standing(measure) == expected


def test_what_is_still_to_come_does_not_count_until_its_day() -> None:
    measure = a_measure()
    today = datetime.datetime.now(datetime.UTC).date()
    happened(measure, "announced", "2020")
    coming = happened(measure, "in_force", str(today + datetime.timedelta(days=2)))
    assert standing(measure) == ("announced", "2020")
    assert standing(measure, today + datetime.timedelta(days=2))[0] == "in_force"
    Event.objects.filter(pk=coming.pk).update(date=today, edtf=str(today))
    assert standing(measure) == ("in_force", str(today))


def test_drafts_and_withdrawn_events_do_not_count() -> None:
    measure = a_measure()
    happened(measure, "announced", "2020")
    happened(measure, "in_force", "2021", released=None)
    happened(measure, "completed", "2022", withdrawn=a_release())
    assert standing(measure) == ("announced", "2020")


def test_the_events_of_another_measure_do_not_count() -> None:
    measure, other = a_measure(), a_measure()
    happened(other, "in_force", "2021")
    assert standing(measure) == (None, None)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (day(2020, 7, 31), None),
        (day(2020, 8, 1), "announced"),
        (day(2020, 12, 31), "announced"),
        (day(2021, 1, 1), "in_force"),
        (day(2022, 5, 1), "withdrawn"),
    ],
)
def test_standing_on_a_day_knows_nothing_of_later_events(on: datetime.date, expected: str | None) -> None:
    measure = a_measure()
    for type_, edtf in (("announced", "2020-08"), ("in_force", "2021"), ("withdrawn", "2022-05-01")):
        happened(measure, type_, edtf)
    assert standing(measure, on)[0] == expected
    assert Measure.objects.in_force_on(on).filter(pk=measure.pk).exists() is (expected == "in_force")


def test_an_event_without_a_date_happened_on_no_particular_day() -> None:
    measure = a_measure()
    happened(measure, "in_force")
    assert standing(measure)[0] == "in_force"
    assert standing(measure, day(2100, 1, 1))[0] is None
    assert not Measure.objects.in_force_on(day(2100, 1, 1)).filter(pk=measure.pk).exists()


@pytest.mark.parametrize("type_", [t for t in EventType.values if t != "amended"])
def test_what_is_done_is_in_force_and_what_is_planned_or_withdrawn_is_not(type_: str) -> None:
    measure = a_measure()
    happened(measure, type_, "2021")
    in_force = Measure.objects.in_force_on(day(2021, 1, 1)).filter(pk=measure.pk).exists()
    assert in_force is (type_ in {"piloting", "in_force", "completed", "replicated"})


def test_every_event_but_an_amendment_is_a_standing_and_every_event_a_stage() -> None:
    assert set(Status.values) == set(EventType.values) - {"amended"}
    assert set(STAGES) == set(EventType.values)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(EventType.values),
        st.one_of(st.just(""), st.integers(2018, 2021).map(str), st.dates(day(2018, 1, 1), day(2021, 12, 31)).map(str)),
    ),
    max_size=6,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENTS, min_size=1, max_size=8), st.one_of(st.none(), st.dates(day(2018, 1, 1), day(2021, 12, 31))))
def test_standing_does_not_depend_on_the_order_of_entry(
    lives: list[list[tuple[str, str]]], on: datetime.date | None
) -> None:
    entered = [events[::way] for events in lives for way in (1, -1)]
    made = lived(entered)
    found = Measure.objects.with_status(on).filter(pk__in=[one.pk for one in made]).order_by("pk")
    assert [one.status for one in found] == [standing_of(events, on) for events in entered]


def standing_of(events: list[tuple[str, str]], on: datetime.date | None) -> str | None:
    """The last of these events by day and stage, of those up to this day if there is one."""
    first_day = {edtf: edtf if len(edtf) == 10 else edtf and f"{edtf}-01-01" for _, edtf in events}
    counted = [
        (first_day[edtf], STAGES.index(EventType(type_)), type_) for type_, edtf in events
        if type_ != "amended" and (on is None or (edtf and first_day[edtf] <= str(on)))
    ]  # fmt: skip
    return max(counted)[2] if counted else None


def test_events_are_told_as_they_happened() -> None:
    measure = a_measure()
    told = [
        ("", "proposed"),
        ("2020", "announced"),
        ("2020-01-01", "in_force"),
        ("2020-01-02", "amended"),
        ("2021", "completed"),
    ]
    for edtf, type_ in reversed(told):
        happened(measure, type_, edtf)
    assert [(e.edtf, e.type) for e in measure.events.in_order()] == told
    dated = [told[4], told[3], told[2], told[1]]
    assert [(e.edtf, e.type) for e in measure.events.latest_first()] == [*dated, told[0]]


def test_the_day_of_an_event_follows_its_date() -> None:
    event = happened(a_measure(), "announced", "2020-08")
    for edtf, date in (("2020-08", day(2020, 8, 1)), ("", None), ("2021", day(2021, 1, 1))):
        event.edtf = edtf
        event.save()
        assert Event.objects.get(pk=event.pk).date == date
    event.edtf = "2020-13"
    with pytest.raises(ValueError, match=r"month"):
        event.save()


def test_every_seeded_event_has_the_first_day_of_its_date() -> None:
    for event in Event.objects.all():
        assert (event.date is None) is (event.edtf == "")
        assert event.date is None or event.date.isoformat().startswith(event.edtf)


# Measures by time, place and need ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(day(2020, 1, 1), day(2020, 12, 31))], True),
        ([(day(2020, 8, 1), day(2020, 8, 1))], True),
        ([(day(2020, 8, 2), None)], False),
        ([(None, day(2020, 7, 31))], False),
        ([(None, None)], True),
        ([(None, day(2019, 12, 31)), (day(2020, 8, 1), None)], True),
    ],
)
def test_a_measure_was_announced_during_a_time(spans: Any, expected: bool) -> None:
    measure = a_measure()
    happened(measure, "announced", "2020-08")
    happened(measure, "in_force", "2021")
    assert Measure.objects.announced_during(spans).filter(pk=measure.pk).exists() is expected


def test_only_published_announcements_with_a_date_count() -> None:
    measure = a_measure()
    happened(measure, "announced")
    happened(measure, "announced", "2020", released=None)
    happened(measure, "in_force", "2020")
    always = [(None, None)]
    assert not Measure.objects.announced_during(always).filter(pk=measure.pk).exists()
    happened(measure, "proposed", "2019")
    assert Measure.objects.announced_during(always).filter(pk=measure.pk).exists()


@pytest.mark.parametrize("role", ["target", "actor", "partner", "origin"])
def test_a_measure_concerns_a_region_in_any_role_and_is_listed_once(role: str) -> None:
    here, there, elsewhere = (Region.objects.get(code=code) for code in ("430281", "430223", "430224"))
    measure = a_measure()
    for region in (here, there):
        MeasureRegion.objects.create(measure=measure, region=region, role=role)
    mine = Measure.objects.filter(pk=measure.pk)
    assert list(mine.concerning([here, there])) == [measure]
    assert not mine.concerning([elsewhere]).exists()
    assert not mine.concerning([]).exists()


def test_a_measure_meets_one_need_or_another() -> None:
    measure = a_measure(needs="logistics;finance")
    mine = Measure.objects.filter(pk=measure.pk)
    assert measure.need_list == ["logistics", "finance"]
    assert mine.meeting(["finance"]).exists()
    assert mine.meeting(["brand", "logistics"]).exists()
    assert not mine.meeting(["brand", "talent"]).exists()
    assert not a_measure().need_list


def test_no_need_is_part_of_another() -> None:
    for one, other in itertools.permutations(Need.values, 2):
        assert one not in other


@pytest.mark.parametrize("words", ["跨境电商", "CROSS-BORDER", "ｃｒｏｓｓ", "仓库"])
def test_a_measure_is_found_by_part_of_its_title_or_summary(words: str) -> None:
    measure = a_measure(
        title_zh="跨境电商", title_en="Cross-border trade", summary_zh="建设仓库", summary_en="Build it"
    )
    assert measure in Measure.objects.matching(words)
    assert a_measure() not in Measure.objects.matching(words)


# What the store refuses --------------------------------------------------------------------------------------------


def test_a_relation_has_one_end_on_each_side_and_not_the_same() -> None:
    one, other = a_measure(), a_measure()
    plan, report = a_document(), a_document("test-report")
    wrong: list[Any] = [
        {},
        {"from_measure": one},
        {"to_measure": one},
        {"from_measure": one, "from_document": plan, "to_measure": other},
        {"from_measure": one, "to_measure": other, "to_document": plan},
        {"from_document": plan},
        {"from_measure": one, "to_measure": one},
    ]
    right: list[Any] = [
        {"from_measure": one, "to_measure": other},
        {"from_measure": one, "to_document": plan},
        {"from_document": plan, "to_measure": one},
        {"from_document": plan, "to_document": report},
    ]
    for ends in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Relation.objects.create(type="implements", **ends)
    for ends in right:
        relation = Relation.objects.create(type="implements", **ends)
        assert [relation.from_end, relation.to_end] == list(ends.values())


def test_a_document_has_no_relation_to_itself() -> None:
    plan = a_document()
    with pytest.raises(IntegrityError), transaction.atomic():
        Relation.objects.create(type="supersedes", from_document=plan, to_document=plan)


@pytest.mark.parametrize("wrong", ["", "likes"])
def test_a_relation_is_of_a_known_type(wrong: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Relation.objects.create(type=wrong, from_measure=a_measure(), to_measure=a_measure())


def test_a_measure_is_not_its_own_parent() -> None:
    measure = a_measure()
    with pytest.raises(IntegrityError), transaction.atomic():
        Measure.objects.filter(pk=measure.pk).update(parent=F("pk"))


@pytest.mark.parametrize("wrong", [{"kind": "wish"}, {"level": ""}, {"level": "galactic"}])
def test_the_store_refuses_a_measure_of_unknown_kind_or_level(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        a_measure(**wrong)


def test_the_store_refuses_an_event_of_unknown_type() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        happened(a_measure(), "celebrated")


def test_a_region_in_a_role_and_an_indicator_are_named_once() -> None:
    measure, region = a_measure(), Region.objects.get(code="430281")
    indicator = Indicator.objects.get(code="TRADE_TOTAL")
    MeasureRegion.objects.create(measure=measure, region=region, role="target")
    MeasureRegion.objects.create(measure=measure, region=region, role="actor")
    MeasureIndicator.objects.create(measure=measure, indicator=indicator, direction="up")
    for again in (
        MeasureRegion(measure=measure, region=region, role="actor"),
        MeasureRegion(measure=measure, region=region, role="owner"),
        MeasureIndicator(measure=measure, indicator=indicator, direction="down"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save()


def test_an_ordinal_is_used_once_in_a_document() -> None:
    plan, other = a_document(), a_document("test-other")
    Domain.objects.create(code="test-d1", document=plan, ordinal=1, name_zh="甲", name_en="A")
    Domain.objects.create(code="test-d2", document=other, ordinal=1, name_zh="甲", name_en="A")
    with pytest.raises(IntegrityError), transaction.atomic():
        Domain.objects.create(code="test-d3", document=plan, ordinal=1, name_zh="乙", name_en="B")


# What the documents say --------------------------------------------------------------------------------------------


def test_the_seven_domains_of_the_free_trade_zone_plan_claim_121_tasks() -> None:
    claiming = Domain.objects.filter(task_count__isnull=False).order_by("document", "ordinal")
    claims = {domain.code: domain.task_count or 0 for domain in claiming}
    assert sorted(claims.values()) == sorted([14, 7, 28, 20, 24, 12, 16])
    assert sum(claims.values()) == 121
    for domain in claiming:
        assert domain.measures.count() <= claims[domain.code]


def test_every_seeded_measure_is_cited_and_every_domain_is_of_its_document() -> None:
    measures = Measure.objects.select_related("domain").prefetch_related("citations")
    assert measures
    for measure in measures:
        assert measure.citations.all(), measure.code
        assert measure.domain is None or measure.domain.document_id == measure.document_id
