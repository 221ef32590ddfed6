"""What the admin's first page says: what waits for this person, the newest releases, and where there are figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from curation import roles
from curation.models import ImportBatch
from curation.tables.codes import PROVINCE
from curation.tables.curated import TABLES
from indicators.models import Observation
from regions.models import Region, RegionKind
from sources.bilingual import said
from sources.kept import kept_for_version
from sources.models import Release

RELEASES = 5
WAITING = 20
# The years of the heat map end with the newest one that has figures.
YEARS = 12
# These have a row of their own also without figures: a gap is to be seen.
ALWAYS = (RegionKind.PROVINCE, RegionKind.PREFECTURE)
# From so many figures on, a cell has the next darker of the six shades.
SHADES = (1, 2, 5, 10, 20, 50)


@dataclass(frozen=True)
class Square:
    """A region's figures of one year: how many, and how dark (0 for none, to 6)."""

    count: int
    shade: int


@dataclass(frozen=True)
class Band:
    """A row of the heat map."""

    region: Region
    name: str
    squares: list[Square]


@dataclass(frozen=True)
class Coverage:
    """How many live figures each place of the map has in each year."""

    years: list[int]
    bands: list[Band]


@dataclass(frozen=True)
class Home:
    """The first page of one person."""

    mine: list[ImportBatch]
    to_review: list[ImportBatch]
    to_publish: list[ImportBatch]
    drafts: list[tuple[str, Any, int]]
    releases: list[Release]
    coverage: Coverage
    may_bring_in: bool
    roles: list[Any]

    @property
    def nothing_waits(self) -> bool:
        return not (self.mine or self.to_review or self.to_publish or self.drafts)


def home_of(user: Any) -> Home:
    """What waits for this person by their roles, and what everybody sees."""
    batches = ImportBatch.objects.select_related("created_by", "reviewed_by")
    may_bring_in, may_review, may_publish = map(user.has_perm, (roles.BRING_IN, roles.REVIEW, roles.PUBLISH))
    return Home(
        mine=list(batches.waiting_for_their_maker(user)[:WAITING]) if may_bring_in else [],
        to_review=list(batches.waiting_for_review_by(user)[:WAITING]) if may_review else [],
        to_publish=list(batches.waiting_for_publication()[:WAITING]) if may_publish else [],
        drafts=_drafts() if may_bring_in else [],
        releases=list(Release.objects.published()[:RELEASES]),
        coverage=coverage(),
        may_bring_in=may_bring_in,
        roles=[roles.NAMES[group.name] for group in user.groups.order_by("name") if group.name in roles.NAMES],
    )


def _drafts() -> list[tuple[str, Any, int]]:
    """The tables that have drafts: the address of their list, their name, how many; a query a table."""
    drafts = []
    for table in TABLES:
        if count := table.drafts().count():
            meta = table.model._meta
            page = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
            drafts.append((f"{page}?state=draft", meta.verbose_name_plural, count))
    return drafts


def coverage() -> Coverage:
    """The heat map of the province, its prefectures, and what else of it has figures, over the newest years that have any.

    A store without that province has its own: the map is then of every place.
    """
    province = PROVINCE.record()
    places = Region.objects.public().within(province) if province else Region.objects.public()
    counted = _counted()
    covered = {region for region, _ in counted}
    shown = [region for region in places.order_by("code") if region.kind in ALWAYS or region.pk in covered]
    years = sorted({year for _, year in counted})[-YEARS:]
    bands = [
        Band(region, said(region, "name"), [_square(counted.get((region.pk, year), 0)) for year in years])
        for region in shown
    ]
    return Coverage(years, bands)


@kept_for_version
def _counted() -> dict[tuple[int, int], int]:
    """(Region, year) → live figures."""
    return {(region, year): count for region, year, count in Observation.objects.live().coverage()}


def _square(count: int) -> Square:
    return Square(count, sum(count >= least for least in SHADES))
