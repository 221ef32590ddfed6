"""/regions: places, as they are and as they were."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from rest_framework import serializers

from api.http.filters import ParameterSet
from api.http.package_tables import PackageTable
from api.http.parameters import ChoicesField, DayField, FlagField, OneCodeField, Parameter, ParameterField
from api.http.references import PublicSlug
from api.http.rows import Row, RowPart
from api.http.tags import REGIONS
from api.http.viewsets import ReadOnlyViewSet
from api.http.words import named_by_words
from indicators.models import Series
from regions.models import Membership, Region, RegionKind, RegionQuerySet, Succession
from sources.bilingual import both, said
from sources.hierarchy import Hierarchy
from words.vocabulary import REGION


def public_regions() -> RegionQuerySet:
    """The regions that the public sees, asked for anew at each call."""
    return Region.objects.public()


def within_region(field: ParameterField) -> Parameter:
    """The parameter `within`, read by this field; its set narrows `by_ancestor`."""
    says = both("该地区及其下所有地区。", "This region and everything below it.")
    return Parameter(field, method="by_ancestor", says=says)


def kind_of_region(*, field_name: str | None = None, method: str | None = None) -> Parameter:
    """The parameter `kind` of places, which narrows by a field, or by a method of its set."""
    field = ChoicesField(RegionKind.values, example="county")
    return Parameter(field, says=both("地区类型。", "Kinds of region."), field_name=field_name, method=method)


class RegionParameters(ParameterSet):
    q = Parameter(
        ParameterField(example="醴陵"),
        method="by_words",
        says=both("名称、简称或别名中含有的字。", "Words in a name, short name or other name."),
    )
    kind = kind_of_region()
    within = within_region(OneCodeField(public_regions, example="430200"))
    parent = Parameter(
        OneCodeField(public_regions, example="430000"), says=both("直接下级。", "Those directly below this region.")
    )
    valid_on = Parameter(
        DayField(example="2016-01-01"), method="by_day",
        says=both("该日存在的地区；默认今日。", "Regions that existed on that day; today by default."),
    )  # fmt: skip

    has_data = Parameter(
        FlagField(example=True), says=both("是否有自己的数据。", "Whether it has figures of its own.")
    )  # fmt: skip

    def filter_queryset(self, queryset: RegionQuerySet) -> RegionQuerySet:
        """Without a day, those of today."""
        narrowed = super().filter_queryset(queryset)
        return narrowed if self.form.cleaned_data["valid_on"] else narrowed.valid_on(timezone.localdate())

    def by_words(self, queryset: RegionQuerySet, name: str, words: str) -> RegionQuerySet:
        return named_by_words(self.request, queryset, words, REGION)

    def by_ancestor(self, queryset: RegionQuerySet, name: str, region: Region) -> RegionQuerySet:
        return queryset.within(region)

    def by_day(self, queryset: RegionQuerySet, name: str, day: datetime.date) -> RegionQuerySet:
        return queryset.valid_on(day)


class RegionRow(Row):
    name = serializers.SerializerMethodField(
        help_text=both("名称，按答复的语言。", "Name, in the language of the answer.")
    )
    other_names = serializers.SerializerMethodField(help_text=both("别名与旧称。", "Other and former names."))
    parent = PublicSlug(help_text=both("上级的代码。", "Code of the parent."))
    children_count = serializers.IntegerField(help_text=both("直接下级的个数。", "Number of regions directly below."))
    has_data = serializers.BooleanField(help_text=both("是否有自己的数据。", "Whether it has figures of its own."))
    note = serializers.SerializerMethodField(help_text=both("备注。", "Remark."))

    class Meta:
        model = Region
        fields = (
            "code", "kind", "name", "name_zh", "name_en", "short_zh", "short_en", "other_names", "parent",
            "children_count", "has_data", "is_aggregate", "members_complete", "valid_from", "valid_to", "note",
        )  # fmt: skip

    def get_name(self, region: Region) -> str:
        return said(region, "name")

    def get_other_names(self, region: Region) -> list[str]:
        return [name for name in region.other_names.split(";") if name]

    def get_note(self, region: Region) -> str | None:
        return said(region, "note") or None


class RegionReference(RowPart):
    """A region as another thing refers to it."""

    code = serializers.CharField()
    name = serializers.SerializerMethodField()
    kind = serializers.ChoiceField(RegionKind.choices)

    def get_name(self, region: Region) -> str:
        return said(region, "name")


class RegionDetail(RegionRow):
    ancestors = serializers.SerializerMethodField(
        help_text=both("上级，由最高一级起。", "What it lies in, from the top.")
    )
    members = serializers.SerializerMethodField(help_text=both("组合的成员。", "Members of the group."))
    member_of = serializers.SerializerMethodField(help_text=both("所属的组合。", "Groups that it belongs to."))
    predecessors = serializers.SerializerMethodField(help_text=both("前身。", "What it was before."))
    successors = serializers.SerializerMethodField(help_text=both("后继。", "What it became."))

    class Meta(RegionRow.Meta):
        fields = (*RegionRow.Meta.fields, "ancestors", "members", "member_of", "predecessors", "successors")

    def get_ancestors(self, region: Region) -> RegionReference(many=True):  # type: ignore[valid-type]
        above = Hierarchy(Region.objects.values_list("pk", "parent")).ancestors(region.pk)
        found = Region.objects.public().in_bulk(above)
        return RegionReference([found[key] for key in reversed(above) if key in found], many=True).data

    def get_members(self, region: Region) -> RegionReference(many=True):  # type: ignore[valid-type]
        return RegionReference([m.member for m in region.memberships.all()], many=True).data

    def get_member_of(self, region: Region) -> RegionReference(many=True):  # type: ignore[valid-type]
        return RegionReference([m.group for m in region.group_memberships.all()], many=True).data

    def get_predecessors(self, region: Region) -> RegionReference(many=True):  # type: ignore[valid-type]
        return RegionReference([s.predecessor for s in region.precessions.all()], many=True).data

    def get_successors(self, region: Region) -> RegionReference(many=True):  # type: ignore[valid-type]
        return RegionReference([s.successor for s in region.successions.all()], many=True).data


def _linked(links: str, end: str, queryset: QuerySet[Any]) -> Prefetch:
    """The links of a region to other public ones."""
    return Prefetch(links, queryset.filter(**{f"{end}__in": Region.objects.public()}).select_related(end))


class RegionViewSet(ReadOnlyViewSet):
    """Provinces, prefectures and counties by their GB/T 2260 codes, and the groups and zones that figures speak of.

    Without `valid_on` the list gives the regions that exist today; an address with an old code still answers,
    with what became of it.
    """

    chinese = {
        "list": (
            "省、市、县（GB/T 2260 代码），以及数据所涉的区域组合和功能区。\n\n不带 `valid_on` 时，列表给出今天存在的地区；"
            "旧代码的地址仍然有效，并说明其沿革。"
        ),
    }
    tag = REGIONS
    package = PackageTable(both("地区", "Regions"), references={"parent": ".code"})
    queryset = Region.objects.public().select_related("parent")
    filterset_class = RegionParameters
    lookup_field = "code"
    orderings = {"code": ("code",), "name_zh": ("name_zh", "code"), "name_en": ("name_en", "code")}

    def get_queryset(self) -> QuerySet[Region]:
        public = Region.objects.public()
        children = Count("children", filter=Q(children__in=public.valid_on(timezone.localdate())))
        figures = Exists(Series.objects.public().filter(region=OuterRef("pk")))
        regions = super().get_queryset().annotate(children_count=children, has_data=figures)
        if not self.detail:
            return regions
        memberships, successions = Membership.objects.public(), Succession.objects.public()
        return regions.prefetch_related(
            _linked("memberships", "member", memberships.order_by("member__code")),
            _linked("group_memberships", "group", memberships.order_by("group__code")),
            _linked("precessions", "predecessor", successions),
            _linked("successions", "successor", successions),
        )

    def get_serializer_class(self) -> type[RegionRow]:
        return RegionDetail if self.detail else RegionRow
