"""/resolve gives the codes that a name stands for, /search what a question in anyone's words is about, figures included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from api.addresses import address_of
from api.data.figure_rows import FigureRow
from api.data.hit_figures import figures_of
from api.http.pagination import Pages
from api.http.parameters import ChoicesField, FlagField, Option, WordsField
from api.http.rows import PartialRow
from api.http.tags import FINDING
from api.http.viewsets import ListViewSet, warn
from api.http.words import MatchPlaceRow, count_unmet, found, say_corrections, say_if_behind
from api.reference.sources import PhraseRow
from regions.models import Region
from sources.bilingual import both, language
from words.documents import KINDS, NAMED_KINDS
from words.hits import MOSTLY_MET, Hit, Hits
from words.models import Finder, Shortfall
from words.parts import Correction
from words.resolving import NamedThing, resolve
from words.showing import Shown, matched_name, shown
from words.suggesting import Suggestion, completions, near
from words.unmet import shortfall

ROUTES = {
    "region": "region-detail",
    "indicator": "indicator-detail",
    "measure": "measure-detail",
    "document": "document-detail",
    "source": "source-detail",
    "series": "series-detail",
}
# How many names are offered where nothing is found, and while one types.
MOST_NEAR, MOST_COMPLETIONS = 5, 10


TEXT = {"type": "string"}
CORRECTIONS = {
    "type": "array",
    "description": "Words that were taken for others: where they stand in `q`, what they were taken for, and how that was found.",
    "items": {
        "type": "object",
        "required": ["start", "end", "written", "meant", "how"],
        "properties": {
            "start": {"type": "integer"},
            "end": {"type": "integer"},
            "written": TEXT,
            "meant": TEXT,
            "how": TEXT,
        },
    },
}
SUGGESTIONS = {
    "type": "array",
    "description": "Names that may be meant, where nothing was found or a word is like a name.",
    "items": {
        "type": "object",
        "required": ["name", "kind", "code", "href"],
        "properties": {"name": TEXT, "kind": {"type": ["string", "null"]}, "code": {"type": ["string", "null"]},
                       "href": {"type": ["string", "null"]}},
    },
}  # fmt: skip
UNMET = {
    "type": "array", "items": TEXT,
    "description": "Words of `q` that the first row does not meet.",
}  # fmt: skip
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
        allow_null=True,
        help_text=both(
            "匹配的名称（规范化）；只在正文中找到时为空。",
            "The name that matched, normalised; null where only the text did.",
        ),
    )
    score = serializers.FloatField()
    href = serializers.CharField()


class FoundFigure(FigureRow):
    """The figure of a series: of the time that was asked for, else the newest."""

    citations = PhraseRow(many=True, help_text=both("支持该数的原文。", "The phrases that state it."))


class SearchRow(FoundRow):
    """Something that was found, with how much of the question it meets, and its figure where it is a series."""

    coverage = serializers.FloatField(
        help_text=both("满足了问题的多大部分（0 到 1）。", "How much of the question it meets, 0 to 1.")
    )
    unmet = serializers.ListField(
        child=serializers.CharField(), help_text=both("未满足的词语。", "Words of the question that it does not meet.")
    )
    is_near = serializers.BooleanField(
        help_text=both(
            "所问的没有数据，这是最接近的。", "Whether it stands for what is not held, as the nearest that is."
        )
    )
    matches = MatchPlaceRow(many=True, help_text=both("在何处匹配。", "Where it matched."))
    figure = FoundFigure(
        allow_null=True, help_text=both("序列的数值；其他类型为空。", "The figure of a series; null for other kinds.")
    )


def href_of(request: Request, kind: str, code: str, scheme: str) -> str:
    """Where what was found is shown: a category on the page of its classification."""
    route = ROUTES.get(kind)
    return address_of(request, route, code) if route else address_of(request, "classification-detail", scheme)


def resolved_row(request: Request, thing: NamedThing) -> dict[str, Any]:
    """What a name resolves to, as FoundRow shows it."""
    concept = thing.concept
    return {
        "kind": concept.kind, "code": concept.code, "name": concept.name(language()), "matched": thing.matched,
        "score": round(thing.score, 4), "href": href_of(request, concept.kind, concept.code, concept.family),
    }  # fmt: skip


def hit_rows(request: Request, hits: Hits, listed: Sequence[Hit]) -> list[dict[str, Any]]:
    """Hits of the search, as SearchRow shows them; a fixed number of queries."""
    places = shown(hits, listed)
    figures = figures_of([hit.entry.pk for hit in listed if hit.entry.kind == "series"], hits.reading, language())
    return [_hit_row(request, hits, hit, mine, figures) for hit, mine in zip(listed, places, strict=True)]


def _hit_row(
    request: Request, hits: Hits, hit: Hit, places: Sequence[Shown], figures: dict[int, tuple[str, dict[str, Any]]]
) -> dict[str, Any]:
    entry = hit.entry
    name, figure = figures.get(entry.pk, ("", None)) if entry.kind == "series" else ("", None)
    return {
        "kind": entry.kind, "code": entry.code, "name": name or getattr(entry, f"name_{language()}"),
        "matched": matched_name(hit, hits.reading, places) or None, "score": hit.score,
        "href": href_of(request, entry.kind, entry.code, entry.family), "coverage": hit.coverage,
        "unmet": [part.text for part in hit.unmet], "is_near": hit.is_near,
        "matches": [one._asdict() for one in places], "figure": figure,
    }  # fmt: skip


def suggestion_row(request: Request, one: Suggestion) -> dict[str, Any]:
    """A name that may be meant."""
    concept = one.concept
    return {
        "name": one.name, "kind": concept.kind, "code": concept.code,
        "href": href_of(request, concept.kind, concept.code, concept.family),
    }  # fmt: skip


def completion_row(request: Request, one: Suggestion) -> dict[str, Any]:
    """A name that completes what is typed, as SearchRow shows it."""
    concept = one.concept
    return {
        "kind": concept.kind, "code": concept.code, "name": concept.name(language()), "matched": one.name, "score": 1.0,
        "href": href_of(request, concept.kind, concept.code, concept.family), "coverage": 1.0, "unmet": [],
        "is_near": False, "matches": [], "figure": None,
    }  # fmt: skip


class FindingViewSet(ListViewSet):
    """The base of /resolve and /search: reads the words that are looked for, and gives a page of what they lead to."""

    tag = FINDING
    queryset = Region.objects.public()  # for the description
    serializer_class = FoundRow
    kinds: tuple[str, ...] = ()

    def options_taken(self) -> dict[str, Option]:
        return super().options_taken() | {
            "q": Option(
                WordsField(example="醴陵"), both("要找的字；必填。", "Words to look for; required."), needed=True
            ),
            "kind": Option(ChoicesField(self.kinds), both("只要这些类型。", "Only these kinds.")),
        }

    def words(self) -> str:
        """What is looked for."""
        self.filter_queryset(None)
        say_if_behind(self.request)
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

    chinese = {
        "list": "由名称（全称、简称、曾用名）查代码，最合适的在前：地区、指标、行业、商品、贸易方式，以及其他分类的类目。",
    }
    summaries = {"list": both("由名称查代码", "From names to codes")}
    kinds = NAMED_KINDS

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        words, kinds = self.words(), self.chosen["kind"]
        things = [match for match in resolve(words) if kinds is None or match.concept.kind in kinds]
        count_unmet(request, words, Finder.RESOLVE, None if things else Shortfall.NOTHING)
        page = self.page_of(things)
        return self.get_paginated_response([resolved_row(request, match) for match in page])


@extend_schema(responses=SearchRow(many=True))
class SearchViewSet(FindingViewSet):
    """What a question is about, in anyone's words: figures, places, indicators, categories, measures, documents and sources.

    Whole questions, synonyms, traditional characters, pinyin and single slips are understood; what was taken for something
    else is in `corrections`. Not all words need be met: `coverage` says how much is, `unmet` what is not. A place with an
    indicator finds the figure first, with its phrases; where just that is not held, the nearest, which `is_near` says.
    """

    chinese = {
        "list": (
            "用自己的话查找：数值、地区、指标、类目、措施、文件与来源。\n\n整句的问题、同义词、繁体字、拼音和个别笔误都能理解；"
            "按别的词理解的列在 `corrections`。不必所有的词都满足：`coverage` 说满足了多少，`unmet` 说哪些没有。"
            "地区加指标，先给数值及其原话；恰好没有时先给最接近的，并以 `is_near` 注明。"
        ),
    }
    summaries = {"list": both("全库搜索", "Search everything")}
    serializer_class = SearchRow
    kinds = KINDS
    beside_rows = {"facets": FACETS, "corrections": CORRECTIONS, "unmet": UNMET, "suggestions": SUGGESTIONS}

    def options_taken(self) -> dict[str, Option]:
        says = both(
            "`true`：另给 `facets`，各类型的条数，不受 `kind` 限制。",
            "`true` also gives `facets`: how many of each kind there are, whatever `kind` keeps.",
        )
        completes = both(
            "`true`：`q` 是尚未打完的词，给出以其开头的名称，有数据的在前。",
            "`true`: `q` is a word not typed to its end; names that begin so are given, those with data first.",
        )
        return super().options_taken() | {
            "facets": Option(FlagField(example=True), says), "suggest": Option(FlagField(example=True), completes),
        }  # fmt: skip

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        words = self.words()
        kinds = self.chosen["kind"]
        if self.chosen["suggest"]:
            listed = [one for one in completions(words, MOST_COMPLETIONS) if kinds is None or one.concept.kind in kinds]
            return self.get_paginated_response([completion_row(request, one) for one in self.page_of(listed)])
        hits = found(request, words)
        chosen = hits if kinds is None else hits.of_kinds(kinds)
        first = chosen[0:1]
        count_unmet(request, words, Finder.SEARCH, shortfall(first))
        page = self.page_of(chosen)
        rows = hit_rows(request, hits, page)
        if self.is_file:
            return self.get_paginated_response(rows)
        say_corrections(request, hits.reading)
        self._say_what_is_missing(first)
        beside = {
            "corrections": [_correction(one) for one in hits.reading.corrections],
            "unmet": [part.text for part in first[0].unmet] if first else [],
            "suggestions": self._suggestions(words, hits, bool(first)),
        }
        if self.chosen["facets"]:
            beside["facets"] = {"kind": {kind: hits.by_kind[kind] for kind in KINDS}}
        return cast("Pages", self.paginator).get_paginated_response(self.complete(rows), **beside)

    def _say_what_is_missing(self, first: Sequence[Hit]) -> None:
        if first and first[0].is_near and not first[0].is_elsewhere:
            message = both(
                "没有所问时间的数据；给出所有的。", "No figure is held of that time; those that are come first."
            )
            warn(self.request, "not_held", message)
        elif first and first[0].is_near:
            message = both(
                "没有所问地区的这个数据；给出最接近的。",
                "The place has no such figure; the nearest that is held comes first.",
            )
            warn(self.request, "not_held", message)
        elif first and first[0].coverage < MOSTLY_MET:
            missing = "、".join(part.text for part in first[0].unmet)
            listed = ", ".join(part.text for part in first[0].unmet)
            warn(self.request, "partly_met", both(f"没有找到：{missing}。", f"Not found: {listed}."))

    def _suggestions(self, words: str, hits: Hits, is_found: bool) -> Sequence[dict[str, Any]]:
        offered = [{"name": one.meant, "kind": None, "code": None, "href": None} for one in hits.reading.offered]
        return offered + ([] if is_found else [suggestion_row(self.request, one) for one in near(words, MOST_NEAR)])


def _correction(one: Correction) -> dict[str, Any]:
    return {"start": one.start, "end": one.end, "written": one.written, "meant": one.meant, "how": one.how}
