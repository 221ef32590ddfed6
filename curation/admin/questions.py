"""What people asked in vain: read-only, each question once, with a way to the vocabulary."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from curation.admin.base import ReadOnlyAdmin
from sources.bilingual import both
from words.models import UnmetQuestion

NEW_SYNONYMS = "admin:sources_synonym_add"


def new_synonyms(words: str) -> str:
    """The page of a new group of synonyms, with these words in it already."""
    return f"{reverse(NEW_SYNONYMS)}?{urlencode({'words': f';{words}'})}"


@admin.register(UnmetQuestion)
class UnmetQuestionAdmin(ReadOnlyAdmin):
    list_display = ("question", "asked", "day", "finder", "why", "vocabulary")
    list_filter = ("finder", "why")
    search_fields = ("question",)
    search_help_text = both("问题中的词语", "words of the question")
    sortable_by = ("asked", "day")
    fields = ("question", "finder", "why", "day", "times", "asked")
    readonly_fields = ("asked",)
    read_only_note = both(
        "只有次数，没有提问者；保留 30 天。问题已折叠：全半角、大小写、繁简归一。",
        "Counts only, of nobody in particular, kept for 30 days. The words are folded: width, case, traditional characters.",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnmetQuestion]:
        questions: Any = super().get_queryset(request)
        each: QuerySet[UnmetQuestion] = questions.once_each().order_by("-asked", "-day", "question", "pk")
        return each

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        return shown if request.user.has_perm("sources.add_synonym") else shown[:-1]

    def links(self, record: UnmetQuestion) -> list[tuple[Any, str]]:
        return [
            (both("新增一组同义词", "A new group of synonyms"), new_synonyms(record.question)),
            (both("全部同义词", "All groups of synonyms"), reverse("admin:sources_synonym_changelist")),
        ]

    @admin.display(description=both("30 天内次数", "times in 30 days"), ordering="asked")
    def asked(self, record: Any) -> int:
        return int(record.asked)

    @admin.display(description=both("词语", "vocabulary"))
    def vocabulary(self, record: UnmetQuestion) -> str:
        return format_html('<a href="{}">{}</a>', new_synonyms(record.question), both("加为同义词", "add as a synonym"))
