"""Releases: what each published, and how taking one back is asked for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from curation import roles
from curation.admin.base import ReadOnlyAdmin, part, section
from curation.admin.batches import address_of
from curation.admin.long_work import Done, do
from curation.batches import review
from curation.batches.drafts import COMPARED_WHOLE
from curation.batches.roll_back import plan_inverse
from curation.models import Change, ImportBatch, Verdict
from curation.progress import Progress
from curation.refusals import ChangedSince
from indicators.models import Observation
from sources.bilingual import both
from sources.models import PackageDescription, Release, ReleaseStatus


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    list_display: ClassVar[Any] = (
        "version", "status", "published_at", "published_by", "reviewed_by", "observations_added",
        "observations_retired", "observations_live", "records_added", "records_changed",
    )  # fmt: skip
    list_filter = ("status", "digest_method")
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
            ("records_added", "records_changed"), "digest", "digest_method",
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
        """The inverse of a release: what it would do, and, once confirmed with a reason, the batch that does it."""
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
                batch = review.roll_back(release, user, reason, progress)
                return Done(
                    both("撤销已送审，须由他人审核。", "The roll-back is in review; someone else has to approve it."),
                    address_of(batch),
                )

            return do(request, work, here, long=release.changes.count() > COMPARED_WHOLE, context=context)
        try:
            plan = plan_inverse(release)
            counts = [(verdict.label, plan.count(verdict)) for verdict in Verdict if plan.count(verdict)]
            context |= {"counts": counts, "possible": not (plan.changes_nothing or plan.count(Verdict.ERROR))}
        except ChangedSince as changed:
            context["in_the_way"] = changed.rows
        return TemplateResponse(request, "curation/admin/roll_back.html", context)


@admin.register(PackageDescription)
class PackageDescriptionAdmin(ReadOnlyAdmin):
    list_display = ("sha256",)
    read_only_note = both(
        "版本发布时其数据包的说明，此后不变。",
        "What packages of these releases say of themselves, as when they were published.",
    )
    fieldsets = (section(None, "sha256", "readme", "descriptor"),)
