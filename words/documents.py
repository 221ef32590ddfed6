"""What can be found: records with names, measures, documents, sources, and series; what each is found by, and how well.

Read of the store in a fixed number of queries. A document is found by concepts (what it is, what it is linked to, what its
texts name) and by the units of its names and texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Model

from indicators.codes import CATEGORY, SCHEMES, kind_of_member
from indicators.components import BREAKDOWNS
from indicators.models import Category, Indicator, Series
from policies.choices import Need
from policies.models import Actor, Document, Instrument, Measure, MeasureIndicator, MeasureRegion
from regions.models import Region, Succession
from sources.bilingual import in_both
from sources.hierarchy import Hierarchy
from sources.models import Source, Synonym
from sources.statements import statement
from words.vocabulary import ACTOR, INDICATOR, INSTRUMENT, NEED, REGION, NamedConcept, Naming, Vocabulary

MEASURE, DOCUMENT, SOURCE, SERIES = "measure", "document", "source", "series"
NAMED_KINDS = (REGION, INDICATOR, *SCHEMES, CATEGORY)
KINDS = (*NAMED_KINDS, MEASURE, DOCUMENT, SOURCE, SERIES)

# How well a document is found by what it is linked to, its title, and its text.
LINKED, ABOVE, TITLE, OTHER_NAME, TEXT = 0.9, 0.6, 0.95, 0.9, 0.45


class Text(NamedTuple):
    """A text of a document, and how well it is found by it."""

    text: str
    weight: float


@dataclass
class Findable:
    """One thing that can be found. `links` are concepts (by number) with weights; `years` the first and the last held."""

    kind: str
    code: str
    pk: int
    zh: str
    en: str
    held: int = 0
    family: str = ""
    texts: list[Text] = field(default_factory=list)
    links: dict[int, float] = field(default_factory=dict)
    years: tuple[int, int] = (0, 0)
    breadth: int = 1  # how many dimensions a series has
    concept: int | None = None  # the concept that a record is (by number)
    measured: int | None = None  # the indicator of a series


def vocabulary() -> Vocabulary:
    """The vocabulary of what is public now."""
    groups = {group.code: group.word_list for group in Synonym.objects.public().order_by("code")}
    return Vocabulary(_named(), groups)


def _others(record: Region | Indicator | Category) -> list[str]:
    return [name for name in record.other_names.split(";") if name]


def _counts(column: str) -> Mapping[int, int]:
    """Key of a member of a dimension → how many figures are held of it."""
    counts: dict[int, int] = defaultdict(int)
    for key, count in Series.objects.public().order_by("pk").values_list(column, "observation_count"):
        counts[key] += count
    return counts


def _named() -> Iterator[Naming]:
    former = _former_names()
    held = _counts("region")
    for one in Region.objects.public().order_by("code"):
        own = [name for name in (one.name_zh, one.name_en, one.short_zh, one.short_en, one.code) if name]
        count, is_former = held.get(one.pk, 0), one.valid_to is not None
        concept = NamedConcept(REGION, one.code, one.pk, one.name_zh, one.name_en, count, one.kind, is_former)
        yield Naming(concept, own, [*_others(one), *former.get(one.pk, ())])
    held = _counts("indicator")
    for one in Indicator.objects.public().select_related("unit").order_by("code"):
        concept = NamedConcept(
            INDICATOR, one.code, one.pk, one.name_zh, one.name_en, held.get(one.pk, 0), one.unit.dimension
        )
        yield Naming(concept, (one.name_zh, one.name_en, one.code), _others(one))
    held = defaultdict(int)
    for breakdown in SCHEMES:
        for key, count in _counts(breakdown).items():
            held[key] += count
    for one in Category.objects.public().select_related("scheme").order_by("code"):
        scheme = one.scheme.code
        concept = NamedConcept(
            kind_of_member(scheme), one.code, one.pk, one.name_zh, one.name_en, held.get(one.pk, 0), scheme
        )
        yield Naming(concept, (one.name_zh, one.name_en, one.code), _others(one))
    for kind, model in ((INSTRUMENT, Instrument), (ACTOR, Actor)):
        for one in model.objects.public().order_by("code"):
            yield Naming(NamedConcept(kind, one.code, one.pk, one.name_zh, one.name_en), (one.name_zh, one.name_en))
    for number, need in enumerate(Need):
        zh, en = in_both(need.label)
        yield Naming(NamedConcept(NEED, need.value, number, zh, en), (zh, en))


def _former_names() -> dict[int, list[str]]:
    """Region → the names of what it was before: an old name finds what became of it."""
    former: dict[int, list[str]] = defaultdict(list)
    known = Succession.objects.public().filter(predecessor__in=Region.objects.public())
    for succession in known.select_related("predecessor").order_by("date", "pk"):
        old = succession.predecessor
        former[succession.successor_id] += [name for name in (old.name_zh, old.name_en, *_others(old)) if name]
    return former


# What can be found ---------------------------------------------------------------------------------------------------


def findables(words: Vocabulary) -> Iterator[Findable]:
    """Everything that can be found, with what it is found by."""
    yield from _records(words)
    yield from _measures(words)
    for document in Document.objects.public().order_by("code"):
        notes = (document.number, document.note_zh, document.note_en)
        yield _titled(DOCUMENT, document, document.code, notes)
    for source in Source.objects.public().order_by("slug"):
        yield _titled(SOURCE, source, source.slug, (source.authors, source.publisher_zh, source.publisher_en))
    yield from _series(words)


def _titled(kind: str, one: Document | Source, code: str, texts: Iterable[str]) -> Findable:
    titles = [Text(one.title_zh, TITLE), Text(one.title_en, TITLE), Text(code, OTHER_NAME)]
    return Findable(kind, code, one.pk, one.title_zh, one.title_en, texts=titles + [Text(text, TEXT) for text in texts])


def _records(words: Vocabulary) -> Iterator[Findable]:
    """Places, indicators and categories: each is its concept, and is found by the words of its names."""
    definitions = {
        pk: texts for pk, *texts in Indicator.objects.public().values_list("pk", "definition_zh", "definition_en")
    }
    for number, concept in enumerate(words.concepts):
        if concept.kind not in NAMED_KINDS:
            continue
        texts = [Text(concept.zh, OTHER_NAME), Text(concept.en, OTHER_NAME)]
        texts += [Text(name, 0.7) for name in words.names_of.get(number, ())]
        if concept.kind == INDICATOR:
            texts += [Text(text, TEXT) for text in definitions.get(concept.pk, ())]
        yield Findable(
            concept.kind, concept.code, concept.pk, concept.zh, concept.en, concept.held, concept.family, texts,
            {number: 0.9 if concept.is_former else 1.0}, concept=number,
        )  # fmt: skip


def _numbers(words: Vocabulary, *kinds: str) -> dict[int, int]:
    """Key in the store → number in the vocabulary, of the concepts of some kinds that are in one table."""
    return {concept.pk: number for number, concept in enumerate(words.concepts) if concept.kind in kinds}


def _links(through: type[Model], column: str) -> Iterator[tuple[int, int]]:
    yield from through._default_manager.order_by("measure", "pk").values_list("measure", column)


def _measures(words: Vocabulary) -> Iterator[Findable]:
    """Measures, with the places, trades, indicators and means that they are linked to."""
    regions = _numbers(words, REGION)
    above = _above(words, regions)
    links: dict[int, dict[int, float]] = defaultdict(dict)
    for measure, region in _links(MeasureRegion, "region"):
        if region in regions:
            links[measure][regions[region]] = LINKED
        for number in above(region):
            links[measure].setdefault(number, ABOVE)
    for through, column, numbers, weight in (
        (Measure.industries.through, "category", _numbers(words, *SCHEMES, CATEGORY), LINKED),
        (MeasureIndicator, "indicator", _numbers(words, INDICATOR), 0.8),
        (Measure.instruments.through, "instrument", _numbers(words, INSTRUMENT), 0.8),
        (Measure.actors.through, "actor", _numbers(words, ACTOR), 0.7),
    ):
        for measure, key in _links(through, column):
            if key in numbers:
                links[measure][numbers[key]] = weight
    needs = {need: words.by_code[NEED, need] for need in Need.values}
    fields = ("code", "title_zh", "title_en", "summary_zh", "summary_en", "needs")
    for one in Measure.objects.public().only(*fields).order_by("code"):
        mine = links[one.pk]
        mine |= {needs[need]: 0.7 for need in one.need_list if need in needs}
        texts = [Text(one.title_zh, TITLE), Text(one.title_en, TITLE), Text(one.code, OTHER_NAME)]
        texts += [Text(one.summary_zh, TEXT), Text(one.summary_en, TEXT)]
        yield Findable(MEASURE, one.code, one.pk, one.title_zh, one.title_en, texts=texts, links=mine)


def _above(words: Vocabulary, regions: Mapping[int, int]) -> Callable[[int], tuple[int, ...]]:
    """What tells of a region (its key) in which public ones it lies, countries aside (their numbers), the nearest first; one query."""
    tree = Hierarchy(Region.objects.order_by("pk").values_list("pk", "parent"))

    @cache
    def above(region: int) -> tuple[int, ...]:
        numbers = (regions.get(ancestor) for ancestor in tree.ancestors(region))
        return tuple(number for number in numbers if number is not None and not words.concepts[number].is_country)

    return above


def _series(words: Vocabulary) -> Iterator[Findable]:
    """Series: found by their place, indicator and breakdowns."""
    regions, indicators = _numbers(words, REGION), _numbers(words, INDICATOR)
    categories = _numbers(words, *SCHEMES, CATEGORY)
    above = _above(words, regions)
    numbers: list[dict[int, int]] = [regions if name == "partner" else categories for name in BREAKDOWNS]
    columns = ("pk", "key", "region", "indicator", "observation_count", "first_period", "last_period", *BREAKDOWNS)
    for pk, key, region, indicator, count, first, last, *divided in (
        Series.objects.public().order_by("key").values_list(*columns).iterator()
    ):
        meant: list[int | None] = [regions.get(region), indicators.get(indicator)]
        meant += [table.get(one) for table, one in zip(numbers, divided, strict=True) if one is not None]
        links = {number: 1.0 for number in meant if number is not None}
        links |= {number: ABOVE for number in above(region) if number not in links}
        years = (int(first[:4]), int(last[:4])) if first and last else (0, 0)
        yield Findable(
            SERIES, key, pk, key, key, count, links=links, years=years, breadth=len(meant), measured=meant[1]
        )


def texts_of(kind: str, pks: Iterable[int]) -> dict[int, list[tuple[str, str, str]]]:
    """The texts of some records, by their keys: (field, language, text), for showing what matched; one query."""
    fields: Mapping[str, tuple[Any, tuple[str, ...]]] = {
        MEASURE: (Measure, ("title", "summary")), DOCUMENT: (Document, ("title", "note")),
        SOURCE: (Source, ("title", "publisher")), INDICATOR: (Indicator, ("name", "definition")),
    }  # fmt: skip
    if kind not in fields:
        return {}
    model, names = fields[kind]
    columns = [(name, language) for name in names for language in ("zh", "en")]
    read = statement(model.objects.all, "pk", tuple(map("_".join, columns)))
    return {
        pk: [(*column, text) for column, text in zip(columns, texts, strict=True) if text]
        for pk, *texts in read.rows(list(pks))
    }
