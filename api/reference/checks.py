"""/checks: the identities that the data must obey, tested on the live rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.http.filters import ParameterSet
from api.http.package_tables import PackageTable
from api.http.parameters import ChoicesField, Option, Parameter
from api.http.rows import PartialRow, RowPart
from api.http.tags import OBSERVATIONS
from api.http.viewsets import ReadOnlyViewSet
from indicators.checks import FAIL, NOT_TESTABLE, PASS, CheckFigure, outcome_of
from indicators.choices import CheckKind, Qualifier, TermRole
from indicators.models import Check, CheckTerm, Observation
from indicators.rows import Figure
from sources.bilingual import both, said

Place = tuple[str, str]  # series key, period


class TermRow(RowPart):
    role = serializers.ChoiceField(TermRole.choices)
    series = serializers.CharField()
    period = serializers.CharField()
    observation = serializers.IntegerField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField(allow_null=True)
    qualifier = serializers.ChoiceField(Qualifier.choices, allow_null=True)


class CheckRow(PartialRow):
    """An identity with its terms, both of its sides, their difference and the verdict."""

    code = serializers.CharField()
    kind = serializers.ChoiceField(CheckKind.choices)
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

    chinese = {
        "list": "数据须满足的恒等式，用现行数据核对，并考虑原文数字的四舍五入。",
    }
    tag = OBSERVATIONS
    package = PackageTable(both("恒等式", "Checks"))
    queryset = Check.objects.public()
    serializer_class = CheckRow
    filterset_class = CheckParameters
    lookup_field = "code"
    orderings = {"code": ("code",)}

    def options_taken(self) -> dict[str, Option]:
        options = super().options_taken()
        if not self.detail:
            options["result"] = Option(ChoicesField((PASS, FAIL, NOT_TESTABLE)), both("结论。", "Verdicts."))
        return options

    def get_queryset(self) -> QuerySet[Check]:
        return super().get_queryset().prefetch_related(Prefetch("terms", CheckTerm.objects.public()))

    def list(self, request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        rows = tested(self.filter_queryset(self.get_queryset()))
        if results := self.chosen["result"]:
            rows = [row for row in rows if row["result"] in results]
        return self.get_paginated_response(self.paginate_queryset(rows))

    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        return Response(tested([self.get_object()])[0])


def tested(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """The checks with the values of their terms and what came out."""
    checks = list(checks)
    places = {(term.series, term.period) for check in checks for term in check.terms.all()}
    held = Observation.objects.live().at(places)
    return [_tested(check, held) for check in checks]


def _tested(check: Check, held: Mapping[Place, Observation]) -> dict[str, Any]:
    terms = [(term.role, (term.series, term.period)) for term in check.terms.all()]
    outcome = outcome_of(check.kind, terms, lambda place: _figure(held.get(place)))
    left, right = outcome.left, outcome.right
    return {
        "code": check.code, "kind": check.kind, "name": said(check, "name"),
        "terms": [_term(role, *place, held.get(place)) for role, place in terms], "left": left, "right": right,
        "difference": None if left is None or right is None else left - right,
        "unit": outcome.unit.code if outcome.unit else None, "result": outcome.result, "note": said(check, "note") or None,
    }  # fmt: skip


def _figure(row: Observation | None) -> CheckFigure | None:
    return CheckFigure.of(row.value, row.decimals, row.qualifier, row.unit) if row else None


def _term(role: str, series: str, period: str, row: Observation | None) -> dict[str, Any]:
    return {
        "role": role, "series": series, "period": period, "observation": row.pk if row else None,
        "value": Figure(row.value, row.decimals) if row and row.value is not None else None,
        "unit": row.unit.code if row else None, "qualifier": row.qualifier if row else None,
    }  # fmt: skip
