"""The tables that files of figures are written of: the same rows as in JSON, all of them, with their units and sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from rest_framework.request import Request

from api.addresses import base_of
from api.data.citation import pinned, title_of
from api.data.figures import MARK, OF_SERIES, SHAPED, Figures, attributes, wide
from api.formats.tables import About, Cells, Column, Table, column_of
from api.http.files import BATCH, about_of
from api.imprint import gbt7714
from indicators.reading import Order, distinct, read, series_page, stream
from indicators.rows import RowColumn
from indicators.selection import Selection
from sources.bilingual import language
from sources.models import Release, Source


def about_figures(request: Request, figures: Figures) -> About:
    """What a file of figures says of itself: as `about_of`, with a title by what they are, the citation of their lasting address,
    their units and their sources.
    """
    about, spoken = about_of(request, figures.selection.at or None), language()
    query = request.query_params.dict()
    title = title_of(query, request.parser_context["view"].chosen).name(spoken)
    facts = dict(about.facts)
    if release := Release.objects.published().filter(version=facts.get("release")).first():
        facts["cite_as"] = gbt7714(title, base_of(request) + pinned(query, release.version), release)
    given = (figures.unit_of_result(unit) for unit in distinct(figures.selection, "unit"))
    units = {unit for unit in given if unit}
    sources = Source.objects.filter(pk__in=distinct(figures.selection, "source")).order_by("slug")
    return replace(
        about,
        title=title,
        facts=facts,
        units={unit.code: unit.name(spoken) for unit in sorted(units)},
        sources={source.slug: source.citation for source in sources},
    )


def table_of(
    request: Request, figures: Figures, columns: Sequence[RowColumn], order: Order, ids: Sequence[int] | None = None
) -> Table:
    """The figures of a question as rows, in an order of the store, or in that of their ids."""

    def chunks(size: int) -> Iterator[Cells]:
        if ids is not None:
            stored = figures.stored(columns)
            for first in range(0, len(ids), BATCH):
                yield figures.cells(read_of(figures.selection, stored, ids[first : first + BATCH]), columns)
            return
        for rows in stream(figures.selection, figures.stored(columns), order, size):
            yield figures.cells(rows, columns)

    return Table("observations", list(map(column_of, columns)), chunks, lambda: about_figures(request, figures))


def read_of(selection: Selection, columns: Sequence[str], ids: Sequence[int]) -> list[Sequence[Any]]:
    """The rows with these ids, in their order. Raises TooLarge."""
    reading = list(dict.fromkeys([*columns, "id"]))
    held = {row[reading.index("id")]: row for row in read(selection.having("id", ids), reading)}
    return [held[key] for key in ids]


def table_by_series(request: Request, figures: Figures, fields: Sequence[str] | None) -> Table:
    """The figures of a question as one row a series, with a column for every period, and those asked for of the series."""
    periods = sorted(distinct(figures.selection, "period"))
    of_series = [column_of(column) for column in SHAPED if column.name in OF_SERIES]
    named = {column.name: column for column in of_series}
    marked = periods if figures.transformation else distinct(figures.selection.not_as_observed(), "period")
    columns = [named[name] for name in attributes(fields)]
    for period in periods:
        columns += [Column(period, "number")] + [Column(f"{period}{MARK}", "text")] * (period in marked)

    def chunks(_: int) -> Iterator[Cells]:
        for keys in series_batches(figures.selection):
            lines = wide(keys, figures, str, fields)
            yield [[line.get(column.name) for line in lines] for column in columns]

    return Table("observations-wide", columns, chunks, lambda: about_figures(request, figures))


def series_batches(selection: Selection, *, descending: bool = False) -> Iterator[list[int]]:
    """The ids of a selection's series in the order of their keys, some at a time."""
    after: Sequence[Any] | None = None
    while lines := series_page(selection, after, descending, BATCH):
        yield [row[0] for row in lines]
        after = lines[-1][1:]
