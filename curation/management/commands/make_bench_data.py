"""`manage.py make_bench_data`: a store of made-up figures to measure with; never a store that serves anybody."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone
from tqdm import tqdm

from curation.bulk import analyse
from curation.management.progress import shown
from curation.releases.digests import brought_forward
from curation.releases.packages import keep_description
from curation.tables.codes import PROVINCE
from indicators.choices import Frequency, IndicatorKind
from indicators.codes import INDUSTRY, TRADE
from indicators.components import COMPONENTS, series_key
from indicators.models import Category, Indicator, Observation, Series, Topic, Unit
from regions.models import Region, RegionKind
from sources.codes import NamedCode
from sources.models import Release, ReleaseStatus, Source
from sources.stores import store

MARK = "bench"
INDICATORS = 250
FIRST_YEAR = 1995
BATCH = 5_000
# What a figure says of itself unless it is a special one.
ORDINARY = {
    column: part.default or "" for part in COMPONENTS if not part.of_series and (part.default or part.translated)
    for column in part.columns
}  # fmt: skip


class Command(BaseCommand):
    help = (
        "Fill a migrated store, whose name says that it is for benchmarks, with N made-up yearly figures: "
        f"{INDICATORS} indicators of Hunan's prefectures and counties, undivided and by industry. The same N gives the same figures."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--observations", type=int, default=1_000_000, metavar="N")
        parser.add_argument("--years", type=int, default=30, help="figures of a series (30)")

        parser.add_argument("--if-missing", action="store_true", help="do nothing where it has been filled before")

    def handle(self, *, observations: int, years: int, if_missing: bool, **options: Any) -> None:
        name = str(connection.settings_dict["NAME"])
        if MARK not in name:
            raise CommandError(f"{name!r} does not call itself a benchmark: its name must contain {MARK!r}.")
        if Source.objects.filter(slug=MARK).exists():
            if if_missing:
                return
            raise CommandError(f"{name!r} has its made-up figures already.")
        if not Release.objects.published().exists():
            call_command("seed")
        with transaction.atomic():
            made = self._fill(observations, years)
        self._settle()
        self.stdout.write(f"{made:,} figures in {Series.objects.count():,} series.")

    def _fill(self, observations: int, years: int) -> int:
        at = timezone.now()
        release = Release.objects.create(
            version=MARK, status=ReleaseStatus.PUBLISHED, published_at=at, reason="made up",
            observations_added=observations, package=keep_description(),
        )  # fmt: skip
        published = {"released": release}
        source = Source.objects.create(
            slug=MARK, kind="dataset", title_zh="虚构数据，仅供测速", title_en="Made up, to measure with", **published
        )
        unit = _held(TRADE).unit
        keys = itertools.islice(self._keys(published, unit), -(-observations // years))
        series = Series.objects.bulk_create(tqdm(keys, desc="series", disable=None, leave=False), batch_size=BATCH)
        rows = {"unit": unit.pk, "source": source.pk, "release": release.pk, "years": years}
        with connection.cursor() as cursor:
            store().take_references_as_checked(cursor)
            for first in tqdm(range(0, len(series), BATCH), desc="observations", disable=None, leave=False):
                batch = series[first : first + BATCH]
                among = {"base": series[0].pk, "first": batch[0].pk, "last": batch[-1].pk}
                cursor.execute(_insert(), {**rows, **among})
        surplus = len(series) * years - observations
        Observation.objects.filter(series=series[-1], period_start__year__gte=FIRST_YEAR + years - surplus)._raw_delete(
            using="default"
        )
        analyse(Observation, Series)
        Series.objects.filter(indicator__topic__code="BENCH").refresh_extent()
        release.observations_live, release.digest = Series.objects.observation_total(), brought_forward(shown)
        release.save()
        return observations

    def _keys(self, published: dict[str, Any], unit: Unit) -> Iterator[Series]:
        """Series, the undivided ones first, then by one industry after the other."""
        topic = Topic.objects.create(code="BENCH", name_zh="测速", name_en="Benchmark", **published)
        indicators = [
            Indicator(
                code=f"BENCH_{number:03}", topic=topic, unit=unit, kind=IndicatorKind.FLOW, aggregation="sum",
                name_zh=f"测速指标{number}", name_en=f"Benchmark indicator {number}",
                definition_zh="虚构", definition_en="made up", **published,
            )
            for number in range(1, INDICATORS + 1)
        ]  # fmt: skip
        for indicator in indicators:
            indicator.derive()
        indicators = Indicator.objects.bulk_create(indicators)
        divisions = Region.objects.public().within(_held(PROVINCE)).filter(valid_to=None)
        regions = list(divisions.filter(kind__in=(RegionKind.PREFECTURE, RegionKind.COUNTY)))
        industries = list(Category.objects.public().filter(scheme__code=INDUSTRY.code).order_by("code"))
        for industry, indicator, region in itertools.product([None, *industries], indicators, regions):
            yield Series(
                key=series_key(
                    {
                        "frequency": Frequency.ANNUAL, "region": region.code, "indicator": indicator.code,
                        "industry": industry.code if industry else None,
                    }
                ),
                indicator=indicator, region=region, frequency=Frequency.ANNUAL, industry=industry,
            )  # fmt: skip

    def _settle(self) -> None:
        """Statistics and, on PostgreSQL, the visibility map: what a store that has been running for a while has."""
        with connection.cursor() as cursor:
            store().settle(cursor)


def _held(named: NamedCode) -> Any:
    """The record of a code. Raises CommandError where the store is another one, without it."""
    record = named.record()
    if record is None:
        raise CommandError(f"The store has no {named.code}: begin with an empty one, which is seeded.")
    return record


# In PostgreSQL as in SQLite, but for how a text becomes a day; the figures are the same.
YEARS = f"""(WITH RECURSIVE n(y) AS (SELECT {FIRST_YEAR} UNION ALL SELECT y + 1 FROM n
    WHERE y < {FIRST_YEAR} + %(years)s - 1) SELECT y FROM n) AS y"""
VALUE = f"(((s.id - %(base)s) * 7919 + (y.y - {FIRST_YEAR}) * 104729) %% 999983) / 100.0"


def _insert() -> str:
    first, last = (store().day(f"y.y || '-{day}'") for day in ("01-01", "12-31"))
    return f"""
        INSERT INTO indicators_observation (
            series_id, period, period_start, period_end, value, decimals, unit_id, source_id, released_id, {", ".join(ORDINARY)}
        )
        SELECT s.id, CAST(y.y AS TEXT), {first}, {last}, {VALUE}, 2, %(unit)s, %(source)s, %(release)s,
            {", ".join(f"'{value}'" for value in ORDINARY.values())}
        FROM indicators_series s CROSS JOIN {YEARS}
        WHERE s.id BETWEEN %(first)s AND %(last)s
        ORDER BY s.id, y.y
    """
