"""How long words take: /search, /ask and /policies/match?q=, p50 and p95 over many different questions, of the whole request in
this process and of reading and finding alone; and of the processor time, which a busy machine does not stretch as far.

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
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ |= {"RATE_LIMIT": "1000000/min", "HTTPS": "false"}


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


def questions(chance: random.Random, count: int) -> list[str]:
    """Whole questions: a figure, a ranking, a date, an actor, a goal, what there is not."""
    from indicators.models import Indicator
    from regions.models import Region

    places, indicators = list(Region.objects.public()), list(Indicator.objects.public())

    def one() -> str:
        place, indicator, year = chance.choice(places), chance.choice(indicators), chance.choice(range(2020, 2025))
        return chance.choice([
            f"{place.name_zh}{year}年{indicator.name_zh}是多少",
            f"What was the {indicator.name_en} of {place.name_en} in {year}?",
            f"哪个县的{indicator.name_zh}最高", f"which county has the highest {indicator.name_en}",
            f"{place.name_zh}{indicator.name_zh}增长", f"{place.name_zh}什么时候开工", f"who runs {place.name_en}",
            f"{place.name_zh}{year}年的目标", "明天会下雨吗",
        ])  # fmt: skip

    return [one() for _ in range(count)]


def needs(chance: random.Random, count: int) -> list[str]:
    """What businesses look for."""
    from benchmarks.policies import OBJECTS
    from indicators.models import Category
    from regions.models import Region

    places, trades = list(Region.objects.public()), list(Category.objects.public())

    def one() -> str:
        place, trade, thing = chance.choice(places), chance.choice(trades), chance.choice(OBJECTS)
        return chance.choice([
            f"我们在{place.name_zh}做{trade.name_zh}，需要{thing[0]}", f"{trade.name_en} firm in {place.name_en} looks for {thing[1]}",
            f"{trade.name_zh}想找{thing[0]}", thing[0], thing[1], f"{place.name_zh}有哪些{thing[0]}政策",
        ])  # fmt: skip

    return [one() for _ in range(count)]


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


class Timing:
    """Times of one kind of work, in milliseconds: by the clock, and of the processor."""

    def __init__(self, name: str) -> None:
        self.name, self.times, self.worked = name, list[float](), list[float]()
        self.slowest: list[tuple[float, str]] = []

    def take(self, words: str, work: Callable[[], object]) -> None:
        started, began = time.perf_counter(), time.process_time()
        work()
        self.times.append(1000 * (time.perf_counter() - started))
        self.worked.append(1000 * (time.process_time() - began))
        self.slowest.append((self.worked[-1], words))

    def say(self) -> None:
        clock, work = ((statistics.median(each), percentile(each, 0.95)) for each in (self.times, self.worked))
        print(
            f"{self.name:32} by the clock {clock[0]:7.2f} {clock[1]:7.2f}   at work {work[0]:7.2f} {work[1]:7.2f} ms (p50, p95)"
        )
        for took, words in sorted(self.slowest, reverse=True)[:2]:
            print(f"    {took:.1f} ms  {words}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=400)
    arguments = parser.parse_args()
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from policies.models import Measure
    from words.asking import wanted
    from words.index import find, index
    from words.matching import phrases

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

    def answered(address: str) -> None:
        assert client.get(address).status_code == 200, address

    ways = (
        ("search?facets=true&page_size=20&", queries, lambda words: find(words)[0:20]),
        ("ask?", questions, lambda words: wanted(find(words))),
        ("policies/match?page_size=20&", needs, lambda words: phrases(find(words))),
    )
    for path, made, found in ways:
        asked = made(chance, arguments.requests)
        read, whole = Timing(f"{path} reading and finding"), Timing(f"{path} whole request")
        client.get(f"/api/v1/{path}q=a")  # the first request loads the middleware
        found("礼陵")  # and the first repair the sounds of names
        for words in asked:
            read.take(words, partial(found, words))
            whole.take(words, partial(answered, f"/api/v1/{path}q={quote(words)}"))
        read.say()
        whole.say()


if __name__ == "__main__":
    main()
