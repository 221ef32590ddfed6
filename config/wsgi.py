"""The WSGI entry point: `granian --interface wsgi config.wsgi:application`."""

import gc
import os
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.backends.signals import connection_created  # noqa: E402

from config.processors import keep_to_one  # noqa: E402


def bound_statements(connection: Any, **_: Any) -> None:
    """What the service asks may not take longer than STATEMENT_SECONDS; commands that fill a store may."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{settings.STATEMENT_SECONDS}s"])


connection_created.connect(bound_statements)

# With PostgreSQL the work of the store is done elsewhere; SQLite does its own in this process, without the lock.
if settings.ONE_PROCESSOR_A_WORKER and connection.vendor == "postgresql":
    keep_to_one()

# What is loaded by now stays: the collector need not look at it again with every few hundred rows of an answer.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
