"""/ask: what it answers is what the endpoint that it names answers, and what is not held is said, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from django.test import Client

from indicators.models import Observation
from tests.api.contract import BASE, error_of

Read = Callable[..., Any]


@pytest.fixture
def ask(read: Read) -> Read:
    """The answer to a question, in English unless said."""

    def call(question: str, lang: str = "en") -> Any:
        return read("/ask", q=question, lang=lang)

    return call


def of_address(answered: Any, client: Client) -> Any:
    """What the address of an answer gives."""
    address = urlsplit(answered["href"])
    return orjson.loads(client.get(f"{address.path}?{address.query}").content)


@pytest.mark.stores_alike
@pytest.mark.parametrize(
    ("question", "kind", "endpoint", "says"),
    [
        ("醴陵2024年进出口是多少", "figure", "/observations", "Liling City, Total imports and exports, 2024: CNY 4.125 billion"),
        ("share of trade of Liling", "figure", "/observations",
         "Liling City, Share of trade (within Zhuzhou's four counties (Liling, Youxian, Chaling and Yanling)), 2024: 81.2%"),
        ("which county in Zhuzhou trades the most", "ranking", "/rankings", "Liling City 2024: CNY 4.125 billion (rank 1)"),
        ("株洲哪个县外贸最少", "ranking", "/rankings", "Chaling County 2024: CNY 119 million (rank 4)"),
        ("compare the trade of Liling and Youxian", "comparison", "/compare",
         "2024: Liling City CNY 4.125 billion, Youxian County CNY 251 million"),
        ("goal for freight trains of the Huaihua dry port", "goal", "/targets",
         "International Dry Port of Huaihua, Freight trains run (2026): goal of 1,000 trains. The due period is not over."),
        ("RCEP什么时候生效", "date", "/policies/measures/hh-rcep", "in force 2022-01-01"),
        ("哪个地区的出口增长最快", "ranking", "/observations", "13.8%"),
        ("湖南自贸区哪个领域的任务最多", "ranking", "/observations", "Reform pilot tasks: trade, 2020: 28 tasks"),
        ("author of the paper about regional cooperation models", "actor", "/sources/regional-cooperation", "刘汶钧"),
        ("who issued the overseas warehouse measures", "actor",
         "/policies/documents/sc-cbec-overseas-warehouse-measures", "issued by"),
        ("哪家快递在怀化建了分拨中心", "actor", "/policies/measures/hh-sf-hub", "SF"),
        ("cargo handled by Huaihua dry port", "goal", "/targets", "Only a goal is held, no outcome."),
        ("how much did Liling really trade", "figure", "/observations", "Liling City, Total imports and exports, 2024"),
        ("what percentage of its budget does Yanling spend on science", "figure", "/observations", "2024: 8.22%"),
        ("how did firms on the financial platform of the Greater Bay Area number", "figure", "/observations", "20,000"),
        ("does Liling or Yanling trade more", "ranking", "/rankings", "Liling City 2024: CNY 4.125 billion (rank 1)"),
        ("攸县和茶陵哪个外贸大", "ranking", "/rankings", "Youxian County 2024"),
        ("which reform domain of the Hunan free trade zone has the fewest tasks", "ranking", "/observations",
         "Reform pilot tasks: investment, 2020: 7 tasks"),
        ("by when is Huaihua to be a first-class inland port city", "date", "/policies/measures/hh-plan-port-city",
         "the time it names: 2026"),
        ("company behind the cold chain centre in Huaihua", "actor", "/policies/measures/hh-coldchain", "Jufeng"),
        ("who unblocked the new energy park in Beijing-Tianjin-Hebei", "actor",
         "/policies/measures/region-jjj-park-approval", "National Development and Reform Commission"),
        ("policies for overseas warehouses", "policy", "/policies/match", "overseas warehouses"),
        ("Liling", "place", "/regions/430281/profile", "Liling City"),
    ],
)  # fmt: skip
def test_a_question_is_answered_by_the_endpoint_that_has_such_answers(
    question: str, kind: str, endpoint: str, says: str, ask: Read, client: Client
) -> None:
    answer = ask(question)
    assert (answer["kind"], answer["is_held"], answer["answer"]["endpoint"]) == (kind, True, endpoint)
    assert says in answer["says"]
    content = of_address(answer["answer"], client)
    assert answer["answer"]["rows"] == content.get("results", [content])[:20]
    assert answer["nearest"] is None


@pytest.mark.stores_alike
def test_figures_come_with_the_phrases_that_state_them(ask: Read) -> None:
    (row,) = ask("醴陵2024年进出口是多少")["answer"]["rows"]
    assert [cited["exact"] for cited in row["citations"]] == ["41.25亿元"]
    ranking = ask("which county in Zhuzhou trades the most")["answer"]
    assert "41.25亿元" in [cited["exact"] for cited in ranking["phrases"]]


@pytest.mark.stores_alike
@pytest.mark.parametrize(
    ("question", "says", "nearest"),
    [
        ("Liling trade in 2009", "No figure is held of 2009.", "Liling City, Total imports and exports, 2024: CNY 4.125 billion"),
        ("Liling exports 2024", "No figure is held of Liling City, Exports.", "Zhuzhou's four counties"),
        ("growth of the trade of Liling", "no value for 2023, which would be the base", "2024: CNY 4.125 billion"),
        ("Liling zyzzyva exports", "Nothing held is called “zyzzyva”.", ""),
        ("how much gold is there in Liling", "Not held: gold", ""),
        ("house prices in Liling", "Not held: prices", ""),
        ("pork exports of the four counties", "Nothing held is called “pork”.", "Exports, 2024"),
        ("exports of pork from the four counties", "Nothing held is called “pork”.", "Exports, 2024"),
        ("firms that have not signed at the Huaihua dry port", "", "34 firms"),
        ("trade of the four counties without Liling", "What the question excludes cannot be left out of figures.", "5.081 billion"),
        ("除了醴陵，其他三个县的外贸是多少", "What the question excludes", "4.125 billion"),
        ("湖南自贸试验区没有完成的改革任务有多少项", "What the question excludes", "121"),
        ("醴陵服务贸易额是多少", "Not held: 服务", "4.125 billion"),
        ("GDP per capita of the four counties", "Nothing held is called “capita”.", "184.36 billion"),
        ("醴陵对非洲外贸额", "No figure is held of Liling City, Total imports and exports, with Africa.", ""),
        ("exports to Africa from Liling", "No figure is held of Liling City, Exports, with Africa.", ""),
        ("醴陵外贸占湖南省的比重", "No figure is held of a share or rank within Hunan Province.", "within Zhuzhou's four counties"),
        ("醴陵2024年上半年进出口", "No figure is held of 2024-01..2024-06.", "4.125 billion"),
        ("哪个县的高新技术企业最少", "There are no figures of several places of one time to put in order.", "244"),
        ("那2023年呢", "", ""),
        ("how many people live in Liling", "", ""),
        ("how large is Liling in square kilometres", "", ""),
        ("university ranking of Changsha", "", ""),
        ("when was the free trade zone of Hengyang approved", "", ""),
        ("who is the mayor of Zhuzhou", "", ""),
    ],
)  # fmt: skip
def test_what_is_not_held_is_said_and_what_is_nearest_is_no_answer(
    question: str, says: str, nearest: str, ask: Read
) -> None:
    answer = ask(question)
    assert (answer["is_held"], answer["answer"]) == (False, None)
    assert says in answer["says"]
    assert nearest in answer["nearest"]["says"]


@pytest.mark.stores_alike
def test_the_place_of_an_order_that_is_asked_for_comes_first(ask: Read) -> None:
    answer = ask("second biggest trading county of Zhuzhou")
    assert answer["says"] == "Yanling County 2024: CNY 586 million (rank 2)"
    assert [row["rank"] for row in answer["answer"]["rows"]] == [2, 3, 4, None]


@pytest.mark.stores_alike
def test_a_goal_is_never_given_for_what_came_of_it(ask: Read) -> None:
    answer = ask("怀化国际陆港2026年班列开行数是多少", "zh")
    assert answer["kind"] == "goal"
    assert answer["says"].startswith("只有目标，没有实际值。")
    held = ask("炎陵县新材料产值")["answer"]["rows"]
    assert {row["status"] for row in held} == {"A"}
    assert Observation.objects.live().filter(status="F", series__region__code="430225").exists()


@pytest.mark.stores_alike
def test_a_goal_of_a_zone_within_a_place_is_called_one(ask: Read) -> None:
    answer = ask("怀化物流合作园2024年交易额")
    assert answer["kind"] == "goal"
    assert "which lies in it: Only a goal is held, no outcome." in answer["says"]


@pytest.mark.stores_alike
def test_of_a_share_the_whole_is_no_place_without_a_figure(ask: Read) -> None:
    says = ask("四县市GDP占株洲比重")["says"]
    assert says.startswith("Zhuzhou's four counties")
    assert says.endswith("(within Zhuzhou City), 2024: 47.2%")


@pytest.mark.stores_alike
def test_the_indicator_without_a_figure_among_several_is_named(ask: Read) -> None:
    assert ask("醴陵外贸企业数")["says"].startswith("No figure is held of Firms. Liling City, Total imports")


@pytest.mark.stores_alike
def test_the_place_without_a_figure_among_several_is_named(ask: Read) -> None:
    answer = ask("醴陵和衡阳2024年进出口")
    assert answer["says"].startswith("No figure is held of Hengyang City.")
    assert [row["region"] for row in answer["answer"]["rows"]] == ["430281"]


@pytest.mark.stores_alike
def test_each_word_says_where_it_stands_what_it_was_read_as_and_what_it_may_mean(ask: Read) -> None:
    question = "礼陵2024年进出口"
    answer = ask(question)
    parts = answer["parts"]
    assert [question[part["start"] : part["end"]] for part in parts] == [part["words"] for part in parts]
    assert [(part["role"], part["read_as"], part["meaning"] and part["meaning"]["code"]) for part in parts] == [
        ("name", None, "430281"), ("period", "2024", None), ("name", None, "TRADE_TOTAL"),
    ]  # fmt: skip
    assert [warning["code"] for warning in answer["warnings"]] == ["corrected"]
    (place,) = ask("Jingzhou")["parts"]
    assert [place["meaning"]["name"], *(other["name"] for other in place["alternatives"])] == [
        "Jingzhou City", "Jingzhou Miao and Dong Autonomous County",
    ]  # fmt: skip


@pytest.mark.stores_alike
def test_both_languages_say_the_same_of_the_same_rows(read: Read) -> None:
    answer = read("/ask", q="醴陵2024年进出口", lang="both")
    assert answer["says_zh"] == "醴陵市 进出口总额 2024：41.25亿元"
    assert answer["says_en"] == "Liling City, Total imports and exports, 2024: CNY 4.125 billion"
    assert answer["answer"]["rows"][0]["region_name_en"] == "Liling City"


@pytest.mark.stores_alike
@pytest.mark.parametrize(("asked", "code"), [({}, "required"), ({"q": "醴" * 201}, "too_long")])
def test_a_question_is_needed_and_bounded(asked: dict[str, str], code: str, db: None, client: Client) -> None:
    assert error_of(client.get(f"{BASE}/ask", asked), "q")["code"] == code


@pytest.mark.stores_alike
@pytest.mark.parametrize(("question", "lang"), [("哪个县出口最多", "zh"), ("Which county exports the most", "en")])
def test_what_is_highest_is_of_the_indicator_that_was_asked_for(read: Read, question: str, lang: str) -> None:
    answer = read("/ask", q=question, lang=lang)
    rows = [row for part in (answer["answer"], answer["nearest"]) if part for row in part["rows"]]
    assert {row["indicator"] for row in rows} <= {"EXPORTS"}
    assert (answer["is_held"], answer["answer"]) == (False, None)  # of no time two counties' exports are held
