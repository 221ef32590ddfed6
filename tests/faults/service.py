"""The service as `make run` starts it, and clients that behave badly: asyncio, raw sockets, and an end for everything."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.stores import ROOT, SECRET

MEMORY = 2**30  # of each process of the service: what it asks the system for, not what it maps of files
SECONDS = 240  # `make run` migrates and seeds first, and the machine may be busy
WINDOW = 16_384  # bytes
Q1 = "/api/v1/observations?region=430281&year=2024&indicator=TRADE_TOTAL"
CSV = "/api/v1/observations.csv"
# What is started with it is ended by the kernel where these tests end without having ended it (prctl(2), PR_SET_PDEATHSIG).
ENDING_WITH_US = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()


class Service:
    """A service that runs."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path, environment: dict[str, str]) -> None:
        self.process, self.port, self.log, self.environment = process, port, log, environment

    @property
    def workers(self) -> list[int]:
        """The processes that answer: those without others below them, but for the tracker that Python may start."""
        found = [self.process.pid]
        for pid in found:  # which grows while it is walked
            found += _children(pid)
        return [pid for pid in found if _is_worker(pid)]

    def open_files(self) -> list[str]:
        """What the workers hold open, removed files included."""
        found = []
        for pid in self.workers:
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(FileNotFoundError):  # closed by now
                    found.append(str(descriptor.readlink()))
        return found

    def processor_seconds(self) -> float:
        """What the workers have taken of the processors."""
        ticks = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13] for pid in self.workers]
        return sum(int(tick) for both in ticks for tick in both) / os.sysconf("SC_CLK_TCK")

    def own_mib(self) -> float:
        """The memory of the workers that is theirs alone; files that they map are the system's to keep or to drop."""
        return sum(_own_kib(pid) for pid in self.workers) / 1024

    def load(self) -> None:
        """Ask what is loaded by the first who asks for it, a word that is mended among it, so that memory is of what is asked after."""
        for path in (Q1, "/api/v1/observations", "/api/v1/search?q=lilng", "/admin/login/"):
            self.get(path)

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and content of an answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()
        ]
    except OSError:
        return []


def _is_worker(pid: int) -> bool:
    try:
        return "config.server" in Path(f"/proc/{pid}/cmdline").read_text() and not _children(pid)
    except OSError:
        return False


def _own_kib(pid: int) -> int:
    found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running(store: str, folder: Path, workers: int = 1, **settings: str) -> Iterator[Service]:
    """`make run` on a store, a free port and a folder for its files, within MEMORY. Ends with the context."""
    port = free_port()
    command = ["make", "--no-print-directory", "run", f"PORT={port}", f"WORKERS={workers}"]
    with started(command, environment_of(store, folder, **settings), folder / "log", port) as service:
        yield service


@contextmanager
def serving(store: str, folder: Path, **settings: str) -> Iterator[Service]:
    """The service alone, on a store that was migrated and filled before. Ends with the context."""
    port = free_port()
    command = [sys.executable, "-m", "config.server", "--port", str(port)]
    with started(command, environment_of(store, folder, **settings), folder / "log", port) as service:
        yield service


def environment_of(store: str, folder: Path, **settings: str) -> dict[str, str]:
    """What the service is told on a store of its own, and where its files go."""
    return {
        **os.environ, "SECRET_KEY": SECRET, "HTTPS": "false", "DEBUG": "false", "DATABASE_URL": store, "LOG_LEVEL": "ERROR",
        "WHITENOISE_USE_FINDERS": "true", "FILES_DIR": f"{folder}/files", "LIMITS_FILE": f"{folder}/limits", **settings,
    }  # fmt: skip


