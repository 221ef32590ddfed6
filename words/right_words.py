"""Words that are right though nothing held is called so: English ones, Chinese ones, and the places of China.

None of them is taken for a slip of something else. They are only known to be words; what they mean is not.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from words.units import spelt
from words.vocabulary import REGION, SHORT_ZH, Keys

PLACES = Path(__file__).parent / "places_of_china.txt"
SHORTEST_PLACE = 2  # characters of a name, less what kind of place it is


def is_english(word: str) -> bool:
    """Whether a folded word is one of the English language (pyspellchecker's list of 160,000)."""
    known, key = _english(), hash(word)
    at = int(np.searchsorted(known, key))
    return at < len(known) and int(known[at]) == key


def is_chinese(characters: Keys) -> bool:
    """Whether characters are a word or a saying of the Chinese language (pypinyin's list of 47,000)."""
    from pypinyin.constants import PHRASES_DICT  # noqa: PLC0415 - where something is to be repaired, first

    return "".join(characters) in PHRASES_DICT


def is_place(characters: Keys) -> bool:
    """Whether characters are the name of a county, a prefecture or a province, whole (鄢陵县) or without its kind (鄢陵)."""
    return "".join(characters) in _places()


def is_place_spelt(word: str) -> bool:
    """Whether a folded word is such a name without its kind, in pinyin: yanling, lixian."""
    return word in _places_spelt()


def get_ready() -> None:
    """Read the lists, so that no question waits for them."""
    _ = _english(), _places(), _places_spelt()


@cache
def _english() -> NDArray[np.int64]:
    """What all words hash to, sorted: a megabyte, where a set of them takes seventeen."""
    from spellchecker import SpellChecker  # noqa: PLC0415 - of which nothing is kept

    return np.sort(np.fromiter(map(hash, SpellChecker(language="en").word_frequency.words()), dtype=np.int64))


@cache
def _whole() -> frozenset[str]:
    lines = PLACES.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


@cache
def _without_kind() -> frozenset[str]:
    """The names less what kind of place it is; a single character says too little."""
    short = (SHORT_ZH[REGION].sub("", name) for name in _whole())
    return frozenset(name for name in short if len(name) >= SHORTEST_PLACE) - _whole()


@cache
def _places() -> frozenset[str]:
    return _whole() | _without_kind()


@cache
def _places_spelt() -> frozenset[str]:
    """As English has them: without their kind, but for those of one character (Lixian)."""
    written = [name for name in _whole() if len(name) == SHORTEST_PLACE]
    return frozenset("".join(spelt(name)) for name in [*written, *_without_kind()])
