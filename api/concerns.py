"""Policy that concerns a place: /regions/{code}/policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import ChoicesField, ParameterField
from api.references import TitledReference
from api.stated import FigureRow, figure_row, kept
from api.views import FIELDS_SAYS, PartialRow, ReadOnlyViewSet, warn
from indicators.choices import OBSERVED
from indicators.labels import Labels, labels
from indicators.models import Category, Indicator
from indicators.reading import records
from indicators.selection import everything
from policies.choices import Direction, MeasureKind, RegionRole, Status
from policies.impact import READ, Concern, Industries, concerns
from policies.models import Measure, MeasureIndicator
from policies.places import Places, RegionFit
from sources.bilingual import both, language, said

Record = dict[str, Any]

INHERITED = (RegionFit.NAMED, RegionFit.GROUP, RegionFit.ABOVE, RegionFit.AROUND)


class ConcernReason(serializers.Serializer[Any]):
    """The region that a measure names, in which role, and how it lies to the place asked for."""

    region = serializers.CharField()
    region_name = serializers.CharField()
    role = serializers.ChoiceField(RegionRole.values)
    fit = serializers.ChoiceField([str(fit) for fit in INHERITED])
    says = serializers.CharField()


class ConcernedIndicator(serializers.Serializer[Any]):
    """An indicator that the measure names, with the newest figure of each of its series in the place."""

    indicator = serializers.CharField()
    indicator_name = serializers.CharField()
    direction = serializers.ChoiceField(Direction.values)
    figures = FigureRow(many=True)


class RegionPolicyRow(PartialRow):
    """A measure that concerns the place."""

    code = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(MeasureKind.values)
    status = serializers.ChoiceField(Status.values, allow_null=True)
    status_since = serializers.CharField(allow_null=True)
    level = serializers.CharField()
    document = TitledReference()
    reasons = ConcernReason(many=True)
    indicators = ConcernedIndicator(many=True)


def concern_rows(page: Sequence[Concern], place: int, names: Labels, spoken: str) -> list[dict[str, Any]]:
    """A page of concerns as the answer has them; five queries, however many there are."""
    links = MeasureIndicator.objects.filter(indicator__in=Indicator.objects.public()).order_by("indicator__code")
    loaded: Any = Measure.objects.with_status().select_related("document").filter(pk__in=[one.measure for one in page])
    parts = (Prefetch("indicator_links", links), Prefetch("industries", Category.objects.public()))
    measures = {measure.pk: measure for measure in loaded.prefetch_related(*parts)}
    meant = {link.indicator_id for measure in measures.values() for link in measure.indicator_links.all()}
    figures, trades = _newest(place, meant, names), Industries()
    rows = []
    for one in page:
        measure = measures[one.measure]
        chosen = [industry.pk for industry in measure.industries.all()]
        bearing = {
            indicator: [figure_row(row, names, spoken) for row in held if trades.fit(row["industry"], chosen)]
            for indicator, held in figures.items()
        }
        rows.append(_concern_row(one, measure, bearing, names, spoken))
    return rows


def _newest(place: int, indicators: set[int], names: Labels) -> dict[int, list[Record]]:
    """Indicator → the newest observed row of each of its series in the place; one query."""
    figures = everything(names).preferred().having("status", OBSERVED).where("region", [place])
    rows = records(figures.where("indicator", sorted(indicators)), READ)
    newest = {row["series"]: row for row in sorted(rows, key=lambda row: (row["period_end"], row["id"]))}
    found: dict[int, list[Record]] = {indicator: [] for indicator in indicators}
    for row in sorted(newest.values(), key=lambda row: row["key"]):
        found[row["indicator"]].append(row)
    return found


def _concern_row(
    one: Concern, measure: Any, figures: dict[int, list[Record]], names: Labels, spoken: str
) -> dict[str, Any]:
    reasons = [
        {
            "region": names.regions[reason.region].code, "region_name": names.regions[reason.region].name(spoken),
            "role": reason.role, "fit": reason.fit, "says": str(RegionFit(reason.fit).label),
        }
        for reason in one.reasons
    ]  # fmt: skip
    indicators = [
        {
            "indicator": names.indicators[link.indicator_id].code,
            "indicator_name": names.indicators[link.indicator_id].name(spoken),
            "direction": link.direction,
            "figures": figures[link.indicator_id],
        }
        for link in measure.indicator_links.all()
    ]
    return {
        "code": measure.code, "title": said(measure, "title"), "kind": measure.kind, "status": measure.status,
        "status_since": measure.status_since or None, "level": measure.level,
        "document": {"code": measure.document.code, "title": said(measure.document, "title")}, "reasons": reasons,
        "indicators": indicators,
    }  # fmt: skip


class WithPolicies(ReadOnlyViewSet):
    """What the viewset of regions has beside regions."""

    paged_actions = ("list", "policies")
    row_serializers = {"policies": RegionPolicyRow}

    @property
    def extra_options(self) -> dict[str, tuple[ParameterField, Any]]:  # type: ignore[override]
        if self.action != "policies":
            return {}
        return {
            "fit": (
                ChoicesField([str(fit) for fit in INHERITED], example="named"),
                both(
                    "何以相关：点名该地 `named`、所属组合 `group`、上级地区 `above`、上级所属组合 `around`；默认全部。",
                    "Why it concerns the place: `named`, by its `group`, by a place `above`, by a group `around` that; all by default.",
                ),
            ),
            "kind": (ChoicesField(MeasureKind.values), both("类型。", "Kinds.")),
            "status": (ChoicesField(Status.values), both("现状。", "Where it stands.")),
            "fields": (ChoicesField(list(RegionPolicyRow().fields)), FIELDS_SAYS),
        }  # fmt: skip

    @extend_schema(responses=RegionPolicyRow(many=True))
    @action(detail=True)
    def policies(self, request: Request, **kwargs: Any) -> Response:
        """Measures that concern a region: those that name it, its groups, what it lies in and the groups of that, with the reasons.

        The nearest first. Each with the indicators that it names and their newest figures in this region.
        """
        region = self.get_object()
        chosen = self.chosen
        measures = Measure.objects.public().with_status()
        for name in ("kind", "status"):
            measures = measures.filter(**{f"{name}__in": chosen[name]}) if chosen[name] else measures
        wanted = chosen["fit"] or INHERITED
        fits = {place: str(fit) for place, fit in Places().around(region.pk).items() if fit in wanted}
        page = self.paginate_queryset(concerns(fits, measures)) or []
        if not page:
            warn(request, "no_rows", both("没有符合条件的记录。", "Nothing matches this query."))
        rows = concern_rows(page, region.pk, labels(), language())
        return self.get_paginated_response(kept(rows, chosen["fields"]))
