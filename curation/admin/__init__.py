"""The admin: where curators read everything and prepare drafts. Django finds it as `curation.admin`."""

from curation.admin import (
    batches,
    curation,
    indicators,
    people,
    policies,
    questions,
    regions,
    releases,
    rows,
    series,
    sources,
)

__all__ = (
    "batches", "curation", "indicators", "people", "policies", "questions", "regions", "releases", "rows", "series", "sources",
)  # fmt: skip
