"""Figures read from the store: pages, streams and counts of a Selection, as rows of stored columns.

There is one statement, with its columns and its order from the lists below. Values come as text with the decimals that
were stated, days as ISO 8601, so that both stores say the same (docs/decisions/0003 and 0014).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from threading import Event
from typing import Any, NamedTuple

from django.conf import settings
from django.db import OperationalError, connection, transaction

from indicators.choices import ObservationStatus
from indicators.components import COMPONENTS
from indicators.models import Indicator, Observation
from indicators.selection import DIMENSIONS, JOINED, SERIES, Condition, Selection, all_of
from regions.models import Region
from sources.models import Citation
from sources.statements import fetch_planned_once
from sources.stores import Store, store

Row = Sequence[Any]
Spelling = str | Callable[[Store], str]  # the SQL of a column, or a function that gives it for a store

CITED = Observation.citations.through._meta.db_table

# The stored columns, and how each is spelled in SQL.
STORED: dict[str, Spelling] = {
    "id": "o.id", "series": "s.id", "key": "s.key",
    **{part.column: part.place for part in COMPONENTS if not part.translated},
    **{name: f"o.{name}" for part in COMPONENTS if part.translated for name in part.columns},
    "period_start": lambda store: store.day_text("o.period_start"),
    "period_end": lambda store: store.day_text("o.period_end"),
    "value": lambda store: store.decimal_text("o.value", "o.decimals"),
}  # fmt: skip

# What depends on the release that is read, whose key stands for each parameter.
AS_OF: dict[str, str] = {
    "retired": "CASE WHEN o.retired_id <= %s THEN o.retired_id END",
    "citation_count": (
        f"(SELECT COUNT(*) FROM {CITED} l JOIN {Citation._meta.db_table} c ON c.id = l.citation_id "
        "WHERE l.observation_id = o.id AND c.released_id <= %s AND (c.withdrawn_id IS NULL OR c.withdrawn_id > %s))"
    ),
}

# No value reaches it: a value has at most 15 significant digits. Missing values so come last in either direction.
BEYOND_ANY_VALUE = 10**15
LOW, HIGH = (f"COALESCE(o.value, {missing})" for missing in (-BEYOND_ANY_VALUE, BEYOND_ANY_VALUE))


# What is only sorted by, and kept in cursors.
REGION_CODE, INDICATOR_CODE = (
    f"(SELECT code FROM {model._meta.db_table} WHERE id = s.{key})"
    for model, key in ((Region, "region_id"), (Indicator, "indicator_id"))
)
SORTED: dict[str, Spelling] = {
    "region_code": REGION_CODE, "indicator_code": INDICATOR_CODE,
    "low_value": lambda store: store.exact_text(LOW), "high_value": lambda store: store.exact_text(HIGH),
}  # fmt: skip


class OrderPart(NamedTuple):
    """One part of an order, never null: what is sorted by, as which column a cursor keeps it, what it is compared with."""

    by: str
    kept: str
    given: str = "%s"


KEY, PERIOD, ID = OrderPart("s.key", "key"), OrderPart("o.period", "period"), OrderPart("o.id", "id")
START, END = (OrderPart(f"o.{name}", name) for name in ("period_start", "period_end"))
REGION, INDICATOR = OrderPart(REGION_CODE, "region_code"), OrderPart(INDICATOR_CODE, "indicator_code")


@dataclass(frozen=True)
class Order:
    """A total order of figures, all in one direction, that ends in the row's id."""

    parts: tuple[OrderPart, ...]
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

    def beyond(self, values: Sequence[Any]) -> tuple[Condition, Condition]:
        """The rows after the one with these values: one comparison of rows, as quick at any depth.

        The first part is compared by itself as well: where it is a column of the series, only that finds the place
        by an index.
        """
        sign = "<" if self.descending else ">"
        mine, theirs = ", ".join(part.by for part in self.parts), ", ".join(part.given for part in self.parts)
        first = self.parts[0]
        return (
            Condition(f"{first.by} {sign}= {first.given}", (values[0],)),
            Condition(f"({mine}) {sign} ({theirs})", tuple(values)),
        )


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
        "value": (OrderPart(HIGH, "high_value", "CAST(%s AS numeric)"), ID),
        "-value": (OrderPart(LOW, "low_value", "CAST(%s AS numeric)"), ID),
    }.items()
}


class TooLarge(Exception):
    """The store gave up on a question after STATEMENT_SECONDS."""


@contextmanager
def bounded() -> Iterator[None]:
    """No statement inside takes longer than STATEMENT_SECONDS. Raises TooLarge where one would.

    PostgreSQL counts by itself (config/tuning.py tells each connection once); SQLite is asked now and then.
    """
    try:
        with store().giving_up(connection, settings.STATEMENT_SECONDS):
            yield
    except OperationalError as error:
        if "interrupted" in str(error) or "statement timeout" in str(error):
            raise TooLarge from error
        raise


