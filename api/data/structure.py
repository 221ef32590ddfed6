"""/structure: how concentrated, specialised and open an economy is, and what its industries are to it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.data.figure_rows import FigureRow, figure_row, shown
from api.data.filters import AS_OF_SAYS, ObservationParameters, PlaceParameters, TimeParameters, warn_if_empty
from api.http.parameters import ChoiceField, OneCodeField, Option
from api.http.periods import MomentField, PeriodsField, YearsField
from api.http.rows import NAMES_OF_CODES, PartialRow
from api.http.tags import OBSERVATIONS
from api.http.viewsets import ListViewSet
from api.problems import InvalidParameters, ParameterError
from indicators.codes import OUTPUT, TRADE
from indicators.components import BREAKDOWNS
from indicators.labels import TABLES, Dimension, Labels, labels
from indicators.models import Indicator, Observation
from indicators.rows import Figure
from indicators.selection import Selection, everything
from indicators.structure import (
    DECIMALS,
    REASONS,
    Concentration,
    Lack,
    Openness,
    Specialisation,
    concentration,
    normalised_herfindahl,
    openness,
    rounded,
    specialisation,
)
from regions.models import Region
from sources.bilingual import Said, both, language, said
from sources.codes import NamedCode

OF_TIME = {
    "period": Option(PeriodsField(example="2024"), both("时期；默认全部。", "Periods; all by default.")),
    "year": Option(YearsField(example="2024"), both("年份；默认全部。", "Years; all by default.")),
    "as_of": Option(MomentField(), AS_OF_SAYS),
}


def exact(value: Fraction | None) -> Figure | None:
    """A computed fraction for an answer, with four decimals, or None."""
    number = rounded(value)
    return None if number is None else Figure(number, DECIMALS)


def computed(says: Said) -> serializers.FloatField:
    """A column of a computed number, which is null where something lacks."""
    return serializers.FloatField(allow_null=True, help_text=says)


class LackRow(serializers.Serializer[Any]):
    """What is missing for a result."""

    reason = serializers.ChoiceField(REASONS)
    region = serializers.CharField(allow_null=True)
    category = serializers.CharField(allow_null=True)


def lack_row(lack: Lack, names: Labels, categories: Dimension) -> dict[str, Any]:
    """The row that says what is missing, by the codes of its region and its category."""
    region, category = lack.region, lack.category
    return {
        "reason": lack.reason, "region": None if region is None else names.regions[region].code,
        "category": None if category is None else categories[category].code,
    }  # fmt: skip


class StructureViewSet(ListViewSet):
    """What the indices have in common: rows made of figures, a page of them, each with what it was made of."""

    tag = OBSERVATIONS
    queryset = Observation.objects.live()  # for the description

    def made(self) -> list[dict[str, Any]]:
        """All rows of the answer."""
        raise NotImplementedError

    def asked(self) -> Selection:
        """All figures of the time that is asked for, as they stand, or stood then."""
        selection = everything(labels())
        if self.chosen["as_of"] is not None:
            selection = selection.as_of(self.chosen["as_of"])
        for spans in (self.chosen["period"], self.chosen["year"]):
            selection = selection if spans is None else selection.during(spans)
        return selection

    def indicator_or(self, default: NamedCode) -> Indicator:
        """The indicator that is asked for, else the default one. Raises InvalidParameters where that is not held."""
        indicator: Indicator | None = self.chosen["indicator"] or default.record()
        if indicator is None:
            message = both(
                f"必填：此处没有默认的 {default.code}", f"is required: the default, {default.code}, is not held here"
            )
            raise InvalidParameters([ParameterError("indicator", "required", message)])
        return indicator

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        self.narrowed = self.filter_queryset(everything(labels()))
        page = self.paginate_queryset(self.made())
        warn_if_empty(request, page)
        return self.get_paginated_response(page or [])


def region_needed(says: Said, *, example: str) -> Option:
    """A region that must be named."""
    return Option(OneCodeField(Region.objects.public, example=example), says, needed=True)


def indicator_by_default(default: NamedCode) -> Option:
    """An indicator, which is this one unless another is named."""
    says = both(f"指标；默认 `{default.code}`。", f"Indicator; `{default.code}` by default.")
    return Option(OneCodeField(Indicator.objects.public, example=default.code), says)


class PartRow(serializers.Serializer[Any]):
    """A part of the whole with its figure and its share."""

    region = serializers.CharField()
    region_name = serializers.CharField()
    figure = FigureRow(allow_null=True)
    share = computed(both("占各部分之和的份额，0 至 1。", "Share of the sum of the parts, 0 to 1."))


class ConcentrationRow(PartialRow):
    """The concentration of one indicator among the parts of a region in one period."""

    region = serializers.CharField()
    region_name = serializers.CharField()
    indicator = serializers.CharField()
    indicator_name = serializers.CharField()
    period = serializers.CharField()
    herfindahl = computed(
        both("赫芬达尔-赫希曼指数：份额的平方和，1/n 至 1。", "Herfindahl-Hirschman index: sum of squared shares, 1/n to 1.")
    )  # fmt: skip
    normalised = computed(both("归一化：0 为均等，1 为全在一处。", "Normalised: 0 for equal parts, 1 for all in one."))
    lowest = computed(both("各部分均等时的值，1/n。", "What equal parts would give, 1/n."))
    whole = FigureRow(allow_null=True, help_text=both("整体自身的数值。", "The whole's own figure."))
    parts = PartRow(many=True)
    missing = LackRow(many=True)


def concentration_row(
    concentration_: Concentration, region: Region, indicator: Indicator, names: Labels, spoken: str
) -> dict[str, Any]:
    """A period's concentration as the answer has it."""
    parts = [
        {
            "region": names.regions[place].code, "region_name": names.regions[place].name(spoken),
            "figure": figure_row(record, names, spoken) if record else None, "share": exact(share),
        }
        for place, record, share in concentration_.parts
    ]  # fmt: skip
    index, count = concentration_.index, len(parts)
    return {
        "region": region.code, "region_name": said(region, "name"), "indicator": indicator.code,
        "indicator_name": said(indicator, "name"), "period": concentration_.period, "herfindahl": exact(index),
        "normalised": None if index is None else exact(normalised_herfindahl(index, count)),
        "lowest": None if index is None else exact(Fraction(1, count)),
        "whole": figure_row(concentration_.whole, names, spoken) if concentration_.whole else None, "parts": parts,
        "missing": [lack_row(lack, names, names.regions) for lack in concentration_.missing],
    }  # fmt: skip


