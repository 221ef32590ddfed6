"""/policies/measures: what is proposed, planned and done, and counts of it."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import Left
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.measure_rows import SHOWN_WITH, MeasureRow
from api.parameters import (
    ChoiceField,
    ChoicesField,
    CodesField,
    DayField,
    FlagField,
    Parameter,
    ParameterField,
    PeriodsField,
)
from api.problems import InvalidParameters, ParameterError
from api.strict import ParameterSet
from api.views import ReadOnlyViewSet
from indicators.models import Category, Indicator
from policies.choices import Level, MeasureKind, Need, Status
from policies.models import Actor, Document, Domain, Instrument, Measure
from regions.models import Region
from sources.bilingual import both, said


class MeasureParameters(ParameterSet):
    q = Parameter(
        ParameterField(example="物流"),
        method="by_words",
        says=both("标题或摘要中含有的字。", "Words in the title or summary."),
    )
    domain = Parameter(CodesField(Domain.objects.public, example="ftz-finance"), says=both("领域。", "Domains."))
    document = Parameter(
        CodesField(Document.objects.public, example="hunan-ftz-plan"), says=both("文件。", "Documents.")
    )
    kind = Parameter(ChoicesField(MeasureKind.values, example="first_in_nation"), says=both("类型。", "Kinds."))
    status = Parameter(
        ChoicesField(Status.values, example="in_force"),
        says=both("现状，由事件推得。", "Where it stands, by its events."),
    )
    level = Parameter(ChoicesField(Level.values), says=both("级别。", "Levels."))
    region = Parameter(
        CodesField(Region.objects.public, example="430281"),
        method="by_region",
        says=both("所涉地区。", "Regions concerned."),
    )
    include_descendants = Parameter(
        FlagField(example=True),
        method="with_descendants",
        says=both("`true`：`region` 含其下所有地区。", "`true`: `region` means everything below it, too."),
    )
    industry = Parameter(
        CodesField(lambda: Category.objects.public().filter(scheme__code="INDUSTRY"), example="CERAMICS"),
        field_name="industries",
        says=both("行业。", "Industries."),
    )
    indicator = Parameter(
        CodesField(Indicator.objects.public, example="TRADE_TOTAL"),
        field_name="indicators",
        says=both("指标。", "Indicators."),
    )
    instrument = Parameter(
        CodesField(Instrument.objects.public, example="fund"),
        field_name="instruments",
        says=both("政策工具。", "Instruments."),
    )
    actor = Parameter(
        CodesField(Actor.objects.public, example="state-council"), field_name="actors", says=both("主体。", "Actors.")
    )
    need = Parameter(
        ChoicesField(Need.values, example="logistics"), method="by_need", says=both("所补需求。", "Needs met.")
    )
    first_in_nation = Parameter(
        FlagField(example=True), method="by_first", says=both("是否全国首创。", "Whether it is a first in the nation.")
    )
    in_force_on = Parameter(
        DayField(example="2021-01-01"),
        method="by_day",
        says=both("该日已在试点或实施的。", "Piloting or in force on that day."),
    )
    announced = Parameter(
        PeriodsField(example="2020..2021"),
        method="by_announcement",
        says=both("公布或提出的时间。", "When it was announced or proposed."),
    )
    updated_after = Parameter(
        DayField(example="2026-01-01"), method="by_update", says=both("该日之后发布的。", "Published after that day.")
    )  # fmt: skip

    def by_words(self, queryset: Any, name: str, words: str) -> Any:
        return queryset.matching(words)

    def by_region(self, queryset: Any, name: str, regions: list[Region]) -> Any:
        if self.request.query_params.get("include_descendants") == "true":
            below = Region.objects.none()
            for region in regions:
                below = below | Region.objects.within(region)
            return queryset.concerning(below)
        return queryset.concerning(regions)

    def with_descendants(self, queryset: Any, name: str, wanted: bool) -> Any:
        """Read by `region`; by itself it would say nothing, so it is refused."""
        if "region" not in self.request.query_params:
            message = both("须与 region 同用", "goes with region only")
            raise InvalidParameters([ParameterError(name, "conflict", message)])
        return queryset

    def by_need(self, queryset: Any, name: str, needs: list[str]) -> Any:
        return queryset.meeting(needs)

    def by_first(self, queryset: Any, name: str, wanted: bool) -> Any:
        first = Q(kind=MeasureKind.FIRST_IN_NATION)
        return queryset.filter(first if wanted else ~first)

    def by_day(self, queryset: Any, name: str, day: Any) -> Any:
        return queryset.filter(pk__in=Measure.objects.in_force_on(day).values("pk"))

    def by_announcement(self, queryset: Any, name: str, spans: list[Any]) -> Any:
        return queryset.announced_during(spans)

    def by_update(self, queryset: Any, name: str, day: Any) -> Any:
        return queryset.filter(released__published_at__date__gt=day)


class MeasureCount(serializers.Serializer[Any]):
    """How many measures share a key."""

    key = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()


# What measures can be counted by: the expression of the key, and the model whose names the keys have.
COUNTED_BY: dict[str, tuple[Any, Any]] = {
    "domain": (F("domain__code"), Domain),
    "status": (F("status"), Status),
    "kind": (F("kind"), MeasureKind),
    "region": (F("region_links__region__code"), Region),
    "industry": (F("industries__code"), Category),
    "year": (Case(When(status_since="", then=Value(None)), default=Left("status_since", 4)), None),
}


class MeasureViewSet(ReadOnlyViewSet):
    """What policy documents propose, plan and do; where a measure stands follows from its dated, cited events."""

    queryset = Measure.objects.public().with_status().select_related("document", "domain", "parent")
    serializer_class = MeasureRow
    filterset_class = MeasureParameters
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9-]+"
    includes = MeasureRow.optional
    paged_actions = ("list", "counts")
    orderings = {
        "code": ("code",),
        "document": ("document__code", "domain__ordinal", "code"),
        "status_since": ("status_since", "code"),
    }

    def filter_queryset(self, queryset: Any) -> Any:
        """With what the answer shows, and no more: each part is one query."""
        queryset = super().filter_queryset(queryset)
        serializer: Any = self.get_serializer()
        parts = serializer.fields if self.action in ("list", "retrieve") else ()
        return queryset.prefetch_related(*(lookup for name in parts for lookup in SHOWN_WITH.get(name, ())))

    @property
    def extra_options(self) -> dict[str, Any]:  # type: ignore[override]
        if self.action != "counts":
            return {}
        says = both("按何计数，默认 `domain`。", "Count by; `domain` by default.")
        return {"by": (ChoiceField(list(COUNTED_BY), example="status"), says)}

    @extend_schema(responses=MeasureCount(many=True))
    @action(detail=False)
    def counts(self, request: Request, **kwargs: Any) -> Response:
        """How many measures share a domain, status, kind, region, industry or year; filters as for the list."""
        queryset = self.filter_queryset(self.get_queryset()).order_by()
        by = self.chosen["by"] or "domain"
        key, names = COUNTED_BY[by]
        counted = queryset.values(key=key).annotate(count=Count("pk", distinct=True))
        called = _names(names)
        rows = [
            {"key": row["key"], "name": called.get(row["key"]), "count": row["count"]}
            for row in counted
            if row["key"] is None or names is None or row["key"] in called  # what is not public has no name
        ]
        return self.get_paginated_response(
            self.paginate_queryset(sorted(rows, key=lambda r: (r["key"] is None, r["key"])))
        )


def _names(names: Any) -> dict[Any, str]:
    if names is None:
        return {}
    if hasattr(names, "choices"):
        return {value: str(label) for value, label in names.choices}
    return {record.code: said(record, "name") for record in names.objects.public()}
