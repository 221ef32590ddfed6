"""Files as others' programs read them: pandas, polars, DuckDB over byte ranges, openpyxl, LibreOffice, pyjstat, jsonstat-toolkit."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import shutil
import statistics
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_httpfs
import openpyxl
import pandas
import polars
import pytest
import requests
from pyjstat import pyjstat

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLKIT_VERSION = "2.2.2"
ASKED = "detail=full&variants=all&lang=zh"
CODES = ["region", "indicator", "period", "partner"]

Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def figures(service: str) -> Rows:
    """All figures as the JSON API gives them, numbers as they are written."""
    answer = requests.get(f"{service}/api/v1/observations?{ASKED}&page_size=10000", timeout=60)
    content = json.loads(answer.content, parse_float=Decimal)
    assert content["next"] is None
    assert len(content["results"]) > 150
    rows: Rows = content["results"]
    return rows


def column(rows: Rows, name: str) -> list[Any]:
    return [row[name] for row in rows]


def as_float(value: Any) -> Any:
    return None if value is None else float(value)


# pandas -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bom", ["", "&bom=true"])
def test_pandas_reads_csv(bom: str, service: str, figures: Rows) -> None:
    texts = {name: "string" for name, cell in figures[0].items() if not isinstance(cell, int | Decimal)}
    frame = pandas.read_csv(f"{service}/api/v1/observations.csv?{ASKED}{bom}", dtype={**texts, "value": "float64"})
    assert list(frame.columns) == list(figures[0])
    for name in CODES:
        assert [None if pandas.isna(cell) else cell for cell in frame[name]] == column(figures, name)
    assert [None if pandas.isna(cell) else cell for cell in frame["value"]] == [
        as_float(v) for v in column(figures, "value")
    ]


def test_pandas_reads_parquet_with_its_types(service: str, figures: Rows) -> None:
    content = requests.get(f"{service}/api/v1/observations.parquet?{ASKED}", timeout=60).content
    frame = pandas.read_parquet(io.BytesIO(content))
    for name in CODES:
        assert isinstance(frame[name].dtype, pandas.CategoricalDtype)
        assert [None if pandas.isna(cell) else cell for cell in frame[name]] == column(figures, name)
    assert frame["value"].dtype == "float64"
    stated = [value for value in column(figures, "value") if value is not None]
    assert [Decimal(f"{value:.15g}") for value in frame["value"].dropna()] == stated
    assert frame["value"].mean() == pytest.approx(float(sum(stated)) / len(stated))
    assert frame["value"].quantile(0.5) == pytest.approx(float(statistics.median(stated)))
    assert (frame["value"] * 1.5).sum() == pytest.approx(1.5 * float(sum(stated)))
    assert str(frame["updated"].dtype).endswith("UTC]")


# What documentation says of codes in CSV ---------------------------------------------------------------------------------

LINES = re.findall(r"^  (\w.*\burl\b.*)$", (ROOT / "docs" / "data.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_default_readers_take_releases_for_texts(service: str, tmp_path: Path) -> None:
    file = tmp_path / "observations.csv"
    file.write_bytes(requests.get(f"{service}/api/v1/observations.csv?{ASKED}", timeout=60).content)
    assert set(pandas.read_csv(file)["release"]) == {"2026-R1"}
    assert set(polars.read_csv(file, columns=["release"])["release"]) == {"2026-R1"}
    assert duckdb.sql(f"SELECT DISTINCT typeof(release), release FROM read_csv('{file}')").fetchall() == [
        ("VARCHAR", "2026-R1")
    ]


@pytest.mark.parametrize("line", [line for line in LINES if "readr" not in line])
def test_codes_stay_texts_by_the_lines_of_the_documentation(line: str, service: str, tmp_path: Path) -> None:
    """Of one county, whose code every reader would guess to be a number; and of a code that begins with a nought."""
    asked = f"{ASKED}&region=430281"
    rows = requests.get(f"{service}/api/v1/observations?{asked}", timeout=60).json()["results"]
    file = tmp_path / "observations.csv"
    text = requests.get(f"{service}/api/v1/observations.csv?{asked}", timeout=60).text
    file.write_text(text.replace("430281", "030281"), encoding="utf-8", newline="")
    frame = eval(line, {"pandas": pandas, "polars": polars, "duckdb": duckdb, "url": file})
    read = {name: frame[name].to_list() if hasattr(frame, "columns") and not isinstance(frame, duckdb.DuckDBPyRelation)
            else [row[0] for row in frame.select(name).fetchall()] for name in ("region", "period", "value")}  # fmt: skip
    assert read["region"] == ["030281"] * len(rows)
    assert read["period"] == column(rows, "period")
    assert [None if pandas.isna(value) else value for value in read["value"]] == column(rows, "value")


def test_readr_keeps_codes_by_the_line_of_the_documentation(rscript: str, service: str) -> None:
    (line,) = [line for line in LINES if "readr" in line]
    script = f"url <- commandArgs(TRUE)[1]; rows <- {line}; cat(class(rows$region), class(rows$value), rows$region[1])"
    if subprocess.run([rscript, "-e", "library(readr)"], capture_output=True, check=False, timeout=60).returncode:
        pytest.skip("R has no readr (Debian: r-cran-readr)")
    address = f"{service}/api/v1/observations.csv?{ASKED}&region=430281"
    done = subprocess.run([rscript, "-e", script, address], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "character numeric 430281"


def test_arrow_in_r_calculates_with_values(rscript: str, service: str, figures: Rows, tmp_path: Path) -> None:
    if subprocess.run([rscript, "-e", "library(arrow)"], capture_output=True, check=False, timeout=60).returncode:
        pytest.skip("R has no arrow (install.packages('arrow'))")
    file = tmp_path / "observations.parquet"
    file.write_bytes(requests.get(f"{service}/api/v1/observations.parquet?{ASKED}", timeout=60).content)
    script = "cat(mean(arrow::read_parquet(commandArgs(TRUE)[1])$value, na.rm = TRUE))"
    done = subprocess.run([rscript, "-e", script, file], capture_output=True, text=True, check=True, timeout=60)
    stated = [float(value) for value in column(figures, "value") if value is not None]
    assert float(done.stdout) == pytest.approx(statistics.mean(stated), rel=1e-5)


# Byte ranges ------------------------------------------------------------------------------------------------------------


def test_polars_scans_a_small_csv_over_http(service: str) -> None:
    address = f"{service}/api/v1/observations.csv?region=430281&indicator=TRADE_TOTAL"
    found = polars.scan_csv(address).select("period", "value").collect()
    rows = requests.get(address.replace(".csv", ""), timeout=60).json()["results"]
    assert [value for _, value in found.rows()] == [row["value"] for row in rows] != []


def test_polars_scans_parquet_over_http(service: str, figures: Rows) -> None:
    address = f"{service}/api/v1/observations.parquet?{ASKED}"
    scanned = polars.scan_parquet(address).filter(polars.col("region").cast(polars.String) == "430281")
    found = scanned.select("id", "period", "value").collect()
    expected = [(row["id"], row["period"], as_float(row["value"])) for row in figures if row["region"] == "430281"]
    assert expected
    assert found.rows() == expected


@pytest.fixture(scope="session")
def duck() -> duckdb.DuckDBPyConnection:
    """DuckDB with the httpfs of its wheel."""
    (extension,) = Path(duckdb_extension_httpfs.__file__).parent.glob(
        f"extensions/v{duckdb.__version__}/*.duckdb_extension"
    )
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    connection.execute(f"LOAD '{extension}'")
    return connection


def test_duckdb_reads_parquet_over_http(duck: duckdb.DuckDBPyConnection, service: str, figures: Rows) -> None:
    address = f"{service}/api/v1/observations.parquet?{ASKED}"
    types = dict(
        duck.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet('{address}'))").fetchall()
    )
    assert types["value"] == "DOUBLE"
    assert types["region"] == "VARCHAR"
    assert types["period_start"] == "DATE"
    found = duck.execute(
        f"SELECT region, count(*), sum(value), avg(value), sum(value * value) FROM read_parquet('{address}') "
        "WHERE unit = 'CNY_100M' GROUP BY region ORDER BY region"
    ).fetchall()
    stated: dict[str, list[float]] = {}
    for row in figures:
        if row["unit"] == "CNY_100M" and row["value"] is not None:
            stated.setdefault(row["region"], []).append(float(row["value"]))
    assert [row[0] for row in found] == sorted(stated)
    for region, number, total, mean, squares in found:
        values = stated[region]
        assert (number, total, mean) == (
            len(values),
            pytest.approx(sum(values)),
            pytest.approx(statistics.mean(values)),
        )
        assert squares == pytest.approx(sum(value * value for value in values))
    said = duck.execute(
        f"SELECT decode(value) FROM parquet_kv_metadata('{address}') WHERE decode(key) = 'release'"
    ).fetchall()
    assert said == [("2026-R1",)]


def test_duckdb_reads_csv_over_http(duck: duckdb.DuckDBPyConnection, service: str, figures: Rows) -> None:
    found = duck.execute(
        f"SELECT id, value FROM read_csv('{service}/api/v1/observations.csv?{ASKED}', types={{'value': 'DECIMAL(24,9)'}})"
    ).fetchall()
    assert found == [(row["id"], None if row["value"] is None else Decimal(row["value"])) for row in figures]


# Spreadsheets -----------------------------------------------------------------------------------------------------------


def test_openpyxl_finds_codes_as_text_and_numbers_as_numbers(service: str, figures: Rows) -> None:
    content = requests.get(f"{service}/api/v1/observations.xlsx?{ASKED}", timeout=60).content
    book = openpyxl.load_workbook(io.BytesIO(content))
    lines = book.worksheets[0].iter_rows(values_only=True)
    names = next(lines)
    rows = [dict(zip(names, line, strict=True)) for line in lines]
    for name in CODES:
        assert column(rows, name) == column(figures, name)
    assert column(rows, "value") == [as_float(value) for value in column(figures, "value")]
    assert column(rows, "period_end") == [datetime.datetime.fromisoformat(day) for day in column(figures, "period_end")]
    notes = [line[:2] for line in book.worksheets[1].iter_rows(values_only=True)]
    assert ("查询", f"{service}/api/v1/observations.xlsx?{ASKED}") in notes


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, str], list[list[str]]]:
    """LibreOffice: a file opened by it, and each sheet's first lines as it would save them as CSV."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed (Debian: libreoffice-calc)")
    folder = tmp_path_factory.mktemp("office")

    def opened(path: Path, read_as: str = "") -> list[list[str]]:
        save = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"
        command = [
            program,
            "--headless",
            f"-env:UserInstallation=file://{folder}/user",
            "--convert-to",
            save,
            "--outdir",
            folder,
        ]
        done = subprocess.run([*command, *([f"--infilter={read_as}"] if read_as else []), path], capture_output=True,
                              check=False, timeout=120)  # fmt: skip
        (saved,) = folder.glob(f"{path.stem}*.csv")
        assert done.returncode == 0, done.stderr
        return list(csv.reader(io.StringIO(saved.read_text(encoding="utf-8"))))

    return opened


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_libreoffice_opens_it_with_chinese_and_codes_intact(
    format_: str, office: Any, service: str, figures: Rows, tmp_path: Path
) -> None:
    asked = f"{ASKED}&bom=true" if format_ == "csv" else ASKED
    file = tmp_path / f"of-{format_}.{format_}"
    file.write_bytes(requests.get(f"{service}/api/v1/observations.{format_}?{asked}", timeout=60).content)
    read_as = "Text - txt - csv (StarCalc):44,34,76,1" if format_ == "csv" else ""
    names, *lines = office(file, read_as)
    rows = [dict(zip(names, line, strict=True)) for line in lines]
    assert names == list(figures[0])
    for name in ("region", "region_name", "indicator_name", "unit_name"):
        assert column(rows, name) == column(figures, name)
    shown = [text for text in column(rows, "value") if text]
    stated = [str(value) for value in column(figures, "value") if value is not None]
    if format_ == "xlsx":  # with the decimals that were stated
        assert shown == stated
    else:
        assert list(map(Decimal, shown)) == list(map(Decimal, stated))


