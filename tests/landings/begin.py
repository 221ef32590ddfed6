"""Begin the empty store of DATABASE_URL as a server's is begun, migrated and seeded, and print the statements that made its tables.

With `--correct` it was begun already: a curator brings in 41.30 for the 41.25 that the fixtures state, a reviewer approves it,
and a publisher publishes it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection

from curation.batches import review
from curation.roles import CURATOR, PUBLISHER, REVIEWER
from tests.builder import liling
from tests.curation.people import draft, person

CORRECTED = "41.30"


def migrated() -> list[str]:
    """The statements about tables with which the store was migrated; SET begins some that alter one."""
    made: list[str] = []

    def keeping(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split(maxsplit=1)[0] in ("CREATE", "ALTER", "DROP", "SET"):
            made.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keeping):
        call_command("migrate", verbosity=0)
    return made


def correct() -> None:
    """Correct a figure by hand, as two people do."""
    curator, reviewer, publisher = (person(role, role) for role in (CURATOR, REVIEWER, PUBLISHER))
    batch = draft(curator, observations=[liling(value=CORRECTED)])
    review.send_to_review(batch, curator)
    review.accept_warnings(batch, reviewer, batch.rows.values_list("pk", flat=True), "已核对")
    review.approve(batch, reviewer)
    review.publish(batch, publisher, "更正")


if __name__ == "__main__":
    if "--correct" in sys.argv:
        correct()
    else:
        sys.stdout.write(json.dumps(migrated()))
        call_command("seed", stdout=sys.stderr)
