"""The queries over indicators, series and observations; views and commands compose these and hold none of their own."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, Value, When, Window
from django.db.models.functions import DenseRank, ExtractYear

from indicators.choices import Accumulation, Frequency
from sources.models import PublicQuerySet, Release
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

    def as_of(self, release: Release) -> Self:
        """The rows that stood when this release was the newest: published by then and not yet retired then."""
        until = Release.objects.until(release).order_by().values("pk")
        return self.filter(released__in=until).exclude(retired__isnull=False, retired__in=until)

    def revised_since(self, release: Release | None) -> Self:
        """What differs now from what stood then, one row a figure, annotated with `action`.

        `new` and `changed` are rows that stand now; `withdrawn` are rows that stood then, with nothing in their place
        now. A figure that came and went since is none of them. Before any release (None) everything is new.
        """
        everything = self.model._default_manager.all()
        if release is None:
            return self.live().annotate(action=Value("new"))
        same = Q(series=OuterRef("series"), period=OuterRef("period"))
        until = Release.objects.until(release).order_by().values("pk")
        added = Q(retired__isnull=True) & ~Q(released__in=until)
        gone = Q(released__in=until, retired__isnull=False) & ~Q(retired__in=until)
        replaced = Exists(everything.live().filter(same))
        stood = Exists(everything.as_of(release).filter(same))
        action = Case(
            When(retired__isnull=False, then=Value("withdrawn")),
            When(stood, then=Value("changed")),
            default=Value("new"),
        )
        return self.filter(added | (gone & ~replaced)).annotate(action=action)

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

    def coverage(self) -> Any:
        """(Region, year, how many of these rows) of every region and year that has any."""
        years = self.order_by().annotate(year=ExtractYear("period_end")).values("series__region", "year")
        return years.annotate(count=Count("pk")).values_list("series__region", "year", "count")

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
