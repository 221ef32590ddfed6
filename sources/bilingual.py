"""Text that exists in Chinese and in English, side by side.

Every sentence that a user can read is written once, in both languages, at the place where it is used,
so neither can be forgotten and no catalogue has to be compiled (docs/decisions.md, 4).
"""

from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language, override

LANGUAGES = ("zh", "en")


def language() -> str:
    """The language of this answer: `zh`, or `en` where it is asked for or none is active (as in migrations)."""
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def _in_language(zh: str, en: str) -> str:
    return zh if language() == "zh" else en


_lazily = lazy(_in_language, str)  # once: Django's lazystr makes a class for every text


def both(zh: str, en: str) -> Any:
    """A lazy string that reads `zh` or `en` by the language that is active when it is shown."""
    return _lazily(zh, en)


def in_both(text: Any) -> tuple[str, str]:
    """A lazy string as it reads in Chinese and as it reads in English."""
    with override("zh-hans"):
        zh = str(text)
    with override("en"):
        return zh, str(text)


def said(instance: Any, field: str) -> str:
    """The text of `{field}_zh` or `{field}_en` of a model instance, in the language of this answer."""
    return getattr(instance, f"{field}_{language()}")