@extend_schema(responses=ConcentrationRow(many=True))
class ConcentrationViewSet(StructureViewSet):
    """How concentrated an indicator (trade, by default) is among the parts of a region: the members of a group, or the
    divisions below it.

    The sum of the squared shares (Herfindahl-Hirschman), a row a period. Where a part has no exact figure there is no
    result, and `missing` names it: a missing figure is not zero.
    """

    chinese = {
        "list": (
            "某指标（默认贸易）在一个地区各部分之间的集中度：组合的成员，或下辖的区划。\n\n各占比的平方和（赫芬达尔—赫希曼指数），"
            "每个时期一行。某一部分没有确切数值时没有结果，`missing` 指出是哪个：缺失不等于零。"
        ),
    }
    summaries = {"list": both("集中度", "Concentration among regions")}
    serializer_class = ConcentrationRow
    extra_options = {
        "region": region_needed(both("整体；必填。", "The whole; required."), example="ZZ-COUNTIES"),
        "indicator": indicator_by_default(TRADE),
        **OF_TIME,
    }

    def made(self) -> list[dict[str, Any]]:
        region, indicator = self.chosen["region"], self.indicator_or(TRADE)
        parts = Region.objects.public().parts_of(region)
        by_period = concentration(region, parts, indicator, self.asked(), labels())
        return [concentration_row(one, region, indicator, labels(), language()) for one in by_period]


class QuotientRow(serializers.Serializer[Any]):
    """A category in the region and in the reference."""

    category = serializers.CharField()
    category_name = serializers.CharField()
    figure = FigureRow(allow_null=True)
    reference_figure = FigureRow(allow_null=True)
    share = computed(both("在该地区的份额。", "Share in the region."))
    reference_share = computed(both("在参照地区的份额。", "Share in the reference."))
    location_quotient = computed(both("区位商：两份额之比。", "Location quotient: the one share over the other."))


class SpecialisationRow(PartialRow):
    """The structure of a region beside that of a reference in one period."""

    region = serializers.CharField()
    region_name = serializers.CharField()
    reference = serializers.CharField()
    reference_name = serializers.CharField()
    indicator = serializers.CharField()
    indicator_name = serializers.CharField()
    by = serializers.ChoiceField(BREAKDOWNS)
    period = serializers.CharField()
    krugman = computed(
        both(
            "克鲁格曼指数：份额差的绝对值之和，0 至 2。",
            "Krugman index: sum of the absolute differences of the shares, 0 to 2.",
        )
    )
    categories = QuotientRow(many=True)
    missing = LackRow(many=True)


def specialisation_row(specialised: Specialisation, head: dict[str, Any], names: Labels, spoken: str) -> dict[str, Any]:
    """A period's specialisation as the answer has it."""
    called: Dimension = getattr(names, TABLES[head["by"]])
    categories = [
        {
            "category": called[q.category].code, "category_name": called[q.category].name(spoken),
            "figure": figure_row(q.own, names, spoken) if q.own else None,
            "reference_figure": figure_row(q.reference, names, spoken) if q.reference else None,
            "share": exact(q.own_share), "reference_share": exact(q.reference_share),
            "location_quotient": exact(q.location_quotient),
        }
        for q in specialised.quotients
    ]  # fmt: skip
    missing = [lack_row(lack, names, called) for lack in specialised.missing]
    return {
        **head,
        "period": specialised.period,
        "krugman": exact(specialised.krugman),
        "categories": categories,
        "missing": missing,
    }


