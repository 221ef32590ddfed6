"""A share of one whole is nothing that a share of another one could be compared with (docs/decisions/0051)."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from indicators.labels import labels
from indicators.models import Indicator
from indicators.selection import everything
from indicators.targets import SAME, targets
from policies.impact import impact
from policies.models import Document, Event, Measure, MeasureIndicator, MeasureRegion
from regions.models import Region
from tests.indicators.indicator_store import a_region, a_release, a_series, an_indicator, an_observation

pytestmark = pytest.mark.django_db


@pytest.fixture
def shares() -> Indicator:
    """Of T1 in a whole and in a larger one: before, after, and a goal of the first."""
    share, region, whole, larger = an_indicator("T_SHARE", kind="ratio"), *map(a_region, ("T1", "T-WHOLE", "T-LARGER"))
    Indicator.objects.filter(pk=share.pk).update(released=a_release())
    Region.objects.filter(code__in=("T1", "T-WHOLE", "T-LARGER")).update(released=a_release())
    of_whole, of_larger = (a_series(indicator=share, region=region, whole=one) for one in (whole, larger))
    an_observation(of_whole, "2021", "40.0")
    an_observation(of_whole, "2023", "42.0")
    an_observation(of_larger, "2021", "10.0")
    an_observation(of_larger, "2024", "11.0")
    an_observation(of_whole, "2030", "50.0", status="F", qualifier="target")
    return share


def test_a_measure_stands_beside_each_of_them_alone(shares: Indicator) -> None:
    measure = Measure.objects.create(
        code="t-measure", kind="action", level="county", document=Document.objects.all()[0], title_zh="措施",
        title_en="Measure", summary_zh="摘要", summary_en="Summary", released=a_release(),
    )  # fmt: skip
    MeasureRegion.objects.create(measure=measure, region=a_region("T1"))
    MeasureIndicator.objects.create(measure=measure, indicator=shares, direction="up")
    Event.objects.create(measure=measure, type="in_force", edtf="2022", released=a_release())
    (meant,) = impact(measure, labels()).meant
    assert {beside.line.change.value for beside in meant.lines} == {Decimal("2.0"), Decimal("1.0")}


def test_a_goal_stands_beside_its_own_alone(shares: Indicator) -> None:
    asked = everything(labels()).where("indicator", [shares.pk])
    (target,) = targets(asked, labels(), datetime.date(2025, 1, 1))
    assert {(one.record["period"], one.relation) for one in target.observed} == {("2021", SAME), ("2023", SAME)}
