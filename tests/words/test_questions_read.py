"""The reading of a question: what its words mean, in whatever way they are written, and never more than they say."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from words.grammar import AnswerKind
from words.index import index
from words.periods import times
from words.reading import Reading
from words.repairs import EDIT, HOMOPHONE, PINYIN, SHORT_FORM, SPLIT

TODAY = datetime.date(2026, 11, 27)
RIGHT_WORDS = Path(__file__).with_name("right_words.txt")  # rare words, none of which is held by that name


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("醴陵2024年进出口", "2024"), ("2020-2024 trade", "2020..2024"), ("2020至2024年", "2020..2024"),
        ("2024年第一季度", "2024-Q1"), ("q1 2024", "2024-Q1"), ("july 2024", "2024-07"), ("2024年7月", "2024-07"),
        ("2020年以来", "2020.."), ("去年的出口", "2025"), ("exports this year", "2026"), ("二〇二四年", "2024"),
        ("2024年上半年", "2024-01..2024-06"), ("h2 2024", "2024-07..2024-12"), ("2024年前三季度", "2024-01..2024-09"),
        ("first half of 2024", "2024-01..2024-06"), ("2024年3-5月", "2024-03..2024-05"), ("march to may 2024", "2024-03..2024-05"),
        ("2024年1至7月", "2024-01..2024-07"), ("2024年三月到五月", "2024-03..2024-05"),
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
    ("question", "regions", "indicators"),
    [
        ("companies that have signed contracts with the Huaihua dry port", ["HH-DRYPORT"], ["FIRMS_SIGNED"]),
        ("share of the budget Youxian puts into science", ["430223"], ["FISCAL_SCI_SHARE"]),
        ("firms in Chaling trading above 50 million yuan", ["430224"], ["LARGE_TRADING_FIRMS"]),
        ("How many tasks concern finance in the Hunan free trade zone?", ["HNFTZ"], ["REFORM_TASKS_FINANCE"]),
        ("how many of the tasks are about Africa", [], ["REFORM_TASKS_AFRICA"]),
        ("对非合作有多少条试点任务", [], ["REFORM_TASKS_AFRICA"]),
        ("goods that the four counties of Zhuzhou sold abroad", ["ZZ-COUNTIES"], ["EXPORTS"]),
        ("goods that the four counties of Zhuzhou bought abroad", ["ZZ-COUNTIES"], ["IMPORTS"]),
        # Neither a place nor a longer name is taken for a word of another name.
        ("area of the Hunan free trade zone", ["HNFTZ"], ["FTZ_AREA"]),
        ("企业研发投入强度怎么算", [], ["RND_INTENSITY", "FIRMS"]),
        ("how many firms are there in Liling", ["430281"], ["FIRMS"]),
    ],
)
def test_a_name_is_read_also_where_its_words_stand_apart(
    question: str, regions: list[str], indicators: list[str]
) -> None:
    read_places, read_indicators = codes(question)
    assert (read_places, sorted(read_indicators)) == (regions, sorted(indicators))


@pytest.mark.parametrize(
    ("question", "indicators"),
    [
        ("Hunan FTZ square kilometres", ["FTZ_AREA"]), ("怀化陆港主港区占多少平方公里", ["LAND_AREA"]),
        ("how many square kilometres is Liling", []),
    ],
)  # fmt: skip
def test_a_unit_is_read_as_the_one_indicator_that_a_place_has_in_it(question: str, indicators: list[str]) -> None:
    assert codes(question)[1] == indicators
    assert read(question).transform is None


@pytest.mark.parametrize(
    "question", ["chip exports of the Yangtze River Delta over the previous year", "炎陵旅游收入比上年多多少"]
)
def test_what_is_compared_with_the_year_before_is_growth_and_no_time(question: str) -> None:
    assert read(question).period is None
    assert next(one.code for one in read(question).indicators).endswith("_GROWTH")


@pytest.mark.parametrize(
    ("question", "excludes"),
    [
        ("firms that have not signed at the Huaihua dry port", True),
        ("firms that have not yet signed at the Huaihua dry port", True),
        ("firms that have signed at the Huaihua dry port", False),
        ("醴陵没有的出口", True), ("不是醴陵的出口", True), ("不知道醴陵的出口", False),
    ],
)  # fmt: skip
def test_a_negation_before_a_name_excludes_it_with_nothing_but_filling_between(question: str, excludes: bool) -> None:
    assert read(question).is_denied == excludes


def test_a_word_that_says_how_is_not_unknown() -> None:
    assert [part.text for part in read("really, how much pork does Liling hold, above 3").unknown] == ["pork"]


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
        ("怀化箱皮产业园", SHORT_FORM, "怀化箱皮产业园"), ("kjds", PINYIN, "kjds"), ("Yueyang Pianqu", PINYIN, "Yueyang Pianqu"),
        ("fire works", SPLIT, "fire works"), ("Li-ling", SPLIT, "Li-ling"), ("株州市", HOMOPHONE, "株州市"),
        ("攸线外贸", HOMOPHONE, "攸线"),
        ("炎陵黄挑", HOMOPHONE, "黄挑"), ("怀化国际路港", HOMOPHONE, "怀化国际路港"), ("怀化电商产业圆", HOMOPHONE, "怀化电商产业圆"),
        ("怀化冷数物流中心", EDIT, "怀化冷数物流中心"), ("Yanlin yellow peach", EDIT, "Yanlin"),
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


@pytest.mark.parametrize(
    "question",
    [
        "weather", "投资公司", "合作效果", "曹县", "遂宁", "办事不用出园区", "做生意，货从哪里走", "比特币", "demurrage",
        "鄢陵县", "游仙区", "利川", "机器", "出口退税率", "Linyi imports", "Linxi County", "drawback", "Lens Technology",
    ],
)  # fmt: skip
def test_a_right_word_is_left_as_it_is(question: str) -> None:
    assert read(question).corrections == ()


def test_hardly_a_right_word_is_changed() -> None:
    words = RIGHT_WORDS.read_text(encoding="utf-8").splitlines()
    changed = [word for word in words if read(word).corrections]
    assert len(changed) <= 0.02 * len(words), changed


def test_a_place_that_is_not_held_is_offered_what_it_is_like() -> None:
    assert [(one.written, one.meant) for one in read("游仙区外贸").offered] == [("游仙", "攸县")]
    assert [one.meant for one in read("Linxi County trade").offered] == ["Linli"]


def test_a_right_word_is_mended_where_it_makes_a_longer_name() -> None:
    assert [one.code for one in read("Grater Bay Area").regions] == ["GBA"]


@pytest.mark.parametrize("question", ["高桥村外贸", "Suining City exports", "Linxi County exports"])
def test_a_name_with_another_kind_of_place_is_another_place(question: str) -> None:
    assert read(question).regions == ()


def test_an_ordinary_name_with_more_behind_it_stays_a_place() -> None:
    assert codes("醴陵市区外贸")[0] == ["430281"]
    assert codes("怀化区域合作")[0] == ["431200"]


def test_a_place_steps_back_behind_one_within_it_whatever_fills_the_space() -> None:
    assert codes("Jingzhou in Hubei")[0] == ["421000"]
    assert codes("湖南省的醴陵外贸")[0] == ["430281"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("growth of exports", "export growth"), ("spending on science", "science spending"), ("area of a zone", "area of the zone"),
        ("You Xian", "You County"), ("Chaling Xian", "Chaling County"), ("Zhuzhou Shi", "Zhuzhou City"),
    ],
)  # fmt: skip
def test_ways_to_write_a_name_mean_the_same(one: str, other: str) -> None:
    assert codes(one) == codes(other) != ([], [])


def test_counties_are_no_county() -> None:
    assert codes("Zhuzhou counties GDP") == (["ZZ-COUNTIES"], ["GDP"])
    assert codes("Zhuzhou County")[0][0] == "430221"


@pytest.mark.parametrize(
    "question", ["醴陵财政科技支出占比是百分之几", "share of science spending in Liling, percent", "炎陵旅游收入增长"]
)
def test_what_is_a_share_or_growth_already_is_asked_for_as_it_is(question: str) -> None:
    assert read(question).transform is None


def test_a_country_steps_back_behind_what_lies_in_it_alone() -> None:
    assert codes("从怀化运到越南")[0] == ["431200", "VN"]
    assert codes("全国 湖南")[0] == ["430000"]


def test_no_known_word_is_mended() -> None:
    for concept in index().vocabulary.concepts:
        for name in (concept.zh, concept.en):
            assert read(name).corrections == (), name


def test_another_place_that_differs_in_its_first_character_is_offered_not_taken() -> None:
    known = read("鄢陵县")
    assert (known.corrections, [one.meant for one in known.offered], known.regions) == ((), ["炎陵县"], ())
    assert codes("礼陵市")[0] == ["430281"]


def test_a_long_text_of_characters_that_nothing_knows_is_not_tried_from_each_of_them() -> None:
    unknown = "".join(chr(0x9000 + 7 * n) for n in range(200))
    assert read(unknown + "醴陵外贸").regions[0].code == "430281"


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("四川自贸区2020年1到7月外贸增速", "2020-01..2020-07"), ("2020年头七个月利用外资", "2020-01..2020-07"),
        ("trade January to July 2020", "2020-01..2020-07"), ("trade in the first seven months of 2020", "2020-01..2020-07"),
    ],
)  # fmt: skip
def test_from_january_to_a_month_is_a_time(question: str, period: str) -> None:
    assert read(question).period == period


@given(st.text(st.sampled_from("醴陵2024年外贸 trade liling 増長占比R&D-不"), max_size=30))
def test_every_part_of_a_reading_stands_in_the_question(question: str) -> None:
    parts = read(question).parts
    assert all(question[part.start : part.end] == part.text for part in parts)
    apart = [part for part in parts if part.correction is None]
    assert all(one.end <= other.start for one, other in itertools.pairwise(apart))
