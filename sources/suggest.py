"""The nearest known word to a mistyped one, for every message that refuses a code or a name."""

import difflib
from collections.abc import Iterable

from sources.text import normalised


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like the given one (Ratcliff-Obershelp, at least 0.6), or None."""
    by_folded = {normalised(candidate): candidate for candidate in known}
    found = difflib.get_close_matches(normalised(word), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def similarity(a: str, b: str) -> float:
    """How alike two normalised words are, 0 to 1 (Ratcliff-Obershelp)."""
    return difflib.SequenceMatcher(None, a, b).ratio()
