"""How far a document's tasks have come: what it states, what is claimed of its total, and where what is held stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Prefetch

from indicators.models import Observation, Series
from policies.choices import MeasureKind, RegionRole
from policies.models import Document, Domain, Measure, MeasureRegion
from regions.models import Region
from sources.models import Citation

CITED = Prefetch("citations", Citation.objects.public().select_related("source").order_by("code"))


@dataclass(frozen=True)
class DomainProgress:
    """A domain with the public measures that are held in it, in order: tasks, which a list names as such, and what is related."""

    domain: Domain
    measures: list[Any]

    @property
    def recorded(self) -> list[Any]:
        """The tasks that are among those that the document counts."""
        return [measure for measure in self.measures if measure.kind == MeasureKind.TASK]

    @property
    def related(self) -> list[Any]:
        """Platforms, firsts, themes and the like, which no source tells to be one of the tasks."""
        return [measure for measure in self.measures if measure.kind != MeasureKind.TASK]


@dataclass(frozen=True)
class Progress:
    """A document's domains and measures, and every claim about how many tasks it has.

    `claims` are live observations of the document's total, the preferred statement of the latest period first; where
    sources disagree all are there. `outside` are measures of the document in none of its domains.
    """

    document: Document
    domains: list[DomainProgress]
    outside: list[Any]
    claims: list[Any]
    by_region: list[tuple[Region, int]]

    @property
    def stated(self) -> Decimal | None:
        """The latest preferred claim about the total, None without one."""
        return next((claim.value for claim in self.claims if not claim.series.variant), None)

    @property
    def stated_by_domains(self) -> int | None:
        """The sum of what the document states for each domain; None where it states nothing for one."""
        counts = [held.domain.task_count for held in self.domains]
        return None if not counts or None in counts else sum(count or 0 for count in counts)

    @property
    def agree(self) -> bool | None:
        """Whether all claims and the sum over domains are one number; None with fewer than two statements."""
        stated = [claim.value for claim in self.claims if claim.value is not None]
        stated += [] if self.stated_by_domains is None else [Decimal(self.stated_by_domains)]
        return None if len(stated) < 2 else len(set(stated)) == 1

    @property
    def recorded(self) -> list[Any]:
        """The tasks that are held in the document's domains."""
        return [task for held in self.domains for task in held.recorded]

    @property
    def related(self) -> list[Any]:
        """What else is held in the document's domains."""
        return [measure for held in self.domains for measure in held.related]


def progress_of(document: Document) -> Progress:
    """The progress of a public document, in a fixed number of queries."""
    measures: Any = document.measures.all()
    measures = measures.public().with_status().order_by(F("ordinal").asc(nulls_last=True), "code")
    held: dict[int | None, list[Any]] = {}
    for measure in measures.only("code", "ordinal", "kind", "document", "domain", "title_zh", "title_en"):
        held.setdefault(measure.domain_id, []).append(measure)
    domains = Domain.objects.public().filter(document=document).order_by("ordinal").prefetch_related(CITED)
    by_domain = [DomainProgress(domain, held.pop(domain.pk, [])) for domain in domains]
    outside = sorted((measure for rest in held.values() for measure in rest), key=lambda measure: measure.code)
    return Progress(document, by_domain, outside, claims_of(document), _by_region(document))


def _by_region(document: Document) -> list[tuple[Region, int]]:
    """How many of the measures in the document's domains are carried out in each region, by its code."""
    within = Measure.objects.public().filter(document=document, domain__in=Domain.objects.public())
    links = MeasureRegion.objects.filter(role=RegionRole.TARGET, measure__in=within.values("pk"))
    counted = links.order_by().values("region").annotate(count=Count("measure", distinct=True))
    counts = {row["region"]: row["count"] for row in counted}
    return [(region, counts[region.pk]) for region in Region.objects.public().filter(pk__in=counts).order_by("code")]


def claims_of(document: Document) -> list[Any]:
    """What is claimed of the document's total, with sources: preferred and latest first."""
    if not document.total_series:
        return []
    series = Series.objects.stating_the_same_as(document.total_series)
    claims = Observation.objects.live().filter(series__in=series).select_related("series", "source")
    return list(claims.order_by("-period_end", "series__variant", "pk"))


def by_status(measures: Iterable[Any]) -> Counter[str | None]:
    """How many of the measures have each status; None for those without events."""
    return Counter(measure.status for measure in measures)


def by_kind(measures: Iterable[Any]) -> Counter[str]:
    """How many of the measures are of each kind."""
    return Counter(measure.kind for measure in measures)
