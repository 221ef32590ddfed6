"""How fast the SDMX faces give all figures of a PostgreSQL store, beside psql's COPY of the same rows and columns.

    DATABASE_URL=postgres://…/name SECRET_KEY=x python benchmarks/sdmx.py [--runs 3] [--port 8629]

Starts the service by itself, asks for everything in each format, and prints the best wall time of each, the ratio to COPY,
and by how much the memory of the service grew at its highest.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = r"""\copy (
SELECT s.frequency, r.code, i.code, industry.code, product.code, partner.code, mode.code, s.accumulation, s.variant, o.period,
       round(o.value, o.decimals), u.code, o.decimals, o.status, o.qualifier, o.period_basis, source.slug, o.note_zh
FROM indicators_series s JOIN indicators_observation o ON o.series_id = s.id JOIN regions_region r ON r.id = s.region_id
JOIN indicators_indicator i ON i.id = s.indicator_id JOIN indicators_unit u ON u.id = o.unit_id
JOIN sources_source source ON source.id = o.source_id LEFT JOIN indicators_category industry ON industry.id = s.industry_id
LEFT JOIN indicators_category product ON product.id = s.product_id LEFT JOIN regions_region partner ON partner.id = s.partner_id
LEFT JOIN indicators_category mode ON mode.id = s.trade_mode_id
WHERE o.retired_id IS NULL ORDER BY s.key, o.period, o.id) TO '/dev/null' CSV HEADER"""
FORMATS = {
    "SDMX-CSV 1.0": "2.1/data/OBS?format=csvdata",
    "SDMX-CSV 2.0": "3.0/data?format=csvdata",
    "SDMX-ML 2.1 structure-specific": "2.1/data/OBS?format=structurespecificdata",
    "SDMX-ML 2.1 generic": "2.1/data/OBS?format=genericdata",
    "SDMX-JSON 2.0": "3.0/data?format=jsondata",
}
PIECE = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--port", type=int, default=8629)
    options = parser.parse_args()
    database = os.environ["DATABASE_URL"]
    copied = min(timed_copy(database) for _ in range(options.runs))
    print(f"{'psql COPY':32} {copied:6.2f} s")
    environment = {**os.environ, "HTTPS": "false", "RATE_LIMIT": "100000000/min", "WHITENOISE_USE_FINDERS": "true"}
    granian = Path(sys.executable).parent / "granian"
    arguments = ["--interface", "wsgi", "--no-ws", "--blocking-threads", "1", "--log-level", "warning"]
    process = subprocess.Popen(
        [granian, *arguments, "--port", str(options.port), "config.wsgi:application"], cwd=ROOT, env=environment
    )
    try:
        address = f"http://127.0.0.1:{options.port}"
        wait_for(f"{address}/readyz")
        read(f"{address}/sdmx/2.1/data/OBS?lastNObservations=1&format=csvdata")
        for name, path in FORMATS.items():
            before = highest(process.pid)
            runs = [read(f"{address}/sdmx/{path}") for _ in range(options.runs)]
            seconds, size = min(runs)
            grown = (highest(process.pid) - before) / 1024
            print(
                f"{name:32} {seconds:6.2f} s  {copied / seconds:5.2f} of COPY  {size / 1e6:7.1f} MB  memory +{grown:.0f} MB"
            )
    finally:
        process.terminate()
        process.wait(timeout=30)


def timed_copy(database: str) -> float:
    """Seconds that COPY takes."""
    began = time.perf_counter()
    subprocess.run(["psql", database, "-qc", COPY.replace("\n", " ")], check=True, timeout=600)
    return time.perf_counter() - began


def read(address: str) -> tuple[float, int]:
    """Seconds until the last byte of an answer, and how many bytes it has."""
    began, size = time.perf_counter(), 0
    with urllib.request.urlopen(address, timeout=600) as response:
        while piece := response.read(PIECE):
            size += len(piece)
    return time.perf_counter() - began, size


def wait_for(address: str) -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The service did not start.")


def highest(pid: int) -> int:
    """The highest memory (kB) that a process's children have had."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = (line for child in children for line in Path(f"/proc/{child}/status").read_text().splitlines())
    return max(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
