"""Policies: actors, instruments, documents, domains, measures with their events and links, and relations."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from curation.admin.asking import ChosenSoundly
from curation.admin.base import ReadOnlyAdmin, part, section
from curation.admin.board import WithBoard
from curation.admin.curated import CuratedAdmin, CuratedInline
from curation.admin.filters import MeasureStatusFilter, StateFilter
from curation.admin.forms import ReasonedForm
from curation.tables.code_index import LIST_SEPARATOR, split
from policies.choices import Need, Status
from policies.models import (
    Actor,
    Document,
    Domain,
    Event,
    Instrument,
    Measure,
    MeasureIndicator,
    MeasureRegion,
    Relation,
)
from sources.bilingual import both

CODE_OR_NAME = both("代码、名称", "code, name")


@admin.register(Actor)
class ActorAdmin(CuratedAdmin):
    list_display = ("code", "name", "kind", "state")
    list_filter = (StateFilter, "kind")
    search_fields = ("code", "name_zh", "name_en")
    search_help_text = CODE_OR_NAME
    related = (
        (both("其文件", "Its documents"), Document, "issuer__id__exact"),
        (both("其措施", "Its measures"), Measure, "actors__id__exact"),
    )
    sections = (section(None, ("code", "kind"), ("name_zh", "name_en")),)


@admin.register(Instrument)
class InstrumentAdmin(CuratedAdmin):
    list_display = ("code", "name", "state")
    search_fields = ("code", "name_zh", "name_en")
    search_help_text = CODE_OR_NAME
    related = ((both("所用于的措施", "Measures that use it"), Measure, "instruments__id__exact"),)
    sections = (section(None, "code", ("name_zh", "name_en")),)


@admin.register(Document)
class DocumentAdmin(CuratedAdmin):
    list_display = ("code", "title", "kind", "issuer", "level", "issued", "state")
    list_select_related = ("issuer",)
    list_filter = (StateFilter, "kind", "level")
    search_fields = ("code", "title_zh", "title_en", "number")
    search_help_text = both("代码、标题、文号", "code, title, number")
    autocomplete_fields = ("issuer", "source", "citations")
    related = (
        (both("其领域", "Its domains"), Domain, "document__id__exact"),
        (both("其措施", "Its measures"), Measure, "document__id__exact"),
    )
    sections = (
        section(None, ("code", "kind"), "title_zh", "title_en", "number"),
        section(both("发文", "Issue"), "issuer", ("level", "issued")),
        section(both("出处", "Source"), "source", "citations", "total_series"),
        section(both("备注", "Note"), "note_zh", "note_en"),
    )

    def api_path(self, record: Any) -> str:
        return f"/policies/documents/{part(record.code)}"


@admin.register(Domain)
class DomainAdmin(CuratedAdmin):
    list_display = ("code", "name", "document", "ordinal", "task_count", "state")
    list_select_related = ("document",)
    list_filter = (StateFilter, "document")
    search_fields = ("code", "name_zh", "name_en")
    search_help_text = CODE_OR_NAME
    autocomplete_fields = ("document", "citations")
    related = ((both("其措施", "Its measures"), Measure, "domain__id__exact"),)
    sections = (
        section(None, "code", ("document", "ordinal"), ("name_zh", "name_en")),
        section(
            both("文件所述", "What the document states"), "task_count", "citations",
            note=both("照文件所述，不是此处收录的数目。", "As the document states, not how many are held here."),
        ),
    )  # fmt: skip

    def api_path(self, record: Any) -> str:
        return f"/policies/domains/{part(record.code)}"


class MeasureForm(ReasonedForm):
    """The needs that a measure meets are ticked, not typed."""

    needs = forms.MultipleChoiceField(
        label=both("所补需求", "needs met"), choices=Need.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["needs"] = split(self.initial.get("needs") or "")

    def clean_needs(self) -> str:
        """As they are stored: joined, in the order of the list, unless they are the same as before in another."""
        before = self.instance.need_list
        same = set(before) == set(self.cleaned_data["needs"])
        return LIST_SEPARATOR.join(before if same else self.cleaned_data["needs"])


class EventInline(CuratedInline, admin.StackedInline):
    model = Event
    fields = (("type", "edtf"), ("region", "batch"), "citations", ("note_zh", "note_en"))
    autocomplete_fields = ("region", "citations")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        events: Any = super().get_queryset(request)
        return events.in_order().select_related("region").prefetch_related("citations")


class RelationInline(CuratedInline, admin.StackedInline):
    """How the measure bears on others."""

    model = Relation
    fk_name = "from_measure"
    verbose_name_plural = both("它对其他措施或文件的关系", "How it bears on other measures and documents")
    fields = ("type", ("to_measure", "to_document"), "citations")
    autocomplete_fields = ("to_measure", "to_document", "citations")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Relation]:
        relations = super().get_queryset(request)
        return relations.select_related("to_measure", "to_document").prefetch_related("citations").order_by("pk")


class RelationFromInline(ChosenSoundly, admin.TabularInline):
    """What bears on the measure; it is edited at the other end."""

    model = Relation
    fk_name = "to_measure"
    verbose_name_plural = both("其他措施或文件对它的关系", "How other measures and documents bear on it")
    fields = ("from_shown", "type")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Relation]:
        return super().get_queryset(request).select_related("from_measure", "from_document").order_by("pk")

    @admin.display(description=both("主体", "from"))
    def from_shown(self, record: Relation) -> Any:
        return record.from_end


class MeasureRegionInline(ChosenSoundly, admin.TabularInline):
    model = MeasureRegion
    fields = ("region", "role")
    autocomplete_fields = ("region",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[MeasureRegion]:
        return super().get_queryset(request).select_related("region")


class MeasureIndicatorInline(ChosenSoundly, admin.TabularInline):
    model = MeasureIndicator
    fields = ("indicator", "direction")
    autocomplete_fields = ("indicator",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[MeasureIndicator]:
        return super().get_queryset(request).select_related("indicator")


@admin.register(Measure)
class MeasureAdmin(WithBoard, CuratedAdmin):
    form = MeasureForm
    list_display = ("code", "title", "kind", "domain", "level", "standing", "state")
    list_select_related = ("domain",)
    list_filter = (StateFilter, MeasureStatusFilter, "kind", "level", "document", "domain")
    search_fields = ("code", "search")
    search_help_text = both("代码、标题、摘要", "code, title, summary")
    autocomplete_fields = ("document", "domain", "parent", "actors", "instruments", "industries", "citations")
    readonly_fields = ("standing",)
    inlines = (EventInline, RelationInline, RelationFromInline, MeasureRegionInline, MeasureIndicatorInline)
    related = (
        (both("下级措施", "Measures below it"), Measure, "parent__id__exact"),
        (both("事件", "Events"), Event, "measure__id__exact"),
    )
    sections = (
        section(None, ("code", "kind"), "document", ("domain", "ordinal"), "parent", "level", "standing"),
        section(both("内容", "Content"), "title_zh", "title_en", "summary_zh", "summary_en"),
        section(both("主体与手段", "Who and how"), "actors", "instruments", "industries", "needs"),
        section(both("出处", "Source"), "citations"),
    )
    shown_as: ClassVar = {"needs": "needs_in_words"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Measure.objects.with_status().order_by(*self.opts.ordering)

    def api_path(self, record: Any) -> str:
        return f"/policies/measures/{part(record.code)}"

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """A measure has no relations before it is there."""
        inlines = super().get_inlines(request, obj)
        return [one for one in inlines if obj is not None or one.model is not Relation]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        doomed, count, lacking, protected = super().get_deleted_objects(objs, request)
        own_links = {model._meta.verbose_name for model in (MeasureRegion, MeasureIndicator)}
        return doomed, count, lacking - own_links, protected

    @admin.display(
        description=both("现状（由已发布事件推得）", "status (from its published events)"), ordering="status"
    )
    def standing(self, record: Any) -> str:
        status = getattr(record, "status", None)
        if not status:
            return self.get_empty_value_display()
        label, since = Status(status).label, record.status_since
        return str(both(f"{label}（{since}）", f"{label} ({since})")) if since else str(label)

    @admin.display(description=both("所补需求", "needs met"))
    def needs_in_words(self, record: Measure) -> str:
        return " · ".join(str(Need(need).label) for need in record.need_list) or self.get_empty_value_display()


class LinkAdmin(ReadOnlyAdmin):
    """The links of measures, to be looked through; they are edited on the measure's page."""

    read_only_note = both("在政策措施的页面上修改。", "Edited on the measure's page.")


