"""How an observation becomes a row: the same names in the same order, whatever the rows."""

from __future__ import annotations

import datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.labels import Label, labels
from indicators.models import Series
from indicators.reading import read
from indicators.rows import DETAILS, FULL, Figure, as_rows, columns_of, make_cells, stored_columns
from indicators.selection import everything
from regions.models import Region
from sources.kept import forget_kept
from sources.models import Citation, Release
from sources.versions import data_version, forget_data_version
from tests.builder import liling
from tests.indicators.indicator_store import (
    a_category,
    a_region,
    a_series,
    a_source,
    a_unit,
    an_indicator,
    an_observation,
)
from tests.indicators.row_names import FULL_NAMES, STANDARD_NAMES

DETAIL, LABELS = ("data", "standard", "full"), ("both", "code", "name")
NAMES = {"data": ["series", "period", "value"], "standard": STANDARD_NAMES, "full": FULL_NAMES}
NAMED = (
    "indicator", "region", "industry", "product", "partner", "trade_mode", "whole", "unit", "status", "qualifier",
    "period_basis", "frequency", "accumulation",
)  # fmt: skip


def names(columns: Any) -> list[str]:
    return [column.name for column in columns]


def rows_of(selection: Any, detail: str = "full", language: str = "zh", **chosen: Any) -> list[dict[str, Any]]:
    columns = columns_of(detail, **chosen)
    stored = stored_columns(columns)
    return as_rows(make_cells(read(selection, stored), stored, columns, labels(), language), columns)


def all_of(series: Any) -> Any:
    return everything(labels()).having("series", [series.pk])


# Columns -----------------------------------------------------------------------------------------------------------


def test_the_columns_are_those_of_the_contract() -> None:
    assert {detail: names(columns_of(detail)) for detail in DETAIL} == NAMES


@pytest.mark.parametrize(("detail", "shown"), list(product(DETAIL, LABELS)))
def test_labels_choose_codes_names_or_both(detail: str, shown: str) -> None:
    titled = {"both": (), "code": ["source_title"], "name": ["source"]}[shown]
    without = {"both": (), "code": [f"{n}_name" for n in NAMED], "name": NAMED}[shown]
    without = [*without, *titled]
    assert names(columns_of(detail, shown)) == [name for name in NAMES[detail] if name not in without]


@given(st.sampled_from(DETAIL), st.sampled_from(LABELS), st.lists(st.sampled_from([*FULL_NAMES, "nonsense"])))
def test_fields_keep_those_named_in_the_order_of_the_row(detail: str, shown: str, fields: list[str]) -> None:
    whole = names(columns_of(detail, shown))
    assert names(columns_of(detail, shown, fields)) == [name for name in whole if name in fields]


def test_no_fields_asked_for_are_no_columns_and_unsaid_fields_are_all() -> None:
    assert columns_of("full", "both", []) == []
    assert columns_of("full", "both", None) == list(FULL)


def test_every_column_is_documented_once() -> None:
    for columns in DETAILS.values():
        assert len(set(names(columns))) == len(columns)
        for column in columns:
            assert str(column.says).endswith(("。", "."))
            assert column.schema["type"]


def test_each_stored_column_is_read_once() -> None:
    assert stored_columns(columns_of("data"), "id", "period") == ["key", "period", "value", "id"]
    needs = stored_columns(FULL)
    assert len(needs) == len(set(needs))


# Figures -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [("41.2", 2, "41.20"), ("41.200000000", 1, "41.2"), ("-40.48", 2, "-40.48"), ("0", 0, "0"), ("0", 2, "0.00"),
     ("1E+3", 0, "1000"), ("0.000000001", 9, "0.000000001"), ("999999999999999", 0, "999999999999999")],
)  # fmt: skip
def test_a_figure_is_written_with_the_decimals_that_were_stated(value: str, decimals: int, text: str) -> None:
    assert str(Figure(Decimal(value), decimals)) == text


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 9))
def test_a_figure_is_never_rounded_or_written_with_an_exponent(digits: int, decimals: int) -> None:
    value = Decimal(digits).scaleb(-decimals)
    assert Decimal(str(Figure(value, decimals))) == value
    assert set(str(Figure(value, decimals))) <= set("-.0123456789")


# Rows --------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(("detail", "shown"), list(product(DETAIL, LABELS)))
def test_every_row_has_the_same_columns_whatever_it_holds(detail: str, shown: str) -> None:
    rows = rows_of(everything(labels()), detail, labels=shown)
    assert rows
    expected = names(columns_of(detail, shown))
    assert all(list(row) == expected for row in rows)
    assert rows_of(everything(labels()).having("id", []), detail, labels=shown) == []


