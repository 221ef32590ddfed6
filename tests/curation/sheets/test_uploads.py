"""Files as curators have them: text in several encodings, workbooks in the long and in the wide form, and what is said of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from django.utils.translation import override

from curation.models import Verdict
from curation.plans.plan import Plan, PlannedRow
from curation.refusals import UnreadableFile
from curation.releases.publication import ReleaseNotes, publish
from curation.roles import CURATOR
from curation.sheets.files import read_upload
from curation.sheets.grids import Grid
from curation.sheets.layouts import read_sheet
from curation.sheets.periods import said_period
from curation.sheets.uploads import bring_in, plan_upload
from curation.tables.code_index import CodeIndex
from curation.tables.curated import BY_NAME
from tests.builder import liling
from tests.curation.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike]

SOURCE = "zhuzhou-county-trade"
PHRASE = "zhuzhou-county-trade:1229-1236"
HEADER = ["地区", "指标", "时期", "数值", "单位", "来源", "引证"]
LILING = ["醴陵市", "TRADE_TOTAL", "2024年", "41.26", "亿元", SOURCE, PHRASE]


def workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """An XLSX file: sheet name → rows of cells."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return content.getvalue()


def text(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    return "".join(f"{delimiter.join(row)}\n" for row in rows)


def planned(name: str, content: bytes) -> Plan:
    return plan_upload(read_upload(name, content))


def rows_of(plan: Plan) -> list[PlannedRow]:
    return [row for _, rows in plan.tables for row in rows]


WIDE: list[list[Any]] = [
    ["各县市进出口总额（亿元）"],
    ["来源：" + SOURCE, "", "引证：" + PHRASE],
    ["地区", 2022, 2023, "2024年"],
    ["醴陵市", 30.5, "", 41.26],
    ["攸县", 8, "…", 9.1],
    ["注：数据为测试。"],
]


# Text files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8", None), ("utf-8-sig", None), ("gb18030", "GB18030"), ("utf-16", "UTF-16")]
)
@pytest.mark.parametrize(("delimiter", "told"), [(",", None), ("\t", "制表符"), (";", ";")])
def test_a_text_file_is_read_in_its_encoding_and_both_are_said(
    encoding: str, said: str | None, delimiter: str, told: str | None
) -> None:
    with override("zh-hans"):
        upload = read_upload("liling.csv", text([HEADER, LILING], delimiter).encode(encoding))
    (row,) = rows_of(plan_upload(upload))
    assert (row.verdict, row.key, row.cells["value"]) == (
        Verdict.CHANGED,
        "430281|TRADE_TOTAL||||||A|none|2024",
        "41.26",
    )
    remarks = " ".join(map(str, upload.said))
    for expected in (said, told):
        assert expected is None or expected in remarks
    assert ("编码" in remarks, "分隔符" in remarks) == (said is not None, told is not None)


