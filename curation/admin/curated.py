"""Where curators write: drafts only, under the rules of the import, with a history row for every write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.actions import delete_selected
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.text import capfirst

from curation.admin.base import PageAdmin, section
from curation.admin.filters import StateFilter
from curation.admin.forms import CuratedForm, CuratedFormSet, ReasonedForm
from curation.admin.history import cells_in_store, deleted_with, is_curated, is_published, lock_drafts, remember
from curation.admin.inlines import CitationsInline
from curation.tables import TABLES, table_of
from sources.bilingual import both

REASON = both("请填写原因", "please give a reason")

# The rows of Django's own link tables mean nothing to a reader: a list of what is deleted does without them.
LINKS = [
    field.remote_field.through._meta  # type: ignore[union-attr]
    for table in TABLES
    for field in table.model._meta.many_to_many
    if field.remote_field.through._meta.auto_created  # type: ignore[union-attr]
]
LINK_NAMES = {link.verbose_name_plural for link in LINKS}


def without_links(doomed: list[Any]) -> list[Any]:
    """A nested list of what is deleted, less the rows of link tables."""
    prefixes = tuple(f"{capfirst(link.verbose_name)}: " for link in LINKS)
    kept = [without_links(item) if isinstance(item, list) else item for item in doomed]
    return [item for item in kept if item and not (isinstance(item, str) and item.startswith(prefixes))]


class CuratedAdmin(PageAdmin):
    """Records of a curated table: drafts can be written, what a release has published can only be read."""

    form = ReasonedForm
    list_select_related: ClassVar[Any] = ()
    list_filter: ClassVar[Any] = (StateFilter,)
    delete_confirmation_template = "curation/admin/delete_confirmation.html"
    delete_selected_confirmation_template = "curation/admin/delete_selected_confirmation.html"
    sections: ClassVar[tuple[Any, ...]] = ()
    # Fields whose stored text is better read another way: field → method that shows it.
    shown_as: ClassVar[dict[str, str]] = {}

    # What may be written ---------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_published(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_published(obj) and super().has_delete_permission(request, obj)

    def is_public(self, record: Any) -> bool:
        return is_published(record) and record.withdrawn_id is None

    def note(self, request: HttpRequest, record: Any) -> Any:
        if is_published(record):
            return both(
                f"此记录已随 {record.released} 发布，在此只读。"
                "更正随新的发布版本进行：修改 fixtures/ 中的表，再运行 manage.py seed。",
                f"Release {record.released} has published this record; it is read-only here. "
                "A correction comes as a new release: edit the tables in fixtures/ and run manage.py seed.",
            )
        return both(
            "草稿：公众看不到，可在此修改或删除。",
            "A draft: the public does not see it; it can be changed or deleted here.",
        )

    # How a page looks ------------------------------------------------------------------------------------------------

    def get_list_select_related(self, request: HttpRequest) -> Any:
        return (*self.list_select_related, "released", "withdrawn")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.is_read_only(request, obj):
            as_read = [(title, options, self._as_read(options["fields"])) for title, options in self.sections]
            return [(title, {**options, "fields": fields}) for title, options, fields in as_read if fields]
        return [*self.sections, section(both("变更", "Change"), "reason")]

    def _as_read(self, fields: Any) -> list[Any]:
        """The fields of a read-only page: the citations stand in a table of their own, words instead of codes."""
        kept = [tuple(self._as_read(field)) if isinstance(field, tuple) else field for field in fields]
        return [
            self.shown_as.get(field, field) if isinstance(field, str) else field
            for field in kept
            if field != "citations"
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, *self.shown_as.values()) if self.is_read_only(request, obj) else fields

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        inlines = list(super().get_inlines(request, obj))
        if self.is_read_only(request, obj) and any(f.name == "citations" for f in self.opts.many_to_many):
            inlines.append(CitationsInline.of(self.model))
        return inlines

    def is_read_only(self, request: HttpRequest, obj: Any) -> bool:
        """Whether this page shows a record that this person cannot change."""
        return obj is not None and not self.has_change_permission(request, obj)

    # Writing, with its history ---------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.cells_before = None
        if change:
            lock_drafts([obj])
            form.cells_before = cells_in_store(obj)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        record = form.instance
        reason = form.cleaned_data.get("reason", "")
        remember(request, table_of(self.model), form.cells_before, cells_in_store(record), reason)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if not is_curated(formset.model):  # a link of the parent: it is in the parent's own row
            super().save_formset(request, form, formset, change)
            return
        table, reason = table_of(formset.model), form.cleaned_data.get("reason", "")
        touched = [f.instance for f in formset.initial_forms if f.has_changed() or f in formset.deleted_forms]
        lock_drafts(touched)
        before = {id(record): cells_in_store(record) for record in touched}
        super().save_formset(request, form, formset, change)
        for record in formset.new_objects:
            remember(request, table, None, cells_in_store(record), reason)
        for record, _fields in formset.changed_objects:
            remember(request, table, before[id(record)], cells_in_store(record), reason)
        for record in formset.deleted_objects:
            remember(request, table, before[id(record)], None, reason)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._delete(request, [obj], obj.delete)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        self._delete(request, queryset, queryset.delete)

    @transaction.atomic
    def _delete(self, request: HttpRequest, records: Any, delete: Callable[[], Any]) -> None:
        doomed = deleted_with(records)
        lock_drafts(doomed)
        rows = [(table_of(type(record)), cells_in_store(record)) for record in doomed]
        delete()
        for table, cells in rows:
            remember(request, table, cells, None, request.POST.get("reason", "").strip())

    # Deleting asks for a reason, and says what stands in the way -----------------------------------------------------

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        doomed, count, lacking, protected = super().get_deleted_objects(objs, request)
        count = {name: number for name, number in count.items() if name not in LINK_NAMES}
        return without_links(doomed), count, lacking, [*protected, *self._linked_by(objs)]

    def _linked_by(self, records: Any) -> list[str]:
        """The records whose links would silently lose an end if these were deleted."""
        linked = []
        relations: list[Any] = [relation for relation in self.opts.related_objects if relation.many_to_many]
        for relation in relations:
            if relation.through._meta.auto_created:
                others = relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": records})
                linked += [f"{other._meta.verbose_name}: {other}" for other in others.distinct()[:20]]
        return linked

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "POST" and not request.POST.get("reason", "").strip():
            messages.error(request, REASON)
            request.POST = QueryDict()  # Django then shows the confirmation again
        return super().delete_view(request, object_id, extra_context)

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if "delete_selected" in actions:
            _, name, label = actions["delete_selected"]
            actions[name] = (delete_drafts, name, label)
        return actions


@transaction.atomic
def delete_drafts(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Django's own action, for drafts only and with a reason."""
    if queryset.filter(released__isnull=False).exists():
        messages.error(
            request, both("所选记录中有已发布的，不能删除。", "Some of these are published and cannot be deleted.")
        )
        return None
    if request.POST.get("post") and not request.POST.get("reason", "").strip():
        messages.error(request, REASON)
        request.POST = request.POST.copy()
        request.POST.pop("post")
    return delete_selected(modeladmin, request, queryset)


class CuratedInline:
    """Mixed into an inline whose records are of a curated table: its rules hold there as well."""

    form = CuratedForm
    formset = CuratedFormSet
    extra = 0
    show_change_link = True
