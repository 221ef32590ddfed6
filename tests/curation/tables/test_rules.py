"""What a row must keep: each rule kept once and broken once, at its edges."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace as Record
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from curation.tables import rules
from curation.tables.curated import TABLES
from indicators.transforms import decimals_of

JUNE = datetime.date(2018, 6, 19)
PAPER, PLAN, OTHER = Record(slug="paper"), Record(code="plan"), Record(code="other")
PHRASE = {"source": PAPER, "start": 10, "end": 17, "role": "supports", "assertion": "stated", "exact": "41.25亿元"}
MONEY, HEADS = Record(code="CNY_100M", dimension="cny"), Record(code="COUNT", dimension="count")

NO_CODES = {"gbt4754": "", "gbt4754_relation": "", "hs": "", "hs_relation": ""}

# Rule → rows that keep it, rows that break it.
CASES: dict[Callable[[Any], Any], tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    rules.code_is_lower_case: (
        [{"code": "plan"}, {"code": "zz-plan-2025"}, {"slug": "paper-1"}],
        [{"code": "Plan"}, {"code": "a_b"}, {"code": "-a"}, {"code": "a-"}, {"code": "a--b"}, {"code": "方案"},
         {"slug": "A"}, {"code": "a b"}, {"code": "a\n"}, {"code": "١"}],
    ),
    rules.code_is_upper_case: (
        [{"code": "GDP"}, {"code": "CNY_100M"}, {"code": "3C"}],
        [{"code": "gdp"}, {"code": "A-B"}, {"code": "_A"}, {"code": "A__B"}, {"code": "A_"}, {"code": "Ａ"}],
    ),
    rules.standard_codes_say_their_relation: (
        [{**NO_CODES}, {**NO_CODES, "gbt4754": "J", "gbt4754_relation": "exact", "hs": "847130", "hs_relation": "broader"},
         {**NO_CODES, "gbt4754": "01", "gbt4754_relation": "exact"}, {**NO_CODES, "hs": "69", "hs_relation": "broader"}],
        [{**NO_CODES, "gbt4754": "307"}, {**NO_CODES, "hs_relation": "exact"},
         {**NO_CODES, "gbt4754": "C30", "gbt4754_relation": "exact"}, {**NO_CODES, "gbt4754": "3", "gbt4754_relation": "exact"},
         {**NO_CODES, "hs": "847", "hs_relation": "exact"}, {**NO_CODES, "hs": "84.71", "hs_relation": "exact"}],
    ),
    rules.region_code_is_known_style: (
        [{"code": "430281"}, {"code": "CN"}, {"code": "W1"}, {"code": "ZZ-COUNTIES"}, {"code": "CN-FTZ18"}],
        [{"code": "43028"}, {"code": "4302811"}, {"code": "cn"}, {"code": "ZZ_COUNTIES"}, {"code": "A-"}, {"code": "４３０２８１"}],
    ),
    rules.sha256_is_hexadecimal: (
        [{"sha256": ""}, {"sha256": "0123456789abcdef" * 4}],
        [{"sha256": "0123456789ABCDEF" * 4}, {"sha256": "0" * 63}, {"sha256": "0" * 65}, {"sha256": "g" * 64}],
    ),
    rules.citation_code_follows: (
        [{**PHRASE, "code": "paper:10-17"}, {**PHRASE, "role": "defines", "code": "paper:10-17:defines"}],
        [{**PHRASE, "code": "paper:10-18"}, {**PHRASE, "role": "defines", "code": "paper:10-17"},
         {**PHRASE, "assertion": "inferred", "code": "paper:10-17"}, {**PHRASE, "code": "other:10-17"}],
    ),
    rules.citation_spans_its_phrase: (
        [PHRASE, {**PHRASE, "exact": "一\n二", "start": 0, "end": 3}],
        [{**PHRASE, "end": 18}, {**PHRASE, "start": 11}, {**PHRASE, "start": 17, "end": 10}],
    ),
    rules.valid_to_is_after_valid_from: (
        [{"valid_from": None, "valid_to": JUNE}, {"valid_from": JUNE, "valid_to": None},
         {"valid_from": JUNE, "valid_to": JUNE + datetime.timedelta(1)}],
        [{"valid_from": JUNE, "valid_to": JUNE}, {"valid_from": JUNE, "valid_to": JUNE - datetime.timedelta(1)}],
    ),
    rules.period_fits_frequency: (
        [{"period": "2024", "frequency": "A"}, {"period": "2024-Q1", "frequency": "Q"}, {"period": "2024-07", "frequency": "M"}],
        [{"period": "2024", "frequency": "M"}, {"period": "2024-07", "frequency": "A"}, {"period": "2024-Q5", "frequency": "Q"},
         {"period": "summer", "frequency": "A"}],
    ),
    rules.only_part_years_accumulate: (
        [{"accumulation": "ytd", "frequency": "M"}, {"accumulation": "ytd", "frequency": "Q"},
         {"accumulation": "none", "frequency": "A"}],
        [{"accumulation": "ytd", "frequency": "A"}],
    ),
    rules.missing_has_no_value: (
        [{"value": None, "status": "O"}, {"value": None, "status": "M"}, {"value": Decimal(0), "status": "A"}],
        [{"value": None, "status": "A"}, {"value": Decimal(0), "status": "O"}, {"value": Decimal(0), "status": "M"}],
    ),
    rules.target_is_forecast: (
        [{"qualifier": "target", "status": "F"}, {"qualifier": "target", "status": "O"}, {"qualifier": "over", "status": "A"}],
        [{"qualifier": "target", "status": "A"}, {"qualifier": "target", "status": "P"}],
    ),
    rules.unit_measures_the_same: (
        [{"unit": MONEY, "indicator": Record(unit=Record(code="CNY", dimension="cny"))}],
        [{"unit": MONEY, "indicator": Record(unit=HEADS)}],
    ),
    rules.digits_are_kept: (
        [{"value": None}, {"value": Decimal("999999999999999")}, {"value": Decimal("-999999.999999999")}, {"value": Decimal(0)},
         {"value": Decimal("41.20")}],
        [{"value": Decimal("1000000000000000")}, {"value": Decimal("-1000000.000000000")}, {"value": Decimal("0.0000000001")},
         {"value": Decimal("1E+15")}],
    ),
    rules.variant_is_lower_case: (
        [{"variant": ""}, {"variant": "cited"}, {"variant": "long-run"}],
        [{"variant": "Cited"}, {"variant": "ytd"}, {"variant": "preferred"}, {"variant": "a.b"}, {"variant": "of-cn"}],
    ),
    rules.whole_is_of_shares_and_ranks: (
        [{"whole": None, "indicator": Record(kind="flow")}, {"whole": Record(), "indicator": Record(kind="ratio")},
         {"whole": Record(), "indicator": Record(kind="rank")}],
        [{"whole": Record(), "indicator": Record(kind="flow")}, {"whole": Record(), "indicator": Record(kind="rate")}],
    ),
    rules.topic_is_not_everything: ([{"code": "TRADE"}, {"code": "OBS_2"}], [{"code": "OBS"}]),
    rules.claim_is_cited: (
        [{"task_count": None, "citations": []}, {"task_count": 14, "citations": [1]}],
        [{"task_count": 14, "citations": []}, {"task_count": 0, "citations": []}],
    ),
    rules.domain_is_of_document: (
        [{"domain": None, "document": PLAN}, {"domain": Record(document=PLAN), "document": PLAN}],
        [{"domain": Record(document=OTHER), "document": PLAN}],
    ),
    rules.is_cited: ([{"citations": [1]}], [{"citations": []}]),
    rules.factor_is_positive: ([{"factor": Decimal("0.01")}], [{"factor": Decimal(0)}, {"factor": Decimal(-1)}]),
    rules.not_a_member_of_itself: ([{"group": PLAN, "member": OTHER}], [{"group": PLAN, "member": PLAN}]),
    rules.not_its_own_parent: (
        [{"code": "a", "parent": None}, {"code": "a", "parent": PLAN}], [{"code": "plan", "parent": PLAN}],
    ),
    rules.not_related_to_itself: (
        [{"from": ("document", PLAN), "to": ("document", OTHER)}, {"from": ("document", PLAN), "to": ("measure", PLAN)}],
        [{"from": ("document", PLAN), "to": ("document", PLAN)}],
    ),
    rules.synonyms_are_several: (
        [{"words": "自贸区;FTZ"}], [{"words": "自贸区"}, {"words": "FTZ;ｆｔｚ"}, {"words": "a;;b"}, {"words": ""}],
    ),
    rules.decimals_in_range: ([{"decimals": 0}, {"decimals": 9}], [{"decimals": 10}]),
}  # fmt: skip

KEPT = [(rule, row) for rule, (kept, _) in CASES.items() for row in kept]
BROKEN = [(rule, row) for rule, (_, broken) in CASES.items() for row in broken]


@pytest.mark.parametrize(("rule", "row"), KEPT, ids=[rule.__name__ for rule, _ in KEPT])
def test_a_rule_that_is_kept_says_nothing(rule: Any, row: Any) -> None:
    assert rule(row) is None


@pytest.mark.parametrize(("rule", "row"), BROKEN, ids=[rule.__name__ for rule, _ in BROKEN])
def test_a_rule_that_is_broken_says_what_is_wrong_in_both_languages(rule: Any, row: Any) -> None:
    message = rule(row)
    said = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said[language] = str(message)
    assert said["zh-hans"] != said["en"]
    assert all(said.values())


def test_every_rule_of_a_table_is_tested_here_and_says_itself() -> None:
    listed = {rule for table in TABLES for rule in table.rules}
    assert listed == set(CASES)
    for rule in listed:
        assert rule.__doc__, rule
        assert rule.__doc__.endswith("."), rule


@given(st.integers(-(10**17), 10**17), st.integers(0, 10))
def test_digits_are_kept_up_to_15_of_them_and_9_decimals(digits: int, decimals: int) -> None:
    kept = rules.digits_are_kept({"value": Decimal(digits).scaleb(-decimals)}) is None
    assert kept is (decimals <= 9 and abs(digits) < 10**15)


@pytest.mark.parametrize(
    ("text", "decimals"), [("41", 0), ("41.2", 1), ("41.20", 2), ("1E+3", 0), ("1E-9", 9), ("0.0", 1)]
)
def test_decimals_are_those_that_are_written(text: str, decimals: int) -> None:
    assert decimals_of(Decimal(text)) == decimals
