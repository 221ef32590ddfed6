"""A statement that PostgreSQL plans once has the rows that it has when it is planned for its parameters, and leaves no trace on others."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from indicators.labels import labels
from indicators.models import Series
from indicators.reading import ORDERS, TooLarge, fetch, read
from indicators.selection import FEW_SERIES, Selection, everything
from regions.models import Region
from sources.planned import MOST, planned_once
from sources.statements import KeysInOrder, Statement

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans in no time")

COLUMNS = ("id", "key", "period", "value", "released")


@pytest.fixture(autouse=True)
def _anew(no_transaction: None) -> Any:
    """A connection that no other test has told anything."""
    connection.close()
    yield
    connection.close()


def one_of(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def narrowed() -> list[Selection]:
    """Questions for few series, of every kind of condition."""
    known = labels()
    whole = everything(known)
    of_one = whole.where("indicator", [known.indicators.key["TRADE_TOTAL"]])
    places = [known.regions.key[code] for code in ("430000", "430100", "430281")]
    return [
        of_one, of_one.where("region", places), of_one.having("status", ["A", "F"]).preferred(), of_one.history(),
        of_one.not_as_observed(), whole.of_lines(list(Series.objects.values_list("pk", flat=True)[:20])),
    ]  # fmt: skip


def test_the_rows_are_the_same_in_their_order_from_either_end_and_from_any_place() -> None:
    for selection in narrowed():
        assert selection.most_series <= FEW_SERIES
        for name in ("series", "-series"):
            order = ORDERS[name]
            whole = read(selection, COLUMNS, order)
            assert whole
            assert whole == read(Selection(**{**vars(selection), "most_series": FEW_SERIES + 1}), COLUMNS, order)
            assert sorted((row[1], row[2], row[0]) for row in whole)[:: -1 if order.descending else 1] == [
                (row[1], row[2], row[0]) for row in whole
            ]
            place = whole[len(whole) // 2]
            after = [place[COLUMNS.index(kept)] for kept in order.kept]
            assert read(selection, COLUMNS, order, after, 5) == whole[len(whole) // 2 + 1 :][:5]


def test_other_statements_are_planned_for_their_parameters() -> None:
    workers = one_of("SHOW max_parallel_workers_per_gather")
    assert workers != "0"
    for selection in narrowed():
        read(selection, COLUMNS)
        assert one_of("SHOW plan_cache_mode") == "force_custom_plan"
        assert one_of("SHOW max_parallel_workers_per_gather") == workers
        assert connection.planned_once not in connection.execute_wrappers
    assert one_of("SELECT MIN(generic_plans) FROM pg_prepared_statements WHERE name LIKE 'planned_once%'") > 0


def test_statements_of_records_have_the_same_rows_and_are_planned_once(settings: Any) -> None:
    records = Region.objects.filter(parent__isnull=False)
    keys = list(records.values_list("pk", flat=True)[:30])

    def found() -> list[Any]:
        whole, own = KeysInOrder(records.order_by("-code")), Statement(records, "pk", ("code", "valid_from"))
        owned = Statement(records, "parent", ("code", "is_aggregate"))
        return [whole.count(), whole[2:9], own.read_in_order(keys), owned.rows(keys), owned.rows([])]

    planned = found()
    assert planned[0] > 30
    assert one_of("SELECT MIN(generic_plans) FROM pg_prepared_statements WHERE name LIKE 'planned_once%'") > 0
    settings.PLAN_ONCE = False
    assert found() == planned


def test_parameters_are_given_as_they_are_by_any_other_way() -> None:
    given = ("a%b", None, True, datetime.date(2024, 2, 29), 7)
    asked = "SELECT '%%s', %s::text, %s::int, %s::bool, %s::date, %s::smallint"
    assert fetch(asked, given, once=True) == fetch(asked, given) == [("%s", *given)]


def test_no_more_statements_are_kept_than_are_of_use() -> None:
    for number in range(MOST + 10):
        assert fetch(f"SELECT {number} + %s::int", (1,), once=True) == [(number + 1,)]
    assert one_of("SELECT COUNT(*) FROM pg_prepared_statements WHERE name LIKE 'planned_once%'") == MOST


def test_what_takes_too_long_is_told_and_the_next_is_answered() -> None:
    one_of("SELECT set_config('statement_timeout', '50ms', false)")
    with pytest.raises(TooLarge):
        fetch("SELECT pg_sleep(%s)", (2,), once=True)
    assert fetch("SELECT %s::int", (7,), once=True) == [(7,)]


def test_a_connection_that_was_lost_is_told_as_django_tells_it() -> None:
    fetch("SELECT %s::int", (7,), once=True)
    with pytest.raises(OperationalError):
        fetch("SELECT pg_terminate_backend(pg_backend_pid())::text || %s", ("",), once=True)
    connection.close_if_unusable_or_obsolete()
    assert fetch("SELECT %s::int", (7,), once=True) == [(7,)]
    assert one_of("SHOW plan_cache_mode") == "force_custom_plan"


def test_within_a_transaction_nothing_is_planned_once() -> None:
    with transaction.atomic():
        assert planned_once(connection) is None


def test_behind_a_pooler_nothing_is_told(settings: Any) -> None:
    settings.PLAN_ONCE = False
    for selection in narrowed():
        assert read(selection, COLUMNS)
    assert one_of("SELECT COUNT(*) FROM pg_prepared_statements WHERE name LIKE 'planned_once%'") == 0


@pytest.mark.parametrize(
    "done",
    [
        "ALTER TABLE told_apart ALTER COLUMN words TYPE varchar(20)",
        "ALTER TABLE told_apart ADD COLUMN more int",
        "DROP TABLE told_apart; CREATE TABLE told_apart (words varchar(30)); INSERT INTO told_apart VALUES ('seven')",
        "DEALLOCATE ALL",
    ],
)
def test_what_is_changed_under_a_statement_is_read_as_it_is_then(done: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE told_apart (words varchar(10))")
        cursor.execute("INSERT INTO told_apart VALUES ('seven')")
        for _ in range(2):
            assert fetch("SELECT words FROM told_apart WHERE words = %s", ("seven",), once=True) == [("seven",)]
        cursor.execute(done)
    for _ in range(2):
        assert fetch("SELECT words FROM told_apart WHERE words = %s", ("seven",), once=True) == [("seven",)]
