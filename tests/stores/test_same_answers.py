"""The same seed in both stores gives the same answers, byte for byte: so also the same hits of a question, in the same order."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
from django.conf import settings

from tests import seeded
from tests.stores.dump_answers import OF_WORDS, answers

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "")


def _answers(store: str) -> list[str]:
    """Those of a store beside which a process of its own is."""
    environment = {**os.environ, "DATABASE_URL": store, "LIMITS_FILE": settings.LIMITS_FILE}
    done = subprocess.run(
        [sys.executable, "-m", "tests.stores.dump_answers"],
        cwd=seeded.ROOT,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    said: list[str] = orjson.loads(done.stdout)
    return said


@pytest.mark.skipif(os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="once, beside the SQLite half")
@pytest.mark.skipif(not POSTGRES, reason="no PostgreSQL")
@pytest.mark.django_db
def test_both_stores_answer_the_same(tmp_path: Path) -> None:
    with seeded.copy_of(POSTGRES, tmp_path) as theirs, ThreadPoolExecutor() as threads:
        asked = threads.submit(_answers, theirs)
        in_sqlite, in_postgres = answers(), asked.result()
    assert len(in_sqlite) > 500
    for way in OF_WORDS:
        assert sum(line.startswith(f"200 /api/v1/{way}?q=") for line in in_sqlite) > 15, way
    for one, other in zip(in_sqlite, in_postgres, strict=True):
        assert one == other
