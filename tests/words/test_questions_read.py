"""The reading of a question: what its words mean, in whatever way they are written, and never more than they say."""

from __future__ import annotations

import datetime
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from words.grammar import AnswerKind
from words.index import index
from words.periods import times
from words.reading import Reading
from words.repairs import EDIT, HOMOPHONE, PINYIN, SHORT_FORM, SPLIT

TODAY = datetime.date(2026, 11, 27)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("醴陵2024年进出口", "2024"), ("2020-2024 trade", "2020..2024"), ("2020至2024年", "2020..2024"),
        ("2024年第一季度", "2024-Q1"), ("q1 2024", "2024-Q1"), ("july 2024", "2024-07"), ("2024年7月", "2024-07"),
        ("2020年以来", "2020.."), ("去年的出口", "2025"), ("exports this year", "2026"), ("二〇二四年", "2024"),
    ],
)  # fmt: skip
def test_times_are_read_as_periods(text: str, period: str) -> None:
    assert [time.period for time in times(text, TODAY)] == [period]


@given(st.text("0123456789年月季度第一至-q ", max_size=20))
def test_any_digits_are_read_without_failing_and_apart(text: str) -> None:
    found = times(text, TODAY)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]


def read(question: str) -> Reading:
    return index().read(question, TODAY)


def codes(question: str) -> tuple[list[str], list[str]]:
    reading = read(question)
    return [one.code for one in reading.regions], [one.code for one in reading.indicators]


@pytest.mark.parametrize(
    ("question", "regions", "indicators"),
    [
        ("醴陵2024年的进出口总额是多少？", ["430281"], ["TRADE_TOTAL"]),
        ("What were the exports of Zhuzhou's four counties?", ["ZZ-COUNTIES"], ["EXPORTS"]),
        ("湖南省株洲市醴陵市外贸", ["430281"], ["TRADE_TOTAL"]),
        ("全国和醴陵的外贸", ["430281"], ["TRADE_TOTAL"]),
        ("比较醴陵和攸县的外贸", ["430281", "430223"], ["TRADE_TOTAL"]),
        ("浙江自贸试验区进出口增长", ["ZJFTZ"], ["TRADE_GROWTH"]),  # whose growth is held
        ("醴陵进出口增长", ["430281"], ["TRADE_TOTAL"]),  # whose growth is not
        ("醴陵进出口占四县市的比重", ["430281", "ZZ-COUNTIES"], ["TRADE_SHARE"]),
    ],
)
def test_places_and_indicators_are_read(question: str, regions: list[str], indicators: list[str]) -> None:
    assert codes(question) == (regions, indicators)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("怀化陆港什么时候开工", AnswerKind.DATE), ("哪个县的外贸最高", AnswerKind.RANKING), ("who runs the dry port", AnswerKind.ACTOR),
        ("醴陵有哪些陶瓷扶持政策", AnswerKind.POLICY), ("how many reform tasks", AnswerKind.COUNT), ("醴陵外贸", None),
    ],
)  # fmt: skip
def test_the_kind_of_answer_is_read(question: str, answer: AnswerKind | None) -> None:
    assert read(question).answer == answer


@pytest.mark.parametrize(
    ("question", "how", "written"),
    [
        ("lilingjinchukou", PINYIN, "lilingjinchukou"), ("jin chu kou", PINYIN, "jin chu kou"),
        ("crossborder trade", SPLIT, "crossborder"), ("cermics output", EDIT, "cermics"), ("礼陵外贸", HOMOPHONE, "礼陵"),
        ("怀化电商园", SHORT_FORM, "怀化电商园"),
    ],
)  # fmt: skip
def test_what_nothing_knows_is_mended_and_said(question: str, how: str, written: str) -> None:
    (correction,) = read(question).corrections
    assert (correction.how, correction.written) == (how, written)
    assert question[correction.start : correction.end] == written


@pytest.mark.parametrize("question", ["unemployment share", "disinvestment in Zhuzhou", "unexports"])
def test_a_negation_is_never_dropped(question: str) -> None:
    assert read(question).corrections == ()


def test_a_word_is_mended_to_names_only() -> None:
    reading = read("weather in Changsha")
    assert reading.corrections == ()
    assert [part.text for part in reading.unknown] == ["weather"]


def test_no_known_word_is_mended() -> None:
    for concept in index().vocabulary.concepts:
        for name in (concept.zh, concept.en):
            assert read(name).corrections == (), name


@given(st.text(st.sampled_from("醴陵2024年外贸 trade liling 増長占比R&D-不"), max_size=30))
def test_every_part_of_a_reading_stands_in_the_question(question: str) -> None:
    parts = read(question).parts
    assert all(question[part.start : part.end] == part.text for part in parts)
    apart = [part for part in parts if part.correction is None]
    assert all(one.end <= other.start for one, other in itertools.pairwise(apart))
