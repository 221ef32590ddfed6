"""How places lie to each other: what contains a place, what it contains, and the groups that it belongs to."""

from __future__ import annotations

from itertools import chain

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


class Places:
    """The public regions, read once (two queries): what lies in what, as divisions and as members of groups, by primary key."""

    def __init__(self) -> None:
        self.regions = {region.pk: region for region in Region.objects.public().order_by("code")}
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

    def around(self, place: int) -> dict[int, RegionFit]:
        """Every place for which a measure fits the given one, and the nearest reason why."""
        above = self.above(place)
        near = (
            (RegionFit.NAMED, [place]),
            (RegionFit.GROUP, self.groups.parents(place)),
            (RegionFit.ABOVE, above),
            (RegionFit.AROUND, chain.from_iterable(map(self.groups.parents, above))),
            (RegionFit.BELOW, self.divisions_and_groups.descendants(place)),
        )
        fits: dict[int, RegionFit] = {}
        for fit, places in near:
            for one in places:
                fits.setdefault(one, fit)
        return fits


@kept_for_version
def known_places() -> Places:
    """The places of the newest release."""
    return Places()
