"""/resolve and /search: from words to codes and things."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.parameters import ChoicesField, ParameterField
from api.problems import InvalidParameters, ParameterError
from api.views import ListViewSet, warn
from indicators.resolving import Found, resolve
from policies.searching import KINDS, search
from sources.bilingual import both, language

ROUTES = {
    "region": "v1:region-detail",
    "indicator": "v1:indicator-detail",
    "measure": "v1:measure-detail",
    "document": "v1:document-detail",
    "source": "v1:source-detail",
}


class FoundRow(serializers.Serializer[Any]):
    """Something that was found: its kind, code and name, the name that matched, and how well (0 to 1)."""

    kind = serializers.ChoiceField(KINDS)
    code = serializers.CharField()
    name = serializers.SerializerMethodField()
    matched = serializers.CharField(help_text=both("匹配的名称（规范化）。", "The name that matched, normalised."))
    score = serializers.FloatField()
    href = serializers.SerializerMethodField()

    def get_name(self, found: Found) -> str:
        record = found.record
        return getattr(record, f"{'name' if hasattr(record, 'name_zh') else 'title'}_{language()}")

    def get_href(self, found: Found) -> str:
        if route := ROUTES.get(found.kind):
            return reverse(route, args=[found.code])
        return reverse("v1:classification-detail", args=[found.record.scheme.code])


class FindingViewSet(ListViewSet):
    """What the two have in common."""

    queryset: Any = None
    serializer_class = FoundRow
    kinds: tuple[str, ...] = ()

    @property
    def extra_options(self) -> dict[str, Any]:  # type: ignore[override]
        return {
            "q": (ParameterField(example="醴陵"), both("要找的字；必填。", "Words to look for; required.")),
            "kind": (ChoicesField(self.kinds), both("只要这些类型。", "Only these kinds.")),
        }

    def documented_options(self) -> Any:
        options = super().documented_options()
        options.pop("fields", None)
        return options

    def found(self, words: str) -> list[Found]:
        raise NotImplementedError

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.filter_queryset(None)
        words, kinds = self.chosen["q"], self.chosen["kind"]
        if words is None:
            raise InvalidParameters([ParameterError("q", "required", both("必填", "is required"))])
        found = [match for match in self.found(words) if kinds is None or match.kind in kinds]
        page = self.paginate_queryset(found)
        if not page:
            warn(request, "no_rows", both("没有找到；试试更短的词。", "Nothing found; try a shorter word."))
        return self.get_paginated_response(FoundRow(page, many=True).data)


@extend_schema(responses=FoundRow(many=True))
class ResolveViewSet(FindingViewSet):
    """Names, short names and old names to codes, best first: regions, indicators, industries, products, modes of trade."""

    kinds = KINDS[:5]

    def found(self, words: str) -> list[Found]:
        return resolve(words)


@extend_schema(responses=FoundRow(many=True))
class SearchViewSet(FindingViewSet):
    """Everything that the words occur in: places, indicators, categories, measures, documents and sources, best first."""

    kinds = KINDS

    def found(self, words: str) -> list[Found]:
        return search(words)
