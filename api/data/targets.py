"""/targets: what was meant to be reached by when, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.data.figure_rows import DIMENSION_TABLES, FigureRow, dimension_fields, dimension_row, figure_row
from api.data.filters import ObservationParameters, warn_if_empty
from api.http.package_tables import PackageTable
from api.http.parameters import ChoiceField, ChoicesField, Option, Parameter
from api.http.periods import PeriodsField
from api.http.references import titles_of
from api.http.rows import NAMES_OF_CODES, PartialRow
from api.http.tags import OBSERVATIONS
from api.http.viewsets import ORDERING_SAYS, ListViewSet
from indicators.choices import PeriodBasis, Qualifier
from indicators.labels import Labels, labels
from indicators.models import Observation
from indicators.selection import Selection, everything
from indicators.targets import PART, REASONS, RESULTS, SAME, VARIANT, WHOLE, Target, targets
from policies.impact import measures_that_state
from sources.bilingual import both, language


class TargetParameters(ObservationParameters):
    series = frequency = accumulation = aggregates = variants = year = period = status = release = latest = None
    as_of = history = updated_after = None
    due = Parameter(
        PeriodsField(example="2025..2026"),
        method="by_span",
        says=both(
            "到期时间：`2026`、`2026-Q1`、`2026-06` 或区间。",
            "Due in: `2026`, `2026-Q1`, `2026-06`, or ranges of these.",
        ),
    )

    def filter_queryset(self, queryset: Selection) -> Selection:
        narrowed: Selection = super().filter_queryset(queryset)
        return narrowed.preferred()


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
    vars().update(dimension_fields())
    target = serializers.FloatField(help_text=both("要达到的数值。", "The figure to be reached."))
    unit = serializers.CharField()
    unit_name = serializers.CharField()
    qualifier = serializers.ChoiceField(Qualifier.choices)
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
        help_text=both("引文述及该目标的措施。", "Measures that cite the words which state this goal."),
    )
    measures_title = serializers.ListField(child=serializers.CharField(), help_text=NAMES_OF_CODES)
    source = serializers.CharField()
    source_title = serializers.CharField()
    note = serializers.CharField(allow_null=True)


def target_row(target: Target, measures: Mapping[str, str], names: Labels, spoken: str) -> dict[str, Any]:
    """A goal as the answer has it, with the measures that cite its words, by code with their titles."""
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
        "measures": list(measures), "measures_title": list(measures.values()),
        "source": names.sources[record["source"]].code, "source_title": names.sources[record["source"]].name(spoken),
        "note": record[f"note_{spoken}"] or None,
    }  # fmt: skip


def _by(first: Callable[[Target, Labels], str]) -> Callable[[Target, Labels], tuple[Any, ...]]:
    def key(target: Target, names: Labels) -> tuple[Any, ...]:
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

    chinese = {
        "list": (
            "目标和预期及其到期时间，同一序列和可比序列的观测值，以及已达到、未达到、"
            "尚未到期还是无法判断。\n\n只有目标自身序列在到期时的数值才能判定。"
            "文件未写到期时间（`due` 为空）的，任何较晚的数值都可判为达到，且绝不称为未达到。"
        ),
    }
    tag = OBSERVATIONS
    summaries = {"list": both("目标与结果", "Targets and outcomes")}
    package = PackageTable(
        both("目标与结果", "Targets and outcomes"), key="observation",
        references={**DIMENSION_TABLES, "observation": "observations.id", "series": "series.key", "unit": "units.code",
                    "source": "sources.code"},
    )  # fmt: skip
    queryset = Observation.objects.live()  # for the description
    serializer_class = TargetRow
    filterset_class = TargetParameters
    extra_options = {
        "result": Option(ChoicesField(RESULTS, example="pending"), both("结论。", "Results.")),
        "ordering": Option(ChoiceField([sign + name for name in SORTED_BY for sign in ("", "-")]), ORDERING_SAYS),
    }

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        names = labels()
        listed = targets(self.filter_queryset(everything(names)), names, timezone.localdate())
        if results := self.chosen["result"]:
            listed = [target for target in listed if target.judgement.result in results]
        ordering = self.chosen["ordering"] or next(iter(SORTED_BY))
        listed.sort(key=lambda t: SORTED_BY[ordering.removeprefix("-")](t, names), reverse=ordering.startswith("-"))
        page = self.paginate_queryset(listed)
        warn_if_empty(request, page)
        stating = measures_that_state({target.record["id"] for target in page})
        titles = titles_of({code for codes in stating.values() for code in codes})
        measures = [{code: titles[code] for code in stating[target.record["id"]]} for target in page]
        return self.get_paginated_response(
            [target_row(target, cited, names, language()) for target, cited in zip(page, measures, strict=True)]
        )
