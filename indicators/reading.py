"""Figures read from the store: pages, streams and counts of a Selection, as rows of stored columns.

There is one statement, with its columns and its order from the lists below. Values come as text with the decimals that
were stated, days as ISO 8601, so that both stores say the same (docs/decisions.md, 3 and 14).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import Event
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.db import OperationalError, connection, transaction

from indicators.models import Indicator, Observation
from indicators.selection import DIMENSIONS, JOINED, SERIES, Condition, Selection
from regions.models import Region
from sources.models import Citation

Row = Sequence[Any]

CITED = Observation.citations.through._meta.db_table

# A stored column and how the store says it; where the stores say it differently, how each does.
STORED: dict[str, str | dict[str, str]] = {
    "id": "o.id", "series": "s.id", "key": "s.key", "indicator": "s.indicator_id", "region": "s.region_id",
    "industry": "s.industry_id", "product": "s.product_id", "partner": "s.partner_id", "trade_mode": "s.trade_mode_id",
    "frequency": "s.frequency", "accumulation": "s.accumulation", "variant": "s.variant", "period": "o.period",
    "period_start": {"postgresql": "o.period_start::text", "sqlite": "o.period_start || ''"},
    "period_end": {"postgresql": "o.period_end::text", "sqlite": "o.period_end || ''"},
    "value": {
        "postgresql": "round(o.value, o.decimals)::text",
        "sqlite": "CASE WHEN o.value IS NOT NULL THEN printf('%%.*f', o.decimals, o.value + 0) END",
    },
    "decimals": "o.decimals", "unit": "o.unit_id", "status": "o.status", "qualifier": "o.qualifier",
    "period_basis": "o.period_basis", "source": "o.source_id", "note_zh": "o.note_zh", "note_en": "o.note_en",
    "released": "o.released_id", "retired": "o.retired_id",
    "citation_count": (
        f"(SELECT COUNT(*) FROM {CITED} l JOIN {Citation._meta.db_table} c ON c.id = l.citation_id "
        "WHERE l.observation_id = o.id AND c.released_id IS NOT NULL AND c.withdrawn_id IS NULL)"
    ),
}  # fmt: skip

# No value reaches it: a value has at most 15 significant digits. Missing values so come last in either direction.
BEYOND_ANY_VALUE = 10**15
LOW, HIGH = (f"COALESCE(o.value, {missing})" for missing in (-BEYOND_ANY_VALUE, BEYOND_ANY_VALUE))


# What is only sorted by, and kept in cursors.
REGION_CODE, INDICATOR_CODE = (
    f"(SELECT code FROM {model._meta.db_table} WHERE id = s.{key})"
    for model, key in ((Region, "region_id"), (Indicator, "indicator_id"))
)
SORTED: dict[str, str | dict[str, str]] = {
    "region_code": REGION_CODE, "indicator_code": INDICATOR_CODE,
    **{
        name: {"postgresql": f"{column}::text", "sqlite": f"printf('%%.9f', {column})"}
        for name, column in (("low_value", LOW), ("high_value", HIGH))
    },
}  # fmt: skip


class Part(NamedTuple):
    """One part of an order, never null: what is sorted by, as which column a cursor keeps it, what it is compared with."""

    by: str
    kept: str
    given: str = "%s"


KEY, PERIOD, ID = Part("s.key", "key"), Part("o.period", "period"), Part("o.id", "id")
START, END = (Part(f"o.{name}", name) for name in ("period_start", "period_end"))
REGION, INDICATOR = Part(REGION_CODE, "region_code"), Part(INDICATOR_CODE, "indicator_code")


@dataclass(frozen=True)
class Order:
    """A total order of figures, all in one direction, that ends in the row's id."""

    parts: tuple[Part, ...]
    descending: bool = False

    def reversed(self) -> Order:
        """The same order from its end."""
        return Order(self.parts, not self.descending)

    @property
    def kept(self) -> list[str]:
        """The columns that a cursor keeps."""
        return [part.kept for part in self.parts]

    @property
    def sql(self) -> str:
        return ", ".join(f"{part.by} DESC" if self.descending else part.by for part in self.parts)

    def beyond(self, values: Sequence[Any]) -> Condition:
        """The rows after the one with these values: one comparison of rows, as quick at any depth.

        The first part is compared by itself as well: where it is a column of the series, only that finds the place
        by an index.
        """
        sign = "<" if self.descending else ">"
        mine, theirs = ", ".join(part.by for part in self.parts), ", ".join(part.given for part in self.parts)
        first = self.parts[0]
        return Condition(f"{first.by} {sign}= {first.given} AND ({mine}) {sign} ({theirs})", (values[0], *values))


