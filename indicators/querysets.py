"""The queries over indicators, series and observations; views and commands compose these and hold none of their own."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Count, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from sources.models import PublicQuerySet
from sources.text import searchable


class IndicatorQuerySet(PublicQuerySet[Any]):
    def matching(self, words: str) -> Self:
        """Indicators one of whose names contains the words, in any width or case."""
        return self.filter(search__contains=searchable(words))


class SeriesQuerySet(models.QuerySet[Any]):
    def public(self) -> Self:
        """Series with at least one published value that still stands."""
        return self.filter(observation_count__gt=0)

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
