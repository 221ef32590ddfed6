"""What offices call the columns beside the figures, beside what the columns of observations are called."""

from __future__ import annotations

from collections.abc import Mapping

from curation.sheets.headers import (
    FREQUENCY,
    INDICATOR,
    MONTH,
    PARTNER,
    PERIOD,
    QUARTER,
    REGION,
    UNIT,
    UNREAD,
    VALUE,
)

CALLED: Mapping[str, str] = {
    word: kind
    for kind, words in {
        REGION: "市州 州市 县市 市县 县市区 县区 区县 城市 省份 省市 区域 地市 地级市 名称 国家和地区 area city county province country"
        " economy countryname country_name place regions geo geo(labels) 县(市、区) 市(州) 地区名称 市州名称 县市名称 行政区 行政区划",
        PARTNER: "国别 国别(地区) 国家(地区) 国家或地区 伙伴 贸易伙伴国 出口国 进口国 目的地 目的国 原产地 原产国 partner partnercountry",
        PERIOD: "年份 年度 时间 日期 月份 年月 季度 年 月 year month quarter date time years time_period",
        INDICATOR: "项目 指标名称 指标名 indicatorname indicator_name series seriesname series_name item variable",
        UNIT: "计量单位 units unitofmeasure",
        VALUE: "数据 数额 金额 obs_value amount figure",
        FREQUENCY: "频度 周期 数据频率 freq freq. periodicity",
        UNREAD: "序号 编号 no. no # 代码 地区代码 区划代码 行政区划代码 指标代码 国家代码 code regioncode countrycode country_code"
        " indicatorcode indicator_code seriescode series_code 序列 指标id 指标编码 序列id 序列编码 seriesid srcode 起始时间 结束时间"
        " 时间区间 firstobs.date lastobs.date lastupdatetime",
    }.items()
    for word in words.split()
}
PARTS: Mapping[str, str] = {
    **dict.fromkeys(("月", "月份", "month"), MONTH), **dict.fromkeys(("季", "季度", "quarter"), QUARTER),
}  # fmt: skip
