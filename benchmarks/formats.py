"""How fast all figures of a PostgreSQL store come as files, beside psql's COPY of the same rows and columns with their labels.

    python -m benchmarks.formats postgres://…/name [--runs 3]

Prints of each format the best wall time, its ratio to COPY, the processor time of the service and of the database, and by how
much the memory of the service at its highest grew over that of a tenth of the rows. No file is kept between the runs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.contestants import granian
from benchmarks.load import Server, serving

COPY = r"""\copy (
SELECT o.id, s.key, i.code, i.name_zh, r.code, r.name_zh, industry.code, industry.name_zh, product.code, product.name_zh,
       partner.code, partner.name_zh, mode.code, mode.name_zh, NULLIF(s.variant, ''), o.period, round(o.value, o.decimals), u.code,
       CASE WHEN u.code = 'COUNT' AND i.counter_zh <> '' THEN i.counter_zh ELSE u.name_zh END, o.status, o.qualifier,
       source.slug, release.version
FROM indicators_series s JOIN indicators_observation o ON o.series_id = s.id JOIN regions_region r ON r.id = s.region_id
JOIN indicators_indicator i ON i.id = s.indicator_id JOIN indicators_unit u ON u.id = o.unit_id
JOIN sources_source source ON source.id = o.source_id JOIN sources_release release ON release.id = o.released_id
LEFT JOIN indicators_category industry ON industry.id = s.industry_id
LEFT JOIN indicators_category product ON product.id = s.product_id LEFT JOIN regions_region partner ON partner.id = s.partner_id
LEFT JOIN indicators_category mode ON mode.id = s.trade_mode_id
WHERE s.variant = '' AND o.retired_id IS NULL ORDER BY s.key, o.period, o.id) TO '/dev/null' CSV HEADER"""

TENTH = "year=2022..2024"  # of the made-up figures, which are of thirty years: 100,000 of a million
CUBE = "topic=BENCH&industry=total"
CASES = {
    "CSV": (f"csv?{TENTH}", "csv"),
    "Parquet": (f"parquet?{TENTH}", "parquet"),
    "XLSX, a tenth of the rows": ("xlsx?year=2024", f"xlsx?{TENTH}"),
    "JSON-stat, a cube": (f"jsonstat?year=2023&{CUBE}", f"jsonstat?{TENTH}&{CUBE}"),
}
PIECE = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    copied = min(timed_copy(options.store) for _ in range(options.runs))
    print(f"{'psql COPY':28} {copied:6.2f} s")
    program, *arguments = granian("config.wsgi:application")
    command = [str(Path(sys.executable).parent / program), *arguments]
    with tempfile.TemporaryDirectory() as folder:
        kept = {"FILES_DIR": folder, "FILES_BYTES": "0"}
        with serving(command, options.store, "/readyz", **kept) as server:
            for name, (few, many) in CASES.items():
                measure(server, name, few, many, options.runs, copied)


def measure(server: Server, name: str, few: str, many: str, runs: int, copied: float) -> None:
    """Asks for a file of few rows, whose memory is taken for the start, and some times for one of many; prints a line."""
    read(server.url(f"/api/v1/observations.{few}"))
    memory, own, database = server.peak_mib(), server.processor_seconds(), server.database_seconds()
    seconds, size = min(read(server.url(f"/api/v1/observations.{many}")) for _ in range(runs))
    spent = [(server.processor_seconds() - own) / runs, (server.database_seconds() - database) / runs]
    beside = f"{copied / seconds:5.2f} of COPY" if many == "csv" else " " * 13
    print(
        f"{name:28} {seconds:6.2f} s  {beside}  {size / 1e6:6.1f} MB  processor {spent[0]:.1f} s + {spent[1]:.1f} s  "
        f"memory +{server.peak_mib() - memory:.0f} MiB",
        flush=True,
    )


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


if __name__ == "__main__":
    main()
