"""What there is in a selection of figures, in the codes of SDMX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.sdmx.components import DIMENSIONS, held_codes
from indicators.reading import extent, members
from indicators.selection import Selection


@dataclass(frozen=True)
class Available:
    """The codes that occur in each dimension, the first and the last period, and how much there is."""

    codes: Mapping[str, Sequence[str]]
    first: str | None
    last: str | None
    series: int
    figures: int


def available(
    selection: Selection,
    dimensions: Iterable[str] | None = None,
    without: Callable[[str], Selection] | None = None,
) -> Available:
    """What there is in a selection, in all dimensions or in some (`TIME_PERIOD` is one). Raises TooLarge.

    `without` gives the selection whose members a dimension shows, where that is another (mode=available).
    """
    code = held_codes().code
    series, figures, first, last = extent(selection)
    asked = None if dimensions is None else set(dimensions)
    codes = {}
    for dimension in DIMENSIONS:
        if asked is None or dimension.id in asked:
            within = without(dimension.id) if without else selection
            named = code[dimension.id]
            codes[dimension.id] = sorted(named[row[0]] for row in members(within, str(dimension.narrows)))
    if asked is not None and "TIME_PERIOD" not in asked:
        first = last = None
    return Available(codes, first, last, series, figures)
