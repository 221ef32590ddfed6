"""A measure beside the numbers: /policies/measures/{code}/impact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.data.figure_rows import FigureRow, dimension_row, figure_row, shown
from api.http.references import titles_of
from api.http.rows import NAMES_OF_CODES, PartialRow, RowPart
from api.http.viewsets import ReadOnlyViewSet
from indicators.components import BREAKDOWNS
from indicators.labels import Labels, labels
from indicators.transforms import NO_UNIT, Derived
from policies.choices import Direction, EventType, RegionRole
from policies.impact import CAVEATS, WHENS, Impact, Line, Meant, impact
from policies.models import IN_FORCE, Measure
from sources.bilingual import both, language, said
from sources.edtf import precision


class EffectiveRow(RowPart):
    """Since when the measure has had effect."""

    type = serializers.ChoiceField([(str(type_), EventType(type_).label) for type_ in IN_FORCE])
    date = serializers.CharField(help_text="EDTF")
    precision = serializers.CharField(help_text="year, month, day")


class PointRow(FigureRow):
    """A figure, and whether its period lies wholly before the effective date, wholly after it, or neither."""

    when = serializers.ChoiceField(
        WHENS, allow_null=True, help_text=both("生效日期未知为空。", "null where no effective date is known.")
    )


class ImpactChange(RowPart):
    """From the last figure before to the newest after; null with a note where one of them lacks or is not exact."""

    difference = serializers.FloatField(allow_null=True, help_text=both("差。", "After less before."))
    unit = serializers.CharField(allow_null=True)
    rate = serializers.FloatField(
        allow_null=True,
        help_text=both("变动（%）；比率、指数与位次无。", "Change, %; none of ratios, rates, indices and ranks."),
    )
    derived_from = serializers.ListField(child=serializers.IntegerField())
    note = serializers.CharField(allow_null=True)


class LineRow(RowPart):
    """One series: its points, the ends that are compared, and the change between them."""

    region = serializers.CharField()
    region_name = serializers.CharField()
    series = serializers.CharField()
    before = serializers.IntegerField(
        allow_null=True, help_text=both("生效前最近一期观测的 id。", "Id of the last row before.")
    )
    after = serializers.IntegerField(
        allow_null=True, help_text=both("生效后最新一期观测的 id。", "Id of the newest row after.")
    )
    change = ImpactChange()
    points = PointRow(many=True)


class OwnLineRow(LineRow):
    """A series of one of the measure's own places, beside the same of its siblings."""

    role = serializers.ChoiceField(RegionRole.choices)
    vars().update({name: serializers.CharField(allow_null=True) for name in BREAKDOWNS})
    siblings = LineRow(many=True)


class MeantRow(RowPart):
    """An indicator that the measure names."""

    indicator = serializers.CharField()
    indicator_name = serializers.CharField()
    direction = serializers.ChoiceField(Direction.choices, help_text=both("措施期望的方向。", "The direction meant."))
    series = OwnLineRow(many=True)
    without_data = serializers.ListField(
        child=serializers.CharField(), help_text=both("没有数值的实施地。", "Places of the measure without a figure.")
    )
    without_data_name = serializers.ListField(child=serializers.CharField(), help_text=NAMES_OF_CODES)
    other_measures = serializers.ListField(
        child=serializers.CharField(),
        help_text=both("在同地以同一指标为目标的其他措施。", "Other measures that mean it in the same places."),
    )
    other_measures_title = serializers.ListField(child=serializers.CharField(), help_text=NAMES_OF_CODES)


class CaveatRow(RowPart):
    """What has to be borne in mind."""

    code = serializers.ChoiceField(list(CAVEATS))
    message = serializers.CharField()


class ImpactRow(PartialRow):
    """The indicators that a measure names, before and after its effective date."""

    measure = serializers.CharField()
    title = serializers.CharField()
    effective = EffectiveRow(allow_null=True, help_text=both("生效；未知为空。", "null where not known."))
    indicators = MeantRow(many=True)
    caveats = CaveatRow(many=True)


def impact_row(measure: Measure, impact_: Impact, names: Labels, spoken: str) -> dict[str, Any]:
    """A measure's impact as the answer has it."""
    since, titles = impact_.since, titles_of({code for meant in impact_.meant for code in meant.other_measures})
    dated = since and {"type": since.type, "date": since.edtf, "precision": precision(since.edtf)}
    return {
        "measure": measure.code, "title": said(measure, "title"), "effective": dated,
        "indicators": [_meant_row(meant, titles, names, spoken) for meant in impact_.meant],
        "caveats": [{"code": code, "message": str(CAVEATS[code])} for code in impact_.caveats],
    }  # fmt: skip


def _meant_row(meant: Meant, titles: Mapping[str, str], names: Labels, spoken: str) -> dict[str, Any]:
    label = names.indicators[meant.indicator]
    series = []
    for beside in meant.lines:
        about = dimension_row(beside.line.rows[0][0], names, spoken)
        breakdowns = {name: about[name] for name in BREAKDOWNS}
        siblings = [_line_row(line, names, spoken) for line in beside.siblings]
        series.append(
            {**_line_row(beside.line, names, spoken), "role": beside.role, **breakdowns, "siblings": siblings}
        )
    return {
        "indicator": label.code, "indicator_name": label.name(spoken), "direction": meant.direction, "series": series,
        "without_data": [names.regions[region].code for region in meant.without_data],
        "without_data_name": [names.regions[region].name(spoken) for region in meant.without_data],
        "other_measures": list(meant.other_measures), "other_measures_title": [titles[code] for code in meant.other_measures],
    }  # fmt: skip


def _line_row(line: Line, names: Labels, spoken: str) -> dict[str, Any]:
    region, change = names.regions[line.region], line.change
    points = [{**figure_row(row, names, spoken), "when": when} for row, when in line.rows]
    unit = names.unit_of_difference(line.after["unit"]) if change.value is not None and line.after else None
    if change.value is not None and unit is None:
        change = Derived(None, note=NO_UNIT, derived_from=change.derived_from)
    return {
        "region": region.code, "region_name": region.name(spoken), "series": points[0]["series"],
        "before": line.before and line.before["id"], "after": line.after and line.after["id"],
        "change": {
            "difference": shown(change), "unit": unit and unit.code, "rate": shown(line.rate),
            "derived_from": list(change.derived_from), "note": None if change.note is None else str(change.note),
        },
        "points": points,
    }  # fmt: skip


class WithImpact(ReadOnlyViewSet):
    """The base of the viewset of measures, which adds the figures before and after one: /policies/measures/{code}/impact."""

    @extend_schema(responses=ImpactRow)
    @action(detail=True)
    def impact(self, request: Request, **kwargs: object) -> Response:
        """The indicators that a measure names, before and after its effective date, for its regions and their siblings.

        The raw series and the change from the last figure before to the newest after; what lacks and what has to be borne
        in mind is in `caveats`. Never a claim that one follows from the other.
        """
        measure = self.get_object()
        return Response(impact_row(measure, impact(measure, labels()), labels(), language()))
