"""What is tuned changes no answer, and is turned off by its setting; each worker keeps to a processor of its own."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from config.tuning import collect_seldom

ROOT = Path(__file__).resolve().parents[2]
WORKERS = """
import os, sys
from config.processors import keep_to_one
for _ in range(int(sys.argv[1])):
    ready, told = os.pipe()
    if os.fork() == 0:
        keep_to_one()
        print(*os.sched_getaffinity(0), flush=True)
        os.write(told, b".")
        sys.stdin.read()
        os._exit(0)
    os.read(ready, 1)
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="a system that knows no affinity")
def test_workers_spread_over_the_processors() -> None:
    allowed = os.sched_getaffinity(0)
    workers = subprocess.Popen(
        [sys.executable, "-c", WORKERS, str(2 * len(allowed))], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    said, _ = workers.communicate(timeout=30)
    kept = sorted(map(int, said.split()))
    assert kept == sorted([*allowed, *allowed])


OWN = {
    "config.tuning.one_security_policy": "csp.middleware.CSPMiddleware",
    "config.tuning.Sessions": "django.contrib.sessions.middleware.SessionMiddleware",
    "config.tuning.Authentication": "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.tuning.Messages": "django.contrib.messages.middleware.MessageMiddleware",
}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/observations?region=430281", "/api/v1/none", "/admin/login/", "/healthz"])
def test_the_short_ways_change_no_answer(path: str, settings: Any) -> None:
    def answer() -> tuple[int, dict[str, object]]:
        response = Client().get(path)
        headers = {
            name: text for name, text in response.items() if name not in ("X-Request-Id", "RateLimit", "Expires")
        }
        policy = set(headers.pop("Content-Security-Policy").split("; "))
        return response.status_code, {**headers, "policy": policy}

    short = answer()
    assert set(OWN) <= set(settings.MIDDLEWARE)
    settings.MIDDLEWARE = [OWN.get(name, name) for name in settings.MIDDLEWARE]
    assert answer() == short


def test_the_collector_is_left_alone_where_that_is_wished(settings: Any) -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    settings.COLLECT_SELDOM = False
    collect_seldom()
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, frozen)


SELDOM_NEEDED = ("pyarrow", "xlsxwriter", "pypinyin", "redis", "curation.admin")
LOADED = f"""
import config.server, sys
config.server.load()
print(*(name for name in {SELDOM_NEEDED} if name in sys.modules))
"""


def test_what_is_rarely_needed_is_loaded_by_who_needs_it() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert done.stdout.decode().split() == []
