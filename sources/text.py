"""What a text may hold: one rule for every way in, and for the store."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from sources.bilingual import Text, both

# What is no text: the controls of C0 and C1 and DEL, halves of surrogate pairs, U+FFFE and U+FFFF. XML has no way to write
# most of them, PostgreSQL none to store the first.
NO_TEXT = ((0x00, 0x1F), (0x7F, 0x9F), (0xD800, 0xDFFF), (0xFFFE, 0xFFFF))
# Line breaks (Unicode, UAX 14): as files have them, as Word pastes them (VT), form feed, NEL, line and paragraph separator.
BREAK = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
FOLDED = "\t\n\v\f\r\x85"
# Without a glyph and without a meaning in Chinese or English: soft hyphen, zero-width space, word joiner, byte order mark, and
# the marks that turn the direction of what follows. Joiners stay: they hold emoji together.
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
UNREADABLE = "\ufffd"  # what stands for a character that is no text, where nobody can be asked to mend it
# White space of Unicode, which is layout at the ends of a cell; Python counts four of the controls of C0 as well.
WHITE_SPACE = "".join(
    character for character in map(chr, range(0x3001)) if character.isspace() and character not in "\x1c\x1d\x1e\x1f"
)
# What a JSON text cannot hold in the store or on the way to it.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _one_line(text: str) -> str:
    lines = [line.strip() for line in BREAK.split(text)]
    return " ".join(line for line in lines if line) if len(lines) > 1 else text


def _several_lines(text: str) -> str:
    return BREAK.sub("\n", text)


@dataclass(frozen=True)
class TextKind:
    """What people may bring into one kind of text, and how the store has it.

    `fold` brings line breaks into one form; without it a text is never changed. `holds` are the controls that it may have.
    """

    fold: Callable[[str], str] | None = None
    holds: str = ""

    @property
    def refused(self) -> list[tuple[int, int]]:
        """The code points that the store refuses, as ranges."""
        ranges = []
        for first, last in NO_TEXT:
            start = first
            for held in sorted(ord(character) for character in self.holds if first <= ord(character) <= last):
                if start < held:
                    ranges.append((start, held - 1))
                start = held + 1
            ranges.append((start, last))
        return ranges

    @cached_property
    def _no_text(self) -> re.Pattern[str]:
        return re.compile("[" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in self.refused) + "]")

    def unfit(self, text: str) -> Text | None:
        """What is wrong with a text that cannot be taken, in both languages: the first character that no folding helps. Else None."""
        for match in self._no_text.finditer(text):
            if self.fold is None or match[0] not in FOLDED:
                code, place = f"U+{ord(match[0]):04X}", match.start() + 1
                return both(
                    f"第 {place} 个字符 {code} 不是文字，请删去", f"character {place}, {code}, is no text: remove it"
                )
        return None

    def folded(self, text: str) -> str:
        """The text with its line breaks in one form, tabs as spaces, and nothing in it that is not seen."""
        if self.fold is None or text.isprintable():
            return text
        return self.fold(INVISIBLE.sub("", text).replace("\t", " "))

    def mended(self, text: str) -> str:
        """The text folded, and � for each character that is no text: for what is in the store already, or cannot be asked about."""
        return self._no_text.sub(UNREADABLE, self.folded(text))


LINE = TextKind(_one_line)  # a title, a name
PROSE = TextKind(_several_lines, holds="\n")  # a note, a definition
CODE = TextKind()  # what something is called by: never changed, so refused rather than folded
PHRASE = TextKind(holds="\t\n\r")  # what is quoted: to the letter, line breaks of its source included


def trimmed(cell: str) -> str:
    """A cell without the layout at its ends."""
    return cell.strip(WHITE_SPACE)


def storable(text: str) -> bool:
    """Whether it can be kept as it was read, fit or not."""
    return UNSTORABLE.search(text) is None
