"""Releases of tests, with what they correct and withdraw, seen by this process as if another one had published them."""

from __future__ import annotations

import datetime
import itertools

from indicators.models import Observation, Series
from sources.models import Release
from sources.versions import forget_data_version

DAYS = itertools.count()


def a_release(version: str = "2090-R1") -> Release:
    """A release that comes after all others."""
    at = datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(days=next(DAYS))
    release = Release.objects.create(version=version, status="published", published_at=at, digest="cd" * 32)
    forget_data_version()
    return release


def withdraw(row: Observation, release: Release) -> None:
    """The release takes a figure back."""
    Observation.objects.filter(pk=row.pk).update(retired=release)
    Series.objects.filter(pk=row.series_id).refresh_extent()


def correct(row: Observation, value: str, release: Release) -> Observation:
    """The release corrects a figure: the row that stands from then on, with the phrases of the one before."""
    withdraw(row, release)
    new = Observation.objects.create(
        series_id=row.series_id, period=row.period, period_start=row.period_start, period_end=row.period_end,
        value=value, decimals=len(value.partition(".")[2]), unit_id=row.unit_id, source_id=row.source_id, released=release,
    )  # fmt: skip
    new.citations.set(row.citations.all())
    Series.objects.filter(pk=row.series_id).refresh_extent()
    return new
