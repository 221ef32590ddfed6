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

from indicators.choices import Accumulation, Frequency, IndicatorKind
from indicators.models import Category, Indicator, Observation, Series, Topic, Unit
from regions.models import Region
from sources.models import Release, ReleaseStatus, Source

MARK = "bench"
INDICATORS = 250
FIRST_YEAR = 1995
BATCH = 5_000


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
            version=MARK, status=ReleaseStatus.PUBLISHED, published_at=at, digest="0" * 64, reason="made up"
        )
        published = {"released": release}
        source = Source.objects.create(
            slug=MARK, kind="dataset", title_zh="虚构数据，仅供测速", title_en="Made up, to measure with", **published
        )
        unit = Unit.objects.get(code="CNY_100M")
        keys = itertools.islice(self._keys(published, unit), -(-observations // years))
        series = Series.objects.bulk_create(tqdm(keys, desc="series", disable=None, leave=False), batch_size=BATCH)
        rows = {"unit": unit.pk, "source": source.pk, "release": release.pk, "years": years}
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # keys that were just read need not be looked up again, row by row
                cursor.execute("SET LOCAL session_replication_role = replica")
            for first in tqdm(range(0, len(series), BATCH), desc="observations", disable=None, leave=False):
                batch = series[first : first + BATCH]
                cursor.execute(
                    INSERT[connection.vendor],
                    {**rows, "base": series[0].pk, "first": batch[0].pk, "last": batch[-1].pk},
                )
        surplus = len(series) * years - observations
        Observation.objects.filter(series=series[-1], period_start__year__gte=FIRST_YEAR + years - surplus)._raw_delete(
            using="default"
        )
        Series.objects.filter(indicator__topic__code="BENCH").refresh_extent()
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
            indicator.refresh_search()
        indicators = Indicator.objects.bulk_create(indicators)
        regions = list(
            Region.objects.public().filter(kind__in=("prefecture", "county"), code__startswith="43", valid_to=None)
        )
        industries = list(Category.objects.public().filter(scheme__code="INDUSTRY").order_by("code"))
        for industry, indicator, region in itertools.product([None, *industries], indicators, regions):
            yield Series(
                key=Series.key_of(
                    Frequency.ANNUAL, region.code, indicator.code, (industry.code if industry else "",),
                    Accumulation.NONE, "",
                ),
                indicator=indicator, region=region, frequency=Frequency.ANNUAL, industry=industry,
            )  # fmt: skip

    def _settle(self) -> None:
        """Statistics and, on PostgreSQL, the visibility map: what a store that has been running for a while has."""
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _insert(years: str, text: str, day: str, value: str) -> str:
    return f"""
        INSERT INTO indicators_observation (
            series_id, period, period_start, period_end, value, decimals, unit_id, status, qualifier, period_basis,
            source_id, note_zh, note_en, released_id
        )
        SELECT s.id, {text}, {day.format("-01-01")}, {day.format("-12-31")}, {value}, 2, %(unit)s, 'A', 'exact',
            'stated', %(source)s, '', '', %(release)s
        FROM indicators_series s CROSS JOIN {years}
        WHERE s.id BETWEEN %(first)s AND %(last)s
        ORDER BY s.id, y.y
    """


VALUE = f"(((s.id - %(base)s) * 7919 + (y.y - {FIRST_YEAR}) * 104729) %% 999983)"
INSERT = {
    "postgresql": _insert(
        f"generate_series({FIRST_YEAR}, {FIRST_YEAR} + %(years)s - 1) AS y(y)", "y.y::text", "(y.y || '{}')::date",
        f"{VALUE}::numeric / 100",
    ),
    "sqlite": _insert(
        f"""(WITH RECURSIVE n(y) AS (SELECT {FIRST_YEAR} UNION ALL SELECT y + 1 FROM n
            WHERE y < {FIRST_YEAR} + %(years)s - 1) SELECT y FROM n) AS y""",
        "CAST(y.y AS TEXT)", "y.y || '{}'", f"{VALUE} / 100.0",
    ),
}  # fmt: skip
