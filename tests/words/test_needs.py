"""Needs in words: a measure that speaks of them comes before one that is only tagged so, and says why."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings

from policies.matching import Match, Wish, match
from words.index import find
from words.matching import phrases

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]


def fitting(need: str) -> list[Match]:
    return list(match(Wish(phrases=phrases(find(need)))))


@pytest.mark.parametrize(
    ("need", "measure"),
    [
        ("贷款利息太高", "hh-lower-rates"), ("lower borrowing costs", "hh-lower-rates"),
        ("找货代", "hh-freight-forwarders"), ("a forwarding agent", "hh-freight-forwarders"),
        ("员工子女上学难", "cluster-living"), ("housing for workers", "cluster-living"),
        ("担心客户数据泄露", "hh-data-security"), ("afraid of hackers", "hh-data-security"),
        ("填表太多，想自动兑现", "cluster-no-application"), ("too many forms", "cluster-no-application"),
        ("老厂房闲置", "cluster-idle-land"), ("redevelop an old plot", "cluster-idle-land"),
        ("想自建网站", "county-independent-sites"), ("build a website of our own", "county-independent-sites"),
        ("收购国外同行", "county-overseas-expansion"), ("buy a competitor abroad", "county-overseas-expansion"),
    ],
)  # fmt: skip
def test_a_need_in_words_finds_the_measure_that_speaks_of_it(need: str, measure: str) -> None:
    assert measure in [one.code for one in fitting(need)[:5]]


def test_what_is_needed_counts_for_more_than_who_needs_it() -> None:
    assert fitting("企业想上智能工厂，有没有支持")[0].code == "cluster-digitalisation"


@pytest.mark.parametrize("need", ["醴陵陶瓷企业找物流", "cheaper loans for a tea firm", "免税仓"])
def test_the_score_is_what_the_reasons_earn(need: str) -> None:
    weights = django_settings.POLICY_MATCHING["weights"]
    for one in fitting(need)[:20]:
        weighed = [(reason.weighed_by(weights), reason.percent) for reason in one.reasons]
        earned = sum(weight * percent for weight, percent in weighed)
        assert one.score == pytest.approx(earned / (100 * sum(weight for weight, _ in weighed)), abs=1e-4)
