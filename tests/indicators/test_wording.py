"""Figures as people write them."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from indicators.wording import UnitWords, figure_text

with Path("fixtures/units.csv").open(encoding="utf-8") as table:
    UNITS = {
        row["code"]: UnitWords(
            row["code"], row["dimension"], Decimal(row["factor"]), row["symbol_zh"] or "", row["name_en"]
        )
        for row in csv.DictReader(table)
    }
UNITS["FIRMS"] = UnitWords("COUNT", "count", Decimal(1), "家", "firms")
UNITS["ORDERS"] = UnitWords("COUNT", "count", Decimal(1), "单", "orders a day")


@pytest.mark.parametrize(
    ("value", "unit", "qualifier", "zh", "en"),
    [
        ("41.25", "CNY_100M", "exact", "41.25亿元", "CNY 4.125 billion"),
        ("34", "CNY_100M", "approx", "约34亿元", "about CNY 3.4 billion"),
        ("35", "CNY_100M", "over", "超35亿元", "over CNY 3.5 billion"),
        ("100", "CNY_100M", "target", "目标100亿元", "goal of CNY 10 billion"),
        ("5", "CNY_100M", "under", "不足5亿元", "under CNY 500 million"),
        ("34.95", "CNY_1T", "exact", "34.95万亿元", "CNY 34.95 trillion"),
        ("2", "USD_100M", "exact", "2亿美元", "USD 200 million"),
        ("12.5", "CNY_10K", "exact", "12.5万元", "CNY 125,000"),
        ("999.50", "CNY", "exact", "999.50元", "CNY 999.50"),
        ("-6.5", "PERCENT", "exact", "-6.5%", "-6.5%"),
        ("2.30", "PERCENTAGE_POINT", "exact", "2.30个百分点", "2.30 percentage points"),
        ("1", "PERCENTAGE_POINT", "exact", "1个百分点", "1 percentage point"),
        ("4", "RANK", "exact", "第4位", "rank 4"),
        ("8.56", "TIMES", "exact", "8.56倍", "8.56 times"),
        ("104.3", "INDEX", "exact", "104.3", "104.3"),
        ("121", "COUNT", "exact", "121", "121"),
        ("1200", "FIRMS", "exact", "1200家", "1,200 firms"),
        ("1", "FIRMS", "exact", "1家", "1 firm"),
        ("1", "ORDERS", "exact", "1单", "1 order a day"),
        ("100", "T_10K", "over", "超100万吨", "over 1 million tonnes"),
        ("1.5", "M3_10K", "exact", "1.5万立方米", "15,000 cubic metres"),
        ("119.76", "KM2", "exact", "119.76平方公里", "119.76 square kilometres"),
        ("1", "MONTH", "exact", "1个月", "1 month"),
    ],
)
def test_a_figure_is_written_as_people_do(value: str, unit: str, qualifier: str, zh: str, en: str) -> None:
    assert figure_text(value, UNITS[unit], qualifier, "zh") == zh
    assert figure_text(value, UNITS[unit], qualifier, "en") == en
