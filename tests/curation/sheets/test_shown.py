"""What a cell shows counts: numbers, days, errors and formulas of XLSX, XLS and ODS, and what is hidden."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
import xlwt
from django.utils.translation import override

from curation.refusals import UnreadableFile
from curation.sheets.grids import Grid, read_grids
from curation.sheets.shown import UnknownFormat, shown
from tests.faults import bombs

DAY = datetime.datetime(2019, 10, 1)  # noqa: DTZ001

ACCOUNTING = '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ '


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.052, "0.0%", "5.2%"), (-0.013, "0.00%", "-1.30%"), (1234.5, "#,##0.00", "1,234.50"), (30.125, "0.00", "30.13"),
        (12345678.0, "#,##0,", "12,346"), (3.12e9, "0.00,,", "3120.00"), (3.01e9, "0!.00,,", "30.10"), (3.01e9, r"0\.00,,", "30.10"),
        (1234567.891, ACCOUNTING, "1,234,567.89"), (-1234.5, ACCOUNTING, "-1,234.50"), (-5.25, "0.0_);[Red](0.0)", "-5.3"),
        (2019.0, '0"年"', "2019年"), (30.1, '0.0"亿元"', "30.1亿元"), (7.0, "000", "007"), (30.0, "#.##", "30"), (0.0, "#", None),
        (0.0, "0.0", "0.0"), (-0.001, "0.0", "0.0"), (2.5, "General", "2.5"), (2.5, "G/通用格式", "2.5"), (5.0, "@", "5"),
        (43739.0, 'yyyy"年"m"月"', "2019-10"), (DAY, "[$-804]yyyy-mm-dd;@", "2019-10-01"), (DAY, "mmm-yy", "2019-10"),
        (DAY, "yyyy-mm-dd hh:mm:ss", "2019-10-01"),
        # What does not say which number shows, or shows none, or another sign.
        (0.0, ACCOUNTING, None), (0.5, "# ?/?", None), (12345.0, "0.00E+00", None), (12345.0, "[>1000]0.0,", None), (-5.0, "0;0", None),
        (3.01e9, '0.0,,,"0"', None), (1.0, ";;;", None), (43739.0, 'm"月"d"日"', None), (DAY, "[h]:mm", None), (5.0, "[DBNum1]0", None),
    ],
)  # fmt: skip
def test_a_number_is_what_its_format_shows(value: Any, code: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(UnknownFormat):
            shown(value, code)
    else:
        assert shown(value, code) == text


FORMATS = ["0.0%", "#,##0.00", "0.0", "# ?/?", "yyyy-mm"]
VALUES = [0.052, 1234.5, 31.26, 0.5, 43739]
SHOWN = ["5.2%", "1,234.50", "31.3", "0.5 [# ?/?]", "2019-10"]


def xlsx() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("表")
        for row, (value, code) in enumerate(zip(VALUES, FORMATS, strict=True)):
            sheet.write(row, 1, value, book.add_format({"num_format": code}))
        sheet.write_row(5, 0, ["上", True])
        sheet.write_formula(6, 1, "=B1*2", value="#DIV/0!")
        sheet.set_row(7, None, None, {"hidden": True})
        sheet.write(7, 1, 9)
        sheet.set_column(2, 2, None, None, {"hidden": True})
        sheet.write(0, 2, 9)
        book.add_worksheet("旧").hide()
    return content.getvalue()


def xls() -> bytes:
    content, book = io.BytesIO(), xlwt.Workbook()
    sheet = book.add_sheet("表")
    for row, (value, code) in enumerate(zip(VALUES, FORMATS, strict=True)):
        sheet.write(row, 1, value, xlwt.easyxf(num_format_str=code))
    sheet.write(5, 0, "上")
    sheet.write(5, 1, True)
    sheet.row(6).set_cell_error(1, "#DIV/0!")
    sheet.write(7, 1, 9)
    sheet.row(7).hidden = True
    sheet.write(0, 2, 9)
    sheet.col(2).hidden = True
    book.add_sheet("旧").visibility = 1
    book.save(content)
    return content.getvalue()


def ods() -> bytes:
    cells = [
        ("percentage", "0.052", "5.2%"), ("float", "1234.5", "1,234.50"), ("float", "31.26", "31.3"), ("float", "0.5", "# ?/?"),
        ("date", "2019-10-01", "2019-10"),
    ]  # fmt: skip
    rows = [
        f'<t:table-row><t:table-cell/><t:table-cell o:value-type="{kind}" o:value="{value}" o:date-value="{value}"><x:p>{text}</x:p>'
        f'</t:table-cell><t:table-cell o:value-type="float" o:value="9"><x:p>9</x:p></t:table-cell></t:table-row>'
        for kind, value, text in cells
    ]  # fmt: skip
    rows += [
        '<t:table-row><t:table-cell><o:annotation><x:p>批注</x:p></o:annotation><x:p>上</x:p></t:table-cell>'
        '<t:table-cell o:value-type="boolean" o:boolean-value="true"/></t:table-row>',
        "<t:table-row><t:table-cell/><t:table-cell><x:p>#DIV/0!</x:p></t:table-cell></t:table-row>",
        '<t:table-row t:visibility="filter"><t:table-cell/><t:table-cell o:value-type="float" o:value="9"/></t:table-row>',
        '<t:table-row t:number-rows-repeated="1048000"><t:table-cell t:number-columns-repeated="16384"/></t:table-row>',
    ]  # fmt: skip
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<o:document-content xmlns:o="{office}:office:1.0" xmlns:t="{office}:table:1.0" xmlns:x="{office}:text:1.0"'
        f' xmlns:s="{office}:style:1.0"><s:style s:name="out"><s:table-properties t:display="false"/></s:style>'
        '<t:table t:name="表"><t:table-column t:number-columns-repeated="2"/><t:table-column t:visibility="collapse"/>'
        f'{"".join(rows)}</t:table><t:table t:name="旧" t:style-name="out"/></o:document-content>'
    )  # fmt: skip
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.xml", content)
    return file.getvalue()


@pytest.mark.parametrize("made", [xlsx, xls, ods])
def test_a_workbook_is_read_as_it_shows_and_what_is_hidden_is_said(made: Callable[[], bytes]) -> None:
    with override("en"):
        (grid,), remarks = read_grids("t", made())
        said = [str(remark) for remark in remarks]
    assert [row[1] if len(row) > 1 else "" for row in grid.rows[:8]] == [*SHOWN, "true", "#DIV/0!", ""]
    assert (grid.name, grid.rows[5][0], any("9" in row for row in grid.rows)) == ("表", "上", False)
    for words in ("hidden rows were not read: 8", "hidden columns were not read: C", "Hidden sheet not read: 旧",
                  "1 cells show fewer digits than they hold, and are read as they show: B3"):  # fmt: skip
        assert any(words in remark for remark in said), said


def xlsx_raised() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("S")
        up, down = (book.add_format({"font_script": script}) for script in (1, 2))
        sheet.write_rich_string(0, 0, "12.3", up, "1", "x")
        sheet.write_rich_string(0, 1, "CO", down, "2")
        sheet.write_rich_string(0, 2, "12", book.add_format({"bold": True}), ".5")
    return content.getvalue()


def xlsx_raised_in_cells() -> bytes:
    raised = '<r><t>{}</t></r><r><rPr><vertAlign val="{}"/></rPr><t>{}</t></r><r><t>{}</t></r>'
    texts = [
        raised.format("12.3", "superscript", 1, "x"),
        raised.format("CO", "subscript", 2, ""),
        "<r><t>12</t></r><r><t>.5</t></r>",
    ]
    cells = "".join(
        f'<c r="{letter}1" t="inlineStr"><is>{text}</is></c>' for letter, text in zip("ABC", texts, strict=True)
    )
    return bombs.workbook(bombs.sheet(f'<row r="1">{cells}</row>'))


def xls_raised() -> bytes:
    content, book = io.BytesIO(), xlwt.Workbook()
    sheet = book.add_sheet("S")
    up, down, bold = (xlwt.easyfont(form) for form in ("escapement superscript", "escapement subscript", "bold on"))
    sheet.write_rich_text(0, 0, ["12.3", ("1", up), "x"])
    sheet.write_rich_text(0, 1, ["CO", ("2", down)])
    sheet.write_rich_text(0, 2, ["12", (".5", bold)])
    book.save(content)
    return content.getvalue()


def ods_raised() -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns"
    styles = "".join(
        f'<s:style s:name="{name}"><s:text-properties s:text-position="{how}"/></s:style>'
        for name, how in (("up", "33% 58%"), ("down", "sub 58%"), ("bold", "0% 100%"))
    )
    texts = ('12.3<x:span x:style-name="up">1</x:span>x', 'CO<x:span x:style-name="down">2</x:span>',
             '12<x:span x:style-name="bold">.5</x:span>')  # fmt: skip
    cells = "".join(f'<t:table-cell o:value-type="string"><x:p>{text}</x:p></t:table-cell>' for text in texts)
    cells += '<t:table-cell o:value-type="float" o:value="5"><x:p/></t:table-cell>'  # it shows nothing
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.xml", (
            f'<o:document-content xmlns:o="{office}:office:1.0" xmlns:t="{office}:table:1.0" xmlns:x="{office}:text:1.0"'
            f' xmlns:s="{office}:style:1.0">{styles}<t:table t:name="S"><t:table-row>{cells}</t:table-row></t:table></o:document-content>'
        ))  # fmt: skip
    return file.getvalue()


@pytest.mark.parametrize("made", [xlsx_raised, xlsx_raised_in_cells, xls_raised, ods_raised])
def test_what_stands_above_the_line_is_no_digit_of_a_number(made: Callable[[], bytes]) -> None:
    cells = list(read_grids("t", made())[0][0].rows[0])
    assert cells == ["12.3¹x", "CO₂", "12.5", *(["5 [;;;]"] if made is ods_raised else [])]


def test_a_formula_that_nobody_has_computed_is_its_formula() -> None:
    content = bombs.workbook(bombs.sheet('<row r="1"><c r="A1"><f>1+1</f></c><c r="B1"><f>1+1</f><v>2</v></c></row>'))
    assert read_grids("t.xlsx", content)[0] == [Grid("s1", [("=1+1", "2")])]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xef\xbb\xbf<html><table><tr><td>1</td></tr></table>", "is a web page"), (b"MIME-Version: 1.0\n", "is a web page"),
        (b'<?xml version="1.0"?><Workbook/>', "is an XML file"), (b"%PDF-1.7\n", "is a PDF"), (b"\x89PNG\r\n", "is a picture"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("地區,指標,時期,數值\n醴陵市,進出口總額,2018,30.1\n".encode("big5"), "Big5"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_named_as_what_it_is(content: bytes, why: str) -> None:
    with override("en"), pytest.raises(UnreadableFile, match=why):
        read_grids("t.xls", content)


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_the_delimiter_is_found_from_the_table(mark: str) -> None:
    rows = ["出口额、进口额，2018；2019", mark.join(["地区", "2018年"]), mark.join(["醴陵市", "30.1"])]
    assert read_grids("t.txt", "\n".join(rows).encode())[0][0].rows[2] == ("醴陵市", "30.1")


def test_a_point_may_group_digits_in_a_file_with_semicolons() -> None:
    assert read_grids("t.csv", b"a;b;c\n1.234;1.5;x.123\n")[0][0].rows[1] == ("1.234 [1234?]", "1.5", "x.123")
