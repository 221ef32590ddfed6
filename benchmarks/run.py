"""`make bench`, `make bench-quick`: the service beside its peers, on the same rows, in one run; a table of ratios comes out.

What is compared is the processor time that a request takes, of the server and of the database together: requests a second
on two shared cores say as much of the load generator as of the contestant.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psycopg

from benchmarks import files, stores
from benchmarks.contestants import BY_HAND, DATASETTE, NINJA, OURS, PLAIN_DRF, WARM, Contestant, Question, command
from benchmarks.load import Measured, Server, drive, serving

MILLION = 1_000_000
HUNAN = [line.split(",")[0] for line in (stores.ROOT / "fixtures/regions.csv").read_text().splitlines()
         if line.startswith("43") and line.split(",")[1] in ("prefecture", "county")]  # fmt: skip


# The least that a ratio shall be.
GOALS: dict[str, dict[str, float]] = {
    "q1": {"of_ceiling": 0.3, "x_drf": 12, "of_hand": 0.7, "warm_of_hand": 3},
    "q2": {"of_ceiling": 0.4, "x_drf": 12, "of_hand": 0.9},
    "q3": {"of_ceiling": 0.6, "x_drf": 20, "of_hand": 1.15},
    "q5": {"of_copy": 0.5},
    "q7": {"x_drf": 10},
}
OF_RECORDS = {"x_drf": 10, "of_hand": 0.5}


def questions(case: str) -> list[Question]:
    """What is asked in a case: 200 different questions, always the same ones."""
    draw = random.Random(case)
    asked = []
    for _ in range(200):
        many = 5 if case == "q3" else 1
        first, last = {"q1": ("0000", "9999"), "q2": ("", ""), "q3": ("2000", "2024")}[case]
        year = str(draw.randint(1995, 2024))
        asked.append(
            {
                "indicator": [f"BENCH_{number:03}" for number in sorted(draw.sample(range(1, 246), many))],
                "region": {"q1": draw.sample(HUNAN, 1), "q2": [], "q3": sorted(draw.sample(HUNAN, 10))}[case],
                "first": first or year, "last": last or year,
            }
        )  # fmt: skip
    return asked


def start(contestant: Contestant, store: str) -> Any:
    return serving(command(contestant, store), store, contestant.ready, **contestant.environment)


class Run:
    """The measurements of one run, by case and contestant."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        # Case, contestant, at 16 connections, at one, and the most memory in MiB.
        self.lines: list[tuple[str, str, Measured | None, Measured | None, float]] = []
        self.cases: dict[str, dict[str, Any]] = {}
        self.conditions: dict[str, Any] = {}

    def measure(self, case: str, name: str, server: Server, paths: Sequence[str], etag: str = "") -> Measured:
        """At 16 connections and at one; of who is asked again each question was asked before."""
        for path in paths if name == WARM.name else ():
            server.ask(path)
        many = drive(server, paths, 16, self.seconds, etag)
        one = drive(server, paths, 1, self.seconds / 2, etag)
        self.lines.append((case, name, many, one, server.peak_mib()))
        print(f"  {case:12} {name:20} {many.rps:9.0f} requests/s  {many.cpu_us:9.0f} µs of processor each", flush=True)
        return many

    def contest(self, name: str, contestant: Contestant, store: str, also: Sequence[str] = ()) -> dict[str, Measured]:
        """q1 to q3, and what else this contestant can."""
        with start(contestant, store) as server:
            found = {
                case: self.measure(case, name, server, [contestant.path(question) for question in questions(case)])
                for case in ("q1", "q2", "q3")
            }
            if "q7" in also:
                found["q7"] = self.measure("q7", name, server, rankings(contestant))
            if "304" in also:
                path = contestant.path(questions("q1")[0])
                with urllib.request.urlopen(server.url(path)) as response:
                    etag = response.headers["ETag"]
                found["304"] = self.measure("304", name, server, [path], etag)
                found["empty"] = self.measure("empty view", name, server, ["/healthz"])
            return found

    def ceiling(self, store: str) -> dict[str, Measured]:
        """q1 to q3 without HTTP."""
        found = {}
        for case in ("q1", "q2", "q3"):
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.contestants.ceiling", str(self.seconds)], cwd=stores.ROOT, check=True,
                env=stores.environment(store), input="\n".join(map(json.dumps, questions(case))), text=True,
                stdout=subprocess.PIPE,
            )  # fmt: skip
            said = json.loads(done.stdout)
            said.pop("requests")
            found[case] = Measured(**said)
            self.lines.append((case, "the ceiling, no HTTP", found[case], None, 0))
        return found

    def keep(self, case: str, measured: Measured, **ratios: float) -> None:
        self.cases[case] = {
            **{name: round(ratio, 3) for name, ratio in ratios.items()},
            "rps": round(measured.rps, 1), "p50_ms": round(measured.p50_ms, 3), "p99_ms": round(measured.p99_ms, 3),
            "cpu_us": round(measured.cpu_us),
        }  # fmt: skip


