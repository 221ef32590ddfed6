"""The stores that are measured: made once, kept for the next run, with N made-up figures each."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

SECRET = secrets.token_urlsafe(50)
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"
SERVER = os.environ.get("BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432")


def environment(address: str) -> dict[str, str]:
    """What a contestant on this store is started with."""
    return {
        **os.environ, "DATABASE_URL": address, "SECRET_KEY": SECRET, "HTTPS": "false", "DEBUG": "false",
        "WHITENOISE_USE_FINDERS": "true", "RATE_LIMIT": "1000000000/min", "LOG_LEVEL": "ERROR", "PYTHONPATH": str(ROOT),
        "STATEMENT_SECONDS": "60", "COMMANDS_PUBLISH": "true",
    }  # fmt: skip


def short(figures: int) -> str:
    return f"{figures // 1_000_000}m" if figures >= 1_000_000 else f"{figures // 1000}k"


def postgres(figures: int) -> str:
    """The address of a PostgreSQL database with so many figures."""
    name = f"hunan_bench_{short(figures)}"
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
            )
    address = f"{SERVER}/{name}"
    fill(address, figures)
    return address


def sqlite(figures: int) -> str:
    """The address of an SQLite file with so many figures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    address = f"sqlite:///{FOLDER}/bench_{short(figures)}.sqlite3"
    fill(address, figures)
    return address


def fill(address: str, figures: int) -> None:
    """Migrations, the seed, and the made-up figures, where they are not there yet."""
    print(f"Preparing {figures:,} figures in {address.split(':', maxsplit=1)[0]}.", flush=True)
    for command in (
        ["migrate", "--no-input", "--verbosity=0"],
        ["make_bench_data", f"--observations={figures}", "--if-missing"],
    ):
        called(address, "manage.py", *command)


def called(address: str, *arguments: str) -> str:
    """What a program of the project prints, on a store. Raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment(address), stdout=subprocess.PIPE, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout
