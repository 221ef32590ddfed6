"""How a file is read, as a value: the automatic reading said in the words of choices reads the same, and choices answer what is asked."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.management import call_command
from django.utils.translation import override

from curation.refusals import UnreadableFile
from curation.sheets.files import Upload, read_sheets, read_upload
from curation.sheets.grids import read_grids
from curation.sheets.readings import (
    AUTOMATIC,
    FileReading,
    SheetChoices,
    TableChoices,
    as_document,
    choices_of,
    reading_from,
)
from curation.sheets.uploads import plan_upload
from tests.curation.sheets.test_tables import ACROSS, APART, BOTH, CITED, LILING, TRADE
from tests.curation.sheets.test_uploads import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike, pytest.mark.usefixtures("files_read_here")]
on_both_stores = pytest.mark.stores_alike(False)

HEADER = ["地区", "指标", "时期", "数值", "单位", "来源", "引证"]
SHEETS: list[list[list[Any]]] = [
    [[TRADE], CITED, ACROSS, LILING, ["合计", 60, 62], ["注：快报"]],
    [["2024年1-7月" + TRADE], CITED, ["地区", "当月", "累计"], ["醴陵市", 1, 7]],
    [[TRADE], CITED, ["地区", "2019年", ""], ["", "1月", "2月"], ["醴陵市", 1, 2]],
    [["2018年" + TRADE], CITED, ["年份", "醴陵市"], ["2018年", 1]],
    [["2019年" + TRADE], CITED, ["地区", "1月", "1-2月", "上半年"], ["醴陵市", 1, 2, 3]],
    [["2019年" + TRADE], CITED, ["地区", "一季度", "", "上半年"], ["", "1月", "1-2月", "6月"], ["醴陵市", 1, 2, 3]],
    [["外贸情况（亿元）"], CITED, ["地区", "出口额", "", "进口额", ""], ["", *ACROSS[1:], *ACROSS[1:]], ["醴陵市", 20, 21, 10, 11]],
    [["出口额（亿元）", "", "", "", "进口额（亿元）"], CITED, [*ACROSS, "", *ACROSS], ["醴陵市", 20, 21, "", "醴陵市", 10, 11]],
    [["出口额（亿元）"], CITED, ACROSS, ["醴陵市", 20, 21], [], ["进口额（亿元）"], ACROSS, ["醴陵市", 10, 11]],
    [[TRADE], CITED, ["序号", "市州", "2018年", "备用"], [1, "醴陵市", 30.1, "无"]],
    [[TRADE], CITED, ["地区", "年份", "月份", "数值"], ["醴陵市", 2024, 7, 3]],
    [CITED, ["指标", "出口额", "进口额"], ["地区", "醴陵市", "攸县"], ["频率", "年", "月"], ["单位", "亿元", "万元"],
     ["2018-12-31", 20.1, 5]],
    [HEADER, ["醴陵市", "进出口总额", "2024", "1", "亿元", *(cell[3:] for cell in CITED)]],
]  # fmt: skip


def rows_of(upload: Upload) -> list[dict[str, str]]:
    return [dict(row) for row in upload.files["observations"]]


def figures(
    rows: list[list[Any]], choices: SheetChoices, added: dict[str, list[dict[str, str]]] | None = None
) -> list[str]:
    """Each figure as `region indicator period[ ytd]=value unit`, with its errors in brackets."""
    with override("en"):
        plan = plan_upload(read_upload("t.xlsx", workbook(S=rows), FileReading({"S": choices}, added or {})))
    found = []
    for row in {table.name: rows for table, rows in plan.tables}["observations"]:
        cells = row.cells if row.cells and not row.errors else row.raw
        to_date = " ytd" if cells["accumulation"] == "ytd" else ""
        wrong = "".join(f" [{error['cell']} {error['column']}]" for error in row.errors)
        words = " ".join(cells.get(name, "") for name in ("region", "indicator", "period"))
        found.append(f"{words}{to_date}={cells['value']} {cells.get('unit', '')}{wrong}")
    return found


@pytest.mark.parametrize("rows", SHEETS)
def test_the_automatic_reading_said_as_choices_reads_the_same(rows: list[list[Any]]) -> None:
    content = workbook(S=rows)
    (sheet,) = read_sheets("t.xlsx", read_grids("t.xlsx", content)[0])
    said = reading_from(as_document(FileReading({"S": choices_of(sheet)})))
    assert rows_of(read_upload("t.xlsx", content, said)) == rows_of(read_upload("t.xlsx", content))


C = "CNY_100M"


@pytest.mark.parametrize(
    ("rows", "choices", "read"),
    [
        # A title that is not understood: its line is left out, and what it says is chosen.
        ([["农产品出口额（亿元）"], CITED, ACROSS, LILING],
         SheetChoices(left_out=(1,), tables={3: TableChoices(stated={"indicator": "进出口总额", "unit": "亿元"})}), BOTH),
        # Or typed anew.
        ([["农产品出口额（亿元）"], CITED, ACROSS, LILING], SheetChoices(cells={"A1": TRADE}), BOTH),
        # Two units: one is chosen for all.
        ([[TRADE], CITED, ["单位：万元"], ACROSS, LILING], SheetChoices(tables={4: TableChoices(stated={"unit": C})}), BOTH),
        # Words that the store does not know.
        ([[TRADE], CITED, ACROSS, ["陶瓷之都", 30.1, 31.2]], SheetChoices(words={"region": {"陶瓷之都": "430281"}}), BOTH),
        # Columns.
        ([["单位：亿元"], CITED, ["地区", "卖出", "买进"], ["醴陵市", 20.1, 10.1]],
         SheetChoices(tables={3: TableChoices(columns={"B": {"indicator": "EXPORTS", "period": "2018"}, "C": "unread"})}),
         APART[:1]),
        ([["单位：亿元"], CITED, ["地区", "卖出", "卖出"], ["醴陵市", 20.1, 10.1]],
         SheetChoices(tables={3: TableChoices(columns={
             "B": {"indicator": "EXPORTS", "period": "2018"}, "C": {"indicator": "IMPORTS", "period": "2018"}})}), [APART[0], APART[2]]),
        # What was suggested to be left out is read, and another row is left out.
        ([[TRADE], CITED, ["地区", "2018年"], ["合计", 60], ["醴陵市", 30.1]],
         SheetChoices(left_out=(5,), words={"region": {"合计": "430281"}}), ["430281 TRADE_TOTAL 2018=60 " + C]),
        # A row of the header that is left out.
        ([CITED, ["指标", "出口额"], ["地区", "醴陵市"], ["单位", "亿元"], ["状态", "Active"], ["2018", 20.1]],
         SheetChoices(left_out=(5,)), APART[:1]),
        # The period of all rows.
        ([[TRADE], CITED, ["地区", "数值"], ["醴陵市", 7]],
         SheetChoices(tables={3: TableChoices(stated={"period": "2024年7月", "accumulation": "ytd"})}),
         ["430281 TRADE_TOTAL 2024-07 ytd=7 " + C]),
        # A header that is not found.
        ([[TRADE], CITED, ["甲", "乙"], ["醴陵市", 30.1]],
         SheetChoices(tables={3: TableChoices(columns={"A": "region", "B": {"period": "2018"}})}), BOTH[:1]),
        # The long form, in words of one's own; one unit for all.
        ([["何处", "何物", "何时", "多少", "备考"], ["醴陵市", "进出口总额", "2018", 30.1, "x"]],
         SheetChoices(tables={1: TableChoices(
             columns={"A": "region", "B": "indicator", "C": "period", "D": "value", "E": "unread"},
             stated={"unit": C, "source": CITED[0][3:], "citations": CITED[1][3:]})}), BOTH[:1]),
    ],
)  # fmt: skip
def test_what_is_asked_can_be_chosen(rows: list[list[Any]], choices: SheetChoices, read: list[str]) -> None:
    assert figures(rows, choices) == read


@on_both_stores
def test_a_new_indicator_comes_in_with_its_figures() -> None:
    live = {
        "code": "LIVE_SALES", "topic": "TRADE", "name_zh": "跨境直播额", "name_en": "Sales by live streaming", "unit": C,
        "measure": "flow",
    }  # fmt: skip
    rows = [["跨境直播额（亿元）"], CITED, ["地区", "2018年"], ["醴陵市", 3]]
    with pytest.raises(UnreadableFile, match=r"未说明指标|no indicator"):
        read_upload("t.xlsx", workbook(S=rows))
    upload = read_upload("t.xlsx", workbook(S=rows), FileReading(added={"indicators": [live]}))
    assert rows_of(upload)[0]["indicator"] == "LIVE_SALES"
    assert [table.name for table, _ in plan_upload(upload).tables] == ["indicators", "observations"]


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        (
            [["地区", "年", "月", "数值"], ["醴陵市", 2024, 7, 1], ["醴陵市", "2024年", "1-8月", 2]],
            ["2024-07=1", "2024-08 ytd=2"],
        ),
        (
            [["年", "季度", "月", "地区", "数值"], [2024, "", 7, "醴陵市", 1], [2024, 1, "", "醴陵市", 2]],
            ["2024-07=1", "2024-Q1=2"],
        ),
        ([["月份", "年份", "地区", "数值"], ["7月", 2024, "醴陵市", 1]], ["2024-07=1"]),
        ([["地区", "年", "月", "数值"], ["醴陵市", 2024, "", 1]], ["2024 ?=1 [B4 period]"]),
        ([["地区", "年", "月", "数值"], ["醴陵市", 2024, 13, 1]], ["2024年13月=1 [B4 period]"]),
        (
            [["地区", "年", "月", "数值"], ["醴陵市", 2024, 7, 1], ["醴陵市", "", "8月", 2]],
            ["2024-07=1", "? 8月=2 [B5 period]"],
        ),
    ],
)
def test_year_and_month_may_stand_in_columns_of_their_own(rows: list[list[Any]], read: list[str]) -> None:
    found = figures([[TRADE], CITED, *rows], SheetChoices())
    assert [line.split(" ", 2)[2].replace(" " + C, "") for line in found] == read


def merged_down() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("S")
        sheet.write(0, 0, "单位：亿元")
        sheet.write_row(1, 0, CITED)
        sheet.write_row(2, 0, ["地区", "指标", "2018年", "2019年"])
        sheet.merge_range(3, 0, 4, 0, "醴陵市")
        for row, (name, first, second) in enumerate([("出口额", 20.1, 21.2), ("进口额", 10.1, 11.2)], start=3):
            sheet.write(row, 1, name)
            sheet.write_row(row, 2, [first, second])
    return content.getvalue()


def test_a_cell_that_is_merged_down_says_it_for_each_of_its_rows() -> None:
    rows = rows_of(read_upload("t.xlsx", merged_down()))
    assert [f"{row['region']} {row['indicator']} {row['period']}={row['value']}" for row in rows] == [
        "醴陵市 EXPORTS 2018=20.1", "醴陵市 EXPORTS 2019=21.2", "醴陵市 IMPORTS 2018=10.1", "醴陵市 IMPORTS 2019=11.2",
    ]  # fmt: skip


def test_the_command_takes_and_tells_a_reading(tmp_path: Path) -> None:
    def run(*options: Any) -> Any:
        out = io.StringIO()
        call_command("import_observations", str(tmp_path / "t.xlsx"), *options, lang="en", stdout=out)
        return json.loads(out.getvalue())

    (tmp_path / "t.xlsx").write_bytes(workbook(S=[["农产品出口额（亿元）"], CITED, ACROSS, LILING]))
    assert "农产品" in run("--json")["refused"]
    chosen = tmp_path / "reading.json"
    chosen.write_text(json.dumps({"sheets": {"S": {"cells": {"A1": TRADE}}}}))
    found = run("--json", "--reading", str(chosen))
    assert (found["refused"], [row["verdict"] for row in found["rows"]]) == (None, ["new", "new"])
    assert "S A1: “农产品出口额（亿元）” is read as “进出口总额（亿元）”" in found["remarks"]
    said = run("--show-reading", "--reading", str(chosen))["sheets"]["S"]
    assert said["tables"]["3"]["columns"] == {"A": "region", "B": {"period": "2018"}, "C": {"period": "2019"}}


def test_what_is_no_reading_is_refused() -> None:
    for document in (b"{", b'{"sheets": {"S": {"colums": {}}}}', b"[]"):
        with pytest.raises(UnreadableFile):
            reading_from(document)
    assert reading_from("{}") == AUTOMATIC
