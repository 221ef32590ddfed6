"""Statements that stand ready say what the same queryset says, of any keys, in any order, on either store."""

from __future__ import annotations

import pytest
from django.db.models import QuerySet

from indicators.models import Series
from policies.models import Actor
from regions.models import Region
from sources.statements import KeysInOrder, Statement

pytestmark = pytest.mark.usefixtures("db")


def places() -> QuerySet[Region]:
    return Region.objects.public()


def test_columns_come_in_the_order_of_the_keys() -> None:
    keys = list(places().order_by("-name_en").values_list("pk", flat=True)[:20])
    read = Statement(places(), "pk", ("code", "parent__code")).read_in_order(keys)
    known = places().in_bulk(keys)
    assert list(read["code"]) == [known[key].code for key in keys]
    assert list(read["parent__code"]) == [parent and parent.code for parent in (known[key].parent for key in keys)]


def test_a_key_that_is_not_there_is_said() -> None:
    statement = Statement(places(), "pk", ("code",))
    with pytest.raises(KeyError):
        statement.read_in_order([0])
    assert statement.read([0]) == {"pk": (), "code": ()}


def test_rows_of_a_distinct_choice_have_their_columns_alone() -> None:
    distinct = Actor.objects.filter(measures__isnull=False).distinct().order_by("name_en")
    measure = distinct.values_list("measures", flat=True)[0]
    statement = Statement(distinct, "measures", ("code",))
    expected = [(measure, code) for code in distinct.filter(measures=measure).values_list("code", flat=True)]
    assert statement.rows([measure]) == expected == list(zip(*statement.read([measure]).values(), strict=True))


def test_a_page_of_keys_and_their_number_are_those_of_the_queryset() -> None:
    for records in (places().order_by("-code"), Series.objects.public().order_by("region__code", "pk")):
        keys, whole = KeysInOrder(records), list(records.values_list("pk", flat=True))
        assert (keys[0:7], keys[5:9], keys[len(whole) : len(whole) + 3]) == (whole[:7], whole[5:9], [])
        assert keys.count() == len(whole)
