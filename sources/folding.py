"""One folding of words, for what is asked and for what is held: did-you-mean, names in an import, `search` columns, the index.

It stands on the lowest floor, since the stored columns need it; what words are made of (stems, pairs, syllables) is `words/`.
A character folds the same wherever it stands, so a place in the folded text leads back to the text (`folded_places`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

# Accents, tone marks of pinyin and the like (combining diacritical marks); marks of other scripts are letters.
ACCENTS = re.compile("[\u0300-\u036f]")
HYPHENS = "‐‑‒–—―−－﹣"
APOSTROPHES = "‘’ʼ＇`´"
# What is one word however it is put: R & D (R and D), and a single letter with a hyphen before a word (e-commerce).
JOINED = re.compile(r"(?<!\w)(r)(?: ?& ?| and )(?=d(?!\w))|(?<![\w-])[a-z]-(?=[a-z]{3})")
CJK = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF))


@cache
def _simplified() -> dict[str, str]:
    """Traditional characters and what each is in simplified writing, one by one (OpenCC)."""
    from opencc import OpenCC  # noqa: PLC0415 - read where the first Chinese character is folded, and only the table is kept

    convert = OpenCC("t2s").convert
    characters = [chr(code) for first, last in CJK for code in range(first, last + 1)]
    return {one: made for one in characters if (made := convert(one)) != one and len(made) == 1}


def _fold(character: str) -> str:
    """What one character folds to: several characters, one or none."""
    if character in HYPHENS:
        return "-"
    if character in APOSTROPHES:
        return "'"
    if unicodedata.category(character) == "Zs":
        return " "
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character).casefold()))
    folded = unicodedata.normalize("NFKC", plain).casefold()
    if folded and ord(folded[0]) >= CJK[0][0]:
        folded = "".join(_simplified().get(one, one) for one in folded)
    return folded if folded == character else "".join(map(_fold, folded))


class _Characters(dict[int, str]):
    """Code point → what it folds to, found out when it is first met; `uneven` are those so far that do not fold to one character."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        if len(folded) != 1:
            self.uneven.add(chr(code))
        return folded


CHARACTERS = _Characters()


def _joined(match: re.Match[str]) -> str:
    return "rn" if match[1] else match[0][0]


def normalised(text: str) -> str:
    """Words in their folded form: compatibility forms and case (NFKC, casefold), traditional characters as simplified ones,
    letters without accents, any hyphen as one, R & D and e-commerce as one word each.
    """
    return JOINED.sub(_joined, text.translate(CHARACTERS)).strip()


def folded_places(text: str) -> tuple[str, Sequence[int]]:
    """The text as `normalised` has it, not stripped, and for each of its characters the place in the text that it is of."""
    folded = text.translate(CHARACTERS)
    if CHARACTERS.uneven.isdisjoint(text) and not JOINED.search(folded):
        return folded, range(len(text))  # as nearly all are
    characters = [(made, place) for place, one in enumerate(text) for made in CHARACTERS[ord(one)]]
    folded = "".join(one for one, _ in characters)
    places = [place for _, place in characters]
    for match in reversed(list(JOINED.finditer(folded))):
        start, end, made = *match.span(), _joined(match)
        places[start:end] = [places[start + min(n, end - start - 1)] for n in range(len(made))]
    return JOINED.sub(_joined, folded), places


def searchable(*names: str) -> str:
    """The names of one thing, normalised, one a line, each once: what `search` columns hold."""
    return "\n".join(dict.fromkeys(word for name in names if (word := normalised(name))))