@admin.register(MeasureRegion)
class MeasureRegionAdmin(LinkAdmin):
    list_display = ("measure", "region", "role")
    list_select_related = ("measure", "region")
    list_filter = ("role", "region__kind")
    search_fields = ("measure__code", "measure__search", "region__search")
    search_help_text = both("措施或地区的代码、名称", "code or words of the measure or region")


@admin.register(MeasureIndicator)
class MeasureIndicatorAdmin(LinkAdmin):
    list_display = ("measure", "indicator", "direction")
    list_select_related = ("measure", "indicator")
    list_filter = ("direction", "indicator__topic")
    search_fields = ("measure__code", "measure__search", "indicator__search")
    search_help_text = both("措施或指标的代码、名称", "code or words of the measure or indicator")


@admin.register(Event)
class EventAdmin(CuratedAdmin):
    list_display = ("measure", "type", "edtf", "region", "state")
    list_select_related = ("measure", "region")
    list_filter = (StateFilter, "type")
    search_fields = ("measure__code", "measure__search")
    search_help_text = both("措施的代码、标题、摘要", "code, title, summary of the measure")
    autocomplete_fields = ("measure", "region", "citations")
    sections = (
        section(None, "measure", ("type", "edtf"), ("region", "batch"), "citations"),
        section(both("备注", "Note"), "note_zh", "note_en"),
    )


@admin.register(Relation)
class RelationAdmin(CuratedAdmin):
    list_display = ("from_shown", "type", "to_shown", "state")
    list_display_links = ("type",)
    list_select_related = ("from_measure", "from_document", "to_measure", "to_document")
    list_filter = (StateFilter, "type")
    search_fields = ("from_measure__code", "from_document__code", "to_measure__code", "to_document__code")
    search_help_text = both("任一端的代码", "code of either end")
    autocomplete_fields = ("from_measure", "from_document", "to_measure", "to_document", "citations")
    sections = (
        section(
            both("主体", "From"), "from_measure", "from_document",
            note=both("措施与文件填一项。", "Fill in the measure or the document."),
        ),
        section(None, "type"),
        section(
            both("客体", "To"), "to_measure", "to_document",
            note=both("措施与文件填一项。", "Fill in the measure or the document."),
        ),
        section(both("出处", "Source"), "citations"),
    )  # fmt: skip

    @admin.display(description=both("主体", "from"))
    def from_shown(self, record: Relation) -> Any:
        return record.from_end

    @admin.display(description=both("客体", "to"))
    def to_shown(self, record: Relation) -> Any:
        return record.to_end
