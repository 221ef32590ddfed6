"""Releases: what each published, and how one is taken back."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from curation import review, roles
from curation.admin.base import ReadOnlyAdmin, part, section
from curation.admin.working import Done, do
from curation.importing import Progress
from curation.mending import COMPARED_WHOLE
from curation.models import Change, ImportBatch, Verdict
from curation.reverting import ChangedSince, plan_inverse
from indicators.models import Observation
from sources.bilingual import both
from sources.models import Release, ReleaseStatus


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    list_display: ClassVar[Any] = (
        "version", "status", "published_at", "published_by", "reviewed_by", "observations_added",
        "observations_retired", "observations_live", "records_added", "records_changed",
    )  # fmt: skip
    list_filter = ("status",)
    search_fields = ("version", "notes_zh", "notes_en", "reason")
    date_hierarchy = "published_at"
    read_only_note = both(
        "发布版本不可修改；更正随新的发布进行。", "A release cannot be changed; a correction comes as a new one."
    )
    change_form_template = "curation/admin/release.html"
    related = (
        (both("其变更", "Its changes"), Change, "release__id__exact"),
        (both("其新增观测", "Observations it added"), Observation, "released__id__exact"),
        (both("其导入批次", "Its import batches"), ImportBatch, "release__id__exact"),
    )
    fieldsets = (
        section(None, "version", "status", "published_at", ("published_by", "reviewed_by"), "reason"),
        section(both("说明", "Notes"), "notes_zh", "notes_en"),
        section(
            both("数量", "Counts"), ("observations_added", "observations_retired", "observations_live"),
            ("records_added", "records_changed"), "digest",
        ),
    )  # fmt: skip

    def api_path(self, record: Any) -> str:
        return f"/releases/{part(record.version)}"

    def is_public(self, record: Any) -> bool:
        return record.status == ReleaseStatus.PUBLISHED

    def get_list_display(self, request: HttpRequest) -> Any:
        """Publishers find the button beside each release as well."""
        return (*self.list_display, "roll_back") if request.user.has_perm(roles.PUBLISH) else self.list_display

    @admin.display(description="")
    def roll_back(self, record: Release) -> str:
        if not self.is_public(record):
            return ""
        address = reverse("admin:sources_release_roll_back", args=(record.pk,))
        return format_html('<a class="button small" href="{}">{}</a>', address, both("撤销", "Roll back"))

    def get_urls(self) -> Any:
        roll_back = path(
            "<int:pk>/roll-back/", self.admin_site.admin_view(self.roll_back_view), name="sources_release_roll_back"
        )
        return [roll_back, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], add: bool = False, change: bool = False,
        form_url: str = "", obj: Any = None,
    ) -> HttpResponse:  # fmt: skip
        if self.is_public(obj) and request.user.has_perm(roles.PUBLISH):
            context["roll_back_url"] = reverse("admin:sources_release_roll_back", args=(obj.pk,))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def roll_back_view(self, request: HttpRequest, pk: int) -> Any:
        """The inverse of a release: what it would do, and, once confirmed with a reason, its publication."""
        if not request.user.has_perm(roles.PUBLISH):
            raise PermissionDenied
        release = get_object_or_404(Release.objects.published(), pk=pk)
        user, reason = request.user, request.POST.get("reason", "")
        context = {
            **self.admin_site.each_context(request), "opts": ImportBatch._meta, "release": release,
            "title": both(f"撤销发布 {release}", f"Roll back release {release}"),
        }  # fmt: skip
        if request.method == "POST":
            here = request.get_full_path()

            def work(progress: Progress) -> Done:
                inverse = review.roll_back(release, user, reason, progress)
                address = reverse("admin:sources_release_change", args=(inverse.pk,))
                return Done(
                    both(f"已发布 {inverse}，撤销 {release}。", f"Release {inverse} takes {release} back."), address
                )

            return do(request, work, here, long=release.changes.count() > COMPARED_WHOLE, context=context)
        try:
            plan = plan_inverse(release)
            counts = [(verdict.label, plan.count(verdict)) for verdict in Verdict if plan.count(verdict)]
            context |= {"counts": counts, "possible": not (plan.changes_nothing or plan.count(Verdict.ERROR))}
        except ChangedSince as changed:
            context["in_the_way"] = changed.rows
        return TemplateResponse(request, "curation/admin/roll_back.html", context)
