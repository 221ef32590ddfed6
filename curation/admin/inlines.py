"""The phrases that state a record, as a table below it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from sources.bilingual import both


class CitationsInline(admin.TabularInline):
    """The citations of a record: phrase, section, position, role and how the phrase was read. Read-only."""

    template = "curation/admin/citations.html"
    verbose_name = both("引证", "citation")
    verbose_name_plural = both("引证", "citations")
    extra = 0
    can_delete = False
    fields = ("citation",)

    @classmethod
    def of(cls, model: type[models.Model]) -> type[CitationsInline]:
        """The inline for a model that has citations."""
        through = model._meta.get_field("citations").remote_field.through  # type: ignore[union-attr]
        return type(f"{model.__name__}CitationsInline", (cls,), {"model": through})

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("citation__source").order_by("citation__code")
