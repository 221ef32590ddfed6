"""Tables as files: CSV and YAML, every cell as text, and a file that is no table refused by name and line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.tables.files import read_rows


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_spreadsheet_reads_with_and_without_bom_and_with_any_line_ends(
    tmp_path: Path, encoding: str, end: str
) -> None:
    path = written(tmp_path, "t.csv", f"code,name_zh{end}A,甲{end}B,{end}", encoding)
    assert read_rows(path) == [{"code": "A", "name_zh": "甲"}, {"code": "B", "name_zh": ""}]


def test_cells_stay_text_whatever_they_look_like(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", "a,b,c,d,e\n0010,41.20,true,2024-01-01,NA\n")
    assert read_rows(path) == [{"a": "0010", "b": "41.20", "c": "true", "d": "2024-01-01", "e": "NA"}]
    path = written(tmp_path, "t.yaml", "- {a: 0010, b: 41.20, c: true, d: 2024-01-01, e: null, f: no, g: 0x10}\n")
    assert read_rows(path) == [
        {"a": "0010", "b": "41.20", "c": "true", "d": "2024-01-01", "e": "null", "f": "no", "g": "0x10"}
    ]


def test_margins_of_a_cell_are_dropped_but_not_those_of_a_phrase(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", 'code,exact\n A ,"\n41亿 "\n')
    assert read_rows(path) == [{"code": "A", "exact": "\n41亿 "}]


def test_quoted_cells_hold_commas_quotes_and_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", 'a,b\n"x, ""y""","one\ntwo"\n')
    assert read_rows(path) == [{"a": 'x, "y"', "b": "one\ntwo"}]


@pytest.mark.parametrize("row", ["A", "A,甲,多"])
def test_a_ragged_line_is_refused_by_file_and_line(tmp_path: Path, row: str) -> None:
    path = written(tmp_path, "topics.csv", f"code,name_zh\nA,甲\n{row}\nC,丙\n")
    with pytest.raises(ValueError, match=r"topics\.csv, line 3"):
        read_rows(path)


def test_a_quote_that_is_not_closed_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", 'a,b\n"x,y\n')
    with pytest.raises((ValueError, csv.Error)):
        read_rows(path)


@pytest.mark.parametrize(
    ("text", "encoding"), [('a,b\n"x,y\n', "utf-8"), ("a,b\n甲,乙\n", "gb18030"), ("a,a\n1,2\n", "utf-8")]
)
def test_what_is_no_table_is_refused_by_file(tmp_path: Path, text: str, encoding: str) -> None:
    path = written(tmp_path, "topics.csv", text, encoding)
    with pytest.raises(ValueError, match=r"topics\.csv"):
        read_rows(path)


def test_lists_of_yaml_become_list_cells(tmp_path: Path) -> None:
    path = written(tmp_path, "t.yaml", "- code: a\n  authors: [甲, 乙]\n- code: b\n  authors: []\n")
    assert read_rows(path) == [{"code": "a", "authors": "甲;乙"}, {"code": "b", "authors": ""}]


@pytest.mark.parametrize("text", ["code: a\n", "just words\n", ""])
def test_yaml_that_is_no_list_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"documents\.yaml"):
        read_rows(written(tmp_path, "documents.yaml", text))


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL), min_size=1))
def test_what_is_written_to_a_table_is_read_from_it(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    expected = [{"a": a, "b": b} for a, b in rows]
    assert read_rows(written(tmp_path, "t.csv", text.getvalue())) == expected
    assert read_rows(written(tmp_path, "t.yaml", yaml.safe_dump(expected, allow_unicode=True))) == expected
