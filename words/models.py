"""What people asked in vain: counts of questions, and of whoever asked them nothing."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Subquery, Sum

from sources.bilingual import both
from sources.fields import StrictCharField, WholeNumberField, choice_check


class Finder(models.TextChoices):
    """Where words are taken: the endpoints that answer them."""

    SEARCH = "search", both("搜索 /search", "/search")
    RESOLVE = "resolve", both("名称 /resolve", "/resolve")
    ASK = "ask", both("提问 /ask", "/ask")
    MATCH = "match", both("政策匹配 /policies/match", "/policies/match")
    MEASURES = "measures", both("措施 /policies/measures", "/policies/measures")
    INDICATORS = "indicators", both("指标 /indicators", "/indicators")
    REGIONS = "regions", both("地区 /regions", "/regions")
    TABLES = "tables", both("PxWeb 数据表", "tables of PxWeb")


class Shortfall(models.TextChoices):
    """Why a question was asked in vain."""

    NOTHING = "nothing", both("没有找到", "nothing found")
    LITTLE = "little", both("大部分没有满足", "mostly unmet")
    NOT_HELD = "not_held", both("读懂了，但没有收录", "understood, but not held")


class UnmetQuestionQuerySet(models.QuerySet[Any]):
    """Counts of questions."""

    def once_each(self) -> Self:
        """Each question once, as of the last day on which it was asked, with `asked`: how often on all days. One query."""
        same = UnmetQuestion.objects.filter(
            finder=OuterRef("finder"), why=OuterRef("why"), question=OuterRef("question")
        ).order_by()
        total = same.values("question").annotate(total=Sum("times")).values("total")
        return self.filter(~Exists(same.filter(day__gt=OuterRef("day")))).annotate(asked=Subquery(total))


class UnmetQuestion(models.Model):
    """A question that was asked in vain on a day: its folded words, where, why, and how often (words/unmet.py)."""

    day = models.DateField(both("日期", "day"), db_index=True)
    finder = StrictCharField(both("接口", "endpoint"), max_length=10, choices=Finder)
    why = StrictCharField(both("缘由", "why"), max_length=10, choices=Shortfall)
    question = StrictCharField(both("问题", "question"), max_length=200)
    times = WholeNumberField(both("次数", "how often"))

    objects = UnmetQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = both("没有答案的问题", "question asked in vain")
        verbose_name_plural = both("没有答案的问题", "questions asked in vain")
        ordering = ("-day", "-times", "question", "finder", "why")
        constraints = (
            models.UniqueConstraint(fields=("question", "finder", "why", "day"), name="unmet_question_once_a_day"),
            choice_check("finder", Finder, "unmet_question_finder_known"),
            choice_check("why", Shortfall, "unmet_question_why_known"),
        )

    def __str__(self) -> str:
        return self.question
