"""The words of a question that are no names: what kind of answer is wanted, what shall be computed, what has no weight.

These are of the languages, not of the data, so they stand in the program; what is called what is curated (vocabulary).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from regions.models import RegionKind
from words.units import keys
from words.vocabulary import Keys

Meant = TypeVar("Meant")


class AnswerKind(StrEnum):
    """What kind of answer a question asks for."""

    FIGURE = "figure"
    DATE = "date"
    ACTOR = "actor"
    RANKING = "ranking"
    COUNT = "count"
    POLICY = "policy"
    COMPARISON = "comparison"
    ORDER = "order"
    DOCUMENT = "document"
    AUTHOR = "author"


class WordRole(StrEnum):
    """What a word that is no name does in a question."""

    ANSWER = "answer"
    TRANSFORM = "transform"
    STATUS = "status"
    RECENCY = "recency"
    NEGATION = "negation"
    UNIT = "unit"
    FILLER = "filler"


GROWTH, SHARE, RANK = "growth", "share", "rank"


def _words(text: str) -> frozenset[Keys]:
    """Words that are written with `;` between them: a Chinese one as its characters, an English one as its stems."""
    return frozenset(map(keys, text.split(";")))


def _units(text: str) -> frozenset[str]:
    """The characters and stems of such words."""
    return frozenset(itertools.chain.from_iterable(_words(text)))


def _meant_by(words: Mapping[Meant, str]) -> dict[Keys, Meant]:
    """Each of such words → what is meant by it, of two of them the latter; in the order of what is meant."""
    return {key: meant for meant, text in words.items() for key in map(keys, text.split(";"))}


# Who may carry something out, and how is asked for one of them.
_BODIES_ZH = (
    "部门;单位;机构;局;厅;委;部委;国家部委;委员会;办公室;处;企业;公司;家企业;家公司;家机构;"
    "大学;所大学;高校;政府;快递;快递公司;平台;银行;协会;组织"
)
_BODIES_EN = (
    "department;departments;agency;agencies;body;bodies;bureau;office;ministry;authority;authorities;organisation;organization;"
    "institution;institute;company;companies;firm;firms;university;unit;courier;carrier;operator;association;"
    "committee;commission;enterprise;level of government;public body;government department"
)
# Who is asked for by such a word alone: logistics giants that a city is courting.
BODIES = _units("giant;ministry;agency;bureau;department;authority;courier;carrier;operator;partner")
_ASKED_BODIES = ";".join(
    [f"{ask}{body}" for ask in ("哪个", "哪些", "哪", "什么", "哪家") for body in _BODIES_ZH.split(";")]
    + [f"{ask} {body}" for ask in ("which", "what", "name of", "what is the name of") for body in _BODIES_EN.split(";")]
    + [f"{body} {does}" for does in ("behind", "responsible for", "in charge of") for body in _BODIES_EN.split(";")]
)

# WordRole and what is meant → the words that mean it; a Chinese word is known by its characters, an English one by its stems.
_WORDS: Mapping[tuple[WordRole, str], str] = {
    (WordRole.ANSWER, AnswerKind.DATE): (
        "何时;什么时候;啥时候;哪年;哪一年;哪天;哪一天;哪个月;几时;几月;几号;几月几号;什么时间;什么日期;日期;"
        "啥时;几时;哪月;哪一日;起始时间;开始时间;截止时间;到哪年;到哪一年;期限;时限;截止日期;截至何时;什么年份;年份;哪年哪月;"
        "when;by when;until when;what year;which year;since when;what date;which date;what month;which month;what day;which day;"
        "in what year;in which year;what time;date;date of;the date;dates;start date;starting date;launch date;opening date;"
        "opening day;"
        "closing date;end date;due date;deadline;year in which;month in which;day on which;how soon;until what year;by what date;"
        "by which year;by what year;by what time;how long ago;how long has;how long have;how long since;how long ago was;"
        "from when;as of when"
    ),
    (WordRole.ANSWER, AnswerKind.ACTOR): (
        "谁;由谁;是谁;谁家;是谁家;归谁;归谁管;谁来;谁负责;谁管;谁牵头;哪家;哪些省;哪些省市;哪几个省;哪些省份;哪些城市;哪些国家;哪些地方参与;哪些人;何人;什么人;由哪;归哪;"
        "牵头;负责;主管;主办;承办;谁建;谁办;谁出资;谁推动;"
        "who;whom;by whom;responsible;responsible for;in charge;in charge of;led by;run by;managed by;operated by;behind;"
        "carried out by;headed by;who runs;who leads;who heads;who manages;who operates;who carries out;who handles;who organises;"
        "who organizes;who is responsible for;who is in charge of;who is behind;who supervises;who oversees;who takes care of;"
        "organiser;organisers;organizer;operator;operator of;developer of;owner of;backer;backers;sponsor;sponsor of;host of;"
        "lead agency;"
        "partners;participants;signatory;signed by;built by;funded by;financed by;set up by;launched by;approved by;supervised by;"
        "牵头单位;牵头部门;主办方;主办单位;承办方;承办单位;运营方;建设方;实施主体;实施单位;责任单位;主管部门;合作方;合作伙伴;发起方;出资方;参与方;负责人;"
        f"who builds;who built;who holds;who funds;who finances;who pays for;who set up;who launched;who started;{_ASKED_BODIES}"
    ),
    (WordRole.ANSWER, AnswerKind.RANKING): (
        "最高;最大;最多;最低;最少;最小;最快;最慢;最强;最弱;最好;最差;最突出;最值钱;最挣钱;最赚钱;最厉害;第一名;第一大;排第一;排行;排行榜;领先;领跑;居首;之首;首位;"
        "垫底;末位;最后一名;倒数第一;倒数第二;倒数第三;第一;第二;第三;第二大;第三大;排序;从高到低;由高到低;从低到高;"
        "哪个县;哪个市;哪个省;哪个区;哪个地方;哪个地区;哪里;哪儿;"
        "which county;which city;which province;which region;which area;which place;where;"
        "highest;largest;biggest;most;lowest;smallest;least;fewest;fastest;slowest;quickest;greatest;strongest;weakest;best;worst;"
        "top;leading;leads;leader;leading place;number one;no 1;first place;last place;bottom;best performing;"
        "ranking;rankings;ranking of;rank by;ranked by;sort by;sorted by;list by;order by;in order of;from highest to lowest;"
        "from largest to smallest;from lowest to highest"
    ),
    (WordRole.ANSWER, AnswerKind.ORDER): (
        "谁高;谁多;谁大;谁强;谁快;谁好;谁少;谁低;谁小;谁慢;哪个高;哪个多;哪个大;哪个强;哪个快;哪个少;哪个低;哪个小;"
        "哪边高;哪边多;哪边大;哪边少;哪边低;哪边;更高;更多;更大;更强;更快;更少;更低;更小;"
        "more;larger;bigger;higher;greater;faster;stronger;better;less;smaller;lower;fewer;slower;ahead"
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
        "论文;文章;研究报告;文献;出处;原文;写的;文件;通知;文号;出台的;印发;印发的;发布的;"
        "paper;article;study;document;publication;published;issued;issue;notice"
    ),
    (WordRole.ANSWER, AnswerKind.AUTHOR): (
        "作者;作者是谁;谁写的;是谁写的;由谁写;谁发的;谁发布的;谁印发的;谁出台的;谁制定的;谁颁布的;哪个部门发的;哪个部门印发的;哪个部门出台的;"
        "哪个部门发布的;发文机关;发文单位;"
        "author;authors;author of;authors of;wrote;written by;who wrote;who has written;whose paper;issued by;who issued;"
        "who published;published by;who adopted;adopted by;who released;released by;who drafted;who drew up;issuer;"
        "which department issued;which ministry issued;which body issued;which authority issued"
    ),
    (WordRole.ANSWER, AnswerKind.COMPARISON): "比较;对比;相比;差距;compare;compared with;comparison;versus;vs;difference between",
    (WordRole.ANSWER, AnswerKind.FIGURE): (
        "多少;是多少;有多少;达到多少;多少钱;多少元;多少亿;多少亿元;多少个亿;多少万;多少万元;"
        "多大;做多大;有多大;多大规模;多高;多长;多重;几何;几亿;几个亿;"
        "how much;how much money;how much was;what level;what amount;what value;what figure;what number;what size;what sum;"
        "what quantity;"
        "how large;how big;how high;how long;how great;how strong;how heavy;how wide;value of;total value of;"
        "worth;worth of;size of;scale of;amount of;total amount of;volume of;level of;figure for;figures for;figures of;figures on;"
        "number for;numbers for;statistics on;statistics for;data on;data for;data about"
    ),
    (WordRole.TRANSFORM, GROWTH): (
        "增长;增速;增幅;增长率;增长速度;增长了;增长多少;同比;同比增长;涨幅;涨;涨了;上涨;增加;增加了;变化;变动;下降;下滑;下跌;跌了;降幅;少了;"
        "减少;减少了;增减;多快;比上年;比上一年;比去年;较上年;较上一年;较去年;比上年多;比上年少;比上一年多;比去年多;翻番;翻了几番;涨了多少倍;"
        "growth;growth rate;growth in;growth of;grew;grow;grown;increase;increase in;increase of;rise;rise in;rose;risen;change;"
        "change in;"
        "fall;fell;fallen;drop;drop in;decline;decline in;decrease;how fast;how quickly;year on year;yoy;"
        "up by;down by;go up;goes up;went up;gone up;going up;go down;went down;gone down;"
        "going down;over the previous year;over the year before;over the preceding year;than the year before;than a year earlier;"
        "on the year before;on the previous year;from the year before;compared with the year before;compared to the year before;"
        "compared with the previous year;rate of growth;growth in the;pace of growth;expand;expanded;expansion of;shrink;shrank;"
        "soar;soared;jump;jumped"
    ),
    (WordRole.TRANSFORM, SHARE): (
        "占比;比重;份额;占;所占;占了;占到;占多少;占几成;占多大;比例;百分比;百分之几;几分之几;百分之多少;占比重;占比例;几成;"
        "share;share of;share in;proportion;proportion of;percentage;percentage of;percent;percent of;per cent;per cent of;account for;"
        "portion;portion of;slice;slice of;fraction of;part of;what part of;ratio of;as a share of;as a percentage of;"
        "as a proportion of;accounted for by"
    ),
    (WordRole.TRANSFORM, RANK): (
        "排名;位次;名次;排第几;排在第几;排第几位;第几;第几位;第几名;rank;ranked;position;which rank;what rank;what position;what place;"
        "placed;"
        "where does it rank;rank among;ranks"
    ),
    (WordRole.STATUS, "F"): (
        "目标;计划目标;目标值;预计;预期;力争;要达到;计划达到;打算;"
        "计划开;计划建;拟建;拟开;计划引进;计划投;target;goal;aim;forecast;expected;aims for;aims at;"
        "is to reach;supposed to reach;plan to;plans to;planned to;planning to;intend to;intends to;wants to reach"
    ),
    (WordRole.RECENCY, "1"): "最新;目前;现在;当前;近期;最近;latest;current;currently;newest;recent;now;at present;most recent;up to date",
    (WordRole.NEGATION, "not"): "不;不是;没有;没;无;非;未;除了;以外;not;no;non;without;except;other than;apart from;excluding;un;never",
    # Units by what they measure (`dimension` of a unit), as far as these tell what is asked for.
    (WordRole.UNIT, "area"): "平方公里;平方千米;公顷;亩;平方米;square kilometre;square kilometer;sq km;km2;hectare;acre;square metre",
    (WordRole.UNIT, "mass"): "吨;万吨;tonne;ton;metric ton;million tonnes",
    (WordRole.UNIT, "volume"): "立方;立方米;万立方米;cubic metre;cubic meter",
    # What is said with any question; sums; units in which an answer is expected.
    (WordRole.FILLER, ""): (
        "的;了;吗;呢;吧;那;这;哪;趟;条;份;列;座;辆;批;款;位;名;次;倍;生意;嘛;啊;呀;是;在;有;和;与;跟;及;或;以及;还有;对;对于;关于;请问;请;我;我们;我想;想;想要;要;需要;知道;了解;查;查询;查一下;"
        "告诉我;看看;帮我;一下;想知道;想了解;想问;想问问;请教;求助;帮忙;帮助;找;求;"
        "什么;哪些;哪个;有哪些;有什么;怎么样;怎样;怎么;咋;咋样;啥;有啥;情况;情况如何;数据;数字;统计;这个;那个;多;年;月;到;至;从;为;被;把;给;让;用;个;项;家;"
        "去;卖;买;做;搞;弄;办;走;有没有;能不能;可不可以;是否;多久;我们厂;我厂;我们公司;我公司;本公司;我们企业;本企业;我家;我们家;我这;我们这;咱们;咱;我司;"
        "不知道;不清楚;不了解;不确定;"
        "招不到;找不到;缺;缺少;不够;太慢;太贵;太难;太高;太大;怕;怕是;希望;准备;应该;该怎么;到底;究竟;具体;大概;大约;左右;"
        "都;也;就;又;还;再;才;只;可以;能;能否;会;该;各;每;本;其;之;以;由;于;中;里;上;下;内;等;等等;"
        "开始;起;东西;玩意;来的;过来;出来;成为;变成;达到;达;做到;"
        "总共;一共;共;共有;共计;合计;总计;总的;加起来;加在一起;算起来;累计;全部;所有;一年;每年;全年;年度;当年;全市;全县;全省;全区;"
        "亿;亿元;万元;万;元;个亿;块;块钱;值;钱;人民币;万美元;亿美元;美元;百分点;"
        "an;of;in;on;at;off;to;for;from;by;with;and;or;is;are;was;were;be;been;being;do;does;did;done;has;have;had;can;could;"
        "would;will;"
        "should;may;might;what;which;how;whose;me;my;i;we;our;us;you;your;it;its;this;that;these;those;there;their;they;any;some;all;"
        "each;every;"
        "not know;not sure;not certain;"
        "please;show;tell;give;find;want;need;know;about;into;than;as;much;many;year;data;statistic;figure;number;information;"
        "sell;selling;buy;help;quicker;easier;my company;our company;my firm;our firm;my factory;our factory;my business;"
        "our business;so;too;get;got;between;during;per;via;also;s;if;but;still;yet;when it comes to;"
        "last time;most recently;reach;reached;reaches;stand;stands;stood;stand at;stood at;"
        "amount;amounted;amounted to;amounts to;amount to;"
        "ytd;year to date;cumulative;backing;backed;bring;bring in;brings in;brought in;generate;generated;earn;earned;leave;left;"
        "measured;recorded;reported;registered;counted;say;says;said;stated;according to;make;makes;made;take;takes;took;do on;do in;"
        "these days;this far;so far;up to now;to date;ago;then;back then;now that;exist;exists;existed;"
        "happen;happened;take place;took place;become;became;come;came;coming;go;went;gone;"
        "looking for;look for;looking;search for;seeking;would like;like to;let me know;anyone;anything;something;someone;somewhere;"
        "such;just;only;"
        "through;before;after;because;"
        "who can;inside;within;among;across;regarding;concerning;exactly;roughly;approximately;around;over the;"
        "in total;total of;total number of;altogether;combined;overall;taken together;added up;sum of;in all;"
        "per year;each year;every year;annually;yearly;"
        "yuan;rmb;cny;renminbi;billion;billion yuan;million;million yuan;dollar;us dollar;usd;percentage point"
    ),
}  # fmt: skip

# What says how something is asked for or done, or how much, and so little of what is meant: texts may have these words, but nothing is
# missed without them.
_LIGHT = (
    "really;actually;truly;indeed;even;ever;already;currently;presently;nearly;almost;quite;very;rather;fairly;simply;mainly;mostly;"
    "largely;chiefly;usually;typically;together;apart;away;off;out;along;around;ahead;forward;back;again;else;instead;perhaps;maybe;"
    "above;below;under;near;nearby;behind;before;after;since;until;while;once;where;whether;because;"
    "put;set;go;goes;run;keep;kept;turn;apply;applied;applies;handle;handles;begin;start;started;hold;holds;build;sign;bear;"
    "use;used;using;work;works;worked;look;looks;serve;serves;provide;provides;offer;offers;contain;contains;include;"
    "includes;cover;covers;"
    "carry;carried;spend;pay;paid;cost;cut;draw;choose;win;write;move;moved;moves;call;called;name;named;list;figure out;"
    "big;bigger;large;larger;great;greater;small;smaller;high;higher;low;lower;long;longer;short;fast;quick;quickly;slow;early;late;"
    "more;less;fewer;other;others;another;same;different;various;certain;own;whole;entire;full;single;main;major;latest;"
    "first;second;third;two;three;four;five;six;seven;eight;nine;ten;hundred;thousand;trillion;dozen;"
    "thing;things;stuff;kind;sort;type;case;fact;way;point;part;piece;slice;bit;lot;lots;plenty;"
    "maker;makers;business;side;terms;effect;basis;"
    "究竟;真的;确实;其实;已经;曾经;现如今;如今;眼下;大致;差不多;几乎;似乎;据说;听说;"
    "过;来;去;起;做;搞;办;建;开;花;挣;赚;创造;创;形成;造;带来;贡献;实现;完成;拿;占;比;走;变;翻;做成;干;管;定;设;批;进;出;"
    "里面;当中;之间;中间;方面;这块;一块;块;边;面;头;种;样;点;些;第;几番;倍数;但;一;二;两;三;四;五;六;七;八;九;十;百;千;万;亿;几"
)
LIGHT = _units(_LIGHT)

# Whoever says so looks for help, where no figure is asked for.
WISHES = _words("我;我们;我想;想;想要;需要;i;we;my;our;me;us;want;need")
# Who asks of several places which of them, asks for their order.
CHOOSING = _words("谁;哪个;哪边;哪家;who;which;whose")
# After these an English question says of what, from where or where: what is asked for stands before them.
PREPOSITIONS = _words("of;in;for;at;from;to;with;by;on;about;among;around")

# Of an order: its last, its second and further, the kind of its regions, any of them, and the parts of a whole.
LOWEST = _words(
    "最低;最少;最小;最慢;最差;最弱;垫底;末位;最后一名;倒数第一;倒数第二;倒数第三;"
    "谁少;谁低;谁小;哪个少;哪个低;哪个小;哪边少;哪边低;更少;更低;更小;"
    "lowest;smallest;least;slowest;fewest;worst;last place;bottom;weakest;less;lower;smaller;fewer;slower;last"
)
NTH: Mapping[Keys, int] = _meant_by({
    2: "第二;第二大;倒数第二;second;2nd;second largest", 3: "第三;第三大;倒数第三;third;3rd;third largest", 4: "第四;fourth;4th",
})  # fmt: skip
KIND_OF_REGION: Mapping[Keys, RegionKind] = _meant_by({
    RegionKind.COUNTY: "哪个县;县;县市;县域;which county;county",
    RegionKind.PREFECTURE: "哪个市;城市;地级市;市州;which city;city;prefecture",
    RegionKind.PROVINCE: "哪个省;省份;省;which province;province",
})  # fmt: skip
ANY_REGION = _words("地区;地方;哪个地区;哪个地方;region;area;place;which region;which area")
FIELDS = _words(
    "领域;改革领域;方面;类别;板块;哪一块;domain;reform domain;field;which field;sector;category;topic;which area;area"
)

GRAMMAR: Mapping[Keys, tuple[WordRole, str]] = _meant_by(_WORDS)
MOST_UNITS = max(map(len, GRAMMAR))
