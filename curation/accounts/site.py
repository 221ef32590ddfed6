"""The admin as a whole: its names, and how what was typed survives a sign-in that ran out meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language

from sources.bilingual import both

KEPT = "kept"  # the field of the sign-in form that holds what was typed, as a list of names and texts
LEFT_OUT = ("csrfmiddlewaretoken", KEPT)


class ListOfPages(list[dict[str, Any]]):
    """The pages that someone may open, by app, as Django lists them."""

    def __init__(self, apps: Iterable[dict[str, Any]]) -> None:
        super().__init__(apps)
        pages = [page["admin_url"] for app in self for page in app["models"] if page["admin_url"]]
        self._addresses = [*pages, *(app["app_url"] for app in self)]
        self._shown: dict[tuple[str, ...], str] = {}

    def shown_beside(self, path: str, show: Callable[[], str]) -> str:
        """What `show` gives for the page at a path, kept: a quarter of a page's time. It tells apart only which of the pages are open."""
        is_open = tuple(address for address in self._addresses if address in quote(path))
        if is_open not in self._shown:
            self._shown[is_open] = show()
        return self._shown[is_open]


class CurationSite(admin.AdminSite):
    """Django's, but what is sent by someone who is not signed in any more is kept in the page until they are again."""

    site_header = both("湖南开放型经济数据 · 维护", "Hunan Open Trade Data · Curation")
    site_title = both("湖南开放型经济数据", "Hunan Open Trade Data")
    index_title = both("首页", "Home")
    empty_value_display = "—"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._lists: dict[Any, ListOfPages] = {}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> ListOfPages:
        """Django's, made once for all who may do the same, since each page shows it."""
        user = request.user
        may = user.is_superuser or frozenset(user.get_all_permissions())
        asked = (app_label, user.is_active, may, get_language(), get_script_prefix())
        if asked not in self._lists:
            self._lists[asked] = ListOfPages(super().get_app_list(request, app_label))
        return self._lists[asked]

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