@lru_cache(maxsize=1000)
def _selected(columns: tuple[str, ...], store: Store) -> str:
    """The SQL of these columns as a store spells them."""
    spelled = (STORED.get(name) or SORTED[name] for name in columns)
    return ", ".join(text if isinstance(text, str) else text(store) for text in spelled)


def _selected_of(selection: Selection, columns: Sequence[str]) -> Condition:
    """The SQL of these columns with its parameters: some depend on the release that is read, and on what changed since another."""
    if selection.standing != "changes" and AS_OF.keys().isdisjoint(columns):
        return Condition(_selected(tuple(columns), store()))
    each = [_column_of(selection, name) for name in columns]
    return Condition(", ".join(text for text, _ in each), tuple(value for _, given in each for value in given))


def _column_of(selection: Selection, name: str) -> Condition:
    """The SQL of one column with its parameters."""
    if name == "action":
        return selection.action()
    if name in AS_OF:
        return Condition(AS_OF[name], (selection.at,) * AS_OF[name].count("%s"))
    text = _selected((name,), store())
    if selection.standing == "changes" and name in ("value", "status"):  # a figure that was withdrawn has none
        missing = f"'{ObservationStatus.MISSING.value}'" if name == "status" else "NULL"
        return Condition(f"CASE WHEN o.released_id > %s THEN {text} ELSE {missing} END", (selection.since,))
    return Condition(text)


def statement(
    selection: Selection,
    columns: Sequence[str],
    order: Order,
    after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> Condition:
    """The statement that reads these columns of a selection in this order: from the row after the values `after` on, at most `limit`."""
    chosen, beyond = _selected_of(selection, columns), () if after is None else order.beyond(after)
    if finds_series_first(selection, order):
        rows = selection.series_first(beyond, descending=order.descending)
    else:
        by_key = store().sorts_by_series and order.parts[0] is KEY
        text, parameters = all_of([selection.conditions(by_key=by_key), *beyond])
        rows = Condition(f"{JOINED} WHERE {text} ORDER BY {order.sql}", parameters)
    sql = f"SELECT {chosen.sql} FROM {rows.sql}"
    parameters = (*chosen.parameters, *rows.parameters)
    return Condition(sql if limit is None else f"{sql} LIMIT {limit}", parameters)


def finds_series_first(selection: Selection, order: Order) -> bool:
    """Whether the store does best to find all series of a question before their figures, whatever its parameters are."""
    return settings.PLAN_ONCE and store().plans_once and order.parts is BY_SERIES and selection.is_of_few_series


def fetch(sql: str, parameters: Sequence[Any], *, once: bool = False) -> list[Row]:
    """All rows of a statement, of which one plan may be good for all parameters (`once`). Raises TooLarge."""
    with bounded():
        if once:
            return fetch_planned_once(sql, parameters)
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()


def read(
    selection: Selection, columns: Sequence[str], order: Order = ORDERS["series"], after: Sequence[Any] | None = None,
    limit: int | None = None,
) -> list[Row]:  # fmt: skip
    """The rows of a selection in order, after those of `after` (a cursor's values), at most `limit`. Raises TooLarge."""
    sql, parameters = statement(selection, columns, order, after, limit)
    first = finds_series_first(selection, order)
    return store().rows_of(sql, len(columns), lambda text: fetch(text, parameters, once=first))


def records(selection: Selection, columns: Sequence[str], order: Order = ORDERS["series"]) -> list[dict[str, Any]]:
    """The rows of a selection as dictionaries of stored columns, for computing with. Raises TooLarge."""
    return [dict(zip(columns, row, strict=False)) for row in read(selection, columns, order)]


def stream(selection: Selection, columns: Sequence[str], order: Order, size: int) -> Iterator[list[Row]]:
    """The rows of a selection, `size` at a time and never more than twice that in memory. Raises TooLarge where a part takes too long.

    A store that reads ahead makes the next part, by a cursor of its own, while the caller works on this one.
    """
    sql, parameters = statement(selection, columns, order)
    if not store().reads_ahead:
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
    """The series of a selection by key, after (or before) one: their ids and keys. Raises TooLarge.

    What each series counts is not asked: a release that this process does not know yet may have changed it.
    """
    where, parameters = selection.having_figures()
    if after is not None:
        where, parameters = f"{where} AND s.key {'<' if backwards else '>'} %s", (*parameters, *after)
    return fetch(
        f"SELECT s.id, s.key FROM {SERIES} WHERE {where} ORDER BY s.key{' DESC' if backwards else ''} LIMIT {limit}",
        parameters,
    )


def count_lines(selection: Selection) -> int:
    """How many series a selection has. Raises TooLarge."""
    inside, parameters = lines(selection)
    return int(fetch(f"SELECT COUNT(*) FROM ({inside}) l", parameters)[0][0])


def extents(selection: Selection) -> dict[int, tuple[int, str, str]]:
    """Of each series of a selection how many figures it has, its first and its last period. Raises TooLarge."""
    return {row[0]: (row[1], row[2], row[3]) for row in fetch(*lines(selection))}


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
