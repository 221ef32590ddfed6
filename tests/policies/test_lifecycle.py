"""Stock and flow against a naive count; standing and updates over time; what is unknown stays unknown."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.plans.imports import plan_import
from curation.releases.changes import measures_published_after
from curation.releases.publication import ReleaseNotes, publish
from curation.tables.curated import BY_NAME
from policies.choices import EventType
from policies.lifecycle import flow, stock
from policies.models import STAGES, Measure, Relation
from sources.models import Release
from tests.policies.policy_store import a_measure, a_release, happened, lived

pytestmark = pytest.mark.django_db

LIFE = st.lists(
    st.tuples(st.sampled_from(EventType.values), st.sampled_from(["", "2018", "2018-07", "2020", "2020-03-01", "2021-12-31"])),
    max_size=5,
)  # fmt: skip


def first_day(edtf: str) -> str:
    return f"{edtf}-01-01"[:10] if len(edtf) == 4 else f"{edtf}-01"[:10]


def standing_at(life: list[tuple[str, str]], last_day: str | None) -> str | None:
    """The latest event that gives a standing: up to a day, or (without one) among those that have no date."""
    told = [(first_day(d) if d else "", STAGES.index(EventType(t)), t) for t, d in life if t != "amended"]
    seen = [e for e in told if (e[0] and e[0] <= last_day if last_day else not e[0])]
    return max(seen)[2] if seen else None


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LIFE, max_size=5))
def test_stock_and_flow_are_those_of_a_naive_count(lives: list[list[tuple[str, str]]]) -> None:
    made = lived(lives)
    measures: Any = Measure.objects.filter(pk__in=[measure.pk for measure in made])

    flows = Counter({(e[1][:4] or None, e[0]): 0 for life in lives for e in life})
    for life in lives:
        flows.update({(edtf[:4] or None, type_) for type_, edtf in life})
    assert {(t.year, t.type): t.count for t in flow(measures)} == flows

    dated = sorted(edtf[:4] for life in lives for type_, edtf in life if edtf and type_ != "amended")
    expected: Counter[tuple[str | None, str | None]] = Counter()
    for life in lives:
        for year in range(int(dated[0]), int(dated[-1]) + 1) if dated else ():
            if status := standing_at(life, f"{year}-12-31"):
                expected[str(year), status] += 1
        if not any(edtf for type_, edtf in life if type_ != "amended"):
            expected[None, standing_at(life, None)] += 1
    assert {(t.year, t.type): t.count for t in stock(measures)} == expected


def test_the_stock_of_the_last_year_and_of_no_year_is_every_measure() -> None:
    tallies = stock(Measure.objects.public())
    last = max(tally.year for tally in tallies if tally.year)
    counted = sum(tally.count for tally in tallies if tally.year in (last, None))
    assert counted == Measure.objects.public().count()


def test_hidden_events_are_in_neither_stock_nor_flow() -> None:
    measure = a_measure()
    happened(measure, "in_force", "2021", released=None)
    happened(measure, "in_force", "2021", withdrawn=a_release())
    mine: Any = Measure.objects.filter(pk=measure.pk)
    assert flow(mine) == []
    assert [(t.year, t.type, t.count) for t in stock(mine)] == [(None, None, 1)]


def test_a_measure_of_unknown_start_is_perhaps_in_force_and_not_known_to_be() -> None:
    on = datetime.date(2022, 1, 1)
    known, unknown, planned = a_measure(), a_measure(), a_measure()
    happened(known, "in_force", "2021")
    happened(known, "piloting")
    happened(unknown, "in_force")
    happened(planned, "proposed")
    mine = Measure.objects.filter(pk__in=[known.pk, unknown.pk, planned.pk])
    assert list(mine.perhaps_in_force_on(on)) == [unknown]
    assert list(mine.in_force_on(on)) == [known]


def published(table: str, cells: dict[str, str]) -> None:
    assert publish(plan_import({table: [cells]}), ReleaseNotes(reason="A test.")) is not None


def test_what_a_later_release_adds_or_changes_is_published_after_the_newest() -> None:
    newest = Release.objects.published().values_list("pk", flat=True)[0]

    def since() -> list[str]:
        everything: Any = Measure.objects.public()
        return sorted(measures_published_after(everything, newest).values_list("code", flat=True))

    assert since() == []
    measures, events = BY_NAME["measures"], BY_NAME["events"]
    published("measures", measures.cells(measures.records().get(code="ftz-first-01")) | {"title_en": "Another title"})
    assert since() == ["ftz-first-01"]
    published(
        "events", {"measure": "ftz-first-02", "type": "in_force", "date": "2021", "citations": "hunan-ftz:395-411"}
    )
    assert since() == ["ftz-first-01", "ftz-first-02"]
    announced = events.cells(events.records().get(measure__code="ftz-first-03"))
    published("events", announced | {"note_en": "A note."})
    assert since() == ["ftz-first-01", "ftz-first-02", "ftz-first-03"]
    ends = {"from": "measure:ftz-first-04", "type": "implements", "to": "measure:ftz-first-05"}
    published("relations", {**ends, "citations": "hunan-ftz:395-411"})
    assert since() == [f"ftz-first-0{number}" for number in range(1, 6)]
    assert Relation.objects.filter(from_measure__code="ftz-first-04").exists()


@pytest.mark.parametrize(
    ("words", "found"), [("跨境 仓库", True), ("仓库 跨境", True), ("跨境 没有", False), ("跨境仓库", False)]
)
def test_several_words_must_all_be_there_in_any_order(words: str, found: bool) -> None:
    measure = a_measure(title_zh="跨境电商", summary_zh="建设仓库")
    assert Measure.objects.matching(words).filter(pk=measure.pk).exists() is found


def test_years_come_in_their_order_and_the_unknown_one_last() -> None:
    a_measure()  # of which nothing is known
    for tallies in (stock(Measure.objects.public()), flow(Measure.objects.public())):
        years = [tally.year for tally in tallies]
        known = [year for year in years if year is not None]
        assert len(known) > 1
        assert years == [*sorted(known), *[None] * (len(years) - len(known))]
    assert years[-1] is None
