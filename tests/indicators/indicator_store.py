"""Records to test with, beside those of the seed: their codes begin with T."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal
from typing import Any

from indicators.models import Category, Indicator, Observation, Scheme, Series, Topic, Unit
from indicators.periods import parse_period
from regions.models import Region
from sources.models import Release, Source
from sources.versions import forget_data_version

NUMBERS = itertools.count(1)


def a_release() -> Release:
    return Release.objects.get(version="2026-R1")


def a_later_release() -> Release:
    """A release after the seed's, known to this process at once."""
    at = datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC)
    release, _ = Release.objects.get_or_create(
        version="2090.1", defaults={"status": "published", "published_at": at, "digest": "cd" * 32}
    )
    forget_data_version()
    return release


def retire(row: Observation) -> None:
    """Retired by the later release."""
    row.retired = a_later_release()
    row.save()
    Series.objects.filter(pk=row.series_id).refresh_extent()


def a_source() -> Source:
    names = {"kind": "paper", "title_zh": "论文", "title_en": "Paper", "released": a_release()}
    return Source.objects.get_or_create(slug="test-paper", defaults=names)[0]


def a_unit(code: str = "CNY_100M") -> Unit:
    return Unit.objects.get(code=code)


def a_region(code: str = "T1", parent: Region | None = None) -> Region:
    names = {"kind": "county", "name_zh": f"地区{code}", "name_en": f"Region {code}", "parent": parent}
    return Region.objects.get_or_create(code=code, defaults=names)[0]


def an_indicator(code: str = "T_EXPORTS", **values: Any) -> Indicator:
    topic, _ = Topic.objects.get_or_create(code="T_TRADE", defaults={"name_zh": "贸易", "name_en": "Trade"})
    names = {
        "name_zh": f"指标{code}",
        "name_en": f"Indicator {code}",
        "definition_zh": "定义",
        "definition_en": "Sense",
    }
    defaults = {"topic": topic, "unit": a_unit(), "kind": "flow", **names, **values}
    return Indicator.objects.get_or_create(code=code, defaults=defaults)[0]


def a_category(code: str, scheme: str = "INDUSTRY", **values: Any) -> Category:
    defaults = {"scheme": Scheme.objects.get(code=scheme), "name_zh": f"类{code}", "name_en": f"Category {code}"}
    return Category.objects.get_or_create(code=code, defaults={**defaults, **values})[0]


def a_series(**values: Any) -> Series:
    """A line of its own: its indicator is T_EXPORTS, its region T1, unless stated otherwise."""
    defaults = {"indicator": an_indicator(), "region": a_region(), "frequency": "A"}
    return Series.objects.create(**{"key": f"T.{next(NUMBERS)}", **defaults, **values})


def stated(of: Series, period: str, value: str | None) -> dict[str, Any]:
    """The fields of an observation as the text states it: the decimals are those of the value."""
    exact = None if value is None else Decimal(value)
    span = parse_period(period).accumulated(of.accumulation)
    decimals = 0 if exact is None else max(0, -int(exact.as_tuple().exponent))
    return {
        "series": of, "period": period, "value": exact, "decimals": decimals, "unit": of.indicator.unit,
        "status": "O" if value is None else "A", "period_start": span.start, "period_end": span.end,
    }  # fmt: skip


def an_observation(of: Series, period: str = "2024", value: str | None = "1.0", **values: Any) -> Observation:
    own = {"source": a_source(), "released": a_release()}
    row = Observation.objects.create(**{**stated(of, period, value), **own, **values})
    Series.objects.filter(pk=of.pk).refresh_extent()
    return row
