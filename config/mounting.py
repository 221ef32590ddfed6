"""The path at which the service is mounted: what the addresses of its answers begin with, and no part of those that it answers."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings

from api.http.refusals import Refusal, Refused

FORWARDED = "HTTP_X_FORWARDED_PREFIX"
# Segments of letters, digits and a few signs, none of which is `.` or `..` or leads to another host.
MOUNTED = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,99}){0,9}/?", re.ASCII)


def mount(environ: dict[str, Any]) -> None:
    """SCRIPT_NAME and PATH_INFO of a request (PEP 3333).

    A proxy that is believed names the path that it took away, in X-Forwarded-Prefix; else SCRIPT_NAME of the settings says where
    the service is mounted, and a path that begins with it goes on without it. Raises Refused where the proxy names what is no path.
    """
    if settings.BEHIND_PROXY and (named := environ.get(FORWARDED)):
        if not MOUNTED.fullmatch(named):
            raise Refused(Refusal.MOUNTED_NOWHERE)
        environ["SCRIPT_NAME"] = named.rstrip("/")
    elif prefix := settings.SCRIPT_NAME:
        environ["SCRIPT_NAME"], path = prefix, environ["PATH_INFO"]
        if path == prefix or path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