BY_SERIES = (KEY, PERIOD, ID)
ORDERS: dict[str, Order] = {
    name: Order(parts, descending=name.startswith("-"))
    for name, parts in {
        "series": BY_SERIES,
        "-series": BY_SERIES,
        "period": (START, END, KEY, ID),
        "-period": (START, END, KEY, ID),
        "region": (REGION, *BY_SERIES),
        "indicator": (INDICATOR, *BY_SERIES),
        "value": (Part(HIGH, "high_value", "CAST(%s AS numeric)"), ID),
        "-value": (Part(LOW, "low_value", "CAST(%s AS numeric)"), ID),
    }.items()
}


class TooLarge(Exception):
    """The store gave up on a question after STATEMENT_SECONDS."""


@contextmanager
def bounded() -> Iterator[None]:
    """No statement inside takes longer than STATEMENT_SECONDS. Raises TooLarge where one would.

    PostgreSQL counts by itself (config/wsgi.py tells each connection once); SQLite is asked now and then.
    """
    sqlite = connection.vendor == "sqlite"
    if sqlite:
        connection.ensure_connection()
        deadline = time.monotonic() + settings.STATEMENT_SECONDS
        connection.connection.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
    try:
        yield
    except OperationalError as error:
        if "interrupted" in str(error) or "statement timeout" in str(error):
            raise TooLarge from error
        raise
    finally:
        if sqlite:
            connection.connection.set_progress_handler(None, 0)


@lru_cache(maxsize=1000)
def _selected(columns: tuple[str, ...], vendor: str) -> str:
    """What is selected for these columns, in the words of a store."""
    said = (STORED.get(name) or SORTED[name] for name in columns)
    return ", ".join(text if isinstance(text, str) else text[vendor] for text in said)


def _chosen(selection: Selection, columns: Sequence[str]) -> Condition:
    if selection.standing != "changes":
        return Condition(_selected(tuple(columns), connection.vendor))
    texts, parameters = [], []
    for name in columns:
        text, given = selection.action() if name == "action" else (_selected((name,), connection.vendor), ())
        if name in ("value", "status"):  # a figure that was withdrawn has none
            missing = "'M'" if name == "status" else "NULL"
            text, given = f"CASE WHEN o.released_id > %s THEN {text} ELSE {missing} END", (selection.since,)
        texts.append(text)
        parameters += given
    return Condition(", ".join(texts), tuple(parameters))


