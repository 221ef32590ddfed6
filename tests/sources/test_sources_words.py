"""Words and dates: both languages side by side, one normal form, dates as precise as they are stated, near misses."""

import datetime
import string

import pytest
from django.utils import translation
from hypothesis import assume, example, given
from hypothesis import strategies as st

from sources.bilingual import both, language, said
from sources.edtf import precision, span
from sources.folding import normalised, searchable
from sources.models import Source
from sources.suggest import may_be_like, nearest, similarity

WORDS = st.text(max_size=30)

# Two languages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("active", "expected"),
    [("zh", "来源"), ("zh-hans", "来源"), ("zh-CN", "来源"), ("en", "source"), ("en-GB", "source")],
)
def test_a_sentence_reads_in_the_language_that_is_active(active: str, expected: str) -> None:
    with translation.override(active):
        assert str(both("来源", "source")) == expected


def test_a_sentence_reads_in_english_where_no_language_is_active() -> None:
    with translation.override(None):
        assert language() == "en"
        assert str(both("来源", "source")) == "source"


def test_a_sentence_made_in_one_language_is_shown_in_the_other() -> None:
    with translation.override("en"):
        sentence = both("来源", "source")
    with translation.override("zh-hans"):
        assert f"{sentence}" == "来源"


def test_the_text_of_a_record_is_said_in_the_language_of_the_answer() -> None:
    source = Source(title_zh="论文", title_en="Paper")
    with translation.override("zh-hans"):
        assert (said(source, "title"), str(source)) == ("论文", "论文")
    with translation.override("en"):
        assert (said(source, "title"), str(source)) == ("Paper", "Paper")


# One normal form ---------------------------------------------------------------------------------------------------


@given(WORDS)
@example("ǰ̣ ΐ İ ᾼ ﬁ ¨ ß")
def test_normal_words_are_normal_already(words: str) -> None:
    assert normalised(normalised(words)) == normalised(words)


@given(st.text(string.ascii_letters + string.digits, min_size=1))
def test_full_width_capitals_and_margins_make_no_difference(words: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in words)
    assert normalised(wide) == normalised(words.upper()) == normalised(f"  {words}\u3000") == words.lower()


def test_letters_that_fold_to_several_are_found() -> None:
    assert normalised("STRASSE") == normalised("Straße")


@given(st.lists(st.text(st.characters(exclude_characters="\n"), max_size=30)))
def test_each_name_is_searchable_once_and_in_order(names: list[str]) -> None:
    lines = [line for line in searchable(*names).split("\n") if line]
    assert lines == list(dict.fromkeys(name for name in map(normalised, names) if name))


def test_names_that_differ_only_in_width_or_case_are_one_line() -> None:
    assert searchable("GDP", "", "ＧＤＰ", "gdp ", "生产总值") == "gdp\n生产总值"


# Dates as precise as they are stated -------------------------------------------------------------------------------

DAYS = st.dates(min_value=datetime.date(1000, 1, 1))


@given(DAYS)
def test_a_date_spans_what_its_precision_leaves_open(day: datetime.date) -> None:
    year, month, exact = f"{day:%Y}".zfill(4), f"{day:%Y-%m}".zfill(7), day.isoformat()
    for text in (year, month, exact):
        first, last = span(text)
        assert first <= day <= last
        assert first.isoformat().startswith(text)
        assert last.isoformat().startswith(text)
        for outside in (first.toordinal() - 1, last.toordinal() + 1):
            if 1 <= outside <= datetime.date.max.toordinal():
                assert not datetime.date.fromordinal(outside).isoformat().startswith(text)
    assert span(exact) == (day, day)
    assert [precision(text) for text in (year, month, exact)] == ["year", "month", "day"]


def test_an_unknown_date_has_unknown_precision() -> None:
    assert precision("") == "unknown"


@pytest.mark.parametrize(
    "text",
    ["", "24", "2024-13", "2024-00", "2024-6", "2024-02-30", "2023-02-29", "2024-06-13T00", "20240613", "2024-06-",
     "2024/06", "0000", "2024?", "2024-06-13\n", " 2024", "２０２４", "2024-0６", "٢٠٢٤", "-2024", "2024-06-00"],
)  # fmt: skip
def test_what_is_no_such_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says, the callers say it again
        span(text)


@given(st.text(max_size=11))
def test_any_text_is_a_date_in_ascii_or_refused(text: str) -> None:
    try:
        span(text)
    except ValueError:
        return
    assert text.isascii()
    assert len(text) in (4, 7, 10)


# Near misses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("TRADE_TOTL", ["EXPORTS", "TRADE_TOTAL", "TRADE_SHARE"], "TRADE_TOTAL"),
        ("trade_total", ["EXPORTS", "TRADE_TOTAL"], "TRADE_TOTAL"),
        ("ＧＤＰ", ["GDP", "GNP"], "GDP"),
        ("醴陵", ["醴陵市", "株洲市"], "醴陵市"),
        ("litin", ["liling", "zhuzhou"], "liling"),
        ("exprt", ["export_share"], None),
        ("zzzz", ["EXPORTS", "TRADE_TOTAL"], None),
        ("GDP", [], None),
    ],
)
def test_the_nearest_known_word_is_suggested_as_it_is_written(word: str, known: list[str], expected: str) -> None:
    assert nearest(word, known) == expected


@given(st.text(string.ascii_uppercase + "_", min_size=1, max_size=20), st.lists(st.text(string.ascii_uppercase)))
def test_a_known_word_is_nearest_to_itself(word: str, others: list[str]) -> None:
    assert nearest(word, [*others, word]) == word


@given(WORDS, WORDS)
def test_likeness_is_between_0_and_1_and_1_for_the_same_only(one: str, other: str) -> None:
    assume(one != other)
    assert 0 <= similarity(one, other) < 1 == similarity(one, one)


@given(st.text("abc", max_size=6), st.text("abc", max_size=6), st.sampled_from([0.5, 0.75, 0.9]))
def test_the_quick_answer_never_loses_a_word_that_is_like(one: str, other: str, least: float) -> None:
    if similarity(one, other) >= least:
        assert may_be_like(one, least)(other)
