"""A measure beside the numbers: what is before and after it, the change between, its siblings, and the caveats."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.labels import labels
from indicators.models import Indicator, Series
from policies.impact import AFTER, BEFORE, DURING, Effective, effective, impact
from policies.models import Document, Event, Measure, MeasureIndicator, MeasureRegion
from regions.models import Region
from tests.indicators.indicator_store import a_category, a_region, a_release, a_series, an_indicator, an_observation

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]


@pytest.fixture
def counties() -> list[Region]:
    """A place with two siblings."""
    whole = a_region("T-WHOLE")
    found = [a_region(f"T{number}", whole) for number in range(1, 4)]
    Region.objects.filter(pk__in=[whole.pk, *(region.pk for region in found)]).update(released=a_release())
    return found


@pytest.fixture
def measure(counties: list[Region]) -> Measure:
    """In force since 2022, in the first place, meaning T_TRADE."""
    made = Measure.objects.create(
        code="t-measure", kind="action", level="county", document=Document.objects.all()[0], title_zh="措施",
        title_en="Measure", summary_zh="摘要", summary_en="Summary", released=a_release(),
    )  # fmt: skip
    MeasureRegion.objects.create(measure=made, region=counties[0])
    indicator = an_indicator("T_TRADE")
    Indicator.objects.filter(pk=indicator.pk).update(released=a_release())
    MeasureIndicator.objects.create(measure=made, indicator=indicator, direction="up")
    Event.objects.create(measure=made, type="announced", edtf="2020-05", released=a_release())
    Event.objects.create(measure=made, type="in_force", edtf="2022", released=a_release())
    return made


def trade(region: Region, values: dict[str, str | None], **more: Any) -> Series:
    of = a_series(indicator=an_indicator("T_TRADE"), region=region, **more)
    for period, value in values.items():
        an_observation(of, period, value)
    return of


def caveats(measure: Measure) -> set[str]:
    return set(impact(measure, labels()).caveats)


@pytest.mark.parametrize(
    ("edtf", "year", "when"),
    [
        ("2022", 2021, BEFORE), ("2022", 2022, DURING), ("2022", 2023, AFTER), ("2022-01-01", 2022, DURING),
        ("2021-12-31", 2022, AFTER), ("2022-06", 2021, BEFORE),
    ],
)  # fmt: skip
def test_a_period_is_before_or_after_only_as_a_whole(edtf: str, year: int, when: str) -> None:
    assert Effective("in_force", edtf).when(datetime.date(year, 1, 1), datetime.date(year, 12, 31)) == when


def test_it_has_effect_from_the_first_event_that_means_so(measure: Measure) -> None:
    Event.objects.create(measure=measure, type="completed", edtf="2024", released=a_release())
    assert effective(measure.events.in_order()) == Effective("in_force", "2022")
    Event.objects.create(measure=measure, type="piloting", edtf="", released=a_release())
    assert effective(measure.events.in_order()) is None


def test_before_after_and_the_change_by_hand(measure: Measure, counties: list[Region]) -> None:
    trade(counties[0], {"2020": "40.0", "2021": "50.0", "2022": "52.0", "2023": "60.0", "2024": "70.0"})
    trade(counties[1], {"2021": "100.0", "2024": "110.0"})
    (meant,) = impact(measure, labels()).meant
    (beside,) = meant.lines
    line = beside.line
    assert [when for _, when in line.rows] == [BEFORE, BEFORE, DURING, AFTER, AFTER]
    assert (line.before["period"], line.after["period"]) == ("2021", "2024")
    assert (line.change.value, line.rate.value) == (Decimal("20.0"), Decimal("40.00"))
    assert line.change.derived_from == (line.after["id"], line.before["id"])
    (sibling,) = beside.siblings
    assert (sibling.region, sibling.change.value, sibling.rate.value) == (counties[1].pk, Decimal(10), Decimal(10))


def test_a_rate_has_a_difference_and_no_relative_change(measure: Measure, counties: list[Region]) -> None:
    trade(counties[0], {"2021": "5.0", "2023": "7.5"})
    Indicator.objects.filter(code="T_TRADE").update(kind="rate")
    (meant,) = impact(measure, labels()).meant
    assert (meant.lines[0].line.change.value, meant.lines[0].line.rate) == (Decimal("2.5"), None)


def test_goals_and_gaps_are_shown_and_never_compared(measure: Measure, counties: list[Region]) -> None:
    of = trade(counties[0], {"2021": "50.0", "2023": None})
    an_observation(of, "2024", "90.0", status="F", qualifier="target")
    (meant,) = impact(measure, labels()).meant
    line = meant.lines[0].line
    assert [row["status"] for row, _ in line.rows] == ["A", "O", "F"]
    assert (line.after, line.change.value) == (None, None)
    assert {"no_after", "few_periods"} <= caveats(measure)


def test_caveats(measure: Measure, counties: list[Region]) -> None:
    assert caveats(measure) == {"not_causal", "vague_effective_date", "no_data"}
    of = trade(counties[0], {})
    an_observation(of, "2024", "90.0", status="F", qualifier="target")
    assert {"goals_only", "no_before", "no_after", "no_siblings"} <= caveats(measure)
    other = Measure.objects.create(
        code="t-other", kind="action", level="county", document=measure.document, title_zh="另", title_en="Other",
        summary_zh="摘要", summary_en="Summary", released=a_release(),
    )  # fmt: skip
    MeasureRegion.objects.create(measure=other, region=counties[0])
    MeasureIndicator.objects.create(measure=other, indicator=of.indicator)
    assert "other_measures" in caveats(measure)
    assert impact(measure, labels()).meant[0].other_measures == ["t-other"]
    Event.objects.all().delete()
    found = impact(measure, labels())
    assert "no_effective_date" in found.caveats
    assert {when for one in found.meant for beside in one.lines for _, when in beside.line.rows} == {None}
    MeasureIndicator.objects.all().delete()
    MeasureRegion.objects.all().delete()
    assert {"no_indicators", "no_regions"} <= caveats(measure)


def test_partners_and_origins_are_no_places_of_the_measure(measure: Measure, counties: list[Region]) -> None:
    MeasureRegion.objects.create(measure=measure, region=counties[2], role="partner")
    trade(counties[2], {"2021": "1.0"})
    assert impact(measure, labels()).meant[0].lines == []


def test_places_of_the_measure_are_not_among_their_siblings(measure: Measure, counties: list[Region]) -> None:
    MeasureRegion.objects.create(measure=measure, region=counties[1])
    for region in counties:
        trade(region, {"2021": "1.0"})
    lines = impact(measure, labels()).meant[0].lines
    assert [[sibling.region for sibling in one.siblings] for one in lines] == [[counties[2].pk]] * 2


def test_only_figures_of_its_industries_bear_on_a_measure(measure: Measure, counties: list[Region]) -> None:
    above = a_category("T_ABOVE")
    own = a_category("T_OWN", parent=above)
    within, other = a_category("T_WITHIN", parent=own), a_category("T_OTHER")
    for industry in (None, above, own, within, other):
        trade(counties[0], {"2021": "1.0"}, industry=industry)
    assert len(impact(measure, labels()).meant[0].lines) == 5
    measure.industries.add(own)
    found = [one.line.rows[0][0]["industry"] for one in impact(measure, labels()).meant[0].lines]
    assert set(found) == {None, above.pk, own.pk, within.pk}


def test_the_number_of_queries_does_not_grow(measure: Measure, counties: list[Region]) -> None:
    known = labels()

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            impact(measure, known)
        return len(asked)

    trade(counties[0], {"2021": "1.0"})
    few = queries()
    for year in range(1990, 2020):
        an_observation(Series.objects.get(region=counties[0], indicator__code="T_TRADE"), str(year), "1.0")
    trade(counties[1], {"2021": "1.0"})
    MeasureRegion.objects.create(measure=measure, region=counties[2])
    assert queries() == few <= 11


def test_the_answer_says_so(measure: Measure, counties: list[Region], get: Get) -> None:
    rows = trade(counties[0], {"2021": "50.0", "2024": "70.0"}).observations.order_by("period")
    answer = get("/policies/measures/t-measure/impact", lang="en")
    assert answer["effective"] == {"type": "in_force", "type_name": "in force", "date": "2022", "precision": "year"}
    (line,) = answer["indicators"][0]["series"]
    assert (line["before"], line["after"]) == (rows[0].pk, rows[1].pk)
    assert line["change"] == {
        "difference": 20.0, "unit": "CNY_100M", "rate": 40.0, "derived_from": [rows[1].pk, rows[0].pk], "note": None,
    }  # fmt: skip
    assert [point["when"] for point in line["points"]] == ["before", "after"]
    assert answer["caveats"][0]["code"] == "not_causal"


def test_every_measure_has_an_impact(get: Get) -> None:
    codes = MeasureIndicator.objects.order_by("measure__code").values_list("measure__code", flat=True).distinct()
    for code in codes[connection.vendor == "postgresql" :: 2]:  # half of them on each store
        answer = get(f"/policies/measures/{code}/impact")
        assert answer["measure"] == code
        assert answer["indicators"]
    assert get("/policies/measures/no-such/impact", status=404)


# What concerns a place ----------------------------------------------------------------------------------------------


def test_policy_is_inherited_from_groups_and_from_above(get: Get) -> None:
    rows = get("/regions/430281/policies", page_size=1000)["results"]
    fits = [row["reasons"][0]["fit"] for row in rows]
    order = ["named", "group", "above", "around"]
    assert fits == sorted(fits, key=order.index)
    assert set(fits) >= {"named", "group", "above"}
    by_hand = set(
        MeasureRegion.objects.filter(
            region__code__in=["430281", "430200", "430000", "CN", "ZZ-COUNTIES"], measure__in=Measure.objects.public()
        ).values_list("measure__code", flat=True)
    )
    assert by_hand <= {row["code"] for row in rows}
    campaign = next(row for row in rows if row["code"] == "county-campaign-2025")
    assert [(r["region"], r["role"], r["fit"]) for r in campaign["reasons"]] == [
        ("ZZ-COUNTIES", "target", "group"), ("430200", "target", "above"),
    ]  # fmt: skip


def test_measures_come_with_the_newest_figures_of_the_place_that_bear_on_them(get: Get) -> None:
    rows = get("/regions/430281/policies", page_size=1000, fit="named")["results"]
    glass = next(row for row in rows if row["code"] == "county-ceramics-glass")
    assert [figure["series"] for figure in glass["indicators"][0]["figures"]] == ["A.430281.INDUSTRY_OUTPUT.CERAMICS"]
    science = next(row for row in rows if row["code"] == "county-sci-spending")
    assert [(figure["period"], figure["value"]) for figure in science["indicators"][0]["figures"]] == [("2024", 7.83)]


def test_filters_fields_and_an_empty_answer(get: Get) -> None:
    rows = get("/regions/430281/policies", page_size=1000)["results"]
    for name, value in (("kind", "action"), ("status", "in_force")):
        kept = [row["code"] for row in rows if row[name] == value]
        assert 0 < len(kept) < len(rows)
        asked = get(f"/regions/430281/policies?page_size=1000&{name}={value}")["results"]
        assert [row["code"] for row in asked] == kept
    assert list(get("/regions/430281/policies", fields="code,reasons")["results"][0]) == ["code", "reasons"]
    empty = get("/regions/430281/policies?fit=named&status=withdrawn")
    assert (empty["count"], empty["warnings"][0]["code"]) == (0, "no_rows")


def test_the_queries_of_a_page_do_not_grow(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.versions.SECONDS", 3600)  # a slow machine asks for the data version no more often
    labels()

    def queries(size: int) -> int:
        get("/config")
        with CaptureQueriesContext(connection) as asked:
            get("/regions/430281/policies", page_size=size)
        return len(asked)

    assert queries(2) == queries(150) <= 15
