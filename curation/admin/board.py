"""Measures by domain and status at a glance, and many of them brought to a new status at once: by an event, never by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db import transaction
from django.db.models import Count, QuerySet
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import path

from curation.admin.asking import OneOf, SomeOf, SomeRecords
from curation.admin.base import list_url
from curation.admin.forms import CuratedForm
from curation.admin.history import cells_in_store, remember
from curation.tables.curated import table_of
from policies.choices import Status
from policies.models import Document, Domain, Event, Measure
from sources.bilingual import both, said
from sources.fields import TextFormField
from sources.text import LINE

MOST_AT_ONCE = 500
GIVEN = ("type", "edtf", "region", "citations", "note_zh", "note_en")
# The one of these that a measure's row is judged by: the same rules as for an event that is entered by itself.
EventForm = modelform_factory(Event, form=CuratedForm, fields=("measure", *GIVEN))


class EventsForm(forms.ModelForm):
    """One event that is to be recorded for each of several measures, and the reason, which goes into the history."""

    reason = TextFormField(
        kind=LINE,
        label=both("原因", "Reason"), max_length=500, widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=both("写入每一条变更记录。", "Goes into the history of each."),
    )  # fmt: skip

    class Meta:
        model = Event
        fields = GIVEN
        field_classes = {"citations": SomeRecords}
        widgets = {
            "region": OneOf(Event._meta.get_field("region"), admin.site),
            "citations": SomeOf(Event._meta.get_field("citations"), admin.site),
            "note_zh": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
            "note_en": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        }

    def record_for(self, measures: Sequence[Measure]) -> list[Event] | None:
        """The events, saved as drafts; or None, with the reasons among the form's errors, where one of them is refused."""
        sent = cast("QueryDict", self.data)
        given = {**sent.dict(), "citations": sent.getlist("citations")}
        judged = [(measure, EventForm({**given, "measure": measure.pk})) for measure in measures]
        for measure, form in judged:
            for name, errors in form.errors.items():
                of = name if name in self.fields else None
                said_of = [error if of else f"{measure.code}: {error}" for error in errors]
                known = self.errors.get(of or NON_FIELD_ERRORS, [])
                self.add_error(of, [error for error in said_of if error not in known])
        return None if self.errors else [form.save() for _, form in judged]


class WithBoard:
    """Mixed into the admin of measures."""

    change_list_template = "curation/admin/measures.html"
    admin_site: Any

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.board)
        return [path("board/", view, name="policies_measure_board"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"board_label": both("按领域和现状", "By domain and status"), **(extra_context or {})}
        return super().changelist_view(request, context)

    # The board -------------------------------------------------------------------------------------------------------

    def board(self, request: HttpRequest) -> HttpResponse:
        """How many measures of each domain stand where, each number a link to their list."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request), "opts": Measure._meta, "title": both("措施一览", "Measures at a glance"),
            "statuses": [*(label for _, label in Status.choices), both("无事件", "no event")], "documents": board_rows(),
            "heads": (both("领域", "Domain"), both("合计", "total"), both("文件所述", "stated")),
            "note": both(
                "现状由已发布的事件推得；含草稿措施，不含已撤回的。",
                "A measure stands where its published events say. Drafts are counted, what is withdrawn is not.",
            ),
        }  # fmt: skip
        return TemplateResponse(request, "curation/admin/board.html", context)

    # Many at once ----------------------------------------------------------------------------------------------------

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if request.user.has_perm("policies.add_event"):
            label = both("登记事件（改变现状）", "Record an event (changes the status)")
            actions["record_event"] = (record_event, "record_event", label)
        return actions


def board_rows() -> list[dict[str, Any]]:
    """Documents with their domains: for each status the number of measures and where they are listed; three queries."""
    standing = Measure.objects.filter(withdrawn__isnull=True).with_status().order_by()
    counts: dict[tuple[int, int | None], dict[str, int]] = defaultdict(dict)
    for row in standing.values("document", "domain", "status").annotate(count=Count("pk")):
        counts[row["document"], row["domain"]][row["status"] or "none"] = row["count"]
    domains: dict[int, list[Domain]] = defaultdict(list)
    for domain in Domain.objects.filter(withdrawn__isnull=True).order_by("ordinal"):
        domains[domain.document_id].append(domain)
    documents = []
    for document in Document.objects.filter(withdrawn__isnull=True).order_by("code"):
        rows = [_board_row(document, domain, counts[document.pk, domain.pk]) for domain in domains[document.pk]]
        if without := counts.get((document.pk, None)):
            rows.append(_board_row(document, None, without))
        if rows:
            documents.append({"title": said(document, "title"), "rows": rows})
    return documents


def _board_row(document: Document, domain: Domain | None, counts: dict[str, int]) -> dict[str, Any]:
    of_domain = {"domain__isnull": "True"} if domain is None else {"domain__id__exact": domain.pk}
    where = {"document__id__exact": document.pk, **of_domain}
    cells = [
        {"count": counts.get(status, 0), "url": list_url(Measure, **where, stands=status)}
        for status in (*Status.values, "none")
    ]
    return {
        "name": both("不分领域", "Without a domain") if domain is None else said(domain, "name"), "cells": cells,
        "total": sum(counts.values()), "url": list_url(Measure, **where),
        "stated": None if domain is None else domain.task_count,
    }  # fmt: skip


def record_event(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Measure]) -> HttpResponse | None:
    """Asks for the type, date, phrase and reason of an event, and records it for each measure as a draft, or for none."""
    if not request.user.has_perm("policies.add_event"):
        raise PermissionDenied
    measures = list(queryset.order_by("code")[: MOST_AT_ONCE + 1])
    if len(measures) > MOST_AT_ONCE:
        messages.error(request, both(f"一次最多 {MOST_AT_ONCE} 项。", f"At most {MOST_AT_ONCE} at once."))
        return None
    form = EventsForm(request.POST if "apply" in request.POST else None)
    if "apply" in request.POST and form.is_valid() and _recorded(request, form, measures):
        done = both(
            f"已为 {len(measures)} 项措施登记事件（草稿，发布后生效）。",
            f"Recorded for {len(measures)} measures, as drafts: they count once they are published.",
        )
        messages.success(request, done)
        return None
    context = {
        **modeladmin.admin_site.each_context(request), "opts": modeladmin.opts, "form": form, "measures": measures,
        "media": modeladmin.media + form.media, "title": both("登记事件", "Record an event"),
        "selected_name": helpers.ACTION_CHECKBOX_NAME,
        "note": both(
            f"为所选 {len(measures)} 项措施各登记一个事件，先存为草稿。现状只随事件改变。",
            f"One event for each of the {len(measures)} measures, as drafts. A status changes by events only.",
        ),
        "submit": both("登记", "Record"), "back": both("返回", "Back"), "list_url": list_url(Measure),
    }  # fmt: skip
    return TemplateResponse(request, "curation/admin/record_event.html", context)


def _recorded(request: HttpRequest, form: EventsForm, measures: Sequence[Measure]) -> bool:
    with transaction.atomic():
        events = form.record_for(measures)
        for event in events or ():
            remember(request, table_of(Event), None, cells_in_store(event), form.cleaned_data["reason"])
    return events is not None
