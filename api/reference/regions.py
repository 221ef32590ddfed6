"""/regions: places, as they are and as they were."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from api.http.fields import ListedField, Listing, Parts, PublicSlug, SpokenField
from api.http.filters import ParameterSet
from api.http.package_tables import PackageTable
from api.http.parameters import ChoicesField, FlagField, OneCodeField, Parameter, ParameterField, WordsField
from api.http.periods import DayField
from api.http.rows import Row, RowPart
from api.http.tags import REGIONS
from api.http.viewsets import ReadOnlyViewSet
from api.http.words import named_by_words
from indicators.models import Series
from regions.models import Membership, Region, RegionKind, RegionQuerySet, Succession
from sources.bilingual import both
from sources.hierarchy import Hierarchy
from sources.models import public
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
        WordsField(example="醴陵"),
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
        FlagField(example=True), method="by_data",
        says=both("是否有自己的数据。", "Whether it has figures of its own."),
    )  # fmt: skip

    def filter_queryset(self, queryset: RegionQuerySet) -> RegionQuerySet:
        """Without a day, those of today."""
        narrowed = super().filter_queryset(queryset)
        return narrowed if self.form.cleaned_data["valid_on"] else narrowed.valid_on(timezone.localdate())

    def by_words(self, queryset: RegionQuerySet, name: str, words: str) -> RegionQuerySet:
        return named_by_words(self.request, queryset, words, REGION)

    def by_data(self, queryset: RegionQuerySet, name: str, wanted: bool) -> RegionQuerySet:
        return queryset.filter(HAS_DATA if wanted else ~HAS_DATA)

    def by_ancestor(self, queryset: RegionQuerySet, name: str, region: Region) -> RegionQuerySet:
        return queryset.within(region)

    def by_day(self, queryset: RegionQuerySet, name: str, day: datetime.date) -> RegionQuerySet:
        return queryset.valid_on(day)


HAS_DATA = Exists(Series.objects.public().filter(region=OuterRef("pk")))


class RegionRow(Row):
    name = SpokenField(help_text=both("名称，按答复的语言。", "Name, in the language of the answer."))
    other_names = ListedField(help_text=both("别名与旧称。", "Other and former names."))
    parent = PublicSlug(help_text=both("上级的代码。", "Code of the parent."))
    children_count = serializers.IntegerField(help_text=both("直接下级的个数。", "Number of regions directly below."))
    has_data = serializers.BooleanField(help_text=both("是否有自己的数据。", "Whether it has figures of its own."))
    note = SpokenField(allow_null=True, help_text=both("备注。", "Remark."))

    class Meta:
        model = Region
        fields = (
            "code", "kind", "name", "name_zh", "name_en", "short_zh", "short_en", "other_names", "parent",
            "children_count", "has_data", "is_aggregate", "members_complete", "valid_from", "valid_to", "note",
        )  # fmt: skip

    @classmethod
    def records(cls) -> QuerySet[Region]:
        below: Any = Region.objects.public().valid_on(timezone.localdate()).filter(parent=OuterRef("pk")).order_by()
        counted = Subquery(below.values("parent").values(number=Count("pk")))  # a join would group by every column
        return Region.objects.annotate(children_count=Coalesce(counted, 0), has_data=HAS_DATA)


class RegionReference(RowPart):
    """A region as another thing refers to it."""

    code = serializers.CharField()
    name = SpokenField()
    kind = serializers.ChoiceField(RegionKind.choices)


class AncestorsField(Parts):
    """What regions lie in, from the top: by the tree of all of them."""

    def gathered(self, request: Request | None, keys: Sequence[int]) -> Mapping[int, list[Any]]:
        tree = Hierarchy(Region.objects.values_list("pk", "parent"))
        above = {key: tree.ancestors(key)[::-1] for key in keys}
        known = list({one for each in above.values() for one in each})
        held = dict(self.reading.of_owners(Region.objects.public, "pk", known))
        return {key: [held[one] for one in each if one in held] for key, each in above.items()}


def linked(links: type[Membership | Succession], end: str) -> QuerySet[Any]:
    """The public links between regions that lead to a public one at this end."""
    return links.objects.public().filter(public(end))


class RegionDetail(RegionRow):
    ancestors = AncestorsField(
        RegionReference(), help_text=both("上级，由最高一级起。", "What it lies in, from the top.")
    )
    members = Parts(
        RegionReference(), Listing("group", lambda: linked(Membership, "member").order_by("member__code")),
        to="member__", help_text=both("组合的成员。", "Members of the group."),
    )  # fmt: skip
    member_of = Parts(
        RegionReference(), Listing("member", lambda: linked(Membership, "group").order_by("group__code")),
        to="group__", help_text=both("所属的组合。", "Groups that it belongs to."),
    )  # fmt: skip
    predecessors = Parts(
        RegionReference(), Listing("successor", lambda: linked(Succession, "predecessor")),
        to="predecessor__", help_text=both("前身。", "What it was before."),
    )  # fmt: skip
    successors = Parts(
        RegionReference(), Listing("predecessor", lambda: linked(Succession, "successor")),
        to="successor__", help_text=both("后继。", "What it became."),
    )  # fmt: skip

    class Meta(RegionRow.Meta):
        fields = (*RegionRow.Meta.fields, "ancestors", "members", "member_of", "predecessors", "successors")


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
    queryset = Region.objects.public()
    filterset_class = RegionParameters
    lookup_field = "code"
    orderings = {"code": ("code",), "name_zh": ("name_zh", "code"), "name_en": ("name_en", "code")}

    def get_serializer_class(self) -> type[RegionRow]:
        return RegionDetail if self.detail else RegionRow
