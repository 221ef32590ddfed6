"""Accounts: administrators give people their roles, and cannot make anyone (themselves included) more than that; and they see
who is kept from signing in, and can lift that.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from curation.accounts.sign_in import SignInForm
from curation.admin.asking import AskedSoundly
from curation.admin.base import ReadOnlyAdmin
from curation.models import SignInCount
from curation.roles import NAMES
from sources.bilingual import both

# Rights beyond the roles: only a superuser gives them.
BEYOND_ROLES = ("is_superuser", "user_permissions")

admin.site.login_form = SignInForm
admin.site.unregister((User, Group))


@admin.register(User)
class PersonAdmin(AskedSoundly, UserAdmin):
    """Django's page of an account; superusers are changed by superusers only."""

    list_display = ("username", "first_name", "last_name", "roles", "is_staff", "is_active")
    list_filter = ("groups", "is_staff", "is_active")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, *BEYOND_ROLES)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    @admin.display(description=both("角色", "roles"))
    def roles(self, record: User) -> str:
        named = (NAMES.get(group.name, group.name) for group in record.groups.all())
        return " · ".join(map(str, named)) or "—"


@admin.register(Group)
class RoleAdmin(AskedSoundly, GroupAdmin):
    """Django's page of a group."""


@admin.register(SignInCount)
class SignInCountAdmin(ReadOnlyAdmin):
    list_display = ("counted", "account", "address", "whole_again")
    list_select_related = ("account",)
    list_filter = ("counted",)
    search_fields = ("account__username", "address")
    search_help_text = both("账号、网络地址", "account, address")
    read_only_note = both(
        "登录尝试的计数，到“恢复时间”为止计入限额；删除即解除限制。",
        "What was counted of attempts to sign in counts until it is whole again; deleting it lifts the limit.",
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("curation.delete_signincount")