# JSON-stat --------------------------------------------------------------------------------------------------------------

CUBE = "lang=en&indicator=TRADE_TOTAL,INDUSTRY_OUTPUT&unit=CNY_100M&partner=total&trade_mode=total"


@pytest.fixture(scope="session")
def cube(service: str) -> tuple[str, Rows]:
    """A cube, and the rows that it holds."""
    rows = requests.get(f"{service}/api/v1/observations?{CUBE}&detail=full", timeout=60).json()["results"]
    assert len(rows) > 10
    return requests.get(f"{service}/api/v1/observations.jsonstat?{CUBE}", timeout=60).text, rows


def test_pyjstat_reads_a_cube(cube: tuple[str, Rows]) -> None:
    frame = pyjstat.Dataset.read(cube[0]).write("dataframe", naming="id").dropna(subset=["value"])
    found = sorted(
        zip(frame["region"], frame["indicator"], frame["industry"], frame["period"], frame["value"], strict=True)
    )
    assert found == sorted(
        (row["region"], row["indicator"], row["industry"] or "total", row["period"], row["value"])
        for row in cube[1] if row["value"] is not None
    )  # fmt: skip
    labelled = pyjstat.Dataset.read(cube[0]).write("dataframe")
    assert {"Region", "Indicator", "Period", "value"} <= set(labelled.columns)
    assert "Liling City" in set(labelled["Region"])


SCRIPT = """
const JSONstat = require("jsonstat-toolkit");
const cube = JSONstat(JSON.parse(require("fs").readFileSync(0, "utf8")));
console.log(JSON.stringify({
  length: cube.length, n: cube.n, roles: cube.role, label: cube.Dimension("region").Category("430281").label,
  unit: cube.Dimension("indicator").Category("TRADE_TOTAL").unit,
  value: cube.Data({region: "430281", indicator: "TRADE_TOTAL", industry: "total", unit: "CNY_100M", period: "2024"}),
}));
"""


@pytest.fixture(scope="session")
def toolkit() -> Path:
    """The folder of the npm package."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Node.js with npm is not installed")
    folder = ROOT / "var" / f"jsonstat-toolkit-{TOOLKIT_VERSION}"
    if not (folder / "node_modules").is_dir():
        package = f"jsonstat-toolkit@{TOOLKIT_VERSION}"
        options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder]
        subprocess.run([npm, "install", *options, package], check=True, capture_output=True, timeout=120)
    return folder


def test_jsonstat_toolkit_reads_a_cube(toolkit: Path, cube: tuple[str, Rows]) -> None:
    done = subprocess.run(
        ["node", "-e", SCRIPT], input=cube[0], capture_output=True, text=True, cwd=toolkit, check=True, timeout=60
    )
    found = json.loads(done.stdout)
    assert found["length"] == 12
    assert found["roles"]["time"] == ["period"]
    assert found["label"] == "Liling City"
    assert found["unit"] == {"decimals": 2, "label": "hundred million yuan"}
    assert (found["value"]["value"], found["value"]["status"]) == (41.25, None)
