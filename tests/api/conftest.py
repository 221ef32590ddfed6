"""What the tests of the contract ask with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.test import Client, override_settings

from tests.api.contract import BASE

Read = Callable[..., Any]


@pytest.fixture(scope="package", autouse=True)
def _static_files_as_they_are() -> Iterator[None]:
    """The page for readers names static files, which no test collects first."""
    plain = {"BACKEND": "config.static_files.AsTheyAre"}
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}):
        yield


@pytest.fixture
def read(db: None, client: Client) -> Read:
    """GET below /api/v1: `read("/regions", kind="county")` is the parsed answer, which must be a 200 unless one expects another."""

    def call(path: str, /, expect: int = 200, **parameters: Any) -> Any:
        response = client.get(BASE + path, parameters)
        assert response.status_code == expect, response.content.decode()[:1000]
        return orjson.loads(response.content)

    return call


@pytest.fixture(scope="session")
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Paths of folders that are not there yet, another each time: pytest's own for each test takes as long as a small test."""
    folder = tmp_path_factory.mktemp("files")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def _files_of_its_own(settings: Any, _folders: Iterator[Path]) -> None:
    """No test is given a file that another one made."""
    settings.FILES_DIR = str(next(_folders))
