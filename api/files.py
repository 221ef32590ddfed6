"""The tables that files are written of: the same rows as in JSON, all of them, and what the file says of itself."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.request import Request

from api.citing import gbt7714, pinned, title_of
from api.figures import FULL_PLAIN, OF_SERIES, Figures, wide
from api.formats.records import Path, cells_of
from api.formats.tables import About, Cells, Column, Table, column_of
from indicators.reading import Order, distinct, read, series_page, stream
from indicators.rows import RowColumn
from indicators.selection import Selection
from sources.bilingual import both, language
from sources.models import Release, Source

BATCH = 500  # records, or series, at a time

SERVICE = both("湖南开放型经济数据", "Hunan Open Trade Data")


def name_of(request: Request) -> str:
    """What a file of this address is called: `observations`, `policies-measures`."""
    return re.sub(r"[.]\w+$", "", request.path.removeprefix("/api/v1/")).replace("/", "-")


def about_of(request: Request, release: int | None = None) -> About:
    """What a file of any list says: what was asked, the release whose state it has (its key; else the newest), licence,
    and how to cite it by GB/T 7714.
    """
    published = Release.objects.published()
    found = published.first() if release is None else published.filter(pk=release).first()
    query, title = request.build_absolute_uri(), f"{SERVICE}: {name_of(request)}"
    facts = {"query": query}
    if found is not None and found.published_at is not None:
        at = found.published_at.astimezone(datetime.UTC)
        facts |= {
            "release": found.version,
            "published": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "digest": found.digest,
            "cite_as": gbt7714(title, query, found),
        }
    facts["licence"] = f"{settings.DATA_LICENCE['name']}, {settings.DATA_LICENCE['url']}"
    if warnings := getattr(request, "warnings", []):
        facts["warnings"] = " ".join(warning["message"] for warning in warnings)
    return About(title, {**facts, "time_zone": "UTC"})


def about_figures(request: Request, figures: Figures) -> About:
    """The same by what the figures are, cited at the address that stays, with their units and sources."""
    about, names, spoken = about_of(request, figures.selection.at or None), figures.labels, language()
    query = request.query_params.dict()
    title = title_of(query, request.parser_context["view"].chosen).name(spoken)
    facts = dict(about.facts)
    if release := Release.objects.published().filter(version=facts.get("release")).first():
        facts["cite_as"] = gbt7714(title, request.build_absolute_uri(pinned(query, release.version)), release)
    units = (
        [names.units[figures.unit]]
        if figures.unit
        else [names.units[key] for key in distinct(figures.selection, "unit")]
    )
    if figures.transformation and figures.transformation.unit:
        units = [names.unit_called(figures.transformation.unit)]
    sources = Source.objects.filter(pk__in=distinct(figures.selection, "source")).order_by("slug")
    return replace(
        about,
        title=title,
        facts=facts,
        units={unit.code: unit.name(spoken) for unit in sorted(units)},
        sources={source.slug: source.citation for source in sources},
    )


def table_of(request: Request, figures: Figures, columns: Sequence[RowColumn], order: Order) -> Table:
    """The figures of a question as rows."""

    def chunks(size: int) -> Iterator[Cells]:
        for rows in stream(figures.selection, figures.stored(columns), order, size):
            yield figures.cells(rows, columns)

    return Table("observations", list(map(column_of, columns)), chunks, lambda: about_figures(request, figures))


def table_by_series(request: Request, figures: Figures) -> Table:
    """The figures of a question as one row a series, with a column for every period."""
    periods = sorted(distinct(figures.selection, "period"))
    of_series = [column_of(column) for column in FULL_PLAIN if column.name in OF_SERIES]
    named = {column.name: column for column in of_series}
    columns = [*(named[name] for name in OF_SERIES), *(Column(period, "number") for period in periods)]

    def chunks(_: int) -> Iterator[Cells]:
        for keys in series_batches(figures.selection):
            rows = read(figures.selection.having("series", keys), figures.stored(FULL_PLAIN))
            lines = wide(rows, figures, str)
            yield [[line.get(column.name) for line in lines] for column in columns]

    return Table("observations-wide", columns, chunks, lambda: about_figures(request, figures))


def series_batches(selection: Selection, *, descending: bool = False) -> Iterator[list[int]]:
    """The ids of a selection's series in the order of their keys, some at a time."""
    after: Sequence[Any] | None = None
    while found := series_page(selection, after, descending, BATCH):
        yield [row[0] for row in found]
        after = found[-1][1:]


def batches(rows: Any) -> Iterator[Sequence[Any]]:
    """Some records at a time, of a list or of a queryset that is not held as a whole."""
    each = rows.iterator(chunk_size=BATCH) if isinstance(rows, QuerySet) else iter(rows)
    while batch := list(islice(each, BATCH)):
        yield batch


def table_of_records(
    request: Request,
    parts: Callable[[], Iterator[Sequence[Any]]],
    show: Callable[[Sequence[Any]], Sequence[Any]],
    columns: Sequence[tuple[Path, Column]],
) -> Table:
    """Records as rows: `show` makes of some of them what JSON has."""

    def chunks(_: int) -> Iterator[Cells]:
        for part in parts():
            yield cells_of(show(part), columns)

    return Table(name_of(request), [column for _, column in columns], chunks, lambda: about_of(request))