@pytest.mark.django_db
def test_a_row_says_everything_in_full() -> None:
    tea = a_category("T_TEA", name_zh="茶", name_en="Tea")
    indicator = an_indicator(unit=a_unit("COUNT"), counter_zh="家", counter_en="firms")
    line = a_series(
        indicator=indicator, industry=tea, partner=a_region("T2"), key="A.T1.T_EXPORTS.T_TEA.T2.v", variant="v"
    )
    row = an_observation(line, "2024", "41.20", qualifier="over", note_zh="注", note_en="note", period_basis="inferred")
    phrases = [
        Citation.objects.create(
            source=a_source(), code=f"c{n}", exact="约", start=n, end=n + 1,
            released=None if n == 2 else Release.objects.get(version="2026-R1"),  # the third is a draft
        )
        for n in range(3)
    ]  # fmt: skip
    row.citations.set(phrases)
    zh, en = (rows_of(all_of(line), language=language)[0] for language in ("zh", "en"))
    assert str(zh.pop("value")) == str(en.pop("value")) == "41.20"
    assert zh == {
        "id": row.pk, "series": "A.T1.T_EXPORTS.T_TEA.T2.v", "indicator": "T_EXPORTS", "indicator_name": "指标T_EXPORTS",
        "region": "T1", "region_name": "地区T1", "industry": "T_TEA", "industry_name": "茶", "product": None,
        "product_name": None, "partner": "T2", "partner_name": "地区T2", "trade_mode": None, "trade_mode_name": None,
        "whole": None, "whole_name": None,
        "variant": "v", "period": "2024", "unit": "COUNT", "unit_name": "家", "status": "A", "status_name": "正常",
        "qualifier": "over", "qualifier_name": "超过", "period_basis": "inferred", "period_basis_name": "推断",
        "source": "test-paper", "source_title": "论文", "release": "2026-R1", "frequency": "A", "frequency_name": "年",
        "accumulation": "none", "accumulation_name": "当期",
        "period_start": "2024-01-01", "period_end": "2024-12-31", "decimals": 2, "text": "超41.20家",
        "citation_count": 2, "updated": f"{Release.objects.get(version='2026-R1').published_at:%Y-%m-%dT%H:%M:%SZ}",
        "note": "注",
    }  # fmt: skip
    said_in_english = {key: en[key] for key in zh if zh[key] != en[key]}
    assert said_in_english == {
        "indicator_name": "Indicator T_EXPORTS", "region_name": "Region T1", "industry_name": "Tea",
        "partner_name": "Region T2", "unit_name": "firms", "status_name": "normal", "qualifier_name": "more than",
        "period_basis_name": "inferred", "frequency_name": "annual", "accumulation_name": "the period alone", "text": "over 41.20 firms",
        "source_title": "Paper", "note": "note",
    }  # fmt: skip


@pytest.mark.django_db
def test_missing_is_null_and_zero_is_zero() -> None:
    line = a_series()
    an_observation(line, "2023", None)
    an_observation(line, "2024", "0.0")
    forget_data_version()
    missing, zero = rows_of(all_of(line))
    assert (missing["value"], missing["status"], missing["note"], missing["variant"]) == (None, "O", None, None)
    assert str(zero["value"]) == "0.0"
    assert missing["citation_count"] == 0


@pytest.mark.django_db
def test_a_figure_of_the_papers_has_its_unit_its_place_and_its_phrases() -> None:
    (row,) = rows_of(all_of(Series.objects.get(key="A.430281.TRADE_TOTAL")).having("period", ["2024"]))
    assert str(row["value"]) == liling()["value"]
    assert (row["unit"], row["unit_name"], row["region_name"]) == ("CNY_100M", "亿元", "醴陵市")
    assert row["citation_count"] >= 1


# Labels ------------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _labels_of_this_test_only() -> None:
    forget_kept()


def publish(version: str) -> None:
    at = datetime.datetime(2040, 1, 1, tzinfo=datetime.UTC)
    Release.objects.create(version=version, status="published", published_at=at, digest="ab" * 32)
    forget_data_version()


@pytest.mark.django_db
def test_labels_are_read_once_a_data_version(django_assert_num_queries: Any) -> None:
    first = labels()
    with django_assert_num_queries(0):
        assert labels() is first
    assert first.version == data_version()


@pytest.mark.django_db
def test_labels_change_whole_with_the_data_version_and_not_before() -> None:
    place = Region.objects.get(code="430281")
    before = labels()
    Region.objects.filter(pk=place.pk).update(name_zh="新名")
    assert labels().regions[place.pk].zh == "醴陵市"
    publish("2040.1")
    assert labels().regions[place.pk].zh == "新名"
    assert "2040.1" in labels().releases.key
    assert before.regions[place.pk].zh == "醴陵市"


@pytest.mark.django_db
def test_the_mark_of_the_names_is_the_same_in_every_process_whatever_it_was_asked_before() -> None:
    asked = labels()
    asked.within(asked.regions.key["430200"])
    asked.unit_names("zh", [asked.units.key["PERCENT"]], [asked.indicators.key["GDP"]])
    forget_kept()
    assert asked.mark == labels().mark
    Region.objects.filter(code="430281").update(name_zh="新名")
    forget_kept()
    assert asked.mark != labels().mark


@pytest.mark.django_db
def test_a_count_is_named_by_what_is_counted_and_other_units_by_themselves() -> None:
    counted = an_indicator("T_FIRMS", unit=a_unit("COUNT"), counter_zh="家", counter_en="firms")
    uncounted, money = (
        an_indicator("T_COUNT", unit=a_unit("COUNT")),
        an_indicator("T_MONEY", counter_zh="笔", counter_en=""),
    )
    known = labels()
    count, yuan = a_unit("COUNT").pk, a_unit("CNY_100M").pk
    assert known.unit(count, counted.pk) == Label("COUNT", "家", "firms")
    assert known.unit(count, uncounted.pk).zh == a_unit("COUNT").name_zh
    assert known.unit(yuan, money.pk).zh == "亿元"


def test_a_label_is_said_in_the_language_asked_for() -> None:
    label = Label("X", "甲", "a")
    assert (label.name("zh"), label.name("en")) == ("甲", "a")


def test_every_name_stands_beside_its_code() -> None:
    whole = names(FULL)
    for name in NAMED:
        assert whole.index(f"{name}_name") == whole.index(name) + 1
