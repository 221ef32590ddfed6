"""The index: what it finds has what was asked for, in one order, with figures first where a place and an indicator are named."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from indicators.models import Observation
from policies.models import Measure
from sources.models import Release, Source, Synonym
from sources.versions import forget_data_version
from tests.api.contract import BASE, error_of
from tests.foreign_store import fill
from tests.whole_store import emptied
from words.documents import KINDS, Findable, Text
from words.evaluating import WAYS, judge, read_questions, successes
from words.hits import MOSTLY_MET, Hit
from words.index import Index, find, index
from words.units import keys
from words.vocabulary import NamedConcept, Naming, Vocabulary

QUESTIONS = Path(__file__).with_name("own_questions.tsv")
HAN = st.text("自贸试验区湖南醴陵", min_size=2, max_size=5)
LATIN = st.text("bcdk", min_size=3, max_size=5)
NAME = st.one_of(HAN, LATIN, st.builds("{} {}".format, LATIN, LATIN), st.builds("{}{}".format, HAN, LATIN))
CORPUS = st.lists(st.tuples(NAME, NAME), min_size=1, max_size=12)


def built(corpus: list[tuple[str, str]]) -> Index:
    listed = [
        Findable("measure", f"m{n:02}", n, name, name, texts=[Text(name, 0.95), Text(text, 0.45)])
        for n, (name, text) in enumerate(corpus)
    ]
    return Index(Vocabulary([], {}), listed)


def found(of: Index, words: str) -> list[str]:
    return [hit.entry.code for hit in of.find(of.read(words))]


@given(CORPUS, HAN)
def test_what_has_the_characters_side_by_side_is_found_wholly(corpus: list[tuple[str, str]], part: str) -> None:
    of = built(corpus)
    having = {f"m{n:02}" for n, pair in enumerate(corpus) if any(part in text for text in pair)}
    assert having <= {hit.entry.code for hit in of.find(of.read(part)) if hit.coverage == 1}


@given(CORPUS, st.one_of(LATIN, HAN), st.one_of(LATIN, HAN))
def test_what_has_all_words_comes_before_what_has_one(corpus: list[tuple[str, str]], one: str, other: str) -> None:
    of = built([*corpus, (f"{one} {other}", "")])
    assert f"m{len(corpus):02}" in [hit.entry.code for hit in of.find(of.read(f"{one} {other}")) if hit.coverage == 1]


@given(CORPUS, NAME, st.randoms())
def test_the_order_does_not_depend_on_that_of_the_records(
    corpus: list[tuple[str, str]], word: str, chance: Any
) -> None:
    listed = [
        Findable("measure", f"m{n:02}", n, a, b, texts=[Text(a, 0.9), Text(b, 0.4)]) for n, (a, b) in enumerate(corpus)
    ]
    shuffled = random.Random(chance.random()).sample(listed, len(listed))
    one, other = Index(Vocabulary([], {}), listed), Index(Vocabulary([], {}), shuffled)
    assert found(one, word) == found(other, word)


@given(CORPUS, NAME)
def test_counts_by_kind_are_those_of_the_hits(corpus: list[tuple[str, str]], word: str) -> None:
    of = built(corpus)
    hits = of.find(of.read(word))
    assert hits.count() == len(list(hits)) == sum(hits.by_kind.values())
    assert hits.of_kinds(["region"]).count() == 0
    assert list(hits.of_kinds(["measure"])) == list(hits)
    assert all(0 < hit.score <= 1 and 0 < hit.coverage <= 1 for hit in hits)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("exports", "export"),
        ("industries", "industry"),
        ("醴陵", "醴 陵"),
        ("R & D", "r&d"),
        ("e‑commerce", "E-Commerce"),
    ],
)
def test_forms_of_a_word_have_the_same_keys(one: str, other: str) -> None:
    assert keys(one) == keys(other)


def test_what_matters_is_no_import() -> None:
    assert keys("important") != keys("imports")


def test_a_place_in_the_name_of_a_thing_stays_a_place() -> None:
    place = Naming(NamedConcept("region", "r", 1, "醴陵", "Liling"), ["醴陵"])
    trade = Naming(NamedConcept("industry", "i", 1, "陶瓷", "Ceramics"), ["陶瓷"], ["醴陵陶瓷"])
    of = Index(Vocabulary([place, trade], {}), [])
    assert [part.text for part in of.read("醴陵陶瓷").parts] == ["醴陵", "陶瓷"]


@pytest.mark.parametrize("words", ["", " ", "，。", "%", "\\", ".*", "(", "a" * 3000])
def test_odd_words_find_nothing_and_break_nothing(words: str) -> None:
    assert found(built([("醴陵", "bcd")]), words) == []


# Over the seeded records -------------------------------------------------------------------------------------------

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]
Get = Callable[..., Any]


def test_the_names_of_the_free_trade_zone_find_the_same(get: Get) -> None:
    answers = [
        get("/search", q=words, page_size=1000)["results"] for words in ("湖南自贸区", "自贸试验区", "FTZ", "ftz", "free trade zone")
    ]  # fmt: skip
    assert all(answer[0]["code"] == "HNFTZ" and len(answer) > 50 for answer in answers)


def test_every_word_of_a_group_means_what_its_first_word_means() -> None:
    for group in Synonym.objects.public():
        names = index().vocabulary.names
        first = {one.concept for one in names[keys(group.word_list[0])]}
        for word in group.word_list:
            named = names.get(keys(word)) or [one for part in index().read(word).parts for one in part.meanings]
            assert first & {one.concept for one in named}, (group.code, word)


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ("渌口", "region", "430212"), ("株洲县", "region", "430212"), ("Zhuzhou County", "region", "430212"),
        ("瓷器", "industry", "CERAMICS"), ("进出口总额", "indicator", "TRADE_TOTAL"), ("9710", "trade_mode", "B2B_DIRECT"),
        ("hunan-ftz-plan", "document", "hunan-ftz-plan"), ("笔记本电脑", "product", "LAPTOPS"),
    ],
)  # fmt: skip
def test_names_old_names_and_codes_come_first(words: str, kind: str, code: str) -> None:
    first = next(iter(find(words))).entry
    assert (first.kind, first.code) == (kind, code)


def test_measures_are_found_by_their_places_and_industries() -> None:
    measure = Measure.objects.public().get(code="county-ceramics-rnd")
    assert not any("瓷器" in text for text in (measure.title_zh, measure.summary_zh))
    assert measure.code in [hit.entry.code for hit in find("瓷器 醴陵市")]


def test_facets_count_every_kind_whatever_is_kept(get: Get) -> None:
    answer = get("/search", q="物流", facets="true", kind="region")
    assert list(answer["facets"]["kind"]) == list(KINDS)
    assert answer["count"] == answer["facets"]["kind"]["region"] > 0
    assert sum(answer["facets"]["kind"].values()) == get("/search", q="物流")["count"]
    assert "facets" not in get("/search", q="物流")


def test_more_than_anyone_types_is_refused(client: Client) -> None:
    assert client.get(f"{BASE}/search", {"q": "a " * 100}).status_code == 200
    assert error_of(client.get(f"{BASE}/search", {"q": "a " * 101}), "q")["code"] == "too_long"


def test_a_search_asks_the_store_a_fixed_number_of_times(client: Client) -> None:
    index()
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"{BASE}/search?q=物流&page_size=100&facets=true").status_code == 200
    few = len(asked)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"{BASE}/search?q=湖南&page_size=100&facets=true").status_code == 200
    assert max(few, len(asked)) <= 12  # for texts and figures of the page, by kind


def test_a_new_release_is_a_new_index() -> None:
    emptied()
    newest = fill()
    before = index()
    assert index() is before
    Source.objects.create(slug="t-new", kind="paper", title_zh="崭新词语", title_en="Novelty", released=newest)
    assert [hit.entry.code for hit in find("崭新词语")] == []
    Release.objects.filter(pk=newest.pk).update(digest="f" * 64)
    forget_data_version()
    assert [hit.entry.code for hit in find("崭新词语")] == ["t-new"]


def test_the_questions_that_the_mechanism_is_made_for_find_their_answers(capsys: pytest.CaptureFixture[str]) -> None:
    questions = read_questions(QUESTIONS)
    ways = {way.name: way for way in WAYS}
    for name in ("search", "resolve", "match"):
        assert [
            one.kind for one in successes(judge(questions, ways[name]), ways[name]) if one.at[ways[name].first] < 1
        ] == []
    plain = ways["plain keywords"]
    assert successes(judge(questions, plain), plain)[-1].at[3] < 0.5
    call_command("evaluate_words", str(QUESTIONS), failures=True)
    said = capsys.readouterr().out
    assert all(way.name in said for way in WAYS)
    assert "ask, nothing: " not in said  # what is not held is said not to be


def test_a_figure_is_found_with_its_phrases(get: Get) -> None:
    first = get("/search", q="醴陵2024年进出口")["results"][0]
    assert (first["kind"], first["code"], first["name"]) == ("series", "A.430281.TRADE_TOTAL", "醴陵市进出口总额")
    assert (first["figure"]["value"], first["figure"]["text"], first["coverage"]) == (41.25, "41.25亿元", 1)
    assert [cited["exact"] for cited in first["figure"]["citations"]] == ["41.25亿元"]


def test_the_nearest_figure_stands_for_one_that_is_not_held_and_is_said_to(get: Get) -> None:
    answer = get("/search", q="Liling exports 2024", lang="en")
    first = answer["results"][0]
    assert (first["code"], first["is_near"], first["unmet"]) == ("A.ZZ-COUNTIES.EXPORTS", True, ["Liling"])
    assert [warning["code"] for warning in answer["warnings"]] == ["not_held"]


def test_a_goal_is_the_figure_only_where_it_is_asked_for(get: Get) -> None:
    words = "炎陵县新材料产值"
    held, goal = (get("/search", q=q)["results"][0]["figure"] for q in (words, f"{words}目标"))
    assert (held["value"], held["qualifier"], held["period"]) == (60, "over", "2024")
    assert (goal["value"], goal["qualifier"], goal["period"]) == (100, "target", "2025")


def test_what_was_taken_for_something_else_is_said_with_its_place(get: Get) -> None:
    answer = get("/search", q="Lilling trade", lang="en")
    expected = {"start": 0, "end": 7, "written": "Lilling", "meant": "Liling", "how": "edit"}
    assert answer["corrections"] == [expected]
    assert answer["warnings"][0]["code"] == "corrected"


def test_what_matched_is_shown_where_it_stands(get: Get) -> None:
    for q in ("出口退税", "tax refund", "外貿 醴陵"):
        for row in get("/search", q=q, kind="measure")["results"]:
            assert row["matches"] or row["coverage"] < 1 or not row["matched"], (q, row["code"])
            for place in row["matches"]:
                assert 0 <= place["start"] < place["end"] <= len(place["text"])
    (place,) = get("/search", q="tax refund", kind="measure")["results"][0]["matches"]
    assert place["text"][place["start"] : place["end"]] in ("出口退税", "tax rebates", "tax rebate")


def test_names_are_suggested_where_nothing_is_found_and_completed_while_typed(get: Get) -> None:
    answer = get("/search", q="Zhuzhouu-Zhuzhou-x", lang="en")
    assert isinstance(answer["suggestions"], list)
    completed = [row["code"] for row in get("/search", q="lili", suggest="true")["results"]]
    assert completed[0] == "430281"
    assert get("/search", q="進出", suggest="true")["results"][0]["code"] == "TRADE_TOTAL"


@pytest.mark.parametrize(
    ("path", "words", "code"),
    [
        ("/regions", "攸縣", "430223"),
        ("/regions", "株洲县", "430212"),
        ("/indicators", "foreign trade", "TRADE_TOTAL"),
        ("/indicators", "chukou", "EXPORTS"),
        ("/policies/measures", "e‑commerce", "hh-ecom-park"),
    ],
)
def test_lists_are_narrowed_by_the_same_words(get: Get, path: str, words: str, code: str) -> None:
    assert code in [row["code"] for row in get(path, q=words, page_size=1000)["results"]]


def first_of(question: str) -> Hit:
    return find(question)[0:1][0]


@pytest.mark.parametrize(
    ("question", "series"),
    [
        ("government spending for science You County", "A.430223.FISCAL_SCI_SHARE"),
        ("四川拒绝的项目有多少个", "A.510000.REJECTED_PROJECTS"),
        ("湖南自贸试验区总面积", "A.HNFTZ.FTZ_AREA"),
    ],
)  # fmt: skip
def test_a_figure_is_found_by_the_words_of_its_indicator(question: str, series: str) -> None:
    assert series in [hit.entry.code for hit in find(question)[0:3]]


def test_what_is_held_of_another_time_or_place_is_near_and_no_answer() -> None:
    untimely, elsewhere = first_of("醴陵2009年外贸总额"), first_of("怀化班列开行数")
    assert (untimely.is_near, untimely.is_elsewhere) == (True, False)
    assert (elsewhere.is_near, elsewhere.is_elsewhere) == (True, True)
    assert not first_of("醴陵2024年外贸总额").is_near


def test_where_a_place_has_no_such_figure_what_is_measured_and_the_place_come_before_what_speaks_of_them() -> None:
    first, indicator, region = find("沅陵县外贸")[0:3]
    assert first.is_near
    assert (indicator.entry.code, region.entry.code) == ("TRADE_TOTAL", "431222")
    assert [hit.entry.code for hit in find("Hengyang GDP")[0:2]] == ["GDP", "430400"]
    assert find("Hengyang GDP")[0:1][0].coverage < MOSTLY_MET
    assert find("衡阳GDP政策")[0:1][0].entry.kind == "measure"


def test_a_place_that_is_said_not_to_be_meant_is_no_answer() -> None:
    assert find("不是醴陵的陶瓷产业")[0:1][0].entry.code == "CERAMICS"
    assert find("醴陵的陶瓷产业")[0:1][0].entry.kind == "series"


def test_of_several_words_that_which_nothing_has_counts_most() -> None:
    assert find("转口贸易")[0:1][0].coverage < MOSTLY_MET


@pytest.mark.parametrize(
    "question", ["空气质量", "比特币价格", "air quality Changsha", "inflation rate China", "山东陶瓷展会"]
)
def test_what_is_met_by_its_place_or_a_part_of_its_words_is_not_mostly_met(question: str) -> None:
    hits = find(question)
    assert not hits or hits[0:1][0].coverage < MOSTLY_MET
    assert all(hit.coverage >= MOSTLY_MET for hit in hits.mostly_met())


@pytest.mark.parametrize(
    ("question", "within", "lowest"),
    [("株洲哪个县外贸最多", "430200", False), ("county with the lowest foreign trade in Zhuzhou", "430200", True),
     ("四个县里财政科技支出最高的", "ZZ-COUNTIES", False), ("科技支出占比最低的县", "CN", True)],
)  # fmt: skip
def test_the_highest_comes_first_of_one_indicator(question: str, within: str, lowest: bool) -> None:
    listed = [hit.entry for hit in find(question)[0:3]]
    assert len({entry.code.split(".")[2] for entry in listed}) == 1
    assert all(index().lies_within(entry.code.split(".")[1], within) for entry in listed)
    newest = [
        float(Observation.objects.live().filter(series=entry.pk).latest("period_end").value or 0) for entry in listed
    ]
    assert newest == sorted(newest, reverse=not lowest)


def test_what_is_for_a_group_of_places_is_for_each_of_them_but_for_its_figures() -> None:
    hits = find("越南 海外仓")
    assert "county-overseas-warehouses" in [hit.entry.code for hit in hits.of_kinds(["measure"])[0:5]]
    assert all(hit.is_elsewhere for hit in find("浙江外贸总额")[0:3] if hit.entry.code.startswith("A.EAST10."))


def test_who_asks_for_a_paper_finds_papers() -> None:
    assert first_of("谁写的株洲县域外贸论文").entry.kind in ("document", "source")
