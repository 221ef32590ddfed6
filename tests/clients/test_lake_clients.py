"""The lake as DuckDB and Spark read it: the same counts and sums as the API gives."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

ROOT = Path(__file__).resolve().parent.parent.parent
Sums = dict[tuple[str, str, str], tuple[int, Decimal]]


@pytest.fixture(scope="module")
def lake(store: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of the observations of the newest release of the seed."""
    folder = tmp_path_factory.mktemp("lake")
    command = [ROOT / ".venv" / "bin" / "python", "manage.py", "export_lake", folder]
    subprocess.run(command, cwd=ROOT, env=store, check=True, timeout=300)
    (release,) = (path for path in folder.iterdir() if path.is_dir())
    return str(release / "observations")


@pytest.fixture(scope="module")
def stated(service: str) -> Sums:
    """By topic, frequency and indicator: how many figures the API has, and their sum."""

    def rows(path: str, **asked: str) -> Any:
        answer = requests.get(f"{service}/api/v1/{path}", asked, timeout=60)
        return answer.json(parse_float=Decimal, parse_int=Decimal)["results"]

    topics = {row["code"]: row["topic"] for row in rows("indicators", page_size="1000")}
    found: Sums = defaultdict(lambda: (0, Decimal(0)))
    for row in rows("observations", detail="full", variants="all", page_size="10000"):
        key = topics[row["indicator"]], row["frequency"], row["indicator"]
        count, total = found[key]
        found[key] = count + 1, total + (row["value"] or 0)
    return dict(found)


def summed(rows: list[tuple[Any, ...]]) -> Sums:
    """Counts and sums as a tool gave them: doubles, of which 12 digits are told here."""
    return {row[:3]: (row[3], Decimal(f"{row[4]:.12g}")) for row in rows}


def test_duckdb_gives_the_same_aggregates(lake: str, stated: Sums) -> None:
    rows = duckdb.sql(
        "SELECT topic, frequency, indicator, count(*), coalesce(sum(value), 0) "
        f"FROM read_parquet('{lake}/**/*.parquet', hive_partitioning = true) GROUP BY ALL"
    ).fetchall()
    assert summed(rows) == stated


def test_duckdb_reads_only_the_partition_that_is_asked_for(lake: str, stated: Sums) -> None:
    files = duckdb.sql(
        f"SELECT DISTINCT filename FROM read_parquet('{lake}/**/*.parquet', hive_partitioning = true, filename = true) "
        "WHERE topic = 'TRADE' AND frequency = 'M'"
    ).fetchall()
    assert [Path(name).relative_to(lake).parts[:2] for (name,) in files] == [("topic=TRADE", "frequency=M")]


def test_spark_gives_the_same_aggregates(lake: str, stated: Sums, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("java") is None:
        pytest.skip("Java is not installed (17 is what Spark 3.5 wants)")
    from pyspark.sql import SparkSession, functions  # noqa: PLC0415

    # One small question: a program made for it, and made faster while it runs, took most of the time.
    monkeypatch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    local = {
        "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "512m", "spark.sql.shuffle.partitions": "1", "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    }  # fmt: skip
    session = SparkSession.builder.master("local[1]").config(map=local).getOrCreate()
    try:
        total = functions.coalesce(functions.sum("value"), functions.lit(0.0))
        grouped = session.read.parquet(lake).groupBy("topic", "frequency", "indicator")
        rows = grouped.agg(functions.count("*"), total).collect()
    finally:
        session.stop()
    assert summed([tuple(row) for row in rows]) == stated
