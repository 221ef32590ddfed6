"""The queries over indicators, series and observations; views and commands compose these and hold none of their own."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Count, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, ExtractYear

from sources.models import PublicQuerySet, Release
from sources.text import searchable


class IndicatorQuerySet(PublicQuerySet[Any]):
    def matching(self, words: str) -> Self:
        """Indicators one of whose names contains the words, in any width or case."""
        return self.filter(search__contains=searchable(words))


class SeriesQuerySet(models.QuerySet[Any]):
    def public(self) -> Self:
        """Series with at least one published value that still stands."""
        return self.filter(observation_count__gt=0)

    def variants(self) -> list[str]:
        """The codes of all variants, in their order."""
        found = self.exclude(variant="").order_by("variant").values_list("variant", flat=True).distinct()
        return list(found)

    def stating_the_same_as(self, key: str) -> Self:
        """The series of this key and its variants: what every source or method states for the same thing."""
        same = ("indicator", "region", "frequency", "accumulation", "industry", "product", "partner", "trade_mode")
        rule = Q()
        for which in self.model._default_manager.filter(key=key).values(*same):
            rule |= Q(**which)
        return self.filter(rule) if rule else self.none()

    def refresh_extent(self) -> None:
        """Bring what is kept of each series (count, first and last period) in line with its live observations."""
        observations = self.model._meta.get_field("observations").related_model._default_manager
        mine = observations.live().filter(series=OuterRef("pk")).order_by().values("series")
        self.update(
            observation_count=Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0),
            first_period=Subquery(mine.annotate(first=Min("period")).values("first")),
            last_period=Subquery(mine.annotate(last=Max("period")).values("last")),
        )


class ObservationQuerySet(models.QuerySet[Any]):
    """For writing and for the admin; what is read of figures for the public goes through indicators.selection."""

    def live(self) -> Self:
        """The rows that stand now: published and not retired by a later release."""
        return self.filter(retired__isnull=True)

    def as_of(self, release: Release) -> Self:
        """The rows that stood when this release was the newest: published by then and not yet retired then."""
        until = Release.objects.until(release).order_by().values("pk")
        return self.filter(released__in=until).exclude(retired__isnull=False, retired__in=until)

    def coverage(self) -> Any:
        """(Region, year, how many of these rows) of every region and year that has any."""
        years = self.order_by().annotate(year=ExtractYear("period_end")).values("series__region", "year")
        return years.annotate(count=Count("pk")).values_list("series__region", "year", "count")
