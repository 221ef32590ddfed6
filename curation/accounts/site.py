"""The admin as a whole: its names, and how what was typed survives a sign-in that ran out meanwhile."""

from __future__ import annotations

import json
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse

from sources.bilingual import both

KEPT = "kept"  # the field of the sign-in form that holds what was typed, as a list of names and texts
LEFT_OUT = ("csrfmiddlewaretoken", KEPT)


class CurationSite(admin.AdminSite):
    """Django's, but what is sent by someone who is not signed in any more is kept in the page until they are again."""

    site_header = both("湖南开放型经济数据 · 维护", "Hunan Open Trade Data · Curation")
    site_title = both("湖南开放型经济数据", "Hunan Open Trade Data")
    index_title = both("首页", "Home")
    empty_value_display = "—"

    def get_urls(self) -> list[Any]:
        """The addresses of all pages, which are loaded for that."""
        admin.autodiscover()
        return super().get_urls()

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method == "POST" and request.user.is_anonymous and (kept := _typed(request.POST)):
                return self._ask_to_sign_in(request, kept)
            return inner(request, *args, **kwargs)

        return keeping

    def _ask_to_sign_in(self, request: HttpRequest, kept: list[list[str]]) -> HttpResponse:
        """The form to sign in, which carries what was sent."""
        context = {
            REDIRECT_FIELD_NAME: request.get_full_path(), "app_path": reverse("admin:login"), KEPT: json.dumps(kept),
        }  # fmt: skip
        request.method, request.POST = "GET", QueryDict()
        return super().login(request, context)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's; what was carried is then shown to be sent again, which is for the person to do."""
        kept = request.POST.get(KEPT, "")
        response = super().login(request, {**(extra_context or {}), **({KEPT: kept} if kept else {})})
        if not kept or response.status_code != 302:
            return response
        fields = _read(kept)
        context = {
            **self.each_context(request), "title": both("已重新登录", "Signed in again"), "fields": fields,
            "address": response["Location"],
        }  # fmt: skip
        return TemplateResponse(request, "curation/admin/typed_before.html", context)


def _typed(posted: QueryDict) -> list[list[str]]:
    """What a form held, but for passwords and what only the browser sends."""
    names = (name for name in posted if name not in LEFT_OUT and "password" not in name)
    return [[name, text] for name in names for text in posted.getlist(name)]


def _read(kept: str) -> list[list[str]]:
    """The names and texts that the form carried; none of what is no such list."""
    try:
        pairs = json.loads(kept)
    except ValueError:
        return []
    is_list = isinstance(pairs, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in pairs)
    return [[str(name), str(text)] for name, text in pairs] if is_list else []
