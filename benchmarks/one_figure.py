"""Publishes one corrected figure of the store of DATABASE_URL, so many times; prints a line of JSON for each publication.

By the way of a batch: staged, confirmed, sent and approved, by people of each role; only `publish` is measured, all of
which is under the lock of publications. The store must hold made-up figures (`manage.py make_bench_data`).
"""

import json
import os
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks.load import processor_seconds  # noqa: E402
from curation import roles  # noqa: E402
from curation.batches import review  # noqa: E402
from curation.plans.imports import plan_import  # noqa: E402
from curation.plans.store import stage  # noqa: E402
from curation.tables.curated import BY_NAME  # noqa: E402
from sources.models import Citation  # noqa: E402

FIGURES = BY_NAME["observations"]


def person(role: str) -> User:
    user, _ = User.objects.get_or_create(username=f"bench-{role}", is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    return user


def corrected() -> dict[str, str]:
    """Some made-up figure with another value than the one that stands."""
    held = FIGURES.records().filter(series__indicator__topic__code="BENCH", period="2010").first()
    assert held is not None
    cells = FIGURES.cells(held)
    phrase = Citation.objects.public().order_by("pk").values_list("code", flat=True)[0]
    value = f"{float(cells['value']) + 0.01:.2f}"
    return cells | {"value": value, "citations": cells["citations"] or phrase}


def database_seconds() -> float:
    """Processor time of this connection's PostgreSQL process; SQLite works in this one."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return processor_seconds(cursor.fetchone()[0])


def published(curator: User, reviewer: User, publisher: User) -> dict[str, Any]:
    """One publication: its release, and the seconds that it took by the clock and of processors."""
    batch = stage(plan_import({"observations": [corrected()]}), name="bench", user=curator)
    if batch.status == "preview":
        review.confirm(batch, curator)
    review.send_to_review(batch, curator)
    review.accept_warnings(batch, reviewer, batch.rows.values_list("pk", flat=True), "made up")
    review.approve(batch, reviewer)
    clock, own, database = time.perf_counter(), time.process_time(), database_seconds()
    release = review.publish(batch, publisher, "made up")
    return {
        "release": release.version, "seconds": time.perf_counter() - clock, "process": time.process_time() - own,
        "database": database_seconds() - database,
    }  # fmt: skip


people = [person(role) for role in (roles.CURATOR, roles.REVIEWER, roles.PUBLISHER)]
for _ in range(int(sys.argv[1])):
    print(json.dumps(published(*people)), flush=True)
