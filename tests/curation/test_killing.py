"""A publication that is killed at any instant leaves the release before it or itself, and nothing between.

One instant is tried here; `make drill` sets DRILL=1 and tries every one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
DRILL = os.environ.get("DRILL") == "1"
pytestmark = pytest.mark.django_db

# All that the store holds, in one line: what must be the same before and after a killed publication.
STATE = """
import hashlib, os, sys
sys.path.insert(0, {root!r})
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django
django.setup()
from django.apps import apps
from curation.publishing import digest
from sources.models import Release
sha = hashlib.sha256()
for app in ("sources", "regions", "indicators", "policies", "curation"):
    for model in apps.get_app_config(app).get_models(include_auto_created=True):
        sha.update(repr((model._meta.label, list(model._base_manager.order_by("pk").values_list()))).encode())
newest = Release.objects.published().first()
assert digest() == newest.digest, "the digest is of what stands"
print(newest.version, Release.objects.count(), sha.hexdigest())
"""


def run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": url, "SECRET_KEY": "x", "HTTPS": "false"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def state(url: str) -> list[str]:
    done = run(url, "-c", STATE.format(root=str(ROOT)))
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def publication(url: str, fatal: int) -> subprocess.CompletedProcess[str]:
    return run(url, str(ROOT / "tests" / "curation" / "killed_publication.py"), str(fatal))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[str]:
    """The address of a seeded store of its own, of the kind that is being tested."""
    if connection.vendor == "sqlite":
        file = tmp_path / "data.sqlite3"
        file.write_bytes(connection.connection.serialize())
        yield f"sqlite:///{file}"
    else:
        yield from _postgres()


def _postgres() -> Iterator[str]:
    held = settings.DATABASES["default"]
    address = {
        key: held[name]
        for key, name in (("host", "HOST"), ("port", "PORT"), ("user", "USER"), ("password", "PASSWORD"))
        if held[name]
    }
    name = f"{connection.settings_dict['NAME']}_killed"
    with psycopg.connect(dbname="postgres", autocommit=True, **address) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
        host = held["HOST"]
        place = f"/{name}?host={host}" if host.startswith("/") else f"{host}:{held['PORT'] or 5432}/{name}"
        password = f":{held['PASSWORD']}" if held["PASSWORD"] else ""
        url = f"postgres://{held['USER']}{password}@{place}"
        try:
            for command in (("migrate", "--no-input", "-v0"), ("seed",)):
                done = run(url, "manage.py", *command)
                assert done.returncode == 0, done.stderr
            yield url
        finally:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.skipif(
    not DRILL and connection.vendor == "postgresql", reason="a store of its own takes long: `make drill`"
)
def test_a_killed_publication_leaves_the_old_release_or_the_new_one(store: str) -> None:
    before = state(store)
    instants = [*range(1, 200)] if DRILL else [12]
    for fatal in instants:
        done = publication(store, fatal)
        if done.returncode == 0:  # it has fewer statements than that: this time it was not killed
            break
        assert done.returncode == -9, done.stderr
        assert state(store) == before, f"killed before statement {fatal}"
    else:
        done = publication(store, 0)
    assert done.returncode == 0, done.stderr
    assert not DRILL or int(done.stdout) < instants[-1]
    after = state(store)
    assert (int(after[1]), after[0] != before[0]) == (int(before[1]) + 1, True)
