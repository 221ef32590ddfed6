"""`python -m benchmarks.publishing`: how long one corrected figure takes to be published in a store of five million.

On an SQLite file and on a PostgreSQL database, made once and kept for the next run; or on the stores that are named.
"""

from __future__ import annotations

import argparse
import json
from statistics import median

from benchmarks import stores

FIGURES = 5_000_000
TIMES = 7


def measure(store: str, times: int) -> None:
    """The median publication, by the clock and of processors; and the longest by the clock."""
    lines = stores.called(store, "-m", "benchmarks.one_figure", str(times)).splitlines()
    found = [json.loads(line) for line in lines]
    seconds, process, database = ([one[name] for one in found] for name in ("seconds", "process", "database"))
    print(
        f"{store.split(':', maxsplit=1)[0]:10} {median(seconds):6.3f} s (at most {max(seconds):.3f}); "
        f"processor {median(process):.3f} s, of the database beside it {median(database):.3f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--observations", type=int, default=FIGURES, help=f"figures of the stores ({FIGURES:,})")
    parser.add_argument("--times", type=int, default=TIMES, help=f"publications that are measured ({TIMES})")
    parser.add_argument("stores", nargs="*", metavar="ADDRESS", help="filled stores, in place of those that are made")
    given = parser.parse_args()
    for store in given.stores or (stores.sqlite(given.observations), stores.postgres(given.observations)):
        measure(store, given.times)


if __name__ == "__main__":
    main()
