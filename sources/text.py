"""One way to normalise words before they are stored for search or looked for, the same on both stores."""

import unicodedata

NUL = "\x00"


def normalised(text: str) -> str:
    """Words in compatibility form and folded case: full-width ＧＤＰ and GDP are the same word (Unicode NFKC, casefold)."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def searchable(*names: str) -> str:
    """The names of one thing, normalised, one a line, each once: what `search` columns hold."""
    return "\n".join(dict.fromkeys(word for name in names if (word := normalised(name))))
