"""What everything is called: the names of places, indicators, categories, means and needs, as the curated tables have them.

A name is known by the keys of its units. Names come from the records (names, short and other names, codes), from what a
place was before, and from the groups of synonyms: what the first word of a group names has all its words for names, in
questions only (an import takes a record's own and other names). Short forms that follow a rule (less 市, 总额, County) are
computed, and weigh a little less.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from regions.models import RegionKind
from sources.folding import normalised
from words.units import IS_HAN, keys, keys_of_name, spelt

REGION, INDICATOR, INSTRUMENT, NEED, ACTOR, WORD = "region", "indicator", "instrument", "need", "actor", "word"

COUNTRIES = (RegionKind.COUNTRY, RegionKind.WORLD)  # in which everything lies
PLANNED = "planned"  # what an indicator is that counts what is to be

# How well a name is a name: one's own, another or former one, a short form by rule, a word of a group.
OWN, OTHER, SHORT, SYNONYM = 1.0, 0.97, 0.92, 0.95

ETHNIC = "土家族苗族|苗族侗族|苗族|侗族|瑶族|土家族|壮族|回族|维吾尔|藏族"
SHORT_ZH: Mapping[str, re.Pattern[str]] = {
    REGION: re.compile(f"(?:(?:{ETHNIC})*自治[州县区]|特别行政区|省|市|县|区|地区)$"),
    INDICATOR: re.compile("(?:总额|总值|总量|规模|数量|额|值|数|率|量)$"),
    "industry": re.compile("(?:产业|行业|业)$"),
    "product": re.compile("(?:等产品|产品)$"),
}
SHORT_EN: Mapping[str, re.Pattern[str]] = {
    REGION: re.compile(r"\s(?:City|County|District|Province|Municipality|Prefecture)$|^City of\s"),
    INDICATOR: re.compile(r"^(?:Total|Number of|Value of|Volume of|Amount of)\s", re.IGNORECASE),
    "industry": re.compile(r"\s(?:industry|industries|sector)$", re.IGNORECASE),
    "product": re.compile(r"\s(?:products|and similar products)$", re.IGNORECASE),
}

# Kinds of places in English names, and as they are read in Chinese: You Xian is You County.
SPELT_EN: Mapping[str, str] = {
    "City": "Shi", "County": "Xian", "District": "Qu", "Province": "Sheng", "Prefecture": "Zhou", "Area": "Pian Qu",
}  # fmt: skip
VOWELS = frozenset("aeiou")
# What an English name of an indicator is headed by, before or after what it is of.
HEADS = (
    "growth|share|rank|value|area|output|spending|budget|investment|volume|costs?|tasks?|number|capacity|intensity|size"
)
TURNED_EN = re.compile(rf"(?P<head>{HEADS}) (?:of|in|on) (?P<of>[\w&-]+(?: [\w&-]+){{0,3}})", re.IGNORECASE)
HEADED_EN = re.compile(rf"(?P<of>[\w&-]+(?: [\w&-]+){{0,2}}) (?P<head>{HEADS})", re.IGNORECASE)

Keys = tuple[str, ...]


class NamedConcept(NamedTuple):
    """Something that has names: its kind, code and key in the store, its own names, and how much is held of it.

    `family` is the classification of a category, the kind of a region, and what the unit of an indicator measures.
    """

    kind: str
    code: str
    pk: int
    zh: str
    en: str
    held: int = 0
    family: str = ""
    is_former: bool = False

    @property
    def is_country(self) -> bool:
        """Whether it is a country or the world, in which everything lies."""
        return self.family in COUNTRIES

    def name(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class NameMeaning(NamedTuple):
    """That a name may mean a concept (its number in the vocabulary): how well, and the name as it is written."""

    concept: int
    weight: float
    name: str


@dataclass(frozen=True)
class Naming:
    """A concept with all its names, its own first: what a vocabulary is made of."""

    concept: NamedConcept
    own: Sequence[str]
    other: Sequence[str] = ()


class Vocabulary:
    """All names of all concepts. `groups` are the words of each group of synonyms, by its code, what is meant most first."""

    def __init__(self, named: Iterable[Naming], groups: Mapping[str, Sequence[str]]) -> None:
        self.concepts: list[NamedConcept] = []
        self.names: dict[Keys, tuple[NameMeaning, ...]] = {}
        self._all: dict[Keys, dict[int, NameMeaning]] = defaultdict(dict)
        listed = list(named)
        for number, one in enumerate(listed):
            self.concepts.append(one.concept)
            for name in one.own:
                self._call(number, name, OWN)
            for name in one.other:
                self._call(number, name, OTHER)
        self._shorten(listed)
        for code, words in sorted(groups.items()):
            self._join(code, words)
        self._drop_places()
        order = {number: (-concept.held, concept.kind, concept.code) for number, concept in enumerate(self.concepts)}
        for known, meanings in self._all.items():
            ranked = sorted(meanings.values(), key=lambda one: (-one.weight, order[one.concept]))
            self.names[known] = tuple(ranked)
        # First unit of names → second unit → how long they are; those of one unit are told by the first alone.
        self._lengths: dict[str, dict[str, list[int]]] = defaultdict(dict)
        self._single = {known[0]: meanings for known, meanings in self.names.items() if len(known) == 1}
        for known in self.names:
            lengths = self._lengths[known[0]]
            if len(known) > 1 and len(known) not in lengths.setdefault(known[1], []):
                lengths[known[1]].append(len(known))

    def _call(self, number: int, name: str, weight: float) -> None:
        known = keys_of_name(name)
        if not known or (len(known) == 1 and len(known[0]) == 1 and not IS_HAN.match(known[0])):
            return  # a single letter names nothing
        known_as = self._all[known].get(number)
        if known_as is None or known_as.weight < weight:
            self._all[known][number] = NameMeaning(number, weight, name.strip())

    def _shorten(self, listed: Sequence[Naming]) -> None:
        """The short forms of all names, but for what something of the kind is called in full."""
        for number, one in enumerate(listed):
            for name in [*one.own, *one.other]:
                for short in short_forms(one.concept.kind, name):
                    known = self._all.get(keys_of_name(short), {})
                    if not any(
                        self.concepts[other].kind == one.concept.kind and meaning.weight > SHORT
                        for other, meaning in known.items()
                    ):
                        self._call(number, short, SHORT)

    def _drop_places(self) -> None:
        """Another name that is a place and a name of the same thing (醴陵陶瓷) would hide the place, and is understood without it."""
        for known, meanings in list(self._all.items()):
            for place in range(2 if IS_HAN.match(known[0]) else 1, len(known)):  # 新 is no place in 新材料
                before, after = self._all.get(known[:place], {}), self._all.get(known[place:], {})
                if any(self.concepts[one].kind == REGION for one in before):
                    for number in [one for one in meanings if one in after and self.concepts[one].kind != REGION]:
                        if meanings[number].weight < OWN:
                            del meanings[number]
            if not meanings:
                del self._all[known]

    def _join(self, code: str, words: Sequence[str]) -> None:
        """All words of a group name what the first of them names that names anything."""
        named = (
            [one for one, meaning in self._all.get(keys_of_name(word), {}).items() if meaning.weight >= OTHER]
            for word in words
        )
        meant = dict.fromkeys(next(filter(None, named), []), SYNONYM)
        if not meant:
            meant[len(self.concepts)] = OWN
            english = next((word for word in words if not IS_HAN.search(word)), words[0])
            self.concepts.append(NamedConcept(WORD, code, 0, words[0], english))
        for word in words:
            for number, weight in meant.items():
                self._call(number, word, weight)

    # Finding names in units ------------------------------------------------------------------------------------------

    def at(self, units: Sequence[str], start: int) -> Sequence[tuple[int, tuple[NameMeaning, ...]]]:
        """The names that begin at a unit: where each ends, and what it means."""
        follow = self._lengths.get(units[start])
        if follow is None:
            return ()
        single = self._single.get(units[start])
        ends = [(start + 1, single)] if single else []
        for length in follow.get(units[start + 1], ()) if start + 1 < len(units) else ():
            meanings = self.names.get(tuple(units[start : start + length]))
            if meanings and start + length <= len(units):
                ends.append((start + length, meanings))
        return ends

    def held(self, known: Keys) -> int:
        """How much is held of what a name means first; -1 where it is none."""
        meanings = self.names.get(known, ())
        return self.concepts[meanings[0].concept].held if meanings else -1

    @cached_property
    def by_code(self) -> dict[tuple[str, str], int]:
        """Kind and code of each concept → its number."""
        return {(concept.kind, concept.code): number for number, concept in enumerate(self.concepts)}

    @cached_property
    def names_of(self) -> dict[int, list[str]]:
        """Concept → its names as they are written, the best first; also those that a rule or a group gives it."""
        names: dict[int, list[tuple[float, str]]] = defaultdict(list)
        for meanings in self.names.values():
            for meaning in meanings:
                names[meaning.concept].append((-meaning.weight, meaning.name))
        return {number: [name for _, name in sorted(called)] for number, called in names.items()}

    @cached_property
    def folded_names(self) -> dict[int, list[str]]:
        """Concept (its number) → its names, normalised."""
        return {number: list(dict.fromkeys(map(normalised, names))) for number, names in self.names_of.items()}

    @cached_property
    def derived(self) -> dict[tuple[int, str], int]:
        """Indicator and `growth`, `share` or `rank` → the indicator that is this of it, where there is one, by its names."""
        by_base: dict[tuple[int, str], int] = {}
        indicators = {
            known: meant
            for known, meanings in self.names.items()
            if (meant := [one.concept for one in meanings if self.concepts[one.concept].kind == INDICATOR])
        }
        for transform, (endings, beginnings) in _DERIVED.items():
            for known, made in indicators.items():
                bases = [known[: -len(ending)] for ending in endings if known[-len(ending) :] == ending]
                bases += [known[len(begin) :] for begin in beginnings if known[: len(begin)] == begin]
                for base in (one for key in bases for one in indicators.get(key, ())):
                    if made[0] != base:
                        by_base.setdefault((base, transform), made[0])
        return by_base

    @cached_property
    def already(self) -> dict[str, set[int]]:
        """`growth`, `share` or `rank` → the indicators that are one, by their own names: none of these is asked for of them."""
        by_transform: dict[str, set[int]] = defaultdict(set)
        for transform, (endings, beginnings) in _DERIVED.items():
            for known, meanings in self.names.items():
                if any(known[-len(one) :] == one for one in endings) or any(
                    known[: len(one)] == one for one in beginnings
                ):
                    for one in meanings:
                        if one.weight >= OTHER and self.concepts[one.concept].kind == INDICATOR:
                            by_transform[transform].add(one.concept)
        return by_transform

    # How names sound and look, for what is written otherwise ---------------------------------------------------------

    def get_ready(self) -> None:
        """Make what repairs need, of which pypinyin takes a second and 56 MiB to load, so that no question waits for it."""
        _ = self.by_sound, self.longest_sound, self.by_initials, self.lacking, self.latin, self.short_of_ends

    @cached_property
    def by_sound(self) -> dict[str, Keys]:
        """The syllables of a Chinese name, joined → the name; of several that of the concept with most data."""
        ranked: dict[str, tuple[tuple[float, int], Keys]] = {}
        for known, meanings in self.names.items():
            if len(known) > 1 and all(IS_HAN.match(key) for key in known):
                rank = (-meanings[0].weight, -self.concepts[meanings[0].concept].held)
                joined = "".join(spelt("".join(known)))
                if joined not in ranked or (rank, known) < ranked[joined]:
                    ranked[joined] = (rank, known)
        return {joined: known for joined, (_, known) in ranked.items()}

    @cached_property
    def longest_sound(self) -> int:
        """How many letters the syllables of a Chinese name have at most."""
        return max(map(len, self.by_sound), default=0)

    @cached_property
    def by_initials(self) -> dict[str, Keys]:
        """The first letters of the syllables of a Chinese name, where no vowel is among them → the name: kjds is 跨境电商."""
        ranked: dict[str, tuple[tuple[float, int], Keys]] = {}
        for known, meanings in self.names.items():
            if len(known) > 3 and all(IS_HAN.match(key) for key in known):
                letters = "".join(one[:1] for one in spelt("".join(known)))
                rank = (-meanings[0].weight, -self.concepts[meanings[0].concept].held)
                if not VOWELS & set(letters) and (letters not in ranked or (rank, known) < ranked[letters]):
                    ranked[letters] = (rank, known)
        return {letters: known for letters, (_, known) in ranked.items()}

    @cached_property
    def lacking(self) -> dict[Keys, list[Keys]]:
        """A Chinese name of four characters or more, whole or without one of them → the names that it may be."""
        by_form: dict[Keys, list[Keys]] = defaultdict(list)
        for known in self.long_han:
            for shorter in {known, *(known[:n] + known[n + 1 :] for n in range(len(known)))}:
                by_form[shorter].append(known)
        return by_form

    @cached_property
    def short_of_ends(self) -> dict[tuple[str, str], list[Keys]]:
        """The first and the last character of a Chinese name of four and more → the names: what a short form may stand for."""
        by_ends: dict[tuple[str, str], list[Keys]] = defaultdict(list)
        for known in self.long_han:
            by_ends[known[0], known[-1]].append(known)
        return by_ends

    @cached_property
    def latin(self) -> dict[str, tuple[str, str]]:
        """Each English word of a name, folded and whole → its key, and how it is written; for repairs."""
        by_word: dict[str, tuple[str, str]] = {}
        for names in self.names_of.values():
            for word in (one for name in names for one in re.findall(r"[^\W\d_]{4,}", name) if one.isascii()):
                by_word.setdefault(word.lower(), (keys(word)[0], word))
        return by_word

    @cached_property
    def long_han(self) -> list[Keys]:
        """Chinese names of four characters and more, sorted: what a short form may stand for."""
        return sorted(known for known in self.names if len(known) > 3 and all(IS_HAN.match(key) for key in known))


def _known(*words: str) -> list[Keys]:
    return [keys(word) for word in words]


# How the name of an indicator ends or begins that is the growth, share or rank of another.
_DERIVED: Mapping[str, tuple[list[Keys], list[Keys]]] = {
    "growth": (
        _known("增速", "增长率", "增幅", "降幅", "变动", "降低额", "growth", "growth rate"),
        _known("Growth of", "Growth in", "Reduction in", "Change in", "Rise in", "savings on"),
    ),
    "share": (_known("占比", "比重", "强度", "比例", "share", "intensity"), _known("Share of")),
    "rank": (_known("位次", "排名", "rank"), _known("Rank by")),
    PLANNED: (_known("planned"), _known("规划建设的", "规划")),
}


def short_forms(kind: str, name: str) -> Iterator[str]:
    """The other forms of a name that follow a rule: shorter ones of at least two characters, or three letters; a place as it is
    read in Chinese, in one word or two; growth of exports as export growth, and the other way round.
    """
    rules = SHORT_ZH if IS_HAN.search(name) else SHORT_EN
    if rule := rules.get(kind):
        short = rule.sub("", name).strip()
        if short != name and len(short) >= (2 if IS_HAN.search(short) else 3):
            yield short
    if kind == INDICATOR and (turned := TURNED_EN.fullmatch(name)):
        yield f"{turned['of']} {turned['head']}"
    if kind == INDICATOR and (plain := HEADED_EN.fullmatch(name)):
        yield f"{plain['head']} of {plain['of']}"
        yield f"{plain['head']} in {plain['of']}"
        yield f"{plain['head']} on {plain['of']}"
    before, _, kind_of_place = name.rpartition(" ")
    if kind == REGION and before and (spelled := SPELT_EN.get(kind_of_place)):
        yield f"{before} {spelled}"
        yield f"{before}{spelled.lower()}"
