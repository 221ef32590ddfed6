"""The commands and the environment of docker-compose.yml, started by hand: without containers, on a database of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from benchmarks.stores import ROOT, SECRET
from tests.faults.databases import empty_database
from tests.faults.service import Service, free_port, started

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of an empty database."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if not given:
        pytest.skip("there is no PostgreSQL")
    with empty_database(given, "compose") as address:
        yield address


def interpolated(text: str, variables: dict[str, str]) -> str:
    """A text of the compose file with its variables: `${NAME:-default}`, `${NAME:?what is missing}`, one in another."""
    pattern = re.compile(r"\$\{(\w+)(?::([-?])([^${}]*))?\}")
    while found := pattern.search(text):
        name, kind, more = found.groups()
        assert kind != "?" or variables.get(name), more
        text = text.replace(found[0], variables.get(name) or (more if kind == "-" else ""))
    return text


def environment(service: str, dotenv: dict[str, str], database: str, folder: Path) -> dict[str, str]:
    """What a container's environment would be, but for the database's host, and the folder in memory."""
    stated = {name: interpolated(text, dotenv) for name, text in COMPOSE["services"][service]["environment"].items()}
    assert re.fullmatch(r"postgres://hunan:\w+@db:5432/hunan", stated["DATABASE_URL"])
    # The image's static files were collected when it was made, which takes a minute.
    changed = {"DATABASE_URL": database, "FILES_DIR": f"{folder}/files", "WHITENOISE_USE_FINDERS": "true"}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**dotenv, **stated, **changed, "PATH": path, "LIMITS_FILE": f"{folder}/limits"}


def listed(instruction: str) -> list[str]:
    """The words of the Dockerfile's last CMD, or of its HEALTHCHECK's."""
    found = re.findall(rf"^{instruction}(?:.*CMD)? (\[[^\]]*\])", DOCKERFILE.replace("\\\n", " "), re.MULTILINE)
    words: list[str] = orjson.loads(found[-1])
    return words


@contextmanager
def web(dotenv: dict[str, str], database: str, folder: Path) -> Iterator[tuple[Service, list[str], dict[str, str]]]:
    """The image's command; with it the health check, and the environment of both."""
    port = str(free_port())
    inside = environment("web", dotenv, database, folder)
    command = [{"8000": port, "0.0.0.0": "127.0.0.1"}.get(word, word) for word in listed("CMD")]
    check = [word.replace(":8000", f":{port}") for word in listed("HEALTHCHECK")]
    with started(command, inside, folder / "log", int(port)) as service:
        yield service, check, inside


def test_it_starts_as_the_readme_says_and_tls_is_one_setting(database: str, tmp_path: Path) -> None:
    dotenv = {"SECRET_KEY": SECRET, "POSTGRES_PASSWORD": "secret"}
    migrate: Any = COMPOSE["services"]["migrate"]
    inside = environment("migrate", dotenv, database, tmp_path)
    subprocess.run(migrate["command"], shell=True, cwd=ROOT, env=inside, check=True, timeout=120)
    with web(dotenv, database, tmp_path) as (service, check, inside):
        assert len(service.workers) == 2
        subprocess.run(check, cwd=ROOT, env=inside, check=True, timeout=30)
        for question in re.findall(r"curl 'http://127.0.0.1:8000(/[^']*)'", (ROOT / "README.md").read_text()):
            assert service.get(question.replace(" ", "%20"))[0] in (200, 400)
        assert service.get("/api/v1/config")[0] == 200
    with web({**dotenv, "HTTPS": "true"}, database, tmp_path) as (service, check, inside):
        subprocess.run(check, cwd=ROOT, env=inside, check=True, timeout=30)
        assert _head(service, {}) == ("301", "")
        assert _head(service, {"X-Forwarded-Proto": "https"}) == ("200", "max-age=3600")


def _head(service: Service, headers: dict[str, str]) -> tuple[str, str]:
    """The status of an answer, and for how long it binds browsers to TLS."""
    given = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(
            f"GET /api/v1/config HTTP/1.1\r\nHost: localhost\r\n{given}Connection: close\r\n\r\n".encode()
        )
        head = connection.makefile("rb").read().partition(b"\r\n\r\n")[0].decode().lower()
    found = re.search(r"strict-transport-security: (.*)", head)
    return head[9:12], found[1].strip() if found else ""
