"""/targets: what was meant to be reached by when, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.narrowing import ObservationParameters
from api.parameters import ChoiceField, ChoicesField, Parameter, PeriodsField
from api.stated import FigureRow, dimension_row, figure_row, kept
from api.strict import ParameterSet
from api.views import ORDERING_SAYS, ListViewSet, PartialRow, warn_if_empty
from indicators.choices import PeriodBasis
from indicators.labels import Labels, labels
from indicators.models import Observation
from indicators.selection import everything
from indicators.targets import PART, REASONS, RESULTS, SAME, VARIANT, WHOLE, Target, targets
from policies.impact import measures_that_mean
from sources.bilingual import both, language


class TargetParameters(ObservationParameters):
    frequency = accumulation = aggregates = variants = year = period = status = release = latest = None
    as_of = history = updated_after = None
    due = Parameter(
        PeriodsField(example="2025..2026"),
        method="by_span",
        says=both(
            "到期时间：`2026`、`2026-Q1`、`2026-06` 或区间。",
            "Due in: `2026`, `2026-Q1`, `2026-06`, or ranges of these.",
        ),
    )

    def apply(self, values: Any) -> Any:
        return ParameterSet.apply(self, values).preferred()


class OutcomeRow(FigureRow):
    """What was observed, and how its series stands to the goal's."""

    relation = serializers.ChoiceField(
        (SAME, VARIANT, PART, WHOLE),
        help_text=both(
            "`same` 同一序列；`variant` 同一事物的其他频率或表述；`part` 其中一部分；`whole` 包含它的整体。",
            "`same` series; `variant`: the same thing at another frequency or by another source; `part` of it; the `whole` around it.",
        ),
    )  # fmt: skip


class TargetRow(PartialRow):
    """A goal, what was observed beside it, and what became of it."""

    observation = serializers.IntegerField(help_text=both("目标所在观测的 id。", "Id of the goal's row."))
    series = serializers.CharField()
    indicator = serializers.CharField()
    indicator_name = serializers.CharField()
    region = serializers.CharField()
    region_name = serializers.CharField()
    industry = serializers.CharField(allow_null=True)
    industry_name = serializers.CharField(allow_null=True)
    product = serializers.CharField(allow_null=True)
    product_name = serializers.CharField(allow_null=True)
    partner = serializers.CharField(allow_null=True)
    partner_name = serializers.CharField(allow_null=True)
    trade_mode = serializers.CharField(allow_null=True)
    trade_mode_name = serializers.CharField(allow_null=True)
    target = serializers.FloatField(help_text=both("要达到的数值。", "The figure to be reached."))
    unit = serializers.CharField()
    unit_name = serializers.CharField()
    qualifier = serializers.CharField()
    due = serializers.CharField(
        allow_null=True, help_text=both("到期时间；原文未写为空。", "Due period; null where the document states none.")
    )
    filed_under = serializers.CharField(help_text=both("归档的时期。", "Period that the row is filed under."))
    result = serializers.ChoiceField(RESULTS)
    reason = serializers.ChoiceField(list(REASONS), help_text=both("结论的理由。", "Why the result is what it is."))
    reason_text = serializers.CharField()
    decided_by = serializers.IntegerField(
        allow_null=True, help_text=both("据以判断的观测 id。", "Id of the row that the result rests on.")
    )
    observed = OutcomeRow(many=True)
    measures = serializers.ListField(
        child=serializers.CharField(),
        help_text=both("在该地区以该指标为目标的措施。", "Measures that mean this indicator in this region."),
    )
    source = serializers.CharField()
    note = serializers.CharField(allow_null=True)


def target_row(target: Target, measures: list[str], names: Labels, spoken: str) -> dict[str, Any]:
    """A goal as the answer has it."""
    record, judgement = target.record, target.judgement
    stated = figure_row(record, names, spoken)
    return {
        "observation": record["id"], "series": record["key"], **dimension_row(record, names, spoken),
        "target": stated["value"], "unit": stated["unit"], "unit_name": stated["unit_name"],
        "qualifier": record["qualifier"],
        "due": record["period"] if record["period_basis"] == PeriodBasis.STATED else None,
        "filed_under": record["period"], "result": judgement.result, "reason": judgement.reason,
        "reason_text": str(REASONS[judgement.reason]), "decided_by": judgement.decided_by,
        "observed": [
            {**figure_row(seen.record, names, spoken), "relation": seen.relation} for seen in target.observed
        ],
        "measures": measures, "source": names.sources[record["source"]].code, "note": record[f"note_{spoken}"] or None,
    }  # fmt: skip


def figured(target: Target) -> tuple[int, int, int | None]:
    """What a goal is about: its indicator, region and industry."""
    record = target.record
    return record["indicator"], record["region"], record["industry"]


def _by(first: Callable[[Target, Labels], str]) -> Callable[[Target, Labels], Any]:
    def key(target: Target, names: Labels) -> Any:
        record = target.record
        return first(target, names), record["key"], record["period_end"], record["id"]

    return key


SORTED_BY = {
    "due": _by(lambda target, names: target.record["period_end"]),
    "region": _by(lambda target, names: names.regions[target.record["region"]].code),
    "indicator": _by(lambda target, names: names.indicators[target.record["indicator"]].code),
}


@extend_schema(responses=TargetRow(many=True))
class TargetViewSet(ListViewSet):
    """Goals and forecasts with their due period, what was observed in the same and in comparable series, and whether they
    were met, missed, are pending, or cannot be told.

    Only a figure of the goal's own series in the due period decides. Where the document states no due period (`due` is
    null), the goal can be met by any later figure, and is never called missed.
    """

    queryset = Observation.objects.live()  # for the description
    serializer_class = TargetRow
    filterset_class = TargetParameters
    extra_options = {
        "result": (ChoicesField(RESULTS, example="pending"), both("结论。", "Results.")),
        "ordering": (ChoiceField([sign + name for name in SORTED_BY for sign in ("", "-")]), ORDERING_SAYS),
    }

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        names = labels()
        found = targets(self.filter_queryset(everything(names)), names, timezone.localdate())
        if results := self.chosen["result"]:
            found = [target for target in found if target.judgement.result in results]
        ordering = self.chosen["ordering"] or next(iter(SORTED_BY))
        found.sort(key=lambda t: SORTED_BY[ordering.removeprefix("-")](t, names), reverse=ordering.startswith("-"))
        page = self.paginate_queryset(found) or []
        warn_if_empty(request, page)
        meant = measures_that_mean({figured(target) for target in page})
        rows = [target_row(target, meant[figured(target)], names, language()) for target in page]
        return self.get_paginated_response(kept(rows, self.chosen["fields"]))
