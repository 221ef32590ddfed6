"""Whether the phrases that a figure cites state it, in Chinese and English ways of writing numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from curation.plans.evidence import UnitNames, doubt_evidence, quantities_in
from curation.plans.imports import plan_import
from curation.tables.observations import OBSERVATIONS
from indicators.models import Unit
from tests.builder import Tables, liling

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]


def states(phrase: str, value: str, unit: str) -> bool:
    names, of = UnitNames([]), Unit.objects.get(code=unit)
    return any(names.states(found, Decimal(value), of) for found in quantities_in(phrase))


@pytest.mark.parametrize(
    ("phrase", "value", "unit"),
    [
        ("41.25亿元", "41.25", "CNY_100M"),
        ("41.25亿元", "412500", "CNY_10K"),
        ("４１．２５ 亿元", "41.25", "CNY_100M"),
        ("进出口总额 41.25", "41.25", "CNY_100M"),
        ("1亿2000万元", "1.2", "CNY_100M"),
        ("1,234.5万吨", "1234.5", "T_10K"),
        ("1 234 567元", "1234567", "CNY"),
        ("突破 1000 亿美元", "1000", "USD_100M"),
        ("跃上千亿台阶", "1000", "CNY_100M"),
        ("超3万亿元", "3", "CNY_1T"),
        ("US$ 5.2 billion", "52", "USD_100M"),
        ("CNY 300 million", "3", "CNY_100M"),
        ("下降40.48%", "-40.48", "PERCENT"),
        ("5.2 per cent", "5.2", "PERCENT"),
        ("回落1.3个百分点", "-1.3", "PERCENTAGE_POINT"),
        ("近六成", "60", "PERCENT"),
        ("约四分之一", "25", "PERCENT"),
        ("超半数人口就业", "50", "PERCENT"),
        ("三百二十家", "320", "COUNT"),
        ("1.2万家", "12000", "COUNT"),
        ("三大园区", "3", "COUNT"),
        ("twelve tasks", "12", "COUNT"),
        ("尚无千亿产业集群", "0", "COUNT"),
        ("2020年9月24日揭牌", "1", "COUNT"),
        ("居全省首位", "1", "RANK"),
        ("半小时", "0.5", "HOUR"),
    ],
)
def test_a_phrase_states_a_figure_however_it_writes_it(phrase: str, value: str, unit: str) -> None:
    assert states(phrase, value, unit)


@pytest.mark.parametrize(
    ("phrase", "value", "unit"),
    [
        ("41.25亿元", "2018", "CNY_100M"),
        ("41.25亿元", "41.25", "CNY_10K"),
        ("41.25亿元", "41.2", "CNY_100M"),
        ("2018年", "2018", "CNY_100M"),
        ("5亿美元", "5", "CNY_100M"),
        ("12.5%", "12.5", "COUNT"),
        ("十二家", "10", "COUNT"),
        ("产业园区", "3", "COUNT"),
    ],
)
def test_a_phrase_does_not_state_another_figure_unit_or_date(phrase: str, value: str, unit: str) -> None:
    assert not states(phrase, value, unit)


def test_a_figure_that_its_citation_does_not_contain_is_doubted() -> None:
    ((_, rows),) = plan_import({"observations": [liling(value="2018"), liling(period="2023", value="41.25")]}).tables
    told = [[warning["en"] for warning in row.warnings if warning["code"] == "not_in_phrase"] for row in rows]
    assert told == [["the cited phrases do not contain the figure: “41.25亿元”"], []]


def test_a_unit_and_a_citation_of_the_same_batch_are_understood() -> None:
    tables = Tables().region("T-TOWN").indicator("T_SALES").figures("T-TOWN", "T_SALES", {"2023": "40", "2024": "41"})
    tables.rows["observations"][1]["value"] = "42"
    rows = next(rows for table, rows in plan_import(tables.rows).tables if table is OBSERVATIONS)
    assert [[warning["code"] for warning in row.warnings] for row in rows] == [[], ["not_in_phrase"]]


def test_none_of_the_curated_figures_is_doubted() -> None:
    rows = [OBSERVATIONS.cells(record) | {"note_en": "read again"} for record in OBSERVATIONS.records()]
    ((_, planned),) = plan_import({"observations": rows}).tables
    doubt_evidence(planned)
    doubted = {row.key for row in planned for warning in row.warnings if warning["code"] == "not_in_phrase"}
    assert (len(planned) > 100, doubted) == (True, set())
