"""The same seed in both stores gives the same answers, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "")
DATABASE = f"hunan_same_answers_{os.getpid()}"


def _run(store: str, *arguments: str) -> str:
    environment = {**os.environ, "DATABASE_URL": store}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def _seeded(store: str) -> str:
    _run(store, "manage.py", "migrate", "--no-input", "--verbosity=0")
    _run(store, "manage.py", "seed")
    return _run(store, "tests/stores/dump_answers.py")


@pytest.mark.skipif(os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="once, beside the SQLite half")
@pytest.mark.skipif(not POSTGRES, reason="no PostgreSQL")
def test_both_stores_answer_the_same(tmp_path: Path) -> None:
    server = psycopg.conninfo.conninfo_to_dict(POSTGRES) | {"dbname": "postgres"}
    target = POSTGRES.rsplit("/", 1)
    query = f"?{target[1].split('?', 1)[1]}" if "?" in target[1] else ""
    with psycopg.connect(**server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.execute(f"CREATE DATABASE {DATABASE}")
        try:
            stores = (f"{target[0]}/{DATABASE}{query}", f"sqlite:///{tmp_path}/same.sqlite3")
            with ThreadPoolExecutor() as threads:
                in_postgres, in_sqlite = (answers.splitlines() for answers in threads.map(_seeded, stores))
        finally:
            connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    assert len(in_sqlite) > 1000
    for ours, theirs in zip(in_sqlite, in_postgres, strict=True):
        assert ours == theirs
