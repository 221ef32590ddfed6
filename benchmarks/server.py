"""How the service is served, beside other ways to serve it: `python -m benchmarks.server`, in the environment of `make bench`.

On each store the servers are asked in turn, round by round, so that whatever else the machine does meets all of them; what is
compared is the processor time that a request takes, and the median over the rounds of its ratio to the bare application. Then each
stands beside 64 bodies that do not go on and 64 readers of 20 kB a second, and says how long small questions waited at worst.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import stores
from benchmarks.contestants import COLD, OURS, Contestant, command, granian
from benchmarks.files import read
from benchmarks.load import Server, serving, wrk
from tests.faults.service import CSV, Q1, Attack

SERVERS = {
    "granian, WSGI, 4 threads": Contestant("bare", granian("benchmarks.contestants.bare:application"), "/readyz", OURS.path),
    "turns, on granian": OURS,
    "turns, on uvicorn": Contestant(
        "uvicorn",
        ("uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--log-level", "error", "--lifespan", "off",
         "config.asgi:application"),
        "/readyz", OURS.path,
    ),
}  # fmt: skip
CASES = {"q1": Q1, "a page of 1,000": "/api/v1/observations?topic=BENCH"}
BARE = next(iter(SERVERS))
ATTACKED = 15


def cost(server: Server, path: str, seconds: float) -> float:
    """Processor time in µs that a request takes, of the server and of its database."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(path)
        file.flush()
        before = server.processor_seconds() + server.database_seconds()
        asked = wrk(server, file.name, 16, seconds, "")["requests"]
        return (server.processor_seconds() + server.database_seconds() - before) / asked * 1e6


def cost_of_csv(server: Server) -> float:
    """The same of all figures as CSV, in seconds."""
    before = server.processor_seconds() + server.database_seconds()
    read(server, CSV)
    return server.processor_seconds() + server.database_seconds() - before


def compare(servers: dict[str, Server], rounds: int) -> None:
    """Prints each case's cost on each server, and its speed as a part of the bare application's."""
    measures: dict[str, Any] = {case: lambda server, path=path: cost(server, path, 1) for case, path in CASES.items()}
    measures["all as CSV"] = cost_of_csv
    for case, measure in measures.items():
        times = rounds if case in CASES else max(2, rounds // 5)
        found: dict[str, list[float]] = {name: [] for name in servers}
        for number in range(times):
            for name in list(servers) if number % 2 else reversed(servers):
                found[name].append(measure(servers[name]))
        for name, taken in found.items():
            ratios = [bare / own for bare, own in zip(found[BARE], taken, strict=True)]
            unit, scale = ("µs", 1.0) if case in CASES else ("s", 1.0)
            print(f"  {case:16} {name:26} {statistics.median(taken) * scale:9.2f} {unit:2} "
                  f"{statistics.median(ratios):6.2f} of bare ({min(ratios):.2f} to {max(ratios):.2f})", flush=True)  # fmt: skip


def attacked(server: Server) -> str:
    """How long a small question waited at worst beside 64 and 64, and the memory that this took."""
    attack = Attack(server)  # type: ignore[arg-type]
    try:
        waited = attack.beside(
            *(attack.unfinished_body("/pxweb/v2/tables/TRADE/data") for _ in range(64)),
            *(attack.slow_reader() for _ in range(64)), seconds=ATTACKED,
        )  # fmt: skip
    except (AssertionError, OSError) as failure:
        return f"failed: {failure}"
    worst = max(waited.values())
    return f"{worst:.2f} s at worst" if worst < ATTACKED else f"not answered in {ATTACKED} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--figures", type=int, default=1_000_000)
    chosen = parser.parse_args()
    for kind, make in (("SQLite", stores.sqlite), ("PostgreSQL", stores.postgres)):
        store = make(chosen.figures)
        print(f"\n{kind}, {chosen.figures:,} figures, {time.strftime('%Y-%m-%d %H:%M')}", flush=True)
        with ExitStack() as started, tempfile.TemporaryDirectory() as folder:
            servers = {}
            for number, (name, contestant) in enumerate(SERVERS.items()):
                files = {"FILES_DIR": f"{folder}/{number}", "LIMITS_FILE": f"{folder}/limits-{number}", **COLD}
                server = started.enter_context(serving(command(contestant, store), store, contestant.ready, **files))
                for path in CASES.values():
                    urllib.request.urlopen(server.url(path)).close()
                servers[name] = server
            compare(servers, chosen.rounds)
            for name, server in servers.items():
                print(f"  beside 64 + 64   {name:26} {attacked(server)}", flush=True)
    print(f"\nLoad average at the end: {Path('/proc/loadavg').read_text().split()[0]}")


if __name__ == "__main__":
    main()
