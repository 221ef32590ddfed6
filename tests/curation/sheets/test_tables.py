"""Tables as offices make them: where a table is, what its title, lines and headers say, and what is asked about instead of guessed."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter
from django.utils.translation import override

from curation.refusals import UnreadableFile
from curation.sheets.files import read_upload
from curation.sheets.grids import place_of
from curation.sheets.periods import months_of, part_of_year, said_period
from curation.sheets.uploads import plan_upload
from tests.curation.sheets.test_uploads import PHRASE, SOURCE, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike, pytest.mark.usefixtures("files_read_here")]

CITED = ["来源：" + SOURCE, "引证：" + PHRASE]
ACROSS = ["地区", "2018年", "2019年"]
LILING = ["醴陵市", 30.1, 31.2]


def read(*rows: list[Any]) -> tuple[list[str], list[str]]:
    """(Each figure as `region indicator[ breakdown …] period[ ytd]=value unit`, errors in brackets; what was remarked)."""
    with override("en"):
        upload = read_upload("t.xlsx", workbook(S=[list(row) for row in rows]))
        plan, said = plan_upload(upload), list(map(str, upload.said))
    found = []
    for row in plan.tables[0][1]:
        cells = row.cells if row.cells and not row.errors else row.raw
        parts = [cells.get(name, "") for name in ("region", "indicator", "product", "partner", "trade_mode", "period")]
        parts += ["ytd"] if cells["accumulation"] == "ytd" else []
        parts += [cells["qualifier"]] if cells["qualifier"] != "exact" else []
        wrong = "".join(f" [{error['cell']} {error['column']}]" for error in row.errors)
        found.append(f"{' '.join(filter(None, parts))}={cells['value']} {cells.get('unit', '')}{wrong}")
    return found, said


L, C = "430281", "CNY_100M"
BOTH = [f"{L} TRADE_TOTAL 2018=30.1 {C}", f"{L} TRADE_TOTAL 2019=31.2 {C}"]
APART = [
    f"{L} EXPORTS 2018=20.1 {C}",
    f"{L} EXPORTS 2019=21.2 {C}",
    f"{L} IMPORTS 2018=10.1 {C}",
    f"{L} IMPORTS 2019=11.2 {C}",
]
TRADE = "进出口总额（亿元）"


@pytest.mark.parametrize(
    ("rows", "figures"),
    [
        # What a title says.
        ([["2018-2019年各县市进出口额（亿元）"], CITED, ACROSS, LILING], BOTH),
        ([["加工贸易出口额（亿元）"], CITED, ["地区", "2018年"], ["醴陵市", 1]], [f"{L} EXPORTS PROCESSING 2018=1 {C}"]),
        ([["湖南省对非洲出口额（亿元）"], CITED, ["地区", "2018年"], ["醴陵市", 1]], [f"{L} EXPORTS AFRICA 2018=1 {C}"]),
        ([["2018年1-7月" + TRADE], CITED, ["地区", "2018年"], ["醴陵市", 1]], [f"{L} TRADE_TOTAL 2018-07 ytd=1 {C}"]),
        ([["2018年一季度" + TRADE], CITED, ["地区", "2018年"], ["醴陵市", 1]], [f"{L} TRADE_TOTAL 2018-Q1=1 {C}"]),
        ([["2024年7月进出口总额累计（亿元）"], CITED, ["地区", "2024年7月"], ["醴陵市", 1]], [f"{L} TRADE_TOTAL 2024-07 ytd=1 {C}"]),
        ([["2030年进出口总额目标（亿元）"], CITED, ["地区", "2030年"], ["醴陵市", 1]], [f"{L} TRADE_TOTAL 2030 target=1 {C}"]),
        ([["数据库：分省年度数据"], ["指标：进出口总额(亿元)"], ["时间：最近5年"], CITED, ACROSS, LILING], BOTH),
        ([["进出口增速（%）"], CITED, ["地区", "2018年"], ["醴陵市", "5.2%"]], [f"{L} TRADE_GROWTH 2018=5.2 PERCENT"]),
        ([[TRADE], CITED, ["地区", "2018年"], ["醴陵市", "5.2%"]], [f"醴陵市 TRADE_TOTAL 2018=5.2% {C} [B4 value]"]),
        # Where the table is.
        ([["企业数"], [*CITED, "单位：家"], ["市州", "2024年末"], ["长沙市", 1987], ["株洲市", 310]],
         ["430100 FIRMS 2024=1987 COUNT", "430200 FIRMS 2024=310 COUNT"]),
        ([[TRADE], CITED, ["", 2018, 2019], ["醴 陵 市", 30.1, 31.2]], BOTH),
        ([[TRADE], CITED, ["序号", "市州", "2018年", "2019年"], [1, *LILING]], BOTH),
        ([[TRADE], CITED, [*ACROSS, "同比增长(%)"], [*LILING, 3.6]], BOTH),
        ([[TRADE], CITED, ["地区", "2018年", "", "2019年", ""], ["", "", "增速%", "", "增速%"], ["醴陵市", 30.1, 3, 31.2, 4]], BOTH),
        ([[TRADE], CITED, ["地区", "2019年", ""], ["", "1月", "2月"], ["醴陵市", 1, 2]],
         [f"{L} TRADE_TOTAL 2019-01=1 {C}", f"{L} TRADE_TOTAL 2019-02=2 {C}"]),
        ([["外贸情况（亿元）"], CITED, ["地区", "出口额", "", "进口额", ""], ["", *ACROSS[1:], *ACROSS[1:]],
          ["醴陵市", 20.1, 21.2, 10.1, 11.2]], APART),
        ([["出口额（亿元）"], CITED, ACROSS, ["醴陵市", 20.1, 21.2], [], ["进口额（亿元）"], ACROSS, ["醴陵市", 10.1, 11.2]], APART),
        ([["出口额（亿元）", "", "", "", "进口额（亿元）"], CITED, [*ACROSS, "", *ACROSS],
          ["醴陵市", 20.1, 21.2, "", "醴陵市", 10.1, 11.2]], APART),
        ([[TRADE], CITED, ["地区", "2018年", "地区", "2018年"], ["醴陵市", 1, "攸县", 2]],
         [f"{L} TRADE_TOTAL 2018=1 {C}", f"430223 TRADE_TOTAL 2018=2 {C}"]),
        ([[TRADE], CITED, ["年份", "醴陵市"], ["2018年", 30.1], ["2019年", 31.2]], BOTH),
        ([["醴陵市外贸（亿元）"], CITED, ["年份", "出口额", "进口额"], [2018, 20.1, 10.1]],
         [f"{L} EXPORTS 2018=20.1 {C}", f"{L} IMPORTS 2018=10.1 {C}"]),
        ([["2018年1-7月各县市主要指标"], CITED, ["地区", "出口额（亿元）", "出口增速（%）"], ["醴陵市", 20.1, -3]],
         [f"{L} EXPORTS 2018-07 ytd=20.1 {C}", f"{L} EXPORTS_GROWTH 2018-07 ytd=-3 PERCENT"]),
        ([["醴陵市", ""], CITED, ["指标", "2018年"], ["出口额（亿元）", 20.1], ["人均出口额（亿元）", 1]],
         [f"{L} EXPORTS 2018=20.1 {C}", f"{L} 人均出口额（亿元） 2018=1 {C} [A5 indicator]"]),
        ([["单位：亿元"], CITED, ["Country Name", "Series Name", "2018 [YR2018]"], ["Liling City", "Exports", 20.1]],
         [f"{L} EXPORTS 2018=20.1 {C}"]),
        ([[TRADE], CITED, ["城市", "年月", "数值"], ["醴陵市", "202604", 1], ["醴陵市", "2026-7", 2]],
         [f"{L} TRADE_TOTAL 2026-04=1 {C}", f"醴陵市 TRADE_TOTAL 2026-7=2 {C} [B5 period]"]),
        ([[TRADE], CITED, ["地区", "2018-01-01", "2018-02-01"], ["醴陵市", 1, 2]],
         [f"{L} TRADE_TOTAL 2018-01=1 {C}", f"{L} TRADE_TOTAL 2018-02=2 {C}"]),
        ([[TRADE], CITED, ACROSS, LILING, [], ["注：快报"], ["本表为海关口径"], ["制表人：张三", "审核：李四", 2020]], BOTH),
        ([["醴陵市出口额（亿元）"], CITED, ["国别", "2018年", "%"], ["非洲", 1, 3]], [f"{L} EXPORTS AFRICA 2018=1 {C}"]),
        ([["单位：亿元"], CITED, ["指标", "地区", "2018年"], ["1-7月出口额", "醴陵市", 1]],
         [f"醴陵市 1-7月出口额 2018=1 {C} [A4 indicator]"]),
        ([["2024年1-7月" + TRADE], CITED, ["地区", "当月", "累计"], ["醴陵市", 1, 7]],
         [f"{L} TRADE_TOTAL 2024-07=1 {C}", f"{L} TRADE_TOTAL 2024-07 ytd=7 {C}"]),
        ([["2018年" + TRADE], CITED, ["年份", "醴陵市"], ["2018年", 1], ["", 2]],
         [f"{L} TRADE_TOTAL 2018=1 {C}", f"{L} TRADE_TOTAL =2 {C} [A5 period]".replace(" =", "=")]),
        ([["单位：亿元"], CITED, ["指标", "地区", "2018年"], ["攸县出口额", "醴陵市", 1]],
         [f"醴陵市 攸县出口额 2018=1 {C} [A4 indicator]"]),
        ([[TRADE], CITED, ["地区", "2018年"], ["制表日期", 2020]], [f"制表日期 TRADE_TOTAL 2018=2020 {C} [A4 region]"]),
        ([[TRADE], CITED, ["地区", "2018年"], ["其中：醴陵市", 20]], [f"其中：醴陵市 TRADE_TOTAL 2018=20 {C} [A4 region]"]),
        ([[TRADE], CITED, ["地区", "年", "月", "数值"], ["醴陵市", 2018, 1, 2], ["醴陵市", 2018, "1-2月", 5]],
         [f"{L} TRADE_TOTAL 2018-01=2 {C}", f"{L} TRADE_TOTAL 2018-02 ytd=5 {C}"]),
        # Corners that name both ways, units behind a stroke, and parts.
        ([[TRADE], CITED, ["地区\\年份", "2018", "2019"], LILING], BOTH),
        ([[TRADE], CITED, ["年份/地区", "醴陵市"], ["2018", 30.1], ["2019", 31.2]], BOTH),
        ([[TRADE], CITED, ["GEO/TIME", "2018", "2019"], LILING], BOTH),
        ([["2018年外贸"], CITED, ["地区", "出口额_亿元", "进口额/万元"], ["醴陵市", 20.1, 100]],
         [f"{L} EXPORTS 2018=20.1 {C}", f"{L} IMPORTS 2018=100 CNY_10K"]),
        ([["Total imports and exports (100 million yuan)"], CITED, ["Region", "2018", "2019"], ["Liling City", 30.1, 31.2]], BOTH),
        ([["2018年外贸进出口情况（亿元）"], CITED, ["地区", "进出口总额", "其中：出口额", "进口额"], ["醴陵市", 3, 2, 1]],
         [f"{L} TRADE_TOTAL 2018=3 {C}", f"{L} EXPORTS 2018=2 {C}", f"{L} IMPORTS 2018=1 {C}"]),
        ([["2018年（亿元）"], CITED, ["地区", "加工贸易进出口总额", "其中：出口额", "进口额"], ["醴陵市", 3, 2, 1]],
         [f"{L} TRADE_TOTAL PROCESSING 2018=3 {C}"]),
        ([["地区：醴陵市"], CITED, ["指标", "2018年第二季度"], ["出口额当季值(亿元)", 1], ["出口额累计值(亿元)", 8]],
         [f"{L} EXPORTS 2018-Q2=1 {C}", f"{L} EXPORTS 2018-Q2 ytd=8 {C}"]),
        ([["Data Source", "World Development Indicators"], ["Last Updated Date", "2020-12-16"], ["单位：亿元"], CITED,
          ["Country Name", "Country Code", "Indicator Name", "Indicator Code", "2018"], ["Liling City", "LIL", "Exports", "X.1", 20.1]],
         [f"{L} EXPORTS 2018=20.1 {C}"]),
        # Rows of the header that are named by their first cells, as databases of figures export them.
        ([CITED, ["指标名称", "醴陵市:出口额", "攸县:进口额"], ["频率", "年", "月"], ["单位", "亿元", "万元"], ["指标ID", "M1", "M2"],
          ["来源", "海关总署", "海关总署"], ["2018-12-31", 20.1, 5], ["数据来源：海关"]],
         [f"{L} EXPORTS 2018=20.1 {C}", "430223 IMPORTS 2018-12=5 CNY_10K"]),
        ([CITED, ["", "Exports", "Exports"], ["Region", "Liling City", "430223"],
          ["Frequency", 'Annual, ending "Dec" of each year', "Quarterly"],
          ["Unit", "100 million yuan", "ten thousand yuan"], ["First Obs. Date", "1952", "1952"], ["12/2018", 20.1, 5], ["11/2018", 1, 2]],
         [f"{L} EXPORTS 2018=20.1 {C}", "430223 EXPORTS 2018-Q4=5 CNY_10K",
          f"{L} EXPORTS 11/2018=1 {C} [A8 period]", "430223 EXPORTS 11/2018=2 CNY_10K [A8 period]"]),
        ([CITED, ["指标", "出口额"], ["地区", "醴陵市"], ["频度", "季"], ["单位", "亿元"], ["2018-03-31", 1], ["2018-05-31", 2]],
         [f"{L} EXPORTS 2018-Q1=1 {C}", f"{L} EXPORTS 2018-05-31=2 {C} [A7 period]"]),
        ([["出口额"], CITED, ACROSS, ["单位", "亿元", "万元"], ["醴陵市", 20.1, 5]], [APART[0], f"{L} EXPORTS 2019=5 CNY_10K"]),
        ([CITED, ["指标", "出口额", "进口额", "出口额"], ["地区", "醴陵市", "醴陵市", "攸县"], ["单位", "亿元", "", "亿元"],
          [2018, 1, 2, 3]],
         [f"{L} EXPORTS 2018=1 {C}", f"{L} IMPORTS 2018=2  [C5 unit]", f"430223 EXPORTS 2018=3 {C}"]),
        ([["单位", "亿元"], ["来源", SOURCE], ["引证", PHRASE], ["指标", "出口额"], ["年份", "醴陵市", "攸县"], [2018, 20.1, 3]],
         [APART[0], f"430223 EXPORTS 2018=3 {C}"]),
        # What a note says, marks of notes behind words, units in a row of their own, continued tables.
        ([["进出口总额"], CITED, ACROSS, LILING, ["注：本表单位为万元。"]], [line.replace(C, "CNY_10K") for line in BOTH]),
        ([[TRADE], CITED, ["地区", "2018年①", "2019年*"], ["醴陵市[1]", 30.1, 31.2], ["①快报"]], BOTH),
        ([[TRADE], CITED, ["地区", "２０１８年", "２０１９"], LILING], BOTH),
        ([["2018年外贸"], CITED, ["地区", "出口额", "进口额"], ["", "（亿元）", "(万元)"], ["醴陵市", 20.1, 5]],
         [APART[0], f"{L} IMPORTS 2018=5 CNY_10K"]),
        ([["出口额(单位:亿元)"], CITED, ["地区", "2018年"], ["醴陵市", 20.1]], APART[:1]),
        ([[TRADE], CITED, ACROSS, LILING, ["注：出口额单位为万元"]], BOTH),
        ([["湖南省统计年鉴2019"], [TRADE], CITED, ACROSS, LILING], BOTH),
        ([[TRADE], CITED, ACROSS, LILING, ["续表"], ["地区", "2018年"], ["攸县", 3]], [*BOTH, f"430223 TRADE_TOTAL 2018=3 {C}"]),
    ],
)  # fmt: skip
def test_a_table_is_read_under_its_own_words(rows: list[list[Any]], figures: list[str]) -> None:
    assert read(*rows)[0] == figures


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([["农产品出口额（亿元）"], CITED, ACROSS, LILING], "A1: “农产品” in the title is not understood"),
        ([["人均地区生产总值（元）"], CITED, ACROSS, LILING], "A1: “人均”"),
        ([["地区生产总值及增速（亿元）"], CITED, ACROSS, LILING], "A1: “及增速”"),
        ([["农产品贸易（亿元）"], CITED, ["地区", "出口额"], ["醴陵市", 1]], "A1: “农产品”"),
        ([[TRADE], CITED, ["单位：万元"], ACROSS, LILING], "A3: “万元” contradicts “亿元” in A1"),
        ([[TRADE], CITED, ACROSS, LILING, ["注：金额单位为万元"]], "A5: the unit “ten thousand yuan” contradicts .* in A1"),
        ([["湖南省统计年鉴2019"], [TRADE], CITED, ["地区", "进出口总额"], ["醴陵市", 1]], "A1: “鉴” in the title is not understood"),
        ([["截至2019年9月"], [TRADE], CITED, ACROSS, LILING], "A1: “截至” in the title is not understood"),
        ([[TRADE], CITED, ["注：金额单位为万元"], ACROSS, LILING], "A3: “万元” contradicts “亿元” in A1"),
        ([["单位：亿元"], CITED, ["地区", "2018年出口额（万元）"], ["醴陵市", 1]], "B3: the unit “ten thousand yuan” contradicts .* in A1"),
        ([[TRADE], CITED, [*ACROSS, *ACROSS[1:]], [*LILING, 1, 2]], "D3: “2018年” is as B3"),
        ([[TRADE], CITED, ["地区", "2018年", ""], ["", "总额", "增速%"], ["醴陵市", 1, 2]], "B4: the header “总额” is not understood"),
        ([["2018年1-7月" + TRADE], CITED, ["地区", "2018年6月", "2018年7月"], ["醴陵市", 1, 2]],
         "B3: .* year to date, the table has months"),
        ([[TRADE], CITED, ["地区", "7月"], ["醴陵市", 1]], "B3: “7月”: it does not say of which year"),
        ([["累计" + TRADE], CITED, ["地区", "2018年"], ["醴陵市", 1]], "B3: .* which month is meant"),
        ([[TRADE], CITED, ["省份", "城市", "2018年"], ["湖南省", "醴陵市", 1]], "B3: 城市 is a column of the same kind as A3"),
        ([["单位：亿元"], CITED, ["地区", "2018年攸县出口额"], ["醴陵市", 1]], "B3: the header says the region, and so does"),
        ([["2018年1-3月" + TRADE], CITED, ["月份", "醴陵市"], ["2月", 1], ["3月", 2]], "B3: .* year to date, the table has months"),
        ([[TRADE], CITED, ["地区", "2018年", "单位"], ["醴陵市", 1, "万元"]], "C4: the unit “ten thousand yuan” contradicts .* in A1"),
        ([["单位：亿元"], CITED, ["地区", "指标", "2018年"], ["醴陵市", "出口额（万元）", 1]],
         "B4: the unit “ten thousand yuan” contradicts"),
        ([["醴陵市出口额（亿元）"], CITED, ["国家", "2018年"], ["非洲", 1]], "A3: the places of the rows are not in 430281"),
        ([["湖南与广东" + TRADE], CITED, ["年份", "数值"], ["2018年", 1]], "A1: “、”"),
        ([["各地"], CITED, ACROSS, LILING], "A1: no indicator"),
        ([["进出口企业数（家）"], CITED, ACROSS, LILING], "A1: “进出口” in the title is not understood, so it is not taken for “企业数”"),
        ([["当月" + TRADE], CITED, ACROSS, LILING], "B3: .* which month is meant"),
        ([["POL", "Agriculture", "137504"], ["POL", "Mining", "2"]], "no rows to bring in"),
        ([["Country", "Region", "Group"], ["BRB", "Latin America", "High income"], ["CHN", "China", "x"]], "no rows to bring in|no figure"),
        ([["出口额（亿元）"], CITED, ["年份", "数值"], ["2018年", 1]], "A3: no region"),
        ([[TRADE], CITED, ["长沙经开区", 1987, 2010]], "no rows to bring in"),
        ([CITED, ["指标", "出口额"], ["地区", "醴陵市"], ["价格类型", "可比价"], ["单位", "亿元"], ["2018", 1]],
         "B4: the header “价格类型：可比价”"),
        ([CITED, ["指标", "出口额"], ["地区", "醴陵市"], ["频率", "周"], ["单位", "亿元"], ["2018-12-31", 1]], "B4: the header “周”"),
        ([[TRADE], CITED, ACROSS, ["醴陵市", "…", "—"]], "state no figure"),
        ([CITED, ["地区", "2018年出口额（亿元）"], ["", "万元"], ["醴陵市", 1]], "B3: the header “万元” is not understood"),
        ([["出口额"], CITED, ["地区", "2018年（亿元）"], ["单位", "万元"], ["醴陵市", 1]], "B4: the header “万元” is not understood"),
        ([CITED, ["指标", "出口额(亿元)"], ["地区", "醴陵市"], ["单位", "万元"], ["2018", 1]], "B4: the header “万元” is not understood"),
        ([["单位：亿元"], CITED, ["地区", "2018年出口额"], ["", "2019年出口额"], ["醴陵市", 1]], "B4: the header “2019年出口额”"),
        ([["2019年" + TRADE], CITED, ["地区", "上半年"], ["", "7月"], ["醴陵市", 1]], "B4: the header “7月” is not understood"),
        ([["2019年" + TRADE], CITED, ["地区", "2月"], ["", "1-2月"], ["醴陵市", 1]], "B4: the header “1-2月” is not understood"),
        ([["2019年"], CITED, ["地区", "一季度"], ["", "4月出口额（亿元）"], ["醴陵市", 1]], "B4: the header “4月出口额（亿元）”"),
    ],
)  # fmt: skip
def test_what_could_be_taken_for_something_else_is_asked_about(rows: list[list[Any]], why: str) -> None:
    with pytest.raises(UnreadableFile, match=why):
        read(*rows)


@pytest.mark.parametrize(
    ("merged", "rows", "read"),
    [
        ("B4:B5", [LILING, ["攸县", None, 5]], ["30.1 [B4:B5] [B4 value]", "31.2", "5"]),
        ("B4:C4", [["醴陵市", 30.1], ["攸县", 4, 5]], ["30.1 [B4:C4] [B4 value]", "4", "5"]),
        ("C4:D4", [LILING, ["攸县", 4, 5]], ["30.1", "31.2", "4", "5"]),
    ],
)
def test_a_figure_in_a_cell_that_is_merged_over_others_is_of_none_of_them(
    merged: str, rows: list[list[Any]], read: list[str]
) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("S")
        first, last = (place_of(cell) or (0, 0) for cell in merged.split(":"))
        for number, row in enumerate([[TRADE], CITED, ACROSS, *rows]):
            sheet.write_row(number, 0, row)
        sheet.merge_range(*first, *last, rows[0][first[1]])
    planned = plan_upload(read_upload("t.xlsx", content.getvalue())).tables[0][1]
    assert [
        row.raw["value"] + "".join(f" [{error['cell']} {error['column']}]" for error in row.errors) for row in planned
    ] == read


def test_what_was_not_read_of_a_table_is_said() -> None:
    rows = [["地区代码", *ACROSS, "同比增长(%)"], [430281, *LILING, 3.6, 7], ["", "攸县①", "…"], ["本表为海关口径"]]
    _, said = read([TRADE], CITED, *rows)
    for words in (
        "Column not read: 地区代码 (A3)",
        "Column not read: 同比增长(%) (E3)",
        "Column not read: no header (F3)",
        "Marks of notes not read, look at the notes: B5 攸县①",
        "Row 5 not read: 攸县",
        "Row 6 not read: 本表为海关口径",
    ):
        assert any(words in remark for remark in said), said


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("２０１９年", "2019"), ("2019年度", "2019"), ("2019年末", "2019"), ("2019 [YR2019]", "2019"), ("201908", "2019-08"),
        ("2019M08", "2019-08"), ("2019年7月份", "2019-07"), ("2019 年 7 月", "2019-07"), ("2019年1～6月", "2019-06 ytd"),
        ("2019年1至9月累计", "2019-09 ytd"), ("2019年1-12月", "2019-12 ytd"), ("2019年一至三季度", "2019-Q3 ytd"),
        ("2019-7", None), ("19年", None), ("2019H1", None), ("2019年下半年", None), ("2019年2-3月", None), ("2019年13月", None),
        ("2019-10-01", None), ("2019.07", None), ("430281", None), ("1-7月", None),
    ],
)  # fmt: skip
def test_a_period_is_understood_or_not(said: str, label: str | None) -> None:
    period = said_period(said)
    assert (
        (f"{period.label} ytd" if period.accumulation == "ytd" else period.label) == label if period else label is None
    )


def test_parts_of_a_year_and_days_that_stand_for_months() -> None:
    assert [part_of_year(word) for word in ("7月", "1-7月", "Q2", "上半年", "全年", "7")] == [
        ("07", "none"), ("07", "ytd"), ("Q2", "none"), ("Q2", "ytd"), ("", "none"), None,
    ]  # fmt: skip
    assert months_of(["2024-01-31", "2024-02-29"])
    assert not months_of(["2022-01-01", "2023-01-01"])  # months or years
    assert not months_of(["2024-01-15", "2024-02-15"])
