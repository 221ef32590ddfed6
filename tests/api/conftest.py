"""What the tests of the contract ask with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from tests.api.contract import BASE

Read = Callable[..., Any]


@pytest.fixture
def read(db: None, client: Client) -> Read:
    """GET below /api/v1: `read("/regions", kind="county")` is the parsed answer, which must be a 200 unless one expects another."""

    def call(path: str, /, expect: int = 200, **parameters: Any) -> Any:
        response = client.get(BASE + path, parameters)
        assert response.status_code == expect, response.content.decode()[:1000]
        return orjson.loads(response.content)

    return call