def statement(
    selection: Selection,
    columns: Sequence[str],
    order: Order,
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> Condition:
    """The one statement over figures."""
    by_key = connection.vendor == "sqlite" and order.parts[0] is KEY
    chosen, where = _chosen(selection, columns), selection.conditions(by_key=by_key)
    beyond = Condition("", ()) if after is None else order.beyond(after)
    text = f"{where.sql} AND {beyond.sql}" if after is not None else where.sql
    sql = f"SELECT {chosen.sql} FROM {JOINED} WHERE {text} ORDER BY {order.sql}"
    parameters = (*chosen.parameters, *where.parameters, *beyond.parameters)
    return Condition(sql if limit is None else f"{sql} LIMIT {limit}", parameters)


def fetch(sql: str, parameters: Sequence[Any]) -> list[Row]:
    """All rows of a statement. Raises TooLarge."""
    with bounded(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def read(
    selection: Selection, columns: Sequence[str], order: Order = ORDERS["series"], after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> list[Row]:  # fmt: skip
    """The rows of a selection in order, after those of `after` (a cursor's values), at most `limit`. Raises TooLarge."""
    sql, parameters = statement(selection, columns, order, after, limit)
    return _in_one_step(sql, parameters, len(columns)) if connection.vendor == "sqlite" else fetch(sql, parameters)


def _in_one_step(sql: str, parameters: Sequence[Any], width: int) -> list[Row]:
    """All rows of a statement, which SQLite puts together as one value.

    Python's sqlite3 gives up the interpreter's lock and waits for it again with every row that it steps to: with four
    threads that takes twice the time of the rows themselves (docs/performance.md).
    """
    names = ", ".join(f"c{number}" for number in range(width))
    whole = f"WITH page({names}) AS ({sql}) SELECT json_group_array(json_array({names})) FROM page"
    rows: list[Row] = orjson.loads(fetch(whole, parameters)[0][0])
    return rows


def records(selection: Selection, columns: Sequence[str], order: Order = ORDERS["series"]) -> list[dict[str, Any]]:
    """The rows of a selection as dictionaries of stored columns, for computing with. Raises TooLarge."""
    return [dict(zip(columns, row, strict=False)) for row in read(selection, columns, order)]


def stream(selection: Selection, columns: Sequence[str], order: Order, size: int) -> Iterator[list[Row]]:
    """The same rows, `size` at a time and never more than twice that in memory. Raises TooLarge where a part takes too long.

    PostgreSQL makes the next part, by a cursor of its own, while the caller works on this one.
    """
    sql, parameters = statement(selection, columns, order)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            with bounded():
                cursor.execute(sql, parameters)
            while rows := _next_rows(cursor, size):
                yield rows
        return
    with transaction.atomic(), connection.chunked_cursor() as cursor, ThreadPoolExecutor(1) as reader:
        with bounded():
            cursor.execute(sql, parameters)
        coming = _ask(reader, cursor, size)
        while rows := coming.result():
            coming = _ask(reader, cursor, size)
            yield rows


def _ask(reader: ThreadPoolExecutor, cursor: Any, size: int) -> Future[list[Row]]:
    """The next rows, once the store has been asked for them.

    Without this waiting the caller, who keeps the interpreter's lock for a few milliseconds, would have made his part
    before the other thread could ask: the store and he would work in turn.
    """
    begun = Event()

    def asked() -> list[Row]:
        begun.set()
        return _next_rows(cursor, size)

    coming = reader.submit(asked)
    begun.wait()
    return coming


def _next_rows(cursor: Any, size: int) -> list[Row]:
    with bounded():
        return cursor.fetchmany(size)


def count(selection: Selection) -> int:
    """How many figures a selection has; of whole series by what each of them counts. Raises TooLarge."""
    if selection.is_of_whole_series:
        where, parameters = selection.of_series_alone()
        sql = f"SELECT COALESCE(SUM(s.observation_count), 0) FROM {SERIES} WHERE {where}"
    else:
        where, parameters = selection.conditions()
        sql = f"SELECT COUNT(*) FROM {JOINED} WHERE {where}"
    return int(fetch(sql, parameters)[0][0])


def distinct(selection: Selection, column: str) -> list[Any]:
    """What the figures of a selection have in a stored column, each once: the keys of its units or sources, its periods.

    Raises TooLarge.
    """
    where, parameters = selection.conditions()
    return [row[0] for row in fetch(f"SELECT DISTINCT {STORED[column]} FROM {JOINED} WHERE {where}", parameters)]


def periods_of(selection: Selection) -> list[str]:
    """The labels of the periods that a selection has figures of, in order. Raises TooLarge."""
    where, parameters = selection.conditions()
    return sorted(row[0] for row in fetch(f"SELECT DISTINCT o.period FROM {JOINED} WHERE {where}", parameters))


def lines(selection: Selection) -> Condition:
    """SQL of one row a series of the selection: its id, the number of its figures, its first and its last period."""
    if selection.is_of_whole_series:
        where, parameters = selection.of_series_alone()
        return Condition(
            f"SELECT s.id, s.observation_count AS figures, s.first_period AS earliest, s.last_period AS latest FROM {SERIES} "
            f"WHERE {where} AND s.observation_count > 0", parameters,
        )  # fmt: skip
    where, parameters = selection.conditions()
    return Condition(
        f"SELECT s.id, COUNT(*) AS figures, MIN(o.period) AS earliest, MAX(o.period) AS latest FROM {JOINED} "
        f"WHERE {where} GROUP BY s.id", parameters,
    )  # fmt: skip


def series_page(selection: Selection, after: Sequence[Any] | None, backwards: bool, limit: int) -> list[Row]:
    """The series of a selection by key, after (or before) one: their ids and keys. Raises TooLarge."""
    inside, parameters = lines(selection)
    sql = f"SELECT s.id, s.key FROM {SERIES} JOIN ({inside}) l ON l.id = s.id"
    if after is not None:
        sql, parameters = f"{sql} WHERE s.key {'<' if backwards else '>'} %s", (*parameters, *after)
    return fetch(f"{sql} ORDER BY s.key{' DESC' if backwards else ''} LIMIT {limit}", parameters)


def count_lines(selection: Selection) -> int:
    """How many series a selection has. Raises TooLarge."""
    inside, parameters = lines(selection)
    return int(fetch(f"SELECT COUNT(*) FROM ({inside}) l", parameters)[0][0])


def extent(selection: Selection) -> tuple[int, int, str | None, str | None]:
    """How many series and figures a selection has, its first and its last period. Raises TooLarge."""
    inside, parameters = lines(selection)
    sql = f"SELECT COUNT(*), COALESCE(SUM(figures), 0), MIN(earliest), MAX(latest) FROM ({inside}) l"
    ((series, figures, first, last),) = fetch(sql, parameters)
    return series, int(figures), first, last


def members(selection: Selection, dimension: str) -> list[Row]:
    """The members of a dimension that a selection has (None: undivided), with their numbers of series and of figures."""
    inside, parameters = lines(selection)
    column = DIMENSIONS[dimension]
    sql = f"SELECT {column}, COUNT(*), SUM(l.figures) FROM {SERIES} JOIN ({inside}) l ON l.id = s.id GROUP BY {column}"
    return [(key, series, int(figures)) for key, series, figures in fetch(sql, parameters)]


def by_region_and_year(selection: Selection) -> list[Row]:
    """Region, year and number of figures, for each pair of which there are some. Raises TooLarge."""
    where, parameters = selection.conditions()
    year = "CAST(SUBSTR(o.period, 1, 4) AS INTEGER)"
    sql = f"SELECT s.region_id, {year}, COUNT(*) FROM {JOINED} WHERE {where} GROUP BY s.region_id, {year}"
    return fetch(sql, parameters)