def rankings(contestant: Contestant) -> list[str]:
    asked = [(question["indicator"][0], 1996 + number % 29) for number, question in enumerate(questions("q2"))]
    if contestant is OURS:
        return [f"/api/v1/rankings?indicator={code}&period={year}&kind=county&page_size=200" for code, year in asked]
    return [f"/observations/ranking/?indicator={code}&year={year}" for code, year in asked]


def measure_files(run: Run, store: str, listed: dict[str, files.File]) -> None:
    """q5 and the other formats of files."""
    for name, file in listed.items():
        case = "q5" if name == "csv" else name
        run.cases[case] = files.measure(store, file)
        print(f"  {case:28} " + ", ".join(f"{what} {value}" for what, value in run.cases[case].items()), flush=True)


def measure_depth(run: Run, store: str, suffix: str) -> None:
    """q4 and q6: the page half-way against the first, and counting."""
    cursor = stores.called(store, "-m", "benchmarks.half_way").strip()
    with start(OURS, store) as server:
        first = run.measure(f"q4 first{suffix}", "ours", server, ["/api/v1/observations"])
        middle = run.measure(f"q4 middle{suffix}", "ours", server, [f"/api/v1/observations?cursor={cursor}"])
        counted = drive(server, [f"/api/v1/observations?count=true&page_size=1&indicator=BENCH_{n:03}" for n in range(1, 246)],
                        1, run.seconds)  # fmt: skip
        whole = drive(server, ["/api/v1/observations?count=true&page_size=1"], 1, run.seconds)
    run.keep("q4", middle, of_first=middle.cpu_us / first.cpu_us)
    run.cases["q6"] = {"p50_ms": round(counted.p50_ms, 2), "p99_ms": round(counted.p99_ms, 2),
                       "unfiltered_p50_ms": round(whole.p50_ms, 2)}  # fmt: skip


def measure_records(run: Run, store: str) -> None:
    """Lists of records, matching and search, in one process on this store (benchmarks/records.py)."""
    called = {"service": OURS.name, "plain": "plain DRF", "by_hand": "by hand"}
    for one in json.loads(stores.called(store, "-m", "benchmarks.records", "--json")):
        path = unquote(one.pop("path"))
        spent = {name: one[name] for name in called if one[name]}  # each by the clock, then of the processor
        for name, (clock, processor) in spent.items():
            alone = Measured(1000 / clock, clock, math.nan, math.nan, processor * 1000, 0)
            run.lines.append((path, called[name], None, alone, math.nan))
        clock, ours = spent["service"]
        ratios = {"x_drf": spent.get("plain"), "of_hand": spent.get("by_hand")}
        kept = run.cases[path] = {
            "p50_ms": round(clock, 2), "cpu_us": round(ours * 1000),
            **{name: round(peer[1] / ours, 3) for name, peer in ratios.items() if peer},
        }  # fmt: skip
        print(f"  {path}: " + ", ".join(f"{name} {value}" for name, value in kept.items()), flush=True)


def measure_growth(run: Run, by_size: dict[int, str]) -> None:
    """One series, in stores of several sizes."""
    paths = [
        f"{OURS.path(question)}&industry=total"
        for question in questions("q1")
        if question["indicator"][0] < "BENCH_020"
    ]
    run.cases["growth"] = {}
    for size, store in by_size.items():
        with start(OURS, store) as server:
            measured = run.measure(f"one of {stores.short(size)}", "ours", server, paths)
        run.cases["growth"][stores.short(size)] = {
            "cpu_us": round(measured.cpu_us),
            "p50_ms": round(measured.p50_ms, 3),
        }


def conditions(store: str) -> dict[str, Any]:
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())  # fmt: skip
    with psycopg.connect(store) as connection:
        version, buffers = (
            connection.execute(f"SHOW {name}").fetchone() for name in ("server_version", "shared_buffers")
        )
    return {
        "cores": os.cpu_count(), "processor": model, "python": platform.python_version(),
        "postgresql": version[0] if version else "", "shared_buffers": buffers[0] if buffers else "",
        "load_average": round(os.getloadavg()[0], 2), "workers": 1, "threads": 4,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }  # fmt: skip


