"""Who may send in more than a short form: asked before the body of the request is read."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest

from curation.failures import ADMIN


def may_send_files(environ: dict[str, Any]) -> bool:
    """Whether someone of the staff who is signed in sends it to the admin. Of the request only the head is looked at."""
    if not environ["PATH_INFO"].startswith(ADMIN):
        return False
    request: Any = WSGIRequest({**environ, "CONTENT_LENGTH": "0"})
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    user = get_user(request)
    return bool(user.is_active and user.is_staff)
