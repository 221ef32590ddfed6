"""What words are made of, once they are folded: Chinese characters, English stems, numbers; and how they are spelt as pinyin.

What is asked and what is held are both taken apart here, so the same words are the same units wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import snowballstemmer

from sources.folding import folded_places, normalised

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
IS_HAN = re.compile(f"[{HAN}]")
UNITS = re.compile(f"[{HAN}]|(?:[^\\W_{HAN}]|(?<=[^\\W_])'(?=[^\\W_]))+")
# Words whose stem is another's (Porter's algorithm): what matters is not what comes into the country, nor are counties a county,
# nor is what is public a publication; and forms of verbs that no rule makes.
STEMS = {
    "important": "important", "importance": "important", "importantly": "important", "counties": "counties",
    "publication": "publish", "publications": "publish", "publicity": "publicity",
    "developed": "developed", "ftzs": "ftz", "goes": "go", "went": "go", "gone": "go",
    "spent": "spend", "sold": "sell", "bought": "buy", "built": "build", "held": "hold", "ran": "run", "made": "make",
    "brought": "bring", "took": "take", "taken": "take", "gave": "give", "given": "give", "began": "begin", "begun": "begin",
    "wrote": "write", "written": "write", "won": "win", "drew": "draw", "drawn": "draw", "chose": "choose", "chosen": "choose",
}  # fmt: skip
ARTICLES = frozenset(("a", "the"))  # of no weight in any name: area of a zone, area of the zone
_stemmer = snowballstemmer.stemmer("english")


class WordUnit(NamedTuple):
    """A Chinese character, an English word or a number: its key, as it is written (folded), and where it stands in the text."""

    key: str
    word: str
    start: int
    end: int

    @property
    def is_han(self) -> bool:
        return bool(IS_HAN.match(self.key))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The key of a folded word: an English one without its endings, a name without its apostrophes, a number as it is."""
    word = word.removesuffix("'s").replace("'", "")
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    return STEMS.get(word) or str(_stemmer.stemWord(word))


def keys(text: str) -> tuple[str, ...]:
    """The keys of the units of a text."""
    return tuple(stem(word) for word in UNITS.findall(normalised(text)) if word not in ARTICLES)


@lru_cache(maxsize=20_000)
def keys_of_name(name: str) -> tuple[str, ...]:
    """The same of a name, which is taken apart again for each data version."""
    return keys(name)


def units(text: str) -> list[WordUnit]:
    """The units of a text, each with its place in it."""
    return list(units_of(*folded_places(text)))


def units_of(folded: str, places: Sequence[int]) -> Iterator[WordUnit]:
    """The units of a text that is folded already, each with its place in what was folded (sources/folding.py: folded_places)."""
    for match in UNITS.finditer(folded):
        if match[0] not in ARTICLES:
            yield WordUnit(stem(match[0]), match[0], places[match.start()], places[match.end() - 1] + 1)


@cache
def syllable(character: str) -> str:
    """How a Chinese character is read most, without its tone: 醴 is li."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its tables take 56 MiB: where something is to be repaired, first

    return "".join(lazy_pinyin(character))


@lru_cache(maxsize=20_000)
def spelt(text: str) -> tuple[str, ...]:
    """The syllables of a Chinese text, by the words that it has: 重庆 is chong qing."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - as above

    return tuple(lazy_pinyin(text))
