"""A search index in memory: which things have a word in a name or in a text, in Chinese and in English.

Chinese is indexed by characters and pairs of characters, so that it needs no dictionary and finds every part of a word;
English by whole words without their plural, found by their beginnings. The same words give the same things in the same
order on either store, for the index compares and sorts by itself (docs/decisions/0026).
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from indicators.resolving import CONTAINS, score_of
from sources.folding import normalised

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
RUNS = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
IS_HAN = re.compile(f"[{HAN}]")
HAN_FIRST = HAN[0]

# A word in a text weighs less than one in a name; a synonym less than the word that its group is about.
IN_TEXT = round(0.5 * CONTAINS, 4)
SYNONYM = 0.95
JOINED = re.compile(r"[a-z0-9][-_.][a-z0-9]")
SHORTEST_BEGINNING = 2
SHORTEST_PLURAL = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing that can be found: its names and its text, normalised, and what its names weigh."""

    kind: str
    code: str
    name_zh: str
    name_en: str
    names: tuple[str, ...]
    text: str = ""
    weight: float = 1.0
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found, the name that matched best (empty where only the text did), and how well (0 to 1)."""

    entry: Entry
    matched: str
    score: float


@dataclass(frozen=True)
class Term:
    """Part of a query: phrases any of which will do, each with its weight."""

    phrases: tuple[tuple[str, float], ...]


@lru_cache(maxsize=100_000)
def singular(word: str) -> str:
    """An English word without its plural s."""
    plural = len(word) >= SHORTEST_PLURAL and word.endswith("s") and not word.endswith("ss")
    return word[:-1] if plural else word


def tokens(text: str) -> set[str]:
    """What a normalised text is found by: pairs of Chinese characters and the last of each run, English words in the singular."""
    found: set[str] = set()
    for run in RUNS.findall(text):
        if run[0] >= HAN_FIRST and IS_HAN.match(run):
            found.update(map(str.__add__, run, run[1:]))
            found.add(run[-1])
        else:
            found.add(singular(run))
    return found


@lru_cache(maxsize=1024)
def _pattern(phrase: str) -> re.Pattern[str] | None:
    """What a text must hold for a phrase that its tokens alone do not decide; None where they do."""
    runs = RUNS.findall(phrase)
    if len(runs) == 1 and (not IS_HAN.match(runs[0]) or len(runs[0]) <= 2):
        return None
    parts = [run if IS_HAN.match(run) else re.escape(singular(run)) + "s?" for run in runs]
    return re.compile(r"[\W_]*".join(parts))


class Hits:
    """What was found, best first: counted and sliced as a queryset is, and named only where it is asked for."""

    def __init__(self, index: Index, ranked: list[tuple[float, int]], phrases: Sequence[tuple[str, float]]) -> None:
        self._index, self._ranked, self._phrases = index, ranked, phrases

    def count(self) -> int:
        """How many."""
        return len(self._ranked)

    def __bool__(self) -> bool:
        return bool(self._ranked)

    def __getitem__(self, part: slice) -> list[Hit]:
        return [self._hit(*ranked) for ranked in self._ranked[part]]

    def __iter__(self) -> Iterator[Hit]:
        return iter(self[:])

    def _hit(self, score: float, number: int) -> Hit:
        entry = self._index.entries[number]
        best, matched = max((weight * score_of(p, name), name) for name in entry.names for p, weight in self._phrases)
        return Hit(entry, matched if best else "", score)

    def of_kinds(self, kinds: Collection[str]) -> Hits:
        """Only those of some kinds, in the same order."""
        kind = self._index.kinds
        kept = [(score, number) for score, number in self._ranked if kind[number] in kinds]
        return Hits(self._index, kept, self._phrases)

    @property
    def by_kind(self) -> Counter[str]:
        """Kind → how many."""
        kind = self._index.kinds
        return Counter(kind[number] for _, number in self._ranked)


class Index:
    """Entries by kind and code, and for each token the numbers of those that have it in a name, or in their text.

    `synonyms` maps each word to all words of its group, the one that the group is about first. All words are normalised.
    """

    def __init__(self, entries: Iterable[Entry], synonyms: Mapping[str, Sequence[str]] | None = None) -> None:
        self.entries = sorted(entries, key=lambda entry: (entry.kind, entry.code))
        self.kinds = [entry.kind for entry in self.entries]
        self.synonyms = synonyms or {}
        self._in_names: dict[str, array[int]] = defaultdict(_numbers)
        self._in_text: dict[str, array[int]] = defaultdict(_numbers)
        for number, entry in enumerate(self.entries):
            for token in tokens("\n".join(entry.names)):
                self._in_names[token].append(number)
            for token in tokens(entry.text):
                self._in_text[token].append(number)
        self._tokens = sorted({*self._in_names, *self._in_text})
        words = sorted(self.synonyms, key=lambda word: (-len(word), word))
        self._synonym = re.compile("|".join(map(_as_word, words))) if words else None
        self._known = {name for entry in self.entries if entry.weight == 1 for name in entry.names}.union(words)
        self._longest = max(map(len, self._known), default=0)

    def find(self, words: str) -> Hits:
        """What all of the words are found in, best first, then by kind and code.

        Words are separated by spaces. Chinese that stands nowhere as a whole is taken apart into known names.
        """
        query = normalised(words)
        terms = list(self._terms(query))
        ranked = self._ranked(terms, query)
        if not ranked and (apart := list(self._apart(terms))) != terms:
            terms, ranked = apart, self._ranked(apart, query)
        phrases = [phrase for term in terms for phrase in term.phrases]
        return Hits(self, ranked, [(query, 1.0), *phrases] if len(terms) > 1 else phrases)

    # Reading a query -------------------------------------------------------------------------------------------------

    def _terms(self, query: str) -> Iterator[Term]:
        """The query as terms: each known synonym with its whole group, each other run of characters by itself."""
        start = 0
        for match in self._synonym.finditer(query) if self._synonym else ():
            yield from _plain(query[start : match.start()])
            group = self.synonyms[match[0]]
            yield Term(tuple((word, SYNONYM if place else 1.0) for place, word in enumerate(group)))
            start = match.end()
        yield from _plain(query[start:])

    def _apart(self, terms: Iterable[Term]) -> Iterator[Term]:
        """Chinese terms taken apart: the longest known name first, from left to right, and what lies between."""
        for term in terms:
            run = term.phrases[0][0]
            if len(term.phrases) > 1 or len(run) < 3 or not IS_HAN.match(run):
                yield term
                continue
            between, at = "", 0
            while at < len(run):
                longest = range(min(self._longest, len(run) - at), 1, -1)
                known = next((run[at : at + n] for n in longest if run[at : at + n] in self._known), "")
                if known and between:
                    yield Term(((between, 1.0),))
                    between = ""
                if known:
                    yield from self._terms(known)
                else:
                    between += run[at]
                at += len(known) or 1
            if between:
                yield Term(((between, 1.0),))

    # Finding ---------------------------------------------------------------------------------------------------------

    def _having(self, term: Term) -> tuple[set[int], set[int]]:
        """The entries that have a term in a name, and those that have it in their text."""
        names: set[int] = set()
        texts: set[int] = set()
        phrases = [phrase for phrase, _ in term.phrases]
        for phrase in phrases:
            if any(other != phrase and other in phrase for other in phrases):
                continue  # what has the longer one has the shorter
            pattern = _pattern(phrase)
            in_names = self._candidates(phrase, self._in_names) - names
            in_text = self._candidates(phrase, self._in_text) - texts
            if pattern is not None:
                in_names = {n for n in in_names if any(map(pattern.search, self.entries[n].names))}
                in_text = {n for n in in_text if pattern.search(self.entries[n].text)}
            names |= in_names
            texts |= in_text
        return names, texts

    def _candidates(self, phrase: str, postings: Mapping[str, Sequence[int]]) -> set[int]:
        """The entries that have all tokens of the phrase; one word or character stands for all that begin with it."""
        runs = RUNS.findall(phrase)
        han = bool(runs) and bool(IS_HAN.match(runs[0]))
        if len(runs) == 1 and (len(runs[0]) == 1 if han else len(runs[0]) >= SHORTEST_BEGINNING):
            return self._beginning(singular(runs[0]), postings)
        wanted = tokens(phrase)
        if pairs := {token for token in wanted if len(token) > 1}:
            wanted = pairs
        listed = sorted((postings.get(token, ()) for token in wanted), key=len)
        return set(listed[0]).intersection(*listed[1:]) if listed else set()

    def _beginning(self, beginning: str, postings: Mapping[str, Sequence[int]]) -> set[int]:
        found: set[int] = set()
        for place in range(bisect_left(self._tokens, beginning), len(self._tokens)):
            if not self._tokens[place].startswith(beginning):
                break
            found.update(postings.get(self._tokens[place], ()))
        return found

    # Ranking ---------------------------------------------------------------------------------------------------------

    def _ranked(self, terms: Sequence[Term], query: str) -> list[tuple[float, int]]:
        """(score, entry) of those that have all terms in a name or the text, best first, then in the order of the entries."""
        if not terms:
            return []
        each = [self._having(term) for term in terms]
        common = set.intersection(*sorted((names | texts for names, texts in each), key=len))
        named = common.intersection(set[int]().union(*(names for names, _ in each)))
        by_term = [(term, names) for term, (names, _) in zip(terms, each, strict=True)]
        if len(terms) == 1:
            scored = sorted((-self._alone(number, terms[0]), number) for number in named)
        else:
            scored = sorted((-self._score(number, by_term, query), number) for number in named)
        in_text = sorted(common - named)  # which score less than any name
        return [(-score, number) for score, number in scored] + [(IN_TEXT, number) for number in in_text]

    def _alone(self, number: int, term: Term) -> float:
        """The score of a query of one term, for an entry that has it in a name."""
        entry = self.entries[number]
        return round(entry.weight * _best(term, entry.names), 4)

    def _score(self, number: int, by_term: Sequence[tuple[Term, set[int]]], query: str) -> float:
        """The mean of what each term scores, or what the whole query scores as a name where that is more."""
        entry = self.entries[number]
        total = sum(entry.weight * _best(term, entry.names) if number in names else IN_TEXT for term, names in by_term)
        whole = entry.weight * max(score_of(query, name) for name in entry.names)
        return round(max(total / len(by_term), whole), 4)


def _best(term: Term, names: Sequence[str]) -> float:
    """The best score of a term among names that have it."""
    best = 0.0
    for phrase, weight in term.phrases:
        for name in names:
            if phrase in name:
                best = max(best, weight * score_of(phrase, name))
    return best or CONTAINS  # in another form: a plural, or a space between


def _numbers() -> array[int]:
    return array("I")


def _as_word(word: str) -> str:
    """A synonym as part of a regular expression: an English one stands between the edges of words."""
    escaped = re.escape(word)
    return escaped if IS_HAN.search(word) else f"(?<![^\\W{HAN}]){escaped}(?![^\\W{HAN}])"


def _plain(text: str) -> Iterator[Term]:
    """Each run of Chinese and each English word is a term; what is joined by a hyphen, dot or underscore is one."""
    for part in text.split():
        runs = [part] if JOINED.search(part) else RUNS.findall(part)
        yield from (Term(((run, 1.0),)) for run in runs)
