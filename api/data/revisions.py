"""A figure through its revisions: /observations/{id} is one of them, /series/{key}/{period} the figure itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.addresses import address_of
from api.data.filters import AS_OF_SAYS
from api.http.parameters import Option
from api.http.periods import MomentField
from api.http.records import reading
from api.http.rows import PartialRow
from api.http.viewsets import KeysetViewSet, UnknownCode
from api.reference.sources import PhraseRow
from indicators.labels import labels
from indicators.reading import periods_of, read
from indicators.rows import FULL, RETIRED, Record, as_rows, make_cells, stored_columns
from indicators.selection import Selection, everything
from sources.bilingual import both, language
from sources.models import Citation
from sources.statements import Records
from sources.suggest import nearest

COLUMNS = (*FULL, RETIRED)


def revisions(selection: Selection) -> list[Record]:
    """The rows of a selection of one figure's history, the newest first."""
    stored = stored_columns(COLUMNS)
    rows = read(selection, stored)[::-1]
    return as_rows(make_cells(rows, stored, COLUMNS, labels(), language(), orjson.Fragment), COLUMNS)


def history_as_of(release: int | None) -> Selection:
    """Every revision of every figure that was known at a release, or is now."""
    every = everything(labels()).history()
    return every if release is None else every.as_of(release)


def revision(request: Request, number: int, as_of: int | None) -> Record | None:
    """The revision with this id, as it was known at a release (None: now): with its phrases, the lasting address of the figure, and
    what replaced it, if anything did.
    """
    every = history_as_of(as_of)
    of_figure = read(every.having("id", [number]), ["series", "period"])
    if not of_figure:
        return None
    ((series, period),) = of_figure
    rows = revisions(every.having("series", [series]).having("period", [period]))
    row = next(row for row in rows if row["id"] == number)
    replaced_by = next((other["id"] for other in rows if other is not row and other["release"] == row["retired"]), None)
    return {
        **with_phrases(row),
        "replaced_by": replaced_by and address_of(request, "observation-detail", replaced_by),
        "href": address_of(request, "series-figure", row["series"], row["period"]),
    }


@lru_cache(maxsize=100)
def citations_at(release: int | None) -> Records:
    """The phrases as they stood at a release (None: now)."""
    return Citation.objects.public if release is None else lambda: Citation.objects.as_of(release)


def phrases_of(ids: Sequence[int], release: int | None) -> dict[int, list[Any]]:
    """The phrases of each of these rows, in full, as they stood at a release (None: now). One query, however many rows."""
    phrases: dict[int, list[Any]] = {key: [] for key in ids}
    for observation, phrase in reading(PhraseRow).of_owners(citations_at(release), "observation_set", list(ids)):
        phrases[observation].append(phrase)
    return phrases


def with_phrases(row: Record) -> Record:
    """A revision with its phrases in full."""
    return {**row, "citations": phrases_of([row["id"]], None)[row["id"]]}


@extend_schema_field({"$ref": "#/components/schemas/Observation"})
class RevisionField(serializers.Field[Any, Any, Any, Any]):
    """A revision as a list has it."""


@extend_schema_field({"allOf": [{"$ref": "#/components/schemas/ObservationWithCitations"}]})
class CitedRevisionField(serializers.Field[Any, Any, Any, Any]):
    """A revision with its phrases in full."""


class FigureHistory(PartialRow):
    """A figure: what stands, with its phrases, and every value that stood before."""

    series = serializers.CharField()
    period = serializers.CharField()
    current = CitedRevisionField(
        allow_null=True, help_text=both("现行值；已撤回为空。", "What stands; null where withdrawn.")
    )
    earlier = serializers.ListField(
        child=RevisionField(), help_text=both("先前各次修订，新者在前。", "The revisions before, the newest first.")
    )


PERIOD_SCHEMA = {"type": "string", "examples": ["2024"]}
PERIOD_SAYS = both("时期，如 2024、2024-Q1、2024-07。", "The period, such as 2024, 2024-Q1 or 2024-07.")


class WithFigures(KeysetViewSet):
    """The base of the viewset of series, which adds the figures of one of them: /series/{key}/{period}."""

    def options_taken(self) -> dict[str, Option]:
        options = super().options_taken()
        return options | {"as_of": Option(MomentField(), AS_OF_SAYS)} if self.action == "figure" else options

    @extend_schema(
        parameters=[OpenApiParameter("period", PERIOD_SCHEMA, OpenApiParameter.PATH, description=PERIOD_SAYS)],
        responses=FigureHistory,
    )
    @action(detail=True, url_path="(?P<period>[^/.]+)")
    def figure(self, request: Request, key: str, period: str, **kwargs: object) -> Response:
        """The lasting address of a figure: the value that stands with its phrases, and every value that stood before, with the
        releases that published and retired it, newest first.
        """
        series = self.get_object()
        every = history_as_of(self.chosen["as_of"]).having("series", [series.pk])
        rows = revisions(every.having("period", [period]))
        if not rows:
            raise UnknownCode(period, nearest(period, periods_of(every)))
        current = [with_phrases(row) for row in rows if row["retired"] is None]
        earlier = [row for row in rows if row["retired"] is not None]
        return Response(
            {"series": key, "period": period, "current": current[0] if current else None, "earlier": earlier}
        )
