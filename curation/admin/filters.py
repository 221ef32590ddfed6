"""Filters of the admin's lists; each choice is a constant, so that no list asks the store what to offer."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from policies.choices import Status
from sources.bilingual import both


class StateFilter(admin.SimpleListFilter):
    """Narrows a list to its drafts, its public records, or the withdrawn ones."""

    title = both("发布状态", "publication")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("draft", both("草稿", "drafts")),
            ("public", both("公开", "public")),
            ("withdrawn", both("已撤回", "withdrawn")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        if self.value() == "draft":
            return queryset.drafts()
        if self.value() == "public":
            return queryset.public()
        if self.value() == "withdrawn":
            return queryset.filter(withdrawn__isnull=False)
        return queryset


class LiveFilter(admin.SimpleListFilter):
    """Narrows a list to observations that stand, or to those that a later release retired."""

    title = both("是否现行", "standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("live", both("现行", "live")), ("retired", both("已停用", "retired"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        if self.value() == "live":
            return queryset.live()
        if self.value() == "retired":
            return queryset.filter(retired__isnull=False)
        return queryset


class MeasureStatusFilter(admin.SimpleListFilter):
    """Narrows a list to measures of one status, which their events say, or to those without an event."""

    title = both("现状", "status")
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [*Status.choices, ("none", both("无事件", "no event"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        if self.value() == "none":
            return queryset.filter(status__isnull=True)
        return queryset.filter(status=self.value()) if self.value() else queryset
