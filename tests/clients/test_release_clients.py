"""The names of releases stay text for programs that guess types: 2026.10 was 2026.1 to all of them, 2026-R10 is not."""

from __future__ import annotations

import datetime
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import duckdb
import openpyxl
import pandas
import polars
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
YEAR = datetime.datetime.now(datetime.UTC).year


@pytest.fixture(scope="module")
def folder(store: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of ten releases, the first of which is the seed."""
    made = tmp_path_factory.mktemp("releases")
    held, copy = store["DATABASE_URL"].removeprefix("sqlite:///"), made / "data.sqlite3"
    with closing(sqlite3.connect(held)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    script = Path(__file__).with_name("ten_releases.py")
    subprocess.run([ROOT / ".venv" / "bin" / "python", script, made], check=True, timeout=300)
    return made


COLUMN = {"releases": "version", "observations": "release"}


NAMES = sorted({"2026-R1", *(f"{YEAR}-R{number}" for number in range(2, 11))})


@pytest.mark.parametrize("table", COLUMN)
def test_the_names_of_ten_releases_come_back_by_default(folder: Path, table: str) -> None:
    column, names = COLUMN[table], NAMES
    csv = folder / f"{table}.csv"
    assert sorted(pandas.read_csv(csv)[column].unique()) == names
    assert sorted(polars.read_csv(csv, infer_schema_length=None)[column].unique()) == names  # periods are mixed
    rows = duckdb.sql(f"SELECT DISTINCT {column} FROM read_csv('{csv}') ORDER BY 1").fetchall()
    assert [name for (name,) in rows] == names


def test_a_spreadsheet_has_them_as_text(folder: Path) -> None:
    sheet = openpyxl.load_workbook(folder / "releases.xlsx").worksheets[0]
    head, *rows = sheet.iter_rows(values_only=True)
    assert sorted(row[head.index("version")] for row in rows if row[0]) == NAMES


def test_r_has_them_as_text(folder: Path, rscript: str) -> None:
    for table, column in COLUMN.items():
        read = f"cat(sort(unique(read.csv('{folder / table}.csv', encoding='UTF-8')${column})), sep='\\n')"
        done = subprocess.run([rscript, "-e", read], capture_output=True, text=True, check=True, timeout=60)
        assert sorted(done.stdout.split()) == NAMES