def show(run: Run) -> None:
    """One table of all that was measured by request, then of each case what it is beside its peers, and the goals."""
    heads = ("req/s 16", "p50 ms", "p99 ms", "server µs", "db µs", "KiB", "req/s 1", "p50 ms", "µs", "MiB")
    wide = max(len(case) for case, *_ in run.lines)
    print(f"\n{'case':{wide}} {'contestant':20} " + " ".join(f"{head:>9}" for head in heads))
    for case, name, many, one, peak in run.lines:
        of_many = (
            (many.rps, many.p50_ms, many.p99_ms, many.server_us, many.database_us, many.bytes / 1024) if many else ()
        )
        of_one = (one.rps, one.p50_ms, one.cpu_us) if one else ()
        cells = [*(of_many or [math.nan] * 6), *(of_one or [math.nan] * 3), peak]
        print(
            f"{case:{wide}} {name:20} "
            + " ".join(f"{'—' if math.isnan(cell) else round(cell, 2):>9}" for cell in cells)
        )
    print("\nConditions: " + ", ".join(f"{name} {value}" for name, value in run.conditions.items()))
    print(
        "Ratios of processor time (of_ceiling, of_hand: theirs over ours, cold; warm_of_hand: over ours, warm; x_…: others' over ours):"
    )
    for case, kept in run.cases.items():
        goals = GOALS.get(case, OF_RECORDS if case.startswith("/") else {})
        print(f"  {case:10} " + ", ".join(
            f"{name} {value}" + (f" (goal ≥ {goals[name]})" if name in goals else "") for name, value in kept.items()
        ))  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="one million rows, about five minutes")
    options = parser.parse_args()
    if missing := [name for name in ("wrk", "psql") if shutil.which(name) is None]:
        sys.exit(f"Needed and not installed: {', '.join(missing)} (Debian: wrk, postgresql-client).")
    store, file = stores.postgres(MILLION), stores.sqlite(MILLION)
    run = Run(seconds=2 if options.quick else 6)
    run.conditions = {**conditions(store), "quick": options.quick}
    ceiling = run.ceiling(store)
    ours = run.contest(OURS.name, OURS, store, also=("q7", "304"))
    warm, by_hand = (run.contest(one.name, one, store) for one in (WARM, BY_HAND))
    drf = run.contest("plain DRF", PLAIN_DRF, store, also=("q7",))
    peers = {peer.name: run.contest(peer.name, peer, store) for peer in (NINJA,)}
    on_sqlite = run.contest("ours, cold, SQLite", OURS, file)
    peers["datasette"] = run.contest("datasette", DATASETTE, datasette_file(file))
    for case in ("q1", "q2", "q3"):
        versus = {f"x_{name.split()[0].lower().replace('-', '_')}": peer[case].cpu_us / ours[case].cpu_us
                  for name, peer in peers.items()}  # fmt: skip
        run.keep(
            case, ours[case], of_ceiling=ceiling[case].cpu_us / ours[case].cpu_us,
            of_hand=by_hand[case].cpu_us / ours[case].cpu_us, warm_of_hand=by_hand[case].cpu_us / warm[case].cpu_us,
            x_drf=drf[case].cpu_us / ours[case].cpu_us, sqlite_of_postgresql=ours[case].cpu_us / on_sqlite[case].cpu_us,
            **versus,
        )  # fmt: skip
    run.keep("q7", ours["q7"], x_drf=drf["q7"].cpu_us / ours["q7"].cpu_us)
    run.keep("304", ours["304"], of_empty_view=ours["304"].cpu_us / ours["empty"].cpu_us)
    measure_records(run, store)
    measure_files(run, store, files.QUICK if options.quick else files.WHOLE)
    if options.quick:
        measure_depth(run, store, "")
    else:
        by_size = {100_000: stores.postgres(100_000), MILLION: store, 10 * MILLION: stores.postgres(10 * MILLION)}
        measure_depth(run, by_size[10 * MILLION], " of 10m")
        measure_growth(run, by_size)
    show(run)
    result = {"conditions": run.conditions, "cases": run.cases}
    Path(stores.ROOT / "benchmarks/latest.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    return 0


def datasette_file(file: str) -> str:
    """The SQLite file under the name that datasette's queries are of, as one file without a journal."""
    copy = stores.FOLDER / "bench.sqlite3"
    if not copy.exists():
        with sqlite3.connect(file.removeprefix("sqlite:///")) as original:
            original.execute("VACUUM INTO ?", [str(copy)])
    return f"sqlite:///{copy}"


if __name__ == "__main__":
    sys.exit(main())
