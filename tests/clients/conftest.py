"""A live service for clients to ask: that of SERVICE_URL, else one of its own with the seed, gone with the tests."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = ROOT / ".venv" / "bin"
SECONDS = 60


@pytest.fixture(scope="session")
def store() -> Iterator[dict[str, str]]:
    """The environment of a store with the seed, in which `manage.py` and the service find it."""
    with tempfile.TemporaryDirectory(prefix="clients-") as folder:
        environment = {
            **os.environ, "SECRET_KEY": secrets.token_urlsafe(50), "DEBUG": "false", "HTTPS": "false", "LOG_LEVEL": "ERROR",
            "WHITENOISE_USE_FINDERS": "true", "RATE_LIMIT": "1000000/min", "DATABASE_URL": f"sqlite:///{folder}/data.sqlite3",
            "FILES_DIR": f"{folder}/files",
        }  # fmt: skip
        for command in (["migrate", "--no-input", "--verbosity", "0"], ["seed"]):
            subprocess.run(
                [PROGRAMS / "python", "manage.py", *command], cwd=ROOT, env=environment, check=True, timeout=300
            )
        yield environment


@pytest.fixture(scope="session")
def service(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the service, such as http://127.0.0.1:8000."""
    if given := os.environ.get("SERVICE_URL"):
        yield given.rstrip("/")
        return
    environment = request.getfixturevalue("store")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [PROGRAMS / "python", "-m", "config.server", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_for(f"{address}/readyz", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Returns when the address answers. Raises RuntimeError where the service ends, or does not answer in time."""
    deadline = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The service did not start.")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was not run is said so loudly that nobody takes it for passed."""
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(
            f"!! NOT RUN: {report.nodeid}: {reason.removeprefix('Skipped: ')}", red=True, bold=True
        )


@pytest.fixture(scope="session")
def rscript() -> str:
    """The program that runs R."""
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("R is not installed (Debian: r-base-core)")
    return program


@pytest.fixture(scope="session")
def rsdmx(rscript: str) -> str:
    """The program that runs R, which has rsdmx."""
    found = subprocess.run([rscript, "-e", "library(rsdmx)"], capture_output=True, check=False, timeout=60)
    if found.returncode:
        pytest.skip("R has no rsdmx (Debian: r-cran-rsdmx)")
    return rscript
