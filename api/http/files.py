"""The tables of lists as files, and what every file says of itself."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.request import Request

from api.addresses import API
from api.formats.records import Path, cells_of
from api.formats.tables import About, Cells, Column, Table
from api.imprint import SITE, gbt7714
from sources.bilingual import language
from sources.models import Release


def name_of(request: Request) -> str:
    """What a file of this address is called: `observations`, `policies-measures`."""
    return re.sub(r"[.]\w+$", "", request.path_info.removeprefix(f"{API}/")).replace("/", "-")


def about_of(request: Request, release: int | None = None) -> About:
    """What a file of any list says: what was asked, the release whose state it has (its key; else the newest), licence,
    and how to cite it by GB/T 7714.
    """
    published = Release.objects.published()
    published_release = published.first() if release is None else published.filter(pk=release).first()
    query, title = request.build_absolute_uri(), f"{SITE.name(language())}: {name_of(request)}"
    facts = {"query": query}
    if published_release is not None and published_release.published_at is not None:
        at = published_release.published_at.astimezone(datetime.UTC)
        facts |= {
            "release": published_release.version,
            "published": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "digest": published_release.digest,
            "digest_method": published_release.digest_method,
            "cite_as": gbt7714(title, query, published_release),
        }
    facts["licence"] = f"{settings.DATA_LICENCE['name']}, {settings.DATA_LICENCE['url']}"
    if warnings := getattr(request, "warnings", []):
        facts["warnings"] = " ".join(warning["message"] for warning in warnings)
    return About(title, {**facts, "time_zone": "UTC"})


BATCH = 500  # records, or series, at a time


def batches(keys: QuerySet[Any]) -> Iterator[Sequence[int]]:
    """Some keys of records at a time."""
    each = keys.iterator(chunk_size=BATCH)
    while batch := list(islice(each, BATCH)):
        yield batch


def table_of_records(
    request: Request, parts: Callable[[], Iterator[Sequence[Any]]], columns: Sequence[tuple[Path, Column]]
) -> Table:
    """Rows of records, or of what functions make, as a table."""

    def chunks(_: int) -> Iterator[Cells]:
        for rows in parts():
            yield cells_of(rows, columns)

    return Table(name_of(request), [column for _, column in columns], chunks, lambda: about_of(request))
