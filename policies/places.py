"""How places lie to each other: what contains a place, what it contains, and the groups that it belongs to."""

from __future__ import annotations

from typing import NamedTuple

from django.db import models

from regions.models import Membership, Region, RegionKind
from sources.bilingual import both
from sources.hierarchy import Hierarchy
from sources.kept import kept_for_version


class RegionFit(models.TextChoices):
    """Why a measure for one place fits another; the nearer ones first."""

    NAMED = "named", both("点名该地", "names the place itself")
    GROUP = "group", both("所属区域组合", "is for a group that it belongs to")
    BELOW = "below", both("其辖内或成员", "is for a place within it")
    ABOVE = "above", both("所在的上级地区", "is for a larger place that it lies in")
    AROUND = "around", both("上级地区所属的组合", "is for a group that the larger place belongs to")
    PARTNER = "partner", both("合作方或来源地", "names the place as a partner or origin")


class PlaceFit(NamedTuple):
    """Why a measure for one place fits another, and how many divisions lie between: for Liling none to its prefecture or to a
    group of the prefecture's counties, two to the country or to a group of the country's counties.
    """

    kind: RegionFit
    steps: int = 0


class Places:
    """The public regions, read once (two queries): what lies in what, as divisions and as members of groups, by primary key."""

    def __init__(self) -> None:
        self.regions = {region.pk: region for region in Region.objects.public().order_by("code")}
        self.by_code = {region.code: region for region in self.regions.values()}
        divisions = [
            (region.pk, region.parent_id if region.parent_id in self.regions else None)
            for region in self.regions.values()
        ]
        standing = Membership.objects.public().filter(valid_to__isnull=True).order_by("group__code", "member__code")
        members = [pair for pair in standing.values_list("member", "group") if self.regions.keys() >= set(pair)]
        self.divisions, self.groups = Hierarchy(divisions), Hierarchy(members)
        self.divisions_and_groups = Hierarchy([*divisions, *members])

    def above(self, place: int) -> list[int]:
        """What a place lies in, the nearest first. The world is left out: everything lies in it."""
        return [one for one in self.divisions.ancestors(place) if self.regions[one].kind != RegionKind.WORLD]

    def around(self, place: int) -> dict[int, PlaceFit]:
        """Every place for which a measure fits the given one, the nearest reason why, and how far it is."""
        above = self.above(place)
        steps = {one: step for step, one in enumerate(above)}
        fits = {place: PlaceFit(RegionFit.NAMED)}
        for group in self.groups.parents(place):
            fits.setdefault(group, PlaceFit(RegionFit.GROUP, self._steps(group, steps)))
        for larger in above:
            fits.setdefault(larger, PlaceFit(RegionFit.ABOVE, steps[larger]))
        for larger in above:
            for group in self.groups.parents(larger):
                fits.setdefault(group, PlaceFit(RegionFit.AROUND, self._steps(group, steps)))
        for smaller in self.divisions_and_groups.descendants(place):
            fits.setdefault(smaller, PlaceFit(RegionFit.BELOW))
        return fits

    def _steps(self, group: int, steps: dict[int, int]) -> int:
        """How far a group is: as far as the nearest division that it lies in; further than all where it lies in none of them."""
        return min((steps[one] for one in self.divisions.ancestors(group) if one in steps), default=len(steps))


@kept_for_version
def known_places() -> Places:
    """The places of the newest release."""
    return Places()
