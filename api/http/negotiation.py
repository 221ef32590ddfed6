"""Which of the offered media types an `Accept` wishes for: the one reading of it, for the API and for SDMX (RFC 9110, 12.5.1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.http.request import MediaType
from rest_framework.exceptions import NotAcceptable

from api.problems import ParameterError
from sources.bilingual import both

Offer = TypeVar("Offer")


@lru_cache(maxsize=1000)
def wishes(accept: str) -> tuple[MediaType, ...]:
    """The media ranges of an `Accept`; who names none takes anything."""
    return tuple(MediaType(each) for each in accept.split(",") if each.strip()) or (MediaType("*/*"),)


def name_of(wish: MediaType) -> str:
    """A media range without its parameters, in lower case."""
    return f"{wish.main_type}/{wish.sub_type}".lower()


def weight_of(wish: MediaType) -> float:
    """What a media range weighs; what is no number weighs as if it were not there."""
    return 1.0 if math.isnan(wish.quality) else float(wish.quality)


def closeness(media_type: str, wish: MediaType) -> int:
    """How closely a media range means a type: 0 for not at all, 1 for anything, 2 for its main type, 4 for exactly it."""
    named = name_of(wish)
    if named == media_type:
        return 4
    return 1 if named == "*/*" else 2 if named == f"{media_type.partition('/')[0]}/*" else 0


def chosen(
    accept: str, offers: Sequence[Offer], close: Callable[[Offer, MediaType], int]
) -> tuple[Offer, MediaType] | None:
    """The offer that is wished for most, and the media range that wishes for it; None where none is.

    What an offer weighs is said by the range that means it most closely, and 0 excludes it. Of offers that weigh the same the one
    that was meant more closely counts, then the one that was named first, then the one that is offered first.
    """
    best: tuple[tuple[float, int, int], Offer, MediaType] | None = None
    for offer in offers:
        meant = [(close(offer, wish), -place, wish) for place, wish in enumerate(wishes(accept))]
        closest, place, wish = max(meant, key=lambda each: each[:2])
        rank = (weight_of(wish), closest, place)
        if closest and rank[0] > 0 and (best is None or rank > best[0]):
            best = (rank, offer, wish)
    return best[1:] if best else None


class NotOffered(NotAcceptable):
    """None of the media types that were asked for is offered; the answer lists those that are."""

    def __init__(self, offered: Sequence[Any]) -> None:
        super().__init__()
        message = both("不提供所要求的媒体类型", "none of the media types asked for is offered")
        self.errors = [ParameterError("Accept", "unknown_format", message, list(map(str, offered)))]
