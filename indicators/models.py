"""Numbers over time: what is measured (Indicator), the lines it makes (Series), and their values (Observation)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Round

from indicators.choices import (
    VALUELESS,
    Accumulation,
    Aggregation,
    CheckKind,
    CodeRelation,
    Frequency,
    HigherIs,
    IndicatorKind,
    ObservationStatus,
    PeriodBasis,
    PriceBasis,
    Qualifier,
    TermRole,
    Tier,
)
from indicators.querysets import ObservationQuerySet, SeriesQuerySet
from regions.models import Region
from sources.bilingual import both, said
from sources.fields import CodeField, StrictCharField, WholeNumberField, choice_check
from sources.folding import searchable
from sources.models import Publishable, Release, Source, citations_field

# A JSON reader's double and SQLite's REAL both keep 15 significant digits exactly, and no more.
SIGNIFICANT_DIGITS = 15
MAX_DECIMALS = 9


class Topic(Publishable):
    """A subject that indicators are grouped by."""

    code = CodeField(both("代码", "code"), max_length=40)
    name_zh = StrictCharField(both("名称（中文）", "name (Chinese)"), max_length=120)
    name_en = StrictCharField(both("名称（英文）", "name (English)"), max_length=160)
    order = WholeNumberField(both("次序", "order"), default=0)

    class Meta:
        verbose_name = both("主题", "topic")
        verbose_name_plural = both("主题", "topics")
        ordering = ("order", "code")

    def __str__(self) -> str:
        return said(self, "name")


class Unit(Publishable):
    """A unit of measurement, with its exact factor to the base unit of its dimension."""

    code = CodeField(both("代码", "code"), max_length=40)
    symbol_zh = StrictCharField(both("符号（中文）", "symbol (Chinese)"), max_length=40, blank=True)
    symbol_en = StrictCharField(both("符号（英文）", "symbol (English)"), max_length=40, blank=True)
    name_zh = StrictCharField(both("名称（中文）", "name (Chinese)"), max_length=120)
    name_en = StrictCharField(both("名称（英文）", "name (English)"), max_length=160)
    dimension = StrictCharField(both("量纲", "dimension"), max_length=40)
    factor = models.DecimalField(both("换算系数", "factor"), max_digits=24, decimal_places=9, default=1)

    class Meta:
        verbose_name = both("单位", "unit")
        verbose_name_plural = both("单位", "units")
        ordering = ("dimension", "factor", "code")
        constraints = (models.CheckConstraint(condition=Q(factor__gt=0), name="unit_factor_positive"),)

    def __str__(self) -> str:
        return f"{said(self, 'name')} ({self.code})"


class Scheme(Publishable):
    """A classification that breaks an indicator down: industry, product, trade mode."""

    code = CodeField(both("代码", "code"), max_length=40)
    name_zh = StrictCharField(both("名称（中文）", "name (Chinese)"), max_length=120)
    name_en = StrictCharField(both("名称（英文）", "name (English)"), max_length=160)

    class Meta:
        verbose_name = both("分类", "classification")
        verbose_name_plural = both("分类", "classifications")
        ordering = ("code",)

    def __str__(self) -> str:
        return said(self, "name")


def _code_with_relation(field: str) -> models.CheckConstraint:
    """A code of a standard says what it is to the category, and nothing is said where there is none."""
    both_or_none = Q(**{field: "", f"{field}_relation": ""}) | ~(Q(**{field: ""}) | Q(**{f"{field}_relation": ""}))
    return models.CheckConstraint(condition=both_or_none, name=f"category_{field}_with_relation")


class Category(Publishable):
    """A member of a classification; its code is used once over all of them.

    `gbt4754` is the nearest class of GB/T 4754-2017 and `hs` the nearest chapter, heading or subheading of the Harmonized
    System, each with what it is to this category: the same, broader or narrower. Both are empty where none is near.
    """

    scheme = models.ForeignKey(
        Scheme, models.PROTECT, related_name="categories", verbose_name=both("分类", "classification")
    )
    code = CodeField(both("代码", "code"), max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=both("上级", "parent")
    )
    name_zh = StrictCharField(both("名称（中文）", "name (Chinese)"), max_length=120)
    name_en = StrictCharField(both("名称（英文）", "name (English)"), max_length=160)
    other_names = StrictCharField(
        both("别名", "other names"), max_length=500, blank=True, help_text=both("以“;”分隔", "separated by “;”")
    )
    gbt4754 = StrictCharField(
        both("GB/T 4754-2017 类别", "class of GB/T 4754-2017"), max_length=4, blank=True, default=""
    )
    gbt4754_relation = StrictCharField(
        both("该类别较本类目", "what that class is to this category"), max_length=8, choices=CodeRelation, blank=True,
        default="",
    )  # fmt: skip
    hs = StrictCharField(both("HS 编码", "HS code"), max_length=6, blank=True, default="")
    hs_relation = StrictCharField(
        both("该编码较本类目", "what that code is to this category"), max_length=8, choices=CodeRelation, blank=True,
        default="",
    )  # fmt: skip
    search = StrictCharField(max_length=1000, editable=False)

    class Meta:
        verbose_name = both("类目", "category")
        verbose_name_plural = both("类目", "categories")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(condition=~Q(parent=F("id")), name="category_not_its_own_parent"),
            choice_check("gbt4754_relation", CodeRelation, "category_gbt4754_relation_known", blank=True),
            choice_check("hs_relation", CodeRelation, "category_hs_relation_known", blank=True),
            _code_with_relation("gbt4754"),
            _code_with_relation("hs"),
        )

    def __str__(self) -> str:
        return f"{said(self, 'name')} ({self.code})"

    def derive(self) -> None:
        """Bring the normalised search column in line with the names."""
        self.search = searchable(self.code, self.name_zh, self.name_en, *self.other_names.split(";"))


class Indicator(Publishable):
    """What is measured, in which unit, and how it may be read."""

    code = CodeField(both("代码", "code"), max_length=60)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="indicators", verbose_name=both("主题", "topic"))
    name_zh = StrictCharField(both("名称（中文）", "name (Chinese)"), max_length=160)
    name_en = StrictCharField(both("名称（英文）", "name (English)"), max_length=200)
    other_names = StrictCharField(
        both("别名", "other names"), max_length=500, blank=True, help_text=both("以“;”分隔", "separated by “;”")
    )
    definition_zh = StrictCharField(both("定义（中文）", "definition (Chinese)"), max_length=1000)
    definition_en = StrictCharField(both("定义（英文）", "definition (English)"), max_length=1000)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="indicators", verbose_name=both("单位", "unit"))
    counter_zh = StrictCharField(
        both("量词（中文）", "counter (Chinese)"), max_length=20, blank=True, help_text=both("如：家、项", "such as 家")
    )
    counter_en = StrictCharField(both("量词（英文）", "counter (English)"), max_length=40, blank=True)
    decimals = WholeNumberField(both("小数位", "decimals"), default=2)
    kind = StrictCharField(both("类型", "kind"), max_length=8, choices=IndicatorKind)
    aggregation = StrictCharField(
        both("汇总方式", "aggregation"), max_length=8, choices=Aggregation, default=Aggregation.NONE
    )
    price_basis = StrictCharField(both("价格基准", "price basis"), max_length=10, choices=PriceBasis, blank=True)
    higher_is = StrictCharField(both("方向", "higher is"), max_length=8, choices=HigherIs, default=HigherIs.NEUTRAL)
    headline = models.BooleanField(both("主要指标", "headline"), default=False)
    note_zh = StrictCharField(both("备注（中文）", "note (Chinese)"), max_length=1000, blank=True)
    note_en = StrictCharField(both("备注（英文）", "note (English)"), max_length=1000, blank=True)
    citations = citations_field()
    search = StrictCharField(max_length=1400, editable=False)

    class Meta:
        verbose_name = both("指标", "indicator")
        verbose_name_plural = both("指标", "indicators")
        ordering = ("code",)
        constraints = (
            choice_check("kind", IndicatorKind, "indicator_kind_known"),
            choice_check("aggregation", Aggregation, "indicator_aggregation_known"),
            choice_check("price_basis", PriceBasis, "indicator_price_basis_known", blank=True),
            choice_check("higher_is", HigherIs, "indicator_higher_is_known"),
            models.CheckConstraint(condition=Q(decimals__lte=MAX_DECIMALS), name="indicator_decimals_in_range"),
        )

    def __str__(self) -> str:
        return f"{said(self, 'name')} ({self.code})"

    def derive(self) -> None:
        """Bring the normalised search column in line with the names."""
        self.search = searchable(self.code, self.name_zh, self.name_en, *self.other_names.split(";"))


def _empty_as_zero(field: str) -> Coalesce:
    return Coalesce(f"{field}_id", Value(0), output_field=models.BigIntegerField())


class Series(models.Model):
    """One indicator of one place, at one frequency, with the breakdowns it has: a line over time.

    `key` is its public name and its identity; `whole` is for shares and ranks: the region that the share is of, or within which
    the rank holds; `variant` is empty for the preferred statement and a short code
    where another source or method states the same thing otherwise. How many values it has, from when to when, and the
    digest of their rows are kept with it by every publication, so that counting and sealing them reads no values.
    """

    key = CodeField(both("键", "key"), max_length=240)
    indicator = models.ForeignKey(
        Indicator, models.PROTECT, related_name="series", verbose_name=both("指标", "indicator")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="series", verbose_name=both("地区", "region"))
    frequency = StrictCharField(both("频率", "frequency"), max_length=1, choices=Frequency)
    accumulation = StrictCharField(
        both("累计", "accumulation"), max_length=4, choices=Accumulation, default=Accumulation.NONE
    )
    industry = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="industry_series",
        verbose_name=both("行业", "industry"),
    )  # fmt: skip
    product = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="product_series",
        verbose_name=both("商品", "product"),
    )  # fmt: skip
    partner = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="partner_series",
        verbose_name=both("贸易伙伴", "partner"),
    )  # fmt: skip
    trade_mode = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="trade_mode_series",
        verbose_name=both("贸易方式", "trade mode"),
    )  # fmt: skip
    whole = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="whole_series", verbose_name=both("整体", "whole"),
    )  # fmt: skip
    variant = StrictCharField(both("变体", "variant"), max_length=40, blank=True)
    observation_count = WholeNumberField(both("观测数", "observations"), default=0, editable=False)
    first_period = StrictCharField(both("首期", "first period"), max_length=7, null=True, editable=False)
    last_period = StrictCharField(both("末期", "last period"), max_length=7, null=True, editable=False)
    # Null is still to be taken (curation/releases/digests.py), empty is of nothing: no value stands.
    digest = StrictCharField(both("摘要值", "digest"), max_length=64, null=True, editable=False)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = both("序列", "series")
        verbose_name_plural = both("序列", "series")
        ordering = ("key",)
        indexes = (models.Index(fields=("digest",), name="series_by_digest"),)
        constraints = (
            choice_check("frequency", Frequency, "series_frequency_known"),
            choice_check("accumulation", Accumulation, "series_accumulation_known"),
            models.CheckConstraint(
                condition=~Q(frequency="A", accumulation="ytd"), name="series_only_part_years_accumulate"
            ),
            models.CheckConstraint(condition=~Q(variant="ytd"), name="series_variant_is_not_ytd"),
            models.UniqueConstraint(
                F("indicator"), F("region"), F("frequency"), F("accumulation"), F("variant"),
                _empty_as_zero("industry"), _empty_as_zero("product"),
                _empty_as_zero("partner"), _empty_as_zero("trade_mode"), _empty_as_zero("whole"),
                name="series_once",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.key


def _within_significant_digits() -> Q:
    """|value| < 10^(15 - decimals), said without powers so that both stores check the same."""
    rule = Q(value__isnull=True)
    for decimals in range(MAX_DECIMALS + 1):
        bound = 10 ** (SIGNIFICANT_DIGITS - decimals)
        rule |= Q(decimals=decimals, value__lt=bound, value__gt=-bound)
    return rule


class Observation(models.Model):
    """The value of a series in a period, as one release published it. Rows are added and retired, never changed."""

    series = models.ForeignKey(
        Series, models.PROTECT, related_name="observations", db_index=False, verbose_name=both("序列", "series")
    )
    period = StrictCharField(both("时期", "period"), max_length=7)
    period_start = models.DateField(both("起", "start"))
    period_end = models.DateField(both("止", "end"))
    value = models.DecimalField(
        both("数值", "value"), max_digits=24, decimal_places=MAX_DECIMALS, null=True, blank=True
    )
    decimals = WholeNumberField(both("小数位", "decimals"), default=0)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False, verbose_name=both("单位", "unit"))
    status = StrictCharField(
        both("状态", "status"), max_length=1, choices=ObservationStatus, default=ObservationStatus.NORMAL
    )
    qualifier = StrictCharField(both("限定", "qualifier"), max_length=8, choices=Qualifier, default=Qualifier.EXACT)
    period_basis = StrictCharField(
        both("时期依据", "period basis"), max_length=8, choices=PeriodBasis, default=PeriodBasis.STATED
    )
    source = models.ForeignKey(Source, models.PROTECT, related_name="observations", verbose_name=both("来源", "source"))
    note_zh = StrictCharField(both("备注（中文）", "note (Chinese)"), max_length=1000, blank=True)
    note_en = StrictCharField(both("备注（英文）", "note (English)"), max_length=1000, blank=True)
    citations = citations_field()
    released = models.ForeignKey(
        Release, models.PROTECT, related_name="added_observations", verbose_name=both("发布于", "released in")
    )
    retired = models.ForeignKey(
        Release, models.PROTECT, null=True, blank=True, related_name="retired_observations",
        verbose_name=both("停用于", "retired in"),
    )  # fmt: skip

    objects = ObservationQuerySet.as_manager()

    class Meta:
        verbose_name = both("观测", "observation")
        verbose_name_plural = both("观测", "observations")
        ordering = ("id",)
        indexes = (models.Index(fields=("series", "period", "id"), name="observation_in_series"),)
        constraints = (
            choice_check("status", ObservationStatus, "observation_status_known"),
            choice_check("qualifier", Qualifier, "observation_qualifier_known"),
            choice_check("period_basis", PeriodBasis, "observation_period_basis_known"),
            models.UniqueConstraint(
                fields=("series", "period"), condition=Q(retired__isnull=True), name="observation_one_live"
            ),
            models.CheckConstraint(condition=Q(period_end__gte=F("period_start")), name="observation_period_in_order"),
            models.CheckConstraint(
                condition=Q(value__isnull=True, status__in=VALUELESS) | (Q(value__isnull=False) & ~Q(status__in=VALUELESS)),
                name="observation_missing_has_no_value",
            ),
            models.CheckConstraint(
                condition=Q(decimals__lte=MAX_DECIMALS) & _within_significant_digits(),
                name="observation_significant_digits",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value=Round("value", F("decimals"))),  # type: ignore[arg-type]
                name="observation_value_has_its_decimals",
            ),
            models.CheckConstraint(
                condition=~Q(qualifier="target") | Q(status="F") | Q(status__in=VALUELESS),
                name="observation_target_is_forecast",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.series} {self.period}"


class Check(Publishable):
    """An identity that the data must obey, stored as data: its terms are values of series."""

    code = CodeField(both("代码", "code"))
    kind = StrictCharField(both("类型", "kind"), max_length=16, choices=CheckKind)
    name_zh = StrictCharField(both("名称（中文）", "name (Chinese)"), max_length=200)
    name_en = StrictCharField(both("名称（英文）", "name (English)"), max_length=240)
    note_zh = StrictCharField(both("备注（中文）", "note (Chinese)"), max_length=1000, blank=True)
    note_en = StrictCharField(both("备注（英文）", "note (English)"), max_length=1000, blank=True)

    class Meta:
        verbose_name = both("核对", "check")
        verbose_name_plural = both("核对", "checks")
        ordering = ("code",)
        constraints = (choice_check("kind", CheckKind, "check_kind_known"),)

    def __str__(self) -> str:
        return said(self, "name")


class CheckTerm(Publishable):
    """One value that enters a check, in a role. The series need not exist yet: the check is then not testable."""

    check_of = models.ForeignKey(Check, models.CASCADE, related_name="terms", verbose_name=both("核对", "check"))
    role = StrictCharField(both("作用", "role"), max_length=12, choices=TermRole)
    ordinal = WholeNumberField(both("次序", "ordinal"), default=1)
    series = StrictCharField(both("序列键", "series key"), max_length=240)
    period = StrictCharField(both("时期", "period"), max_length=7)

    class Meta:
        verbose_name = both("核对项", "check term")
        verbose_name_plural = both("核对项", "check terms")
        ordering = ("check_of__code", "ordinal", "id")
        constraints = (
            choice_check("role", TermRole, "check_term_role_known"),
            models.UniqueConstraint(fields=("check_of", "role", "ordinal"), name="check_term_once"),
        )

    def __str__(self) -> str:
        return f"{self.role}: {self.series} {self.period}"


class IndustryTier(Publishable):
    """What an industry is to a place (leading, supporting, potential), as a source says or as its words were read."""

    region = models.ForeignKey(
        Region, models.PROTECT, related_name="industry_tiers", verbose_name=both("地区", "region")
    )
    industry = models.ForeignKey(Category, models.PROTECT, related_name="tiers", verbose_name=both("行业", "industry"))
    tier = StrictCharField(both("层级", "tier"), max_length=10, choices=Tier)
    note_zh = StrictCharField(both("备注（中文）", "note (Chinese)"), max_length=1000, blank=True)
    note_en = StrictCharField(both("备注（英文）", "note (English)"), max_length=1000, blank=True)
    citations = citations_field()

    class Meta:
        verbose_name = both("产业层级", "industry tier")
        verbose_name_plural = both("产业层级", "industry tiers")
        ordering = ("region__code", "industry__code")
        constraints = (
            choice_check("tier", Tier, "industry_tier_known"),
            models.UniqueConstraint(
                fields=("region", "industry"), condition=Q(withdrawn__isnull=True), name="industry_tier_once"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.region.code} {self.industry.code}: {self.tier}"
