"""Words that are not known, as they were probably meant: pinyin, words run together or split, a slip, a homophone, a short form.

Only what nothing knows is repaired, in this order, and only to names. Each repair is said. A negation is never dropped:
unemployment is no slip for employment. Chinese words are tried as they sound, then as they nearly sound with a character in
common, then with a character too many, too few or another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import eq
from typing import NamedTuple

from regions.models import RegionKind
from words.right_words import is_chinese, is_place
from words.units import WordUnit, stem, syllable
from words.vocabulary import OTHER, REGION, Keys, Vocabulary

PINYIN, SPLIT, EDIT, HOMOPHONE, SHORT_FORM = "pinyin", "split", "edit", "homophone", "short_form"
NEGATING = ("un", "non", "in", "im", "dis", "de", "anti")
SHORTEST, TWO_EDITS = 4, 9  # letters of a word that may have a slip, and that may have two
LONGEST = 60  # letters of a word that is tried otherwise: of a longer one each letter would be tried in turn, and it names nothing
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_WORDS = 6  # run together as pinyin, or as one word
SHORTEST_HAN = 4  # characters of a name that may lack one
KINDS_OF_PLACES = frozenset("省市县区州镇乡村")


class Repair(NamedTuple):
    """That units from one place to another (of the units given) were meant as others: as people write these, and how it was found."""

    start: int
    end: int
    keys: Keys
    meant: str
    how: str


def repairs(units: Sequence[WordUnit], vocabulary: Vocabulary, is_known: Callable[[str], bool]) -> list[Repair]:
    """What a run of unknown words in letters was meant as, first things first; none where nothing is near.

    `is_known` says whether texts have just this key.
    """
    made: list[Repair] = []
    at = 0
    while at < len(units):
        repair = next(_each(units, at, vocabulary, is_known), None)
        if repair:
            made.append(repair)
        at = repair.end if repair else at + 1
    return made


def _each(
    units: Sequence[WordUnit], at: int, vocabulary: Vocabulary, is_known: Callable[[str], bool]
) -> Iterator[Repair]:
    if spelled := pinyin(units, at, vocabulary):
        yield spelled
    if name := vocabulary.by_initials.get(units[at].word):
        yield Repair(at, at + 1, name, "".join(name), PINYIN)
    if len(units[at].word) <= LONGEST:
        yield from _together(units, at, is_known)
        yield from _edits(units, at, vocabulary)
        yield from _apart(units, at, is_known)


def meant(written: Keys, vocabulary: Vocabulary, *, by_sound_only: bool = False) -> tuple[Keys, str] | None:
    """The Chinese name that some characters, which are none, were meant as, and how that was found; None where nothing is near."""
    sound = "".join(map(syllable, written))
    name = vocabulary.by_sound.get(sound)
    if name and _is_likely(name, written, vocabulary):
        return name, HOMOPHONE
    if by_sound_only or written[:-1] in vocabulary.names or written[1:] in vocabulary.names:
        return None  # 出口退税率 is 出口退税 and a word of its own
    others = _one_edit(sound) if len(sound) <= vocabulary.longest_sound + 1 else ()
    near = {vocabulary.by_sound[other] for other in others if other in vocabulary.by_sound}
    alike = [name for name in near if _shares(name, written, vocabulary) and _is_likely(name, written, vocabulary)]
    if alike:
        return min(alike, key=lambda name: (-_in_common(name, written), -vocabulary.held(name), name)), HOMOPHONE
    if len(written) >= SHORTEST_HAN and (name := _one_character_off(written, vocabulary)):
        return name, EDIT
    if len(written) >= SHORTEST_HAN and (short := short_form(written, vocabulary)):
        return short, SHORT_FORM
    return None


def _is_likely(name: Keys, written: Keys, vocabulary: Vocabulary) -> bool:
    """Whether a name that sounds so may be meant: of a county there is something held, since there are others of the sound; two
    characters are a thing's own or other name, and one of them is right.
    """
    best = vocabulary.names[name][0]
    concept = vocabulary.concepts[best.concept]
    if concept.kind == REGION:
        return concept.held > 0 or concept.family != RegionKind.COUNTY
    return len(name) > 2 or (best.weight >= OTHER and _in_common(name, written) > 0)


def is_right_as_written(written: Keys, name: Keys) -> bool:
    """Whether characters that were taken for a name are right as they are: a place of China that is none of those held (鄢陵县 is not
    炎陵县), or a word that does not sound just as the name does (机器 is not 瓷器).
    """
    return is_place(written) or (is_chinese(written) and [*map(syllable, written)] != [*map(syllable, name)])


def _in_common(name: Keys, written: Keys) -> int:
    """How many characters stand in the same place, but for what kind of place it is: 曹县 has nothing in common with 道县."""
    return sum(a == b and a not in KINDS_OF_PLACES for a, b in zip(name, written, strict=False))


def _shares(name: Keys, written: Keys, vocabulary: Vocabulary) -> bool:
    """Whether what only nearly sounds so is as long and has half of what tells the name; of two characters the first, and of a place
    two: 利川 is not 四川, nor 机器 瓷器.
    """
    telling = [one for one in name if one not in KINDS_OF_PLACES]
    is_place = vocabulary.concepts[vocabulary.names[name][0].concept].kind == REGION
    is_alike = sum(map(eq, name, written)) > 1 or (not is_place and name[0] == written[0])
    return len(name) == len(written) and is_alike and 2 * _in_common(name, written) >= len(telling)


def _one_character_off(written: Keys, vocabulary: Vocabulary) -> Keys | None:
    """The name that has a character more, less or other."""
    without = (written[:n] + written[n + 1 :] for n in range(len(written)))
    near = {name for key in (written, *without) for name in vocabulary.lacking.get(key, ())}
    fit = [name for name in near if abs(len(name) - len(written)) <= 1 and name[0] == written[0]]
    return min(fit, key=lambda name: (-vocabulary.held(name), len(name), name), default=None)


def joined(units: Sequence[WordUnit], at: int, vocabulary: Vocabulary) -> Repair | None:
    """Words from a unit on that are one word of a name: fire works, Li-ling. None where they are not."""
    for end in range(min(len(units), at + 3), at + 1, -1):
        word = "".join(unit.word for unit in units[at:end])
        if len(word) > SHORTEST and word in vocabulary.latin:
            key, written = vocabulary.latin[word]
            return Repair(at, end, (key,), written, SPLIT)
    return None


def pinyin(units: Sequence[WordUnit], at: int, vocabulary: Vocabulary) -> Repair | None:
    """Letters from a unit on, spaced or not, that spell Chinese names one after the other: liling jinchukou. None where they do not."""
    for end in range(min(len(units), at + MOST_WORDS), at, -1):
        letters = "".join(unit.word for unit in units[at:end])
        if letters.isascii() and letters.isalpha() and (names := _spelled(letters, vocabulary)):
            meant = " ".join("".join(name) for name in names)
            return Repair(at, end, tuple(key for name in names for key in name), meant, PINYIN)
    return None


def _spelled(letters: str, vocabulary: Vocabulary) -> list[Keys] | None:
    """The fewest names whose syllables, joined, are these letters; None where there are none. Dynamic programming."""
    best: list[list[Keys] | None] = [None] * len(letters) + [[]]
    sounds = vocabulary.by_sound
    for start in range(len(letters) - 1, -1, -1):
        # Two syllables have at least four letters, but for few.
        for end in range(start + 4, min(start + vocabulary.longest_sound, len(letters)) + 1):
            rest = best[end]
            name = sounds.get(letters[start:end]) if rest is not None else None
            if name is not None and rest is not None and len(rest) + 1 < len(best[start] or [()] * 99):
                best[start] = [name, *rest]
    return best[0]


def _together(units: Sequence[WordUnit], at: int, is_known: Callable[[str], bool]) -> Iterator[Repair]:
    """One word written as several: e commerce."""
    for end in range(min(len(units), at + MOST_WORDS), at + 1, -1):
        word = "".join(unit.word for unit in units[at:end])
        if is_known(stem(word)):
            yield Repair(at, end, (stem(word),), word, SPLIT)


def _apart(units: Sequence[WordUnit], at: int, is_known: Callable[[str], bool]) -> Iterator[Repair]:
    """Two words written as one: crossborder."""
    word = units[at].word
    for place in range(3, len(word) - 2):
        parts = (word[:place], word[place:])
        if all(is_known(stem(part)) for part in parts):
            yield Repair(at, at + 1, tuple(map(stem, parts)), " ".join(parts), SPLIT)


def _edits(units: Sequence[WordUnit], at: int, vocabulary: Vocabulary) -> Iterator[Repair]:
    """A word of a name that differs by one letter lost, added, changed or swapped; a long one by two."""
    word = units[at].word
    if len(word) < SHORTEST or not word.isascii() or not word.isalpha() or word in vocabulary.latin:
        return
    held = [other for other in dict.fromkeys(_one_edit(word)) if other in vocabulary.latin]
    if not held and len(word) >= TWO_EDITS:
        held = [other for other in vocabulary.latin if abs(len(other) - len(word)) <= 2 and _distance(word, other) <= 2]
    fit = [other for other in held if other[0] == word[0] and not _negates(word, other)]  # weather is no leather
    if fit:
        best = min(fit, key=lambda other: (_distance(word, other), -_data(other, vocabulary), other))
        key, written = vocabulary.latin[best]
        yield Repair(at, at + 1, (key,), written, EDIT)


def _data(word: str, vocabulary: Vocabulary) -> int:
    """How much is held of what a word alone names."""
    return vocabulary.held((vocabulary.latin[word][0],))


def _negates(word: str, other: str) -> bool:
    """Whether one word is the other with a negation before it."""
    longer, shorter = sorted((word, other), key=len, reverse=True)
    return any(longer.startswith(prefix) and _distance(longer[len(prefix) :], shorter) <= 1 for prefix in NEGATING)


def _one_edit(word: str) -> Iterator[str]:
    """The words that have a letter less, swapped, other or more; it itself is among them."""
    parts = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    yield from (before + after[1:] for before, after in parts if after)
    yield from (before + after[1] + after[0] + after[2:] for before, after in parts if len(after) > 1)
    yield from (before + letter + after[1:] for before, after in parts if after for letter in LETTERS)
    yield from (before + letter + after for before, after in parts for letter in LETTERS)


@lru_cache(maxsize=20_000)
def _distance(one: str, other: str) -> int:
    """How many letters are lost, added, changed or swapped with the next (Damerau, restricted)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def short_form(asked: Keys, vocabulary: Vocabulary) -> Keys | None:
    """The shortest longer name that has these characters in their order, its first and last among them; None where none has."""
    fitting = [
        known
        for known in vocabulary.short_of_ends.get((asked[0], asked[-1]), ())
        if len(asked) < len(known) <= 3 * len(asked) and _has(known, asked)
    ]
    return min(fitting, key=lambda known: (len(known), -vocabulary.held(known), known), default=None)


def _has(known: Keys, asked: Keys) -> bool:
    """Whether a name has these characters in this order."""
    rest = iter(known)
    return all(one in rest for one in asked)
