"""Words of a caller: what they find in a list, and what an answer says of how they were understood."""

from __future__ import annotations

from typing import Any, TypeVar

from rest_framework import serializers
from rest_framework.request import Request

from api.http.rows import RowPart
from api.http.viewsets import warn
from sources.bilingual import LANGUAGES, both
from sources.models import PublicQuerySet
from words.documents import MEASURE
from words.hits import Hits
from words.index import find, index
from words.models import Finder, Shortfall
from words.reading import Reading
from words.resolving import LIKE, resolve
from words.unmet import count, shortfall
from words.vocabulary import INDICATOR, REGION

Records = TypeVar("Records", bound=PublicQuerySet)
PAGES = {"page", "pageNumber"}
# The list of a kind's records, which words narrow.
LISTS = {MEASURE: Finder.MEASURES, INDICATOR: Finder.INDICATORS, REGION: Finder.REGIONS}


class MatchPlaceRow(RowPart):
    """Where words of the question stand in a name or a text of what was found."""

    words = serializers.CharField(help_text=both("问题中的词语。", "Words of the question."))
    field = serializers.CharField(help_text=both("所在的字段。", "The field that has them."))
    language = serializers.ChoiceField(LANGUAGES)
    text = serializers.CharField(help_text=both("其前后的原文。", "The text around them."))
    start = serializers.IntegerField(help_text=both("在该段原文中的起点。", "Where in that text they begin."))
    end = serializers.IntegerField(help_text=both("终点（不含）。", "Where they end, exclusive."))


def say_if_behind(request: Request) -> None:
    """Mark a request whose answer rests on an index of an earlier release than the newest, so that nobody keeps the answer."""
    if index.is_behind():
        request._request.is_behind = True  # type: ignore[attr-defined]


def found(request: Request, words: str) -> Hits:
    """The hits of words in the index, looked up once for all endpoints that answer one request."""
    say_if_behind(request)
    whole: Any = getattr(request._request, "is_part_of", request._request)
    before: tuple[str, Hits] | None = getattr(whole, "found", None)
    if before is None or before[0] != words:
        whole.found = before = (words, find(words))
    return before[1]


def found_by_words(request: Request, queryset: Records, words: str, kind: str) -> Records:
    """The records of a kind that words find: those that meet all of them, or if none does those that meet most, said so."""
    hits = found(request, words)
    of_kind = hits.of_kinds([kind])
    all_met = of_kind.meeting_all()
    chosen = all_met or of_kind.mostly_met()
    count_unmet(request, words, LISTS[kind], shortfall(chosen[0:1]))
    say_corrections(request, hits.reading)
    if chosen and not all_met:
        message = both("没有符合全部词语的；给出符合大部分的。", "Nothing meets all words; these meet most of them.")
        warn(request, "partly_met", message)
    return queryset.of_keys(chosen.pks)


def named_by_words(request: Request, queryset: Records, words: str, kind: str) -> Records:
    """The records of a kind that words are a name of, or stand in a name of; if there is none, those that a question names."""
    reading = found(request, words).reading
    say_corrections(request, reading)
    named = [one.concept.pk for one in resolve(words) if one.concept.kind == kind and one.score >= LIKE]
    count_unmet(request, words, LISTS[kind], None if named else Shortfall.NOTHING)
    return queryset.of_keys(named)


def count_unmet(request: Request, words: str, finder: Finder, why: Shortfall | None) -> None:
    """Count words that were asked in vain, once for all pages of an answer, and where somebody asked them."""
    if not PAGES & request.query_params.keys() and not hasattr(request._request, "is_part_of"):
        request._request.is_counted = count(words, finder, why)  # type: ignore[attr-defined]


def say_corrections(request: Request, reading: Reading) -> None:
    """Warn of each word that was taken for another."""
    for one in reading.corrections:
        message = both(f"“{one.written}”按“{one.meant}”理解。", f"“{one.written}” was read as “{one.meant}”.")
        warn(request, "corrected", message)
