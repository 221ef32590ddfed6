"""/resolve gives the codes that a name stands for, /search every record that the words occur in."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.addresses import address_of
from api.http.pagination import Pages
from api.http.parameters import ChoicesField, FlagField, Option, ParameterField
from api.http.rows import PartialRow
from api.http.tags import FINDING
from api.http.viewsets import ListViewSet, warn
from api.problems import InvalidParameters, ParameterError
from indicators.resolving import NamedThing, resolve
from policies.index import Hit
from policies.searching import KINDS, NAMED_KINDS, search
from regions.models import Region
from sources.bilingual import both, language

# Each word of a search costs a reading of the index; nobody types as many.
MOST_CHARACTERS = 200

ROUTES = {
    "region": "region-detail",
    "indicator": "indicator-detail",
    "measure": "measure-detail",
    "document": "document-detail",
    "source": "source-detail",
}


FACETS = {
    "type": "object",
    "description": "With `facets=true` only: how many of each kind there are.",
    "properties": {"kind": {"type": "object", "additionalProperties": {"type": "integer"}}},
}


class FoundRow(PartialRow):
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


def href_of(request: Request, kind: str, code: str, scheme: str) -> str:
    """Where what was found is shown: a category on the page of its classification."""
    route = ROUTES.get(kind)
    return address_of(request, route, code) if route else address_of(request, "classification-detail", scheme)


def resolved_row(request: Request, thing: NamedThing) -> dict[str, Any]:
    """What a name resolves to, as FoundRow shows it."""
    record = thing.record
    return {
        "kind": thing.kind, "code": thing.code, "name": getattr(record, f"name_{language()}"), "matched": thing.matched,
        "score": thing.score,
        "href": href_of(request, thing.kind, thing.code, record.scheme.code if hasattr(record, "scheme") else ""),
    }  # fmt: skip


def hit_row(request: Request, hit: Hit) -> dict[str, Any]:
    """A hit of the search, as FoundRow shows it."""
    entry = hit.entry
    return {
        "kind": entry.kind, "code": entry.code, "name": getattr(entry, f"name_{language()}"), "matched": hit.matched,
        "score": hit.score, "href": href_of(request, entry.kind, entry.code, entry.scheme),
    }  # fmt: skip


class FindingViewSet(ListViewSet):
    """The base of /resolve and /search: reads the words that are looked for, and gives a page of what they lead to."""

    tag = FINDING
    queryset = Region.objects.public()  # for the description
    serializer_class = FoundRow
    kinds: tuple[str, ...] = ()

    def options_taken(self) -> dict[str, Option]:
        return super().options_taken() | {
            "q": Option(ParameterField(example="醴陵"), both("要找的字；必填。", "Words to look for; required.")),
            "kind": Option(ChoicesField(self.kinds), both("只要这些类型。", "Only these kinds.")),
        }

    def words(self) -> str:
        """What is looked for. Raises InvalidParameters where it is not said."""
        self.filter_queryset(None)
        if self.chosen["q"] is None:
            raise InvalidParameters([ParameterError("q", "required", both("必填", "is required"))])
        return str(self.chosen["q"])

    def page_of(self, things: Any) -> list[Any]:
        """The page of what was found, with a warning where there is nothing."""
        page = self.paginate_queryset(things)
        if not page:
            warn(self.request, "no_rows", both("没有找到；试试更短的词。", "Nothing found; try a shorter word."))
        return list(page or [])


@extend_schema(responses=FoundRow(many=True))
class ResolveViewSet(FindingViewSet):
    """Names, short names and old names to codes, best first: regions, indicators, industries, products, modes of trade, and
    the categories of other classifications.
    """

    summaries = {"list": both("由名称查代码", "From names to codes")}
    kinds = NAMED_KINDS

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        things, kinds = resolve(self.words()), self.chosen["kind"]
        page = self.page_of([match for match in things if kinds is None or match.kind in kinds])
        return self.get_paginated_response([resolved_row(request, match) for match in page])


@extend_schema(responses=FoundRow(many=True))
class SearchViewSet(FindingViewSet):
    """Everything that the words occur in: places, indicators, categories, measures, documents and sources, best first.

    All words (separated by spaces) must occur; Chinese may be any part of a word, English the beginning of one. Words that
    mean the same find the same (湖南自贸区, 自贸试验区, FTZ). A name weighs more than a title, a title more than a text.
    """

    summaries = {"list": both("全库搜索", "Search everything")}
    kinds = KINDS
    beside_rows = {"facets": FACETS}

    def options_taken(self) -> dict[str, Option]:
        says = both(
            "`true`：另给 `facets`，各类型的条数，不受 `kind` 限制。",
            "`true` also gives `facets`: how many of each kind there are, whatever `kind` keeps.",
        )
        return super().options_taken() | {"facets": Option(FlagField(example=True), says)}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        words = self.words()
        if len(words) > MOST_CHARACTERS:
            message = both(f"最多 {MOST_CHARACTERS} 个字符", f"takes at most {MOST_CHARACTERS} characters")
            raise InvalidParameters([ParameterError("q", "too_long", message)])
        hits = search(words)
        kinds = self.chosen["kind"]
        page = self.page_of(hits if kinds is None else hits.of_kinds(kinds))
        rows = [hit_row(request, hit) for hit in page]
        if self.is_file or not self.chosen["facets"]:
            return self.get_paginated_response(rows)
        counted = {kind: hits.by_kind[kind] for kind in KINDS}
        return cast("Pages", self.paginator).get_paginated_response(rows, facets={"kind": counted})
