"""The nearest known word to a mistyped one, for every message that refuses a code or a name."""

import difflib
from collections.abc import Callable, Iterable

from sources.folding import normalised


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like the given one (Ratcliff-Obershelp, at least 0.6), or None."""
    by_folded = {normalised(candidate): candidate for candidate in known}
    like = difflib.get_close_matches(normalised(word), by_folded, n=1, cutoff=0.6)
    return by_folded[like[0]] if like else None


def similarity(a: str, b: str) -> float:
    """How alike two normalised words are, 0 to 1 (Ratcliff-Obershelp)."""
    return difflib.SequenceMatcher(None, a, b).ratio()


def may_be_like(word: str, least: float) -> Callable[[str], bool]:
    """A quick answer to whether another word can be so like this one at all: False only where `similarity` is below `least`."""
    matcher, length = difflib.SequenceMatcher(None, "", word), len(word)

    def may_be(other: str) -> bool:
        together = length + len(other)
        if together and 2 * min(length, len(other)) / together < least:
            return False
        matcher.set_seq1(other)
        return matcher.quick_ratio() >= least

    return may_be
