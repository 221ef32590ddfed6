"""How fast the SDMX faces give all figures of a PostgreSQL store, beside psql's COPY of the same rows and columns.

    python -m benchmarks.sdmx postgres://…/name [--runs 3]

Prints the best wall time of each format, its ratio to COPY, the processor time of the service and of the database, and by how
much the memory of the service grew at its highest.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from benchmarks.contestants import granian
from benchmarks.load import serving

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
    parser.add_argument("store")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    copied = min(timed_copy(options.store) for _ in range(options.runs))
    print(f"{'psql COPY':32} {copied:6.2f} s")
    program, *arguments = granian("config.wsgi:application")
    with serving([str(Path(sys.executable).parent / program), *arguments], options.store, "/readyz") as server:
        read(server.url("/sdmx/2.1/data/OBS?lastNObservations=1&format=csvdata"))
        for name, path in FORMATS.items():
            before, own, database = server.peak_mib(), server.processor_seconds(), server.database_seconds()
            seconds, size = min(read(server.url(f"/sdmx/{path}")) for _ in range(options.runs))
            own, database = (
                (now - then) / options.runs
                for now, then in ((server.processor_seconds(), own), (server.database_seconds(), database))
            )
            print(
                f"{name:32} {seconds:6.2f} s  {copied / seconds:5.2f} of COPY  {size / 1e6:7.1f} MB  "
                f"processor {own:.1f} s + {database:.1f} s  memory +{server.peak_mib() - before:.0f} MiB"
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
