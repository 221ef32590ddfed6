"""The search index: what it finds is what a plain reading of all texts finds, in one order, with synonyms as one word."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from policies.index import IN_TEXT, Entry, Index, singular, tokens
from policies.models import Measure
from policies.searching import KINDS, index, search
from sources.folding import normalised
from sources.models import Release, Source, Synonym
from sources.versions import forget_data_version
from tests.api.contract import BASE, error_of

HAN = st.text("自贸试验区湖南醴陵", min_size=1, max_size=5)
SHORT = st.text("自贸试验区湖南醴陵", min_size=1, max_size=2)
LATIN = st.text("abc", min_size=2, max_size=4)
NAME = st.one_of(HAN, LATIN, st.builds("{} {}".format, LATIN, LATIN), st.builds("{}{}".format, HAN, LATIN))
CORPUS = st.lists(st.tuples(NAME, NAME), min_size=1, max_size=12)


def built(corpus: list[tuple[str, str]], *groups: list[str]) -> Index:
    entries = [Entry("measure", f"m{n:02}", name, name, (name,), text) for n, (name, text) in enumerate(corpus)]
    return Index(entries, {word: group for group in groups for word in group})


def found(of: Index, words: str) -> list[str]:
    return [hit.entry.code for hit in of.find(words)]


@given(CORPUS, HAN)
def test_a_part_of_a_chinese_text_finds_what_contains_it(corpus: list[tuple[str, str]], part: str) -> None:
    containing = {f"m{n:02}" for n, (name, text) in enumerate(corpus) if part in name or part in text}
    if containing:
        assert set(found(built(corpus), part)) == containing


@given(CORPUS, LATIN)
def test_the_beginning_of_an_english_word_finds_it(corpus: list[tuple[str, str]], word: str) -> None:
    having = {
        f"m{n:02}"
        for n, pair in enumerate(corpus)
        if any(token.startswith(word) for text in pair for token in tokens(text))
    }
    assert set(found(built(corpus), word)) == having


@given(CORPUS, st.one_of(LATIN, SHORT), st.one_of(LATIN, SHORT))
def test_several_words_find_what_has_all_of_them(corpus: list[tuple[str, str]], one: str, other: str) -> None:
    of = built(corpus)
    assert set(found(of, f"{one} {other}")) == set(found(of, one)) & set(found(of, other))


@given(CORPUS, NAME, st.randoms())
def test_the_order_does_not_depend_on_that_of_the_records(
    corpus: list[tuple[str, str]], word: str, chance: Any
) -> None:
    entries = list(built(corpus).entries)
    shuffled = random.Random(chance.random()).sample(entries, len(entries))
    hits = list(Index(shuffled).find(word))
    assert hits == list(Index(entries).find(word))
    assert [(-hit.score, hit.entry.kind, hit.entry.code) for hit in hits] == sorted(
        (-hit.score, hit.entry.kind, hit.entry.code) for hit in hits
    )
    assert all(0 < hit.score <= 1 for hit in hits)


@given(CORPUS, st.lists(NAME, min_size=2, max_size=4, unique=True))
def test_synonyms_find_the_same_in_the_same_order(corpus: list[tuple[str, str]], group: list[str]) -> None:
    of = built(corpus, group)
    answers = {word: [(hit.entry.code, hit.score) for hit in of.find(word)] for word in group}
    assert len({tuple(answer) for answer in answers.values()}) == 1


@given(CORPUS, NAME)
def test_counts_by_kind_are_those_of_the_hits(corpus: list[tuple[str, str]], word: str) -> None:
    answer = built(corpus).find(word)
    assert answer.count() == len(list(answer)) == sum(answer.by_kind.values())
    assert answer.of_kinds(["region"]).count() == 0
    assert list(answer.of_kinds(["measure"])) == list(answer)


@pytest.mark.parametrize(
    ("word", "stem"), [("ceramics", "ceramic"), ("bus", "bus"), ("glass", "glass"), ("gas", "gas")]
)
def test_english_plurals(word: str, stem: str) -> None:
    assert singular(word) == stem


def test_names_before_titles_before_texts() -> None:
    of = Index([
        Entry("region", "r", "陶瓷", "x", ("陶瓷",)),
        Entry("measure", "a", "发展陶瓷", "x", ("发展陶瓷",), weight=0.9),
        Entry("measure", "b", "发展", "x", ("发展",), "陶瓷等", weight=0.9),
    ])  # fmt: skip
    assert [(hit.entry.code, hit.matched) for hit in of.find("陶瓷")] == [("r", "陶瓷"), ("a", "发展陶瓷"), ("b", "")]
    assert next(iter(of.find("陶瓷"))).score == 1
    assert list(of.find("陶瓷"))[-1].score == IN_TEXT


def test_chinese_that_stands_nowhere_is_taken_apart_into_names() -> None:
    of = Index([
        Entry("region", "r", "醴陵", "Liling", ("醴陵",)), Entry("industry", "i", "陶瓷", "Ceramics", ("陶瓷",)),
        Entry("measure", "a", "陶瓷出海", "x", ("陶瓷出海",), "在醴陵", weight=0.9),
    ])  # fmt: skip
    assert found(of, "醴陵陶瓷出海") == ["a"]
    assert found(of, "陶瓷醴陵") == ["a"]
    assert found(of, "陶瓷攸县") == []


@pytest.mark.parametrize("words", ["", " ", "，。", "%", "\\", ".*", "(", "a" * 3000])
def test_odd_words_find_nothing_and_break_nothing(words: str) -> None:
    assert found(built([("醴陵", "abc")]), words) == []


# Over the seeded records -------------------------------------------------------------------------------------------

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
Get = Callable[..., Any]


def test_the_names_of_the_free_trade_zone_find_the_same(get: Get) -> None:
    answers = [
        get("/search", q=words, page_size=1000)["results"] for words in ("湖南自贸区", "自贸试验区", "FTZ", "ftz", "free trade zone")
    ]  # fmt: skip
    assert answers[0][0]["code"] == "HNFTZ"
    assert len(answers[0]) > 50
    assert all(answer == answers[0] for answer in answers)


def test_every_group_of_synonyms_is_one_word() -> None:
    for group in Synonym.objects.public():
        answers = {word: [hit.entry.code for hit in search(word)] for word in group.word_list}
        assert len({tuple(answer) for answer in answers.values()}) == 1, group.code


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ("渌口", "region", "430212"), ("株洲县", "region", "430212"), ("Zhuzhou County", "region", "430212"),
        ("瓷器", "industry", "CERAMICS"), ("进出口总额", "indicator", "TRADE_TOTAL"), ("9710", "trade_mode", "B2B_DIRECT"),
        ("hunan-ftz-plan", "document", "hunan-ftz-plan"), ("笔记本电脑", "product", "LAPTOPS"),
    ],
)  # fmt: skip
def test_names_old_names_and_codes_come_first(words: str, kind: str, code: str) -> None:
    first = next(iter(search(words))).entry
    assert (first.kind, first.code) == (kind, code)


def test_measures_are_found_by_their_places_and_industries() -> None:
    measure = Measure.objects.public().get(code="county-ceramics-rnd")
    assert not any("瓷器" in text for text in (measure.title_zh, measure.summary_zh))
    assert measure.code in [hit.entry.code for hit in search("瓷器 醴陵市")]


def test_facets_count_every_kind_whatever_is_kept(get: Get) -> None:
    answer = get("/search", q="物流", facets="true", kind="region")
    assert list(answer["facets"]["kind"]) == list(KINDS)
    assert answer["count"] == answer["facets"]["kind"]["region"] > 0
    assert sum(answer["facets"]["kind"].values()) == get("/search", q="物流")["count"]
    assert "facets" not in get("/search", q="物流")


def test_more_than_anyone_types_is_refused(client: Client) -> None:
    assert client.get(f"{BASE}/search", {"q": "a " * 100}).status_code == 200
    assert error_of(client.get(f"{BASE}/search", {"q": "a " * 101}), "q")["code"] == "too_long"


def test_a_search_asks_the_store_for_nothing_but_the_version(client: Client) -> None:
    index()
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"{BASE}/search?q=物流&page_size=100&facets=true").status_code == 200
    assert len(asked) <= 2


def test_a_new_release_is_a_new_index() -> None:
    before = index()
    assert index() is before
    newest = Release.objects.published()[0]
    Source.objects.create(slug="t-new", kind="paper", title_zh="崭新词语", title_en="Novelty", released=newest)
    assert [hit.entry.code for hit in search("崭新词语")] == []
    Release.objects.filter(pk=newest.pk).update(digest="f" * 64)
    forget_data_version()
    assert [hit.entry.code for hit in search("崭新词语")] == ["t-new"]


def test_words_of_a_group_are_normalised() -> None:
    words = [word for group in Synonym.objects.public() for word in group.word_list]
    assert len({normalised(word) for word in words}) == len(words)
