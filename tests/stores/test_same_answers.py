"""The same seed in both stores gives the same answers, byte for byte: so also the same hits of a question, in the same order."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from tests import seeded

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "")


def _answers(store: str) -> list[str]:
    environment = {**os.environ, "DATABASE_URL": store, "LIMITS_FILE": settings.LIMITS_FILE}
    done = subprocess.run(
        [sys.executable, "tests/stores/dump_answers.py"],
        cwd=seeded.ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


@pytest.mark.skipif(os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="once, beside the SQLite half")
@pytest.mark.skipif(not POSTGRES, reason="no PostgreSQL")
def test_both_stores_answer_the_same(tmp_path: Path) -> None:
    with (
        seeded.copy_of("sqlite", tmp_path) as ours,
        seeded.copy_of(POSTGRES, tmp_path) as theirs,
        ThreadPoolExecutor() as threads,
    ):
        in_sqlite, in_postgres = threads.map(_answers, (ours, theirs))
    assert len(in_sqlite) > 500
    for way in ("search", "resolve", "ask", "policies/match"):
        assert sum(line.startswith(f"200 /api/v1/{way}?q=") for line in in_sqlite) > 30, way
    for one, other in zip(in_sqlite, in_postgres, strict=True):
        assert one == other
