"""The ceiling: the least that answers at all. A loop of psycopg and orjson, labels in memory, no HTTP and no parameters to read.

`python -m benchmarks.contestants.ceiling SECONDS < questions` (JSON lines: indicators, regions, first and last year)
prints how many it answered and its processor time, its own and that of its database process.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
import psycopg

from benchmarks.contestants import Question

SQL = """
    SELECT o.id, s.key, s.indicator_id, s.region_id, s.industry_id, s.product_id, s.partner_id, s.trade_mode_id, s.variant,
        o.period, round(o.value, o.decimals)::text, o.unit_id, o.status, o.qualifier, o.source_id, o.released_id
    FROM indicators_series s JOIN indicators_observation o ON o.series_id = s.id
    WHERE o.retired_id IS NULL AND s.variant = '' {} AND o.period >= {} AND o.period <= {}
    ORDER BY s.key, o.period, o.id LIMIT 1001
"""


def processor_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


TABLES = ("indicators_indicator", "regions_region", "indicators_category", "indicators_unit")
LABELS = "SELECT id, code, name_zh FROM {}"
SLUGS, VERSIONS = "SELECT id, slug FROM sources_source", "SELECT id, version FROM sources_release"


class Labels:
    """Codes and names by key, of four tables, and what sources and releases are called; and the statement and the rows by them."""

    def __init__(self, tables: Sequence[Iterable[Any]], sources: Iterable[Any], releases: Iterable[Any]) -> None:
        labels = [{key: (code, name) for key, code, name in rows} for rows in tables]
        self.indicators, self.regions, self.categories, self.units = labels
        for table in (self.categories, self.regions):
            table[None] = (None, None)
        self.sources, self.releases = (dict(map(tuple, rows)) for rows in (sources, releases))
        self.keys = {code: key for table in (self.indicators, self.regions) for key, (code, _) in table.items()}

    def statement(self, question: Question, mark: Callable[[int], str]) -> tuple[str, list[Any]]:
        """The statement and its parameters; `mark` is how a driver writes the place of the nth one."""
        narrowed, parameters = "", []
        for column, codes in (("s.indicator_id", question["indicator"]), ("s.region_id", question["region"])):
            if codes:
                parameters.append([self.keys[code] for code in codes])
                narrowed += f" AND {column} = ANY({mark(len(parameters))})"
        parameters += [question["first"], question["last"]]
        return SQL.format(narrowed, mark(len(parameters) - 1), mark(len(parameters))), parameters

    def page(self, rows: Sequence[Any]) -> bytes:
        """The answer of such rows."""
        indicators, regions, categories, units = self.indicators, self.regions, self.categories, self.units
        results = []
        for (
            number, key, indicator, region, industry, product, partner, mode, variant, period, value, unit, status,
            qualifier, source, release,
        ) in rows[:1000]:  # fmt: skip
            indicator_code, indicator_name = indicators[indicator]
            region_code, region_name = regions[region]
            industry_code, industry_name = categories[industry]
            product_code, product_name = categories[product]
            partner_code, partner_name = regions[partner]
            mode_code, mode_name = categories[mode]
            unit_code, unit_name = units[unit]
            results.append({
                "id": number, "series": key, "indicator": indicator_code, "indicator_name": indicator_name,
                "region": region_code, "region_name": region_name, "industry": industry_code,
                "industry_name": industry_name, "product": product_code, "product_name": product_name,
                "partner": partner_code, "partner_name": partner_name, "trade_mode": mode_code,
                "trade_mode_name": mode_name, "variant": variant or None, "period": period,
                "value": None if value is None else orjson.Fragment(value), "unit": unit_code, "unit_name": unit_name,
                "status": status, "qualifier": qualifier, "source": self.sources[source],
                "release": self.releases[release],
            })  # fmt: skip
        return orjson.dumps({"count": None, "next": None, "previous": None, "warnings": [], "results": results})


class Ceiling:
    def __init__(self, address: str) -> None:
        self.connection = psycopg.connect(address, autocommit=True, prepare_threshold=2)
        self.connection.execute("SET plan_cache_mode = force_custom_plan")
        tables = [self.connection.execute(LABELS.format(table)).fetchall() for table in TABLES]
        self.labels = Labels(tables, self.connection.execute(SLUGS), self.connection.execute(VERSIONS))

    def answer(self, question: Question) -> bytes:
        statement, parameters = self.labels.statement(question, lambda _: "%s")
        return self.labels.page(self.connection.execute(statement, parameters).fetchall())


def main() -> None:
    seconds, questions = float(sys.argv[1]), [json.loads(line) for line in sys.stdin]
    ceiling = Ceiling(os.environ["DATABASE_URL"])
    backend = ceiling.connection.info.backend_pid
    for question in questions[:20]:
        size = len(ceiling.answer(question))
    answered, end = 0, time.monotonic() + seconds
    own, database, began = time.process_time(), processor_seconds(backend), time.monotonic()
    taken = []
    while (start := time.monotonic()) < end:
        ceiling.answer(questions[answered % len(questions)])
        taken.append(time.monotonic() - start)
        answered += 1
    wall = time.monotonic() - began
    taken.sort()
    print(json.dumps({
        "requests": answered, "rps": answered / wall, "bytes": size,
        "server_us": (time.process_time() - own) / answered * 1e6,
        "database_us": (processor_seconds(backend) - database) / answered * 1e6,
        "p50_ms": taken[len(taken) // 2] * 1e3, "p99_ms": taken[int(len(taken) * 0.99)] * 1e3,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
