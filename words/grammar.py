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
    DOCUMENT = "document"


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
        "何时;什么时候;啥时候;哪年;哪一年;哪天;哪一天;哪个月;几时;几月;几号;几月几号;什么时间;什么日期;日期;"
        "when;what year;which year;since when;what date;which date;what month;which month;what day"
    ),
    (WordRole.ANSWER, AnswerKind.ACTOR): (
        "谁;由谁;是谁;哪个部门;哪些部门;哪个单位;哪些单位;哪个机构;什么部门;什么单位;牵头;"
        "who;whom;by whom;which department;which agency;which body;which bureau;which office;which ministry;responsible for"
    ),
    (WordRole.ANSWER, AnswerKind.RANKING): (
        "最高;最大;最多;最低;最少;最小;最快;最慢;第一名;排第一;排行;排行榜;领先;哪个县;哪个市;哪个省;哪个区;哪个地方;哪个地区;哪里;哪儿;"
        "which county;which city;which province;which region;which area;which place;where;"
        "highest;largest;biggest;most;lowest;smallest;least;fewest;fastest;slowest;top;leading place;ranking"
    ),
    (WordRole.ANSWER, AnswerKind.COUNT): (
        "几个;几项;几条;几家;几大;几类;几座;几列;几只;多少项目;多少个项目;几个项目;多少个;多少项;多少家;多少条;多少类;多少列;多少座;有几;"
        "how many;number of;count of;how many of"
    ),
    (WordRole.ANSWER, AnswerKind.POLICY): (
        "政策;措施;举措;办法;做法;扶持;扶持政策;惠企政策;政策支持;补贴政策;补贴;支持政策;优惠政策;优惠;怎么办;怎样才能;如何;policy;policies;measure;measures;subsidy;incentive;"
        "support for;support available;help with;scheme;programme for;program for"
    ),
    (WordRole.ANSWER, AnswerKind.DOCUMENT): (
        "论文;文章;研究报告;文献;出处;原文;作者;谁写的;写的;文件;通知;文号;出台的;印发;印发的;发布的;谁发的;"
        "paper;article;study;document;author;authors;wrote;written by;who wrote;publication;published;issued;issue;who issued;notice"
    ),
    (WordRole.ANSWER, AnswerKind.COMPARISON): "比较;对比;相比;差距;compare;compared with;comparison;versus;vs;difference between",
    (WordRole.ANSWER, AnswerKind.FIGURE): (
        "多少;是多少;有多少;达到多少;多少钱;多少元;多少亿;多少亿元;多少个亿;多少万;多少万元;多少吨;多少万吨;多少亩;多少平方公里;多少公顷;"
        "多大;多高;多长;多重;几何;几亿;几个亿;"
        "how much;how much money;how large;how big;how high;how long;value of;amount of;figure for"
    ),
    (WordRole.TRANSFORM, GROWTH): (
        "增长;增速;增幅;增长率;增长速度;增长了;增长多少;同比;同比增长;涨幅;涨;涨了;上涨;增加;增加了;变化;变动;下降;下滑;下跌;跌了;降幅;少了;减少;减少了;增减;多快;"
        "growth;growth rate;growth in;growth of;grew;grow;grown;increase;increase in;increase of;rise;rise in;rose;risen;change;"
        "change in;"
        "fall;fell;fallen;drop;drop in;decline;decline in;decrease;how fast;how quickly;year on year;yoy;up by;down by;rate of growth"
    ),
    (WordRole.TRANSFORM, SHARE): (
        "占比;比重;份额;占;所占;占了;占到;占多少;占几成;占多大;比例;百分比;百分之几;百分之多少;占比重;占比例;几成;"
        "share;share of;share in;proportion;proportion of;percentage;percentage of;percent;percent of;per cent;per cent of;account for;"
        "make up;fraction of;part of;what part of;ratio of;as a share of;as a percentage of;as a proportion of;accounted for by"
    ),
    (WordRole.TRANSFORM, RANK): (
        "排名;位次;名次;排第几;排在第几;排第几位;第几;第几位;第几名;rank;ranked;position;which rank;what rank;what position;what place"
    ),
    (WordRole.STATUS, "F"): (
        "目标;计划目标;目标值;预计;预期;力争;要达到;计划达到;target;goal;aim;forecast;expected;aims for;is to reach;supposed to reach"
    ),
    (WordRole.RECENCY, "1"): "最新;目前;现在;当前;近期;最近;latest;current;currently;newest;recent;now;at present;most recent;up to date",
    (WordRole.NEGATION, "not"): "不;不是;没有;没;无;非;未;除了;以外;not;no;non;without;except;excluding;un;never",
    # What is said with any question; sums; units in which an answer is expected.
    (WordRole.FILLER, ""): (
        "的;了;吗;呢;吧;那;这;哪;趟;条;份;列;座;辆;批;款;位;名;次;倍;生意;嘛;啊;呀;是;在;有;和;与;跟;及;或;以及;还有;对;对于;关于;请问;请;我;我们;我想;想;想要;要;需要;知道;了解;查;查询;查一下;"
        "告诉我;看看;帮我;一下;想知道;想了解;想问;想问问;请教;求助;帮忙;帮助;找;求;"
        "什么;哪些;哪个;有哪些;有什么;怎么样;怎样;怎么;咋;咋样;啥;有啥;情况;情况如何;数据;数字;统计;这个;那个;多;年;月;到;至;从;为;被;把;给;让;用;个;项;家;"
        "去;卖;买;做;搞;弄;办;走;有没有;能不能;可不可以;是否;多久;我们厂;我厂;我们公司;我公司;本公司;我们企业;本企业;我家;我们家;我这;我们这;咱们;咱;我司;"
        "招不到;找不到;缺;缺少;不够;太慢;太贵;太难;太高;太大;怕;怕是;希望;打算;准备;应该;该怎么;到底;究竟;具体;大概;大约;左右;"
        "都;也;就;又;还;再;才;只;可以;能;能否;会;该;各;每;本;其;之;以;由;于;中;里;上;下;内;等;等等;"
        "总共;一共;共;共有;共计;合计;总计;总的;加起来;加在一起;算起来;累计;全部;所有;一年;每年;全年;年度;当年;全市;全县;全省;全区;"
        "亿;亿元;万元;万;元;个亿;块;块钱;值;钱;人民币;万美元;亿美元;美元;吨;万吨;平方公里;平方千米;公顷;亩;平方米;立方米;百分点;"
        "an;of;in;on;at;to;for;from;by;with;and;or;is;are;was;were;be;been;being;do;does;did;done;has;have;had;can;could;would;will;"
        "should;may;might;what;which;how;whose;me;my;i;we;our;us;you;your;it;its;this;that;these;those;there;their;they;any;some;all;"
        "each;every;"
        "please;show;tell;give;find;want;need;know;about;into;than;as;much;many;year;data;statistic;figure;number;information;"
        "sell;selling;buy;help;faster;quicker;easier;my company;our company;my firm;our firm;my factory;our factory;my business;"
        "our business;so;too;get;got;between;during;per;via;also;s;if;but;still;yet;when it comes to;"
        "looking for;look for;looking;search for;seeking;would like;like to;let me know;anyone;anything;something;someone;somewhere;"
        "such;just;only;"
        "who can;inside;within;among;across;regarding;concerning;exactly;roughly;approximately;around;over the;"
        "in total;total of;total number of;altogether;combined;overall;taken together;added up;sum of;in all;"
        "per year;each year;every year;annually;yearly;"
        "yuan;rmb;cny;renminbi;billion;billion yuan;million;million yuan;dollar;us dollar;usd;tonne;ton;square kilometre;"
        "square kilometer;sq km;km2;"
        "hectare;cubic metre;cubic meter;percentage point"
    ),
}  # fmt: skip

GRAMMAR: Mapping[tuple[str, ...], tuple[WordRole, str]] = {
    keys(word): meant for meant, words in _WORDS.items() for word in words.split(";")
}
MOST_UNITS = max(map(len, GRAMMAR))
