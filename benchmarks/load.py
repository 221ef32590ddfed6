"""Servers under load on loopback: started, driven with wrk, and measured by the processor time that a request took."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.stores import ROOT, environment

LONGEST = 60  # seconds of a run, at most
QUIET, STILL = 0.2, 60  # a contestant is idle that works in none of so many seconds; it is waited for so long
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Measured:
    """One run: requests a second, response times, and the processor time per request of server and database."""

    rps: float
    p50_ms: float
    p99_ms: float
    bytes: float
    server_us: float
    database_us: float

    @property
    def cpu_us(self) -> float:
        return self.server_us + self.database_us


class Server:
    """A contestant that runs."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, store: str) -> None:
        self.process, self.port, self.store = process, port, store

    @property
    def pids(self) -> list[int]:
        """The process and all below it."""
        found = [self.process.pid]
        for pid in found:  # which grows while it is walked
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, task.read_text().split())
        return found

    def ask(self, path: str) -> None:
        """Asks for a path with just the headers that wrk sends: a kept answer is of those."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.putrequest("GET", path, skip_accept_encoding=True)
        connection.endheaders()
        connection.getresponse().read()
        connection.close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def processor_seconds(self) -> float:
        return sum(map(processor_seconds, self.pids))

    def database_seconds(self) -> float:
        """Of the database processes that serve this store; the contestants keep their connections."""
        return sum(database_seconds(self.store).values())

    def rest(self) -> None:
        """Wait until it has nothing left to do: neither it nor its database has worked for a while."""
        until, before = time.monotonic() + STILL, -1.0
        while (
            now := self.processor_seconds() + self.database_seconds()
        ) - before > 1.5 / TICK and time.monotonic() < until:
            before = now
            time.sleep(QUIET)

    def peak_mib(self) -> float:
        """The most memory that its processes have held, together, but for the files that they have mapped, such as SQLite's."""
        total = 0
        for pid in self.pids:
            held = dict(re.findall(r"(VmHWM|RssFile):\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text()))
            total += int(held.get("VmHWM", 0)) - int(held.get("RssFile", 0))
        return total / 1024


def processor_seconds(pid: int) -> float:
    """User and system time of a process; 0 where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def database_seconds(store: str) -> dict[int, float]:
    """User and system time of each database process that serves a store; none beside SQLite."""
    if not store.startswith("postgres"):
        return {}
    with psycopg.connect(store) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    return {pid: processor_seconds(pid) for (pid,) in rows}


@contextmanager
def serving(command: Sequence[str], store: str, ready: str, **more: str) -> Iterator[Server]:
    """Start a contestant on a free port, wait until `ready` answers, end it afterwards. `{port}` in the command is that port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [part.format(port=port) for part in command], cwd=ROOT, env={**environment(store), **more},
        stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    server = Server(process, port, store)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(server.url(ready), timeout=10).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(f"{command[0]} ended with {process.returncode}") from None
                time.sleep(0.1)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def drive(server: Server, paths: Sequence[str], connections: int, seconds: float, etag: str = "") -> Measured:
    """Ask for the paths in turn over so many connections, at least twice as often as there are connections.

    A contestant is measured from when it is idle until it is idle again, so that none is charged for what it was asked before,
    and each for all that it was asked. Raises RuntimeError where an answer was not a good one.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(paths))
        file.flush()
        wrk(server, file.name, min(connections, 4), 1, etag)  # warm
        while True:
            server.rest()
            own, database = server.processor_seconds(), server.database_seconds()
            summary = wrk(server, file.name, connections, seconds, etag)
            if summary["requests"] >= 2 * connections or seconds >= LONGEST:
                break
            seconds *= 2  # a slow one gets the time for some
        server.rest()
        requests = summary["requests"]
        return Measured(
            rps=requests / summary["seconds"], p50_ms=summary["p50_ms"], p99_ms=summary["p99_ms"],
            bytes=summary["bytes"] / requests,
            server_us=(server.processor_seconds() - own) / requests * 1e6,
            database_us=(server.database_seconds() - database) / requests * 1e6,
        )  # fmt: skip


def wrk(server: Server, paths: str, connections: int, seconds: float, etag: str) -> dict[str, Any]:
    """One run of wrk; it ends by itself."""
    more = {"ETAG": etag} if etag else {}
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "30s", "-s", "benchmarks/many_paths.lua",
         server.url("/")],
        cwd=ROOT, env={**os.environ, "PATHS": paths, **more}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"SUMMARY (\{.*\})", done.stdout)
    if found is None:
        raise RuntimeError(done.stdout)
    summary: dict[str, Any] = json.loads(found[1])
    if summary["failed"]:
        raise RuntimeError(f"{summary['failed']} of {summary['requests']} requests failed")
    return summary
