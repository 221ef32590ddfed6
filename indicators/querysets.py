"""The queries over indicators, series and observations; views and commands compose these and hold none of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Self

from django.db import models
from django.db.models import Count, F, Max, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, ExtractYear

from sources.models import Release


class SeriesQuerySet(models.QuerySet[Any]):
    def public(self) -> Self:
        """Series with at least one published value that still stands."""
        return self.filter(observation_count__gt=0)

    def variants(self) -> list[str]:
        """The codes of all variants, in their order."""
        codes = self.exclude(variant="").order_by("variant").values_list("variant", flat=True).distinct()
        return list(codes)

    def counts(self, dimension: str) -> dict[int, int]:
        """Of each member of a dimension, by its key, how many series there are."""
        return dict(self.order_by().values_list(dimension).annotate(Count("pk")))

    def stating_the_same_as(self, key: str) -> Self:
        """The series of this key and its variants: what every source or method states for the same thing."""
        from indicators.components import KEY  # noqa: PLC0415  # which needs the models, and they these queries

        same = [name for name in KEY if name != "variant"]
        rule = Q()
        for which in self.model._default_manager.filter(key=key).values(*same):
            rule |= Q(**which)
        return self.filter(rule) if rule else self.none()

    def once_called(self, key: str) -> list[str]:
        """The present keys of the public series that had this key until the keys of shares and ranks came to name their whole."""
        from indicators.components import BY_NAME  # noqa: PLC0415  # as above

        of = BY_NAME["whole"].prefix
        begins = ".".join(key.split(".")[:3])  # frequency, region, indicator
        keys = self.public().filter(whole__isnull=False, key__startswith=begins).values_list("key", flat=True)
        return [now for now in keys if ".".join(part for part in now.split(".") if not part.startswith(of)) == key]

    def refresh_extent(self) -> None:
        """Bring what is kept of each series (count, first and last period) in line with its live observations.

        Its digest is taken away, for the next publication to take it anew.
        """
        observations = self.model._meta.get_field("observations").related_model._default_manager
        mine = observations.live().filter(series=OuterRef("pk")).order_by().values("series")
        self.update(
            observation_count=Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0),
            first_period=Subquery(mine.annotate(first=Min("period")).values("first")),
            last_period=Subquery(mine.annotate(last=Max("period")).values("last")),
            digest=None,
        )

    def without_digest(self) -> list[int]:
        """The primary keys of the series whose digest is still to be taken."""
        return list(self.filter(digest__isnull=True).order_by("pk").values_list("pk", flat=True))

    def digests(self, at_a_time: int) -> Iterator[str]:
        """The digests of the series that have live observations, sorted; read `at_a_time`."""
        return self.filter(digest__gt="").order_by("digest").values_list("digest", flat=True).iterator(at_a_time)

    def observation_total(self) -> int:
        """How many live observations these series have together, by what is kept of each."""
        total: int = self.aggregate(total=Coalesce(Sum("observation_count"), 0))["total"]
        return total


class ObservationQuerySet(models.QuerySet[Any]):
    """For writing and for the admin; what is read of figures for the public goes through indicators.selection."""

    def live(self) -> Self:
        """The rows that stand now: published and not retired by a later release."""
        return self.filter(retired__isnull=True)

    def as_of(self, release: Release) -> Self:
        """The rows that stood when this release was the newest: published by then and not yet retired then."""
        until = Release.objects.until(release).order_by().values("pk")
        return self.filter(released__in=until).exclude(retired__isnull=False, retired__in=until)

    def units_of_mixed_series(self) -> Any:
        """(Series, unit, most decimals) of the series whose figures were ever stated in several units."""
        by_series = self.order_by().values("series")
        mixed = by_series.annotate(least=Min("unit"), most=Max("unit")).filter(least__lt=F("most")).values("series")
        units = self.filter(series__in=mixed).order_by().values("series", "unit")
        return units.annotate(most=Max("decimals")).values_list("series", "unit", "most")

    def at(self, places: Collection[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        """The rows at these places (series key, period), by place, each with its series and unit; one query. A place may have none."""
        keys, periods = ({place[part] for place in places} for part in (0, 1))
        rows = self.filter(series__key__in=keys, period__in=periods).select_related("series", "unit")
        return {place: row for row in rows if (place := (row.series.key, row.period)) in places}

    def coverage(self) -> Any:
        """How many of these rows each region has in each year: (region, year, number), where it has any."""
        years = self.order_by().annotate(year=ExtractYear("period_end")).values("series__region", "year")
        return years.annotate(count=Count("pk")).values_list("series__region", "year", "count")
