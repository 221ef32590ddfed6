"""/policies/measures: what is proposed, planned and done, and counts of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Case, Count, F, Q, TextChoices, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Left
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.formats.records import Path
from api.formats.tables import Column
from api.http.filters import ParameterSet
from api.http.package_tables import PackageTable
from api.http.parameters import ChoiceField, ChoicesField, CodesField, FlagField, Option, Parameter, WordsField
from api.http.periods import DayField, MomentField, PeriodsField
from api.http.rows import PartialRow
from api.http.tags import POLICIES
from api.http.viewsets import warn
from api.http.words import found_by_words
from api.policies.impact import ImpactRow, WithImpact
from api.policies.matches import MeasureAudience, audience_of
from api.policies.measure_rows import MeasureRow
from api.problems import InvalidParameters, ParameterError
from api.reference.indicators import industries
from curation.releases.changes import measures_published_after
from indicators.models import Category, Indicator
from policies.choices import Level, MeasureKind, Need, Status
from policies.lifecycle import Tally, flow, stock
from policies.models import Actor, Document, Domain, Instrument, Measure, MeasureQuerySet
from regions.models import Region
from sources.bilingual import both, said
from words.documents import MEASURE


class MeasureParameters(ParameterSet):
    q = Parameter(
        WordsField(example="物流"),
        method="by_words",
        says=both(
            "标题或摘要中含有的词；多个词以空格分隔，须全部含有。",
            "Words in the title or summary; several are separated by spaces, and all must be there.",
        ),
    )
    status_on = Parameter(
        DayField(example="2021-01-01"),
        method="by_standing",
        says=both(
            "`status` 与 `status_since` 按该日计：日期只到年月的事件自其首日起算，无日期的事件不计。",
            "`status` and `status_since` as of this day: an event counts from the first day that its date may mean, "
            "and not at all where it has none.",
        ),
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
    parent = Parameter(
        CodesField(Measure.objects.public, example="ftz-zone"),
        says=both("上级措施：其各步骤。", "Measures whose steps these are."),
    )
    region = Parameter(
        CodesField(Region.objects.public, example="430281"),
        method="by_region",
        says=both(
            "所涉地区：只计指名该地的措施；因其所属组合或上级而相关的，见 `/regions/{code}/policies`。",
            "Regions concerned: measures that name them; `/regions/{code}/policies` has those of their groups, too.",
        ),
    )
    include_descendants = Parameter(
        FlagField(example=True),
        method="with_descendants",
        says=both("`true`：`region` 含其下所有地区。", "`true`: `region` means everything below it, too."),
    )
    industry = Parameter(
        CodesField(industries, example="CERAMICS"),
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
    announced = Parameter(
        PeriodsField(example="2020..2021"),
        method="by_announcement",
        says=both("公布或提出的时间。", "When it was announced or proposed."),
    )
    updated_after = Parameter(
        MomentField(example="2026-R1"),
        method="by_update",
        says=both(
            "在该日、该时刻或该版本之后新增或修改的（含其事件与关系）。",
            "Added or changed, events and relations included, after that day, time or release.",
        ),
    )
    in_force_on = Parameter(  # last, so that its warning counts what all others leave
        DayField(example="2021-01-01"),
        method="by_day",
        says=both(
            "该日已在试点、实施、完成或复制推广的；起始日期未知的不计，另有提示。",
            "Piloting, in force, completed or replicated on that day; those of unknown dates are not among them, and a "
            "warning counts them.",
        ),
    )

    def by_words(self, queryset: MeasureQuerySet, name: str, words: str) -> MeasureQuerySet:
        return found_by_words(self.request, queryset, words, MEASURE)

    def by_region(self, queryset: MeasureQuerySet, name: str, regions: list[Region]) -> MeasureQuerySet:
        if self.form.cleaned_data["include_descendants"]:
            below = Region.objects.none()
            for region in regions:
                below = below | Region.objects.within(region)
            return queryset.concerning(below)
        return queryset.concerning(regions)

    def with_descendants(self, queryset: MeasureQuerySet, name: str, wanted: bool) -> MeasureQuerySet:
        """Read by `region`; by itself it would say nothing, so it is refused."""
        if "region" not in self.request.query_params:
            message = both("须与 region 同用", "goes with region only")
            raise InvalidParameters([ParameterError(name, "conflict", message)])
        return queryset

    def by_need(self, queryset: MeasureQuerySet, name: str, needs: list[str]) -> MeasureQuerySet:
        return queryset.meeting(needs)

    def by_first(self, queryset: MeasureQuerySet, name: str, wanted: bool) -> MeasureQuerySet:
        first = Q(kind=MeasureKind.FIRST_IN_NATION)
        return queryset.filter(first if wanted else ~first)

    def by_standing(self, queryset: MeasureQuerySet, name: str, day: date) -> MeasureQuerySet:
        return queryset.with_status(day)

    def by_day(self, queryset: MeasureQuerySet, name: str, day: date) -> MeasureQuerySet:
        if unknown := queryset.perhaps_in_force_on(day).count():
            warn(
                self.request,
                "unknown_dates",
                both(
                    f"另有 {unknown} 项措施已实施但起始日期未知，无从判断该日是否有效。",
                    f"{unknown} more have effect since a date that is not known; they may have had it on that day.",
                ),
            )
        return queryset.filter(pk__in=Measure.objects.in_force_on(day).values("pk"))

    def by_announcement(self, queryset: MeasureQuerySet, name: str, spans: list[Any]) -> MeasureQuerySet:
        return queryset.announced_during(spans)

    def by_update(self, queryset: MeasureQuerySet, name: str, release: int) -> MeasureQuerySet:
        return measures_published_after(queryset, release)


class MeasureCount(PartialRow):
    """How many measures share a key; over time, also the status that they had or the type of event."""

    key = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    type = serializers.CharField(
        required=False,
        allow_null=True,
        help_text=both(
            "仅 `view=stock`（年末现状）与 `view=flow`（事件类型）有。",
            "With `view=stock` only, the status at the end of the year, and with `view=flow`, the type of event.",
        ),
    )
    count = serializers.IntegerField()


Words = type[TextChoices] | type[Domain] | type[Region] | type[Category] | None

# What measures can be counted by: the expression of the key, and the model whose names the keys have.
COUNTED_BY: dict[str, tuple[Combinable, Words]] = {
    "domain": (F("domain__code"), Domain),
    "status": (F("status"), Status),
    "kind": (F("kind"), MeasureKind),
    "region": (F("region_links__region__code"), Region),
    "industry": (F("industries__code"), Category),
    "year": (Case(When(status_since="", then=Value(None)), default=Left("status_since", 4)), None),
}

OVER_TIME = {"stock": stock, "flow": flow}


class MeasureViewSet(WithImpact):
    """What policy documents propose, plan and do; where a measure stands follows from its dated, cited events."""

    chinese = {
        "list": "政策文件提出、部署和实施的内容；现状由有日期、有出处的事件推得。",
        "counts": "按领域、现状、类型、地区、行业或年份统计措施数；筛选条件同列表。\n\n一项措施在其自身指名的每个地区、每个行业各计一次。",
        "audience": "一项措施适合谁：`/policies/match` 会为之列出该措施的地区和行业，各附理由。",
        "impact": (
            "措施所指指标在其生效前后的数值，含其实施地和同级地区。\n\n给出原始序列，以及生效前最近一期到生效后最新一期的变化；"
            "缺什么、须注意什么见 `caveats`。不作因果论断。"
        ),
    }
    tag = POLICIES
    summaries = {
        "counts": both("措施计数", "Count measures"),
        "audience": both("措施适合谁", "Whom a measure fits"),
        "impact": both("措施前后的指标", "Indicators before and after a measure"),
    }
    package = PackageTable(both("政策措施", "Policy measures"), references={"parent": ".code"})
    queryset = Measure.objects.public().with_status()
    serializer_class = MeasureRow
    filterset_class = MeasureParameters
    lookup_field = "code"
    includes = MeasureRow.optional
    paged_actions = ("list", "counts")
    row_serializers = {"counts": MeasureCount, "audience": MeasureAudience, "impact": ImpactRow}
    orderings = {
        "code": ("code",),
        "document": ("document__code", "domain__ordinal", "ordinal", "code"),
        "status_since": ("status_since", "code"),
    }

    def rows(self, keys: Sequence[int]) -> Sequence[Any]:
        day = self.chosen.get("status_on")
        return self.reading.of_keys(keys, self.request, records=Measure.objects.with_status(day) if day else None)

    def options_taken(self) -> dict[str, Option]:
        options = super().options_taken()
        if self.action != "counts":
            return options
        by = both("按何计数，默认 `domain`。", "Count by; `domain` by default.")
        view = both(
            "与 `by=year` 同用：`standing`（默认）按现状起始之年；`stock` 为各年年末的存量；`flow` 为各年发生的事件。",
            "With `by=year`: `standing` (default) by the year since which a measure has its status; `stock` how many had "
            "each status at the end of each year; `flow` how many had each type of event in each year.",
        )
        return options | {
            "by": Option(ChoiceField(list(COUNTED_BY), example="status"), by),
            "view": Option(ChoiceField(["standing", *OVER_TIME], example="standing"), view),
        }

    def file_columns(self) -> Sequence[tuple[Path, Column]]:
        columns = super().file_columns()
        timed = self.action != "counts" or self.chosen["view"] in OVER_TIME
        return columns if timed else [(path, column) for path, column in columns if path != ("type",)]

    @extend_schema(responses=MeasureCount(many=True))
    @action(detail=False)
    def counts(self, request: Request, **kwargs: object) -> HttpResponseBase:
        """How many measures share a domain, status, kind, region, industry or year; filters as for the list.

        A measure counts once for each region, and each industry, that it names itself.
        """
        queryset = self.filter_queryset(self.get_queryset()).order_by()
        by, view = self.chosen["by"] or "domain", self.chosen["view"] or "standing"
        if self.chosen["view"] and by != "year":
            message = both("须与 by=year 同用", "goes with by=year only")
            raise InvalidParameters([ParameterError("view", "conflict", message)])
        rows = over_time(OVER_TIME[view](queryset)) if view in OVER_TIME else counted(queryset, by)
        return self.get_paginated_response(self.paginate_queryset(rows))

    @extend_schema(responses=MeasureAudience)
    @action(detail=True)
    def audience(self, request: Request, **kwargs: object) -> Response:
        """Whom a measure fits: the places and industries for which `/policies/match` finds it, each with the reason."""
        return Response(audience_of(self.get_object()))


def over_time(tallies: list[Tally]) -> list[dict[str, Any]]:
    """Stock or flow as rows of counts."""
    return [{"key": tally.year, "name": None, "type": tally.type, "count": tally.count} for tally in tallies]


def counted(queryset: MeasureQuerySet, by: str) -> list[dict[str, Any]]:
    """How many of the measures share each key, in order of the keys, the missing one last."""
    key, names = COUNTED_BY[by]
    called = _names(names)
    rows = [
        {"key": row["key"], "name": called.get(row["key"]), "count": row["count"]}
        for row in queryset.values(key=key).annotate(count=Count("pk", distinct=True))
        if row["key"] is None or names is None or row["key"] in called  # what is not public has no name
    ]
    return sorted(rows, key=lambda row: (row["key"] is None, row["key"]))


def _names(names: Words) -> dict[Any, str]:
    if names is None:
        return {}
    if issubclass(names, TextChoices):
        return {value: str(label) for value, label in names.choices}
    return {record.code: said(record, "name") for record in names.objects.public()}
