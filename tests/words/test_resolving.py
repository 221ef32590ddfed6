"""From words to records: the same, the beginning, a part, a near miss; always in the same order, in both languages."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.models import Category, Indicator
from policies.models import Document, Measure
from regions.models import Region
from sources.models import Release, Source
from tests.whole_store import emptied
from words.documents import KINDS
from words.index import find
from words.resolving import CONTAINS, EXACT, LIKE, STARTS, NamedThing, in_order, resolve, score_of
from words.vocabulary import NamedConcept

WORD = st.text("ab中文", min_size=1, max_size=6)


def best(words: str) -> tuple[str, str]:
    first = resolve(words)[0]
    return first.concept.kind, first.concept.code


def codes(found: list[NamedThing]) -> list[str]:
    return [match.concept.code for match in found]


def searched(words: str) -> list[str]:
    return [hit.entry.code for hit in find(words)]


# Scores ------------------------------------------------------------------------------------------------------------


@given(WORD, WORD)
def test_scores_fall_into_classes(word: str, name: str) -> None:
    score = score_of(word, name)
    if word == name:
        assert score == EXACT == 1
    elif name.startswith(word):
        assert STARTS < score < EXACT
    elif word in name:
        assert CONTAINS < score < STARTS
    else:
        assert score == 0


@given(WORD, WORD, WORD)
def test_the_more_of_the_name_the_word_is_the_better(word: str, short: str, more: str) -> None:
    assert score_of(word, word + short) >= score_of(word, word + short + more)
    assert score_of(word, word + short) > LIKE


@given(
    st.lists(
        st.builds(
            NamedThing,
            st.builds(NamedConcept, st.sampled_from(KINDS), WORD, st.just(1), WORD, WORD),
            WORD,
            st.sampled_from([1.0, 0.85, 0.6]),
        )
    )
)
def test_equal_matches_are_always_in_the_same_order(found: list[NamedThing]) -> None:
    assert [(m.score, m.concept.kind, m.concept.code) for m in in_order(found)] == [
        (m.score, m.concept.kind, m.concept.code) for m in in_order(found[::-1])
    ]
    scores = [match.score for match in in_order(found)]
    assert scores == sorted(scores, reverse=True)


# Resolving ---------------------------------------------------------------------------------------------------------

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ("醴陵市", "region", "430281"),
        ("醴陵", "region", "430281"),
        ("Liling", "region", "430281"),
        ("ＬＩＬＩＮＧ", "region", "430281"),
        ("430281", "region", "430281"),
        ("湖南", "region", "430000"),
        ("Hunan", "region", "430000"),
        ("湖南自贸区", "region", "HNFTZ"),
        ("湖南自贸试验区", "region", "HNFTZ"),
        ("长三角", "region", "YRD"),
        ("长株潭", "region", "CZT"),
        ("株洲县", "region", "430221"),
        ("渌口", "region", "430212"),
        ("中国", "region", "CN"),
        ("进出口总额", "indicator", "TRADE_TOTAL"),
        ("trade_total", "indicator", "TRADE_TOTAL"),
        ("GDP", "indicator", "GDP"),
        ("茶叶", "industry", "TEA"),
        ("ceramics", "industry", "CERAMICS"),
    ],
)
def test_a_name_in_either_language_old_or_new_finds_its_code_first(words: str, kind: str, code: str) -> None:
    assert best(words) == (kind, code)


@pytest.mark.parametrize("model", [Region, Indicator, Category])
def test_every_seeded_name_finds_its_record_with_the_best_score(model: Any) -> None:
    for record in model.objects.public().order_by("code")[::7]:
        for name in (record.name_zh, record.name_en, record.code):
            match = {found.concept.code: found for found in resolve(name)}[record.code]
            assert match.score == EXACT, (name, record.code)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("湖南省株洲市醴陵市", "430281"),
        ("湖南醴陵市", "430281"),
        ("株洲市攸县", "430223"),
        ("福建省泉州市安溪县", "350524"),
    ],
)
def test_a_path_of_names_leads_to_its_end(path: str, code: str) -> None:
    assert codes(resolve(path)) == [code]
    assert searched(path)[0] == code


def test_a_path_that_is_none_leads_nowhere() -> None:
    assert all(one.score < CONTAINS for one in resolve("湖南省怀化市醴陵市"))


@pytest.fixture
def published() -> Release:
    """The one release of a store without records: their index is made in an instant."""
    emptied()
    at = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return Release.objects.create(version="2026-R1", status="published", published_at=at, digest="ab" * 32)


def test_exact_comes_before_beginning_and_beginning_before_containing(published: Release) -> None:
    for code, name in (("T1", "试试看"), ("T2", "试试"), ("T3", "再试试"), ("T4", "试试看吧")):
        Region.objects.create(code=code, kind="zone", name_zh=name, name_en=code, released=published)
    assert codes(resolve("试试")) == ["T2", "T1", "T4", "T3"]
    assert [found.matched for found in resolve("试试")] == ["试试", "试试看", "试试看吧", "再试试"]


def test_near_misses_are_offered_only_where_nothing_matches() -> None:
    near = resolve("Lilling")
    assert near[0].concept.code == "430281"
    assert all(found.score < CONTAINS for found in near)
    assert all(found.score >= CONTAINS for found in resolve("Liling"))
    assert resolve("qqqqqqqqqqqq") == []


def test_drafts_and_withdrawn_records_are_not_found(published: Release) -> None:
    Region.objects.create(code="T1", kind="zone", name_zh="秘密园区", name_en="Secret park")
    Region.objects.create(
        code="T2", kind="zone", name_zh="旧园区甲", name_en="Old park", released=published, withdrawn=published
    )  # fmt: skip
    Region.objects.create(code="T3", kind="zone", name_zh="秘密园区甲", name_en="Secret park, old", released=published)
    for words in ("秘密园区", "secret park", "旧园区甲"):
        assert not {"T1", "T2"} & set(codes(resolve(words)) + searched(words))
    assert searched("秘密园区") == ["T3"]


@pytest.mark.parametrize("words", ["湖南", "a", "株洲", "出口"])
def test_the_same_words_always_find_the_same_in_the_same_order(words: str) -> None:
    assert codes(resolve(words)) == codes(resolve(words))
    hits = list(find(words))
    assert hits == list(find(words))
    assert [-hit.score for hit in hits] == sorted(-hit.score for hit in hits)
    assert len({(hit.entry.kind, hit.entry.code) for hit in hits}) == len(hits)


# Searching every kind ----------------------------------------------------------------------------------------------


def test_a_title_finds_its_measure_document_or_source_first_among_its_kind() -> None:
    for kind, model in (("measure", Measure), ("document", Document), ("source", Source)):
        record: Any = model.objects.public()[0]
        for title in (record.title_zh, record.title_en):
            mine = [hit.entry.code for hit in find(title) if hit.entry.kind == kind]
            assert mine[0] == (record.slug if kind == "source" else record.code), title


def test_what_has_all_words_is_first_and_what_is_not_met_is_said() -> None:
    one = Measure.objects.public().get(code="county-campaign-2025")
    hit = next(hit for hit in find("株洲 论坛") if hit.entry.code == one.code)
    assert (hit.coverage, hit.unmet) == (1, ())
    hit = next(hit for hit in find("株洲 论坛 量子纠缠") if hit.entry.code == one.code)
    assert hit.coverage < 1
    assert [part.text for part in hit.unmet] == ["量子纠缠"]


def test_a_word_of_the_title_weighs_more_than_one_of_the_summary(published: Release) -> None:
    paper = Source.objects.create(slug="t-paper", kind="paper", title_zh="论文", title_en="Paper", released=published)
    document = Document.objects.create(code="t-plan", kind="plan", title_zh="文", title_en="Plan", source=paper)
    for code, title, summary in (
        ("t-a", "别的", "量子试词"),
        ("t-b", "量子试词", "别的"),
        ("t-c", "关于量子试词", "别的"),
    ):
        Measure.objects.create(
            code=code, kind="task", level="county", document=document, title_zh=title, title_en=code,
            summary_zh=summary, summary_en=code, released=published,
        )  # fmt: skip
    assert searched("量子试词") == ["t-b", "t-c", "t-a"]


def test_search_finds_regions_and_indicators_as_resolve_does() -> None:
    first = next(iter(find("醴陵"))).entry
    assert (first.kind, first.code) == ("region", "430281")
    assert {hit.entry.kind for hit in find("a")} <= set(KINDS)
