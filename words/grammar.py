"""The words of a question that are no names: what kind of answer is wanted, what shall be computed, what has no weight.

These are of the languages, not of the data, so they stand in the program; what is called what is curated (vocabulary).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from words.units import keys


class AnswerKind(StrEnum):
    """What kind of answer a question asks for."""

    FIGURE = "figure"
    DATE = "date"
    ACTOR = "actor"
    RANKING = "ranking"
    COUNT = "count"
    POLICY = "policy"
    COMPARISON = "comparison"


class WordRole(StrEnum):
    """What a word that is no name does in a question."""

    ANSWER = "answer"
    TRANSFORM = "transform"
    STATUS = "status"
    RECENCY = "recency"
    NEGATION = "negation"
    FILLER = "filler"


GROWTH, SHARE, RANK, DIFFERENCE = "growth", "share", "rank", "difference"

# WordRole and what is meant → the words that mean it; a Chinese word is known by its characters, an English one by its stems.
_WORDS: Mapping[tuple[WordRole, str], str] = {
    (WordRole.ANSWER, AnswerKind.DATE): (
        "何时;什么时候;啥时候;哪年;哪一年;几时;几月;什么时间;日期;when;what year;which year;since when;what date"
    ),
    (WordRole.ANSWER, AnswerKind.ACTOR): (
        "谁;哪个部门;哪些部门;哪个单位;什么部门;牵头;who;whom;by whom;which department;which agency;responsible for"
    ),
    (WordRole.ANSWER, AnswerKind.RANKING): (
        "最高;最大;最多;最低;最少;最快;最慢;第一名;排行;排行榜;领先;哪个县;哪个市;哪个地方;哪里;哪儿;"
        "which county;which city;which place;where;"
        "highest;largest;biggest;most;lowest;smallest;least;fastest;slowest;top;leading place;ranking"
    ),
    (WordRole.ANSWER, AnswerKind.COUNT): "几个;几项;几条;多少项目;多少个项目;几个项目;多少个;多少项;多少家;多少条;有几;how many;number of",
    (WordRole.ANSWER, AnswerKind.POLICY): (
        "政策;措施;举措;办法;扶持;补贴;支持政策;优惠政策;优惠;怎么办;怎样才能;如何;policy;policies;measure;measures;subsidy;incentive;"
        "support for;support available;help with"
    ),
    (WordRole.ANSWER, AnswerKind.COMPARISON): "比较;对比;相比;差距;compare;compared with;comparison;versus;vs;difference between",
    (WordRole.ANSWER, AnswerKind.FIGURE): (
        "多少;是多少;有多少;多大;多高;几何;"
        "how much;how large;how big;how high;value of;amount of;figure for"
    ),
    (WordRole.TRANSFORM, GROWTH): (
        "增长;增速;增幅;增长率;增长速度;同比;涨幅;增加;变化;"
        "growth;growth rate;grew;grow;increase;rise;change;year on year;yoy"
    ),
    (WordRole.TRANSFORM, SHARE): "占比;比重;份额;占;所占;百分之几;占比重;share;share of;proportion;percentage;percent of;account for",
    (WordRole.TRANSFORM, RANK): "排名;位次;名次;排第几;第几;rank;ranked;position",
    (WordRole.STATUS, "F"): "目标;计划目标;预计;力争;target;goal;forecast;planned;expected",
    (WordRole.RECENCY, "1"): "最新;目前;现在;当前;近期;最近;latest;current;currently;newest;recent;now",
    (WordRole.NEGATION, "not"): "不;不是;没有;没;无;非;未;除了;以外;not;no;non;without;except;excluding;un;never",
    (WordRole.FILLER, ""): (
        "的;了;吗;呢;是;在;有;和;与;及;或;以及;还有;对;对于;关于;请问;请;我;我们;我想;想;想要;要;需要;知道;了解;查;查询;查一下;告诉我;看看;帮我;一下;"
        "什么;哪些;哪个;有哪些;有什么;怎么样;怎样;怎么;情况;情况如何;数据;数字;统计;这个;那个;多;年;月;到;至;从;为;被;把;给;让;用;个;项;家;"
        "去;卖;买;做;搞;办;有没有;能不能;是否;多久;我们厂;我厂;我们公司;我公司;本公司;我们企业;本企业;招不到;找不到;缺;缺少;不够;太慢;太贵;太难;"
        "都;也;就;可以;能;能否;会;该;各;每;本;其;之;以;由;于;中;里;上;下;内;"
        "a;an;the;of;in;on;at;to;for;from;by;with;and;or;is;are;was;were;be;been;do;does;did;has;have;had;can;could;would;will;"
        "should;what;which;how;whose;me;my;i;we;our;us;you;your;it;its;this;that;these;those;there;their;they;any;some;all;"
        "please;show;tell;give;find;want;need;know;about;into;than;as;much;many;year;data;statistic;figure;information;"
        "sell;selling;buy;help;faster;quicker;easier;cheaply;my company;our company;my firm;our firm;my factory;our factory;my business;"
        "our business;so;too;get;got;between;during;per;via;also;s"
    ),
}  # fmt: skip

GRAMMAR: Mapping[tuple[str, ...], tuple[WordRole, str]] = {
    keys(word): meant for meant, words in _WORDS.items() for word in words.split(";")
}
MOST_UNITS = max(map(len, GRAMMAR))
