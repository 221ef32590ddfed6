"""One search over every kind: regions, indicators, categories, measures, documents and sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from indicators.codes import CATEGORY, SCHEMES, kind_of_member
from indicators.models import Category, Indicator
from indicators.resolving import resolve
from policies.index import Entry, Hits, Index
from policies.models import Document, Measure, MeasureRegion
from regions.models import Region, Succession
from sources.folding import normalised, searchable
from sources.kept import kept_for_version
from sources.models import Source, Synonym

# A word in a title weighs less than the same as the name of a place or an indicator.
TITLE = 0.9

NAMED_KINDS = ("region", "indicator", *SCHEMES, CATEGORY)
KINDS = (*NAMED_KINDS, "measure", "document", "source")


def search(words: str) -> Hits:
    """What all of the words are found in. Names that are merely like them are offered only where nothing else is found."""
    return index().find(words) or _near(words)


def _near(words: str) -> Hits:
    """What `resolve` finds by likeness, as an answer of the search."""
    held, near = index(), resolve(words)
    numbers = {(entry.kind, entry.code): number for number, entry in enumerate(held.entries)}
    ranked = [(found.score, numbers[found.kind, found.code]) for found in near]
    return Hits(held, ranked, [(found.matched, 1.0) for found in near])


# The index of the newest release -------------------------------------------------------------------------------------


@kept_for_version
def index() -> Index:
    """The index of the newest release: built at the first search after it."""
    return Index(list(_entries()), _synonyms())


def _synonyms() -> dict[str, list[str]]:
    """Each word → all words of its group, normalised, that which is meant most first."""
    groups = [[normalised(word) for word in group.word_list] for group in Synonym.objects.public().order_by("code")]
    return {word: group for group in groups for word in group}


def _entries() -> Iterator[Entry]:
    former = _former_names()
    for region in Region.objects.public():
        names = (*_names(region), *former.get(region.pk, ()))
        yield Entry("region", region.code, region.name_zh, region.name_en, names)
    for indicator in Indicator.objects.public():
        text = searchable(indicator.definition_zh, indicator.definition_en)
        yield Entry("indicator", indicator.code, indicator.name_zh, indicator.name_en, _names(indicator), text)
    for category in Category.objects.public().select_related("scheme"):
        scheme = category.scheme.code
        kind, names = kind_of_member(scheme), _names(category)
        yield Entry(kind, category.code, category.name_zh, category.name_en, names, scheme=scheme)
    yield from _measures()
    for document in Document.objects.public():
        yield _titled("document", document, document.code, document.number, document.note_zh, document.note_en)
    for source in Source.objects.public():
        yield _titled("source", source, source.slug, source.authors, source.publisher_zh, source.publisher_en)


def _names(record: Any) -> tuple[str, ...]:
    return tuple(record.search.split("\n"))


def _former_names() -> dict[int, tuple[str, ...]]:
    """Region → the names of what it was before: an old name finds what became of it."""
    former: dict[int, tuple[str, ...]] = defaultdict(tuple)
    known = Succession.objects.public().filter(predecessor__in=Region.objects.public())
    for succession in known.select_related("predecessor").order_by("date", "pk"):
        former[succession.successor_id] += _names(succession.predecessor)
    return former


def _measures() -> Iterator[Entry]:
    """Measures with the names of their places and industries in their text."""
    about: dict[int, list[str]] = defaultdict(list)
    places = dict(Region.objects.public().values_list("pk", "search"))
    trades = dict(Category.objects.public().values_list("pk", "search"))
    for key, region in MeasureRegion.objects.values_list("measure", "region").order_by("measure", "pk"):
        about[key].append(places.get(region, ""))
    links = Measure.industries.through.objects.values_list("measure", "category").order_by("measure", "pk")
    for key, category in links:
        about[key].append(trades.get(category, ""))
    for measure in Measure.objects.public().only("code", "title_zh", "title_en", "summary_zh", "summary_en"):
        yield _titled("measure", measure, measure.code, measure.summary_zh, measure.summary_en, *about[measure.pk])


def _titled(kind: str, record: Any, code: str, *texts: str) -> Entry:
    names = searchable(record.title_zh, record.title_en, code).split("\n")
    return Entry(kind, code, record.title_zh, record.title_en, tuple(names), searchable(*texts), TITLE)
