"""The closed lists of the data model, in the field's terms (SDMX CL_FREQ, CL_OBS_STATUS)."""

from django.db import models

from sources.bilingual import both


class IndicatorKind(models.TextChoices):
    STOCK = "stock", both("存量", "stock")
    FLOW = "flow", both("流量", "flow")
    RATIO = "ratio", both("比率", "ratio")
    RATE = "rate", both("变动率", "rate of change")
    INDEX = "index", both("指数", "index")
    COUNT = "count", both("计数", "count")
    RANK = "rank", both("位次", "rank")


class Aggregation(models.TextChoices):
    SUM = "sum", both("可加总", "additive")
    NONE = "none", both("不可加总", "not additive")


class PriceBasis(models.TextChoices):
    CURRENT = "current", both("现价", "current prices")
    CONSTANT = "constant", both("不变价", "constant prices")
    UNSTATED = "unstated", both("未说明", "not stated")


class HigherIs(models.TextChoices):
    BETTER = "better", both("越高越好", "higher is better")
    WORSE = "worse", both("越高越差", "higher is worse")
    NEUTRAL = "neutral", both("中性", "neutral")


class Frequency(models.TextChoices):
    ANNUAL = "A", both("年", "annual")
    QUARTERLY = "Q", both("季", "quarterly")
    MONTHLY = "M", both("月", "monthly")


class Accumulation(models.TextChoices):
    NONE = "none", both("当期", "the period alone")
    YTD = "ytd", both("年初累计", "year to date")


class ObservationStatus(models.TextChoices):
    NORMAL = "A", both("正常", "normal")
    ESTIMATED = "E", both("估计", "estimated")
    FORECAST = "F", both("预测或目标", "forecast or goal")
    PROVISIONAL = "P", both("初步", "provisional")
    MISSING = "O", both("缺失", "missing")
    CANNOT_EXIST = "M", both("无值", "no value")  # also what was published as missing before there was O


# Statuses of what has no value.
VALUELESS = (ObservationStatus.MISSING, ObservationStatus.CANNOT_EXIST)

# Statuses of what was, not of what is to be or is missing.
OBSERVED = (ObservationStatus.NORMAL, ObservationStatus.ESTIMATED, ObservationStatus.PROVISIONAL)


class Qualifier(models.TextChoices):
    EXACT = "exact", both("确数", "exact")
    APPROX = "approx", both("约", "about")
    OVER = "over", both("超过", "more than")
    UNDER = "under", both("不足", "less than")
    TARGET = "target", both("目标", "target")


class PeriodBasis(models.TextChoices):
    STATED = "stated", both("原文所述", "stated")
    INFERRED = "inferred", both("推断", "inferred")


class CodeRelation(models.TextChoices):
    """What a class of a standard classification is to a category of the house (SKOS: exactMatch, broadMatch, narrowMatch)."""

    EXACT = "exact", both("一致", "exact")
    BROADER = "broader", both("较宽", "broader")
    NARROWER = "narrower", both("较窄", "narrower")


class CheckKind(models.TextChoices):
    SUM = "sum", both("加总", "sum of parts")
    SHARE = "share", both("占比", "share of a whole")
    RATE = "rate", both("变动率", "rate of change")
    DIFFERENCE = "difference", both("差", "difference")
    EQUALITY = "equality", both("相等", "equality of two statements")
    AT_LEAST = "at_least", both("不低于", "at least")
    IMPLIED_TOTAL = "implied_total", both("推算总额一致", "same implied total")
    UNIT_PRICE = "unit_price", both("单价由金额与数量推算", "unit price of value and volume")


class TermRole(models.TextChoices):
    """What a term is in its check; the formula of each kind names the roles that it takes (indicators/checks.py)."""

    PART = "part", both("部分", "part")
    TOTAL = "total", both("合计", "total")
    WHOLE = "whole", both("整体", "whole")
    SHARE = "share", both("占比", "share")
    CURRENT = "current", both("现期", "current")
    BASE = "base", both("基期", "base")
    RATE = "rate", both("变动率", "rate")
    MINUEND = "minuend", both("被减数", "minuend")
    SUBTRAHEND = "subtrahend", both("减数", "subtrahend")
    DIFFERENCE = "difference", both("差", "difference")
    A = "a", both("甲", "a")
    B = "b", both("乙", "b")
    GREATER = "greater", both("较大者", "greater")
    LESSER = "lesser", both("较小者", "lesser")
    AMOUNT_A = "amount_a", both("甲的数额", "amount of a")
    SHARE_A = "share_a", both("甲的占比", "share of a")
    AMOUNT_B = "amount_b", both("乙的数额", "amount of b")
    SHARE_B = "share_b", both("乙的占比", "share of b")
    VALUE = "value", both("金额变动", "change of value")
    VOLUME = "volume", both("数量变动", "change of volume")
    PRICE = "price", both("单价变动", "change of unit price")


class Tier(models.TextChoices):
    """What an industry is to a place, in the three-tier map of a county's industries."""

    LEADING = "leading", both("主导", "leading")
    SUPPORTING = "supporting", both("配套", "supporting")
    POTENTIAL = "potential", both("潜力", "potential")
