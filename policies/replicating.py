"""Replication (复制推广): which place takes up what, when and in which batch.

Two things are on record: that a measure was replicated in a region (an event), and that a measure of a region replicates
another measure or a document (a relation), which stands where that measure stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from policies.choices import EventType, RegionRole, RelationType
from policies.models import Document, Event, Measure, MeasureRegion, Relation
from regions.models import Region
from sources.models import Citation

CITED = Prefetch("citations", Citation.objects.public().order_by("code"))


@dataclass(frozen=True)
class Replication:
    """A region takes up a measure or a whole document, by a measure of its own or by an event.

    `region` is None where no source names one. `date` is EDTF and empty where it is not known; `batch` is empty where
    no source names one.
    """

    region: Region | None
    taken: Measure | Document
    by: Measure | None
    status: str | None
    date: str
    batch: str
    citations: Sequence[Citation]

    @property
    def order(self) -> tuple[Any, ...]:
        """The latest first and the undated last, then by the codes of region, of what is taken up, and by what."""
        recent = tuple(-ord(character) for character in self.date.ljust(10, "0"))
        codes = (self.region.code if self.region else "", self.taken.code, self.by.code if self.by else "", self.batch)
        return (not self.date, recent, *codes)


def replications() -> list[Replication]:
    """All replications on public record, in a fixed number of queries."""
    return sorted([*_by_events(), *_by_measures()], key=lambda one: one.order)


def _by_events() -> list[Replication]:
    events = Event.objects.public().filter(type=EventType.REPLICATED, measure__in=Measure.objects.public())
    return [
        Replication(
            event.region if event.region and event.region.is_public else None, event.measure, None, EventType.REPLICATED, event.edtf,
            event.batch, list(event.citations.all()),
        )
        for event in events.select_related("region", "measure__document").prefetch_related(CITED)
    ]  # fmt: skip


def _by_measures() -> list[Replication]:
    relations = Relation.objects.public().filter(type=RelationType.REPLICATES, from_measure__isnull=False)
    relations = relations.select_related("to_measure__document", "to_document").prefetch_related(CITED)
    standing: Any = Measure.objects.public().filter(pk__in=relations.values("from_measure")).with_status()
    targets = MeasureRegion.objects.filter(role=RegionRole.TARGET, region__in=Region.objects.public())
    targets = targets.select_related("region").order_by("region__code")
    links = Prefetch("region_links", targets, to_attr="targets")
    acting: dict[int | None, Any] = {m.pk: m for m in standing.select_related("document").prefetch_related(links)}
    replicated = []
    for relation in relations:
        by = acting.get(relation.from_measure_id)
        if by is None or not relation.to_end.is_public:
            continue
        for region in [link.region for link in by.targets] or [None]:
            citations = list(relation.citations.all())
            replicated.append(Replication(region, relation.to_end, by, by.status, by.status_since or "", "", citations))
    return replicated
