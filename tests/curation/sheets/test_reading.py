"""Files from outside are taken apart in a process of their own: what takes too much is refused in words, and nothing else notices."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from curation.plans import imports
from curation.refusals import UnreadableFile
from curation.sheets.files import content_of, read_upload
from curation.sheets.grids import read_grids
from curation.sheets.list_sheets import list_in
from curation.sheets.uploads import plan_upload
from curation.tables import code_index
from sources.bilingual import in_both
from tests.curation.sheets.test_uploads import HEADER, LILING, WIDE, text, workbook
from tests.faults import bombs

MEBIBYTE = 2**20


def refusal(content: bytes, read: Callable[[str, bytes], Any] = read_grids) -> tuple[str, str]:
    """Why a file is refused, in Chinese and in English."""
    with pytest.raises(UnreadableFile) as refused:
        read("表.xlsx", content)
    zh, en = in_both(refused.value.message)
    assert zh != en
    return zh, en


@pytest.fixture
def narrow(settings: Any) -> Any:
    """Limits that a test reaches in a moment."""
    settings.READING_MEMORY = 128 * MEBIBYTE
    settings.READING_CELLS, settings.READING_BYTES, settings.READING_SECONDS = 1000, 10 * MEBIBYTE, 120
    return settings


def test_the_reader_knows_nothing_of_the_house() -> None:
    code = "import sys; from curation.sheets import reader; [*map(reader.load, reader.NEEDED)]; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    known = {name.split(".")[0] for name in done.stdout.split()}
    assert known >= {"python_calamine", "xlrd", "msgspec"}
    assert not known & {"django", "sources", "indicators", "config"}


@pytest.mark.parametrize("dimension", ["", "A1:B2"])
def test_a_cell_far_from_the_others_is_refused_with_the_limit_of_memory(narrow: Any, dimension: str) -> None:
    content = bombs.far_cell(dimension)
    assert len(content) < 2048
    zh, en = refusal(content)
    assert "128 MiB" in zh
    assert "128 MiB" in en
    assert "delete the rows and columns beyond the data" in en


def test_a_sheet_that_says_so_is_told_how_far_it_is_used(narrow: Any) -> None:
    assert all("XFD1048576" in said for said in refusal(bombs.far_cell("A1:XFD1048576")))


def test_a_sheet_that_only_says_to_be_large_is_read() -> None:
    content = bombs.workbook(bombs.sheet(f'<row r="1">{bombs.cell("A1")}</row>', "A1:XFD1048576"))
    grids, _ = read_grids("t.xlsx", content)
    assert [list(grid.rows) for grid in grids] == [[("1",)]]


def test_a_cell_of_many_megabytes_is_refused_with_the_limit_of_memory(narrow: Any) -> None:
    assert "128 MiB" in refusal(bombs.long_cell(130))[1]


@pytest.mark.parametrize("content", [bombs.many_cells(200, 10), text([["1"] * 10] * 200).encode()], ids=["xlsx", "csv"])
def test_more_cells_than_the_limit_are_refused_with_it(narrow: Any, content: bytes) -> None:
    assert "more than 1,000 cells" in refusal(content)[1]


def test_more_text_than_the_limit_is_refused_with_it(narrow: Any) -> None:
    narrow.READING_BYTES = 100_000
    assert "more than 100,000 characters" in refusal(bombs.many_texts(100, 30_000))[1]


def test_a_larger_file_is_not_looked_at(narrow: Any, tmp_path: Path) -> None:
    narrow.READING_BYTES = 1_500_000
    assert "larger than 1.5 MB" in refusal(b"x" * 1_500_001)[1]
    file = tmp_path / "large.csv"
    file.write_bytes(b"x" * 1_500_001)
    with override("en"), pytest.raises(UnreadableFile, match=r"larger than 1\.5 MB"):
        content_of(file)


def test_what_takes_too_long_is_ended_and_told(narrow: Any) -> None:
    narrow.READING_SECONDS, narrow.READING_CELLS, narrow.READING_MEMORY = 1, 10**9, 2**30
    content = bombs.many_cells(100_000, 20)
    before = os.times().children_user  # of processes that have ended
    assert "longer than 1 seconds" in refusal(content)[1]
    assert 0 < os.times().children_user - before < 3


def test_so_many_files_are_read_at_once_and_others_are_told_to_wait(
    narrow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow.READING_SECONDS = 1
    monkeypatch.setattr("curation.sheets.grids.TURNS", threading.BoundedSemaphore(1))
    from curation.sheets.grids import TURNS  # noqa: PLC0415  # the one that stands there now

    with TURNS:
        assert "other files are being read" in refusal(b"a\n1\n")[1]
    narrow.READING_SECONDS = 60  # a busy machine may take more than one to start the reader
    read_grids("t.csv", b"a\n1\n")


@pytest.mark.parametrize("content", list(bombs.damaged(workbook(S=WIDE), 12)))
def test_a_damaged_workbook_is_refused_or_read(content: bytes) -> None:
    try:
        grids, _ = read_grids("t.xlsx", content)
    except UnreadableFile:
        refusal(content)
    else:
        assert grids


@pytest.mark.parametrize(
    "content",
    [bombs.entities(), bombs.absurd_places(), bombs.open_document(10**6), b"PK\x03\x04", b"\xd0\xcf\x11\xe0" * 9],
)
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    assert "not a readable workbook" in refusal(content)[1]


def test_objects_one_a_line_are_a_table() -> None:
    ((grid,), _) = read_grids("t.ndjson", '{"a": 1.50, "b": null}\n\n{"b": "乙\u2028", "c": [2]}'.encode())
    assert list(map(list, grid.rows)) == [["a", "b", "c"], ["1.50", "", ""], ["", "乙\u2028", "[2]"]]
    assert "line 2 is no JSON object" in refusal(b'{"a": 1}\n[2]')[1]
    assert "is not encoded as UTF-8" in refusal(b'{"a": "\xff"}')[1]


def test_nul_is_no_text_in_a_workbook_either() -> None:
    content = bombs.workbook(bombs.sheet('<row r="1"><c r="A1" t="str"><v>a_x0000_b</v></c></row>'))
    zh, en = refusal(content)
    assert (zh, en) == (
        "s1 A1：第 2 个字符 U+0000 不是文字，请删去", "s1 A1: character 2, U+0000, is no text: remove it",
    )  # fmt: skip


def test_a_sheets_name_is_cut_to_what_is_kept_of_it() -> None:
    content = bombs.workbook(bombs.sheet(f'<row r="1">{bombs.cell("A1")}</row>'), called="长" * 300)
    assert read_grids("t.xlsx", content)[0][0].name == "长" * 100


@pytest.mark.django_db
def test_an_import_is_of_so_many_rows(settings: Any) -> None:
    settings.READING_ROWS = 3
    long, wide = (
        text([HEADER, *[LILING] * 4]),
        text([*WIDE[:2], ["地区", "2022", "2023"], ["醴陵市", "1", "2"], ["攸县", "1", "2"]]),
    )
    for content in (long, wide):
        assert "more than 3 rows" in refusal(content.encode(), read_upload)[1]
    two_sheets = workbook(数据=[HEADER, LILING, LILING], 更多=[HEADER, LILING, LILING])
    assert "more than 3 rows" in refusal(two_sheets, read_upload)[1]


@pytest.mark.django_db
def test_an_import_of_nothing_but_errors_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MOST_ERRORS", 5)
    rows = [HEADER, *([f"无此地{number}", *LILING[1:]] for number in range(7))]
    upload = read_upload("t.csv", text(rows).encode())
    with override("en"), pytest.raises(UnreadableFile, match="more than 5 rows are in error") as refused:
        plan_upload(upload)
    assert "D7, region: unknown region: 无此地5" in in_both(refused.value.message)[1]


@pytest.mark.django_db
def test_only_so_many_unknown_words_are_guessed_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_index, "MOST_GUESSES", 3)
    rows = [HEADER, *([f"醴陵巿{'！' * number}", *LILING[1:]] for number in range(6))]
    plan = plan_upload(read_upload("t.csv", text(rows).encode()))
    guessed = ["did_you_mean" in error for _, rows in plan.tables for row in rows for error in row.errors]
    assert guessed[0] is True
    assert guessed[-1] is False


@pytest.mark.stores_alike
@pytest.mark.django_db
@pytest.mark.parametrize("words", ["2024@x", "注@x", "来源：@x：", "（单位@x", "（@：@）x"])
def test_no_cell_is_too_long_to_be_looked_into(words: str) -> None:
    hostile = words.replace("@", " " * 15_000)
    rows = [[hostile, hostile], ["地区", "2023", hostile], ["地区", "2023", "2024"], [hostile, "1", hostile]]
    began = time.process_time()
    with pytest.raises(UnreadableFile):
        read_upload("t.csv", text(rows).encode())
    with pytest.raises(UnreadableFile):
        read_upload("t.csv", text([HEADER[:2], *rows]).encode())
    assert time.process_time() - began < 5, (
        "it takes milliseconds, or minutes where a pattern looks at each beginning anew"
    )


def test_a_name_that_no_batch_can_have_is_refused() -> None:
    with override("en"), pytest.raises(UnreadableFile, match="name is longer than 200"):
        read_upload("长" * 201, text([HEADER, LILING]).encode())


def read_list(path: Path) -> list[dict[str, str]]:
    return [row for row in list_in(path.name, *read_grids(path.name, content_of(path))).rows if row]


@pytest.mark.parametrize("form", ["utf-8-sig", "gb18030", "xlsx"])
def test_a_list_is_read_from_any_form_of_file(tmp_path: Path, form: str) -> None:
    rows = [["code", "exact", ""], ["甲 ", " 一 ", ""], ["", "", ""], ["乙", "二", ""]]
    file = tmp_path / "list"
    file.write_bytes(workbook(S=rows) if form == "xlsx" else text(rows).encode(form))
    assert read_list(file) == [{"code": "甲", "exact": " 一 "}, {"code": "乙", "exact": "二"}]


@pytest.mark.parametrize(
    ("rows", "why"),
    [([["a", "a"], ["1", "2"]], "names a column twice: a"), ([["a", "b"], ["1"]], "row 2: not as many")],
)
def test_a_list_that_is_no_table_is_refused(tmp_path: Path, rows: list[list[str]], why: str) -> None:
    file = tmp_path / "list.csv"
    file.write_text(text(rows), encoding="utf-8")
    with override("en"), pytest.raises(UnreadableFile, match=why):
        read_list(file)
    with pytest.raises(UnreadableFile, match="No such file"):
        read_list(tmp_path / "nothing")