def test_a_fixture_is_an_upload_of_its_table() -> None:
    table = BY_NAME["topics"]
    cells = [table.cells(record) for record in table.records()]
    content = text([list(cells[0]), *(list(row.values()) for row in cells)]).encode()
    plan = planned("topics.csv", content)
    assert plan.changes_nothing
    assert len(rows_of(plan)) == len(cells)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"just words\nand more\n", "no rows"),
        (b"a,b\n1,2\n", "no rows"),
        (b"\xff\xff\xff\x80,\n", "encoded"),
        (b"region,indicator,period,value\n\x00,a,b,c\n", "NUL"),
        (b"region,indicator,period,value,nonsense\na,b,c,d,e\n", "E1: unknown column nonsense"),
        (b"region,indicator,period,value,value\na,b,c,d,e\n", "E1: column value is there twice"),
        (b"region,indicator,period,value\na,b\n", "A2: not as many cells"),
        (b'region,indicator,period,value\n"a,b\n', "line 2"),
        (b"PK\x03\x04 no workbook", "workbook"),
        (b"\xd0\xcf\x11\xe0 no workbook", "workbook"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with override("en"), pytest.raises(UnreadableFile, match=reason):
        read_upload("file", content)


def test_a_workbook_with_one_stray_cell_far_away_is_refused_before_it_is_unpacked() -> None:
    far = io.BytesIO()
    with xlsxwriter.Workbook(far) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write(1_048_575, 16_383, "stray")
    with override("en"), pytest.raises(UnreadableFile, match="XFD1048576"):
        read_upload("far.xlsx", far.getvalue())


# The long form -----------------------------------------------------------------------------------------------------


def test_columns_and_codes_may_be_said_in_either_language() -> None:
    english = ["region", "indicator", "period", "value", "unit", "source", "citations", "qualifier"]
    values = [
        "Liling City",
        "Total imports and exports",
        "2024",
        41.26,
        "hundred million yuan",
        SOURCE,
        PHRASE,
        "about",
    ]
    (row,) = rows_of(planned("t.xlsx", workbook(data=[english, values])))
    assert not row.errors
    assert (row.key, row.cells["unit"], row.cells["qualifier"]) == (
        "430281|TRADE_TOTAL||||||A|none|2024",
        "CNY_100M",
        "approx",
    )


def test_a_row_in_error_is_named_by_sheet_and_cell_with_the_nearest_code() -> None:
    rows = [HEADER, LILING, ["醴陵巿", *LILING[1:3], "many", *LILING[4:]]]
    right, wrong = rows_of(planned("t.xlsx", workbook(数据=[[], *rows])))
    assert (right.verdict, right.sheet, right.cell) == (Verdict.CHANGED, "数据", "D3")
    assert wrong.verdict == Verdict.ERROR
    assert [(e["column"], e["sheet"], e["cell"], e.get("did_you_mean")) for e in wrong.errors] == [
        ("region", "数据", "A4", "430281"), ("value", "数据", "D4", None)
    ]  # fmt: skip


def test_the_difference_to_what_stands_is_given_in_percent() -> None:
    more = f"{Decimal(liling()['value']) * Decimal('1.1'):f}"
    (row,) = rows_of(planned("t.csv", text([HEADER, [*LILING[:3], more, *LILING[4:]]]).encode()))
    assert (row.before["value"], row.cells["value"], str(row.difference)) == (liling()["value"], more, "10.00")


def test_a_number_cell_that_lost_its_trailing_zeros_changes_nothing() -> None:
    publish(planned("t.csv", text([HEADER, [*LILING[:3], "41.20", *LILING[4:]]]).encode()), ReleaseNotes(reason="test"))
    same, other = (
        rows_of(planned("t.xlsx", workbook(data=[HEADER, [*LILING[:3], number, *LILING[4:]]])))[0]
        for number in (41.2, 41.3)
    )
    assert (same.verdict, other.verdict, other.cells["value"]) == (Verdict.UNCHANGED, Verdict.CHANGED, "41.3")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (430281, "430281"), (0.1 + 0.2, "0.3"), (-40.48, "-40.48"), (1e-7, "0.0000001"),
        (123456789012345, "123456789012345"), (2.5e17, "250000000000000000"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_the_spreadsheet_shows_them(number: float, shown: str) -> None:
    upload = read_upload("t.xlsx", workbook(data=[HEADER, [*LILING[:3], number, *LILING[4:]]]))
    assert upload.files["observations"][0]["value"] == shown


def test_truth_values_and_numbers_that_equal_them_are_told_apart() -> None:
    upload = read_upload(
        "t.xlsx", workbook(data=[HEADER, [*LILING[:3], 1, *LILING[4:]], [*LILING[:3], True, *LILING[4:]]])
    )
    assert [row["value"] for row in upload.files["observations"]] == ["1", "true"]


def test_sheets_called_like_tables_hold_those_and_come_in_together() -> None:
    source = [["slug", "kind", "title_zh", "title_en"], ["t-book", "dataset", "年鉴", "Yearbook"]]
    phrase = [
        ["code", "source", "exact", "start", "end", "role", "assertion"],
        ["t-book:0-4", "t-book", "41.3", 0, 4, "supports", "stated"],
    ]
    figure = [HEADER, [*LILING[:3], 41.3, "亿元", "t-book", "t-book:0-4"]]
    plan = planned("t.xlsx", workbook(说明=[["填写说明"]], 观测=figure, 来源=source, citations=phrase))
    assert [(table.name, row.verdict) for table, rows in plan.tables for row in rows] == [
        ("sources", Verdict.NEW), ("citations", Verdict.NEW), ("observations", Verdict.CHANGED)
    ]  # fmt: skip


# The wide form -----------------------------------------------------------------------------------------------------


def test_a_wide_table_gives_one_row_a_figure_with_the_place_of_each() -> None:
    with override("en"):
        upload = read_upload("t.xlsx", workbook(Sheet1=WIDE))
        plan, said = plan_upload(upload), " ".join(map(str, upload.said))
    rows = rows_of(plan)
    assert [(r.cells["region"], r.cells["period"], r.cells["value"], r.cell) for r in rows] == [
        ("430281", "2022", "30.5", "B4"), ("430281", "2024", "41.26", "D4"), ("430223", "2022", "8", "B5"), ("430223", "2024", "9.1", "D5"),
    ]  # fmt: skip
    assert {(r.cells["indicator"], r.cells["unit"], r.cells["source"], r.cells["citations"]) for r in rows} == {
        ("TRADE_TOTAL", "CNY_100M", SOURCE, PHRASE)
    }
    assert "taken from the title" in said
    assert "2 cells state nothing" in said
    assert "Row 6 not read" in said


def test_errors_of_a_wide_table_are_named_by_the_cell_that_is_wrong() -> None:
    rows = [*WIDE[:3], ["醴陵巿", 30.5, "", "n/a"]]
    rows[1] = ["来源：no-such-source", "", "引证：" + PHRASE]
    first, second = rows_of(planned("t.xlsx", workbook(S=rows)))
    assert {(e["column"], e["cell"]) for e in first.errors} == {("region", "A4"), ("source", "A2")}
    assert {(e["column"], e["cell"]) for e in second.errors} == {("region", "A4"), ("source", "A2"), ("value", "D4")}


def test_the_indicator_may_stand_in_a_column_and_the_unit_in_a_line() -> None:
    rows = [
        ["单位：亿元"],
        ["来源", SOURCE, "引证", PHRASE],
        ["地区", "指标", "2023", "2024"],
        ["醴陵市", "进出口总额", "40", "41.26"],
    ]
    one, two = rows_of(planned("t.csv", text(rows).encode()))
    assert [(list(row.errors), row.cells["indicator"], row.cells["period"]) for row in (one, two)] == [
        ([], "TRADE_TOTAL", "2023"), ([], "TRADE_TOTAL", "2024")
    ]  # fmt: skip


def test_a_wide_table_without_an_indicator_is_refused() -> None:
    with override("en"), pytest.raises(UnreadableFile, match="no indicator"):
        read_upload("t.xlsx", workbook(S=[["表一"], ["地区", 2022, 2023], ["醴陵市", 1, 2]]))


@pytest.mark.parametrize(
    ("said", "label", "accumulation"),
    [
        ("2024", "2024", "none"), ("2024年", "2024", "none"), ("2024-Q1", "2024-Q1", "none"), ("2024年一季度", "2024-Q1", "none"),
        ("2024年第3季度", "2024-Q3", "none"), ("2024-07", "2024-07", "none"), ("2024年7月", "2024-07", "none"),
        ("2024年1-7月", "2024-07", "ytd"),
        ("2024年上半年", "2024-Q2", "ytd"), ("2024年前三季度", "2024-Q3", "ytd"), ("2024年全年", "2024", "none"),
    ],
)  # fmt: skip
def test_periods_are_understood_as_offices_write_them(said: str, label: str, accumulation: str) -> None:
    assert said_period(said) == (label, accumulation)


@pytest.mark.parametrize("word", ["", "地区", "20245", "2024年13月", "2024年5", "增速", "41.25"])
def test_what_is_no_period_is_none(word: str) -> None:
    assert said_period(word) is None


def test_what_was_remarked_about_a_file_is_said_in_the_language_of_who_reads_it() -> None:
    with override("en"):
        batch = bring_in("wide.xlsx", workbook(A=WIDE), person("curator", CURATOR))
    assert batch.note.startswith("指标取自标题：进出口总额")
    assert batch.note_en.startswith("The indicator is taken from the title: 进出口总额")
    assert ("空白单元格 2 个" in batch.note, "2 cells state nothing" in batch.note_en) == (True, True)


def test_a_row_of_a_sheet_ends_with_its_last_cell_but_a_short_line_of_text_is_broken() -> None:
    rows = [[*HEADER, "状态"], LILING]
    (block,) = read_sheet(Grid("S", rows), "S", CodeIndex())
    assert [row["status"] for row in block.rows] == ["A"]
    with pytest.raises(UnreadableFile):
        read_sheet(Grid("", rows), "t", CodeIndex())
