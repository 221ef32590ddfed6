"""`manage.py questions`: what people asked in vain."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from curation.management.bilingual import BilingualCommand
from sources.bilingual import both
from words.models import Finder, UnmetQuestion
from words.unmet import KEPT_DAYS, forget_old


class Command(BilingualCommand):
    help = f"List what people asked in vain in the last {KEPT_DAYS} days: how often, the last day, where, why. What is older is deleted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", choices=Finder.values, help="only what was asked at this endpoint")
        parser.add_argument("--first", type=int, default=100, help="how many, those asked most often first")

    def handle(self, *, at: str | None, first: int, **options: Any) -> None:
        forget_old()
        if not settings.UNMET_QUESTIONS:
            self.say(
                both("没有在计数：请设置 UNMET_QUESTIONS。", "Nothing is being counted: UNMET_QUESTIONS is not set.")
            )
        questions: Any = UnmetQuestion.objects.once_each()
        questions = questions.order_by("-asked", "-day", "question", "pk")
        listed = list((questions.filter(finder=at) if at else questions)[:first])
        if not listed:
            self.say(both("没有这样的问题。", "There are no such questions."))
        for one in listed:
            where, why = one.get_finder_display(), one.get_why_display()
            self.say(f"{one.asked:6}  {one.day}  {where}  {one.question}  ({why})")
