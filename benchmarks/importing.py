"""`python -m benchmarks.importing`: how long a file of 200,000 made-up figures takes to be published, how much of it
the processor works, here and in the database, and how much memory it takes.

On an SQLite file and on a PostgreSQL database of its own, both gone afterwards; then the same file again, which changes
nothing. The figures are of counties and years before 1995, so that none is taken for one of the seed.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks import stores
from benchmarks.load import database_seconds

FIGURES = 200_000
YEARS = range(1805, 1995)
HEADS = ("地区", "指标", "时期", "数值", "单位", "来源", "引证")
STATED = ("CNY_100M", "zhuzhou-county-trade", "zhuzhou-county-trade:1229-1236")
DATABASE = "hunan_bench_importing"
LOOKED_AT_EVERY = 0.2  # seconds


def figures() -> Iterator[tuple[str, ...]]:
    """Rows of a sheet in the long form."""
    counties = [row["code"] for row in _table("regions") if row["kind"] == "county" and row["code"].startswith("43")]
    indicators = [row["code"] for row in _table("indicators") if (row["kind"], row["unit"]) == ("flow", STATED[0])]
    places = ((county, indicator, year) for county in counties for indicator in indicators for year in YEARS)
    for number, (county, indicator, year) in zip(range(FIGURES), places, strict=False):
        value = 100 + number * 7919 % 97 / 100 + (year - YEARS[0]) / 10
        yield county, indicator, str(year), f"{value:.2f}", *STATED


def _table(name: str) -> list[dict[str, str]]:
    with (stores.ROOT / f"fixtures/{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@contextmanager
def database() -> Iterator[str]:
    """The address of an empty PostgreSQL database, dropped in the end."""
    with psycopg.connect(f"{stores.SERVER}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")
        try:
            yield f"{stores.SERVER}/{DATABASE}"
        finally:
            connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def timed(store: str, *arguments: str) -> str:
    """Wall time, processor time and peak memory of a command of the project. Raises RuntimeError where it fails."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments], cwd=stores.ROOT, env=stores.environment(store),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    database: dict[int, float] = {}  # seconds as last seen, by process
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        database |= database_seconds(store)
        time.sleep(LOOKED_AT_EVERY)
    _, status, used = ended
    if status:
        raise RuntimeError(f"{arguments[0]} ended with {os.waitstatus_to_exitcode(status)}")
    here, there = used.ru_utime + used.ru_stime, sum(database.values())
    took = time.monotonic() - began
    return f"{took:5.1f} s, processor {here:5.1f} s + database {there:4.1f} s, {used.ru_maxrss / 1024:4.0f} MiB at most"


def measure(store: str, file: Path) -> None:
    """Publish the file in an empty store, then look at it again."""
    stores.called(store, "manage.py", "migrate", "--no-input", "--verbosity=0")
    stores.called(store, "manage.py", "seed")
    name = store.split(":", maxsplit=1)[0]
    published = timed(store, "import_observations", str(file), "--commit", "--accept-warnings")
    print(f"{name:10} published        {published}", flush=True)
    print(f"{name:10} again, unchanged {timed(store, 'import_observations', str(file))}", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, database() as postgres:
        file = Path(folder) / "figures.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows([HEADS, *figures()])
        measure(f"sqlite:///{folder}/store.sqlite3", file)
        measure(postgres, file)


if __name__ == "__main__":
    main()
