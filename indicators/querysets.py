"""The queries over indicators, series and observations; views and commands compose these and hold none of their own."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Window
from django.db.models.functions import DenseRank

from indicators.choices import Accumulation, Frequency, ObservationStatus
from sources.models import PublicQuerySet
from sources.text import searchable


class IndicatorQuerySet(PublicQuerySet[Any]):
    def matching(self, words: str) -> Self:
        """Indicators one of whose names contains the words, in any width or case."""
        return self.filter(search__contains=searchable(words))


class SeriesQuerySet(models.QuerySet[Any]):
    def public(self) -> Self:
        """Series with at least one published value that still stands."""
        observations = self.model._meta.get_field("observations").related_model._default_manager
        return self.filter(Exists(observations.live().filter(series=OuterRef("pk"))))

    def preferred(self) -> Self:
        """Without what other sources or methods state for the same thing."""
        return self.filter(variant="")

    def broken_down_by(self, dimension: str, members: Iterable[models.Model], *, total: bool) -> Self:
        """Series of these members of a dimension (industry, product, partner, trade_mode), or of its undivided total."""
        return self.filter(_broken_down_by(dimension, members, total=total))

    def stating_the_same_as(self, key: str) -> Self:
        """The series of this key and its variants: what every source or method states for the same thing."""
        same = ("indicator", "region", "frequency", "accumulation", "industry", "product", "partner", "trade_mode")
        rule = Q()
        for which in self.model._default_manager.filter(key=key).values(*same):
            rule |= Q(
                **{name if value is not None else f"{name}__isnull": value or True for name, value in which.items()}
            )
        return self.filter(rule) if rule else self.none()

    def with_extent(self) -> Self:
        """Annotated with `observation_count`, `first_period` and `last_period` over live rows."""
        live = Q(observations__retired__isnull=True)
        return self.annotate(
            observation_count=Count("observations", filter=live),
            first_period=Min("observations__period", filter=live),
            last_period=Max("observations__period", filter=live),
        )


class ObservationQuerySet(models.QuerySet[Any]):
    def live(self) -> Self:
        """The rows that stand now: published and not retired by a later release."""
        return self.filter(retired__isnull=True)

    def preferred(self) -> Self:
        """Without what other sources or methods state for the same thing."""
        return self.filter(series__variant="")

    def broken_down_by(self, dimension: str, members: Iterable[models.Model], *, total: bool) -> Self:
        """Rows of these members of a dimension (industry, product, partner, trade_mode), or of its undivided total."""
        return self.filter(_broken_down_by(f"series__{dimension}", members, total=total))

    def undivided(self) -> Self:
        """Rows of no industry, product, partner or trade mode, not accumulated: one line a region and indicator."""
        empty = {f"series__{name}": None for name in ("industry", "product", "partner", "trade_mode")}
        return self.filter(series__accumulation=Accumulation.NONE, **empty)

    def divided_only_by(self, dimension: str) -> Self:
        """Rows broken down by one dimension (industry, product, partner, trade_mode) and no other, not accumulated."""
        others = {"industry", "product", "partner", "trade_mode"} - {dimension}
        chosen = {f"series__{name}__isnull": name in others for name in (*others, dimension)}
        return self.filter(series__accumulation=Accumulation.NONE, **chosen)

    def goals(self) -> Self:
        """The goals and forecasts that stand: for each series and period the last that was published.

        An outcome takes the place of its goal among the live rows (one row a series and period); the goal stands beside
        it all the same. One that was withdrawn, so that nothing live is left in its place, stands no more.
        """
        rows = self.model._default_manager
        place = {"series": OuterRef("series"), "period": OuterRef("period")}
        later = rows.filter(status=ObservationStatus.FORECAST, pk__gt=OuterRef("pk"), **place)
        return self.filter(
            Exists(rows.live().filter(**place)), ~Exists(later), status=ObservationStatus.FORECAST
        )  # fmt: skip

    def observed(self) -> Self:
        """Rows that say what was: with a value, and neither goal nor forecast."""
        return self.exclude(status__in=(ObservationStatus.FORECAST, ObservationStatus.MISSING))

    def headline(self) -> Self:
        """Rows of the indicators that a region's profile shows."""
        return self.filter(series__indicator__headline=True)

    def among_siblings(self, region: Any) -> Self:
        """Rows of the regions of the same kind below the same parent, the region itself included."""
        return self.filter(series__region__parent=region.parent_id, series__region__kind=region.kind)

    def during(self, spans: Iterable[tuple[datetime.date | None, datetime.date | None]]) -> Self:
        """Rows whose period lies within one of the spans of days; an open end is None.

        A year-to-date row counts by the month or quarter that it is labelled with, not by its January.
        """
        chosen = Q()
        for first, last in spans:
            span = Q()
            if first is not None:
                span &= Q(period_start__gte=first) | _ytd_from(first)
            if last is not None:
                span &= Q(period_end__lte=last)
            chosen |= span
        return self.filter(chosen)

    def latest(self, count: int) -> Self:  # type: ignore[override]
        """The rows of the `count` latest periods of each series, among these rows."""
        recency = Window(DenseRank(), partition_by=F("series"), order_by=F("period_end").desc())
        ranked = self.order_by().annotate(recency=recency).filter(recency__lte=count)
        return self.model._default_manager.filter(pk__in=ranked.values("pk"))


def _ytd_from(first: datetime.date) -> Q:
    """Year-to-date rows whose own month or quarter begins on `first`, the first of a month, or later.

    Stored is where a period ends: that of a month ends after it begins, that of a quarter two months on.
    """
    next_quarter = -(-(first.month - 1) // 3)  # 0 for January, 1 for February to April, …, 4 for November and December
    year, last_month = first.year + next_quarter // 4, 3 * (next_quarter % 4) + 3
    months = Q(series__frequency=Frequency.MONTHLY, period_end__gte=first)
    quarters = Q(series__frequency=Frequency.QUARTERLY, period_end__gte=datetime.date(year, last_month, 28))
    return Q(series__accumulation=Accumulation.YTD) & (months | quarters)


def _broken_down_by(path: str, members: Iterable[models.Model], *, total: bool) -> Q:
    chosen = Q(**{f"{path}__in": list(members)})
    return chosen | Q(**{f"{path}__isnull": True}) if total else chosen
