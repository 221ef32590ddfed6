"""What all pages of the admin share: links to the public API, cheap lists, language, and when a page may write."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import get_script_prefix, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html

from curation.admin.asking import AskedSoundly
from curation.admin.history import is_curated
from curation.models import Change
from curation.tables.curated import table_of
from sources.bilingual import both, said
from sources.fields import StrictCharField
from sources.folding import normalised

API = "/api/v1"


def part(code: Any) -> str:
    """A code as one part of an address."""
    return quote(str(code), safe=":")


def section(title: Any, *fields: Any, note: Any = None) -> tuple[Any, dict[str, Any]]:
    """A titled group of fields on a page."""
    return title, {"fields": fields, "description": note}


def list_url(model: type[models.Model], **filters: Any) -> str:
    """The address of a model's list in the admin, filtered."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


class CappedPaginator(Paginator):
    """Pages over a long table that counts no further than anyone will turn pages."""

    COUNTED = 5000

    @cached_property
    def count(self) -> int:
        """How many rows there are, or COUNTED where there are more."""
        rows: Any = self.object_list
        return rows.order_by()[: self.COUNTED].count()


class PageAdmin(AskedSoundly):
    """Any model's list and pages."""

    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    save_on_top = False
    change_form_template = "curation/admin/change_form.html"
    # Lists of what refers to a record: (label, model, lookup).
    related: ClassVar[tuple[tuple[Any, type[models.Model], str], ...]] = ()

    class Media:
        css: ClassVar[dict[str, Any]] = {"all": ("curation/admin.css",)}

    def api_path(self, record: Any) -> str:
        """Where the public API shows the record, below /api/v1; empty where it does not."""
        return ""

    def is_public(self, record: Any) -> bool:
        """Whether the public API shows the record now."""
        return True

    def note(self, request: HttpRequest, record: Any) -> Any:
        """What a person should know before reading on, at the head of a record's page."""
        return ""

    def links(self, record: Any) -> list[tuple[Any, str]]:
        """Where to go from a record's page: its neighbours in the admin, its history, the public API."""
        links = [(label, list_url(model, **{lookup: record.pk})) for label, model, lookup in self.related]
        if is_curated(self.model):
            table = table_of(self.model)
            links.append((both("变更记录", "Changes"), list_url_of_changes(table.name, table.key_of_record(record))))
        if (path := self.api_path(record)) and self.is_public(record):
            links.append((both("在 API 中查看", "View in the API"), f"{get_script_prefix().rstrip('/')}{API}{path}"))
        return links

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False,
        form_url: str = "", obj: Any = None,
    ) -> HttpResponse:  # fmt: skip
        if obj is not None:
            context |= {"record_note": self.note(request, obj), "record_links": self.links(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """As Django's, the words normalised as the `search` columns are."""
        if any(field.endswith("search") for field in self.search_fields):
            search_term = normalised(search_term)
        return super().get_search_results(request, queryset, search_term)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if isinstance(db_field, StrictCharField) and not db_field.choices and "\n" in db_field.kind.holds:
            kwargs.setdefault("widget", AdminTextareaWidget(attrs={"rows": 3}))
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=both("名称", "name"), ordering="name_zh")
    def name(self, record: Any) -> str:
        return said(record, "name")

    @admin.display(description=both("标题", "title"), ordering="title_zh")
    def title(self, record: Any) -> str:
        return said(record, "title")

    @admin.display(description=both("发布", "publication"), ordering="released")
    def state(self, record: Any) -> str:
        """Draft, or the release that published or withdrew the record."""
        if record.withdrawn:
            return badge("withdrawn", both(f"{record.withdrawn} 撤回", f"withdrawn in {record.withdrawn}"))
        if record.released:
            return badge("public", record.released)
        return badge("draft", both("草稿", "draft"))


def list_url_of_changes(table: str, key: str) -> str:
    """The history of one record, in the admin."""
    return list_url(Change, table__exact=table, key__exact=key)


def badge(kind: str, text: Any) -> str:
    """A word in a coloured frame."""
    return format_html('<span class="badge {}">{}</span>', kind, text)


class ReadOnlyAdmin(PageAdmin):
    """What only a release, an import or the history writes."""

    read_only_note: Any = ""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def note(self, request: HttpRequest, record: Any) -> Any:
        return self.read_only_note


class LongTableAdmin(ReadOnlyAdmin):
    """A read-only table of 100,000 rows and more: newest first by key, and counted only so far."""

    ordering = ("-id",)
    paginator = CappedPaginator
    show_full_result_count = False
    list_max_show_all = 0
    change_list_template = "curation/admin/long_change_list.html"
