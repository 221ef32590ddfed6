"""How places lie to each other: what contains a place, what it contains, and the groups that it belongs to."""

from __future__ import annotations

from collections import defaultdict

from django.db import models

from regions.models import Membership, Region, RegionKind
from sources.bilingual import both


class RegionFit(models.TextChoices):
    """Why a measure for one place fits another; the nearer ones first."""

    NAMED = "named", both("点名该地", "names the place itself")
    GROUP = "group", both("所属区域组合", "is for a group that it belongs to")
    BELOW = "below", both("其辖内或成员", "is for a place within it")
    ABOVE = "above", both("所在的上级地区", "is for a larger place that it lies in")
    AROUND = "around", both("上级地区所属的组合", "is for a group that the larger place belongs to")
    PARTNER = "partner", both("合作方或来源地", "names the place as a partner or origin")


class Places:
    """The public regions, read once (two queries): parents, children, groups and members, by primary key."""

    def __init__(self) -> None:
        self.regions = {region.pk: region for region in Region.objects.public().order_by("code")}
        self.below: dict[int, list[int]] = defaultdict(list)
        for region in self.regions.values():
            if region.parent_id in self.regions:
                self.below[region.parent_id].append(region.pk)
        self.groups: dict[int, list[int]] = defaultdict(list)
        standing = Membership.objects.public().filter(valid_to__isnull=True).order_by("group__code", "member__code")
        for group, member in standing.values_list("group", "member"):
            if group in self.regions and member in self.regions:
                self.groups[member].append(group)
                self.below[group].append(member)

    def above(self, place: int) -> list[int]:
        """What a place lies in, the nearest first. The world is left out: everything lies in it."""
        found = []
        parent = self.regions[place].parent_id
        while parent in self.regions and self.regions[parent].kind != RegionKind.WORLD:
            found.append(parent)
            parent = self.regions[parent].parent_id
        return found

    def around(self, place: int) -> dict[int, RegionFit]:
        """Every place for which a measure fits the given one, and the nearest reason why."""
        fits = {place: RegionFit.NAMED}
        for group in self.groups[place]:
            fits.setdefault(group, RegionFit.GROUP)
        above = self.above(place)
        for larger in above:
            fits.setdefault(larger, RegionFit.ABOVE)
        for larger in above:
            for group in self.groups[larger]:
                fits.setdefault(group, RegionFit.AROUND)
        waiting = list(self.below[place])
        while waiting:
            smaller = waiting.pop()
            if fits.setdefault(smaller, RegionFit.BELOW) == RegionFit.BELOW and smaller in self.below:
                waiting += [one for one in self.below[smaller] if one not in fits]
        return fits
