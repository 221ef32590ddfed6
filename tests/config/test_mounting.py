"""Where the service is mounted: by a proxy that is believed, else by its own settings."""

from __future__ import annotations

from typing import Any

import pytest

from api.http.refusals import Refused
from config.mounting import FORWARDED, mount


@pytest.mark.parametrize(
    ("script_name", "behind_proxy", "forwarded", "path", "mounted"),
    [
        ("", False, None, "/api/v1", ("", "/api/v1")),
        ("", False, "/data", "/api/v1", ("", "/api/v1")),  # nobody who may say so
        ("", True, "/data", "/api/v1", ("/data", "/api/v1")),
        ("", True, "/data/", "/data/api/v1", ("/data", "/data/api/v1")),  # the proxy took away what it says
        ("", True, "/", "/api/v1", ("", "/api/v1")),
        ("/data", False, None, "/data/api/v1", ("/data", "/api/v1")),
        ("/data", False, None, "/data", ("/data", "/")),
        ("/data", False, None, "/database", ("/data", "/database")),
        ("/data", False, None, "/healthz", ("/data", "/healthz")),
        ("/data", True, "/open/hunan", "/api/v1", ("/open/hunan", "/api/v1")),
    ],
)
def test_where_the_service_is_mounted(
    script_name: str, behind_proxy: bool, forwarded: str | None, path: str, mounted: tuple[str, str], settings: Any
) -> None:
    settings.SCRIPT_NAME, settings.BEHIND_PROXY = script_name, behind_proxy
    environ = {"SCRIPT_NAME": "", "PATH_INFO": path} | ({FORWARDED: forwarded} if forwarded else {})
    mount(environ)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == mounted


@pytest.mark.parametrize(
    "named", ["data", "//evil.example", "/a//b", "/a/../b", "/.", "/a?b", "/a, /b", "/湖南", "https://x", "/a" * 11]
)
def test_what_is_no_path_is_refused(named: str, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    with pytest.raises(Refused):
        mount({"SCRIPT_NAME": "", "PATH_INFO": "/", FORWARDED: named})