@contextmanager
def started(command: Sequence[str], environment: dict[str, str], log: Path, port: int) -> Iterator[Service]:
    """The service by a command, on a port, within MEMORY. Ends with the context, and also where these tests are killed."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*ENDING_WITH_US, *command], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    resource.prlimit(process.pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))  # and with it what it starts
    service = Service(process, port, log, environment)
    try:
        wait_for(lambda: service.get("/healthz")[0] == 200, process)
        yield service
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(come_true: Callable[[], bool], process: subprocess.Popen[bytes] | None = None) -> float:
    """In how many seconds something came true. Raises TimeoutError, and RuntimeError where the process has ended."""
    began = time.monotonic()
    while time.monotonic() - began < SECONDS:
        try:
            if come_true():
                return time.monotonic() - began
        except OSError:
            pass
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"it ended with {process.returncode}")
        time.sleep(0.1)
    raise TimeoutError


@dataclass
class Attack:
    """What is done to a service at the same time, and what its answers were, counted by who got them."""

    service: Service
    answers: Counter[str] = field(default_factory=Counter)
    waits: dict[str, list[float]] = field(default_factory=dict)

    async def ask(
        self, head: str, body: bytes = b"", source: str = "127.0.0.1"
    ) -> tuple[str, asyncio.StreamReader, asyncio.StreamWriter]:
        """Send a request's head, and perhaps the beginning of its body; the status of the answer, and where it goes on."""
        reader, writer = await asyncio.open_connection(sock=await self._connected(source), limit=4096)
        writer.write(f"{head} HTTP/1.1\r\nHost: localhost\r\n".encode() + (body or b"\r\n"))
        try:
            line = await reader.readline()
            while await reader.readline() not in (b"\r\n", b""):
                pass
        except BaseException:  # as who gives up would
            writer.transport.abort()
            raise
        return line[9:12].decode(), reader, writer

    async def _connected(self, source: str) -> socket.socket:
        """A connection that holds little of what was not read yet, so that who reads evenly takes evenly."""
        connection = socket.socket()
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        connection.bind((source, 0))
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self.service.port))
        return connection

    async def unfinished_body(self, path: str) -> None:
        """A body that does not go on, again and again."""
        while True:
            status, _, writer = await self.ask(
                f"POST {path}", b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            )
            self.answers[f"unfinished {status}"] += 1
            writer.close()

    async def slow_reader(self, path: str = CSV, source: str = "127.0.0.1") -> None:
        """Takes 20 kB a second, and asks again where it is refused or cut off."""
        while True:
            status, reader, writer = await self.ask(f"GET {path}", source=source)
            self.answers[f"{source} slow {status}"] += 1
            while status == "200" and await reader.read(2000):
                await asyncio.sleep(0.1)
            writer.close()
            await asyncio.sleep(1)

    async def quick_reader(self, path: str = CSV) -> None:
        """Takes all as fast as it comes, again and again."""
        while True:
            _, reader, writer = await self.ask(f"GET {path}")
            while await reader.read(2**20):
                pass
            self.answers["quick"] += 1
            writer.close()

    async def question(self, path: str) -> None:
        """One question."""
        status, reader, writer = await self.ask(f"GET {path}", b"Connection: close\r\n\r\n")
        self.answers[f"question {status}"] += 1
        while await reader.read(2**20):
            pass
        writer.close()

    async def visitor(self, name: str, path: str) -> None:
        """An ordinary visitor, who notes how long each answer took."""
        waits = self.waits[name] = []
        while True:
            began = time.monotonic()
            status, reader, writer = await self.ask(f"GET {path}", b"Connection: close\r\n\r\n")
            await reader.read()
            writer.close()
            assert status == "200", f"{path} is answered {status}"
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.1)

    def beside(self, *attackers: Awaitable[None], seconds: float) -> dict[str, float]:
        """The longest wait of each visitor beside all attackers, in seconds; what was still waited for at the end counts."""

        async def all_at_once() -> dict[str, float]:
            tasks = [asyncio.ensure_future(attacker) for attacker in attackers]
            visitors = [
                asyncio.ensure_future(self.visitor(name, path))
                for name, path in {"healthz": "/healthz", "q1": Q1, "regions": "/api/v1/regions?page_size=1"}.items()
            ]
            done, _ = await asyncio.wait(visitors, timeout=seconds)
            for task in (*tasks, *visitors):
                task.cancel()
            for visitor in done:  # which ends by an error only
                visitor.result()
            return {name: max(waits, default=seconds) for name, waits in self.waits.items()}

        return asyncio.run(all_at_once())
