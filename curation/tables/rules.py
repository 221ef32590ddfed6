"""What a row must keep, beyond what each cell must: one rule, one function, one test.

A rule is given the row's values by column and returns None where it is kept, else what is wrong, in both languages.
Its docstring says it in full.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from indicators.choices import VALUELESS, Accumulation, Frequency, IndicatorKind, ObservationStatus, Qualifier
from indicators.components import BY_NAME, PREFERRED
from indicators.cubes import EVERYTHING
from indicators.models import MAX_DECIMALS, SIGNIFICANT_DIGITS
from indicators.periods import parse_period
from indicators.transforms import decimals_of
from sources.bilingual import Text, both
from sources.folding import normalised
from sources.models import Citation

Row = Mapping[str, Any]

LOWER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
UPPER = re.compile(r"[A-Z0-9]+(?:_[A-Z0-9]+)*")
REGION = re.compile(r"[0-9]{6}|[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*")


def code_is_lower_case(row: Row) -> Text | None:
    """Codes of sources, documents, measures, actors and instruments are lower case words joined by hyphens."""
    code = row["code"] if "code" in row else row["slug"]
    if not LOWER.fullmatch(code):
        return both(f"代码应为小写字母、数字和连字符：{code}", f"code must be lower case, digits and hyphens: {code}")
    return None


def code_is_upper_case(row: Row) -> Text | None:
    """Codes of topics, units, classifications, categories and indicators are upper snake case."""
    if not UPPER.fullmatch(row["code"]):
        return both(
            f"代码应为大写字母、数字和下划线：{row['code']}",
            f"code must be upper case, digits and underscores: {row['code']}",
        )
    return None


# A section of GB/T 4754 by its letter, a division, group or class by its digits; HS chapter, heading or subheading.
STANDARD_CODES = {"gbt4754": re.compile(r"[A-T]|[0-9]{2,4}"), "hs": re.compile(r"[0-9]{2}([0-9]{2}){0,2}")}


def standard_codes_say_their_relation(row: Row) -> Text | None:
    """A code of GB/T 4754 or HS has the form of its standard, and stands with its relation to the category or not at all."""
    for name, form in STANDARD_CODES.items():
        code, relation = row[name], row[f"{name}_relation"]
        if bool(code) != bool(relation):
            return both(
                f"{name} 与 {name}_relation 须同有同无", f"{name} and {name}_relation stand together or not at all"
            )
        if code and not form.fullmatch(code):
            return both(f"{name} 不合标准的编码形式：{code}", f"{name} is not a code of its standard: {code}")
    return None


def region_code_is_known_style(row: Row) -> Text | None:
    """A region's code is six digits of GB/T 2260, or upper case words joined by hyphens."""
    if not REGION.fullmatch(row["code"]):
        return both(
            f"地区代码应为六位数字或大写字母加连字符：{row['code']}",
            f"region code must be six digits, or upper case and hyphens: {row['code']}",
        )
    return None


def sha256_is_hexadecimal(row: Row) -> Text | None:
    """A digest is 64 lower-case hexadecimal digits."""
    if row["sha256"] and not re.fullmatch(r"[0-9a-f]{64}", row["sha256"]):
        return both("SHA-256 应为 64 位小写十六进制", "SHA-256 must be 64 lower-case hexadecimal digits")
    return None


def citation_code_follows(row: Row) -> Text | None:
    """A citation's code is made of its source, span, role and assertion."""
    code = Citation.code_of(row["source"].slug, row["start"], row["end"], row["role"], row["assertion"])
    if row["code"] != code:
        return both(f"引证代码应为 {code}", f"the citation's code must be {code}")
    return None


def citation_spans_its_phrase(row: Row) -> Text | None:
    """A citation's span is as long as its phrase."""
    if row["end"] - row["start"] != len(row["exact"]):
        return both("起止位置与短语长度不符", "start and end do not span the phrase")
    return None


def valid_to_is_after_valid_from(row: Row) -> Text | None:
    """A validity ends after it begins."""
    if row["valid_from"] and row["valid_to"] and row["valid_to"] <= row["valid_from"]:
        return both("有效止应晚于有效起", "valid_to must be after valid_from")
    return None


def period_fits_frequency(row: Row) -> Text | None:
    """A period's label is that of its frequency: 2024 of A, 2024-Q1 of Q, 2024-07 of M."""
    try:
        fits = parse_period(row["period"]).frequency == row["frequency"]
    except ValueError:
        fits = False
    if not fits:
        return both(
            f"时期 {row['period']} 与频率 {row['frequency']} 不符",
            f"period {row['period']} is not one of frequency {row['frequency']}",
        )
    return None


def only_part_years_accumulate(row: Row) -> Text | None:
    """A year-to-date value is quarterly or monthly."""
    if row["accumulation"] == Accumulation.YTD and row["frequency"] == Frequency.ANNUAL:
        return both("年度数据没有年初累计", "an annual value cannot be year-to-date")
    return None


def missing_has_no_value(row: Row) -> Text | None:
    """A value is empty if, and only if, its status is O."""
    if (row["value"] is None) != (row["status"] in VALUELESS):
        return both("数值为空当且仅当状态为 O", "the value must be empty if, and only if, the status is O")
    return None


