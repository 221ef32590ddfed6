"""How long a search takes: p50 and p95 of the whole request in this process, over many different queries,
and of the processor time that it takes, which a busy machine does not stretch as far.

python benchmarks/search.py [--requests 400]; benchmarks/policies.py makes the measures. Also says what the index costs.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["RATE_LIMIT"] = "1000000/min"


def queries(chance: random.Random, count: int) -> list[str]:
    """Words of every kind in turn: one, two, taken apart, synonyms, beginnings, codes, what there is not."""
    from benchmarks.policies import LETTERS, OBJECTS, SYLLABLES, VERBS
    from indicators.models import Category
    from regions.models import Region

    places, trades = list(Region.objects.public()), list(Category.objects.public())

    def one() -> str:
        place, trade, thing, verb = (chance.choice(known) for known in (places, trades, OBJECTS, VERBS))
        return chance.choice([
            place.name_zh, place.name_en, trade.name_zh, thing[0], thing[1], f"{place.name_zh} {thing[0]}", verb[0],
            f"{trade.name_en} {thing[1]}", f"{place.short_zh or place.name_zh}{trade.name_zh}", "湖南自贸区", "FTZ",
            "自贸试验区 " + thing[0], verb[1][:3], place.code, "".join(chance.choices(SYLLABLES, k=2)),
            "".join(chance.choices(LETTERS, k=4)), "样例", "measure", "CBEC " + verb[1],
        ])  # fmt: skip

    return [one() for _ in range(count)]


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=400)
    arguments = parser.parse_args()
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from policies.models import Measure
    from words.index import index

    settings.ALLOWED_HOSTS = ["testserver"]
    client, chance = Client(), random.Random(1)
    started = time.perf_counter()
    index()
    built = time.perf_counter() - started
    index.forget()
    tracemalloc.start()
    index()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    print(f"measures {Measure.objects.public().count()}; index built in {built:.2f} s, {held / 2**20:.0f} MiB")
    client.get("/api/v1/search?q=a")  # the first request loads the middleware
    times: list[float] = []
    worked: list[float] = []
    slowest: list[tuple[float, str]] = []
    for words in queries(chance, arguments.requests):
        started, began = time.perf_counter(), time.process_time()
        response: Any = client.get(f"/api/v1/search?q={quote(words)}&facets=true&page_size=20")
        times.append(1000 * (time.perf_counter() - started))
        worked.append(1000 * (time.process_time() - began))
        slowest.append((times[-1], f"{words} ({response.json()['count']})"))
    print(f"requests {len(times)}; p50 {statistics.median(times):.1f} ms, p95 {percentile(times, 0.95):.1f} ms")
    print(f"of which at work: p50 {statistics.median(worked):.1f} ms, p95 {percentile(worked, 0.95):.1f} ms")
    for took, words in sorted(slowest, reverse=True)[:5]:
        print(f"  {took:.1f} ms  {words}")


if __name__ == "__main__":
    main()