@extend_schema(responses=SpecialisationRow(many=True))
class SpecialisationViewSet(StructureViewSet):
    """How the structure of a region differs from that of a reference: location quotients and the Krugman index, a row a period.

    Only an indicator that adds up has shares, and only where both regions have an exact figure for each category that
    either has; else there is no result, and `missing` says why.
    """

    chinese = {
        "list": (
            "一个地区的结构与参照地区有何不同：区位商和克鲁格曼指数，每个时期一行。"
            "\n\n只有可加总的指标才有占比，且双方在任一方有的类目上都须有确切数值；"
            "否则没有结果，`missing` 说明原因。"
        ),
    }
    summaries = {"list": both("专业化", "Specialisation between regions")}
    serializer_class = SpecialisationRow
    extra_options = {
        "region": region_needed(both("地区；必填。", "Region; required."), example="430281"),
        "reference": region_needed(both("参照地区；必填。", "Reference; required."), example="430224"),
        "indicator": indicator_by_default(OUTPUT),
        "by": Option(
            ChoiceField(BREAKDOWNS), both("按何细分；默认 `industry`。", "Broken down by; `industry` by default.")
        ),
        **OF_TIME,
    }

    def made(self) -> list[dict[str, Any]]:
        region, reference, by = self.chosen["region"], self.chosen["reference"], self.chosen["by"] or "industry"
        indicator = self.indicator_or(OUTPUT)
        head = {
            "region": region.code, "region_name": said(region, "name"), "reference": reference.code,
            "reference_name": said(reference, "name"), "indicator": indicator.code,
            "indicator_name": said(indicator, "name"), "by": by,
        }  # fmt: skip
        by_period = specialisation(region, reference, indicator, by, self.asked(), labels())
        return [specialisation_row(one, head, labels(), language()) for one in by_period]


class OpennessParameters(PlaceParameters, TimeParameters):
    """Of which places and periods openness is told, and as of when."""

    as_of = ObservationParameters.base_filters["as_of"]
    by_moment = ObservationParameters.by_moment


class OpennessRow(PartialRow):
    """Trade over gross domestic product of a region in one period."""

    region = serializers.CharField()
    region_name = serializers.CharField()
    period = serializers.CharField()
    openness = computed(both("外贸依存度（%）。", "Trade openness, %."))
    qualifier = serializers.CharField(
        allow_null=True, help_text=both("随进出口总额的限定。", "That of the trade figure; null without a result.")
    )
    trade = FigureRow(allow_null=True)
    gdp = FigureRow(allow_null=True)
    missing = serializers.ListField(
        child=serializers.CharField(), help_text=both("缺的指标。", "Indicators that lack.")
    )
    missing_name = serializers.ListField(child=serializers.CharField(), help_text=NAMES_OF_CODES)
    note = serializers.CharField(allow_null=True)


def openness_row(openness_: Openness, names: Labels, spoken: str) -> dict[str, Any]:
    """A region's openness in a period as the answer has it."""
    region, trade, gdp = names.regions[openness_.region], openness_.trade, openness_.gdp
    return {
        "region": region.code, "region_name": region.name(spoken), "period": openness_.period, "openness": shown(openness_.ratio),
        "qualifier": trade["qualifier"] if trade and openness_.ratio.value is not None else None,
        "trade": figure_row(trade, names, spoken) if trade else None,
        "gdp": figure_row(gdp, names, spoken) if gdp else None, "missing": openness_.missing,
        "missing_name": [names.indicators[names.indicators.key[code]].name(spoken) for code in openness_.missing],
        "note": None if openness_.ratio.note is None else str(openness_.ratio.note),
    }  # fmt: skip


@extend_schema(responses=OpennessRow(many=True))
class OpennessViewSet(StructureViewSet):
    """Trade openness, the trade of goods over gross domestic product in %, of each region and period that has either figure.

    Where one of the two is missing, or the product is not exact, there is no result, and the row says which.
    """

    chinese = {
        "list": (
            "外贸依存度：货物贸易额占地区生产总值的百分比，凡有其一的地区和时期都列出。\n\n两者缺一，或结果不确切时，没有结果，"
            "并说明缺什么。"
        ),
    }
    summaries = {"list": both("外贸依存度", "Trade openness")}
    serializer_class = OpennessRow
    filterset_class = OpennessParameters

    def made(self) -> list[dict[str, Any]]:
        return [openness_row(one, labels(), language()) for one in openness(self.narrowed, labels())]
