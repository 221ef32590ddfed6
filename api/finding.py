"""/resolve and /search: from words to codes and things."""

from __future__ import annotations

from typing import Any, cast

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.pagination import Pages
from api.parameters import ChoicesField, FlagField, ParameterField
from api.problems import InvalidParameters, ParameterError
from api.views import ListViewSet, warn
from indicators.resolving import Found, resolve
from policies.index import Hit
from policies.searching import KINDS, search
from sources.bilingual import both, language

# Each word of a search costs a reading of the index; nobody types as many.
MOST_CHARACTERS = 200

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
    name = serializers.CharField()
    matched = serializers.CharField(
        help_text=both(
            "匹配的名称（规范化）；只在正文中找到时为空。", "The name that matched, normalised; empty where only the text did."
        )
    )  # fmt: skip
    score = serializers.FloatField()
    href = serializers.CharField()


def href_of(kind: str, code: str, scheme: str) -> str:
    """Where what was found is shown: a category on the page of its classification."""
    route = ROUTES.get(kind)
    return reverse(route, args=[code]) if route else reverse("v1:classification-detail", args=[scheme])


def resolved_row(found: Found) -> dict[str, Any]:
    """What a name resolves to, as FoundRow shows it."""
    record = found.record
    return {
        "kind": found.kind, "code": found.code, "name": getattr(record, f"name_{language()}"), "matched": found.matched,
        "score": found.score, "href": href_of(found.kind, found.code, record.scheme.code if hasattr(record, "scheme") else ""),
    }  # fmt: skip


def hit_row(hit: Hit) -> dict[str, Any]:
    """A hit of the search, as FoundRow shows it."""
    entry = hit.entry
    return {
        "kind": entry.kind, "code": entry.code, "name": getattr(entry, f"name_{language()}"), "matched": hit.matched,
        "score": hit.score, "href": href_of(entry.kind, entry.code, entry.scheme),
    }  # fmt: skip


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

    def words(self) -> str:
        """What is looked for. Raises InvalidParameters where it is not said."""
        self.filter_queryset(None)
        if self.chosen["q"] is None:
            raise InvalidParameters([ParameterError("q", "required", both("必填", "is required"))])
        return str(self.chosen["q"])

    def page_of(self, found: Any) -> list[Any]:
        """The page of what was found, with a warning where there is nothing."""
        page = self.paginate_queryset(found)
        if not page:
            warn(self.request, "no_rows", both("没有找到；试试更短的词。", "Nothing found; try a shorter word."))
        return list(page or [])


@extend_schema(responses=FoundRow(many=True))
class ResolveViewSet(FindingViewSet):
    """Names, short names and old names to codes, best first: regions, indicators, industries, products, modes of trade."""

    kinds = KINDS[:5]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        found, kinds = resolve(self.words()), self.chosen["kind"]
        page = self.page_of([match for match in found if kinds is None or match.kind in kinds])
        return self.get_paginated_response([resolved_row(match) for match in page])


@extend_schema(responses=FoundRow(many=True))
class SearchViewSet(FindingViewSet):
    """Everything that the words occur in: places, indicators, categories, measures, documents and sources, best first.

    All words (separated by spaces) must occur; Chinese may be any part of a word, English the beginning of one. Words that
    mean the same find the same (湖南自贸区, 自贸试验区, FTZ). A name weighs more than a title, a title more than a text.
    """

    kinds = KINDS

    @property
    def extra_options(self) -> dict[str, Any]:  # type: ignore[override]
        says = both(
            "`true`：另给 `facets`，各类型的条数，不受 `kind` 限制。",
            "`true` also gives `facets`: how many of each kind there are, whatever `kind` keeps.",
        )
        return {**super().extra_options, "facets": (FlagField(example=True), says)}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        words = self.words()
        if len(words) > MOST_CHARACTERS:
            message = both(f"最多 {MOST_CHARACTERS} 个字符", f"takes at most {MOST_CHARACTERS} characters")
            raise InvalidParameters([ParameterError("q", "too_long", message)])
        found = search(words)
        kinds = self.chosen["kind"]
        page = self.page_of(found if kinds is None else found.of_kinds(kinds))
        rows = [hit_row(hit) for hit in page]
        if self.is_file or not self.chosen["facets"]:
            return self.get_paginated_response(rows)
        counted = {kind: found.by_kind[kind] for kind in KINDS}
        return cast("Pages", self.paginator).get_paginated_response(rows, facets={"kind": counted})
