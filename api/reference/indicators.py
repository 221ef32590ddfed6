"""/topics, /units, /classifications and /indicators: what is measured, and in what."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from rest_framework import serializers

from api.http.fields import ListedCodes, ListedField, ListedTexts, Listing, MadeField, Parts, PublicSlug, SpokenField
from api.http.filters import ParameterSet
from api.http.package_tables import PackageTable
from api.http.parameters import ChoicesField, CodesField, OneCodeField, Parameter, WordsField
from api.http.rows import NAMES_OF_CODES, Row
from api.http.tags import INDICATORS
from api.http.viewsets import ReadOnlyViewSet
from api.http.words import named_by_words
from indicators.choices import CodeRelation, Frequency, PriceBasis
from indicators.codes import INDUSTRY
from indicators.models import Category, Indicator, Scheme, Series, Topic, Unit
from regions.models import Region
from sources.bilingual import Said, both
from sources.models import PublicQuerySet, Source, public
from words.vocabulary import INDICATOR

Indicators = PublicQuerySet[Indicator]

NAME_SAYS = both("名称，按答复的语言。", "Name, in the language of the answer.")


class NamedRow(Row):
    name = SpokenField(help_text=NAME_SAYS)


class TopicRow(NamedRow):
    indicator_count = serializers.IntegerField(help_text=both("指标个数。", "Number of indicators."))

    class Meta:
        model = Topic
        fields = ("code", "name", "name_zh", "name_en", "indicator_count")

    @classmethod
    def records(cls) -> QuerySet[Topic]:
        return Topic.objects.annotate(indicator_count=Count("indicators", filter=public("indicators")))


class TopicViewSet(ReadOnlyViewSet):
    """The subjects that indicators are grouped by."""

    chinese = {
        "list": "指标所属的主题。",
    }
    tag = INDICATORS
    package = PackageTable(both("主题", "Topics"))
    queryset = Topic.objects.public()
    serializer_class = TopicRow
    lookup_field = "code"
    orderings = {"order": ("order", "code"), "code": ("code",)}


class UnitRow(NamedRow):
    symbol = SpokenField(allow_null=True)
    factor = MadeField(
        "factor", help_text=both("到该量纲基本单位的换算系数。", "Exact factor to the base unit of the dimension.")
    )

    class Meta:
        model = Unit
        fields = ("code", "name", "name_zh", "name_en", "symbol", "dimension", "factor")

    def get_factor(self, factor: Decimal) -> float:
        return Decimal(f"{factor.normalize():f}")  # type: ignore[return-value]  # which is written as a JSON number


class UnitViewSet(ReadOnlyViewSet):
    """Units of measurement, with the exact factor to the base unit of their dimension."""

    chinese = {
        "list": "计量单位，及其换算为同一量纲基本单位的精确系数。",
    }
    tag = INDICATORS
    package = PackageTable(both("单位", "Units"))
    queryset = Unit.objects.public()
    serializer_class = UnitRow
    lookup_field = "code"
    orderings = {"code": ("code",), "dimension": ("dimension", "factor", "code")}


class OptionalCode(serializers.ChoiceField):
    """A word of a closed list, null where there is none."""

    def __init__(self, choices: Sequence[tuple[str, Said]], says: Said) -> None:
        super().__init__(choices, read_only=True, allow_null=True, help_text=says)


class CategoryRow(NamedRow):
    gbt4754 = serializers.CharField(
        help_text=both(
            "最接近的《国民经济行业分类》（GB/T 4754-2017）类别。",
            "The nearest class of GB/T 4754-2017, China's classification of industries.",
        )
    )
    gbt4754_relation = OptionalCode(
        CodeRelation.choices,
        both(
            "该类别与本类目相比：一致、较宽或较窄。",
            "What that class is to this category: the same, broader or narrower.",
        ),
    )
    hs = serializers.CharField(
        help_text=both(
            "最接近的 HS（协调制度）章、品目或子目。",
            "The nearest chapter, heading or subheading of the Harmonized System.",
        )
    )
    hs_relation = OptionalCode(
        CodeRelation.choices,
        both(
            "该编码与本类目相比：一致、较宽或较窄。",
            "What that code is to this category: the same, broader or narrower.",
        ),
    )
    scheme = serializers.SlugRelatedField("code", read_only=True)
    parent = PublicSlug()
    other_names = ListedField()

    class Meta:
        model = Category
        fields = (
            "code", "name", "name_zh", "name_en", "other_names", "scheme", "parent", "gbt4754", "gbt4754_relation", "hs",
            "hs_relation",
        )  # fmt: skip


class CategoryParameters(ParameterSet):
    scheme = Parameter(CodesField(Scheme.objects.public, example="INDUSTRY"), says=both("分类。", "Classifications."))
    parent = Parameter(
        OneCodeField(Category.objects.public, example="AGRICULTURE"), says=both("直接下级。", "Those directly below this one.")
    )  # fmt: skip


class CategoryViewSet(ReadOnlyViewSet):
    """The members of all classifications; a code is used once over all of them."""

    chinese = {
        "list": "各分类的全部类目；同一代码在所有分类中只用一次。",
    }
    tag = INDICATORS
    package = PackageTable(both("类目", "Categories"), references={"scheme": "classifications.code", "parent": ".code"})
    queryset = Category.objects.public()
    serializer_class = CategoryRow
    filterset_class = CategoryParameters
    lookup_field = "code"
    orderings = {"code": ("code",), "scheme": ("scheme__code", "code")}


class SchemeRow(NamedRow):
    category_count = serializers.IntegerField(help_text=both("类目个数。", "Number of categories."))

    class Meta:
        model = Scheme
        fields: tuple[str, ...] = ("code", "name", "name_zh", "name_en", "category_count")

    @classmethod
    def records(cls) -> QuerySet[Scheme]:
        return Scheme.objects.annotate(category_count=Count("categories", filter=public("categories")))


class SchemeDetail(SchemeRow):
    categories = Parts(CategoryRow(), Listing("scheme", lambda: Category.objects.public().order_by("code")))

    class Meta(SchemeRow.Meta):
        fields = (*SchemeRow.Meta.fields, "categories")


class SchemeViewSet(ReadOnlyViewSet):
    """The classifications that break indicators down: industry, product and mode of trade."""

    chinese = {
        "list": "对指标作细分的分类：行业、产品、贸易方式。",
    }
    tag = INDICATORS
    package = PackageTable(both("分类", "Classifications"))
    queryset = Scheme.objects.public()
    lookup_field = "code"
    orderings = {"code": ("code",)}

    @property
    def code(self) -> str:
        """In upper case: /classifications/industry reads as well as INDUSTRY."""
        return super().code.upper()

    def get_serializer_class(self) -> type[SchemeRow]:
        return SchemeDetail if self.detail else SchemeRow


class IndicatorParameters(ParameterSet):
    q = Parameter(
        WordsField(example="进出口"),
        method="by_words",
        says=both("名称、别名或代码中含有的字。", "Words in a name, other name or code."),
    )
    topic = Parameter(CodesField(Topic.objects.public, example="TRADE"), says=both("主题。", "Topics."))
    unit = Parameter(CodesField(Unit.objects.public, example="CNY_100M"), says=both("单位。", "Units."))
    frequency = Parameter(
        ChoicesField(Frequency.values),
        method="by_frequency",
        says=both("有此频率的数据。", "Those with data at this frequency."),
    )
    region = Parameter(
        CodesField(Region.objects.public, example="430281"), method="by_region",
        says=both("在该地区有数据的。", "Those with data there."),
    )  # fmt: skip

    def by_words(self, queryset: Indicators, name: str, words: str) -> Indicators:
        return named_by_words(self.request, queryset, words, INDICATOR)

    def by_frequency(self, queryset: Indicators, name: str, frequencies: list[str]) -> Indicators:
        return queryset.filter(
            Exists(Series.objects.public().filter(indicator=OuterRef("pk"), frequency__in=frequencies))
        )

    def by_region(self, queryset: Indicators, name: str, regions: list[Region]) -> Indicators:
        return queryset.filter(Exists(Series.objects.public().filter(indicator=OuterRef("pk"), region__in=regions)))


class IndicatorRow(NamedRow):
    definition = SpokenField(help_text=both("定义。", "What is counted."))
    topic = serializers.SlugRelatedField("code", read_only=True)
    unit = serializers.SlugRelatedField("code", read_only=True)
    unit_name = SpokenField("counter", "unit__name")
    other_names = ListedField()
    price_basis = OptionalCode(PriceBasis.choices, both("价格基准。", "Price basis."))
    note = SpokenField(allow_null=True)
    series_count = serializers.IntegerField()
    observation_count = serializers.IntegerField()
    first_period = serializers.CharField(allow_null=True)
    last_period = serializers.CharField(allow_null=True)

    class Meta:
        model = Indicator
        fields = (
            "code", "name", "name_zh", "name_en", "other_names", "definition", "topic", "unit", "unit_name", "decimals",
            "kind", "aggregation", "price_basis", "higher_is", "headline", "note", "series_count", "observation_count",
            "first_period", "last_period",
        )  # fmt: skip

    @classmethod
    def records(cls) -> QuerySet[Indicator]:
        live = Q(series__observations__retired__isnull=True, series__observations__isnull=False)
        return Indicator.objects.annotate(
            series_count=Count("series", filter=live, distinct=True),
            observation_count=Count("series__observations", filter=live),
            first_period=Min("series__observations__period", filter=live),
            last_period=Max("series__observations__period", filter=live),
        )


def stating() -> QuerySet[Source]:
    """The public sources of live figures, each once an indicator, in the order of their codes."""
    return Source.objects.public().filter(observations__retired__isnull=True).order_by("slug").distinct()


STATING = Listing("observations__series__indicator", stating)


class IndicatorDetail(IndicatorRow):
    sources = ListedCodes(
        STATING, code="slug", help_text=both("数据的来源。", "Sources of its data.")
    )  # fmt: skip
    sources_title = ListedTexts(STATING, code="title", help_text=NAMES_OF_CODES)

    class Meta(IndicatorRow.Meta):
        fields = (*IndicatorRow.Meta.fields, "sources", "sources_title")


class IndicatorViewSet(ReadOnlyViewSet):
    """What is measured: definition, unit, kind, and how far the data reach."""

    chinese = {
        "list": "测度的内容：定义、单位、性质，以及数据覆盖到何时。",
    }
    tag = INDICATORS
    package = PackageTable(both("指标", "Indicators"), references={"topic": "topics.code", "unit": "units.code"})
    queryset = Indicator.objects.public()
    filterset_class = IndicatorParameters
    lookup_field = "code"
    orderings = {"code": ("code",), "topic": ("topic__order", "topic__code", "code"), "name_zh": ("name_zh", "code")}

    def get_serializer_class(self) -> type[IndicatorRow]:
        return IndicatorDetail if self.detail else IndicatorRow


def industries() -> PublicQuerySet[Category]:
    """The public industries."""
    return Category.objects.public().filter(scheme__code=INDUSTRY.code)
