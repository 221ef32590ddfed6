"""`manage.py evaluate_matching`: the matching beside keyword search, on labelled queries."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from policies.evaluating import FIRST, RANKINGS, evaluate, mean, read_queries


class Command(BaseCommand):
    help = "Print precision and nDCG of the policy matching and of keyword search on labelled queries."

    def add_arguments(self, parser: CommandParser) -> None:
        labelled = settings.BASE_DIR / "tests" / "policies" / "matching_queries.csv"
        parser.add_argument("--queries", type=Path, default=labelled, help="CSV of labelled queries")
        parser.add_argument("--worst", type=int, default=5, help="how many of the worst queries to name")

    def handle(self, *, queries: Path, worst: int, **options: Any) -> None:
        try:
            labelled = read_queries(queries)
        except KeyError as unknown:
            raise CommandError(f"{queries} asks for {unknown}, which this store does not have.") from None
        self.stdout.write(f"{len(labelled)} queries{'':22}precision@{FIRST}   nDCG@{FIRST}")
        judged = {name: evaluate(labelled, ranking) for name, ranking in RANKINGS.items()}
        for name, rows in judged.items():
            precision, ndcg = mean(rows)
            self.stdout.write(f"{name:32}{precision:11.3f}{ndcg:9.3f}")
        self.stdout.write("\nWhere the matching is worst:")
        for row in sorted(judged["matching"], key=lambda row: (row.ndcg, row.query))[:worst]:
            self.stdout.write(f"{row.query:32}{row.precision:11.3f}{row.ndcg:9.3f}")
