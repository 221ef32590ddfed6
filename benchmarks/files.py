"""How fast all figures come as files, beside psql's COPY of the same rows and columns with their labels.

Each format has a server of its own, which is asked for fewer rows first, a tenth or less: by how much its
memory at the highest grows after that is what the number of rows costs. No file is kept between the runs.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from functools import cache
from typing import Any

from benchmarks.contestants import OURS, command
from benchmarks.load import Server, serving

PIECE = 1 << 20
THREADS = 4

STATED = "s.variant = '' AND "
ROW = """o.id, s.key, i.code, i.name_zh, r.code, r.name_zh, industry.code, industry.name_zh, product.code, product.name_zh,
    partner.code, partner.name_zh, mode.code, mode.name_zh, NULLIF(s.variant, ''), o.period, round(o.value, o.decimals),
    u.code, CASE WHEN u.code = 'COUNT' AND i.counter_zh <> '' THEN i.counter_zh ELSE u.name_zh END, o.status, o.qualifier,
    source.slug, release.version"""
SDMX = """s.frequency, r.code, i.code, industry.code, product.code, partner.code, mode.code, s.accumulation, s.variant,
    o.period, round(o.value, o.decimals), u.code, o.decimals, o.status, o.qualifier, o.period_basis, source.slug, o.note_zh"""
COPY = r"""\copy (SELECT {columns}
    FROM indicators_series s JOIN indicators_observation o ON o.series_id = s.id JOIN regions_region r ON r.id = s.region_id
    JOIN indicators_indicator i ON i.id = s.indicator_id JOIN indicators_unit u ON u.id = o.unit_id
    JOIN sources_source source ON source.id = o.source_id JOIN sources_release release ON release.id = o.released_id
    LEFT JOIN indicators_category industry ON industry.id = s.industry_id
    LEFT JOIN indicators_category product ON product.id = s.product_id
    LEFT JOIN regions_region partner ON partner.id = s.partner_id
    LEFT JOIN indicators_category mode ON mode.id = s.trade_mode_id
    WHERE {stated}o.retired_id IS NULL ORDER BY s.key, o.period, o.id) TO '/dev/null' CSV HEADER"""


@dataclass(frozen=True)
class File:
    """A format: the path of few rows and of many, and what COPY is given to copy beside it, if anything."""

    few: str
    many: str
    columns: str = ""
    stated: str = ""


LIST = "/api/v1/observations."
TENTH = "year=2022..2024"  # of the made-up figures, which are of thirty years: 100,000 of a million
OF_SDMX = "startPeriod=2022&endPeriod=2024&format="
CUBE = "topic=BENCH&industry=total"
QUICK = {
    "csv": File(f"{LIST}csv?indicator=BENCH_001", f"{LIST}csv", ROW, STATED),
    "sdmx_csv": File("/sdmx/3.0/data?c[TIME_PERIOD]=ge:2022&format=csvdata", "/sdmx/3.0/data?format=csvdata", SDMX),
    "parquet": File(f"{LIST}parquet?{TENTH}", f"{LIST}parquet"),
    "xlsx_of_a_tenth": File(f"{LIST}xlsx?year=2024&within=430200", f"{LIST}xlsx?{TENTH}"),
}
WHOLE = QUICK | {
    "sdmx_csv_1_0": File(f"/sdmx/2.1/data/OBS?{OF_SDMX}csvdata", "/sdmx/2.1/data/OBS?format=csvdata", SDMX),
    "sdmx_ml_structure_specific": File(
        f"/sdmx/2.1/data/OBS?{OF_SDMX}structurespecificdata", "/sdmx/2.1/data/OBS?format=structurespecificdata", SDMX
    ),
    "sdmx_ml_generic": File(f"/sdmx/2.1/data/OBS?{OF_SDMX}genericdata", "/sdmx/2.1/data/OBS?format=genericdata", SDMX),
    "sdmx_json": File("/sdmx/3.0/data?c[TIME_PERIOD]=ge:2022&format=jsondata", "/sdmx/3.0/data?format=jsondata", SDMX),
    "jsonstat_cube": File(f"{LIST}jsonstat?year=2023&{CUBE}", f"{LIST}jsonstat?{TENTH}&{CUBE}"),
}


def measure(store: str, file: File) -> dict[str, Any]:
    """Seconds, bytes and growth of memory of one format in a PostgreSQL store, and its speed as a part of COPY's."""
    with tempfile.TemporaryDirectory() as folder:
        unkept = {"FILES_DIR": folder, "FILES_BYTES": "0"}
        with serving(command(OURS, store), store, OURS.ready, **unkept) as server:
            server.rest()  # the search index is made beside, and takes memory of its own
            for _ in range(THREADS):  # each has memory of its own
                read(server, file.few)
            before = server.peak_mib()
            seconds, size = min(read(server, file.many) for _ in range(2 if file.columns else 1))
            growth = server.peak_mib() - before
    found = {"seconds": round(seconds, 2), "bytes": size, "memory_growth_mib": round(growth, 1)}
    if not file.columns:
        return found
    copied = copy_seconds(store, file.columns, file.stated)
    return {"of_copy": round(copied / seconds, 3), **found, "copy_seconds": round(copied, 2)}


@cache
def copy_seconds(store: str, columns: str, stated: str) -> float:
    """How long psql takes to copy the same columns of all rows to nowhere, at best."""
    statement = " ".join(COPY.format(columns=columns, stated=stated).split())
    taken = []
    for _ in range(2):
        began = time.monotonic()
        subprocess.run(["psql", store, "-qc", statement], check=True, timeout=600)
        taken.append(time.monotonic() - began)
    return min(taken)


def read(server: Server, path: str) -> tuple[float, int]:
    """Seconds until the last byte of an answer, and how many bytes it has."""
    began, size = time.monotonic(), 0
    with urllib.request.urlopen(server.url(path), timeout=600) as response:
        while piece := response.read(PIECE):
            size += len(piece)
    return time.monotonic() - began, size
