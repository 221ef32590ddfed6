"""Places as they were at a time: divisions, groups and zones (Region), who belongs to what, what became of what."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Self

from django.db import models
from django.db.models import F, Q
from tree_queries.models import TreeNodeForeignKey
from tree_queries.query import TreeQuerySet

from sources.bilingual import both, said
from sources.fields import CodeField, StrictCharField, choice_check
from sources.folding import searchable
from sources.hierarchy import Hierarchy
from sources.models import PublicQuerySet, Publishable, citations_field


class RegionKind(models.TextChoices):
    WORLD = "world", both("世界", "world")
    COUNTRY = "country", both("国家", "country")
    PROVINCE = "province", both("省级", "province")
    PREFECTURE = "prefecture", both("地级", "prefecture")
    COUNTY = "county", both("县级", "county")
    GROUP = "group", both("区域组合", "group")
    ZONE = "zone", both("功能区", "zone")


class SuccessionKind(models.TextChoices):
    RENAMED = "renamed", both("更名", "renamed")
    MERGED = "merged", both("合并", "merged")
    SPLIT = "split", both("拆分", "split")
    UPGRADED = "upgraded", both("改设", "converted")


@dataclass(frozen=True)
class Part:
    """A region as a part of another, for as long as it was one (from, to; an empty bound is open)."""

    region: Region
    belonged: tuple[datetime.date | None, datetime.date | None] = (None, None)

    def stood_on(self, day: datetime.date) -> bool:
        """Whether it existed and was a part on that day."""
        spans = (self.belonged, (self.region.valid_from, self.region.valid_to))
        return all((not first or first <= day) and (not last or last > day) for first, last in spans)


class RegionQuerySet(TreeQuerySet["Region"], PublicQuerySet["Region"]):
    def within(self, region: Region) -> Self:
        """The region and everything below it in the tree; of a group also its present members and all below them."""
        members = Membership.objects.public().filter(valid_to=None, group=region).values_list("member", flat=True)
        tops, tree = [region.pk, *members], Hierarchy(Region.objects.values_list("pk", "parent"))
        return self.filter(pk__in={key for top in tops for key in (top, *tree.descendants(top))})

    def valid_on(self, day: datetime.date) -> Self:
        """Regions that existed on that day; an empty bound is open."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day), Q(valid_to__isnull=True) | Q(valid_to__gt=day)
        )

    def parts_of(self, region: Region) -> list[Part]:
        """What makes up a region: the members of a group, else the divisions directly below it; by code."""
        if region.kind == RegionKind.GROUP:
            memberships = Membership.objects.public().filter(group=region, member__in=self)
            links = memberships.select_related("member").order_by("member__code", "pk")
            return [Part(link.member, (link.valid_from, link.valid_to)) for link in links]
        below = self.filter(parent=region).exclude(kind__in=(RegionKind.GROUP, RegionKind.ZONE))
        return [Part(child) for child in below.order_by("code")]


class Region(Publishable):
    """A place that figures speak of."""

    code = CodeField(both("代码", "code"), max_length=40)
    kind = StrictCharField(both("类型", "kind"), max_length=12, choices=RegionKind)
    parent = TreeNodeForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=both("上级", "parent")
    )
    name_zh = StrictCharField(both("名称（中文）", "name (Chinese)"), max_length=120)
    name_en = StrictCharField(both("名称（英文）", "name (English)"), max_length=160)
    short_zh = StrictCharField(both("简称（中文）", "short name (Chinese)"), max_length=60, blank=True)
    short_en = StrictCharField(both("简称（英文）", "short name (English)"), max_length=80, blank=True)
    other_names = StrictCharField(
        both("别名", "other names"), max_length=500, blank=True, help_text=both("以“;”分隔", "separated by “;”")
    )
    valid_from = models.DateField(both("有效起", "valid from"), null=True, blank=True)
    valid_to = models.DateField(both("有效止（不含）", "valid to (exclusive)"), null=True, blank=True)
    is_aggregate = models.BooleanField(both("是汇总", "is an aggregate"), default=False)
    members_complete = models.BooleanField(both("成员齐全", "members complete"), null=True, blank=True)
    note_zh = StrictCharField(both("备注（中文）", "note (Chinese)"), max_length=1000, blank=True)
    note_en = StrictCharField(both("备注（英文）", "note (English)"), max_length=1000, blank=True)
    citations = citations_field()
    search = StrictCharField(max_length=1200, editable=False)

    objects = RegionQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = both("地区", "region")
        verbose_name_plural = both("地区", "regions")
        ordering = ("code",)
        constraints = (
            choice_check("kind", RegionKind, "region_kind_known"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="region_valid_to_after_from",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="region_not_its_own_parent"),
        )

    def __str__(self) -> str:
        return f"{said(self, 'name')} ({self.code})"

    def derive(self) -> None:
        """Bring the normalised search column in line with the names."""
        self.search = searchable(
            self.code, self.name_zh, self.name_en, self.short_zh, self.short_en, *self.other_names.split(";")
        )


class Membership(Publishable):
    """A region belongs to a group (醴陵市 to 株洲四县市), for a time."""

    group = models.ForeignKey(
        Region, models.PROTECT, related_name="memberships", verbose_name=both("区域组合", "group")
    )
    member = models.ForeignKey(
        Region, models.PROTECT, related_name="group_memberships", verbose_name=both("成员", "member")
    )
    valid_from = models.DateField(both("有效起", "valid from"), null=True, blank=True)
    valid_to = models.DateField(both("有效止（不含）", "valid to (exclusive)"), null=True, blank=True)
    citations = citations_field()

    class Meta:
        verbose_name = both("成员关系", "membership")
        verbose_name_plural = both("成员关系", "memberships")
        ordering = ("group__code", "member__code")
        constraints = (
            models.UniqueConstraint(
                "group", "member", models.functions.Coalesce("valid_from", models.Value(datetime.date.min)),
                name="membership_once",
            ),
            models.CheckConstraint(condition=~Q(group=F("member")), name="membership_not_of_itself"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="membership_valid_to_after_from",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.group.code} ∋ {self.member.code}"


class Succession(Publishable):
    """A region became another: 株洲县 430221 is 渌口区 430212 since 2018. Old codes resolve to the new."""

    predecessor = models.ForeignKey(
        Region, models.PROTECT, related_name="successions", verbose_name=both("前身", "predecessor")
    )
    successor = models.ForeignKey(
        Region, models.PROTECT, related_name="precessions", verbose_name=both("后继", "successor")
    )
    date = models.DateField(both("日期", "date"))
    kind = StrictCharField(both("方式", "kind"), max_length=12, choices=SuccessionKind)
    note_zh = StrictCharField(both("备注（中文）", "note (Chinese)"), max_length=1000, blank=True)
    note_en = StrictCharField(both("备注（英文）", "note (English)"), max_length=1000, blank=True)

    class Meta:
        verbose_name = both("沿革", "succession")
        verbose_name_plural = both("沿革", "successions")
        ordering = ("date", "predecessor__code", "successor__code")
        constraints = (
            choice_check("kind", SuccessionKind, "succession_kind_known"),
            models.UniqueConstraint(fields=("predecessor", "successor"), name="succession_once"),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="succession_not_of_itself"),
        )

    def __str__(self) -> str:
        return f"{self.predecessor.code} → {self.successor.code}"
