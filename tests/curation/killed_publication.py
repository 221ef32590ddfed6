"""Publish a release in this process and kill it, as a power cut would, just before its Nth statement; 0 kills it never.

What tests/curation/test_killing.py and `make drill` run: `python killed_publication.py N`, on the store of DATABASE_URL.
Prints how many statements a whole publication takes.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.db import connection

from curation.importing import plan_import
from curation.publishing import ReleaseNotes, publish
from curation.tables import BY_NAME

YEARS = range(1900, 1990)


def files() -> dict[str, list[dict[str, str]]]:
    """A correction, withdrawals, new figures by the dozen, a new record and a changed one."""
    figures, topics = BY_NAME["observations"], BY_NAME["topics"]
    held = figures.cells(figures.records().get(series__key="A.430281.TRADE_TOTAL", period="2024"))
    other = figures.cells(figures.records().get(series__key="A.430223.TRADE_TOTAL", period="2024"))
    topic = topics.cells(topics.records().get(code="TRADE"))
    return {
        "observations": [
            held | {"value": "1"}, other | {"withdraw": "true"}, *(held | {"period": str(year)} for year in YEARS)
        ],
        "topics": [topic | {"name_en": "Killed"}, topic | {"code": "T_KILLED", "name_en": "New"}],
    }  # fmt: skip


def main(fatal: int) -> None:
    plan = plan_import(files())
    count = 0

    def counting(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    commit = connection._commit

    def committing() -> None:
        nonlocal count
        count += 1
        if count == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        commit()

    connection._commit = committing
    with connection.execute_wrapper(counting):
        publish(plan, ReleaseNotes(reason="a drill"))
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
