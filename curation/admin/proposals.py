"""What curators propose on the pages of records: to change a published one, to publish drafts, to withdraw one. All of it is staged."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from curation import roles
from curation.admin.history import Cells, cells_in_store
from curation.batches.edits import Edit, edits_of, stage_edits, withdrawal
from curation.batches.review import demand
from curation.models import ImportBatch
from curation.plans.references import why_never
from curation.refusals import StepRefused
from curation.tables.curated import table_of
from curation.tables.table import CuratedTable
from sources.bilingual import both


class ProposedChange:
    """The change of a published record. Its page is saved as that of a draft is, the saving is rolled back, and what the record
    and those below it would have become is staged as rows of a batch.
    """

    def __init__(self, record: Any) -> None:
        self.record, self.table = record, table_of(type(record))
        self.before = cells_in_store(record)
        self.others: list[tuple[CuratedTable, Cells | None, Cells | None]] = []
        self.savepoint = transaction.savepoint()

    def add(self, table: CuratedTable, before: Cells | None, after: Cells | None) -> None:
        """Note the cells of a record below this one before and after the saving."""
        self.others.append((table, before, after))

    def stage(self, user: Any, reason: str, into: str = "") -> ImportBatch | None:
        """Roll the saving back, and stage what it did as rows of this person's draft; None where it did nothing."""
        changes = [(self.table, self.before, cells_in_store(self.record)), *self.others]
        transaction.savepoint_rollback(self.savepoint)
        edits = []
        for table, before, after in changes:
            if before is not None and (after is None or table.key_of(before) != table.key_of(after)):
                edits.append(withdrawal(table, before))
            if after is not None and before != after:
                edits.append(Edit(table, after))
        return stage_edits(self.table, edits, user, reason, into) if edits else None


@transaction.atomic
def put_up(modeladmin: Any, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Stages the selected drafts as rows of this person's batch; without a reason, the page that asks for one."""
    drafts = list(queryset.drafts())
    if len(drafts) < queryset.count():
        messages.error(request, both("所选记录中有已发布的。", "Some of these are published already."))
        return None
    reason = request.POST.get("reason", "").strip()
    if not reason:
        context = {**modeladmin.admin_site.each_context(request), "opts": modeladmin.opts, "drafts": drafts,
                   "title": both("提交发布", "Put up for publication")}  # fmt: skip
        return TemplateResponse(request, "curation/admin/put_up.html", context)
    try:
        batch = stage_edits(
            table_of(modeladmin.model), edits_of(drafts), request.user, reason, request.POST.get("into", "")
        )
    except StepRefused as refusal:
        messages.error(request, refusal.message)
        return None
    return HttpResponseRedirect(reverse("admin:curation_importbatch_change", args=(batch.pk,)))


def withdraw(modeladmin: Any, request: HttpRequest, record: Any) -> HttpResponse:
    """Stages the withdrawal of a published record as a row of this person's batch; without a reason, the page that asks for one."""
    reason, table = request.POST.get("reason", "").strip(), table_of(modeladmin.model)
    try:
        demand(request.user, roles.BRING_IN)
        if message := why_never(record):
            raise StepRefused("named", message)
        if reason:
            into = request.POST.get("into", "")
            batch = stage_edits(table, [withdrawal(table, cells_in_store(record))], request.user, reason, into)
            return HttpResponseRedirect(reverse("admin:curation_importbatch_change", args=(batch.pk,)))
    except StepRefused as refusal:
        messages.error(request, refusal.message)
        name = f"admin:{modeladmin.opts.app_label}_{modeladmin.opts.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=(record.pk,)))
    context = {**modeladmin.admin_site.each_context(request), "opts": modeladmin.opts, "record": record,
               "title": both("撤回", "Withdraw")}  # fmt: skip
    return TemplateResponse(request, "curation/admin/withdraw.html", context)
