"""`manage.py evaluate_words`: how well questions in people's own words are answered."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from words.evaluating import FIRST, RANKINGS, evaluate, read_questions, succeeds


class Command(BaseCommand):
    help = (
        "Print how often questions find a right answer first and among the first three, by kind, beside keyword search."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("questions", type=Path, help="a TSV file: lang, kind, question, expected, blind")
        parser.add_argument("--blind", action="store_true", help="only those written without knowledge of the synonyms")
        parser.add_argument("--failures", action="store_true", help="name the questions that the search fails")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            questions = read_questions(options["questions"])
        except OSError as error:
            raise CommandError(str(error)) from error
        except (KeyError, AttributeError) as error:
            raise CommandError(f"{options['questions']} lacks a column or a cell: {error}") from error
        if options["blind"]:
            questions = [question for question in questions if question.is_blind]
        for name, ranking in RANKINGS.items():
            for one in evaluate(questions, ranking):
                self.stdout.write(
                    f"{name:15} {one.kind:20} {one.count:4}  first {one.at_1:.2f}  first 3 {one.at_3:.2f}"
                )
        if options["failures"]:
            for question in questions:
                found = RANKINGS["search"](question)
                if not succeeds(question, found, FIRST):
                    expected = "|".join(sorted(question.expected)) or "-"
                    rows = ", ".join(min(row) for row in found) or "-"
                    self.stdout.write(f"{question.kind}: {question.question} → {rows}, not {expected}")
