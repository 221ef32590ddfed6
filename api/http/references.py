"""What records are called, by their codes."""

from __future__ import annotations

from collections.abc import Collection

from policies.models import Measure
from sources.bilingual import language


def titles_of(codes: Collection[str]) -> dict[str, str]:
    """What measures are called in the language of the answer, by their codes; one query."""
    measures = Measure.objects.filter(code__in=codes)
    return dict(measures.values_list("code", f"title_{language()}"))
