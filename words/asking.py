"""What a question asks for: which kind of answer, of which codes, and which of its words nothing can be done with.

Of the reading of a question and of what its words find; it asks the store nothing, and knows no figure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from indicators.codes import SCHEMES
from regions.models import RegionKind
from sources.bilingual import LANGUAGES
from words.combinations import COUNT
from words.documents import DOCUMENT, MEASURE, SERIES, SOURCE
from words.grammar import ANY_REGION, FIELDS, KIND_OF_REGION, LOWEST, NTH, PREPOSITIONS, RANK, AnswerKind
from words.hits import MOSTLY_MET, Hit, Hits
from words.parts import PERIOD, QuestionPart
from words.reading import Reading
from words.sought import OF_NUMBERS, Seeking, Sought, kinds_asked, measured, misses_head
from words.units import keys
from words.vocabulary import INDICATOR, REGION, NamedConcept

OF_FIGURES = (Sought.FIGURE, Sought.GOAL, Sought.RANKING, Sought.COMPARISON)
DIMENSIONS = (REGION, INDICATOR, *SCHEMES)

# Places that are themselves what something is said of: a park, a bloc.
SUBJECTS = (RegionKind.ZONE, RegionKind.GROUP)
# What a partner of trade stands behind: alone, or behind what is measured; and what something is counted by.
TOWARD, WITH, EACH = (frozenset(map(keys, words)) for words in (["对"], ["with", "to"], ["per", "每"]))
MOST_TOLD = 3  # records of which one may say when something was, or who did it
MOST_LOOKED_AT = 20  # series among which those of what is named would be
ALIKE = 0.01  # what scores differ by that say nothing
ISSUED = 0.9  # how well a document says who does what it says


@dataclass(frozen=True)
class Wanted:
    """What is asked for: the kind of answer, what each name means (by where it begins), and the words that are part of neither.

    `first` is the hit that comes nearest to all of the question. `kind_of_region`, `is_lowest` and `nth` are of rankings.
    """

    sought: Sought
    hits: Hits
    meaning: Mapping[int, NamedConcept]
    unused: tuple[QuestionPart, ...]
    first: Hit | None
    kind_of_region: RegionKind | None = None
    is_lowest: bool = False
    nth: int = 1

    @property
    def reading(self) -> Reading:
        return self.hits.reading

    def meant(self, kind: str) -> list[NamedConcept]:
        """What is meant of a kind, in the order of the question, each once."""
        return list(dict.fromkeys(concept for concept in self.meaning.values() if concept.kind == kind))

    def codes(self, kind: str) -> list[str]:
        """The codes that are meant of a kind; of several indicators those of a number, where a number of things is asked for. Partners
        are no places that are asked for.
        """
        meant = [concept for concept in self.meant(kind) if concept not in self.partners]
        if kind == INDICATOR and AnswerKind.COUNT in kinds_asked(self.reading):
            meant = [concept for concept in meant if concept.family == COUNT] or meant
        return [concept.code for concept in meant]

    @property
    def partners(self) -> list[NamedConcept]:
        """The places with which is traded: 醴陵对非洲出口, trade of Liling with Africa; none where no other place is named."""
        places: list[NamedConcept] = []
        for before, part, after in zip(
            (None, *self.reading.parts), self.reading.parts, self.reading.parts[1:], strict=False
        ):
            meant = self.meaning.get(after.start)
            is_toward = part.keys in TOWARD or (part.keys in WITH and before is not None and self._is_measure(before))
            if is_toward and meant is not None and meant.kind == REGION:
                places.append(meant)
        return places if len(self.meant(REGION)) > len(places) else []

    @property
    def series(self) -> str | None:
        """The key of the series that is meant, where no indicator is named but what is named is measured by one; or where one is, and
        just what else is said is measured there, and not that: firms on a platform, where of a place there are no firms at all.
        """
        first = self.first
        if first is None or first.is_elsewhere or self.partners or first.entry.kind != SERIES:
            return None
        is_meant = self._is_narrower(first) or not self.meant(INDICATOR)
        return first.entry.code if is_meant and not self._is_one_of_many else None

    @property
    def _is_one_of_many(self) -> bool:
        """Whether what is said tells a series from no other of the place: a word that several indicators have names one of none."""
        first, *others = self.hits.of_kinds([SERIES])[0:2]
        return any(
            first.score - other.score < ALIKE and other.unmet == first.unmet
            and other.entry.region == first.entry.region and other.entry.indicator != first.entry.indicator
            for other in others
        )  # fmt: skip

    def _is_narrower(self, hit: Hit) -> bool:
        """Whether a series of the place, which has none of what is named, is counted as that, and its names have all that is said, and
        that more than is named.
        """
        if any(not part.is_light for part in hit.unmet):
            return False
        named = {concept.code: concept.family for concept in self.meant(INDICATOR)}
        held = {(one.entry.region, one.entry.indicator) for one in self.hits.of_kinds([SERIES])[0:MOST_LOOKED_AT]}
        number = self.reading.vocabulary.by_code.get((INDICATOR, hit.entry.indicator))
        is_alike = number is not None and {self.reading.vocabulary.concepts[number].family} == set(named.values())
        dimensions = {start for start, concept in self.meaning.items() if concept.kind in DIMENSIONS}
        more = any(
            (part.is_plain or part.is_name) and not (part.is_light or part.is_little or part.start in dimensions)
            for part in self.reading.parts
        )
        return is_alike and more and not any((hit.entry.region, code) in held for code in named)

    @property
    def transform(self) -> str | None:
        """What is to be computed of what is measured, unless that is it already."""
        if self.series is None:
            return self.reading.transform
        indicator = self.reading.vocabulary.by_code.get((INDICATOR, self.series.split(".")[2]))
        return self.reading.transform_of([] if indicator is None else [indicator])

    @property
    def asks_a_number(self) -> bool:
        """Whether only a figure can be the answer."""
        return bool(kinds_asked(self.reading) & OF_NUMBERS) or self.reading.transform == RANK

    @property
    def unknown(self) -> tuple[QuestionPart, ...]:
        """The words that neither a name nor a text has and that narrow what is asked for: what they ask for is not held.

        They stand beside what is measured, or say of what it is, or are all that is asked for; elsewhere they say how.
        """
        parts = self.reading.parts
        unknown = {id(part) for part in self.reading.unknown}
        return tuple(part for number, part in enumerate(parts) if id(part) in unknown and self._narrows(parts, number))

    def _narrows(self, parts: Sequence[QuestionPart], number: int) -> bool:
        is_of_what = number > 0 and parts[number - 1].keys in PREPOSITIONS
        is_narrower = is_of_what or self._is_beside(parts, number) or self._is_each(parts, number)
        return is_narrower or not (self.meant(INDICATOR) or self.series)

    @staticmethod
    def _is_each(parts: Sequence[QuestionPart], number: int) -> bool:
        """Whether a part says for each of what: per capita."""
        return number > 0 and parts[number - 1].keys in EACH

    def _is_beside(self, parts: Sequence[QuestionPart], number: int) -> bool:
        """Whether a part stands just before or after what is measured."""
        return any(self._is_measure(parts[n]) for n in (number - 1, number + 1) if 0 <= n < len(parts))

    @property
    def unmet(self) -> tuple[QuestionPart, ...]:
        """What a query of figures cannot take into account and makes another measure of what is measured: a name beside it, as of trade in
        services, or what it is counted by.
        """
        parts = self.reading.parts
        unused = {id(part) for part in self.unused}
        return tuple(
            part for number, part in enumerate(parts)
            if id(part) in unused
            and (self._is_each(parts, number) or (part.is_name and self._is_beside(parts, number) and not self._is_said(part)))
        )  # fmt: skip

    def _is_said(self, part: QuestionPart) -> bool:
        """Whether a name of the indicator that is asked for has some of the words of a part: 货运, of 货物吞吐量."""
        measured = (one.name(language) for one in self.meant(INDICATOR) for language in LANGUAGES)
        return any(not {*part.keys}.isdisjoint(keys(name)) for name in measured)

    def _is_measure(self, part: QuestionPart) -> bool:
        meant = self.meaning.get(part.start)
        return meant is not None and meant.kind == INDICATOR

    @property
    def is_mostly_met(self) -> bool:
        """Whether what is found meets most of the question; a query of figures must leave out little, and nothing that narrows it."""
        if self.sought in OF_FIGURES:
            is_narrowed = self.unknown or self.unmet or self.reading.is_denied
            return not is_narrowed and is_mostly(self.hits, self.unused)
        is_met = self.first is not None and self.first.coverage >= MOSTLY_MET
        if self.sought is Sought.RECORD:
            says = any(part.is_name or part.is_plain for part in self.reading.parts)
            return says and is_met and not self.unknown and not misses_head(self.reading, self.first)
        return is_met


def wanted(hits: Hits) -> Wanted:
    """What a question asks for, by its reading and what it finds."""
    reading, first = hits.reading, hits.first
    meaning, words = dict(_meanings(hits)), {part.keys for part in reading.parts}
    unused = tuple(_unused(hits, meaning))
    sought = Seeking(hits, meaning.values(), is_of_figures=is_mostly(hits, unused)).sought
    if sought in OF_FIGURES:
        first = measured(hits) or first
    else:
        unused = tuple(part for part in first.unmet if not part.is_light) if first else ()
    kind_of_region = next((kind for word, kind in KIND_OF_REGION.items() if word in words), None)
    nth = next((number for word, number in NTH.items() if word in words), 1)
    return Wanted(sought, hits, meaning, unused, first, kind_of_region, bool(words & LOWEST), nth)


def _meanings(hits: Hits) -> Iterator[tuple[int, NamedConcept]]:
    """Where each name begins, and what it means: of several meanings the one by which the best series is found."""
    series = hits.of_kinds([SERIES])[0:1]
    codes = set(series[0].entry.code.split(".")) if series and not series[0].is_elsewhere else set()
    for place, part in enumerate(hits.reading.parts):
        is_field = part.keys in FIELDS and AnswerKind.RANKING in kinds_asked(hits.reading)
        if part.is_name and not is_field and place not in hits.reading.dropped:
            meant = others_meant(hits.reading, part)
            is_of_series = not codes.isdisjoint(one.code for one in meant)
            if codes and meant[0].kind in SCHEMES and not is_of_series and part not in series[0].unmet:
                continue  # the indicator of what is measured says it already: cargo, of the throughput of cargo
            yield part.start, next((concept for concept in meant if concept.code in codes), meant[0])


def _unused(hits: Hits, meaning: Mapping[int, NamedConcept]) -> Iterator[QuestionPart]:
    """The words that a query of figures cannot take into account; a single character says too little to narrow one, and what the
    names or the definition of what is measured say is meant with it.
    """
    reading, series = hits.reading, hits.of_kinds([SERIES])[0:1]
    met = [part for part in reading.parts if part.is_plain and series and part not in series[0].unmet]
    for place, part in enumerate(reading.parts):
        is_used = part.start in meaning and meaning[part.start].kind in DIMENSIONS
        is_kind = part.keys in KIND_OF_REGION or part.keys in ANY_REGION or part.keys in FIELDS
        if (part.is_name or part.is_plain) and not (
            is_used or is_kind or part.is_little or part.is_light or part in met or place in reading.dropped
        ):
            yield part


def is_mostly(hits: Hits, unused: Collection[QuestionPart]) -> bool:
    """Whether a question is taken into account for the most part, by what its words weigh, where some are not; of what nobody knows
    is asked apart (`Wanted.unknown`).
    """
    weights = [
        (part, weight) for part, weight, _ in hits.parts_met(SERIES)
        if part.role != PERIOD and not (part.is_light or part in hits.reading.unknown)
    ]  # fmt: skip
    whole = sum(weight for _, weight in weights)
    return sum(weight for part, weight in weights if part not in unused) >= MOSTLY_MET * whole


def others_meant(reading: Reading, part: QuestionPart) -> list[NamedConcept]:
    """All that a name may mean, the best first; of an indicator its rate or share where that is asked for."""
    numbers = [reading.turned.get(one.concept, one.concept) for one in part.meanings]
    return [reading.vocabulary.concepts[number] for number in dict.fromkeys(numbers)]


def dated_or_done(asked: Wanted) -> list[Hit]:
    """What may say when something was, or who did it, best first: documents alone where it is asked who wrote or issued one."""
    is_of_documents = AnswerKind.AUTHOR in kinds_asked(asked.reading)
    listed = asked.hits.of_kinds([DOCUMENT, SOURCE] if is_of_documents else [MEASURE, SERIES, DOCUMENT])[0:MOST_TOLD]
    is_of_one = any(concept.family in SUBJECTS for concept in asked.meant(REGION))
    told = [hit for hit in listed if is_of_documents or (hit.is_of_places and (hit.is_called or is_of_one))]
    if is_of_documents:
        return told
    # A document says who issued it, a measure who does it; of equal ones comes first what is called little else.
    return sorted(
        told, key=lambda hit: (-hit.score * (ISSUED if hit.entry.kind == DOCUMENT else 1), len(hit.entry.name_en))
    )
