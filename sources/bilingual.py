"""Text that exists in Chinese and in English, side by side.

Every sentence that a user can read is written once, in both languages, at the place where it is used,
so neither can be forgotten and no catalogue has to be compiled (docs/decisions/0004).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from django.utils.functional import lazy
from django.utils.translation import get_language, override
from django.utils.translation.trans_real import parse_accept_lang_header

if TYPE_CHECKING:
    from django.db.models import Model
    from django.utils.functional import _StrPromise

    Text = _StrPromise
else:
    from django.utils.functional import Promise as Text

Said = str | Text  # a text of a language, or one in both

LANGUAGES = ("zh", "en")
DJANGO_LANGUAGES = {"zh": "zh-hans", "en": "en"}  # what Django calls them
TAG = re.compile("(zh|en)(-[a-z0-9]{1,8})*", re.IGNORECASE | re.ASCII)


def language_of(tag: str) -> str | None:
    """Which of LANGUAGES a tag such as `zh-CN`, `zh-Hans` or `en-GB` means (BCP 47); None of another language."""
    matched = TAG.fullmatch(tag)
    return matched[1].lower() if matched else None


@lru_cache(maxsize=1000)
def language_accepted(header: str) -> str:
    """Which of LANGUAGES an `Accept-Language` wishes for most (RFC 9110, 12.5.4); `zh` where it wishes for none.

    Of wishes that weigh the same the first counts. What is wished for with a weight of 0 is given only where both are.
    """
    weights: dict[str, float] = {}
    others = 0.0
    for tag, weight in parse_accept_lang_header(header):
        if tag == "*":
            others = weight
        elif name := language_of(tag):
            weights[name] = max(weight, weights.get(name, 0.0))
    named = max(weights, key=weights.__getitem__, default="zh")
    best, unnamed = weights.get(named, 0.0), [name for name in LANGUAGES if name not in weights]
    return unnamed[0] if unnamed and (best == 0 or best < others) else named


def language() -> str:
    """The language of this answer: `zh`, or `en` where it is asked for or none is active (as in migrations)."""
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def _in_language(zh: str, en: str) -> str:
    return zh if language() == "zh" else en


_lazily = lazy(_in_language, str)  # once: Django's lazystr makes a class for every text


def both(zh: str, en: str) -> Text:
    """A lazy string that reads `zh` or `en` by the language that is active when it is shown."""
    return cast("Text", _lazily(zh, en))


def in_both(text: object) -> tuple[str, str]:
    """What is shown by the language that is active, a lazy string or a label, as it reads in Chinese and as it reads in English."""
    with override("zh-hans"):
        zh = str(text)
    with override("en"):
        return zh, str(text)


def said(instance: Model, field: str) -> str:
    """The text of `{field}_zh` or `{field}_en` of a model instance, in the language of this answer."""
    text: str = getattr(instance, f"{field}_{language()}")
    return text