def target_is_forecast(row: Row) -> Text | None:
    """A goal has the status F."""
    if row["qualifier"] == Qualifier.TARGET and row["status"] not in (ObservationStatus.FORECAST, *VALUELESS):
        return both("目标值的状态应为 F", "a target must have the status F")
    return None


def unit_measures_the_same(row: Row) -> Text | None:
    """A value's unit has the dimension of its indicator's unit."""
    if row["unit"].dimension != row["indicator"].unit.dimension:
        return both(
            f"单位 {row['unit'].code} 与指标的单位 {row['indicator'].unit.code} 不是同一量纲",
            f"unit {row['unit'].code} is not of the dimension of the indicator's unit {row['indicator'].unit.code}",
        )
    return None


def digits_are_kept(row: Row) -> Text | None:
    """A value has at most 15 significant digits and 9 decimals, so that every store and reader keeps it exactly."""
    value: Decimal | None = row["value"]
    if value is None:
        return None
    decimals = decimals_of(value)
    if decimals > MAX_DECIMALS or abs(value) >= Decimal(10) ** (SIGNIFICANT_DIGITS - decimals):
        return both("数值超过 15 位有效数字或 9 位小数", "the value has more than 15 significant digits or 9 decimals")
    return None


def variant_is_lower_case(row: Row) -> Text | None:
    """A variant's code is lower case; neither `ytd` nor `of-…`, which a series' key has for other things, nor `preferred`."""
    variant, of = row["variant"], BY_NAME["whole"].prefix
    taken = variant in (Accumulation.YTD, PREFERRED) or variant.startswith(of)
    if variant and (taken or not LOWER.fullmatch(variant)):
        return both(
            f"变体应为小写字母、数字和连字符，不为 ytd 或 {PREFERRED}，不以 {of} 开头",
            f"variant must be lower case and hyphens, neither ytd nor {PREFERRED}, and must not begin with {of}",
        )
    return None


def whole_is_of_shares_and_ranks(row: Row) -> Text | None:
    """Only a share has a whole, and a rank the region within which it holds."""
    if row["whole"] is None or row["indicator"].kind in (IndicatorKind.RATIO, IndicatorKind.RANK):
        return None
    return both("只有占比和位次才有整体", "only shares and ranks have a whole")


def topic_is_not_everything(row: Row) -> Text | None:
    """A topic is a dataset by its code, so that it is not called as the dataset of all figures is."""
    if row["code"] == EVERYTHING.code:
        return both(
            f"{EVERYTHING.code} 是全部数据的数据集", f"{EVERYTHING.code} is the dataset of all figures, and no topic"
        )
    return None


def claim_is_cited(row: Row) -> Text | None:
    """A stated number of tasks cites the phrase that states it."""
    if row["task_count"] is not None and not row["citations"]:
        return both("所述任务数须有引证", "a stated task count must have a citation")
    return None


def domain_is_of_document(row: Row) -> Text | None:
    """A measure's domain belongs to the measure's document."""
    if row["domain"] is not None and row["domain"].document != row["document"]:
        return both("领域不属于该文件", "the domain is not one of the document")
    return None


def is_cited(row: Row) -> Text | None:
    """An observation, measure or event cites at least one phrase."""
    if not row["citations"]:
        return both("须至少有一个引证", "must have at least one citation")
    return None


def synonyms_are_several(row: Row) -> Text | None:
    """A group of synonyms has at least two words, each once, whatever their width and case."""
    words = [normalised(word) for word in row["words"].split(";")]
    if len(words) < 2 or not all(words) or len(set(words)) < len(words):
        return both("同义词须至少两个，且不重复", "a group of synonyms needs at least two words, each once")
    return None


def factor_is_positive(row: Row) -> Text | None:
    """A unit's factor to its base unit is more than zero."""
    if row["factor"] <= 0:
        return both("换算系数应大于零", "the factor must be more than zero")
    return None


def not_a_member_of_itself(row: Row) -> Text | None:
    """A group is not a member of itself."""
    if row["group"] == row["member"]:
        return both("不能是自身的成员", "must not be a member of itself")
    return None


def not_its_own_parent(row: Row) -> Text | None:
    """A record is not its own parent."""
    if row["parent"] is not None and row["parent"].code == row["code"]:
        return both("不能是自身的上级", "must not be its own parent")
    return None


def not_related_to_itself(row: Row) -> Text | None:
    """A measure or document has no relation to itself."""
    if row["from"] == row["to"]:
        return both("不能与自身有关系", "must not be related to itself")
    return None


def decimals_in_range(row: Row) -> Text | None:
    """An indicator has at most 9 decimals."""
    if row["decimals"] > MAX_DECIMALS:
        return both(f"小数位不超过 {MAX_DECIMALS}", f"must have at most {MAX_DECIMALS} decimals")
    return None


# The column in whose cell stands what a rule of observations finds wrong.
STANDS_IN: Mapping[str, str] = {
    rule.__name__: column
    for rule, column in (
        (period_fits_frequency, "period"), (only_part_years_accumulate, "period"), (missing_has_no_value, "value"),
        (target_is_forecast, "qualifier"), (unit_measures_the_same, "unit"), (digits_are_kept, "value"), (is_cited, "citations"),
        (variant_is_lower_case, "variant"), (whole_is_of_shares_and_ranks, "whole"),
    )
}  # fmt: skip
