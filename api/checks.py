"""/checks: the identities that the data must obey, tested on the live rows."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Prefetch
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import ChoicesField, Parameter
from api.strict import ParameterSet
from api.views import ReadOnlyViewSet
from indicators.checks import FAIL, NOT_TESTABLE, PASS, SHOWN_IN, Interval, Outcome, evaluate
from indicators.choices import CheckKind
from indicators.models import Check, CheckTerm, Observation, Unit
from indicators.rows import Figure
from sources.bilingual import both, said


class TermRow(serializers.Serializer[Any]):
    role = serializers.CharField()
    series = serializers.CharField()
    period = serializers.CharField()
    observation = serializers.IntegerField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField(allow_null=True)
    qualifier = serializers.CharField(allow_null=True)


class CheckRow(serializers.Serializer[Any]):
    """An identity with its terms, both of its sides, their difference and the verdict."""

    code = serializers.CharField()
    kind = serializers.ChoiceField(CheckKind.values)
    name = serializers.CharField()
    terms = TermRow(many=True)
    left = serializers.FloatField(allow_null=True)
    right = serializers.FloatField(allow_null=True)
    difference = serializers.FloatField(allow_null=True, help_text=both("左减右。", "left less right"))
    unit = serializers.CharField(
        allow_null=True, help_text=both("两边与差的单位。", "Unit of both sides and of the difference.")
    )
    result = serializers.ChoiceField((PASS, FAIL, NOT_TESTABLE))
    note = serializers.CharField(allow_null=True)


class CheckParameters(ParameterSet):
    kind = Parameter(ChoicesField(CheckKind.values), says=both("恒等式的类型。", "Kinds of identity."))


class CheckViewSet(ReadOnlyViewSet):
    """The identities that the data must obey, tested on the live rows, within the rounding of the figures as stated."""

    queryset = Check.objects.public()
    serializer_class = CheckRow
    filterset_class = CheckParameters
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9-]+"
    orderings = {"code": ("code",)}
    extra_options = {
        "result": (ChoicesField((PASS, FAIL, NOT_TESTABLE)), both("结论。", "Verdicts.")),
    }

    def documented_options(self) -> Any:
        options = super().documented_options()
        if self.detail:
            options.pop("result")
        options.pop("fields")
        return options

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related(Prefetch("terms", CheckTerm.objects.public()))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = tested(self.filter_queryset(self.get_queryset()))
        if results := self.chosen["result"]:
            rows = [row for row in rows if row["result"] in results]
        return self.get_paginated_response(self.paginate_queryset(rows))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(tested([self.get_object()])[0])


def tested(checks: Any) -> list[dict[str, Any]]:
    """The checks with the values of their terms and what came out."""
    checks = list(checks)
    wanted = {(term.series, term.period) for check in checks for term in check.terms.all()}
    live = (
        Observation.objects.live().filter(series__key__in={key for key, _ in wanted}).select_related("series", "unit")
    )
    held = {(row.series.key, row.period): row for row in live}
    return [_tested(check, held) for check in checks]


def _tested(check: Check, held: dict[tuple[str, str], Observation]) -> dict[str, Any]:
    intervals: dict[str, list[Interval]] = defaultdict(list)
    units: dict[str, Unit] = {}
    terms = []
    for term in check.terms.all():
        row = held.get((term.series, term.period))
        figure = Figure(row.value, row.decimals) if row and row.value is not None else None
        terms.append({
            "role": term.role, "series": term.series, "period": term.period, "observation": row.pk if row else None,
            "value": figure, "unit": row.unit.code if row else None, "qualifier": row.qualifier if row else None,
        })  # fmt: skip
        if row and figure:
            stated = Interval.stated(figure.value, figure.decimals, row.qualifier)
            intervals[term.role].append(stated * row.unit.factor)
            units[term.role] = row.unit
    complete = all(term["value"] is not None for term in terms)
    outcome = evaluate(check.kind, intervals) if complete else Outcome(NOT_TESTABLE)
    unit = units.get(SHOWN_IN[check.kind])
    left, right = (_shown(side, unit) for side in (outcome.left, outcome.right))
    return {
        "code": check.code, "kind": check.kind, "name": said(check, "name"), "terms": terms, "left": left, "right": right,
        "difference": None if left is None or right is None else left - right, "unit": unit.code if unit else None,
        "result": outcome.result, "note": said(check, "note") or None,
    }  # fmt: skip


def _shown(side: Any, unit: Unit | None) -> Any:
    return None if side is None or unit is None else round(side / unit.factor, 4)
