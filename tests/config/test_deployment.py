"""What an operator copies: the compose file, the image, and the settings of TLS."""

from __future__ import annotations

import fnmatch
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
SETTINGS = f"import json; from config import settings; print(json.dumps([getattr(settings, name) for name in {NAMES}]))"


@pytest.mark.parametrize(
    ("variables", "meant"),
    [
        ({"HTTPS": "false"}, [False, 0, False, False]),
        ({"HTTPS": "false", "HSTS_SUBDOMAINS": "true"}, [False, 0, False, False]),
        ({"HTTPS": "true"}, [True, 3600, False, False]),
        ({"HTTPS": "true", "HSTS_SECONDS": "31536000"}, [True, 31536000, False, False]),
        ({"HTTPS": "true", "HSTS_SUBDOMAINS": "true", "HSTS_PRELOAD": "true"}, [True, 3600, True, True]),
    ],
)
def test_tls_alone_binds_browsers_for_an_hour(variables: dict[str, str], meant: list[Any]) -> None:
    environment = {**os.environ, "SECRET_KEY": "x", **variables}
    done = subprocess.run([sys.executable, "-c", SETTINGS], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert orjson.loads(done.stdout) == meant


def test_the_compose_file_is_valid() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        "docker-compose.yml",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_container_has_limits() -> None:
    for service in yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values():
        assert {"mem_limit", "pids_limit"} <= set(service)


@pytest.mark.parametrize("name", ["LICENSE", "LICENSE-DATA.md", "fixtures", "manage.py"])
def test_the_image_holds(name: str) -> None:
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert "COPY . ." in (ROOT / "Dockerfile").read_text()
    assert (ROOT / name).exists()
    kept = True
    for pattern in left_out:  # the last one that fits decides
        if fnmatch.fnmatch(name, pattern.lstrip("!")):
            kept = pattern.startswith("!")
    assert kept
