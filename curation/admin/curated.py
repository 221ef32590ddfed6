"""Where curators write: drafts only, under the rules of the import, with a history row for every write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from curation.admin.asking import ChosenSoundly
from curation.admin.base import PageAdmin, section
from curation.admin.cells import cells_table
from curation.admin.exports import export
from curation.admin.filters import StateFilter
from curation.admin.forms import CuratedForm, CuratedFormSet, ReasonedForm
from curation.admin.history import cells_in_store, deleted_with, is_curated, is_published, lock_drafts, remember
from curation.admin.inlines import CitationsInline
from curation.admin.proposals import ProposedChange, put_up, withdraw
from curation.batches.edits import edits_of, held_by, holder, is_mine_to_mend, stage_edits
from curation.models import StagedRow
from curation.refusals import StepRefused, demand_reason
from curation.tables.curated import TABLES, table_of
from sources.bilingual import both

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
    """Records of a curated table. A draft is written as it is; a change of a published record becomes a staged row."""

    form = ReasonedForm
    change_form_template = "curation/admin/curated_form.html"
    list_select_related: ClassVar[Any] = ()
    list_filter: ClassVar[Any] = (StateFilter,)
    actions: ClassVar[Any] = ("put_up", export)
    delete_confirmation_template = "curation/admin/delete_confirmation.html"
    delete_selected_confirmation_template = "curation/admin/delete_selected_confirmation.html"
    sections: ClassVar[tuple[Any, ...]] = ()
    # Fields whose stored text is better read another way: field → method that shows it.
    shown_as: ClassVar[dict[str, str]] = {}

    # What may be written ---------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Curators may, unless the record is withdrawn or a batch holds it; of what was sent the form says why it is refused."""
        if not super().has_change_permission(request, obj):
            return False
        if obj is None:
            return True
        return obj.withdrawn_id is None and (request.method == "POST" or not self._is_held(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_delete_permission(request, obj):
            return False
        return obj is None or not (is_published(obj) or self._holder(obj))

    def is_public(self, record: Any) -> bool:
        return is_published(record) and record.withdrawn_id is None

    def _is_held(self, request: HttpRequest, record: Any) -> bool:
        """Whether a batch holds the record, and this person cannot change the batch's row of it on the record's own page."""
        row = self._holder(record)
        return row is not None and (is_published(record) or not is_mine_to_mend(row, request.user))

    @staticmethod
    def _holder(record: Any) -> StagedRow | None:
        """The staged row of an open batch that changes the record, None where there is none; the store is asked once a page."""
        if not hasattr(record, "_holder"):
            record._holder = holder(record)
        return record._holder

    def note(self, request: HttpRequest, record: Any) -> Any:
        if record.withdrawn_id is not None:
            return both(
                f"此记录已随 {record.withdrawn} 撤回。", f"Release {record.withdrawn} has withdrawn this record."
            )
        if row := self._holder(record):
            address = reverse("admin:curation_stagedrow_change", args=(row.pk,))
            return format_html('{} <a href="{}">{}</a>', held_by(row), address, both("查看", "See it"))
        if is_published(record):
            return both(
                f"此记录已随 {record.released} 发布。在此所作的修改先存入您的草稿批次，经审核发布后才公开。",
                f"Release {record.released} has published this record. A change made here goes into a draft of yours, "
                "and becomes public when it was reviewed and published.",
            )
        return both(
            "草稿：公众看不到，可在此修改、删除或提交发布。",
            "A draft: the public does not see it; it can be changed, deleted or put up for publication here.",
        )

    # How a page looks ------------------------------------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False,
        form_url: str = "", obj: Any = None,
    ) -> HttpResponse:  # fmt: skip
        read_only = self.is_read_only(request, obj)
        if obj is not None and not read_only and is_published(obj):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_withdraw"
            context |= {"stages": True, "withdraw_url": reverse(name, args=(obj.pk,))}
        context["is_draft"] = not read_only and not is_published(obj)
        if overtaken := getattr(context["adminform"].form, "overtaken_by", None):
            yours, theirs = str(both("您所填", "what you typed")), str(both("现在", "as it stands"))
            context["overtaken"] = cells_table(
                overtaken.table.name, **{theirs: overtaken.theirs, yours: overtaken.yours}
            )
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_list_select_related(self, request: HttpRequest) -> Any:
        return (*self.list_select_related, "released", "withdrawn")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.is_read_only(request, obj):
            as_read = [(title, options, self._as_read(options["fields"])) for title, options in self.sections]
            return [(title, {**options, "fields": fields}) for title, options, fields in as_read if fields]
        return [*self.sections, section(both("变更", "Change"), "reason", "version")]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if issubclass(form, ReasonedForm):
            form.user, form.below = request.user, tuple(self._below())
        return form

    def _below(self) -> Iterator[tuple[type[models.Model], str]]:
        """The curated models whose records stand on a record's page, each with its foreign key to it."""
        for inline in self.inlines:
            if is_curated(inline.model):
                yield inline.model, next(f.name for f in inline.model._meta.fields if f.related_model is self.model)

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
        table = table_of(self.model)
        if is_published(obj) and len(table.key) == 1 and not self.is_read_only(request, obj):
            return (*fields, table.key[0])  # a public code is never another's
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
        form.proposed = ProposedChange(obj) if change and is_published(obj) else None
        if change and form.proposed is None:
            lock_drafts([obj])
            form.cells_before = cells_in_store(obj)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        record, reason = form.instance, form.cleaned_data.get("reason", "")
        into = request.POST.get("into", "")
        if form.proposed is not None:
            request.staged_in = form.proposed.stage(request.user, reason, into)  # type: ignore[attr-defined]
            return
        remember(request, table_of(self.model), form.cells_before, cells_in_store(record), reason)
        if "_put_up" in request.POST or holder(record) is not None:
            table = table_of(self.model)
            reason = reason or str(both("新增", "added"))
            batch = stage_edits(table, edits_of([record]), request.user, reason, into)
            request.staged_in = batch  # type: ignore[attr-defined]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if not is_curated(formset.model):  # a link of the parent: it is in the parent's own row
            super().save_formset(request, form, formset, change)
            return
        table, reason = table_of(formset.model), form.cleaned_data.get("reason", "")
        touched = [f.instance for f in formset.initial_forms if f.has_changed() or f in formset.deleted_forms]
        if form.proposed is None:
            lock_drafts(touched)
        before = {id(record): cells_in_store(record) for record in touched}
        super().save_formset(request, form, formset, change)
        written = [(None, cells_in_store(record)) for record in formset.new_objects]
        written += [(before[id(record)], cells_in_store(record)) for record, _fields in formset.changed_objects]
        written += [(before[id(record)], None) for record in formset.deleted_objects]
        for was, now in written:
            if form.proposed is None:
                remember(request, table, was, now, reason)
            else:
                form.proposed.add(table, was, now)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A staged change is not yet one of the record: its batch has its own history."""
        return (
            None if hasattr(request, "staged_in") and is_published(obj) else super().log_change(request, obj, message)
        )

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._to_batch(request) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._to_batch(request) or super().response_change(request, obj)

    def _to_batch(self, request: HttpRequest) -> HttpResponse | None:
        """The redirect to the batch that the change went into; None where it went into none."""
        batch = getattr(request, "staged_in", None)
        if batch is None:
            return None
        messages.success(
            request,
            both("修改已存入草稿批次；送审并发布后才公开。",
                 "The change is in your draft; it becomes public when the draft was reviewed and published."),
        )  # fmt: skip
        return HttpResponseRedirect(reverse("admin:curation_importbatch_change", args=(batch.pk,)))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except StepRefused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(request.get_full_path())

    @admin.action(
        description=both("将所选草稿提交发布", "Put the selected drafts up for publication"), permissions=["change"]
    )
    def put_up(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Puts drafts into a batch of this person's, after asking for the reason."""
        return put_up(self, request, queryset)

    def get_urls(self) -> Any:
        name = f"{self.opts.app_label}_{self.opts.model_name}_withdraw"
        withdraw = path("<int:pk>/withdraw/", self.admin_site.admin_view(self.withdraw_view), name=name)
        return [withdraw, *super().get_urls()]

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stages the withdrawal of a published record, after asking for the reason."""
        return withdraw(self, request, get_object_or_404(self.model, pk=pk, withdrawn=None, released__isnull=False))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._delete(request, [obj], obj.delete)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        self._delete(request, queryset, queryset.delete)

    @transaction.atomic
    def _delete(self, request: HttpRequest, records: Any, delete: Callable[[], Any]) -> None:
        doomed = deleted_with(records)
        lock_drafts(doomed)
        if any(holder(record) for record in doomed):
            raise PermissionDenied
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
        if request.method == "POST" and not _is_reasoned(request):
            request.POST = QueryDict()  # Django then shows the confirmation again
        return super().delete_view(request, object_id, extra_context)

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if "delete_selected" in actions:
            _, name, label = actions["delete_selected"]
            actions[name] = (delete_drafts, name, label)
        return actions


def _is_reasoned(request: HttpRequest) -> bool:
    """Whether a reason was sent that can be kept; if not, the person is told."""
    try:
        demand_reason(request.POST.get("reason", ""))
    except StepRefused as refusal:
        messages.error(request, refusal.message)
        return False
    return True


@transaction.atomic
def delete_drafts(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Django's own action, for drafts only and with a reason."""
    if queryset.filter(released__isnull=False).exists():
        messages.error(
            request, both("所选记录中有已发布的，不能删除。", "Some of these are published and cannot be deleted.")
        )
        return None
    if request.POST.get("post") and not _is_reasoned(request):
        request.POST = request.POST.copy()
        request.POST.pop("post")
    return delete_selected(modeladmin, request, queryset)


class CuratedInline(ChosenSoundly):
    """Mixed into an inline whose records are of a curated table: its rules hold there as well."""

    form = CuratedForm
    formset = CuratedFormSet
    extra = 0
    show_change_link = True
