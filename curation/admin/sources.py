"""Where a fact comes from: sources and citations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget

from curation.admin.base import part, section
from curation.admin.curated import CuratedAdmin
from curation.admin.filters import StateFilter
from curation.admin.forms import ReasonedForm
from indicators.models import Observation
from policies.models import Document
from sources.bilingual import both
from sources.fields import TextFormField
from sources.models import Citation, Source, Synonym
from sources.text import PHRASE


@admin.register(Source)
class SourceAdmin(CuratedAdmin):
    list_display = ("slug", "title", "kind", "issued", "is_official", "state")
    list_filter = (StateFilter, "kind", "is_official", "language")
    search_fields = ("slug", "title_zh", "title_en", "authors", "doi")
    search_help_text = both("代码、题名、作者、DOI", "code, title, authors, DOI")
    readonly_fields = ("reference",)
    related = (
        (both("其引证", "Its citations"), Citation, "source__id__exact"),
        (both("其观测", "Its observations"), Observation, "source__id__exact"),
        (both("其文件", "Its documents"), Document, "source__id__exact"),
    )
    sections = (
        section(None, ("slug", "kind"), "title_zh", "title_en", "authors", "reference"),
        section(
            both("出版", "Publication"), "publisher_zh", "publisher_en", ("issued", "language"), "doi", "url",
            "licence", "is_official",
        ),
        section(both("所读文本", "The text that was read"), "sha256", "length"),
        section(both("说明", "Notes"), "notes_zh", "notes_en"),
    )  # fmt: skip

    def api_path(self, record: Any) -> str:
        return f"/sources/{part(record.slug)}"

    @admin.display(description=both("参考文献（GB/T 7714）", "reference (GB/T 7714)"))
    def reference(self, record: Source) -> str:
        return record.citation if record.pk else ""


@admin.register(Synonym)
class SynonymAdmin(CuratedAdmin):
    list_display = ("code", "words", "state")
    search_fields = ("code", "words")
    search_help_text = both("代码、同义词", "code, words")
    sections = (section(None, "code", "words"), section(both("备注", "Note"), "note_zh", "note_en"))


class CitationForm(ReasonedForm):
    """The code follows from the rest, and the phrase is kept to the last space and line break."""

    exact = TextFormField(
        kind=PHRASE, label=both("原文短语", "exact phrase"), max_length=60,
        widget=AdminTextareaWidget(attrs={"rows": 2}),
        help_text=both("照原文，不改一字；其长度即止减起。", "As printed, to the letter; as long as end minus start."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].required = False
            self.fields["code"].help_text = both("留空则自动生成", "made from the rest if left empty")

    def _complete(self) -> None:
        parts = ("source", "start", "end", "role", "assertion")
        if not self.cleaned_data.get("code") and not any(name in self.errors for name in (*parts, "code")):
            source, *rest = (self.cleaned_data[name] for name in parts)
            self.cleaned_data["code"] = Citation.code_of(source.slug, *rest)


@admin.register(Citation)
class CitationAdmin(CuratedAdmin):
    form = CitationForm
    list_display = ("code", "exact", "section", "source", "role", "assertion", "state")
    list_select_related = ("source",)
    list_filter = (StateFilter, "role", "assertion", "source")
    search_fields = ("code", "exact", "section")
    search_help_text = both("代码、短语、章节", "code, phrase, section")
    autocomplete_fields = ("source",)
    related = ((both("引用它的观测", "Observations that cite it"), Observation, "citations__id__exact"),)
    sections = (
        section(None, "source", "exact", ("start", "end"), "section", "code"),
        section(both("如何读得", "How it was read"), ("role", "assertion")),
        section(both("备注", "Note"), "note_zh", "note_en"),
    )

    def api_path(self, record: Any) -> str:
        return f"/citations/{part(record.code)}"
