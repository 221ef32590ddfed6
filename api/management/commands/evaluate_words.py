"""`manage.py evaluate_words`: how well questions in people's own words are answered."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.asking.evaluating import RIGHT, by_asking
from words.evaluating import (
    FIRST,
    WAYS,
    AnsweringWay,
    Judged,
    LabelledQuestion,
    judge,
    read_questions,
    succeeds,
    successes,
)

WITH_ASK = (*WAYS[:-1], AnsweringWay("ask", by_asking, lambda question: question.kind in RIGHT, 1), WAYS[-1])


class Command(BaseCommand):
    help = (
        "Print how often questions find a right answer first, among the first three and five, by kind and by language: in the "
        "search, in names, in the matching of policies, of /ask, and by plain keywords."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("questions", type=Path, help="a TSV file: lang, kind, question, expected, blind")
        parser.add_argument("--blind", action="store_true", help="only those written without knowledge of the synonyms")
        parser.add_argument("--failures", action="store_true", help="name the questions that fail, but for keywords")

    def handle(self, *args: Any, **options: Any) -> None:
        questions = [one for one in self._read(options["questions"]) if one.is_blind or not options["blind"]]
        heads = [f"first {first}" if first > 1 else "first" for first in FIRST]
        self.stdout.write(f"{'':15}{'':12}{'':6}" + "".join(f"{head:>9}" for head in [*heads, "zh", "en"]))
        judged = {way: judge(questions, way) for way in WITH_ASK}
        for way, mine in judged.items():
            for one in successes(mine, way):
                parts = [*one.at.values(), *one.of_languages.values()]
                cells = "".join(f"{'-' if part is None else f'{part:.2f}':>9}" for part in parts)
                self.stdout.write(f"{way.name:15}{one.kind:12}{one.count:6}{cells}")
        self.stdout.write(
            f"zh and en are among the first {', '.join(f'{way.first} ({way.name})' for way in WITH_ASK)}."
        )
        if options["failures"]:
            for way in WITH_ASK[:-1]:
                self._say_failures(way, judged[way])

    @staticmethod
    def _read(path: Path) -> Iterable[LabelledQuestion]:
        try:
            return read_questions(path)
        except OSError as error:
            raise CommandError(str(error)) from error
        except (KeyError, AttributeError) as error:
            raise CommandError(f"{path} lacks a column or a cell: {error}") from error

    def _say_failures(self, way: AnsweringWay, judged: Sequence[Judged]) -> None:
        for question, ranked in judged:
            if not succeeds(question, ranked, way.first):
                expected = "|".join(sorted(question.expected)) or "-"
                rows = ", ".join(min(row, default="another kind of answer") for row in ranked[: way.first]) or "-"
                self.stdout.write(f"{way.name}, {question.kind}: {question.question} → {rows}, not {expected}")
